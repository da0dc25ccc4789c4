//! Refusals in Mailgun's words.

use std::borrow::Cow;

use serde_json::json;

use super::{CONTENT_TYPE, TEXT};
use crate::dialect::{Refusal, shown};

/// Why there are no statistics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No event is asked for: 400.
    #[error("please provide at least one event: Missing mandatory parameter: event")]
    NoEvent,
    /// Another required parameter is absent or empty: 400.
    #[error("Missing mandatory parameter: {0}")]
    Missing(&'static str),
    /// The resolution is none: 400.
    #[error("'resolution' parameter is invalid, valid values: 'month', 'day', 'hour'")]
    Resolution,
    /// A parameter says what it cannot say: 400.
    #[error("Invalid format for parameter {name}: {found}")]
    Invalid {
        /// The parameter.
        name: Cow<'static, str>,
        /// What it says, cut after 80 characters.
        found: String,
        /// What it can say. Not in the body, whose text is published.
        expected: Cow<'static, str>,
    },
    /// A field of a JSON body says what it cannot say: 400. The wording after the found text is ours.
    #[error("Invalid format for parameter {name}: {found}, expected {expected}")]
    Malformed {
        /// Where the field stands, such as `filter.AND[0].comparator`; `body` for all of it.
        name: Cow<'static, str>,
        /// What stands there, cut after 80 characters.
        found: String,
        /// What it can say.
        expected: Cow<'static, str>,
    },
    /// The time ends before it starts: 400. The wording is ours.
    #[error("start {start} is after end {end}")]
    Reversed {
        /// The start that was asked.
        start: String,
        /// The end that was asked.
        end: String,
    },
    /// The answer would be too large: 400. The wording is ours.
    #[error("too much is asked at once, use a coarser resolution, a shorter period or a filter")]
    TooLarge,
    /// No key, or a wrong one: 401. Its body is the text `Forbidden`, the one without a line end; the 403 is
    /// [`Error::Forbidden`].
    #[error("Forbidden")]
    Unauthorized,
    /// The key may not do this: 403. Why, the host says.
    #[error("{0}")]
    Forbidden(String),
    /// A domain that is not the account's: 404.
    #[error("Domain not found: {0}")]
    UnknownDomain(String),
    /// `GET /v3/{domain}/stats`, which is no more: 404.
    #[error("this route was deprecated 2 years ago and is no longer available")]
    Deprecated,
    /// No such path, or not with this method: 404, plain text.
    #[error("404 page not found")]
    NotFound,
    /// Too many requests: 429. The wording is ours.
    #[error("too many requests")]
    TooManyRequests,
    /// The host failed: 500. The wording is ours.
    #[error("internal server error")]
    Unexpected,
}

impl Error {
    /// The parameter `name` says what it cannot say.
    pub(super) fn invalid(
        name: impl Into<Cow<'static, str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid { name: name.into(), found: shown(found), expected: expected.into() }
    }

    /// The field `name` of a JSON body says what it cannot say.
    pub(super) fn malformed(
        name: impl Into<Cow<'static, str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Malformed { name: name.into(), found: shown(found), expected: expected.into() }
    }

