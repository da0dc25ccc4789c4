//! What goes back.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mailtally::dialect::Refusal;
use serde::Serialize;

/// A status, headers and a text.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
}

impl Reply {
    /// Statistics.
    pub(crate) fn ok(content_type: &'static str, body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, content_type, body)
    }

    /// Anything in JSON.
    pub(crate) fn json(status: StatusCode, content_type: &'static str, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_else(|error| {
            tracing::error!(%error, "a body could not be written");
            String::new()
        });
        let status = if body.is_empty() { StatusCode::INTERNAL_SERVER_ERROR } else { status };
        Self { status, headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body }
    }

    /// A text that is ready.
    pub(crate) fn text(content_type: &'static str, body: impl Into<String>) -> Self {
        let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status: StatusCode::OK, headers, body: body.into() }
    }

    /// The same with another status.
    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same with another header. One that cannot be sent is left out.
    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Self {
        let pair = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value.to_string()).ok());
        self.headers.extend(pair);
        self
    }

    /// The same with more headers.
    pub(crate) fn headers<V: ToString>(self, more: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        more.into_iter().fold(self, |reply, (name, value)| reply.header(name, value))
    }

    /// What a dialect says instead of statistics.
    pub(crate) fn refusal(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(refusal.content_type))];
        Self { status, headers, body: refusal.body }.headers(refusal.headers)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            // In the place of its own, which a text has for its type.
            response.headers_mut().insert(name, value);
        }
        response
    }
}
