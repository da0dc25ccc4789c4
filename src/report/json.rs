//! The serde form of a [`Report`].

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use super::{Report, ReportRow, Rest};
use crate::compare::Comparison;
use crate::counts::{Counts, Metric, UNQUALIFIED};
use crate::dimension::By;
use crate::event_type::{EventType, Kind};
use crate::rate::{Change, Rate, Rounding};
use crate::status::Status;
use crate::time::Bucket;

/// One JSON object:
///
/// | field | meaning |
/// |---|---|
/// | `query` | the [`Query`](crate::Query), as it was asked |
/// | `range` | the settled period: `start` (in) and `end` (out) in UTC, `null` where open; `local_start` and `local_end` in the query's zone; `zone`; `resolution`; `buckets`, their number; `asked_at` |
/// | `rows` | see below |
/// | `rest` | the groups that were left out: `groups`, their number, `counts`, `statuses`, `rates`, and `totals` as below; or `null` |
/// | `totals` | all mail, bucket by bucket: `start`, `end`, `counts`, `statuses`, `rates` |
/// | `total` | all mail: `counts`, `statuses`, `rates` |
/// | `comparison` | `against`, `range`, `rows` (one beside each row, `null` where the other period has no such bucket), `total`, and `changes`: of each rate of the total, in percentage `points`, as `growth_percent` of what it was, and whether it is `significant`, more than chance; or `null` |
/// | `definitions` | what each rate is the part and the whole of, and whose definition that is |
/// | `warnings` | a `code` and a `message` each |
///
/// A row has `group` (each thing that rows are asked by, with its value, or `null` where it is absent; a `date` is that
/// of the bucket in the query's zone), `start` and `end` in UTC, and:
///
/// * `counts`: for each kind asked `total` (events), `unique` (messages), `daily_unique` (messages, each once a day of
///   UTC), and `by` qualifier, where the kind has any, the first two; `unqualified` are the events without one;
/// * `statuses`: for each status the messages that stand there; `null` where a question has none;
/// * `rates`: by name `part`, `whole` and `fraction`, a decimal number of at most six places as text, `null` where the
///   whole is zero; `null` for the rate where it would be below zero.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Report", 9)?;
        object.serialize_field("query", self.plan.query())?;
        object.serialize_field("range", &Settled(self))?;
        object.serialize_field("rows", &Each(self.rows.iter().map(|row| Line { report: self, row })))?;
        object.serialize_field("rest", &self.rest.as_ref().map(|rest| Remainder { report: self, rest }))?;
        object.serialize_field("totals", &Totals { report: self, counts: &self.totals })?;
        object.serialize_field("total", &Cell { report: self, counts: &self.total })?;
        let comparison = self.comparison.as_ref().map(|comparison| Beside { report: self, comparison });
        object.serialize_field("comparison", &comparison)?;
        object.serialize_field("definitions", &self.rates)?;
        object.serialize_field("warnings", &self.warnings)?;
        object.end()
    }
}

/// A list written as it is walked.
struct Each<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for item in self.0.clone() {
            list.serialize_element(&item)?;
        }
        list.end()
    }
}

/// The settled period.
struct Settled<'a>(&'a Report);

impl Serialize for Settled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = &self.0.plan;
        let zone = plan.zone();
        let local = |at: Option<DateTime<Utc>>| {
            at.map(|at| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false))
        };
        let mut object = serializer.serialize_struct("Range", 8)?;
        object.serialize_field("start", &plan.range().start().map(utc))?;
        object.serialize_field("end", &plan.range().end().map(utc))?;
        object.serialize_field("local_start", &local(plan.range().start()))?;
        object.serialize_field("local_end", &local(plan.range().end()))?;
        object.serialize_field("zone", zone.name())?;
        object.serialize_field("resolution", &plan.resolution())?;
        object.serialize_field("buckets", &plan.buckets().len())?;
        object.serialize_field("asked_at", &utc(plan.now()))?;
        object.end()
    }
}

/// A row.
struct Line<'a> {
    report: &'a Report,
    row: &'a ReportRow,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("group", &Values(self))?;
        write_edges(&mut object, self.row.time)?;
        write_cell(&mut object, self.report, &self.row.counts)?;
        object.end()
    }
}

/// The values of a row's group, by what they are values of, in the order asked.
struct Values<'a>(&'a Line<'a>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Line { report, row } = self.0;
        let mut object = serializer.serialize_map(None)?;
        let mut values = row.group.iter();
        for by in report.plan.by() {
            match by {
                By::Date => object.serialize_entry("date", &report.date(row))?,
                By::Dimension(dimension) => object.serialize_entry(dimension, &values.next())?,
            }
        }
        object.end()
    }
}

/// The rest.
struct Remainder<'a> {
    report: &'a Report,
    rest: &'a Rest,
}

impl Serialize for Remainder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("groups", &self.rest.groups)?;
        write_cell(&mut object, self.report, &self.rest.total)?;
        object.serialize_entry("totals", &Totals { report: self.report, counts: &self.rest.totals })?;
        object.end()
    }
}

/// Counts for each of the plan's buckets.
struct Totals<'a> {
    report: &'a Report,
    counts: &'a [Counts],
}

impl Serialize for Totals<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { report, counts } = *self;
        let buckets = report.plan.buckets().iter().zip(counts);
        Each(buckets.map(|(time, counts)| OfBucket { report, time: *time, counts })).serialize(serializer)
    }
}

