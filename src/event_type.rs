//! What is counted: kinds of event, the event types they fall into, and the counts themselves.

use std::fmt;
use std::str::FromStr;

use crate::parse_error::ParseError;

/// What happened to a message, in the order of its life.
///
/// | kind | qualifiers | meaning |
/// |---|---|---|
/// | `accepted` | `outgoing` `incoming` | the platform took the message |
/// | `queued` | | it waits in the delivery queue |
/// | `sent` | | handed to the next hop, no word yet |
/// | `deferred` | `provider_block` `other` | temporary failure, will be tried again |
/// | `soft_bounced` | | the recipient's side refused for now |
/// | `delivered` | `smtp` `http` | the recipient's server took it |
/// | `hard_bounced` | `immediate` `delayed` `callback` | refused for good; `delayed` is a bounce after a delivery |
/// | `failed` | `suppressed_bounce` `suppressed_unsubscribe` `suppressed_complaint` `expired` `rejected` `provider_block` `other` | given up, with or without trying |
/// | `opened` `clicked` | `person` `machine` `unknown` | engagement; a machine is a prefetch, a scanner or a privacy proxy |
/// | `unsubscribed` `complained` | | |
/// | `replied` | `positive` `other` | |
/// | `stored` | | inbound mail kept |
///
/// An event without a qualifier counts under its kind alone: it is in the kind's figures and in no qualifier's.
///
/// The order matters: where two events of a message have the same phase and the same instant, the later kind in this
/// list decides the message's [status](crate::Status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// The platform took the message.
    Accepted,
    /// It waits in the delivery queue.
    Queued,
    /// Handed to the next hop, no word yet.
    Sent,
    /// Temporary failure, will be tried again.
    Deferred,
    /// The recipient's side refused for now.
    SoftBounced,
    /// The recipient's server took it.
    Delivered,
    /// Refused for good.
    HardBounced,
    /// Given up, with or without trying.
    Failed,
    /// Its pictures were fetched.
    Opened,
    /// One of its links was followed.
    Clicked,
    /// The recipient wants no more of this.
    Unsubscribed,
    /// The recipient called it spam.
    Complained,
    /// The recipient answered.
    Replied,
    /// Inbound mail kept.
    Stored,
}

impl Kind {
    /// How many kinds there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Every kind, in the order of a message's life.
    pub const ALL: [Self; 14] = [
        Self::Accepted,
        Self::Queued,
        Self::Sent,
        Self::Deferred,
        Self::SoftBounced,
        Self::Delivered,
        Self::HardBounced,
        Self::Failed,
        Self::Opened,
        Self::Clicked,
        Self::Unsubscribed,
        Self::Complained,
        Self::Replied,
        Self::Stored,
    ];

    /// The name in JSON, in queries and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::SoftBounced => "soft_bounced",
            Self::Delivered => "delivered",
            Self::HardBounced => "hard_bounced",
            Self::Failed => "failed",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Unsubscribed => "unsubscribed",
            Self::Complained => "complained",
            Self::Replied => "replied",
            Self::Stored => "stored",
        }
    }

    /// The event types of this kind: first the one without a qualifier, then one for each qualifier.
    pub fn event_types(self) -> impl Iterator<Item = EventType> {
        EventType::ALL.into_iter().filter(move |event_type| event_type.kind() == self)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| ParseError::not_one_of("kind", text, Self::ALL.map(Self::name)))
    }
}

