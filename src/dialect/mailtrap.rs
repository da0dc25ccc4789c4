//! Mailtrap's Stats API, in both of its forms.
//!
//! # Endpoints
//!
//! | account-scoped | unscoped | rows | source |
//! |---|---|---|---|
//! | `/api/accounts/{id}/stats` | `/api/stats` | none: one object | A S |
//! | `…/stats/domains` | `…/stats/domains` | `sending_domain_id`, or `domain_id` unscoped; ascending *(ours)* | A S |
//! | `…/stats/categories` | the same | `category`; most delivered first, then by name *(ours)* | A S |
//! | `…/stats/email_service_providers` | the same | `email_service_provider`; most delivered first, then by name *(ours)* | A S |
//! | `…/stats/date` | the same | `date`; ascending | A S |
//!
//! # Parameters
//!
//! | endpoint | parameter | meaning | source |
//! |---|---|---|---|
//! | all | `start_date`, `end_date` | required; `YYYY-MM-DD`, both days in | S D |
//! | | | days in UTC; of a date-time the date as written; an end before the start is refused | *ours* |
//! | `…/date` | | at most [`MOST_DAYS`] days | *ours* |
//! | all | `sending_domain_ids[]`, unscoped `domain_ids[]` | ids of the account's domains; another id is refused | S L |
//! | all | `sending_streams[]` | `transactional`, `bulk` | S |
//! | | | another is refused | *ours* |
//! | all | `categories[]` | any text | S |
//! | | | an empty one is mail without a category | *ours* |
//! | all | `email_service_providers[]` | one of the [26 names](PROVIDERS) | S |
//! | | | `Other Providers` as well; another name is refused | *ours* |
//! | all | lists without brackets, and whatever else | ignored | L |
//!
//! A filter that is absent keeps everything. Values of one parameter widen, different parameters narrow (*ours*, as no
//! source says it).
//!
//! # Numbers
//!
//! | field | is | source |
//! |---|---|---|
//! | `delivery_count`, `bounce_count`, `spam_count` | events: delivered, hard bounced, complained | D |
//! | `open_count`, `click_count` | messages, each once on every day on which it was opened, clicked | D |
//! | `delivery_rate`, `bounce_rate` | over delivered + bounced | A D |
//! | `open_rate`, `click_rate`, `spam_rate` | over delivered | A D |
//!
//! Events count on the day they happened (D), so rates may be above 1. Nothing over nothing is `0.0` (D). Rates have two
//! places unless [`Settings::places`] says otherwise: two reproduce the example of A, the live service seems to show
//! more. Days, categories and so on without any of the five counts have no row (L). Whole rates have a point, as in the
//! clients' tests: `1.0`.
//!
//! *Ours*, so that rows add up to the total: mail without a category has the row `""`, mail of a domain without an id the
//! row `0`, and mail to all providers but the 26 the row `Other Providers`. Each day is counted separately (D), and a
//! longer range is the sum of its days: a message that is opened on two of them counts twice.
//!
//! # Refusals
//!
//! | when | status | body | source |
//! |---|---|---|---|
//! | a date is missing | 400 | `{"error":"Missing required parameter: start_date"}` | S |
//! | another's domain | 400 | `{"error":"Sending domain does not exist"}` | L; the key is *ours* |
//! | a value that cannot be meant, or too much at once | 400 | `{"error":…}` | *ours* |
//! | no token, or a wrong one | 401 | `{"error":"Incorrect API token"}` | S C |
//! | another's account | 403 | `{"errors":"Account access forbidden"}` | S |
//! | another path | 404 | `{"error":"Not Found"}` | C |
//! | too many requests | 429 | `{"errors":"Rate limit exceeded"}` | S C |
//! | the host fails | 500 | `{"errors":"Unexpected error"}` | C |
//!
//! # Sources
//!
//! * **A**: the announcement of 2026-02-06, mailtrap.io/blog/email-sending-stats-api-launch
//! * **S**: the OpenAPI description, GitHub `mailtrap/mailtrap-openapi`, June 2026; its last account-scoped state April 2026
//! * **D**: the documentation, GitHub `mailtrap/mailtrap-docs`, August 2026
//! * **C**: the official clients for Node, Python, Ruby, Java, .NET, PHP and Go, with their tests
//! * **L**: a third party's notes of calls to the live service, GitHub `corsairdev/corsair`, August 2026
//!
//! # A request from start to end
//!
//! ```
//! use mailtally::dialect::{Params, mailtrap};
//! use mailtally::report::Report;
//! use mailtally::{Event, Kind, MemoryStore};
//!
//! let store = MemoryStore::new();
//! let at = "2026-02-01T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Delivered, at).domain("mail.acme.example").category("Receipts"),
//!     Event::new("acme", "m-2", "e-1", Kind::HardBounced, at).domain("mail.acme.example").category("Receipts"),
//!     Event::new("acme", "m-1", "e-2", Kind::Opened, at),
//! ]);
//! let settings = mailtrap::Settings::new([(3938, "mail.acme.example")]);
//!
//! let answer = |path: &str, query: &str| -> Result<String, mailtrap::Error> {
//!     let route = mailtrap::Route::of(path).ok_or(mailtrap::Error::NotFound)?;
//!     let request = mailtrap::Request::parse(route.form, route.endpoint, &Params::parse(query), &settings)?;
//!     let query = request.query("acme"); // whose account the token and the path name, the host knows
//!     let plan = query.plan("2026-02-02T12:00:00Z".parse().unwrap()).map_err(mailtally::Error::from)?;
//!     let rows = store.tally(&plan).map_err(mailtally::store::StoreError::from).map_err(mailtally::Error::from)?;
//!     let report = Report::new(&plan, rows).map_err(mailtally::Error::from)?;
//!     Ok(serde_json::to_string(&request.body(&report, &settings)).unwrap())
//! };
//!
//! assert_eq!(
//!     answer("/api/accounts/42/stats/categories", "start_date=2026-02-01&end_date=2026-02-01")?,
//!     concat!(
//!         r#"[{"category":"Receipts","stats":{"delivery_count":1,"delivery_rate":0.5,"bounce_count":1,"bounce_rate":0.5,"#,
//!         r#""open_count":1,"open_rate":1.0,"click_count":0,"click_rate":0.0,"spam_count":0,"spam_rate":0.0}}]"#
//!     )
//! );
//! let refusal = answer("/api/stats", "start_date=2026-02-01").unwrap_err().refusal();
//! assert_eq!((refusal.status, &*refusal.body), (400, r#"{"error":"Missing required parameter: end_date"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a store behind a future, [`report`](crate::report()) does the middle in one call.

