//! The parser of lines, which turns them into events.

use std::sync::Arc;

use super::Options;
use super::line::{Attempt, Line, Refusal, split_queue_id};
use super::queue::{Key, Message, Queue};
use crate::event::{Event, EventId};
use crate::event_type::EventType;
use crate::source::failure::Failure;
use crate::source::head::Clock;
use crate::source::log::answers::{Answer, with_attributes};
use crate::source::log::entries::{Entries, Handle};
use crate::source::log::event_ids::id_of_line;
use crate::source::log::maker::{Maker, Refused, Written};
use crate::source::log::{Hooks, codes, parse_by_methods, reason, take_checked};
use crate::source::{LineKind, Reason};

/// Parses the lines of a log one by one, and returns their events. A [`Reader`](super::Reader) is a parser with an input.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::sendmail::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"Nov 21 00:09:39 mx1 sendmail[24]: 6AL09dXk000024: to=<ann@gmail.com>,<bob@gmail.com>, delay=00:00:01, mailer=esmtp, \
/// relay=mx.example. [192.0.2.1], dsn=4.4.1, stat=Deferred: Connection refused by mx.example.";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::WithEvents);
/// assert_eq!(events.len(), 2);
/// assert_eq!(events[0].event_fields().reason.as_deref(), Some("connection refused"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    entries: Entries,
    mail: Mail,
}

/// Turns the texts of lines into events.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    maker: Maker<Arc<str>>,
    queue: Queue,
    /// The events of a line.
    events: Vec<Event>,
}

/// What became of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Sent,
    Deferred,
    Bounced,
    /// Refused before any attempt.
    Rejected,
}

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        let entries = Entries::new(&options);
        let mail = Mail { maker: Maker::new(options), queue: Queue::default(), events: Vec::new() };
        Self { entries, mail }
    }

    /// Begins another file with the next line: the file that follows in time, or any other.
    ///
    /// Deferred recipients stay. The year is found again, and equal refusals are counted from 0.
    pub fn begin_file(&mut self) {
        self.entries.begin_file();
        self.mail.maker.begin_file();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no timestamp, or tells of recipients and is cut off before their status. It gives no event then, and the
    /// next line can be parsed. A line longer than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES) is parsed as well: only a
    /// [`Reader`](super::Reader) and a [`LineSplitter`](crate::source::LineSplitter) apply the maximum.
    pub fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        self.mail.events.clear();
        let kind = self.entries.parse(line, &mut self.mail)?;
        take_checked(&mut self.mail.events, out)?;
        Ok(kind)
    }
}

impl Handle for Mail {
    fn is_own(program: &[u8]) -> bool {
        is_program(program)
    }

    fn is_told_apart(text: &[u8]) -> bool {
        split_queue_id(text).is_some()
    }

    fn handle<'a>(&mut self, written: Written<'_>, text: &'a [u8]) -> Result<LineKind, Failure<'a>> {
        self.maker.event_ids.advance(written.at);
        let last = self.maker.take_last();
        let refused = |maker: &mut Maker<_>, text| match Line::parse(
            split_queue_id(text).map_or(text, |(_, text)| text),
        ) {
            Ok(Line::Refused(refusal)) => Some(refused(maker, written.host, refusal)),
            Ok(Line::From(_) | Line::To(_) | Line::Expired | Line::Done | Line::Quiet) | Err(_) => None,
        };
        if let Some(kind) = self.maker.repeated(written, text, last, refused, &mut self.events)? {
            return Ok(kind);
        }
        let Some((id, text)) = split_queue_id(text) else {
            return Ok(self.without_queue_id(written, text));
        };
        let (key, second) = (Key::new(written.host, id), written.at.div_euclid(1000));
        match Line::parse(text)? {
            Line::From(sender) => {
                let sender = self.maker.names.sender(sender);
                self.queue.file(key, second).sender = Some(sender);
            }
            Line::To(attempt) => self.attempt(written, key, attempt),
            Line::Expired => self.expire(written, key),
            Line::Refused(refusal) => self.refuse(written, refusal),
            Line::Done => self.queue.remove(key),
            Line::Quiet => {}
        }
        Ok(self.kind())
    }

    fn pass_other(&mut self) {
        self.maker.take_last();
    }
}

impl Mail {
    fn kind(&self) -> LineKind {
        if self.events.is_empty() { LineKind::Ignored } else { LineKind::WithEvents }
    }

    /// Handles a line that names no queue file: a client that was refused, or nothing that is counted.
    fn without_queue_id(&mut self, written: Written<'_>, text: &[u8]) -> LineKind {
        if let Ok(Line::Refused(refusal)) = Line::parse(text.strip_prefix(b"NOQUEUE: ").unwrap_or(text)) {
            self.refuse(written, refusal);
        }
        self.kind()
    }

