//! SendKit's analytics.

use std::slice;

use axum::http::{Method, StatusCode};
use mailtally::Query;
use mailtally::dialect::sendkit::{
    CONTENT_TYPE, Counted, Daily, Endpoint, Error, Mailbox, Overview, Performance, Quota, Workspace, key,
    workspace,
};

use crate::api::reason;
use crate::asked::{Asked, decoded};
use crate::config::Account;
use crate::host::{Caller, Host};
use crate::key::Scope;
use crate::reply::Reply;

pub(crate) fn method(path: &str) -> Option<Method> {
    Endpoint::of(path).map(|_| Method::GET)
}

pub(crate) fn refuse(status: StatusCode) -> Reply {
    let (error, code) = (reason(status), status.as_u16());
    let body = format!(r#"{{"error":"{error}","message":"The request was refused","code":{code}}}"#);
    Reply::text(CONTENT_TYPE, body).status(status)
}

pub(crate) fn answer(host: &Host, asked: &Asked) -> Reply {
    let mut quota = None;
    let answer = try_answer(host, asked, &mut quota);
    let reply = answer.unwrap_or_else(|error| Reply::refusal(error.refusal()));
    // Every answer has them, once it is known whose they are.
    reply.headers(quota.iter().flat_map(Quota::headers))
}

fn try_answer(host: &Host, asked: &Asked, quota: &mut Option<Quota>) -> Result<Reply, Error> {
    let endpoint = Endpoint::of(asked.path()).ok_or(Error::NotFound)?;
    let (place, account) = account(host, asked)?;
    if let Some(usage) = host.limits.sendkit.count(place, asked.now) {
        let (limit, remaining) = (usage.limit.requests, usage.remaining());
        let quota = *quota.insert(Quota { limit, remaining, reset: usage.end() });
        if usage.is_over() {
            return Err(quota.too_many(asked.now));
        }
    }
    let (params, id, mailboxes) = (asked.params(), || account.id.clone(), &account.mailboxes[..]);
    let report = |query: Query| host.report(&query, asked.now);
    Ok(match endpoint {
        Endpoint::Mailboxes => {
            let request = Performance::parse(&params)?;
            let [lifetime, today] = Counted::queries(id(), mailboxes);
            let counted = Counted::new(&report(lifetime)?, &report(today)?);
            let report = report(request.query(id(), mailboxes))?;
            Reply::ok(CONTENT_TYPE, &request.body(&report, mailboxes, &counted))
        }
        Endpoint::Mailbox(name) => {
            let request = Performance::parse(&params)?;
            let mailbox = Mailbox::find(mailboxes, &decoded(name))?;
            let report = report(request.query(id(), slice::from_ref(mailbox)))?;
            Reply::ok(CONTENT_TYPE, &request.body_of_one(&report, mailbox))
        }
        Endpoint::Overview => {
            let request = Overview::parse(&params)?;
            let [by_campaign, subsequences] = request.queries(id());
            let body = request.body(&report(by_campaign)?, &report(subsequences)?, account.campaigns);
            Reply::ok(CONTENT_TYPE, &body)
        }
        Endpoint::Daily => {
            let request = Daily::parse(&params, asked.now)?;
            Reply::ok(CONTENT_TYPE, &request.body(&report(request.query(id()))?))
        }
        Endpoint::DailyMailbox(name) => {
            let request = Daily::parse(&params, asked.now)?;
            let mailbox = Mailbox::find(mailboxes, &decoded(name))?;
            Reply::ok(CONTENT_TYPE, &request.body(&report(request.query_of_mailbox(id(), mailbox))?))
        }
        Endpoint::DailyCampaign(name) => {
            let request = Daily::parse(&params, asked.now)?;
            let query = request.query_of_campaign(id(), &decoded(name));
            Reply::ok(CONTENT_TYPE, &request.body(&report(query)?))
        }
    })
}

/// The account that a request is about, and its place: the one of a workspace key, or that which a platform key names.
fn account<'a>(host: &'a Host, asked: &Asked) -> Result<(usize, &'a Account), Error> {
    let (own, bearer) = (asked.header("x-api-key"), asked.header("authorization"));
    let key = key(own.as_deref(), bearer.as_deref());
    let known = |key| {
        let caller: Caller<'a> = host.caller(key).ok_or(Error::Unauthorized)?;
        if caller.key.allows(Scope::Sendkit) { Ok(caller) } else { Err(Error::Forbidden) }
    };
    match workspace(key, asked.header("x-workspace-id").as_deref())? {
        Workspace::OfKey { key } => {
            let caller = known(key)?;
            Ok((caller.key.account, caller.account))
        }
        Workspace::Named { key, id } => {
            let mut places = known(key)?.key.workspaces.iter();
            let named = |&place: &usize| Some((place, host.account(place)?));
            let named = places.find_map(|place| {
                named(place).filter(|(_, account)| account.workspace.as_deref() == Some(id))
            });
            named.ok_or(Error::Forbidden)
        }
    }
}
