//! The error of the whole way from a query to its report.

use crate::query::QueryError;
use crate::report::ReportError;
use crate::store::StoreError;

/// Why there is no report.
///
/// The caller can fix it by changing the query ([`Error::is_client_error`]: a web service answers 4xx), or the host failed
/// (5xx): then the operator finds the cause in the chain of [sources](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The query has no plan.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The store has no answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The answer does not fit the plan, or is too large.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl Error {
    /// Returns whether the caller can fix it by changing the query.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::Query(_) => true,
            Self::Store(error) => error.is_client_error(),
            Self::Report(error) => error.is_client_error(),
        }
    }
}
