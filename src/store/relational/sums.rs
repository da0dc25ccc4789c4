//! Sums of what messages contribute: the changes of a batch, and the cells that are stored.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::bytes::{Reader, Writer};
use super::cube::{Axis, BY_SEND, Cube, dimensions};
use super::history::Settled;
use super::numbers;
use crate::counts::FirstOf;
use crate::dimension::Dimension;
use crate::event::{AccountId, Event, EventFields, Fields};
use crate::query::Timing;
use crate::store::levels::Levels;
use crate::store::slot::{SLOTS_PER_DAY, slot_of};

/// The total, and the uniques of the event type, of the kind and of the kind on its day. A status has only a total.
pub(in crate::store) type Figures = [i64; 4];

/// The sums of one account.
#[derive(Debug, Default)]
pub(in crate::store) struct Sums {
    /// The values, each with its number: the place in `texts`.
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    /// The first cells are ascending by key, each key once; the others are in the order in which they were added.
    cells: Vec<(Key, Figures)>,
    /// The number of the first cells.
    sorted: usize,
}

/// What a cell is the sum of, in this order: cube, day, value, quarter of the day, and what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

/// A cell that is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::store) struct Cell {
    /// The quarter of an hour of its day; 0 in cubes by day.
    pub(in crate::store) quarter: u8,
    /// The [number](numbers) of an event type or status.
    pub(in crate::store) what: u8,
    pub(in crate::store) figures: Figures,
}

/// The number of cells that are added before cells with the same key are.
const MAX_UNSORTED: usize = 1 << 14;

impl Key {
    fn new(cube: u8, day: i32, value: u32, quarter: u8, what: u8) -> Self {
        // The sign bit is flipped, so that the order of days stays.
        let day = day.cast_unsigned() ^ 1 << 31;
        Self(
            u128::from(cube) << 80
                | u128::from(day) << 48
                | u128::from(value) << 16
                | u128::from(quarter) << 8
                | u128::from(what),
        )
    }

    #[expect(clippy::cast_possible_truncation, reason = "each part is cut out")]
    fn cube(self) -> u8 {
        (self.0 >> 80) as u8
    }

    #[expect(clippy::cast_possible_truncation, reason = "each part is cut out")]
    fn day(self) -> i32 {
        ((self.0 >> 48) as u32 ^ 1 << 31).cast_signed()
    }

    #[expect(clippy::cast_possible_truncation, reason = "each part is cut out")]
    fn value(self) -> u32 {
        (self.0 >> 16) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "each part is cut out")]
    fn place(self) -> [u8; 2] {
        [(self.0 >> 8) as u8, self.0 as u8]
    }
}

/// Calls `visit` with each value of a stored piece and its cells; `None` if the bytes are none. The absent value is an empty
/// text.
pub(in crate::store) fn each_value(bytes: &[u8], mut visit: impl FnMut(&str, &[Cell])) -> Option<()> {
    let mut reader = Reader::new(bytes);
    let mut cells = Vec::new();
    while !reader.is_empty() {
        let value = reader.text()?;
        let count = reader.size()?;
        cells.clear();
        for _ in 0..count {
            let [quarter, what] = [reader.byte()?, reader.byte()?];
            cells.push(Cell { quarter, what, figures: reader.four_signed()? });
        }
        visit(value, &cells);
    }
    Some(())
}

impl Sums {
    /// Returns whether all cells are zero.
    pub(in crate::store) fn is_zero(&mut self) -> bool {
        self.settle();
        self.cells.is_empty()
    }

    /// Returns the stored form of the sums of each cube and day, ascending; none of them is zero.
    pub(in crate::store) fn pieces(&mut self) -> Vec<((u8, i32), Vec<u8>)> {
        self.settle();
        let of_piece = |one: &(Key, _), other: &(Key, _)| one.0.0 >> 48 == other.0.0 >> 48;
        let pieces = self.cells.chunk_by(of_piece);
        pieces.map(|cells| ((cells[0].0.cube(), cells[0].0.day()), self.piece_bytes(cells))).collect()
    }

