//! The fields of messages and of events.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{AccountId, EnhancedCode, Stream};

/// The fields of a message. Each is optional, and absent if no event of the message has it.
///
/// Domains are in lower case without a trailing dot; all other texts are as given. An empty text is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct MessageFields {
    /// The customer of the account that the mail belongs to, if the account has subaccounts.
    pub subaccount: Option<Arc<str>>,
    /// The sending domain.
    pub domain: Option<Arc<str>>,
    /// The category, of which a message has one.
    pub category: Option<Arc<str>>,
    /// The tags, of which a message has any number.
    pub tags: BTreeSet<Arc<str>>,
    /// The stream: transactional or bulk.
    pub stream: Option<Stream>,
    /// The sending mailbox, an e-mail address.
    pub mailbox: Option<Arc<str>>,
    /// The campaign.
    pub campaign: Option<Arc<str>>,
    /// The sending IP address, unless an event has [one of its own](EventFields::attempt_ip).
    pub ip: Option<Arc<str>>,
    /// The pool of sending IP addresses, unless an event has [one of its own](EventFields::attempt_ip_pool).
    pub ip_pool: Option<Arc<str>>,
    /// The domain of the recipient.
    pub recipient_domain: Option<Arc<str>>,
    /// The mailbox provider (ESP) of the recipient.
    pub provider: Option<Arc<str>>,
    /// Whether opens are tracked.
    pub open_tracking: Option<bool>,
    /// Whether clicks are tracked.
    pub click_tracking: Option<bool>,
    /// When the message was created, in whole milliseconds, as far as events tell; of a message it is the earliest such
    /// instant, while [`Message::created`](crate::message::Message::created) also considers when its events happened.
    pub created: Option<DateTime<Utc>>,
}

impl MessageFields {
    /// No field has a value.
    pub(crate) const NONE: Self = Self {
        subaccount: None,
        domain: None,
        category: None,
        tags: BTreeSet::new(),
        stream: None,
        mailbox: None,
        campaign: None,
        ip: None,
        ip_pool: None,
        recipient_domain: None,
        provider: None,
        open_tracking: None,
        click_tracking: None,
        created: None,
    };

    /// Returns the texts, except tags, by the names of their fields.
    #[inline]
    pub(super) fn texts(&self) -> [(&'static str, &Option<Arc<str>>); 9] {
        [
            ("subaccount", &self.subaccount),
            ("domain", &self.domain),
            ("category", &self.category),
            ("mailbox", &self.mailbox),
            ("campaign", &self.campaign),
            ("ip", &self.ip),
            ("ip_pool", &self.ip_pool),
            ("recipient_domain", &self.recipient_domain),
            ("provider", &self.provider),
        ]
    }

    /// Returns fields without values.
    pub(crate) fn none() -> &'static Self {
        static NONE: MessageFields = MessageFields::NONE;
        &NONE
    }
}

/// The fields of an event itself, not of its message. Each is optional; texts are as given.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct EventFields {
    /// The country where it happened.
    pub country: Option<Arc<str>>,
    /// The kind of device on which it happened.
    pub device: Option<Arc<str>>,
    /// The program, such as a mail client, with which it was made.
    pub client: Option<Arc<str>>,
    /// The machine that opened or clicked; `generic` if it was one without a name.
    pub bot: Option<Arc<str>>,
    /// The number of the delivery attempt at which it happened, from 1.
    pub attempt: Option<NonZeroU32>,
    /// Whether the platform optimized the time or the route of that attempt.
    pub optimized: Option<bool>,
    /// How that attempt was made: `smtp`, `lmtp`, `local`, `pipe`, `http`.
    pub transport: Option<Arc<str>>,
    /// The sending IP address of that attempt. For this event it is used instead of that of the message.
    pub attempt_ip: Option<Arc<str>>,
    /// The pool of sending IP addresses of that attempt. For this event it is used instead of that of the message.
    pub attempt_ip_pool: Option<Arc<str>>,
    /// The class or category that the source gives a bounce, drop, deferral or complaint, as the source spells it.
    pub reason: Option<Arc<str>>,
    /// The enhanced status code of the answer.
    pub code: Option<EnhancedCode>,
}

impl EventFields {
    /// No field has a value.
    pub(crate) const NONE: Self = Self {
        country: None,
        device: None,
        client: None,
        bot: None,
        attempt: None,
        optimized: None,
        transport: None,
        attempt_ip: None,
        attempt_ip_pool: None,
        reason: None,
        code: None,
    };

    /// Returns the texts by the names of their fields.
    #[inline]
    pub(super) fn texts(&self) -> [(&'static str, &Option<Arc<str>>); 8] {
        [
            ("country", &self.country),
            ("device", &self.device),
            ("client", &self.client),
            ("bot", &self.bot),
            ("transport", &self.transport),
            ("attempt_ip", &self.attempt_ip),
            ("attempt_ip_pool", &self.attempt_ip_pool),
            ("reason", &self.reason),
        ]
    }
}

/// The fields that the values of dimensions are read from: those of an event, of its message and of its account.
///
/// [`Event::fields`](crate::Event::fields) returns those of one event, and a store makes those of an event of a whole
/// [`Message`](crate::message::Message).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores make them")]
pub struct Fields<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// The fields of the message.
    pub message: &'a MessageFields,
    /// The fields of the event itself; all absent for the status of a message.
    pub event: &'a EventFields,
}
