//! SendKit's analytics (sendkit.ai).
//!
//! # Endpoints and parameters
//!
//! | endpoint | rows | source |
//! |---|---|---|
//! | `GET /v1/analytics/mailboxes` | a row for each mailbox of the workspace, including those without mail | P |
//! | | in the order that the host gives | *ours* |
//! | `GET /v1/analytics/mailboxes/{id}` | one mailbox | O |
//! | `GET /v1/analytics/overview` | all campaign mail, by kind of sequence, and the numbers of campaigns | O |
//! | `GET /v1/analytics/daily` | a row for each day in UTC, oldest first | O |
//! | | days on which all six counts are zero have no row | *ours* |
//! | `GET /v1/analytics/daily/mailboxes/{id}` | the same for one mailbox | O |
//! | `GET /v1/analytics/daily/campaigns/{id}` | the same for one campaign | O |
//! | | the id is the campaign of the events; one without mail has no rows | *ours* |
//!
//! | endpoint | parameter | meaning | source |
//! |---|---|---|---|
//! | all | `from`, `to` | ISO 8601 instants or dates, each optional | P |
//! | | | without `from` there is no lower bound, without `to` no upper one | P |
//! | | | both are included: a date is its whole day in UTC | *ours* |
//! | | | a time without seconds is the start of its minute, one without an offset is in UTC | *ours* |
//! | | | a blank value is treated as absent; of several values, the first that is not blank is used | *ours* |
//! | | | `from[]` and `from[0]` are `from`; any other brackets, such as `from[a]`, are refused | *ours* |
//! | `…/daily…` | | the default is the last 30 days | O |
//! | | | without `from`, the 30 days up to `to`; without `to` as well, up to today | *ours* |
//!
//! All other parameters are ignored (*ours*).
//!
//! # Numbers
//!
//! The statistics are those of **campaign mail** (P): of messages with a [campaign](crate::Dimension::Campaign). Mail that
//! warms up a mailbox has none.
//!
//! | field | meaning | source |
//! |---|---|---|
//! | `sent` | messages with a `sent` event | P |
//! | `opened`, `clicked`, `replied` | messages with such an event, including opens by machines | P; that a message counts once is *ours* |
//! | `bounced` | messages that hard bounced | P; that soft bounces do not count is *ours* |
//! | `positiveReplied` | messages with a [positive](crate::EventType::RepliedPositive) reply; never more than `replied` | P |
//! | `rates` | each over `sent`: percentages with one decimal, as text, rounded as JavaScript's `toFixed` does | O |
//! | | `0.0` over zero | *ours* |
//! | `bySequence` | `subsequence` is the mail of the category [`SUBSEQUENCE`], `main` all other | O; the category is *ours* |
//! | `totalCampaigns`, `activeCampaigns` | the numbers that [the host sets](SendKit::campaigns) | O |
//! | | or else the campaigns with mail in the range, and those of them that sent | *ours* |
//!
//! A message counts at the instant it was created, with all of its events, however late (*ours*: no source describes it;
//! only so are positive replies always a part of the replies, and rates above 100 rare). A host that schedules mail ahead
//! should record no event before the mail is sent.
//!
//! A reply belongs to the last mailbox that sent before it (O): it is an event of the message that it answers, which
//! [`answered_message`] finds, and counts for the mailbox of that message.
//!
//! The following fields are those of the mailbox, and the range does not affect them (P). A number that the host does not
//! [set](Mailbox) is counted, over all mail of the mailbox, with or without a campaign (*ours*):
//!
//! | field | counted as |
//! |---|---|
//! | `totalSent` | all messages sent |
//! | `totalReceived` | all messages with a reply |
//! | `bounceRate` | hard bounced over sent, of all mail: a number, a fraction with at most four decimals; `0` over zero |
//! | `sentToday` | messages sent on the current day in UTC |
//!
//! Events name mailboxes by their addresses, which are case-insensitive in ASCII (*ours*). Mail of a mailbox that the host
//! does not list has no row of its own, but counts in the overview and in the days (*ours*).
//!
//! # Keys
//!
//! The key is in `X-Api-Key` or `Authorization: Bearer` (G); if both have one, the first is used (*ours*).
//!
//! | key | `X-Workspace-Id` | source |
//! |---|---|---|
//! | `sk_user_…`, of a platform | required; it becomes [`Credential::account`] | G |
//! | `sk_…`, of one workspace | must not be sent | G |
//!
//! # Refusals
//!
//! No source shows the API's own refusals, so status codes and messages are *ours*. The form is that of the only sample (P):
//! `{"error":"Not Found","message":"The requested resource was not found","code":404}`.
//!
//! | case | status | message |
//! |---|---|---|
//! | an invalid value, or `to` before `from` | 400 | `Invalid parameter to: found …, expected …` |
//! | the answer would be too large | 400 | `Too many rows, expected a shorter range` |
//! | a platform key without a workspace | 400 | `X-Workspace-Id is required with a platform key` |
//! | a workspace key with a workspace | 400 | `X-Workspace-Id must not be sent with a workspace key` |
//! | the key is missing or unknown | 401 | `Missing or invalid API key` |
//! | the key has no access to the workspace | 403 | `This key has no access to the workspace` |
//! | an unknown mailbox | 404 | `Mailbox not found` |
//! | an unknown path | 404 | `The requested resource was not found` |
//! | another method | 405 | `The request was refused` |
//! | too many requests | 429 | `Too many requests` |
//! | the host fails | 500 | `An unexpected error occurred` |
//!
//! Every response of the API has rate-limit headers (P), whose names and numbers are not published: the names are *ours*.
//!
//! # Sources
//!
//! Pages of docs.sendkit.ai, as of May 2026: **P** mailbox performance, **O** overview, single mailbox and daily, **G**
//! getting started.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::sendkit::{Mailbox, SendKit};
//! use mailtally::dialect::answer;
//! use mailtally::{Event, EventType, Kind, MemoryStore};
//!
//! # let ready = |future| pollster(future);
//! # fn pollster<T>(future: impl Future<Output = T>) -> T {
//! #     let (mut future, mut context) = (std::pin::pin!(future), std::task::Context::from_waker(std::task::Waker::noop()));
//! #     loop {
//! #         if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
//! #             return value; // a store in memory waits for nothing but its next turn
//! #         }
//! #     }
//! # }
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Sent, at).mailbox("kim@acme.example").campaign("spring"),
//!     Event::new("acme", "m-2", "e-1", Kind::Sent, at).mailbox("kim@acme.example").campaign("spring"),
//!     Event::new("acme", "m-2", "e-2", EventType::RepliedPositive, at),
//! ])?;
//!
//! let sendkit = SendKit::new([Mailbox::new("66f0a1", "kim@acme.example").name("Kim").daily_send_limit(40)]);
//! let request = Request::get("/v1/analytics/mailboxes?from=2026-02-01&to=2026-02-14").body("")?;
//! let now = "2026-02-15T12:00:00Z".parse()?;
//! let response = ready(answer(&sendkit, &store, &"acme".into(), &request, now))?;
//! assert_eq!(
//!     response.body(),
//!     concat!(
//!         r#"{"success":true,"data":[{"_id":"66f0a1","email":"kim@acme.example","displayName":"Kim","status":"active","#,
//!         r#""totalSent":2,"totalReceived":1,"bounceRate":0,"sentToday":0,"dailySendLimit":40,"#,
//!         r#""warmup":{"enabled":false,"status":"not_started"},"#,
//!         r#""performance":{"sent":2,"opened":0,"clicked":0,"bounced":0,"replied":1,"positiveReplied":1},"#,
//!         r#""rates":{"open":"0.0","click":"0.0","bounce":"0.0","reply":"50.0","positiveReply":"50.0"}}]}"#
//!     )
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::slice;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use super::{
    Answers, Credential, Dialect, GET, Params, Question, RateLimit, Response, check_method, decode_segment,
    json, response,
};
use crate::dimension::{By, Dimension};
use crate::event::AccountId;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Timing};
use crate::time::Period;

