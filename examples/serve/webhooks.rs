//! `POST /webhooks/{source}`: takes the webhook of a mail system, records its events in the account of the key, and replies with the
//! counts.
//!
//! The source is a name of [`Source`], such as `sendgrid`. The key is a bearer token, or the parameter `key` of the address for
//! systems that send no headers of one's own. A proxy checks the signature of the system, which the documentation of each source
//! names.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mailtally::dialect::{Failure, Refusal};
use mailtally::native::{Error, Native};
use mailtally::source::records::Options;
use mailtally::source::{self, Source};
use serde_json::json;

use crate::api::{admit, causes, enter, refuse};
use crate::body;
use crate::compute::compute;
use crate::host::Host;
use crate::key::Scope;

/// The maximum number of reasons that the reply lists; all records are counted.
const MAX_REASONS: usize = 20;

/// Handles a request.
pub(crate) async fn take(
    State(host): State<Arc<Host>>,
    Path(source): Path<String>,
    request: Request,
) -> Response {
    tracing::Span::current().record("api", "webhooks");
    let Ok(source) = source.parse::<Source>() else { return refused(&status(StatusCode::NOT_FOUND)) };
    match try_take(&host, source, request).await {
        Ok(counts) => ([(header::CONTENT_TYPE, "application/json")], counts).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) -> Response {
    refuse::<Native>(error).map(Body::from)
}

fn status(status: StatusCode) -> Error {
    Refusal::Other(status).into()
}

async fn try_take(host: &Arc<Host>, source: Source, mut request: Request) -> Result<String, Error> {
    if let Some(key) = key_of_address(&request) {
        request.headers_mut().insert(header::AUTHORIZATION, key);
    }
    let access = admit::<Native>(
        host,
        request.headers(),
        Scope::EventsWrite,
        |limits, access| vec![(&limits.events, access.account_index)],
        &mut None,
    )?;
    let _place = enter(host, access).map_err(Error::from)?;
    let account = Arc::clone(access.account);
    if account.quota.check(host.now()).is_err() {
        return Err(status(StatusCode::INSUFFICIENT_STORAGE));
    }
    let (index, timeout) = (access.account_index, host.bounds.timeout());
    let (parts, body) = request.into_parts();
    let body = body::read(&parts.method, body, &host.room.bodies, index, timeout).await.map_err(status)?;
    let shared = Arc::clone(host);
    let work = move || async move {
        let options = Options::new(account.id.clone()).received_at(shared.now());
        let batch = source::events(source, body.as_ref(), &options);
        let mut reasons: Vec<String> = batch.errors.iter().map(|error| causes(error)).collect();
        let mut refused = 0_u64;
        let recorded = shared
            .store()
            .record(batch.events, |_, error| {
                refused += 1;
                reasons.push(causes(error));
            })
            .await?;
        shared.changed(recorded);
        account.quota.count(recorded, shared.now());
        reasons.truncate(MAX_REASONS);
        let summary = batch.summary;
        Ok::<_, mailtally::store::StoreError>(json!({
            "records": summary.records, "quiet": summary.quiet, "unnamed": summary.unnamed,
            "refused": summary.errors + refused, "reasons": reasons,
            "new": recorded.new, "repeats": recorded.repeats, "conflicts": recorded.conflicts,
            "too_late": recorded.too_late,
        }))
    };
    let (counts, _) = compute(&host.queue, index, || host.now(), timeout, work).await.map_err(status)?;
    Ok(counts.map_err(Failure::from)?.to_string())
}

/// Returns the parameter `key` of the address as a bearer token.
fn key_of_address(request: &Request) -> Option<HeaderValue> {
    let query = request.uri().query()?;
    let mut parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
    let (_, key) = parameters.find(|(name, _)| *name == "key")?;
    format!("Bearer {key}").parse().ok()
}
