//! What events tell of their messages, and of themselves.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::Stream;

/// What is known of a message: each value optional, and absent where no event told it.
///
/// Domains are lower-case without a trailing dot; everything else is as it came. An empty text is no value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct MessageFields {
    /// The customer of the account whose mail it is, where the account has such.
    pub subaccount: Option<Arc<str>>,
    /// The sending domain.
    pub domain: Option<Arc<str>>,
    /// The one category it was sent under.
    pub category: Option<Arc<str>>,
    /// Its tags, any number.
    pub tags: BTreeSet<Arc<str>>,
    /// Transactional or bulk.
    pub stream: Option<Stream>,
    /// The sending mailbox, an address.
    pub mailbox: Option<Arc<str>>,
    /// The campaign it belongs to.
    pub campaign: Option<Arc<str>>,
    /// The address it was sent from.
    pub ip: Option<Arc<str>>,
    /// The pool of addresses it was sent from.
    pub ip_pool: Option<Arc<str>>,
    /// The domain of its recipient.
    pub recipient_domain: Option<Arc<str>>,
    /// Who runs the recipient's mailbox (ESP).
    pub provider: Option<Arc<str>>,
    /// Whether it carries a picture that tells of opens.
    pub open_tracking: Option<bool>,
    /// Whether its links tell of clicks.
    pub click_tracking: Option<bool>,
}

/// Where an event itself came from, as far as it is known: the event's own dimensions, not its message's.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct EventFields {
    /// The country, as the host spells it.
    pub country: Option<Arc<str>>,
    /// The kind of device, as the host spells it.
    pub device: Option<Arc<str>>,
    /// The program, as the host spells it.
    pub client: Option<Arc<str>>,
    /// The machine that opened or clicked, as the host spells it; `generic` where it was one and has no name.
    pub bot: Option<Arc<str>>,
    /// At which attempt to deliver the message it happened, from 1.
    pub attempt: Option<NonZeroU32>,
    /// Whether the platform chose the time or the way of that attempt.
    pub optimized: Option<bool>,
}
