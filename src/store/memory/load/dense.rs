//! Sums what messages contribute to cubes, day by day, in arrays.

use std::collections::BTreeMap;

use crate::dimension::Dimension;
use crate::store::memory::cell::{Cell, CellKey, WHATS, status_place, sum};
use crate::store::memory::columns::Part;
use crate::store::memory::cube::{Axis, Content, CubeId};
use crate::store::memory::dictionary::{ABSENT, Dictionary};
use crate::store::memory::mark::FIRSTS;
use crate::store::memory::segment::Segment;
use crate::store::memory::values::Values;
use crate::store::slot::{SLOTS_PER_DAY, SLOTS_PER_HOUR, slot_of};

/// Builds the cells of the cubes of one account, as [`Changes`](crate::store::memory::change::Changes) does for few messages.
/// Segments come in the order of their days.
#[derive(Debug)]
pub(super) struct CubeBuilder<'a> {
    dictionary: &'a Dictionary,
    dimensions: Vec<Dimension>,
    /// The combinations of each part, by their codes.
    rows: [Vec<&'a [u32]>; Part::COUNT],
    /// The values of the current message in each dimension.
    values: Vec<Values>,
    /// The days of which not all segments came, by [`Content`].
    open: [BTreeMap<u32, Sums>; Content::COUNT],
    /// The cells of each cube, in the order of [`CubeId::all`].
    cells: Vec<Vec<Cell>>,
    places: u64,
    /// The event types and statuses that occur, and the index of each among them.
    whats: Vec<usize>,
    indices: [u8; WHATS],
}

/// The sums of one day: of its quarters of an hour, and of each dimension.
#[derive(Debug)]
struct Sums {
    quarters: Array,
    dimensions: Vec<Array>,
}

/// Sums by value and by the index of what is counted.
#[derive(Debug)]
enum Array {
    Dense {
        width: usize,
        sums: Vec<[i32; 4]>,
    },
    /// There are too many values for an array.
    Sparse(Vec<Cell>),
}

/// The number of values up to which there is an array.
const MAX_DENSE: usize = 1 << 12;

impl<'a> CubeBuilder<'a> {
    /// Starts to build the cubes of these dimensions. `occurring` has a bit for each event type or status that occurs.
    pub(super) fn new(dictionary: &'a Dictionary, dimensions: Vec<Dimension>, occurring: u64) -> Self {
        let whats: Vec<usize> = (0..WHATS).filter(|what| occurring >> what & 1 > 0).collect();
        let mut indices = [0; WHATS];
        (0..).zip(&whats).for_each(|(index, what)| indices[*what] = index);
        let rows = Part::ALL.map(|part| {
            let none = dictionary.row(part, ABSENT);
            std::iter::once(none).chain(dictionary.rows(part).iter().map(|row| &**row)).collect()
        });
        let cells = vec![Vec::new(); Content::COUNT * (Axis::OF_ACCOUNT.len() + dimensions.len())];
        let values = dimensions.iter().copied().map(Values::new).collect();
        let open = std::array::from_fn(|_| BTreeMap::new());
        Self { dictionary, dimensions, rows, values, open, cells, places: 0, whats, indices }
    }

    /// Adds all messages of a segment.
    pub(super) fn add(&mut self, segment: &Segment) {
        self.close(segment.day);
        let [mut by_event, mut by_send, mut statuses] = std::mem::take(&mut self.open);
        let new = || Sums::new(self.dictionary, &self.dimensions, self.whats.len());
        let of_creation = by_send.entry(segment.day).or_insert_with(new);
        let of_statuses = statuses.entry(segment.day).or_insert_with(new);
        for row in 0..segment.len() {
            let values = &mut self.values;
            let facts = segment.facts(row);
            let combination = |part: Part| self.rows[part as usize][facts.code(part) as usize];
            values.iter_mut().for_each(|values| values.start(combination));
            let created = segment.created(row);
            let created_slot = slot_of(created);
            let mut day = None;
            for event in segment.events_of(row) {
                let mark = segment.events.mark[event];
                let (what, figures) = (mark.type_index(), FIRSTS[mark.firsts_index()].map(i32::from));
                let own = self.rows[Part::Own as usize][segment.events.own.get(event) as usize];
                let slot = slot_of(segment.at(created, event));
                self.places |= 1 << what;
                let what = usize::from(self.indices[what]);
                let number = slot / SLOTS_PER_DAY;
                if day.as_ref().is_none_or(|(known, _)| *known != number) {
                    day = Some((number, by_event.entry(number).or_insert_with(new)));
                }
                if let Some((_, sums)) = &mut day {
                    sums.add(slot, what, figures, values, own);
                }
                of_creation.add(created_slot, what, figures, values, own);
            }
            if let Some(status) = segment.status(row) {
                let what = status_place(status);
                self.places |= 1 << what;
                of_statuses.add_status(created_slot, usize::from(self.indices[what]), values);
            }
        }
        self.open = [by_event, by_send, statuses];
    }

    /// Turns the sums of days before `day` into cells. No later segment has events there.
    fn close(&mut self, day: u32) {
        for content in 0..Content::COUNT {
            let later = self.open[content].split_off(&day);
            for (day, sums) in std::mem::replace(&mut self.open[content], later) {
                sums.emit(day, content, &self.whats, &mut self.cells);
            }
        }
    }

