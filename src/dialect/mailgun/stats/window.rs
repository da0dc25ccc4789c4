//! The requested time.

use chrono::{DateTime, Datelike, Utc};

use super::super::date::{format_stats_date, parse_stats_date};
use super::super::duration::default_start;
use super::super::{Duration, Error, Resolution, params};
use crate::dialect::Params;
use crate::time::Period;

/// Whole buckets of one length, from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The start of the first bucket.
    start: DateTime<Utc>,
    /// The start of the last bucket.
    last: DateTime<Utc>,
    /// The end of the last bucket.
    end: DateTime<Utc>,
    resolution: Resolution,
}

impl Window {
    /// Parses `start`, `end`, `resolution` and `duration`. If `bucket` is given, it is the length of the buckets.
    pub(super) fn parse(
        params: &Params,
        now: DateTime<Utc>,
        bucket: Option<Resolution>,
    ) -> Result<Self, Error> {
        let (start, end) = (parse_date(params, "start")?, parse_date(params, "end")?.unwrap_or(now));
        let (resolution, duration) = (parse_resolution(params)?, parse_duration(params)?);
        let unit = duration.map(Duration::unit).or(resolution).unwrap_or(Resolution::Day);
        let start = match duration {
            // The bucket that contains the end is one of them.
            Some(duration) => {
                let start = unit.before(unit.floor(end), duration.count().get() - 1);
                let text = params.first("duration").unwrap_or_default();
                start.filter(|start| start.year() > 0).ok_or_else(|| Error::invalid("duration", text))?
            }
            None => start.unwrap_or_else(|| default_start(end, now)),
        };
        if start > end {
            return Err(Error::Reversed { start: format_stats_date(start), end: format_stats_date(end) });
        }
        Self::new(start, end, bucket.unwrap_or(unit))
    }

    /// Parses `timestamp` and `resolution`: the one bucket that contains it.
    pub(super) fn at_timestamp(params: &Params) -> Result<Self, Error> {
        let at = parse_date(params, "timestamp")?.ok_or(Error::Missing("timestamp"))?;
        Self::new(at, at, parse_resolution(params)?.unwrap_or(Resolution::Day))
    }

    /// Makes the buckets from the one that contains `first` to the one that contains `last`.
    fn new(first: DateTime<Utc>, last: DateTime<Utc>, resolution: Resolution) -> Result<Self, Error> {
        let (start, last) = (resolution.floor(first), resolution.floor(last));
        let end = resolution.after(last, 1).ok_or_else(|| Error::invalid("end", &format_stats_date(last)))?;
        Ok(Self { start, last, end, resolution })
    }

    /// Returns the period from the start of the first to the end of the last bucket.
    pub(super) fn period(&self) -> Period {
        Period::between(self.start, self.end)
    }

    pub(super) fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Formats the start of the first bucket.
    pub(super) fn shown_start(&self) -> String {
        format_stats_date(self.start)
    }

    /// Formats the start of the last bucket.
    pub(super) fn shown_end(&self) -> String {
        format_stats_date(self.last)
    }
}

fn parse_date(params: &Params, name: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
    let text = params::value(params, name)?.unwrap_or_default();
    parse_stats_date(text).map_err(|_| Error::invalid(name, text))
}

fn parse_resolution(params: &Params) -> Result<Option<Resolution>, Error> {
    let name = params::value(params, "resolution")?;
    name.map(|name| name.parse().map_err(|_| Error::Resolution)).transpose()
}

