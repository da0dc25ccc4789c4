//! The crate's own API: a question as JSON in, a report as JSON out, with all that the [dialects](crate::dialect) cannot
//! ask: zones, timing, comparison, several dimensions.
//!
//! It has one endpoint, which the host serves where it likes, say `POST /query`. [`schema`](crate::schema) describes both
//! bodies for programs.
//!
//! # A request from start to end
//!
//! ```
//! use mailtally::native::{Error, Request};
//! use mailtally::{Event, Kind, Limits, MemoryStore};
//! use serde_json::{Value, json};
//!
//! let store = MemoryStore::new();
//! let event = |message, id, kind, at: &str| Event::new("acme", message, id, kind, at.parse().unwrap());
//! store.extend([
//!     event("m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z").recipient_domain("gmail.com"),
//!     event("m-2", "e-1", Kind::Delivered, "2026-02-01T22:30:00Z").recipient_domain("gmail.com"),
//!     event("m-2", "e-2", Kind::Complained, "2026-02-02T07:00:00Z"),
//! ]);
//!
//! let answer = |body: &str| -> Result<Value, Error> {
//!     let query = Request::parse(body.as_bytes())?
//!         .query("acme") // whose account the key names, the host knows
//!         .limits(Limits { rows: 10_000, ..Limits::default() });
//!     let report = store.report(&query, "2026-02-10T12:00:00Z".parse().unwrap())?;
//!     Ok(serde_json::to_value(&report).unwrap()) // a server writes it out
//! };
//!
//! let report = answer(
//!     r#"{
//!         "period": "2026-02-01",
//!         "zone": "Europe/Berlin",
//!         "by": ["provider"],
//!         "timing": "send",
//!         "kinds": ["delivered", "complained"]
//!     }"#,
//! )?;
//!
//! // All mail of the day is one group's, so these figures come three times.
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
//!             "limits": {"buckets": 65000, "rows": 10000},
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
//! let refusal = answer(r#"{"period":"2026-02-30"}"#).unwrap_err().refusal();
//! assert_eq!(refusal.status, 400);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a store behind a future, [`report`](crate::report()) does the middle in one call.
//!
//! # Fields of a request
//!
//! | field | JSON | meaning | if absent |
//! |---|---|---|---|
//! | `period` | string | which time: a [`Period`](crate::Period), such as `7d`, `last month`, `2026-11-01..=2026-11-20` | an error |
//! | `zone` | string | whose hours, days, weeks and months: a name of the IANA database, in any case | `UTC` |
//! | `resolution` | string | how finely time is cut: `hour`, `day`, `week` (ISO), `month`, `quarter`, `year` or `all`; all but the last ask for rows by `date` | `day` by `date`, else `all` |
//! | `by` | array | what rows are told apart by: [dimensions](crate::Dimension) and `date`, each once; the first orders the rows first | one row |
//! | `filters` | array | [which mail](crate::Filter) is counted, such as `{"dimension":"provider","is":["Google"]}`; all must hold | all mail |
//! | `timing` | string | into which bucket an event counts: `event` (its own) or `send` (that of its message's creation); see [`Timing`](crate::Timing) | `event` |
//! | `kinds` | array | which [kinds](crate::Kind) of event are counted; rates come where all they are made of is counted; with none of them, statuses alone are told | all |
//! | `rank` | string | the [figure](crate::Metric) that orders the groups, such as `opened.unique`, the largest first, then by name | all events |
//! | `top` | integer from 1 | how many groups have rows, the largest; the others are the rest | all |
//! | `compare` | string | another period beside the one asked: `previous` (just before) or `year` (the same dates a year before) | none |
//! | `fill_gaps` | boolean | whether each group has a row for every bucket, including buckets without events | `true` |
//!
//! An absent `resolution`, `kinds`, `rank`, `top` or `compare` may be `null`. A field that does not exist is refused, and
//! so are `scope` and `limits`: these are the server's. A [`Query`](crate::Query) has them, too, so it is for hosts to
//! keep, and not for strangers to send.
//!
//! # Fields of a report
//!
//! | field | JSON | meaning |
//! |---|---|---|
//! | `query` | object | what was asked; `zone`, `by`, `filters`, `timing` and `limits` also where they were not said. What was settled is in `range` |
//! | `range` | object | the period, settled: `start` (in) and `end` (out) in UTC and on the local clock, the number of buckets, when it was asked |
//! | `rows` | array | a row for each bucket of each group, with `group`, `start`, `end` and the figures |
//! | `rest` | object or null | the groups that `top` left out, together |
//! | `totals` | array | all mail, bucket by bucket |
//! | `total` | object | all mail |
//! | `comparison` | object or null | the other period: its figures beside each row, and how each rate changed |
//! | `definitions` | array | what each rate is the part and the whole of, and whose definition that is |
//! | `warnings` | array | what a reader must know to read the numbers rightly |
//!
//! Figures are `counts`, `statuses` and `rates`: see [the fields of all of these](crate::Report#impl-Serialize-for-Report).
//! But for those of `query`, all fields are always there; what is absent is `null`. An event without a qualifier is in
//! `unqualified`, so that what stands in `by` adds up to the kind's `total`.
//!
//! # Refusals
//!
//! | when | status | `code` | whose mistake |
//! |---|---|---|---|
//! | the body has more than [`Request::LONGEST`] bytes | 413 | `too_long` | the caller's |
//! | the body is not JSON, or no request | 400 | `unreadable` | the caller's |
//! | the question has no answer, or too large a one | 400 | `unanswerable` | the caller's |
//! | the host fails | 500 | `failed` | the host's |
//!
//! The body is `{"error":{"code":…,"message":…,"parameter":…}}`: a `message` for people, and the field of the request that
//! it is about, or `null` where it is about none or the body could not be read. [`Error`] is typed; it tells whose mistake it is, and keeps the cause of a failure for the log.

mod error;
mod request;

pub use error::Error;
pub use request::Request;

/// The content type of every body.
pub const CONTENT_TYPE: &str = "application/json";
