//! Buckets: a range cut into units of the local calendar.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::calendar::{self, DateUnit, OffsetSpan, SECONDS_PER_HOUR};
use super::range::Range;
use super::resolution::Resolution;

/// A half-open part of a range: the start is included, the end is not.
///
/// An open start is [`DateTime::MIN_UTC`], an open end [`DateTime::MAX_UTC`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// The first instant in the bucket.
    pub start: DateTime<Utc>,
    /// The first instant after the bucket.
    pub end: DateTime<Utc>,
}

impl Bucket {
    /// Whether an instant is in the bucket. A bucket with an open end contains [`DateTime::MAX_UTC`].
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && (at < self.end || self.is_open_end())
    }

    /// Whether the bucket has no start.
    pub fn is_open_start(&self) -> bool {
        self.start == DateTime::<Utc>::MIN_UTC
    }

    /// Whether the bucket has no end.
    pub fn is_open_end(&self) -> bool {
        self.end == DateTime::<Utc>::MAX_UTC
    }
}

/// Why a range cannot be cut into buckets: it has no start, or there would be too many.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BucketError {
    /// The range has no start, so there is no first bucket.
    #[error("the period has no start, which resolution `{resolution}` needs; give a start or use `all`")]
    NoStart {
        /// The requested resolution.
        resolution: Resolution,
    },
    /// There would be too many buckets.
    #[error("{requested} buckets requested, at most {limit} allowed; use a coarser resolution")]
    TooMany {
        /// The number of buckets. An estimate, off by up to 16, where it exceeds the limit by more than that.
        requested: u64,
        /// The maximum number of buckets.
        limit: usize,
    },
}

impl Resolution {
    /// Cuts `range` into buckets, each a unit of the local calendar in `zone` clipped to the range, up to the end of the
    /// range or, where that is open, of the bucket that contains `now`.
    ///
    /// The buckets are ascending, without gaps, and not empty. An empty range has no buckets. If the end is open and the
    /// start is later than `now`, the only bucket is the one that contains the start. [`Resolution::All`] returns one bucket
    /// for the whole range, open where the range is open. [Local days and hours](crate::time#local-days-and-hours) says
    /// where they start.
    ///
    /// ```
    /// use chrono_tz::Tz;
    /// use mailtally::{Period, Resolution};
    ///
    /// let now = "2026-11-21T12:00:00Z".parse()?;
    /// let range = "48h".parse::<Period>()?.resolve(now, Tz::UTC)?;
    /// let starts = |zone| {
    ///     let buckets = Resolution::Day.buckets(&range, zone, now, 1000)?;
    ///     Ok::<Vec<_>, mailtally::time::BucketError>(buckets.iter().map(|day| day.start.to_rfc3339()).collect())
    /// };
    /// assert_eq!(
    ///     starts(Tz::UTC)?,
    ///     ["2026-11-19T12:00:00+00:00", "2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00"],
    /// );
    /// assert_eq!(
    ///     starts(Tz::Asia__Kolkata)?,
    ///     ["2026-11-19T12:00:00+00:00", "2026-11-19T18:30:00+00:00", "2026-11-20T18:30:00+00:00"],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BucketError::NoStart`] if the range has no start and the resolution is not [`Resolution::All`];
    /// [`BucketError::TooMany`] if there would be more than `limit` buckets; far too many are not made first.
    pub fn buckets(
        self,
        range: &Range,
        zone: Tz,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Bucket>, BucketError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let Some(unit) = self.unit() else {
            let start = range.start().unwrap_or(DateTime::<Utc>::MIN_UTC);
            let end = range.end().unwrap_or(DateTime::<Utc>::MAX_UTC);
            return check_limit(vec![Bucket { start, end }], limit);
        };
        let start = range.start().ok_or(BucketError::NoStart { resolution: self })?;
        let buckets = match unit.date_unit() {
            None => {
                let end = range.end().unwrap_or_else(|| calendar::hour_end(now.max(start), zone));
                cut_hours(start, end, zone, limit)
            }
            Some(unit) => {
                let end = range.end().unwrap_or_else(|| unit_end(now.max(start), unit, zone));
                cut_date_units(start, end, unit, zone, limit)
            }
        };
        check_limit(buckets?, limit)
    }
}

