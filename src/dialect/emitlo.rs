//! Emitlo's Statistics API.
//!
//! # Endpoints and parameters
//!
//! | endpoint | parameter | meaning | answer | source |
//! |---|---|---|---|---|
//! | `GET /api/v1/messages/{id}` | | | the message: where it stands, from whom, to whom, since when | S |
//! | `GET /api/v1/messages/{id}/events` | | | its events, oldest first | S |
//! | `GET /api/v1/stats/overview` | | all time | one object | S; what is in it is *ours* |
//! | `GET /api/v1/stats/daily` | `from`, `to` | `YYYY-MM-DD` | a row for each day | S; what is in it is *ours* |
//! | | | required; both days in; days of UTC; at most [`MOST_DAYS`] | ascending, days without mail as well | *ours* |
//! | | `domain_id` | a sending domain of the organization; optional | | S |
//! | | | an id that is not the organization's is refused | | *ours* |
//!
//! All other parameters are ignored, and an empty one is absent (*ours*). The original's pages name two hosts; the paths
//! are the same on both.
//!
//! # Messages
//!
//! | status | this crate's | source |
//! |---|---|---|
//! | `pending` | accepted | S |
//! | `pending` | none: only opens and the like are known | *ours* |
//! | `queued` | queued | S |
//! | `queued` | sent: handed over, no word yet; there is an event `sent`, and no such status | *ours* |
//! | `delivered` `soft_bounced` `hard_bounced` `complained` `deferred` `failed` | the same | S |
//!
//! `from_email`, `to_email` and `subject` are attributes of events: the earliest one that has a text is shown, `null`
//! where none has (*ours*). `delivered_at` is that of the first delivery, also where a bounce followed; `null` before
//! (*ours*). Instants are in UTC and whole seconds, what is finer is cut off (read from S's example).
//!
//! An event is its `type`, its `timestamp`, and its own attributes (S has `tls`, W more) without the three above
//! (*ours*). An attribute named `type` or `timestamp` is not shown (*ours*). An event's type is the name of its kind (S W);
//! `accepted` is `pending` (*ours*). `replied` and `stored`, which the original does not know, are shown among a message's
//! events, and not in the statistics (*ours*).
//!
//! # Statistics
//!
//! No source shows what `data` holds, so all of it is *ours*. As `data.message` and `data.events` are named after their
//! paths, so are `data.overview` and `data.daily`.
//!
//! | field | is |
//! |---|---|
//! | `date` | of a row of `daily`: the day on which the messages were created |
//! | `statuses` | messages by where they stand now: the eight above, each message once; a message of which only opens and the like are known stands nowhere |
//! | `total` | their sum |
//! | `events` | messages with such an event, by the type of the event; a message counts under each type once |
//! | `rates` | this crate's [standard rates](crate::rate::Definition::STANDARD) of these names, fractions with four places; `null` over nothing |
//!
//! All figures of a day are of the messages that were created on it, whenever the events came. So a row's numbers move
//! while its messages do, no more messages are opened than there are, and days add up to the overview.
//!
//! # Refusals
//!
//! The body is `{"status":"error","error":{"code":…,"message":…}}` (E).
//!
//! | when | status | code | message | source |
//! |---|---|---|---|---|
//! | no credential, or a wrong one | 401 | `UNAUTHENTICATED` | `Invalid or missing credential.` | E |
//! | one without the permission `stats` | 403 | `FORBIDDEN` | `This credential does not have the 'stats' permission.` | E, there of `send` |
//! | an unknown message | 404 | `NOT_FOUND` | `Message not found.` | E |
//! | another path | 404 | `NOT_FOUND` | `Resource not found.` | E; the message is *ours* |
//! | a parameter says what it cannot | 422 | `VALIDATION_ERROR` | the one there is, or `The given data was invalid.`; all are in `details`, by field | E; the single messages are *ours*, but for `The … field is required.` |
//! | too many requests | 429 | `RATE_LIMITED` | `Rate limit exceeded. Retry after 60 seconds.` and `Retry-After` | E |
//! | the host fails | 500 | `INTERNAL_ERROR` | `An internal error occurred.` | E; the message is *ours* |
//!
//! # Sources
//!
//! Pages of docs.emitlo.com, as of April 2026: **S** statistics, **E** errors and overview, **W** webhook events.
//!
//! # A request from start to end
//!
//! ```
//! use mailtally::dialect::{Params, emitlo};
//! use mailtally::report::Report;
//! use mailtally::{Event, Kind, MemoryStore, Query};
//!
//! let store = MemoryStore::new();
//! let at = |second| format!("2026-02-14T09:30:{second}Z").parse().unwrap();
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Queued, at("00")).attribute("to_email", "kim@example.org"),
//!     Event::new("acme", "m-1", "e-2", Kind::Delivered, at("04")).attribute("tls", true),
//! ]);
//! let domains = emitlo::Domains::new([(7, "mail.acme.example")]);
//!
//! let report = |query: Query| -> Result<Report, mailtally::Error> { store.report(&query, at("59")) };
//! let timeline = |id: &str| store.timeline(&"acme".into(), &id.into());
//! let answer = |path: &str, query: &str| -> Result<String, emitlo::Error> {
//!     let json = match emitlo::Endpoint::of(path).ok_or(emitlo::Error::NotFound)? {
//!         emitlo::Endpoint::Message(id) => serde_json::to_string(&emitlo::MessageBody::of(&timeline(id))?),
//!         emitlo::Endpoint::Events(id) => serde_json::to_string(&emitlo::EventsBody::of(&timeline(id))?),
//!         emitlo::Endpoint::Overview => {
//!             serde_json::to_string(&emitlo::Overview.body(&report(emitlo::Overview.query("acme"))?))
//!         }
//!         emitlo::Endpoint::Daily => {
//!             let request = emitlo::Daily::parse(&Params::parse(query), &domains)?;
//!             serde_json::to_string(&request.body(&report(request.query("acme"))?))
//!         }
//!     };
//!     Ok(json.unwrap())
//! };
//!
//! assert_eq!(
//!     answer("/api/v1/messages/m-1", "")?,
//!     concat!(
//!         r#"{"status":"success","data":{"message":{"id":"m-1","from_email":null,"to_email":"kim@example.org","#,
//!         r#""subject":null,"status":"delivered","created_at":"2026-02-14T09:30:00Z","#,
//!         r#""delivered_at":"2026-02-14T09:30:04Z"}}}"#
//!     )
//! );
//! assert_eq!(
//!     answer("/api/v1/messages/m-1/events", "")?,
//!     concat!(
//!         r#"{"status":"success","data":{"events":[{"type":"queued","timestamp":"2026-02-14T09:30:00Z"},"#,
//!         r#"{"type":"delivered","timestamp":"2026-02-14T09:30:04Z","tls":true}]}}"#
//!     )
//! );
//! assert!(answer("/api/v1/stats/overview", "")?.starts_with(r#"{"status":"success","data":{"overview":{"total":1,"#));
//! let refusal = answer("/api/v1/stats/daily", "to=2026-02-14").unwrap_err().refusal();
//! assert_eq!(
//!     (refusal.status, &*refusal.body),
//!     (
//!         422,
//!         concat!(
//!             r#"{"status":"error","error":{"code":"VALIDATION_ERROR","message":"The from field is required.","#,
//!             r#""details":{"from":["The from field is required."]}}}"#
//!         )
//!     )
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a store behind a future, [`report`](crate::report()) does the counting in one call.

