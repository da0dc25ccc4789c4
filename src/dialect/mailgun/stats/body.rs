//! The answer, in the published shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::super::counts;
use super::super::date::write_stats;
use super::super::key::Key;
use super::Request;
use super::block::Block;
use crate::counts::Counts;
use crate::event_type::EventType;
use crate::metric::Metric;
use crate::rate::Sum;
use crate::report::{Report, ReportRow};

/// The body of an answer. Serialises to the published JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Body {
    /// The tag that was asked for, as it was asked; `None` where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Always empty.
    pub description: &'static str,
    /// The start of the first bucket.
    pub start: String,
    /// The start of the last bucket.
    pub end: String,
    /// To what a tag's statistics were narrowed, if they were.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Narrowed>,
    /// `hour`, `day` or `month`.
    pub resolution: &'static str,
    /// The rows, by time, then by the value that tells them apart.
    pub stats: Vec<Item>,
}

/// To what the statistics of a tag were narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Narrowed {
    /// `provider`, `device` or `country`.
    #[serde(rename = "type")]
    pub by: &'static str,
    /// The value, as it was asked.
    pub key: String,
}

/// A row. Blocks that were not asked for are `None`, and not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Item {
    /// The start of its bucket.
    pub time: String,
    /// What it is of, by the name of the group: the shape is ours.
    pub group: Option<(&'static str, String)>,
    pub accepted: Option<Accepted>,
    pub delivered: Option<Delivered>,
    pub failed: Option<Failed>,
    pub stored: Option<Total>,
    pub opened: Option<Engagement>,
    pub clicked: Option<Engagement>,
    pub unsubscribed: Option<Total>,
    pub complained: Option<Total>,
}

/// How much was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Accepted {
    pub incoming: u64,
    pub outgoing: u64,
    pub total: u64,
}

/// How much was delivered; the optimized deliveries are among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Delivered {
    pub smtp: u64,
    pub http: u64,
    pub optimized: u64,
    pub total: u64,
}

/// How much failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Failed {
    pub temporary: Temporary,
    pub permanent: Permanent,
}

/// What will be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Temporary {
    pub espblock: u64,
    pub total: u64,
}

/// What was given up. The total may be more than the sum of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Permanent {
    pub suppress_bounce: u64,
    pub suppress_unsubscribe: u64,
    pub suppress_complaint: u64,
    pub bounce: u64,
    pub delayed_bounce: u64,
    pub webhook: u64,
    pub optimized: u64,
    pub total: u64,
}

/// How much was opened or clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Engagement {
    pub total: u64,
    /// Not shown where it is zero.
    #[serde(skip_serializing_if = "is_zero")]
    pub unique: u64,
}

/// How many events there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Total {
    pub total: u64,
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut item = serializer.serialize_map(None)?;
        item.serialize_entry("time", &self.time)?;
        if let Some((name, value)) = &self.group {
            item.serialize_entry(name, value)?;
        }
        let Self { accepted, delivered, failed, stored, opened, clicked, unsubscribed, complained, .. } =
            self;
        entry(&mut item, Block::Accepted, accepted)?;
        entry(&mut item, Block::Delivered, delivered)?;
        entry(&mut item, Block::Failed, failed)?;
        entry(&mut item, Block::Stored, stored)?;
        entry(&mut item, Block::Opened, opened)?;
        entry(&mut item, Block::Clicked, clicked)?;
        entry(&mut item, Block::Unsubscribed, unsubscribed)?;
        entry(&mut item, Block::Complained, complained)?;
        item.end()
    }
}

