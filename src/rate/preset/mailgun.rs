//! Mailgun's rates, and the sums that they and its counts are made of.

use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{self, Total, TotalOf, UniqueOf};
use crate::rate::definition::{Definition, Sum};

/// Every delivery.
pub(crate) const DELIVERED: Sum = Sum::of(&[Total(Kind::Delivered)]);

/// Failures that will be tried again.
pub(crate) const TEMPORARY: Sum = Sum::of(&[Total(Kind::Deferred), Total(Kind::SoftBounced)]);

/// Failures for good.
pub(crate) const PERMANENT: Sum = Sum::of(&[Total(Kind::HardBounced), Total(Kind::Failed)]).less(REJECTED);

/// Failures of both kinds.
pub(crate) const FAILED: Sum = Sum::of(&[
    Total(Kind::Deferred),
    Total(Kind::SoftBounced),
    Total(Kind::HardBounced),
    Total(Kind::Failed),
])
.less(REJECTED);

/// Failures for good, but not those for which no delivery was tried.
pub(crate) const BOUNCED: Sum = Sum::of(&[Total(Kind::HardBounced), Total(Kind::Failed)]).less(NEVER_TRIED);

/// What was delivered, or tried in vain.
pub(crate) const SENT: Sum =
    Sum::of(&[Total(Kind::Delivered), Total(Kind::HardBounced), Total(Kind::Failed)]).less(NEVER_TRIED);

/// What is billed: delivered or failed for good, each message once.
pub(crate) const PROCESSED: Sum =
    Sum::of(&[Total(Kind::Delivered), Total(Kind::HardBounced), Total(Kind::Failed)]).less(&[
        TotalOf(EventType::FailedRejected),
        TotalOf(EventType::HardBouncedCallback),
        TotalOf(EventType::HardBouncedDelayed),
    ]);

/// Refusals for good at once.
pub(crate) const HARD_BOUNCED: Sum =
    Sum::of(&[TotalOf(EventType::HardBounced), TotalOf(EventType::HardBouncedImmediate)]);

/// Given up for a cause that may pass: what Mailgun calls a soft bounce is a failure for good.
pub(crate) const SOFT_BOUNCED: Sum =
    Sum::of(&[TotalOf(EventType::FailedProviderBlock), TotalOf(EventType::FailedOther)]);

/// Every open.
pub(crate) const OPENED: Sum = Sum::of(&[Total(Kind::Opened)]);

/// Each message once for each kind of reader: a person and a machine that open one message are two.
pub(crate) const UNIQUE_OPENED: Sum = Sum::of(&[
    UniqueOf(EventType::Opened),
    UniqueOf(EventType::OpenedPerson),
    UniqueOf(EventType::OpenedMachine),
    UniqueOf(EventType::OpenedUnknown),
]);

/// Every click.
pub(crate) const CLICKED: Sum = Sum::of(&[Total(Kind::Clicked)]);

/// Each message once for each kind of reader, as [`UNIQUE_OPENED`].
pub(crate) const UNIQUE_CLICKED: Sum = Sum::of(&[
    UniqueOf(EventType::Clicked),
    UniqueOf(EventType::ClickedPerson),
    UniqueOf(EventType::ClickedMachine),
    UniqueOf(EventType::ClickedUnknown),
]);

/// Every time that a recipient wanted no more.
pub(crate) const UNSUBSCRIBED: Sum = Sum::of(&[Total(Kind::Unsubscribed)]);

/// Every complaint.
pub(crate) const COMPLAINED: Sum = Sum::of(&[Total(Kind::Complained)]);

/// Mailgun counts no rejected message anywhere.
const REJECTED: &[Metric] = &[TotalOf(EventType::FailedRejected)];

const NEVER_TRIED: &[Metric] = &[
    TotalOf(EventType::FailedRejected),
    TotalOf(EventType::FailedSuppressedBounce),
    TotalOf(EventType::FailedSuppressedUnsubscribe),
    TotalOf(EventType::FailedSuppressedComplaint),
];

pub(crate) const DELIVERED_RATE: Definition =
    rate("delivered_rate", DELIVERED, SENT, "Deliveries, of messages sent.");
pub(crate) const BOUNCE_RATE: Definition = rate(
    "bounce_rate",
    BOUNCED,
    PROCESSED,
    "Permanent failures but the suppressed ones, of messages processed.",
);
pub(crate) const HARD_BOUNCE_RATE: Definition =
    chosen("hard_bounce_rate", HARD_BOUNCED, "Refusals for good at once, of messages processed.");
pub(crate) const SOFT_BOUNCE_RATE: Definition = chosen(
    "soft_bounce_rate",
    SOFT_BOUNCED,
    "Messages given up for a block by the provider or another cause, of messages processed.",
);
pub(crate) const PERMANENT_FAIL_RATE: Definition =
    rate("permanent_fail_rate", PERMANENT, PROCESSED, "Permanent failures, of messages processed.");
pub(crate) const TEMPORARY_FAIL_RATE: Definition =
    chosen("temporary_fail_rate", TEMPORARY, "Temporary failures, of messages processed.");
pub(crate) const FAIL_RATE: Definition = chosen("fail_rate", FAILED, "Failures, of messages processed.");
pub(crate) const OPENED_RATE: Definition = rate("opened_rate", OPENED, DELIVERED, "Opens, over deliveries.");
pub(crate) const UNIQUE_OPENED_RATE: Definition =
    rate("unique_opened_rate", UNIQUE_OPENED, DELIVERED, "Messages opened, over deliveries.");
pub(crate) const CLICKED_RATE: Definition =
    rate("clicked_rate", CLICKED, DELIVERED, "Clicks, over deliveries.");
pub(crate) const UNIQUE_CLICKED_RATE: Definition =
    rate("unique_clicked_rate", UNIQUE_CLICKED, DELIVERED, "Messages clicked, over deliveries.");
pub(crate) const UNSUBSCRIBED_RATE: Definition =
    rate("unsubscribed_rate", UNSUBSCRIBED, DELIVERED, "Times unsubscribed, over deliveries.");
pub(crate) const COMPLAINED_RATE: Definition =
    rate("complained_rate", COMPLAINED, DELIVERED, "Complaints, over deliveries.");

/// The rates that counts alone can tell, in the order of a message's life.
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

const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
    Definition::new(name, part, whole, meaning, "Mailgun manual, metrics, formulas of the rates")
}

const fn chosen(name: &'static str, part: Sum, meaning: &'static str) -> Definition {
    Definition::new(name, part, PROCESSED, meaning, "mailtally; Mailgun publishes the name, and no formula")
}
