//! Why a query has no plan.

use crate::dimension::By;
use crate::metric::Metric;
use crate::parse_error::ParseError;
use crate::time::{BucketError, PeriodError};

/// Why a query has no plan. The caller can fix the query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The period cannot be resolved.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The resolution does not fit the period.
    #[error(transparent)]
    Buckets(#[from] BucketError),
    /// Rows by the same dimension are requested twice.
    #[error("rows by `{by}` are requested twice, expected each dimension once")]
    Repeated {
        /// The dimension.
        by: By,
    },
    /// Rows by date are requested, but the resolution is `all`, which has only one bucket.
    #[error("rows by `date` are requested at resolution `all`, expected a finer resolution")]
    DateWithoutResolution,
    /// The number of groups to show, [`Query::top`](crate::Query::top), is 0.
    #[error("the 0 largest groups are requested, expected 1 or more")]
    TopZero,
    /// The metric that orders groups belongs to a kind that is not counted.
    #[error("groups are ordered by `{rank}`, expected a metric of one of the requested kinds")]
    RankNotCounted {
        /// The metric.
        rank: Metric,
    },
    /// A filter has a value that its dimension cannot have.
    #[error(transparent)]
    Value(#[from] ParseError),
    /// Rows are grouped by too many dimensions.
    #[error("rows by {found} dimensions are requested, expected at most {limit}")]
    TooManyDimensions {
        /// The number of dimensions.
        found: usize,
        /// The maximum.
        limit: usize,
    },
    /// There are too many filters.
    #[error("{found} filters, expected at most {limit}; one filter can have several values")]
    TooManyFilters {
        /// The number of filters.
        found: usize,
        /// The maximum.
        limit: usize,
    },
    /// The filters have too many values.
    #[error("the filters have {found} values, expected at most {limit}")]
    TooManyValues {
        /// The number of values of all filters together.
        found: usize,
        /// The maximum.
        limit: usize,
    },
}

impl QueryError {
    /// Returns the field of the query's JSON that is wrong.
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Period(_) => "period",
            Self::Buckets(_) | Self::DateWithoutResolution => "resolution",
            Self::Repeated { .. } | Self::TooManyDimensions { .. } => "by",
            Self::TopZero => "top",
            Self::RankNotCounted { .. } => "rank",
            Self::Value(_) | Self::TooManyFilters { .. } | Self::TooManyValues { .. } => "filters",
        }
    }
}
