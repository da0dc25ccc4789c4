//! What can happen to a message: fourteen kinds of event.

use crate::names::named_enum;

named_enum! {
    /// What happened to a message, in life-cycle order.
    ///
    /// | kind | qualifiers | meaning |
    /// |---|---|---|
    /// | `accepted` | `outgoing` `incoming` | the platform took the message |
    /// | `queued` | | it waits in the delivery queue |
    /// | `sent` | | handed to the next hop, which has not reported yet |
    /// | `deferred` | `provider_block` `local` `other` | temporary failure; delivery will be retried. `local`: the platform itself waits, nobody refused the message |
    /// | `soft_bounced` | | the recipient's side refused it for now |
    /// | `delivered` | `smtp` `http` | the recipient's server took it |
    /// | `hard_bounced` | `immediate` `delayed` `callback` | the recipient's side refused it for good; `delayed` is a bounce after a delivery |
    /// | `failed` | `suppressed_bounce` `suppressed_unsubscribe` `suppressed_complaint` `suppressed_other` `expired` `rejected` `provider_block` `other` | the platform gave up, with or without a delivery attempt |
    /// | `opened` `clicked` | `person` `machine` `unknown` | engagement; a machine is a prefetch, a scanner or a privacy proxy |
    /// | `unsubscribed` | | the recipient unsubscribed |
    /// | `complained` | | the recipient reported it as spam |
    /// | `replied` | `positive` `other` | the recipient replied |
    /// | `stored` | | an inbound message was stored |
    ///
    /// An event without a qualifier counts under its kind only: in the kind's figures, and in those of no qualifier.
    ///
    /// The order matters: of two events of a message with the same phase and the same instant, the one whose kind is later
    /// in this list decides the message's [status](crate::Status).
    #[non_exhaustive]
    #[repr(u8)]
    pub enum Kind("kind") {
        /// The platform took the message.
        Accepted = "accepted",
        /// The message waits in the delivery queue.
        Queued = "queued",
        /// The message was handed to the next hop, which has not reported yet.
        Sent = "sent",
        /// Delivery failed temporarily and will be retried.
        Deferred = "deferred",
        /// The recipient's side refused the message for now.
        SoftBounced = "soft_bounced",
        /// The recipient's server took the message.
        Delivered = "delivered",
        /// The recipient's side refused the message for good.
        HardBounced = "hard_bounced",
        /// The platform gave up, with or without a delivery attempt.
        Failed = "failed",
        /// The tracking image of the message was fetched.
        Opened = "opened",
        /// A link in the message was followed.
        Clicked = "clicked",
        /// The recipient unsubscribed.
        Unsubscribed = "unsubscribed",
        /// The recipient reported the message as spam.
        Complained = "complained",
        /// The recipient replied.
        Replied = "replied",
        /// An inbound message was stored.
        Stored = "stored",
    }
}