mod credential;
mod daily;
mod error;
mod lifetime;
mod mailbox;
mod overview;
mod performance;
mod range;
mod stats;

use lifetime::LifetimeStats;
use overview::OverviewBody;
use performance::{MailboxBody, MailboxRow};
use range::Range;
use stats::{ByMailbox, Stats};

pub use error::Error;
pub use mailbox::{Mailbox, MailboxStatus, Warmup};
pub use overview::{Campaigns, SUBSEQUENCE};

const CONTENT_TYPE: &str = "application/json";

/// The default length of a range of days.
const DEFAULT_DAYS: u64 = 30;

/// Answers SendKit's API for one workspace.
#[derive(Clone, Debug, Default)]
pub struct SendKit {
    mailboxes: Vec<Mailbox>,
    campaigns: Option<Campaigns>,
}

impl SendKit {
    /// Makes the API of a workspace with these mailboxes, in the order of their rows. If two have the same id, a request
    /// for it is about the first.
    pub fn new(mailboxes: impl IntoIterator<Item = Mailbox>) -> Self {
        Self { mailboxes: mailboxes.into_iter().collect(), campaigns: None }
    }

    /// Sets the numbers of campaigns in the overview. The default is to count those with mail in the range.
    #[must_use]
    pub fn campaigns(self, campaigns: Campaigns) -> Self {
        Self { campaigns: Some(campaigns), ..self }
    }

