//! Mounts all five APIs, and the crate's own, in one router.
//!
//! ```text
//! cargo run --features serve --example mount
//! ```
//!
//! A host keeps the settings of each account beside its keys; here there is one account, whose key is `secret`.
//! `examples/serve` adds configuration, several accounts, scopes and rate limits.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{any, get};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Mailbox, SendKit};
use mailtally::dialect::{Dialect, Refusal, answer};
use mailtally::native::Native;
use mailtally::{Event, Kind, MemoryStore};
use tower::ServiceExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(MemoryStore::new());
    store.extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-14T09:30:00Z".parse()?)])?;

    let mailtrap = Mailtrap::new([(3938, "mail.acme.example")]).account_id(42);
    let mailgun = Mailgun::new(["mail.acme.example"]);
    let emitlo = Emitlo::new([(3938, "mail.acme.example")]);
    let sendkit = SendKit::new([Mailbox::new("box-1", "kim@mail.acme.example")]);
    let app = Router::new()
        .route("/", get(async || "the host's own page"))
        .merge(mount(&store, mailtrap, &["/api/stats", "/api/stats/{*path}", "/api/accounts/{*path}"]))
        .merge(mount(&store, Krafter, &["/api/v1/mail/{*path}"]))
        .merge(mount(
            &store,
            mailgun,
            &["/v3/{*path}", "/v1/analytics/metrics", "/v1/analytics/usage/metrics"],
        ))
        .merge(mount(&store, emitlo, &["/api/v1/messages/{*path}", "/api/v1/stats/{*path}"]))
        .merge(mount(&store, sendkit, &["/v1/analytics/{*path}"]))
        .merge(mount(&store, Native::default(), &["/query"]));

    // A host would serve `app`. This sends it one request.
    let request = Request::get("/api/v1/mail/stats/daily?days=2").header("authorization", "Bearer secret");
    let response = app.oneshot(request.body(Body::empty())?).await?;
    let body = to_bytes(response.into_body(), 1 << 20).await?;
    println!("{}", String::from_utf8_lossy(&body));
    Ok(())
}

/// Makes a router that answers an API at its paths.
fn mount<D: Dialect + Send + Sync + 'static>(store: &Arc<MemoryStore>, dialect: D, paths: &[&str]) -> Router {
    let (store, dialect) = (Arc::clone(store), Arc::new(dialect));
    let handler = any(move |request| respond(Arc::clone(&store), Arc::clone(&dialect), request));
    paths.iter().fold(Router::new(), |router, path| router.route(path, handler.clone()))
}

async fn respond<D: Dialect + Send + Sync>(
    store: Arc<MemoryStore>,
    dialect: Arc<D>,
    request: Request,
) -> Response {
    let answered = async {
        // Before the body is read, so that a stranger takes no memory.
        D::check_route(request.method(), request.uri().path())?;
        if D::credential(request.headers())?.key != "secret" {
            return Err(Refusal::Unauthorized.into());
        }
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 1 << 20).await;
        let body = body.map_err(|_| Refusal::Other(http::StatusCode::PAYLOAD_TOO_LARGE))?;
        let request = Request::from_parts(parts, body);
        let now = "2026-02-15T12:00:37Z".parse().unwrap_or_default(); // the host's clock
        answer(&*dialect, &*store, &"acme".into(), &request, now).await
    };
    let refuse = |error: D::Error| {
        log(&error);
        D::refuse(&error)
    };
    answered.await.unwrap_or_else(refuse).map(Body::from)
}

/// Logs an error with all its causes; the client sees none of them.
fn log(error: &dyn Error) {
    eprintln!("{error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
