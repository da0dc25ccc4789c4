//! The time at the start of a line.

use chrono::NaiveDate;

/// A time, with as much as the line gives. Times of day are milliseconds since local midnight, as if the offset from UTC did
/// not change on that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Stamp {
    /// `Nov 21 00:09:39`: local time without a year.
    Yearless { month: u32, day: u32, millis: i64 },
    /// `2026-11-21T00:09:39`: local time.
    Local { date: NaiveDate, millis: i64 },
    /// `Sat 2026-11-21 00:09:39 CET`: local time with the abbreviation of its zone.
    Zoned { date: NaiveDate, millis: i64, zone: Abbreviation },
    /// `2026-11-21T00:09:39+01:00` or `1795219779.123456`: an instant, in milliseconds since 1970.
    Instant(i64),
}

/// The abbreviation of a time zone, such as `CET`: three to five capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Abbreviation([u8; 5]);

impl Abbreviation {
    const MIN_LEN: usize = 3;

    fn parse(text: &[u8]) -> Option<(Self, &[u8])> {
        let len = text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
        let mut name = [0; 5];
        (Self::MIN_LEN..=name.len()).contains(&len).then(|| {
            name[..len].copy_from_slice(&text[..len]);
            (Self(name), &text[len..])
        })
    }

    /// Returns the abbreviation as text.
    pub(super) fn as_str(&self) -> &str {
        let len = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        str::from_utf8(&self.0[..len]).unwrap_or_default()
    }

    /// Returns how far local time is ahead of UTC in minutes, for an abbreviation that means one offset in most logs.
    pub(super) fn offset_minutes(&self) -> Option<i64> {
        const HOURS: [(&str, i64); 28] = [
            ("AEDT", 11),
            ("AEST", 10),
            ("AKDT", -8),
            ("AKST", -9),
            ("BST", 1),
            ("CDT", -5),
            ("CEST", 2),
            ("CET", 1),
            ("CST", -6),
            ("EDT", -4),
            ("EEST", 3),
            ("EET", 2),
            ("EST", -5),
            ("GMT", 0),
            ("HKT", 8),
            ("HST", -10),
            ("JST", 9),
            ("KST", 9),
            ("MDT", -6),
            ("MSK", 3),
            ("MST", -7),
            ("NZDT", 13),
            ("NZST", 12),
            ("PDT", -7),
            ("PST", -8),
            ("SAST", 2),
            ("WEST", 1),
            ("WET", 0),
        ];
        HOURS.iter().find(|(name, _)| *name == self.as_str()).map(|(_, hours)| hours * 60)
    }
}

impl Stamp {
    /// Returns whether it is local time, of which the zone is not told.
    pub(in crate::source) fn is_local(&self) -> bool {
        matches!(self, Self::Yearless { .. } | Self::Local { .. })
    }

    /// Parses the time of a line without a priority, and the space after it; returns it with the rest of the line.
    pub(in crate::source) fn parse(line: &[u8]) -> Option<(Self, &[u8])> {
        if line.first()?.is_ascii_digit() {
            return parse_iso(line).or_else(|| parse_epoch(line));
        }
        parse_yearless(line).or_else(|| parse_after_weekday(line))
    }
}

/// Removes a syslog priority such as `<22>` from the start of a line, if there is one.
#[inline]
pub(in crate::source) fn without_priority(line: &[u8]) -> &[u8] {
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

/// Parses an optional fraction of a second such as `.123456` or `,123`: the milliseconds, truncated, and the rest of the text.
#[inline]
pub(super) fn parse_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".").or_else(|| text.strip_prefix(b",")) else {
        return Some((0, text));
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut millis = 0;
    for index in 0..3 {
        millis = millis * 10 + rest[..digits].get(index).map_or(0, |digit| i64::from(digit - b'0'));
    }
    (digits > 0).then(|| (millis, &rest[digits..]))
}

/// Parses `Nov 21 00:09:39`; a year may precede the time, as in `Nov 21 2026 00:09:39`.
fn parse_yearless(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (month, day, rest) = parse_month_and_day(line)?;
    let (year, rest) = match *rest {
        [y1, y2, y3, y4, b' ', ref rest @ ..] => (Some(parse_year([y1, y2, y3, y4])?), rest),
        _ => (None, rest),
    };
    let (millis, rest) = parse_time_of_day(rest)?;
    let rest = rest.strip_prefix(b" ")?;
    Some(match year {
        Some(year) => (Stamp::Local { date: NaiveDate::from_ymd_opt(year, month, day)?, millis }, rest),
        None => (Stamp::Yearless { month, day, millis }, rest),
    })
}

