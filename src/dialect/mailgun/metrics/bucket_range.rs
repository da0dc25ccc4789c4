//! Parses the requested time.

use chrono::{DateTime, Datelike, Utc};

use super::fields::Fields;
use crate::dialect::mailgun::duration::default_start;
use crate::dialect::mailgun::{Duration, Error, Resolution, date};
use crate::time::Period;

/// The buckets from the first to the last one, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BucketRange {
    /// The start of the first bucket.
    pub(super) start: DateTime<Utc>,
    /// The start of the last bucket.
    pub(super) end: DateTime<Utc>,
    /// The length of the buckets.
    pub(super) resolution: Resolution,
    /// The requested time from the start to the end.
    pub(super) duration: Option<Duration>,
}

impl BucketRange {
    /// Parses `start`, `end`, `resolution` and `duration` of a request that came at the instant `now`.
    pub(super) fn parse(fields: &Fields<'_>, now: DateTime<Utc>) -> Result<Self, Error> {
        let resolution = match fields.non_empty_text("resolution")? {
            None => Resolution::Day,
            Some(name) => name.parse().map_err(|_| Error::Resolution)?,
        };
        let end = parse_instant(fields, "end")?.unwrap_or(now);
        // Parsed even if a duration replaces it, so that an invalid date is always refused.
        let requested_start = parse_instant(fields, "start")?;
        let duration = parse_duration(fields)?;
        let start = match duration {
            Some(duration) => start_before(resolution.floor(end), duration)?,
            None => requested_start.unwrap_or_else(|| default_start(end, now)),
        };
        if start > end {
            let (start, end) = (date::format_metrics_date(start), date::format_metrics_date(end));
            return Err(Error::Reversed { start, end });
        }
        Ok(Self { start: resolution.floor(start), end: resolution.floor(end), resolution, duration })
    }

    /// Returns the period of all buckets, whose length is at least `min`.
    pub(super) fn period(&self, min: Resolution) -> Period {
        let length = self.bucket_length(min);
        let end = length.after(length.floor(self.end), 1).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Period::between(length.floor(self.start), end)
    }

    /// Returns the length of the buckets, at least `min`.
    pub(super) fn bucket_length(&self, min: Resolution) -> Resolution {
        self.resolution.max(min)
    }
}

fn parse_instant(fields: &Fields<'_>, name: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(text) = fields.non_empty_text(name)? else { return Ok(None) };
    date::parse_metrics_date(text).map_err(|error| Error::malformed(name, text, error.expected().to_owned()))
}

fn parse_duration(fields: &Fields<'_>) -> Result<Option<Duration>, Error> {
    let Some(text) = fields.non_empty_text("duration")? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::malformed("duration", text, Duration::EXPECTED))
}