use serde::Serialize;

use super::bearer;
use crate::event_type::EventType;

mod daily;
mod domains;
mod error;
mod message;
mod overview;
mod standing;
mod stats;

pub use daily::{Daily, DailyBody, Day, MOST_DAYS};
pub use domains::Domains;
pub use error::{Error, FieldError};
pub use message::{EventsBody, MessageBody, MessageData, TimelineEvent};
pub use overview::{Overview, OverviewBody};
pub use standing::MessageStatus;
pub use stats::{EventCounts, RATES, Rates, Stats, StatusCounts};

/// The content type of every body.
pub const CONTENT_TYPE: &str = "application/json";

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has four endpoints")]
pub enum Endpoint<'a> {
    /// `/api/v1/messages/{id}`, with the id as it stands there, not decoded: [`MessageBody`].
    Message(&'a str),
    /// `/api/v1/messages/{id}/events`, with the id as it stands there, not decoded: [`EventsBody`].
    Events(&'a str),
    /// `/api/v1/stats/overview`: [`Overview`].
    Overview,
    /// `/api/v1/stats/daily`: [`Daily`].
    Daily,
}

impl<'a> Endpoint<'a> {
    /// The endpoint of a path; `None` if it is none of this API.
    ///
    /// ```
    /// use mailtally::dialect::emitlo::Endpoint;
    ///
    /// assert_eq!(Endpoint::of("/api/v1/messages/m-1/events"), Some(Endpoint::Events("m-1")));
    /// assert_eq!(Endpoint::of("/api/v1/stats/daily"), Some(Endpoint::Daily));
    /// assert_eq!(Endpoint::of("/api/v1/messages"), None);
    /// ```
    pub fn of(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
        match segments[..] {
            ["stats", "overview"] => Some(Self::Overview),
            ["stats", "daily"] => Some(Self::Daily),
            ["messages", id] if !id.is_empty() => Some(Self::Message(id)),
            ["messages", id, "events"] if !id.is_empty() => Some(Self::Events(id)),
            _ => None,
        }
    }
}

/// The envelope of every success.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Body<T> {
    /// Always `success`.
    pub status: &'static str,
    /// What it holds.
    pub data: T,
}

