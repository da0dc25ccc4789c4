//! The timestamp at the start of a line.

use chrono::NaiveDate;

/// A timestamp, with as much as the line gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timestamp {
    /// `Nov 21 00:09:39`: local time without a year.
    Yearless { month: u32, day: u32, time: TimeOfDay },
    /// `2026-11-21T00:09:39`: local time.
    Local { date: NaiveDate, time: TimeOfDay },
    /// `2026-11-21T00:09:39+01:00`: an instant, in milliseconds since 1970.
    Instant(i64),
}

/// The time of day as milliseconds since local midnight, as if the offset from UTC did not change on that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    pub(super) millis: i64,
}

impl Timestamp {
    /// Parses the timestamp of a line without a priority, and the space after it; returns it with the rest of the line.
    pub(super) fn parse(line: &[u8]) -> Option<(Self, &[u8])> {
        if line.first()?.is_ascii_digit() { parse_iso(line) } else { parse_yearless(line) }
    }
}

/// Removes a syslog priority such as `<22>` from the start of a line, if there is one.
#[inline]
pub(super) fn without_priority(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"<") else { return line };
    let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    match rest[digits..].split_first() {
        Some((b'>', rest)) if digits > 0 => rest,
        _ => line,
    }
}

/// Returns the number of two decimal digits; `None` if one is not a digit.
#[inline]
pub(super) fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Parses an optional fraction of a second such as `.123456`: the milliseconds, truncated, and the rest of the text.
#[inline]
pub(super) fn parse_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut millis = 0;
    for index in 0..3 {
        millis = millis * 10 + rest[..digits].get(index).map_or(0, |digit| i64::from(digit - b'0'));
    }
    (digits > 0).then(|| (millis, &rest[digits..]))
}

fn parse_yearless(line: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (name, rest) = line.split_first_chunk::<3>()?;
    let month = parse_month(*name)?;
    let rest = rest.strip_prefix(b" ")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (day, rest) = match *rest {
        [ones @ b'0'..=b'9', b' ', ..] => (u32::from(ones - b'0'), &rest[2..]),
        [tens, ones, b' ', ..] => (two_digits(tens, ones)?, &rest[3..]),
        _ => return None,
    };
    let (time, rest) = parse_time_of_day(rest)?;
    (1..=31).contains(&day).then_some(())?;
    Some((Timestamp::Yearless { month, day, time }, rest.strip_prefix(b" ")?))
}

fn parse_month(name: [u8; 3]) -> Option<u32> {
    Some(match &name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// Parses a time of day such as `00:09:39` or `00:09:39.123`, and returns it with the rest of the text. A leap second is read
/// as the second after it.
fn parse_time_of_day(text: &[u8]) -> Option<(TimeOfDay, &[u8])> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], rest) = text.split_first_chunk::<8>()? else { return None };
    let (hour, minute, second) = (two_digits(h1, h2)?, two_digits(m1, m2)?, two_digits(s1, s2)?);
    (hour < 24 && minute < 60 && second <= 60).then_some(())?;
    let (millis, rest) = parse_fraction(rest)?;
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some((TimeOfDay { millis: seconds * 1000 + millis }, rest))
}

fn parse_iso(line: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' '], rest) =
        line.split_first_chunk::<11>()?
    else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two_digits(m1, m2)?, two_digits(d1, d2)?)?;
    let (time, rest) = parse_time_of_day(rest)?;
    let Some((offset, rest)) = parse_offset(rest) else {
        return Some((Timestamp::Local { date, time }, rest.strip_prefix(b" ")?));
    };
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    Some((Timestamp::Instant(midnight + time.millis - offset), rest.strip_prefix(b" ")?))
}

/// Parses an offset (`Z`, `+01:00` or `+0100`): how far local time is ahead of UTC in milliseconds, and the rest of the text.
fn parse_offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, rest) = match text.split_first()? {
        (b'Z' | b'z', rest) => return Some((0, rest)),
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (&[h1, h2], rest) = rest.split_first_chunk::<2>()?;
    let (&[m1, m2], rest) = rest.strip_prefix(b":").unwrap_or(rest).split_first_chunk::<2>()?;
    let (hours, minutes) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    (hours < 24 && minutes < 60).then_some(())?;
    Some((sign * i64::from(hours * 60 + minutes) * 60_000, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time_of_day(hour: i64, minute: i64, second: i64, millis: i64) -> TimeOfDay {
        TimeOfDay { millis: ((hour * 60 + minute) * 60 + second) * 1000 + millis }
    }

    #[test]
    fn every_form_of_timestamp_is_parsed() {
        let yearless = |day, time| Timestamp::Yearless { month: 11, day, time };
        let date = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let instant = |text: &str| {
            Timestamp::Instant(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
        };
        let cases = [
            ("Nov 21 00:09:39 x", yearless(21, time_of_day(0, 9, 39, 0))),
            ("Nov  1 23:59:60 x", yearless(1, time_of_day(23, 59, 60, 0))),
            ("Nov 1 00:09:39 x", yearless(1, time_of_day(0, 9, 39, 0))),
            ("Nov 01 00:09:39 x", yearless(1, time_of_day(0, 9, 39, 0))),
            ("Nov 21 00:09:39.123456 x", yearless(21, time_of_day(0, 9, 39, 123))),
            ("Nov 21 00:09:39.5 x", yearless(21, time_of_day(0, 9, 39, 500))),
            ("2026-11-21T00:09:39 x", Timestamp::Local { date, time: time_of_day(0, 9, 39, 0) }),
            ("2026-11-21 00:09:39.25 x", Timestamp::Local { date, time: time_of_day(0, 9, 39, 250) }),
            ("2026-11-21T00:09:39Z x", instant("2026-11-21T00:09:39Z")),
            ("2026-11-21T00:09:39.123456+01:00 x", instant("2026-11-20T23:09:39.123Z")),
            ("2026-11-21T00:09:39-0330 x", instant("2026-11-21T03:39:39Z")),
        ];
        for (line, stamp) in cases {
            assert_eq!(Timestamp::parse(line.as_bytes()), Some((stamp, &b"x"[..])), "{line}");
        }
    }

    #[test]
    fn an_invalid_timestamp_is_an_error() {
        for line in [
            "",
            "N",
            "Nov",
            "Nov 21 00:09:39",
            "Now 21 00:09:39 x",
            "nov 21 00:09:39 x",
            "Nov 32 00:09:39 x",
            "Nov 00 00:09:39 x",
            "Nov 21 24:00:00 x",
            "Nov 21 00:60:00 x",
            "Nov 21 00:00:61 x",
            "Nov 21 00:09:39. x",
            "Nov 21 0:09:39 x",
            "Nov   1 00:09:39 x",
            "2026-02-29T00:09:39Z x",
            "2026-11-21T00:09:39+24:00 x",
            "2026-11-21T00:09:39+1 x",
            "2026-11-21T00:09:39Zx",
            "2026-11-21X00:09:39Z x",
            "1 x",
        ] {
            assert_eq!(Timestamp::parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_priority_is_removed() {
        for (line, rest) in [
            ("<22>x", "x"),
            ("<191>x", "x"),
            ("x", "x"),
            ("<>x", "<>x"),
            ("<1234>x", "<1234>x"),
            ("<2", "<2"),
        ] {
            assert_eq!(without_priority(line.as_bytes()), rest.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(line in proptest::collection::vec(any::<u8>(), 0..60), text in "[NovT0-9:. +-]{0,40}") {
            let _ = Timestamp::parse(without_priority(&line));
            let _ = Timestamp::parse(text.as_bytes());
        }
    }
}