fn entry<M: SerializeMap>(
    item: &mut M,
    block: Block,
    value: &Option<impl Serialize>,
) -> Result<(), M::Error> {
    value.as_ref().map_or(Ok(()), |value| item.serialize_entry(block.name(), value))
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Body {
    pub(super) fn new(request: &Request, report: &Report) -> Self {
        Self {
            tag: request.tag.clone(),
            description: "",
            start: request.window.shown_start(),
            end: request.window.shown_end(),
            narrowed: request.narrowed.clone().map(|(key, value)| Narrowed { by: key.name(), key: value }),
            resolution: request.window.resolution().name(),
            stats: match request.key {
                None => items(request, report),
                Some(key) => items_by(key, request, report),
            },
        }
    }
}

/// A row for each bucket.
fn items(request: &Request, report: &Report) -> Vec<Item> {
    let buckets = report.plan.buckets();
    let mut cells = vec![Cell::default(); buckets.len()];
    for row in report.rows() {
        cells[row.bucket].add(row);
    }
    let item = |(bucket, cell): (&crate::time::Bucket, Cell<'_>)| {
        cell.item(request, write_stats(bucket.start), None)
    };
    buckets.iter().zip(cells).map(item).collect()
}

/// A row for each bucket and each value that anything happened to, and for those that are always shown.
fn items_by(key: Key, request: &Request, report: &Report) -> Vec<Item> {
    let buckets = report.plan.buckets();
    let mut cells: BTreeMap<String, Vec<Cell<'_>>> = BTreeMap::new();
    let always = request.page.iter().flat_map(|page| &page.domains).map(|domain| domain.to_string());
    cells.extend(always.map(|domain| (domain, vec![Cell::default(); buckets.len()])));
    for row in report.rows().filter(|row| is_counted(row.counts)) {
        let shown = key.shown(row.group.first().and_then(Option::<Arc<str>>::as_deref));
        cells.entry(shown).or_insert_with(|| vec![Cell::default(); buckets.len()])[row.bucket].add(row);
    }
    let (skip, take) =
        request.page.as_ref().map_or((0, usize::MAX), |page| (page.skip, super::DOMAINS_A_PAGE));
    let cells: Vec<_> = cells.into_iter().skip(skip).take(take).collect();
    let at_bucket = |(place, bucket): (usize, &crate::time::Bucket)| {
        let time = write_stats(bucket.start);
        let item = move |(value, cells): &(String, Vec<Cell<'_>>)| {
            cells[place].item(request, time.clone(), Some((key.name(), value.clone())))
        };
        cells.iter().map(item).collect::<Vec<_>>()
    };
    buckets.iter().enumerate().flat_map(at_bucket).collect()
}

/// Whether anything was counted that blocks show. A row can have statuses alone, of mail to which nothing happened that
/// was asked for, or rejected mail, which is in no block.
fn is_counted(counts: &Counts) -> bool {
    counts.events() > counts.value(Metric::TotalOf(EventType::FailedRejected))
}

/// What was counted for a row, in parts.
#[derive(Clone, Debug, Default)]
struct Cell<'a> {
    all: Vec<&'a Counts>,
    /// Those of all that are of optimized events.
    optimized: Vec<&'a Counts>,
}

impl<'a> Cell<'a> {
    fn add(&mut self, row: ReportRow<'a>) {
        self.all.push(row.counts);
        // Where these are told apart, they are told apart last.
        if row.group.last().and_then(Option::as_deref) == Some("true") {
            self.optimized.push(row.counts);
        }
    }

    fn item(&self, request: &Request, time: String, group: Option<(&'static str, String)>) -> Item {
        let has = |block| request.blocks.contains(&block);
        let total = |block, sum| has(block).then(|| Total { total: self.value(sum) });
        let engagement = |block, total, unique| {
            has(block).then(|| Engagement { total: self.value(total), unique: self.value(unique) })
        };
        Item {
            time,
            group,
            accepted: has(Block::Accepted).then(|| self.accepted()),
            delivered: has(Block::Delivered).then(|| self.delivered()),
            failed: has(Block::Failed).then(|| self.failed()),
            stored: total(Block::Stored, counts::STORED),
            opened: engagement(Block::Opened, counts::OPENED, counts::UNIQUE_OPENED),
            clicked: engagement(Block::Clicked, counts::CLICKED, counts::UNIQUE_CLICKED),
            unsubscribed: total(Block::Unsubscribed, counts::UNSUBSCRIBED),
            complained: total(Block::Complained, counts::COMPLAINED),
        }
    }

    fn accepted(&self) -> Accepted {
        Accepted {
            incoming: self.value(counts::ACCEPTED_INCOMING),
            outgoing: self.value(counts::ACCEPTED_OUTGOING),
            total: self.value(counts::ACCEPTED),
        }
    }

    fn delivered(&self) -> Delivered {
        Delivered {
            smtp: self.value(counts::DELIVERED_SMTP),
            http: self.value(counts::DELIVERED_HTTP),
            optimized: value(&self.optimized, counts::DELIVERED),
            total: self.value(counts::DELIVERED),
        }
    }

    fn failed(&self) -> Failed {
        let temporary = Temporary {
            espblock: self.value(counts::TEMPORARY_BLOCKED),
            total: self.value(counts::TEMPORARY),
        };
        let permanent = Permanent {
            suppress_bounce: self.value(counts::SUPPRESSED_BOUNCE),
            suppress_unsubscribe: self.value(counts::SUPPRESSED_UNSUBSCRIBE),
            suppress_complaint: self.value(counts::SUPPRESSED_COMPLAINT),
            bounce: self.value(counts::HARD_BOUNCED),
            delayed_bounce: self.value(counts::DELAYED_BOUNCE),
            webhook: self.value(counts::WEBHOOK),
            optimized: value(&self.optimized, counts::HARD_BOUNCED),
            total: self.value(counts::PERMANENT),
        };
        Failed { temporary, permanent }
    }

    fn value(&self, sum: Sum) -> u64 {
        value(&self.all, sum)
    }
}

/// The sum over several counts.
fn value(parts: &[&Counts], sum: Sum) -> u64 {
    // They are parts of what was counted, which fits.
    parts.iter().map(|counts| counts::value(sum, counts)).fold(0, u64::saturating_add)
}
