//! Mailtrap's statistics API over PostgreSQL: `POST /events` records, `GET /api/stats…` answers.
//!
//! ```text
//! DATABASE_URL=postgres://localhost/mail cargo run --features serve,postgres --example postgres
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, post};
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::{Dialect, Refusal, answer};
use mailtally::store::Sink;
use mailtally::{Event, PostgresOptions, PostgresStore};

type Host = Arc<(PostgresStore, Mailtrap)>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = PostgresStore::connect(PostgresOptions::new(&std::env::var("DATABASE_URL")?)?).await?;
    let mailtrap = Mailtrap::new([(3938, "mail.acme.example")]).account_id(42);
    let app = axum::Router::new().route("/events", post(record)).route("/api/{*path}", any(stats));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.with_state(Arc::new((store, mailtrap)))).await?)
}

async fn record(State(host): State<Host>, body: Body) -> Result<String, String> {
    let body = to_bytes(body, 10 << 20).await.map_err(|error| error.to_string())?;
    let events: Vec<Event> = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let recorded = host.0.record(&events).await.map_err(|error| error.to_string())?;
    Ok(format!("{recorded:?}\n"))
}

async fn stats(State(host): State<Host>, request: Request) -> Response {
    let answered = async {
        if Mailtrap::credential(request.headers())?.key != "secret" {
            return Err(Refusal::Unauthorized.into());
        }
        let request = request.map(|_| Vec::new()); // these requests have no body
        answer(&host.1, &host.0, &"acme".into(), &request, SystemTime::now().into()).await
    };
    answered.await.unwrap_or_else(|error| Mailtrap::refuse(&error)).map(Body::from)
}
