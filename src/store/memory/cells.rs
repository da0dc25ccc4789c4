//! Cells in their order, with their sums by week.

use super::cell::{Cell, CellKey, merge};
use crate::store::slot::SLOTS_PER_DAY;

/// Cells ascending by key, and their sums by week for questions about many days.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: Vec<Cell>,
    /// The sums of each week, which is that of ISO 8601 in UTC, at its first slot and ascending by key. Empty if the cells are not
    /// those of days, or if sums are not much fewer.
    weeks: Vec<Cell>,
}

/// The minimum number of cells for which there are sums by week. Shorter lists are read fast, and often merged.
const MIN_CELLS: usize = 1 << 14;

const SLOTS_PER_WEEK: u32 = 7 * SLOTS_PER_DAY;

/// The number of slots from the first Monday of 1970, less a week, to 1970.
const SLOTS_BEFORE_1970: u32 = 3 * SLOTS_PER_DAY;

impl Cells {
    /// Takes cells that are ascending by key.
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        let mut weeks = if cells.len() < MIN_CELLS { Vec::new() } else { weeks(&cells).unwrap_or_default() };
        if 2 * weeks.len() > cells.len() {
            weeks = Vec::new();
        }
        weeks.shrink_to_fit();
        Self { cells, weeks }
    }

    /// Returns all cells, without sums by week.
    pub(super) fn all(&self) -> &[Cell] {
        &self.cells
    }

    /// Passes on cells whose sums are those of each of several half-open ranges of slots: see
    /// [`Cube::each_range`](super::cube::Cube::each_range).
    pub(super) fn each_range<T: Copy>(
        &self,
        mut ranges: impl Iterator<Item = (u32, u32, T)> + Clone,
        to: &mut impl FnMut(T, &[Cell]),
    ) {
        let first = ranges.clone().next().map_or(0, |(start, ..)| start);
        let skipped = self.cells.partition_point(|cell| cell.key < CellKey::first(first));
        let mut rest = &self.cells[skipped..];
        ranges.by_ref().for_each(|(start, end, of)| {
            take_before(&mut rest, start);
            if let Some((first, last)) = whole_weeks(start, end).filter(|_| !self.weeks.is_empty()) {
                to(of, take_before(&mut rest, first));
                to(of, between(&self.weeks, first, last));
                take_before(&mut rest, last);
            }
            to(of, take_before(&mut rest, end));
        });
    }

    /// Returns the number of bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Cell>() * (self.cells.capacity() + self.weeks.capacity())
    }
}

/// Returns the cells of the slots from `start` to `end`, which is not included.
pub(super) fn between(cells: &[Cell], start: u32, end: u32) -> &[Cell] {
    let first = cells.partition_point(|cell| cell.key < CellKey::first(start));
    let len = cells[first..].partition_point(|cell| cell.key < CellKey::first(end));
    &cells[first..first + len]
}

/// Takes the cells before a slot. It looks at few more cells than it takes.
fn take_before<'a>(rest: &mut &'a [Cell], slot: u32) -> &'a [Cell] {
    let is_before = |cell: &Cell| cell.key < CellKey::first(slot);
    // Mostly, few cells are before it.
    let few = rest.iter().take(MAX_LINEAR_SCAN).take_while(|cell| is_before(cell)).count();
    let count = if few < MAX_LINEAR_SCAN { few } else { count_before(rest, is_before) };
    let (taken, after) = rest.split_at(count);
    *rest = after;
    taken
}

/// The maximum number of cells that are found by a linear scan.
const MAX_LINEAR_SCAN: usize = 64;

/// Returns the number of cells at the start for which `is_before` is true, by a search with steps that become longer.
fn count_before(cells: &[Cell], is_before: impl Fn(&Cell) -> bool) -> usize {
    let mut high = MAX_LINEAR_SCAN;
    while cells.get(high).is_some_and(&is_before) {
        high *= 4;
    }
    cells[..high.min(cells.len())].partition_point(is_before)
}

/// Returns the first slot of the week of a slot; zero for the days of 1970 before its first Monday.
fn week_of(slot: u32) -> u32 {
    let since_monday = (slot + SLOTS_BEFORE_1970) % SLOTS_PER_WEEK;
    slot.saturating_sub(since_monday)
}