/// A kind with its qualifier, as the table of [`Kind`] has them: the finest thing that is counted.
///
/// # Which dialect shows it where
///
/// | event type | Mailtrap | Krafter, status | Mailgun Stats | Mailgun Metrics, `…_count` | Emitlo, status | SendKit |
/// |---|---|---|---|---|---|---|
/// | `accepted`, `accepted.outgoing` | – | `queued` | `accepted`: `total`, `outgoing` | `accepted`, `accepted_outgoing` | `pending` | – |
/// | `accepted.incoming` | – | `queued` | `accepted`: `total`, `incoming` | `accepted`, `accepted_incoming` | `pending` | – |
/// | `queued` | – | `queued` | – | – | `queued` | – |
/// | `sent` | – | `sent` | – | – | `queued` | `sent` |
/// | `deferred`, `deferred.other` | – | `sent` | `temporary`: `total` | `temporary_failed` | `deferred` | – |
/// | `deferred.provider_block` | – | `sent` | `temporary`: `total`, `espblock` | `temporary_failed`, `temporary_failed_esp_block` | `deferred` | – |
/// | `soft_bounced` | – | `bounced` | `temporary`: `total` | `temporary_failed` | `soft_bounced` | – |
/// | `delivered`, `delivered.smtp` | `delivery_count` | `delivered` | `delivered`: `total`, `smtp` | `delivered`, `delivered_smtp` | `delivered` | – |
/// | `delivered.http` | `delivery_count` | `delivered` | `delivered`: `total`, `http` | `delivered`, `delivered_http` | `delivered` | – |
/// | `hard_bounced`, `hard_bounced.immediate` | `bounce_count` | `bounced` | `permanent`: `total`, `bounce` | `permanent_failed`, `bounced`, `hard_bounces` | `hard_bounced` | `bounced` |
/// | `hard_bounced.delayed` | `bounce_count` | `bounced` | `permanent`: `total`, `delayed-bounce` | `permanent_failed`, `bounced`, `delayed_bounce` | `hard_bounced` | `bounced` |
/// | `hard_bounced.callback` | `bounce_count` | `bounced` | `permanent`: `total`, `webhook` | `permanent_failed`, `bounced`, `webhook` | `hard_bounced` | `bounced` |
/// | `failed` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced` | `failed` | – |
/// | `failed.suppressed_bounce` | – | `failed` | `permanent`: `total`, `suppress-bounce` | `permanent_failed`, `suppressed_bounces` | `failed` | – |
/// | `failed.suppressed_unsubscribe` | – | `failed` | `permanent`: `total`, `suppress-unsubscribe` | `permanent_failed`, `suppressed_unsubscribed` | `failed` | – |
/// | `failed.suppressed_complaint` | – | `failed` | `permanent`: `total`, `suppress-complaint` | `permanent_failed`, `suppressed_complaints` | `failed` | – |
/// | `failed.expired` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced`, `permanent_failed_old` | `failed` | – |
/// | `failed.rejected` | – | `failed` | – | – | `failed` | – |
/// | `failed.provider_block` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced`, `permanent_failed_esp_block`, `soft_bounces` | `failed` | – |
/// | `failed.other` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced`, `soft_bounces` | `failed` | – |
/// | `opened` (all) | `open_count`, daily unique | – | `opened`: `total`, `unique` by qualifier | `opened`, `unique_opened` by qualifier | – | `opened`, unique |
/// | `clicked` (all) | `click_count`, daily unique | – | `clicked`: `total`, `unique` by qualifier | `clicked`, `unique_clicked` by qualifier | – | `clicked`, unique |
/// | `unsubscribed` | – | – | `unsubscribed` | `unsubscribed` | – | – |
/// | `complained` | `spam_count` | `complained` | `complained` | `complained` | `complained` | – |
/// | `replied`, `replied.other` | – | – | – | – | – | `replied`, unique |
/// | `replied.positive` | – | – | – | – | – | `replied`, `positiveReplied`, unique |
/// | `stored` | – | – | `stored` | `stored` | – | – |
///
/// Mailgun's `temporary` and `permanent` are of its block `failed`; its `optimized` counts, and those by attempt, are parts
/// of the same told apart by [dimension](crate::Dimension::Optimized). Emitlo shows beside its statuses how many messages
/// have an event of each kind.
///
/// # Example
///
/// ```
/// use mailtally::{EventType, Kind};
///
/// assert_eq!(EventType::new(Kind::Opened, Some("machine"))?, EventType::OpenedMachine);
/// assert_eq!(EventType::OpenedMachine.kind(), Kind::Opened);
/// assert_eq!(
///     EventType::new(Kind::Opened, Some("robot")).unwrap_err().to_string(),
///     "unknown qualifier of opened `robot`, expected `person`, `machine` or `unknown`",
/// );
/// # Ok::<(), mailtally::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
#[expect(missing_docs, reason = "each name is a kind and its qualifier")]
pub enum EventType {
    Accepted,
    AcceptedOutgoing,
    AcceptedIncoming,
    Queued,
    Sent,
    Deferred,
    DeferredProviderBlock,
    DeferredOther,
    SoftBounced,
    Delivered,
    DeliveredSmtp,
    DeliveredHttp,
    HardBounced,
    HardBouncedImmediate,
    HardBouncedDelayed,
    HardBouncedCallback,
    Failed,
    FailedSuppressedBounce,
    FailedSuppressedUnsubscribe,
    FailedSuppressedComplaint,
    FailedExpired,
    FailedRejected,
    FailedProviderBlock,
    FailedOther,
    Opened,
    OpenedPerson,
    OpenedMachine,
    OpenedUnknown,
    Clicked,
    ClickedPerson,
    ClickedMachine,
    ClickedUnknown,
    Unsubscribed,
    Complained,
    Replied,
    RepliedPositive,
    RepliedOther,
    Stored,
}

impl EventType {
    /// How many event types there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Every event type, by kind, the one without a qualifier first.
    pub const ALL: [Self; 38] = [
        Self::Accepted,
        Self::AcceptedOutgoing,
        Self::AcceptedIncoming,
        Self::Queued,
        Self::Sent,
        Self::Deferred,
        Self::DeferredProviderBlock,
        Self::DeferredOther,
        Self::SoftBounced,
        Self::Delivered,
        Self::DeliveredSmtp,
        Self::DeliveredHttp,
        Self::HardBounced,
        Self::HardBouncedImmediate,
        Self::HardBouncedDelayed,
        Self::HardBouncedCallback,
        Self::Failed,
        Self::FailedSuppressedBounce,
        Self::FailedSuppressedUnsubscribe,
        Self::FailedSuppressedComplaint,
        Self::FailedExpired,
        Self::FailedRejected,
        Self::FailedProviderBlock,
        Self::FailedOther,
        Self::Opened,
        Self::OpenedPerson,
        Self::OpenedMachine,
        Self::OpenedUnknown,
        Self::Clicked,
        Self::ClickedPerson,
        Self::ClickedMachine,
        Self::ClickedUnknown,
        Self::Unsubscribed,
        Self::Complained,
        Self::Replied,
        Self::RepliedPositive,
        Self::RepliedOther,
        Self::Stored,
    ];

