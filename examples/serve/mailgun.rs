//! Mailgun's Stats v3 with tags and aggregates, and Metrics v1.

use axum::http::{Method, StatusCode};
use mailtally::dialect::mailgun::{
    CONTENT_TYPE, Error, HEADERS, Route, aggregates, key, metrics, stats, to_line,
};
use serde::Serialize;
use serde_json::json;

use crate::api::reason;
use crate::asked::Asked;
use crate::host::Host;
use crate::key::Scope;
use crate::limit::Usage;
use crate::reply::Reply;

pub(crate) fn method(path: &str) -> Option<Method> {
    let is_known = |method: &Method| Route::of(method.as_str(), path) != Err(Error::NotFound);
    [Method::GET, Method::POST].into_iter().find(is_known)
}

pub(crate) fn refuse(status: StatusCode) -> Reply {
    let body = format!("{}\n", json!({ "message": reason(status) }));
    Reply::text(CONTENT_TYPE, body).status(status)
}

pub(crate) fn answer(host: &Host, asked: &Asked) -> Reply {
    try_answer(host, asked).unwrap_or_else(|error| Reply::refusal(error.refusal()))
}

fn try_answer(host: &Host, asked: &Asked) -> Result<Reply, Error> {
    let method = if asked.method == Method::HEAD { &Method::GET } else { &asked.method };
    let route = Route::of(method.as_str(), asked.path())?;
    let key = key(asked.header("authorization").as_deref());
    let caller = key.and_then(|key| host.caller(&key)).ok_or(Error::Unauthorized)?;
    if !caller.key.allows(Scope::Mailgun) {
        return Err(Error::Unauthorized);
    }
    let usage = host.limits.mailgun.count(caller.key.account, asked.now);
    if let Some(over) = usage.filter(Usage::is_over) {
        let refused = Reply::refusal(Error::TooManyRequests.refusal());
        return Ok(refused.header("retry-after", over.retry_after()));
    }
    let (account, params) = (caller.account, asked.params());
    let (id, settings) = (|| account.id.clone(), &account.mailgun);
    let subaccount = asked.header("x-mailgun-on-behalf-of").unwrap_or_default();
    if !subaccount.is_empty() && !account.subaccounts.iter().any(|own| *own == subaccount) {
        return Err(Error::Forbidden(format!("Subaccount not found: {subaccount}")));
    }
    let report = |query| host.report(&query, asked.now);
    match route {
        Route::Stats(endpoint) => {
            let request = stats::Request::parse(&endpoint, &params, settings, asked.now)?;
            let request = request.on_behalf_of(&*subaccount);
            success(&request.body(&report(request.query(id()))?))
        }
        Route::Aggregates(endpoint) => {
            let request = aggregates::Request::parse(&endpoint, &params, settings)?;
            let request = request.on_behalf_of(&*subaccount);
            success(&request.body(&report(request.query(id()))?))
        }
        Route::Supported { domain, breakdown } => {
            success(&aggregates::Supported::new(&domain, breakdown, settings)?)
        }
        Route::Metrics(endpoint) => {
            let request = metrics::Request::parse(endpoint, &asked.body, asked.now)?;
            let request = request.on_behalf_of(&*subaccount);
            let questions = request.questions(id(), asked.now)?;
            let answers = questions.plans().map(|plan| host.count(plan));
            success(&questions.body(answers.collect::<Result<_, _>>()?)?)
        }
        _ => Err(Error::NotFound),
    }
}

/// A body as Mailgun sends it.
fn success(body: &impl Serialize) -> Result<Reply, Error> {
    let line = to_line(body).map_err(|_| Error::Unexpected)?;
    Ok(Reply::text(CONTENT_TYPE, line).headers(HEADERS))
}
