//! The APIs that are served: which paths each has, and the one adapter that connects them to this server.

use std::error::Error;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::SendKit;
use mailtally::dialect::{Dialect, RateLimit, Refusal, answer};
use mailtally::native::Native;
use tokio::runtime::Handle;

use crate::config::Account;
use crate::host::{Access, Host, Limits};
use crate::key::Scope;
use crate::limit::Counter;

/// What this server knows of a dialect.
pub(crate) trait Served: Dialect {
    /// The name in the log.
    const NAME: &str;
    /// The scope that a key needs.
    const SCOPE: Scope;

    /// Returns the dialect with the settings of an account.
    fn of(account: &Account) -> &Self;

    /// Returns the counters of requests, each with the index that it counts under. The headers of a response show the
    /// first.
    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)>;
}

/// An API without its type: what the router needs.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    pub(crate) name: &'static str,
    /// Returns the index of the account whose key a request has, to queue it fairly.
    pub(crate) account_index: fn(&Host, &HeaderMap) -> Option<usize>,
    /// Responds to a request.
    pub(crate) respond: fn(&Host, &Request<Bytes>) -> Response<String>,
    /// Refuses a request for a reason of the server.
    pub(crate) refuse: fn(StatusCode) -> Response<String>,
}

impl Api {
    /// Finds the API that a path belongs to, by its first segments. An unknown path of an API is refused in its words.
    pub(crate) fn find(path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix('/')?.split('/');
        match (segments.next()?, segments.next(), segments.next()) {
            ("query", None, None) => Some(Self::new::<Native>()),
            ("api", Some("v1"), Some("mail")) => Some(Self::new::<Krafter>()),
            ("api", Some("v1"), _) => Some(Self::new::<Emitlo>()),
            ("api", Some(_), _) => Some(Self::new::<Mailtrap>()),
            ("v1", Some("analytics"), Some("metrics" | "usage" | "tags" | "logs")) => {
                Some(Self::new::<Mailgun>())
            }
            ("v1", Some(_), _) => Some(Self::new::<SendKit>()),
            ("v3" | "v4" | "v5", Some(_), _) => Some(Self::new::<Mailgun>()),
            _ => None,
        }
    }

    fn new<D: Served>() -> Self {
        Self {
            name: D::NAME,
            account_index: |host, headers| {
                let credential = D::credential(headers).ok()?;
                Some(host.access(&credential.key)?.account_index)
            },
            respond: respond::<D>,
            refuse: refuse::<D>,
        }
    }
}

/// Refuses a request in the words of an API.
pub(crate) fn refuse<D: Dialect>(status: StatusCode) -> Response<String> {
    D::refuse(&Refusal::Other(status).into())
}

fn respond<D: Served>(host: &Host, request: &Request<Bytes>) -> Response<String> {
    let mut limit = None;
    let answered = try_respond::<D>(host, request, &mut limit);
    let mut response = answered.unwrap_or_else(|error| {
        let response = D::refuse(&error);
        if response.status().is_server_error() {
            tracing::error!("no answer: {}", causes(&error));
        }
        response
    });
    if let Some(limit) = limit {
        D::add_rate_limit(&mut response, &limit);
    }
    response
}

fn try_respond<D: Served>(
    host: &Host,
    request: &Request<Bytes>,
    limit: &mut Option<RateLimit>,
) -> Result<Response<String>, D::Error> {
    D::check_route(request.method(), request.uri().path())?;
    let access = admit::<D>(host, request.headers(), D::SCOPE, D::counters, limit)?;
    let answer = answer(D::of(access.account), host.store(), &access.account.id, request, host.now());
    Handle::current().block_on(answer)
}

/// Checks the credential, its scope, and the rate limits.
pub(crate) fn admit<'a, D: Dialect>(
    host: &'a Host,
    headers: &HeaderMap,
    scope: Scope,
    counters: impl FnOnce(&'a Limits, Access<'a>) -> Vec<(&'a Counter, usize)>,
    limit: &mut Option<RateLimit>,
) -> Result<Access<'a>, D::Error> {
    let credential = D::credential(headers)?;
    let access = host.access(&credential.key).ok_or(Refusal::Unauthorized)?;
    tracing::Span::current().record("key", &*access.key.name);
    let is_allowed = access.key.allows(scope);
    let workspace = match &credential.account {
        Some(workspace) => host.workspace(access, workspace),
        None => Some(access),
    };
    let now = host.now();
    // A request for an unknown workspace counts as one for the key's own account.
    let usages: Vec<_> = counters(&host.limits, workspace.unwrap_or(access))
        .into_iter()
        .filter_map(|(counter, who)| counter.count(who, now))
        .collect();
    *limit = usages.first().map(|usage| usage.rate_limit());
    if let Some(over) = usages.iter().find(|usage| usage.is_over()) {
        return Err(Refusal::TooManyRequests { retry_after: over.retry_after() }.into());
    }
    workspace.filter(|_| is_allowed).ok_or_else(|| Refusal::Forbidden.into())
}

/// Writes an error with all its causes.
fn causes(error: &dyn Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    // A transparent error has the text of its cause.
    texts.dedup();
    texts.join(": ")
}

impl Served for Mailtrap {
    const NAME: &str = "mailtrap";
    const SCOPE: Scope = Scope::Mailtrap;

    fn of(account: &Account) -> &Self {
        &account.mailtrap
    }

    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)> {
        vec![(&limits.mailtrap_token, access.key_index), (&limits.mailtrap_account, access.account_index)]
    }
}

impl Served for Krafter {
    const NAME: &str = "krafter";
    const SCOPE: Scope = Scope::MailRead;

    fn of(_: &Account) -> &Self {
        &Self
    }

    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)> {
        vec![(&limits.krafter, access.account_index)]
    }
}

impl Served for Mailgun {
    const NAME: &str = "mailgun";
    const SCOPE: Scope = Scope::Mailgun;

    fn of(account: &Account) -> &Self {
        &account.mailgun
    }

    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)> {
        vec![(&limits.mailgun, access.account_index)]
    }
}

impl Served for Emitlo {
    const NAME: &str = "emitlo";
    const SCOPE: Scope = Scope::Stats;

    fn of(account: &Account) -> &Self {
        &account.emitlo
    }

    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)> {
        vec![(&limits.emitlo, access.account_index)]
    }
}

impl Served for SendKit {
    const NAME: &str = "sendkit";
    const SCOPE: Scope = Scope::Sendkit;

    fn of(account: &Account) -> &Self {
        &account.sendkit
    }

    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)> {
        vec![(&limits.sendkit, access.account_index)]
    }
}

impl Served for Native {
    const NAME: &str = "query";
    const SCOPE: Scope = Scope::QueryRead;

    fn of(account: &Account) -> &Self {
        &account.native
    }

    fn counters<'a>(limits: &'a Limits, access: Access<'a>) -> Vec<(&'a Counter, usize)> {
        vec![(&limits.query, access.account_index)]
    }
}
