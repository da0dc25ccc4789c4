//! The dates of Mailgun's two APIs.
//!
//! | text | Stats | Metrics |
//! |---|---|---|
//! | `""` | absent | absent |
//! | `Mon, 17 Feb 2025 00:00:00 +0000` | yes | yes |
//! | without a weekday, or with a wrong one; `Feb 17 2025`; `17 February 2025`; without seconds | yes | yes |
//! | zone `GMT` or `UTC`, `+0100 (CET)`, `EST` and the other zones that RFC 2822 defines | yes | yes |
//! | another name of a zone, which is read as UTC | yes | yes |
//! | seconds since 1970, also with a fraction | yes | yes |
//! | `2025-02-17T00:00:00Z` and other ISO 8601; without a time midnight, without a zone UTC | no | yes |
//! | a date in the year 1 | yes | absent |
//!
//! Years are 1 to 9999, so that every response has four digits.

use chrono::{DateTime, Datelike, Month, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

use crate::parse_error::ParseError;
use crate::time::{parse_date, parse_instant};

/// The texts that are valid, for an error.
pub(super) const EXPECTED: &str =
    "a date such as `Mon, 17 Feb 2025 00:00:00 +0000`, or seconds since 1970, in the years 1 to 9999";

/// The maximum length of a date in bytes.
const MAX_LEN: usize = 250;

/// The zones that RFC 2822 defines (section 4.3), with their hours ahead of UTC. All other names are read as UTC.
const ZONES: [(&str, i32); 8] =
    [("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7)];

/// Parses a date of Stats; `None` for an empty text.
pub(super) fn parse_stats_date(text: &str) -> Result<Option<DateTime<Utc>>, ParseError> {
    parse(text, parse_number_or_mail)
}

/// Parses a date of Metrics; `None` for an empty text and for a date in the year 1.
pub(super) fn parse_metrics_date(text: &str) -> Result<Option<DateTime<Utc>>, ParseError> {
    let at = parse(text, |text| parse_number_or_mail(text).or_else(|| parse_iso(text)))?;
    Ok(at.filter(|at| at.year() != 1))
}

/// Formats a date of Stats: `Mon, 17 Feb 2025 00:00:00 UTC`.
pub(super) fn format_stats_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S UTC").to_string()
}

/// Formats a date of Metrics: `Mon, 17 Feb 2025 00:00:00 +0000`.
pub(super) fn format_metrics_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Parses a date by the given form; `None` for an empty text.
fn parse(
    text: &str,
    form: impl FnOnce(&str) -> Option<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>, ParseError> {
    if text.is_empty() {
        return Ok(None);
    }
    let at = if text.len() > MAX_LEN { None } else { form(text.trim()) };
    let at = at.filter(|at| (1..=9999).contains(&at.year()));
    at.map(Some).ok_or_else(|| ParseError::invalid("date", text, EXPECTED))
}

fn parse_number_or_mail(text: &str) -> Option<DateTime<Utc>> {
    parse_epoch(text).or_else(|| parse_mail(text))
}

/// Parses seconds since 1970, with or without a fraction, which is truncated to nanoseconds.
fn parse_epoch(text: &str) -> Option<DateTime<Utc>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let (is_negative, digits) = match whole.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, whole),
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = TimeDelta::try_seconds(parse_number(digits)?)?;
    let nanos: i64 = format!("{fraction:0<9.9}").parse().ok()?;
    let since = seconds.checked_add(&TimeDelta::nanoseconds(nanos))?;
    DateTime::UNIX_EPOCH.checked_add_signed(if is_negative { -since } else { since })
}

/// Parses a date of RFC 2822, or one of the other forms that Mailgun's libraries accept.
fn parse_mail(text: &str) -> Option<DateTime<Utc>> {
    let text = without_comment(text)?;
    let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
    let weekday = words.first()?.trim_end_matches(',');
    if weekday.parse::<Weekday>().is_ok() {
        words.remove(0);
    }
    let &[first, second, year, time, zone] = &words[..] else { return None };
    let date =
        parse_day(first, second, year).or_else(|| parse_day(second.trim_end_matches(','), first, year))?;
    date.and_time(NaiveTime::MIN)
        .checked_add_signed(parse_time(time)? - parse_offset(zone)?)
        .map(|at| at.and_utc())
}

/// Removes the name of the zone in parentheses at the end; `None` if there is a parenthesis elsewhere.
fn without_comment(text: &str) -> Option<&str> {
    match text.strip_suffix(')') {
        None => Some(text).filter(|text| !text.contains('(')),
        Some(text) => text.split_once('(').map(|(text, _)| text),
    }
}

fn parse_day(day: &str, month: &str, year: &str) -> Option<NaiveDate> {
    if day.len() > 2 || year.len() != 4 {
        return None;
    }
    let month: Month = month.parse().ok()?;
    let (day, year) = (parse_number(day)?.try_into().ok()?, parse_number(year)?.try_into().ok()?);
    NaiveDate::from_ymd_opt(year, month.number_from_month(), day)
}

/// Parses `HH:MM` or `HH:MM:SS` as the time since midnight. A leap second is read as the next second.
fn parse_time(text: &str) -> Option<TimeDelta> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
    let within = |text: &str, max: i64| parse_two_digits(text).filter(|number| *number <= max);
    let (hours, minutes, seconds) = (within(hours, 23)?, within(minutes, 59)?, within(seconds, 60)?);
    TimeDelta::try_seconds((hours * 60 + minutes) * 60 + seconds)
}

