//! Plans: queries whose periods, days and zones are resolved to instants.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::contribution::Selection;
use crate::counts::Counts;
use crate::dimension::{By, Dimension};
use crate::filter::Filter;
use crate::group::Group;
use crate::kind::Kind;
use crate::query::{Against, Limits, Query, QueryError, Scope, Timing};
use crate::time::{Bucket, Range, Resolution};

mod clipped;

pub(crate) use clipped::Clipped;

/// A query resolved to instants: whose mail a store counts, into which half-open buckets in UTC, and everything else in
/// [`PlanParts`].
///
/// A store destructures it with [`Plan::parts`]. It needs no calendar and no time zone: the buckets are instants.
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

/// The parts of a [`Plan`], which a store must all apply.
///
/// The struct is exhaustive on purpose: a store destructures it without `..`, so one that does not handle a new part fails
/// to compile instead of answering wrongly.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every store must apply every part")]
pub struct PlanParts<'a> {
    /// Count only the mail of these accounts.
    pub scope: &'a Scope,
    /// Count into these buckets: half-open, ascending, without gaps. Instants outside of all buckets do not count.
    pub buckets: &'a [Bucket],
    /// Count only mail that passes all of these.
    pub filters: &'a [Filter],
    /// Count each combination of values of these dimensions separately.
    pub dimensions: &'a [Dimension],
    /// The bucket of an event is that of its own instant or of its message's creation. The bucket of a status is always that
    /// of its message's creation.
    pub timing: Timing,
    /// Count these kinds of event, ascending; the figures of other kinds stay zero. It can be empty: then only statuses are
    /// counted. (In PostgreSQL, `IN ()` is an error and `= ANY (array)` is not.)
    pub kinds: &'a [Kind],
    /// Whether to count statuses: not if a dimension of events is grouped or filtered by.
    pub statuses: bool,
    /// Return an error for an answer of more rows than this.
    pub max_rows: usize,
}

/// One row of a store's answer: the counts of one bucket and group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores make rows")]
pub struct Row {
    /// The index of the bucket in the plan's buckets.
    pub bucket: usize,
    /// The values of the plan's dimensions, in their order.
    pub group: Group,
    /// The counts; not zero.
    pub counts: Counts,
}

impl Query {
    /// Resolves the query at the instant `now`, which becomes the end of rolling periods and decides what "today" is. The host
    /// passes it: see [where it comes from](crate::time#where-now-comes-from).
    ///
    /// # Errors
    ///
    /// [`QueryError`] if the period cannot be resolved, there are too many buckets, a dimension is requested twice, rows by
    /// date are requested at resolution `all`, [`Query::top`] is 0, the rank is not counted, a filter has a value that its
    /// dimension cannot have, or there are more dimensions, filters or values than the [limits](Query::limits) allow.
    pub fn plan(&self, now: DateTime<Utc>) -> Result<Plan, QueryError> {
        Plan::new(self.clone(), self.period.resolve(now, self.zone)?, now)
    }

    /// Resolves the same query for the period to compare with. `None` if no comparison was requested, or if the period has
    /// no start or no end and so none before it.
    ///
    /// # Errors
    ///
    /// As [`Query::plan`].
    pub fn comparison_plan(&self, now: DateTime<Utc>) -> Result<Option<Plan>, QueryError> {
        let range = match self.compare {
            None => None,
            Some(Against::Previous) => self.period.previous(now, self.zone)?,
            Some(Against::Year) => self.period.year_before(now, self.zone)?,
        };
        // All groups, because the largest groups may have been small before.
        let limits = Limits { rows: self.counted_rows(), ..self.limits };
        let all_groups = Self { top: None, compare: None, limits, ..self.clone() };
        range.map(|range| Plan::new(all_groups, range, now)).transpose()
    }

    /// Returns how many rows a store may count.
    fn counted_rows(&self) -> usize {
        match self.top {
            Some(_) => self.limits.rows_before_top.max(self.limits.rows),
            None => self.limits.rows,
        }
    }
}

