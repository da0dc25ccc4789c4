//! The length of a period.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::Resolution;
use crate::parse_error::ParseError;

/// A number of hours, days or calendar months: `24h`, `7d`, `1m` (a month, never a minute).
///
/// Digits, then one of `h`, `d`, `m` in lower case. Zero, a sign, spaces and other units are refused (ours, as no source
/// describes them). A printed duration parses back to itself; leading zeros are accepted, and not printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Duration {
    count: NonZeroU32,
    unit: Resolution,
}

impl Duration {
    /// The texts that are valid, for an error.
    pub(super) const EXPECTED: &str =
        "a whole number above 0 and `h`, `d` or `m`, such as `24h`, `7d` or `1m`";

    pub(super) const fn count(self) -> NonZeroU32 {
        self.count
    }

    pub(super) const fn unit(self) -> Resolution {
        self.unit
    }

    /// Subtracts the duration from `at`; `None` outside of the calendar.
    pub(super) fn before(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.unit.before(at, self.count.get())
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, letter(self.unit))
    }
}

/// Returns the default start of a period that ends at `end`: seven days before `now`, or, if the end is earlier, seven
/// days before the end.
pub(super) fn default_start(end: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let week_before = |at: DateTime<Utc>| {
        let start = at.checked_sub_signed(TimeDelta::days(7)).filter(|start| start.year() > 0);
        start.unwrap_or(at)
    };
    Some(week_before(now)).filter(|start| *start <= end).unwrap_or_else(|| week_before(end))
}

impl FromStr for Duration {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse(text).ok_or_else(|| ParseError::invalid("duration", text, Self::EXPECTED))
    }
}

fn parse(text: &str) -> Option<Duration> {
    let unit = Resolution::ALL.into_iter().find(|unit| text.ends_with(letter(*unit)))?;
    let count = &text[..text.len() - 1];
    // Checked because `u32::from_str` accepts a sign.
    let count =
        if count.bytes().all(|byte| byte.is_ascii_digit()) { count.parse().ok()? } else { return None };
    Some(Duration { count, unit })
}

const fn letter(unit: Resolution) -> char {
    match unit {
        Resolution::Hour => 'h',
        Resolution::Day => 'd',
        Resolution::Month => 'm',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_unit_m_is_a_calendar_month() {
        let before = |text: &str, at: &str| text.parse::<Duration>().unwrap().before(at.parse().unwrap());
        for (text, at, expected) in [
            ("1m", "2024-12-01T01:00:00Z", "2024-11-01T01:00:00Z"),
            ("1m", "2024-03-31T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("12m", "2024-02-29T00:00:00Z", "2023-02-28T00:00:00Z"),
            ("31d", "2024-03-31T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("24h", "2024-03-01T07:00:00Z", "2024-02-29T07:00:00Z"),
        ] {
            assert_eq!(before(text, at), Some(expected.parse().unwrap()), "{text} {at}");
        }
        assert_eq!(before("4294967295m", "2024-03-31T00:00:00Z"), None);
        assert_eq!(before("4294967295d", "2024-03-31T00:00:00Z"), None);
    }

    #[test]
    fn other_texts_are_an_error() {
        for text in [
            "",
            "d",
            "7",
            "0d",
            "00h",
            "-1d",
            "+1d",
            "1D",
            "1M",
            "1w",
            "1y",
            "1 d",
            " 1d",
            "1d ",
            "1.5d",
            "1dd",
            "1d1h",
            "٧d",
            "4294967296d",
            "7µ",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
        for (text, printed) in [("1m", "1m"), ("007d", "7d"), ("100d", "100d"), ("24h", "24h")] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), printed);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused_and_a_printed_duration_parses_back(text in "[0-9hdm+-]{0,12}|.*") {
            if let Ok(duration) = text.parse::<Duration>() {
                prop_assert_eq!(duration.to_string().parse(), Ok(duration));
            }
        }
    }
}
