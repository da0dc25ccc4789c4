//! Mailtrap's Stats API, in both of its forms.
//!
//! # Endpoints
//!
//! | account-scoped | unscoped | rows | source |
//! |---|---|---|---|
//! | `GET /api/accounts/{id}/stats` | `GET /api/stats` | one object | A S |
//! | `…/stats/domains` | `…/stats/domains` | `sending_domain_id`, or `domain_id` unscoped; ascending *(ours)* | A S |
//! | `…/stats/categories` | the same | `category`; most delivered first, then by name *(ours)* | A S |
//! | `…/stats/email_service_providers` | the same | `email_service_provider`; most delivered first, then by name *(ours)* | A S |
//! | `…/stats/date` | the same | `date`; ascending | A S |
//!
//! # Parameters
//!
//! | endpoint | parameter | meaning | source |
//! |---|---|---|---|
//! | all | `start_date`, `end_date` | required; `YYYY-MM-DD`, both days included | S D |
//! | | | days in UTC; a date-time is read as the date that it shows; an end before the start is refused | *ours* |
//! | `…/date` | | maximum 10,000 days | *ours* |
//! | all | `sending_domain_ids[]`, unscoped `domain_ids[]` | ids of the account's domains; any other id is refused | S L |
//! | all | `sending_streams[]` | `transactional`, `bulk` | S |
//! | | | any other value is refused | *ours* |
//! | all | `categories[]` | any text | S |
//! | | | an empty text is mail without a category | *ours* |
//! | all | `email_service_providers[]` | the [26 names](PROVIDERS) | S |
//! | | | `Other Providers` as well; any other name is refused | *ours* |
//! | all | all other parameters | ignored, also the name of the domains' list in the other form | L |
//!
//! A list `x[]=` can also be spelled `x=`, `x[0]=` or `x[][]=`, as clients do; any other brackets, such as `x[a]=`, are
//! refused (*ours*; the live service ignores `x=`, L).
//!
//! The default of a list is everything. Mail must match one value of each list (*ours*; no source says it).
//!
//! # Numbers
//!
//! | field | meaning | source |
//! |---|---|---|
//! | `delivery_count`, `bounce_count`, `spam_count` | events: delivered, hard bounced, complained | D |
//! | `open_count`, `click_count` | messages that were opened, clicked; once for each day on which they were | D |
//! | `delivery_rate`, `bounce_rate` | over delivered + bounced | A D |
//! | `open_rate`, `click_rate`, `spam_rate` | over delivered | A D |
//!
//! An event counts on its own day (D), so rates can exceed 1. Zero over zero is `0.0` (D). Rates have two decimals unless
//! [`Mailtrap::decimals`] is set: two reproduce the example of A, the live service seems to show more. Domains, categories,
//! providers and days whose five counts are zero have no row (L). A whole rate has a decimal point, as in the clients'
//! tests: `1.0`.
//!
//! *Ours*, so that rows add up to the total: mail without a category is in the row `""`, mail of a domain without an id in
//! the row `0`, and mail of any provider but the 26 in the row `Other Providers`. Each day is counted separately (D), and a
//! longer range is the sum of its days: a message that is opened on two of them counts twice.
//!
//! # Refusals
//!
//! | case | status | body | source |
//! |---|---|---|---|
//! | a date is missing | 400 | `{"error":"Missing required parameter: start_date"}` | S |
//! | a domain that is not the account's | 400 | `{"error":"Sending domain does not exist"}` | L; the key is *ours* |
//! | an invalid value, or an answer that is too large | 400 | `{"error":…}` | *ours* |
//! | the token is missing or unknown | 401 | `{"error":"Incorrect API token"}` | S C |
//! | another account | 403 | `{"errors":"Account access forbidden"}` | S |
//! | an unknown path | 404 | `{"error":"Not Found"}` | C |
//! | another method | 405 | `{"error":"Method Not Allowed"}` | *ours* |
//! | too many requests | 429 | `{"errors":"Rate limit exceeded"}` | S C |
//! | the host fails | 500 | `{"errors":"Unexpected error"}` | C |
//!
//! # Sources
//!
//! * **A**: the announcement of 2026-02-06, mailtrap.io/blog/email-sending-stats-api-launch
//! * **S**: the OpenAPI description, GitHub `mailtrap/mailtrap-openapi`, June 2026; its last account-scoped version is of April
//!   2026
//! * **D**: the documentation, GitHub `mailtrap/mailtrap-docs`, August 2026
//! * **C**: the official clients for Node, Python, Ruby, Java, .NET, PHP and Go, with their tests
//! * **L**: a third party's notes of calls to the live service, GitHub `corsairdev/corsair`, August 2026
//!
//! # Example
//!
//! The steps are those of [every dialect](super#serve-an-api).
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::mailtrap::{Error, Mailtrap};
//! use mailtally::dialect::{Refusal, answer};
//! use mailtally::{Event, Kind, MemoryStore};
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
//! let at = "2026-02-01T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Delivered, at).domain("mail.acme.example"),
//!     Event::new("acme", "m-2", "e-1", Kind::HardBounced, at).domain("mail.acme.example"),
//!     Event::new("acme", "m-3", "e-1", Kind::HardBounced, at).domain("mail.acme.example"),
//!     Event::new("acme", "m-1", "e-2", Kind::Opened, at),
//! ])?;
//!
//! let mailtrap = Mailtrap::new([(3938, "mail.acme.example")]).account_id(42).decimals(3);
//! let now = "2026-02-02T12:00:00Z".parse()?;
//! let get = |path: &str| {
//!     let request = Request::get(format!("{path}?start_date=2026-02-01&end_date=2026-02-01")).body("").unwrap();
//!     ready(answer(&mailtrap, &store, &"acme".into(), &request, now))
//! };
//! assert_eq!(
//!     get("/api/accounts/42/stats/domains")?.body(),
//!     concat!(
//!         r#"[{"sending_domain_id":3938,"stats":{"delivery_count":1,"delivery_rate":0.333,"bounce_count":2,"bounce_rate":0.667,"#,
//!         r#""open_count":1,"open_rate":1.0,"click_count":0,"click_rate":0.0,"spam_count":0,"spam_rate":0.0}}]"#
//!     )
//! );
//! assert!(get("/api/stats/domains")?.body().starts_with(r#"[{"domain_id":3938,"#));
//! assert!(matches!(get("/api/accounts/43/stats/domains"), Err(Error::Refused(Refusal::Forbidden))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};

