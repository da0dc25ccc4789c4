//! Krafter's Mail statistics.

use axum::http::{Method, StatusCode};
use mailtally::dialect::krafter::{CONTENT_TYPE, Daily, Endpoint, Error, Totals, token};
use serde_json::json;

use crate::api::reason;
use crate::asked::Asked;
use crate::host::Host;
use crate::key::Scope;
use crate::limit::Usage;
use crate::reply::Reply;

pub(crate) fn method(path: &str) -> Option<Method> {
    Endpoint::of(path).map(|_| Method::GET)
}

pub(crate) fn refuse(status: StatusCode) -> Reply {
    Reply::json(status, CONTENT_TYPE, &json!({ "error": reason(status) }))
}

pub(crate) fn answer(host: &Host, asked: &Asked) -> Reply {
    let mut usage = None;
    let answer = try_answer(host, asked, &mut usage);
    let reply = answer.unwrap_or_else(|error| Reply::refusal(error.refusal()));
    // Every response has them, once it is known whose window it is.
    let headers = |usage: Usage| {
        [
            ("x-ratelimit-limit", i64::from(usage.limit.requests)),
            ("x-ratelimit-remaining", i64::from(usage.remaining())),
            ("x-ratelimit-reset", usage.end().timestamp()),
        ]
    };
    reply.headers(usage.into_iter().flat_map(headers))
}

fn try_answer(host: &Host, asked: &Asked, usage: &mut Option<Usage>) -> Result<Reply, Error> {
    let endpoint = Endpoint::of(asked.path()).ok_or(Error::NotFound)?;
    let caller = token(asked.header("authorization").as_deref()).and_then(|key| host.caller(key));
    let caller = caller.ok_or(Error::Unauthorized)?;
    *usage = host.limits.krafter.count(caller.key.account, asked.now);
    if let Some(over) = usage.filter(Usage::is_over) {
        return Err(Error::TooManyRequests { retry_after: over.retry_after().into() });
    }
    if !caller.key.allows(Scope::MailRead) {
        return Err(Error::Forbidden);
    }
    let (params, account) = (asked.params(), caller.account.id.clone());
    let report = |query| host.report(&query, asked.now);
    Ok(match endpoint {
        Endpoint::Totals => {
            let request = Totals::parse(&params, asked.now);
            Reply::ok(CONTENT_TYPE, &request.body(&report(request.query(account))?))
        }
        Endpoint::Daily => {
            let request = Daily::parse(&params, asked.now);
            Reply::ok(CONTENT_TYPE, &request.body(&report(request.query(account))?))
        }
    })
}
