//! How long a period is, in months, days and seconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit, HOUR};
use super::parse::digits;
use crate::parse_error::ParseError;

/// A length of time: calendar months, days and seconds, none of which is a fixed number of another.
///
/// Written `7d` or as a duration of ISO 8601; printed in the short form where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Length {
    pub(super) months: u64,
    pub(super) days: u64,
    pub(super) seconds: u64,
}

/// To which side a length is laid off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Ahead,
    Back,
}

impl Length {
    /// The instant that is this far from `at`: first by months of the local calendar at the same time of day (a day that
    /// the month does not have becomes its last), then by days of 24 hours and by seconds. `None` beyond the calendar.
    pub(super) fn shift(self, at: DateTime<Utc>, direction: Direction, zone: Tz) -> Option<DateTime<Utc>> {
        let at = if self.months == 0 {
            at
        } else {
            let local = calendar::local(at, zone);
            let date = DateUnit::Month.shift(local.date(), direction.signed(self.months)?)?;
            calendar::first_instant(date.and_time(local.time()), zone)?
        };
        let seconds = self.days.checked_mul(86_400)?.checked_add(self.seconds)?;
        at.checked_add_signed(TimeDelta::try_seconds(direction.signed(seconds)?)?)
    }

    /// The date that is this far from `date`, by its months and days.
    pub(super) fn shift_date(self, date: NaiveDate, direction: Direction) -> Option<NaiveDate> {
        let date = DateUnit::Month.shift(date, direction.signed(self.months)?)?;
        DateUnit::Day.shift(date, direction.signed(self.days)?)
    }

    /// The seconds, with their sign.
    pub(super) fn seconds(self, direction: Direction) -> Option<TimeDelta> {
        TimeDelta::try_seconds(direction.signed(self.seconds)?)
    }

    /// The duration as ISO 8601 writes it, such as `P1Y2M3DT4H`.
    pub(super) fn iso(self) -> Iso {
        Iso(self)
    }
}

impl Direction {
    fn signed(self, amount: u64) -> Option<i64> {
        let amount = i64::try_from(amount).ok()?;
        Some(match self {
            Self::Ahead => amount,
            Self::Back => -amount,
        })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hour = HOUR.unsigned_abs();
        match *self {
            Self { months, days: 0, seconds: 0 } if months > 0 && months % 12 == 0 => {
                write!(f, "{}y", months / 12)
            }
            Self { months, days: 0, seconds: 0 } if months > 0 => write!(f, "{months}mo"),
            Self { months: 0, days, seconds: 0 } => write!(f, "{days}d"),
            Self { months: 0, days: 0, seconds } if seconds % hour == 0 => write!(f, "{}h", seconds / hour),
            _ => self.iso().fmt(f),
        }
    }
}

impl FromStr for Length {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(amounts) = text.strip_prefix(['P', 'p']) {
            return parse_iso(amounts).ok_or_else(|| {
                ParseError::new("duration", text, "ISO 8601 in whole numbers, such as `P1Y2M3DT4H` or `P4W`")
            });
        }
        let (number, unit) =
            text.split_at(text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len());
        let too_long =
            || ParseError::new("number", number, "a whole number that is not too large").within(text);
        let number = digits(number).ok_or_else(too_long)?;
        let length = match unit.to_ascii_lowercase().as_str() {
            "h" => number.checked_mul(HOUR.unsigned_abs()).map(|seconds| Self { seconds, ..Self::default() }),
            "d" => Some(Self { days: number, ..Self::default() }),
            "w" => number.checked_mul(7).map(|days| Self { days, ..Self::default() }),
            "mo" => Some(Self { months: number, ..Self::default() }),
            "y" => number.checked_mul(12).map(|months| Self { months, ..Self::default() }),
            _ => {
                let allowed = ["h", "d", "w", "mo", "y"];
                return Err(ParseError::not_one_of("period unit", unit, allowed).within(text));
            }
        };
        length.ok_or_else(too_long)
    }
}

