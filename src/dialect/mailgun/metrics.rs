//! Metrics v1: counts and rates of mail, by any of its dimensions.
//!
//! # Endpoints
//!
//! | endpoint | rows | source |
//! |---|---|---|
//! | `POST /v1/analytics/metrics` | by up to three of eleven dimensions | O P |
//! | `POST /v1/analytics/usage/metrics` | by `subaccount`, `time` | O |
//!
//! # Request
//!
//! The body is a JSON object. A field that is `null` or an empty text is the same as an absent one (R C). An empty body is an
//! empty object (*ours*), and unknown fields are ignored (C sends `timezone`).
//!
//! | field | meaning | source |
//! |---|---|---|
//! | `start`, `end` | dates; default 7 days ago and now | O |
//! | | default start of an `end` before that: 7 days before the end | *ours* |
//! | | RFC 2822, with a wrong weekday or without one; ISO 8601; a date in the year 1 is the same as an absent one | O R C |
//! | | seconds since 1970, as text | *ours* |
//! | `resolution` | `hour`, `day` or `month`, in UTC; default `day` | O |
//! | `duration` | `24h`, `7d` or `1m` (a month): the time from start to end; it replaces the start | O |
//! | `dimensions` | maximum [three](#dimensions), deduplicated | P; deduplicated is *ours* |
//! | | default `time` | read from C |
//! | `metrics` | any number of [counts](#counts) and [rates](#rates), deduplicated | *ours*: P says ten, but a published exporter in Go requests 18 of mail, and 14 of usage were answered (R) |
//! | | default all counts and no rates | *ours* |
//! | `filter` | `{"AND":[{"attribute":…,"comparator":…,"values":[{"value":…}]}]}`; `label` is ignored; `{}` keeps all | O P C |
//! | | comparators `=`, `!=`, `contains`, `not contains` | O |
//! | | of several values any one, for negated comparators none; substrings case-insensitively; maximum 1000 values | *ours* |
//! | | any other field is refused, also `OR`: without a condition, the numbers would be about other mail | P; the refusal is *ours* |
//! | `include_subaccounts` | default false: only mail without a subaccount | O; the meaning of false is *ours* |
//! | | always true if a dimension or the filter names subaccounts | *ours* |
//! | `include_aggregates` | default false | O |
//! | `pagination` | `sort`, `skip`, `limit` | P C |
//! | | `limit`: default 1500 with the dimension `time`, else 10; maximum 1500 and 1000 | P R |
//! | | a `limit` of 0 is the same as an absent one; a larger one than the maximum is refused | *ours* |
//! | | `sort`: `column:asc` or `column:desc`; `timestamp` is `time` | P O |
//! | | the column is a requested dimension or metric; the default direction is ascending | *ours* |
//!
//! # Time
//!
//! | rule | source |
//! |---|---|
//! | the end is rounded down to the start of its bucket, and shown so | R |
//! | a duration is subtracted from that end in calendar units; the resolution stays | R |
//! | an end in the future stays | R |
//! | the start is rounded down to the start of its bucket | *ours* |
//! | the bucket of the end is included, also with a duration: `24h` by `day` is yesterday and today | *ours*, as in Stats |
//! | a start after the end is refused | *ours* |
//! | usage is counted by whole days, also with the resolution `hour`: its rows are at midnight | R |
//! | hours are those of UTC; the original's may be those of the account's zone | *ours* |
//!
//! # Response
//!
//! A row is shown if any event of a requested metric was counted in it. Rows ascend by time (R), then by the other
//! dimensions (*ours*); rows that are equal in the requested column are in this order. `total` is the number of rows on
//! all pages. `aggregates` is over all pages (P), and `{"metrics":{}}` if it was not requested (O). By tag, a message
//! counts under each of its tags, and once in the aggregates. Metrics are in the order of the tables below, not in the
//! requested one (R).
//!
//! ## Dimensions
//!
//! | dimension | values | value of mail without one | source |
//! |---|---|---|---|
//! | `time` | the start of the bucket | | R |
//! | `bot` | `Apple`, `Gmail`, `Generic`; others as in the event | `None` | M; others are *ours* |
//! | `country` | upper case; only opens, clicks and unsubscribes have one | `Unknown` | M |
//! | `device` | lower case | `unknown` | M |
//! | `tag` | as in the event; tags that differ in case have separate rows | `Untagged` | M; the case is *ours* |
//! | `recipient_provider` | the names in this crate's [table](crate::provider); the original has its own names | `Other` | *ours* |
//! | `recipient_domain` | the domain | `Other` | M; of mail without one *ours* |
//! | `ip`, `ip_pool`, `domain`, `subaccount` | as in the event | empty, displayed as `None` | *ours* |
//!
//! Filters accept these values. They compare bots, countries, providers, tags, devices and domains case-insensitively
//! (*ours*, except for tags and domains). The displayed value is the value; the original may display the names of
//! subaccounts.
//!
//! # Counts
//!
//! Every event counts in the hour, day or month in which it happened. Each count is a sum over this crate's [event
//! types](crate::EventType):
//!
//! | metric | counts | source |
//! |---|---|---|
//! | `accepted_incoming_count`, `accepted_outgoing_count` | `accepted.incoming`; `accepted.outgoing` and without a qualifier | M; without one *ours* |
//! | `accepted_count` | accepted, all | M |
//! | `delivered_smtp_count`, `delivered_http_count` | `delivered.smtp` and without a qualifier; `delivered.http` | M; without one *ours* |
//! | `delivered_optimized_count` | delivered, [optimized](crate::Dimension::Optimized) | M |
//! | `delivered_count` | delivered, all | M |
//! | `stored_count` | stored | O |
//! | `processed_count` | delivered + permanent failures - webhook - delayed bounce | M |
//! | `sent_count` | delivered + permanent failures - suppressed | M |
//! | `opened_count`, `clicked_count` | all | M |
//! | `unique_opened_count`, `unique_clicked_count` | each message once for each of `person`, `machine`, `unknown` and no qualifier, at the first such event | *ours*: the original counts each bot separately, and a message again after seven days, which does not add up |
//! | `unsubscribed_count`, `complained_count` | all | M |
//! | `failed_count` | temporary + permanent failures | M |
//! | `temporary_failed_count` | deferred, soft bounced | M |
//! | `permanent_failed_count` | hard bounced, failed, except `failed.rejected`, which counts nowhere | M |
//! | `temporary_failed_esp_block_count`, `permanent_failed_esp_block_count` | `deferred.provider_block`; `failed.provider_block` | M |
//! | `rate_limit_count` | `null`: no event has this information | *ours* |
//! | `webhook_count` | `hard_bounced.callback` | M |
//! | `permanent_failed_optimized_count` | hard bounces, optimized | M |
//! | `permanent_failed_old_count` | `failed.expired` | M |
//! | `bounced_count` | permanent failures - suppressed | M |
//! | `hard_bounces_count` | `hard_bounced.immediate` and without a qualifier | M; without one *ours* |
//! | `soft_bounces_count` | `failed.provider_block`, `failed.other` | M; the choice of event types is *ours* |
//! | `delayed_bounce_count` | `hard_bounced.delayed` | M |
//! | `suppressed_bounces_count`, `suppressed_unsubscribed_count`, `suppressed_complaints_count` | `failed.suppressed_bounce`, `…_unsubscribe`, `…_complaint` | M |
//! | `delivered_first_attempt_count` | delivered at the first [attempt](crate::Dimension::Attempt) | M |
//! | `delayed_first_attempt_count` | delivered at a later attempt, `failed.expired` | M |
//! | `delivered_subsequent_count` | as the next | *ours*: it is defined nowhere |
//! | `delivered_two_plus_attempts_count` | delivered at a later attempt | M |
//!
//! Of usage only `processed_count` is counted. The other metrics (validations, previews, seed tests, monitoring, archives)
//! belong to products that send no mail, and are always 0 (*ours*).
//!
//! # Rates
//!
//! Texts with four decimals, rounded half up; `"0.0000"` over zero (R; ties and zero are *ours*). A rate may exceed 1 (M).
//! The response has them in this order. [`Preset::Mailgun`](crate::rate::Preset::Mailgun) has the same rates, except for
//! those of attempts.
//!
//! | rate | part | whole | source |
//! |---|---|---|---|
//! | `delivered_rate` | delivered | sent | M |
//! | `opened_rate`, `clicked_rate`, `unique_opened_rate`, `unique_clicked_rate`, `unsubscribed_rate`, `complained_rate` | the count of that name | delivered | M |
//! | `bounce_rate` | bounced | processed | M |
//! | `fail_rate` | failed | processed | *ours* |
//! | `permanent_fail_rate` | permanent failures | processed | M |
//! | `temporary_fail_rate` | temporary failures | processed | *ours* |
//! | `delayed_rate` | delivered at a later attempt | delivered | M |
//! | `delayed_first_attempt_rate` | delayed at the first attempt | processed | O |
//! | `hard_bounce_rate`, `soft_bounce_rate` | hard bounces, soft bounces | processed | *ours* |
//!
//! # Refusals
//!
//! An invalid field and a response that is too large are 400 with `{"message":…}` (O; the words are *ours*). The rate limit
//! is 500 requests in 10 seconds (P). All other refusals are those of [`Error`](super::Error).
//!
//! # Sources
//!
//! * **O**: the API description, GitHub `mailgun/mailgun-mcp-server`, `src/openapi.yaml`
//! * **P**: the API reference's overview of metrics, documentation.mailgun.com
//! * **M**: the user manual: definitions of metrics, of rates and of dimensions, documentation.mailgun.com
//! * **R**: replies of the live service, November 2024, in the tests of GitHub `mailgun/mailgun-ruby`
//! * **C**: the official clients for JavaScript and Go, the command line and the MCP server
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::mailgun::{Error, Mailgun};
//! use mailtally::dialect::{Answer, Dialect, Question};
//! use mailtally::{Event, EventType, MemoryStore};
//!
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", EventType::DeliveredSmtp, at).tags(["welcome"]),
//!     Event::new("acme", "m-1", "e-2", EventType::OpenedPerson, at),
//!     Event::new("acme", "m-2", "e-1", EventType::DeliveredSmtp, at),
//! ])?;
//!
//! let (mailgun, now) = (Mailgun::new(["mail.acme.example"]), "2026-02-15T12:00:00Z".parse()?);
//! let body = r#"{"duration":"1d","metrics":["opened_rate","delivered_count"],"dimensions":["tag"]}"#;
//! let request = mailgun.parse(&Request::post("/v1/analytics/metrics").body(body)?, now)?;
//! let answers = mailgun.questions(&request, &"acme".into()).into_iter().map(|question| match question {
//!     Question::Report(query) => Ok(Answer::Report(Box::new(store.report(&query, now)?))),
//!     Question::Timeline(account, message) => Ok(Answer::Timeline(store.timeline(&account, &message))),
//!     Question::Messages(_) => unreachable!("this API lists no messages"),
//! });
//! let response = mailgun.respond(&request, answers.collect::<Result<_, mailtally::Error>>()?)?;
//! assert_eq!(
//!     response.body(),
//!     concat!(
//!         r#"{"start":"Sat, 14 Feb 2026 00:00:00 +0000","end":"Sun, 15 Feb 2026 00:00:00 +0000","resolution":"day","#,
//!         r#""duration":"1d","dimensions":["tag"],"pagination":{"sort":"","skip":0,"limit":10,"total":2},"items":["#,
//!         r#"{"dimensions":[{"dimension":"tag","value":"Untagged","display_value":"Untagged"}],"#,
//!         r#""metrics":{"delivered_count":1,"opened_rate":"0.0000"}},"#,
//!         r#"{"dimensions":[{"dimension":"tag","value":"welcome","display_value":"welcome"}],"#,
//!         r#""metrics":{"delivered_count":1,"opened_rate":"1.0000"}}],"aggregates":{"metrics":{}}}"#,
//!         "\n"
//!     )
//! );
//!
//! let request = Request::post("/v1/analytics/metrics").body(r#"{"pagination":{"limit":"10"}}"#)?;
//! let response = Mailgun::refuse(&mailgun.parse(&request, now).unwrap_err());
//! assert_eq!(response.status(), 400);
//! assert_eq!(
//!     response.body(),
//!     "{\"message\":\"Invalid format for parameter pagination.limit: \\\"10\\\", expected a whole number from 0\"}\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attribute;
mod body;
mod bucket_range;
mod fields;
mod figure;
mod metric;
mod page;
mod predicate;
mod request;
mod rows;
mod slice;
mod unique;

pub(super) use request::{Endpoint, Request};
