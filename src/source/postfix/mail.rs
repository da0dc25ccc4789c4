//! What the lines of Postfix's programs mean: the state of the mail system so far, and the events of each line.

use std::sync::Arc;

use memchr::{memchr, memmem};

use super::Options;
use super::answers::apply_attempt;
use super::entry::{Program, split_word};
use super::handover::{Claim, Hosts, Waiting, client_of};
use super::queue::Queue;
use super::queue_file::Message;
use super::queue_key::QueueKey;
use super::refusal::{Refusal, ToldTwice};
use super::text::{Attempt, Outcome, Queued};
use crate::event::{Event, EventId};
use crate::event_type::EventType;
use crate::source::LineKind;
use crate::source::failure::Failure;
use crate::source::hash::{Spelled, hash};
use crate::source::log::answers::Answer;
use crate::source::log::maker::{Maker, Written};
use crate::source::log::reason;

mod refusals;

/// The time, the host and the program of a line, with the whole line.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineContext<'a> {
    /// In milliseconds since 1970.
    at: i64,
    /// The same in whole seconds.
    second: i64,
    /// The hash of the host's name.
    host: u64,
    program: Program,
    /// The line after its time, from the host on.
    line: &'a [u8],
}

impl<'a> LineContext<'a> {
    #[inline]
    pub(super) fn new(at: i64, host: u64, program: Program, line: &'a [u8]) -> Self {
        Self { at, second: at.div_euclid(1000), host, program, line }
    }

    fn written(&self) -> Written<'_> {
        Written { at: self.at, host: self.host, line: self.line }
    }
}

/// The state of a mail system, as far as the lines so far tell it.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    maker: Maker<&'static str>,
    queue: Queue,
    hosts: Hosts,
    told: ToldTwice,
    /// Whether deliveries wait for the lines which show that they were to a content filter.
    waits: bool,
    waiting: Waiting,
}

impl Mail {
    pub(super) fn new(options: Options) -> Self {
        Self {
            maker: Maker::new(options),
            queue: Queue::default(),
            hosts: Hosts::default(),
            told: ToldTwice::default(),
            waits: false,
            waiting: Waiting::default(),
        }
    }

    pub(super) fn begin_file(&mut self) {
        self.queue.begin_pass();
        self.maker.begin_file();
    }

    /// Notes a host of the log.
    pub(super) fn see_host(&mut self, host: u64) {
        self.hosts.insert(host);
    }

    /// Forgets the line before, which a line of another program follows.
    pub(super) fn forget_last(&mut self) {
        self.maker.take_last();
    }

    pub(super) fn wait(&mut self, waits: bool) {
        self.waits = waits;
    }

    /// Appends the events that still wait to `out`.
    pub(super) fn finish(&mut self, out: &mut impl Extend<Event>) {
        self.waiting.release(i64::MAX, &self.queue, &self.hosts, out);
    }

