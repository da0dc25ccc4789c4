//! The router: every API at its own paths at once.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mailtally::dialect::Refusal;
use mailtally::native::Native;
use mailtally::schema;
use tower_http::cors::CorsLayer;
use tracing::Instrument;

use crate::api::{Api, refuse};
use crate::host::Host;
use crate::{events, health, webhooks};

/// Makes the router of all paths.
pub(crate) fn router(host: Arc<Host>) -> Router {
    let router = Router::new()
        .route("/healthz", get(health::show))
        .route("/events", post(events::take))
        .route("/schemas/{name}", get(schema_file))
        .route("/webhooks/{source}", post(webhooks::take))
        .method_not_allowed_fallback(async || refused(StatusCode::METHOD_NOT_ALLOWED))
        .fallback(api)
        .layer(from_fn(log));
    match &host.origins[..] {
        [] => router,
        origins => router.layer(cors(origins)),
    }
    .with_state(host)
}

/// Answers the cross-origin preflights of browsers, for these origins.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let name = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            name("api-token"),
            name("x-api-key"),
            name("x-workspace-id"),
            name("x-mailgun-on-behalf-of"),
        ])
        .expose_headers([
            header::RETRY_AFTER,
            name("x-ratelimit-limit"),
            name("x-ratelimit-remaining"),
            name("x-ratelimit-reset"),
        ])
}

/// Responds in the API of the path.
async fn api(State(host): State<Arc<Host>>, request: Request) -> Response {
    let Some(api) = Api::find(request.uri().path()) else { return refused(StatusCode::NOT_FOUND) };
    tracing::Span::current().record("api", api.name);
    (api.respond)(host, request).await
}

/// Returns a JSON Schema by its name.
async fn schema_file(name: Result<Path<String>, PathRejection>) -> Response {
    // A name that is not UTF-8 is unknown.
    let name = name.ok().map(|Path(name)| name);
    match schema::ALL.into_iter().find(|(known, _)| name.as_deref() == Some(*known)) {
        Some((_, text)) => ([(header::CONTENT_TYPE, "application/schema+json")], text).into_response(),
        None => refused(StatusCode::NOT_FOUND),
    }
}

/// Refuses a request of the server's own paths.
fn refused(status: StatusCode) -> Response {
    refuse::<Native>(&Refusal::Other(status).into()).map(Body::from)
}

/// Logs each request in a line, without path and parameters, which can contain addresses, and the key only by its name.
async fn log(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let span = tracing::info_span!(
        "request",
        method = %known(request.method()),
        api = tracing::field::Empty,
        key = tracing::field::Empty,
    );
    let response = next.run(request).instrument(span.clone()).await;
    let (status, micros) = (response.status().as_u16(), start.elapsed().as_micros());
    span.in_scope(|| tracing::info!(status, micros, "answered"));
    response
}

/// Returns the name of a method. One that HTTP does not define is text of the client, which is not logged.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS
        | Method::CONNECT
        | Method::TRACE => method.as_str(),
        _ => "other",
    }
}
