//! The time at the head of a line, as it is written.

use chrono::NaiveDate;

/// When a line was written, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// `Nov 21 00:09:39`: local time without a year.
    Yearless { month: u32, day: u32, time: TimeOfDay },
    /// `2026-11-21T00:09:39`: local time.
    Local { date: NaiveDate, time: TimeOfDay },
    /// `2026-11-21T00:09:39+01:00`: an instant, in milliseconds since 1970.
    Instant(i64),
}

/// Milliseconds since local midnight, by a clock that knows no change of offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    pub(super) millis: i64,
}

impl Stamp {
    /// Splits a line (without a priority) into its time and what follows the space behind it.
    pub(super) fn split(line: &[u8]) -> Option<(Self, &[u8])> {
        if line.first()?.is_ascii_digit() { full(line) } else { yearless(line) }
    }
}

/// The line behind a syslog priority such as `<22>`, if it has one.
#[inline]
pub(super) fn without_priority(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"<") else { return line };
    let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    match rest[digits..].split_first() {
        Some((b'>', rest)) if digits > 0 => rest,
        _ => line,
    }
}

/// The number that two decimal digits spell.
#[inline]
pub(super) fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// The milliseconds of a fraction of a second such as `.123456`, if there is one, and the rest.
#[inline]
pub(super) fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut millis = 0;
    for place in 0..3 {
        millis = millis * 10 + rest[..digits].get(place).map_or(0, |digit| i64::from(digit - b'0'));
    }
    (digits > 0).then(|| (millis, &rest[digits..]))
}

fn yearless(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (name, rest) = line.split_first_chunk::<3>()?;
    let month = month(*name)?;
    let rest = rest.strip_prefix(b" ")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (day, rest) = match *rest {
        [ones @ b'0'..=b'9', b' ', ..] => (u32::from(ones - b'0'), &rest[2..]),
        [tens, ones, b' ', ..] => (two_digits(tens, ones)?, &rest[3..]),
        _ => return None,
    };
    let (time, rest) = time_of_day(rest)?;
    (1..=31).contains(&day).then_some(())?;
    Some((Stamp::Yearless { month, day, time }, rest.strip_prefix(b" ")?))
}

fn month(name: [u8; 3]) -> Option<u32> {
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

/// `00:09:39`, with a fraction or without, and the rest. A leap second is read as the one after it.
fn time_of_day(text: &[u8]) -> Option<(TimeOfDay, &[u8])> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], rest) = text.split_first_chunk::<8>()? else { return None };
    let (hour, minute, second) = (two_digits(h1, h2)?, two_digits(m1, m2)?, two_digits(s1, s2)?);
    (hour < 24 && minute < 60 && second <= 60).then_some(())?;
    let (millis, rest) = fraction(rest)?;
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some((TimeOfDay { millis: seconds * 1000 + millis }, rest))
}

fn full(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' '], rest) =
        line.split_first_chunk::<11>()?
    else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two_digits(m1, m2)?, two_digits(d1, d2)?)?;
    let (time, rest) = time_of_day(rest)?;
    let Some((offset, rest)) = offset(rest) else {
        return Some((Stamp::Local { date, time }, rest.strip_prefix(b" ")?));
    };
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    Some((Stamp::Instant(midnight + time.millis - offset), rest.strip_prefix(b" ")?))
}

/// The milliseconds that local time is ahead of UTC (`Z`, `+01:00` or `+0100`), and the rest.
fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
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

    fn time(hour: i64, minute: i64, second: i64, millis: i64) -> TimeOfDay {
        TimeOfDay { millis: ((hour * 60 + minute) * 60 + second) * 1000 + millis }
    }

    #[test]
    fn a_time_is_split_off_in_every_form() {
        let yearless = |day, time| Stamp::Yearless { month: 11, day, time };
        let date = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let instant = |text: &str| {
            Stamp::Instant(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
        };
        let cases = [
            ("Nov 21 00:09:39 x", yearless(21, time(0, 9, 39, 0))),
            ("Nov  1 23:59:60 x", yearless(1, time(23, 59, 60, 0))),
            ("Nov 1 00:09:39 x", yearless(1, time(0, 9, 39, 0))),
            ("Nov 01 00:09:39 x", yearless(1, time(0, 9, 39, 0))),
            ("Nov 21 00:09:39.123456 x", yearless(21, time(0, 9, 39, 123))),
            ("Nov 21 00:09:39.5 x", yearless(21, time(0, 9, 39, 500))),
            ("2026-11-21T00:09:39 x", Stamp::Local { date, time: time(0, 9, 39, 0) }),
            ("2026-11-21 00:09:39.25 x", Stamp::Local { date, time: time(0, 9, 39, 250) }),
            ("2026-11-21T00:09:39Z x", instant("2026-11-21T00:09:39Z")),
            ("2026-11-21T00:09:39.123456+01:00 x", instant("2026-11-20T23:09:39.123Z")),
            ("2026-11-21T00:09:39-0330 x", instant("2026-11-21T03:39:39Z")),
        ];
        for (line, stamp) in cases {
            assert_eq!(Stamp::split(line.as_bytes()), Some((stamp, &b"x"[..])), "{line}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_taken_for_one() {
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
            assert_eq!(Stamp::split(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_priority_is_taken_off() {
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
        fn any_bytes_are_split_or_not(line in proptest::collection::vec(any::<u8>(), 0..60), text in "[NovT0-9:. +-]{0,40}") {
            let _ = Stamp::split(without_priority(&line));
            let _ = Stamp::split(text.as_bytes());
        }
    }
}
