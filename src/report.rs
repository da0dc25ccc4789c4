//! Reports: complete answers, with every bucket, ordered, with totals and rates.

use crate::counted::Provenance;
use crate::counts::Counts;
use crate::dimension::By;
use crate::filter::Filter;
use crate::group::Group;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::plan::{Plan, Row};
use crate::query::Against;
use crate::rate::Definition;
use crate::time::Bucket;

mod cells;
mod comparison;
mod error;
mod json;
mod report_plan;
mod warning;

use cells::{Cells, GroupCells};

pub use comparison::Comparison;
pub use error::ReportError;
pub use report_plan::ReportPlan;
pub use warning::Warning;

/// The answer to a query.
///
/// **Complete**: by date, every group has a row for every bucket, including buckets without events (unless
/// [`Query::fill_gaps`](crate::Query::fill_gaps) is off); a query without dimensions has a row even if there is no mail.
/// **Ordered**: groups by the query's rank, largest first, then by name, the absent value last; buckets ascending. The
/// first dimension or date that the query requests rows by orders the rows first. **Additive**: the rows and the rest add
/// up to the totals, and the totals to the total (except by tag: a message counts under each of its tags, and once in a
/// total).
///
/// Only counted rows are kept; [`Report::rows`] makes the others when they are read.
///
/// ```
/// use mailtally::report::Report;
/// use mailtally::{Dimension, Event, Kind, Period, Query};
///
/// let event = |message, domain: &str| {
///     Event::new("acme", message, "1", Kind::Delivered, "2026-02-01T09:30:00Z".parse().unwrap()).domain(domain)
/// };
/// let plan = Query::new("acme", Period::last_days(7)).by(Dimension::Domain).plan("2026-02-02T00:00:00Z".parse()?)?;
/// let rows = plan.tally([event("m-1", "a.example"), event("m-2", "b.example"), event("m-3", "b.example")])?;
/// let report = Report::new(&plan, rows)?;
/// let delivered: Vec<_> = report.rows().map(|row| (row.group[0].as_deref(), row.counts.total(Kind::Delivered))).collect();
/// assert_eq!(delivered, [(Some("b.example"), 2), (Some("a.example"), 1)]);
/// assert_eq!(report.total().total(Kind::Delivered), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its JSON has everything: see [its serde form](#impl-Serialize-for-Report), and for programs
/// [`schema::REPORT`](crate::schema::REPORT).
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    plan: Plan,
    /// The groups with rows, in the order of the report.
    groups: Vec<GroupCells>,
    /// The (group, bucket) indexes of the rows, in their order, if gaps are not filled.
    sparse_rows: Option<Vec<(usize, usize)>>,
    rest: Option<Rest>,
    /// One for each of the plan's buckets.
    totals: Vec<Counts>,
    total: Counts,
    rates: Vec<Definition>,
    comparison: Option<Comparison>,
    provenance: Provenance,
}

/// One row of a [`Report`]: the counts of one bucket of one group.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReportRow<'a> {
    /// The values of the plan's dimensions, in their order.
    pub group: &'a Group,
    /// The index of the bucket in the plan's buckets.
    pub bucket: usize,
    /// The bucket: its start is included, its end is not.
    pub time: Bucket,
    /// The counts.
    pub counts: &'a Counts,
}

/// The groups of a [`Report`] without rows of their own, combined.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rest {
    /// The number of groups.
    pub groups: usize,
    /// Their counts by bucket: one for each of the plan's buckets.
    pub totals: Vec<Counts>,
    /// Their counts.
    pub total: Counts,
}

static NOTHING: Counts = Counts::ZERO;

impl Report {
    /// Makes a report of the `rows` that answer `plan`. Rows of the same bucket and group are added, so the rows of several
    /// shards can be concatenated.
    ///
    /// It has no comparison, even if the query requests one: [`Query::report_plan`](crate::Query::report_plan) lists the
    /// plans of both periods.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a row does not fit the plan, if rows are by tag (see [`Report::with_totals`]), if there are more
    /// rows than the query allows, or if a sum exceeds 64 bits.
    pub fn new(plan: &Plan, rows: Vec<Row>) -> Result<Self, ReportError> {
        Self::build(plan, rows, None)
    }

