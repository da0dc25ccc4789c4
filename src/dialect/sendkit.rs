//! SendKit's analytics (sendkit.ai).
//!
//! # Endpoints
//!
//! | endpoint | answer | source |
//! |---|---|---|
//! | `GET /v1/analytics/mailboxes` | a row for each mailbox of the workspace, also for those without mail | P |
//! | | in the order in which the host gives them | *ours* |
//! | `GET /v1/analytics/mailboxes/{id}` | one mailbox | O |
//! | `GET /v1/analytics/overview` | all mail together, by kind of sequence, and the campaigns | O |
//! | `GET /v1/analytics/daily` | a row for each day, ascending; days without any of the six counts have none | O; the latter is *ours* |
//! | `GET /v1/analytics/daily/mailboxes/{id}` `…/daily/campaigns/{id}` | the same of one mailbox, one campaign | O |
//! | | a campaign's id is the campaign of its events; one without mail has no rows | *ours* |
//!
//! # Parameters
//!
//! | endpoint | parameter | meaning | source |
//! |---|---|---|---|
//! | all | `from`, `to` | ISO 8601, or a date; each optional | P |
//! | | | without `from` no lower bound, without `to` no upper one | P |
//! | | | both ends in: a date is its whole day of UTC; of an instant, it itself; a time without seconds is the start of its minute, one without an offset is in UTC | *ours* |
//! | | | an end before the start is refused; an empty value is none | *ours* |
//! | `…/daily…` | | the last 30 days unless given | O |
//! | | | without `from` the 30 days up to `to`, which without `to` is today | *ours* |
//!
//! All other parameters are ignored (*ours*).
//!
//! # Numbers
//!
//! Statistics are of **campaign e-mail** (P): of messages that have a [campaign](crate::Dimension::Campaign). Mail that
//! warms a mailbox up has none.
//!
//! | field | is | source |
//! |---|---|---|
//! | `sent` | messages with a `sent` event | P |
//! | `opened`, `clicked`, `replied` | messages, by their first such event; opens by machines as well | P; that a message counts once is *ours* |
//! | `bounced` | messages that hard bounced | P; that soft bounces do not count is *ours* |
//! | `positiveReplied` | messages with a [positive](crate::EventType::RepliedPositive) reply; never more than `replied` | P |
//! | `rates` | each over `sent`, in percent, texts with one place, as JavaScript's `toFixed` writes them | O |
//! | | over nothing `0.0` | *ours* |
//! | `bySequence` | `subsequence`: mail of the [category](crate::Dimension::Category) `subsequence`; `main`: all else | O; how they are told apart is *ours* |
//! | `totalCampaigns`, `activeCampaigns` | of the host ([`Campaigns`]); | O |
//! | | or else the campaigns with mail in the range, and those of them that sent | *ours* |
//!
//! A message counts when it was created, with all that ever became of it (*ours*: no source says it; only so are positive
//! replies always a part of the replies, and rates over one rare). A host that schedules mail ahead should record no event
//! before it is sent.
//!
//! A reply belongs to the last mailbox that sent before it (O): it is an event of the message that it answers, which
//! [`answered`] finds, and counts for the mailbox of that message.
//!
//! These belong to the mailbox, and no range changes them (P). A figure that the host does not give is counted, over all
//! mail of the mailbox, with or without a campaign (*ours*): see [`Counted`].
//!
//! | field | counted as |
//! |---|---|
//! | `totalSent` | messages sent, of all time |
//! | `totalReceived` | messages answered, of all time |
//! | `bounceRate` | bounced over sent, of all time: a number, a fraction with four places, `0` over nothing |
//! | `sentToday` | messages sent on the present day of UTC |
//!
//! Mailboxes are found by their addresses, without regard to ASCII case (*ours*). Mail of a mailbox without a profile is in
//! no row of the mailboxes, but in the overview and the days (*ours*).
//!
//! # Keys
//!
//! The key comes in `X-Api-Key` or `Authorization: Bearer` (G); of two, the first counts (*ours*). See [`workspace`].
//!
//! | key | `X-Workspace-Id` | source |
//! |---|---|---|
//! | `sk_user_…`, of the platform | required | G |
//! | `sk_…`, of one workspace | must not be sent | G |
//!
//! # Refusals
//!
//! No source shows the API's own, so the status codes and messages are *ours*; the form is that of the only sample (P):
//! `{"error":"Not Found","message":"The requested resource was not found","code":404}`.
//!
//! | when | status | message |
//! |---|---|---|
//! | a value that cannot be meant | 400 | `Invalid parameter to: found …, expected …` |
//! | the answer would be too large | 400 | `Too many rows, expected a shorter range` |
//! | the workspace is missing, or must not be named | 400 | `X-Workspace-Id is required with a platform key`, `… must not be sent with a workspace key` |
//! | no key, or a wrong one | 401 | `Missing or invalid API key` |
//! | another's workspace | 403 | `This key has no access to the workspace` |
//! | an unknown mailbox | 404 | `Mailbox not found` |
//! | another path | 404 | `The requested resource was not found` |
//! | too many requests | 429 | `Too many requests`, with `Retry-After` |
//! | the host fails | 500 | `An unexpected error occurred` |
//!
//! Every answer has rate-limit headers, of which neither names nor numbers are published: see [`Quota`].
//!
//! # Sources
//!
//! Pages of docs.sendkit.ai, as of May 2026: **P** mailbox performance, **O** overview, single mailbox and daily, **G**
//! getting started.
//!
//! # A request from start to end
//!
//! ```
//! use mailtally::dialect::Params;
//! use mailtally::dialect::sendkit::{self, Counted, Endpoint, Error, Mailbox, Performance};
//! use mailtally::report::Report;
//! use mailtally::{Event, EventType, Kind, MemoryStore, Query};
//!
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Sent, at).mailbox("kim@acme.example").campaign("spring"),
//!     Event::new("acme", "m-2", "e-1", Kind::Sent, at).mailbox("kim@acme.example").campaign("spring"),
//!     Event::new("acme", "m-2", "e-2", EventType::RepliedPositive, at),
//! ]);
//! let mailboxes = [Mailbox::new("66f0a1", "kim@acme.example").display_name("Kim").daily_send_limit(40)];
//!
//! let report = |query: Query| -> Result<Report, mailtally::Error> {
//!     store.report(&query, "2026-02-15T12:00:00Z".parse().unwrap())
//! };
//! let answer = |path: &str, query: &str| -> Result<String, Error> {
//!     let Some(Endpoint::Mailboxes) = Endpoint::of(path) else { return Err(Error::NotFound) };
//!     let request = Performance::parse(&Params::parse(query))?;
//!     let [lifetime, today] = Counted::queries("acme", &mailboxes);
//!     let counted = Counted::new(&report(lifetime)?, &report(today)?);
//!     let body = request.body(&report(request.query("acme", &mailboxes))?, &mailboxes, &counted);
//!     Ok(serde_json::to_string(&body).unwrap())
//! };
//!
//! assert_eq!(sendkit::workspace(Some("sk_live_1"), None)?, sendkit::Workspace::OfKey { key: "sk_live_1" });
//! assert_eq!(
//!     answer("/v1/analytics/mailboxes", "from=2026-02-01&to=2026-02-14")?,
//!     concat!(
//!         r#"{"success":true,"data":[{"_id":"66f0a1","email":"kim@acme.example","displayName":"Kim","status":"active","#,
//!         r#""totalSent":2,"totalReceived":1,"bounceRate":0,"sentToday":0,"dailySendLimit":40,"#,
//!         r#""warmup":{"enabled":false,"status":"not_started"},"#,
//!         r#""performance":{"sent":2,"opened":0,"clicked":0,"bounced":0,"replied":1,"positiveReplied":1},"#,
//!         r#""rates":{"open":"0.0","click":"0.0","bounce":"0.0","reply":"50.0","positiveReply":"50.0"}}]}"#
//!     )
//! );
//! let refusal = answer("/v1/analytics/inboxes", "").unwrap_err().refusal();
//! assert_eq!(
//!     (refusal.status, &*refusal.body),
//!     (404, r#"{"error":"Not Found","message":"The requested resource was not found","code":404}"#)
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a store behind a future, [`report`](crate::report()) does the counting in one call.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Scope, Timing};
use crate::time::Period;

