//! Cubes: what all messages of an account contribute, by time and by one dimension.

use std::sync::Arc;

use super::cell::{Cell, merge, sum};
use super::cells::{Cells, between};
use crate::dimension::Dimension;
use crate::query::Timing;

/// Cells in sorted lists, whose sum counts. Cloning it copies a pointer for each list; a reader keeps a cube as it was.
///
/// Each list has at least four times as many cells as the next one, so there are few of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Cube {
    lists: Vec<Arc<Cells>>,
}

impl Cube {
    /// Adds cells that are ascending by key.
    pub(super) fn add(&mut self, mut cells: Vec<Cell>) {
        while let Some(last) = self.lists.pop_if(|last| last.all().len() < 4 * cells.len()) {
            cells = merge(last.all(), &cells);
        }
        if !cells.is_empty() {
            self.lists.push(Arc::new(Cells::new(cells)));
        }
    }

    /// Returns the cells of the slots from `start` to `end`, which is not included: a slice of each list.
    pub(super) fn between(&self, start: u32, end: u32) -> impl Iterator<Item = &[Cell]> {
        self.lists.iter().map(move |list| between(list.all(), start, end))
    }

    /// Passes on cells whose sums are those of each of several half-open ranges of slots, which are ascending and do not
    /// overlap: a few slices of each list. Cells of a week are read in place of those of its days.
    pub(super) fn each_range<T: Copy>(
        &self,
        ranges: impl Iterator<Item = (u32, u32, T)> + Clone,
        mut to: impl FnMut(T, &[Cell]),
    ) {
        self.lists.iter().for_each(|list| list.each_range(ranges.clone(), &mut to));
    }

    /// Returns all cells.
    #[cfg(any(feature = "snapshot", test))]
    pub(super) fn lists(&self) -> impl Iterator<Item = &[Cell]> {
        self.lists.iter().map(|list| list.all())
    }

    /// Moves the cells of the slots before `end` to other slots before it.
    fn merge_slots(&mut self, end: u32, slot: impl Fn(u32) -> u32) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for cell in self.lists.iter().flat_map(|list| list.all().iter().copied()) {
            match cell.key.slot() < end {
                true => before.push(Cell { key: cell.key.at(slot(cell.key.slot())), ..cell }),
                false => after.push(cell),
            }
        }
        sum(&mut before);
        sum(&mut after);
        before.append(&mut after);
        *self = Self::default();
        self.add(before);
    }

    /// Returns the number of bytes.
    pub(super) fn bytes(&self) -> usize {
        self.lists.iter().map(|list| list.bytes()).sum()
    }
}

/// Which cube: what it has separate cells for, and what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CubeId {
    pub(super) axis: Axis,
    pub(super) content: Content,
}

impl CubeId {
    /// Returns the ids of all cubes of an account that has values of these dimensions: of [`Axis::OF_ACCOUNT`], then of each
    /// dimension, and of each of them one for each [`Content`].
    pub(super) fn all(dimensions: &[Dimension]) -> impl Iterator<Item = Self> {
        let of_dimensions = dimensions.iter().map(|dimension| Axis::Dimension(*dimension));
        let axes = Axis::OF_ACCOUNT.into_iter().chain(of_dimensions);
        axes.flat_map(|axis| Content::ALL.map(|content| Self { axis, content }))
    }
}

/// What a cube counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    /// Events, in the slots of their own instants.
    Events,
    /// Events, in the slots of their messages' creation.
    EventsBySend,
    /// Messages by status, in the slots of their creation.
    Statuses,
}

impl Content {
    pub(super) const COUNT: usize = 3;

    pub(super) const ALL: [Self; Self::COUNT] = [Self::Events, Self::EventsBySend, Self::Statuses];

    /// Returns what counts events with a timing.
    pub(super) fn of_events(timing: Timing) -> Self {
        match timing {
            Timing::Event => Self::Events,
            Timing::Send => Self::EventsBySend,
        }
    }
}

/// What a cube has separate cells for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    /// The quarters of an hour.
    Quarter,
    /// The hours in UTC.
    Hour,
    /// The days in UTC.
    Day,
    /// The days in UTC and the values of a dimension. There is no such cube if no mail has a value: then all of it is in the
    /// cube of days.
    Dimension(Dimension),
}

impl Axis {
    /// What the cubes of the whole account have separate cells for.
    pub(super) const OF_ACCOUNT: [Self; 3] = [Self::Quarter, Self::Hour, Self::Day];
}

/// The cubes of an account.
#[derive(Clone, Debug, Default)]
pub(super) struct Cubes {
    /// Ascending by id.
    cubes: Vec<(CubeId, Cube)>,
}

impl Cubes {
    /// Returns a cube; `None` if there is none.
    pub(super) fn get(&self, id: CubeId) -> Option<&Cube> {
        let index = self.cubes.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(&self.cubes[index].1)
    }

    /// Returns a cube to change, which is empty if it was not there.
    pub(super) fn get_mut(&mut self, id: CubeId) -> &mut Cube {
        let index = match self.cubes.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(index) => index,
            Err(index) => {
                self.cubes.insert(index, (id, Cube::default()));
                index
            }
        };
        &mut self.cubes[index].1
    }

    /// Moves the cells of the slots before `end` to other slots before it.
    pub(super) fn merge_slots(&mut self, end: u32, slot: impl Fn(u32) -> u32 + Copy) {
        self.cubes.iter_mut().for_each(|(_, cube)| cube.merge_slots(end, slot));
    }

    /// Returns whether there is a cube of a dimension.
    pub(super) fn has(&self, dimension: Dimension) -> bool {
        Content::ALL
            .into_iter()
            .any(|content| self.get(CubeId { axis: Axis::Dimension(dimension), content }).is_some())
    }

    /// Makes the cubes of dimensions that have none: until now, no mail has a value of them.
    pub(super) fn start_missing(&mut self, dimensions: &[Dimension]) {
        for dimension in dimensions.iter().copied() {
            if self.has(dimension) {
                continue;
            }
            for content in Content::ALL {
                let all = self.get(CubeId { axis: Axis::Day, content }).cloned().unwrap_or_default();
                *self.get_mut(CubeId { axis: Axis::Dimension(dimension), content }) = all;
            }
        }
    }

    /// Returns the ids of all cubes, and the cubes.
    #[cfg(any(feature = "snapshot", test))]
    pub(super) fn iter(&self) -> impl Iterator<Item = (CubeId, &Cube)> {
        self.cubes.iter().map(|(id, cube)| (*id, cube))
    }

    /// Returns the number of bytes.
    pub(super) fn bytes(&self) -> usize {
        self.cubes.iter().map(|(_, cube)| size_of::<(CubeId, Cube)>() + cube.bytes()).sum()
    }
}