    /// As [`Report::new`], with the rows that answer [`Plan::totals_plan`].
    ///
    /// # Errors
    ///
    /// As [`Report::new`].
    pub fn with_totals(plan: &Plan, rows: Vec<Row>, totals: Vec<Row>) -> Result<Self, ReportError> {
        Self::build(plan, rows, Some(totals))
    }

    pub(crate) fn build(plan: &Plan, rows: Vec<Row>, totals: Option<Vec<Row>>) -> Result<Self, ReportError> {
        let cells = Cells::new(plan, rows)?;
        let totals = cells.totals(plan, totals)?;
        let mut groups = cells.ranked(plan.query().rank);
        let excluded = groups.split_off(groups.len().min(plan.query().top.unwrap_or(usize::MAX)));
        let (count, buckets, limit) = (groups.len(), plan.buckets().len(), plan.limits().rows);
        let fill_gaps = plan.query().fill_gaps;
        if fill_gaps && count.saturating_mul(buckets) > limit {
            return Err(ReportError::TooManyRows { groups: count, buckets, limit });
        }
        check_names(plan, &groups)?;
        Ok(Self {
            rest: Rest::new(plan, &excluded)?,
            sparse_rows: (!fill_gaps).then(|| sparse_rows(plan, &groups)),
            groups,
            total: cells::sum(&totals)?,
            totals,
            rates: Definition::STANDARD.iter().filter(|rate| is_known(plan, rate)).copied().collect(),
            comparison: None,
            provenance: Provenance::default(),
            plan: plan.clone(),
        })
    }

    /// Returns the resolved query.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the counts of all mail.
    pub fn total(&self) -> &Counts {
        &self.total
    }

    /// Returns the counts of all mail by bucket: one for each of the plan's buckets.
    pub fn totals(&self) -> &[Counts] {
        &self.totals
    }

    /// Returns the groups that [`Query::top`](crate::Query::top) excluded, combined; `None` if it excluded none.
    pub fn rest(&self) -> Option<&Rest> {
        self.rest.as_ref()
    }

    /// Returns the definitions of the rates that are shown with each row.
    pub fn rates(&self) -> &[Definition] {
        &self.rates
    }

    /// Returns the same query's answer for another period; `None` if none was added.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// Returns the rows: see [`Report`] for which and in what order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = ReportRow<'_>> + Clone {
        let count = match &self.sparse_rows {
            Some(rows) => rows.len(),
            None => self.groups.len() * self.plan.buckets().len(),
        };
        (0..count).map(|index| self.row(index))
    }

    fn row(&self, index: usize) -> ReportRow<'_> {
        let (groups, buckets) = (self.groups.len(), self.plan.buckets().len());
        let (group, bucket) = match &self.sparse_rows {
            Some(rows) => rows[index],
            None if is_date_first(&self.plan) => (index % groups, index / groups),
            None => (index / buckets, index % buckets),
        };
        let GroupCells { group, cells } = &self.groups[group];
        ReportRow {
            group,
            bucket,
            time: self.plan.buckets()[bucket],
            counts: cells.counts(bucket).unwrap_or(&NOTHING),
        }
    }

    /// Replaces the rates that are shown with each row. A rate that the query cannot determine is dropped: if a kind that it
    /// is made of was not counted, or if mail was counted that it is [not defined over](crate::rate::Eligibility).
    #[must_use]
    pub fn with_rates(mut self, rates: impl IntoIterator<Item = Definition>) -> Self {
        self.rates = rates.into_iter().filter(|rate| is_known(&self.plan, rate)).collect();
        self
    }

    /// Adds a comparison: `before` is the query's [`comparison_plan`](crate::Query::comparison_plan), `rows` answer it, and
    /// `totals` answer its [`totals_plan`](Plan::totals_plan) if it has one.
    ///
    /// # Errors
    ///
    /// As [`Report::new`]. The number of rows is not limited: only the groups of the report are compared.
    pub fn with_comparison(
        mut self,
        against: Against,
        before: &Plan,
        rows: Vec<Row>,
        totals: Option<Vec<Row>>,
    ) -> Result<Self, ReportError> {
        self.comparison = Some(Comparison::new(against, &self.plan, before, rows, totals)?);
        Ok(self)
    }

    /// Sets how the store came to the counts.
    #[must_use]
    pub fn with_provenance(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }

    /// Returns how the store came to the counts, and until when they are known to be complete.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Returns what a reader must know to interpret the numbers.
    pub fn warnings(&self) -> Vec<Warning> {
        warning::find(self)
    }

    /// Returns the date of a row's bucket in the query's zone, in the format of the resolution: `2026-11-21`, `2026-W47`,
    /// `2026-11`.
    pub fn date(&self, row: ReportRow<'_>) -> String {
        self.plan.resolution().label(row.time.start, self.plan.zone())
    }

    /// Returns whether events of `kind` were counted.
    pub fn has(&self, kind: Kind) -> bool {
        self.plan.kinds().contains(&kind)
    }

    /// Returns the counts of the rows that have any, in no particular order.
    fn counted(&self) -> impl Iterator<Item = &Counts> {
        self.groups.iter().flat_map(|group| group.cells.iter()).map(|(_, counts)| counts)
    }
}