    /// Handles the text of one line. Appends the events of earlier lines that no longer wait to `released`, even if the line
    /// is refused.
    #[inline]
    pub(super) fn parse_line<'a>(
        &mut self,
        context: LineContext<'_>,
        text: &'a [u8],
        released: &mut impl Extend<Event>,
        out: &mut Vec<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        if self.maker.event_ids.advance(context.at) {
            self.queue.begin_pass();
        }
        if self.waiting.is_due(context.second) {
            self.waiting.release(context.second, &self.queue, &self.hosts, released);
        }
        let last = self.maker.take_last();
        if matches!(text.first(), Some(b'm' | b'l' | b'-'))
            && let Some(kind) = self.repeated(context, text, last, out)?
        {
            return Ok(kind);
        }
        if context.program == Program::Smtpd {
            return Ok(self.smtpd_line(context, text, out));
        }
        let Some((word, rest)) = split_word(text) else { return Ok(LineKind::Ignored) };
        if word == b"reject" {
            return Ok(self.refusal(context, None, rest, out));
        }
        let Some(key) = QueueKey::new(context.host, word) else { return Ok(LineKind::Ignored) };
        self.queue_file_line(context, key, rest, out)
    }

    /// Handles a line of `smtpd` or `postscreen`.
    fn smtpd_line(&mut self, context: LineContext<'_>, text: &[u8], out: &mut Vec<Event>) -> LineKind {
        // Most lines are about connections.
        if text.starts_with(b"connect ") || text.starts_with(b"disconnect ") {
            return LineKind::Ignored;
        }
        let Some((word, rest)) = split_word(text) else { return LineKind::Ignored };
        if let Some(refusal) = Refusal::find(text) {
            return self.refusal(context, None, refusal, out);
        }
        let key = QueueKey::new(context.host, word);
        if let Some(refusal) = Refusal::find(rest) {
            let is_word = word.iter().all(u8::is_ascii_alphanumeric);
            return if is_word { self.refusal(context, key, refusal, out) } else { LineKind::Ignored };
        }
        if let (Some(client), Some(key)) = (rest.strip_prefix(b"client="), key) {
            self.create(context, key, client);
        }
        LineKind::Ignored
    }

    /// Handles a line by which a client or a program hands mail in.
    fn create(&mut self, context: LineContext<'_>, key: QueueKey, client: &[u8]) {
        let end = memchr(b',', client);
        self.queue.create(key, context.second, client_of(&client[..end.unwrap_or(client.len())]));
        // A content filter that hands mail back may say under which id it took it.
        let original = end.and_then(|end| {
            let start = memmem::find(&client[end..], b", orig_queue_id=")? + end + b", orig_queue_id=".len();
            client[start..].split(|&byte| byte == b',').next()
        });
        if let Some(from) = original.and_then(|id| QueueKey::new(context.host, id)) {
            let origin = self.queue.file(from, context.second).origin(from);
            self.queue.adopt(key, origin);
        } else if !self.waiting.is_empty()
            && let Some(origin) = self.waiting.origin_of_file(&key)
        {
            self.queue.adopt(key, origin);
        }
    }

    /// Handles a line of any other program about a queue file.
    fn queue_file_line<'a>(
        &mut self,
        context: LineContext<'_>,
        key: QueueKey,
        text: &'a [u8],
        out: &mut Vec<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        if let Some(text) = text.strip_prefix(b"to=<") {
            return Ok(self.attempt(context, key, Attempt::parse(text)?, out));
        }
        if text == b"removed" {
            self.queue.remove(key, context.second);
        } else if context.program == Program::QueueManager {
            if let Some(text) = text.strip_prefix(b"from=<") {
                return Ok(self.queue_manager_line(context, key, Queued::parse(text)?, out));
            }
        } else if context.program == Program::Cleanup {
            if text.starts_with(b"message-id=") || text.starts_with(b"resent-message-id=") {
                self.message_id(context, key, text);
            } else if let Some(refusal) = content_refusal(text) {
                self.queue.remove(key, context.second);
                return Ok(self.refusal(context, Some(key), refusal, out));
            }
        } else if [&b"uid="[..], b"sender=", b"client="].iter().any(|start| text.starts_with(start)) {
            self.create(context, key, text.strip_prefix(b"client=").unwrap_or_default());
        }
        Ok(LineKind::Ignored)
    }

    /// Handles the message id of a queue file.
    fn message_id(&mut self, context: LineContext<'_>, key: QueueKey, text: &[u8]) {
        let hash = hash(0, text);
        self.queue.see_message_id(key, context.second, hash);
        if self.waiting.is_empty() {
            return;
        }
        let of_message = self.waiting.see_message_id(hash);
        if let Some(origin) = self.waiting.origin_of_file(&key).or(of_message) {
            self.queue.adopt(key, origin);
        }
    }

    /// Handles one attempt to deliver to one recipient.
    fn attempt(
        &mut self,
        context: LineContext<'_>,
        key: QueueKey,
        attempt: Attempt<'_>,
        out: &mut Vec<Event>,
    ) -> LineKind {
        let file = self.queue.file(key, context.second);
        file.is_active = true;
        if attempt.outcome == Outcome::Probed {
            return LineKind::Ignored;
        }
        let Some(line_id) = self.maker.event_ids.id_once(context.at, context.line) else {
            return LineKind::Ignored;
        };
        let recipient = hash(0, attempt.recipient);
        file.note_attempt(recipient, attempt.original);
        let origin = file.origin(key);
        let recipient_hash = origin.recipient_hash(attempt.recipient, attempt.original);
        let deferred = file.deferred.as_mut().and_then(|deferred| deferred.remove(&recipient_hash));
        let Some(event_type) = event_type(&attempt, context.program) else { return LineKind::Ignored };
        let Message { id: message, destination } = deferred.unwrap_or_else(|| Message {
            id: origin.message_id(recipient_hash),
            destination: self.maker.names.destination(attempt.recipient),
        });
        let program = context.program;
        let host = || attempt.mx_host().filter(|_| program.is_client());
        let fields = self.maker.names.fields_by_host(file.sender.as_deref(), destination.as_deref(), host);
        if attempt.outcome == Outcome::Deferred {
            let message = Message { id: message.clone(), destination };
            file.deferred.get_or_insert_default().insert(recipient_hash, message);
        }
        let id = EventId::from(Spelled::new(line_id).as_str());
        let event = self.maker.event(message, fields, id, event_type, context.at);
        let event = apply_attempt(
            &mut self.maker.answers,
            event,
            &attempt,
            program.transport(),
            self.maker.with_replies,
        );
        if attempt.outcome == Outcome::Sent
            && let Some(claim) = Claim::new(key, file, &attempt, recipient, program)
        {
            return self.claimed(context, claim, event, out);
        }
        out.push(event);
        LineKind::WithEvents
    }

    /// Handles a delivery that may have been to a content filter.
    fn claimed(
        &mut self,
        context: LineContext<'_>,
        claim: Claim,
        event: Event,
        out: &mut Vec<Event>,
    ) -> LineKind {
        let (mut event, mut claim) = (Some(event), claim);
        let is_alone = claim.is_alone(&self.queue);
        if !is_alone && let Some(returned) = claim.returned(&self.queue, &self.hosts) {
            self.queue.adopt(returned.key, claim.origin);
            claim = claim.until_attempt();
            event = event.filter(|_| self.waits && !returned.is_certain);
        }
        if self.waits {
            event = event.and_then(|event| self.waiting.keep(context.second, claim, is_alone, event));
        }
        let kind = if event.is_some() { LineKind::WithEvents } else { LineKind::Ignored };
        out.extend(event);
        kind
    }

    /// Handles a line by which the queue manager takes up a queue file, or gives up the messages still in it.
    fn queue_manager_line(
        &mut self,
        context: LineContext<'_>,
        key: QueueKey,
        queued: Queued<'_>,
        out: &mut Vec<Event>,
    ) -> LineKind {
        let file = self.queue.file(key, context.second);
        file.is_active = true;
        let sender = file.sender.get_or_insert_with(|| self.maker.names.sender(queued.sender));
        if !queued.is_expired {
            return LineKind::Ignored;
        }
        let sender = Arc::clone(sender);
        let Some(line_id) = self.maker.event_ids.id_once(context.at, context.line) else {
            return LineKind::Ignored;
        };
        let mut deferred = file.deferred.take().unwrap_or_default();
        if deferred.is_empty() {
            // The log does not show the recipients, so one message without a recipient represents them all.
            let origin = file.origin(key);
            let hash = origin.recipient_hash(b"", None);
            deferred.insert(hash, Message { id: origin.message_id(hash), destination: None });
        }
        let id = EventId::from(Spelled::new(line_id).as_str());
        for message in deferred.into_values() {
            let (id, event_type) = (id.clone(), EventType::FailedExpired);
            let fields = self.maker.names.fields(Some(&sender), message.destination.as_deref());
            let event = self.maker.event(message.id, fields, id, event_type, context.at);
            out.push(
                self.maker.answers.apply(event, Answer { reason: Some(reason::EXPIRED), ..Answer::NONE }),
            );
        }
        LineKind::WithEvents
    }
}

