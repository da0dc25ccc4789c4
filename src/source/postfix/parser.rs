//! The parser of whole lines, which turns them into events.

use std::sync::Arc;

use chrono::DateTime;

use super::Options;
use super::clock::Clock;
use super::entry::{Entry, ProgramGroup, split_word};
use super::event_ids::EventIds;
use super::failure::Failure;
use super::hash::{Spelled, hash};
use super::name_cache::{NameCache, Sender};
use super::queue::{Message, Queue, QueueKey, message_id};
use super::text::{Attempt, Outcome, Queued, Rejection};
use crate::event::{AccountId, Event, EventId, MessageFields, MessageId};
use crate::event_type::EventType;
use crate::source::{LineKind, Reason};

/// Parses the lines of a log one by one, and returns their events. A [`Reader`](super::Reader) is a parser with an input.
///
/// It remembers the open queue files, the time, and the lines of the last minutes. The [module](super) describes which
/// lines become which events.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::postfix::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"Nov 21 00:09:39 mx1 postfix/smtp[24]: 4225AF60B5: to=<u@gmail.com>, relay=none, dsn=4.4.1, status=deferred";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::WithEvents);
/// assert_eq!(events[0].at().to_string(), "2026-11-21 00:09:39 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    account: AccountId,
    with_replies: bool,
    clock: Clock,
    last_host: Host,
    queue: Queue,
    names: NameCache,
    event_ids: EventIds,
}

/// The host of the line before, with its hash. Most lines have the same host.
#[derive(Clone, Debug)]
struct Host {
    name: Box<[u8]>,
    hash: u64,
}

/// The time, the host and the program of a line, with the whole line.
#[derive(Clone, Copy, Debug)]
struct LineContext<'a> {
    /// In milliseconds since 1970.
    at: i64,
    /// The hash of the host's name.
    host: u64,
    program: ProgramGroup,
    /// The line after its timestamp.
    text: &'a [u8],
}

