//! Refusals in Mailtrap's words.

use serde_json::json;

use super::CONTENT_TYPE;
use crate::dialect::Refusal;

/// Why there are no statistics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A required parameter is absent or empty: 400.
    #[error("Missing required parameter: {0}")]
    Missing(&'static str),
    /// A parameter says what it cannot say: 400. The wording is ours.
    #[error("Invalid parameter {name}: found `{found}`, expected {expected}")]
    Invalid {
        /// The parameter.
        name: &'static str,
        /// What it says, cut after 80 characters.
        found: String,
        /// What it can say.
        expected: String,
    },
    /// A domain is asked for that is not the account's: 400.
    #[error("Sending domain does not exist")]
    UnknownDomain,
    /// The answer would have too many rows: 400. The wording is ours.
    #[error("Too many rows, expected a shorter range or a filter")]
    TooManyRows,
    /// No token, or a wrong one: 401.
    #[error("Incorrect API token")]
    Unauthorized,
    /// The token is not for this account: 403.
    #[error("Account access forbidden")]
    Forbidden,
    /// No such path: 404.
    #[error("Not Found")]
    NotFound,
    /// Too many requests: 429. See [`ACCOUNT_LIMIT`](super::ACCOUNT_LIMIT) and [`TOKEN_LIMIT`](super::TOKEN_LIMIT).
    #[error("Rate limit exceeded")]
    TooManyRequests,
    /// The host failed: 500.
    #[error("Unexpected error")]
    Unexpected,
}

impl Error {
    /// The status code, headers and body that the API has for it. The key is `error` or `errors`, as published.
    ///
    /// ```
    /// use mailtally::dialect::mailtrap::Error;
    ///
    /// let refusal = Error::Missing("start_date").refusal();
    /// assert_eq!(refusal.status, 400);
    /// assert_eq!(refusal.body, r#"{"error":"Missing required parameter: start_date"}"#);
    /// ```
    pub fn refusal(&self) -> Refusal {
        let (status, key) = match self {
            Self::Missing(_) | Self::Invalid { .. } | Self::UnknownDomain | Self::TooManyRows => {
                (400, "error")
            }
            Self::Unauthorized => (401, "error"),
            Self::Forbidden => (403, "errors"),
            Self::NotFound => (404, "error"),
            Self::TooManyRequests => (429, "errors"),
            Self::Unexpected => (500, "errors"),
        };
        let headers = match self {
            Self::Unauthorized => vec![("Www-Authenticate", r#"Token realm="Application""#.to_owned())],
            Self::Missing(_)
            | Self::Invalid { .. }
            | Self::UnknownDomain
            | Self::TooManyRows
            | Self::Forbidden
            | Self::NotFound
            | Self::TooManyRequests
            | Self::Unexpected => Vec::new(),
        };
        let body = json!({ key: self.to_string() }).to_string();
        Refusal { status, content_type: CONTENT_TYPE, headers, body }
    }
}

impl From<crate::Error> for Error {
    /// A question that is too large is the caller's mistake; all else is the host's.
    fn from(error: crate::Error) -> Self {
        if error.is_client_error() { Self::TooManyRows } else { Self::Unexpected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn every_refusal_has_its_published_status_and_body() {
        let invalid =
            Error::Invalid { name: "end_date", found: "\"x\"".to_owned(), expected: "y".to_owned() };
        for (error, status, body) in [
            (Error::Missing("end_date"), 400, r#"{"error":"Missing required parameter: end_date"}"#),
            (invalid, 400, r#"{"error":"Invalid parameter end_date: found `\"x\"`, expected y"}"#),
            (Error::UnknownDomain, 400, r#"{"error":"Sending domain does not exist"}"#),
            (Error::TooManyRows, 400, r#"{"error":"Too many rows, expected a shorter range or a filter"}"#),
            (Error::Unauthorized, 401, r#"{"error":"Incorrect API token"}"#),
            (Error::Forbidden, 403, r#"{"errors":"Account access forbidden"}"#),
            (Error::NotFound, 404, r#"{"error":"Not Found"}"#),
            (Error::TooManyRequests, 429, r#"{"errors":"Rate limit exceeded"}"#),
            (Error::Unexpected, 500, r#"{"errors":"Unexpected error"}"#),
        ] {
            let refusal = error.refusal();
            assert_eq!((refusal.status, &*refusal.body), (status, body));
            assert_eq!(refusal.content_type, "application/json; charset=utf-8");
            let asks_for_a_token = [("Www-Authenticate", r#"Token realm="Application""#.to_owned())];
            let headers = if status == 401 { &asks_for_a_token[..] } else { &[] };
            assert_eq!(refusal.headers, headers, "{error}");
        }
    }

    #[test]
    fn the_back_end_is_to_blame_only_for_what_is_its_own() {
        let too_large = StoreError::from(crate::tally::TallyError::TooManyRows { limit: 1 });
        assert_eq!(Error::from(crate::Error::from(too_large)), Error::TooManyRows);
        let broken = StoreError::backend("postgres", "connection lost");
        assert_eq!(Error::from(crate::Error::from(broken)), Error::Unexpected);
    }
}