use super::{
    Answers, Credential, Dialect, GET, Params, Question, RateLimit, Refusal, RequestLimit, Response, bearer,
    check_method, json, response, trimmed_header,
};
use crate::event::AccountId;
use crate::event_type::EventType;

mod body;
mod domains;
mod error;
mod provider;
mod request;
mod route;

use body::Body;
use domains::Domains;
use route::Route;

pub use error::Error;
pub use provider::{OTHER_PROVIDERS, PROVIDERS};
pub use request::Request;

/// The published rate limit of an account, over the five endpoints together.
pub const ACCOUNT_LIMIT: RequestLimit = RequestLimit { requests: 10, seconds: 60 };

/// The published rate limit of a token, over the whole of Mailtrap's API.
pub const TOKEN_LIMIT: RequestLimit = RequestLimit { requests: 150, seconds: 10 };

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Answers Mailtrap's API for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailtrap {
    domains: Domains,
    account_id: Option<i64>,
    decimals: u32,
}

impl Mailtrap {
    /// The maximum number of decimals: those that a JSON number represents exactly for rates below 1000.
    const MAX_DECIMALS: u32 = 12;

    /// Makes the API of an account with these sending domains.
    ///
    /// Domains are compared as those of events: case-insensitively and without a trailing dot. An empty name is ignored. If
    /// a domain has several ids, it can be requested by each, and its row has the smallest.
    pub fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = (i64, N)>) -> Self {
        Self { domains: Domains::new(domains), account_id: None, decimals: 2 }
    }

    /// Sets the number of the account in account-scoped paths; every other account is refused with
    /// [`Refusal::Forbidden`]. The default is none: every account-scoped path is refused.
    #[must_use]
    pub fn account_id(mut self, id: i64) -> Self {
        self.account_id = Some(id);
        self
    }

    /// Sets the number of decimals of rates. The default is 2 and the maximum 12; a larger number is taken as 12.
    #[must_use]
    pub fn decimals(mut self, decimals: u32) -> Self {
        self.decimals = decimals.min(Self::MAX_DECIMALS);
        self
    }

    /// Parses a path and checks the method.
    fn route<'a>(method: &Method, path: &'a str) -> Result<Route<'a>, Error> {
        let route = Route::parse(path).ok_or(Error::NotFound)?;
        check_method(method, GET)?;
        Ok(route)
    }

    fn is_own_account(&self, id: &str) -> bool {
        self.account_id.is_some_and(|own| id.parse() == Ok(own))
    }
}

impl Dialect for Mailtrap {
    type Request = Request;
    type Error = Error;

    fn check_route(method: &Method, path: &str) -> Result<(), Error> {
        Self::route(method, path).map(|_| ())
    }