impl<T> Body<T> {
    fn new(data: T) -> Self {
        Self { status: "success", data }
    }
}

/// The credential of a request, from the value of its header `Authorization: Bearer …`; `None` if it holds none.
pub fn token(authorization: Option<&str>) -> Option<&str> {
    authorization.and_then(bearer)
}

/// Whether a credential with these permissions may read statistics and messages: it needs `stats`.
pub fn allows<'a>(permissions: impl IntoIterator<Item = &'a str>) -> bool {
    permissions.into_iter().any(|permission| permission == "stats")
}

/// The event type of an event by the name that Emitlo gives it, in timelines and in webhooks. `None` for another name.
///
/// `bounced` stands in an example of the original's for a hard bounce.
///
/// ```
/// use mailtally::dialect::emitlo;
/// use mailtally::EventType;
///
/// assert_eq!(emitlo::event_type("soft_bounced"), Some(EventType::SoftBounced));
/// assert_eq!(emitlo::event_type("suppressed"), None);
/// ```
pub fn event_type(event_type: &str) -> Option<EventType> {
    match event_type {
        "pending" => Some(EventType::Accepted),
        "queued" => Some(EventType::Queued),
        "sent" => Some(EventType::Sent),
        "deferred" => Some(EventType::Deferred),
        "soft_bounced" => Some(EventType::SoftBounced),
        "delivered" => Some(EventType::Delivered),
        "hard_bounced" | "bounced" => Some(EventType::HardBounced),
        "failed" => Some(EventType::Failed),
        "opened" => Some(EventType::Opened),
        "clicked" => Some(EventType::Clicked),
        "unsubscribed" => Some(EventType::Unsubscribed),
        "complained" => Some(EventType::Complained),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::message::type_name;
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn statistics_are_for_credentials_with_that_permission() {
        assert_eq!(token(Some("bearer em_1 ")), Some("em_1"));
        for none in [None, Some("em_1"), Some("Basic em_1"), Some("Bearer ")] {
            assert_eq!(token(none), None);
        }
        assert!(allows(["send", "stats"]));
        assert!(!allows(["send", "admin", "Stats", "stats:read", ""]));
        assert!(!allows([]));
    }

    #[test]
    fn only_the_published_paths_are_known() {
        for (path, endpoint) in [
            ("/api/v1/messages/550", Endpoint::Message("550")),
            ("/api/v1/messages/events", Endpoint::Message("events")),
            ("/api/v1/messages/550/events", Endpoint::Events("550")),
            ("/api/v1/stats/overview", Endpoint::Overview),
            ("/api/v1/stats/daily", Endpoint::Daily),
        ] {
            assert_eq!(Endpoint::of(path), Some(endpoint), "{path}");
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
            assert_eq!(Endpoint::of(path), None, "{path}");
        }
    }

    #[test]
    fn every_type_that_is_shown_is_read_back() {
        for kind in Kind::ALL {
            let known = !matches!(kind, Kind::Replied | Kind::Stored);
            assert_eq!(event_type(type_name(kind)), known.then_some(EventType::from(kind)), "{kind}");
        }
        assert_eq!(event_type("bounced"), Some(EventType::HardBounced));
        for name in ["", "Delivered", "accepted", "replied", "soft bounced"] {
            assert_eq!(event_type(name), None, "{name}");
        }
    }
}
