//! Makes the events of a log, and those of refusals on messages of their own.

use std::hash::Hash;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Options;
use super::answers::{Answer, Answers};
use super::event_ids::EventIds;
use super::name_cache::{Destination, NameCache, Sender};
use super::repeats::{Repeated, TOO_OFTEN};
use super::{codes, reason};
use crate::event::{AccountId, Event, EventId, MessageFields, MessageId};
use crate::event_type::EventType;
use crate::source::LineKind;
use crate::source::failure::Failure;
use crate::source::hash::{Spelled, hash, hash_number};

/// When and where a line was written, with the line.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Written<'a> {
    /// In milliseconds since 1970.
    pub(in crate::source) at: i64,
    /// The hash of the host's name.
    pub(in crate::source) host: u64,
    /// The line after its time, from the host on.
    pub(in crate::source) line: &'a [u8],
}

/// Makes the events of a log. `T` is the name of a transport.
#[derive(Clone, Debug)]
pub(in crate::source) struct Maker<T> {
    account: AccountId,
    pub(in crate::source) with_replies: bool,
    pub(in crate::source) names: NameCache,
    pub(in crate::source) answers: Answers<T>,
    pub(in crate::source) event_ids: EventIds,
    /// The refusal on the line before. It is boxed, as each line takes it.
    last: Option<Box<Refused>>,
    instant: LastInstant,
}

/// Mail that was refused, as events need it.
#[derive(Clone, Debug)]
pub(in crate::source) struct Refused {
    pub(in crate::source) host: u64,
    pub(in crate::source) sender: Option<Arc<Sender>>,
    pub(in crate::source) destination: Option<Arc<Destination>>,
    pub(in crate::source) code: Option<Box<[u8]>>,
    pub(in crate::source) reason: &'static str,
}

impl<T: AsRef<str> + Clone + Eq + Hash> Maker<T> {
    pub(in crate::source) fn new(options: Options) -> Self {
        let Options { account, with_replies, with_raw_senders, providers, .. } = options;
        Self {
            account,
            with_replies,
            names: NameCache::new(providers, with_raw_senders),
            answers: Answers::default(),
            event_ids: EventIds::default(),
            last: None,
            instant: LastInstant::default(),
        }
    }

    /// Begins another file: equal lines are counted from 0.
    pub(in crate::source) fn begin_file(&mut self) {
        self.event_ids = EventIds::default();
    }

    /// Returns an event of the account of the options, without fields of its own.
    #[inline]
    pub(in crate::source) fn event(
        &mut self,
        message: MessageId,
        fields: Arc<MessageFields>,
        id: EventId,
        event_type: EventType,
        at: i64,
    ) -> Event {
        let at = self.instant.of(at);
        Event::new(self.account.clone(), message, id, event_type, at).with_message_fields(fields)
    }

    /// Returns the account of mail of which the log names no other.
    pub(in crate::source) fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns mail that the server `host` (the hash of its name) refused for `reason`. An unknown sender or recipient is `None`.
    pub(in crate::source) fn refused(
        &mut self,
        host: u64,
        sender: Option<&[u8]>,
        recipient: Option<&[u8]>,
        code: Option<&[u8]>,
        reason: &'static str,
    ) -> Refused {
        Refused {
            host,
            sender: sender.map(|sender| self.names.sender(sender)),
            destination: recipient.and_then(|recipient| self.names.destination(recipient)),
            code: code.map(Into::into),
            reason,
        }
    }

    /// Returns mail that the server `host` refused with an answer of its own, which begins with its code if it has one.
    pub(in crate::source) fn refused_with(
        &mut self,
        host: u64,
        sender: Option<&[u8]>,
        recipient: Option<&[u8]>,
        answer: &[u8],
    ) -> Refused {
        let (code, words) = codes::split(answer);
        self.refused(host, sender, recipient, code, reason::of_own_words(words, code))
    }

    /// Appends the event of a refusal with an id of its own, on a message with an id of its own.
    pub(in crate::source) fn refuse_named(
        &mut self,
        message: MessageId,
        id: EventId,
        at: i64,
        refused: &Refused,
        out: &mut Vec<Event>,
    ) {
        out.push(self.event_of_refusal(message, id, at, refused));
    }

