//! Refusals. The form is SendKit's, the rest is ours.

use super::CONTENT_TYPE;
use crate::dialect::Refusal;

/// Why there are no statistics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter says what it cannot say: 400.
    #[error("Invalid parameter {name}: found `{found}`, expected {expected}")]
    Invalid {
        /// The parameter.
        name: &'static str,
        /// What it says, cut after 80 characters.
        found: String,
        /// What it can say.
        expected: String,
    },
    /// The answer would have too many rows: 400.
    #[error("Too many rows, expected a shorter range")]
    TooManyRows,
    /// A platform key without a workspace: 400. See [`workspace`](super::workspace).
    #[error("X-Workspace-Id is required with a platform key")]
    WorkspaceMissing,
    /// A workspace key with a workspace: 400. See [`workspace`](super::workspace).
    #[error("X-Workspace-Id must not be sent with a workspace key")]
    WorkspaceNamed,
    /// No key, or a wrong one: 401.
    #[error("Missing or invalid API key")]
    Unauthorized,
    /// The platform key is not for this workspace: 403.
    #[error("This key has no access to the workspace")]
    Forbidden,
    /// There is no such mailbox in the workspace: 404.
    #[error("Mailbox not found")]
    UnknownMailbox,
    /// No such path: 404.
    #[error("The requested resource was not found")]
    NotFound,
    /// Too many requests: 429. See [`Quota`](super::Quota).
    #[error("Too many requests")]
    TooManyRequests {
        /// Seconds until the next one is answered.
        retry_after: u64,
    },
    /// The host failed: 500.
    #[error("An unexpected error occurred")]
    Unexpected,
}

/// The body of a refusal, its fields in the order of the sample.
#[derive(serde::Serialize)]
struct ErrorBody {
    error: &'static str,
    message: String,
    code: u16,
}

impl Error {
    /// The status code, headers and body. Every answer has the headers of its [`Quota`](super::Quota) as well.
    ///
    /// ```
    /// use mailtally::dialect::sendkit::Error;
    ///
    /// let refusal = Error::UnknownMailbox.refusal();
    /// assert_eq!(refusal.status, 404);
    /// assert_eq!(refusal.body, r#"{"error":"Not Found","message":"Mailbox not found","code":404}"#);
    /// ```
    pub fn refusal(&self) -> Refusal {
        let (code, error) = match self {
            Self::Invalid { .. } | Self::TooManyRows | Self::WorkspaceMissing | Self::WorkspaceNamed => {
                (400, "Bad Request")
            }
            Self::Unauthorized => (401, "Unauthorized"),
            Self::Forbidden => (403, "Forbidden"),
            Self::UnknownMailbox | Self::NotFound => (404, "Not Found"),
            Self::TooManyRequests { .. } => (429, "Too Many Requests"),
            Self::Unexpected => (500, "Internal Server Error"),
        };
        let headers = match self {
            Self::TooManyRequests { retry_after } => vec![("Retry-After", retry_after.to_string())],
            Self::Invalid { .. }
            | Self::TooManyRows
            | Self::WorkspaceMissing
            | Self::WorkspaceNamed
            | Self::Unauthorized
            | Self::Forbidden
            | Self::UnknownMailbox
            | Self::NotFound
            | Self::Unexpected => Vec::new(),
        };
        let body = ErrorBody { error, message: self.to_string(), code };
        // Texts and a number always serialise.
        let body = serde_json::to_string(&body).unwrap_or_default();
        Refusal { status: code, content_type: CONTENT_TYPE, headers, body }
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
    fn every_refusal_has_the_form_of_the_sample() {
        let invalid = Error::Invalid { name: "to", found: "\"x\"".to_owned(), expected: "y".to_owned() };
        let expected = r#""message":"Invalid parameter to: found `\"x\"`, expected y""#;
        let named = r#""message":"X-Workspace-Id must not be sent with a workspace key""#;
        let missing = r#""message":"X-Workspace-Id is required with a platform key""#;
        for (error, status, name, message) in [
            (invalid, 400, "Bad Request", expected),
            (
                Error::TooManyRows,
                400,
                "Bad Request",
                r#""message":"Too many rows, expected a shorter range""#,
            ),
            (Error::WorkspaceMissing, 400, "Bad Request", missing),
            (Error::WorkspaceNamed, 400, "Bad Request", named),
            (Error::Unauthorized, 401, "Unauthorized", r#""message":"Missing or invalid API key""#),
            (Error::Forbidden, 403, "Forbidden", r#""message":"This key has no access to the workspace""#),
            (Error::UnknownMailbox, 404, "Not Found", r#""message":"Mailbox not found""#),
            (Error::NotFound, 404, "Not Found", r#""message":"The requested resource was not found""#),
            (
                Error::TooManyRequests { retry_after: 7 },
                429,
                "Too Many Requests",
                r#""message":"Too many requests""#,
            ),
            (Error::Unexpected, 500, "Internal Server Error", r#""message":"An unexpected error occurred""#),
        ] {
            let refusal = error.refusal();
            let body = format!(r#"{{"error":"{name}",{message},"code":{status}}}"#);
            assert_eq!((refusal.status, refusal.body), (status, body));
            let retry_after = [("Retry-After", "7".to_owned())];
            assert_eq!(refusal.headers, if status == 429 { &retry_after[..] } else { &[] }, "{error}");
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