/// Returns the half-open range of the whole weeks in a half-open range of slots; `None` if there is none.
fn whole_weeks(start: u32, end: u32) -> Option<(u32, u32)> {
    let first = if week_of(start) == start { start } else { week_of(start.checked_add(SLOTS_PER_WEEK)?) };
    Some((first, week_of(end))).filter(|(first, last)| first < last)
}

/// Returns the sums of each week; `None` if cells are not those of days.
fn weeks(cells: &[Cell]) -> Option<Vec<Cell>> {
    let mut weeks = Vec::new();
    for of_week in cells.chunk_by(|one, other| week_of(one.key.slot()) == week_of(other.key.slot())) {
        let week = week_of(of_week[0].key.slot());
        let mut days = Vec::new();
        for of_day in of_week.chunk_by(|one, other| one.key.slot() == other.key.slot()) {
            if !of_day[0].key.slot().is_multiple_of(SLOTS_PER_DAY) {
                return None;
            }
            days.push(of_day.iter().map(|cell| Cell { key: cell.key.at(week), ..*cell }).collect());
        }
        weeks.append(&mut merge_all(days));
    }
    Some(weeks)
}

/// Adds lists of cells, each ascending by key.
fn merge_all(mut lists: Vec<Vec<Cell>>) -> Vec<Cell> {
    while lists.len() > 1 {
        lists = lists
            .chunks(2)
            .map(|pair| match pair {
                [one, other] => merge(one, other),
                rest => rest.concat(),
            })
            .collect();
    }
    lists.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::store::memory::cell::sum;

    fn totals<'a>(cells: impl Iterator<Item = &'a Cell>) -> BTreeMap<(u32, usize), i64> {
        let mut totals = BTreeMap::new();
        cells.for_each(|cell| {
            *totals.entry((cell.key.value(), cell.key.what())).or_default() += i64::from(cell.sums[0])
        });
        totals.retain(|_, total| *total != 0);
        totals
    }

    proptest! {
        #[test]
        fn ranges_have_the_sums_of_their_cells_also_where_whole_weeks_are_read(
            days in prop::collection::vec((0..40_u32, 0..3_u32, 0..2_usize, -3..30_000_i16), 1..2000),
            unit in prop_oneof![Just(SLOTS_PER_DAY), Just(4)],
            edges in prop::collection::vec(0..45 * SLOTS_PER_DAY, 2..7),
        ) {
            let cell = |(day, value, what, total): (u32, u32, usize, i16)| {
                Cell { key: CellKey::new(unit * day, value, what), sums: [total, 0, 0, 0] }
            };
            let mut cells: Vec<Cell> = days.into_iter().map(cell).collect();
            // Enough of them for sums by week, which are not added up in advance.
            cells = (0..MIN_CELLS).map(|index| cells[index % cells.len()]).collect();
            cells.sort_unstable_by_key(|cell| cell.key);
            let all = Cells::new(cells.clone());
            let mut edges = edges;
            edges.sort_unstable();
            let ranges = edges.windows(2).enumerate().map(|(index, edge)| (edge[0], edge[1], index));
            let mut found = vec![Vec::new(); edges.len()];
            all.each_range(ranges.clone(), &mut |index, cells| found[index].extend_from_slice(cells));
            for (start, end, index) in ranges {
                let expected = cells.iter().filter(|cell| (start..end).contains(&cell.key.slot()));
                prop_assert_eq!(totals(found[index].iter()), totals(expected));
            }
        }
    }

    #[test]
    fn cells_of_days_have_sums_by_week_and_those_of_hours_have_none() {
        let cells = |unit: u32| {
            let cells = (0..1000_u32).flat_map(|day| (0..17).map(move |value| (day, value)));
            let mut cells: Vec<Cell> = cells
                .map(|(day, value)| Cell { key: CellKey::new(unit * day, value, 0), sums: [1; 4] })
                .collect();
            sum(&mut cells);
            Cells::new(cells)
        };
        assert_eq!(cells(4).weeks, []);
        let days = cells(SLOTS_PER_DAY);
        assert_eq!(days.weeks.len(), 17 * 1003_usize.div_ceil(7));
        let mut read = Vec::new();
        // From Thursday, the 1st of January 1970, to Wednesday, the 21st: three weeks, of which the first starts late, and two days.
        days.each_range([(0, 20 * SLOTS_PER_DAY, ())].into_iter(), &mut |(), cells| {
            read.extend_from_slice(cells)
        });
        assert_eq!(read.len(), 17 * (3 + 2));
    }
}
