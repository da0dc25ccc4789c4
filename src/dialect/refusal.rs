//! What every API refuses, and why a host fails.

use chrono::{DateTime, Utc};
use http::StatusCode;

use crate::error::Error;
use crate::figure::FigureError;
use crate::query::QueryError;
use crate::report::ReportError;
use crate::store::StoreError;
use crate::tally::TallyError;
use crate::time::BucketError;

/// A refusal that is not about the content of a request. Each API has its own words for it:
/// [`Dialect::refuse`](super::Dialect::refuse).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The credential is missing or unknown: 401.
    #[error("the credential is missing or unknown")]
    Unauthorized,
    /// The credential is known, but not for this: 403.
    #[error("the credential gives no access to this")]
    Forbidden,
    /// The path is known, but not with this method: 405.
    #[error("the method is not allowed, expected {allow}")]
    MethodNotAllowed {
        /// The value of the header `Allow`.
        allow: &'static str,
    },
    /// The caller made too many requests: 429.
    #[error("too many requests, expected the next one in {retry_after} s or later")]
    TooManyRequests {
        /// The seconds until the next request is answered: see [`RateLimit::retry_after`].
        retry_after: u32,
    },
    /// The server refuses for a reason of its own, such as 408, 413, 414 or 503.
    #[error("{0}")]
    Other(StatusCode),
}

impl Refusal {
    /// Returns the status code.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Other(status) => *status,
        }
    }

    /// Returns the standard phrase of the status code, such as `Not Found`.
    pub(crate) fn reason(&self) -> &'static str {
        self.status().canonical_reason().unwrap_or("Error")
    }

    /// Returns the headers that the refusal has in every API.
    pub(crate) fn headers(&self) -> Option<(&'static str, String)> {
        match self {
            Self::MethodNotAllowed { allow } => Some(("allow", (*allow).to_owned())),
            Self::TooManyRequests { retry_after } => Some(("retry-after", retry_after.to_string())),
            Self::Unauthorized | Self::Forbidden | Self::Other(_) => None,
        }
    }
}

/// Why the host has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is no report. The caller can fix it if the answer is too large.
    #[error(transparent)]
    Report(#[from] Error),
    /// There is no timeline, or no list of messages.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no figure whose messages could be listed. The caller can fix it.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The answers do not match the questions.
    #[error("the answers do not match the questions, expected {expected} next")]
    Answers {
        /// What was expected.
        expected: &'static str,
    },
    /// The body could not be written.
    #[error("the body could not be written")]
    Body(#[from] serde_json::Error),
}

impl Failure {
    /// Returns whether the query is, or the answer would be, too large, or needs events that the store has dropped: the only
    /// failures that a valid request of a published API can cause. Another range can be answered.
    pub(crate) fn is_too_large(&self) -> bool {
        let Self::Report(error) = self else { return false };
        match error {
            Error::Query(error) => matches!(
                error,
                QueryError::Buckets(BucketError::TooMany { .. })
                    | QueryError::TooManyDimensions { .. }
                    | QueryError::TooManyFilters { .. }
                    | QueryError::TooManyValues { .. }
            ),
            Error::Store(error) => matches!(
                error,
                StoreError::Tally(TallyError::TooManyRows { .. }) | StoreError::Thinned { .. }
            ),
            Error::Report(error) => {
                matches!(error, ReportError::TooManyRows { .. } | ReportError::NamesTooLong { .. })
            }
        }
    }

    /// Returns whether the caller can fix it by changing the request.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::Report(error) => error.is_client_error(),
            Self::Store(error) => error.is_client_error(),
            Self::Figure(_) => true,
            Self::Answers { .. } | Self::Body(_) => false,
        }
    }
}

/// How many requests a caller has left in the current window, for the rate-limit headers of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a host makes it")]
pub struct RateLimit {
    /// The maximum number of requests in a window.
    pub limit: u32,
    /// The number of requests that are left in the current window.
    pub remaining: u32,
    /// The start of the next window.
    pub reset: DateTime<Utc>,
}

impl RateLimit {
    /// Returns the seconds from `now` to the next window, rounded up, at least 1.
    pub fn retry_after(&self, now: DateTime<Utc>) -> u32 {
        let wait = self.reset - now;
        let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
        u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
    }
}

/// A published rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a limit is a number of requests in a time")]
pub struct RequestLimit {
    /// The maximum number of requests.
    pub requests: u32,
    /// The length of the window in seconds.
    pub seconds: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_rounded_up_to_whole_seconds_and_at_least_one() {
        let now = DateTime::UNIX_EPOCH;
        for (nanos, seconds) in [
            (-5_000_000_000, 1),
            (0, 1),
            (1, 1),
            (1_000_000_000, 1),
            (1_000_000_001, 2),
            (59_999_999_999, 60),
        ] {
            let limit =
                RateLimit { limit: 1, remaining: 0, reset: now + chrono::Duration::nanoseconds(nanos) };
            assert_eq!(limit.retry_after(now), seconds, "{nanos}");
        }
    }
}
