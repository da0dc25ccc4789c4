//! Computes the instants of lines: adds the year that their timestamps leave out, and applies the time zone.

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use super::failure::Failure;
use super::timestamp::{Timestamp, parse_fraction, two_digits, without_priority};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// How much earlier than the line before it a line may be, in milliseconds. Where local time is ambiguous, a reading that is
/// earlier by more than this is replaced by the later reading.
const MAX_DISORDER: i64 = 10_000;

/// Computes the instant of each line. All instants are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    zone: Tz,
    year: Option<i32>,
    /// The latest instant of a first line without a year.
    limit: i64,
    year_rule: YearRule,
    /// The instant of the line before, in this file.
    last: Option<i64>,
    /// The earliest and latest instant of this file.
    span: Option<(i64, i64)>,
    cached_hour: Option<CachedHour>,
    /// The timestamp of the line before with the space after it, and its instant. Many lines have the same.
    last_text: Option<([u8; 16], i64)>,
}

/// How the year of a timestamp without one is chosen.
#[derive(Clone, Copy, Debug)]
enum YearRule {
    /// This year.
    Fixed(i32),
    /// The latest year that makes the time no later than this instant.
    NotAfter(i64),
    /// The year that brings the time nearest to the range of these two instants.
    Nearest(i64, i64),
}

/// The hour of the last timestamp without a year, if the zone's offset does not change within it.
#[derive(Clone, Copy, Debug)]
struct CachedHour {
    /// The text of month, day and hour, such as `Nov 21 00`.
    text: [u8; 9],
    /// The instant at which the hour starts.
    start: i64,
}

impl Clock {
    pub(super) fn new(zone: Tz, year: Option<i32>, now: DateTime<Utc>) -> Self {
        let limit = now.timestamp_millis().saturating_add(DAY);
        let year_rule = year.map_or(YearRule::NotAfter(limit), YearRule::Fixed);
        Self { zone, year, limit, year_rule, last: None, span: None, cached_hour: None, last_text: None }
    }

    /// Begins another file with the next line.
    pub(super) fn begin_file(&mut self) {
        self.year_rule = match (self.year, self.span) {
            (Some(_), Some((start, end))) => YearRule::Nearest(start, end),
            (Some(year), None) => YearRule::Fixed(year),
            (None, _) => YearRule::NotAfter(self.limit),
        };
        (self.last, self.span, self.cached_hour, self.last_text) = (None, None, None, None);
    }

