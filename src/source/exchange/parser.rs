//! The parser of lines, which turns them into events.

use std::sync::Arc;

use super::Options;
use super::record::{Columns, Record, answer, header, items};
use crate::event::{Event, EventId, MessageId};
use crate::event_type::EventType;
use crate::source::failure::Failure;
use crate::source::hash::{Spelled, hash, hash_lowercase};
use crate::source::log::answers::{Answer, with_attributes};
use crate::source::log::event_ids::id_of_line;
use crate::source::log::maker::Maker;
use crate::source::log::{Hooks, codes, parse_by_methods, reason, take_checked};
use crate::source::{LineKind, Reason};
use crate::time::parse_instant;

/// Parses the lines of a log one by one, and returns their events. A [`Reader`](super::Reader) is a parser with an input.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::exchange::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// parser.parse_line(b"#Fields: date-time,event-id,message-id,recipient-address,recipient-status", &mut events)?;
/// let line = b"2026-02-01T09:30:02.000Z,FAIL,<m-1@shop.example>,gone@corp.example,550 5.1.1 no such user";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::WithEvents);
/// assert_eq!(events[0].event_fields().reason.as_deref(), Some("bad mailbox address"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    maker: Maker<Arc<str>>,
    columns: Option<Columns>,
    record: Record,
    /// The events of a line.
    events: Vec<Event>,
}

/// What became of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Sent,
    Delivered,
    Deferred,
    Failed,
}

/// The form of times, for errors.
const TIME: &str = "a time such as `2026-02-01T09:30:00.250Z`";

/// The connectors between the servers of an organisation.
const WITHIN: &[u8] = b"Intra-Organization";

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        Self { maker: Maker::new(options), columns: None, record: Record::default(), events: Vec::new() }
    }

    /// Begins another file with the next line: the file that follows in time, or any other. The columns stay as they are until
    /// it names its own.
    pub fn begin_file(&mut self) {
        self.maker.begin_file();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The columns are not known or lack one that is needed, or the line is cut off, or lacks its time, its recipients or its
    /// message. It gives no event then, and the next line can be parsed. A line longer than
    /// [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES) is parsed as well: only a [`Reader`](super::Reader) and a
    /// [`LineSplitter`](crate::source::LineSplitter) apply the maximum.
    pub fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        self.events.clear();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let kind = self.parse(line).map_err(|failure| failure.reason(line))?;
        take_checked(&mut self.events, out)?;
        Ok(kind)
    }

    fn parse<'a>(&mut self, line: &'a [u8]) -> Result<LineKind, Failure<'a>> {
        if line.trim_ascii().is_empty() {
            return Ok(LineKind::Blank);
        }
        if let Some(names) = header(line) {
            self.columns = Some(Columns::parse(names)?);
            return Ok(LineKind::Ignored);
        }
        if line.starts_with(b"#") {
            return Ok(LineKind::Ignored);
        }
        let unknown = || Failure::missing(line, "columns", "a line `#Fields:` with their names before it");
        let columns = self.columns.ok_or_else(unknown)?;
        self.record.read(line)?;
        if self.record.len() != columns.count {
            return Err(Failure::missing(
                &line[line.len()..],
                "value",
                "one for each of the columns, not fewer or more",
            ));
        }
        let Some(outcome) = outcome(&self.record, &columns) else { return Ok(LineKind::Ignored) };
        self.add(line, &columns, outcome)?;
        Ok(LineKind::WithEvents)
    }

    /// Adds the event of each recipient.
    fn add<'a>(&mut self, line: &'a [u8], columns: &Columns, outcome: Outcome) -> Result<(), Failure<'a>> {
        let Self { maker, record, events, .. } = self;
        let missing = |what, expected| Failure::missing(&line[line.len()..], what, expected);
        let at = str::from_utf8(record.get(columns.time)).ok().and_then(|time| parse_instant(time).ok());
        let at = at.ok_or_else(|| Failure::invalid(line, "time", TIME))?.timestamp_millis();
        let (recipients, statuses) = (record.get(columns.recipients), record.get(columns.statuses));
        if recipients.is_empty() {
            return Err(missing("recipient", "at least one address"));
        }
        let mail = Mail::of(record, columns)
            .ok_or_else(|| missing("message", "a `network-message-id` or a `message-id`"))?;
        let told = Told { at, line, outcome, record, columns: *columns };
        let is_in_step =
            items(statuses).count() == items(recipients).count() && items(statuses).all(is_status);
        let mut of_recipients = items(statuses);
        for recipient in items(recipients) {
            let status = if is_in_step { of_recipients.next().unwrap_or_default() } else { statuses };
            if !recipient.is_empty() {
                events.push(told.event(maker, &mail, recipient, status));
            }
        }
        Ok(())
    }
}

/// What a record tells of all of its recipients.
struct Told<'a> {
    /// In milliseconds since 1970.
    at: i64,
    line: &'a [u8],
    outcome: Outcome,
    record: &'a Record,
    columns: Columns,
}