struct OfBucket<'a> {
    report: &'a Report,
    time: Bucket,
    counts: &'a Counts,
}

impl Serialize for OfBucket<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        write_edges(&mut object, self.time)?;
        write_cell(&mut object, self.report, self.counts)?;
        object.end()
    }
}

/// The comparison.
struct Beside<'a> {
    report: &'a Report,
    comparison: &'a Comparison,
}

impl Serialize for Beside<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { report, comparison } = *self;
        let rows = comparison.rows.iter().map(|row| row.as_ref().map(|counts| Cell { report, counts }));
        let mut object = serializer.serialize_struct("Comparison", 5)?;
        object.serialize_field("against", &comparison.against)?;
        object.serialize_field("range", &comparison.range)?;
        object.serialize_field("rows", &Each(rows))?;
        object.serialize_field("total", &Cell { report, counts: &comparison.total })?;
        object.serialize_field("changes", &Changes(self))?;
        object.end()
    }
}

/// How each rate of the total changed.
struct Changes<'a>(&'a Beside<'a>);

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Beside { report, comparison } = self.0;
        let mut object = serializer.serialize_map(None)?;
        for definition in &report.rates {
            let (now, before) =
                (definition.compute(&report.total).ok(), definition.compute(&comparison.total).ok());
            let change = now.zip(before).map(|(now, before)| Change { now, before });
            object.serialize_entry(definition.name(), &change.map(Changed))?;
        }
        object.end()
    }
}

/// A change, in percentage points and in percent of what was before, each with two places.
struct Changed(Change);

impl Serialize for Changed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |number: Option<rust_decimal::Decimal>| number.map(|number| number.to_string());
        let mut object = serializer.serialize_struct("Change", 3)?;
        object.serialize_field("points", &text(self.0.points(2, Rounding::HalfAwayFromZero)))?;
        object
            .serialize_field("growth_percent", &text(self.0.growth_percent(2, Rounding::HalfAwayFromZero)))?;
        object.serialize_field("significant", &self.0.is_significant())?;
        object.end()
    }
}

/// Counts, with what follows from them.
struct Cell<'a> {
    report: &'a Report,
    counts: &'a Counts,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        write_cell(&mut object, self.report, self.counts)?;
        object.end()
    }
}

fn write_edges<M: SerializeMap>(object: &mut M, time: Bucket) -> Result<(), M::Error> {
    object.serialize_entry("start", &(!time.is_open_start()).then(|| utc(time.start)))?;
    object.serialize_entry("end", &(!time.is_open_end()).then(|| utc(time.end)))
}

fn write_cell<M: SerializeMap>(object: &mut M, report: &Report, counts: &Counts) -> Result<(), M::Error> {
    object.serialize_entry("counts", &Kinds { report, counts })?;
    object.serialize_entry("statuses", &report.plan.has_statuses().then_some(Statuses(counts)))?;
    object.serialize_entry("rates", &Rates { report, counts })
}

/// The counts of each kind asked.
struct Kinds<'a> {
    report: &'a Report,
    counts: &'a Counts,
}

impl Serialize for Kinds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kinds = self.report.plan.kinds();
        serializer.collect_map(kinds.iter().map(|kind| (kind, OfKind { counts: self.counts, kind: *kind })))
    }
}

struct OfKind<'a> {
    counts: &'a Counts,
    kind: Kind,
}

impl Serialize for OfKind<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Kind", 4)?;
        object.serialize_field("total", &self.counts.total(self.kind))?;
        object.serialize_field("unique", &self.counts.unique(self.kind))?;
        object.serialize_field("daily_unique", &self.counts.daily_unique(self.kind))?;
        object.serialize_field("by", &Qualifiers(self))?;
        object.end()
    }
}

struct Qualifiers<'a>(&'a OfKind<'a>);

impl Serialize for Qualifiers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OfKind { counts, kind } = self.0;
        // Where there is one event type only, it is the kind.
        let (bare, qualified) =
            kind.event_types().partition::<Vec<_>, _>(|event_type| event_type.qualifier().is_none());
        let bare = bare.into_iter().filter(|_| !qualified.is_empty());
        let event_types = qualified.iter().copied().chain(bare);
        serializer.collect_map(event_types.map(|event_type| {
            (event_type.qualifier().unwrap_or(UNQUALIFIED), OfCounter { counts, event_type })
        }))
    }
}

struct OfCounter<'a> {
    counts: &'a Counts,
    event_type: EventType,
}

impl Serialize for OfCounter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Counter", 2)?;
        object.serialize_field("total", &self.counts.value(Metric::TotalOf(self.event_type)))?;
        object.serialize_field("unique", &self.counts.value(Metric::UniqueOf(self.event_type)))?;
        object.end()
    }
}

struct Statuses<'a>(&'a Counts);

impl Serialize for Statuses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Status::ALL.into_iter().map(|status| (status, self.0.status(status))))
    }
}

/// The rates that the asked kinds allow.
struct Rates<'a> {
    report: &'a Report,
    counts: &'a Counts,
}

impl Serialize for Rates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rates = self.report.rates.iter();
        serializer.collect_map(
            rates.map(|definition| (definition.name(), definition.compute(self.counts).ok().map(Exact))),
        )
    }
}

/// A rate with its value.
struct Exact(Rate);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Rate", 3)?;
        object.serialize_field("part", &self.0.part())?;
        object.serialize_field("whole", &self.0.whole())?;
        object.serialize_field("fraction", &self.0.fraction_text())?;
        object.end()
    }
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
