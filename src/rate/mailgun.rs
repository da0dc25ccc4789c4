//! The definitions of Mailgun's rates, and the sums in them, which are also counts of its dialect.
//!
//! "Permanent" and "temporary" are Mailgun's words for failures: a permanent one is a hard bounce or a `failed` event.

use super::definition::Definition;
use super::sum::Sum;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{self, Total, TotalOf, UniqueOf};

/// Deliveries.
pub(crate) const DELIVERED: Sum = Sum::new(&[Total(Kind::Delivered)]);

/// Temporary failures: delivery will be tried again.
pub(crate) const TEMPORARY: Sum = Sum::new(&[Total(Kind::Deferred), Total(Kind::SoftBounced)]);

/// Permanent failures.
pub(crate) const PERMANENT: Sum = Sum::new(&[Total(Kind::HardBounced), Total(Kind::Failed)]).less(REJECTED);

/// Temporary and permanent failures.
pub(crate) const FAILED: Sum = Sum::new(&[
    Total(Kind::Deferred),
    Total(Kind::SoftBounced),
    Total(Kind::HardBounced),
    Total(Kind::Failed),
])
.less(REJECTED);

/// Permanent failures after a delivery attempt.
pub(crate) const BOUNCED: Sum = Sum::new(&[Total(Kind::HardBounced), Total(Kind::Failed)]).less(NEVER_TRIED);

/// Deliveries, and permanent failures after a delivery attempt.
pub(crate) const SENT: Sum =
    Sum::new(&[Total(Kind::Delivered), Total(Kind::HardBounced), Total(Kind::Failed)]).less(NEVER_TRIED);

/// What Mailgun bills: deliveries and permanent failures, each message once, so without bounces that follow a delivery.
pub(crate) const PROCESSED: Sum =
    Sum::new(&[Total(Kind::Delivered), Total(Kind::HardBounced), Total(Kind::Failed)]).less(&[
        TotalOf(EventType::FailedRejected),
        TotalOf(EventType::HardBouncedCallback),
        TotalOf(EventType::HardBouncedDelayed),
    ]);

/// Hard bounces at once, not after a delivery.
pub(crate) const HARD_BOUNCED: Sum =
    Sum::new(&[TotalOf(EventType::HardBounced), TotalOf(EventType::HardBouncedImmediate)]);

/// Mailgun's soft bounces: messages that failed, permanently, for a cause that may be temporary.
pub(crate) const SOFT_BOUNCED: Sum =
    Sum::new(&[TotalOf(EventType::FailedProviderBlock), TotalOf(EventType::FailedOther)]);

/// Opens.
pub(crate) const OPENED: Sum = Sum::new(&[Total(Kind::Opened)]);

/// Messages opened, once for each qualifier (person, machine, unknown, none): a person and a machine that open one
/// message count as two.
pub(crate) const UNIQUE_OPENED: Sum = Sum::new(&[
    UniqueOf(EventType::Opened),
    UniqueOf(EventType::OpenedPerson),
    UniqueOf(EventType::OpenedMachine),
    UniqueOf(EventType::OpenedUnknown),
]);

/// Clicks.
pub(crate) const CLICKED: Sum = Sum::new(&[Total(Kind::Clicked)]);

/// Messages clicked, once for each kind of reader, as in [`UNIQUE_OPENED`].
pub(crate) const UNIQUE_CLICKED: Sum = Sum::new(&[
    UniqueOf(EventType::Clicked),
    UniqueOf(EventType::ClickedPerson),
    UniqueOf(EventType::ClickedMachine),
    UniqueOf(EventType::ClickedUnknown),
]);

/// Unsubscribe events.
pub(crate) const UNSUBSCRIBED: Sum = Sum::new(&[Total(Kind::Unsubscribed)]);

/// Complaints.
pub(crate) const COMPLAINED: Sum = Sum::new(&[Total(Kind::Complained)]);

