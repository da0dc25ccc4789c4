//! Mailgun's statistics: Stats v3 with its tags and aggregates, and its successor, Metrics v1.
//!
//! | module | what it answers | asked with |
//! |---|---|---|
//! | [`stats`] | events by hour, day or month: of the account, a domain, a tag, or by parts of the mail | `GET`, a query string |
//! | [`aggregates`] | sums of all time by mailbox provider, device or country | `GET` |
//! | [`metrics`] | counts and rates by whatever is asked | `POST`, JSON |
//!
//! [`Route::of`] tells by method and path which of them is asked. They share no format but that of refusals: Stats writes
//! `… UTC` and has a row for every bucket, Metrics writes `… +0000` and has rows only where there is something.
//!
//! # Of every request
//!
//! | subject | rule | source |
//! |---|---|---|
//! | the key | HTTP Basic, user `api`: see [`key`] | M |
//! | the subaccount | header `X-Mailgun-On-Behalf-Of`: the requests have a method `on_behalf_of` | C |
//! | | only mail of that subaccount counts; without the header, all mail, or what a request of Metrics says | *ours* |
//! | a domain in the path | one of [`Settings`], compared without case; another is refused | R |
//! | a tag in the path | decoded like a parameter, so that `+` and `%20` are a blank | L C |
//! | | a `/` that stands in it as it is belongs to it, because a client sends it so | *ours* |
//! | `/v3/stats/…` | the account, never a domain called `stats` | *ours* |
//! | success | compact JSON and a line end: see [`to_line`]; [`CONTENT_TYPE`], [`HEADERS`] | R |
//!
//! # Refusals
//!
//! | when | status | body | source |
//! |---|---|---|---|
//! | no event | 400 | `{"message":"please provide at least one event: Missing mandatory parameter: event"}` | C L |
//! | another required parameter is missing | 400 | `{"message":"Missing mandatory parameter: timestamp"}` | L |
//! | another resolution | 400 | `{"message":"'resolution' parameter is invalid, valid values: 'month', 'day', 'hour'"}` | C |
//! | a value that cannot be meant, events joined by commas | 400 | `{"message":"Invalid format for parameter start: x"}` | L; that it is for all is *ours* |
//! | a start after the end, too much at once | 400 | `{"message":…}` | *ours* |
//! | no key, or a wrong one | 401 | `Forbidden`, nine bytes of plain text | R |
//! | the key may not | 403 | `{"message":…}`, the host's words | R |
//! | another's domain | 404 | `{"message":"Domain not found: other.example"}` | R |
//! | `GET /v3/{domain}/stats` | 404 | `{"message":"this route was deprecated 2 years ago and is no longer available"}` | C |
//! | another path or method | 404 | `404 page not found`, plain text | read from R |
//! | too many requests | 429 | `{"message":…}` | O; the words are *ours* |
//! | the host fails | 500 | `{"message":…}` | *ours* |
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
//! # A request from start to end
//!
//! ```
//! use mailtally::dialect::{Params, mailgun};
//! use mailtally::report::Report;
//! use mailtally::{Event, EventType, MemoryStore, Query};
//!
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", EventType::DeliveredSmtp, at).domain("mail.acme.example").tags(["Welcome"]),
//!     Event::new("acme", "m-1", "e-2", EventType::OpenedPerson, at).device("mobile"),
//! ]);
//! let settings = mailgun::Settings::new(["mail.acme.example"]);
//!
//! let now = "2026-02-15T12:00:00Z".parse()?;
//! let report = |query: Query| -> Result<Report, mailtally::Error> { store.report(&query, now) };
//! let answer = |path: &str, query: &str| -> Result<String, mailgun::Error> {
//!     let params = Params::parse(query);
//!     let line = match mailgun::Route::of("GET", path)? {
//!         mailgun::Route::Stats(endpoint) => {
//!             let request = mailgun::stats::Request::parse(&endpoint, &params, &settings, now)?;
//!             mailgun::to_line(&request.body(&report(request.query("acme"))?)) // whose account the key is of, the host knows
//!         }
//!         mailgun::Route::Aggregates(endpoint) => {
//!             let request = mailgun::aggregates::Request::parse(&endpoint, &params, &settings)?;
//!             mailgun::to_line(&request.body(&report(request.query("acme"))?))
//!         }
//!         mailgun::Route::Supported { domain, breakdown } => {
//!             mailgun::to_line(&mailgun::aggregates::Supported::new(&domain, breakdown, &settings)?)
//!         }
//!         mailgun::Route::Metrics(_) => unreachable!("it is asked by POST, see `mailgun::metrics`"),
//!         _ => return Err(mailgun::Error::NotFound),
//!     };
//!     Ok(line.unwrap())
//! };
//!
//! assert_eq!(
//!     answer("/v3/mail.acme.example/tags/welcome/stats", "event=delivered&event=opened&duration=2d")?,
//!     concat!(
//!         r#"{"tag":"welcome","description":"","start":"Sat, 14 Feb 2026 00:00:00 UTC","end":"Sun, 15 Feb 2026 00:00:00 UTC","#,
//!         r#""resolution":"day","stats":[{"time":"Sat, 14 Feb 2026 00:00:00 UTC","#,
//!         r#""delivered":{"smtp":1,"http":0,"optimized":0,"total":1},"opened":{"total":1,"unique":1}},"#,
//!         r#"{"time":"Sun, 15 Feb 2026 00:00:00 UTC","#,
//!         r#""delivered":{"smtp":0,"http":0,"optimized":0,"total":0},"opened":{"total":0}}]}"#,
//!         "\n"
//!     )
//! );
//! assert_eq!(
//!     answer("/v3/domains/mail.acme.example/tag/devices", "")?,
//!     "{\"items\":[\"desktop\",\"mobile\",\"tablet\",\"unknown\"]}\n"
//! );
//! let refusal = answer("/v3/mail.acme.example/stats/total", "event=delivered,opened").unwrap_err().refusal();
//! assert_eq!(
//!     (refusal.status, &*refusal.body),
//!     (400, "{\"message\":\"Invalid format for parameter event: delivered,opened\"}\n")
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a store behind a future, [`report`](crate::report()) does the middle in one call. It is the way to rows by tag
//! (`group=tag`), too, which need a second question for their totals.

