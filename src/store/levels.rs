//! The time of which only sums are kept.

use chrono::{DateTime, Datelike, Months, NaiveTime, Utc};

use crate::store::StoreError;
use crate::store::Thinned;
use crate::store::slot::{MILLIS_PER_SLOT, SLOTS_PER_DAY, slot_of, start_of};
use crate::time::Resolution;

/// The first instant that an event can have, in milliseconds since 1970: the start of the year 2000.
pub(super) const FIRST_AT: i64 = 946_684_800_000;

/// The end of the instants that an event can have, in milliseconds since 1970: the start of the year 10,000.
pub(super) const END_AT: i64 = 253_402_300_800_000;

/// The parts of the time of which only sums are kept, without gaps from the beginning of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Levels {
    /// Ascending by end; each has a coarser unit than the next one.
    levels: Vec<Level>,
}

/// A part of the time: from the end of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// The slot after the last one.
    pub(super) end: u32,
    unit: Unit,
}

/// The period of each sum, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Hour,
    Day,
    Month,
}

/// A half-open range of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Levels {
    /// Adds a part. Returns it with its end rounded down to a whole day, or month.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSums`] if no sums are kept by its resolution.
    pub(super) fn add(&mut self, Thinned { before, resolution }: Thinned) -> Result<Thinned, StoreError> {
        let unit = match resolution {
            Resolution::Hour => Unit::Hour,
            Resolution::Day => Unit::Day,
            Resolution::Month => Unit::Month,
            Resolution::Week | Resolution::Quarter | Resolution::Year | Resolution::All => {
                return Err(StoreError::NoSums { found: resolution });
            }
        };
        let slot = slot_of(before.timestamp_millis().min(END_AT));
        let level = Level { end: unit.max(Unit::Day).around(slot).start, unit };
        if level.end > slot_of(FIRST_AT) {
            self.insert(level);
        }
        Ok(level.thinned())
    }

    fn insert(&mut self, level: Level) {
        let is_covered_by = |one: &Level, other: &Level| one.end <= other.end && one.unit <= other.unit;
        if self.levels.iter().any(|known| is_covered_by(&level, known)) {
            return;
        }
        self.levels.retain(|known| !is_covered_by(known, &level));
        self.levels.push(level);
        self.levels.sort_unstable_by_key(|level| level.end);
    }

    /// Returns the end of each part, and the number of its unit.
    #[cfg(feature = "snapshot")]
    pub(super) fn numbers(&self) -> impl ExactSizeIterator<Item = (u32, u8)> {
        self.levels.iter().map(|level| (level.end, level.unit as u8))
    }

    /// Makes the parts with these [numbers](Levels::numbers); `None` if there are none such.
    #[cfg(feature = "snapshot")]
    pub(super) fn from_numbers(numbers: &[(u32, u8)]) -> Option<Self> {
        let mut levels = Self::default();
        for (end, unit) in numbers {
            let unit =
                [Unit::Hour, Unit::Day, Unit::Month].into_iter().find(|known| *known as u8 == *unit)?;
            let is_whole =
                *end < crate::store::slot::MAX_SLOT && unit.max(Unit::Day).around(*end).start == *end;
            levels.insert(Level { end: *end, unit: Some(unit).filter(|_| is_whole)? });
        }
        levels.numbers().eq(numbers.iter().copied()).then_some(levels)
    }

    /// Adds all parts of others.
    pub(super) fn merge(&mut self, others: &Self) {
        others.levels.iter().for_each(|level| self.insert(*level));
    }

    /// Returns the slot after the last one of which only sums are kept; 0 if there is none.
    pub(super) fn end(&self) -> u32 {
        self.levels.last().map_or(0, |level| level.end)
    }

    /// Returns the instant from which on everything is kept, in milliseconds since 1970; 0 if nothing is thinned.
    pub(super) fn end_at(&self) -> i64 {
        start_of(self.end())
    }

    /// Returns the instant from which on everything is kept, in milliseconds since 1970; `None` if nothing is thinned.
    #[cfg(feature = "clickhouse")]
    pub(super) fn kept_from(&self) -> Option<i64> {
        self.levels.last().map(|level| start_of(level.end))
    }

    /// Returns whether only sums are kept of an instant.
    #[inline]
    pub(super) fn covers(&self, at: i64) -> bool {
        !self.levels.is_empty() && at < self.end_at()
    }

    /// Returns the slot in which the cells of a slot are kept.
    #[inline]
    pub(super) fn slot(&self, slot: u32) -> u32 {
        if slot >= self.end() {
            return slot;
        }
        self.level(slot).map_or(slot, |level| level.unit.around(slot).start)
    }

    /// Returns the part that a slot is in; `None` if all is kept of it.
    pub(super) fn level(&self, slot: u32) -> Option<Level> {
        self.levels.get(self.levels.partition_point(|level| level.end <= slot)).copied()
    }

    /// Returns the sum that an instant cuts, with its part; `None` if a sum starts at the instant, or if all is kept of it.
    pub(super) fn cut(&self, at: i64, has_dimension: bool) -> Option<(Level, Slots)> {
        // Nothing is before the first instant.
        let level = self.level(slot_of(at)).filter(|_| at > FIRST_AT)?;
        let unit = level.unit(slot_of(at), has_dimension);
        (at != start_of(unit.start)).then_some((level, unit))
    }

    /// Returns the parts that a half-open range of instants touches, each with the slots of it that the range touches.
    pub(super) fn within(&self, start: i64, end: i64) -> impl Iterator<Item = (Level, Slots)> {
        let (start, end) = (slot_of(start), slot_of(end.saturating_add(MILLIS_PER_SLOT - 1)));
        let touched = move |(level, slots): (Level, Slots)| {
            let touched = Slots { start: start.max(slots.start), end: end.min(slots.end) };
            (touched.start < touched.end).then_some((level, touched))
        };
        self.parts().filter_map(touched)
    }

    /// Returns all parts, each with its slots.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Level, Slots)> {
        let starts = std::iter::once(0).chain(self.levels.iter().map(|level| level.end));
        self.levels.iter().zip(starts).map(|(level, start)| (*level, Slots { start, end: level.end }))
    }
}

