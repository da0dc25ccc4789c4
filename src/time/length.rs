//! The length of a period in months, days and seconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit, SECONDS_PER_HOUR};
use super::digits::parse_digits;
use crate::parse_error::ParseError;

/// A length of time in calendar months, days and seconds, which are not converted into each other: months and local days
/// vary in length.
///
/// Parsed from a short form such as `7d` or `7 d`, or from an ISO 8601 duration; printed in the short form where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Length {
    pub(super) months: u64,
    pub(super) days: u64,
    pub(super) seconds: u64,
}

/// The direction in which an instant or date is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Length {
    /// Returns `at` moved by the length: first by months of the local calendar to the same time of day (a day that the
    /// month does not have becomes the last of the month), then by days of 24 hours and by seconds. `None` if the result is
    /// out of chrono's range of years.
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

    /// Returns `date` moved by the months and the days; the seconds are ignored. `None` if the result is out of chrono's
    /// range of years.
    pub(super) fn shift_date(self, date: NaiveDate, direction: Direction) -> Option<NaiveDate> {
        let date = DateUnit::Month.shift(date, direction.signed(self.months)?)?;
        DateUnit::Day.shift(date, direction.signed(self.days)?)
    }

    /// Returns the seconds alone, negative for [`Direction::Backward`]; `None` if there are too many for a [`TimeDelta`].
    pub(super) fn seconds(self, direction: Direction) -> Option<TimeDelta> {
        TimeDelta::try_seconds(direction.signed(self.seconds)?)
    }

    /// Returns a value that prints as an ISO 8601 duration, such as `P1Y2M3DT4H`.
    pub(super) fn iso(self) -> Iso {
        Iso(self)
    }
}

impl Direction {
    /// Returns the amount, negated for [`Direction::Backward`]; `None` if it exceeds `i64::MAX`.
    fn signed(self, amount: u64) -> Option<i64> {
        let amount = i64::try_from(amount).ok()?;
        Some(match self {
            Self::Forward => amount,
            Self::Backward => -amount,
        })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hour = SECONDS_PER_HOUR.unsigned_abs();
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
            let expected = "ISO 8601 in whole numbers, such as `P1Y2M3DT4H` or `P4W`";
            return parse_iso(amounts).ok_or_else(|| ParseError::invalid("duration", text, expected));
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let (number, unit) = (&text[..text.len() - unit.len()], unit.trim_start());
        let (factor, length): (u64, fn(u64) -> Self) = match unit.to_ascii_lowercase().as_str() {
            "h" => (SECONDS_PER_HOUR.unsigned_abs(), |seconds| Self { seconds, ..Self::default() }),
            "d" => (1, |days| Self { days, ..Self::default() }),
            "w" => (7, |days| Self { days, ..Self::default() }),
            "mo" => (1, |months| Self { months, ..Self::default() }),
            "y" => (12, |months| Self { months, ..Self::default() }),
            _ => {
                let allowed = ["h", "d", "w", "mo", "y"];
                return Err(ParseError::not_one_of("period unit", unit, allowed).within(text));
            }
        };
        let amount = parse_digits(number).and_then(|number| number.checked_mul(factor));
        amount.map(length).ok_or_else(|| {
            ParseError::invalid("duration", text, format!("at most `{}{unit}`", u64::MAX / factor))
        })
    }
}

/// A length that prints as an ISO 8601 duration.
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

/// Parses what follows the `P` of a duration: `1Y2M3W4D` and, after a `T`, `5H6M7S`, each part at most once and in this
/// order.
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
    let [years, months, weeks, days] = parse_amounts(dates, ['Y', 'M', 'W', 'D'])?;
    let [hours, minutes, seconds] = parse_amounts(times, ['H', 'M', 'S'])?;
    Some(Length {
        months: years.checked_mul(12)?.checked_add(months)?,
        days: weeks.checked_mul(7)?.checked_add(days)?,
        seconds: hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?,
    })
}

/// Parses the number before each of `units`, zero where a unit is absent. `None` if anything is left over.
fn parse_amounts<const N: usize>(text: &str, units: [char; N]) -> Option<[u64; N]> {
    let mut amounts = [0; N];
    let mut rest = text;
    for (amount, unit) in amounts.iter_mut().zip(units) {
        if let Some((number, after)) = rest.split_once(unit) {
            *amount = parse_digits(number)?;
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
            ("24 h", "24h"),
            ("30  d", "30d"),
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
    fn the_error_for_an_invalid_length_gives_the_problem() {
        for (text, message) in [
            ("7q", "unknown period unit `q` in `7q`, expected `h`, `d`, `w`, `mo` or `y`"),
            ("7 m", "unknown period unit `m` in `7 m`, expected `h`, `d`, `w`, `mo` or `y`"),
            ("1m", "unknown period unit `m` in `1m`, expected `h`, `d`, `w`, `mo` or `y`"),
            (
                "99999999999999999999d",
                "invalid duration `99999999999999999999d`: expected at most `18446744073709551615d`",
            ),
            (
                "9999999999999999999y",
                "invalid duration `9999999999999999999y`: expected at most `1537228672809129301y`",
            ),
            (
                "P1D2M",
                "invalid duration `P1D2M`: expected ISO 8601 in whole numbers, such as `P1Y2M3DT4H` or `P4W`",
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
        fn any_text_is_parsed_or_refused(text in any::<String>(), near in "[Pp]?[0-9]{0,22}[YMWDHSymowdhs]?[0-9TYMWDHS]{0,8}") {
            let _ = (text.parse::<Length>(), near.parse::<Length>());
        }
    }
}
