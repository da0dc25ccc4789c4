//! An event that is being made of a record.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{address, code};
use crate::event::{EventFields, MessageFields, normalize_domain};
use crate::event_type::EventType;

/// An event that is being made of a record; [`Output::push`](super::output::Output::push) completes it.
#[derive(Clone, Debug)]
pub(in crate::source) struct Draft<'a> {
    pub(in crate::source) event_type: EventType,
    pub(in crate::source) at: DateTime<Utc>,
    /// The id of the event within its message.
    pub(in crate::source) id: String,
    pub(in crate::source) message: MessageName<'a>,
    /// The id that the host gave the message, if it is in the record.
    pub(in crate::source) host_id: Option<Arc<str>>,
    /// The recipient, in any form.
    pub(in crate::source) recipient: Option<&'a str>,
    /// The account as the record tells it.
    pub(in crate::source) account: Option<Arc<str>>,
    pub(in crate::source) fields: MessageFields,
    pub(in crate::source) own: EventFields,
    pub(in crate::source) reply: Option<&'a str>,
    pub(in crate::source) link: Option<&'a str>,
}

/// What a record says about the message of its event.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) enum MessageName<'a> {
    /// An id that each recipient has of its own.
    OfRecipient(&'a str),
    /// An id that several recipients may share. Without a recipient, it is a message of its own.
    Shared(&'a str),
    /// No id; what a host may find the message by.
    Unknown(Clues<'a>),
}

/// What a host may find a message by.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::source) struct Clues<'a> {
    pub(in crate::source) return_path: Option<&'a str>,
    pub(in crate::source) message_id: Option<&'a str>,
    pub(in crate::source) envelope_id: Option<&'a str>,
    pub(in crate::source) feedback_id: Option<&'a str>,
    /// The id of the report, which tells apart orphans.
    pub(in crate::source) report: Option<&'a str>,
}

impl<'a> Draft<'a> {
    /// Returns a draft with no other field.
    pub(in crate::source) fn new(
        event_type: impl Into<EventType>,
        at: DateTime<Utc>,
        id: impl Into<String>,
        message: MessageName<'a>,
    ) -> Self {
        Self {
            event_type: event_type.into(),
            at,
            id: id.into(),
            message,
            host_id: None,
            recipient: None,
            account: None,
            fields: MessageFields::default(),
            own: EventFields::default(),
            reply: None,
            link: None,
        }
    }

    /// Sets the sending mailbox and its domain, if the sender has an address with a domain.
    pub(in crate::source) fn set_sender(&mut self, sender: Option<&str>) {
        let sender = sender.and_then(address::bare);
        let Some((sender, domain)) = sender.and_then(|sender| Some((sender, address::domain(sender)?)))
        else {
            return;
        };
        self.fields.domain = normalize_domain(domain.into());
        self.fields.mailbox = Some(sender.into());
    }

    /// Sets the sending domain.
    pub(in crate::source) fn set_domain(&mut self, domain: Option<&str>) {
        self.fields.domain = domain.and_then(|domain| normalize_domain(domain.into()));
    }

    /// Sets the tags: at most as many as an event can have, those with the least names.
    pub(in crate::source) fn set_tags<'t>(&mut self, tags: impl Iterator<Item = &'t str>) {
        self.fields.tags = tags.map(Arc::from).collect();
        while self.fields.tags.len() > crate::event::Event::MAX_TAGS {
            self.fields.tags.pop_last();
        }
    }

    /// Sets the number of the attempt; 0 is none.
    pub(in crate::source) fn set_attempt(&mut self, attempt: Option<u32>) {
        self.own.attempt = attempt.and_then(NonZeroU32::new);
    }

    /// Sets the reply, and the enhanced status code that it contains.
    pub(in crate::source) fn set_reply(&mut self, reply: Option<&'a str>) {
        self.own.code = self.own.code.or_else(|| reply.and_then(code::find));
        self.reply = reply;
    }
}
