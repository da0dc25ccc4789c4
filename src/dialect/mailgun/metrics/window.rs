//! Which time is asked about.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::fields::Fields;
use crate::dialect::mailgun::{Duration, Error, Resolution, date};
use crate::time::Period;

/// From which bucket to which, both in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The start of the first bucket.
    pub(super) start: DateTime<Utc>,
    /// The start of the last bucket.
    pub(super) end: DateTime<Utc>,
    /// The length of the buckets.
    pub(super) resolution: Resolution,
    /// How long before the end the start was asked to be.
    pub(super) duration: Option<Duration>,
}

impl Window {
    /// Reads `start`, `end`, `resolution` and `duration`.
    pub(super) fn read(fields: &Fields<'_>, now: DateTime<Utc>) -> Result<Self, Error> {
        let resolution = match fields.text("resolution")? {
            None => Resolution::Day,
            Some(name) => Resolution::named(name).ok_or(Error::Resolution)?,
        };
        let end = resolution.floor(instant(fields, "end")?.unwrap_or(now));
        // Read also where it is not needed, so that what is no date is always refused.
        let asked = instant(fields, "start")?;
        let duration = duration(fields)?;
        let start = match duration {
            Some(duration) => before(end, duration)?,
            None => asked.unwrap_or_else(|| week_before(now)),
        };
        let start = resolution.floor(start);
        if start > end {
            let (start, end) = (date::write_metrics(start), date::write_metrics(end));
            return Err(Error::Reversed { start, end });
        }
        Ok(Self { start, end, resolution, duration })
    }

    /// The instants of its buckets, where these are made longer if they are shorter than `least`.
    pub(super) fn period(&self, least: Resolution) -> Period {
        let bucket = self.bucket(least);
        let end = bucket.after(bucket.floor(self.end), 1).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Period::between(bucket.floor(self.start), end)
    }

    /// The length of the buckets, but no less than `least`.
    pub(super) fn bucket(&self, least: Resolution) -> Resolution {
        self.resolution.max(least)
    }
}

fn instant(fields: &Fields<'_>, name: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    date::read_metrics(text).map_err(|error| Error::malformed(name, text, error.expected().to_owned()))
}

fn duration(fields: &Fields<'_>) -> Result<Option<Duration>, Error> {
    let Some(text) = fields.text("duration")? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::malformed("duration", text, Duration::EXPECTED))
}

/// So long before `end`, in years of four digits.
fn before(end: DateTime<Utc>, duration: Duration) -> Result<DateTime<Utc>, Error> {
    let start = duration.before(end).filter(|start| start.year() > 0);
    start.ok_or_else(|| {
        Error::malformed("duration", &duration.to_string(), "one that leads to the year 1 or later")
    })
}

fn week_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_signed(TimeDelta::days(7)).unwrap_or(now)
}
