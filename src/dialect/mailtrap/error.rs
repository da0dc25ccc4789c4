//! Refusals in Mailtrap's words.

use serde_json::json;

use super::CONTENT_TYPE;
use crate::dialect::{Failure, Refusal, Response, response, truncated};

/// Why there are no statistics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A required parameter is absent or empty: 400.
    #[error("Missing required parameter: {0}")]
    Missing(&'static str),
    /// A parameter has an invalid value, or is spelled in an unknown way: 400. The words are ours.
    #[error("Invalid parameter {name}: found `{found}`, expected {expected}")]
    Invalid {
        /// The name of the parameter.
        name: String,
        /// What was found, truncated to 80 characters.
        found: String,
        /// What was expected, in words.
        expected: String,
    },
    /// A requested domain does not belong to the account: 400.
    #[error("Sending domain does not exist")]
    UnknownDomain,
    /// The answer would be too large: 400. The words are ours.
    #[error("Too many rows, expected a shorter range or a filter")]
    TooManyRows(#[source] Failure),
    /// The path is unknown: 404.
    #[error("Not Found")]
    NotFound,
    /// The host refuses, or the account in the path is another one.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host fails: 500.
    #[error(transparent)]
    Failed(Failure),
}

impl Error {
    pub(super) fn invalid(name: impl Into<String>, found: &str, expected: impl Into<String>) -> Self {
        Self::Invalid { name: name.into(), found: truncated(found), expected: expected.into() }
    }

    pub(super) fn response(&self) -> Response {
        let (status, body) = match self {
            Self::Missing(_) | Self::Invalid { .. } | Self::UnknownDomain | Self::TooManyRows(_) => {
                (400, json!({ "error": self.to_string() }))
            }
            Self::NotFound => (404, json!({ "error": self.to_string() })),
            Self::Refused(refusal) => {
                let (key, message) = message(refusal);
                (refusal.status().as_u16(), json!({ key: message }))
            }
            Self::Failed(_) => (500, json!({ "errors": "Unexpected error" })),
        };
        let refusal = if let Self::Refused(refusal) = self { Some(refusal) } else { None };
        let response = response::refusal(status, CONTENT_TYPE, body.to_string(), refusal);
        response::with_challenge(response, r#"Token realm="Application""#)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        if failure.is_too_large() { Self::TooManyRows(failure) } else { Self::Failed(failure) }
    }
}

/// Returns the key and the message of a refusal. Both keys are published.
fn message(refusal: &Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::Unauthorized => ("error", "Incorrect API token"),
        Refusal::Forbidden => ("errors", "Account access forbidden"),
        Refusal::TooManyRequests { .. } => ("errors", "Rate limit exceeded"),
        Refusal::MethodNotAllowed { .. } | Refusal::Other(_) => ("error", refusal.reason()),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use http::StatusCode;

    use super::*;
    use crate::store::StoreError;
    use crate::tally::TallyError;

    fn failure(error: impl Into<StoreError>) -> Failure {
        Failure::from(crate::Error::from(error.into()))
    }

    #[test]
    fn every_refusal_has_its_published_status_and_body() {
        let too_large = failure(TallyError::TooManyRows { limit: 1 });
        let broken = failure(StoreError::backend("postgres", "connection lost"));
        for (error, status, body) in [
            (Error::Missing("end_date"), 400, r#"{"error":"Missing required parameter: end_date"}"#),
            (
                Error::invalid("end_date", "\"x\"", "y"),
                400,
                r#"{"error":"Invalid parameter end_date: found `\"x\"`, expected y"}"#,
            ),
            (Error::UnknownDomain, 400, r#"{"error":"Sending domain does not exist"}"#),
            (too_large.into(), 400, r#"{"error":"Too many rows, expected a shorter range or a filter"}"#),
            (Refusal::Unauthorized.into(), 401, r#"{"error":"Incorrect API token"}"#),
            (Refusal::Forbidden.into(), 403, r#"{"errors":"Account access forbidden"}"#),
            (Error::NotFound, 404, r#"{"error":"Not Found"}"#),
            (Refusal::Other(StatusCode::URI_TOO_LONG).into(), 414, r#"{"error":"URI Too Long"}"#),
            (Refusal::TooManyRequests { retry_after: 9 }.into(), 429, r#"{"errors":"Rate limit exceeded"}"#),
            (broken.into(), 500, r#"{"errors":"Unexpected error"}"#),
        ] {
            let response = error.response();
            assert_eq!((response.status().as_u16(), &**response.body()), (status, body));
            let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header("content-type"), Some("application/json; charset=utf-8"));
            let scheme = r#"Token realm="Application""#;
            assert_eq!(header("www-authenticate"), (status == 401).then_some(scheme), "{error}");
            assert_eq!(header("retry-after"), (status == 429).then_some("9"), "{error}");
        }
    }

    #[test]
    fn only_an_answer_that_is_too_large_is_an_error_of_the_client_and_the_cause_is_kept() {
        let too_large = Error::from(failure(TallyError::TooManyRows { limit: 1 }));
        assert!(matches!(too_large, Error::TooManyRows(_)) && too_large.source().is_some());
        let broken = Error::from(failure(StoreError::backend("postgres", "connection lost")));
        assert!(matches!(broken, Error::Failed(_)) && broken.source().is_some());
        let unsupported = Error::from(failure(StoreError::Unsupported(crate::Dimension::Category)));
        assert!(matches!(unsupported, Error::Failed(_)), "the host chose the store");
    }
}
