//! Printing and parsing of periods.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::spelling::{instead_of_words, is_space};
use super::{Period, Shape};
use crate::parse_error::ParseError;
use crate::time::boundary::{Boundary, End, NamedUnit};
use crate::time::calendar::Unit;
use crate::time::digits::parse_digits;
use crate::time::length::{Direction, Length};
use crate::time::missing::{instead_of_date, instead_of_digits};
use crate::time::parse::MAX_LEN;

/// The forms of a period, for errors.
const EXPECTED: &str = "a length such as `7d`, calendar units such as `today`, `last month` or `2026-11`, a start and an \
                        end such as `2026-01-01..2026-02-01`, or `all`";

/// The calendar units of a period, for errors.
const EXPECTED_UNIT: &str =
    "a date, week, month, quarter or year such as `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4` or `2026`";

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::All => f.write_str("all"),
            Shape::Rolling(length) => length.fmt(f),
            Shape::This(Unit::Day) => f.write_str("today"),
            Shape::This(unit) => write!(f, "this {unit}"),
            Shape::Last { count: 1, unit: Unit::Day } => f.write_str("yesterday"),
            Shape::Last { count: 1, unit } => write!(f, "last {unit}"),
            Shape::Last { count, unit } => write!(f, "last {count} {unit}s"),
            Shape::Since(start) => write!(f, "{start}.."),
            Shape::Until(end) => write!(f, "..{}{end}", end_mark(end)),
            Shape::Between { start: Boundary::UnitStart(first), end: End::Through(last) }
                if first == last =>
            {
                first.fmt(f)
            }
            Shape::Between { start, end } => write!(f, "{start}..{}{end}", end_mark(end)),
            Shape::Anchored { anchor, direction: Direction::Forward, length } => {
                write!(f, "{anchor}/{}", length.iso())
            }
            Shape::Anchored { anchor, direction: Direction::Backward, length } => {
                write!(f, "{}/{anchor}", length.iso())
            }
        }
    }
}

impl FromStr for Period {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        if text.len() > MAX_LEN {
            return Err(ParseError::invalid("period", text, EXPECTED));
        }
        if let Some((before, after)) = text.split_once('/') {
            return parse_interval(before.trim(), after.trim(), text);
        }
        if let Some((start, end)) = text.split_once("..") {
            return parse_dotted(start.trim(), end.trim(), text);
        }
        parse_without_ends(text)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Returns the mark before an end: `=` if it is included.
fn end_mark(end: &End) -> &'static str {
    match end {
        End::Before(_) => "",
        End::Through(_) => "=",
    }
}

/// Parses a period that is not written as a start and an end.
fn parse_without_ends(text: &str) -> Result<Period, ParseError> {
    let words = parse_words(text);
    if let Ok(Some(period)) = words {
        return Ok(period);
    }
    if let Some(unit) = NamedUnit::parse(text) {
        return Ok(Period::from_boundaries(Boundary::UnitStart(unit), End::Through(unit)));
    }
    let expected =
        instead_of_words(text).or_else(|| instead_of_digits(text)).or_else(|| instead_of_date(text));
    if let Some(expected) = expected {
        return Err(ParseError::invalid("period", text, expected));
    }
    words?;
    if is_length(text) {
        return text.parse().map(Period::rolling);
    }
    // A year with more after it can only be meant as a date.
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_unit = text.split_once('-').is_some_and(|(year, _)| is_year(year));
    Err(ParseError::invalid("period", text, if is_unit { EXPECTED_UNIT } else { EXPECTED }))
}

/// Whether the text looks like a length: digits and letters, or an ISO 8601 duration.
fn is_length(text: &str) -> bool {
    let letters = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let short =
        letters.len() < text.len() && !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_alphabetic());
    short || is_duration(text)
}

fn is_duration(text: &str) -> bool {
    text.starts_with(['P', 'p'])
}

/// Parses `all`, `today`, `this week`, `last 3 months` and the like; `None` if the text has no such form.
fn parse_words(text: &str) -> Result<Option<Period>, ParseError> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(is_space).collect();
    Ok(Some(match *words {
        ["all"] => Period::all(),
        ["today"] => Period::today(),
        ["yesterday"] => Period::yesterday(),
        ["this", unit] => Period::this(parse_unit(unit, text)?),
        ["last", unit] => Period::last(parse_unit(unit, text)?),
        ["last", count, unit] => Period::last_whole(
            parse_count(count, text)?,
            parse_unit(unit.strip_suffix('s').unwrap_or(unit), text)?,
        ),
        _ => return Ok(None),
    }))
}

fn parse_count(word: &str, text: &str) -> Result<u32, ParseError> {
    let count = parse_digits(word).and_then(|count| u32::try_from(count).ok());
    count.ok_or_else(|| {
        ParseError::invalid("count", word, format!("a whole number of at most {}", u32::MAX)).within(text)
    })
}

