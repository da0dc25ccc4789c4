//! Parts of requests that several dialects read alike.

use std::borrow::Cow;

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

use super::Refusal;

/// Returns the value of a header; bytes that are not UTF-8 are replaced, so that a value is never taken as absent.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// Returns the value of a header without spaces around it; `None` if it is absent or empty.
pub(crate) fn trimmed_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = header(headers, name)?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
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

/// The methods of an endpoint that is read.
pub(crate) const GET: &str = "GET, HEAD";

/// The method of an endpoint that takes a body.
pub(crate) const POST: &str = "POST";

/// Checks that a request has one of the methods in `allow`, the value of the header of that name.
///
/// # Errors
///
/// [`Refusal::MethodNotAllowed`] with `allow` if it has another one.
pub(crate) fn check_method(method: &Method, allow: &'static str) -> Result<(), Refusal> {
    if allow.split(", ").any(|allowed| method == allowed) {
        Ok(())
    } else {
        Err(Refusal::MethodNotAllowed { allow })
    }
}