/// Parses `Nov 21 `: the month, the day, and what follows.
fn parse_month_and_day(line: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (name, rest) = line.split_first_chunk::<3>()?;
    let month = parse_month(*name)?;
    let rest = rest.strip_prefix(b" ")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (day, rest) = match *rest {
        [ones @ b'0'..=b'9', b' ', ..] => (u32::from(ones - b'0'), &rest[2..]),
        [tens, ones, b' ', ..] => (two_digits(tens, ones)?, &rest[3..]),
        _ => return None,
    };
    (1..=31).contains(&day).then_some((month, day, rest))
}

/// Parses `Sat 2026-11-21 00:09:39 CET` of `journalctl`, and `Sat Nov 21 00:09:39 2026` of `logread`.
fn parse_after_weekday(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (&[n1, n2, n3, b' '], rest) = line.split_first_chunk::<4>()? else { return None };
    [*b"Mon", *b"Tue", *b"Wed", *b"Thu", *b"Fri", *b"Sat", *b"Sun"].contains(&[n1, n2, n3]).then_some(())?;
    if let Some((month, day, rest)) = parse_month_and_day(rest) {
        let (millis, rest) = parse_time_of_day(rest)?;
        let (&[b' ', y1, y2, y3, y4, b' '], rest) = rest.split_first_chunk::<6>()? else { return None };
        let date = NaiveDate::from_ymd_opt(parse_year([y1, y2, y3, y4])?, month, day)?;
        return Some((Stamp::Local { date, millis }, rest));
    }
    let (stamp, rest) = parse_iso(rest)?;
    let Stamp::Local { date, millis } = stamp else { return Some((stamp, rest)) };
    if let Some(rest) = rest.strip_prefix(b"UTC ") {
        return Some((Stamp::Instant(midnight(date) + millis), rest));
    }
    // A zone without an abbreviation is written as its offset.
    if let Some((offset, rest)) = parse_offset(rest) {
        return Some((Stamp::Instant(midnight(date) + millis - offset), rest.strip_prefix(b" ")?));
    }
    match Abbreviation::parse(rest) {
        Some((zone, [b' ', rest @ ..])) => Some((Stamp::Zoned { date, millis, zone }, rest)),
        _ => Some((stamp, rest)),
    }
}

/// Parses `1795219779.123456`: seconds since 1970, with a fraction.
fn parse_epoch(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let digits = line.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let (seconds, rest) = line.split_at(digits);
    (9..=10).contains(&digits).then_some(())?;
    rest.starts_with(b".").then_some(())?;
    let seconds = seconds.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    let (millis, rest) = parse_fraction(rest)?;
    Some((Stamp::Instant(seconds * 1000 + millis), rest.strip_prefix(b" ")?))
}

fn parse_year(digits: [u8; 4]) -> Option<i32> {
    let [y1, y2, y3, y4] = digits;
    i32::try_from(two_digits(y1, y2)? * 100 + two_digits(y3, y4)?).ok()
}

/// Returns the midnight at the start of `date` in UTC, in milliseconds since 1970.
fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
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
fn parse_time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], rest) = text.split_first_chunk::<8>()? else { return None };
    let (hour, minute, second) = (two_digits(h1, h2)?, two_digits(m1, m2)?, two_digits(s1, s2)?);
    (hour < 24 && minute < 60 && second <= 60).then_some(())?;
    let (millis, rest) = parse_fraction(rest)?;
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some((seconds * 1000 + millis, rest))
}

fn parse_iso(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' '], rest) =
        line.split_first_chunk::<11>()?
    else {
        return None;
    };
    let year = parse_year([y1, y2, y3, y4])?;
    let date = NaiveDate::from_ymd_opt(year, two_digits(m1, m2)?, two_digits(d1, d2)?)?;
    let (millis, rest) = parse_time_of_day(rest)?;
    let Some((offset, rest)) = parse_offset(rest).or_else(|| parse_offset_apart(rest)) else {
        return Some((Stamp::Local { date, millis }, rest.strip_prefix(b" ")?));
    };
    Some((Stamp::Instant(midnight(date) + millis - offset), rest.strip_prefix(b" ")?))
}