/// Rejected messages, which Mailgun does not count.
const REJECTED: &[Metric] = &[TotalOf(EventType::FailedRejected)];

/// Messages without a delivery attempt: rejected or suppressed.
const NEVER_TRIED: &[Metric] = &[
    TotalOf(EventType::FailedRejected),
    TotalOf(EventType::FailedSuppressedBounce),
    TotalOf(EventType::FailedSuppressedUnsubscribe),
    TotalOf(EventType::FailedSuppressedComplaint),
    TotalOf(EventType::FailedSuppressedOther),
];

pub(crate) const DELIVERED_RATE: Definition =
    rate("delivered_rate", DELIVERED, SENT, "Deliveries, of messages sent.");
pub(crate) const BOUNCE_RATE: Definition = rate(
    "bounce_rate",
    BOUNCED,
    PROCESSED,
    "Permanent failures except suppressed messages, of messages processed.",
);
pub(crate) const HARD_BOUNCE_RATE: Definition =
    undocumented("hard_bounce_rate", HARD_BOUNCED, "Hard bounces at once, of messages processed.");
pub(crate) const SOFT_BOUNCE_RATE: Definition = undocumented(
    "soft_bounce_rate",
    SOFT_BOUNCED,
    "Messages that failed because of a provider block or another cause, of messages processed.",
);
pub(crate) const PERMANENT_FAIL_RATE: Definition =
    rate("permanent_fail_rate", PERMANENT, PROCESSED, "Permanent failures, of messages processed.");
pub(crate) const TEMPORARY_FAIL_RATE: Definition =
    undocumented("temporary_fail_rate", TEMPORARY, "Temporary failures, of messages processed.");
pub(crate) const FAIL_RATE: Definition =
    undocumented("fail_rate", FAILED, "Failures, of messages processed.");
pub(crate) const OPENED_RATE: Definition = rate("opened_rate", OPENED, DELIVERED, "Opens, over deliveries.");
pub(crate) const UNIQUE_OPENED_RATE: Definition =
    rate("unique_opened_rate", UNIQUE_OPENED, DELIVERED, "Messages opened, over deliveries.");
pub(crate) const CLICKED_RATE: Definition =
    rate("clicked_rate", CLICKED, DELIVERED, "Clicks, over deliveries.");
pub(crate) const UNIQUE_CLICKED_RATE: Definition =
    rate("unique_clicked_rate", UNIQUE_CLICKED, DELIVERED, "Messages clicked, over deliveries.");
pub(crate) const UNSUBSCRIBED_RATE: Definition =
    rate("unsubscribed_rate", UNSUBSCRIBED, DELIVERED, "Unsubscribe events, over deliveries.");
pub(crate) const COMPLAINED_RATE: Definition =
    rate("complained_rate", COMPLAINED, DELIVERED, "Complaints, over deliveries.");

/// The rates that counts alone can reproduce, ordered by the life of a message.
pub(super) const DEFINITIONS: &[Definition] = &[
    DELIVERED_RATE,
    BOUNCE_RATE,
    HARD_BOUNCE_RATE,
    SOFT_BOUNCE_RATE,
    PERMANENT_FAIL_RATE,
    TEMPORARY_FAIL_RATE,
    FAIL_RATE,
    OPENED_RATE,
    UNIQUE_OPENED_RATE,
    CLICKED_RATE,
    UNIQUE_CLICKED_RATE,
    UNSUBSCRIBED_RATE,
    COMPLAINED_RATE,
];

/// Makes a rate with the formula that Mailgun publishes.
const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
    Definition::new(name, part, whole, meaning, "Mailgun manual, metrics, formulas of the rates")
}

/// A rate whose formula is this crate's choice.
const fn undocumented(name: &'static str, part: Sum, meaning: &'static str) -> Definition {
    Definition::new(name, part, PROCESSED, meaning, "mailtally; Mailgun publishes the name, and no formula")
}
