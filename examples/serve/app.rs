//! The router: every API at its own paths at once, and the bounds of a request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mailtally::native::Native;
use mailtally::schema;
use tower_http::cors::CorsLayer;
use tracing::Instrument;

use crate::api::{Api, refuse};
use crate::events;
use crate::host::Host;

/// The maximum length of a path with its query, in bytes.
const MAX_TARGET_BYTES: usize = 16 << 10;

/// The maximum length of a body that is read whole, in bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// How long the server waits for a body, and how long a client waits for an answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// Makes the router of all paths.
pub(crate) fn router(host: Arc<Host>) -> Router {
    let router = Router::new()
        .route("/healthz", get(async || ([(header::CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#)))
        .route("/events", post(events::take))
        .route("/schemas/{name}", get(schema_file))
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
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let respond = async {
        if target > MAX_TARGET_BYTES {
            return Err(StatusCode::URI_TOO_LONG);
        }
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, read(body).await?);
        let (account, shared) = ((api.account_index)(&host, request.headers()), Arc::clone(&host));
        compute(&host, account, move || (api.respond)(&shared, &request)).await
    };
    respond.await.unwrap_or_else(api.refuse).map(Body::from)
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
    refuse::<Native>(status).map(Body::from)
}

/// Reads a body that is neither too large nor too slow.
async fn read(body: Body) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => Ok(body),
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

/// Runs work that keeps a processor busy, on a thread for it, when it is the account's turn.
pub(crate) async fn compute<T: Send + 'static>(
    host: &Host,
    account: Option<usize>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StatusCode> {
    let span = tracing::Span::current();
    let work = async {
        let turn = host.queue.turn(account).await;
        // If the client stops waiting, the work keeps its turn until it ends.
        tokio::task::spawn_blocking(move || (span.in_scope(work), turn)).await
    };
    match tokio::time::timeout(TIMEOUT, work).await {
        Ok(Ok((result, _))) => Ok(result),
        // It panicked, which no request may cause.
        Ok(Err(_)) => Err(StatusCode::INTERNAL_SERVER_ERROR),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
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