/// Parses a zone as its time ahead of UTC.
fn parse_offset(zone: &str) -> Option<TimeDelta> {
    if let Some(digits) = zone.strip_prefix(['+', '-']) {
        let (hours, minutes) = digits.split_at_checked(2)?;
        let (hours, minutes) = (parse_two_digits(hours)?, parse_two_digits(minutes)?);
        let ahead = if zone.starts_with('-') { -1 } else { 1 };
        return if hours < 24 && minutes < 60 {
            TimeDelta::try_minutes(ahead * (hours * 60 + minutes))
        } else {
            None
        };
    }
    if zone.len() > 5 || !zone.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let known = ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(zone));
    TimeDelta::try_hours(known.map_or(0, |(_, hours)| (*hours).into()))
}

/// Parses ISO 8601: an instant of RFC 3339, a date, or a date with a time in UTC.
fn parse_iso(text: &str) -> Option<DateTime<Utc>> {
    if !text.get(4..)?.starts_with('-') {
        return None;
    }
    let instant = || parse_instant(text).ok();
    let date = || parse_date(text).ok().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    // Completed to RFC 3339, so that it is parsed as strictly.
    let local = |rest| parse_instant(&format!("{text}{rest}")).ok();
    instant().or_else(date).or_else(|| local("Z")).or_else(|| local(":00Z"))
}

/// Parses exactly two ASCII digits.
fn parse_two_digits(text: &str) -> Option<i64> {
    if text.len() == 2 { parse_number(text) } else { None }
}

