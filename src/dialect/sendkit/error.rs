//! Refusals. Their form is SendKit's; the status codes and messages are ours.

use http::StatusCode;

use super::CONTENT_TYPE;
use crate::dialect::{Failure, Refusal, Response, response};

/// Why there are no statistics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value of a parameter is invalid: 400.
    #[error("Invalid parameter {name}: found `{found}`, expected {expected}")]
    InvalidParameter {
        /// The name of the parameter.
        name: &'static str,
        /// The value, truncated to 80 characters.
        found: String,
        /// The valid values, in words.
        expected: String,
    },
    /// The answer would have too many rows: 400.
    #[error("Too many rows, expected a shorter range")]
    TooManyRows(#[source] Failure),
    /// A platform key without a workspace: 400.
    #[error("X-Workspace-Id is required with a platform key")]
    MissingWorkspace,
    /// A workspace key with a workspace: 400.
    #[error("X-Workspace-Id must not be sent with a workspace key")]
    UnexpectedWorkspace,
    /// The workspace has no such mailbox: 404.
    #[error("Mailbox not found")]
    UnknownMailbox,
    /// The path is unknown: 404.
    #[error("The requested resource was not found")]
    NotFound,
    /// The host refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host fails: 500.
    #[error(transparent)]
    Failed(Failure),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        if failure.is_too_large() { Self::TooManyRows(failure) } else { Self::Failed(failure) }
    }
}

/// The body of every refusal, its fields in the order of the published sample.
#[derive(serde::Serialize)]
struct ErrorBody {
    error: &'static str,
    message: String,
    code: u16,
}

impl Error {
    pub(super) fn response(&self) -> Response {
        let (status, message) = match self {
            Self::InvalidParameter { .. }
            | Self::TooManyRows(_)
            | Self::MissingWorkspace
            | Self::UnexpectedWorkspace => (StatusCode::BAD_REQUEST, self.to_string()),
            Self::UnknownMailbox | Self::NotFound => (StatusCode::NOT_FOUND, self.to_string()),
            Self::Refused(refusal) => (refusal.status(), message(refusal).to_owned()),
            Self::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred".to_owned()),
        };
        let (error, code) = (status.canonical_reason().unwrap_or("Error"), status.as_u16());
        // Texts and a number can always be written.
        let body = serde_json::to_string(&ErrorBody { error, message, code }).unwrap_or_default();
        let refusal = if let Self::Refused(refusal) = self { Some(refusal) } else { None };
        response::with_challenge(response::refusal(code, CONTENT_TYPE, body, refusal), "Bearer")
    }
}

fn message(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unauthorized => "Missing or invalid API key",
        Refusal::Forbidden => "This key has no access to the workspace",
        Refusal::TooManyRequests { .. } => "Too many requests",
        Refusal::MethodNotAllowed { .. } | Refusal::Other(_) => "The request was refused",
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::store::StoreError;
    use crate::tally::TallyError;

    fn failure(error: impl Into<StoreError>) -> Failure {
        crate::Error::from(error.into()).into()
    }

    #[test]
    fn every_refusal_has_the_form_of_the_sample() {
        let invalid =
            Error::InvalidParameter { name: "to", found: "\"x\"".to_owned(), expected: "y".to_owned() };
        for (error, status, name, message) in [
            (invalid, 400, "Bad Request", r#"Invalid parameter to: found `\"x\"`, expected y"#),
            (
                failure(TallyError::TooManyRows { limit: 1 }).into(),
                400,
                "Bad Request",
                "Too many rows, expected a shorter range",
            ),
            (Error::MissingWorkspace, 400, "Bad Request", "X-Workspace-Id is required with a platform key"),
            (
                Error::UnexpectedWorkspace,
                400,
                "Bad Request",
                "X-Workspace-Id must not be sent with a workspace key",
            ),
            (Refusal::Unauthorized.into(), 401, "Unauthorized", "Missing or invalid API key"),
            (Refusal::Forbidden.into(), 403, "Forbidden", "This key has no access to the workspace"),
            (Error::UnknownMailbox, 404, "Not Found", "Mailbox not found"),
            (Error::NotFound, 404, "Not Found", "The requested resource was not found"),
            (
                Refusal::MethodNotAllowed { allow: "GET, HEAD" }.into(),
                405,
                "Method Not Allowed",
                "The request was refused",
            ),
            (Refusal::Other(StatusCode::URI_TOO_LONG).into(), 414, "URI Too Long", "The request was refused"),
            (
                Refusal::TooManyRequests { retry_after: 7 }.into(),
                429,
                "Too Many Requests",
                "Too many requests",
            ),
            (
                failure(StoreError::backend("postgres", "connection lost")).into(),
                500,
                "Internal Server Error",
                "An unexpected error occurred",
            ),
        ] {
            let response = error.response();
            let body = format!(r#"{{"error":"{name}","message":"{message}","code":{status}}}"#);
            assert_eq!((response.status().as_u16(), response.body()), (status, &body));
            let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry_after, (status == 429).then_some("7"), "{error}");
        }
    }

    #[test]
    fn only_an_answer_that_is_too_large_is_an_error_of_the_client_and_the_cause_is_kept() {
        let too_large = Error::from(failure(TallyError::TooManyRows { limit: 1 }));
        assert!(matches!(too_large, Error::TooManyRows(_)));
        assert!(too_large.source().is_some());
        let broken = Error::from(failure(StoreError::backend("postgres", "connection lost")));
        assert!(matches!(broken, Error::Failed(_)));
        assert!(broken.source().is_some());
    }
}