impl LineContext<'_> {
    /// The time in whole seconds since 1970.
    fn second(&self) -> i64 {
        self.at.div_euclid(1000)
    }
}

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        let Options { account, zone, year, now, with_replies, providers } = options;
        Self {
            account,
            with_replies,
            clock: Clock::new(zone, year, now),
            last_host: Host { name: Box::default(), hash: hash(0, b"") },
            queue: Queue::default(),
            names: NameCache::new(providers),
            event_ids: EventIds::default(),
        }
    }

    /// Begins another file with the next line: the file that follows in time, or any other.
    ///
    /// Open queue files stay open. The year is found again, and equal lines are counted from 0: a file that is read twice
    /// gives the same events twice.
    pub fn begin_file(&mut self) {
        self.clock.begin_file();
        self.queue.begin_pass();
        self.event_ids = EventIds::default();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no timestamp, or is a delivery, a sender or an expiry that is cut off or unknown. It gives no event
    /// then, and the next line can be parsed. A line longer than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES) is parsed as
    /// well: only a [`Reader`](super::Reader) and a [`LineSplitter`](crate::source::LineSplitter) apply the maximum.
    pub fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii_start().is_empty() {
            return Ok(LineKind::Blank);
        }
        let mut events = Vec::new();
        let kind = self.parse_entry(line, &mut events).map_err(|failure| failure.reason(line))?;
        events.iter().try_for_each(Event::check).map_err(|error| Reason::Refused { error })?;
        out.extend(events);
        Ok(kind)
    }

    #[inline]
    fn parse_entry<'a>(
        &mut self,
        line: &'a [u8],
        out: &mut impl Extend<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        let (at, text) = self.clock.parse(line)?;
        let Some(entry) = Entry::parse(text, &self.last_host.name)? else {
            return Ok(LineKind::OtherProgram);
        };
        if self.event_ids.advance(at) {
            self.queue.begin_pass();
        }
        if *self.last_host.name != *entry.host {
            self.last_host = Host { name: entry.host.into(), hash: hash(0, entry.host) };
        }
        let context = LineContext { at, host: self.last_host.hash, program: entry.program, text };
        match entry.program {
            ProgramGroup::Smtpd => Ok(self.smtpd_line(context, entry.text, out)),
            ProgramGroup::Cleanup | ProgramGroup::QueueManager | ProgramGroup::Smtp | ProgramGroup::Other => {
                let Some((word, text)) = split_word(entry.text) else { return Ok(LineKind::Ignored) };
                if word == b"reject" {
                    return Ok(self.rejection(context, text, out));
                }
                let Some(key) = QueueKey::new(context.host, word) else { return Ok(LineKind::Ignored) };
                self.queue_file_line(context, key, text, out)
            }
        }
    }

    /// Handles a line of `smtpd` or `postscreen`.
    fn smtpd_line(
        &mut self,
        context: LineContext<'_>,
        text: &[u8],
        out: &mut impl Extend<Event>,
    ) -> LineKind {
        // Most lines are about connections.
        if text.starts_with(b"connect ") || text.starts_with(b"disconnect ") {
            return LineKind::Ignored;
        }
        let Some((word, text)) = split_word(text) else { return LineKind::Ignored };
        if word == b"reject" {
            return self.rejection(context, text, out);
        }
        if let Some(rejection) = text.strip_prefix(b"reject: ") {
            let is_word = word.iter().all(u8::is_ascii_alphanumeric);
            return if is_word { self.rejection(context, rejection, out) } else { LineKind::Ignored };
        }
        if let (true, Some(key)) = (text.starts_with(b"client="), QueueKey::new(context.host, word)) {
            self.queue.create(key, context.second());
        }
        LineKind::Ignored
    }

    /// Handles a line of any other program about a queue file.
    fn queue_file_line<'a>(
        &mut self,
        context: LineContext<'_>,
        key: QueueKey,
        text: &'a [u8],
        out: &mut impl Extend<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        if let Some(text) = text.strip_prefix(b"to=<") {
            return Ok(self.attempt(context, key, Attempt::parse(text)?, out));
        }
        if text == b"removed" {
            self.queue.remove(key);
        } else if context.program == ProgramGroup::QueueManager {
            if let Some(text) = text.strip_prefix(b"from=<") {
                return Ok(self.queue_manager_line(context, key, Queued::parse(text)?, out));
            }
        } else if context.program == ProgramGroup::Cleanup {
            if text.starts_with(b"message-id=") || text.starts_with(b"resent-message-id=") {
                self.queue.see_message_id(key, context.second());
            } else if let Some(rejection) = content_rejection(text) {
                self.queue.remove(key);
                return Ok(self.rejection(context, rejection, out));
            }
        } else if [&b"uid="[..], b"sender=", b"client="].iter().any(|start| text.starts_with(start)) {
            self.queue.create(key, context.second());
        }
        Ok(LineKind::Ignored)
    }

    /// Handles one attempt to deliver to one recipient.
    fn attempt(
        &mut self,
        context: LineContext<'_>,
        key: QueueKey,
        attempt: Attempt<'_>,
        out: &mut impl Extend<Event>,
    ) -> LineKind {
        let file = self.queue.file(key, context.second());
        file.is_active = true;
        let event_type = match attempt.outcome {
            Outcome::Sent if context.program == ProgramGroup::Smtp => Some(EventType::DeliveredSmtp),
            Outcome::Sent => Some(EventType::Delivered),
            Outcome::Deferred => Some(EventType::Deferred),
            Outcome::Bounced => Some(EventType::HardBouncedImmediate),
            Outcome::Expired => Some(EventType::FailedExpired),
            Outcome::Forwarded => None,
            Outcome::Probed => return LineKind::Ignored,
        };
        let recipient_hash = file.recipient_hash(&key, attempt.recipient, attempt.original);
        let deferred = file.deferred.remove(&recipient_hash);
        let Some(event_type) = event_type else { return LineKind::Ignored };
        let message = deferred.unwrap_or_else(|| Message {
            id: message_id(&key, recipient_hash),
            destination: self.names.destination(attempt.recipient),
        });
        let id = next_event_id(&mut self.event_ids, context);
        let sender = file.sender.as_deref();
        let mut event = new_event(&self.account, &message, sender, id, event_type, context.at);
        if attempt.outcome == Outcome::Deferred {
            file.deferred.insert(recipient_hash, message);
        }
        if self.with_replies {
            event = with_reply(event, &attempt);
        }
        out.extend([event]);
        LineKind::WithEvents
    }

    /// Handles a line by which the queue manager takes up a queue file, or gives up the messages still in it.
    fn queue_manager_line(
        &mut self,
        context: LineContext<'_>,
        key: QueueKey,
        queued: Queued<'_>,
        out: &mut impl Extend<Event>,
    ) -> LineKind {
        let file = self.queue.file(key, context.second());
        file.is_active = true;
        let sender = file.sender.get_or_insert_with(|| self.names.sender(queued.sender)).clone();
        if !queued.is_expired {
            return LineKind::Ignored;
        }
        let mut deferred = std::mem::take(&mut file.deferred);
        if deferred.is_empty() {
            // The log does not show the recipients, so one message without a recipient represents them all.
            let hash = file.recipient_hash(&key, b"", None);
            deferred.insert(hash, Message { id: message_id(&key, hash), destination: None });
        }
        let id = next_event_id(&mut self.event_ids, context);
        out.extend(deferred.values().map(|message| {
            let (id, event_type) = (id.clone(), EventType::FailedExpired);
            new_event(&self.account, message, Some(&sender), id, event_type, context.at)
        }));
        LineKind::WithEvents
    }

    /// Handles mail that was rejected, before or after it had a queue file: it is a message of its own.
    fn rejection(&mut self, context: LineContext<'_>, text: &[u8], out: &mut impl Extend<Event>) -> LineKind {
        let rejection = Rejection::parse(text);
        let sender = rejection.sender.map(Sender::new);
        let event_hash = self.event_ids.next_id(context.at, context.text);
        let (id, second) = (Spelled::new(event_hash), Spelled::new(hash(event_hash, context.text)));
        let message = Message {
            id: MessageId::from(format!("reject-{}{}", id.as_str(), second.as_str())),
            destination: rejection.recipient.and_then(|recipient| self.names.destination(recipient)),
        };
        let (id, event_type) = (EventId::from(id.as_str()), EventType::FailedRejected);
        out.extend([new_event(&self.account, &message, sender.as_ref(), id, event_type, context.at)]);
        LineKind::WithEvents
    }
}

