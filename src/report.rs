//! The answer, complete: every bucket there, ordered, with totals, rates and what a reader must know.

use chrono::{DateTime, Utc};

use crate::compare::{Against, Comparison};
use crate::counts::{CountOverflow, Counts, Metric};
use crate::dimension::Group;
use crate::error::Error;
use crate::event_type::Kind;
use crate::filter::Filter;
use crate::plan::{Plan, Row};
use crate::query::Query;
use crate::rate::Definition;
use crate::store::Store;
use crate::time::Bucket;

mod cells;
mod json;
mod warning;

pub(crate) use cells::{Cells, sum};

pub use warning::Warning;

/// What a query is answered with.
///
/// **Complete**: where rows are told apart by date, every group has a row for every bucket, also for those where
/// nothing happened; a question without dimensions has a row also when there is no mail at all. **Ordered**: groups by
/// the query's rank, the largest first, then by name, the absent value last; buckets ascending. The first thing that the
/// query asks rows by orders them first. **Adding up**: the rows and the rest add up to the totals, and the totals of
/// the buckets to the total (except by tag, where a message counts under each of its tags, and once in a total).
///
/// ```
/// use mailtally::{Dimension, Event, Kind, Period, Query, Report};
///
/// let event = |message, domain: &str| {
///     Event::new("acme", message, "1", Kind::Delivered, "2026-02-01T09:30:00Z".parse().unwrap()).domain(domain)
/// };
/// let plan = Query::new("acme", Period::last_days(7)).by(Dimension::Domain).plan("2026-02-02T00:00:00Z".parse()?)?;
/// let rows = plan.tally([event("m-1", "a.example"), event("m-2", "b.example"), event("m-3", "b.example")])?;
/// let report = Report::new(&plan, rows)?;
/// let delivered: Vec<_> = report.rows.iter().map(|row| (row.group[0].as_deref(), row.counts.total(Kind::Delivered))).collect();
/// assert_eq!(delivered, [(Some("b.example"), 2), (Some("a.example"), 1)]);
/// assert_eq!(report.total.total(Kind::Delivered), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its JSON shows all: see [`Report`'s serde form](#impl-Serialize-for-Report), and for programs
/// [`schema::REPORT`](crate::schema::REPORT).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The settled question.
    pub plan: Plan,
    /// A row for each bucket of each group.
    pub rows: Vec<ReportRow>,
    /// The groups that [`Query::top`] left out, together; `None` if none was.
    pub rest: Option<Rest>,
    /// All mail, by bucket: one for each of the plan's buckets.
    pub totals: Vec<Counts>,
    /// All mail.
    pub total: Counts,
    /// The rates that are shown with each row.
    pub rates: Vec<Definition>,
    /// What a reader must know to read the numbers rightly.
    pub warnings: Vec<Warning>,
    /// The same of another period, if that was asked.
    pub comparison: Option<Comparison>,
}

/// The counts of one bucket of one group.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReportRow {
    /// The values of the plan's dimensions, in their order.
    pub group: Group,
    /// The place of the bucket among the plan's buckets, from 0.
    pub bucket: usize,
    /// From when to when, start in, end out.
    pub time: Bucket,
    /// What was counted.
    pub counts: Counts,
}

/// The groups that were left out, together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rest {
    /// How many groups.
    pub groups: usize,
    /// Their counts, by bucket: one for each of the plan's buckets.
    pub totals: Vec<Counts>,
    /// Their counts.
    pub total: Counts,
}

/// Rows that make no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A row is in a bucket that the plan does not have.
    #[error("a row is in bucket {found}, expected one of {expected} buckets, counted from 0")]
    NoSuchBucket {
        /// The row's bucket.
        found: usize,
        /// How many there are.
        expected: usize,
    },
    /// A row's group has more or fewer values than the plan has dimensions.
    #[error("the group of a row has {found} values, expected {expected}, one for each dimension")]
    WrongGroup {
        /// How many values.
        found: usize,
        /// How many dimensions.
        expected: usize,
    },
    /// The rows do not add up to totals, and the totals were not given.
    #[error("rows by `tag` do not add up, expected the rows of the plan's totals as well")]
    TotalsMissing,
    /// With its gaps filled, the report has more rows than the query allows.
    #[error(
        "{groups} groups in {buckets} buckets are asked, at most {limit} rows allowed; use a coarser resolution, ask for the largest groups only, or raise the limit"
    )]
    TooManyRows {
        /// How many groups are shown.
        groups: usize,
        /// How many buckets each has.
        buckets: usize,
        /// The most that the query allows.
        limit: usize,
    },
    /// A sum does not fit.
    #[error(transparent)]
    Overflow(#[from] CountOverflow),
}

