//! Emitlo's Statistics API.
//!
//! # Endpoints and parameters
//!
//! | endpoint | parameter | meaning | answer | source |
//! |---|---|---|---|---|
//! | `GET /api/v1/messages/{id}` | | | the message: its status, sender, recipient, subject and instants | S |
//! | `GET /api/v1/messages/{id}/events` | | | its events, oldest first | S |
//! | `GET /api/v1/stats/overview` | | all time | one object | S; its content is *ours* |
//! | `GET /api/v1/stats/daily` | `from`, `to` | `YYYY-MM-DD` | a row for each day | S; its content is *ours* |
//! | | | required; days in UTC, both included; at most 366 | ascending, days without mail as well | *ours* |
//! | | `domain_id` | the id of a sending domain of the organization; default all | | S |
//! | | | several ids: all of these domains together; an unknown id is refused | | *ours* |
//!
//! All other parameters are ignored, and an empty one is absent (*ours*). `domain_id` may be spelled as a list,
//! `domain_id[]=7` or `domain_id[0]=7`; any other spelling with brackets is refused as an invalid value (*ours*). Of several
//! values of `from` or `to` the first that is not blank is used (*ours*). The original's pages name two hosts; the paths are the same on both.
//!
//! # Messages
//!
//! | status | this crate's | source |
//! |---|---|---|
//! | `pending` | accepted | S |
//! | `pending` | none: the message has only engagement, such as opens | *ours* |
//! | `queued` | queued | S |
//! | `queued` | sent, without a result yet; the original has an event `sent`, and no such status | *ours* |
//! | `delivered` `soft_bounced` `hard_bounced` `complained` `deferred` `failed` | the same | S |
//!
//! `from_email`, `to_email` and `subject` are attributes of events: the earliest text that is not empty is shown, `null` if
//! there is none (*ours*). `delivered_at` is the instant of the first delivery, even if a bounce followed; `null` if there is
//! none (*ours*). Instants are in UTC, truncated to whole seconds (read from S's example).
//!
//! An event is its `type`, its `timestamp`, and its own attributes (S has `tls`, W more) without the three above
//! (*ours*). An attribute named `type` or `timestamp` is not shown (*ours*). The type is the name of the kind of event
//! (S W); `accepted` is `pending` (*ours*). `replied` and `stored`, which the original does not know, are shown among the
//! events of a message, and not in the statistics (*ours*).
//!
//! # Statistics
//!
//! No source shows the content of `data`, so all of it is *ours*. Like `data.message` and `data.events`, `data.overview` and
//! `data.daily` are named after their paths.
//!
//! | field | content |
//! |---|---|
//! | `date` | in a row of `daily`: the day on which the messages were created |
//! | `total` | the number of messages with a status: the sum of `statuses` |
//! | `statuses` | the number of messages by current status, each message once; a message with only engagement has none |
//! | `events` | the number of messages with an event of each type, each message once per type |
//! | `rates` | this crate's [standard rates](crate::rate::Definition::STANDARD) of these names, fractions with four decimals; `null` over zero |
//!
//! All numbers of a day are of the messages that were created on it, whenever the events came. So a row's numbers change
//! while its messages do, no more messages are opened than there are, and days add up to the overview.
//!
//! # Refusals
//!
//! The body is `{"status":"error","error":{"code":…,"message":…}}` (E).
//!
//! | case | status | code | message | source |
//! |---|---|---|---|---|
//! | the credential is missing or unknown | 401 | `UNAUTHENTICATED` | `Invalid or missing credential.` | E |
//! | the credential lacks the permission `stats` | 403 | `FORBIDDEN` | `This credential does not have the 'stats' permission.` | E, there of `send` |
//! | an unknown message | 404 | `NOT_FOUND` | `Message not found.` | E |
//! | an unknown path | 404 | `NOT_FOUND` | `Resource not found.` | E; the message is *ours* |
//! | another method | 405 | `METHOD_NOT_ALLOWED` | `Method Not Allowed.` | *ours* |
//! | a parameter is missing or invalid | 422 | `VALIDATION_ERROR` | the only one, or `The given data was invalid.`; all are in `details`, by field | E; the single messages are *ours*, except `The … field is required.` |
//! | too many requests | 429 | `RATE_LIMITED` | `Rate limit exceeded. Retry after 60 seconds.` and the header `Retry-After` | E |
//! | the host fails | 500 | `INTERNAL_ERROR` | `An internal error occurred.` | E; the message is *ours* |
//!
//! The maximum number of requests is not published, and there are no rate-limit headers.
//!
//! # Sources
//!
//! Pages of docs.emitlo.com, as of April 2026: **S** statistics, **E** errors and overview, **W** webhook events.
//!
//! # Example
//!
//! The steps are those of [every dialect](super#serve-an-api).
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::emitlo::{Emitlo, Error};
//! use mailtally::dialect::{Answer, Dialect, Failure, Question, Response};
//! use mailtally::{Event, Kind, MemoryStore};
//!
//! let store = MemoryStore::new();
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Queued, "2026-02-14T09:30:00Z".parse()?),
//!     Event::new("acme", "m-1", "e-2", Kind::Delivered, "2026-02-14T09:30:04Z".parse()?).attribute("tls", true),
//! ])?;
//!
//! let emitlo = Emitlo::new([(7, "mail.acme.example")]);
//! let now = "2026-02-15T12:00:37Z".parse()?;
//! let get = |target: &str| -> Result<Response, Error> {
//!     let request = emitlo.parse(&Request::get(target).body("").unwrap(), now)?;
//!     let answers = emitlo.questions(&request, &"acme".into()).into_iter().map(|question| match question {
//!         Question::Report(query) => Ok(Answer::Report(Box::new(store.report(&query, now)?))),
//!         Question::Timeline(account, message) => Ok(Answer::Timeline(store.timeline(&account, &message))),
//!         Question::Messages(_) => unreachable!("this API lists no messages"),
//!     });
//!     let answers = answers.collect::<Result<_, mailtally::Error>>().map_err(Failure::from)?;
//!     emitlo.respond(&request, answers)
//! };
//!
//! assert_eq!(
//!     get("/api/v1/messages/m-1/events")?.body(),
//!     concat!(
//!         r#"{"status":"success","data":{"events":[{"type":"queued","timestamp":"2026-02-14T09:30:00Z"},"#,
//!         r#"{"type":"delivered","timestamp":"2026-02-14T09:30:04Z","tls":true}]}}"#
//!     )
//! );
//! let refused = get("/api/v1/stats/daily?from=2026-02-14&to=2026-02-14&domain_id=8").unwrap_err();
//! assert_eq!(refused.to_string(), "The selected domain_id is invalid.");
//! assert_eq!(Emitlo::refuse(&refused).status(), 422);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};

