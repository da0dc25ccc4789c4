//! The published statistics APIs: each parses an HTTP request into the questions that it asks, and writes the answers
//! as an HTTP response. All implement one trait, [`Dialect`].
//!
//! | module | API | statistics |
//! |---|---|---|
//! | [`mailtrap`] | Mailtrap Stats API, the account-scoped and the unscoped form | totals, by domain, category, provider, date |
//! | [`krafter`] | Krafter Mail statistics | totals by status, daily |
//! | [`mailgun`] | Mailgun Stats v3 with tags and aggregates, Metrics v1 | by time, domain, tag, provider, device, country |
//! | [`emitlo`] | Emitlo Statistics API | a message, its events, overview, daily |
//! | [`sendkit`] | SendKit analytics | mailboxes, overview, daily |
//!
//! The crate's own API, [`native`](crate::native), has the same shape. Which count shows what is in one table, [event type by
//! dialect](crate::EventType#which-dialect-shows-it-where).
//!
//! # Serve an API
//!
//! The type of an API, such as [`Mailtrap`](mailtrap::Mailtrap), holds the settings of an account, such as the ids of
//! its domains. Whose mail is counted, and the current time, are arguments of each request.
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::mailtrap::Mailtrap;
//! use mailtally::dialect::{Dialect, answer};
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
//! store.extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-14T09:30:00Z".parse()?)])?;
//!
//! let mailtrap = Mailtrap::new([(3938, "mail.acme.example")]);
//! let now = "2026-02-15T12:00:37Z".parse()?;
//! let get = |target: &str| -> Result<http::Response<String>, Box<dyn std::error::Error>> {
//!     let request = Request::get(target).header("api-token", "secret").body("")?;
//!     // An unknown path or a wrong method is refused first, then the credential is checked.
//!     let answered = Mailtrap::check_route(request.method(), request.uri().path()).and_then(|()| {
//!         assert_eq!(Mailtrap::credential(request.headers())?.key, "secret"); // compared by the host
//!         ready(answer(&mailtrap, &store, &"acme".into(), &request, now))
//!     });
//!     // An error has a cause for the host to log, and a response in the API's words.
//!     Ok(answered.unwrap_or_else(|error| Mailtrap::refuse(&error)))
//! };
//! assert_eq!(get("/api/stats?start_date=2026-02-14&end_date=2026-02-14")?.status(), 200);
//! assert_eq!(get("/api/stats?start_date=2026-02-14")?.body(), r#"{"error":"Missing required parameter: end_date"}"#);
//! assert_eq!(get("/api/statistics")?.status(), 404);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! If the host limits requests, it adds the API's headers to each response with [`Dialect::add_rate_limit`].
//!
//! # Without a store
//!
//! [`answer`] does everything over a store. A host that counts in another way makes the same steps itself:
//! [`parse`](Dialect::parse) the request, answer its [`questions`](Dialect::questions), and let the dialect
//! [`respond`](Dialect::respond). No step does I/O or reads a clock.
//!
//! ```
//! use http::Request;
//! use mailtally::dialect::krafter::Krafter;
//! use mailtally::dialect::{Answer, Answers, Dialect, Question};
//! use mailtally::{Event, Kind};
//!
//! let events = [Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-14T09:30:00Z".parse()?)];
//! let now = "2026-02-15T12:00:37Z".parse()?;
//!
//! let request = Krafter.parse(&Request::get("/api/v1/mail/stats/daily?days=2").body("")?, now)?;
//! let mut answers = Vec::new();
//! for question in Krafter.questions(&request, &"acme".into()) {
//!     answers.push(match question {
//!         Question::Report(query) => {
//!             let plan = query.report_plan(now)?;
//!             let rows = plan.plans().iter().map(|plan| plan.tally(events.clone())).collect::<Result<Vec<_>, _>>()?;
//!             Answer::from(plan.report(rows)?)
//!         }
//!         Question::Messages(asked) => {
//!             let figure = asked.query.figure(now, &asked.group, asked.metric)?;
//!             Answer::from(figure.messages(events.clone())) // the API of this example asks no such question
//!         }
//!         Question::Timeline(_, message) => {
//!             Answer::from(events.iter().filter(|event| *event.message() == message).cloned().collect::<Vec<_>>())
//!         }
//!     });
//! }
//! let response = Krafter.respond(&request, answers.into_iter().collect::<Answers>())?;
//! assert_eq!(response.status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    not(all(
        feature = "native",
        feature = "mailtrap",
        feature = "krafter",
        feature = "mailgun",
        feature = "emitlo",
        feature = "sendkit"
    )),
    allow(dead_code, unused_imports, reason = "each API uses only some of the shared parts")
)]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method};
use rust_decimal::Decimal;

use crate::counted::Counted;
use crate::dimension::By;
use crate::error::Error;
use crate::event::{AccountId, Event, MessageId, normalize_domain};
use crate::figure::CountedMessage;
use crate::metric::Metric;
use crate::plan::Plan;
use crate::query::Query;
use crate::report::{Report, ReportError, ReportPlan};
use crate::store::{Messages, Store, Timeline};

