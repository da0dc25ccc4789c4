//! The router: every API at its own paths at once, and the bounds of a request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tracing::Instrument;

use crate::api::Api;
use crate::asked::Asked;
use crate::host::Host;
use crate::native::{CONTENT_TYPE, Error};
use crate::reply::Reply;
use crate::{events, query};

/// The most bytes of a path with its query.
const LONGEST_TARGET: usize = 16 << 10;

/// The most bytes of a body that is read whole.
const LARGEST_BODY: usize = 1 << 20;

/// How long a body may take to come, and how long its answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// All that is served.
pub(crate) fn router(host: Arc<Host>) -> Router {
    Router::new()
        .route("/healthz", get(async || Reply::ok(CONTENT_TYPE, &json!({ "status": "ok" }))))
        .route("/events", post(events::take))
        .route("/query", post(query::answer))
        .route("/schemas/{name}", get(query::schema))
        .method_not_allowed_fallback(async || Error::Status(StatusCode::METHOD_NOT_ALLOWED))
        .fallback(dialect)
        .layer(from_fn(log))
        .with_state(host)
}

/// Answers in the dialect of the path.
async fn dialect(State(host): State<Arc<Host>>, request: Request) -> Response {
    let Some(api) = Api::of(request.uri().path()) else {
        return Error::Status(StatusCode::NOT_FOUND).into_response();
    };
    tracing::Span::current().record("api", api.name());
    if target_length(&request) > LONGEST_TARGET {
        return api.refuse(StatusCode::URI_TOO_LONG).into_response();
    }
    let (parts, body) = request.into_parts();
    let answer = async {
        let body = read(body).await?;
        let now = host.now();
        let asked = Asked { method: parts.method, uri: parts.uri, headers: parts.headers, body, now };
        let (place, shared) = (host.place(&asked), Arc::clone(&host));
        compute(&host, place, move || api.answer(&shared, &asked)).await
    };
    answer.await.unwrap_or_else(|status| api.refuse(status)).into_response()
}

/// The bytes of a path with its query.
fn target_length(request: &Request) -> usize {
    request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}

/// A body that is neither too large nor too slow; else the status that says so.
pub(crate) async fn read(body: Body) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The result of work that keeps a processor busy, away from the threads that talk to the network, when it is the turn of
/// the account at this place; or the status that says why there is none.
pub(crate) async fn compute<T: Send + 'static>(
    host: &Host,
    place: Option<usize>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StatusCode> {
    let span = tracing::Span::current();
    let work = async {
        let turn = host.turns.next(place).await;
        // Whoever stops waiting leaves the work behind, which keeps its turn to the end.
        tokio::task::spawn_blocking(move || (span.in_scope(work), turn)).await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok((result, _))) => Ok(result),
        // It panicked, which nothing that comes from outside may cause.
        Ok(Err(_)) => Err(StatusCode::INTERNAL_SERVER_ERROR),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
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

/// The name of a method. Any that HTTP does not define is the caller's text, which may be anything.
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

/// A line in the log for each request: no key but its name, no path, no parameter, so no one's address.
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