use super::{
    Answers, Credential, Dialect, GET, Params, Question, RateLimit, Refusal, Response, bearer, check_method,
    decode_segment, domain_names, json,
};
use crate::event::{AccountId, MessageId};
use crate::query::Query;
use crate::time::Period;

mod body;
mod daily;
mod error;
mod event_type;
mod message;
mod status;

use body::{Body, Data, Stats};
use daily::Daily;
use event_type::KINDS;
use message::{MessageData, TimelineEvent};

pub use error::{Error, FieldError};
pub use event_type::event_type;

/// The maximum number of days in an answer: a leap year. A longer range is refused when the request is parsed.
const MAX_DAYS: u64 = 366;

const CONTENT_TYPE: &str = "application/json";

/// The names of the sending domains by id.
type DomainNames = BTreeMap<i64, Arc<str>>;

/// Answers Emitlo's API for an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Emitlo {
    domains: DomainNames,
}

/// A request of Emitlo's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request(Endpoint);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint {
    Message(MessageId),
    Events(MessageId),
    Overview,
    Daily(Daily),
}

/// A path; the id of a message is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route<'a> {
    Message(&'a str),
    Events(&'a str),
    Overview,
    Daily,
}

impl<'a> Route<'a> {
    fn parse(method: &Method, path: &'a str) -> Result<Self, Error> {
        let segments: Vec<&str> = path.strip_prefix("/api/v1/").unwrap_or_default().split('/').collect();
        let route = match segments[..] {
            ["stats", "overview"] => Self::Overview,
            ["stats", "daily"] => Self::Daily,
            ["messages", id] if !id.is_empty() => Self::Message(id),
            ["messages", id, "events"] if !id.is_empty() => Self::Events(id),
            _ => return Err(Error::NotFound),
        };
        check_method(method, GET)?;
        Ok(route)
    }
}

impl Emitlo {
    /// Makes the API of an organization with these sending domains, each an id and a name. Of several names of the same id
    /// the last one counts.
    ///
    /// Domains are compared as those of events are: in lower case and without a trailing dot. One with an empty name is
    /// ignored.
    pub fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = (i64, N)>) -> Self {
        Self { domains: domain_names(domains) }
    }
}

