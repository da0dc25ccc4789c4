//! Emitlo's messages and statistics.

use axum::http::{Method, StatusCode};
use mailtally::dialect::emitlo::{
    CONTENT_TYPE, Daily, Endpoint, Error, EventsBody, MessageBody, Overview, token,
};

use crate::api::reason;
use crate::asked::{Asked, decoded};
use crate::host::Host;
use crate::key::Scope;
use crate::limit::Usage;
use crate::reply::Reply;

pub(crate) fn method(path: &str) -> Option<Method> {
    Endpoint::of(path).map(|_| Method::GET)
}

pub(crate) fn refuse(status: StatusCode) -> Reply {
    let code = reason(status).to_uppercase().replace([' ', '-'], "_");
    let error = format!(r#"{{"code":"{code}","message":"{}."}}"#, reason(status));
    Reply::text(CONTENT_TYPE, format!(r#"{{"status":"error","error":{error}}}"#)).status(status)
}

pub(crate) fn answer(host: &Host, asked: &Asked) -> Reply {
    try_answer(host, asked).unwrap_or_else(|error| Reply::refusal(error.refusal()))
}

fn try_answer(host: &Host, asked: &Asked) -> Result<Reply, Error> {
    let endpoint = Endpoint::of(asked.path()).ok_or(Error::NotFound)?;
    let caller = token(asked.header("authorization").as_deref()).and_then(|key| host.caller(key));
    let caller = caller.ok_or(Error::Unauthenticated)?;
    if !caller.key.allows(Scope::Stats) {
        return Err(Error::Forbidden);
    }
    let usage = host.limits.emitlo.count(caller.key.account, asked.now);
    if let Some(over) = usage.filter(Usage::is_over) {
        return Err(Error::TooManyRequests { retry_after: over.retry_after() });
    }
    let account = &caller.account.id;
    let report = |query| host.report(&query, asked.now);
    let timeline = |id: &str| host.timeline(account, &decoded(id).into());
    Ok(match endpoint {
        Endpoint::Message(id) => Reply::ok(CONTENT_TYPE, &MessageBody::of(&timeline(id)?)?),
        Endpoint::Events(id) => Reply::ok(CONTENT_TYPE, &EventsBody::of(&timeline(id)?)?),
        Endpoint::Overview => {
            Reply::ok(CONTENT_TYPE, &Overview.body(&report(Overview.query(account.clone()))?))
        }
        Endpoint::Daily => {
            let request = Daily::parse(&asked.params(), &caller.account.emitlo)?;
            Reply::ok(CONTENT_TYPE, &request.body(&report(request.query(account.clone()))?))
        }
    })
}
