//! The time of which only sums are kept.

use chrono::{DateTime, Datelike, Months, NaiveTime, Utc};

use crate::message::MILLIS_PER_DAY;
use crate::store::{StoreError, Thinned};
use crate::time::Resolution;

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// The first instant that an event can have, in milliseconds since 1970: the start of the year 2000.
pub(super) const FIRST_AT: i64 = 946_684_800_000;

/// The end of the instants that an event can have: the start of the year 10,000.
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
    /// The instant after it, in milliseconds since 1970.
    pub(super) end: i64,
    pub(super) unit: Unit,
}

/// The period of each sum, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Hour,
    Day,
    Month,
}

impl Unit {
    /// Returns the unit of a resolution; `None` if no sums are kept by it.
    pub(super) fn of(resolution: Resolution) -> Option<Self> {
        match resolution {
            Resolution::Hour => Some(Self::Hour),
            Resolution::Day => Some(Self::Day),
            Resolution::Month => Some(Self::Month),
            Resolution::Week | Resolution::Quarter | Resolution::Year | Resolution::All => None,
        }
    }

    /// Returns the name in the table `batches`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Returns the unit with a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Hour, Self::Day, Self::Month].into_iter().find(|unit| unit.name() == name)
    }

    /// Returns the start of the unit that an instant is in.
    fn start(self, at: i64) -> i64 {
        match self {
            Self::Hour => at - at.rem_euclid(MILLIS_PER_HOUR),
            Self::Day => at - at.rem_euclid(MILLIS_PER_DAY),
            Self::Month => month(at).0,
        }
    }

    fn resolution(self) -> Resolution {
        match self {
            Self::Hour => Resolution::Hour,
            Self::Day => Resolution::Day,
            Self::Month => Resolution::Month,
        }
    }
}

/// Returns the start and the end of the month in UTC that an instant is in.
fn month(at: i64) -> (i64, i64) {
    let date = DateTime::from_timestamp_millis(at).unwrap_or_default().date_naive();
    let first = date.with_day(1).unwrap_or(date);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let millis = |date: chrono::NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    (millis(first), millis(next))
}

impl Level {
    /// Makes the part that was asked for, with its end rounded down to a whole day, or month.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSums`] if no sums are kept by its resolution.
    pub(super) fn new(Thinned { before, resolution }: Thinned) -> Result<Self, StoreError> {
        let unit = Unit::of(resolution).ok_or(StoreError::NoSums { found: resolution })?;
        let end = before.timestamp_millis().clamp(0, END_AT);
        Ok(Self { end: unit.max(Unit::Day).start(end), unit })
    }

    /// Returns the part as it is shown.
    pub(super) fn thinned(self) -> Thinned {
        let before: DateTime<Utc> = DateTime::from_timestamp_millis(self.end).unwrap_or_default();
        Thinned { before, resolution: self.unit.resolution() }
    }

    /// Returns the error of a question that needs the events of this part.
    pub(super) fn error(self) -> StoreError {
        let Thinned { before, resolution } = self.thinned();
        StoreError::Thinned { before, resolution }
    }

    /// Returns whether an instant in this part is where one of its sums starts. Sums by a dimension are of days at the finest.
    fn is_edge(self, at: i64, has_dimension: bool) -> bool {
        let unit = if has_dimension { self.unit.max(Unit::Day) } else { self.unit };
        unit.start(at) == at
    }
}

impl Levels {
    /// Adds a part. Returns whether that changes anything.
    pub(super) fn insert(&mut self, level: Level) -> bool {
        let is_covered_by = |one: &Level, other: &Level| one.end <= other.end && one.unit <= other.unit;
        if level.end <= FIRST_AT || self.levels.iter().any(|known| is_covered_by(&level, known)) {
            return false;
        }
        self.levels.retain(|known| !is_covered_by(known, &level));
        self.levels.push(level);
        self.levels.sort_unstable_by_key(|level| level.end);
        true
    }

