//! The body of a response.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::super::counts;
use super::super::date::format_stats_date;
use super::super::key::Key;
use super::block::Block;
use super::{MAX_DOMAINS, Request};
use crate::counts::Counts;
use crate::event_type::EventType;
use crate::metric::Metric;
use crate::rate::Sum;
use crate::report::{Report, ReportRow};
use crate::time::Bucket;

#[derive(Serialize)]
pub(in crate::dialect::mailgun) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    /// Always empty.
    description: &'static str,
    /// The start of the first bucket.
    start: String,
    /// The start of the last bucket.
    end: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    narrowed: Option<Narrowed<'a>>,
    resolution: &'static str,
    /// Ordered by time, then by group.
    stats: Vec<Row>,
}

/// The filter of the statistics of a tag.
#[derive(Serialize)]
struct Narrowed<'a> {
    #[serde(rename = "type")]
    key: &'static str,
    #[serde(rename = "key")]
    value: &'a str,
}

struct Row {
    /// The start of the bucket.
    time: String,
    /// The name and the value of the group.
    group: Option<(&'static str, String)>,
    /// The requested blocks, in their published order.
    blocks: Vec<(Block, Figures)>,
}

/// The counts of a block.
#[derive(Serialize)]
#[serde(untagged)]
enum Figures {
    Accepted { incoming: u64, outgoing: u64, total: u64 },
    Delivered { smtp: u64, http: u64, optimized: u64, total: u64 },
    Failed { temporary: Temporary, permanent: Permanent },
    Engagement(Engagement),
    Total { total: u64 },
}

#[derive(Serialize)]
struct Temporary {
    espblock: u64,
    total: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Permanent {
    suppress_bounce: u64,
    suppress_unsubscribe: u64,
    suppress_complaint: u64,
    bounce: u64,
    delayed_bounce: u64,
    webhook: u64,
    optimized: u64,
    /// May exceed the sum of the others.
    total: u64,
}

#[derive(Serialize)]
struct Engagement {
    total: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unique: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("time", &self.time)?;
        if let Some((name, value)) = &self.group {
            row.serialize_entry(name, value)?;
        }
        for (block, figures) in &self.blocks {
            row.serialize_entry(block.name(), figures)?;
        }
        row.end()
    }
}

impl<'a> Body<'a> {
    pub(super) fn new(request: &'a Request, report: &Report) -> Self {
        let narrowed = request.narrowed.as_ref();
        Self {
            tag: request.tag.as_deref(),
            description: "",
            start: request.window.shown_start(),
            end: request.window.shown_end(),
            narrowed: narrowed.map(|(key, value)| Narrowed { key: key.name(), value }),
            resolution: request.window.resolution().name(),
            stats: match request.key {
                None => rows(request, report),
                Some(key) => rows_by(key, request, report),
            },
        }
    }
}

/// Makes a row for each bucket.
fn rows(request: &Request, report: &Report) -> Vec<Row> {
    let buckets = report.plan().buckets();
    let mut cells = vec![Cell::default(); buckets.len()];
    for row in report.rows() {
        cells[row.bucket].add(row);
    }
    let row = |(bucket, cell): (&Bucket, Cell<'_>)| cell.row(request, format_stats_date(bucket.start), None);
    buckets.iter().zip(cells).map(row).collect()
}

/// Makes a row for each bucket and each value of the key that has counts, or is always shown.
fn rows_by(key: Key, request: &Request, report: &Report) -> Vec<Row> {
    let buckets = report.plan().buckets();
    let empty = || vec![Cell::default(); buckets.len()];
    let mut cells: BTreeMap<String, Vec<Cell<'_>>> = BTreeMap::new();
    let always = request.page.iter().flat_map(|page| &page.domains).map(|domain| domain.to_string());
    cells.extend(always.map(|domain| (domain, empty())));
    for row in report.rows().filter(|row| is_counted(row.counts)) {
        let shown = key.shown(row.group.first().and_then(Option::<Arc<str>>::as_deref));
        cells.entry(shown).or_insert_with(empty)[row.bucket].add(row);
    }
    let (skip, take) = request.page.as_ref().map_or((0, usize::MAX), |page| (page.skip, MAX_DOMAINS));
    let cells: Vec<_> = cells.into_iter().skip(skip).take(take).collect();
    let mut rows = Vec::with_capacity(cells.len() * buckets.len());
    for (index, bucket) in buckets.iter().enumerate() {
        let time = format_stats_date(bucket.start);
        let row = |(value, cells): &(String, Vec<Cell<'_>>)| {
            cells[index].row(request, time.clone(), Some((key.name(), value.clone())))
        };
        rows.extend(cells.iter().map(row));
    }
    rows
}

/// Returns whether a block has a count of it. A row may have only statuses, of mail without a requested event, or only
/// rejected mail, which is in no block.
fn is_counted(counts: &Counts) -> bool {
    counts.events() > counts.value(Metric::TotalOf(EventType::FailedRejected))
}

/// The counts of a row.
#[derive(Clone, Debug, Default)]
struct Cell<'a> {
    all: Vec<&'a Counts>,
    /// Those of optimized events.
    optimized: Vec<&'a Counts>,
}

impl<'a> Cell<'a> {
    fn add(&mut self, row: ReportRow<'a>) {
        self.all.push(row.counts);
        // If it is a dimension of the query, it is the last one.
        if row.group.last().and_then(Option::as_deref) == Some("true") {
            self.optimized.push(row.counts);
        }
    }