#[cfg(feature = "emitlo")]
pub mod emitlo;
#[cfg(any(feature = "krafter", feature = "sendkit"))]
mod js_number;
#[cfg(feature = "krafter")]
pub mod krafter;
#[cfg(feature = "mailgun")]
pub mod mailgun;
#[cfg(feature = "mailtrap")]
pub mod mailtrap;
mod params;
mod refusal;
pub(crate) mod request;
pub(crate) mod response;
#[cfg(feature = "sendkit")]
pub mod sendkit;

use params::Params;
pub use refusal::{Failure, RateLimit, Refusal, RequestLimit};
use request::{GET, POST, bearer, check_method, decode_segment, header, trimmed_header};
use response::json;

/// A response: status, headers and a body of text.
pub type Response = http::Response<String>;

/// A statistics API: parses its requests into questions, and makes its responses from the answers. A value of the
/// implementing type holds the settings of one account. A host can implement it for an API of its own.
pub trait Dialect {
    /// A request that was parsed.
    type Request: Send + Sync;

    /// Why a request has no statistics. The source of an error is for the host's log; [`Dialect::refuse`] makes the
    /// response.
    type Error: std::error::Error + From<Refusal> + From<Failure> + Send + Sync + 'static;

    /// Checks that the API has this path with this method; `HEAD` is treated as `GET`. A host calls it before it looks
    /// at the credential, so that an unknown path is refused in the same way with any credential. [`Dialect::parse`]
    /// checks it as well.
    ///
    /// # Errors
    ///
    /// The API's error for an unknown path, or [`Refusal::MethodNotAllowed`].
    fn check_route(method: &Method, path: &str) -> Result<(), Self::Error>;

    /// Returns the credential in the headers of a request. The host compares it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthorized`] if there is none, or the API's error for headers that contradict each other.
    fn credential(headers: &HeaderMap) -> Result<Credential, Self::Error>;

    /// Parses a request that came at the instant `now`.
    ///
    /// # Errors
    ///
    /// The API's error for an unknown path or method, or for invalid parameters.
    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
        now: DateTime<Utc>,
    ) -> Result<Self::Request, Self::Error>;

    /// Returns the questions that must be answered for the response, about the mail of `account`.
    fn questions(&self, request: &Self::Request, account: &AccountId) -> Vec<Question>;

    /// Makes the response from the answers to [`Dialect::questions`], in their order.
    ///
    /// # Errors
    ///
    /// The API's error for something unknown, such as a message; [`Failure::Answers`] if an answer is missing or of
    /// the wrong kind.
    fn respond(&self, request: &Self::Request, answers: Answers) -> Result<Response, Self::Error>;

    /// Makes the response of an error, in the API's words. It reveals nothing of a failure's cause.
    fn refuse(error: &Self::Error) -> Response;

    /// Adds the API's rate-limit headers to a response, if it has any.
    fn add_rate_limit(response: &mut Response, limit: &RateLimit);
}

/// The credential of a request. Its `Debug` form does not show the key.
#[derive(Clone)]
#[non_exhaustive]
pub struct Credential {
    /// The key, not empty.
    pub key: String,
    /// The account that the request names, if the key of a platform gives access to several (SendKit's workspaces).
    pub account: Option<String>,
}

impl Credential {
    /// Makes a credential that names no account.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), account: None }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("account", &self.account).finish_non_exhaustive()
    }
}

/// One thing that a host looks up for a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host must be able to answer every question")]
#[expect(clippy::large_enum_variant, reason = "nearly every question is a report")]
pub enum Question {
    /// The report of a query.
    Report(Query),
    /// The events of a message, as [`Timeline::events`] returns them.
    Timeline(AccountId, MessageId),
    /// The messages that a figure is made of, as [`Messages::messages`] returns them.
    Messages(Box<MessagesQuestion>),
}

/// Which messages a figure is made of: one page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a host must be able to answer every question")]
pub struct MessagesQuestion {
    /// The query whose report has the figure.
    pub query: Query,
    /// The values, and the date, of the row: see [`Query::figure`].
    pub group: BTreeMap<By, Option<Arc<str>>>,
    /// The metric.
    pub metric: Metric,
    /// The last message of the page before; `None` for the first page.
    pub after: Option<(AccountId, MessageId)>,
    /// The maximum number of messages.
    pub limit: usize,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is one for each question")]
pub enum Answer {
    /// The report.
    Report(Box<Report>),
    /// The events, ordered by instant, then by id; empty if the message is unknown.
    Timeline(Vec<Event>),
    /// The messages, ascending by account, then by id.
    Messages(Vec<CountedMessage>),
}

impl From<Report> for Answer {
    fn from(report: Report) -> Self {
        Self::Report(Box::new(report))
    }
}

impl From<Vec<CountedMessage>> for Answer {
    fn from(messages: Vec<CountedMessage>) -> Self {
        Self::Messages(messages)
    }
}

impl From<Vec<Event>> for Answer {
    fn from(events: Vec<Event>) -> Self {
        Self::Timeline(events)
    }
}

/// The answers to all questions of a request, in their order. Those that are not taken are ignored.
#[derive(Debug)]
pub struct Answers(std::vec::IntoIter<Answer>);

impl Answers {
    /// Takes the next answer, a report.
    ///
    /// # Errors
    ///
    /// [`Failure::Answers`] if it is something else, or if there is none.
    pub fn report(&mut self) -> Result<Report, Failure> {
        match self.0.next() {
            Some(Answer::Report(report)) => Ok(*report),
            Some(Answer::Timeline(_) | Answer::Messages(_)) | None => {
                Err(Failure::Answers { expected: "a report" })
            }
        }
    }