impl Plan {
    fn new(query: Query, range: Range, now: DateTime<Utc>) -> Result<Self, QueryError> {
        check(&query)?;
        let resolution = resolution(&query)?;
        let buckets = resolution.buckets(&range, query.zone, now, query.limits.buckets)?;
        let mut by = query.by.clone();
        if resolution != Resolution::All && !by.contains(&By::Date) {
            by.push(By::Date);
        }
        let (dimensions, kinds) = (dimensions(&by), query.counted_kinds());
        Ok(Self { query, now, range, resolution, buckets, by, dimensions, kinds })
    }

    /// Returns everything that a store must apply, including whether to count statuses and the maximum number of rows.
    pub fn parts(&self) -> PlanParts<'_> {
        PlanParts {
            scope: &self.query.scope,
            buckets: &self.buckets,
            filters: &self.query.filters,
            dimensions: &self.dimensions,
            timing: self.query.timing,
            kinds: &self.kinds,
            statuses: self.has_statuses(),
            max_rows: self.query.counted_rows(),
        }
    }

    /// Returns what is counted of a message, and under which groups.
    pub fn selection(&self) -> Selection<'_> {
        let Self { query, dimensions, kinds, .. } = self;
        Selection { filters: &query.filters, dimensions, timing: query.timing, kinds }
    }

    /// Returns the query that was resolved.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Returns what the report has separate rows for, in the order requested; the date is last if only the resolution
    /// implies it.
    pub fn by(&self) -> &[By] {
        &self.by
    }

    /// Returns the time zone of the buckets.
    pub fn zone(&self) -> Tz {
        self.query.zone
    }

    /// Returns which instant decides the bucket that an event counts in.
    pub fn timing(&self) -> Timing {
        self.query.timing
    }

    /// Returns the instant at which the query was resolved.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Returns the resolved period: a half-open range in UTC, whose ends may be open.
    pub fn range(&self) -> &Range {
        &self.range
    }

    /// Returns the length of the buckets.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Returns the buckets: half-open, ascending, without gaps. Together they are the range, except that with a resolution
    /// other than `all` an open end is cut after the bucket that contains `now`. The first and the last bucket may be
    /// shorter than the resolution.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Returns the edges of the buckets for stores whose instants are whole milliseconds since 1970: the start of each bucket
    /// and the end of the last, each rounded up. An event at the millisecond `at` is in bucket `i` if `edges[i] <= at &&
    /// at < edges[i + 1]`.
    ///
    /// Buckets have nanoseconds, so rounding an edge down would put an event on the wrong side of it. A bucket of less than a
    /// millisecond can have two equal edges, and so no events. The list is empty if the plan has no buckets.
    ///
    /// ```
    /// use mailtally::{Period, Query};
    ///
    /// let plan = Query::new("acme", Period::last_days(1)).plan("2026-02-02T00:00:00.000000001Z".parse()?)?;
    /// let [start, end] = plan.edges_in_millis()[..] else { unreachable!("there is one bucket") };
    /// assert_eq!((start, end), (1_769_904_000_001, 1_769_990_400_001));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edges_in_millis(&self) -> Vec<i64> {
        let edges =
            self.buckets.iter().map(|bucket| bucket.start).chain(self.buckets.last().map(|last| last.end));
        let rounded_up = |at: DateTime<Utc>| {
            let millis = at.timestamp_millis();
            if at.timestamp_subsec_nanos().is_multiple_of(1_000_000) {
                millis
            } else {
                millis.saturating_add(1)
            }
        };
        edges.map(rounded_up).collect()
    }

    /// Returns the dimensions in the order requested, without the date.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// Returns the kinds that are counted, ascending.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Returns whether the answer has statuses: not if a dimension of events is grouped or filtered by.
    pub fn has_statuses(&self) -> bool {
        self.selection().has_statuses()
    }

    /// Returns the first dimension of events that is grouped or filtered by.
    pub(crate) fn event_dimension(&self) -> Option<Dimension> {
        let (dimensions, filters) = (&self.dimensions, &self.query.filters);
        let filtered = filters.iter().map(Filter::dimension);
        dimensions.iter().copied().chain(filtered).find(|dimension| dimension.belongs_to_event())
    }

    /// Returns the plan whose rows are the totals by bucket, if rows do not add up to them: a message with several tags
    /// counts under each tag, and once in a total. `None` if rows add up.
    pub fn totals_plan(&self) -> Option<Self> {
        self.dimensions.contains(&Dimension::Tag).then(|| {
            let mut totals = self.clone();
            totals.by.retain(|by| *by == By::Date);
            totals.query.by.clone_from(&totals.by);
            totals.dimensions.clear();
            totals
        })
    }

    /// Returns the maximum size of the answer.
    pub(crate) fn limits(&self) -> Limits {
        self.query.limits
    }
}