    fn row(&self, request: &Request, time: String, group: Option<(&'static str, String)>) -> Row {
        let blocks = request.blocks.iter().map(|block| (*block, self.figures(*block)));
        Row { time, group, blocks: blocks.collect() }
    }

    fn figures(&self, block: Block) -> Figures {
        let total = |sum| Figures::Total { total: self.total(sum) };
        let engagement = |total, unique| {
            Figures::Engagement(Engagement { total: self.total(total), unique: self.total(unique) })
        };
        match block {
            Block::Accepted => Figures::Accepted {
                incoming: self.total(counts::ACCEPTED_INCOMING),
                outgoing: self.total(counts::ACCEPTED_OUTGOING),
                total: self.total(counts::ACCEPTED),
            },
            Block::Delivered => Figures::Delivered {
                smtp: self.total(counts::DELIVERED_SMTP),
                http: self.total(counts::DELIVERED_HTTP),
                optimized: counts::total(counts::DELIVERED, &self.optimized),
                total: self.total(counts::DELIVERED),
            },
            Block::Failed => Figures::Failed { temporary: self.temporary(), permanent: self.permanent() },
            Block::Stored => total(counts::STORED),
            Block::Opened => engagement(counts::OPENED, counts::UNIQUE_OPENED),
            Block::Clicked => engagement(counts::CLICKED, counts::UNIQUE_CLICKED),
            Block::Unsubscribed => total(counts::UNSUBSCRIBED),
            Block::Complained => total(counts::COMPLAINED),
        }
    }

    fn temporary(&self) -> Temporary {
        Temporary { espblock: self.total(counts::TEMPORARY_BLOCKED), total: self.total(counts::TEMPORARY) }
    }

    fn permanent(&self) -> Permanent {
        Permanent {
            suppress_bounce: self.total(counts::SUPPRESSED_BOUNCE),
            suppress_unsubscribe: self.total(counts::SUPPRESSED_UNSUBSCRIBE),
            suppress_complaint: self.total(counts::SUPPRESSED_COMPLAINT),
            bounce: self.total(counts::HARD_BOUNCED),
            delayed_bounce: self.total(counts::DELAYED_BOUNCE),
            webhook: self.total(counts::WEBHOOK),
            optimized: counts::total(counts::HARD_BOUNCED, &self.optimized),
            total: self.total(counts::PERMANENT),
        }
    }

    fn total(&self, sum: Sum) -> u64 {
        counts::total(sum, &self.all)
    }
}