use std::sync::Arc;

use serde::Serialize;

use crate::dimension::Dimension;
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
mod resolution;
mod route;
mod settings;
pub mod stats;

pub use basic::key;
pub use countries::COUNTRIES;
pub use duration::Duration;
pub use error::Error;
pub use event::event_type;
pub use key::{DEVICES, OTHER, PROVIDERS, UNKNOWN};
pub use resolution::Resolution;
pub use route::Route;
pub use settings::Settings;

/// The content type of every body that is JSON.
pub const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The content type of the bodies that are plain text, of which there are two: see [`Error::refusal`].
pub const TEXT: &str = "text/plain; charset=utf-8";

/// The headers of every success beside the content type.
pub const HEADERS: [(&str, &str); 1] = [("Cache-Control", "no-store")];

/// A body as it is sent: compact JSON, and a line end.
///
/// # Errors
///
/// [`serde_json::Error`] if the body is no JSON, which those of this dialect always are.
pub fn to_line(body: &impl Serialize) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(body)?;
    line.push('\n');
    Ok(line)
}

/// Keeps the mail of the subaccount that the header `X-Mailgun-On-Behalf-Of` names; all where it names none.
fn on_behalf_of(subaccount: Arc<str>) -> Option<Filter> {
    (!subaccount.is_empty()).then(|| Filter::is(Dimension::Subaccount, [subaccount]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_compact_and_ends_in_one_line_end() {
        let body = serde_json::json!({ "stats": [1, 2], "tag": "a b" });
        assert_eq!(to_line(&body).unwrap(), "{\"stats\":[1,2],\"tag\":\"a b\"}\n");
    }
}
