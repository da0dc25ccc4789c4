//! The names of what a file numbers. A version of this crate that has more of them, or another order, reads the file as well.

use std::io::Read;

use super::super::columns::Part;
use super::super::file::{Decoder, Encoder};
use super::input::Input;
use super::output::Output;
use crate::dimension::Dimension;
use crate::event_type::EventType;
use crate::status::Status;
use crate::store::snapshot_error::SnapshotError;

/// What the numbers of a file mean.
#[derive(Debug)]
pub(super) struct Names {
    event_types: Vec<EventType>,
    statuses: Vec<Status>,
    dimensions: Vec<Dimension>,
    /// For each part, the columns of its combinations.
    columns: [Vec<usize>; Part::COUNT],
}

/// Writes the names.
pub(super) fn write(output: &mut Output<'_, '_>) -> Result<(), SnapshotError> {
    output.record(|encoder| {
        write_list(encoder, &EventType::ALL.map(|event_type| event_type.to_string()));
        write_list(encoder, &Status::ALL.map(Status::name));
        write_list(encoder, &Dimension::ALL.map(Dimension::name));
        for part in Part::ALL {
            let names: Vec<&str> = part.dimensions().iter().map(|dimension| dimension.name()).collect();
            write_list(encoder, &names);
        }
    })
}

fn write_list(encoder: &mut Encoder, names: &[impl AsRef<str>]) {
    encoder.varint(names.len() as u64);
    names.iter().for_each(|name| encoder.str(name.as_ref()));
}

impl Names {
    /// Reads the names.
    pub(super) fn read<R: Read>(input: &mut Input<R>) -> Result<Self, SnapshotError> {
        input.record(|decoder| {
            let find = |name: &str| name.parse().ok();
            let event_types = read_list(decoder, "an event type", find)?;
            let statuses = read_list(decoder, "a status", |name| name.parse().ok())?;
            let dimension = |name: &str| Dimension::ALL.into_iter().find(|known| known.name() == name);
            let dimensions = read_list(decoder, "a dimension", dimension)?;
            let mut columns: [Vec<usize>; Part::COUNT] = Default::default();
            for part in Part::ALL {
                let column = |name: &str| part.dimensions().iter().position(|known| known.name() == name);
                columns[part as usize] = read_list(decoder, "a column", column)?;
            }
            Ok(Self { event_types, statuses, dimensions, columns })
        })
    }

    /// Returns the dimensions in the order of their numbers.
    pub(super) fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// Returns the columns of the combinations of a part in the order of the file.
    pub(super) fn columns(&self, part: Part) -> &[usize] {
        &self.columns[part as usize]
    }

    /// Reads the number of an event type.
    pub(super) fn event_type(&self, decoder: &mut Decoder<'_>) -> Result<EventType, SnapshotError> {
        one_of(decoder, &self.event_types)
    }

    /// Reads the number of a dimension.
    pub(super) fn dimension(&self, decoder: &mut Decoder<'_>) -> Result<Dimension, SnapshotError> {
        one_of(decoder, &self.dimensions)
    }

    /// Reads the number of a status, after 0 for none.
    pub(super) fn status(&self, decoder: &mut Decoder<'_>) -> Result<Option<Status>, SnapshotError> {
        let number = decoder.at_most(u32::try_from(self.statuses.len()).unwrap_or(u32::MAX))?;
        Ok((number as usize).checked_sub(1).map(|index| self.statuses[index]))
    }

    /// Returns the places of event types and statuses among what cells count, in the order of the file.
    pub(super) fn places(&self) -> Vec<usize> {
        let event_types = self.event_types.iter().map(|event_type| *event_type as usize);
        let statuses = self.statuses.iter().copied().map(super::super::cell::status_place);
        event_types.chain(statuses).collect()
    }
}

fn one_of<T: Copy>(decoder: &mut Decoder<'_>, values: &[T]) -> Result<T, SnapshotError> {
    let Some(last) = values.len().checked_sub(1) else {
        return Err(decoder.damaged("a number without a name"));
    };
    let number = decoder.at_most(u32::try_from(last).unwrap_or(u32::MAX))?;
    Ok(values[number as usize])
}

/// Reads names, of which `find` returns the meaning. Each occurs once.
fn read_list<T: PartialEq>(
    decoder: &mut Decoder<'_>,
    what: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, SnapshotError> {
    let mut values = Vec::new();
    for _ in 0..decoder.count(1)? {
        let name = decoder.str()?;
        let Some(value) = find(name) else {
            return Err(decoder.damaged(format!("{what} `{name}` that is not known here")));
        };
        if values.contains(&value) {
            return Err(decoder.damaged(format!("{what} `{name}` for a second time")));
        }
        values.push(value);
    }
    Ok(values)
}
