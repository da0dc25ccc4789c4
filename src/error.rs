//! What can go wrong, told to the one who can mend it.
//!
//! A caller's mistake is a [`ParseError`] (a text that means nothing) or a [`QueryError`] (a question that cannot be
//! answered); a web service answers both with a 4xx. What the back end does wrong is a [`StoreError`], which carries its
//! cause; a web service answers it with a 5xx and logs the chain. [`Error`] is either, for those who do not care.
//!
//! [`StoreError`]: crate::store::StoreError

use crate::counts::Metric;
use crate::dimension::By;
use crate::report::ReportError;
use crate::store::StoreError;
use crate::time::{BucketError, PeriodError};

pub use crate::parse_error::ParseError;

/// A question that cannot be answered, for a reason that its asker can mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The period says something impossible.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The resolution does not fit the period.
    #[error(transparent)]
    Buckets(#[from] BucketError),
    /// The same dimension is asked for twice.
    #[error("rows are asked by `{by}` twice, expected each dimension once")]
    Repeated {
        /// What stands there twice.
        by: By,
    },
    /// Rows by date are asked for, but all time is one bucket.
    #[error("rows are asked by `date` at resolution `all`, expected a finer resolution")]
    DateWithoutResolution,
    /// The largest none are asked for.
    #[error("the 0 largest groups are asked, expected 1 or more")]
    TopOfNone,
    /// Groups are to be ordered by a figure that is not counted.
    #[error("groups are ordered by `{rank}`, expected a figure of a kind that is asked")]
    RankNotCounted {
        /// The figure.
        rank: Metric,
    },
    /// A filter has a value that its dimension can never have.
    #[error(transparent)]
    Value(#[from] ParseError),
}

impl QueryError {
    /// The part of the query that it is about, as the query's JSON names it.
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Period(_) => "period",
            Self::Buckets(_) | Self::DateWithoutResolution => "resolution",
            Self::Repeated { .. } => "by",
            Self::TopOfNone => "top",
            Self::RankNotCounted { .. } => "rank",
            Self::Value(_) => "filters",
        }
    }
}

/// Why there is no report: for the asker to mend ([`Error::is_client_error`]), or for the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The question cannot be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The store gave no answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store's answer does not fit the question, or is too large.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl Error {
    /// Whether the asker can mend it by asking otherwise: a 4xx in a web service, else a 5xx.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::Query(_) => true,
            Self::Store(error) => error.is_client_error(),
            Self::Report(error) => error.is_client_error(),
        }
    }
}
