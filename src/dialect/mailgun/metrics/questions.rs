//! All that must be counted to answer a request, and how it becomes the answer.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::body::{Aggregates, Body, Item, Metrics, Pagination, Value};
use super::cell::Cell;
use super::dimension::Dimension;
use super::figure::Figure;
use super::page::{Column, Order};
use super::request::Request;
use crate::counts::CountOverflow;
use crate::dialect::mailgun::date;
use crate::group::Group;
use crate::plan::Plan;
use crate::report::{Report, ReportError};

/// Transitional: the reports of a request, and how they become the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Questions<'a> {
    pub(super) request: &'a Request,
    pub(super) reports: &'a [Report],
}

/// What all mail of a row has in common: a value for each dimension that was asked.
type Key = Vec<Place>;

/// The value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Time(DateTime<Utc>),
    Text(String),
}

/// A row of the answer.
#[derive(Clone, Debug)]
struct Line {
    key: Key,
    figures: Vec<Figure>,
}

impl Questions<'_> {
    pub(super) fn body(&self) -> Result<Body, ReportError> {
        let Request { window, page, dimensions, has_aggregates, .. } = self.request;
        let cells = self.cells(&self.reports[0], dimensions)?;
        let aggregates = match self.reports.get(1) {
            Some(report) => Some(total(self.cells(report, &[])?.values())?),
            None if *has_aggregates => Some(total(cells.values())?),
            None => None,
        };
        let lines = self.lines(cells);
        Ok(Body {
            start: date::write_metrics(window.start),
            end: date::write_metrics(window.end),
            resolution: window.resolution.name(),
            duration: window.duration.map(|duration| duration.to_string()),
            dimensions: dimensions.iter().map(|dimension| dimension.name()).collect(),
            pagination: Pagination {
                sort: page.sort.clone(),
                skip: page.skip,
                limit: page.limit,
                total: lines.len(),
            },
            items: page.of(lines).map(|line| self.item(line)).collect(),
            aggregates: Aggregates {
                metrics: aggregates.map(|cell| self.metrics(self.figures(&cell))).unwrap_or_default(),
            },
        })
    }

    /// What was counted in each place. Values that are shown alike are one.
    fn cells(&self, report: &Report, dimensions: &[Dimension]) -> Result<BTreeMap<Key, Cell>, ReportError> {
        let slicing = self.request.slicing();
        let mut cells: BTreeMap<Key, Cell> = BTreeMap::new();
        let plan = &report.plan;
        for row in report.rows() {
            let (group, bucket, counts) = (row.group, row.bucket, row.counts);
            let last = group.iter().rev().map(|value| value.as_deref());
            let values: Vec<_> = slicing.iter().rev().copied().zip(last).collect();
            cells.entry(key(plan, dimensions, group, bucket)).or_default().add(&values, counts)?;
        }
        Ok(cells)
    }

    /// The rows in which anything was counted, in the order that was asked.
    fn lines(&self, cells: BTreeMap<Key, Cell>) -> Vec<Line> {
        let line = |(key, cell)| Line { key, figures: self.figures(&cell) };
        let mut lines: Vec<Line> = cells.into_iter().map(line).collect();
        lines.retain(|line| !line.figures.iter().all(Figure::is_zero));
        let time = self.request.dimensions.iter().position(|dimension| *dimension == Dimension::Time);
        let usual = |a: &Line, b: &Line| {
            let by_time = time.map_or(Ordering::Equal, |time| a.key[time].cmp(&b.key[time]));
            by_time.then_with(|| a.key.cmp(&b.key))
        };
        match self.request.page.order {
            None => lines.sort_by(usual),
            Some(order) => lines.sort_by(|a, b| a.ranked(b, order).then_with(|| usual(a, b))),
        }
        lines
    }

    fn figures(&self, cell: &Cell) -> Vec<Figure> {
        self.request.metrics.iter().map(|metric| metric.figure(cell)).collect()
    }

    fn metrics(&self, figures: Vec<Figure>) -> Metrics {
        Metrics(self.request.metrics.iter().map(|metric| metric.name()).zip(figures).collect())
    }

    fn item(&self, line: Line) -> Item {
        let dimensions = self.request.dimensions.iter().zip(line.key);
        Item {
            dimensions: dimensions.map(|(dimension, place)| place.shown(*dimension)).collect(),
            metrics: self.metrics(line.figures),
        }
    }
}

impl Line {
    /// The order of two rows by one column.
    fn ranked(&self, other: &Self, order: Order) -> Ordering {
        let ascending = match order.column {
            Column::Dimension(place) => self.key[place].cmp(&other.key[place]),
            Column::Metric(place) => self.figures[place].rank(&other.figures[place]),
        };
        if order.descending { ascending.reverse() } else { ascending }
    }
}

impl Place {
    fn shown(self, dimension: Dimension) -> Value {
        let value = match self {
            Self::Time(at) => date::write_metrics(at),
            Self::Text(text) => text,
        };
        // A reader sees at once that there is nothing; a filter needs the value.
        let display_value = if value.is_empty() { "None".to_owned() } else { value.clone() };
        Value { dimension: dimension.name(), value, display_value }
    }
}

/// The values of the `dimensions` that a row of `plan` has.
fn key(plan: &Plan, dimensions: &[Dimension], group: &Group, bucket: usize) -> Key {
    let mut values = group.iter().map(|value| value.as_deref());
    let place = |dimension: &Dimension| match dimension {
        Dimension::Time => Place::Time(plan.buckets()[bucket].start),
        Dimension::Of(attribute) => Place::Text(attribute.shown(values.next().flatten()).into_owned()),
    };
    dimensions.iter().map(place).collect()
}

fn total<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Result<Cell, CountOverflow> {
    let mut total = Cell::default();
    for cell in cells {
        total.add_all(cell)?;
    }
    Ok(total)
}
