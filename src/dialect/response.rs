//! Makes responses.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::{Failure, RateLimit, Refusal, Response};

/// Makes a response with a body in JSON.
pub(crate) fn json(
    status: StatusCode,
    content_type: &'static str,
    body: &impl Serialize,
) -> Result<Response, Failure> {
    Ok(text(status, content_type, serde_json::to_string(body)?))
}

/// Makes a response with a body of text, which no cache may keep: most keys are in headers that caches do not look at.
pub(crate) fn text(status: StatusCode, content_type: &'static str, body: impl Into<String>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Makes the response of an error, with the headers of a refusal if it is one.
pub(crate) fn refusal(
    status: u16,
    content_type: &'static str,
    body: impl Into<String>,
    refusal: Option<&Refusal>,
) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = text(status, content_type, body);
    add_headers(response.headers_mut(), refusal.and_then(Refusal::headers));
    response
}

/// Adds the scheme of the credentials to a response of status 401, which must have it (RFC 9110, 11.6.1).
pub(crate) fn with_challenge(mut response: Response, scheme: &'static str) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
    response
}

/// Adds headers. One whose value is not valid is left out.
pub(crate) fn add_headers(headers: &mut HeaderMap, more: impl IntoIterator<Item = (&'static str, String)>) {
    let valid = |(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?));
    headers.extend(more.into_iter().filter_map(valid));
}

/// Adds the usual rate-limit headers: the limit and the requests that remain.
pub(crate) fn add_rate_limit(headers: &mut HeaderMap, limit: &RateLimit) {
    let numbers = [("x-ratelimit-limit", limit.limit), ("x-ratelimit-remaining", limit.remaining)];
    add_headers(headers, numbers.map(|(name, number)| (name, number.to_string())));
}

/// Adds the usual rate-limit headers, and the start of the next window in epoch seconds.
pub(crate) fn add_rate_limit_and_reset(headers: &mut HeaderMap, limit: &RateLimit) {
    add_rate_limit(headers, limit);
    add_headers(headers, [("x-ratelimit-reset", limit.reset.timestamp().to_string())]);
}
