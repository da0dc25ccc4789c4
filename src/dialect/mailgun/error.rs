//! Refusals in Mailgun's words.

use std::borrow::Cow;

use http::{HeaderValue, header};
use serde_json::json;

use super::{CONTENT_TYPE, truncated};
use crate::dialect::{Failure, Refusal, Response, response};

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// Why there are no statistics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No event is requested: 400.
    #[error("please provide at least one event: Missing mandatory parameter: event")]
    NoEvent,
    /// Another required parameter is missing or empty: 400.
    #[error("Missing mandatory parameter: {0}")]
    Missing(&'static str),
    /// The resolution is unknown: 400.
    #[error("'resolution' parameter is invalid, valid values: 'month', 'day', 'hour'")]
    Resolution,
    /// A parameter of a query string is invalid: 400.
    #[error("Invalid format for parameter {name}: {found}")]
    Invalid {
        /// The parameter.
        name: Cow<'static, str>,
        /// Its value, truncated to 80 characters.
        found: String,
    },
    /// A field of a JSON body is invalid: 400. The wording after the found text is ours.
    #[error("Invalid format for parameter {name}: {found}, expected {expected}")]
    Malformed {
        /// The path of the field, such as `filter.AND[0].comparator`; `body` for all of it.
        name: Cow<'static, str>,
        /// Its value, truncated to 80 characters.
        found: String,
        /// The values that are valid.
        expected: Cow<'static, str>,
    },
    /// The start is after the end: 400. The wording is ours.
    #[error("start {start} is after end {end}")]
    Reversed {
        /// The requested start.
        start: String,
        /// The requested end.
        end: String,
    },
    /// The answer would be too large: 400. The wording is ours.
    #[error("too much is asked at once, use a coarser resolution, a shorter period or a filter")]
    TooLarge(#[source] Failure),
    /// The subaccount is not one of the account's: 403. The wording is ours.
    #[error("Subaccount not found: {0}")]
    UnknownSubaccount(String),
    /// The domain is not one of the account's: 404.
    #[error("Domain not found: {0}")]
    UnknownDomain(String),
    /// `GET /v3/{domain}/stats`, which Mailgun has removed: 404.
    #[error("this route was deprecated 2 years ago and is no longer available")]
    Deprecated,
    /// The path is unknown: 404, plain text.
    #[error("404 page not found")]
    NotFound,
    /// The host refuses. A missing credential and a missing permission are both 401, with the text `Forbidden`, which is
    /// the only body without a line end.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host fails: 500. The body is ours.
    #[error(transparent)]
    Failed(Failure),
}

impl From<Failure> for Error {
    /// A report that is too large is the caller's mistake; everything else is the host's.
    fn from(failure: Failure) -> Self {
        if failure.is_too_large() { Self::TooLarge(failure) } else { Self::Failed(failure) }
    }
}

impl Error {
    /// The parameter `name` is invalid.
    pub(super) fn invalid(name: impl Into<Cow<'static, str>>, found: &str) -> Self {
        Self::Invalid { name: name.into(), found: truncated(found) }
    }

    /// The field `name` of a JSON body is invalid.
    pub(super) fn malformed(
        name: impl Into<Cow<'static, str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Malformed { name: name.into(), found: truncated(found), expected: expected.into() }
    }

    pub(super) fn response(&self) -> Response {
        match self {
            Self::NoEvent
            | Self::Missing(_)
            | Self::Resolution
            | Self::Invalid { .. }
            | Self::Malformed { .. }
            | Self::Reversed { .. }
            | Self::TooLarge(_) => message(400, &self.to_string(), None),
            Self::UnknownSubaccount(_) => message(403, &self.to_string(), None),
            Self::UnknownDomain(_) | Self::Deprecated => message(404, &self.to_string(), None),
            Self::NotFound => not_found(),
            Self::Refused(Refusal::Unauthorized | Refusal::Forbidden) => forbidden(),
            Self::Refused(refusal @ Refusal::TooManyRequests { .. }) => {
                message(429, "too many requests", Some(refusal))
            }
            Self::Refused(refusal @ (Refusal::MethodNotAllowed { .. } | Refusal::Other(_))) => {
                message(refusal.status().as_u16(), refusal.reason(), Some(refusal))
            }
            Self::Failed(_) => message(500, "internal server error", None),
        }
    }
}

fn message(status: u16, text: &str, refusal: Option<&Refusal>) -> Response {
    let body = format!("{}\n", json!({ "message": text }));
    response::refusal(status, CONTENT_TYPE, body, refusal)
}

fn forbidden() -> Response {
    response::with_challenge(response::refusal(401, PLAIN_TEXT, "Forbidden", None), r#"Basic realm="MG API""#)
}

fn not_found() -> Response {
    let mut response = response::refusal(404, PLAIN_TEXT, "404 page not found\n", None);
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use http::StatusCode;

    use super::*;
    use crate::store::StoreError;
    use crate::tally::TallyError;

    fn headers(response: &Response) -> Vec<(&str, &str)> {
        let headers = response.headers().iter();
        headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
    }

    fn too_large() -> Failure {
        crate::Error::from(StoreError::from(TallyError::TooManyRows { limit: 1 })).into()
    }

    fn broken() -> Failure {
        StoreError::backend("postgres", "connection lost").into()
    }

    #[test]
    fn every_refusal_has_its_published_status_and_body() {
        let reversed = Error::Reversed { start: "b".to_owned(), end: "a".to_owned() };
        for (error, status, message) in [
            (Error::NoEvent, 400, "please provide at least one event: Missing mandatory parameter: event"),
            (Error::Missing("timestamp"), 400, "Missing mandatory parameter: timestamp"),
            (
                Error::Resolution,
                400,
                "'resolution' parameter is invalid, valid values: 'month', 'day', 'hour'",
            ),
            (Error::invalid("start", "\"x"), 400, r#"Invalid format for parameter start: \"x"#),
            (
                Error::malformed("pagination.limit", "7.5", "a whole number from 0"),
                400,
                "Invalid format for parameter pagination.limit: 7.5, expected a whole number from 0",
            ),
            (reversed, 400, "start b is after end a"),
            (
                too_large().into(),
                400,
                "too much is asked at once, use a coarser resolution, a shorter period or a filter",
            ),
            (Error::UnknownSubaccount("shop".to_owned()), 403, "Subaccount not found: shop"),
            (Error::UnknownDomain("a.example".to_owned()), 404, "Domain not found: a.example"),
            (Error::Deprecated, 404, "this route was deprecated 2 years ago and is no longer available"),
            (Refusal::Other(StatusCode::URI_TOO_LONG).into(), 414, "URI Too Long"),
            (broken().into(), 500, "internal server error"),
        ] {
            let response = error.response();
            let body = format!("{{\"message\":\"{message}\"}}\n");
            assert_eq!((response.status().as_u16(), response.body()), (status, &body));
            let expected =
                [("content-type", "application/json; charset=utf-8"), ("cache-control", "no-store")];
            assert_eq!(headers(&response), expected);
        }
        for (refusal, body, header) in [
            (Refusal::MethodNotAllowed { allow: "POST" }, "Method Not Allowed", ("allow", "POST")),
            (Refusal::TooManyRequests { retry_after: 7 }, "too many requests", ("retry-after", "7")),
        ] {
            let (status, response) = (refusal.status(), Error::from(refusal).response());
            let body = format!("{{\"message\":\"{body}\"}}\n");
            assert_eq!((response.status(), response.body()), (status, &body));
            assert_eq!(headers(&response)[1..], [("cache-control", "no-store"), header]);
        }
    }

    #[test]
    fn a_refused_key_and_an_unknown_path_are_plain_text() {
        for refusal in [Refusal::Unauthorized, Refusal::Forbidden] {
            let response = Error::from(refusal).response();
            assert_eq!((response.status().as_u16(), &**response.body()), (401, "Forbidden"));
            let expected = [
                ("content-type", "text/plain; charset=utf-8"),
                ("cache-control", "no-store"),
                ("www-authenticate", r#"Basic realm="MG API""#),
            ];
            assert_eq!(headers(&response), expected);
        }
        let response = Error::NotFound.response();
        assert_eq!((response.status().as_u16(), &**response.body()), (404, "404 page not found\n"));
        let expected = [
            ("content-type", "text/plain; charset=utf-8"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ];
        assert_eq!(headers(&response), expected);
    }

    #[test]
    fn a_long_value_is_truncated() {
        let error = Error::invalid("start", &"é".repeat(1_000_000));
        assert_eq!(error.to_string().chars().filter(|c| *c == 'é').count(), 80);
    }

    #[test]
    fn only_a_report_that_is_too_large_is_an_error_of_the_client_and_the_cause_is_kept() {
        let error = Error::from(too_large());
        assert!(matches!(error, Error::TooLarge(_)) && error.source().is_some());
        let error = Error::from(broken());
        assert!(matches!(error, Error::Failed(_)) && error.source().is_some());
    }
}