/// The maximum error of a number of buckets that is computed from dates or offsets alone, which ignores skipped days and
/// changes of the clock.
const MARGIN: u64 = 16;

/// The maximum number of buckets that memory is reserved for in advance.
const MAX_CAPACITY: usize = 1 << 16;

/// Returns the buckets, or an error if there are too many.
fn check_limit(buckets: Vec<Bucket>, limit: usize) -> Result<Vec<Bucket>, BucketError> {
    if buckets.len() > limit {
        return Err(BucketError::TooMany { requested: buckets.len() as u64, limit });
    }
    Ok(buckets)
}

/// Returns an empty list with capacity for an estimated number of buckets, or an error if that is certainly too many.
fn with_capacity_for(estimate: i64, limit: usize) -> Result<Vec<Bucket>, BucketError> {
    let requested = u64::try_from(estimate).unwrap_or(0);
    if requested.saturating_sub(MARGIN) > limit as u64 {
        return Err(BucketError::TooMany { requested, limit });
    }
    Ok(Vec::with_capacity(usize::try_from(requested).unwrap_or(limit).min(MAX_CAPACITY)))
}

/// Returns the first instant after the unit that contains `at`.
fn unit_end(at: DateTime<Utc>, unit: DateUnit, zone: Tz) -> DateTime<Utc> {
    let next = unit.shift(unit.first_date(calendar::date(at, zone)), 1);
    next.and_then(|next| calendar::midnight(next, zone)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Returns the last instant before `end`, one nanosecond earlier.
fn just_before(end: DateTime<Utc>) -> DateTime<Utc> {
    end.checked_sub_signed(TimeDelta::nanoseconds(1)).unwrap_or(end)
}

/// Cuts the time from `start` to `end` into local days, weeks, months, quarters or years.
fn cut_date_units(
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    unit: DateUnit,
    zone: Tz,
    limit: usize,
) -> Result<Vec<Bucket>, BucketError> {
    let mut first = unit.first_date(calendar::date(start, zone));
    let last = unit.first_date(calendar::date(just_before(end), zone));
    let mut buckets = with_capacity_for(unit.count_between(first, last) + 1, limit)?;
    let mut from = start;
    while from < end {
        let next = unit.shift(first, 1);
        let to = next.and_then(|next| calendar::midnight(next, zone)).map_or(end, |to| to.min(end));
        // A day that the calendar skips is empty.
        if from < to {
            buckets.push(Bucket { start: from, end: to });
            from = to;
        }
        first = next.unwrap_or(first);
    }
    Ok(buckets)
}

/// Cuts the time from `start` to `end` into local hours.
fn cut_hours(
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    zone: Tz,
    limit: usize,
) -> Result<Vec<Bucket>, BucketError> {
    let past_full_hour = (start.timestamp() + calendar::offset(start, zone)).rem_euclid(SECONDS_PER_HOUR);
    let seconds = just_before(end).timestamp() - start.timestamp() + past_full_hour;
    let mut buckets = with_capacity_for(seconds / SECONDS_PER_HOUR + 1, limit)?;
    let mut from = start;
    while from < end {
        // The zone is looked up once per span of at most a day; within a span, hours are only added.
        for to in OffsetSpan::starting_at(from, zone).hour_ends(from) {
            if from < end {
                buckets.push(Bucket { start: from, end: to.min(end) });
                from = to;
            }
        }
    }
    Ok(buckets)
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::super::calendar::tests::near_a_change;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn closed(start: &str, end: &str) -> Range {
        Range::new(Some(at(start)), Some(at(end))).unwrap()
    }

    /// Returns the label and the length in minutes of each bucket of a closed range.
    fn cut(resolution: Resolution, zone: Tz, start: &str, end: &str) -> Vec<(String, i64)> {
        let buckets = resolution.buckets(&closed(start, end), zone, at(start), 100).unwrap();
        let shown = |bucket: Bucket| {
            (resolution.label(bucket.start, zone), (bucket.end - bucket.start).num_minutes())
        };
        buckets.into_iter().map(shown).collect()
    }

    fn owned(shown: &[(&str, i64)]) -> Vec<(String, i64)> {
        shown.iter().map(|(label, minutes)| ((*label).to_owned(), *minutes)).collect()
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        let spring = cut(Resolution::Day, Tz::Europe__Berlin, "2026-03-28T12:00:00Z", "2026-03-30T22:00:00Z");
        assert_eq!(spring, owned(&[("2026-03-28", 660), ("2026-03-29", 1380), ("2026-03-30", 1440)]));
        let autumn = cut(Resolution::Day, Tz::Europe__Berlin, "2026-10-24T22:00:00Z", "2026-10-26T00:00:00Z");
        assert_eq!(autumn, owned(&[("2026-10-25", 1500), ("2026-10-26", 60)]));
    }

    #[test]
    fn a_skipped_day_has_no_bucket() {
        let apia = cut(Resolution::Day, Tz::Pacific__Apia, "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z");
        assert_eq!(apia, owned(&[("2011-12-29", 1440), ("2011-12-31", 1440), ("2012-01-01", 1440)]));
    }

    #[test]
    fn a_repeated_hour_is_two_buckets_and_a_skipped_one_is_none() {
        let back = cut(Resolution::Hour, Tz::Europe__Berlin, "2026-10-25T00:15:00Z", "2026-10-25T02:00:00Z");
        assert_eq!(back, owned(&[("2026-10-25T02:00+02:00", 45), ("2026-10-25T02:00+01:00", 60)]));
        let on = cut(Resolution::Hour, Tz::Europe__Berlin, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z");
        assert_eq!(on, owned(&[("2026-03-29T01:00+01:00", 60), ("2026-03-29T03:00+02:00", 60)]));
        let half =
            cut(Resolution::Hour, Tz::Australia__Lord_Howe, "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z");
        assert_eq!(
            half,
            owned(&[
                ("2026-04-05T01:00+11:00", 60),
                ("2026-04-05T01:00+10:30", 30),
                ("2026-04-05T02:00+10:30", 60)
            ])
        );
    }

    #[test]
    fn longer_units_are_clipped_to_the_range() {
        let cut = |resolution| cut(resolution, Tz::UTC, "2026-12-30T00:00:00Z", "2027-01-05T00:00:00Z");
        let day = 1440;
        assert_eq!(cut(Resolution::Week), owned(&[("2026-W53", 5 * day), ("2027-W01", day)]));
        assert_eq!(cut(Resolution::Month), owned(&[("2026-12", 2 * day), ("2027-01", 4 * day)]));
        assert_eq!(cut(Resolution::Quarter), owned(&[("2026-Q4", 2 * day), ("2027-Q1", 4 * day)]));
        assert_eq!(cut(Resolution::Year), owned(&[("2026", 2 * day), ("2027", 4 * day)]));
        assert_eq!(cut(Resolution::All), owned(&[("all", 6 * day)]));
    }

    #[test]
    fn an_open_end_is_cut_after_the_bucket_that_contains_now() {
        let start = at("2026-11-19T06:00:00Z");
        let range = Range::new(Some(start), None).unwrap();
        let ends = |resolution: Resolution, zone, now| {
            let buckets = resolution.buckets(&range, zone, at(now), 100).unwrap();
            (buckets.len(), buckets.last().unwrap().end)
        };
        let now = "2026-11-21T12:30:00Z";
        assert_eq!(ends(Resolution::Day, Tz::UTC, now), (3, at("2026-11-22T00:00:00Z")));
        assert_eq!(ends(Resolution::Day, Tz::Asia__Kolkata, now), (3, at("2026-11-21T18:30:00Z")));
        assert_eq!(ends(Resolution::Hour, Tz::Asia__Kolkata, now), (56, at("2026-11-21T13:30:00Z")));
        assert_eq!(ends(Resolution::Week, Tz::UTC, now), (1, at("2026-11-23T00:00:00Z")));
        assert_eq!(ends(Resolution::Day, Tz::UTC, "2026-11-22T00:00:00Z").0, 4);
        assert_eq!(ends(Resolution::Day, Tz::UTC, "2020-01-01T00:00:00Z"), (1, at("2026-11-20T00:00:00Z")));
    }

    #[test]
    fn only_resolution_all_allows_an_open_start() {
        let now = at("2026-11-21T12:00:00Z");
        let all = Resolution::All.buckets(&Range::ALL, Tz::UTC, now, 1).unwrap();
        assert!(matches!(*all, [bucket] if bucket.is_open_start() && bucket.is_open_end()));
        assert!(all[0].contains(DateTime::<Utc>::MIN_UTC) && all[0].contains(DateTime::<Utc>::MAX_UTC));
        assert_eq!(
            Resolution::Day.buckets(&Range::ALL, Tz::UTC, now, 1).unwrap_err().to_string(),
            "the period has no start, which resolution `day` needs; give a start or use `all`"
        );
        let empty = Range::new(Some(now), Some(now)).unwrap();
        for resolution in Resolution::ALL {
            assert_eq!(resolution.buckets(&empty, Tz::UTC, now, 0), Ok(Vec::new()));
        }
    }

    #[test]
    fn too_many_buckets_are_an_error_before_they_are_made() {
        let cut = |resolution: Resolution, zone, start, end, limit| {
            let refused = resolution.buckets(&closed(start, end), zone, at(start), limit);
            refused.map(|buckets| buckets.len()).map_err(|error| error.to_string())
        };
        let year = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let day = Resolution::Day;
        assert_eq!(cut(day, Tz::UTC, year.0, year.1, 365), Ok(365));
        let error = "365 buckets requested, at most 364 allowed; use a coarser resolution".to_owned();
        assert_eq!(cut(day, Tz::UTC, year.0, year.1, 364), Err(error));
        let error = "365 buckets requested, at most 10 allowed; use a coarser resolution".to_owned();
        assert_eq!(cut(day, Tz::UTC, year.0, year.1, 10), Err(error));
        let error = "8761 buckets requested, at most 1000 allowed; use a coarser resolution".to_owned();
        assert_eq!(cut(Resolution::Hour, Tz::Asia__Kolkata, year.0, year.1, 1000), Err(error));
        // Exactly the maximum, although the calendar has one day more.
        let apia = ("2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z");
        assert_eq!(cut(day, Tz::Pacific__Apia, apia.0, apia.1, 3), Ok(3));
        let ages = ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z");
        let error = "87649392 buckets requested, at most 65000 allowed; use a coarser resolution".to_owned();
        assert_eq!(cut(Resolution::Hour, Tz::UTC, ages.0, ages.1, 65_000), Err(error));
    }

    #[test]
    fn the_whole_calendar_can_be_divided() {
        let range = Range::new(Some(DateTime::<Utc>::MIN_UTC), Some(DateTime::<Utc>::MAX_UTC)).unwrap();
        for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago] {
            let years = Resolution::Year.buckets(&range, zone, DateTime::<Utc>::MAX_UTC, 600_000).unwrap();
            assert!((524_286..=524_288).contains(&years.len()));
            assert!(years.windows(2).all(|pair| pair[0].end == pair[1].start));
            for resolution in [Resolution::Hour, Resolution::Day, Resolution::Week] {
                assert!(resolution.buckets(&range, zone, DateTime::<Utc>::MAX_UTC, 65_000).is_err());
                let last = Range::new(Some(DateTime::<Utc>::MAX_UTC - TimeDelta::days(3)), None).unwrap();
                assert!(!resolution.buckets(&last, zone, DateTime::<Utc>::MAX_UTC, 100).unwrap().is_empty());
            }
        }
    }

    fn resolution() -> impl Strategy<Value = Resolution> {
        (0..Resolution::COUNT).prop_map(|index| Resolution::ALL[index])
    }

    proptest! {
        #[test]
        fn buckets_partition_their_range(
            (zone, around) in near_a_change(),
            resolution in resolution(),
            before in 0_i64..200_000_000,
            length in 1_i64..1_000_000_000,
        ) {
            let start = around - TimeDelta::milliseconds(before);
            let length = if resolution == Resolution::Hour { length / 500 + 1 } else { length / 20 + 1 };
            let range = Range::new(Some(start), Some(start + TimeDelta::milliseconds(length * 1000))).unwrap();
            let buckets = resolution.buckets(&range, zone, start, usize::MAX).unwrap();

            prop_assert_eq!(buckets.first().map(|bucket| bucket.start), range.start());
            prop_assert_eq!(buckets.last().map(|bucket| bucket.end), range.end());
            for bucket in &buckets {
                prop_assert!(bucket.start < bucket.end);
                // Every instant in a bucket has the label of the bucket.
                let label = resolution.label(bucket.start, zone);
                let long = (bucket.end - bucket.start).num_milliseconds();
                for part in [1, 250, 500, 750] {
                    let inside = bucket.start + TimeDelta::milliseconds(long * part / 1000);
                    prop_assert_eq!(&resolution.label(inside, zone), &label);
                }
                prop_assert_eq!(&resolution.label(just_before(bucket.end), zone), &label);
            }
            for pair in buckets.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
                let (label, next) = (resolution.label(pair[0].start, zone), resolution.label(pair[1].start, zone));
                prop_assert!(label < next || resolution == Resolution::Hour && label != next);
            }
        }

        #[test]
        fn every_bucket_but_the_first_starts_its_unit((zone, around) in near_a_change(), days in 1_i64..40) {
            let range = Range::new(Some(around - TimeDelta::days(days)), Some(around + TimeDelta::days(days))).unwrap();
            for bucket in Resolution::Day.buckets(&range, zone, around, 100).unwrap().iter().skip(1) {
                let (date, before) =
                    (calendar::local(bucket.start, zone).date(), calendar::local(just_before(bucket.start), zone));
                prop_assert!(before.date() < date);
            }
            for bucket in Resolution::Hour.buckets(&range, zone, around, 2000).unwrap().iter().skip(1) {
                let full = (bucket.start.timestamp() + calendar::offset(bucket.start, zone)) % SECONDS_PER_HOUR == 0;
                let before = calendar::offset(just_before(bucket.start), zone);
                prop_assert!(full || before != calendar::offset(bucket.start, zone));
                prop_assert!(bucket.end - bucket.start <= TimeDelta::hours(1));
            }
        }

        #[test]
        fn a_limit_is_exact(
            zone in (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index]),
            resolution in resolution(),
            start in -4_000_000_000_i64..2_000_000_000,
            length in 1_i64..5_000_000,
            short in 0_usize..40,
        ) {
            let start = DateTime::from_timestamp(start, 0).unwrap();
            let range = Range::new(Some(start), Some(start + TimeDelta::seconds(length))).unwrap();
            let all = resolution.buckets(&range, zone, start, usize::MAX).unwrap();
            prop_assert!(resolution.buckets(&range, zone, start, all.len()).is_ok());
            let limit = all.len().saturating_sub(1 + short);
            prop_assert!(resolution.buckets(&range, zone, start, limit).is_err());
        }
    }
}
