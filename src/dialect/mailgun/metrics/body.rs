//! The answer, in the published shape.

use serde::{Serialize, Serializer};

use super::figure::Figure;

/// The body of an answer. Serialises to the published JSON; [`to_line`](super::super::to_line) writes it as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Body {
    /// The start of the first bucket, such as `Sun, 01 Feb 2026 00:00:00 +0000`.
    pub start: String,
    /// The start of the last bucket, which is in.
    pub end: String,
    /// `hour`, `day` or `month`.
    pub resolution: &'static str,
    /// The duration that was asked, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// What rows are told apart by, in the order that was asked.
    pub dimensions: Vec<&'static str>,
    /// Which of the rows are here.
    pub pagination: Pagination,
    /// The rows of this page.
    pub items: Vec<Item>,
    /// Over all rows, not this page alone.
    pub aggregates: Aggregates,
}

/// Which of the rows are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pagination {
    /// The order that was asked, as it was written; empty if none was.
    pub sort: String,
    /// How many rows were left out before the first.
    pub skip: u64,
    /// The most rows of a page.
    pub limit: usize,
    /// How many rows there are, on all pages.
    pub total: usize,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// What it is of: a value of each dimension, in the order that was asked.
    pub dimensions: Vec<Value>,
    /// Its numbers.
    pub metrics: Metrics,
}

/// A value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Value {
    /// The dimension's published name.
    pub dimension: &'static str,
    /// The value, as a filter takes it.
    pub value: String,
    /// The value, as a reader is shown it.
    pub display_value: String,
}

/// The numbers of all rows together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Aggregates {
    /// The numbers; none unless they were asked.
    pub metrics: Metrics,
}

/// The metrics that were asked, by their published names, in the published order. In JSON an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics(pub(super) Vec<(&'static str, Figure)>);

impl Metrics {
    /// Each name with its number.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Figure)> {
        self.0.iter().copied()
    }

    /// The number of that name, if it was asked.
    pub fn value(&self, name: &str) -> Option<Figure> {
        self.iter().find(|(known, _)| *known == name).map(|(_, figure)| figure)
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
