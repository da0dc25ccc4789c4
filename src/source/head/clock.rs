//! Computes the instants of lines: adds the year that their times leave out, and applies the time zone.

use chrono::{DateTime, LocalResult, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::stamp::{Stamp, parse_fraction, two_digits, without_priority};
use super::years::Years;
use super::zone::{instant, instant_in, local};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Computes the instant of each line. All instants are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(in crate::source) struct Clock {
    zone: Tz,
    /// The year of the first line of the first file, if it is known.
    year: Option<i32>,
    years: Years,
    cached_hour: Option<CachedHour>,
    /// The time of the line before with the space after it, and its instant. Many lines have the same.
    last_text: Option<([u8; 16], i64)>,
}

/// The hour of the last time without a year, if the zone's offset does not change within it.
#[derive(Clone, Copy, Debug)]
struct CachedHour {
    /// The text of month, day and hour, such as `Nov 21 00`.
    text: [u8; 9],
    /// The instant at which the hour starts.
    start: i64,
}

impl Clock {
    /// Returns the clock of a first file, whose first line is in `year` if that is given. Lines more than a day after `now`
    /// are in the future.
    pub(in crate::source) fn new(zone: Tz, year: Option<i32>, now: DateTime<Utc>) -> Self {
        let limit = now.timestamp_millis().saturating_add(DAY);
        Self { zone, year, years: Years::new(year, limit), cached_hour: None, last_text: None }
    }

    /// Begins another file with the next line.
    pub(in crate::source) fn begin_file(&mut self) {
        self.years.begin_file(self.year);
        (self.cached_hour, self.last_text) = (None, None);
    }

    /// Sets the year of the first line of this file, which later lines have proved.
    pub(in crate::source) fn set_first_year(&mut self, year: i32) {
        self.years.set_first(year);
    }

    /// Returns the year of this file's first line if it has none and later lines have proved another than the one chosen.
    pub(in crate::source) fn proven_first_year(&self) -> Option<i32> {
        self.years.proven_first()
    }

    /// Returns whether the year of this file's first line is a guess that later lines may disprove.
    pub(in crate::source) fn is_first_year_open(&self) -> bool {
        self.years.is_open()
    }

    /// Returns the instant of a line whose time is that of the line before or in the same hour, and what follows its time,
    /// faster than the general way. The line counts as read only when it is given to [`Clock::pass`].
    #[inline]
    pub(in crate::source) fn peek<'a>(&self, line: &'a [u8]) -> Option<(i64, &'a [u8])> {
        if let (Some((text, at)), Some((head, rest))) = (&self.last_text, line.split_first_chunk())
            && head == text
        {
            return Some((*at, rest));
        }
        self.parse_in_cached_hour(without_priority(line))
    }

    /// Notes that a line is read, given its instant and what follows its time.
    #[inline]
    pub(in crate::source) fn pass(&mut self, at: i64, line: &[u8], rest: &[u8]) {
        if self.last_text.is_some_and(|(_, last)| last == at) {
            return;
        }
        self.last_text = line
            .split_first_chunk()
            .filter(|(_, after)| after.len() == rest.len())
            .map(|(head, _)| (*head, at));
        self.years.pass(at);
    }

    /// Returns the instant of the next line. `outer` is the time of the line around it, if there is one. `text` is the line
    /// from its time on, if its hour may be cached.
    ///
    /// Returns `None` if the time is no day of the calendar in a year from 1 to 9999.
    pub(in crate::source) fn instant(
        &mut self,
        stamp: Stamp,
        outer: Option<Stamp>,
        text: Option<&[u8]>,
    ) -> Option<i64> {
        let (zone, last) = (self.zone, self.years.last());
        let at = match stamp {
            Stamp::Yearless { month, day, millis } => {
                let at = |date| instant(zone, date, millis, last);
                let outer = outer.filter(|outer| !matches!(outer, Stamp::Yearless { .. }));
                if let Some(near) = outer.and_then(|outer| self.with_year(outer)) {
                    let at = at(Years::date_near(month, day, near, at)?);
                    self.years.pass_with_year(at);
                    return Some(at);
                }
                let date = self.years.date(month, day, at)?;
                if let Some(text) = text {
                    self.cache_hour(text, date, millis);
                }
                let at = instant(zone, date, millis, self.years.last());
                self.years.pass(at);
                return Some(at);
            }
            other @ (Stamp::Local { .. } | Stamp::Zoned { .. } | Stamp::Instant(_)) => {
                self.with_year(other)?
            }
        };
        self.years.pass_with_year(at);
        self.cached_hour = None;
        Some(at)
    }

    /// Returns the reading of a local time that is nearest to `near`, where `at` is a reading of it and the clocks were set
    /// back. It is the instant of the line.
    pub(in crate::source) fn settle(&mut self, at: i64, near: i64) -> i64 {
        let Some(time) = DateTime::from_timestamp_millis(at) else { return at };
        let local = time.with_timezone(&self.zone).naive_local();
        let LocalResult::Ambiguous(one, other) = self.zone.from_local_datetime(&local) else { return at };
        let readings = [one.timestamp_millis(), other.timestamp_millis()];
        let found = readings.into_iter().min_by_key(|reading| (reading - near).abs()).unwrap_or(at);
        self.years.pass(found);
        found
    }

    /// Returns the instant of a time that names its year.
    fn with_year(&self, stamp: Stamp) -> Option<i64> {
        let last = self.years.last();
        match stamp {
            Stamp::Instant(at) => Some(at),
            Stamp::Local { date, millis } => Some(instant(self.zone, date, millis, last)),
            Stamp::Zoned { date, millis, zone } => Some(instant_in(self.zone, date, millis, zone, last)),
            Stamp::Yearless { .. } => None,
        }
    }

    /// Parses a time of the cached hour.
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

    /// Caches the hour of `text`, unless the zone's offset changes within it.
    fn cache_hour(&mut self, text: &[u8], date: NaiveDate, millis: i64) {
        let start = local(date, millis - millis % HOUR);
        let end = local(date, millis - millis % HOUR + HOUR - 1);
        let ends = (self.zone.from_local_datetime(&start), self.zone.from_local_datetime(&end));
        let (LocalResult::Single(first), LocalResult::Single(last)) = ends else {
            self.cached_hour = None;
            return;
        };
        let is_steady = first.offset().fix() == last.offset().fix();
        // A day of one digit without a leading zero or space makes the text shorter; such lines are parsed in the general way.
        let head = text.first_chunk().filter(|_| text.get(9) == Some(&b':'));
        self.cached_hour = head
            .filter(|_| is_steady)
            .map(|head| CachedHour { text: *head, start: first.timestamp_millis() });
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    fn read(clock: &mut Clock, timestamp: &str) -> String {
        let line = format!("{timestamp} mx1 x");
        let line = line.as_bytes();
        let found = clock.peek(line).or_else(|| {
            let (stamp, rest) = Stamp::parse(line).unwrap();
            clock.instant(stamp, None, Some(line)).map(|at| (at, rest))
        });
        let Some((at, rest)) = found else { return "no such day".to_owned() };
        assert_eq!(rest, b"mx1 x");
        clock.pass(at, line, rest);
        DateTime::from_timestamp_millis(at).unwrap().format("%F %T%.3f").to_string()
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
        assert_eq!(read(&mut clock, "Feb 29 00:00:00"), "no such day");
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
            assert_eq!(read(&mut Clock::new(Tz::UTC, None, now), "Nov 21 00:00:00"), "no such day");
        }
        for year in [i32::MIN, 0, 10_000, i32::MAX] {
            assert_eq!(read(&mut Clock::new(Tz::UTC, Some(year), now()), "Nov 21 00:00:00"), "no such day");
        }
        let mut clock = Clock::new(Tz::Asia__Tokyo, Some(1), now());
        read(&mut clock, "0000-01-01T00:00:00Z");
        read(&mut clock, "Jan  1 00:00:00");
        read(&mut clock, "9999-12-31T23:59:60-23:59");
        read(&mut clock, "Jan  1 00:00:00");
    }

    #[test]
    fn an_abbreviation_of_the_zone_tells_which_of_two_readings_is_meant() {
        for (zone, stamp, expected) in [
            (Tz::Europe__Berlin, "Sun 2026-10-25 02:30:00 CEST", "2026-10-25 00:30:00"),
            (Tz::Europe__Berlin, "Sun 2026-10-25 02:30:00 CET", "2026-10-25 01:30:00"),
            (Tz::UTC, "Sat 2026-11-21 00:09:39 CET", "2026-11-20 23:09:39"),
            (Tz::Asia__Kolkata, "Sat 2026-11-21 00:09:39 IST", "2026-11-20 18:39:39"),
            (Tz::UTC, "Sat 2026-11-21 00:09:39 ABC", "2026-11-21 00:09:39"),
        ] {
            all(&mut Clock::new(zone, None, now()), &[(stamp, expected)]);
        }
    }

    #[test]
    fn a_line_within_another_is_in_the_year_of_that_one() {
        let (inner, _) = Stamp::parse(b"Dec 31 23:59:59 x").unwrap();
        let (outer, _) = Stamp::parse(b"2021-01-01T00:00:00Z x").unwrap();
        let at = Clock::new(Tz::UTC, None, now()).instant(inner, Some(outer), None).unwrap();
        assert_eq!(DateTime::from_timestamp_millis(at).unwrap().to_string(), "2020-12-31 23:59:59 UTC");
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
