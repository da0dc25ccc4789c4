//! From lines to events.

use std::sync::Arc;

use chrono::DateTime;

use super::Options;
use super::clock::Clock;
use super::entry::{Entry, Program, split_word};
use super::failure::Failure;
use super::hash::{hash, spell};
use super::names::{Destination, Names, Sender};
use super::queue::{Key, Queue, QueueFile, Waiting, message_id};
use super::repeats::Repeats;
use super::text::{Attempt, Outcome, Queued, Refusal};
use crate::event::{AccountId, Event, EventId, MessageId};
use crate::event_type::EventType;
use crate::source::{LineKind, Reason};

/// Turns the lines of a log into events, one by one: the reader without its input.
///
/// It remembers the queue files that are open, the time, and the lines of the last minutes. See the
/// [module](super) for what it makes of a line.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::postfix::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"Nov 21 00:09:39 mx1 postfix/smtp[24]: 4225AF60B5: to=<u@gmail.com>, relay=none, dsn=4.4.1, status=deferred";
/// assert_eq!(parser.line(line, &mut events)?, LineKind::Telling);
/// assert_eq!(events[0].at().to_string(), "2026-11-21 00:09:39 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    account: AccountId,
    with_replies: bool,
    clock: Clock,
    host: Host,
    queue: Queue,
    names: Names,
    repeats: Repeats,
}

/// The host of the line before, as most lines have the same.
#[derive(Clone, Debug)]
struct Host {
    name: Box<[u8]>,
    hash: u64,
}

/// Where and when a line was written, with the line itself for its name.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    /// In milliseconds since 1970.
    at: i64,
    host: u64,
    program: Program,
    /// The line behind its time.
    line: &'a [u8],
}

impl Place<'_> {
    fn second(&self) -> i64 {
        self.at.div_euclid(1000)
    }
}

impl Parser {
    /// A parser at the beginning of the first file.
    pub fn new(options: Options) -> Self {
        let Options { account, zone, year, now, with_replies, providers } = options;
        Self {
            account,
            with_replies,
            clock: Clock::new(zone, year, now),
            host: Host { name: Box::default(), hash: hash(0, b"") },
            queue: Queue::default(),
            names: Names::new(providers),
            repeats: Repeats::default(),
        }
    }

    /// The next line is the first of another file: the one that follows in time, or any other.
    ///
    /// Queue files that are open stay so. The year is found anew, and equal lines are counted anew: a file that is read
    /// twice gives the same events twice.
    pub fn begin_file(&mut self) {
        self.clock.begin_file();
        self.queue.begin_reading();
        self.repeats = Repeats::default();
    }

