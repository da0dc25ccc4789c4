//! What stands on either side of an explicit period: a unit of the calendar by name, a local time, or an instant.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit};
use super::parse::{date_of_any_year, digits, parse_instant, two_digits};
use super::range::print_instant;
use crate::parse_error::ParseError;

/// A day, week, month, quarter or year by name, such as `2026-Q4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Civil {
    pub(super) unit: DateUnit,
    /// Its first date.
    pub(super) first: NaiveDate,
}

impl Civil {
    /// One day.
    pub(super) const fn day(date: NaiveDate) -> Self {
        Self { unit: DateUnit::Day, first: date }
    }

    /// Reads `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4` or `2026`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(date) = date_of_any_year(text) {
            return Some(Self::day(date));
        }
        let (year, rest) = text.split_at_checked(4)?;
        let year = digits(year)?.try_into().ok()?;
        let (unit, first) = match rest.strip_prefix('-') {
            None if rest.is_empty() => (DateUnit::Year, NaiveDate::from_ymd_opt(year, 1, 1)),
            None => return None,
            Some(part) => {
                if let Some(week) = part.strip_prefix(['W', 'w']) {
                    (DateUnit::Week, NaiveDate::from_isoywd_opt(year, two_digits(week)?, Weekday::Mon))
                } else if let Some(quarter) = part.strip_prefix(['Q', 'q']) {
                    (DateUnit::Quarter, first_of_quarter(year, quarter))
                } else {
                    (DateUnit::Month, NaiveDate::from_ymd_opt(year, two_digits(part)?, 1))
                }
            }
        };
        Some(Self { unit, first: first? })
    }

    /// The first date after it; `None` beyond the calendar.
    pub(super) fn end(self) -> Option<NaiveDate> {
        self.unit.shift(self.first, 1)
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unit.label(self.first))
    }
}

/// Where a period starts or, with the edge itself left out, ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Edge {
    /// The start of a unit of the calendar.
    Civil(Civil),
    /// A time that the local clock shows.
    Local(NaiveDateTime),
    /// The same instant everywhere.
    Instant(DateTime<Utc>),
}

impl Edge {
    /// Reads the edge `text`, a part of the period `whole`.
    pub(super) fn parse(text: &str, whole: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let civil = Civil::parse(text).map(Self::Civil);
        let known = civil
            .or_else(|| local(text).map(Self::Local))
            .or_else(|| parse_instant(text).ok().map(Self::Instant));
        known.ok_or_else(|| {
            let expected = "a date that exists such as `2026-11-21`, `2026-11`, `2026-W47`, `2026-Q4` or `2026`, a local \
                            time such as `2026-11-21T09:00`, RFC 3339, RFC 2822 or seconds since 1970";
            ParseError::new("date", text, expected).within(whole)
        })
    }

    /// The instant it stands for in `zone`; `None` beyond the calendar.
    pub(super) fn resolve(self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Civil(civil) => calendar::midnight(civil.first, zone),
            Self::Local(local) => calendar::first_instant(local, zone),
            Self::Instant(at) => Some(at),
        }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Civil(civil) => civil.fmt(f),
            Self::Local(local) => local.format("%Y-%m-%dT%H:%M:%S%.f").fmt(f),
            Self::Instant(at) => f.write_str(&print_instant(*at)),
        }
    }
}

/// Where a period ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// Before the edge.
    Before(Edge),
    /// With the last instant of the unit.
    Through(Civil),
}

impl End {
    /// The first instant that is out in `zone`; `None` beyond the calendar.
    pub(super) fn resolve(self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Before(edge) => edge.resolve(zone),
            Self::Through(civil) => calendar::midnight(civil.end()?, zone),
        }
    }
}

impl fmt::Display for End {
    /// As it was written, without the sign that tells whether it is in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(edge) => edge.fmt(f),
            Self::Through(civil) => civil.fmt(f),
        }
    }
}

fn first_of_quarter(year: i32, number: &str) -> Option<NaiveDate> {
    let month = match number {
        "1" => 1,
        "2" => 4,
        "3" => 7,
        "4" => 10,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year, month, 1)
}

/// A date of four-digit year and a time of day without an offset; the seconds, and what follows them, may be absent.
fn local(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_at_checked("YYYY-MM-DD".len())?;
    let date = date_of_any_year(date)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = time.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let (hour, minute, second) = (two_digits(hour)?, two_digits(minute)?, two_digits(second)?);
    let nanos = if fraction.len() > 9 { None } else { digits(&format!("{fraction:0<9}")) };
    let time = NaiveTime::from_hms_opt(hour, minute, second)?.with_nanosecond(nanos?.try_into().ok()?)?;
    (!fraction.is_empty()).then(|| date.and_time(time))
}
