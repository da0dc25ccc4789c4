//! What the server's own paths share: whose key it is, and refusals in the shape that the crate's own API has.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mailtally::dialect::krafter;
use serde_json::json;

use crate::api::reason;
use crate::host::{Caller, Host};
use crate::key::Scope;
use crate::limit::{Counter, Usage};
use crate::reply::Reply;

/// The content type of every body.
pub(crate) const CONTENT_TYPE: &str = mailtally::native::CONTENT_TYPE;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No key, or an unknown one.
    #[error("the key is missing or unknown, expected `Authorization: Bearer …`")]
    Unauthorized,
    /// The key lacks a scope.
    #[error("the key lacks the scope `{}`", .0.name())]
    Forbidden(Scope),
    /// The key's account has asked too often.
    #[error("too many requests, the next is answered in {retry_after} s")]
    TooManyRequests {
        /// Seconds.
        retry_after: u32,
    },
    /// A question that cannot be read or answered.
    #[error(transparent)]
    Question(#[from] mailtally::native::Error),
    /// What a status says by itself.
    #[error("{}", reason(*.0))]
    Status(StatusCode),
}

impl From<Error> for Reply {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Unauthorized => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Question(error) => return Self::refusal(error.refusal()),
            Error::Status(status) => *status,
        };
        let code = reason(status).to_lowercase().replace([' ', '-'], "_");
        let body = json!({ "code": code, "message": error.to_string(), "parameter": null });
        let reply = Self::json(status, CONTENT_TYPE, &json!({ "error": body }));
        match error {
            Error::Unauthorized => reply.header("www-authenticate", "Bearer"),
            Error::TooManyRequests { retry_after } => reply.header("retry-after", retry_after),
            Error::Forbidden(_) | Error::Question(_) | Error::Status(_) => reply,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

/// Who asks, if the key is for this and its account's requests are not too many.
pub(crate) fn caller<'a>(
    host: &'a Host,
    authorization: Option<&str>,
    scope: Scope,
    counter: &Counter,
) -> Result<Caller<'a>, Error> {
    // The key is in the header in which Krafter has it, too.
    let shown = krafter::token(authorization);
    let caller = shown.and_then(|key| host.caller(key)).ok_or(Error::Unauthorized)?;
    if !caller.key.allows(scope) {
        return Err(Error::Forbidden(scope));
    }
    match counter.count(caller.key.account, host.now()).filter(Usage::is_over) {
        Some(over) => Err(Error::TooManyRequests { retry_after: over.retry_after() }),
        None => Ok(caller),
    }
}
