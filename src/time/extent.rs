//! A period with its edges found, in the terms in which it was asked: what can be moved to the period before, or to the
//! year before.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit};

/// Where a period lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The local days from `first` on and before `end`, asked as `count` of `unit`.
    Dates { unit: DateUnit, count: i64, first: NaiveDate, end: NaiveDate },
    /// The instants from `start` on and before `end`, not after each other.
    Instants { start: DateTime<Utc>, end: DateTime<Utc> },
    /// The same with a side open.
    Open { start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>> },
}

impl Extent {
    /// `count` units from `first` on; `None` beyond the calendar.
    pub(super) fn units(unit: DateUnit, first: NaiveDate, count: i64) -> Option<Self> {
        Some(Self::Dates { unit, count, first, end: unit.shift(first, count)? })
    }

    /// The first instant that is in, itself `None` if the start is open; `None` beyond the calendar.
    pub(super) fn start(self, zone: Tz) -> Option<Option<DateTime<Utc>>> {
        match self {
            Self::Dates { first, .. } => calendar::midnight(first, zone).map(Some),
            Self::Instants { start, .. } => Some(Some(start)),
            Self::Open { start, .. } => Some(start),
        }
    }

    /// The first instant that is out again, itself `None` if the end is open; `None` beyond the calendar.
    pub(super) fn end(self, zone: Tz) -> Option<Option<DateTime<Utc>>> {
        match self {
            Self::Dates { end, .. } => calendar::midnight(end, zone).map(Some),
            Self::Instants { end, .. } => Some(Some(end)),
            Self::Open { end, .. } => Some(end),
        }
    }

    /// As much time just before: as many units, or as many seconds. `None` beyond the calendar.
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

    /// The same dates or times of the local calendar, one calendar year earlier. `None` beyond the calendar.
    pub(super) fn year_before(self, zone: Tz) -> Option<Self> {
        match self {
            Self::Dates { unit: unit @ DateUnit::Day, first, end, .. } => {
                let end = if first == end { None } else { Some(end_of_days_year_before(end)?) };
                let first = DateUnit::Year.shift(first, -1)?;
                let end = end.unwrap_or(first);
                Some(Self::Dates { unit, count: unit.between(first, end), first, end })
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

/// The end of days, one year earlier: the last day that is in moves, and what is out is the day after it.
fn end_of_days_year_before(end: NaiveDate) -> Option<NaiveDate> {
    DateUnit::Year.shift(end.pred_opt()?, -1)?.succ_opt()
}

/// The same times on the local clock, one year earlier.
fn instants_year_before(start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> Option<Extent> {
    let local_start = calendar::local(start, zone);
    let local_start = DateUnit::Year.shift(local_start.date(), -1)?.and_time(local_start.time());
    let new_start = calendar::first_instant(local_start, zone)?;
    if start == end {
        return Some(Extent::Instants { start: new_start, end: new_start });
    }
    let new_end = calendar::first_instant(end_year_before(calendar::local(end, zone))?, zone)?;
    // Where the clock went back within the period, its end may have been shown before its start.
    Some(Extent::Instants { start: new_start, end: new_end.max(new_start) })
}

/// The Monday of the week with the same number, or of the last week, of the ISO year before.
fn same_week_year_before(monday: NaiveDate) -> Option<NaiveDate> {
    let week = monday.iso_week();
    let year = week.year().checked_sub(1)?;
    let same = NaiveDate::from_isoywd_opt(year, week.week(), Weekday::Mon);
    same.or_else(|| NaiveDate::from_isoywd_opt(year, 52, Weekday::Mon))
}

/// An end, one year earlier. One on 29 February becomes the end of the 28th, so that it stays after its start.
fn end_year_before(end: NaiveDateTime) -> Option<NaiveDateTime> {
    let date = end.date();
    if (date.month(), date.day()) == (2, 29) {
        return Some(
            date.succ_opt().and_then(|next| DateUnit::Year.shift(next, -1))?.and_time(NaiveTime::MIN),
        );
    }
    Some(DateUnit::Year.shift(date, -1)?.and_time(end.time()))
}
