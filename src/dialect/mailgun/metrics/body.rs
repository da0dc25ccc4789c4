//! The body of a response.

use serde::{Serialize, Serializer};

use super::figure::Figure;

#[derive(Serialize)]
pub(in crate::dialect::mailgun) struct Body {
    /// The start of the first bucket, such as `Sun, 01 Feb 2026 00:00:00 +0000`.
    pub(super) start: String,
    /// The start of the last bucket, which is included.
    pub(super) end: String,
    pub(super) resolution: &'static str,
    /// The requested duration, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<String>,
    /// The dimensions in the requested order.
    pub(super) dimensions: Vec<&'static str>,
    pub(super) pagination: Pagination,
    /// The rows of this page.
    pub(super) items: Vec<Item>,
    pub(super) aggregates: Aggregates,
}

#[derive(Serialize)]
pub(super) struct Pagination {
    /// The requested order as it was written; empty if none was requested.
    pub(super) sort: String,
    /// The number of rows before the page.
    pub(super) skip: u64,
    /// The maximum number of rows of the page.
    pub(super) limit: usize,
    /// The number of rows on all pages.
    pub(super) total: usize,
}

/// A row.
#[derive(Serialize)]
pub(super) struct Item {
    /// A value for each dimension.
    pub(super) dimensions: Vec<Value>,
    pub(super) metrics: Metrics,
}

/// The value of a dimension.
#[derive(Serialize)]
pub(super) struct Value {
    pub(super) dimension: &'static str,
    /// The value for a filter.
    pub(super) value: String,
    /// The value for a reader.
    pub(super) display_value: String,
}

#[derive(Serialize)]
pub(super) struct Aggregates {
    /// The metrics of the rows on all pages; empty if not requested.
    pub(super) metrics: Metrics,
}

/// The names and values of metrics, in the published order. In JSON an object.
pub(super) struct Metrics(pub(super) Vec<(&'static str, Figure)>);

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}
