//! The serde form of a [`Report`].

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Comparison, Report, ReportRow, Rest, Warning};
use crate::counted::Provenance;
use crate::counts::Counts;
use crate::dimension::By;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::{Metric, UNQUALIFIED};
use crate::query::{Against, Query};
use crate::rate::{Change, Definition, Rate, Rounding};
use crate::status::Status;
use crate::time::{Bucket, Range, Resolution};

/// The JSON form is one object:
///
/// | field | meaning |
/// |---|---|
/// | `query` | the [`Query`] as it was given |
/// | `range` | the resolved period, half-open: `start` and `end` in UTC, `null` if open; `local_start` and `local_end` in the query's zone; `zone`; `resolution`; `buckets`, their number; `asked_at`, when the query was resolved |
/// | `rows` | see below |
/// | `rest` | the groups that `top` excluded, combined: `groups`, their number, `counts`, `statuses`, `rates`, and `totals` as below; or `null` |
/// | `totals` | all mail by bucket: `start`, `end`, `counts`, `statuses`, `rates` |
/// | `total` | all mail: `counts`, `statuses`, `rates` |
/// | `comparison` | `against`, `range`, `rows` (one for each row, `null` if the other period has no such bucket), `total`, and `changes`: of each rate of the total the difference in percentage `points`, the `growth_percent` relative to its value before, and whether the change is `significant`; or `null` |
/// | `provenance` | how the store counted: `complete_until`, the instant up to which it is known to have all events, or `null`; `paths`, a list of ways in its own words; `thinned`, a list of the parts of which it keeps only sums: what happened `before` an instant, by `resolution` |
/// | `definitions` | the part, the whole and the source of each rate |
/// | `warnings` | a `code` and a `message` each |
///
/// A row has `group` (the value of each requested dimension, `null` if absent; a `date` is that of the bucket in the query's
/// zone), `start` and `end` in UTC, and:
///
/// * `counts`: for each counted kind `total` (events), `unique` (messages), `daily_unique` (messages, once per day in
///   UTC), and, if the kind has qualifiers, `by` qualifier the first two; `unqualified` counts events without one;
/// * `statuses`: the number of messages by status; `null` if the query has no statuses;
/// * `rates`: by name `part`, `whole` and `fraction`, a decimal number with at most six decimals as text, `null` if the
///   whole is zero; the rate is `null` if its part or whole is negative.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = ReportJson {
            query: self.plan.query(),
            range: RangeJson::new(self),
            rows: List(self.rows().map(|row| RowJson::new(self, row))),
            rest: self.rest.as_ref().map(|rest| RestJson::new(self, rest)),
            totals: totals(self, &self.totals),
            total: Figures::new(self, &self.total),
            comparison: self.comparison.as_ref().map(|comparison| ComparisonJson::new(self, comparison)),
            provenance: &self.provenance,
            definitions: &self.rates,
            warnings: self.warnings(),
        };
        report.serialize(serializer)
    }
}

#[derive(serde::Serialize)]
struct ReportJson<'a, R: Serialize, T: Serialize> {
    query: &'a Query,
    range: RangeJson,
    rows: R,
    rest: Option<RestJson<'a>>,
    totals: T,
    total: Figures<'a>,
    comparison: Option<ComparisonJson<'a>>,
    provenance: &'a Provenance,
    definitions: &'a [Definition],
    warnings: Vec<Warning>,
}

/// A list whose items are made while it is written.
struct List<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

#[derive(serde::Serialize)]
struct RangeJson {
    start: Option<String>,
    end: Option<String>,
    local_start: Option<String>,
    local_end: Option<String>,
    zone: &'static str,
    resolution: Resolution,
    buckets: usize,
    asked_at: String,
}

impl RangeJson {
    fn new(report: &Report) -> Self {
        let (plan, range) = (&report.plan, report.plan.range());
        let local =
            |at: DateTime<Utc>| at.with_timezone(&plan.zone()).to_rfc3339_opts(SecondsFormat::AutoSi, false);
        Self {
            start: range.start().map(utc),
            end: range.end().map(utc),
            local_start: range.start().map(local),
            local_end: range.end().map(local),
            zone: plan.zone().name(),
            resolution: plan.resolution(),
            buckets: plan.buckets().len(),
            asked_at: utc(plan.now()),
        }
    }
}

#[derive(serde::Serialize)]
struct RowJson<'a> {
    group: GroupJson<'a>,
    #[serde(flatten)]
    bucket: BucketJson<'a>,
}

impl<'a> RowJson<'a> {
    fn new(report: &'a Report, row: ReportRow<'a>) -> Self {
        Self { group: GroupJson { report, row }, bucket: BucketJson::new(report, row.time, row.counts) }
    }
}

/// The value of each requested dimension, and the date.
struct GroupJson<'a> {
    report: &'a Report,
    row: ReportRow<'a>,
}

impl Serialize for GroupJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        let mut values = self.row.group.iter();
        for by in self.report.plan.by() {
            match by {
                By::Date => object.serialize_entry("date", &self.report.date(self.row))?,
                By::Dimension(dimension) => object.serialize_entry(dimension, &values.next())?,
            }
        }
        object.end()
    }
}

#[derive(serde::Serialize)]
struct RestJson<'a> {
    groups: usize,
    #[serde(flatten)]
    figures: Figures<'a>,
    totals: Vec<BucketJson<'a>>,
}

impl<'a> RestJson<'a> {
    fn new(report: &'a Report, rest: &'a Rest) -> Self {
        let figures = Figures::new(report, &rest.total);
        Self { groups: rest.groups, figures, totals: totals(report, &rest.totals).0.collect() }
    }
}

