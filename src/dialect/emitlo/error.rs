//! Refusals in Emitlo's words.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::CONTENT_TYPE;
use crate::dialect::Refusal;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No credential, or a wrong one: 401.
    #[error("Invalid or missing credential.")]
    Unauthenticated,
    /// The credential lacks the permission `stats`: 403. See [`allows`](super::allows).
    #[error("This credential does not have the 'stats' permission.")]
    Forbidden,
    /// There is no such message: 404.
    #[error("Message not found.")]
    UnknownMessage,
    /// No such path: 404. The message is ours.
    #[error("Resource not found.")]
    NotFound,
    /// Parameters say what they cannot say: 422. What is wrong with each, in the order of the parameters.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// Too many requests: 429.
    #[error("Rate limit exceeded. Retry after {retry_after} seconds.")]
    TooManyRequests {
        /// Seconds until the next one is answered.
        retry_after: u32,
    },
    /// The host failed: 500. The message is ours.
    #[error("An internal error occurred.")]
    Unexpected,
}

/// What is wrong with one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The parameter.
    pub field: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl FieldError {
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

impl Error {
    /// The code that the API has for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::UnknownMessage | Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::TooManyRequests { .. } => "RATE_LIMITED",
            Self::Unexpected => "INTERNAL_ERROR",
        }
    }

    /// The status code, headers and body that the API has for it.
    ///
    /// ```
    /// use mailtally::dialect::emitlo::Error;
    ///
    /// let refusal = Error::TooManyRequests { retry_after: 60 }.refusal();
    /// assert_eq!(refusal.status, 429);
    /// assert_eq!(refusal.headers, [("Retry-After", "60".to_owned())]);
    /// assert_eq!(
    ///     refusal.body,
    ///     r#"{"status":"error","error":{"code":"RATE_LIMITED","message":"Rate limit exceeded. Retry after 60 seconds."}}"#
    /// );
    /// ```
    pub fn refusal(&self) -> Refusal {
        let status = match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::UnknownMessage | Self::NotFound => 404,
            Self::Invalid(_) => 422,
            Self::TooManyRequests { .. } => 429,
            Self::Unexpected => 500,
        };
        let headers = match self {
            Self::TooManyRequests { retry_after } => vec![("Retry-After", retry_after.to_string())],
            Self::Unauthenticated
            | Self::Forbidden
            | Self::UnknownMessage
            | Self::NotFound
            | Self::Invalid(_)
            | Self::Unexpected => Vec::new(),
        };
        Refusal { status, content_type: CONTENT_TYPE, headers, body: self.body() }
    }

    fn body(&self) -> String {
        let details = match self {
            Self::Invalid(fields) => Some(Details(fields)),
            Self::Unauthenticated
            | Self::Forbidden
            | Self::UnknownMessage
            | Self::NotFound
            | Self::TooManyRequests { .. }
            | Self::Unexpected => None,
        };
        let error = Inner { code: self.code(), message: self.to_string(), details };
        // Texts under distinct names always serialise.
        serde_json::to_string(&Envelope { status: "error", error }).unwrap_or_default()
    }
}

impl From<crate::Error> for Error {
    /// A question that is too large is the caller's mistake; all else is the host's.
    fn from(error: crate::Error) -> Self {
        if error.is_client_error() {
            Self::Invalid(vec![FieldError::new("to", "The to must be a date nearer to from.")])
        } else {
            Self::Unexpected
        }
    }
}

/// The message over several mistakes: the only one, or that there are some.
fn summary(fields: &[FieldError]) -> &str {
    match fields {
        [only] => &only.message,
        _ => "The given data was invalid.",
    }
}

#[derive(serde::Serialize)]
struct Envelope<'a> {
    status: &'static str,
    error: Inner<'a>,
}

#[derive(serde::Serialize)]
struct Inner<'a> {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
}

/// By field, the messages about it.
struct Details<'a>(&'a [FieldError]);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut details = serializer.serialize_map(None)?;
        for FieldError { field, message } in self.0 {
            details.serialize_entry(field, &[message])?;
        }
        details.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn every_refusal_has_its_published_status_code_and_message() {
        for (error, status, code, message) in [
            (Error::Unauthenticated, 401, "UNAUTHENTICATED", "Invalid or missing credential."),
            (Error::Forbidden, 403, "FORBIDDEN", "This credential does not have the 'stats' permission."),
            (Error::UnknownMessage, 404, "NOT_FOUND", "Message not found."),
            (Error::NotFound, 404, "NOT_FOUND", "Resource not found."),
            (
                Error::TooManyRequests { retry_after: 17 },
                429,
                "RATE_LIMITED",
                "Rate limit exceeded. Retry after 17 seconds.",
            ),
            (Error::Unexpected, 500, "INTERNAL_ERROR", "An internal error occurred."),
        ] {
            let refusal = error.refusal();
            let body = format!(r#"{{"status":"error","error":{{"code":"{code}","message":"{message}"}}}}"#);
            assert_eq!((refusal.status, refusal.body), (status, body));
            let retry_after = [("Retry-After", "17".to_owned())];
            assert_eq!(refusal.headers, if status == 429 { &retry_after[..] } else { &[] }, "{error}");
        }
    }

    #[test]
    fn one_mistake_is_the_message_and_several_are_invalid_data() {
        let to = FieldError::new("to", "The to field is required.");
        let from = FieldError::new("from", "The from is \"odd\".");
        let refusal = Error::Invalid(vec![to.clone()]).refusal();
        assert_eq!(refusal.status, 422);
        assert_eq!(
            refusal.body,
            concat!(
                r#"{"status":"error","error":{"code":"VALIDATION_ERROR","message":"The to field is required.","#,
                r#""details":{"to":["The to field is required."]}}}"#
            )
        );
        assert_eq!(
            Error::Invalid(vec![to, from]).refusal().body,
            concat!(
                r#"{"status":"error","error":{"code":"VALIDATION_ERROR","message":"The given data was invalid.","#,
                r#""details":{"to":["The to field is required."],"from":["The from is \"odd\"."]}}}"#
            )
        );
    }

    #[test]
    fn the_back_end_is_to_blame_only_for_what_is_its_own() {
        let too_large = StoreError::from(crate::tally::TallyError::TooManyRows { limit: 1 });
        assert_eq!(Error::from(crate::Error::from(too_large)).code(), "VALIDATION_ERROR");
        let broken = StoreError::backend("postgres", "connection lost");
        assert_eq!(Error::from(crate::Error::from(broken)), Error::Unexpected);
    }
}
