//! Krafter's Mail statistics.
//!
//! # Endpoints and parameters
//!
//! | endpoint | parameter | meaning | rows | source |
//! |---|---|---|---|---|
//! | `GET /api/v1/mail/stats` | `period` | `1d`, `7d`, `30d`, `90d`; any other value is `7d` | one object: `total`, and the statuses that are not zero | S |
//! | `GET /api/v1/mail/stats/daily` | `days` | default 30, maximum 365 | a row for each day in UTC, oldest first, with all six counts | S |
//! | | | any value but a positive whole number is 30 | days without mail as well; the last day is today | *ours* |
//!
//! All other parameters are ignored (*ours*; S only says that they are not accepted). The data is that of one team: there
//! are no filters.
//!
//! # Numbers
//!
//! A message counts once: at the instant it was created, with its current status. So a row is a cohort, and its numbers
//! change while the messages do. The original keeps past days as of their last nightly run (S); here they are always
//! current (*ours*). Opens and clicks are not shown, and a message of which nothing else is known has no status.
//!
//! | status | this crate's | source |
//! |---|---|---|
//! | `queued` | accepted, queued | S |
//! | `sent` | sent, deferred | S; deferred is *ours* |
//! | `delivered` | delivered | S |
//! | `bounced` | hard bounced, soft bounced | S W |
//! | `complained` | complained | S |
//! | `failed` | failed | S |
//!
//! The window of `/mail/stats` is rolling: the last N times 24 hours until now, `since` in whole seconds (read from S's
//! example).
//!
//! # Refusals
//!
//! | case | status | body | source |
//! |---|---|---|---|
//! | the key is missing or unknown | 401 | `{"error":"Invalid or missing API key"}` | E |
//! | the key lacks the scope `mail:read` | 403 | `{"error":"Insufficient scope"}` | E |
//! | an unknown path | 404 | `{"error":"Not found"}` | *ours* |
//! | another method | 405 | `{"error":"Method Not Allowed"}` | *ours* |
//! | too many requests | 429 | `{"error":"Rate limit exceeded","retry_after":23}` | R |
//! | the host fails | 500 | `{"error":"Internal server error"}` | *ours* |
//!
//! # Sources
//!
//! Pages of docs.krafter.dev, as of February 2026: **S** statistics, **E** errors and authentication, **R** rate limits,
//! **W** webhooks.
//!
//! # Example
//!
//! The steps are those of [every dialect](super#serve-an-api).
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::krafter::Krafter;
//! use mailtally::dialect::{Answer, Dialect, Question};
//! use mailtally::{Event, Kind, MemoryStore};
//!
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Queued, at),
//!     Event::new("acme", "m-1", "e-2", Kind::Delivered, at),
//!     Event::new("acme", "m-2", "e-1", Kind::Queued, at),
//! ])?;
//!
//! let now = "2026-02-15T12:00:37Z".parse()?;
//! let request = Krafter.parse(&Request::get("/api/v1/mail/stats?period=1y").body("")?, now)?;
//! let answers = Krafter.questions(&request, &"acme".into()).into_iter().map(|question| match question {
//!     Question::Report(query) => Ok(Answer::Report(Box::new(store.report(&query, now)?))),
//!     Question::Timeline(account, message) => Ok(Answer::Timeline(store.timeline(&account, &message))),
//!     Question::Messages(_) => unreachable!("this API lists no messages"),
//! });
//! let response = Krafter.respond(&request, answers.collect::<Result<_, mailtally::Error>>()?)?;
//! assert_eq!(
//!     response.body(),
//!     r#"{"data":{"period":"7d","since":"2026-02-08T12:00:37Z","total":2,"by_status":{"queued":1,"delivered":1}}}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};

use super::{
    Answers, Credential, Dialect, GET, Params, Question, RateLimit, Refusal, RequestLimit, Response, bearer,
    check_method, json, response,
};
use crate::event::AccountId;

mod body;
mod daily;
mod error;
mod totals;

use daily::Daily;
use totals::Totals;

pub use body::ClientRates;
pub use error::Error;

/// The published rate limit of a team.
pub const LIMIT: RequestLimit = RequestLimit { requests: 100, seconds: 60 };

const CONTENT_TYPE: &str = "application/json";

/// Answers Krafter's API. It needs no settings.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "the API knows nothing of an account but its mail")]
pub struct Krafter;

/// A request of Krafter's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request(Endpoint);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Totals(Totals),
    Daily(Daily),
}

impl Dialect for Krafter {
    type Request = Request;
    type Error = Error;

    fn check_route(method: &Method, path: &str) -> Result<(), Error> {
        match path {
            "/api/v1/mail/stats" | "/api/v1/mail/stats/daily" => Ok(check_method(method, GET)?),
            _ => Err(Error::NotFound),
        }
    }

    fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
        Ok(Credential::new(bearer(headers).ok_or(Refusal::Unauthorized)?))
    }

    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
        now: DateTime<Utc>,
    ) -> Result<Request, Error> {
        Self::check_route(request.method(), request.uri().path())?;
        let params = Params::of(request);
        Ok(Request(match request.uri().path() {
            "/api/v1/mail/stats/daily" => Endpoint::Daily(Daily::parse(&params, now)),
            _ => Endpoint::Totals(Totals::parse(&params, now)),
        }))
    }

    fn questions(&self, request: &Request, account: &AccountId) -> Vec<Question> {
        let query = match &request.0 {
            Endpoint::Totals(totals) => totals.query(account.clone()),
            Endpoint::Daily(daily) => daily.query(account.clone()),
        };
        vec![Question::Report(query)]
    }

    fn respond(&self, request: &Request, mut answers: Answers) -> Result<Response, Error> {
        let report = answers.report()?;
        Ok(match &request.0 {
            Endpoint::Totals(totals) => json(StatusCode::OK, CONTENT_TYPE, &totals.body(&report)),
            Endpoint::Daily(daily) => json(StatusCode::OK, CONTENT_TYPE, &daily.body(&report)),
        }?)
    }

    fn refuse(error: &Error) -> Response {
        error.response()
    }

    fn add_rate_limit(response: &mut Response, limit: &RateLimit) {
        response::add_rate_limit_and_reset(response.headers_mut(), limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_published_paths_and_methods_are_known() {
        for path in ["/api/v1/mail/stats", "/api/v1/mail/stats/daily"] {
            for method in [Method::GET, Method::HEAD] {
                assert!(Krafter::check_route(&method, path).is_ok());
            }
            let refused = Krafter::check_route(&Method::DELETE, path).unwrap_err();
            assert_eq!(Krafter::refuse(&refused).headers()["allow"], "GET, HEAD");
        }
        for path in
            ["", "/mail/stats", "/api/v1/mail/stats/", "/api/v1/mail/stats/Daily", "/api/v2/mail/stats"]
        {
            assert!(matches!(Krafter::check_route(&Method::GET, path), Err(Error::NotFound)), "{path}");
        }
    }
}
