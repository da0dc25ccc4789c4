//! The APIs that are served: which paths each has, and the one adapter that connects them to this server.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::SendKit;
use mailtally::dialect::{Dialect, RateLimit, Refusal, answer};
use mailtally::native::Native;

use crate::body;
use crate::compute::compute;
use crate::config::Account;
use crate::host::{Access, Host, Limits};
use crate::key::Scope;
use crate::limit::Counter;
use crate::room::{Place, Reservation};

/// The maximum length of a path with its query, in bytes.
const MAX_TARGET_BYTES: usize = 16 << 10;

/// The seconds after which a client may ask again if there was no room for its request.
const RETRY_AFTER: u32 = 1;

/// What this server knows of a dialect.
pub(crate) trait Served: Dialect + Send + Sync + 'static {
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
    /// Responds to a request.
    pub(crate) respond: fn(Arc<Host>, Request) -> Responding,
}

/// A response that is being made.
pub(crate) type Responding = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

impl Api {
    /// Finds the API that a path belongs to, by its first segments. An unknown path of an API is refused in its words.
    pub(crate) fn find(path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix('/')?.split('/');
        match (segments.next()?, segments.next(), segments.next()) {
            ("query", None | Some("messages"), None) => Some(Self::new::<Native>()),
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
        Self { name: D::NAME, respond: |host, request| Box::pin(respond::<D>(host, request)) }
    }
}

/// Refuses a request in the words of an API, and logs the error if it is the server's.
pub(crate) fn refuse<D: Dialect>(error: &D::Error) -> Response<String> {
    let mut response = D::refuse(error);
    if response.status().is_server_error() {
        tracing::error!("no answer: {}", causes(error));
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    }
    response
}

/// An answer, with the place of its request and the memory that is reserved for it, until the client has read it.
struct Answer {
    text: String,
    _held: Option<(Place, Reservation)>,
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

async fn respond<D: Served>(host: Arc<Host>, request: Request) -> Response<Body> {
    let mut limit = None;
    let (mut response, held) = match try_respond::<D>(&host, request, &mut limit).await {
        Ok((response, place, reservation)) => (response, Some((place, reservation))),
        Err(error) => (refuse::<D>(&error), None),
    };
    if let Some(limit) = limit {
        D::add_rate_limit(&mut response, &limit);
    }
    response.map(|text| Body::from(Bytes::from_owner(Answer { text, _held: held })))
}

async fn try_respond<D: Served>(
    host: &Arc<Host>,
    request: Request,
    limit: &mut Option<RateLimit>,
) -> Result<(Response<String>, Place, Reservation), D::Error> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > MAX_TARGET_BYTES {
        return Err(Refusal::Other(StatusCode::URI_TOO_LONG).into());
    }
    D::check_route(request.method(), request.uri().path())?;
    let access = admit::<D>(host, request.headers(), D::SCOPE, D::counters, limit)?;
    let place = enter(host, access)?;
    let (index, timeout) = (access.account_index, host.bounds.timeout());
    let (parts, body) = request.into_parts();
    let body = body::read(&parts.method, body, &host.room.bodies, index, timeout).await;
    let request = Request::from_parts(parts, body.map_err(Refusal::Other)?);
    let (store, account, now) = (host.store().clone(), Arc::clone(access.account), host.now());
    let work = move || async move { answer(D::of(&account), &store, &account.id, &request, now).await };
    let computed = compute(&host.queue, index, || host.now(), timeout, work).await;
    let (answered, mut turn) = computed.map_err(Refusal::Other)?;
    let response = answered?;
    // Until there is memory for the answer, the account makes at most as many others as it has turns.
    turn.free_processor();
    let reservation = host.room.answers.reserve(index, response.body().len()).await;
    drop(turn);
    Ok((response, place, reservation.ok_or(Refusal::Other(StatusCode::SERVICE_UNAVAILABLE))?))
}

/// Takes a place for a request of an account.
pub(crate) fn enter(host: &Host, access: Access<'_>) -> Result<Place, Refusal> {
    let place = host.room.place(access.account_index);
    place.ok_or(Refusal::TooManyRequests { retry_after: RETRY_AFTER })
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
pub(crate) fn causes(error: &dyn Error) -> String {
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
