//! Stalwart's log, as a text of one line for each event.
//!
//! ```
//! use mailtally::source::stalwart::log::{Options, Reader};
//!
//! let log = b"2026-02-01T09:30:02Z INFO Message delivered (delivery.delivered) queueId = 482710, from = \"news@shop.example\", \
//!     to = [\"ann@gmail.com\", \"bob@b.example\"], hostname = \"mx.example\", to = \"ann@gmail.com\", code = 250, details = \"2.0.0 queued\"\n";
//! let options = Options::new("2026-12-01T00:00:00Z".parse()?).account("acme");
//! let event = Reader::new(&log[..], options).next().expect("the log has one event")?;
//! assert_eq!(event.event_type().to_string(), "delivered.smtp");
//! assert_eq!(event.message_fields().provider.as_deref(), Some("Google"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The webhooks of Stalwart tell the same more reliably: read them if you can, and the log for what was before them.
//!
//! # Lines
//!
//! `TIME LEVEL text (event.type) key = value, …`, also with the colours of the option `ansi`, and in the form of docker, the
//! journal, or a syslog in which the program's name begins with `stalwart`. Events are in the log from level `INFO` on. Lines
//! of the option `multiline`, where each key has a line of its own, give no event.
//!
//! # Events
//!
//! A line is the event that the [table of the webhooks](super#events) gives for its type, with the same id on the same
//! message. So mail that is told by both ways is counted once. As a webhook has it, the sender is as it is, whatever
//! [`Options::with_raw_senders`] says. Complaints name no message, so they give no event.
//!
//! What a webhook tells in one body, the log tells in lines: an expired recipient is told twice, and counted once if the two
//! lines are within a minute.
//!
//! # What cannot be known
//!
//! What the webhooks do not tell, the log does not either. Besides, the quotes within a text, such as the reply of a server,
//! are not escaped by releases before 0.16.11: a quote ends a text if a comma and a key follow it. A server can answer so that
//! a key seems to follow, which then counts only if the line does not have it before; the recipient and the code stand before
//! such texts.
//!
//! # Memory
//!
//! The parser holds one line (a line longer than [`MAX_LINE_BYTES`] is an error), the hashes of the recipients that expired
//! or were deferred in the last two minutes, and up to 8192 recipient domains.

use std::borrow::Cow;

use serde_json::Value;

use super::line::{Line, without_colours};
use super::{Told, read_fields};
use crate::event::Event;
use crate::source::failure::Failure;
use crate::source::head::{Clock, Head, Unwrapped, Wrapper, unwrap_one};
use crate::source::log::{Hooks, parse_by_methods};
use crate::source::records::fields::Fields;
use crate::source::records::output::{Destinations, Output};
use crate::source::records::{self, Batch, RecordReason};
use crate::source::system::Source;
use crate::source::{LineKind, Reason, log};

pub use crate::source::log::{MAX_LINE_BYTES, Options};

/// Iterates over the events of a log of Stalwart, in the order of its lines.
pub type Reader<R> = log::Reader<R, Parser>;

