//! Metrics v1: counts and rates of any mail, by whatever is asked.
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
//! The body is a JSON object. What is absent, `null` or an empty text is not given (R C). No body at all is an empty
//! object *(ours)*, and fields that are not listed here are ignored (C sends `timezone`).
//!
//! | field | meaning | source |
//! |---|---|---|
//! | `start`, `end` | dates; 7 days ago and now unless given | O |
//! | | with an `end` before that and no `start`: 7 days before the end | *ours* |
//! | | RFC 2822, also without or with a wrong weekday; ISO 8601; a date in the year 1 is not given | O R C |
//! | | seconds since 1970, as a text | *ours* |
//! | `resolution` | `hour`, `day` (unless given), `month`, in UTC | O |
//! | `duration` | `24h`, `7d`, `1m` (a month): the start is so long before the end, whatever `start` says | O |
//! | `dimensions` | at most three; a repeated one is one | P; the repeat is *ours* |
//! | | `time` unless given | read from C |
//! | `metrics` | at most ten, of usage all of them | P R |
//! | | all counts and no rates unless given | *ours* |
//! | `filter` | `{"AND":[{"attribute":…,"comparator":…,"values":[{"value":…}]}]}`, `label` is ignored; `{}` keeps all | O P C |
//! | | comparators `=` `!=` `contains` `not contains` | O |
//! | | several values: any of them, of the negated two none; parts of values in any case; 1000 values at most | *ours* |
//! | | whatever else stands in it is refused, `OR` too: a filter that is passed over makes wrong numbers | P; the refusal is *ours* |
//! | `include_subaccounts` | false unless given: only mail without a subaccount | O; what false means is *ours* |
//! | | always true where a dimension or a filter names subaccounts | *ours* |
//! | `include_aggregates` | false unless given | O |
//! | `pagination` | `sort`, `skip`, `limit` | P C |
//! | | `limit` 1500 with the dimension `time`, else 10; at most 1500 and 1000 | P R |
//! | | `limit` 0 is not given; a larger one is refused | *ours* |
//! | | `sort` is `column:asc` or `column:desc`; `timestamp` is `time` | P O |
//! | | the column is a dimension or a metric that is asked; without a direction it ascends | *ours* |
//!
//! # The time
//!
//! | rule | source |
//! |---|---|
//! | the end is the start of its bucket; that is what the answer shows | R |
//! | with a duration the start is so many calendar units before that end; the resolution stays | R |
//! | an end in the future stays | R |
//! | the start is the start of its bucket | *ours* |
//! | the end's bucket is in, with a duration as well: `24h` by `day` is yesterday and today | *ours*, as Stats has it |
//! | a start after the end is refused | *ours* |
//! | usage is of whole days, also by the hour: rows lie on midnight | R |
//! | hours are those of UTC; the original's may be those of the account's zone | *ours* |
//!
//! # Answer
//!
//! Only rows in which anything was counted that one of the metrics is made of, ascending by time (R), then by the other
//! dimensions *(ours)*, where rows that are equal in the column asked come in the same order. `total` counts them on all
//! pages, `aggregates` is over all of them (P); `{"metrics":{}}` where it was not asked (O). By tag a message counts under
//! each of its tags, and once in the aggregates. Metrics come in the order below, whatever the order asked (R).
//!
//! | dimension | values | of mail without one | source |
//! |---|---|---|---|
//! | `time` | the start of the bucket | | R |
//! | `bot` | `Apple`, `Gmail`, `Generic`, others as they are spelled | `None` | M; others are *ours* |
//! | `country` | in upper case; of opens, clicks and unsubscribes | `Unknown` | M |
//! | `device` | in lower case | `unknown` | M |
//! | `tag` | as it is spelled; spellings in another case are other rows | `Untagged` | M; the case is *ours* |
//! | `recipient_provider` | the names of this crate's [table](crate::provider); the original has its own names | `Other` | *ours* |
//! | `recipient_domain` | the domain | `Other` | M; for absent ones *ours* |
//! | `ip`, `ip_pool`, `domain`, `subaccount` | as it is spelled | empty, shown as `None` | *ours* |
//!
//! Filters take these values and these words. They ignore the case of bots, countries, providers, tags, devices and
//! domains *(ours, but for tags and domains)*. The shown value is the value; the original may show names of subaccounts.
//!
//! # Counts
//!
//! Every event on the hour, day or month that it happened. Sums over this crate's [event types](crate::EventType):
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
//! | `unique_opened_count`, `unique_clicked_count` | each message once for each of `person`, `machine`, `unknown` and no qualifier, where its first one lies | *ours*: the original takes each bot for itself, and a message again after seven days, which does not add up |
//! | `unsubscribed_count`, `complained_count` | all | M |
//! | `failed_count` | temporary + permanent failures | M |
//! | `temporary_failed_count` | deferred, soft bounced | M |
//! | `permanent_failed_count` | hard bounced, failed, but not `failed.rejected`, which counts nowhere | M |
//! | `temporary_failed_esp_block_count`, `permanent_failed_esp_block_count` | `deferred.provider_block`; `failed.provider_block` | M |
//! | `rate_limit_count` | `null`: no event tells it | *ours* |
//! | `webhook_count` | `hard_bounced.callback` | M |
//! | `permanent_failed_optimized_count` | hard bounces, optimized | M |
//! | `permanent_failed_old_count` | `failed.expired` | M |
//! | `bounced_count` | permanent failures - suppressed | M |
//! | `hard_bounces_count` | `hard_bounced.immediate` and without a qualifier | M; without one *ours* |
//! | `soft_bounces_count` | `failed.provider_block`, `failed.other` | M; which of our event types is *ours* |
//! | `delayed_bounce_count` | `hard_bounced.delayed` | M |
//! | `suppressed_bounces_count`, `suppressed_unsubscribed_count`, `suppressed_complaints_count` | `failed.suppressed_bounce`, `…_unsubscribe`, `…_complaint` | M |
//! | `delivered_first_attempt_count` | delivered at the first [attempt](crate::Dimension::Attempt) | M |
//! | `delayed_first_attempt_count` | delivered at a later attempt, `failed.expired` | M |
//! | `delivered_subsequent_count` | as the next | *ours*: it is defined nowhere |
//! | `delivered_two_plus_attempts_count` | delivered at a later attempt | M |
//!
//! Of usage only `processed_count` is counted. The others (validations, previews, seed tests, monitoring, archives) are of
//! products that send no mail, and always 0 *(ours)*.
//!
//! # Rates
//!
//! Texts with four places, to the nearest, a tie up, and `"0.0000"` over nothing (R; ties and nothing are *ours*). They
//! may be above 1 (M), and are shown in this order. [`Preset::Mailgun`](crate::rate::Preset::Mailgun) has the same, but
//! for those of attempts.
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
//! A field that says what it cannot say, and too much at once, is 400 with `{"message":…}`; so says O, and the words are
//! *ours*. Within 10 seconds 500 requests are answered (P). For all else see [`Error`](super::Error).
//!
//! # Sources
//!
//! * **O**: the API description, GitHub `mailgun/mailgun-mcp-server`, `src/openapi.yaml`
//! * **P**: the API reference's overview of metrics, documentation.mailgun.com
//! * **M**: the user manual: definitions of metrics, of rates and of dimensions, documentation.mailgun.com
//! * **R**: replies of the live service, November 2024, in the tests of GitHub `mailgun/mailgun-ruby`
//! * **C**: the official clients for JavaScript and Go, the command line and the MCP server

mod body;
mod cell;
mod dimension;
mod fields;
mod figure;
mod metric;
mod page;
mod predicate;
mod questions;
mod request;
mod window;

pub(super) use request::{Endpoint, Request};
