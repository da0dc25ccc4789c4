//! `POST /events`: takes JSON Lines in the body, records their events, and replies with the counts.
//!
//! Events are recorded while the body arrives, a block at a time, so a long body needs little memory. If the body breaks
//! off, the blocks before are recorded; the client can send the body again, and nothing is counted twice. The same holds for a
//! body that is refused in the middle, because it is too slow or because the account has used its [`quota`](crate::quota). A
//! line that is not an event, or an event of another account, is refused and reported by its number; the other lines are
//! recorded.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use mailtally::Event;
use mailtally::dialect::{Failure, Refusal};
use mailtally::message::AccountId;
use mailtally::native::{Error, Native};
use mailtally::source::jsonl::{MAX_LINE_BYTES, parse};
use mailtally::source::{LineSplitter, Reason};
use mailtally::store::StoreError;
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use crate::api::{admit, causes, enter, refuse};
use crate::compute::compute;
use crate::config::Account;
use crate::host::{Access, Host};
use crate::key::Scope;
use crate::quota::Over;

/// The number of bytes after which a block is recorded: some hundred to some thousand lines.
const BLOCK_BYTES: usize = 256 << 10;

/// The memory of a request in bytes: a block, a line that is longer than the block, and their events.
const MEMORY_BYTES: usize = 2 << 20;

/// The maximum length of a body in bytes.
const MAX_BODY_BYTES: usize = 1 << 30;

/// The maximum number of refused lines that the reply lists; all are counted.
const MAX_REASONS: usize = 100;

/// Handles a request.
pub(crate) async fn take(State(host): State<Arc<Host>>, request: Request) -> Response {
    tracing::Span::current().record("api", "events");
    match try_take(&host, request).await {
        Ok(counts) => ([(header::CONTENT_TYPE, "application/json")], counts).into_response(),
        Err(NoReply::Refused(error)) => refuse::<Native>(&error).map(Body::from),
        Err(NoReply::Full { max_events }) => full(max_events),
    }
}

/// Refuses a request of an account that has all events that it may have.
fn full(max_events: u64) -> Response {
    let message = format!("the account has {max_events} events or more, and may not have more");
    let error = json!({ "code": "insufficient_storage", "message": message, "parameter": null });
    let body = json!({ "error": error }).to_string();
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::INSUFFICIENT_STORAGE, headers, body).into_response()
}

/// Why the counts are not replied.
#[derive(Debug)]
enum NoReply {
    /// As the crate's own API refuses.
    Refused(Error),
    /// The account has as many events as it may have.
    Full { max_events: u64 },
}