impl Told<'_> {
    /// Makes the event of a recipient.
    fn event(&self, maker: &mut Maker<Arc<str>>, mail: &Mail, recipient: &[u8], status: &[u8]) -> Event {
        let said = answer(status);
        let (code, words) = codes::split(said);
        let (event_type, id) = self.type_and_id(said, code);
        let sender = maker.names.sender(self.sender());
        let destination = maker.names.destination(recipient);
        let host = Some(self.value(self.columns.server)).filter(|_| self.outcome == Outcome::Sent);
        let fields = maker.names.fields_by_host(Some(&*sender), destination.as_deref(), || host);
        let event = maker.event(mail.message(recipient), fields, id, event_type, self.at);
        let reason = match self.outcome {
            Outcome::Accepted => return event,
            Outcome::Sent | Outcome::Delivered => None,
            Outcome::Failed if event_type == EventType::FailedExpired => Some(reason::EXPIRED),
            Outcome::Deferred | Outcome::Failed => Some(reason::of_own_words(words, code)),
        };
        let source = self.value(self.columns.source);
        let transport = maker.names.transport(&source.to_ascii_lowercase());
        // An attempt by SMTP has an address from which it was made.
        let ip = if source.eq_ignore_ascii_case(b"SMTP") { self.value(self.columns.client_ip) } else { b"" };
        let ip = maker.names.ip(ip);
        let event = maker.answers.apply(event, Answer { transport, ip: ip.as_ref(), code, reason });
        if maker.with_replies { with_attributes(event, self.attributes(status)) } else { event }
    }

    fn value(&self, column: impl Into<Option<usize>>) -> &[u8] {
        self.record.get(column)
    }

    /// Returns the sender's address; empty for a bounce.
    fn sender(&self) -> &[u8] {
        match self.value(self.columns.return_path) {
            b"" => self.value(self.columns.sender),
            b"<>" => b"",
            return_path => return_path,
        }
    }

    /// Returns the type and the id of an event.
    fn type_and_id(&self, said: &[u8], code: Option<&[u8]>) -> (EventType, EventId) {
        match self.outcome {
            Outcome::Accepted => {
                let event_type = match self.value(self.columns.directionality) {
                    b"Originating" => EventType::AcceptedOutgoing,
                    b"Incoming" => EventType::AcceptedIncoming,
                    _ => EventType::Accepted,
                };
                (event_type, "accepted".into())
            }
            Outcome::Sent => (EventType::DeliveredSmtp, "delivered".into()),
            Outcome::Delivered => (EventType::Delivered, "delivered".into()),
            Outcome::Deferred => (EventType::Deferred, id_of_line(self.at, self.line)),
            Outcome::Failed if is_expired(said, code) => (EventType::FailedExpired, "expired".into()),
            Outcome::Failed if self.value(self.columns.source) == b"AGENT" => {
                (EventType::FailedRejected, "rejected".into())
            }
            Outcome::Failed => (EventType::HardBouncedImmediate, "bounced".into()),
        }
    }

    fn attributes<'s>(&'s self, status: &'s [u8]) -> [(&'static str, Option<&'s [u8]>); 2] {
        let present = |text: &'s [u8]| Some(text).filter(|text| !text.is_empty());
        let ip = || present(self.value(self.columns.server_ip));
        [("relay", present(self.value(self.columns.server)).or_else(ip)), ("reply", present(status))]
    }
}

/// A mail, for all of its recipients: the start of the ids of its messages.
struct Mail {
    text: String,
    hash: u64,
}

impl Mail {
    /// Returns the id; `None` if the record has none.
    fn of(record: &Record, columns: &Columns) -> Option<Self> {
        let id = |column| Some(record.get(column)).filter(|id: &&[u8]| !id.is_empty());
        let text = match id(columns.network_message_id) {
            Some(id) => String::from_utf8_lossy(id).to_ascii_lowercase(),
            None => Spelled::new(hash(0, id(columns.message_id)?)).as_str().to_owned(),
        };
        let hash = hash(0, text.as_bytes());
        Some(Self { text, hash })
    }

    /// Returns the id of the message to a recipient.
    fn message(&self, recipient: &[u8]) -> MessageId {
        let recipient = Spelled::new(hash_lowercase(self.hash, recipient));
        MessageId::from(format!("{}-{}", self.text, recipient.as_str()))
    }
}

/// Returns what became of mail; `None` if the record does not tell it.
fn outcome(record: &Record, columns: &Columns) -> Option<Outcome> {
    let is_within = || record.get(columns.connector).starts_with(WITHIN);
    match &record.get(columns.event).to_ascii_uppercase()[..] {
        b"RECEIVE" => Some(Outcome::Accepted),
        b"SENDEXTERNAL" => Some(Outcome::Sent),
        b"SEND" if columns.network_message_id.is_none() && !is_within() => Some(Outcome::Sent),
        b"DELIVER" => Some(Outcome::Delivered),
        b"DEFER" => Some(Outcome::Deferred),
        b"FAIL" => Some(Outcome::Failed),
        _ => None,
    }
}

/// Returns whether a text can be the status of one recipient, and is no further part of the words of another.
fn is_status(text: &[u8]) -> bool {
    matches!(text.first(), None | Some(b'0'..=b'9' | b'[' | b'{'))
}

/// Returns whether mail was given up because it waited too long.
fn is_expired(said: &[u8], code: Option<&[u8]>) -> bool {
    let is_word = || said.to_ascii_lowercase().windows(7).any(|word| word == b"expired");
    matches!(code, Some(b"4.4.7" | b"5.4.7")) || is_word()
}

parse_by_methods!(Parser);

impl Hooks for Parser {}
