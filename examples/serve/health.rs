//! `GET /healthz`: whether the server runs, and what it computes.
//!
//! Everyone may read the sums. With a key that has the scope `health:read`, there is also each account that has work.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use mailtally::dialect::Dialect;
use mailtally::native::Native;
use serde_json::{Value, json};

use crate::fair_queue::Load;
use crate::host::Host;
use crate::key::Scope;

/// Handles a request.
pub(crate) async fn show(State(host): State<Arc<Host>>, headers: HeaderMap) -> Response {
    let loads = host.queue.loads();
    let mut health = work(&loads);
    health["status"] = "ok".into();
    if may_see_accounts(&host, &headers) {
        health["accounts"] = accounts(&host, &loads);
    }
    ([(header::CONTENT_TYPE, "application/json")], health.to_string()).into_response()
}

fn may_see_accounts(host: &Host, headers: &HeaderMap) -> bool {
    let access = Native::credential(headers).ok().and_then(|credential| host.access(&credential.key));
    access.is_some_and(|access| access.key.allows(Scope::HealthRead))
}

/// Lists the accounts that have work.
fn accounts(host: &Host, loads: &[Load]) -> Value {
    let busy = host.accounts().iter().zip(loads).filter(|(_, load)| **load != Load::default());
    let shown = busy.map(|(account, load)| {
        let mut shown = work(std::slice::from_ref(load));
        shown["account"] = account.id.as_str().into();
        shown
    });
    shown.collect()
}

/// Adds up loads: the number of computations (answers, and blocks of events that are recorded), the start of the oldest, and
/// the number of requests that wait for a processor.
fn work(loads: &[Load]) -> Value {
    let oldest = loads.iter().flat_map(|load| &load.started).min();
    json!({
        "computing": loads.iter().map(|load| load.started.len()).sum::<usize>(),
        "oldest": oldest.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        "waiting": loads.iter().map(|load| load.waiting).sum::<usize>(),
    })
}