    /// Finds the mailbox of a segment of a path.
    fn mailbox(&self, segment: &str) -> Result<&Mailbox, Error> {
        let id = decode_segment(segment);
        self.mailboxes.iter().find(|mailbox| mailbox.id() == id).ok_or(Error::UnknownMailbox)
    }

    fn endpoint(&self, path: &str) -> Result<Endpoint, Error> {
        Ok(match segments(path)[..] {
            ["mailboxes"] => Endpoint::Mailboxes,
            ["mailboxes", id] => Endpoint::Mailbox(self.mailbox(id)?.clone()),
            ["overview"] => Endpoint::Overview,
            ["daily"] => Endpoint::Daily(None),
            ["daily", "mailboxes", id] => {
                Endpoint::Daily(Some(mailbox_filter(slice::from_ref(self.mailbox(id)?))))
            }
            ["daily", "campaigns", id] => {
                Endpoint::Daily(Some(Filter::is(Dimension::Campaign, [decode_segment(id)])))
            }
            _ => return Err(Error::NotFound),
        })
    }
}

/// A request of SendKit's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    endpoint: Endpoint,
    range: Range,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint {
    Mailboxes,
    Mailbox(Mailbox),
    Overview,
    /// The days of all campaign mail, or of the part that the filter keeps.
    Daily(Option<Filter>),
}

impl Dialect for SendKit {
    type Request = Request;
    type Error = Error;

    fn check_route(method: &Method, path: &str) -> Result<(), Error> {
        let is_known = match segments(path)[..] {
            ["mailboxes" | "overview" | "daily"] => true,
            ["mailboxes", id] | ["daily", "mailboxes" | "campaigns", id] => !id.is_empty(),
            _ => false,
        };
        if !is_known {
            return Err(Error::NotFound);
        }
        Ok(check_method(method, GET)?)
    }

    fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
        credential::credential(headers)
    }

    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
        now: DateTime<Utc>,
    ) -> Result<Request, Error> {
        Self::check_route(request.method(), request.uri().path())?;
        let range = Range::parse(&Params::of(request))?;
        let endpoint = self.endpoint(request.uri().path())?;
        let range = match endpoint {
            Endpoint::Daily(_) => range.or_last_days(DEFAULT_DAYS, now),
            Endpoint::Mailboxes | Endpoint::Mailbox(_) | Endpoint::Overview => range,
        };
        Ok(Request { endpoint, range })
    }

    fn questions(&self, request: &Request, account: &AccountId) -> Vec<Question> {
        let mail = campaign_mail(account, request.range.period());
        let queries = match &request.endpoint {
            Endpoint::Mailboxes => {
                let mut queries = vec![mail.by(Dimension::Mailbox).filter(mailbox_filter(&self.mailboxes))];
                if LifetimeStats::are_needed(&self.mailboxes) {
                    queries.extend(LifetimeStats::queries(account, &self.mailboxes));
                }
                queries
            }
            Endpoint::Mailbox(mailbox) => vec![mail.filter(mailbox_filter(slice::from_ref(mailbox)))],
            Endpoint::Overview => {
                let subsequences = mail.clone().filter(Filter::is(Dimension::Category, [SUBSEQUENCE]));
                vec![mail.by(Dimension::Campaign), subsequences]
            }
            Endpoint::Daily(filter) => {
                vec![filter.iter().cloned().fold(mail.by(By::Date), Query::filter)]
            }
        };
        queries.into_iter().map(Question::Report).collect()
    }

    fn respond(&self, request: &Request, mut answers: Answers) -> Result<Response, Error> {
        let report = answers.report()?;
        match &request.endpoint {
            Endpoint::Mailboxes => {
                let performance = ByMailbox::new(&report);
                let lifetime = if LifetimeStats::are_needed(&self.mailboxes) {
                    LifetimeStats::new(&answers.report()?, &answers.report()?)
                } else {
                    LifetimeStats::default()
                };
                let row = |mailbox| MailboxRow::new(mailbox, performance.stats(mailbox), &lifetime);
                ok(self.mailboxes.iter().map(row).collect::<Vec<_>>())
            }
            Endpoint::Mailbox(mailbox) => ok(MailboxBody::new(mailbox, Stats::new(report.total()))),
            Endpoint::Overview => ok(OverviewBody::new(&report, &answers.report()?, self.campaigns)),
            Endpoint::Daily(_) => ok(daily::rows(&report)),
        }
    }

    fn refuse(error: &Error) -> Response {
        error.response()
    }

    fn add_rate_limit(response: &mut Response, limit: &RateLimit) {
        response::add_rate_limit_and_reset(response.headers_mut(), limit);
    }
}

/// The envelope of every success.
#[derive(Serialize)]
struct Body<T> {
    success: bool,
    data: T,
}

fn ok(data: impl Serialize) -> Result<Response, Error> {
    Ok(json(StatusCode::OK, CONTENT_TYPE, &Body { success: true, data })?)
}

/// Returns the segments of a path after `/v1/analytics/`, not decoded; none if it does not start so.
fn segments(path: &str) -> Vec<&str> {
    path.strip_prefix("/v1/analytics/").map(|rest| rest.split('/').collect()).unwrap_or_default()
}

/// Asks for the campaign mail that was created in `period`.
fn campaign_mail(account: &AccountId, period: Period) -> Query {
    let kinds = [Kind::Sent, Kind::HardBounced, Kind::Opened, Kind::Clicked, Kind::Replied];
    let query = Query::new(account.clone(), period).kinds(kinds).timing(Timing::Send);
    query.filter(Filter::is_present(Dimension::Campaign))
}

/// Returns the filter that keeps the mail of these mailboxes: none if there are no mailboxes.
///
/// A mailbox without an address has no mail; in a filter, an empty text would keep the mail without a mailbox.
fn mailbox_filter(mailboxes: &[Mailbox]) -> Filter {
    let emails = mailboxes.iter().map(Mailbox::email).filter(|email| !email.is_empty());
    Filter::is(Dimension::Mailbox, emails).ignoring_case()
}

