//! Refusals of the crate's own API.

use std::str::Utf8Error;

use serde_json::json;

use super::{CONTENT_TYPE, Request};
use crate::dialect::Refusal;
use crate::parse_error::{ParseError, json_reason};
use crate::store::StoreError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body is longer than [`Request::LONGEST`]: 413.
    #[error("the body has {found} bytes, expected at most {}", Request::LONGEST)]
    TooLong {
        /// How many bytes it has.
        found: usize,
    },
    /// The body is not a request: 400.
    #[error("{found} at line {line} column {column}")]
    Unreadable {
        /// What was found, and what was expected; cut after 400 characters.
        found: String,
        /// In which line of the body, from 1.
        line: usize,
        /// At which of its bytes, from 1; 0 is before the first.
        column: usize,
    },
    /// The question cannot be answered: 400 if the asker can mend it ([`crate::Error::is_client_error`]), else 500.
    #[error(transparent)]
    Unanswered(#[from] crate::Error),
}

impl Error {
    /// The status code and body. What the back end did wrong is not told; the host logs this error and its sources.
    ///
    /// ```
    /// use mailtally::native::{Error, Request};
    ///
    /// let query = Request::parse(br#"{"period":"7d","top":0}"#)?.query("acme");
    /// let error = query.plan("2026-02-10T12:00:00Z".parse()?).unwrap_err();
    /// let refusal = Error::from(mailtally::Error::from(error)).refusal();
    /// assert_eq!(refusal.status, 400);
    /// assert_eq!(
    ///     refusal.body,
    ///     concat!(
    ///         r#"{"error":{"code":"unanswerable","message":"the 0 largest groups are requested, expected 1 or more","#,
    ///         r#""parameter":"top"}}"#
    ///     )
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refusal(&self) -> Refusal {
        let (status, code, parameter) = match self {
            Self::TooLong { .. } => (413, "too_long", None),
            Self::Unreadable { .. } => (400, "unreadable", None),
            Self::Unanswered(error) if error.is_client_error() => (400, "unanswerable", parameter(error)),
            Self::Unanswered(_) => (500, "failed", None),
        };
        let message = if status == 500 { "the server has no answer".to_owned() } else { self.to_string() };
        let body = json!({ "error": { "code": code, "message": message, "parameter": parameter } });
        Refusal { status, content_type: CONTENT_TYPE, headers: Vec::new(), body: body.to_string() }
    }

    pub(super) fn unreadable(error: serde_json::Error) -> Self {
        Self::Unreadable { found: json_reason(&error), line: error.line(), column: error.column() }
    }

    pub(super) fn not_utf8(body: &[u8], error: Utf8Error) -> Self {
        let (line, column) = place(&body[..error.valid_up_to()]);
        Self::Unreadable { found: "not UTF-8".to_owned(), line, column }
    }

    pub(super) fn not_an_object(body: &str) -> Self {
        let found = body.trim_start();
        let (line, column) = place(&body.as_bytes()[..body.len() - found.len()]);
        Self::Unreadable {
            found: ParseError::invalid("request", found, "one JSON object").to_string(),
            line,
            column,
        }
    }
}

/// The line and the byte in it, both from 1, behind `before`.
fn place(before: &[u8]) -> (usize, usize) {
    let (line, column) = before.iter().fold((0, 0), |(line, column), byte| match byte {
        b'\n' => (line + 1, 0),
        _ => (line, column + 1),
    });
    (line + 1, column + 1)
}

/// The field of the request that an error is about, where it is about one.
fn parameter(error: &crate::Error) -> Option<&'static str> {
    match error {
        crate::Error::Query(error) | crate::Error::Store(StoreError::Query(error)) => Some(error.parameter()),
        crate::Error::Store(StoreError::Tally(_) | StoreError::Backend { .. }) | crate::Error::Report(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::QueryError;
    use crate::tally::TallyError;

    #[test]
    fn every_refusal_has_its_status_code_and_parameter() {
        let of = |error: crate::Error| Error::from(error);
        let too_many = StoreError::from(TallyError::TooManyRows { limit: 1 });
        let broken = StoreError::backend("postgres", "connection to 192.0.2.1 lost");
        let unreadable = Error::Unreadable { found: "x".to_owned(), line: 1, column: 2 };
        for (error, status, code, parameter) in [
            (Error::TooLong { found: 20_000 }, 413, "too_long", None),
            (unreadable, 400, "unreadable", None),
            (of(QueryError::TopZero.into()), 400, "unanswerable", Some("top")),
            (
                of(StoreError::from(QueryError::DateWithoutResolution).into()),
                400,
                "unanswerable",
                Some("resolution"),
            ),
            (of(too_many.into()), 400, "unanswerable", None),
            (of(broken.into()), 500, "failed", None),
        ] {
            let refusal = error.refusal();
            assert_eq!((refusal.status, refusal.content_type), (status, "application/json"));
            let body: serde_json::Value = serde_json::from_str(&refusal.body).unwrap();
            let message =
                if status == 500 { "the server has no answer".to_owned() } else { error.to_string() };
            assert_eq!(
                body,
                json!({ "error": { "code": code, "message": message, "parameter": parameter } })
            );
        }
    }

    #[test]
    fn what_was_found_is_cut() {
        let body = format!(r#"{{"{}":1}}"#, "é".repeat(5000));
        let Err(Error::Unreadable { found, .. }) = Request::parse(body.as_bytes()) else { panic!("{body}") };
        assert_eq!(found.chars().count(), 401);
        assert!(found.ends_with("é…"), "{found}");
    }
}