fn parse_duration(params: &Params) -> Result<Option<Duration>, Error> {
    let text = params::value(params, "duration")?;
    text.map(|text| text.parse().map_err(|_| Error::invalid("duration", text))).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn parse(query: &str) -> Result<Window, String> {
        let window = Window::parse(&Params::parse(query), at("2026-02-15T12:34:56Z"), None);
        window.map_err(|error| error.to_string())
    }

    /// Returns start, end, resolution, and the number of rows.
    fn shown(window: Window) -> (String, String, &'static str, usize) {
        let short = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M").to_string();
        let range = window.period().resolve(at("2026-02-15T12:34:56Z"), chrono_tz::Tz::UTC).unwrap();
        let resolution: crate::Resolution = window.resolution.into();
        let rows = resolution.buckets(&range, chrono_tz::Tz::UTC, DateTime::UNIX_EPOCH, 100_000).unwrap();
        (short(window.start), short(window.last), window.resolution.name(), rows.len())
    }

    #[test]
    fn the_default_is_eight_days_and_the_bounds_are_floored() {
        for (query, start, end, resolution, rows) in [
            ("", "2026-02-08T00:00", "2026-02-15T00:00", "day", 8),
            ("start=&end=&resolution=&duration=", "2026-02-08T00:00", "2026-02-15T00:00", "day", 8),
            ("resolution=hour", "2026-02-08T12:00", "2026-02-15T12:00", "hour", 169),
            ("resolution=month", "2026-02-01T00:00", "2026-02-01T00:00", "month", 1),
            ("start=1770000000", "2026-02-02T00:00", "2026-02-15T00:00", "day", 14),
            ("end=1770811200", "2026-02-08T00:00", "2026-02-11T00:00", "day", 4),
            ("end=1700000000", "2023-11-07T00:00", "2023-11-14T00:00", "day", 8),
            ("end=Wed,+03+Jan+0001+00:00:00+UTC", "0001-01-03T00:00", "0001-01-03T00:00", "day", 1),
            (
                "start=Sat,+31+Jan+2026+23:59:59+UTC&end=Sun,+01+Feb+2026+00:00:00+UTC",
                "2026-01-31T00:00",
                "2026-02-01T00:00",
                "day",
                2,
            ),
            (
                "start=Sat,+31+Jan+2026+23:59:59+UTC&end=Sun,+01+Feb+2026+00:00:00+UTC&resolution=month",
                "2026-01-01T00:00",
                "2026-02-01T00:00",
                "month",
                2,
            ),
            ("end=Tue,+01+Jun+2027+00:30:00+-0100", "2026-02-08T00:00", "2027-06-01T00:00", "day", 479),
        ] {
            let found = parse(query).map(shown);
            assert_eq!(found, Ok((start.to_owned(), end.to_owned(), resolution, rows)), "{query}");
        }
    }

    #[test]
    fn a_duration_is_a_number_of_buckets_and_takes_precedence_over_start_and_resolution() {
        for (query, start, end, resolution, rows) in [
            ("duration=1m", "2026-02-01T00:00", "2026-02-01T00:00", "month", 1),
            ("duration=12m", "2025-03-01T00:00", "2026-02-01T00:00", "month", 12),
            ("duration=24302m", "0001-01-01T00:00", "2026-02-01T00:00", "month", 24302),
            ("duration=1d", "2026-02-15T00:00", "2026-02-15T00:00", "day", 1),
            ("duration=7d", "2026-02-09T00:00", "2026-02-15T00:00", "day", 7),
            ("duration=24h", "2026-02-14T13:00", "2026-02-15T12:00", "hour", 24),
            ("duration=7d&resolution=hour", "2026-02-09T00:00", "2026-02-15T00:00", "day", 7),
            ("duration=2m&start=1&resolution=day", "2026-01-01T00:00", "2026-02-01T00:00", "month", 2),
            ("duration=2m&start=1999999999", "2026-01-01T00:00", "2026-02-01T00:00", "month", 2),
            (
                "duration=2m&end=Tue,+31+Mar+2026+23:59:59+GMT",
                "2026-02-01T00:00",
                "2026-03-01T00:00",
                "month",
                2,
            ),
        ] {
            let found = parse(query).map(shown);
            assert_eq!(found, Ok((start.to_owned(), end.to_owned(), resolution, rows)), "{query}");
        }
    }

    #[test]
    fn a_group_by_days_or_months_divides_the_same_time() {
        let by = |query, by| {
            shown(Window::parse(&Params::parse(query), at("2026-02-15T12:34:56Z"), Some(by)).unwrap())
        };
        let days = ("2026-01-01T00:00".to_owned(), "2026-02-15T00:00".to_owned(), "day", 46);
        assert_eq!(by("duration=2m", Resolution::Day), days);
        let months = ("2025-12-01T00:00".to_owned(), "2026-02-01T00:00".to_owned(), "month", 3);
        assert_eq!(by("duration=60d&resolution=hour", Resolution::Month), months);
    }

    #[test]
    fn invalid_values_are_refused() {
        let invalid = |name: &str, found: &str| format!("Invalid format for parameter {name}: {found}");
        for (query, error) in [
            ("start=yesterday", invalid("start", "yesterday")),
            ("end=2026-02-01", invalid("end", "2026-02-01")),
            ("start=x&duration=1d", invalid("start", "x")),
            ("duration=0d", invalid("duration", "0d")),
            ("duration=1M", invalid("duration", "1M")),
            ("duration=4294967295m", invalid("duration", "4294967295m")),
            ("duration=800000d", invalid("duration", "800000d")),
            ("duration=24303m", invalid("duration", "24303m")), // from December of the year 0
            ("resolution=week", Error::Resolution.to_string()),
            ("resolution=Day&duration=1d", Error::Resolution.to_string()),
            (
                "start=1770000001&end=1770000000",
                "start Mon, 02 Feb 2026 02:40:01 UTC is after end Mon, 02 Feb 2026 02:40:00 UTC".to_owned(),
            ),
        ] {
            assert_eq!(parse(query).unwrap_err(), error, "{query}");
        }
    }

    #[test]
    fn a_timestamp_is_in_one_bucket() {
        let parse = |query| {
            let window = Window::at_timestamp(&Params::parse(query)).map(shown);
            window.map_err(|error| error.to_string())
        };
        let day = ("2026-02-02T00:00".to_owned(), "2026-02-02T00:00".to_owned(), "day", 1);
        assert_eq!(parse("timestamp=1770000000"), Ok(day));
        let month = ("2026-02-01T00:00".to_owned(), "2026-02-01T00:00".to_owned(), "month", 1);
        assert_eq!(parse("timestamp=1770000000&resolution=month"), Ok(month));
        for query in ["", "timestamp="] {
            assert_eq!(parse(query), Err("Missing mandatory parameter: timestamp".to_owned()));
        }
        assert_eq!(parse("timestamp=1&resolution=x"), Err(Error::Resolution.to_string()));
    }

    #[test]
    fn instants_at_the_limits_of_the_calendar_do_not_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for query in
                ["", "resolution=hour", "resolution=month", "duration=4000000000h", "start=1", "end=1"]
            {
                if let Ok(window) = Window::parse(&Params::parse(query), now, None) {
                    let _ = (window.shown_start(), window.period().resolve(now, chrono_tz::Tz::UTC));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_duration_has_as_many_rows_as_its_number(
            count in 1_u32..3000,
            letter in proptest::sample::select(&['h', 'd', 'm'][..]),
            end in 1_500_000_000_i64..2_000_000_000,
        ) {
            let count = if letter == 'm' { count % 300 + 1 } else { count };
            let window = parse(&format!("duration={count}{letter}&end={end}")).unwrap();
            prop_assert_eq!(shown(window).3, count as usize);
            let end = DateTime::from_timestamp(end, 0).unwrap();
            prop_assert!(window.last <= end && end < window.end);
        }
    }
}
