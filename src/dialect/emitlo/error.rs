//! Refusals in Emitlo's words.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::CONTENT_TYPE;
use crate::dialect::{Failure, Refusal, Response, response};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path is unknown: 404. The message is ours.
    #[error("unknown path")]
    NotFound,
    /// The message is unknown: 404.
    #[error("unknown message")]
    UnknownMessage,
    /// Parameters are invalid: 422. Holds what is wrong with each, in the order `from`, `to`, `domain_id`.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// The statistics are too large for the host: 422. The message is ours.
    #[error(transparent)]
    TooLarge(Failure),
    /// The host refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host fails: 500. The message is ours.
    #[error(transparent)]
    Failed(Failure),
}

/// An invalid parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The name of the parameter.
    pub field: &'static str,
    /// What is wrong, as a sentence for people.
    pub message: String,
}

impl FieldError {
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        if failure.is_too_large() { Self::TooLarge(failure) } else { Self::Failed(failure) }
    }
}

impl Error {
    pub(super) fn response(&self) -> Response {
        let fields = self.fields();
        let (status, code, message) = match self {
            Self::NotFound => (404, "NOT_FOUND".into(), "Resource not found.".into()),
            Self::UnknownMessage => (404, "NOT_FOUND".into(), "Message not found.".into()),
            Self::Invalid(_) | Self::TooLarge(_) => (422, "VALIDATION_ERROR".into(), summary(&fields).into()),
            Self::Refused(refusal) => (refusal.status().as_u16(), code(refusal), message(refusal)),
            Self::Failed(_) => (500, "INTERNAL_ERROR".into(), "An internal error occurred.".into()),
        };
        let refusal = if let Self::Refused(refusal) = self { Some(refusal) } else { None };
        let error = ErrorData { code, message, details: Details(&fields) };
        // Texts under distinct names can always be written.
        let body = serde_json::to_string(&Body { status: "error", error }).unwrap_or_default();
        response::with_challenge(response::refusal(status, CONTENT_TYPE, body, refusal), "Bearer")
    }

    /// Returns what is wrong with each parameter.
    fn fields(&self) -> Cow<'_, [FieldError]> {
        match self {
            Self::Invalid(fields) => fields.into(),
            Self::TooLarge(_) => vec![FieldError::new("to", "The to must be a date nearer to from.")].into(),
            Self::NotFound | Self::UnknownMessage | Self::Refused(_) | Self::Failed(_) => Cow::default(),
        }
    }
}

/// Returns the message about several fields: that of the only one, or a general one.
fn summary(fields: &[FieldError]) -> &str {
    match fields {
        [only] => &only.message,
        _ => "The given data was invalid.",
    }
}

fn code(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::Unauthorized => "UNAUTHENTICATED".into(),
        Refusal::Forbidden => "FORBIDDEN".into(),
        Refusal::TooManyRequests { .. } => "RATE_LIMITED".into(),
        Refusal::MethodNotAllowed { .. } | Refusal::Other(_) => {
            refusal.reason().to_uppercase().replace([' ', '-'], "_").into()
        }
    }
}

fn message(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::Unauthorized => "Invalid or missing credential.".into(),
        Refusal::Forbidden => "This credential does not have the 'stats' permission.".into(),
        Refusal::TooManyRequests { retry_after } => {
            format!("Rate limit exceeded. Retry after {retry_after} seconds.").into()
        }
        Refusal::MethodNotAllowed { .. } | Refusal::Other(_) => format!("{}.", refusal.reason()).into(),
    }
}

#[derive(Serialize)]
struct Body<'a> {
    status: &'static str,
    error: ErrorData<'a>,
}

#[derive(Serialize)]
struct ErrorData<'a> {
    code: Cow<'static, str>,
    message: Cow<'a, str>,
    #[serde(skip_serializing_if = "Details::is_empty")]
    details: Details<'a>,
}

/// Written as an object: by field, the messages about it.
struct Details<'a>(&'a [FieldError]);

impl Details<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|FieldError { field, message }| (field, [message])))
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::store::StoreError;

    #[test]
    fn every_refusal_has_its_published_status_code_and_message() {
        let failure = Failure::from(StoreError::backend("postgres", "connection lost"));
        for (error, status, code, message) in [
            (Refusal::Unauthorized.into(), 401, "UNAUTHENTICATED", "Invalid or missing credential."),
            (
                Refusal::Forbidden.into(),
                403,
                "FORBIDDEN",
                "This credential does not have the 'stats' permission.",
            ),
            (Error::UnknownMessage, 404, "NOT_FOUND", "Message not found."),
            (Error::NotFound, 404, "NOT_FOUND", "Resource not found."),
            (
                Refusal::TooManyRequests { retry_after: 17 }.into(),
                429,
                "RATE_LIMITED",
                "Rate limit exceeded. Retry after 17 seconds.",
            ),
            (
                Refusal::MethodNotAllowed { allow: "GET, HEAD" }.into(),
                405,
                "METHOD_NOT_ALLOWED",
                "Method Not Allowed.",
            ),
            (Refusal::Other(StatusCode::URI_TOO_LONG).into(), 414, "URI_TOO_LONG", "URI Too Long."),
            (failure.into(), 500, "INTERNAL_ERROR", "An internal error occurred."),
        ] {
            let response = error.response();
            let body = format!(r#"{{"status":"error","error":{{"code":"{code}","message":"{message}"}}}}"#);
            assert_eq!((response.status().as_u16(), response.body()), (status, &body));
            let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry_after, (status == 429).then_some("17"), "{error}");
            assert_eq!(response.headers().contains_key("www-authenticate"), status == 401, "{error}");
        }
    }

    #[test]
    fn one_mistake_is_the_message_and_several_are_invalid_data() {
        let to = FieldError::new("to", "The to field is required.");
        let from = FieldError::new("from", "The from is \"odd\".");
        let response = Error::Invalid(vec![to.clone()]).response();
        assert_eq!(response.status(), 422);
        assert_eq!(
            response.body(),
            concat!(
                r#"{"status":"error","error":{"code":"VALIDATION_ERROR","message":"The to field is required.","#,
                r#""details":{"to":["The to field is required."]}}}"#
            )
        );
        assert_eq!(
            Error::Invalid(vec![to, from]).response().body(),
            concat!(
                r#"{"status":"error","error":{"code":"VALIDATION_ERROR","message":"The given data was invalid.","#,
                r#""details":{"to":["The to field is required."],"from":["The from is \"odd\"."]}}}"#
            )
        );
    }

    #[test]
    fn only_a_range_that_is_too_large_is_the_callers_mistake() {
        let too_large = StoreError::from(crate::tally::TallyError::TooManyRows { limit: 1 });
        let error = Error::from(Failure::from(crate::Error::from(too_large)));
        assert!(matches!(error, Error::TooLarge(_)));
        let response = error.response();
        assert_eq!(response.status(), 422);
        assert_eq!(
            response.body(),
            concat!(
                r#"{"status":"error","error":{"code":"VALIDATION_ERROR","#,
                r#""message":"The to must be a date nearer to from.","#,
                r#""details":{"to":["The to must be a date nearer to from."]}}}"#
            )
        );
        let broken = StoreError::backend("postgres", "connection lost");
        assert!(matches!(Error::from(Failure::from(crate::Error::from(broken))), Error::Failed(_)));
    }
}
