//! The cells of cubes: sums of what messages contribute.

use crate::event_type::EventType;
use crate::status::Status;
use crate::store::slot::MAX_SLOT;

/// What is counted in a slot for one value and one event type or status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) key: CellKey,
    /// The total, and the uniques of the event type, of the kind and of the kind on its day. A status has only a total.
    ///
    /// A sum that does not fit is in two cells with the same key. A change is negative where a message counts less.
    pub(super) sums: [i16; 4],
}

/// The slot, the value and what is counted, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellKey(pub(super) u64);

const WHAT_BITS: u32 = 6;
const VALUE_BITS: u32 = 29;

/// The greatest code that a cell can have.
pub(super) const MAX_VALUE: u32 = (1 << VALUE_BITS) - 1;

/// The number of event types and statuses, rounded up.
pub(super) const WHATS: usize = 1 << WHAT_BITS;

impl Cell {
    /// Returns the cells of sums of any size: several if they do not fit into one.
    pub(super) fn split(key: CellKey, mut sums: [i32; 4]) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            if sums == [0; 4] {
                return None;
            }
            let fitting = |sum: i32| i16::try_from(sum).unwrap_or(if sum < 0 { i16::MIN } else { i16::MAX });
            let cell = Self { key, sums: sums.map(fitting) };
            sums.iter_mut().zip(cell.sums).for_each(|(sum, fitting)| *sum -= i32::from(fitting));
            Some(cell)
        })
    }
}

impl CellKey {
    /// Makes a key. `what` is the place of an event type in [`EventType::ALL`], or a [`status_place`].
    pub(super) fn new(slot: u32, value: u32, what: usize) -> Self {
        const { assert!(EventType::COUNT + Status::COUNT <= WHATS) };
        const { assert!(MAX_SLOT < 1 << (u64::BITS - VALUE_BITS - WHAT_BITS)) };
        Self(u64::from(slot) << (VALUE_BITS + WHAT_BITS) | u64::from(value) << WHAT_BITS | what as u64)
    }

    /// Returns the first key of a slot.
    pub(super) fn first(slot: u32) -> Self {
        Self::new(slot, 0, 0)
    }

    /// Returns the slot, counted from 1970.
    pub(super) fn slot(self) -> u32 {
        u32::try_from(self.0 >> (VALUE_BITS + WHAT_BITS)).unwrap_or(u32::MAX)
    }

    /// Returns the code of the value.
    #[expect(clippy::cast_possible_truncation, reason = "masked")]
    pub(super) fn value(self) -> u32 {
        (self.0 >> WHAT_BITS) as u32 & MAX_VALUE
    }

    /// Returns the key at another slot.
    pub(super) fn at(self, slot: u32) -> Self {
        Self::new(slot, self.value(), self.what())
    }

    /// Returns what is counted.
    #[expect(clippy::cast_possible_truncation, reason = "masked")]
    pub(super) fn what(self) -> usize {
        self.0 as usize % WHATS
    }
}

/// Returns the place of a status among what cells count.
pub(super) fn status_place(status: Status) -> usize {
    EventType::COUNT + status as usize
}

/// Adds the cells of two lists that are ascending by key. Cells of nothing are left out.
pub(super) fn merge(one: &[Cell], other: &[Cell]) -> Vec<Cell> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let is_first = match (one.peek(), other.peek()) {
            (Some(left), Some(right)) => left.key <= right.key,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break,
        };
        if let Some(cell) = if is_first { one.next() } else { other.next() } {
            push(&mut merged, *cell);
        }
    }
    settle(&mut merged);
    merged
}

/// Sorts cells by key, and adds those with the same key. Cells of nothing are left out.
pub(super) fn sum(cells: &mut Vec<Cell>) {
    cells.sort_unstable_by_key(|cell| cell.key);
    let mut sums = Vec::with_capacity(cells.len());
    cells.iter().for_each(|cell| push(&mut sums, *cell));
    settle(&mut sums);
    *cells = sums;
}

/// Appends a cell to a list, or adds it to the last cell if that has the same key and the sums fit.
fn push(cells: &mut Vec<Cell>, cell: Cell) {
    if let Some(last) = cells.last_mut().filter(|last| last.key == cell.key)
        && let Some(sums) = add(last.sums, cell.sums)
    {
        last.sums = sums;
        return;
    }
    if cells.last().is_some_and(|last| last.sums == [0; 4]) {
        cells.pop();
    }
    cells.push(cell);
}

fn settle(cells: &mut Vec<Cell>) {
    if cells.last().is_some_and(|last| last.sums == [0; 4]) {
        cells.pop();
    }
    cells.shrink_to_fit();
}

fn add(one: [i16; 4], other: [i16; 4]) -> Option<[i16; 4]> {
    let mut sums = one;
    for (sum, more) in sums.iter_mut().zip(other) {
        *sum = sum.checked_add(more)?;
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn cells() -> impl Strategy<Value = Vec<Cell>> {
        let big = prop_oneof![-2..3_i16, Just(i16::MAX), Just(i16::MIN)];
        let cell = (0..3_u32, 0..3_u32, 0..3_usize, big).prop_map(|(slot, value, what, total)| Cell {
            key: CellKey::new(slot, value, what),
            sums: [total, 1, 0, 0],
        });
        prop::collection::vec(cell, 0..20)
    }

    fn totals(cells: &[Cell]) -> BTreeMap<CellKey, [i64; 4]> {
        let mut totals: BTreeMap<_, [i64; 4]> = BTreeMap::new();
        for cell in cells {
            let sums = totals.entry(cell.key).or_default();
            sums.iter_mut().zip(cell.sums).for_each(|(sum, more)| *sum += i64::from(more));
        }
        totals.retain(|_, sums| *sums != [0; 4]);
        totals
    }

    proptest! {
        #[test]
        fn split_sums_add_up(sums in prop::array::uniform4(prop_oneof![-3..3_i32, -500_000..500_000_i32])) {
            let cells: Vec<Cell> = Cell::split(CellKey::new(1, 2, 3), sums).collect();
            prop_assert!(cells.iter().all(|cell| cell.key == CellKey::new(1, 2, 3) && cell.sums != [0; 4]));
            let add = |all: [i32; 4], cell: &Cell| std::array::from_fn(|index| all[index] + i32::from(cell.sums[index]));
            prop_assert_eq!(cells.iter().fold([0; 4], add), sums);
        }

        #[test]
        fn sums_and_merged_lists_have_the_same_totals_and_are_ascending(mut one in cells(), mut other in cells()) {
            let all = totals(&[&one[..], &other[..]].concat());
            sum(&mut one);
            sum(&mut other);
            let merged = merge(&one, &other);
            prop_assert!(merged.is_sorted_by_key(|cell| cell.key));
            prop_assert!(merged.iter().all(|cell| cell.sums != [0; 4]));
            prop_assert_eq!(totals(&merged), all);
        }

        #[test]
        fn a_key_has_what_it_was_made_of(slot in 0..1_u32 << 29, value in 0..=MAX_VALUE, what in 0..WHATS) {
            let key = CellKey::new(slot, value, what);
            prop_assert_eq!((key.slot(), key.value(), key.what()), (slot, value, what));
        }
    }
}