/// Finds the message that a reply at the instant `at` answers, among the messages to its author, each with the instant at
/// which it was sent: the last one that was sent before `at`; of several at that instant, the last given. `None` if there
/// is none.
///
/// ```
/// use mailtally::dialect::sendkit::answered_message;
///
/// let [first, second, reply] = [1, 2, 3].map(|day| format!("2026-02-0{day}T09:00:00Z").parse().unwrap());
/// assert_eq!(answered_message([(second, "by Sam"), (first, "by Kim")], reply), Some("by Sam"));
/// assert_eq!(answered_message([(second, "by Sam"), (first, "by Kim")], second), Some("by Kim"));
/// ```
pub fn answered_message<T>(
    sent: impl IntoIterator<Item = (DateTime<Utc>, T)>,
    at: DateTime<Utc>,
) -> Option<T> {
    let before = sent.into_iter().filter(|(sent, _)| *sent < at);
    before.max_by_key(|(sent, _)| *sent).map(|(_, message)| message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;
    use crate::event::Event;
    use crate::plan::Plan;
    use crate::query::{Limits, QueryError};

    /// Returns the queries of a request at the instant `now`.
    fn queries(sendkit: &SendKit, target: &str, now: DateTime<Utc>) -> Vec<Query> {
        let request = http::Request::get(format!("/v1/analytics/{target}")).body("").unwrap();
        let questions = sendkit.questions(&sendkit.parse(&request, now).unwrap(), &"acme".into());
        let query = |question| match question {
            Question::Report(query) => query,
            Question::Timeline(..) | Question::Messages(_) => panic!("no message is asked about"),
        };
        questions.into_iter().map(query).collect()
    }

    fn plan_of_days(query: &str, now: DateTime<Utc>) -> Result<Plan, QueryError> {
        queries(&SendKit::default(), &format!("daily?{query}"), now)[0].plan(now)
    }

    fn sent(message: &str) -> Event {
        let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        Event::new("acme", message, "1", Kind::Sent, at).campaign("spring")
    }

    #[test]
    fn only_the_published_paths_and_methods_are_known() {
        for path in [
            "/v1/analytics/mailboxes",
            "/v1/analytics/mailboxes/66f0a1",
            "/v1/analytics/overview",
            "/v1/analytics/daily",
            "/v1/analytics/daily/mailboxes/66f0a1",
            "/v1/analytics/daily/campaigns/spring",
        ] {
            for method in [Method::GET, Method::HEAD] {
                assert!(SendKit::check_route(&method, path).is_ok(), "{path}");
            }
            let refused = SendKit::check_route(&Method::POST, path).unwrap_err();
            assert_eq!(SendKit::refuse(&refused).headers()["allow"], "GET, HEAD");
        }
        for path in [
            "",
            "/v1/analytics",
            "/v1/analytics/",
            "/v1/analytics/mailboxes/",
            "/v1/analytics/mailboxes/1/2",
            "/v1/analytics/Mailboxes",
            "/v1/analytics/daily/",
            "/v1/analytics/daily/mailboxes",
            "/v1/analytics/daily/mailboxes/",
            "/v1/analytics/daily/domains/1",
            "/v2/analytics/daily",
            "v1/analytics/daily",
        ] {
            assert!(matches!(SendKit::check_route(&Method::GET, path), Err(Error::NotFound)), "{path}");
        }
    }

    #[test]
    fn a_mailbox_is_found_only_by_its_id() {
        let sendkit = SendKit::new([Mailbox::new("1", "a@acme.example"), Mailbox::new("2 +", "1")]);
        assert_eq!(sendkit.mailbox("1").unwrap().email(), "a@acme.example");
        assert_eq!(sendkit.mailbox("2%20+").unwrap().email(), "1");
        for id in ["3", "", "a@acme.example", "1 ", "2++"] {
            assert!(matches!(sendkit.mailbox(id), Err(Error::UnknownMailbox)), "{id}");
        }
    }

    #[test]
    fn mail_without_a_mailbox_is_not_that_of_a_mailbox_without_an_address() {
        let store = MemoryStore::new();
        store.extend([sent("m-1"), sent("m-2").mailbox("kim@acme.example")]).unwrap();
        let mailboxes = [Mailbox::new("1", ""), Mailbox::new("2", "Kim@acme.example")];
        for (mailboxes, messages) in [(&mailboxes[..1], 0), (&mailboxes[1..], 1), (&mailboxes, 1), (&[], 0)] {
            let query = campaign_mail(&"acme".into(), Period::all()).filter(mailbox_filter(mailboxes));
            let report = store.report(&query, DateTime::UNIX_EPOCH).unwrap();
            assert_eq!(report.total().unique(Kind::Sent), messages, "{mailboxes:?}");
        }
    }

    #[test]
    fn mail_of_other_mailboxes_makes_no_rows() {
        let store = MemoryStore::new();
        store.extend(["kim", "sam", "gone", "gone too"].map(|name| sent(name).mailbox(name))).unwrap();
        let mailboxes = [Mailbox::new("1", "Kim"), Mailbox::new("2", "sam"), Mailbox::new("3", "new")];
        let now = sent("m").at();
        let queries = queries(&SendKit::new(mailboxes), "mailboxes", now);
        assert_eq!(queries.len(), 3);
        for query in queries {
            let few = query.limits(Limits { rows: 2, ..Limits::default() });
            assert_eq!(store.report(&few, now).unwrap().rows().len(), 2);
        }
    }

    #[test]
    fn mailboxes_with_all_their_numbers_need_no_other_mail() {
        let mailbox = Mailbox::new("1", "kim").total_sent(9).total_received(8).bounce_rate(0.into());
        let count = |mailbox| queries(&SendKit::new([mailbox]), "mailboxes", DateTime::UNIX_EPOCH).len();
        assert_eq!(count(mailbox.clone()), 3);
        assert_eq!(count(mailbox.sent_today(7)), 1);
    }

    #[test]
    fn the_last_thirty_days_are_shown_unless_a_bound_is_given() {
        let now = "2026-02-15T12:00:00Z".parse().unwrap();
        for (query, count, start, end) in [
            ("", 30, "2026-01-17 00:00:00 UTC", "2026-02-16 00:00:00 UTC"),
            ("to=2026-01-31", 30, "2026-01-02 00:00:00 UTC", "2026-02-01 00:00:00 UTC"),
            ("to=2026-01-31T00:00:00Z", 30, "2026-01-02 00:00:00 UTC", "2026-01-31 00:00:00.001 UTC"),
            ("from=2026-02-14", 2, "2026-02-14 00:00:00 UTC", "2026-02-16 00:00:00 UTC"),
            ("from=2026-02-14T18:00:00Z", 2, "2026-02-14 18:00:00 UTC", "2026-02-16 00:00:00 UTC"),
            ("from=2026-03-01", 1, "2026-03-01 00:00:00 UTC", "2026-03-02 00:00:00 UTC"),
            ("from=2024-01-01&to=2024-12-31", 366, "2024-01-01 00:00:00 UTC", "2025-01-01 00:00:00 UTC"),
        ] {
            let plan = plan_of_days(query, now).unwrap();
            let [first, last] = [plan.buckets().first(), plan.buckets().last()].map(Option::unwrap);
            let found = (plan.buckets().len(), first.start.to_string(), last.end.to_string());
            assert_eq!(found, (count, start.to_owned(), end.to_owned()), "{query}");
        }
    }

    #[test]
    fn instants_at_the_limits_of_the_calendar_do_not_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
            for query in ["", "from=0000-01-01", "to=0000-01-01", "from=9999-12-31", "to=9999-12-31"] {
                let plan = plan_of_days(query, now);
                let is_expected = |error: QueryError| ["period", "resolution"].contains(&error.parameter());
                assert!(plan.is_ok() || plan.is_err_and(is_expected), "{query} {now}");
            }
        }
    }

    #[test]
    fn a_reply_belongs_to_the_last_message_before_it() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let sent = [(at(5), "b"), (at(9), "c"), (at(1), "a"), (at(5), "d")];
        for (second, message) in
            [(0, None), (1, None), (2, Some("a")), (5, Some("a")), (6, Some("d")), (10, Some("c"))]
        {
            assert_eq!(answered_message(sent, at(second)), message, "{second}");
        }
        assert_eq!(answered_message::<()>([], at(0)), None);
    }
}