    /// Returns the instant of a line, and what follows its timestamp.
    pub(super) fn parse<'a>(&mut self, line: &'a [u8]) -> Result<(i64, &'a [u8]), Failure<'a>> {
        if let (Some((text, at)), Some((head, rest))) = (&self.last_text, line.split_first_chunk())
            && head == text
        {
            return Ok((*at, rest));
        }
        let whole = line;
        let line = without_priority(line);
        let (at, rest) = match self.parse_in_cached_hour(line) {
            Some(parsed) => parsed,
            None => self.parse_any(line)?,
        };
        self.last_text = whole
            .split_first_chunk()
            .filter(|(_, after)| after.len() == rest.len())
            .map(|(head, _)| (*head, at));
        self.last = Some(at);
        self.year_rule = YearRule::Nearest(at, at);
        self.span = Some(self.span.map_or((at, at), |(start, end)| (start.min(at), end.max(at))));
        Ok((at, rest))
    }

    /// Parses a timestamp of the cached hour, faster than the general way.
    #[inline]
    fn parse_in_cached_hour<'a>(&self, line: &'a [u8]) -> Option<(i64, &'a [u8])> {
        let hour = self.cached_hour.as_ref()?;
        let (text, rest) = line.split_first_chunk::<9>()?;
        let (&[b':', m1, m2, b':', s1, s2], rest) = rest.split_first_chunk::<6>()? else { return None };
        let (minute, second) = (two_digits(m1, m2)?, two_digits(s1, s2)?);
        (*text == hour.text && minute < 60 && second <= 60).then_some(())?;
        let (millis, rest) = parse_fraction(rest)?;
        Some((hour.start + i64::from(minute * 60 + second) * 1000 + millis, rest.strip_prefix(b" ")?))
    }

    /// Parses any timestamp.
    fn parse_any<'a>(&mut self, line: &'a [u8]) -> Result<(i64, &'a [u8]), Failure<'a>> {
        let expected = "one such as `Nov 21 00:09:39` or `2026-11-21T00:09:39.123+01:00`";
        let invalid = Failure::invalid(line, "time", expected);
        let (timestamp, rest) = Timestamp::parse(line).ok_or(invalid)?;
        let (date, time) = match timestamp {
            Timestamp::Instant(at) => return Ok((at, rest)),
            Timestamp::Local { date, time } => (date, time),
            Timestamp::Yearless { month, day, time } => {
                let shown = line[..line.len().min("Nov 21".len())].trim_ascii_end();
                let expected = "a day of the calendar in a year from 1 to 9999";
                let no_such_day = Failure::invalid(line, "date", expected).showing(shown);
                (self.date(month, day, time.millis).ok_or(no_such_day)?, time)
            }
        };
        let at = self.instant(date, time.millis);
        if matches!(timestamp, Timestamp::Yearless { .. }) {
            self.cache_hour(line, date, time.millis);
        }
        Ok((at, rest))
    }

    /// Caches the hour of `line`, unless the zone's offset changes within it.
    fn cache_hour(&mut self, line: &[u8], date: NaiveDate, millis: i64) {
        let start = local(date, millis - millis % HOUR);
        let end = local(date, millis - millis % HOUR + HOUR - 1);
        let ends = (self.zone.from_local_datetime(&start), self.zone.from_local_datetime(&end));
        let (LocalResult::Single(first), LocalResult::Single(last)) = ends else {
            self.cached_hour = None;
            return;
        };
        let is_steady = first.offset().fix() == last.offset().fix();
        // A day of one digit without a leading zero or space makes the text shorter; such lines are parsed in the general way.
        let text = line.first_chunk().filter(|_| line.get(9) == Some(&b':'));
        self.cached_hour = text
            .filter(|_| is_steady)
            .map(|text| CachedHour { text: *text, start: first.timestamp_millis() });
    }

    /// Returns the date of a month and day in the year that the rule chooses; `None` if no such date exists.
    fn date(&self, month: u32, day: u32, millis: i64) -> Option<NaiveDate> {
        let date =
            |year: i32| NaiveDate::from_ymd_opt(year, month, day).filter(|_| (1..=9999).contains(&year));
        match self.year_rule {
            YearRule::Fixed(year) => date(year),
            YearRule::NotAfter(limit) => {
                let year = DateTime::from_timestamp_millis(limit)?.year();
                let not_after = |date: &NaiveDate| self.instant(*date, millis) <= limit;
                (year - 8..=year + 1).rev().filter_map(date).find(not_after)
            }
            YearRule::Nearest(start, end) => {
                let distance = |date: &NaiveDate| {
                    let at = self.instant(*date, millis);
                    (start - at).max(at - end).max(0)
                };
                let year = DateTime::from_timestamp_millis(start)?.year();
                let last_year = DateTime::from_timestamp_millis(end)?.year();
                (year - 8..=last_year + 8).filter_map(date).min_by_key(distance)
            }
        }
    }

    /// Returns the instant of a local time. If it is ambiguous, that is the earlier reading, unless the line before is
    /// later than it by more than [`MAX_DISORDER`]. If it was skipped, the offset before the change applies.
    fn instant(&self, date: NaiveDate, millis: i64) -> i64 {
        let time = local(date, millis);
        match self.zone.from_local_datetime(&time) {
            LocalResult::Single(at) => at.timestamp_millis(),
            LocalResult::Ambiguous(one, other) => {
                let (one, other) = (one.timestamp_millis(), other.timestamp_millis());
                let (early, late) = (one.min(other), one.max(other));
                if self.last.is_some_and(|last| early < last - MAX_DISORDER) { late } else { early }
            }
            LocalResult::None => {
                let before = (1..=48).find_map(|hours| {
                    self.zone.from_local_datetime(&(time - TimeDelta::hours(hours))).latest()
                });
                let offset = before.map_or(0, |before| before.offset().fix().local_minus_utc());
                time.and_utc().timestamp_millis() - i64::from(offset) * 1000
            }
        }
    }
}

