//! The parser of lines, which turns them into events.

use std::sync::Arc;

use super::Options;
use super::line::{self, Attempt, Envelope, Line, Outcome};
use crate::event::{Event, EventId, MessageFields, MessageId};
use crate::event_type::EventType;
use crate::source::failure::Failure;
use crate::source::hash::Spelled;
use crate::source::head::Clock;
use crate::source::log::answers::{Answer, with_attributes};
use crate::source::log::entries::{Entries, Handle};
use crate::source::log::event_ids::id_of_line;
use crate::source::log::maker::{Maker, Written};
use crate::source::log::{Hooks, codes, parse_by_methods, reason, take_checked};
use crate::source::{LineKind, Reason};

/// The name of the program in the log. Other servers have it as well.
const PROGRAM: &[u8] = b"smtpd";

/// Parses the lines of a log one by one, and returns their events. A [`Reader`](super::Reader) is a parser with an input.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::opensmtpd::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"Nov 21 00:09:39 mx1 smtpd[24]: 5b00a1c200000004 mda delivery evpid=7f3c21ab00000001 from=<> to=<ann@shop.example> \
/// rcpt=<ann@shop.example> user=ann delay=0s result=Ok stat=Delivered";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::WithEvents);
/// assert_eq!(events[0].message_fields().recipient_domain.as_deref(), Some("shop.example"));
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
    maker: Maker<&'static str>,
    /// The events of a line.
    events: Vec<Event>,
}

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        let entries = Entries::new(&options);
        Self { entries, mail: Mail { maker: Maker::new(options), events: Vec::new() } }
    }

    /// Begins another file with the next line: the file that follows in time, or any other.
    ///
    /// The year is found again, and equal refusals are counted from 0.
    pub fn begin_file(&mut self) {
        self.entries.begin_file();
        self.mail.maker.begin_file();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no timestamp, or is one with an event that is cut off or unknown. It gives no event then, and the next
    /// line can be parsed. A line longer than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES) is parsed as well: only a
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
        program == PROGRAM
    }

    fn is_told_apart(text: &[u8]) -> bool {
        line::is_told_apart(text)
    }

    fn handle<'a>(&mut self, written: Written<'_>, text: &'a [u8]) -> Result<LineKind, Failure<'a>> {
        self.maker.event_ids.advance(written.at);
        let last = self.maker.take_last();
        let refused = |maker: &mut Maker<_>, text| match Line::parse(text) {
            Ok(Line::Refused { recipient, answer }) => {
                Some(maker.refused_with(written.host, None, Some(recipient), answer))
            }
            Ok(Line::Accepted(_) | Line::Result(..) | Line::Quiet) | Err(_) => None,
        };
        if let Some(kind) = self.maker.repeated(written, text, last, refused, &mut self.events)? {
            return Ok(kind);
        }
        match Line::parse(text)? {
            Line::Quiet => return Ok(LineKind::Ignored),
            Line::Accepted(envelope) => {
                let fields = self.fields(envelope, None);
                let event = self.event(written, envelope, fields, "accepted".into(), EventType::Accepted);
                self.events.push(event);
            }
            Line::Result(envelope, outcome, attempt) => self.result(written, envelope, outcome, attempt),
            Line::Refused { recipient, answer } => {
                let refused = self.maker.refused_with(written.host, None, Some(recipient), answer);
                self.maker.refuse(written, refused, true, &mut self.events);
            }
        }
        Ok(LineKind::WithEvents)
    }

    fn pass_other(&mut self) {
        self.maker.take_last();
    }
}

impl Mail {
    /// Handles an attempt, or the end of the attempts.
    fn result(
        &mut self,
        written: Written<'_>,
        envelope: Envelope<'_>,
        outcome: Outcome,
        attempt: Attempt<'_>,
    ) {
        let id = match outcome {
            Outcome::Ok => "delivered".into(),
            Outcome::PermFail => "bounced".into(),
            Outcome::Expired | Outcome::Removed => "expired".into(),
            Outcome::TempFail => id_of_line(written.at, written.line),
        };
        let event_type = match outcome {
            Outcome::Ok if attempt.is_local => EventType::Delivered,
            Outcome::Ok => EventType::DeliveredSmtp,
            Outcome::TempFail => EventType::Deferred,
            Outcome::PermFail => EventType::HardBouncedImmediate,
            Outcome::Expired | Outcome::Removed => EventType::FailedExpired,
        };
        let fields = self.fields(envelope, attempt.host());
        let event = self.event(written, envelope, fields, id, event_type);
        let event = self.with_answer(event, outcome, attempt);
        self.events.push(event);
    }

    /// Sets the fields of an event that the attempt gives it.
    fn with_answer(&mut self, event: Event, outcome: Outcome, attempt: Attempt<'_>) -> Event {
        let (code, words) = codes::split(attempt.answer);
        let reason = match outcome {
            Outcome::Ok => None,
            Outcome::Expired => Some(reason::EXPIRED),
            Outcome::Removed => Some(reason::REMOVED),
            Outcome::TempFail | Outcome::PermFail => Some(reason::of_text(attempt.answer, words, code)),
        };
        let is_end = matches!(outcome, Outcome::Expired | Outcome::Removed);
        let transport = (!is_end).then(|| transport(attempt));
        let ip = attempt.source.and_then(|source| self.maker.names.ip(without_brackets(source)));
        let event = self.maker.answers.apply(event, Answer { transport, ip: ip.as_ref(), code, reason });
        if !self.maker.with_replies || is_end {
            return event;
        }
        with_attributes(event, [("relay", attempt.relay), ("reply", Some(attempt.answer))])
    }

    fn fields(&mut self, envelope: Envelope<'_>, host: Option<&[u8]>) -> Arc<MessageFields> {
        let names = &mut self.maker.names;
        let (sender, destination) = (names.sender(envelope.sender), names.destination(envelope.recipient));
        names.fields_by_host(Some(&sender), destination.as_deref(), || host)
    }

    fn event(
        &mut self,
        written: Written<'_>,
        envelope: Envelope<'_>,
        fields: Arc<MessageFields>,
        id: EventId,
        event_type: EventType,
    ) -> Event {
        let host = Spelled::new(written.host);
        let message = MessageId::from([envelope.id, "-", host.as_str()].concat());
        self.maker.event(message, fields, id, event_type, written.at)
    }
}

/// Removes the brackets around an address of version 6 of the Internet Protocol.
fn without_brackets(address: &[u8]) -> &[u8] {
    address.strip_prefix(b"[").and_then(|address| address.strip_suffix(b"]")).unwrap_or(address)
}

/// Returns the name of the way by which mail is delivered.
fn transport(attempt: Attempt<'_>) -> &'static str {
    match attempt.method {
        Some(b"maildir") => "maildir",
        Some(b"mbox") => "mbox",
        Some(b"file") => "file",
        Some(b"lmtp") => "lmtp",
        Some(_) | None if attempt.is_local => "mda",
        Some(_) | None => "smtp",
    }
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
