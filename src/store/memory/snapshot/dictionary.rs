//! Writes and reads dictionaries.

use std::io::Read;
use std::sync::Arc;

use super::super::columns::{ATTEMPT_NUMBER, Part, TAGS};
use super::super::dictionary::{ABSENT, Dictionary};
use super::super::file::{Decoder, Encoder};
use super::super::list::List;
use super::input::Input;
use super::names::Names;
use super::output::Output;
use crate::dimension::Dimension;
use crate::store::snapshot_error::SnapshotError;

/// Writes all values, and all combinations.
pub(super) fn write(output: &mut Output<'_, '_>, dictionary: &Dictionary) -> Result<(), SnapshotError> {
    for dimension in Dimension::ALL {
        let values = dictionary.values(dimension);
        output.count(values.len())?;
        values.iter().try_for_each(|value| output.record(|encoder| encoder.str(value)))?;
    }
    for part in Part::ALL {
        let rows = dictionary.rows(part);
        output.count(rows.len())?;
        rows.iter().try_for_each(|row| output.record(|encoder| write_row(encoder, part, row)))?;
    }
    Ok(())
}

fn write_row(encoder: &mut Encoder, part: Part, row: &[u32]) {
    let (columns, rest) = row.split_at(part.dimensions().len());
    columns.iter().for_each(|code| encoder.varint((*code).into()));
    match part {
        Part::Sender | Part::Recipient => {}
        Part::Content => encoder.varint(rest.len() as u64),
        Part::Own => {}
    }
    rest.iter().for_each(|code| encoder.varint((*code).into()));
}

/// Reads all values, and all combinations.
pub(super) fn read<R: Read>(input: &mut Input<R>, names: &Names) -> Result<Dictionary, SnapshotError> {
    let mut dictionary = Dictionary::default();
    for dimension in names.dimensions() {
        for _ in 0..input.count()? {
            let value = input.record(|decoder| decoder.str().map(Arc::from))?;
            dictionary.push_value(*dimension, value);
        }
    }
    for part in Part::ALL {
        for _ in 0..input.count()? {
            let row = input.record(|decoder| read_row(decoder, part, names, &dictionary))?;
            dictionary.push_row(part, row.into());
        }
    }
    dictionary.seal();
    Ok(dictionary)
}

fn read_row(
    decoder: &mut Decoder<'_>,
    part: Part,
    names: &Names,
    dictionary: &Dictionary,
) -> Result<Vec<u32>, SnapshotError> {
    let mut row = vec![ABSENT; part.width()];
    for column in names.columns(part) {
        row[*column] = read_code(decoder, dictionary.values(part.dimensions()[*column]))?;
    }
    match part {
        Part::Sender | Part::Recipient => {}
        Part::Content => {
            for _ in 0..decoder.count(1)? {
                row.push(read_code(decoder, dictionary.values(Dimension::Tag))?);
            }
            if row[TAGS..].contains(&ABSENT) || !row[TAGS..].is_sorted() {
                return Err(decoder.damaged("tags that are absent or not in order"));
            }
        }
        Part::Own => row[ATTEMPT_NUMBER] = decoder.at_most(u32::MAX)?,
    }
    Ok(row)
}

/// Reads the code of one of `items`, or [`ABSENT`].
pub(super) fn read_code<T: Clone>(decoder: &mut Decoder<'_>, items: &List<T>) -> Result<u32, SnapshotError> {
    decoder.at_most(u32::try_from(items.len()).unwrap_or(u32::MAX))
}