/// Returns the instant a duration before `end`, whose year must be positive.
fn start_before(end: DateTime<Utc>, duration: Duration) -> Result<DateTime<Utc>, Error> {
    let start = duration.before(end).filter(|start| start.year() > 0);
    start.ok_or_else(|| {
        Error::malformed("duration", &duration.to_string(), "one that leads to the year 1 or later")
    })
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use serde_json::{Value, json};

    use super::*;

    fn parse(body: &Value, now: &str) -> Result<BucketRange, Error> {
        BucketRange::parse(&Fields::new(body.as_object().unwrap()), now.parse().unwrap())
    }

    /// The echoed start and end, and the instants that are counted.
    fn shown(body: &Value, min: Resolution) -> [String; 4] {
        let range = parse(body, "2026-03-31T12:34:56.789Z").unwrap();
        let counted = range.period(min).resolve(DateTime::UNIX_EPOCH, Tz::UTC).unwrap();
        let [from, to] = [counted.start(), counted.end()].map(Option::unwrap);
        [range.start, range.end, from, to].map(|at| at.format("%Y-%m-%dT%H").to_string())
    }

    #[test]
    fn both_ends_are_floored_and_the_last_bucket_is_in() {
        let year_1 = "Mon, 01 Jan 0001 00:00:00 +0000";
        for (body, expected) in [
            (json!({}), ["2026-03-24T00", "2026-03-31T00", "2026-03-24T00", "2026-04-01T00"]),
            (
                json!({"start": year_1, "end": year_1, "duration": "", "resolution": null}),
                ["2026-03-24T00", "2026-03-31T00", "2026-03-24T00", "2026-04-01T00"],
            ),
            (
                json!({"resolution": "hour"}),
                ["2026-03-24T12", "2026-03-31T12", "2026-03-24T12", "2026-03-31T13"],
            ),
            (
                json!({"resolution": "month"}),
                ["2026-03-01T00", "2026-03-01T00", "2026-03-01T00", "2026-04-01T00"],
            ),
            // A month is a calendar month, and the resolution stays.
            (
                json!({"resolution": "hour", "duration": "1m"}),
                ["2026-02-28T12", "2026-03-31T12", "2026-02-28T12", "2026-03-31T13"],
            ),
            // The end is more than a week ago, so the default start is a week before it.
            (
                json!({"end": "2026-03-01"}),
                ["2026-02-22T00", "2026-03-01T00", "2026-02-22T00", "2026-03-02T00"],
            ),
            (json!({"duration": "1m"}), ["2026-02-28T00", "2026-03-31T00", "2026-02-28T00", "2026-04-01T00"]),
            (
                json!({"duration": "24h"}),
                ["2026-03-30T00", "2026-03-31T00", "2026-03-30T00", "2026-04-01T00"],
            ),
            (json!({"duration": "1h"}), ["2026-03-30T00", "2026-03-31T00", "2026-03-30T00", "2026-04-01T00"]),
            (
                json!({"resolution": "month", "duration": "40d"}),
                ["2026-01-01T00", "2026-03-01T00", "2026-01-01T00", "2026-04-01T00"],
            ),
            // A duration replaces the start, and an end in the future stays.
            (
                json!({"start": "2027-01-01", "end": "2026-12-31T23:59:59Z", "duration": "2d"}),
                ["2026-12-29T00", "2026-12-31T00", "2026-12-29T00", "2027-01-01T00"],
            ),
            (
                json!({"start": "Sun, 01 Mar 2026 23:30:00 -0100", "end": "Tue, 03 Mar 2026 01:00:00 +0200"}),
                ["2026-03-02T00", "2026-03-02T00", "2026-03-02T00", "2026-03-03T00"],
            ),
            (
                json!({"start": "9999-12-31", "end": "9999-12-31", "resolution": "month"}),
                ["9999-12-01T00", "9999-12-01T00", "9999-12-01T00", "+10000-01-01T00"],
            ),
        ] {
            assert_eq!(shown(&body, Resolution::Hour), expected, "{body}");
        }
    }

    #[test]
    fn usage_is_of_whole_days() {
        assert_eq!(
            shown(&json!({"resolution": "hour", "duration": "1d"}), Resolution::Day),
            ["2026-03-30T12", "2026-03-31T12", "2026-03-30T00", "2026-04-01T00"]
        );
        let range = parse(&json!({"resolution": "month"}), "2026-03-31T12:34:56Z").unwrap();
        assert_eq!(range.bucket_length(Resolution::Day), Resolution::Month);
    }

    #[test]
    fn an_invalid_time_is_refused() {
        for (body, parameter) in [
            (json!({"start": "soon"}), "start"),
            (json!({"end": 7}), "end"),
            // Even if the duration replaces it.
            (json!({"start": "soon", "duration": "1d"}), "start"),
            (json!({"duration": "1w"}), "duration"),
            (json!({"duration": 1}), "duration"),
            (json!({"duration": "100000000d"}), "duration"),
            (json!({"duration": "24304m", "end": "2026-01-01"}), "duration"),
            (json!({"resolution": ["day"]}), "resolution"),
        ] {
            let error = parse(&body, "2026-03-31T12:00:00Z").unwrap_err();
            assert!(matches!(&error, Error::Malformed { name, .. } if name == parameter), "{body}: {error}");
        }
        for name in ["week", "Day", "days"] {
            let error = parse(&json!({ "resolution": name }), "2026-03-31T12:00:00Z").unwrap_err();
            assert!(matches!(error, Error::Resolution), "{name}: {error}");
        }
        // Within one bucket as well, as in Stats; the error has the requested instants.
        let reversed = json!({"start": "2026-03-30T11:30:00Z", "end": "2026-03-30T10:30:00Z"});
        let error = parse(&reversed, "2026-03-31T12:00:00Z").unwrap_err().to_string();
        assert_eq!(
            error,
            "start Mon, 30 Mar 2026 11:30:00 +0000 is after end Mon, 30 Mar 2026 10:30:00 +0000"
        );
    }

    #[test]
    fn the_limits_of_the_calendar_are_no_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let (empty, month) = (json!({}), json!({"resolution": "month", "duration": "12m"}));
            for body in [empty, month] {
                let range = BucketRange::parse(&Fields::new(body.as_object().unwrap()), now);
                drop(range.map(|range| range.period(Resolution::Day).resolve(now, Tz::UTC)));
            }
        }
    }
}