    /// Returns cells of one cube and day as bytes.
    fn piece_bytes(&self, cells: &[(Key, Figures)]) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(cells.len() * 8 + 16));
        for of_value in cells.chunk_by(|one, other| one.0.value() == other.0.value()) {
            out.text(&self.texts[of_value[0].0.value() as usize]);
            out.number(of_value.len() as u64);
            for (key, figures) in of_value {
                key.place().into_iter().for_each(|byte| out.byte(byte));
                figures.iter().for_each(|figure| out.signed(*figure));
            }
        }
        out.0
    }

    /// Returns the sums as bytes: one value for the table of recent sums; empty if all are zero.
    pub(in crate::store) fn bytes(&mut self) -> Vec<u8> {
        let mut out = Writer::default();
        for ((cube, day), piece) in self.pieces() {
            out.byte(cube);
            out.signed(day.into());
            out.bytes(&piece);
        }
        out.0
    }

    /// Adds stored sums; `None` if the bytes are none.
    pub(in crate::store) fn add_bytes(&mut self, bytes: &[u8]) -> Option<()> {
        let mut are_read = true;
        each_piece(bytes, |cube, day, cells| are_read &= self.add_piece(cube, day, cells).is_some())?;
        are_read.then_some(())
    }

    /// Adds the stored sums of a cube on a day; `None` if the bytes are none.
    pub(in crate::store) fn add_piece(&mut self, cube: u8, day: i32, bytes: &[u8]) -> Option<()> {
        each_value(bytes, |value, cells| {
            let value = self.number(value);
            for Cell { quarter, what, figures } in cells {
                self.add(Key::new(cube, day, value, *quarter, *what), *figures);
            }
        })
    }

    /// Adds the stored sums of a cube by event, or subtracts them, to the cube by send along the same axis; `None` if the bytes are
    /// none.
    pub(in crate::store) fn add_by_send(
        &mut self,
        cube: u8,
        day: i32,
        bytes: &[u8],
        sign: i64,
    ) -> Option<()> {
        each_value(bytes, |value, cells| {
            let value = self.number(value);
            for Cell { quarter, what, figures } in cells {
                let key = Key::new(cube + BY_SEND, day, value, *quarter, *what);
                self.add(key, figures.map(|figure| sign * figure));
            }
        })
    }

    /// Adds a stored piece where its cells are kept once they are thinned; `None` if the bytes are none.
    pub(in crate::store) fn add_moved(
        &mut self,
        cube: u8,
        day: i32,
        bytes: &[u8],
        levels: &Levels,
    ) -> Option<()> {
        each_value(bytes, |value, cells| {
            let value = self.number(value);
            for Cell { quarter, what, figures } in cells {
                let (day, quarter) = place_of(levels.slot(slot(day, *quarter)));
                self.add(Key::new(cube, day, value, quarter, *what), *figures);
            }
        })
    }

    /// Adds other sums, or subtracts them.
    pub(in crate::store) fn merge(&mut self, other: &Self, sign: i64) {
        let numbers: Vec<u32> = other.texts.iter().map(|text| self.number(text)).collect();
        for (key, figures) in &other.cells {
            let [quarter, what] = key.place();
            let value = numbers[key.value() as usize];
            let key = Key::new(key.cube(), key.day(), value, quarter, what);
            self.add(key, figures.map(|figure| sign * figure));
        }
    }

    /// Returns the number of a value.
    fn number(&mut self, value: &str) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let (text, number): (Arc<str>, _) =
            (value.into(), u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    fn add(&mut self, key: Key, figures: Figures) {
        self.cells.push((key, figures));
        if self.cells.len() - self.sorted > MAX_UNSORTED.max(self.sorted) {
            self.settle();
        }
    }

    /// Adds cells with the same key, and removes those that are zero.
    fn settle(&mut self) {
        if self.cells.len() == self.sorted {
            return;
        }
        self.cells.sort_unstable_by_key(|(key, _)| *key);
        self.cells.dedup_by(|(key, more), (kept, sums)| {
            let is_same = key == kept;
            if is_same {
                sums.iter_mut().zip(*more).for_each(|(sum, more)| *sum += more);
            }
            is_same
        });
        self.cells.retain(|(_, figures)| *figures != [0; 4]);
        self.sorted = self.cells.len();
    }

    /// Adds what changes when a message becomes `after`.
    pub(in crate::store) fn add_change(
        &mut self,
        account: &AccountId,
        levels: &Levels,
        before: Option<&Settled<'_>>,
        after: Option<&Settled<'_>>,
    ) {
        if let (Some(before), Some(after)) = (before, after)
            && before.created == after.created
            && before.fields == after.fields
        {
            return self.add_events(account, levels, before, after);
        }
        for (settled, sign) in [(before, -1), (after, 1)] {
            let Some(settled) = settled else { continue };
            let mut adding = Adding::new(self, account, levels, settled);
            settled.events.iter().for_each(|(event, first_of)| adding.event(event, *first_of, sign));
            adding.status(sign);
        }
    }

    /// Adds the events that differ, of a message whose creation and fields are the same.
    fn add_events(
        &mut self,
        account: &AccountId,
        levels: &Levels,
        before: &Settled<'_>,
        after: &Settled<'_>,
    ) {
        let mut adding = Adding::new(self, account, levels, after);
        let (mut old, mut new) = (before.events.iter().peekable(), after.events.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some((old, _)), Some((new, _))) => (old.at(), old.id()).cmp(&(new.at(), new.id())),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            let gone = if order.is_le() { old.next() } else { None };
            let come = if order.is_ge() { new.next() } else { None };
            if gone.map(contributes) != come.map(contributes) {
                gone.into_iter().for_each(|(event, first_of)| adding.event(event, *first_of, -1));
                come.into_iter().for_each(|(event, first_of)| adding.event(event, *first_of, 1));
            }
        }
        if before.status != after.status {
            Adding::new(self, account, levels, before).status(-1);
            Adding::new(self, account, levels, after).status(1);
        }
    }
}

