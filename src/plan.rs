//! What is asked, with nothing left to decide.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::counts::Counts;
use crate::dimension::{By, Dimension, Group};
use crate::error::QueryError;
use crate::event_type::Kind;
use crate::filter::Filter;
use crate::query::{Limits, Query, Scope, Timing, bucket_length, dimensions};
use crate::time::{Bucket, Range, Resolution};

/// A settled question: account scope, half-open UTC buckets, filters, grouping, timing, and which kinds are counted.
///
/// A store takes it apart with [`Plan::parts`]. It needs no calendar and no zone: the buckets say it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    query: Query,
    now: DateTime<Utc>,
    range: Range,
    resolution: Resolution,
    buckets: Vec<Bucket>,
    by: Vec<By>,
    dimensions: Vec<Dimension>,
    kinds: Vec<Kind>,
}

/// The parts of a [`Plan`] that a store must heed, every one of them.
///
/// Exhaustive on purpose, to be taken apart without `..`: a store that has never heard of a new part shall not compile,
/// because it would answer with wrong numbers.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a store must decide on every part")]
pub struct PlanParts<'a> {
    /// Count only the mail of these accounts.
    pub scope: &'a Scope,
    /// Count into these buckets: ascending, without gaps, each with its start in and its end out. What lies outside all
    /// of them is not counted.
    pub buckets: &'a [Bucket],
    /// Count only what all of these keep.
    pub filters: &'a [Filter],
    /// Tell rows apart by these; by none, all is one group.
    pub dimensions: &'a [Dimension],
    /// The bucket of an event is that of its own instant, or of its message's creation. The bucket of a status is
    /// always that of its message's creation.
    pub timing: Timing,
    /// Count these kinds of event, ascending; the figures of other kinds stay zero.
    pub kinds: &'a [Kind],
    /// Whether to count statuses. Not where an event's own dimension is grouped or filtered by.
    pub statuses: bool,
    /// Refuse an answer of more rows than this.
    pub rows: usize,
}

/// What a store answers: the counts of one bucket and one group, where there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores make rows")]
pub struct Row {
    /// The place of the bucket among the plan's buckets, from 0.
    pub bucket: usize,
    /// The values of the plan's dimensions, in their order.
    pub group: Group,
    /// What was counted there; not zero.
    pub counts: Counts,
}

impl Plan {
    /// Settles `query` over `range`, asked at `now`.
    pub(crate) fn new(query: Query, range: Range, now: DateTime<Utc>) -> Result<Self, QueryError> {
        check(&query)?;
        let resolution = bucket_length(&query)?;
        let buckets = resolution.buckets(&range, query.zone, now, query.limits.buckets)?;
        let mut by = query.by.clone();
        if resolution != Resolution::All && !by.contains(&By::Date) {
            by.push(By::Date);
        }
        let (dimensions, kinds) = (dimensions(&by), query.kinds_counted());
        Ok(Self { query, now, range, resolution, buckets, by, dimensions, kinds })
    }

    /// What a store must heed.
    pub fn parts(&self) -> PlanParts<'_> {
        PlanParts {
            scope: &self.query.scope,
            buckets: &self.buckets,
            filters: &self.query.filters,
            dimensions: &self.dimensions,
            timing: self.query.timing,
            kinds: &self.kinds,
            statuses: self.has_statuses(),
            rows: self.query.limits.rows,
        }
    }

    /// The question that was settled.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What rows are told apart by, in the order asked; the date last where a resolution asked for it.
    pub fn by(&self) -> &[By] {
        &self.by
    }

    /// The zone whose days and months the buckets are.
    pub fn zone(&self) -> Tz {
        self.query.zone
    }

    /// Into which bucket an event counts.
    pub fn timing(&self) -> Timing {
        self.query.timing
    }

    /// When it was asked.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The time that is asked about, start in, end out.
    pub fn range(&self) -> &Range {
        &self.range
    }

    /// The length of the buckets.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// The buckets: ascending, without gaps, together the range; the first and the last may be shorter than the
    /// resolution.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// The dimensions, in the order asked, without the date.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The kinds that are counted, ascending.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Whether the answer has statuses: not where an event's own dimension is grouped or filtered by.
    pub fn has_statuses(&self) -> bool {
        self.event_dimension().is_none()
    }

    /// The first dimension, grouped or filtered by, that is an event's own.
    pub(crate) fn event_dimension(&self) -> Option<Dimension> {
        let filtered = self.query.filters.iter().map(Filter::dimension);
        self.dimensions.iter().copied().chain(filtered).find(|dimension| dimension.belongs_to_event())
    }

    /// The question whose rows are the totals, bucket by bucket, where rows do not add up to them: a message with
    /// several tags counts under each, and once in a total. `None` where rows add up.
    pub fn totals(&self) -> Option<Self> {
        self.dimensions.contains(&Dimension::Tag).then(|| {
            let mut totals = self.clone();
            totals.by.retain(|by| *by == By::Date);
            totals.query.by.clone_from(&totals.by);
            totals.dimensions.clear();
            totals
        })
    }

    /// The most that the answer may hold.
    pub(crate) fn limits(&self) -> Limits {
        self.query.limits
    }
}

/// Refuses what no answer could be right to.
fn check(query: &Query) -> Result<(), QueryError> {
    if let Some(twice) = (1..query.by.len()).find(|&place| query.by[..place].contains(&query.by[place])) {
        return Err(QueryError::Repeated { by: query.by[twice] });
    }
    if query.top == Some(0) {
        return Err(QueryError::TopOfNone);
    }
    if let Some(rank) =
        query.rank.filter(|rank| rank.kind().is_some_and(|kind| !query.kinds_counted().contains(&kind)))
    {
        return Err(QueryError::RankNotCounted { rank });
    }
    for filter in &query.filters {
        filter.check()?;
    }
    Ok(())
}

/// The place, from 0, of the bucket that holds `at`; `None` if none does.
///
/// ```
/// use mailtally::{Bucket, bucket_index};
///
/// let at = |hour: u32| chrono::NaiveDate::from_ymd_opt(2026, 2, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc();
/// let buckets = [Bucket { start: at(0), end: at(6) }, Bucket { start: at(6), end: at(12) }];
/// assert_eq!(bucket_index(&buckets, at(6)), Some(1)); // the start is in
/// assert_eq!(bucket_index(&buckets, at(12)), None); // the end is out
/// ```
pub fn bucket_index(buckets: &[Bucket], at: DateTime<Utc>) -> Option<usize> {
    let place = buckets.partition_point(|bucket| bucket.end <= at);
    buckets.get(place).filter(|bucket| bucket.start <= at).map(|_| place)
}