/// Returns the local time `millis` milliseconds after the midnight at the start of `date`.
fn local(date: NaiveDate, millis: i64) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN) + TimeDelta::milliseconds(millis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    fn read(clock: &mut Clock, timestamp: &str) -> String {
        let line = format!("{timestamp} mx1 x");
        match clock.parse(line.as_bytes()) {
            Ok((at, rest)) => {
                assert_eq!(rest, b"mx1 x");
                DateTime::from_timestamp_millis(at).unwrap().format("%F %T%.3f").to_string()
            }
            Err(failure) => failure.reason(line.as_bytes()).to_string(),
        }
    }

    fn all(clock: &mut Clock, cases: &[(&str, &str)]) {
        for (stamp, expected) in cases {
            assert_eq!(read(clock, stamp), format!("{expected}.000"), "{stamp}");
        }
    }

    #[test]
    fn the_first_year_is_the_latest_that_is_not_after_tomorrow() {
        for (stamp, expected) in [
            ("Mar 10 11:00:00", "2026-03-10 11:00:00"),
            ("Mar 11 11:00:00", "2026-03-11 11:00:00"),
            ("Mar 12 11:00:00", "2025-03-12 11:00:00"),
            ("Dec 31 00:00:00", "2025-12-31 00:00:00"),
            ("Feb 29 00:00:00", "2024-02-29 00:00:00"),
        ] {
            all(&mut Clock::new(Tz::UTC, None, now()), &[(stamp, expected)]);
        }
        let new_year = "2025-12-31T23:30:00Z".parse().unwrap();
        all(&mut Clock::new(Tz::UTC, None, new_year), &[("Jan  1 00:10:00", "2026-01-01 00:10:00")]);
    }

    #[test]
    fn a_change_of_year_is_followed_in_both_directions() {
        let mut clock = Clock::new(Tz::UTC, Some(2023), now());
        all(
            &mut clock,
            &[
                ("Nov 21 00:09:39", "2023-11-21 00:09:39"),
                ("Dec 31 23:59:59", "2023-12-31 23:59:59"),
                ("Jan  1 00:00:00", "2024-01-01 00:00:00"),
                ("Dec 31 23:59:58", "2023-12-31 23:59:58"),
                ("Jan  1 00:00:01", "2024-01-01 00:00:01"),
                ("Feb 29 00:00:01", "2024-02-29 00:00:01"),
                ("Jul  1 00:00:01", "2024-07-01 00:00:01"),
                ("Dec  1 00:00:01", "2024-12-01 00:00:01"),
                ("Feb 29 00:00:02", "2024-02-29 00:00:02"),
            ],
        );
        let mut clock = Clock::new(Tz::UTC, Some(2023), now());
        assert_eq!(
            read(&mut clock, "Feb 29 00:00:00"),
            "invalid date `Feb 29`: expected a day of the calendar in a year from 1 to 9999"
        );
    }

    #[test]
    fn lines_with_a_year_set_the_year_of_those_without() {
        all(
            &mut Clock::new(Tz::UTC, Some(2026), now()),
            &[("2019-12-31T23:00:00Z", "2019-12-31 23:00:00"), ("Jan  1 01:00:00", "2020-01-01 01:00:00")],
        );
    }

    #[test]
    fn the_next_file_is_in_the_year_nearest_to_the_one_before() {
        let mut clock = Clock::new(Tz::UTC, Some(2023), now());
        all(
            &mut clock,
            &[("Nov 21 00:00:00", "2023-11-21 00:00:00"), ("Feb  1 00:00:00", "2024-02-01 00:00:00")],
        );
        clock.begin_file();
        all(&mut clock, &[("Nov 21 00:00:00", "2023-11-21 00:00:00")]);
        clock.begin_file();
        all(&mut clock, &[("Feb  2 00:00:00", "2024-02-02 00:00:00")]);
        let mut clock = Clock::new(Tz::UTC, None, now());
        all(
            &mut clock,
            &[("Nov 21 00:00:00", "2025-11-21 00:00:00"), ("Jun  1 00:00:00", "2025-06-01 00:00:00")],
        );
        clock.begin_file();
        all(&mut clock, &[("Jan 21 00:00:00", "2026-01-21 00:00:00")]);
    }

    #[test]
    fn an_ambiguous_hour_is_read_in_order() {
        let mut clock = Clock::new(Tz::Europe__Berlin, Some(2026), now());
        all(
            &mut clock,
            &[
                ("Oct 25 01:59:00", "2026-10-24 23:59:00"),
                ("Oct 25 02:30:00", "2026-10-25 00:30:00"),
                ("Oct 25 02:29:55", "2026-10-25 00:29:55"),
                ("Oct 25 02:59:59", "2026-10-25 00:59:59"),
                ("Oct 25 02:00:00", "2026-10-25 01:00:00"),
                ("Oct 25 02:30:00", "2026-10-25 01:30:00"),
                ("Oct 25 02:59:59", "2026-10-25 01:59:59"),
                ("Oct 25 03:00:00", "2026-10-25 02:00:00"),
                ("Oct 25 00:30:00", "2026-10-24 22:30:00"),
            ],
        );
        clock.begin_file();
        all(&mut clock, &[("Oct 25 02:30:00", "2026-10-25 00:30:00")]);
    }

    #[test]
    fn a_skipped_time_is_read_with_the_offset_before() {
        all(
            &mut Clock::new(Tz::Europe__Berlin, Some(2026), now()),
            &[
                ("Mar 29 01:59:59", "2026-03-29 00:59:59"),
                ("Mar 29 02:30:00", "2026-03-29 01:30:00"),
                ("Mar 29 03:30:00", "2026-03-29 01:30:00"),
            ],
        );
        // A whole day was skipped here.
        all(
            &mut Clock::new(Tz::Pacific__Apia, Some(2011), now()),
            &[("Dec 30 12:00:00", "2011-12-30 22:00:00")],
        );
        // The offset changes within the hour.
        all(
            &mut Clock::new(Tz::Australia__Lord_Howe, Some(2026), now()),
            &[
                ("Apr  5 01:10:00", "2026-04-04 14:10:00"),
                ("Apr  5 01:40:00", "2026-04-04 14:40:00"),
                ("Apr  5 01:30:00", "2026-04-04 15:00:00"),
                ("Apr  5 02:10:00", "2026-04-04 15:40:00"),
            ],
        );
    }

    #[test]
    fn an_offset_may_change_between_two_times_of_one_hour() {
        all(
            &mut Clock::new(Tz::Europe__Athens, Some(1916), now()),
            &[("Jul 28 00:00:30", "1916-07-27 22:25:38"), ("Jul 28 00:30:00", "1916-07-27 22:30:00")],
        );
    }

    #[test]
    fn an_extreme_now_or_year_does_not_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(
                read(&mut Clock::new(Tz::UTC, None, now), "Nov 21 00:00:00")
                    .starts_with("invalid date `Nov 21`")
            );
        }
        for year in [i32::MIN, 0, 10_000, i32::MAX] {
            assert!(
                read(&mut Clock::new(Tz::UTC, Some(year), now()), "Nov 21 00:00:00")
                    .starts_with("invalid date `Nov 21`")
            );
        }
        let mut clock = Clock::new(Tz::Asia__Tokyo, Some(1), now());
        read(&mut clock, "0000-01-01T00:00:00Z");
        read(&mut clock, "Jan  1 00:00:00");
        read(&mut clock, "9999-12-31T23:59:60-23:59");
        read(&mut clock, "Jan  1 00:00:00");
    }

    proptest! {
        #[test]
        fn a_cached_hour_gives_the_same_instant_as_a_computed_one(
            start in 0_i64..2_000_000_000,
            steps in proptest::collection::vec(prop_oneof![Just(0), -30_i64..4000], 1..40),
            zone in proptest::sample::select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::Australia__Lord_Howe, Tz::America__St_Johns]),
        ) {
            let first = DateTime::from_timestamp(start, 0).unwrap();
            let mut quick = Clock::new(zone, Some(first.with_timezone(&zone).year()), now());
            let mut slow = quick.clone();
            let mut at = first;
            for step in steps {
                at += TimeDelta::seconds(step);
                let stamp = at.with_timezone(&zone).format("%b %e %T").to_string();
                (slow.cached_hour, slow.last_text) = (None, None);
                prop_assert_eq!(read(&mut quick, &stamp), read(&mut slow, &stamp));
            }
        }

        #[test]
        fn ordered_local_times_resolve_to_their_instants(
            start in 0_i64..2_000_000_000,
            steps in proptest::collection::vec(0_i64..1000, 1..40),
            zone in proptest::sample::select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Kathmandu]),
        ) {
            let mut at = DateTime::from_timestamp(start, 0).unwrap();
            let mut clock = Clock::new(zone, Some(at.with_timezone(&zone).year()), now());
            // The line before decides how an ambiguous first line is read.
            let zoned = at.with_timezone(&zone).to_rfc3339();
            read(&mut clock, &zoned);
            for step in steps {
                let before = at;
                at += TimeDelta::seconds(step);
                let local = at.with_timezone(&zone).naive_local();
                let is_plain = matches!(zone.from_local_datetime(&local), LocalResult::Single(_));
                let found = read(&mut clock, &local.format("%b %e %T").to_string());
                if is_plain || before.with_timezone(&zone).naive_local() <= local - TimeDelta::seconds(1) {
                    let expected = at.format("%F %T.000").to_string();
                    prop_assert!(!is_plain || found == expected, "{} is not {}", found, expected);
                }
            }
        }
    }
}
