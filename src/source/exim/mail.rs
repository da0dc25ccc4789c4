//! What the lines mean: the messages that are open, and the events of each line.

use std::sync::Arc;

use super::Options;
use super::answer::{code, unescaped};
use super::entry::{Attempt, Entry, Outcome, Received};
use super::id::Id;
use super::open_mail::{Copy, Draft, GivenUp, OpenMail, OpenMails};
use super::refusal::Refusal;
use crate::event::{Event, EventId, MessageId, normalize_domain};
use crate::event_type::EventType;
use crate::source::LineKind;
use crate::source::failure::Failure;
use crate::source::hash::{Spelled, hash};
use crate::source::log::answers::{Answer, with_attributes};
use crate::source::log::maker::{Maker, Refused, Written, new_event};
use crate::source::log::reason;

/// The state of a mail system, as far as the lines so far tell it.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    with_accepted: bool,
    with_accounts: bool,
    open: OpenMails,
    maker: Maker<&'static str>,
    /// The hash of the refusal on the line before, in syslog.
    last_refusal: Option<u64>,
}

impl Mail {
    pub(super) fn new(options: Options) -> Self {
        Self {
            with_accepted: options.with_accepted,
            with_accounts: options.with_accounts,
            open: OpenMails::default(),
            maker: Maker::new(options),
            last_refusal: None,
        }
    }

    pub(super) fn begin_file(&mut self) {
        self.maker.begin_file();
        self.last_refusal = None;
    }

    /// Appends the events that still wait to `out`.
    pub(super) fn finish(&mut self, out: &mut impl Extend<Event>) {
        for mail in self.open.waiting() {
            let drafts = std::mem::take(&mut mail.waiting);
            out.extend(drafts.into_iter().map(|draft| finished(&mut self.maker, mail, draft)));
        }
    }