/// Counts by bucket.
fn totals<'a>(
    report: &'a Report,
    counts: &'a [Counts],
) -> List<impl Iterator<Item = BucketJson<'a>> + Clone> {
    let buckets = report.plan.buckets().iter().zip(counts);
    List(buckets.map(|(time, counts)| BucketJson::new(report, *time, counts)))
}

#[derive(serde::Serialize)]
struct BucketJson<'a> {
    start: Option<String>,
    end: Option<String>,
    #[serde(flatten)]
    figures: Figures<'a>,
}

impl<'a> BucketJson<'a> {
    fn new(report: &'a Report, time: Bucket, counts: &'a Counts) -> Self {
        let start = (!time.is_open_start()).then(|| utc(time.start));
        let end = (!time.is_open_end()).then(|| utc(time.end));
        Self { start, end, figures: Figures::new(report, counts) }
    }
}

#[derive(serde::Serialize)]
struct ComparisonJson<'a> {
    against: Against,
    range: Range,
    rows: Vec<Option<Figures<'a>>>,
    total: Figures<'a>,
    changes: ChangesJson<'a>,
}

impl<'a> ComparisonJson<'a> {
    fn new(report: &'a Report, comparison: &'a Comparison) -> Self {
        let figures = |row| comparison.counts(row).map(|counts| Figures::new(report, counts));
        Self {
            against: comparison.against(),
            range: *comparison.range(),
            rows: report.rows().map(figures).collect(),
            total: Figures::new(report, comparison.total()),
            changes: ChangesJson { report, before: comparison.total() },
        }
    }
}

/// The change of each rate of the total.
struct ChangesJson<'a> {
    report: &'a Report,
    before: &'a Counts,
}

impl Serialize for ChangesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = |definition: &Definition| {
            let (now, before) =
                (definition.compute(&self.report.total).ok()?, definition.compute(self.before).ok()?);
            Some(ChangeJson::new(Change { now, before }))
        };
        serializer.collect_map(self.report.rates.iter().map(|rate| (rate.name(), change(rate))))
    }
}

/// A change, with two decimals.
#[derive(serde::Serialize)]
struct ChangeJson {
    points: Option<String>,
    growth_percent: Option<String>,
    significant: Option<bool>,
}

impl ChangeJson {
    fn new(change: Change) -> Self {
        let points = change.points(2, Rounding::HalfAwayFromZero);
        let growth = change.growth_percent(2, Rounding::HalfAwayFromZero);
        Self {
            points: points.map(|points| points.to_string()),
            growth_percent: growth.map(|growth| growth.to_string()),
            significant: change.is_significant(),
        }
    }
}

/// Counts, and what follows from them.
#[derive(serde::Serialize)]
struct Figures<'a> {
    counts: KindsJson<'a>,
    statuses: Option<StatusesJson<'a>>,
    rates: RatesJson<'a>,
}

impl<'a> Figures<'a> {
    fn new(report: &'a Report, counts: &'a Counts) -> Self {
        Self {
            counts: KindsJson { kinds: report.plan.kinds(), counts },
            statuses: report.plan.has_statuses().then_some(StatusesJson(counts)),
            rates: RatesJson { rates: &report.rates, counts },
        }
    }
}

/// The counts of each counted kind.
struct KindsJson<'a> {
    kinds: &'a [Kind],
    counts: &'a Counts,
}

impl Serialize for KindsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.kinds.iter().map(|kind| (kind, KindJson::new(*kind, self.counts))))
    }
}

#[derive(serde::Serialize)]
struct KindJson<'a> {
    total: u64,
    unique: u64,
    daily_unique: u64,
    by: QualifiersJson<'a>,
}

impl<'a> KindJson<'a> {
    fn new(kind: Kind, counts: &'a Counts) -> Self {
        Self {
            total: counts.total(kind),
            unique: counts.unique(kind),
            daily_unique: counts.daily_unique(kind),
            by: QualifiersJson { kind, counts },
        }
    }
}

/// The counts of each event type of a kind, by qualifier; the one without a qualifier is last. Empty if the kind has no
/// qualifiers.
struct QualifiersJson<'a> {
    kind: Kind,
    counts: &'a Counts,
}

impl Serialize for QualifiersJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unqualified = EventType::from(self.kind);
        let qualified = self.kind.event_types().filter(|event_type| *event_type != unqualified);
        let last = qualified.clone().next().map(|_| unqualified);
        let figures = |event_type: EventType| EventTypeJson {
            total: self.counts.value(Metric::TotalOf(event_type)),
            unique: self.counts.value(Metric::UniqueOf(event_type)),
        };
        let name = |event_type: EventType| event_type.qualifier().unwrap_or(UNQUALIFIED);
        serializer
            .collect_map(qualified.chain(last).map(|event_type| (name(event_type), figures(event_type))))
    }
}

/// The figures of one event type within its kind.
#[derive(serde::Serialize)]
struct EventTypeJson {
    total: u64,
    unique: u64,
}

struct StatusesJson<'a>(&'a Counts);

impl Serialize for StatusesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Status::ALL.into_iter().map(|status| (status, self.0.status(status))))
    }
}

/// The rates of the report.
struct RatesJson<'a> {
    rates: &'a [Definition],
    counts: &'a Counts,
}

impl Serialize for RatesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rate = |definition: &Definition| definition.compute(self.counts).ok().map(RateJson::from);
        serializer.collect_map(self.rates.iter().map(|definition| (definition.name(), rate(definition))))
    }
}

#[derive(serde::Serialize)]
struct RateJson {
    part: u64,
    whole: u64,
    fraction: Option<String>,
}

impl From<Rate> for RateJson {
    fn from(rate: Rate) -> Self {
        Self { part: rate.part(), whole: rate.whole(), fraction: rate.fraction_text() }
    }
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
