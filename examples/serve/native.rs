//! Refusals of the server's own paths: `{"error":"…"}`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::reason;
use crate::host::{Caller, Host};
use crate::key::Scope;
use crate::limit::{Counter, Usage};
use crate::reply::Reply;

/// The content type of every body.
pub(crate) const CONTENT_TYPE: &str = "application/json";

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the key is missing or unknown, expected `Authorization: Bearer …`")]
    Unauthorized,
    #[error("the key lacks the scope `{0}`")]
    Forbidden(&'static str),
    #[error("there is no such path")]
    NotFound,
    #[error("the path has other methods, see `Allow`")]
    MethodNotAllowed,
    #[error("too many requests, the next in {retry_after} s")]
    TooManyRequests {
        /// Seconds.
        retry_after: u32,
    },
    /// The question cannot be asked so.
    #[error("{message}")]
    Invalid {
        /// The part of the question; `None` if it cannot be read at all.
        parameter: Option<&'static str>,
        /// What was found, and what was expected.
        message: String,
    },
    /// What is told by the status alone.
    #[error("{}", reason(*.0))]
    Status(StatusCode),
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Status(status) => *status,
        }
    }
}

impl From<mailtally::Error> for Error {
    /// A caller's mistake is told, with the part of the question that it is in; the host's is in the log.
    fn from(error: mailtally::Error) -> Self {
        let parameter = match &error {
            mailtally::Error::Query(error) => Some(error.parameter()),
            _ => None,
        };
        if error.is_of_caller() {
            Self::Invalid { parameter, message: error.to_string() }
        } else {
            Self::Status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

impl From<Error> for Reply {
    fn from(error: Error) -> Self {
        let body = match &error {
            Error::Invalid { parameter: Some(parameter), .. } => {
                json!({ "error": error.to_string(), "parameter": parameter })
            }
            _ => json!({ "error": error.to_string() }),
        };
        let reply = Self::json(error.status(), CONTENT_TYPE, &body);
        match error {
            Error::Unauthorized => reply.header("www-authenticate", "Bearer"),
            Error::TooManyRequests { retry_after } => reply.header("retry-after", retry_after),
            _ => reply,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

/// Who asks, if the key is for this and its requests are not too many.
pub(crate) fn caller<'a>(
    host: &'a Host,
    authorization: Option<&str>,
    scope: Scope,
    counter: &Counter,
) -> Result<Caller<'a>, Error> {
    let shown = mailtally::dialect::krafter::token(authorization);
    let caller = shown.and_then(|key| host.caller(key)).ok_or(Error::Unauthorized)?;
    if !caller.key.allows(scope) {
        return Err(Error::Forbidden(scope.name()));
    }
    match counter.count(caller.key.account, host.now()).filter(Usage::is_over) {
        Some(over) => Err(Error::TooManyRequests { retry_after: over.retry_after() }),
        None => Ok(caller),
    }
}