impl Dialect for Emitlo {
    type Request = Request;
    type Error = Error;

    fn check_route(method: &Method, path: &str) -> Result<(), Error> {
        Route::parse(method, path).map(drop)
    }

    fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
        Ok(Credential::new(bearer(headers).ok_or(Refusal::Unauthorized)?))
    }

    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
        _now: DateTime<Utc>,
    ) -> Result<Request, Error> {
        let message_id = |id| MessageId::from(decode_segment(id));
        Ok(Request(match Route::parse(request.method(), request.uri().path())? {
            Route::Message(id) => Endpoint::Message(message_id(id)),
            Route::Events(id) => Endpoint::Events(message_id(id)),
            Route::Overview => Endpoint::Overview,
            Route::Daily => {
                let daily = Daily::parse(&Params::of(request), &self.domains);
                Endpoint::Daily(daily.map_err(Error::Invalid)?)
            }
        }))
    }

    fn questions(&self, request: &Request, account: &AccountId) -> Vec<Question> {
        let account = account.clone();
        vec![match &request.0 {
            Endpoint::Message(id) | Endpoint::Events(id) => Question::Timeline(account, id.clone()),
            Endpoint::Overview => Question::Report(Query::new(account, Period::all()).kinds(KINDS)),
            Endpoint::Daily(daily) => Question::Report(daily.query(account)),
        }]
    }

    fn respond(&self, request: &Request, mut answers: Answers) -> Result<Response, Error> {
        let data = match &request.0 {
            Endpoint::Message(id) => {
                Data::Message(MessageData::new(id, &message::from_events(answers.timeline()?)?))
            }
            Endpoint::Events(_) => {
                Data::Events(TimelineEvent::all(&message::from_events(answers.timeline()?)?))
            }
            Endpoint::Overview => Data::Overview(Box::new(Stats::new(answers.report()?.total()))),
            Endpoint::Daily(_) => Data::Daily(Daily::rows(&answers.report()?)),
        };
        Ok(json(StatusCode::OK, CONTENT_TYPE, &Body::new(data))?)
    }

    fn refuse(error: &Error) -> Response {
        error.response()
    }

    /// Does nothing: the API has no rate-limit headers.
    fn add_rate_limit(_response: &mut Response, _limit: &RateLimit) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_published_paths_and_methods_are_known() {
        for (path, route) in [
            ("/api/v1/messages/550", Route::Message("550")),
            ("/api/v1/messages/events", Route::Message("events")),
            ("/api/v1/messages/550/events", Route::Events("550")),
            ("/api/v1/stats/overview", Route::Overview),
            ("/api/v1/stats/daily", Route::Daily),
        ] {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(Route::parse(&method, path).unwrap(), route, "{path}");
            }
            let refused = Emitlo::check_route(&Method::DELETE, path).unwrap_err();
            assert_eq!(Emitlo::refuse(&refused).headers()["allow"], "GET, HEAD");
        }
        for path in [
            "",
            "/api/v1",
            "/api/v1/",
            "/api/v1/messages",
            "/api/v1/messages/",
            "/api/v1/messages//events",
            "/api/v1/messages/550/",
            "/api/v1/messages/550/events/1",
            "/api/v1/stats",
            "/api/v1/stats/Daily",
            "/api/v1/stats/daily/",
            "/api/v2/stats/daily",
            "api/v1/stats/daily",
        ] {
            assert!(matches!(Emitlo::check_route(&Method::GET, path), Err(Error::NotFound)), "{path}");
        }
    }

    #[test]
    fn the_id_of_a_message_is_percent_decoded_as_one_segment() {
        for (path, id) in
            [("/api/v1/messages/m%2F1%20x", "m/1 x"), ("/api/v1/messages/a+b%41/events", "a+bA")]
        {
            let request = http::Request::get(path).body("").unwrap();
            let request = Emitlo::default().parse(&request, DateTime::UNIX_EPOCH).unwrap();
            let questions = Emitlo::default().questions(&request, &"acme".into());
            assert_eq!(questions, [Question::Timeline("acme".into(), id.into())]);
        }
    }

    #[test]
    fn the_names_of_domains_are_normalized_and_empty_ones_ignored() {
        let names = |domains: [(i64, &str); 3]| Emitlo::new(domains).domains;
        let expected = DomainNames::from([(1, "b.example".into())]);
        assert_eq!(names([(1, "A.example"), (2, "."), (1, "B.example.")]), expected);
    }
}
