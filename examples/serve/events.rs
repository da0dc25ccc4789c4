//! `POST /events`: takes JSON Lines in the body, records their events, and replies with the counts.
//!
//! Events are recorded while the body arrives, a block at a time, so a long body needs little memory. If the body breaks
//! off, the blocks before are recorded; the client can send the body again, and nothing is counted twice. A line that is
//! not an event, or an event of another account, is refused and reported by its number; the other lines are recorded.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use mailtally::dialect::{Dialect, Failure, Refusal};
use mailtally::message::AccountId;
use mailtally::native::{Error, Native};
use mailtally::source::jsonl::{MAX_LINE_BYTES, parse};
use mailtally::source::{LineSplitter, Reason};
use mailtally::{Event, MemoryStore};
use serde::Serialize;

use crate::api::admit;
use crate::app::{TIMEOUT, compute};
use crate::host::{Access, Host};
use crate::key::Scope;

/// The number of bytes after which a block is recorded: some hundred to some thousand lines.
const BLOCK_BYTES: usize = 256 << 10;

/// The maximum length of a body in bytes.
const MAX_BODY_BYTES: usize = 1 << 30;

/// The maximum number of refused lines that the reply lists; all are counted.
const MAX_REASONS: usize = 100;

/// Handles a request.
pub(crate) async fn take(State(host): State<Arc<Host>>, request: Request) -> Response {
    tracing::Span::current().record("api", "events");
    match try_take(&host, request).await {
        Ok(counts) => ([(header::CONTENT_TYPE, "application/json")], counts).into_response(),
        Err(error) => Native::refuse(&error).map(Body::from),
    }
}

async fn try_take(host: &Host, request: Request) -> Result<String, Error> {
    let headers = request.headers();
    let access = admit::<Native>(
        host,
        headers,
        Scope::EventsWrite,
        |limits, access| vec![(&limits.events, access.account_index)],
        &mut None,
    )?;
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let (mut body, mut block, mut length) = (request.into_body(), Vec::new(), 0);
    let mut intake = Intake::new();
    while let Some(bytes) = next(&mut body).await? {
        length += bytes.len();
        if length > MAX_BODY_BYTES {
            return Err(status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        block.extend_from_slice(&bytes);
        if block.len() >= BLOCK_BYTES {
            let block = std::mem::take(&mut block);
            intake = record(host, access, move |account, store| intake.block(&block, account, store)).await?;
        }
    }
    let intake = record(host, access, move |account, store| {
        intake.block(&block, account, store).last_line(account, store)
    });
    Ok(serde_json::to_string(&intake.await?.counts).map_err(Failure::from)?)
}

/// Returns the next bytes of a body; `None` at its end.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Error> {
    loop {
        let frame = tokio::time::timeout(TIMEOUT, body.frame()).await;
        match frame.map_err(|_| status(StatusCode::REQUEST_TIMEOUT))? {
            None => return Ok(None),
            Some(Err(_)) => return Err(status(StatusCode::BAD_REQUEST)),
            // A frame without data is a trailer, which is ignored.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Runs `work` on a thread for computations, when it is the account's turn.
async fn record(
    host: &Host,
    access: Access<'_>,
    work: impl FnOnce(&AccountId, &MemoryStore) -> Intake + Send + 'static,
) -> Result<Intake, Error> {
    let (store, account) = (Arc::clone(host.store()), access.account.id.clone());
    compute(host, Some(access.account_index), move || work(&account, &store)).await.map_err(status)
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
    /// Events that were in the store with other fields, which were replaced.
    corrections: u64,
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
    fn block(mut self, mut block: &[u8], account: &AccountId, store: &MemoryStore) -> Self {
        let mut events = Vec::new();
        while let Some(line) = self.splitter.next_line(&mut block) {
            events.extend(self.counts.line(line, account));
        }
        self.counts.record(events, store);
        self
    }

    /// Records the last line if it has no end.
    fn last_line(mut self, account: &AccountId, store: &MemoryStore) -> Self {
        if let Some(line) = self.splitter.finish() {
            let event = self.counts.line(line, account);
            self.counts.record(event, store);
        }
        self
    }
}

impl Counts {
    /// Counts a line and returns its event; `None` if the line is blank or refused.
    fn line(&mut self, line: Result<&[u8], Reason>, account: &AccountId) -> Option<Event> {
        self.lines += 1;
        match line.and_then(parse) {
            Ok(Some(event)) if event.account() != account => {
                self.refuse(None, format!("of another account, expected `{account}`"));
                None
            }
            Ok(event) => event,
            Err(reason) => {
                self.refuse(reason.column(), reason.to_string());
                None
            }
        }
    }

    fn refuse(&mut self, column: Option<usize>, reason: String) {
        self.refused += 1;
        if self.reasons.len() < MAX_REASONS {
            self.reasons.push(Refused { line: self.lines, column, reason });
        }
    }

    fn record(&mut self, events: impl IntoIterator<Item = Event>, store: &MemoryStore) {
        let recorded = store.extend(events)?;
        self.new += recorded.new;
        self.repeats += recorded.repeats;
        self.corrections += recorded.corrections;
    }
}