    /// Turns all sums into cells, so that no sum becomes too large.
    pub(super) fn flush(&mut self) {
        self.close(u32::MAX);
    }

    /// Returns the cells of each cube, ascending, and a bit for each place of an event type or status.
    pub(super) fn finish(mut self) -> (Vec<(CubeId, Vec<Cell>)>, u64) {
        self.flush();
        let sorted = self.cells.into_iter().map(|mut cells| {
            if !cells.is_sorted_by_key(|cell| cell.key) {
                sum(&mut cells);
            }
            cells
        });
        (CubeId::all(&self.dimensions).zip(sorted).collect(), self.places)
    }
}

impl Sums {
    fn new(dictionary: &Dictionary, dimensions: &[Dimension], whats: usize) -> Self {
        let quarters = Array::new(SLOTS_PER_DAY as usize, whats);
        let array = |dimension: &Dimension| Array::new(dictionary.values(*dimension).len() + 1, whats);
        Self { quarters, dimensions: dimensions.iter().map(array).collect() }
    }

    /// Adds an event with its message's values.
    #[inline]
    fn add(&mut self, slot: u32, what: usize, figures: [i32; 4], values: &[Values], own: &[u32]) {
        self.quarters.add(slot % SLOTS_PER_DAY, what, figures);
        for (values, array) in values.iter().zip(&mut self.dimensions) {
            values.of_event(own, |code| array.add(code, what, figures));
        }
    }

    fn add_status(&mut self, slot: u32, what: usize, values: &[Values]) {
        const ONE: [i32; 4] = [1, 0, 0, 0];
        self.quarters.add(slot % SLOTS_PER_DAY, what, ONE);
        for (values, array) in values.iter().zip(&mut self.dimensions) {
            values.of_status().iter().for_each(|code| array.add(*code, what, ONE));
        }
    }

    /// Appends the cells of a day to those of the cubes. `whats` are the event types and statuses that have an index.
    fn emit(self, day: u32, content: usize, whats: &[usize], cells: &mut [Vec<Cell>]) {
        let first = day * SLOTS_PER_DAY;
        let [quarters, hours, days] = [0, 1, 2].map(|axis| axis * Content::COUNT + content);
        let [mut of_hour, mut of_day] = [SLOTS_PER_HOUR, SLOTS_PER_DAY].map(Unit::new);
        self.quarters.emit(|quarter, what, sums| {
            let key = CellKey::new(first + quarter, ABSENT, whats[what]);
            cells[quarters].extend(Cell::split(key, sums));
            of_hour.add(key, sums, &mut cells[hours]);
            of_day.add(key, sums, &mut cells[days]);
        });
        of_hour.emit(&mut cells[hours]);
        of_day.emit(&mut cells[days]);
        for (index, array) in self.dimensions.into_iter().enumerate() {
            let cells = &mut cells[(Axis::OF_ACCOUNT.len() + index) * Content::COUNT + content];
            array.emit(|value, what, sums| {
                cells.extend(Cell::split(CellKey::new(first, value, whats[what]), sums))
            });
        }
    }
}

/// Sums of an hour or a day, of cells that come in the order of their slots.
struct Unit {
    /// The number of slots.
    length: u32,
    /// The first slot of the unit.
    start: u32,
    sums: [[i32; 4]; WHATS],
}

impl Unit {
    fn new(length: u32) -> Self {
        Self { length, start: 0, sums: [[0; 4]; WHATS] }
    }

    /// Adds sums. Those of the unit before are turned into cells.
    fn add(&mut self, key: CellKey, sums: [i32; 4], cells: &mut Vec<Cell>) {
        let start = key.slot() - key.slot() % self.length;
        if start != self.start {
            self.emit(cells);
            self.start = start;
        }
        self.sums[key.what()].iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
    }

    /// Appends the cells of the unit, and is empty afterwards.
    fn emit(&mut self, cells: &mut Vec<Cell>) {
        for (what, sums) in self.sums.iter_mut().enumerate() {
            cells.extend(Cell::split(CellKey::new(self.start, ABSENT, what), std::mem::take(sums)));
        }
    }
}

impl Array {
    fn new(values: usize, whats: usize) -> Self {
        match values <= MAX_DENSE {
            true => Self::Dense { width: whats, sums: vec![[0; 4]; values * whats] },
            false => Self::Sparse(Vec::new()),
        }
    }

    #[inline]
    fn add(&mut self, value: u32, what: usize, figures: [i32; 4]) {
        match self {
            Self::Dense { width, sums } => {
                let sums = &mut sums[value as usize * *width + what];
                sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
            }
            Self::Sparse(cells) => cells.extend(Cell::split(CellKey::new(0, value, what), figures)),
        }
    }

    /// Passes on all sums that are not zero, ascending by value and by what is counted.
    fn emit(self, mut to: impl FnMut(u32, usize, [i32; 4])) {
        match self {
            Self::Dense { width, sums } => {
                for (value, of_value) in (0..).zip(sums.chunks(width.max(1))) {
                    let present = of_value.iter().enumerate().filter(|(_, sums)| **sums != [0; 4]);
                    present.for_each(|(what, sums)| to(value, what, *sums));
                }
            }
            Self::Sparse(mut cells) => {
                sum(&mut cells);
                cells
                    .into_iter()
                    .for_each(|cell| to(cell.key.value(), cell.key.what(), cell.sums.map(i32::from)));
            }
        }
    }
}
