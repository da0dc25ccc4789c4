//! Mailgun's statistics: Stats v3 with its tags and aggregates, and its successor, Metrics v1.
//!
//! # Endpoints
//!
//! | page | endpoints | statistics |
//! |---|---|---|
//! | [`stats`] | `GET /v3/…` | events by hour, day or month: of the account, a domain or a tag, or grouped |
//! | [`aggregates`] | `GET /v3/…` | sums of all time by mailbox provider, device or country |
//! | [`metrics`] | `POST /v1/analytics/…` | counts and rates by up to three dimensions |
//!
//! The two APIs share only the format of refusals: Stats writes dates with `UTC` and has a row for every bucket, Metrics
//! writes `+0000` and has only rows with counts.
//!
//! # Every request
//!
//! | subject | rule | source |
//! |---|---|---|
//! | the key | HTTP Basic, the password of the user `api` | M |
//! | the subaccount | header `X-Mailgun-On-Behalf-Of`, one of [`Mailgun::subaccounts`]: only its mail is counted | C |
//! | | without the header, or if it is empty: all mail; for Metrics as `include_subaccounts` | *ours* |
//! | a domain in a path | one of [`Mailgun::new`], case-insensitive | R |
//! | a tag in a path | decoded like a parameter: `+` and `%20` are a space | L C |
//! | | it may contain `/`, because a client does not encode it | *ours* |
//! | `/v3/stats/…` | the account, never a domain called `stats` | *ours* |
//! | a list in a query string | `x=`, `x[]=` and `x[0]=` are the same; `x[a]=` is refused | O L C; the refusal is *ours* |
//! | success | compact JSON and a line end, `Cache-Control: no-store` | R |
//!
//! # Refusals
//!
//! | case | status | body | source |
//! |---|---|---|---|
//! | no event is requested | 400 | `{"message":"please provide at least one event: Missing mandatory parameter: event"}` | C L |
//! | another required parameter is missing | 400 | `{"message":"Missing mandatory parameter: timestamp"}` | L |
//! | an unknown resolution | 400 | `{"message":"'resolution' parameter is invalid, valid values: 'month', 'day', 'hour'"}` | C |
//! | another invalid value, events joined by commas | 400 | `{"message":"Invalid format for parameter start: x"}` | L; that it is for all is *ours* |
//! | the start is after the end, the answer is too large | 400 | `{"message":…}` | *ours* |
//! | the key is missing or unknown | 401 | `Forbidden`, nine bytes of plain text | R |
//! | the key lacks the permission | 401 | the same | *ours* |
//! | an unknown subaccount | 403 | `{"message":"Subaccount not found: other"}` | *ours* |
//! | an unknown domain | 404 | `{"message":"Domain not found: other.example"}` | R |
//! | `GET /v3/{domain}/stats` | 404 | `{"message":"this route was deprecated 2 years ago and is no longer available"}` | C |
//! | an unknown path | 404 | `404 page not found`, plain text | read from R |
//! | another method | 405 | `{"message":"Method Not Allowed"}` | *ours* |
//! | too many requests | 429 | `{"message":"too many requests"}` | O; the words are *ours* |
//! | the host fails | 500 | `{"message":"internal server error"}` | *ours* |
//!
//! Every body but `Forbidden` ends in a line end (R).
//!
//! # Sources
//!
//! * **O**: the API description, GitHub `mailgun/mailgun-mcp-server`, `src/openapi.yaml`
//! * **M**: the manuals, GitHub `mailgun/documentation` with its history, and documentation.mailgun.com
//! * **R**: replies of the live service, 2016 to 2026, in the tests of GitHub `mailgun/mailgun-ruby` and in a third party's
//!   notes
//! * **C**: the official clients for JavaScript, Go, Python, PHP, Ruby and Java, with their tests
//! * **L**: the libraries that Mailgun's servers are written with, GitHub `mailgun/scroll` and `mailgun/holster`
//!
//! # Example
//!
//! The steps are those of [every dialect](super#serve-an-api).
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::mailgun::Mailgun;
//! use mailtally::dialect::{Dialect, answer};
//! use mailtally::{Event, EventType, MemoryStore};
//!
//! # fn ready<T>(future: impl Future<Output = T>) -> T {
//! #     let (mut future, mut context) = (std::pin::pin!(future), std::task::Context::from_waker(std::task::Waker::noop()));
//! #     loop {
//! #         if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
//! #             return value; // a store in memory waits for nothing but its next turn
//! #         }
//! #     }
//! # }
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", EventType::DeliveredSmtp, at).domain("mail.acme.example").tags(["Welcome"]),
//!     Event::new("acme", "m-1", "e-2", EventType::OpenedPerson, at),
//! ])?;
//!
//! let mailgun = Mailgun::new(["mail.acme.example"]).subaccounts(["acme-shop"]);
//! let now = "2026-02-15T12:00:00Z".parse()?;
//! let get = |target: &str, subaccount: &str| -> Result<String, Box<dyn std::error::Error>> {
//!     let request = Request::get(target).header("x-mailgun-on-behalf-of", subaccount).body("")?;
//!     let answered = ready(answer(&mailgun, &store, &"acme".into(), &request, now));
//!     Ok(answered.unwrap_or_else(|error| Mailgun::refuse(&error)).into_body())
//! };
//!
//! assert_eq!(
//!     get("/v3/mail.acme.example/tags/welcome/stats?event=opened&duration=2d", "")?,
//!     concat!(
//!         r#"{"tag":"welcome","description":"","start":"Sat, 14 Feb 2026 00:00:00 UTC","end":"Sun, 15 Feb 2026 00:00:00 UTC","#,
//!         r#""resolution":"day","stats":[{"time":"Sat, 14 Feb 2026 00:00:00 UTC","opened":{"total":1,"unique":1}},"#,
//!         r#"{"time":"Sun, 15 Feb 2026 00:00:00 UTC","opened":{"total":0}}]}"#,
//!         "\n"
//!     )
//! );
//! assert_eq!(
//!     get("/v3/stats/total?event=opened", "other-shop")?,
//!     "{\"message\":\"Subaccount not found: other-shop\"}\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use super::{
    Answers, Credential, Dialect, GET, POST, Params, Question, RateLimit, Refusal, RequestLimit, Response,
    check_method, decode_segment, header, json, truncated,
};
use crate::dimension::Dimension;
use crate::event::AccountId;
use crate::filter::Filter;