    /// Handles what became of mail for a list of recipients.
    fn attempt(&mut self, written: Written<'_>, key: Key, attempt: Attempt<'_>) {
        let second = written.at.div_euclid(1000);
        if let Some(id) = attempt.handed_over_to() {
            self.queue.hand_over(key, Key::new(written.host, id), second);
            let file = self.queue.file(key, second);
            for recipient in attempt.recipients() {
                file.deferred.remove(&key.recipient_hash(recipient));
            }
            return;
        }
        let Some(outcome) = outcome(&attempt) else { return };
        let event_type = match outcome {
            Outcome::Sent if attempt.is_to_server() => EventType::DeliveredSmtp,
            Outcome::Sent => EventType::Delivered,
            Outcome::Deferred => EventType::Deferred,
            Outcome::Bounced => EventType::HardBouncedImmediate,
            Outcome::Rejected => EventType::FailedRejected,
        };
        let id: EventId = match outcome {
            Outcome::Sent => "delivered".into(),
            Outcome::Deferred => id_of_line(written.at, written.line),
            Outcome::Bounced => "bounced".into(),
            Outcome::Rejected => "rejected".into(),
        };
        let answer = self.answer(outcome, &attempt);
        let file = self.queue.file(key, second);
        file.is_attempted = true;
        let origin = file.origin.unwrap_or(key);
        for recipient in attempt.recipients() {
            let hash = origin.recipient_hash(recipient);
            let message = file.deferred.remove(&hash).unwrap_or_else(|| Message {
                id: origin.message_id(hash),
                destination: self.maker.names.destination(recipient),
            });
            let (sender, destination) = (file.sender.as_deref(), message.destination.as_deref());
            let fields = self.maker.names.fields_by_host(sender, destination, || attempt.mx_host());
            let Message { id: message, destination } = message;
            if outcome == Outcome::Deferred {
                file.deferred.insert(hash, Message { id: message.clone(), destination });
            }
            let event = self.maker.event(message, fields, id.clone(), event_type, written.at);
            let event = self.maker.answers.apply(event, answer.clone());
            self.events.push(if self.maker.with_replies { with_reply(event, &attempt) } else { event });
        }
    }

    /// Returns what is told of an attempt.
    fn answer<'a>(&mut self, outcome: Outcome, attempt: &Attempt<'a>) -> Answer<'a, Arc<str>> {
        let said = attempt.status.strip_prefix(b"Deferred: ").unwrap_or(attempt.status);
        let (said_code, words) = codes::split(said);
        let code = attempt.dsn.filter(|code| codes::is_enhanced(code)).or(said_code);
        let reason = match outcome {
            Outcome::Sent => None,
            Outcome::Deferred | Outcome::Bounced | Outcome::Rejected => {
                Some(reason::of_text(said, words, code))
            }
        };
        let transport = attempt.mailer.and_then(|mailer| self.maker.names.transport(mailer));
        Answer { transport, ip: None, code, reason }
    }

    /// Handles mail that is given up: it failed for all recipients that were deferred.
    fn expire(&mut self, written: Written<'_>, key: Key) {
        let file = self.queue.file(key, written.at.div_euclid(1000));
        let mut deferred = std::mem::take(&mut file.deferred);
        if deferred.is_empty() {
            // The log does not show the recipients, so one message without a recipient represents them all.
            let hash = key.recipient_hash(b"");
            deferred.insert(hash, Message { id: key.message_id(hash), destination: None });
        }
        for message in deferred.into_values() {
            let fields = self.maker.names.fields(file.sender.as_deref(), message.destination.as_deref());
            let (id, event_type) = ("expired".into(), EventType::FailedExpired);
            let event = self.maker.event(message.id, fields, id, event_type, written.at);
            let answer = Answer { reason: Some(reason::EXPIRED), ..Answer::NONE };
            self.events.push(self.maker.answers.apply(event, answer));
        }
    }

    fn refuse(&mut self, written: Written<'_>, refusal: Refusal<'_>) {
        let refused = refused(&mut self.maker, written.host, refusal);
        self.maker.refuse(written, refused, true, &mut self.events);
    }
}

fn refused(maker: &mut Maker<Arc<str>>, host: u64, refusal: Refusal<'_>) -> Refused {
    maker.refused_with(host, refusal.sender, refusal.recipient, refusal.answer)
}

/// Returns whether a program with this name is sendmail.
fn is_program(name: &[u8]) -> bool {
    [&b"sendmail"[..], b"sm-mta", b"sm-msp", b"sm-que", b"sm-client"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// Returns what became of mail; `None` if it waits, or was not sent.
fn outcome(attempt: &Attempt<'_>) -> Option<Outcome> {
    let status = attempt.status;
    let begins = |word: &[u8]| {
        status.strip_prefix(word).is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b':' | b',')))
    };
    if begins(b"Sent") {
        return Some(Outcome::Sent);
    }
    if begins(b"Deferred") {
        return Some(Outcome::Deferred);
    }
    let quiet = [&b"queued"[..], b"deliverable", b"quarantined"];
    if status.is_empty() || quiet.iter().any(|word| begins(word)) {
        return None;
    }
    if attempt.mailer.is_none() {
        return Some(Outcome::Rejected);
    }
    match attempt.dsn.and_then(|dsn| dsn.first()) {
        Some(b'2') => None,
        Some(b'4') => Some(Outcome::Deferred),
        Some(_) | None => Some(Outcome::Bounced),
    }
}

fn with_reply(event: Event, attempt: &Attempt<'_>) -> Event {
    with_attributes(event, [("relay", attempt.relay), ("dsn", attempt.dsn), ("reply", Some(attempt.status))])
}

parse_by_methods!(Parser);

impl Hooks for Parser {
    fn clock(&self) -> Option<&Clock> {
        Some(&self.entries.clock)
    }

    fn clock_mut(&mut self) -> Option<&mut Clock> {
        Some(&mut self.entries.clock)
    }
}
