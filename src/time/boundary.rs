//! The start or end of an explicit period: a named calendar unit, a local time, or an instant.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit};
use super::digits::{parse_digits, parse_two_digits};
use super::missing::{instead_of_digits, instead_of_time};
use super::number::EXPECTED_NUMBERS;
use super::parse::{parse_date_of_any_year, parse_instant};
use super::range::print_instant;
use crate::parse_error::ParseError;

/// One day, week, month, quarter or year, named as in `2026-Q4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NamedUnit {
    pub(super) unit: DateUnit,
    /// The first date of the unit.
    pub(super) first: NaiveDate,
}

impl NamedUnit {
    /// Returns the unit of one day.
    pub(super) const fn day(date: NaiveDate) -> Self {
        Self { unit: DateUnit::Day, first: date }
    }

    /// Parses `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4` or `2026`; `None` for other texts and for dates that do not
    /// exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(date) = parse_date_of_any_year(text) {
            return Some(Self::day(date));
        }
        let (year, rest) = text.split_at_checked(4)?;
        let year = parse_digits(year)?.try_into().ok()?;
        let (unit, first) = match rest.strip_prefix('-') {
            None if rest.is_empty() => (DateUnit::Year, NaiveDate::from_ymd_opt(year, 1, 1)),
            None => return None,
            Some(part) => {
                if let Some(week) = part.strip_prefix(['W', 'w']) {
                    (DateUnit::Week, NaiveDate::from_isoywd_opt(year, parse_two_digits(week)?, Weekday::Mon))
                } else if let Some(quarter) = part.strip_prefix(['Q', 'q']) {
                    (DateUnit::Quarter, first_date_of_quarter(year, quarter))
                } else {
                    (DateUnit::Month, NaiveDate::from_ymd_opt(year, parse_two_digits(part)?, 1))
                }
            }
        };
        Some(Self { unit, first: first? })
    }

    /// Returns the first date after the unit; `None` if that is out of chrono's range of years.
    pub(super) fn end(self) -> Option<NaiveDate> {
        self.unit.shift(self.first, 1)
    }
}

impl fmt::Display for NamedUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unit.label(self.first))
    }
}

/// The start of a period, or its end if that is not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Boundary {
    /// The local start of a calendar unit.
    UnitStart(NamedUnit),
    /// A local date and time.
    LocalTime(NaiveDateTime),
    /// An instant, which does not depend on the zone.
    Instant(DateTime<Utc>),
}

impl Boundary {
    /// Parses the boundary `text`, a part of the period `whole`.
    pub(super) fn parse(text: &str, whole: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let invalid = |expected: String| ParseError::invalid("date", text, expected).within(whole);
        if let Some(expected) = instead_of_digits(text) {
            return Err(invalid(expected));
        }
        let unit = NamedUnit::parse(text).map(Self::UnitStart);
        let boundary = unit
            .or_else(|| parse_local_time(text).map(Self::LocalTime))
            .or_else(|| parse_instant(text).ok().map(Self::Instant));
        let forms = || {
            format!(
                "a date such as `2026-11-21`, `2026-11`, `2026-W47`, `2026-Q4` or `2026`, a local time such as \
                 `2026-11-21T09:00`, RFC 3339, RFC 2822, or {EXPECTED_NUMBERS}"
            )
        };
        boundary.ok_or_else(|| invalid(instead_of_time(text).unwrap_or_else(forms)))
    }

    /// Returns the instant of the boundary in `zone`; `None` if that is out of chrono's range of years.
    pub(super) fn resolve(self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::UnitStart(unit) => calendar::midnight(unit.first, zone),
            Self::LocalTime(local) => calendar::first_instant(local, zone),
            Self::Instant(at) => Some(at),
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnitStart(unit) => unit.fmt(f),
            Self::LocalTime(local) => local.format("%Y-%m-%dT%H:%M:%S%.f").fmt(f),
            Self::Instant(at) => f.write_str(&print_instant(*at)),
        }
    }
}

/// The end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// The boundary, not included.
    Before(Boundary),
    /// The end of the unit, which is included as a whole.
    Through(NamedUnit),
}

impl End {
    /// Returns the first instant after the period in `zone`; `None` if that is out of chrono's range of years.
    pub(super) fn resolve(self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Before(boundary) => boundary.resolve(zone),
            Self::Through(unit) => calendar::midnight(unit.end()?, zone),
        }
    }
}

impl fmt::Display for End {
    /// Writes the boundary or the unit, without the `=` that marks an included end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(boundary) => boundary.fmt(f),
            Self::Through(unit) => unit.fmt(f),
        }
    }
}

fn first_date_of_quarter(year: i32, number: &str) -> Option<NaiveDate> {
    let month = match number {
        "1" => 1,
        "2" => 4,
        "3" => 7,
        "4" => 10,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year, month, 1)
}

/// Parses a date and a time of day without a UTC offset; the seconds and their decimals are optional.
fn parse_local_time(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_at_checked("YYYY-MM-DD".len())?;
    let date = parse_date_of_any_year(date)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = time.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let (hour, minute, second) =
        (parse_two_digits(hour)?, parse_two_digits(minute)?, parse_two_digits(second)?);
    let nanos = if fraction.len() > 9 { None } else { parse_digits(&format!("{fraction:0<9}")) };
    let time = NaiveTime::from_hms_opt(hour, minute, second)?.with_nanosecond(nanos?.try_into().ok()?)?;
    (!fraction.is_empty()).then(|| date.and_time(time))
}