impl Level {
    /// Returns the slots of the sum that a slot is in. Sums by a dimension are of whole days at the finest.
    pub(super) fn unit(self, slot: u32, has_dimension: bool) -> Slots {
        let unit = if has_dimension { self.unit.max(Unit::Day) } else { self.unit };
        unit.around(slot)
    }

    /// Returns the part as it is shown.
    pub(super) fn thinned(self) -> Thinned {
        let resolution = match self.unit {
            Unit::Hour => Resolution::Hour,
            Unit::Day => Resolution::Day,
            Unit::Month => Resolution::Month,
        };
        Thinned { before: instant(self.end), resolution }
    }

    /// Returns the error of a question that needs the events of this part.
    pub(super) fn error(self) -> StoreError {
        let Thinned { before, resolution } = self.thinned();
        StoreError::Thinned { before, resolution }
    }
}

impl Unit {
    /// Returns the slots of the unit that a slot is in.
    fn around(self, slot: u32) -> Slots {
        let of = |length: u32| {
            let start = slot - slot % length;
            Slots { start, end: start + length }
        };
        match self {
            Self::Hour => of(SLOTS_PER_DAY / 24),
            Self::Day => of(SLOTS_PER_DAY),
            Self::Month => month(slot),
        }
    }
}

/// Returns the slots of the month that a slot is in.
fn month(slot: u32) -> Slots {
    let date = instant(slot).date_naive();
    let first = date.with_day(1).unwrap_or(date);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let slot = |date: chrono::NaiveDate| slot_of(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis());
    Slots { start: slot(first), end: slot(next) }
}