    /// Handles a line about the message `id`, with the text after the id.
    ///
    /// # Errors
    ///
    /// The line is cut off.
    pub(super) fn parse_line<'a>(
        &mut self,
        written: Written<'_>,
        id: Id,
        text: &'a [u8],
        out: &mut Vec<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        self.maker.event_ids.advance(written.at);
        let second = written.at.div_euclid(1000);
        match Entry::parse(text)? {
            Entry::Received(received) => self.received(written.at, id, &received, out),
            Entry::Attempt(attempt) => self.attempt(written, id, &attempt, out),
            Entry::Completed => self.completed(written.at, id, out),
            Entry::GivenUp { is_expiry } => {
                let given_up = if is_expiry { GivenUp::Expired } else { GivenUp::Cancelled };
                self.open.open(id, second).given_up = Some(given_up);
            }
            Entry::Identified { account, domain } => {
                let mail = self.open.open(id, second);
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                mail.domain = domain.and_then(|domain| normalize_domain(text(domain).into()));
                mail.account = account.filter(|_| self.with_accounts).map(|account| text(account).into());
                release(&mut self.maker, mail, out);
            }
            Entry::Other => {
                if let Some(refusal) = Refusal::parse(text) {
                    let refused = self.refused(written.host, &refusal);
                    let message = message_id(id, id.recipient_hash(b"", b""));
                    self.maker.refuse_named(message, "rejected".into(), written.at, &refused, out);
                }
            }
        }
        Ok(if out.is_empty() { LineKind::Ignored } else { LineKind::WithEvents })
    }

    /// Handles a line that is about no message.
    pub(super) fn parse_other(
        &mut self,
        written: Written<'_>,
        is_of_syslog: bool,
        out: &mut Vec<Event>,
    ) -> LineKind {
        self.maker.event_ids.advance(written.at);
        let last = self.last_refusal.take();
        let Some(refusal) = Refusal::parse(written.line) else { return LineKind::Ignored };
        if is_of_syslog {
            // In syslog, the line of the main log is followed by the same line of the reject log.
            let line = hash(written.host, written.line);
            if last == Some(line) {
                return LineKind::Ignored;
            }
            self.last_refusal = Some(line);
        }
        let refused = self.refused(written.host, &refusal);
        self.maker.refuse(written, refused, false, out);
        LineKind::WithEvents
    }

    fn refused(&mut self, host: u64, refusal: &Refusal<'_>) -> Refused {
        let Refusal { sender, recipient, code, reason } = *refusal;
        self.maker.refused(host, sender, recipient, Some(code), reason)
    }

    fn received(&mut self, at: i64, id: Id, received: &Received<'_>, out: &mut Vec<Event>) {
        let mail = self.open.open(id, at.div_euclid(1000));
        mail.sender = Some(self.maker.names.sender(received.sender));
        release(&mut self.maker, mail, out);
        if !self.with_accepted {
            return;
        }
        for recipient in received.recipients() {
            let message = message_id(id, id.recipient_hash(recipient, b""));
            let destination = self.maker.names.destination(recipient);
            let copy = Copy { message, destination };
            let (id, event_type) = ("accepted".into(), EventType::Accepted);
            mail.waiting.push(Draft { copy, host: None, id, event_type, at, own: None });
        }
        // With accounts, a line that names one follows.
        if !self.with_accounts {
            release(&mut self.maker, mail, out);
        }
    }

    /// Handles one attempt to deliver to one recipient.
    fn attempt(&mut self, written: Written<'_>, id: Id, attempt: &Attempt<'_>, out: &mut Vec<Event>) {
        let Attempt { outcome, recipient, details, is_early, .. } = *attempt;
        let mail = self.open.open(id, written.at.div_euclid(1000));
        let hash = id.recipient_hash(&recipient.address(), recipient.owner());
        if !matches!(outcome, Outcome::Deferred | Outcome::Waiting) {
            mail.deferred.remove(&hash);
            // What the message was sent to may have been deferred before it was known where it leads.
            mail.deferred.remove(&id.recipient_hash(recipient.original(), b""));
        }
        let names = &mut self.maker.names;
        if mail.sender.is_none() {
            mail.sender = details.sender.or(details.return_path).map(|sender| names.sender(sender));
        }
        let Some((event_type, event_id)) = event_type(attempt) else { return };
        let event_id = match event_id {
            Some(id) => EventId::from(id),
            None => match self.maker.event_ids.id_once(written.at, written.line) {
                Some(line) => EventId::from(format!("deferred-{}", Spelled::new(line).as_str())),
                None => return,
            },
        };
        let destination = names.destination(recipient.addressee());
        // The host tells the provider where the domain does not.
        let is_wanted = destination.as_ref().is_some_and(|destination| destination.provider.is_none());
        let host = details.host.filter(|host| is_wanted && host.is_of_mx).map(|host| host.name.into());
        let copy = Copy { message: message_id(id, hash), destination };
        if event_type == EventType::Deferred {
            mail.deferred.insert(hash, copy.clone());
        }
        let draft = Draft { copy, host, id: event_id, event_type, at: written.at, own: None };
        let own = own_fields(&mut self.maker, attempt, &draft);
        mail.waiting.push(Draft { own: Some(own), ..draft });
        // What is delivered while it comes in is so before the line with its sender.
        if mail.sender.is_some() || !is_early {
            release(&mut self.maker, mail, out);
        }
    }

    /// Handles the end of a message.
    fn completed(&mut self, at: i64, id: Id, out: &mut Vec<Event>) {
        let Some(mut mail) = self.open.close(id) else { return };
        if let Some(given_up) = mail.given_up {
            let (event_type, id, reason) = match given_up {
                GivenUp::Expired => (EventType::FailedExpired, "expired", reason::EXPIRED),
                GivenUp::Cancelled => (EventType::FailedOther, "cancelled", reason::REMOVED),
            };
            for copy in std::mem::take(&mut mail.deferred).into_values() {
                let draft = Draft { copy, host: None, id: id.into(), event_type, at, own: None };
                let answer = Answer { reason: Some(reason), ..Answer::NONE };
                let bare = bare_event(&mut self.maker, &draft);
                let own = self.maker.answers.apply(bare, answer);
                mail.waiting.push(Draft { own: Some(own), ..draft });
            }
        }
        release(&mut self.maker, &mut mail, out);
    }
}