impl ReportError {
    /// Whether the asker can mend it by asking otherwise.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::TooManyRows { .. } => true,
            Self::NoSuchBucket { .. } | Self::WrongGroup { .. } | Self::TotalsMissing | Self::Overflow(_) => {
                false
            }
        }
    }
}

/// Asks `store` for all that `query` wants to know at the instant `now`: the one call that most hosts need.
///
/// # Errors
///
/// [`Error`], which tells the asker's mistakes from the store's.
pub async fn report<S: Store + ?Sized>(
    store: &S,
    query: &Query,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let questions = query.questions(now)?;
    let mut answers = Vec::new();
    for plan in questions.plans() {
        answers.push(store.count(plan).await?);
    }
    Ok(questions.report(answers)?)
}

impl Report {
    /// Completes the `rows` that answer `plan`. Rows of the same bucket and group are added, so those of several shards
    /// may simply be put one after another.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a row does not fit the plan, if rows are asked by tag (see [`Report::with_totals`]), if there
    /// are more rows than the query allows, or if a sum does not fit into 64 bits.
    pub fn new(plan: &Plan, rows: Vec<Row>) -> Result<Self, ReportError> {
        Self::complete(plan, rows, None)
    }

    /// As [`Report::new`], with totals of their own: the `totals` are the rows that answer [`Plan::totals`].
    ///
    /// # Errors
    ///
    /// [`ReportError`].
    pub fn with_totals(plan: &Plan, rows: Vec<Row>, totals: Vec<Row>) -> Result<Self, ReportError> {
        Self::complete(plan, rows, Some(totals))
    }

    pub(crate) fn complete(
        plan: &Plan,
        rows: Vec<Row>,
        totals: Option<Vec<Row>>,
    ) -> Result<Self, ReportError> {
        let cells = Cells::new(plan, rows)?;
        let totals = cells.totals(plan, totals)?;
        let mut shown = cells.ranked(plan)?;
        let cut = shown.split_off(shown.len().min(plan.query().top.unwrap_or(usize::MAX)));
        let (groups, buckets, limit) = (shown.len(), plan.buckets().len(), plan.limits().rows);
        if groups.saturating_mul(buckets) > limit {
            return Err(ReportError::TooManyRows { groups, buckets, limit });
        }
        let rest = match cut.len() {
            0 => None,
            groups => {
                let totals = cells.sum(plan, cut.iter())?;
                Some(Rest { groups, total: sum(&totals)?, totals })
            }
        };
        let total = sum(&totals)?;
        let rows = cells.rows(plan, &shown);
        let rates = Definition::STANDARD.iter().filter(|rate| can_be_told(plan, rate)).copied().collect();
        let mut report = Self {
            plan: plan.clone(),
            rows,
            rest,
            totals,
            total,
            rates,
            warnings: Vec::new(),
            comparison: None,
        };
        report.warnings = warning::of(&report);
        Ok(report)
    }

    /// Shows these rates with each row, in place of the usual ones; those that the question cannot tell are left out,
    /// because their kinds were not counted, or because they are [among mail](crate::rate::Eligibility) that it does not
    /// keep to.
    #[must_use]
    pub fn rates(mut self, rates: impl IntoIterator<Item = Definition>) -> Self {
        self.rates = rates.into_iter().filter(|rate| can_be_told(&self.plan, rate)).collect();
        self.warnings = warning::of(&self);
        self
    }

    /// Lays the answer of another period beside this one: `before` is [`Query::comparison_plan`], `rows` answer it, and
    /// `totals` its [`Plan::totals`] where it has some.
    ///
    /// # Errors
    ///
    /// As [`Report::new`]. How many rows there are does not matter: only the groups that are shown are compared.
    pub fn compared(
        mut self,
        against: Against,
        before: &Plan,
        rows: Vec<Row>,
        totals: Option<Vec<Row>>,
    ) -> Result<Self, ReportError> {
        self.comparison = Some(Comparison::new(against, &self, before, rows, totals)?);
        Ok(self)
    }

    /// The date of a row's bucket in the query's zone, as its resolution writes it: `2026-11-21`, `2026-W47`, `2026-11`.
    pub fn date(&self, row: &ReportRow) -> String {
        self.plan.resolution().label(row.time.start, self.plan.zone())
    }

