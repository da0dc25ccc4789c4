//! How a host serves one of the dialects beside its own paths: a function, and one line in its router.
//!
//! ```text
//! cargo run --example mount
//! ```
//!
//! The function is all the glue there is: Krafter's module reads the parameters and makes the body, the store counts.
//! Its key and its limits are left out here; `examples/serve` has them, for every dialect.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mailtally::dialect::Params;
use mailtally::dialect::krafter::{CONTENT_TYPE, Daily, Endpoint, Error, Totals};
use mailtally::{Event, Kind, MemoryStore};
use tower::ServiceExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Arc::new(MemoryStore::new());
    store.extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-14T09:30:00Z".parse()?)]);

    let app = Router::new()
        .route("/", get(async || "the host's own page"))
        .route("/api/v1/mail/{*path}", get(statistics)) // the line
        .with_state(store);

    // A host would serve `app`; this asks it once and ends.
    let request = Request::get("/api/v1/mail/stats/daily?days=2").body(Body::empty())?;
    let response = app.oneshot(request).await?;
    let body = to_bytes(response.into_body(), 1 << 20).await?;
    println!("{}", String::from_utf8_lossy(&body));
    Ok(())
}

/// A request in, Krafter's answer out.
async fn statistics(State(store): State<Arc<MemoryStore>>, uri: Uri) -> Response {
    match try_statistics(&store, &uri).await {
        Ok(body) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response(),
        Err(error) => {
            let refusal = error.refusal();
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response =
                (status, [(header::CONTENT_TYPE, refusal.content_type)], refusal.body).into_response();
            for (name, value) in refusal.headers {
                let header = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
                response.headers_mut().extend(header);
            }
            response
        }
    }
}

async fn try_statistics(store: &MemoryStore, uri: &Uri) -> Result<String, Error> {
    let params = Params::parse(uri.query().unwrap_or_default());
    let now = "2026-02-15T12:00:37Z".parse().unwrap_or_default(); // the host's clock
    let json = match Endpoint::of(uri.path()).ok_or(Error::NotFound)? {
        Endpoint::Totals => {
            let request = Totals::parse(&params, now);
            serde_json::to_string(&request.body(&request.query("acme").report(store, now).await?))
        }
        Endpoint::Daily => {
            let request = Daily::parse(&params, now);
            serde_json::to_string(&request.body(&request.query("acme").report(store, now).await?))
        }
    };
    json.map_err(|_| Error::Unexpected)
}