/// Parses the lines of a log one by one, and returns their events. A [`Reader`] is a parser with an input.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::stalwart::log::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"2026-02-01T09:30:02Z INFO Delivery completed (delivery.completed) queueId = 482710, elapsed = 20ms";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::Ignored);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    options: records::Options,
    destinations: Destinations,
    wrapper: Wrapper,
    clock: Clock,
    told: Told,
}

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        let Options { account, zone, year, now, with_replies, providers, .. } = options;
        Self {
            options: records::Options::new(account).with_replies(with_replies).providers(providers),
            destinations: Destinations::default(),
            wrapper: Wrapper::default(),
            clock: Clock::new(zone, year, now),
            told: Told::default(),
        }
    }

    /// Begins another file with the next line: the file that follows in time, or any other.
    pub fn begin_file(&mut self) {
        self.clock.begin_file();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no time, or is an event without what names it or its message. A line longer than [`MAX_LINE_BYTES`] is
    /// parsed as well: only a [`Reader`] and a [`LineSplitter`](crate::source::LineSplitter) apply the maximum.
    pub fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii_start().is_empty() {
            return Ok(LineKind::Blank);
        }
        if line.starts_with(b"\t") {
            // A key of the line before.
            return Ok(LineKind::Ignored);
        }
        let line = without_colours(line);
        let content = match self.wrapper.unwrap(&line, MAX_LINE_BYTES)? {
            Unwrapped::Content(content) => content,
            Unwrapped::Nothing => return Ok(LineKind::OtherProgram),
        };
        let text = without_colours(content.text());
        let text = match own_text(&text) {
            Some(text) => text,
            None => match self.text_of_syslog(&content).map_err(|failure| failure.reason(&line))? {
                Some(text) => text,
                None => return Ok(LineKind::OtherProgram),
            },
        };
        match Line::parse(&text) {
            Some(found) => self.parse_event(found, out),
            None => Ok(LineKind::Ignored),
        }
    }

    /// Returns the text of a line of Stalwart's in a syslog; `None` if another program wrote it.
    fn text_of_syslog<'a>(
        &mut self,
        content: &'a crate::source::head::Content<'a>,
    ) -> Result<Option<Cow<'a, str>>, Failure<'a>> {
        let head = Head::parse_until(content, is_program)?;
        head.instant(&mut self.clock)?;
        let text = head.text.filter(|_| is_program(&head.program));
        Ok(text.map(String::from_utf8_lossy))
    }

    fn parse_event(&mut self, line: Line<'_>, out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        if !line.is_whole() || !super::is_read(line.event_type) {
            return Ok(LineKind::Ignored);
        }
        let value = line.to_json();
        let Self { options, destinations, told, .. } = self;
        let mut output = Output::new(Source::Stalwart, options, destinations);
        output.record(|output| {
            let fields = Fields::new(&value, "an event of Stalwart")?;
            told.pass(fields.required_instant("createdAt")?);
            check_is_whole(line.event_type, fields.required_object("data")?)?;
            read_fields(&fields, told, output)
        });
        let Batch { events, errors, .. } = output.into_batch();
        let kind = if events.is_empty() { LineKind::Ignored } else { LineKind::WithEvents };
        out.extend(events);
        match errors.into_iter().next() {
            Some(error) => Err(Reason::Record { error: Box::new(error), more: 0 }),
            None => Ok(kind),
        }
    }
}

/// Checks that the line of a delivery has what follows the recipients of the whole attempt: the one that the event is about,
/// and the host that tells local mail.
fn check_is_whole(event_type: &str, data: Fields<'_>) -> Result<(), RecordReason> {
    if event_type.starts_with("delivery.") && data.value("to").is_some_and(Value::is_array) {
        return Err(data.missing("to", "the address of one recipient"));
    }
    if event_type == "delivery.dsn-success" && !data.has("hostname") {
        return Err(data.missing("hostname", "the name of a host"));
    }
    Ok(())
}

/// Returns the text if it begins as a line of Stalwart's itself.
fn own_text(text: &[u8]) -> Option<Cow<'_, str>> {
    let text = crate::source::head::without_priority(text);
    let found = String::from_utf8_lossy(text);
    Line::parse(&found).is_some().then_some(found)
}

/// Returns whether a program is Stalwart: `stalwart`, `stalwart-mail`.
fn is_program(name: &[u8]) -> bool {
    name.starts_with(b"stalwart")
}

/// Returns whether `line` is one of Stalwart, in any form in which log lines arrive.
pub(in crate::source) fn is_entry(line: &[u8]) -> bool {
    let line = without_colours(line);
    let Some(content) = unwrap_one(&line) else { return false };
    let is_own = own_text(&without_colours(content.text())).is_some();
    is_own || Head::parse_until(&content, is_program).is_ok_and(|head| is_program(&head.program))
}

parse_by_methods!(Parser);

impl Hooks for Parser {
    fn clock(&self) -> Option<&Clock> {
        Some(&self.clock)
    }

    fn clock_mut(&mut self) -> Option<&mut Clock> {
        Some(&mut self.clock)
    }
}

#[cfg(test)]
mod tests;