impl From<Error> for NoReply {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Over> for NoReply {
    fn from(over: Over) -> Self {
        match over {
            Over::Full { max_events } => Self::Full { max_events },
            Over::Today { retry_after } => Self::Refused(Refusal::TooManyRequests { retry_after }.into()),
        }
    }
}

async fn try_take(host: &Arc<Host>, request: Request) -> Result<String, NoReply> {
    let headers = request.headers();
    let access = admit::<Native>(
        host,
        headers,
        Scope::EventsWrite,
        |limits, access| vec![(&limits.events, access.account_index)],
        &mut None,
    )?;
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(status(StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
    }
    let _place = enter(host, access).map_err(Error::from)?;
    access.account.quota.check(host.now())?;
    let memory = host.room.bodies.reserve(access.account_index, MEMORY_BYTES).await;
    let _memory = memory.ok_or_else(|| status(StatusCode::SERVICE_UNAVAILABLE))?;
    let counts = record_all(host, access, request.into_body()).await?;
    Ok(serde_json::to_string(&counts).map_err(|error| Error::from(Failure::from(error)))?)
}

/// Records a body, a block at a time.
async fn record_all(host: &Arc<Host>, access: Access<'_>, body: Body) -> Result<Counts, NoReply> {
    let mut blocks = Blocks { body, length: 0 };
    let mut intake = Intake::new();
    loop {
        let (block, is_last) = blocks.next(host.bounds.timeout()).await.map_err(status)?;
        if !block.is_empty() {
            access.account.quota.check(host.now())?;
        }
        intake = record(host, access, intake, block, is_last).await?;
        if is_last {
            return Ok(intake.counts);
        }
    }
}

/// A body that is read in blocks.
#[derive(Debug)]
struct Blocks {
    body: Body,
    /// The number of bytes that were read.
    length: usize,
}

impl Blocks {
    /// Reads the next block, and whether it is the last. It must arrive within `timeout`, so a body cannot take forever.
    async fn next(&mut self, timeout: Duration) -> Result<(Vec<u8>, bool), StatusCode> {
        let (mut block, deadline) = (Vec::new(), Instant::now() + timeout);
        while block.len() < BLOCK_BYTES {
            let frame = timeout_at(deadline, self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| StatusCode::REQUEST_TIMEOUT)? else {
                return Ok((block, true));
            };
            // A frame without data is a trailer, which is ignored.
            let data = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data().unwrap_or_default();
            self.length += data.len();
            if self.length > MAX_BODY_BYTES {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            block.extend_from_slice(&data);
        }
        Ok((block, false))
    }
}

/// Records a block on a thread for computations, when it is the account's turn.
async fn record(
    host: &Arc<Host>,
    access: Access<'_>,
    intake: Intake,
    block: Vec<u8>,
    is_last: bool,
) -> Result<Intake, Error> {
    let (shared, account) = (Arc::clone(host), Arc::clone(access.account));
    let work = move || async move {
        let intake = intake.block(&block, &account, &shared).await?;
        if is_last { intake.last_line(&account, &shared).await } else { Ok(intake) }
    };
    let timeout = host.bounds.timeout();
    let recorded = compute(&host.queue, access.account_index, || host.now(), timeout, work).await;
    let (intake, _) = recorded.map_err(status)?;
    intake.map_err(|error| Error::from(Failure::from(error)))
}

fn status(status: StatusCode) -> Error {
    Refusal::Other(status).into()
}

/// The state of a body that is being recorded.
#[derive(Debug)]
struct Intake {
    splitter: LineSplitter,
    counts: Counts,
}

/// The reply: the number of lines and of events, by what was done with them.
#[derive(Debug, Default, Serialize)]
struct Counts {
    /// All lines, including blank ones.
    lines: u64,
    /// Events that were not in the store.
    new: u64,
    /// Events that were in the store, with equal fields; the store did not change.
    repeats: u64,
    /// Events that were in the store with other fields; one of the copies counts. Many of them mean that ids are not unique
    /// within their messages.
    conflicts: u64,
    /// Events of a time of which the store keeps only sums; they are not recorded.
    too_late: u64,
    /// Lines that are not an event, or an event of another account.
    refused: u64,
    /// The first refused lines.
    reasons: Vec<Refused>,
}

/// A line that was refused.
#[derive(Debug, Serialize)]
struct Refused {
    /// The number of the line, from 1.
    line: u64,
    /// The column of the error in bytes, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    reason: String,
}

impl Intake {
    fn new() -> Self {
        Self { splitter: LineSplitter::new(MAX_LINE_BYTES), counts: Counts::default() }
    }

    /// Records the lines that end in `block`, and keeps the start of the next.
    async fn block(mut self, mut block: &[u8], account: &Account, host: &Host) -> Result<Self, StoreError> {
        let mut events = Vec::new();
        while let Some(line) = self.splitter.next_line(&mut block) {
            let event = self.counts.line(line, &account.id);
            events.extend(event.map(|event| (self.counts.lines, event)));
        }
        self.counts.record(events, account, host).await?;
        Ok(self)
    }

    /// Records the last line if it has no end.
    async fn last_line(mut self, account: &Account, host: &Host) -> Result<Self, StoreError> {
        if let Some(line) = self.splitter.finish() {
            let event = self.counts.line(line, &account.id);
            self.counts.record(event.map(|event| (self.counts.lines, event)), account, host).await?;
        }
        Ok(self)
    }
}

impl Counts {
    /// Counts a line and returns its event; `None` if the line is blank or refused.
    fn line(&mut self, line: Result<&[u8], Reason>, account: &AccountId) -> Option<Event> {
        self.lines += 1;
        match line.and_then(parse) {
            Ok(Some(event)) if event.account() != account => {
                self.refuse(self.lines, None, format!("of another account, expected `{account}`"));
                None
            }
            Ok(event) => event,
            Err(reason) => {
                self.refuse(self.lines, reason.column(), reason.to_string());
                None
            }
        }
    }

    fn refuse(&mut self, line: u64, column: Option<usize>, reason: String) {
        self.refused += 1;
        if self.reasons.len() < MAX_REASONS {
            self.reasons.push(Refused { line, column, reason });
        }
    }

    /// Records events, each with the number of its line.
    async fn record(
        &mut self,
        events: impl IntoIterator<Item = (u64, Event)>,
        account: &Account,
        host: &Host,
    ) -> Result<(), StoreError> {
        let (lines, events): (Vec<u64>, Vec<Event>) = events.into_iter().unzip();
        let refuse = |index: usize, error: &StoreError| self.refuse(lines[index], None, causes(error));
        let recorded = host.store().record(events, refuse).await?;
        host.changed(recorded);
        account.quota.count(recorded, host.now());
        self.new += recorded.new;
        self.repeats += recorded.repeats;
        self.conflicts += recorded.conflicts;
        self.too_late += recorded.too_late;
        Ok(())
    }
}
