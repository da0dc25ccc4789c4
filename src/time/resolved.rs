//! A period with known start and end, in the units in which it was given, so that it can be moved to the period before or to
//! the year before.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit};

/// The start and end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResolvedPeriod {
    /// The local days from `first` on and before `end`: `count` times `unit`.
    Dates { unit: DateUnit, count: i64, first: NaiveDate, end: NaiveDate },
    /// The instants from `start` on and before `end`.
    Instants { start: DateTime<Utc>, end: DateTime<Utc> },
    /// The instants from `start` on and before `end`, where `None` leaves that side open.
    Open { start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>> },
}

impl ResolvedPeriod {
    /// Returns `count` units from `first` on; `None` if the end is out of chrono's range of years.
    pub(super) fn units(unit: DateUnit, first: NaiveDate, count: i64) -> Option<Self> {
        Some(Self::Dates { unit, count, first, end: unit.shift(first, count)? })
    }

    /// Returns the first instant and the first one after the period, each `None` where that side is open; `None` if one of
    /// them is out of chrono's range of years.
    pub(super) fn bounds(self, zone: Tz) -> Option<[Option<DateTime<Utc>>; 2]> {
        match self {
            Self::Dates { first, end, .. } => {
                Some([Some(calendar::midnight(first, zone)?), Some(calendar::midnight(end, zone)?)])
            }
            Self::Instants { start, end } => Some([Some(start), Some(end)]),
            Self::Open { start, end } => Some([start, end]),
        }
    }

    /// Returns the period of the same length just before: as many units, or as many seconds. An open period does not
    /// change. `None` if the result is out of chrono's range of years.
    pub(super) fn previous(self) -> Option<Self> {
        match self {
            Self::Dates { unit, count, first, .. } => {
                Some(Self::Dates { unit, count, first: unit.shift(first, count.checked_neg()?)?, end: first })
            }
            Self::Instants { start, end } => {
                Some(Self::Instants { start: start.checked_sub_signed(end - start)?, end: start })
            }
            Self::Open { .. } => Some(self),
        }
    }

    /// Returns the same dates or local times one calendar year earlier. An open period does not change. `None` if the
    /// result is out of chrono's range of years.
    pub(super) fn year_before(self, zone: Tz) -> Option<Self> {
        match self {
            Self::Dates { unit: unit @ DateUnit::Day, first, end, .. } => {
                let end = if first == end { None } else { Some(end_of_days_year_before(end)?) };
                let first = DateUnit::Year.shift(first, -1)?;
                let end = end.unwrap_or(first);
                Some(Self::Dates { unit, count: unit.count_between(first, end), first, end })
            }
            Self::Dates { unit: unit @ DateUnit::Week, count, first, .. } => {
                Self::units(unit, same_week_year_before(first)?, count)
            }
            Self::Dates {
                unit: unit @ (DateUnit::Month | DateUnit::Quarter | DateUnit::Year),
                count,
                first,
                end,
            } => {
                let first = DateUnit::Year.shift(first, -1)?;
                let end = end_year_before(end.and_time(NaiveTime::MIN))?.date();
                Some(Self::Dates { unit, count, first, end })
            }
            Self::Instants { start, end } => instants_year_before(start, end, zone),
            Self::Open { .. } => Some(self),
        }
    }
}

/// Returns the end of a period of days one year earlier: the day after the last day, moved by a year.
fn end_of_days_year_before(end: NaiveDate) -> Option<NaiveDate> {
    DateUnit::Year.shift(end.pred_opt()?, -1)?.succ_opt()
}

/// Returns the same local times one year earlier.
fn instants_year_before(start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> Option<ResolvedPeriod> {
    let local_start = calendar::local(start, zone);
    let local_start = DateUnit::Year.shift(local_start.date(), -1)?.and_time(local_start.time());
    let new_start = calendar::first_instant(local_start, zone)?;
    if start == end {
        return Some(ResolvedPeriod::Instants { start: new_start, end: new_start });
    }
    let new_end = calendar::first_instant(end_year_before(calendar::local(end, zone))?, zone)?;
    // Where the clock goes back within the period, the local time of its end may be before that of its start.
    Some(ResolvedPeriod::Instants { start: new_start, end: new_end.max(new_start) })
}

/// Returns the Monday of the week with the same number in the ISO year before; week 53 may become week 52.
fn same_week_year_before(monday: NaiveDate) -> Option<NaiveDate> {
    let week = monday.iso_week();
    let year = week.year().checked_sub(1)?;
    let same = NaiveDate::from_isoywd_opt(year, week.week(), Weekday::Mon);
    same.or_else(|| NaiveDate::from_isoywd_opt(year, 52, Weekday::Mon))
}

/// Returns an end one year earlier. An end on 29 February becomes the end of the 28th, so that it stays after its start.
fn end_year_before(end: NaiveDateTime) -> Option<NaiveDateTime> {
    let date = end.date();
    if (date.month(), date.day()) == (2, 29) {
        return Some(
            date.succ_opt().and_then(|next| DateUnit::Year.shift(next, -1))?.and_time(NaiveTime::MIN),
        );
    }
    Some(DateUnit::Year.shift(date, -1)?.and_time(end.time()))
}