    /// Whether the kind was asked for.
    pub fn has(&self, kind: Kind) -> bool {
        self.plan.kinds().contains(&kind)
    }
}

/// Whether everything that a rate is made of was counted, over just the mail that it is to be counted over.
fn can_be_told(plan: &Plan, definition: &Definition) -> bool {
    let asked = plan.parts().filters;
    let is_eligible = Filter::of(definition.eligibility()).iter().all(|filter| asked.contains(filter));
    is_eligible
        && definition.metrics().all(|metric| match metric {
            Metric::Total(kind) | Metric::Unique(kind) | Metric::DailyUnique(kind) => {
                plan.kinds().contains(&kind)
            }
            Metric::TotalOf(event_type) | Metric::UniqueOf(event_type) => {
                plan.kinds().contains(&event_type.kind())
            }
            Metric::Status(_) => plan.has_statuses(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::Metric;
    use crate::dimension::{By, Dimension};
    use crate::event::Event;
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
        match plan.totals() {
            Some(totals) => {
                Report::with_totals(&plan, rows, totals.tally(events.iter().cloned()).unwrap()).unwrap()
            }
            None => Report::new(&plan, rows).unwrap(),
        }
    }

    fn names(report: &Report) -> Vec<(&str, usize)> {
        report.rows.iter().map(|row| (row.group[0].as_deref().unwrap_or("-"), row.bucket)).collect()
    }

    /// Two days: b has most mail, a and c as much as each other, and some has no domain.
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
    fn groups_are_ordered_by_size_then_name_and_the_absent_one_is_last_of_its_size() {
        let report = answer(&two_days().by(Dimension::Domain), &mail());
        assert_eq!(names(&report), [("a", 0), ("b", 0), ("c", 0), ("-", 0)]);
        let report = answer(&two_days().by(Dimension::Domain).rank(Metric::Unique(Kind::Delivered)), &mail());
        assert_eq!(names(&report), [("b", 0), ("a", 0), ("c", 0), ("-", 0)]);
    }

    #[test]
    fn every_group_has_every_bucket_and_what_is_asked_first_orders_first() {
        let by_domain = answer(&two_days().by(Dimension::Domain).by(By::Date).top(2), &mail());
        assert_eq!(names(&by_domain), [("a", 0), ("a", 1), ("b", 0), ("b", 1)]);
        let by_date = answer(&two_days().by(By::Date).by(Dimension::Domain).top(2), &mail());
        assert_eq!(names(&by_date), [("a", 0), ("b", 0), ("a", 1), ("b", 1)]);
        let without_name =
            answer(&two_days().by(Dimension::Domain).resolution(Resolution::Day).top(1), &mail());
        assert_eq!(names(&without_name), [("a", 0), ("a", 1)]);
        assert!(by_domain.rows[0].counts.is_zero(), "a had nothing on the first day");
    }

    #[test]
    fn a_question_without_mail_has_its_rows_all_the_same() {
        assert_eq!(answer(&two_days().by(By::Date), &[]).rows.len(), 2);
        assert_eq!(answer(&two_days(), &[]).rows.len(), 1);
        assert_eq!(answer(&two_days().by(Dimension::Domain), &[]).rows.len(), 0);
    }

    #[test]
    fn the_rest_holds_what_top_left_out() {
        let report = answer(&two_days().by(Dimension::Domain).by(By::Date).top(1), &mail());
        let rest = report.rest.as_ref().unwrap();
        assert_eq!((rest.groups, rest.total.total(Kind::Delivered)), (3, 4));
        let by_bucket: Vec<u64> = rest.totals.iter().map(|counts| counts.total(Kind::Delivered)).collect();
        assert_eq!(by_bucket, [3, 1]);
        assert_eq!(answer(&two_days().by(Dimension::Domain).top(4), &mail()).rest, None);
    }

    #[test]
    fn by_tag_rows_add_up_to_more_than_the_total_and_a_warning_says_so() {
        let tagged =
            [event("1", Kind::Delivered, 1, "").tags(["x", "y"]), event("2", Kind::Delivered, 1, "")];
        let report = answer(&two_days().by(Dimension::Tag), &tagged);
        assert_eq!(report.rows.iter().map(|row| row.counts.total(Kind::Delivered)).sum::<u64>(), 3);
        assert_eq!(report.total.total(Kind::Delivered), 2);
        assert!(report.warnings.contains(&Warning::TagsOverlap));
    }

    #[test]
    fn a_rate_above_one_is_explained() {
        let told = |query: Query, events: &[Event]| -> Vec<String> {
            answer(&query, events).warnings.iter().map(Warning::to_string).collect()
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
    fn rows_of_shards_are_added() {
        let plan = two_days().by(Dimension::Domain).plan(at(0)).unwrap();
        let mut rows = plan.tally(mail()).unwrap();
        rows.extend(plan.tally(mail()).unwrap());
        assert_eq!(Report::new(&plan, rows).unwrap().total.total(Kind::Delivered), 10);
    }

    #[test]
    fn the_period_before_lies_beside_each_row() {
        let query = Query::new("a", Period::between(at(24), at(48)))
            .by(Dimension::Domain)
            .top(2)
            .compare(Against::Previous);
        let before = query.comparison_plan(at(72)).unwrap().unwrap();
        assert_eq!(before.query().top, None, "what is large now may have been small then");
        let rows = before.tally(mail()).unwrap();
        let report = answer(&query, &mail()).compared(Against::Previous, &before, rows, None).unwrap();
        let comparison = report.comparison.as_ref().unwrap();
        assert_eq!(comparison.range.start(), Some(at(0)));
        assert_eq!(comparison.total.total(Kind::Delivered), 3);
        let beside: Vec<_> =
            comparison.rows.iter().flatten().map(|counts| counts.total(Kind::Delivered)).collect();
        assert_eq!((names(&report), beside), (vec![("a", 0), ("b", 0)], vec![0, 1]));
    }

    #[test]
    fn an_open_period_has_nothing_before_it_and_a_warning_says_so() {
        let warns = |period: Period| {
            let report = answer(&Query::new("a", period).compare(Against::Previous), &mail()).rates([]);
            report.warnings.contains(&Warning::NothingBefore { against: Against::Previous })
        };
        assert!(warns(Period::all()) && warns(Period::since(at(0))) && warns(Period::until(at(48))));
        assert!(!warns(Period::between(at(0), at(48))));
    }

    #[test]
    fn a_longer_period_has_rows_with_nothing_beside_them() {
        let march = Query::new("a", "2026-03".parse().unwrap()).by(By::Date).compare(Against::Previous);
        let before = march.comparison_plan(at(0)).unwrap().unwrap();
        let report = answer(&march, &[]).compared(Against::Previous, &before, Vec::new(), None).unwrap();
        let rows = &report.comparison.as_ref().unwrap().rows;
        assert_eq!(rows.len(), 31);
        assert_eq!(rows.iter().filter(|row| row.is_none()).count(), 3, "February has no 29th, 30th and 31st");
    }

    #[test]
    fn kinds_that_were_not_asked_are_not_shown_and_nor_are_rates_of_them() {
        let report = answer(&two_days().kinds([Kind::Delivered]).by(Dimension::Country), &mail());
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["total"]["counts"].as_object().unwrap().keys().collect::<Vec<_>>(), ["delivered"]);
        assert!(json["total"]["rates"].get("open_rate").is_none());
        assert!(json["total"]["statuses"].is_null(), "a country is not a message's");
    }

    /// The open rates of all that `filters` keep of two deliveries, of which one was tracked, and opened.
    fn open_rates(filters: Vec<Filter>) -> Vec<(&'static str, Rate)> {
        let mail = [
            event("1", Kind::Delivered, 1, "").open_tracking(true),
            event("1", Kind::Opened, 2, ""),
            event("2", Kind::Delivered, 1, "").open_tracking(false),
        ];
        let report = answer(&filters.into_iter().fold(two_days(), Query::filter), &mail);
        let open_rates =
            report.rates.iter().filter(|rate| ["open_rate", "tracked_open_rate"].contains(&rate.name()));
        open_rates.map(|rate| (rate.name(), rate.of(&report.total).unwrap())).collect()
    }

    #[test]
    fn a_rate_of_tracked_mail_is_shown_only_where_no_other_mail_is_counted() {
        assert_eq!(open_rates(Vec::new()), [("open_rate", Rate::new(1, 2))]);
        assert_eq!(
            open_rates(Filter::of(Eligibility::OpenTracked)),
            [("open_rate", Rate::new(1, 1)), ("tracked_open_rate", Rate::new(1, 1))]
        );
    }

    #[test]
    fn a_rate_is_shown_if_all_filters_of_its_eligibility_were_asked() {
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