/// Returns what an event contributes to the counts of its message.
fn contributes<'a>(
    (event, first_of): &(&'a Event, FirstOf),
) -> (i64, crate::event_type::EventType, &'a EventFields, FirstOf) {
    (event.at().timestamp_millis(), event.event_type(), event.event_fields(), *first_of)
}

/// Calls `visit` with the cube, the day and the cells of each stored piece; `None` if the bytes are none.
pub(in crate::store) fn each_piece<'a>(
    bytes: &'a [u8],
    mut visit: impl FnMut(u8, i32, &'a [u8]),
) -> Option<()> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let (cube, day) = (reader.byte()?, reader.signed()?);
        visit(cube, day.try_into().ok()?, reader.bytes()?);
    }
    Some(())
}

/// Adds the events and the status of one message.
struct Adding<'s, 'm> {
    sums: &'s mut Sums,
    account: &'m AccountId,
    levels: &'m Levels,
    settled: &'m Settled<'m>,
    /// The numbers of the values of the message in each dimension that belongs to messages.
    values: Vec<(Dimension, u32)>,
    /// The number of the absent value.
    none: u32,
}

impl<'s, 'm> Adding<'s, 'm> {
    fn new(sums: &'s mut Sums, account: &'m AccountId, levels: &'m Levels, settled: &'m Settled<'m>) -> Self {
        let fields = Fields { account, message: &settled.fields, event: &EventFields::NONE };
        let mut values = Vec::new();
        for dimension in dimensions().filter(|dimension| !dimension.belongs_to_event()) {
            push_values(sums, &mut values, dimension, fields);
        }
        let none = sums.number("");
        Self { sums, account, levels, settled, values, none }
    }

    fn event(&mut self, event: &Event, first_of: FirstOf, sign: i64) {
        let FirstOf { event_type, kind, day } = first_of;
        let figures = [true, event_type, kind, day].map(|is_counted| sign * i64::from(is_counted));
        let what = numbers::of_event_type(event.event_type());
        let fields =
            Fields { account: self.account, message: &self.settled.fields, event: event.event_fields() };
        let mut own = Vec::new();
        for dimension in dimensions().filter(|dimension| dimension.belongs_to_event()) {
            push_values(self.sums, &mut own, dimension, fields);
        }
        let slot = |at| place_of(self.levels.slot(slot_of(at)));
        let place = slot(event.at().timestamp_millis());
        let created = slot(self.settled.created.timestamp_millis());
        self.push(Timing::Event, place, what, figures, &own);
        if place == created {
            return;
        }
        let back = figures.map(|figure| -figure);
        if place.0 == created.0 {
            self.push_quarter(Timing::Send, place, what, back);
            self.push_quarter(Timing::Send, created, what, figures);
        } else {
            self.push(Timing::Send, place, what, back, &own);
            self.push(Timing::Send, created, what, figures, &own);
        }
    }

    /// Adds the status. Its sums are the same by event and by send.
    fn status(&mut self, sign: i64) {
        let Some(status) = self.settled.status else { return };
        let place = place_of(self.levels.slot(slot_of(self.settled.created.timestamp_millis())));
        self.push(Timing::Event, place, numbers::of_status(status), [sign, 0, 0, 0], &[]);
    }