pub mod aggregates;
mod basic;
mod countries;
mod counts;
mod date;
mod duration;
mod error;
mod event;
mod key;
pub mod metrics;
mod params;
mod resolution;
mod route;
mod settings;
pub mod stats;

use aggregates::Breakdown;
use duration::Duration;
use resolution::Resolution;
use route::Route;
use settings::Settings;

pub use countries::COUNTRIES;
pub use error::Error;
pub use event::event_type;
pub use key::{DEVICES, PROVIDERS};

/// The published rate limit of Metrics for an account. None is published for Stats.
pub const LIMIT: RequestLimit = RequestLimit { requests: 500, seconds: 10 };

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Answers Mailgun's API for an account. It holds the names of the account's domains and subaccounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailgun {
    settings: Settings,
}

/// A request of Mailgun's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request(Endpoint);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint {
    Stats(stats::Request),
    Aggregates(aggregates::Request),
    Supported(Breakdown),
    Metrics(metrics::Request),
}

impl Mailgun {
    /// Makes the API of an account with these sending domains and no subaccounts. Domains are compared
    /// case-insensitively and without a trailing dot; an empty name is ignored.
    pub fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = N>) -> Self {
        Self { settings: Settings::new(domains) }
    }

    /// Sets the ids of the subaccounts that the header `X-Mailgun-On-Behalf-Of` may name, as events have them.
    #[must_use]
    pub fn subaccounts<I: Into<Arc<str>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.settings.subaccounts = ids.into_iter().map(Into::into).collect();
        self
    }
}

impl Dialect for Mailgun {
    type Request = Request;
    type Error = Error;

    fn check_route(method: &Method, path: &str) -> Result<(), Error> {
        Route::parse(method, path).map(|_| ())
    }

    fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
        let key = header(headers, "authorization").as_deref().and_then(basic::key);
        Ok(Credential::new(key.ok_or(Refusal::Unauthorized)?))
    }

    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
        now: DateTime<Utc>,
    ) -> Result<Request, Error> {
        let route = Route::parse(request.method(), request.uri().path())?;
        let (params, settings) = (Params::of(request), &self.settings);
        let subaccount = settings.subaccount(request.headers())?;
        let filter = subaccount.clone().map(|id| Filter::is(Dimension::Subaccount, [id]));
        Ok(Request(match route {
            Route::Stats(endpoint) => {
                Endpoint::Stats(stats::Request::parse(endpoint, &params, settings, now)?.filters(filter))
            }
            Route::Aggregates(endpoint) => {
                Endpoint::Aggregates(aggregates::Request::parse(endpoint, &params, settings)?.filters(filter))
            }
            Route::Supported { domain, breakdown } => {
                settings.domain(&domain)?;
                Endpoint::Supported(breakdown)
            }
            Route::Metrics(endpoint) => {
                let parsed = metrics::Request::parse(endpoint, request.body().as_ref(), now)?;
                Endpoint::Metrics(match subaccount {
                    Some(id) => parsed.on_behalf_of(id),
                    None => parsed,
                })
            }
        }))
    }

    fn questions(&self, request: &Request, account: &AccountId) -> Vec<Question> {
        let queries = match &request.0 {
            Endpoint::Stats(stats) => vec![stats.query(account.clone())],
            Endpoint::Aggregates(aggregates) => aggregates.queries(account.clone()),
            Endpoint::Supported(_) => Vec::new(),
            Endpoint::Metrics(metrics) => metrics.queries(account),
        };
        queries.into_iter().map(Question::Report).collect()
    }

    fn respond(&self, request: &Request, mut answers: Answers) -> Result<Response, Error> {
        match &request.0 {
            Endpoint::Stats(stats) => success(&stats.body(&answers.report()?)),
            Endpoint::Aggregates(aggregates) => {
                let reports = aggregates.reports(&mut answers)?;
                success(&aggregates.body(&reports))
            }
            Endpoint::Supported(breakdown) => success(&breakdown.supported_body()),
            Endpoint::Metrics(metrics) => {
                let reports =
                    (0..answers.0.len()).map(|_| answers.report()).collect::<Result<Vec<_>, _>>()?;
                success(&metrics.body(&reports)?)
            }
        }
    }

    fn refuse(error: &Error) -> Response {
        error.response()
    }

    /// Mailgun publishes no such headers.
    fn add_rate_limit(_: &mut Response, _: &RateLimit) {}
}

/// Makes the response of a success: compact JSON and a line end.
fn success(body: &impl Serialize) -> Result<Response, Error> {
    let mut response = json(StatusCode::OK, CONTENT_TYPE, body)?;
    response.body_mut().push('\n');
    Ok(response)
}