use super::bearer;
use crate::event_type::EventType;

mod body;
mod error;
mod provider;
mod request;
mod route;
mod settings;

pub use body::{Body, GroupStats, Stats, Value};
pub use error::Error;
pub use provider::{OTHER_PROVIDERS, PROVIDERS};
pub use request::{MOST_DAYS, Request};
pub use route::{Endpoint, Form, Route};
pub use settings::Settings;

/// The content type of every body.
pub const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// How many requests are answered for one account, over the five endpoints together.
pub const ACCOUNT_LIMIT: RequestLimit = RequestLimit { requests: 10, seconds: 60 };

/// How many requests are answered for one token, over the whole of Mailtrap's API.
pub const TOKEN_LIMIT: RequestLimit = RequestLimit { requests: 150, seconds: 10 };

/// How many requests are answered in how long; one more is [`Error::TooManyRequests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RequestLimit {
    /// The most requests.
    pub requests: u32,
    /// In this many seconds.
    pub seconds: u32,
}

/// The token of a request, from the values of its headers `Api-Token` and `Authorization: Bearer …`; the first is looked
/// at first. `None` if neither holds one.
///
/// ```
/// use mailtally::dialect::mailtrap::token;
///
/// assert_eq!(token(Some("t0ken"), None), Some("t0ken"));
/// assert_eq!(token(None, Some("Bearer t0ken")), Some("t0ken"));
/// assert_eq!(token(None, Some("Basic dXNlcg==")), None);
/// ```
pub fn token<'a>(api_token: Option<&'a str>, authorization: Option<&'a str>) -> Option<&'a str> {
    let own = api_token.map(str::trim).filter(|token| !token.is_empty());
    own.or_else(|| authorization.and_then(bearer))
}