    /// Returns the instant from which on everything is kept; `None` if nothing is thinned.
    pub(super) fn end(&self) -> Option<i64> {
        self.levels.last().map(|level| level.end)
    }

    /// Returns the part that an instant is in; `None` if all is kept of it.
    pub(super) fn level(&self, at: i64) -> Option<Level> {
        self.levels.get(self.levels.partition_point(|level| level.end <= at)).copied()
    }

    /// Returns the parts that a half-open range has a part of.
    pub(super) fn within(&self, start: i64, end: i64) -> impl Iterator<Item = Level> {
        let starts = std::iter::once(i64::MIN).chain(self.levels.iter().map(|level| level.end));
        let parts = self.levels.iter().copied().zip(starts);
        parts.filter(move |(level, from)| start < level.end && *from < end).map(|(level, _)| level)
    }

    /// Returns the part in which one of these instants lies within a sum.
    pub(super) fn misfit(&self, edges: impl IntoIterator<Item = i64>, has_dimension: bool) -> Option<Level> {
        // Nothing is before the first instant.
        let mut inner = edges.into_iter().filter(|at| *at > FIRST_AT);
        inner.find_map(|at| self.level(at).filter(|level| !level.is_edge(at, has_dimension)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(day: i64, unit: Unit) -> Level {
        Level { end: FIRST_AT + day * MILLIS_PER_DAY, unit }
    }

    #[test]
    fn of_each_time_the_coarsest_part_counts_in_whatever_order_they_come() {
        let parts =
            [level(20, Unit::Hour), level(31, Unit::Month), level(60, Unit::Day), level(90, Unit::Hour)];
        let (mut levels, mut backward) = (Levels::default(), Levels::default());
        assert!(parts.into_iter().all(|part| levels.insert(part)));
        parts.into_iter().rev().for_each(|part| {
            backward.insert(part);
        });
        assert_eq!(levels, backward);
        let unit = |day: i64| levels.level(FIRST_AT + day * MILLIS_PER_DAY).map(|level| level.unit);
        assert_eq!(
            [0, 30, 31, 59, 60, 89, 90].map(unit),
            [
                Some(Unit::Month),
                Some(Unit::Month),
                Some(Unit::Day),
                Some(Unit::Day),
                Some(Unit::Hour),
                Some(Unit::Hour),
                None
            ]
        );
        assert!(!levels.insert(level(50, Unit::Hour)), "it is covered");
    }

    #[test]
    fn an_end_is_rounded_down_to_a_day_or_month_and_no_other_sums_are_kept() {
        let before = "2026-02-15T13:00:00Z".parse().unwrap();
        let rounded = |resolution| {
            Level::new(Thinned { before, resolution }).map(|level| level.thinned().before.to_string())
        };
        assert_eq!(rounded(Resolution::Hour).unwrap(), "2026-02-15 00:00:00 UTC");
        assert_eq!(rounded(Resolution::Day).unwrap(), "2026-02-15 00:00:00 UTC");
        assert_eq!(rounded(Resolution::Month).unwrap(), "2026-02-01 00:00:00 UTC");
        assert!(matches!(rounded(Resolution::Week), Err(StoreError::NoSums { found: Resolution::Week })));
        for before in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let level = Level::new(Thinned { before, resolution: Resolution::Month }).unwrap();
            assert_eq!(Levels::default().insert(level), before == DateTime::<Utc>::MAX_UTC);
        }
    }

    #[test]
    fn an_edge_within_a_sum_does_not_fit() {
        let mut levels = Levels::default();
        levels.insert(level(31, Unit::Hour));
        let hour = FIRST_AT + 5 * MILLIS_PER_HOUR;
        assert_eq!(levels.misfit([i64::MIN, FIRST_AT, hour], false), None);
        assert_eq!(levels.misfit([hour], true), Some(level(31, Unit::Hour)));
        assert_eq!(levels.misfit([hour + 1], false), Some(level(31, Unit::Hour)));
        assert_eq!(levels.misfit([level(31, Unit::Hour).end, i64::MAX], true), None);
    }
}
