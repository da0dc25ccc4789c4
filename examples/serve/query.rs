//! `POST /query`: a question in, a report out, in the crate's own JSON; `GET /schemas/{name}`: what that looks like.
//!
//! The key says whose mail is counted and the server how much; a question that brings either is refused.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use mailtally::{Limits, native, schema};

use crate::app;
use crate::host::Host;
use crate::key::Scope;
use crate::native::{CONTENT_TYPE, Error, caller};
use crate::reply::Reply;

/// The most that is counted for a stranger.
const LIMITS: Limits = Limits { buckets: 10_000, rows: 10_000 };

/// Answers a question.
pub(crate) async fn answer(State(host): State<Arc<Host>>, request: Request) -> Reply {
    tracing::Span::current().record("api", "query");
    try_answer(host, request).await.unwrap_or_else(Reply::from)
}

async fn try_answer(host: Arc<Host>, request: Request) -> Result<Reply, Error> {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = caller(&host, authorization, Scope::QueryRead, &host.limits.query)?;
    let (place, account) = (caller.key.account, caller.account.id.clone());
    let body = app::read(request.into_body()).await.map_err(Error::Status)?;
    let shared = Arc::clone(&host);
    let answered = app::compute(&host, Some(place), move || {
        let query = native::Request::parse(&body)?.query(account).limits(LIMITS);
        let report = shared.report(&query, shared.now()).map_err(native::Error::from)?;
        Ok(Reply::ok(CONTENT_TYPE, &report))
    });
    answered.await.map_err(Error::Status)?
}

/// A JSON Schema by its name.
pub(crate) async fn schema(name: Result<Path<String>, PathRejection>) -> Result<Reply, Error> {
    // What is no text is the name of none.
    let name = name.ok().map(|Path(name)| name);
    let known = schema::ALL.into_iter().find(|(known, _)| name.as_deref() == Some(*known));
    let (_, text) = known.ok_or(Error::Status(StatusCode::NOT_FOUND))?;
    Ok(Reply::text("application/schema+json", text))
}
