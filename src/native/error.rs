//! Refusals of the crate's own API.

use std::str::Utf8Error;

use serde_json::json;

use super::{CONTENT_TYPE, Request};
use crate::dialect::{Failure, Refusal, Response, response};
use crate::figure::FigureError;
use crate::parse_error::{ParseError, json_reason};

/// Why a request has no answer, with the status of the response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body is longer than [`Request::MAX_BYTES`]: 413.
    #[error("the body has {found} bytes, expected at most {}", Request::MAX_BYTES)]
    TooLong {
        /// The length of the body in bytes.
        found: usize,
    },
    /// The body is not a request: 400.
    #[error("{reason} at line {line} column {column}")]
    Unreadable {
        /// What was found and what was expected, truncated to 400 characters.
        reason: String,
        /// The line of the body, from 1.
        line: usize,
        /// The byte in the line, from 1; 0 is before the first.
        column: usize,
    },
    /// The host refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The query has no answer: 400 if the caller can fix it ([`Failure::is_client_error`]), else 500.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Error {
    pub(super) fn response(&self) -> Response {
        let (status, code, parameter) = match self {
            Self::TooLong { .. } => (413, "too_long".to_owned(), None),
            Self::Unreadable { .. } => (400, "unreadable".to_owned(), None),
            Self::Refused(refusal) => (refusal.status().as_u16(), code(refusal), None),
            Self::Failed(failure) if failure.is_client_error() => {
                (400, "unanswerable".to_owned(), parameter(failure))
            }
            Self::Failed(_) => (500, "failed".to_owned(), None),
        };
        let message = if status == 500 { "the server has no answer".to_owned() } else { self.to_string() };
        let body = json!({ "error": { "code": code, "message": message, "parameter": parameter } });
        let refusal = if let Self::Refused(refusal) = self { Some(refusal) } else { None };
        let response = response::refusal(status, CONTENT_TYPE, body.to_string(), refusal);
        response::with_challenge(response, "Bearer")
    }

    pub(super) fn unreadable(error: serde_json::Error) -> Self {
        Self::Unreadable { reason: json_reason(&error), line: error.line(), column: error.column() }
    }

    pub(super) fn not_utf8(body: &[u8], error: Utf8Error) -> Self {
        let (line, column) = position(&body[..error.valid_up_to()]);
        Self::Unreadable { reason: "invalid UTF-8".to_owned(), line, column }
    }

    pub(super) fn not_an_object(body: &str) -> Self {
        let found = body.trim_start();
        let (line, column) = position(&body.as_bytes()[..body.len() - found.len()]);
        let reason = ParseError::invalid("request", found, "one JSON object").to_string();
        Self::Unreadable { reason, line, column }
    }
}

/// Returns the line and the byte in it, both from 1, that follow `before`.
fn position(before: &[u8]) -> (usize, usize) {
    let (line, column) = before.iter().fold((0, 0), |(line, column), byte| match byte {
        b'\n' => (line + 1, 0),
        _ => (line, column + 1),
    });
    (line + 1, column + 1)
}

/// Returns the code of a refusal: the phrase of its status in snake case.
fn code(refusal: &Refusal) -> String {
    refusal.reason().to_lowercase().replace([' ', '-'], "_")
}

/// Returns the field of the request that an error is about, if it is about one.
fn parameter(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Report(crate::error::Error::Query(error)) => Some(error.parameter()),
        Failure::Figure(FigureError::Query(error)) => Some(error.parameter()),
        Failure::Figure(FigureError::WrongDimensions { .. } | FigureError::NoSuchDate { .. }) => {
            Some("group")
        }
        Failure::Figure(FigureError::NotCounted { .. }) => Some("metric"),
        Failure::Figure(FigureError::NoSuchBucket { .. } | FigureError::WrongGroup { .. })
        | Failure::Report(_)
        | Failure::Store(_)
        | Failure::Answers { .. }
        | Failure::Body(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;
    use crate::query::QueryError;
    use crate::store::StoreError;
    use crate::tally::TallyError;

    #[test]
    fn every_refusal_has_its_status_code_and_parameter() {
        let failed = |error: crate::Error| Error::from(Failure::from(error));
        let too_many = StoreError::from(TallyError::TooManyRows { limit: 1 });
        let broken = StoreError::backend("postgres", "connection to 192.0.2.1 lost");
        let thinned = StoreError::Thinned { before: Default::default(), resolution: crate::Resolution::Day };
        let unreadable = Error::Unreadable { reason: "x".to_owned(), line: 1, column: 2 };
        for (error, status, code, parameter) in [
            (Error::TooLong { found: 20_000 }, 413, "too_long", None),
            (unreadable, 400, "unreadable", None),
            (Refusal::Unauthorized.into(), 401, "unauthorized", None),
            (Refusal::Forbidden.into(), 403, "forbidden", None),
            (Refusal::TooManyRequests { retry_after: 7 }.into(), 429, "too_many_requests", None),
            (failed(QueryError::TopZero.into()), 400, "unanswerable", Some("top")),
            (failed(QueryError::DateWithoutResolution.into()), 400, "unanswerable", Some("resolution")),
            (failed(StoreError::Unsupported(Dimension::Tag).into()), 400, "unanswerable", None),
            (failed(too_many.into()), 400, "unanswerable", None),
            (failed(thinned.into()), 400, "unanswerable", None),
            (failed(broken.into()), 500, "failed", None),
        ] {
            let response = error.response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], "application/json");
            assert_eq!(response.headers().contains_key("retry-after"), status == 429);
            let body: serde_json::Value = serde_json::from_str(response.body()).unwrap();
            let message =
                if status == 500 { "the server has no answer".to_owned() } else { error.to_string() };
            assert_eq!(
                body,
                json!({ "error": { "code": code, "message": message, "parameter": parameter } })
            );
        }
    }

    #[test]
    fn a_long_reason_is_truncated() {
        let body = format!(r#"{{"{}":1}}"#, "é".repeat(5000));
        let Err(Error::Unreadable { reason, .. }) = Request::parse(body.as_bytes()) else { panic!("{body}") };
        assert_eq!(reason.chars().count(), 401);
        assert!(reason.ends_with("é…"), "{reason}");
    }
}
