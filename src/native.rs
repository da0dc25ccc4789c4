//! The crate's own API: a query as JSON in, a report as JSON out. It has everything that the other [dialects](crate::dialect)
//! cannot express: zones, timing, comparison, several dimensions.
//!
//! It has two endpoints. The host serves them at any two paths, of which only the second ends with `messages`, say:
//!
//! | endpoint | answer |
//! |---|---|
//! | `POST /query` | a report |
//! | `POST /query/messages` | the messages that a figure of a report is made of, a page of them |
//!
//! [`schema`](crate::schema) has JSON Schemas of the bodies of requests and answers.
//!
//! # Example
//!
//! The steps are those of [every dialect](crate::dialect#serve-an-api).
//!
//! ```
//! use mailtally::dialect::{Dialect, Question};
//! use mailtally::native::{Error, Native, Request};
//! use mailtally::{Event, Kind, Limits, MemoryStore};
//! use serde_json::{Value, json};
//!
//! let store = MemoryStore::new();
//! let event = |message, id, kind, at: &str| Event::new("acme", message, id, kind, at.parse().unwrap());
//! store.extend([
//!     event("m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z").recipient_domain("gmail.com"),
//!     event("m-2", "e-1", Kind::Delivered, "2026-02-01T22:30:00Z").recipient_domain("gmail.com"),
//!     event("m-2", "e-2", Kind::Complained, "2026-02-02T07:00:00Z"),
//! ])?;
//!
//! let native = Native::new(Limits { rows: 10_000, ..Limits::default() });
//! let now = "2026-02-10T12:00:00Z".parse()?;
//! let post = |body: &str| -> Result<Value, Box<dyn std::error::Error>> {
//!     let request = native.parse(&http::Request::post("/query").body(body.to_owned())?, now)?;
//!     let questions = native.questions(&request, &"acme".into()); // the host knows whose key it is
//!     let [Question::Report(query)] = &questions[..] else { unreachable!("it is one query") };
//!     Ok(serde_json::to_value(store.report(query, now)?)?)
//! };
//!
//! let report = post(
//!     r#"{
//!         "period": "2026-02-01",
//!         "zone": "Europe/Berlin",
//!         "by": ["provider"],
//!         "timing": "send",
//!         "kinds": ["delivered", "complained"]
//!     }"#,
//! )?;
//!
//! // All mail of the day is of one group, so these figures occur three times.
//! let counts = json!({
//!     "delivered": {
//!         "total": 2,
//!         "unique": 2,
//!         "daily_unique": 2,
//!         "by": {"smtp": {"total": 0, "unique": 0}, "http": {"total": 0, "unique": 0}, "unqualified": {"total": 2, "unique": 2}},
//!     },
//!     "complained": {"total": 1, "unique": 1, "daily_unique": 1, "by": {}},
//! });
//! let statuses = json!({
//!     "accepted": 0, "queued": 0, "sent": 0, "deferred": 0, "soft_bounced": 0, "delivered": 1, "hard_bounced": 0,
//!     "failed": 0, "complained": 1,
//! });
//! let rates = json!({"complaint_rate": {"part": 1, "whole": 2, "fraction": "0.5"}});
//! let (start, end) = ("2026-01-31T23:00:00Z", "2026-02-01T23:00:00Z");
//! assert_eq!(
//!     report,
//!     json!({
//!         "query": {
//!             "scope": {"account": "acme"},
//!             "period": "2026-02-01",
//!             "zone": "Europe/Berlin",
//!             "by": ["provider"],
//!             "filters": [],
//!             "timing": "send",
//!             "kinds": ["delivered", "complained"],
//!             "limits": {
//!                 "buckets": 65000, "rows": 10000, "rows_before_top": 500000, "dimensions": 8, "filters": 32, "values": 10000,
//!                 "names": 67108864,
//!             },
//!         },
//!         "range": {
//!             "start": start,
//!             "end": end,
//!             "local_start": "2026-02-01T00:00:00+01:00",
//!             "local_end": "2026-02-02T00:00:00+01:00",
//!             "zone": "Europe/Berlin",
//!             "resolution": "all",
//!             "buckets": 1,
//!             "asked_at": "2026-02-10T12:00:00Z",
//!         },
//!         "rows": [
//!             {
//!                 "group": {"provider": "Google"},
//!                 "start": start,
//!                 "end": end,
//!                 "counts": counts,
//!                 "statuses": statuses,
//!                 "rates": rates,
//!             },
//!         ],
//!         "rest": null,
//!         "provenance": {"complete_until": null, "paths": ["cube by day and value", "scan"], "thinned": []},
//!         "totals": [{"start": start, "end": end, "counts": counts, "statuses": statuses, "rates": rates}],
//!         "total": {"counts": counts, "statuses": statuses, "rates": rates},
//!         "comparison": null,
//!         "definitions": [
//!             {
//!                 "name": "complaint_rate",
//!                 "part": ["complained.unique"],
//!                 "whole": ["delivered.unique"],
//!                 "eligibility": "all",
//!                 "meaning": "Messages that the recipient called spam.",
//!                 "source": "mailtally",
//!             },
//!         ],
//!         "warnings": [],
//!     }),
//! );
//!
//! let error = native.parse(&http::Request::post("/query").body(r#"{"period":"2026-02-30"}"#)?, now).unwrap_err();
//! assert_eq!(Native::refuse(&error).status(), 400);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Fields of a request
//!
//! | field | JSON | meaning | if absent |
//! |---|---|---|---|
//! | `period` | string | a [`Period`](crate::Period), such as `7d`, `last month`, `2026-11-01..=2026-11-20` | an error |
//! | `zone` | string | the time zone of hours, days, weeks and months: an IANA name, case-insensitive | `UTC` |
//! | `resolution` | string | the length of the buckets: `hour`, `day`, `week` (ISO), `month`, `quarter`, `year` or `all`; all but the last imply rows by `date` | `day` with rows by `date`, else `all` |
//! | `by` | array | what the report has separate rows for: [dimensions](crate::Dimension) and `date`, each once; the first orders the rows first | one row |
//! | `filters` | array | [filters](crate::Filter), such as `{"dimension":"provider","is":["Google"]}`; all must hold | all mail |
//! | `timing` | string | which instant decides the bucket of an event: `event` (its own) or `send` (its message's creation); see [`Timing`](crate::Timing) | `event` |
//! | `kinds` | array | the [kinds](crate::Kind) of event that are counted; the report has the rates whose kinds are all counted; an empty array counts statuses only | all |
//! | `rank` | string | the [metric](crate::Metric) that orders the groups, such as `opened.unique`, largest first, then by name | the number of events |
//! | `top` | integer from 1 | the number of groups with rows, the largest; the others are combined into the rest | all |
//! | `compare` | string | the period to compare with: `previous` (just before) or `year` (the same dates one year before) | none |
//! | `fill_gaps` | boolean | whether each group has a row for every bucket, including buckets without events | `true` |
//!
//! `resolution`, `kinds`, `rank`, `top` and `compare` may be `null` as well as absent. An unknown field is an error, and so are
//! `scope` and `limits`, which the server decides: a [`Query`](crate::Query) has them, a client must not.
//!
//! # Fields of a report
//!
//! | field | JSON | meaning |
//! |---|---|---|
//! | `query` | object | the query; `zone`, `by`, `filters`, `timing` and `limits` even if they were absent |
//! | `range` | object | the resolved period, half-open: `start` and `end` in UTC and in local time, the number of buckets, the instant of the request |
//! | `rows` | array | a row for each bucket of each group, with `group`, `start`, `end` and the figures |
//! | `rest` | object or null | the groups that `top` excluded, combined |
//! | `totals` | array | all mail by bucket |
//! | `total` | object | all mail |
//! | `comparison` | object or null | the other period: its figures for each row, and the change of each rate |
//! | `provenance` | object | how the store counted, and until when its data is complete |
//! | `definitions` | array | the part, the whole and the source of each rate |
//! | `warnings` | array | what a reader must know to read the numbers rightly |
//!
//! Figures are `counts`, `statuses` and `rates`: see [the fields of all of these](crate::report::Report#impl-Serialize-for-Report).
//! Except in `query`, all fields are always present; an absent value is `null`. Events without a qualifier count in
//! `unqualified`, so that the entries of `by` add up to the kind's `total`.
//!
//! # The messages behind a figure
//!
//! Every figure of `rows`, `totals` and `total` is a sum over messages. `POST /query/messages` lists them: ids only, never
//! addresses. A rolling period is resolved anew for each page, so a client sends the `range` of its report as the period, as
//! `START..END`; events that arrive between two pages are in the later one only.
//!
//! | field | JSON | meaning | if absent |
//! |---|---|---|---|
//! | `query` | object | the request for the report, as above | an error |
//! | `group` | object | the `group` of the report's row: the value of each dimension, `null` if absent, and the `date` if there are rows by date | the row of a query without dimensions |
//! | `metric` | string | the [metric](crate::Metric): `deferred.total`, `opened.unique`, `status.delivered` | an error |
//! | `after` | string | the `next` of the page before | the first page |
//! | `limit` | integer from 1 | the maximum number of messages of the page; at most 1000 | 100 |
//!
//! The answer is `{"messages":[{"message":"m-1","count":2},…],"next":"m-7"}`: the ids ascending, byte by byte, with how often
//! each message is counted (1 for uniques and statuses, its days for daily uniques), and the id to continue after, or `null` on the last page. The counts
//! of all pages add up to the figure.
//!
//! # Refusals
//!
//! | case | status | `code` | the caller can fix it |
//! |---|---|---|---|
//! | the body has more than [`Request::MAX_BYTES`] bytes | 413 | `too_long` | yes |
//! | the body is not JSON, or not a request | 400 | `unreadable` | yes |
//! | the query has no answer, or too large a one, or no such figure | 400 | `unanswerable` | yes |
//! | the host refuses | that of the [`Refusal`] | the phrase of the status, such as `too_many_requests` | yes |
//! | the host fails | 500 | `failed` | no |
//!
//! The body is `{"error":{"code":…,"message":…,"parameter":…}}`: a `message` for people, and the field of the request that
//! is wrong, or `null` if it is about no field or the body could not be read.

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};