    /// The event type of `kind` with `qualifier`; without one, the event type of the events that have none.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if the kind has no such qualifier; it names those that it has.
    pub fn new(kind: Kind, qualifier: Option<&str>) -> Result<Self, ParseError> {
        kind.event_types().find(|event_type| event_type.qualifier() == qualifier).ok_or_else(|| {
            let subject = format!("qualifier of {kind}");
            let allowed = kind.event_types().filter_map(Self::qualifier);
            ParseError::not_one_of(subject, qualifier.unwrap_or_default(), allowed)
        })
    }

    /// The kind of event.
    pub const fn kind(self) -> Kind {
        self.parts().0
    }

    /// The qualifier as it is spelled in JSON, `None` for events that have none.
    pub const fn qualifier(self) -> Option<&'static str> {
        self.parts().1
    }

    const fn parts(self) -> (Kind, Option<&'static str>) {
        match self {
            Self::Accepted => (Kind::Accepted, None),
            Self::AcceptedOutgoing => (Kind::Accepted, Some("outgoing")),
            Self::AcceptedIncoming => (Kind::Accepted, Some("incoming")),
            Self::Queued => (Kind::Queued, None),
            Self::Sent => (Kind::Sent, None),
            Self::Deferred => (Kind::Deferred, None),
            Self::DeferredProviderBlock => (Kind::Deferred, Some("provider_block")),
            Self::DeferredOther => (Kind::Deferred, Some("other")),
            Self::SoftBounced => (Kind::SoftBounced, None),
            Self::Delivered => (Kind::Delivered, None),
            Self::DeliveredSmtp => (Kind::Delivered, Some("smtp")),
            Self::DeliveredHttp => (Kind::Delivered, Some("http")),
            Self::HardBounced => (Kind::HardBounced, None),
            Self::HardBouncedImmediate => (Kind::HardBounced, Some("immediate")),
            Self::HardBouncedDelayed => (Kind::HardBounced, Some("delayed")),
            Self::HardBouncedCallback => (Kind::HardBounced, Some("callback")),
            Self::Failed => (Kind::Failed, None),
            Self::FailedSuppressedBounce => (Kind::Failed, Some("suppressed_bounce")),
            Self::FailedSuppressedUnsubscribe => (Kind::Failed, Some("suppressed_unsubscribe")),
            Self::FailedSuppressedComplaint => (Kind::Failed, Some("suppressed_complaint")),
            Self::FailedExpired => (Kind::Failed, Some("expired")),
            Self::FailedRejected => (Kind::Failed, Some("rejected")),
            Self::FailedProviderBlock => (Kind::Failed, Some("provider_block")),
            Self::FailedOther => (Kind::Failed, Some("other")),
            Self::Opened => (Kind::Opened, None),
            Self::OpenedPerson => (Kind::Opened, Some("person")),
            Self::OpenedMachine => (Kind::Opened, Some("machine")),
            Self::OpenedUnknown => (Kind::Opened, Some("unknown")),
            Self::Clicked => (Kind::Clicked, None),
            Self::ClickedPerson => (Kind::Clicked, Some("person")),
            Self::ClickedMachine => (Kind::Clicked, Some("machine")),
            Self::ClickedUnknown => (Kind::Clicked, Some("unknown")),
            Self::Unsubscribed => (Kind::Unsubscribed, None),
            Self::Complained => (Kind::Complained, None),
            Self::Replied => (Kind::Replied, None),
            Self::RepliedPositive => (Kind::Replied, Some("positive")),
            Self::RepliedOther => (Kind::Replied, Some("other")),
            Self::Stored => (Kind::Stored, None),
        }
    }
}

impl From<Kind> for EventType {
    /// The event type of the events of `kind` that have no qualifier.
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Accepted => Self::Accepted,
            Kind::Queued => Self::Queued,
            Kind::Sent => Self::Sent,
            Kind::Deferred => Self::Deferred,
            Kind::SoftBounced => Self::SoftBounced,
            Kind::Delivered => Self::Delivered,
            Kind::HardBounced => Self::HardBounced,
            Kind::Failed => Self::Failed,
            Kind::Opened => Self::Opened,
            Kind::Clicked => Self::Clicked,
            Kind::Unsubscribed => Self::Unsubscribed,
            Kind::Complained => Self::Complained,
            Kind::Replied => Self::Replied,
            Kind::Stored => Self::Stored,
        }
    }
}