    /// Adds to the cubes of one timing: to those of the account, and to those of the values.
    fn push(
        &mut self,
        timing: Timing,
        place: (i32, u8),
        what: u8,
        figures: Figures,
        own: &[(Dimension, u32)],
    ) {
        self.push_quarter(timing, place, what, figures);
        let mut add = |axis, value| {
            let cube = Cube { timing, axis }.number();
            self.sums.add(Key::new(cube, place.0, value, 0, what), figures);
        };
        add(Axis::Day, self.none);
        for (dimension, value) in self.values.iter().chain(own) {
            add(Axis::Value(*dimension), *value);
        }
    }

    /// Adds to the cube by quarter of an hour of one timing.
    fn push_quarter(&mut self, timing: Timing, (day, quarter): (i32, u8), what: u8, figures: Figures) {
        let cube = Cube { timing, axis: Axis::Quarter }.number();
        self.sums.add(Key::new(cube, day, self.none, quarter, what), figures);
    }
}

/// Adds two stored pieces of the same cube and day. Returns the stored form of their sum, empty if it is zero; `None` if the bytes
/// are none.
pub(in crate::store) fn add_pieces(one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let mut sums = Sums::default();
    sums.add_piece(0, 0, one)?;
    sums.add_piece(0, 0, other)?;
    Some(sums.pieces().pop().map_or_else(Vec::new, |(_, piece)| piece))
}

/// Returns the slot of a quarter of an hour of a day since 1970.
pub(in crate::store) fn slot(day: i32, quarter: u8) -> u32 {
    u32::try_from(day).unwrap_or(0).saturating_mul(SLOTS_PER_DAY).saturating_add(quarter.into())
}

/// Returns the day since 1970 of a slot, and its quarter of an hour.
fn place_of(slot: u32) -> (i32, u8) {
    let day = i32::try_from(slot / SLOTS_PER_DAY).unwrap_or(i32::MAX);
    (day, u8::try_from(slot % SLOTS_PER_DAY).unwrap_or(0))
}

/// Appends the numbers of the values in a dimension. Of absent values only that of tags has sums.
fn push_values(
    sums: &mut Sums,
    values: &mut Vec<(Dimension, u32)>,
    dimension: Dimension,
    fields: Fields<'_>,
) {
    if dimension == Dimension::Tag {
        let tags = &fields.message.tags;
        values.extend(tags.iter().map(|tag| (dimension, sums.number(tag))));
        if tags.is_empty() {
            values.push((dimension, sums.number("")));
        }
    } else if let Some(value) = dimension.value(fields) {
        values.push((dimension, sums.number(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_sums_add_up_and_zeros_are_not_stored() {
        let (mut one, mut other) = (Sums::default(), Sums::default());
        let add = |sums: &mut Sums, (cube, day), value, (quarter, what), figures| {
            let value = sums.number(value);
            sums.add(Key::new(cube, day, value, quarter, what), figures);
        };
        add(&mut one, (1, 20_000), "a", (0, 40), [2, 1, 1, 1]);
        add(&mut one, (1, 20_000), "", (95, 200), [-300, 0, 0, 0]);
        add(&mut other, (1, 20_000), "a", (0, 40), [-2, -1, -1, -1]);
        add(&mut other, (2, -5), "é", (3, 8), [1, 0, 0, 0]);
        let mut both = Sums::default();
        both.add_bytes(&one.bytes()).unwrap();
        both.add_bytes(&other.bytes()).unwrap();
        let mut cells = Vec::new();
        for ((cube, day), piece) in both.pieces() {
            each_value(&piece, |value, found| {
                cells.extend(found.iter().map(|cell| (cube, day, value.to_owned(), *cell)));
            })
            .unwrap();
        }
        let expected = [
            (1, 20_000, String::new(), Cell { quarter: 95, what: 200, figures: [-300, 0, 0, 0] }),
            (2, -5, "é".to_owned(), Cell { quarter: 3, what: 8, figures: [1, 0, 0, 0] }),
        ];
        assert_eq!(cells, expected);
        both.merge(&one, -1);
        both.merge(&other, -1);
        assert!(both.is_zero());
    }

    #[test]
    fn cut_bytes_are_refused() {
        let mut sums = Sums::default();
        let value = sums.number("a");
        sums.add(Key::new(1, 20_000, value, 0, 40), [2, 1, 1, 1]);
        let bytes = sums.bytes();
        for end in 1..bytes.len() {
            assert_eq!(Sums::default().add_bytes(&bytes[..end]), None, "{end}");
        }
    }
}
