//! Parts of requests that several dialects read alike.

use std::borrow::Cow;

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// Returns the value of a header; bytes that are not UTF-8 are replaced, so that a value is never taken as absent.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// Returns the token of a header `Authorization: Bearer …`; `None` for another scheme or an empty token.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let authorization = header(headers, "authorization")?;
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = Some(token.trim()).filter(|token| !token.is_empty())?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.to_owned())
}

/// Percent-decodes a segment of a path; bytes that are not UTF-8 are replaced.
pub(crate) fn decode_segment(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

/// Returns whether a request has this method; `HEAD` is treated as `GET`.
pub(crate) fn is_method(method: &Method, expected: &Method) -> bool {
    method == expected || (method == Method::HEAD && expected == Method::GET)
}
