//! What is expected instead of a date or a time of day that does not exist, or that is written without hyphens.

use chrono::{Datelike, NaiveDate, Weekday};

use super::digits::{parse_digits, parse_two_digits, parse_year_of_any_length};

/// Returns what is expected instead of a date or month of digits only, such as `20261121` or `202611`, which as seconds
/// would be in 1970; `None` for other texts.
pub(super) fn instead_of_digits(text: &str) -> Option<String> {
    let is_recent = text.starts_with("19") || text.starts_with("20");
    if !is_recent || !matches!(text.len(), 6 | 8) || parse_digits(text).is_none() {
        return None;
    }
    let (year, rest) = text.split_at_checked("YYYY".len())?;
    let (month, day) = rest.split_at_checked("MM".len())?;
    let date = if day.is_empty() { format!("{year}-{month}") } else { format!("{year}-{month}-{day}") };
    instead_of_date(&date).or_else(|| Some(format!("`{date}`")))
}

/// Returns what is expected instead of the date, week, month or quarter at the start of `text`, such as `2026-02-30`; `None`
/// if it exists, or if the text starts with none.
pub(super) fn instead_of_date(text: &str) -> Option<String> {
    let date = text.split(is_before_time).next()?;
    let hyphen = 1 + date.get(1..)?.find('-')?;
    let (year, part) = (parse_year_of_any_length(date.get(..hyphen)?)?, date.get(hyphen + 1..)?);
    if let Some(week) = part.strip_prefix(['W', 'w']) {
        return instead_of_week(year, parse_two_digits(week)?);
    }
    if let Some(quarter) = part.strip_prefix(['Q', 'q']) {
        let exists = (1..=4).contains(&parse_digits(quarter)?);
        return (!exists).then(|| "a quarter from Q1 to Q4".to_owned());
    }
    let (month, day) = part.split_once('-').map_or((part, None), |(month, day)| (month, Some(day)));
    let month = parse_two_digits(month)?;
    if !(1..=12).contains(&month) {
        return Some("a month from 01 to 12".to_owned());
    }
    instead_of_day(year, month, parse_two_digits(day?)?)
}

/// Returns what is expected instead of the date or the time of day in `text`, such as `2026-02-28T24:00`; `None` if both
/// exist, or if the text has another form.
pub(super) fn instead_of_time(text: &str) -> Option<String> {
    instead_of_date(text).or_else(|| {
        let (_, time) = text.split_once(is_before_time)?;
        let mut parts = time.splitn(3, ':');
        let mut part = || parse_two_digits(parts.next()?.get(..2)?);
        match part()? {
            24 => return Some("an hour from 00 to 23; a day ends at 00:00 of the day after".to_owned()),
            25.. => return Some("an hour from 00 to 23".to_owned()),
            0..=23 => {}
        }
        if part()? > 59 {
            return Some("a minute from 00 to 59".to_owned());
        }
        (part()? > 59).then(|| "a second from 00 to 59".to_owned())
    })
}

/// Whether a character separates a date from a time of day.
fn is_before_time(c: char) -> bool {
    matches!(c, 'T' | 't' | ' ')
}

fn instead_of_week(year: i32, week: u32) -> Option<String> {
    let weeks = if NaiveDate::from_isoywd_opt(year, 53, Weekday::Mon).is_some() { 53 } else { 52 };
    let exists = (1..=weeks).contains(&week);
    (!exists).then(|| format!("a week that exists; {year} has {weeks} weeks"))
}

fn instead_of_day(year: i32, month: u32, day: u32) -> Option<String> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let days = first.num_days_in_month();
    let exists = (1..=days.into()).contains(&day);
    (!exists).then(|| format!("a day that exists; {} has {days} days", first.format("%B %Y")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse::parse_date_of_any_year;
    use super::*;

    #[test]
    fn a_date_that_does_not_exist_is_explained() {
        for (text, expected) in [
            ("2026-02-30", "a day that exists; February 2026 has 28 days"),
            ("2026-02-29T10:00", "a day that exists; February 2026 has 28 days"),
            ("2028-02-30", "a day that exists; February 2028 has 29 days"),
            ("2026-04-31", "a day that exists; April 2026 has 30 days"),
            ("2026-01-32", "a day that exists; January 2026 has 31 days"),
            ("2026-01-00", "a day that exists; January 2026 has 31 days"),
            ("+12026-02-29", "a day that exists; February +12026 has 28 days"),
            ("2026-13-01", "a month from 01 to 12"),
            ("2026-13", "a month from 01 to 12"),
            ("2026-00-99", "a month from 01 to 12"),
            ("2026-W54", "a week that exists; 2026 has 53 weeks"),
            ("2025-w53", "a week that exists; 2025 has 52 weeks"),
            ("2025-W00", "a week that exists; 2025 has 52 weeks"),
            ("2026-Q5", "a quarter from Q1 to Q4"),
            ("2026-q0", "a quarter from Q1 to Q4"),
        ] {
            assert_eq!(instead_of_date(text).as_deref(), Some(expected), "{text}");
            assert_eq!(instead_of_time(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_date_of_digits_only_is_explained() {
        for (text, expected) in [
            ("20261121", Some("`2026-11-21`")),
            ("19991231", Some("`1999-12-31`")),
            ("202611", Some("`2026-11`")),
            ("20260230", Some("a day that exists; February 2026 has 28 days")),
            ("202613", Some("a month from 01 to 12")),
            ("2026", None),
            ("2026112", None),
            ("30261121", None),
            ("-20261121", None),
            ("2026-11-", None),
            ("1739750400", None),
        ] {
            assert_eq!(instead_of_digits(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_that_does_not_exist_is_explained() {
        for (text, expected) in [
            ("2026-01-01T24:00", "an hour from 00 to 23; a day ends at 00:00 of the day after"),
            ("2026-01-01 25:00:00Z", "an hour from 00 to 23"),
            ("2026-01-01T09:60", "a minute from 00 to 59"),
            ("2026-01-01t09:60:00+01:00", "a minute from 00 to 59"),
            ("2026-01-01T09:00:60", "a second from 00 to 59"),
            ("2026-01-01T09:00:61.5Z", "a second from 00 to 59"),
        ] {
            assert_eq!(instead_of_time(text).as_deref(), Some(expected), "{text}");
            assert_eq!(instead_of_date(text), None, "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_explained() {
        for text in [
            "",
            "-",
            "é-02-30",
            "2026",
            "2026-",
            "2026-2-30",
            "26-02-30",
            "2026-02-300",
            "2026-02-30-01",
            "2026-W5",
            "2026-Q",
            "2026-Qé",
            "+999999-01-32",
            "2026-02-28T",
            "2026-02-28T2",
            "2026-02-28T9:60",
            "2026-02-28T09:é0",
            "30 Feb 2026 00:00:00 GMT",
        ] {
            assert_eq!(instead_of_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_date_is_explained_or_exists(year in 0..9999, month in 0..99, day in 0..99) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            prop_assert_eq!(instead_of_date(&text).is_none(), parse_date_of_any_year(&text).is_some());
        }

        #[test]
        fn any_text_is_explained_or_not(text in any::<String>(), near in "[+-]?[0-9]{0,5}[-WQT :0-9Zé]{0,20}") {
            let _ = (instead_of_time(&text), instead_of_time(&near), instead_of_digits(&text));
        }
    }
}