/// Returns the type of the event of an attempt; `None` if the message continues elsewhere, or none was sent.
fn event_type(attempt: &Attempt<'_>, program: Program) -> Option<EventType> {
    let is_suspended =
        || attempt.reply.is_some_and(|reply| reply.starts_with(b"delivery temporarily suspended"));
    Some(match attempt.outcome {
        Outcome::Sent if program.is_client() => EventType::DeliveredSmtp,
        Outcome::Sent => EventType::Delivered,
        // Nobody was asked: the server waits.
        Outcome::Deferred if is_suspended() => EventType::DeferredLocal,
        Outcome::Deferred => EventType::Deferred,
        Outcome::Bounced => EventType::HardBouncedImmediate,
        Outcome::Expired => EventType::FailedExpired,
        Outcome::Forwarded | Outcome::Probed => return None,
    })
}

/// Returns what follows `reject: ` if the line is about the rejection of a message's header, body or whole content, or of
/// mail that a local program handed in.
fn content_refusal(text: &[u8]) -> Option<&[u8]> {
    let refusal = Refusal::find(text)?;
    let by_milter = text.starts_with(b"milter-");
    let stages = [&b"header "[..], b"body ", b"END-OF-MESSAGE "];
    (by_milter || stages.iter().any(|stage| refusal.starts_with(stage))).then_some(refusal)
}
