//! Writes and reads cubes.

use std::io::Read;

use super::super::cell::{Cell, CellKey, sum};
use super::super::cube::{Axis, Content, Cube, CubeId, Cubes};
use super::super::dictionary::{ABSENT, Dictionary};
use super::super::file::{Decoder, Encoder};
use super::input::Input;
use super::names::Names;
use super::output::Output;
use crate::store::snapshot_error::SnapshotError;

/// Writes all cubes. Keys are written as the difference to the one before.
pub(super) fn write(output: &mut Output<'_, '_>, cubes: &Cubes) -> Result<(), SnapshotError> {
    output.count(cubes.iter().count())?;
    for (id, cube) in cubes.iter() {
        output.record(|encoder| write_id(encoder, id))?;
        output.count(cube.lists().count())?;
        for list in cube.lists() {
            output.count(list.len())?;
            let mut last = 0;
            for Cell { key, sums } in list {
                output.record(|encoder| {
                    encoder.varint(key.0 - last);
                    sums.iter().for_each(|sum| encoder.zigzag((*sum).into()));
                })?;
                last = key.0;
            }
        }
    }
    Ok(())
}

fn write_id(encoder: &mut Encoder, CubeId { axis, content }: CubeId) {
    encoder.u8(match content {
        Content::Events => 0,
        Content::EventsBySend => 1,
        Content::Statuses => 2,
    });
    match axis {
        Axis::Quarter => encoder.u8(0),
        Axis::Hour => encoder.u8(1),
        Axis::Day => encoder.u8(2),
        Axis::Dimension(dimension) => {
            encoder.u8(3);
            encoder.varint(dimension as u64);
        }
    }
}

/// Reads all cubes, and a bit for each place of an event type or status that their cells have.
pub(super) fn read<R: Read>(
    input: &mut Input<R>,
    names: &Names,
    dictionary: &Dictionary,
) -> Result<(Cubes, u64), SnapshotError> {
    let (mut cubes, mut bits) = (Cubes::default(), 0);
    let mut reader = CellReader { places: names.places(), max_value: ABSENT, last: 0 };
    for _ in 0..input.count()? {
        let id = input.record(|decoder| read_id(decoder, names))?;
        if cubes.get(id).is_some() {
            return Err(input.damaged(format!("{id:?} for a second time")));
        }
        reader.max_value = match id.axis {
            Axis::Quarter | Axis::Hour | Axis::Day => ABSENT,
            Axis::Dimension(dimension) => {
                u32::try_from(dictionary.values(dimension).len()).unwrap_or(u32::MAX)
            }
        };
        *cubes.get_mut(id) = reader.cube(input, &mut bits)?;
    }
    Ok((cubes, bits))
}

fn read_id(decoder: &mut Decoder<'_>, names: &Names) -> Result<CubeId, SnapshotError> {
    let content = match decoder.at_most(2)? {
        0 => Content::Events,
        1 => Content::EventsBySend,
        _ => Content::Statuses,
    };
    let axis = match decoder.at_most(3)? {
        0 => Axis::Quarter,
        1 => Axis::Hour,
        2 => Axis::Day,
        _ => Axis::Dimension(names.dimension(decoder)?),
    };
    Ok(CubeId { axis, content })
}

/// Reads the cells of a cube.
#[derive(Debug)]
struct CellReader {
    /// What cells count, in the order of the file.
    places: Vec<usize>,
    max_value: u32,
    /// The key of the cell before.
    last: u64,
}

impl CellReader {
    fn cube<R: Read>(&mut self, input: &mut Input<R>, bits: &mut u64) -> Result<Cube, SnapshotError> {
        let mut cube = Cube::default();
        for _ in 0..input.count()? {
            let mut cells = Vec::new();
            self.last = 0;
            for _ in 0..input.count()? {
                let cell = input.record(|decoder| self.cell(decoder))?;
                *bits |= 1 << cell.key.what();
                cells.push(cell);
            }
            // They are in order unless the file numbers event types otherwise.
            sum(&mut cells);
            cube.add(cells);
        }
        Ok(cube)
    }

    fn cell(&mut self, decoder: &mut Decoder<'_>) -> Result<Cell, SnapshotError> {
        let Some(key) = self.last.checked_add(decoder.varint()?).map(CellKey) else {
            return Err(decoder.damaged("a key of more than 64 bits"));
        };
        self.last = key.0;
        let Some(place) = self.places.get(key.what()).filter(|_| key.value() <= self.max_value) else {
            return Err(decoder.damaged(format!("a cell of what is unknown: {key:?}")));
        };
        let mut sums = [0; 4];
        for sum in &mut sums {
            let value = decoder.zigzag()?;
            *sum = i16::try_from(value).map_err(|_| decoder.damaged(format!("the sum {value}")))?;
        }
        Ok(Cell { key: CellKey::new(key.slot(), key.value(), *place), sums })
    }
}