/// A length that prints as a duration of ISO 8601.
pub(super) struct Iso(Length);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Length { months, days, seconds } = self.0;
        if self.0 == Length::default() {
            return f.write_str("P0D");
        }
        f.write_str("P")?;
        for (amount, unit) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
            if amount > 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        if seconds > 0 {
            f.write_str("T")?;
        }
        for (amount, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')] {
            if amount > 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        Ok(())
    }
}

/// What follows the `P` of a duration: `1Y2M3W4D` and, after a `T`, `5H6M7S`, each part at most once and in this order.
fn parse_iso(text: &str) -> Option<Length> {
    let text = text.to_ascii_uppercase();
    let (dates, times) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((dates, times)) => (dates, times),
        None => (text.as_str(), ""),
    };
    if dates.is_empty() && times.is_empty() {
        return None;
    }
    let [years, months, weeks, days] = amounts(dates, ['Y', 'M', 'W', 'D'])?;
    let [hours, minutes, seconds] = amounts(times, ['H', 'M', 'S'])?;
    Some(Length {
        months: years.checked_mul(12)?.checked_add(months)?,
        days: weeks.checked_mul(7)?.checked_add(days)?,
        seconds: hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?,
    })
}

/// The number before each of `units`, zero where a unit is absent. `None` if anything is left over.
fn amounts<const N: usize>(text: &str, units: [char; N]) -> Option<[u64; N]> {
    let mut amounts = [0; N];
    let mut rest = text;
    for (amount, unit) in amounts.iter_mut().zip(units) {
        if let Some((number, after)) = rest.split_once(unit) {
            *amount = digits(number)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(amounts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_print_in_their_shortest_form() {
        for (text, printed) in [
            ("1d", "1d"),
            ("24h", "24h"),
            ("24H", "24h"),
            ("2w", "14d"),
            ("3mo", "3mo"),
            ("12mo", "1y"),
            ("P30D", "30d"),
            ("PT24H", "24h"),
            ("P1M", "1mo"),
            ("P4W", "28d"),
            ("P1Y2M3DT4H", "P1Y2M3DT4H"),
            ("p1y2m1w3dt4h5m6s", "P1Y2M10DT4H5M6S"),
            ("PT90M", "PT1H30M"),
            ("P0D", "0d"),
            ("PT0S", "0d"),
        ] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn an_unreadable_length_says_what_is_wrong() {
        for (text, message) in [
            ("7q", "unknown period unit `q` in `7q`, expected `h`, `d`, `w`, `mo` or `y`"),
            ("1m", "unknown period unit `m` in `1m`, expected `h`, `d`, `w`, `mo` or `y`"),
            (
                "99999999999999999999d",
                "unknown number `99999999999999999999` in `99999999999999999999d`, expected a whole number that is not too large",
            ),
            (
                "9999999999999999999y",
                "unknown number `9999999999999999999` in `9999999999999999999y`, expected a whole number that is not too large",
            ),
            (
                "P1D2M",
                "unknown duration `P1D2M`, expected ISO 8601 in whole numbers, such as `P1Y2M3DT4H` or `P4W`",
            ),
        ] {
            assert_eq!(text.parse::<Length>().unwrap_err().to_string(), message);
        }
        for text in [
            "P",
            "PT",
            "P1",
            "P1DT",
            "P1H",
            "PT1D",
            "P1M1Y",
            "PD",
            "P-1D",
            "P1.5D",
            "P1D1D",
            "P99999999999999999999Y",
        ] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_printed_length_parses_back(months in 0..u64::MAX, days in 0..u64::MAX, seconds in 0..u64::MAX, kept in 0..8) {
            let keep = |bit, amount| if kept & bit == 0 { 0 } else { amount };
            let length = Length { months: keep(1, months), days: keep(2, days), seconds: keep(4, seconds) };
            prop_assert_eq!(length.to_string().parse(), Ok(length));
            prop_assert_eq!(length.iso().to_string().parse(), Ok(length));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), near in "[Pp]?[0-9]{0,22}[YMWDHSymowdhs]?[0-9TYMWDHS]{0,8}") {
            let _ = (text.parse::<Length>(), near.parse::<Length>());
        }
    }
}
