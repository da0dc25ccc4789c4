//! Sums what messages contribute to cubes, day by day, in arrays.

use std::collections::BTreeMap;
use std::ops::Range;

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
    dimensions: Vec<Dimension>,
    /// The combinations of each part, by their codes.
    rows: [Vec<&'a [u32]>; Part::COUNT],
    layout: Layout,
    /// The values of the current message in each dimension.
    values: Vec<Values>,
    /// The dimensions in which each event of a message has its own value.
    event_dimensions: Vec<usize>,
    /// Where all of the current message is summed.
    message_places: Places,
    /// Where its current event is summed besides.
    event_places: Places,
    /// The days of which not all segments came, by [`Content`].
    open: [BTreeMap<u32, Sums>; Content::COUNT],
    /// The cells of each cube, in the order of [`CubeId::all`].
    cells: Vec<Vec<Cell>>,
    places: u64,
}

/// Where the sums of a day are in an array: those of its quarters of an hour, then those of each dimension by value, each for all
/// that is counted.
#[derive(Debug)]
struct Layout {
    /// The event types and statuses that occur, and the index of each among them.
    whats: Vec<usize>,
    indices: [u8; WHATS],
    /// Where the sums of each dimension are; `None` if it has too many values for an array.
    dimensions: Vec<Option<Range<usize>>>,
    len: usize,
}

/// Where sums of values are: the indices of the first of each in an array, and the values that have no array with the index of
/// their dimension.
#[derive(Debug, Default)]
struct Places {
    dense: Vec<usize>,
    sparse: Vec<(usize, u32)>,
}

/// The sums of one day.
#[derive(Debug)]
struct Sums {
    /// As the layout says.
    dense: Vec<[i32; 4]>,
    /// Those of each dimension that has too many values.
    sparse: Vec<Vec<Cell>>,
}

/// The number of values up to which there is an array.
const MAX_DENSE: usize = 1 << 12;

impl<'a> CubeBuilder<'a> {
    /// Starts to build the cubes of these dimensions. `occurring` has a bit for each event type or status that occurs.
    pub(super) fn new(dictionary: &'a Dictionary, dimensions: Vec<Dimension>, occurring: u64) -> Self {
        let rows = Part::ALL.map(|part| {
            let none = dictionary.row(part, ABSENT);
            std::iter::once(none).chain(dictionary.rows(part).iter().map(|row| &**row)).collect()
        });
        let cells = vec![Vec::new(); Content::COUNT * (Axis::OF_ACCOUNT.len() + dimensions.len())];
        let layout = Layout::new(dictionary, &dimensions, occurring);
        let values = dimensions.iter().copied().map(Values::new).collect();
        let event_dimensions =
            (0..dimensions.len()).filter(|index| dimensions[*index].belongs_to_event()).collect();
        let open = std::array::from_fn(|_| BTreeMap::new());
        Self {
            dimensions,
            rows,
            layout,
            values,
            event_dimensions,
            message_places: Places::default(),
            event_places: Places::default(),
            open,
            cells,
            places: 0,
        }
    }

    /// Adds all messages of a segment.
    pub(super) fn add(&mut self, segment: &Segment) {
        self.close(segment.day);
        let [mut by_event, mut by_send, mut statuses] = std::mem::take(&mut self.open);
        let Self { rows, layout, values, event_dimensions, message_places, event_places, places, .. } = self;
        let layout = &*layout;
        let new = || Sums::new(layout);
        let of_creation = by_send.entry(segment.day).or_insert_with(new);
        let of_statuses = statuses.entry(segment.day).or_insert_with(new);
        for row in 0..segment.len() {
            let facts = segment.facts(row);
            let combination = |part: Part| rows[part as usize][facts.code(part) as usize];
            values.iter_mut().for_each(|values| values.start(combination));
            message_places.clear();
            for (dimension, values) in values.iter().enumerate() {
                values.of_status().iter().for_each(|code| message_places.push(layout, dimension, *code));
            }
            let created = segment.created(row);
            let created_slot = slot_of(created);
            let mut day = None;
            for event in segment.events_of(row) {
                let mark = segment.events.mark[event];
                let (what, figures) = (mark.type_index(), FIRSTS[mark.firsts_index()].map(i32::from));
                let own = rows[Part::Own as usize][segment.events.own.get(event) as usize];
                let slot = slot_of(segment.at(created, event));
                *places |= 1 << what;
                let what = layout.index(what);
                event_places.clear();
                for dimension in &*event_dimensions {
                    values[*dimension].of_event(own, |code| event_places.push(layout, *dimension, code));
                }
                let number = slot / SLOTS_PER_DAY;
                if day.as_ref().is_none_or(|(known, _)| *known != number) {
                    day = Some((number, by_event.entry(number).or_insert_with(new)));
                }
                let all = [&*message_places, &*event_places];
                if let Some((_, sums)) = &mut day {
                    sums.add(layout, slot, what, figures, all);
                }
                of_creation.add(layout, created_slot, what, figures, all);
            }
            if let Some(status) = segment.status(row) {
                const ONE: [i32; 4] = [1, 0, 0, 0];
                let what = status_place(status);
                *places |= 1 << what;
                let what = layout.index(what);
                of_statuses.add(layout, created_slot, what, ONE, [message_places]);
            }
        }
        self.open = [by_event, by_send, statuses];
    }