use crate::dialect::request::{POST, bearer, check_method};
use crate::dialect::response::json;
use crate::dialect::{Answers, Credential, Dialect, Question, RateLimit, Refusal, Response};
use crate::event::AccountId;
use crate::query::Limits;

mod error;
mod messages;
mod request;

pub use error::Error;
pub use messages::MessagesRequest;
pub use request::Request;

const CONTENT_TYPE: &str = "application/json";

/// Answers the crate's own API. The default limits are 10,000 buckets and 10,000 rows: a row with all kinds and rates is
/// about 3 kB of JSON.
#[derive(Clone, Copy, Debug)]
pub struct Native {
    limits: Limits,
}

impl Default for Native {
    fn default() -> Self {
        Self {
            limits: Limits {
                buckets: 10_000,
                rows: 10_000,
                rows_before_top: 250_000,
                names: 8 << 20,
                ..Limits::default()
            },
        }
    }
}

/// A request to one of the endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is one for each endpoint")]
pub enum NativeRequest {
    /// For a report.
    Report(Request),
    /// For the messages that a figure is made of.
    Messages(MessagesRequest),
}

impl Native {
    /// Makes the API, with the maximum size of every query and report.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Dialect for Native {
    type Request = NativeRequest;
    type Error = Error;

    /// Accepts any path, because the host decides where the endpoints are.
    fn check_route(method: &Method, _: &str) -> Result<(), Error> {
        Ok(check_method(method, POST)?)
    }

    fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
        Ok(Credential::new(bearer(headers).ok_or(Refusal::Unauthorized)?))
    }

    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
        _: DateTime<Utc>,
    ) -> Result<NativeRequest, Error> {
        let (path, body) = (request.uri().path(), request.body().as_ref());
        Self::check_route(request.method(), path)?;
        match path.rsplit('/').next() {
            Some("messages") => MessagesRequest::parse(body).map(NativeRequest::Messages),
            Some(_) | None => Request::parse(body).map(NativeRequest::Report),
        }
    }

    fn questions(&self, request: &NativeRequest, account: &AccountId) -> Vec<Question> {
        vec![match request {
            NativeRequest::Report(request) => {
                Question::Report(request.clone().query(account.clone()).limits(self.limits))
            }
            NativeRequest::Messages(request) => {
                Question::Messages(Box::new(request.question(account, self.limits)))
            }
        }]
    }

    fn respond(&self, request: &NativeRequest, mut answers: Answers) -> Result<Response, Error> {
        match request {
            NativeRequest::Report(_) => Ok(json(StatusCode::OK, CONTENT_TYPE, &answers.report()?)?),
            NativeRequest::Messages(request) => {
                Ok(json(StatusCode::OK, CONTENT_TYPE, &request.page(answers.messages()?))?)
            }
        }
    }

    fn refuse(error: &Error) -> Response {
        error.response()
    }

    /// Adds nothing: a refusal has `Retry-After`, and there are no other headers.
    fn add_rate_limit(_: &mut Response, _: &RateLimit) {}
}
