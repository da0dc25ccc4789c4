//! Refusals in Krafter's words.

use serde_json::json;

use super::CONTENT_TYPE;
use crate::dialect::{Failure, Refusal, Response, response};

/// Why there are no statistics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path is unknown: 404. The body is ours.
    #[error("unknown path")]
    NotFound,
    /// The host refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host fails: 500. The body is ours. No parameter is invalid, so it is never the caller's mistake.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Error {
    pub(super) fn response(&self) -> Response {
        let (status, error) = match self {
            Self::NotFound => (404, "Not found"),
            Self::Refused(refusal) => (refusal.status().as_u16(), message(refusal)),
            Self::Failed(_) => (500, "Internal server error"),
        };
        let mut body = json!({ "error": error });
        let refusal = if let Self::Refused(refusal) = self { Some(refusal) } else { None };
        if let Some(Refusal::TooManyRequests { retry_after }) = refusal {
            body["retry_after"] = json!(retry_after);
        }
        let response = response::refusal(status, CONTENT_TYPE, body.to_string(), refusal);
        response::with_challenge(response, "Bearer")
    }
}

fn message(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unauthorized => "Invalid or missing API key",
        Refusal::Forbidden => "Insufficient scope",
        Refusal::TooManyRequests { .. } => "Rate limit exceeded",
        Refusal::MethodNotAllowed { .. } | Refusal::Other(_) => refusal.reason(),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn every_refusal_has_its_status_and_a_flat_error() {
        let failure = crate::store::StoreError::backend("postgres", "connection lost");
        for (error, status, body) in [
            (Error::from(Refusal::Unauthorized), 401, r#"{"error":"Invalid or missing API key"}"#),
            (Refusal::Forbidden.into(), 403, r#"{"error":"Insufficient scope"}"#),
            (Error::NotFound, 404, r#"{"error":"Not found"}"#),
            (
                Refusal::TooManyRequests { retry_after: 60 }.into(),
                429,
                r#"{"error":"Rate limit exceeded","retry_after":60}"#,
            ),
            (Refusal::Other(StatusCode::URI_TOO_LONG).into(), 414, r#"{"error":"URI Too Long"}"#),
            (Failure::from(failure).into(), 500, r#"{"error":"Internal server error"}"#),
        ] {
            let response = error.response();
            assert_eq!((response.status().as_u16(), &**response.body()), (status, body));
            let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry_after, (status == 429).then_some("60"), "{error}");
            assert_eq!(response.headers().contains_key("www-authenticate"), status == 401, "{error}");
        }
    }
}