impl Rest {
    fn new(plan: &Plan, excluded: &[GroupCells]) -> Result<Option<Self>, ReportError> {
        if excluded.is_empty() {
            return Ok(None);
        }
        let totals = cells::totals(plan, excluded.iter().map(|group| &group.cells))?;
        Ok(Some(Self { groups: excluded.len(), total: cells::sum(&totals)?, totals }))
    }
}

/// Checks that the values of groups are not too long for the number of their rows.
fn check_names(plan: &Plan, groups: &[GroupCells]) -> Result<(), ReportError> {
    let limit = plan.limits().names;
    let in_rows = |group: &GroupCells| {
        let bytes: usize = group.group.iter().flatten().map(|value| value.len()).sum();
        let rows = if plan.query().fill_gaps { plan.buckets().len() } else { group.cells.iter().count() };
        bytes.saturating_mul(rows)
    };
    let found = groups.iter().map(in_rows).fold(0, usize::saturating_add);
    if found > limit { Err(ReportError::NamesTooLong { found, limit }) } else { Ok(()) }
}

/// Returns whether the date orders the rows before the groups do.
fn is_date_first(plan: &Plan) -> bool {
    plan.by().first() == Some(&By::Date)
}

/// Returns the (group, bucket) indexes of all counted rows, in the order of the report.
fn sparse_rows(plan: &Plan, groups: &[GroupCells]) -> Vec<(usize, usize)> {
    let rows = |(index, group): (usize, &GroupCells)| {
        group.cells.iter().map(|(bucket, _)| (index, *bucket)).collect::<Vec<_>>()
    };
    let mut rows: Vec<(usize, usize)> = groups.iter().enumerate().flat_map(rows).collect();
    if is_date_first(plan) {
        // The sort is stable, so the groups of a bucket keep their order.
        rows.sort_by_key(|(_, bucket)| *bucket);
    }
    rows
}

