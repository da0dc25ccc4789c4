//! Mailtrap's Stats API, in both forms.

use axum::http::{Method, StatusCode};
use mailtally::dialect::mailtrap::{CONTENT_TYPE, Error, Request, Route, token};
use serde_json::json;

use crate::api::reason;
use crate::asked::Asked;
use crate::host::Host;
use crate::key::Scope;
use crate::limit::Usage;
use crate::reply::Reply;

pub(crate) fn method(path: &str) -> Option<Method> {
    Route::of(path).map(|_| Method::GET)
}

pub(crate) fn answer(host: &Host, asked: &Asked) -> Reply {
    try_answer(host, asked).unwrap_or_else(|error| Reply::refusal(error.refusal()))
}

pub(crate) fn refuse(status: StatusCode) -> Reply {
    Reply::json(status, CONTENT_TYPE, &json!({ "error": reason(status) }))
}

fn try_answer(host: &Host, asked: &Asked) -> Result<Reply, Error> {
    let route = Route::of(asked.path()).ok_or(Error::NotFound)?;
    let (own, bearer) = (asked.header("api-token"), asked.header("authorization"));
    let caller = token(own.as_deref(), bearer.as_deref())
        .and_then(|token| host.caller(token))
        .ok_or(Error::Unauthorized)?;
    let account = caller.account;
    let is_own = |id: &str| account.mailtrap_id.is_some() && account.mailtrap_id == id.parse().ok();
    if !caller.key.allows(Scope::Mailtrap) || !route.account.is_none_or(is_own) {
        return Err(Error::Forbidden);
    }
    let of_token = host.limits.mailtrap_token.count(caller.place, asked.now);
    let of_account = host.limits.mailtrap_account.count(caller.key.account, asked.now);
    if let Some(over) = [of_token, of_account].into_iter().flatten().find(Usage::is_over) {
        let refused = Reply::refusal(Error::TooManyRequests.refusal());
        return Ok(limited(refused, of_token).header("retry-after", over.retry_after()));
    }
    let request = Request::parse(route.form, route.endpoint, &asked.params(), &account.mailtrap)?;
    let report = host.report(&request.query(account.id.clone()), asked.now)?;
    Ok(limited(Reply::ok(CONTENT_TYPE, &request.body(&report, &account.mailtrap)), of_token))
}

/// The limit of the token, as the live service tells it.
fn limited(reply: Reply, of_token: Option<Usage>) -> Reply {
    let headers = |usage: Usage| {
        [("x-ratelimit-limit", usage.limit.requests), ("x-ratelimit-remaining", usage.remaining())]
    };
    reply.headers(of_token.into_iter().flat_map(headers))
}