fn parse_unit(word: &str, text: &str) -> Result<Unit, ParseError> {
    word.parse().map_err(|error: ParseError| error.within(text))
}

/// Parses `A..B` and `A..=B`, where A, B or both may be absent.
fn parse_dotted(start: &str, end: &str, text: &str) -> Result<Period, ParseError> {
    let end = match end.strip_prefix('=') {
        Some(last) => Some(End::Through(parse_included_end(last.trim(), text)?)),
        None => parse_optional_boundary(end, text)?.map(End::Before),
    };
    let shape = match (parse_optional_boundary(start, text)?, end) {
        (None, None) => Shape::All,
        (Some(start), None) => Shape::Since(start),
        (None, Some(end)) => Shape::Until(end),
        (Some(start), Some(end)) => Shape::Between { start, end },
    };
    Ok(Period { shape })
}

/// Parses a boundary; `None` for an empty text.
fn parse_optional_boundary(part: &str, text: &str) -> Result<Option<Boundary>, ParseError> {
    if part.is_empty() { Ok(None) } else { Boundary::parse(part, text).map(Some) }
}

/// Parses an end that is included: a calendar unit, since a time has no length.
fn parse_included_end(part: &str, text: &str) -> Result<NamedUnit, ParseError> {
    NamedUnit::parse(part).ok_or_else(|| {
        let forms =
            || "a date, week, month, quarter or year; before a time, use `..` instead of `..=`".to_owned();
        let expected = instead_of_digits(part).or_else(|| instead_of_date(part)).unwrap_or_else(forms);
        ParseError::invalid("included end", part, expected).within(text)
    })
}

/// Parses an ISO 8601 interval: two boundaries, or a boundary and a duration; `..` leaves a side open.
fn parse_interval(before: &str, after: &str, text: &str) -> Result<Period, ParseError> {
    let anchored = |anchor: &str, length: &str, direction| {
        let length = length.parse::<Length>().map_err(|error| error.within(text))?;
        Ok(Period { shape: Shape::Anchored { anchor: Boundary::parse(anchor, text)?, direction, length } })
    };
    match (before, after) {
        ("..", "..") => Ok(Period::all()),
        ("..", end) => Ok(Period { shape: Shape::Until(End::Before(Boundary::parse(end, text)?)) }),
        (start, "..") => Ok(Period { shape: Shape::Since(Boundary::parse(start, text)?) }),
        (length, anchor) if is_duration(length) => anchored(anchor, length, Direction::Backward),
        (anchor, length) if is_duration(length) => anchored(anchor, length, Direction::Forward),
        (start, end) => {
            refuse_length(start, text)?;
            refuse_length(end, text)?;
            let (start, end) = (Boundary::parse(start, text)?, Boundary::parse(end, text)?);
            Ok(Period { shape: Shape::Between { start, end: End::Before(end) } })
        }
    }
}