    /// The status code, headers and body that the API has for it.
    ///
    /// ```
    /// use mailtally::dialect::mailgun::Error;
    ///
    /// let refusal = Error::UnknownDomain("mail.acme.example".to_owned()).refusal();
    /// assert_eq!(refusal.status, 404);
    /// assert_eq!(refusal.body, "{\"message\":\"Domain not found: mail.acme.example\"}\n");
    /// assert_eq!(Error::Unauthorized.refusal().body, "Forbidden");
    /// ```
    pub fn refusal(&self) -> Refusal {
        let text = self.to_string();
        let no_store = ("Cache-Control", "no-store".to_owned());
        let message = |status| Refusal {
            status,
            content_type: CONTENT_TYPE,
            headers: vec![no_store.clone()],
            body: format!("{}\n", json!({ "message": text })),
        };
        match self {
            Self::NoEvent
            | Self::Missing(_)
            | Self::Resolution
            | Self::Invalid { .. }
            | Self::Malformed { .. }
            | Self::Reversed { .. }
            | Self::TooLarge => message(400),
            Self::Unauthorized => {
                let realm = ("Www-Authenticate", r#"Basic realm="MG API""#.to_owned());
                let headers = vec![no_store.clone(), realm];
                Refusal { status: 401, content_type: TEXT, headers, body: text }
            }
            Self::Forbidden(_) => message(403),
            Self::UnknownDomain(_) | Self::Deprecated => message(404),
            Self::NotFound => {
                let headers = vec![("X-Content-Type-Options", "nosniff".to_owned())];
                Refusal { status: 404, content_type: TEXT, headers, body: format!("{text}\n") }
            }
            Self::TooManyRequests => message(429),
            Self::Unexpected => message(500),
        }
    }
}

impl From<crate::Error> for Error {
    /// A question that is too large is the caller's mistake; all else is the host's.
    fn from(error: crate::Error) -> Self {
        if error.is_client_error() { Self::TooLarge } else { Self::Unexpected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

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
            (Error::invalid("start", "\"x", "a date"), 400, r#"Invalid format for parameter start: \"x"#),
            (
                Error::malformed("pagination.limit", "7.5", "a whole number from 0"),
                400,
                "Invalid format for parameter pagination.limit: 7.5, expected a whole number from 0",
            ),
            (reversed, 400, "start b is after end a"),
            (
                Error::TooLarge,
                400,
                "too much is asked at once, use a coarser resolution, a shorter period or a filter",
            ),
            (Error::Forbidden("not yours".to_owned()), 403, "not yours"),
            (Error::UnknownDomain("a.example".to_owned()), 404, "Domain not found: a.example"),
            (Error::Deprecated, 404, "this route was deprecated 2 years ago and is no longer available"),
            (Error::TooManyRequests, 429, "too many requests"),
            (Error::Unexpected, 500, "internal server error"),
        ] {
            let refusal = error.refusal();
            assert_eq!((refusal.status, refusal.body), (status, format!("{{\"message\":\"{message}\"}}\n")));
            assert_eq!(refusal.content_type, "application/json; charset=utf-8");
            assert_eq!(refusal.headers, [("Cache-Control", "no-store".to_owned())]);
        }
    }

    #[test]
    fn a_wrong_key_and_a_wrong_path_are_told_in_plain_text() {
        let refusal = Error::Unauthorized.refusal();
        assert_eq!((refusal.status, &*refusal.body), (401, "Forbidden"));
        assert_eq!(refusal.content_type, "text/plain; charset=utf-8");
        assert_eq!(refusal.headers[1], ("Www-Authenticate", r#"Basic realm="MG API""#.to_owned()));
        let refusal = Error::NotFound.refusal();
        assert_eq!((refusal.status, &*refusal.body), (404, "404 page not found\n"));
        assert_eq!(refusal.content_type, "text/plain; charset=utf-8");
        assert_eq!(refusal.headers, [("X-Content-Type-Options", "nosniff".to_owned())]);
    }

    #[test]
    fn what_was_found_is_cut_where_it_is_long() {
        let error = Error::invalid("start", &"é".repeat(1_000_000), "a date");
        assert_eq!(error.to_string().chars().filter(|c| *c == 'é').count(), 80);
    }

    #[test]
    fn the_back_end_is_to_blame_only_for_what_is_its_own() {
        let too_large = StoreError::from(crate::tally::TallyError::TooManyRows { limit: 1 });
        assert_eq!(Error::from(crate::Error::from(too_large)), Error::TooLarge);
        let broken = StoreError::backend("postgres", "connection lost");
        assert_eq!(Error::from(crate::Error::from(broken)), Error::Unexpected);
    }
}
