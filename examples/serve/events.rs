//! `POST /events`: JSON Lines in, what became of them out.
//!
//! Events are recorded while they come, a block of lines at a time, so that a body may be long and costs little memory.
//! A body that breaks off leaves what came before; sent again, nothing counts twice. A line that is no event, or one of
//! another account, is refused by its number and does not stop the others.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use http_body_util::BodyExt;
use mailtally::message::AccountId;
use mailtally::source::Reason;
use mailtally::source::jsonl::{LONGEST_LINE, parse};
use mailtally::{Event, MemoryStore};
use serde::Serialize;

use crate::app::{PATIENCE, compute};
use crate::host::{Caller, Host};
use crate::key::Scope;
use crate::native::{CONTENT_TYPE, Error, caller};
use crate::reply::Reply;

/// The lines that are recorded at a time, or fewer if they are long.
const LINES: u64 = 1000;

/// The bytes that are recorded at a time, about.
const BYTES: usize = 1 << 20;

/// The most bytes of a body.
const LARGEST_BODY: usize = 1 << 30;

/// The most refused lines that are told; all are counted.
const REASONS: usize = 100;

/// Takes events in.
pub(crate) async fn take(State(host): State<Arc<Host>>, request: Request) -> Reply {
    tracing::Span::current().record("api", "events");
    try_take(&host, request).await.unwrap_or_else(Reply::from)
}

async fn try_take(host: &Host, request: Request) -> Result<Reply, Error> {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = caller(host, authorization, Scope::EventsWrite, &host.limits.events)?;
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Error::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let (mut body, mut block, mut length) = (request.into_body(), Block::default(), 0);
    let mut taken = Taken::default();
    while let Some(more) = next(&mut body).await? {
        length += more.len();
        if length > LARGEST_BODY {
            return Err(Error::Status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        block.push(&more);
        if block.is_full() {
            taken = record(host, caller, block.cut(), taken).await?;
        }
    }
    let taken = record(host, caller, block.bytes, taken).await?;
    Ok(Reply::ok(CONTENT_TYPE, &taken))
}

/// The next bytes of a body; `None` at its end.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Error> {
    loop {
        let frame = tokio::time::timeout(PATIENCE, body.frame()).await;
        match frame.map_err(|_| Error::Status(StatusCode::REQUEST_TIMEOUT))? {
            None => return Ok(None),
            Some(Err(_)) => return Err(Error::Status(StatusCode::BAD_REQUEST)),
            // What is no data is a trailer, which says nothing here.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Records whole lines, and adds what became of them.
async fn record(host: &Host, caller: Caller<'_>, lines: Vec<u8>, taken: Taken) -> Result<Taken, Error> {
    let (store, account) = (Arc::clone(host.store()), caller.account.id.clone());
    compute(host, Some(caller.key.account), move || taken.and(&lines, &account, &store))
        .await
        .map_err(Error::Status)
}

/// Lines that wait to be recorded, and the start of the next.
#[derive(Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    lines: u64,
    /// The bytes of the last line, which has no end yet.
    open: usize,
}

impl Block {
    /// Of a line that is too long, only so much is held as shows that it is.
    fn push(&mut self, more: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', more) {
            self.push_part(&more[start..end]);
            self.bytes.push(b'\n');
            (self.lines, self.open, start) = (self.lines + 1, 0, end + 1);
        }
        self.push_part(&more[start..]);
    }

    fn push_part(&mut self, part: &[u8]) {
        let held = part.len().min((LONGEST_LINE + 1).saturating_sub(self.open));
        self.bytes.extend_from_slice(&part[..held]);
        self.open += held;
    }

    fn is_full(&self) -> bool {
        self.lines >= LINES || (self.lines > 0 && self.bytes.len() >= BYTES)
    }

    /// Cuts the whole lines off.
    fn cut(&mut self) -> Vec<u8> {
        let open = self.bytes.split_off(self.bytes.len() - self.open);
        self.lines = 0;
        std::mem::replace(&mut self.bytes, open)
    }
}

/// What became of the lines of a body.
#[derive(Debug, Default, Serialize)]
struct Taken {
    /// All lines, those that are blank as well.
    lines: u64,
    /// Events that were not known before.
    new: u64,
    /// Events that were known; nothing changed by them.
    repeats: u64,
    /// Events that were known otherwise, and count as they are now.
    corrections: u64,
    /// Lines that are no event, or one of another account.
    refused: u64,
    /// Why, of the first of them.
    reasons: Vec<Refused>,
}

/// A line that was refused.
#[derive(Debug, Serialize)]
struct Refused {
    /// Its number, from 1.
    line: u64,
    /// Where in it, in bytes from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    reason: String,
}

impl Taken {
    /// The same with more lines, which are recorded.
    fn and(mut self, lines: &[u8], account: &AccountId, store: &MemoryStore) -> Self {
        let mut events = Vec::new();
        // The last of them has an end, too, unless the body is over.
        let lines = lines.split_inclusive(|&byte| byte == b'\n');
        for line in lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line)) {
            self.lines += 1;
            match event(line, account, self.lines == 1) {
                Ok(event) => events.extend(event),
                Err((column, reason)) => self.refuse(column, reason),
            }
        }
        let recorded = store.extend(events);
        self.new += recorded.new;
        self.repeats += recorded.repeats;
        self.corrections += recorded.corrections;
        self
    }

    fn refuse(&mut self, column: Option<usize>, reason: String) {
        self.refused += 1;
        if self.reasons.len() < REASONS {
            self.reasons.push(Refused { line: self.lines, column, reason });
        }
    }
}

/// The event of a line; `None` if it is blank; else where and why it is refused.
fn event(line: &[u8], account: &AccountId, is_first: bool) -> Result<Option<Event>, (Option<usize>, String)> {
    let line = if is_first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    let parsed =
        if line.len() > LONGEST_LINE { Err(Reason::TooLong { limit: LONGEST_LINE }) } else { parse(line) };
    let event = parsed.map_err(|reason| (reason.column(), reason.to_string()))?;
    match event {
        Some(event) if event.account() != account => {
            Err((None, format!("of another account, expected `{account}`")))
        }
        event => Ok(event),
    }
}
