//! The answer, in the published shape.

use serde::{Serialize, Serializer};

use super::figure::Figure;

/// The body of an answer. Serialises to the published JSON; [`to_line`](super::super::to_line) writes it as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub(in crate::dialect::mailgun) struct Body {
    /// The start of the first bucket, such as `Sun, 01 Feb 2026 00:00:00 +0000`.
    pub(in crate::dialect::mailgun) start: String,
    /// The start of the last bucket, which is in.
    pub(in crate::dialect::mailgun) end: String,
    /// `hour`, `day` or `month`.
    pub(in crate::dialect::mailgun) resolution: &'static str,
    /// The duration that was asked, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::mailgun) duration: Option<String>,
    /// What rows are told apart by, in the order that was asked.
    pub(in crate::dialect::mailgun) dimensions: Vec<&'static str>,
    /// Which of the rows are here.
    pub(in crate::dialect::mailgun) pagination: Pagination,
    /// The rows of this page.
    pub(in crate::dialect::mailgun) items: Vec<Item>,
    /// Over all rows, not this page alone.
    pub(in crate::dialect::mailgun) aggregates: Aggregates,
}

/// Which of the rows are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub(in crate::dialect::mailgun) struct Pagination {
    /// The order that was asked, as it was written; empty if none was.
    pub(in crate::dialect::mailgun) sort: String,
    /// How many rows were left out before the first.
    pub(in crate::dialect::mailgun) skip: u64,
    /// The most rows of a page.
    pub(in crate::dialect::mailgun) limit: usize,
    /// How many rows there are, on all pages.
    pub(in crate::dialect::mailgun) total: usize,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub(in crate::dialect::mailgun) struct Item {
    /// What it is of: a value of each dimension, in the order that was asked.
    pub(in crate::dialect::mailgun) dimensions: Vec<Value>,
    /// Its numbers.
    pub(in crate::dialect::mailgun) metrics: Metrics,
}

/// A value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub(in crate::dialect::mailgun) struct Value {
    /// The dimension's published name.
    pub(in crate::dialect::mailgun) dimension: &'static str,
    /// The value, as a filter takes it.
    pub(in crate::dialect::mailgun) value: String,
    /// The value, as a reader is shown it.
    pub(in crate::dialect::mailgun) display_value: String,
}

/// The numbers of all rows together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub(in crate::dialect::mailgun) struct Aggregates {
    /// The numbers; none unless they were asked.
    pub(in crate::dialect::mailgun) metrics: Metrics,
}

/// The metrics that were asked, by their published names, in the published order. In JSON an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialect::mailgun) struct Metrics(pub(super) Vec<(&'static str, Figure)>);

impl Metrics {
    /// Each name with its number.
    pub(in crate::dialect::mailgun) fn iter(&self) -> impl Iterator<Item = (&'static str, Figure)> {
        self.0.iter().copied()
    }

    /// The number of that name, if it was asked.
    pub(in crate::dialect::mailgun) fn value(&self, name: &str) -> Option<Figure> {
        self.iter().find(|(known, _)| *known == name).map(|(_, figure)| figure)
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
