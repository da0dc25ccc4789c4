//! Makes the body of a response from the reports.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::attribute::GroupBy;
use super::body::{Aggregates, Body, Item, Metrics, Pagination, Value};
use super::bucket_range::BucketRange;
use super::figure::Figure;
use super::metric::Sums;
use super::page::{SortColumn, SortOrder};
use super::request::Request;
use crate::counts::Counts;
use crate::dialect::Failure;
use crate::dialect::mailgun::{Error, date};
use crate::dimension::Dimension;
use crate::group::Group;
use crate::report::{Report, ReportRow};

/// A row of the response.
struct Row {
    key: Key,
    /// The values of the requested metrics.
    figures: Vec<Figure>,
}

/// The values of the requested dimensions.
type Key = Vec<KeyValue>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KeyValue {
    Time(DateTime<Utc>),
    Text(String),
}

impl Request {
    /// Makes the body from the reports of [`Request::queries`], in their order.
    ///
    /// # Errors
    ///
    /// [`Failure::Answers`] if a report is missing.
    pub(in crate::dialect::mailgun) fn body(&self, reports: &[Report]) -> Result<Body, Error> {
        let mut reports = reports.iter();
        let mut next = || reports.next().ok_or(Failure::Answers { expected: "a report" });
        let report = next()?;
        let aggregates = if self.needs_aggregates_query() { next()? } else { report };
        let rows = self.rows(report);
        let BucketRange { start, end, resolution, duration } = self.range;
        Ok(Body {
            start: date::format_metrics_date(start),
            end: date::format_metrics_date(end),
            resolution: resolution.name(),
            duration: duration.map(|duration| duration.to_string()),
            dimensions: self.dimensions.iter().map(|dimension| dimension.name()).collect(),
            pagination: Pagination {
                sort: self.page.sort.clone(),
                skip: self.page.skip,
                limit: self.page.limit,
                total: rows.len(),
            },
            items: self.page.select(rows).map(|row| self.item(row)).collect(),
            aggregates: Aggregates { metrics: self.aggregates(aggregates) },
        })
    }

    /// Returns the rows in which any metric was counted, in the requested order.
    fn rows(&self, report: &Report) -> Vec<Row> {
        // Values that are shown alike are one row.
        let mut sums: BTreeMap<Key, Vec<Sums>> = BTreeMap::new();
        for row in report.rows() {
            let sums = sums.entry(self.key(row)).or_insert_with(|| self.zeros());
            self.add(sums, row.group, row.counts);
        }
        let row = |(key, sums): (Key, Vec<Sums>)| Row { key, figures: self.figures(&sums) };
        let mut rows: Vec<Row> = sums.into_iter().map(row).collect();
        rows.retain(|row| !row.figures.iter().all(Figure::is_zero));
        // Both sorts are stable, so rows that are equal keep the order by time, and then that by key.
        if let Some(time) = self.dimensions.iter().position(|dimension| *dimension == GroupBy::Time) {
            rows.sort_by(|a, b| a.key[time].cmp(&b.key[time]));
        }
        if let Some(order) = self.page.order {
            rows.sort_by(|a, b| a.compare(b, order));
        }
        rows
    }

    /// Returns the metrics of all rows together.
    fn aggregates(&self, report: &Report) -> Metrics {
        if !self.has_aggregates {
            return Metrics(Vec::new());
        }
        let mut sums = self.zeros();
        if self.slicing.is_empty() {
            self.add(&mut sums, &Group::default(), report.total());
        } else {
            report.rows().for_each(|row| self.add(&mut sums, row.group, row.counts));
        }
        self.metrics(self.figures(&sums))
    }

    fn zeros(&self) -> Vec<Sums> {
        vec![Sums::default(); self.metrics.len()]
    }

    /// Adds the counts of a group to the sums of each metric.
    fn add(&self, sums: &mut [Sums], group: &Group, counts: &Counts) {
        // The slicing dimensions are the last ones of the query.
        let slicing = self.slicing.iter().rev().copied();
        let values: Vec<(Dimension, Option<&str>)> =
            slicing.zip(group.iter().rev().map(|value| value.as_deref())).collect();
        for (metric, sums) in self.metrics.iter().zip(sums) {
            metric.add(sums, &values, counts);
        }
    }

    fn key(&self, row: ReportRow<'_>) -> Key {
        let mut values = row.group.iter().map(|value| value.as_deref());
        let value = |dimension: &GroupBy| match dimension {
            GroupBy::Time => KeyValue::Time(row.time.start),
            GroupBy::Attribute(attribute) => {
                KeyValue::Text(attribute.display(values.next().flatten()).into_owned())
            }
        };
        self.dimensions.iter().map(value).collect()
    }

    fn figures(&self, sums: &[Sums]) -> Vec<Figure> {
        self.metrics.iter().zip(sums).map(|(metric, sums)| metric.figure(*sums)).collect()
    }

    fn metrics(&self, figures: Vec<Figure>) -> Metrics {
        Metrics(self.metrics.iter().map(|metric| metric.name()).zip(figures).collect())
    }

    fn item(&self, row: Row) -> Item {
        let values = self.dimensions.iter().zip(row.key).map(|(dimension, value)| value.body(*dimension));
        Item { dimensions: values.collect(), metrics: self.metrics(row.figures) }
    }
}

impl Row {
    fn compare(&self, other: &Self, order: SortOrder) -> Ordering {
        let ascending = match order.column {
            SortColumn::Dimension(index) => self.key[index].cmp(&other.key[index]),
            SortColumn::Metric(index) => self.figures[index].compare(&other.figures[index]),
        };
        if order.is_descending { ascending.reverse() } else { ascending }
    }
}

impl KeyValue {
    fn body(self, dimension: GroupBy) -> Value {
        let value = match self {
            Self::Time(at) => date::format_metrics_date(at),
            Self::Text(text) => text,
        };
        let display_value = if value.is_empty() { "None".to_owned() } else { value.clone() };
        Value { dimension: dimension.name(), value, display_value }
    }
}