/// Parses ` +0100 `, an offset after a space, as Exim writes it.
fn parse_offset_apart(text: &[u8]) -> Option<(i64, &[u8])> {
    let &[b' ', b'+' | b'-', _, _, _, _, b' ', ..] = text else { return None };
    parse_offset(&text[1..])
}

/// Parses an offset (`Z`, `+01:00`, `+0100` or `+01`): how far local time is ahead of UTC in milliseconds, and the rest of the text.
fn parse_offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, rest) = match text.split_first()? {
        (b'Z' | b'z', rest) => return Some((0, rest)),
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (&[h1, h2], rest) = rest.split_first_chunk::<2>()?;
    let (&[m1, m2], rest) = match rest.strip_prefix(b":").unwrap_or(rest).split_first_chunk::<2>() {
        Some(minutes) if !rest.starts_with(b" ") => minutes,
        _ => (b"00", rest),
    };
    let (hours, minutes) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    (hours < 24 && minutes < 60).then_some(())?;
    Some((sign * i64::from(hours * 60 + minutes) * 60_000, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time_of_day(hour: i64, minute: i64, second: i64, millis: i64) -> i64 {
        ((hour * 60 + minute) * 60 + second) * 1000 + millis
    }

    #[test]
    fn every_form_of_timestamp_is_parsed() {
        let yearless = |day, millis| Stamp::Yearless { month: 11, day, millis };
        let date = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let instant = |text: &str| {
            Stamp::Instant(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
        };
        let cases = [
            ("Nov 21 00:09:39 x", yearless(21, time_of_day(0, 9, 39, 0))),
            ("Nov  1 23:59:60 x", yearless(1, time_of_day(23, 59, 60, 0))),
            ("Nov 1 00:09:39 x", yearless(1, time_of_day(0, 9, 39, 0))),
            ("Nov 01 00:09:39 x", yearless(1, time_of_day(0, 9, 39, 0))),
            ("Nov 21 00:09:39.123456 x", yearless(21, time_of_day(0, 9, 39, 123))),
            ("Nov 21 00:09:39.5 x", yearless(21, time_of_day(0, 9, 39, 500))),
            ("2026-11-21T00:09:39 x", Stamp::Local { date, millis: time_of_day(0, 9, 39, 0) }),
            ("2026-11-21 00:09:39.25 x", Stamp::Local { date, millis: time_of_day(0, 9, 39, 250) }),
            ("2026-11-21T00:09:39Z x", instant("2026-11-21T00:09:39Z")),
            ("2026-11-21T00:09:39.123456+01:00 x", instant("2026-11-20T23:09:39.123Z")),
            ("2026-11-21T00:09:39-0330 x", instant("2026-11-21T03:39:39Z")),
            ("2026-11-21 00:09:39.120 -0330 x", instant("2026-11-21T03:39:39.12Z")),
            ("2026-11-21 00:09:39,123 x", Stamp::Local { date, millis: time_of_day(0, 9, 39, 123) }),
            ("2026-11-21T00:09:39+01 x", instant("2026-11-20T23:09:39Z")),
            ("Nov 21 2026 00:09:39 x", Stamp::Local { date, millis: time_of_day(0, 9, 39, 0) }),
            ("Sat Nov 21 00:09:39 2026 x", Stamp::Local { date, millis: time_of_day(0, 9, 39, 0) }),
            ("Sat 2026-11-21 00:09:39 UTC x", instant("2026-11-21T00:09:39Z")),
            ("Sat 2026-11-21 00:09:39 +0330 x", instant("2026-11-20T20:39:39Z")),
            (
                "Sat 2026-11-21 00:09:39 CET x",
                Stamp::Zoned { date, millis: time_of_day(0, 9, 39, 0), zone: Abbreviation(*b"CET\0\0") },
            ),
            ("1795219779.123456 x", instant("2026-11-21T00:09:39.123Z")),
        ];
        for (line, stamp) in cases {
            assert_eq!(Stamp::parse(line.as_bytes()), Some((stamp, &b"x"[..])), "{line}");
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
            "1795219779 x",
            "Sut 2026-11-21 00:09:39 UTC x",
            "Sat Nov 21 00:09:39 x",
        ] {
            assert_eq!(Stamp::parse(line.as_bytes()), None, "{line}");
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
            let _ = Stamp::parse(without_priority(&line));
            let _ = Stamp::parse(text.as_bytes());
        }
    }
}
