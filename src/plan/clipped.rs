//! Plans of a part of their time.

use chrono::{DateTime, Utc};

use super::Plan;
use crate::query::Query;
use crate::time::{Bucket, Period, Range};

/// A plan that is clipped to a part of its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clipped {
    /// The plan: it differs in nothing but its time.
    pub(crate) plan: Plan,
    /// The index, in the buckets of the whole plan, of the first bucket of this one.
    pub(crate) first: usize,
}

impl Plan {
    /// Returns the plan of the instants before `end`: the same buckets, without those that start at `end` or later, and with
    /// the end of the last at `end`. `None` if the plan has no instant before.
    ///
    /// Its answer and that of [`Plan::clipped_from`] the same instant add up to the plan's own, because every event and every
    /// status counts at one instant.
    pub(crate) fn clipped_until(&self, end: DateTime<Utc>) -> Option<Clipped> {
        let before = self.buckets.iter().take_while(|bucket| bucket.start < end);
        let buckets = before.map(|bucket| Bucket { end: bucket.end.min(end), ..*bucket }).collect();
        self.with_buckets(buckets).map(|plan| Clipped { plan, first: 0 })
    }

    /// Returns the plan of the instants from `start` on: the same buckets, without those that end at `start` or earlier, and
    /// with the start of the first at `start`. `None` if the plan has no such instant.
    pub(crate) fn clipped_from(&self, start: DateTime<Utc>) -> Option<Clipped> {
        let first = self.buckets.partition_point(|bucket| bucket.end <= start);
        let from = self.buckets.iter().skip(first);
        let buckets = from.map(|bucket| Bucket { start: bucket.start.max(start), ..*bucket }).collect();
        self.with_buckets(buckets).map(|plan| Clipped { plan, first })
    }

    /// Returns the plan with some of its buckets, whose query and range are their time; `None` if there are none.
    fn with_buckets(&self, buckets: Vec<Bucket>) -> Option<Self> {
        let (first, last) = (buckets.first()?, buckets.last()?);
        let start = (!first.is_open_start()).then_some(first.start);
        let end = (!last.is_open_end()).then_some(last.end);
        let period = match (start, end) {
            (Some(start), Some(end)) => Period::between(start, end),
            (Some(start), None) => Period::since(start),
            (None, Some(end)) => Period::until(end),
            (None, None) => Period::all(),
        };
        let range = Range::new(start, end).ok()?;
        let query = Query { period, ..self.query.clone() };
        Some(Self { query, range, buckets, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::{TZ_VARIANTS, Tz};
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::time::Resolution;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(29_600_000 + minute)
    }

    /// Generates plans of up to twenty days, some with open ends.
    fn plans() -> impl Strategy<Value = Plan> {
        let zone = prop_oneof![Just(Tz::UTC), select(&TZ_VARIANTS[..])];
        let ends = (-9000..20_000_i64, 0..20_000_i64, any::<u8>());
        (ends, select(&Resolution::ALL[..]), zone, 0..20_000_i64).prop_map(
            |((start, length, open), resolution, zone, now)| {
                let (start, end) = (at(start), at(start + length));
                let (period, resolution) = match open % 8 {
                    0 => (Period::all(), Resolution::All),
                    1 => (Period::until(end), Resolution::All),
                    2 => (Period::since(start), resolution),
                    _ => (Period::between(start, end), resolution),
                };
                Query::new("a", period).zone(zone).resolution(resolution).plan(at(now)).unwrap()
            },
        )
    }

    proptest! {
        #[test]
        fn the_parts_have_the_buckets_of_the_plan_and_are_what_their_queries_ask_for(
            plan in plans(),
            minute in -10_000..41_000_i64,
            nanos in select(&[0, 1, 60_000_000_000][..]),
            edge in any::<Option<prop::sample::Index>>(),
        ) {
            let split = match edge {
                Some(edge) if !plan.buckets().is_empty() => {
                    let bucket = plan.buckets()[edge.index(plan.buckets().len())];
                    if minute % 2 == 0 { bucket.start } else { bucket.end }
                }
                _ => at(minute) + TimeDelta::nanoseconds(nanos),
            };
            let (before, after) = (plan.clipped_until(split), plan.clipped_from(split));
            for part in before.iter().chain(&after) {
                prop_assert_eq!(&part.plan.query().plan(plan.now()), &Ok(part.plan.clone()));
                for (index, bucket) in part.plan.buckets().iter().enumerate() {
                    let whole = plan.buckets()[part.first + index];
                    prop_assert!(whole.start <= bucket.start && bucket.end <= whole.end && bucket.start < bucket.end);
                }
            }
            let cut = plan.buckets().iter().flat_map(|bucket| match *bucket {
                Bucket { start, end } if start < split && split < end => {
                    vec![Bucket { start, end: split }, Bucket { start: split, end }]
                }
                whole => vec![whole],
            });
            let parts = before.iter().chain(&after).flat_map(|part| part.plan.buckets().to_vec());
            prop_assert_eq!(parts.collect::<Vec<_>>(), cut.collect::<Vec<_>>());
            prop_assert!(before.iter().flat_map(|part| part.plan.buckets()).all(|bucket| bucket.end <= split));
            prop_assert!(after.iter().flat_map(|part| part.plan.buckets()).all(|bucket| split <= bucket.start));
        }
    }

    #[test]
    fn a_bucket_that_contains_the_split_is_in_both_parts() {
        let days = Query::new("a", "2026-02-01..=2026-02-03".parse::<Period>().unwrap());
        let plan = days.resolution(Resolution::Day).plan(at(0)).unwrap();
        let noon = "2026-02-02T12:00:00Z".parse().unwrap();
        let (before, after) = (plan.clipped_until(noon).unwrap(), plan.clipped_from(noon).unwrap());
        assert_eq!((before.first, before.plan.buckets().len()), (0, 2));
        assert_eq!((after.first, after.plan.buckets().len()), (1, 2));
        assert_eq!((before.plan.buckets()[1].end, after.plan.buckets()[0].start), (noon, noon));
        let midnight = "2026-02-02T00:00:00Z".parse().unwrap();
        let (before, after) = (plan.clipped_until(midnight).unwrap(), plan.clipped_from(midnight).unwrap());
        assert_eq!((before.plan.buckets().len(), after.first, after.plan.buckets().len()), (1, 1, 2));
        assert_eq!(plan.clipped_until("2026-02-01T00:00:00Z".parse().unwrap()), None);
        assert_eq!(plan.clipped_from("2026-02-04T00:00:00Z".parse().unwrap()), None);
    }
}