    /// Returns the refusal on the line before, and forgets it: another line follows.
    #[inline]
    pub(in crate::source) fn take_last(&mut self) -> Option<Box<Refused>> {
        self.last.take()
    }

    /// Appends the event of a refusal, on a message of its own. If `can_repeat`, the syslog may say next that the line was
    /// repeated.
    pub(in crate::source) fn refuse(
        &mut self,
        written: Written<'_>,
        refused: Refused,
        can_repeat: bool,
        out: &mut Vec<Event>,
    ) {
        let id = self.event_ids.next_id(written.at, written.line);
        out.push(self.refused_event(written, &refused, id));
        self.last = can_repeat.then(|| Box::new(refused));
    }

    /// Handles a text which says how often another text, or that of the line before, was repeated; returns `None` if it is another.
    /// Only refusals are counted again: `refused` returns the one that a text tells of, and `last` is that of the line before.
    ///
    /// # Errors
    ///
    /// The text has more repetitions than a line may have.
    pub(in crate::source) fn repeated<'a>(
        &mut self,
        written: Written<'_>,
        text: &'a [u8],
        last: Option<Box<Refused>>,
        refused: impl FnOnce(&mut Self, &'a [u8]) -> Option<Refused>,
        out: &mut Vec<Event>,
    ) -> Result<Option<LineKind>, Failure<'a>> {
        let Some(repeated) = Repeated::parse(text) else { return Ok(None) };
        let count = repeated.count.ok_or_else(|| Failure::invalid(text, "repetition", TOO_OFTEN))?;
        let refused = match repeated.text {
            None => last.filter(|last| last.host == written.host),
            Some(text) => refused(self, text).map(Box::new),
        };
        Ok(Some(self.repeat(written, count, refused, out)))
    }

    /// Appends the events of `count` repetitions of a refusal.
    fn repeat(
        &mut self,
        written: Written<'_>,
        count: u32,
        refused: Option<Box<Refused>>,
        out: &mut Vec<Event>,
    ) -> LineKind {
        let Some(refused) = refused.filter(|_| count > 0) else { return LineKind::Ignored };
        let first = self.event_ids.next_id(written.at, written.line);
        for number in 0..count {
            let id = if number == 0 { first } else { hash_number(first, number.into()) };
            let event = self.refused_event(written, &refused, id);
            out.push(event);
        }
        self.last = Some(refused);
        LineKind::WithEvents
    }

    fn refused_event(&mut self, written: Written<'_>, refused: &Refused, id: u64) -> Event {
        let (id, second) = (Spelled::new(id), Spelled::new(hash(id, written.line)));
        let message = MessageId::from(format!("reject-{}{}", id.as_str(), second.as_str()));
        self.event_of_refusal(message, EventId::from(id.as_str()), written.at, refused)
    }

    fn event_of_refusal(&mut self, message: MessageId, id: EventId, at: i64, refused: &Refused) -> Event {
        let fields = self.names.fields(refused.sender.as_deref(), refused.destination.as_deref());
        let event = self.event(message, fields, id, EventType::FailedRejected, at);
        let code = refused.code.as_deref();
        self.answers.apply(event, Answer { code, reason: Some(refused.reason), ..Answer::NONE })
    }
}

/// The instant of the event before. Many events have the same, and a date takes time to compute.
#[derive(Clone, Copy, Debug, Default)]
struct LastInstant {
    millis: i64,
    at: DateTime<Utc>,
}

impl LastInstant {
    /// Returns the instant that is `millis` milliseconds after the start of 1970.
    #[inline]
    fn of(&mut self, millis: i64) -> DateTime<Utc> {
        if self.millis != millis {
            *self = Self { millis, at: instant(millis) };
        }
        self.at
    }
}

fn instant(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).expect("years from -1 to 10000 are in range")
}

/// Returns an event without fields of its own.
pub(in crate::source) fn new_event(
    account: &AccountId,
    message: &MessageId,
    fields: Arc<MessageFields>,
    id: EventId,
    event_type: EventType,
    at: i64,
) -> Event {
    Event::new(account.clone(), message.clone(), id, event_type, instant(at)).with_message_fields(fields)
}
