//! Refusals in Krafter's words.

use serde_json::json;

use super::CONTENT_TYPE;
use crate::dialect::Refusal;

/// Why there are no statistics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No key, or a wrong one: 401.
    #[error("Invalid or missing API key")]
    Unauthorized,
    /// The key lacks the scope `mail:read`: 403. See [`allows`](super::allows).
    #[error("Insufficient scope")]
    Forbidden,
    /// No such path: 404. The body is ours.
    #[error("Not found")]
    NotFound,
    /// Too many requests: 429. See [`Window`](super::Window).
    #[error("Rate limit exceeded")]
    TooManyRequests {
        /// Seconds until the next window.
        retry_after: i64,
    },
    /// The host failed: 500. The body is ours.
    #[error("Internal server error")]
    Unexpected,
}

impl Error {
    /// The status code, headers and body that the API has for it. Every answer has the headers of its
    /// [`Window`](super::Window) as well.
    ///
    /// ```
    /// use mailtally::dialect::krafter::Error;
    ///
    /// let refusal = Error::TooManyRequests { retry_after: 23 }.refusal();
    /// assert_eq!(refusal.status, 429);
    /// assert_eq!(refusal.headers, [("Retry-After", "23".to_owned())]);
    /// assert_eq!(refusal.body, r#"{"error":"Rate limit exceeded","retry_after":23}"#);
    /// ```
    pub fn refusal(&self) -> Refusal {
        let error = self.to_string();
        let (status, headers, body) = match self {
            Self::Unauthorized => (401, Vec::new(), json!({ "error": error })),
            Self::Forbidden => (403, Vec::new(), json!({ "error": error })),
            Self::NotFound => (404, Vec::new(), json!({ "error": error })),
            Self::TooManyRequests { retry_after } => {
                let headers = vec![("Retry-After", retry_after.to_string())];
                (429, headers, json!({ "error": error, "retry_after": retry_after }))
            }
            Self::Unexpected => (500, Vec::new(), json!({ "error": error })),
        };
        Refusal { status, content_type: CONTENT_TYPE, headers, body: body.to_string() }
    }
}

impl From<crate::Error> for Error {
    /// There are no wrong parameters, so whatever goes wrong is the host's.
    fn from(_: crate::Error) -> Self {
        Self::Unexpected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_status_and_a_flat_error() {
        for (error, status, body) in [
            (Error::Unauthorized, 401, r#"{"error":"Invalid or missing API key"}"#),
            (Error::Forbidden, 403, r#"{"error":"Insufficient scope"}"#),
            (Error::NotFound, 404, r#"{"error":"Not found"}"#),
            (
                Error::TooManyRequests { retry_after: 60 },
                429,
                r#"{"error":"Rate limit exceeded","retry_after":60}"#,
            ),
            (Error::Unexpected, 500, r#"{"error":"Internal server error"}"#),
        ] {
            let refusal = error.refusal();
            assert_eq!((refusal.status, &*refusal.body), (status, body));
            let retry_after = [("Retry-After", "60".to_owned())];
            assert_eq!(refusal.headers, if status == 429 { &retry_after[..] } else { &[] }, "{error}");
        }
    }

    #[test]
    fn whatever_goes_wrong_behind_is_the_hosts() {
        let broken = crate::store::StoreError::backend("postgres", "connection lost");
        assert_eq!(Error::from(crate::Error::from(broken)), Error::Unexpected);
        assert_eq!(Error::from(crate::Error::from(crate::query::QueryError::TopZero)), Error::Unexpected);
    }
}