/// Returns what follows `reject: ` if the line is about the rejection of a message's header, body or whole content.
fn content_rejection(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"milter-").unwrap_or(text).strip_prefix(b"reject: ")?;
    let stages = [&b"header "[..], b"body ", b"END-OF-MESSAGE "];
    stages.iter().any(|stage| text.starts_with(stage)).then_some(text)
}

/// Returns the id of the events of a line.
fn next_event_id(ids: &mut EventIds, context: LineContext<'_>) -> EventId {
    EventId::from(Spelled::new(ids.next_id(context.at, context.text)).as_str())
}

/// Returns an event without attributes. All events of a log are made here.
fn new_event(
    account: &AccountId,
    message: &Message,
    sender: Option<&Sender>,
    id: EventId,
    event_type: EventType,
    at: i64,
) -> Event {
    let at = DateTime::from_timestamp_millis(at).expect("years from -1 to 10000 are in range");
    let destination = message.destination.as_deref();
    let fields = MessageFields {
        mailbox: sender.and_then(|sender| sender.mailbox.clone()),
        domain: sender.and_then(|sender| sender.domain.clone()),
        recipient_domain: destination.map(|destination| Arc::clone(&destination.domain)),
        provider: destination.and_then(|destination| destination.provider.clone()),
        ..MessageFields::NONE
    };
    Event::new(account.clone(), message.id.clone(), id, event_type, at).with_message_fields(Arc::new(fields))
}

/// Adds the attributes `relay`, `dsn` and `reply`, as far as the line has them.
fn with_reply(event: Event, attempt: &Attempt<'_>) -> Event {
    let Attempt { relay, dsn, reply, recipient: _, original: _, outcome: _ } = *attempt;
    let fields = [("relay", relay), ("dsn", dsn), ("reply", reply)];
    fields.into_iter().fold(event, |event, (name, text)| match text {
        Some(text) => event.attribute(name, String::from_utf8_lossy(text)),
        None => event,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, ProviderKind, Providers};

    /// Returns the providers of the events of a delivery and of a rejection, both to `domain`.
    fn providers_of(options: Options, domain: &str) -> Vec<Option<String>> {
        let (mut parser, mut events) = (Parser::new(options), Vec::new());
        for line in [
            format!("smtp[1]: AAAAA60B01: to=<a@{domain}>, relay=none, status=sent (ok)"),
            format!(
                "smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.2 no; from=<> to=<a@{domain}>"
            ),
        ] {
            let line = format!("Nov 21 00:09:39 mx1 postfix/{line}");
            assert_eq!(parser.parse_line(line.as_bytes(), &mut events).unwrap(), LineKind::WithEvents);
        }
        events.iter().map(|event| event.message_fields().provider.as_deref().map(str::to_owned)).collect()
    }

    #[test]
    fn the_provider_of_an_event_is_looked_up_in_the_table_of_the_options() {
        let acme = Provider::new("Acme", ProviderKind::Hosted);
        let custom = Providers::builtin()
            .with_domain("acme.example", acme.clone())
            .and_then(|providers| providers.with_domain("gmail.com", acme))
            .unwrap();
        let options = || Options::new(DateTime::from_timestamp(1_796_083_200, 0).unwrap());
        for (options, domain, expected) in [
            (options(), "gmail.com", Some("Google")),
            (options(), "acme.example", None),
            (options().providers(custom.clone()), "gmail.com", Some("Acme")),
            (options().providers(custom.clone()), "ACME.example.", Some("Acme")),
            (options().providers(custom), "yahoo.com", Some("Yahoo")),
            (options().providers(Providers::empty()), "gmail.com", None),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(providers_of(options, domain), [expected.clone(), expected], "{domain}");
        }
    }
}