/// Parses one or more ASCII digits; `None` if the number exceeds 64 bits.
fn parse_number(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_that_clients_send_is_parsed() {
        let expected = at("2025-02-17T00:00:00Z");
        for text in [
            "Mon, 17 Feb 2025 00:00:00 +0000",
            "Mon, 17 Feb 2025 00:00:00 GMT",
            "Mon, 17 Feb 2025 00:00:00 UTC",
            "Mon, 17 Feb 2025 00:00:00 utc",
            "Mon, 17 Feb 2025 01:00:00 +0100 (CET)",
            "Mon, 17 Feb 2025 01:00:00 +0100 (Central European Time)",
            "Sun, 16 Feb 2025 18:15:00 -0545",
            "Sun, 16 Feb 2025 19:00:00 EST",
            "Mon, 17 Feb 2025 00:00:00 CET",
            "Mon, 17 Feb 2025 00:00:00 MSK",
            "Tue, 17 Feb 2025 00:00:00 GMT",
            "Monday, 17 February 2025 00:00 GMT",
            "mon, 17 feb 2025 00:00:00 gmt",
            "17 Feb 2025 00:00 GMT",
            "Feb 17 2025 00:00:00 GMT",
            "Mon, February 17, 2025 00:00 -0000",
            "Mon  17  Feb  2025  00:00:00  GMT",
            " Mon, 17 Feb 2025 00:00:00 GMT ",
            "1739750400",
            "1739750400.0",
        ] {
            for read in [parse_stats_date, parse_metrics_date] {
                assert_eq!(read(text), Ok(Some(expected)), "{text}");
            }
        }
        for (text, expected) in [
            ("7 Feb 2025 23:59:60 GMT", "2025-02-08T00:00:00Z"),
            ("1739750400.25", "2025-02-17T00:00:00.250Z"),
            ("1739750400.1234567891", "2025-02-17T00:00:00.123456789Z"),
            ("-1", "1969-12-31T23:59:59Z"),
            ("-0.5", "1969-12-31T23:59:59.500Z"),
            ("Mon, 01 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z"),
            ("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(parse_stats_date(text), Ok(Some(at(expected))), "{text}");
        }
    }

    #[test]
    fn only_the_zones_of_rfc_2822_have_an_offset() {
        for (zone, hours) in [
            ("EST", "05"),
            ("EDT", "04"),
            ("CST", "06"),
            ("CDT", "05"),
            ("MST", "07"),
            ("MDT", "06"),
            ("PST", "08"),
            ("PDT", "07"),
            ("GMT", "00"),
            ("UTC", "00"),
            ("UT", "00"),
            ("Z", "00"),
            ("CET", "00"),
            ("HST", "00"),
        ] {
            let expected = at(&format!("2025-02-17T{hours}:00:00Z"));
            for zone in [zone.to_owned(), zone.to_lowercase()] {
                let text = format!("17 Feb 2025 00:00:00 {zone}");
                assert_eq!(parse_stats_date(&text), Ok(Some(expected)), "{text}");
            }
        }
    }

    #[test]
    fn an_empty_text_is_absent() {
        assert_eq!((parse_stats_date(""), parse_metrics_date("")), (Ok(None), Ok(None)));
    }

    #[test]
    fn other_texts_are_an_error() {
        for text in [
            " ",
            "now",
            "Mon, 17 Feb 2025",
            "Mon, 17 Feb 2025 00:00:00",
            "Mon, 30 Feb 2025 00:00:00 GMT",
            "Moon, 17 Feb 2025 00:00:00 GMT",
            "Mon, 17 02 2025 00:00:00 GMT",
            "Mon, 17 Feb 25 00:00:00 GMT",
            "Mon, 017 Feb 2025 00:00:00 GMT",
            "Mon, 17 Feb 2025 24:00:00 GMT",
            "Mon, 17 Feb 2025 00:60:00 GMT",
            "Mon, 17 Feb 2025 00:00:61 GMT",
            "Mon, 17 Feb 2025 0:00:00 GMT",
            "Mon, 17 Feb 2025 00:00:00:00 GMT",
            "Mon, 17 Feb 2025 00:00:00 +2400",
            "Mon, 17 Feb 2025 00:00:00 +0060",
            "Mon, 17 Feb 2025 00:00:00 +100",
            "Mon, 17 Feb 2025 00:00:00 0000",
            "Mon, 17 Feb 2025 00:00:00 +01é",
            "Mon, 17 Feb 2025 00:00:00 Europe/Berlin",
            "Mon, 17 Feb (x) 2025 00:00:00 GMT",
            "Mon, 17 Feb 2025 00:00:00 GMT x",
            "Mon, 00 Jan 0000 00:00:00 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 -0100",
            "-",
            "+1739750400",
            "1739750400.",
            ".5",
            "1739750400000",
            "99999999999999999999",
            "9223372036854775807",
            "17397504e2",
            "٣",
        ] {
            for read in [parse_stats_date, parse_metrics_date] {
                assert!(read(text).is_err(), "{text}");
            }
        }
        assert!(parse_stats_date(&"1".repeat(4_000_000)).is_err());
    }

    #[test]
    fn only_metrics_parses_iso_8601_and_the_year_1_as_absent() {
        for (text, expected) in [
            ("2025-02-17T01:00:00+01:00", "2025-02-17T00:00:00Z"),
            ("2025-02-17T00:00:00.250Z", "2025-02-17T00:00:00.250Z"),
            ("2025-02-17T00:00:00", "2025-02-17T00:00:00Z"),
            ("2025-02-17T09:30", "2025-02-17T09:30:00Z"),
            ("2025-02-17", "2025-02-17T00:00:00Z"),
            ("2025-02-16T23:59:60", "2025-02-17T00:00:00Z"),
            ("2025-02-16T23:59:60Z", "2025-02-17T00:00:00Z"),
        ] {
            assert_eq!(parse_metrics_date(text), Ok(Some(at(expected))), "{text}");
            assert!(parse_stats_date(text).is_err(), "{text}");
        }
        for text in [
            "2025-02-17T9:30",
            "2025- 2-17T09:30:00",
            "+025-02-17T09:30:00",
            "2025-02-17T",
            "2025-02-17T24:00",
            "2025-02",
        ] {
            assert!(parse_metrics_date(text).is_err(), "{text}");
        }
        for text in ["Mon, 01 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z", "-62135596800"] {
            assert_eq!(parse_metrics_date(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn each_api_formats_the_zone_in_its_own_way() {
        let at = at("2026-03-01T04:05:06.999Z");
        assert_eq!(format_stats_date(at), "Sun, 01 Mar 2026 04:05:06 UTC");
        assert_eq!(format_metrics_date(at), "Sun, 01 Mar 2026 04:05:06 +0000");
    }

    proptest! {
        #[test]
        fn a_formatted_date_parses_back(seconds in -62_135_596_800_i64..253_402_300_800) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let written = [format_stats_date(at), format_metrics_date(at)];
            for text in &written {
                prop_assert_eq!(parse_stats_date(text), Ok(Some(at)));
                prop_assert_eq!(parse_metrics_date(text), Ok((at.year() != 1).then_some(at)));
            }
            prop_assert_eq!(written.map(|text| text.len()), [29, 31]);
            prop_assert_eq!(parse_stats_date(&seconds.to_string()), Ok(Some(at)));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>(), near in "[-+ 0-9:.,TZa-zJFM()]{0,40}") {
            for text in [text, near] {
                let _ = (parse_stats_date(&text), parse_metrics_date(&text));
            }
        }
    }
}