/// The event type of an event by the name that Mailtrap gives it: in webhooks (`soft bounce`, `spam`), in the subscription
/// to webhooks (`soft_bounce`, `spam_complaint`) and in e-mail logs. `None` for a name that is none of these.
///
/// A suspension and a reject never reach the recipient; both are failures here. The webhook's `event_id` is the
/// [event's id](crate::EventId): its deliveries may repeat and come in any order.
///
/// ```
/// use mailtally::dialect::mailtrap;
/// use mailtally::EventType;
///
/// assert_eq!(mailtrap::event_type("soft bounce"), Some(EventType::SoftBounced));
/// assert_eq!(mailtrap::event_type("spam_complaint"), Some(EventType::Complained));
/// assert_eq!(mailtrap::event_type("dropped"), None);
/// ```
pub fn event_type(event: &str) -> Option<EventType> {
    match event {
        "delivery" => Some(EventType::Delivered),
        "open" => Some(EventType::Opened),
        "click" => Some(EventType::Clicked),
        "unsubscribe" => Some(EventType::Unsubscribed),
        "spam" | "spam_complaint" => Some(EventType::Complained),
        "soft bounce" | "soft_bounce" => Some(EventType::SoftBounced),
        "bounce" => Some(EventType::HardBounced),
        "suspension" => Some(EventType::FailedOther),
        "reject" => Some(EventType::FailedRejected),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_in_either_header_and_an_empty_one_is_none() {
        for (api_token, authorization, token_of) in [
            (Some(" t "), Some("Bearer other"), Some("t")),
            (Some(" "), Some("bearer  t "), Some("t")),
            (None, Some("BEARER t"), Some("t")),
            (None, Some("Bearer"), None),
            (None, Some("Bearer  "), None),
            (None, Some("Token t"), None),
            (None, None, None),
        ] {
            assert_eq!(token(api_token, authorization), token_of, "{api_token:?} {authorization:?}");
        }
    }

    #[test]
    fn the_limits_are_those_of_the_documentation() {
        assert_eq!((ACCOUNT_LIMIT.requests, ACCOUNT_LIMIT.seconds), (10, 60));
        assert_eq!((TOKEN_LIMIT.requests, TOKEN_LIMIT.seconds), (150, 10));
    }

    #[test]
    fn bodies_are_json_in_utf_8() {
        assert_eq!(CONTENT_TYPE, "application/json; charset=utf-8");
    }

    #[test]
    fn events_are_known_by_all_three_spellings() {
        for (name, is) in [
            ("delivery", Some(EventType::Delivered)),
            ("open", Some(EventType::Opened)),
            ("click", Some(EventType::Clicked)),
            ("unsubscribe", Some(EventType::Unsubscribed)),
            ("spam", Some(EventType::Complained)),
            ("spam_complaint", Some(EventType::Complained)),
            ("soft bounce", Some(EventType::SoftBounced)),
            ("soft_bounce", Some(EventType::SoftBounced)),
            ("bounce", Some(EventType::HardBounced)),
            ("suspension", Some(EventType::FailedOther)),
            ("reject", Some(EventType::FailedRejected)),
            ("Delivery", None),
            ("soft-bounce", None),
            ("", None),
        ] {
            assert_eq!(event_type(name), is, "{name}");
        }
    }
}