mod access;
mod counted;
mod daily;
mod error;
mod mailbox;
mod overview;
mod performance;
mod quota;
mod range;
mod stats;

pub use access::{Workspace, key, workspace};
pub use counted::Counted;
pub use daily::{Daily, Day};
pub use error::Error;
pub use mailbox::{Mailbox, MailboxStatus, Warmup};
pub use overview::{
    BySequence, Campaigns, Overview, OverviewBody, OverviewRates, SUBSEQUENCE, SequenceStats,
};
pub use performance::{MailboxBody, MailboxName, MailboxRow, Performance};
pub use quota::Quota;
pub use stats::{Rates, Stats};

/// The content type of every body.
pub const CONTENT_TYPE: &str = "application/json";

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has six endpoints")]
pub enum Endpoint<'a> {
    /// `/v1/analytics/mailboxes`: [`Performance`].
    Mailboxes,
    /// `/v1/analytics/mailboxes/{id}`, with the id as it stands there, not decoded: [`Performance`] of that one.
    Mailbox(&'a str),
    /// `/v1/analytics/overview`: [`Overview`].
    Overview,
    /// `/v1/analytics/daily`: [`Daily`].
    Daily,
    /// `/v1/analytics/daily/mailboxes/{id}`, with the id as it stands there, not decoded: [`Daily`] of that mailbox.
    DailyMailbox(&'a str),
    /// `/v1/analytics/daily/campaigns/{id}`, with the id as it stands there, not decoded: [`Daily`] of that campaign.
    DailyCampaign(&'a str),
}

impl<'a> Endpoint<'a> {
    /// The endpoint of a path; `None` if it is none of this API.
    ///
    /// ```
    /// use mailtally::dialect::sendkit::Endpoint;
    ///
    /// assert_eq!(Endpoint::of("/v1/analytics/mailboxes/66f0a1"), Some(Endpoint::Mailbox("66f0a1")));
    /// assert_eq!(Endpoint::of("/v1/analytics/daily/mailboxes/66f0a1"), Some(Endpoint::DailyMailbox("66f0a1")));
    /// assert_eq!(Endpoint::of("/v1/analytics"), None);
    /// ```
    pub fn of(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix("/v1/analytics/")?.split('/').collect();
        match segments[..] {
            ["mailboxes"] => Some(Self::Mailboxes),
            ["mailboxes", id] if !id.is_empty() => Some(Self::Mailbox(id)),
            ["overview"] => Some(Self::Overview),
            ["daily"] => Some(Self::Daily),
            ["daily", "mailboxes", id] if !id.is_empty() => Some(Self::DailyMailbox(id)),
            ["daily", "campaigns", id] if !id.is_empty() => Some(Self::DailyCampaign(id)),
            _ => None,
        }
    }
}

/// The envelope of every success.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Body<T> {
    /// Always `true`.
    pub success: bool,
    /// What it holds.
    pub data: T,
}

impl<T> Body<T> {
    fn new(data: T) -> Self {
        Self { success: true, data }
    }
}

/// What a reply at `at` answers: of the messages to its author, each with the instant at which it was sent, the last one
/// sent before it; of several at the same instant the last given. `None` if none was.
///
/// ```
/// use mailtally::dialect::sendkit::answered;
///
/// let [first, second, reply] = [1, 2, 3].map(|day| format!("2026-02-0{day}T09:00:00Z").parse().unwrap());
/// assert_eq!(answered([(second, "by Sam"), (first, "by Kim")], reply), Some("by Sam"));
/// assert_eq!(answered([(second, "by Sam"), (first, "by Kim")], second), Some("by Kim"));
/// ```
pub fn answered<T>(sent: impl IntoIterator<Item = (DateTime<Utc>, T)>, at: DateTime<Utc>) -> Option<T> {
    let before = sent.into_iter().filter(|(sent, _)| *sent < at);
    before.max_by_key(|(sent, _)| *sent).map(|(_, message)| message)
}

/// The question about campaign e-mail that was created in `period`.
fn campaign_mail(scope: impl Into<Scope>, period: Period) -> Query {
    let kinds = [Kind::Sent, Kind::HardBounced, Kind::Opened, Kind::Clicked, Kind::Replied];
    let query = Query::new(scope, period).kinds(kinds).timing(Timing::Send);
    query.filter(Filter::is_present(Dimension::Campaign))
}

/// The filter that keeps the mail of these mailboxes; none of it where there are no mailboxes.
///
/// A mailbox without an address has no mail. In a filter an empty text would be the mail that has no mailbox.
fn of_mailboxes(mailboxes: &[Mailbox]) -> Filter {
    let emails = mailboxes.iter().map(Mailbox::email).filter(|email| !email.is_empty());
    Filter::is(Dimension::Mailbox, emails).ignoring_case()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;
    use crate::event::Event;

    #[test]
    fn only_the_published_paths_are_known() {
        for (path, endpoint) in [
            ("/v1/analytics/mailboxes", Endpoint::Mailboxes),
            ("/v1/analytics/mailboxes/66f0a1", Endpoint::Mailbox("66f0a1")),
            ("/v1/analytics/overview", Endpoint::Overview),
            ("/v1/analytics/daily", Endpoint::Daily),
            ("/v1/analytics/daily/mailboxes/66f0a1", Endpoint::DailyMailbox("66f0a1")),
            ("/v1/analytics/daily/campaigns/spring", Endpoint::DailyCampaign("spring")),
        ] {
            assert_eq!(Endpoint::of(path), Some(endpoint), "{path}");
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
            assert_eq!(Endpoint::of(path), None, "{path}");
        }
    }

    #[test]
    fn mail_of_no_mailbox_is_not_that_of_one_without_an_address() {
        let store = MemoryStore::new();
        let sent =
            |id: &str| Event::new("acme", id, "1", Kind::Sent, DateTime::UNIX_EPOCH).campaign("spring");
        store.extend([sent("m-1"), sent("m-2").mailbox("kim@acme.example")]);
        let mailboxes = [Mailbox::new("1", ""), Mailbox::new("2", "Kim@acme.example")];
        for (mailboxes, messages) in [(&mailboxes[..1], 0), (&mailboxes[1..], 1), (&mailboxes, 1), (&[], 0)] {
            let query = campaign_mail("acme", Period::all()).filter(of_mailboxes(mailboxes));
            let report = store.report(&query, DateTime::UNIX_EPOCH).unwrap();
            assert_eq!(report.total.unique(Kind::Sent), messages, "{mailboxes:?}");
        }
    }

    #[test]
    fn a_reply_belongs_to_the_last_message_before_it() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let sent = [(at(5), "b"), (at(9), "c"), (at(1), "a"), (at(5), "d")];
        for (second, message) in
            [(0, None), (1, None), (2, Some("a")), (5, Some("a")), (6, Some("d")), (10, Some("c"))]
        {
            assert_eq!(answered(sent, at(second)), message, "{second}");
        }
        assert_eq!(answered::<()>([], at(0)), None);
    }
}