    /// Turns the sums of days before `day` into cells. No later segment has events there.
    fn close(&mut self, day: u32) {
        for content in 0..Content::COUNT {
            let later = self.open[content].split_off(&day);
            for (day, sums) in std::mem::replace(&mut self.open[content], later) {
                sums.emit(&self.layout, day, content, &mut self.cells);
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

impl Layout {
    fn new(dictionary: &Dictionary, dimensions: &[Dimension], occurring: u64) -> Self {
        let whats: Vec<usize> = (0..WHATS).filter(|what| occurring >> what & 1 > 0).collect();
        let mut indices = [0; WHATS];
        (0..).zip(&whats).for_each(|(index, what)| indices[*what] = index);
        let width = whats.len();
        let mut len = SLOTS_PER_DAY as usize * width;
        let range = |dimension: &Dimension| {
            let values = dictionary.values(*dimension).len() + 1;
            (values <= MAX_DENSE).then(|| {
                len += values * width;
                len - values * width..len
            })
        };
        let dimensions = dimensions.iter().map(range).collect();
        Self { whats, indices, dimensions, len }
    }

    /// Returns the index of an event type or status.
    #[inline]
    fn index(&self, what: usize) -> usize {
        self.indices[what].into()
    }

    /// Returns the number of sums of a quarter of an hour or a value.
    #[inline]
    fn width(&self) -> usize {
        self.whats.len()
    }
}

impl Places {
    fn clear(&mut self) {
        self.dense.clear();
        self.sparse.clear();
    }

    #[inline]
    fn push(&mut self, layout: &Layout, dimension: usize, code: u32) {
        match &layout.dimensions[dimension] {
            Some(range) => self.dense.push(range.start + code as usize * layout.width()),
            None => self.sparse.push((dimension, code)),
        }
    }
}

impl Sums {
    fn new(layout: &Layout) -> Self {
        Self { dense: vec![[0; 4]; layout.len], sparse: vec![Vec::new(); layout.dimensions.len()] }
    }

    /// Adds figures to those of a slot and of all places.
    #[inline]
    fn add<const N: usize>(
        &mut self,
        layout: &Layout,
        slot: u32,
        what: usize,
        figures: [i32; 4],
        places: [&Places; N],
    ) {
        add(&mut self.dense[(slot % SLOTS_PER_DAY) as usize * layout.width() + what], figures);
        for Places { dense, sparse } in places {
            dense.iter().for_each(|start| add(&mut self.dense[start + what], figures));
            for (dimension, code) in sparse {
                self.sparse[*dimension].extend(Cell::split(CellKey::new(0, *code, what), figures));
            }
        }
    }

    /// Appends the cells of a day to those of the cubes.
    fn emit(self, layout: &Layout, day: u32, content: usize, cells: &mut [Vec<Cell>]) {
        let first = day * SLOTS_PER_DAY;
        let [quarters, hours, days] = [0, 1, 2].map(|axis| axis * Content::COUNT + content);
        let [mut of_hour, mut of_day] = [SLOTS_PER_HOUR, SLOTS_PER_DAY].map(Unit::new);
        let (of_quarters, _) = self.dense.split_at(SLOTS_PER_DAY as usize * layout.width());
        present(of_quarters, layout.width(), |quarter, what, sums| {
            let key = CellKey::new(first + quarter, ABSENT, layout.whats[what]);
            cells[quarters].extend(Cell::split(key, sums));
            of_hour.add(key, sums, &mut cells[hours]);
            of_day.add(key, sums, &mut cells[days]);
        });
        of_hour.emit(&mut cells[hours]);
        of_day.emit(&mut cells[days]);
        for (index, (range, mut sparse)) in layout.dimensions.iter().zip(self.sparse).enumerate() {
            let cells = &mut cells[(Axis::OF_ACCOUNT.len() + index) * Content::COUNT + content];
            let mut emit = |value, what: usize, sums| {
                cells.extend(Cell::split(CellKey::new(first, value, layout.whats[what]), sums))
            };
            match range {
                Some(range) => present(&self.dense[range.clone()], layout.width(), emit),
                None => {
                    sum(&mut sparse);
                    for Cell { key, sums } in sparse {
                        emit(key.value(), key.what(), sums.map(i32::from));
                    }
                }
            }
        }
    }
}

#[inline]
fn add(sums: &mut [i32; 4], figures: [i32; 4]) {
    sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
}

/// Passes on all sums that are not zero, ascending by value and by what is counted.
fn present(sums: &[[i32; 4]], width: usize, mut to: impl FnMut(u32, usize, [i32; 4])) {
    for (value, of_value) in (0..).zip(sums.chunks(width.max(1))) {
        let present = of_value.iter().enumerate().filter(|(_, sums)| **sums != [0; 4]);
        present.for_each(|(what, sums)| to(value, what, *sums));
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
