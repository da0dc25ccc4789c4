//! `POST /query`: a [`Query`] in, a report out, in the crate's own JSON.
//!
//! The key says whose mail is counted and the server how much: a question may not bring `scope` or `limits` of its own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use mailtally::{AccountId, Query};
use serde_json::Value;

use crate::app;
use crate::host::Host;
use crate::key::Scope;
use crate::native::{CONTENT_TYPE, Error, caller};
use crate::reply::Reply;

/// Answers a question.
pub(crate) async fn answer(State(host): State<Arc<Host>>, request: Request) -> Reply {
    tracing::Span::current().record("api", "query");
    try_answer(host, request).await.unwrap_or_else(Reply::from)
}

async fn try_answer(host: Arc<Host>, request: Request) -> Result<Reply, Error> {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let account = caller(&host, authorization, Scope::QueryRead, &host.limits.query)?.account.id.clone();
    let body = app::read(request.into_body()).await.map_err(Error::Status)?;
    let answered = app::compute(move || {
        let query = parse(&body, account)?;
        Ok(Reply::ok(CONTENT_TYPE, &host.report(&query, host.now())?))
    });
    answered.await.map_err(Error::Status)?
}

/// The question, about the mail of `account`.
fn parse(body: &[u8], account: AccountId) -> Result<Query, Error> {
    let invalid = |error: serde_json::Error| Error::Invalid { parameter: None, message: error.to_string() };
    let mut value: Value = serde_json::from_slice(body).map_err(invalid)?;
    for own in ["scope", "limits"] {
        if value.get(own).is_some() {
            let message = format!("found `{own}`, which the key and the server say");
            return Err(Error::Invalid { parameter: Some(own), message });
        }
    }
    if let Some(fields) = value.as_object_mut() {
        fields.insert("scope".to_owned(), serde_json::json!({ "account": account }));
    }
    serde_json::from_value(value).map_err(invalid)
}