    /// Reads one line without its end, appends its events to `out` and tells what it was.
    ///
    /// # Errors
    ///
    /// What was found, where, and what was expected: no time at the line's head, or a delivery, a sender or an expiry
    /// that is cut off or unknown. The line gave no event then, and the next can be read.
    pub fn line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii_start().is_empty() {
            return Ok(LineKind::Blank);
        }
        self.read(line, out).map_err(|failure| failure.reason(line))
    }

    #[inline]
    fn read<'a>(&mut self, line: &'a [u8], out: &mut impl Extend<Event>) -> Result<LineKind, Failure<'a>> {
        let (at, rest) = self.clock.read(line)?;
        let Some(entry) = Entry::read(rest, &self.host.name)? else { return Ok(LineKind::Foreign) };
        if self.repeats.tick(at) {
            self.queue.begin_reading();
        }
        if *self.host.name != *entry.host {
            self.host = Host { name: entry.host.into(), hash: hash(0, entry.host) };
        }
        let place = Place { at, host: self.host.hash, program: entry.program, line: rest };
        match entry.program {
            Program::Gate => Ok(self.gate(place, entry.text, out)),
            Program::Cleanup | Program::Queue | Program::Smtp | Program::Other => {
                let Some((word, text)) = split_word(entry.text) else { return Ok(LineKind::Quiet) };
                if word == b"reject" {
                    return Ok(self.refuse(place, text, out));
                }
                let Some(key) = Key::new(place.host, word) else { return Ok(LineKind::Quiet) };
                self.queued(place, key, text, out)
            }
        }
    }

    /// A line of a program that takes mail or refuses it.
    fn gate(&mut self, place: Place<'_>, text: &[u8], out: &mut impl Extend<Event>) -> LineKind {
        // Most lines tell of connections, which begin and end.
        if text.starts_with(b"connect ") || text.starts_with(b"disconnect ") {
            return LineKind::Quiet;
        }
        let Some((word, text)) = split_word(text) else { return LineKind::Quiet };
        if word == b"reject" {
            return self.refuse(place, text, out);
        }
        if let Some(refusal) = text.strip_prefix(b"reject: ") {
            let is_word = word.iter().all(u8::is_ascii_alphanumeric);
            return if is_word { self.refuse(place, refusal, out) } else { LineKind::Quiet };
        }
        if let (true, Some(key)) = (text.starts_with(b"client="), Key::new(place.host, word)) {
            self.queue.begin(key, place.second());
        }
        LineKind::Quiet
    }

    /// A line of any other program about a queue file.
    fn queued<'a>(
        &mut self,
        place: Place<'_>,
        key: Key,
        text: &'a [u8],
        out: &mut impl Extend<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        if let Some(text) = text.strip_prefix(b"to=<") {
            return self.attempt(place, key, Attempt::read(text)?, out);
        }
        if text == b"removed" {
            self.queue.end(key);
        } else if place.program == Program::Queue {
            if let Some(text) = text.strip_prefix(b"from=<") {
                return Ok(self.activate(place, key, Queued::read(text)?, out));
            }
        } else if place.program == Program::Cleanup {
            if text.starts_with(b"message-id=") || text.starts_with(b"resent-message-id=") {
                self.queue.write(key, place.second());
            } else if let Some(refusal) = refusal_of_content(text) {
                self.queue.end(key);
                return Ok(self.refuse(place, refusal, out));
            }
        } else if [&b"uid="[..], b"sender=", b"client="].iter().any(|start| text.starts_with(start)) {
            self.queue.begin(key, place.second());
        }
        Ok(LineKind::Quiet)
    }

    /// One attempt to deliver to one recipient.
    fn attempt(
        &mut self,
        place: Place<'_>,
        key: Key,
        attempt: Attempt<'_>,
        out: &mut impl Extend<Event>,
    ) -> Result<LineKind, Failure<'static>> {
        let file = self.queue.file(key, place.second());
        file.is_active = true;
        let event_type = match attempt.outcome {
            Outcome::Sent if place.program == Program::Smtp => Some(EventType::DeliveredSmtp),
            Outcome::Sent => Some(EventType::Delivered),
            Outcome::Deferred => Some(EventType::Deferred),
            Outcome::Bounced => Some(EventType::HardBouncedImmediate),
            Outcome::Expired => Some(EventType::FailedExpired),
            Outcome::Forwarded => None,
            Outcome::Probed => return Ok(LineKind::Quiet),
        };
        let token = file.token(&key, attempt.recipient, attempt.original);
        let known = file.waiting.remove(token);
        let Some(event_type) = event_type else { return Ok(LineKind::Quiet) };
        let waiting = known.unwrap_or_else(|| Waiting {
            message: message_id(&key, token),
            destination: self.names.destination(attempt.recipient),
        });
        let mut event =
            event_of(&self.account, &waiting, file, name(&mut self.repeats, place), event_type, place.at);
        if attempt.outcome == Outcome::Deferred {
            file.waiting.insert(token, waiting);
        }
        if self.with_replies {
            event = with_reply(event, &attempt);
        }
        out.extend([event]);
        Ok(LineKind::Telling)
    }

    /// The queue manager takes up a file, or gives up what is still in it.
    fn activate(
        &mut self,
        place: Place<'_>,
        key: Key,
        queued: Queued<'_>,
        out: &mut impl Extend<Event>,
    ) -> LineKind {
        let file = self.queue.file(key, place.second());
        file.is_active = true;
        if file.sender.is_none() {
            file.sender = Some(self.names.sender(queued.sender));
        }
        if !queued.is_expired {
            return LineKind::Quiet;
        }
        let mut waiting = file.waiting.take();
        if waiting.is_empty() {
            // Whoever it was for stands in an earlier log.
            let message = message_id(&key, file.token(&key, b"", None));
            waiting.push(Waiting { message, destination: None });
        }
        let id = name(&mut self.repeats, place);
        for message in &waiting {
            out.extend([event_of(
                &self.account,
                message,
                file,
                id.clone(),
                EventType::FailedExpired,
                place.at,
            )]);
        }
        LineKind::Telling
    }

    /// Mail that was not taken, or not kept: a message of its own.
    fn refuse(&mut self, place: Place<'_>, text: &[u8], out: &mut impl Extend<Event>) -> LineKind {
        let refusal = Refusal::read(text);
        let sender = refusal.sender.map(Sender::new).unwrap_or_default();
        let destination = refusal.recipient.and_then(|recipient| self.names.destination(recipient));
        let number = self.repeats.name(place.at, place.line);
        let (id, more) = (spell(number), spell(hash(number, place.line)));
        let [id, more] = [&id, &more].map(|text| str::from_utf8(text).expect("spelled numbers are ASCII"));
        let message = MessageId::from(format!("reject-{id}{more}"));
        let event = new_event(&self.account, message, EventId::from(id), EventType::FailedRejected, place.at);
        out.extend([with_names(event, &sender, destination.as_deref())]);
        LineKind::Telling
    }
}

