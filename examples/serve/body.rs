//! Bodies of requests that are read whole, within bounds of time and memory.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{Method, StatusCode};

use crate::room::{Memory, Reservation};

/// The maximum length of a body that is read whole, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// A body that was read, with the memory that is reserved for it.
#[derive(Debug)]
pub(crate) struct Whole {
    bytes: Bytes,
    _reservation: Option<Reservation>,
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body that is neither too large nor too slow. Requests with `GET` and `HEAD` have none: what such a request brings is
/// not read.
///
/// # Errors
///
/// The status of the refusal: 413 or 408 for a body that is too large or too slow, 400 for one that breaks off, and 503 if
/// there is no memory for it.
pub(crate) async fn read(
    method: &Method,
    body: Body,
    memory: &Memory,
    account: usize,
    timeout: Duration,
) -> Result<Whole, StatusCode> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(Whole { bytes: Bytes::new(), _reservation: None });
    }
    // The length is known unless the body is in chunks.
    let length =
        body.size_hint().upper().map_or(MAX_BYTES, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if length > MAX_BYTES {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let reservation = memory.reserve(account, length).await.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    match tokio::time::timeout(timeout, to_bytes(body, MAX_BYTES)).await {
        Ok(Ok(bytes)) => Ok(Whole { bytes, _reservation: Some(reservation) }),
        Ok(Err(error)) if is_too_large(&error) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