impl PlanParts<'_> {
    /// Returns the only dimension that is grouped or filtered by, apart from the account: `Some(None)` if there is none, and
    /// `None` if there are several, or if the sums by that dimension do not tell the answer.
    pub(crate) fn only_dimension(&self) -> Option<Option<Dimension>> {
        let filtered = || self.filters.iter().map(Filter::dimension).filter(|by| *by != Dimension::Account);
        let grouped = self.dimensions.iter().copied().filter(|by| *by != Dimension::Account);
        let mut only = None;
        for dimension in grouped.chain(filtered()) {
            if only.is_some_and(|only| only != dimension) {
                return None;
            }
            only = Some(dimension);
        }
        // A message is in the sums of each of its tags, and passes a filter of any of them.
        let is_filtered_by_tag = filtered().any(|dimension| dimension == Dimension::Tag);
        (!is_filtered_by_tag).then_some(only)
    }
}

/// Checks what does not depend on the period.
fn check(query: &Query) -> Result<(), QueryError> {
    if let Some(repeated) = (1..query.by.len()).find(|&index| query.by[..index].contains(&query.by[index])) {
        return Err(QueryError::Repeated { by: query.by[repeated] });
    }
    if query.top == Some(0) {
        return Err(QueryError::TopZero);
    }
    let is_counted = |kind| query.counted_kinds().contains(&kind);
    if let Some(rank) = query.rank.filter(|rank| rank.kind().is_some_and(|kind| !is_counted(kind))) {
        return Err(QueryError::RankNotCounted { rank });
    }
    check_size(query)?;
    for filter in &query.filters {
        filter.check()?;
    }
    Ok(())
}

/// Checks how many dimensions, filters and values there are.
fn check_size(query: &Query) -> Result<(), QueryError> {
    let Limits { dimensions, filters, values, buckets: _, rows: _, rows_before_top: _, names: _ } =
        query.limits;
    let found = query.by.iter().filter(|by| **by != By::Date).count();
    if found > dimensions {
        return Err(QueryError::TooManyDimensions { found, limit: dimensions });
    }
    if query.filters.len() > filters {
        return Err(QueryError::TooManyFilters { found: query.filters.len(), limit: filters });
    }
    let found = query.filters.iter().map(|filter| filter.values().count()).sum();
    if found > values {
        return Err(QueryError::TooManyValues { found, limit: values });
    }
    Ok(())
}

/// Returns the requested resolution or its default.
fn resolution(query: &Query) -> Result<Resolution, QueryError> {
    match (query.resolution, query.by.contains(&By::Date)) {
        (None, true) => Ok(Resolution::Day),
        (None, false) => Ok(Resolution::All),
        (Some(Resolution::All), true) => Err(QueryError::DateWithoutResolution),
        (Some(resolution), _) => Ok(resolution),
    }
}

/// Returns the dimensions, without the date.
fn dimensions(by: &[By]) -> Vec<Dimension> {
    let dimension = |by: &By| match *by {
        By::Date => None,
        By::Dimension(dimension) => Some(dimension),
    };
    by.iter().filter_map(dimension).collect()
}

/// Returns the index of the bucket that contains `at`; `None` if no bucket does.
///
/// ```
/// use mailtally::store::bucket_index;
/// use mailtally::time::Bucket;
///
/// let at = |hour: u32| chrono::NaiveDate::from_ymd_opt(2026, 2, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc();
/// let buckets = [Bucket { start: at(0), end: at(6) }, Bucket { start: at(6), end: at(12) }];
/// assert_eq!(bucket_index(&buckets, at(6)), Some(1)); // the start is included
/// assert_eq!(bucket_index(&buckets, at(12)), None); // the end is not
/// ```
pub fn bucket_index(buckets: &[Bucket], at: DateTime<Utc>) -> Option<usize> {
    let index = buckets.partition_point(|bucket| bucket.end <= at);
    buckets.get(index).filter(|bucket| bucket.start <= at).map(|_| index)
}