/// Returns the id of a message: Exim's id, `-`, and the hash of its recipient.
fn message_id(id: Id, recipient_hash: u64) -> MessageId {
    let mut text = [b'-'; Id::MAX_LEN + 1 + Spelled::LEN];
    let len = id.as_bytes().len();
    let end = len + 1 + Spelled::LEN;
    text[..len].copy_from_slice(id.as_bytes());
    text[len + 1..end].copy_from_slice(Spelled::new(recipient_hash).as_str().as_bytes());
    MessageId::from(str::from_utf8(&text[..end]).expect("ids and spelled hashes are ASCII"))
}

/// Returns the type and the id of the event of an attempt; `None` if there is no event. An event without an id can happen
/// again.
fn event_type(attempt: &Attempt<'_>) -> Option<(EventType, Option<&'static str>)> {
    let is_smtp = || attempt.details.host.is_some() || attempt.transport() == Some("lmtp");
    Some(match attempt.outcome {
        Outcome::Delivered if is_smtp() => (EventType::DeliveredSmtp, Some("delivered")),
        Outcome::Delivered => (EventType::Delivered, Some("delivered")),
        Outcome::Deferred => (EventType::Deferred, None),
        Outcome::Failed => (EventType::HardBouncedImmediate, Some("bounced")),
        Outcome::Expired => (EventType::FailedExpired, Some("expired")),
        Outcome::Cancelled => (EventType::FailedOther, Some("cancelled")),
        Outcome::Discarded | Outcome::Waiting => return None,
    })
}

/// Returns an event with the own fields of an attempt.
fn own_fields(maker: &mut Maker<&'static str>, attempt: &Attempt<'_>, draft: &Draft) -> Event {
    let Attempt { outcome, details, answer, .. } = attempt;
    let (code, reason) = match outcome {
        Outcome::Delivered => (details.reply.and_then(code), None),
        Outcome::Expired => (None, Some(reason::EXPIRED)),
        Outcome::Deferred | Outcome::Failed | Outcome::Cancelled => (answer.code(), Some(answer.reason())),
        Outcome::Discarded | Outcome::Waiting => (None, None),
    };
    let ip = details.interface.and_then(|ip| maker.names.ip(ip));
    let fields = Answer { transport: attempt.transport(), ip: ip.as_ref(), code, reason };
    let bare = bare_event(maker, draft);
    let event = maker.answers.apply(bare, fields);
    if !maker.with_replies {
        return event;
    }
    let accepted = details.reply.map(unescaped);
    let reply = accepted.as_deref().or_else(|| answer.shown());
    with_attributes(event, [("relay", details.relay), ("dsn", code), ("reply", reply)])
}

/// Returns the event of a draft without fields.
fn bare_event(maker: &mut Maker<&'static str>, draft: &Draft) -> Event {
    maker.event(draft.copy.message.clone(), Arc::default(), draft.id.clone(), draft.event_type, draft.at)
}

/// Appends the events of a message that wait to `out`.
fn release(maker: &mut Maker<&'static str>, mail: &mut OpenMail, out: &mut Vec<Event>) {
    for draft in std::mem::take(&mut mail.waiting) {
        out.push(finished(maker, mail, draft));
    }
}

/// Returns the event of a draft, with the sender and the account of its message.
fn finished(maker: &mut Maker<&'static str>, mail: &OpenMail, draft: Draft) -> Event {
    let Draft { copy: Copy { message, destination }, host, id, event_type, at, own } = draft;
    let (sender, destination) = (mail.sender.as_deref(), destination.as_deref());
    let mut fields = maker.names.fields_by_host(sender, destination, || host.as_deref());
    if mail.domain.is_some() && mail.domain != fields.domain {
        Arc::make_mut(&mut fields).domain.clone_from(&mail.domain);
    }
    let account = mail.account.as_ref().unwrap_or_else(|| maker.account());
    let event = new_event(account, &message, fields, id, event_type, at);
    match own {
        Some(own) => event.with_own_of(&own),
        None => event,
    }
}