    /// Takes the next answer, a timeline.
    ///
    /// # Errors
    ///
    /// [`Failure::Answers`] if it is something else, or if there is none.
    pub fn timeline(&mut self) -> Result<Vec<Event>, Failure> {
        match self.0.next() {
            Some(Answer::Timeline(events)) => Ok(events),
            Some(Answer::Report(_) | Answer::Messages(_)) | None => {
                Err(Failure::Answers { expected: "a timeline" })
            }
        }
    }

    /// Takes the next answer, a list of messages.
    ///
    /// # Errors
    ///
    /// [`Failure::Answers`] if it is something else, or if there is none.
    pub fn messages(&mut self) -> Result<Vec<CountedMessage>, Failure> {
        match self.0.next() {
            Some(Answer::Messages(messages)) => Ok(messages),
            Some(Answer::Report(_) | Answer::Timeline(_)) | None => {
                Err(Failure::Answers { expected: "a list of messages" })
            }
        }
    }
}

impl FromIterator<Answer> for Answers {
    fn from_iter<I: IntoIterator<Item = Answer>>(answers: I) -> Self {
        Self(answers.into_iter().collect::<Vec<_>>().into_iter())
    }
}

/// Answers a request about the mail of `account` over `store`, at the instant `now`: parses it, counts, and responds.
///
/// All reports of the response are counted over one state of the data. Dropping the future stops the work.
///
/// A host with a [`Store`] and neither [`Timeline`] nor [`Messages`] wraps it in
/// [`CountsOnly`](crate::store::CountsOnly).
///
/// # Errors
///
/// The API's error: [`Dialect::refuse`] makes its response, and its source is for the host's log.
pub async fn answer<D: Dialect, S: Store + Timeline + Messages + ?Sized>(
    dialect: &D,
    store: &S,
    account: &AccountId,
    request: &http::Request<impl AsRef<[u8]>>,
    now: DateTime<Utc>,
) -> Result<Response, D::Error> {
    let request = dialect.parse(request, now)?;
    let answers = answer_all(store, dialect.questions(&request, account), now).await?;
    dialect.respond(&request, answers)
}

/// Answers questions in their order; all plans of all reports are counted at once.
async fn answer_all<S: Store + Timeline + Messages + ?Sized>(
    store: &S,
    questions: Vec<Question>,
    now: DateTime<Utc>,
) -> Result<Answers, Failure> {
    let report_plan = |question: &Question| match question {
        Question::Report(query) => Some(query.report_plan(now)),
        Question::Timeline(..) | Question::Messages(_) => None,
    };
    let report_plans: Vec<ReportPlan> =
        questions.iter().filter_map(report_plan).collect::<Result<_, _>>().map_err(Error::from)?;
    let plans: Vec<Plan> = report_plans.iter().flat_map(ReportPlan::plans).cloned().collect();
    let counted = match &plans[..] {
        [] => Counted::default(),
        plans => store.count(plans).await.map_err(Error::from)?,
    };
    let (found, expected) = (counted.rows.len(), plans.len());
    if found != expected {
        return Err(Error::from(ReportError::WrongAnswers { found, expected }).into());
    }
    let (mut rows, mut report_plans) = (counted.rows.into_iter(), report_plans.into_iter());
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        answers.push(match question {
            Question::Report(_) => {
                let Some(plan) = report_plans.next() else { continue };
                let rows = rows.by_ref().take(plan.plans().len()).collect();
                let counted = Counted::new(rows).provenance(counted.provenance.clone());
                Answer::from(plan.report(counted).map_err(Error::from)?)
            }
            Question::Timeline(account, message) => Answer::from(store.events(&account, &message).await?),
            Question::Messages(question) => {
                let MessagesQuestion { query, group, metric, after, limit } = *question;
                let figure = query.figure(now, &group, metric)?;
                Answer::from(store.messages(&figure, after.as_ref(), limit).await?)
            }
        });
    }
    Ok(answers.into_iter().collect())
}

/// Returns the nearest double, which prints the same decimals up to 15 digits. Parsing the text gives it.
fn nearest_f64(decimal: Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or(0.0)
}

/// Normalizes the names of domains as those of events are; one with an empty name is dropped. Of several names of an id
/// the last one stays.
fn domain_names<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = (i64, N)>) -> BTreeMap<i64, Arc<str>> {
    domains.into_iter().filter_map(|(id, name)| Some((id, normalize_domain(name.into())?))).collect()
}

/// Truncates a found value for an error message.
fn truncated(found: &str) -> String {
    found.chars().take(80).collect()
}