/// What follows `reject: ` where a message's content is refused.
fn refusal_of_content(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"milter-").unwrap_or(text).strip_prefix(b"reject: ")?;
    let stages = [&b"header "[..], b"body ", b"END-OF-MESSAGE "];
    stages.iter().any(|stage| text.starts_with(stage)).then_some(text)
}

/// The name of the events of a line.
fn name(repeats: &mut Repeats, place: Place<'_>) -> EventId {
    let text = spell(repeats.name(place.at, place.line));
    EventId::from(str::from_utf8(&text).expect("spelled numbers are ASCII"))
}

fn event_of(
    account: &AccountId,
    message: &Waiting,
    file: &QueueFile,
    id: EventId,
    event_type: EventType,
    at: i64,
) -> Event {
    let event = new_event(account, message.message.clone(), id, event_type, at);
    let nobody = Sender::default();
    with_names(event, file.sender.as_deref().unwrap_or(&nobody), message.destination.as_deref())
}

fn new_event(account: &AccountId, message: MessageId, id: EventId, event_type: EventType, at: i64) -> Event {
    let at = DateTime::from_timestamp_millis(at).expect("years from -1 to 10000 are in range");
    Event::new(account.clone(), message, id, event_type, at)
}

fn with_names(mut event: Event, sender: &Sender, destination: Option<&Destination>) -> Event {
    if let Some(mailbox) = &sender.mailbox {
        event = event.mailbox(Arc::clone(mailbox));
    }
    if let Some(domain) = &sender.domain {
        event = event.domain(Arc::clone(domain));
    }
    let Some(destination) = destination else { return event };
    event.recipient(Arc::clone(&destination.domain), destination.provider.clone())
}

fn with_reply(event: Event, attempt: &Attempt<'_>) -> Event {
    let Attempt { relay, dsn, reply, recipient: _, original: _, outcome: _ } = *attempt;
    let known = [("relay", relay), ("dsn", dsn), ("reply", reply)];
    known.into_iter().fold(event, |event, (name, text)| match text {
        Some(text) => event.attribute(name, String::from_utf8_lossy(text)),
        None => event,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, ProviderKind, Providers};

    /// The providers of the events of a delivery and of a refusal, both to `domain`.
    fn providers_of(options: Options, domain: &str) -> Vec<Option<String>> {
        let (mut parser, mut events) = (Parser::new(options), Vec::new());
        for line in [
            format!("smtp[1]: AAAAA60B01: to=<a@{domain}>, relay=none, status=sent (ok)"),
            format!(
                "smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.2 no; from=<> to=<a@{domain}>"
            ),
        ] {
            let line = format!("Nov 21 00:09:39 mx1 postfix/{line}");
            assert_eq!(parser.line(line.as_bytes(), &mut events).unwrap(), LineKind::Telling);
        }
        events.iter().map(|event| event.message_fields().provider.as_deref().map(str::to_owned)).collect()
    }

    #[test]
    fn the_provider_of_an_event_is_what_the_table_of_the_options_says() {
        let acme = Provider::new("Acme", ProviderKind::Hosted);
        let host = Providers::builtin()
            .with_domain("acme.example", acme.clone())
            .and_then(|providers| providers.with_domain("gmail.com", acme))
            .unwrap();
        let options = || Options::new(DateTime::from_timestamp(1_796_083_200, 0).unwrap());
        for (options, domain, expected) in [
            (options(), "gmail.com", Some("Google")),
            (options(), "acme.example", None),
            (options().providers(host.clone()), "gmail.com", Some("Acme")),
            (options().providers(host.clone()), "ACME.example.", Some("Acme")),
            (options().providers(host), "yahoo.com", Some("Yahoo")),
            (options().providers(Providers::empty()), "gmail.com", None),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(providers_of(options, domain), [expected.clone(), expected], "{domain}");
        }
    }
}