/// Refuses a length such as `7d` in an interval of ISO 8601; the error has the duration that is expected, such as `P7D`.
fn refuse_length(part: &str, text: &str) -> Result<(), ParseError> {
    if !is_length(part) {
        return Ok(());
    }
    let length = part.parse::<Length>().map_err(|error| error.within(text))?;
    Err(ParseError::invalid("duration", part, format!("`{}`", length.iso())).within(text))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_parsed_and_printed() {
        for (text, printed) in [
            ("7d", "7d"),
            (" 24h ", "24h"),
            ("30 d", "30d"),
            ("P30D", "30d"),
            ("p1y2m3dt4h", "P1Y2M3DT4H"),
            ("Today", "today"),
            ("this day", "today"),
            ("YESTERDAY", "yesterday"),
            ("last day", "yesterday"),
            ("last 1 days", "yesterday"),
            ("this_month", "this month"),
            ("Last-Quarter", "last quarter"),
            ("this hour", "this hour"),
            ("last 1 week", "last week"),
            ("last 3 days", "last 3 days"),
            ("LAST_12_HOURS", "last 12 hours"),
            ("2026-11-21", "2026-11-21"),
            ("2026-11", "2026-11"),
            ("2026-w47", "2026-W47"),
            ("2026-q4", "2026-Q4"),
            ("2026", "2026"),
            ("2026-01-01..2026-01-31", "2026-01-01..2026-01-31"),
            ("2026-01-01 ..= 2026-01-31", "2026-01-01..=2026-01-31"),
            ("2026-01-01..=2026-01-01", "2026-01-01"),
            ("2026-01..=2026-Q2", "2026-01..=2026-Q2"),
            ("2026-01-01..=2026", "2026-01-01..=2026"),
            ("0000-W01..=9999-W52", "0000-W01..=9999-W52"),
            ("0000-Q1..9999", "0000-Q1..9999"),
            ("0000-01-01T00:00..9999-12", "0000-01-01T00:00:00..9999-12"),
            ("2026-01-01..", "2026-01-01.."),
            ("..2026-01-31", "..2026-01-31"),
            ("..=2026-01-31", "..=2026-01-31"),
            ("ALL", "all"),
            ("..", "all"),
            ("../..", "all"),
            ("2026-01-01T09:00..2026-01-01 17:30:15.25", "2026-01-01T09:00:00..2026-01-01T17:30:15.250"),
            (
                "Mon, 17 Feb 2025 00:00:00 +0000..Tue, 18 Feb 2025 01:00:00 GMT",
                "2025-02-17T00:00:00Z..2025-02-18T01:00:00Z",
            ),
            ("1739750400..1739836800.", ""),
            ("1739750400000..1739836800000000", "2025-02-17T00:00:00Z..2025-02-18T00:00:00Z"),
            ("-1..1739836800", "1969-12-31T23:59:59Z..2025-02-18T00:00:00Z"),
            ("2025-02-17T01:00:00+01:00..", "2025-02-17T00:00:00Z.."),
            ("2026-01-01/2026-02-01", "2026-01-01..2026-02-01"),
            ("2026-01-01/..", "2026-01-01.."),
            ("../2026-01-01", "..2026-01-01"),
            ("2026-01-01/p1m", "2026-01-01/P1M"),
            ("P1W/2026-01-01T09:00", "P7D/2026-01-01T09:00:00"),
        ] {
            let shown = text.parse::<Period>().map(|period| period.to_string()).unwrap_or_default();
            assert_eq!(shown, printed, "{text}");
        }
    }

    #[test]
    fn the_error_for_an_invalid_period_gives_the_problem() {
        for (text, message) in [
            ("7q", "unknown period unit `q` in `7q`, expected `h`, `d`, `w`, `mo` or `y`"),
            (
                "last fortnight",
                "unknown calendar unit `fortnight` in `last fortnight`, expected `hour`, `day`, `week`, `month`, \
                 `quarter` or `year`",
            ),
            (
                "last many days",
                "invalid count `many` in `last many days`: expected a whole number of at most 4294967295",
            ),
            (
                "2026-02-30",
                "invalid period `2026-02-30`: expected a day that exists; February 2026 has 28 days",
            ),
            ("20261121", "invalid period `20261121`: expected `2026-11-21`"),
            ("202611..2026-12", "invalid date `202611` in `202611..2026-12`: expected `2026-11`"),
            (
                "20260101..=20260230",
                "invalid included end `20260230` in `20260101..=20260230`: expected a day that exists; February 2026 has \
                 28 days",
            ),
            ("2026-01-01/7d", "invalid duration `7d` in `2026-01-01/7d`: expected `P7D`"),
            ("24 h/2026-01-01", "invalid duration `24 h` in `24 h/2026-01-01`: expected `PT24H`"),
            (
                "2026-01-01/7q",
                "unknown period unit `q` in `2026-01-01/7q`, expected `h`, `d`, `w`, `mo` or `y`",
            ),
            ("2026-13-01", "invalid period `2026-13-01`: expected a month from 01 to 12"),
            ("2026-W54", "invalid period `2026-W54`: expected a week that exists; 2026 has 53 weeks"),
            ("2026-Q5", "invalid period `2026-Q5`: expected a quarter from Q1 to Q4"),
            (
                "2026-1-5",
                "invalid period `2026-1-5`: expected a date, week, month, quarter or year such as `2026-11-21`, \
                 `2026-W47`, `2026-11`, `2026-Q4` or `2026`",
            ),
            (
                "next month",
                "invalid period `next month`: expected a length such as `7d`, calendar units such as `today`, \
                 `last month` or `2026-11`, a start and an end such as `2026-01-01..2026-02-01`, or `all`",
            ),
            (
                "2026-02-01..2026-02-30",
                "invalid date `2026-02-30` in `2026-02-01..2026-02-30`: expected a day that exists; February 2026 has 28 \
                 days",
            ),
            (
                "2026-01-01..=2026-04-31",
                "invalid included end `2026-04-31` in `2026-01-01..=2026-04-31`: expected a day that exists; April 2026 \
                 has 30 days",
            ),
            (
                "2026-01-01T00:00/2026-01-01T24:00",
                "invalid date `2026-01-01T24:00` in `2026-01-01T00:00/2026-01-01T24:00`: expected an hour from 00 to 23; \
                 a day ends at 00:00 of the day after",
            ),
            (
                "yesterday..",
                "invalid date `yesterday` in `yesterday..`: expected a date such as `2026-11-21`, `2026-11`, `2026-W47`, \
                 `2026-Q4` or `2026`, a local time such as `2026-11-21T09:00`, RFC 3339, RFC 2822, or seconds (below \
                 10^11), milliseconds (below 10^14) or microseconds (below 10^17) since 1970",
            ),
            (
                "2026-02-01..=1739750400",
                "invalid included end `1739750400` in `2026-02-01..=1739750400`: expected a date, week, month, quarter or \
                 year; before a time, use `..` instead of `..=`",
            ),
            (
                "2026-01-01/P1D2M",
                "invalid duration `P1D2M` in `2026-01-01/P1D2M`: expected ISO 8601 in whole numbers, such as \
                 `P1Y2M3DT4H` or `P4W`",
            ),
        ] {
            assert_eq!(text.parse::<Period>().unwrap_err().to_string(), message);
        }
        let long = "9".repeat(4_000_000);
        for text in [
            "",
            "7",
            "d",
            "-7d",
            "7.5d",
            "2026-13",
            "2026-W54",
            "2025-W53",
            "2026-Q5",
            "2026-Q0",
            "26-11",
            "P1D/P1D",
            "a/b/c",
            "2026-01-01T24:00..",
            "2026-01-01T09:00:60..",
            "2026-01-01T9:00..",
            "2026-01-01T09:00:00...",
            "2026-01-01T09:00:00./P1D",
            "2026-Q04",
            "2026-01-01T09:00:00.1234567890/P1D",
            "...",
            "last 4294967296 days",
            "last 3 days ago",
            "2026-11-21T09:00:00Z",
            "..=",
            "/",
            "/2026",
            "1739750400000000000..",
            &long,
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_serialized_form_is_the_text() {
        let period: Period = serde_json::from_str(r#""last\u00203 days""#).unwrap();
        assert_eq!(serde_json::to_string(&period).unwrap(), r#""last 3 days""#);
        let error = serde_json::from_str::<Period>(r#""7q""#).unwrap_err().to_string();
        assert!(error.starts_with("unknown period unit `q` in `7q`"), "{error}");
    }

    fn periods() -> impl Strategy<Value = Period> {
        let date =
            || (-95_000_000..95_000_000_i32).prop_map(|days| NaiveDate::from_epoch_days(days).unwrap());
        let instant = || {
            let parts = (-8_334_600_000_000_i64..8_210_200_000_000, 0_u32..2_000_000_000);
            // A leap second can only be at the end of a minute.
            parts.prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds / 60 * 60 - 1, nanos).unwrap())
        };
        let unit = || (0..Unit::ALL.len()).prop_map(|index| Unit::ALL[index]);
        prop_oneof![
            Just(Period::all()),
            any::<u32>().prop_map(Period::last_hours),
            any::<u32>().prop_map(Period::last_days),
            any::<u32>().prop_map(Period::last_months),
            unit().prop_map(Period::this),
            unit().prop_map(Period::last),
            (any::<u32>(), unit()).prop_map(|(count, unit)| Period::last_whole(count, unit)),
            (date(), date()).prop_map(|(from, to)| Period::dates(from, to)),
            date().prop_map(|date| Period::dates(date, date)),
            (date(), date()).prop_map(|(from, to)| Period::dates_until(from, to)),
            (instant(), instant()).prop_map(|(start, end)| Period::between(start, end)),
            instant().prop_map(Period::since),
            instant().prop_map(Period::until),
        ]
    }

    /// Texts that are or resemble periods.
    fn texts() -> impl Strategy<Value = String> {
        let boundary = "([0-9]{4}|20[0-9]{2}-[01][0-9]|20[0-9]{2}-W[0-5][0-9]|20[0-9]{2}-Q[1-4]|20[0-9]{2}-[01][0-9]-[0-3][0-9]\
                    |20[0-9]{2}-0[1-9]-[0-2][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-]0[0-9]:30)?\
                    |-?[0-9]{5,20}|P([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,3}D)?(T[0-9]{1,3}H)?)?";
        let between = "(\\.\\.|\\.\\.=|/)?";
        prop_oneof![
            (boundary, between, boundary).prop_map(|(start, between, end)| start + &between + &end),
            "(this|last)[ _-]?([0-9]{1,3} )?(hour|day|week|month|quarter|year)s?",
            "[0-9]{1,22} ?(h|d|w|mo|y|m)",
            any::<String>(),
            "[-+./=0-9:TZPWQ a-z]{0,40}",
        ]
    }

    proptest! {
        #[test]
        fn every_printed_period_parses_back(period in periods()) {
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }

        #[test]
        fn every_parsed_text_is_printed_as_the_same_period(text in texts()) {
            if let Ok(period) = text.parse::<Period>() {
                prop_assert_eq!(period.to_string().parse(), Ok(period));
            }
        }
    }
}
