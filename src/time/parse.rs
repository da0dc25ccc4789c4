//! Parsers of dates and instants.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

use super::digits::{parse_digits, parse_two_digits, parse_year_of_any_length};
use super::instant_from_number;
use super::missing::{instead_of_date, instead_of_time};
use super::number::EXPECTED_NUMBERS;
use crate::parse_error::ParseError;

/// The maximum length of a parsed text, in bytes; enough for the comments that dates of mail contain.
pub(super) const MAX_LEN: usize = 250;

/// The zone names that RFC 2822 defines (section 4.3), and `UTC`, which is common although not defined there.
const MAIL_ZONES: [&str; 12] =
    ["GMT", "UTC", "UT", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"];

/// Parses a date in the form `YYYY-MM-DD`, with a year of four digits.
///
/// ```
/// use mailtally::time::parse_date;
///
/// assert_eq!(parse_date("2026-02-28")?.to_string(), "2026-02-28");
/// assert_eq!(
///     parse_date("2026-02-29").unwrap_err().to_string(),
///     "invalid date `2026-02-29`: expected a day that exists; February 2026 has 28 days",
/// );
/// assert_eq!(
///     parse_date("28.2.2026").unwrap_err().to_string(),
///     "invalid date `28.2.2026`: expected a day that exists, as `YYYY-MM-DD`",
/// );
/// # Ok::<(), mailtally::ParseError>(())
/// ```
///
/// # Errors
///
/// [`ParseError`] if the text has another form or the day does not exist.
pub fn parse_date(text: &str) -> Result<NaiveDate, ParseError> {
    let date = if text.starts_with(['+', '-']) { None } else { parse_date_of_any_year(text) };
    date.ok_or_else(|| {
        let has_form = text.len() == "YYYY-MM-DD".len();
        let expected = if has_form { instead_of_date(text) } else { None };
        let form = || "a day that exists, as `YYYY-MM-DD`".to_owned();
        ParseError::invalid("date", text, expected.unwrap_or_else(form))
    })
}

/// Parses an instant: RFC 3339, RFC 2822, or a whole number since 1970-01-01T00:00:00Z. A leap second becomes the second
/// after it.
///
/// The size of a number tells its unit: seconds below 10^11 (also negative ones), milliseconds below 10^14, microseconds
/// below 10^17. Greater numbers are refused.
///
/// In RFC 2822 the day of the week is not checked against the date, and the zone may be `UTC`. Zone names that RFC 2822
/// does not define (such as `CET`) are refused.
///
/// ```
/// use mailtally::time::parse_instant;
///
/// let at = parse_instant("2025-02-17T01:00:00+01:00")?;
/// assert_eq!(parse_instant("Mon, 17 Feb 2025 00:00:00 +0000")?, at);
/// assert_eq!(parse_instant("Mon, 17 Feb 2025 00:00:00 UTC")?, at);
/// assert_eq!(parse_instant("1739750400")?, at);
/// assert_eq!(parse_instant("1739750400000")?, at);
/// # Ok::<(), mailtally::ParseError>(())
/// ```
///
/// # Errors
///
/// [`ParseError`] if the text has none of these forms, is longer than 250 bytes, or is out of the range of [`DateTime`].
pub fn parse_instant(text: &str) -> Result<DateTime<Utc>, ParseError> {
    let at = if text.len() > MAX_LEN { None } else { parse_any_instant(text) };
    at.map(without_leap_second).ok_or_else(|| {
        let expected = || {
            format!(
                "RFC 3339 such as `2025-02-17T00:00:00Z`, RFC 2822 such as `Mon, 17 Feb 2025 00:00:00 +0000`, or \
                 {EXPECTED_NUMBERS}"
            )
        };
        ParseError::invalid("instant", text, instead_of_time(text).unwrap_or_else(expected))
    })
}

/// Parses the date `YYYY-MM-DD`, or one with a sign and four to six digits of the year.
pub(super) fn parse_date_of_any_year(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_at_checked(text.len().checked_sub("-MM-DD".len())?)?;
    let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
    NaiveDate::from_ymd_opt(parse_year_of_any_length(year)?, parse_two_digits(month)?, parse_two_digits(day)?)
}

/// Returns the instant itself, or the second after it if chrono represents it as a leap second.
pub(super) fn without_leap_second(at: DateTime<Utc>) -> DateTime<Utc> {
    if at.nanosecond() < 1_000_000_000 {
        return at;
    }
    let next = at.with_nanosecond(at.nanosecond() - 1_000_000_000);
    next.and_then(|next| next.checked_add_signed(TimeDelta::seconds(1))).unwrap_or(at)
}

/// Parses an instant in any of the forms of [`parse_instant`].
fn parse_any_instant(text: &str) -> Option<DateTime<Utc>> {
    let number = text.strip_prefix('-').unwrap_or(text);
    if parse_digits(number).is_some() {
        return instant_from_number(text.parse().ok()?);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    if text.starts_with(['+', '-']) {
        return parse_rfc3339_of_any_year(text);
    }
    parse_rfc2822(text)
}

/// Parses RFC 3339 in UTC with a year that has a sign, as chrono prints years before 0 and after 9999.
fn parse_rfc3339_of_any_year(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.split_once('T')?;
    let date = parse_date_of_any_year(date)?;
    // chrono parses the time of day only with a year of four digits.
    let some_day = NaiveDate::default();
    let time = DateTime::parse_from_rfc3339(&format!("{some_day}T{}Z", time.strip_suffix('Z')?)).ok()?;
    let time_of_day = time.naive_utc() - some_day.and_time(NaiveTime::MIN);
    date.and_time(NaiveTime::MIN).checked_add_signed(time_of_day).map(|at| at.and_utc())
}

/// Parses RFC 2822 without checking the day of the week against the date.
fn parse_rfc2822(text: &str) -> Option<DateTime<Utc>> {
    let mut rest = text.trim();
    if let Some((weekday, date)) = rest.split_once(',') {
        weekday.trim().parse::<Weekday>().ok()?;
        rest = date.trim_start();
    }
    let (date, zone) = rest.rsplit_once(' ')?;
    if !zone.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return DateTime::parse_from_rfc2822(rest).ok().map(|at| at.to_utc());
    }
    if !MAIL_ZONES.iter().any(|known| known.eq_ignore_ascii_case(zone)) {
        return None;
    }
    let zone = if zone.eq_ignore_ascii_case("UTC") { "GMT" } else { zone };
    DateTime::parse_from_rfc2822(&format!("{date} {zone}")).ok().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;
    use proptest::prelude::*;

    use super::super::range::print_instant;
    use super::*;

    #[test]
    fn instants_are_parsed_in_every_form() {
        let at: DateTime<Utc> = "2025-02-17T00:00:00Z".parse().unwrap();
        for text in [
            "2025-02-17T00:00:00Z",
            "2025-02-17t00:00:00.000z",
            "2025-02-16 19:00:00-05:00",
            "Mon, 17 Feb 2025 00:00:00 +0000",
            "Fri, 17 Feb 2025 00:00:00 GMT",
            "17 Feb 2025 00:00:00 UT",
            "mon, 17 feb 2025 00:00:00 utc",
            "Mon, 17 Feb 2025 00:00 -0000",
            "Sun, 16 Feb 2025 19:00:00 EST",
            "Mon, 17 Feb 2025 01:00:00 +0100 (CET)",
            "1739750400",
            "1739750400000",
            "1739750400000000",
        ] {
            assert_eq!(parse_instant(text), Ok(at), "{text}");
        }
        assert_eq!(parse_instant("-1").unwrap().to_rfc3339(), "1969-12-31T23:59:59+00:00");
        assert_eq!(
            parse_instant("2016-12-31T23:59:60.5Z").unwrap().to_rfc3339(),
            "2017-01-01T00:00:00.500+00:00"
        );
        assert_eq!(parse_instant("Mon, 1 Jan 0001 00:00:00 +0000").unwrap().timestamp(), -62_135_596_800);
    }

    #[test]
    fn an_invalid_instant_is_an_error() {
        for text in [
            "",
            "-",
            "--1",
            "+1",
            "1739750400.5",
            "1739750400000000000",
            "99999999999999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "2025-02-17",
            "2025-02-17T00:00:00",
            "Mon, 17 Feb 2025 00:00:00 CET",
            "Mon, 17 Feb 2025 00:00:00",
            "Moon, 17 Feb 2025 00:00:00 GMT",
            "٣",
        ] {
            let error = parse_instant(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid instant `{text}`: expected RFC 3339")), "{error}");
        }
        assert!(parse_instant(&"1".repeat(4_000_000)).is_err());
        for (text, expected) in [
            ("2025-02-30T00:00:00Z", "a day that exists; February 2025 has 28 days"),
            ("2025-02-17T00:60:00Z", "a minute from 00 to 59"),
        ] {
            let message = format!("invalid instant `{text}`: expected {expected}");
            assert_eq!(parse_instant(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_date_has_exactly_one_form() {
        assert_eq!(parse_date("2028-02-29"), Ok(NaiveDate::from_ymd_opt(2028, 2, 29).unwrap()));
        for text in [
            "",
            "2026-1-1",
            "2026-01-1",
            "26-01-01",
            "2026-02-29",
            "2026-01-01 ",
            "+2026-01-01",
            "2026/01/01",
            "12026-01-01",
            "-0001-01-01",
            "2026-01-01T00:00:00Z",
            "２０２６-01-01",
            "2026-+1-01",
            "é-01-01",
        ] {
            assert!(parse_date(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>(), near in "[-+ 0-9:.,TZWQPa-z]{0,40}") {
            for text in [text, near] {
                let _ = (parse_date(&text), parse_instant(&text));
            }
        }

        #[test]
        fn every_printed_instant_parses_back(seconds in -8_334_600_000_000_i64..8_210_200_000_000, nanos in 0_u32..1_000_000_000) {
            let at = DateTime::from_timestamp(seconds, nanos).unwrap();
            prop_assert_eq!(parse_instant(&print_instant(at)), Ok(at));
            if seconds < 100_000_000_000 {
                prop_assert_eq!(parse_instant(&seconds.to_string()).unwrap().timestamp(), seconds);
            }
        }

        #[test]
        fn every_printed_date_parses_back(days in -96_000_000_i32..95_000_000) {
            let date = NaiveDate::from_epoch_days(days).unwrap();
            prop_assert_eq!(parse_date_of_any_year(&date.to_string()), Some(date));
            prop_assert_eq!(parse_date(&date.to_string()).is_ok(), (0..=9999).contains(&date.year()));
        }
    }
}