/// Returns the first instant of a slot.
fn instant(slot: u32) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(start_of(slot)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RESOLUTIONS: [Resolution; 3] = [Resolution::Hour, Resolution::Day, Resolution::Month];

    fn thinned(day: i64, hour: i64, resolution: usize) -> Thinned {
        let before = DateTime::from_timestamp(1_767_225_600 + day * 86400 + hour * 3600, 0).unwrap();
        Thinned { before, resolution: RESOLUTIONS[resolution] }
    }

    /// Returns the start of the sum that a slot is in: the earliest of those that any part asks for.
    fn start(parts: &[Thinned], slot: u32) -> u32 {
        let at = instant(slot);
        let starts = parts.iter().filter_map(|Thinned { before, resolution }| {
            let day = at.date_naive();
            let (start, end) = match resolution {
                Resolution::Month => (day.with_day(1).unwrap(), before.date_naive().with_day(1).unwrap()),
                _ => (day, before.date_naive()),
            };
            let start = match resolution {
                Resolution::Hour => slot - slot % 4,
                _ => slot_of(start.and_time(NaiveTime::MIN).and_utc().timestamp_millis()),
            };
            (at < end.and_time(NaiveTime::MIN).and_utc()).then_some(start)
        });
        starts.min().unwrap_or(slot)
    }

    proptest! {
        #[test]
        fn of_each_time_the_coarsest_part_counts_in_whatever_order_they_come(
            parts in prop::collection::vec((0..90_i64, 0..24_i64, 0..3_usize), 0..6),
            slots in prop::collection::vec(0..95 * 96_u32, 50),
        ) {
            let parts: Vec<Thinned> =
                parts.into_iter().map(|(day, hour, resolution)| thinned(day, hour, resolution)).collect();
            let (mut levels, mut backward) = (Levels::default(), Levels::default());
            for part in &parts {
                levels.add(*part).unwrap();
            }
            for part in parts.iter().rev() {
                backward.add(*part).unwrap();
            }
            prop_assert_eq!(&levels, &backward);
            prop_assert!(levels.levels.windows(2).all(|two| two[0].end < two[1].end && two[0].unit > two[1].unit));
            let first = slot_of(1_767_225_600_000);
            for slot in slots.into_iter().map(|slot| first + slot) {
                let expected = start(&parts, slot);
                prop_assert_eq!(levels.slot(slot), expected);
                prop_assert_eq!(levels.level(slot).map_or(slot, |level| level.unit(slot, false).start), expected);
            }
        }
    }

    #[test]
    fn the_end_is_rounded_down_to_a_day_or_month_and_may_be_any_instant() {
        let mut levels = Levels::default();
        let before = |resolution, levels: &mut Levels| {
            levels.add(thinned(45, 13, resolution)).unwrap().before.to_rfc3339()
        };
        assert_eq!([0, 1].map(|index| before(index, &mut levels)), ["2026-02-15T00:00:00+00:00"; 2]);
        assert_eq!(before(2, &mut levels), "2026-02-01T00:00:00+00:00");
        for before in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, instant(slot_of(FIRST_AT))] {
            let mut levels = Levels::default();
            levels.add(Thinned { before, resolution: Resolution::Month }).unwrap();
            assert_eq!(levels, Levels::default());
        }
        for resolution in RESOLUTIONS {
            levels.add(Thinned { before: DateTime::<Utc>::MAX_UTC, resolution }).unwrap();
            assert!(levels.covers(END_AT - 1));
        }
        let weekly = Thinned { resolution: Resolution::Week, ..thinned(9, 0, 0) };
        assert_eq!(
            levels.add(weekly).unwrap_err().to_string(),
            "sums by `week`, expected `hour`, `day` or `month`"
        );
    }

    #[test]
    fn an_instant_within_a_sum_cuts_it() {
        const HOUR: i64 = 3_600_000;
        let mut levels = Levels::default();
        let end = FIRST_AT + 31 * 24 * HOUR;
        let before = DateTime::from_timestamp_millis(end).unwrap();
        levels.add(Thinned { before, resolution: Resolution::Hour }).unwrap();
        let hour = FIRST_AT + 5 * HOUR;
        let is_cut = |at, has_dimension| levels.cut(at, has_dimension).is_some();
        assert!([i64::MIN, FIRST_AT, hour].into_iter().all(|at| !is_cut(at, false)));
        assert_eq!(levels.cut(hour, true).unwrap().0.thinned().before, before);
        assert_eq!(levels.cut(hour + 1, false).unwrap().0.thinned().resolution, Resolution::Hour);
        assert!([end, i64::MAX].into_iter().all(|at| !is_cut(at, true)));
        let touched = |start, end| levels.within(start, end).count();
        assert_eq!(
            (touched(end - 1, end + 1), touched(end, end + 1), touched(i64::MIN, i64::MAX)),
            (1, 0, 1)
        );
    }
}