    /// Returns the token of the header `Api-Token`, or else that of `Authorization: Bearer …`.
    fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
        let token = trimmed_header(headers, "api-token").or_else(|| bearer(headers));
        Ok(Credential::new(token.ok_or(Refusal::Unauthorized)?))
    }

    fn parse<B: AsRef<[u8]>>(&self, request: &http::Request<B>, _: DateTime<Utc>) -> Result<Request, Error> {
        let route = Self::route(request.method(), request.uri().path())?;
        if !route.account.is_none_or(|id| self.is_own_account(id)) {
            return Err(Refusal::Forbidden.into());
        }
        Request::parse(route, &Params::of(request), &self.domains)
    }

    fn questions(&self, request: &Request, account: &AccountId) -> Vec<Question> {
        vec![Question::Report(request.query(account.clone()))]
    }

    fn respond(&self, request: &Request, mut answers: Answers) -> Result<Response, Error> {
        let report = answers.report()?;
        Ok(json(StatusCode::OK, CONTENT_TYPE, &Body::new(request, &report, self))?)
    }

    fn refuse(error: &Error) -> Response {
        error.response()
    }

    fn add_rate_limit(response: &mut Response, limit: &RateLimit) {
        response::add_rate_limit(response.headers_mut(), limit);
    }
}

/// Returns the event type for Mailtrap's name of an event, as it is in webhooks (`soft bounce`, `spam`), in the subscription
/// to webhooks (`soft_bounce`, `spam_complaint`) or in e-mail logs; `None` for any other name.
///
/// Suspended and rejected mail is not sent: both are failures. A webhook's `event_id` is the
/// [id of the event](crate::message::EventId): webhooks may repeat and come in any order.
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
        "suspension" => Some(EventType::FailedSuppressedOther),
        "reject" => Some(EventType::FailedRejected),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_token_is_in_either_header_and_an_empty_one_is_absent() {
        for (api_token, authorization, expected) in [
            (Some(" t "), Some("Bearer other"), Some("t")),
            (Some(" "), Some("bearer  t "), Some("t")),
            (None, Some("BEARER t"), Some("t")),
            (None, Some("Bearer"), None),
            (None, Some("Bearer  "), None),
            (None, Some("Token t"), None),
            (None, None, None),
        ] {
            let headers = [("api-token", api_token), ("authorization", authorization)];
            let headers = headers
                .into_iter()
                .filter_map(|(name, value)| Some((name.parse().unwrap(), HeaderValue::from_static(value?))));
            let found = Mailtrap::credential(&headers.collect()).ok().map(|credential| credential.key);
            assert_eq!(found.as_deref(), expected, "{api_token:?} {authorization:?}");
        }
    }

    #[test]
    fn every_known_path_allows_get_and_head_only() {
        for path in ["/api/stats", "/api/accounts/7/stats", "/api/accounts/x/stats/date"] {
            for method in [Method::GET, Method::HEAD] {
                assert!(Mailtrap::check_route(&method, path).is_ok());
            }
            let refused = Mailtrap::check_route(&Method::POST, path).unwrap_err();
            assert_eq!(Mailtrap::refuse(&refused).headers()["allow"], "GET, HEAD");
        }
        for method in [Method::GET, Method::POST] {
            assert!(matches!(Mailtrap::check_route(&method, "/api/stats/dates"), Err(Error::NotFound)));
        }
    }

    #[test]
    fn an_account_scoped_path_is_for_the_own_account_only() {
        let without = Mailtrap::new([(1, "a.example")]);
        let with = without.clone().account_id(42);
        let is_forbidden = |mailtrap: &Mailtrap, account: &str| {
            let target = format!("/api/accounts/{account}/stats");
            match mailtrap.parse(&http::Request::get(target).body("").unwrap(), DateTime::UNIX_EPOCH) {
                Err(Error::Missing(_)) => false,
                Err(Error::Refused(Refusal::Forbidden)) => true,
                other => panic!("{other:?}"),
            }
        };
        for own in ["42", "0042"] {
            assert!(!is_forbidden(&with, own) && is_forbidden(&without, own), "{own}");
        }
        for other in ["43", "-42", "42.0", "x", "99999999999999999999"] {
            assert!(is_forbidden(&with, other) && is_forbidden(&without, other), "{other}");
        }
    }

    #[test]
    fn decimals_are_limited_to_what_a_number_represents() {
        assert_eq!(Mailtrap::new([(1, "a.example")]).decimals, 2);
        assert_eq!(Mailtrap::new([(1, "a.example")]).decimals(u32::MAX).decimals, 12);
    }

    #[test]
    fn the_limits_are_those_of_the_documentation() {
        assert_eq!((ACCOUNT_LIMIT.requests, ACCOUNT_LIMIT.seconds), (10, 60));
        assert_eq!((TOKEN_LIMIT.requests, TOKEN_LIMIT.seconds), (150, 10));
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
            ("suspension", Some(EventType::FailedSuppressedOther)),
            ("reject", Some(EventType::FailedRejected)),
            ("Delivery", None),
            ("soft-bounce", None),
            ("", None),
        ] {
            assert_eq!(event_type(name), is, "{name}");
        }
    }
}