/// Returns whether everything that a rate is made of was counted, over exactly the mail that it is defined over.
fn is_known(plan: &Plan, definition: &Definition) -> bool {
    let filters = plan.parts().filters;
    let is_eligible = Filter::of(definition.eligibility()).iter().all(|filter| filters.contains(filter));
    let is_counted = |metric: Metric| match metric.kind() {
        Some(kind) => plan.kinds().contains(&kind),
        None => plan.has_statuses(),
    };
    is_eligible && definition.metrics().all(is_counted)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::dimension::{By, Dimension};
    use crate::event::Event;
    use crate::metric::Metric;
    use crate::query::Query;
    use crate::rate::{Eligibility, Rate};
    use crate::time::{Period, Resolution};

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600 + hour * 3600, 0).unwrap()
    }

    fn event(message: &str, kind: Kind, hour: i64, domain: &str) -> Event {
        Event::new("a", message, format!("{kind}-{hour}"), kind, at(hour)).domain(domain)
    }

    fn answer(query: &Query, events: &[Event]) -> Report {
        let plan = query.plan(at(72)).unwrap();
        let rows = plan.tally(events.iter().cloned()).unwrap();
        match plan.totals_plan() {
            Some(totals) => {
                Report::with_totals(&plan, rows, totals.tally(events.iter().cloned()).unwrap()).unwrap()
            }
            None => Report::new(&plan, rows).unwrap(),
        }
    }

    fn names(report: &Report) -> Vec<(&str, usize)> {
        report.rows().map(|row| (row.group[0].as_deref().unwrap_or("-"), row.bucket)).collect()
    }

    /// Returns mail of two days: b has most, a and c the same amount, and some has no domain.
    fn mail() -> Vec<Event> {
        vec![
            event("1", Kind::Delivered, 1, "c"),
            event("2", Kind::Delivered, 2, "b"),
            event("3", Kind::Delivered, 30, "b"),
            event("4", Kind::Delivered, 31, "a"),
            event("5", Kind::Delivered, 3, ""),
            event("4", Kind::Opened, 32, ""),
            event("1", Kind::Opened, 33, ""),
        ]
    }

    fn two_days() -> Query {
        Query::new("a", Period::between(at(0), at(48)))
    }

    #[test]
    fn groups_are_ordered_by_size_then_name_with_the_absent_value_last() {
        let report = answer(&two_days().by(Dimension::Domain), &mail());
        assert_eq!(names(&report), [("a", 0), ("b", 0), ("c", 0), ("-", 0)]);
        let report = answer(&two_days().by(Dimension::Domain).rank(Metric::Unique(Kind::Delivered)), &mail());
        assert_eq!(names(&report), [("b", 0), ("a", 0), ("c", 0), ("-", 0)]);
    }

    #[test]
    fn every_group_has_every_bucket_and_the_first_dimension_or_date_orders_first() {
        let by_domain = answer(&two_days().by(Dimension::Domain).by(By::Date).top(2), &mail());
        assert_eq!(names(&by_domain), [("a", 0), ("a", 1), ("b", 0), ("b", 1)]);
        let by_date = answer(&two_days().by(By::Date).by(Dimension::Domain).top(2), &mail());
        assert_eq!(names(&by_date), [("a", 0), ("b", 0), ("a", 1), ("b", 1)]);
        let without_name =
            answer(&two_days().by(Dimension::Domain).resolution(Resolution::Day).top(1), &mail());
        assert_eq!(names(&without_name), [("a", 0), ("a", 1)]);
        assert!(by_domain.rows().next().unwrap().counts.is_zero(), "a had nothing on the first day");
    }

    #[test]
    fn a_query_without_mail_has_all_its_rows() {
        assert_eq!(answer(&two_days().by(By::Date), &[]).rows().len(), 2);
        assert_eq!(answer(&two_days(), &[]).rows().len(), 1);
        assert_eq!(answer(&two_days().by(Dimension::Domain), &[]).rows().len(), 0);
    }

    #[test]
    fn the_rest_has_the_groups_that_top_excluded() {
        let report = answer(&two_days().by(Dimension::Domain).by(By::Date).top(1), &mail());
        let rest = report.rest.as_ref().unwrap();
        assert_eq!((rest.groups, rest.total.total(Kind::Delivered)), (3, 4));
        let by_bucket: Vec<u64> = rest.totals.iter().map(|counts| counts.total(Kind::Delivered)).collect();
        assert_eq!(by_bucket, [3, 1]);
        assert_eq!(answer(&two_days().by(Dimension::Domain).top(4), &mail()).rest, None);
    }

    #[test]
    fn rows_by_tag_can_exceed_the_total_and_there_is_a_warning() {
        let tagged =
            [event("1", Kind::Delivered, 1, "").tags(["x", "y"]), event("2", Kind::Delivered, 1, "")];
        let report = answer(&two_days().by(Dimension::Tag), &tagged);
        assert_eq!(report.rows().map(|row| row.counts.total(Kind::Delivered)).sum::<u64>(), 3);
        assert_eq!(report.total.total(Kind::Delivered), 2);
        assert!(report.warnings().contains(&Warning::TagsOverlap));
    }

    #[test]
    fn a_rate_above_one_has_a_warning() {
        let told = |query: Query, events: &[Event]| -> Vec<String> {
            answer(&query, events).warnings().iter().map(Warning::to_string).collect()
        };
        let opened_later = [
            event("1", Kind::Delivered, 1, ""),
            event("1", Kind::Opened, 30, ""),
            event("2", Kind::Delivered, 30, ""),
            event("2", Kind::Opened, 31, ""),
        ];
        let by_event_time = told(two_days().by(By::Date), &opened_later);
        let expected = "the open rate is above 100 % in 1 row: events count when they happen, and some of these \
                        may belong to messages of another row or of an earlier time; timing `send` counts events \
                        with their messages";
        assert!(by_event_time.iter().any(|warning| warning == expected), "{by_event_time:?}");
        let by_send_time = told(two_days().by(By::Date).timing(crate::query::Timing::Send), &opened_later);
        assert!(!by_send_time.iter().any(|warning| warning.starts_with("the open rate")), "{by_send_time:?}");
    }

    #[test]
    fn gaps_are_not_filled_beyond_the_limit() {
        let limits = crate::query::Limits { rows: 7, ..Default::default() };
        let query = two_days().by(Dimension::Domain).by(By::Date).limits(limits);
        let plan = query.plan(at(0)).unwrap();
        let error = Report::new(&plan, plan.tally(mail()).unwrap()).unwrap_err();
        assert_eq!(error, ReportError::TooManyRows { groups: 4, buckets: 2, limit: 7 });
        assert!(error.is_client_error());
    }

    #[test]
    fn names_count_as_often_as_they_have_rows() {
        let long = [event("1", Kind::Delivered, 1, &"x".repeat(100)), event("2", Kind::Delivered, 1, "y")];
        let error = |fill_gaps, names| {
            let limits = crate::query::Limits { names, ..Default::default() };
            let query = two_days().by(Dimension::Domain).by(By::Date).limits(limits).fill_gaps(fill_gaps);
            let plan = query.plan(at(0)).unwrap();
            Report::new(&plan, plan.tally(long.clone()).unwrap()).err()
        };
        assert_eq!(error(true, 202), None);
        assert_eq!(error(true, 201), Some(ReportError::NamesTooLong { found: 202, limit: 201 }));
        assert_eq!(error(false, 101), None);
        assert_eq!(error(false, 100), Some(ReportError::NamesTooLong { found: 101, limit: 100 }));
    }

    #[test]
    fn rows_of_shards_are_added() {
        let plan = two_days().by(Dimension::Domain).plan(at(0)).unwrap();
        let mut rows = plan.tally(mail()).unwrap();
        rows.extend(plan.tally(mail()).unwrap());
        assert_eq!(Report::new(&plan, rows).unwrap().total.total(Kind::Delivered), 10);
    }

    #[test]
    fn each_row_has_the_counts_of_the_period_before() {
        let query = Query::new("a", Period::between(at(24), at(48)))
            .by(Dimension::Domain)
            .top(2)
            .compare(Against::Previous);
        let before = query.comparison_plan(at(72)).unwrap().unwrap();
        assert_eq!(before.query().top, None, "what is large now may have been small then");
        let rows = before.tally(mail()).unwrap();
        let report = answer(&query, &mail()).with_comparison(Against::Previous, &before, rows, None).unwrap();
        let comparison = report.comparison.as_ref().unwrap();
        assert_eq!(comparison.range().start(), Some(at(0)));
        assert_eq!(comparison.total().total(Kind::Delivered), 3);
        let before = report.rows().filter_map(|row| comparison.counts(row));
        let beside: Vec<_> = before.map(|counts| counts.total(Kind::Delivered)).collect();
        assert_eq!((names(&report), beside), (vec![("a", 0), ("b", 0)], vec![0, 1]));
    }

    #[test]
    fn an_open_period_has_no_period_before_it_and_there_is_a_warning() {
        let warns = |period: Period| {
            let report = answer(&Query::new("a", period).compare(Against::Previous), &mail()).with_rates([]);
            report.warnings().contains(&Warning::NothingBefore { against: Against::Previous })
        };
        assert!(warns(Period::all()) && warns(Period::since(at(0))) && warns(Period::until(at(48))));
        assert!(!warns(Period::between(at(0), at(48))));
    }

    #[test]
    fn rows_without_a_corresponding_bucket_have_no_comparison() {
        let march = Query::new("a", "2026-03".parse().unwrap()).by(By::Date).compare(Against::Previous);
        let before = march.comparison_plan(at(0)).unwrap().unwrap();
        let report =
            answer(&march, &[]).with_comparison(Against::Previous, &before, Vec::new(), None).unwrap();
        let comparison = report.comparison.as_ref().unwrap();
        assert_eq!(report.rows().len(), 31);
        assert_eq!(
            report.rows().filter(|row| comparison.counts(*row).is_none()).count(),
            3,
            "February has no 29th, 30th and 31st"
        );
    }

    #[test]
    fn kinds_that_are_not_counted_are_not_shown_and_neither_are_their_rates() {
        let report = answer(&two_days().kinds([Kind::Delivered]).by(Dimension::Country), &mail());
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["total"]["counts"].as_object().unwrap().keys().collect::<Vec<_>>(), ["delivered"]);
        assert!(json["total"]["rates"].get("open_rate").is_none());
        assert!(json["total"]["statuses"].is_null(), "a country is not a message's");
    }

    /// Returns the open rates of the mail that `filters` keep, of two deliveries; one is tracked, and opened.
    fn open_rates(filters: Vec<Filter>) -> Vec<(&'static str, Rate)> {
        let mail = [
            event("1", Kind::Delivered, 1, "").open_tracking(true),
            event("1", Kind::Opened, 2, ""),
            event("2", Kind::Delivered, 1, "").open_tracking(false),
        ];
        let report = answer(&filters.into_iter().fold(two_days(), Query::filter), &mail);
        let open_rates =
            report.rates.iter().filter(|rate| ["open_rate", "tracked_open_rate"].contains(&rate.name()));
        open_rates.map(|rate| (rate.name(), rate.compute(&report.total).unwrap())).collect()
    }

    #[test]
    fn a_rate_of_tracked_mail_is_shown_only_if_no_other_mail_is_counted() {
        assert_eq!(open_rates(Vec::new()), [("open_rate", Rate::new(1, 2))]);
        assert_eq!(
            open_rates(Filter::of(Eligibility::OpenTracked)),
            [("open_rate", Rate::new(1, 1)), ("tracked_open_rate", Rate::new(1, 1))]
        );
    }

    #[test]
    fn a_rate_is_shown_if_the_query_has_all_filters_of_its_eligibility() {
        use Eligibility::{All, ClickTracked, ComplaintReporting, OpenAndClickTracked, OpenTracked};

        for (filters, expected) in [
            (Vec::new(), &[All][..]),
            (Filter::of(OpenTracked), &[All, OpenTracked]),
            (Filter::of(ClickTracked), &[All, ClickTracked]),
            (Filter::of(OpenAndClickTracked), &[All, OpenTracked, ClickTracked, OpenAndClickTracked]),
            (Filter::of(ComplaintReporting), &[All, ComplaintReporting]),
            (vec![Filter::is(Dimension::OpenTracking, ["false"])], &[All]),
            (vec![Filter::is(Dimension::OpenTracking, ["true", "false"])], &[All]),
            (vec![Filter::is_not(Dimension::OpenTracking, ["false"])], &[All]),
            (vec![Filter::is_not(Dimension::OpenTracking, ["true"])], &[All]),
            (vec![Filter::is(Dimension::Provider, ["Google", "Yahoo"])], &[All]),
        ] {
            let query = filters.into_iter().fold(two_days(), Query::filter);
            let shown = answer(&query, &[]).rates;
            for definition in Definition::STANDARD {
                let is_expected = expected.contains(&definition.eligibility());
                assert_eq!(shown.contains(definition), is_expected, "{} {query:?}", definition.name());
            }
        }
    }
}
