//! The current state of a message.

use crate::kind::Kind;
use crate::names::named_enum;

named_enum! {
    /// The status of a message, decided by all of its events in whatever order they arrived.
    ///
    /// It is that of the event with the greatest ([phase](Status::phase), instant, kind). So a retry that is reported late
    /// does not undo a delivery, and a bounce after a delivery does. Engagement (opened, clicked, unsubscribed, replied) and
    /// stored inbound mail do not affect the status; a message with only such events has none.
    #[non_exhaustive]
    #[repr(u8)]
    #[expect(missing_docs, reason = "each has the name of the kind of event that leads to it")]
    pub enum Status("status") {
        Accepted = "accepted",
        Queued = "queued",
        Sent = "sent",
        Deferred = "deferred",
        SoftBounced = "soft_bounced",
        Delivered = "delivered",
        HardBounced = "hard_bounced",
        Failed = "failed",
        Complained = "complained",
    }
}

impl Status {
    /// Returns the status that an event of `kind` can lead to; `None` for engagement and stored inbound mail.
    pub const fn from_kind(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Accepted => Some(Self::Accepted),
            Kind::Queued => Some(Self::Queued),
            Kind::Sent => Some(Self::Sent),
            Kind::Deferred => Some(Self::Deferred),
            Kind::SoftBounced => Some(Self::SoftBounced),
            Kind::Delivered => Some(Self::Delivered),
            Kind::HardBounced => Some(Self::HardBounced),
            Kind::Failed => Some(Self::Failed),
            Kind::Complained => Some(Self::Complained),
            Kind::Opened | Kind::Clicked | Kind::Unsubscribed | Kind::Replied | Kind::Stored => None,
        }
    }

    /// Returns how far the message has come: 0 accepted; 1 queued; 2 sent, deferred, soft bounced; 3 delivered, hard
    /// bounced, failed; 4 complained. A later phase outweighs a later instant.
    pub const fn phase(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Queued => 1,
            Self::Sent | Self::Deferred | Self::SoftBounced => 2,
            Self::Delivered | Self::HardBounced | Self::Failed => 3,
            Self::Complained => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_named_after_its_kind() {
        for kind in Kind::ALL {
            if let Some(status) = Status::from_kind(kind) {
                assert_eq!(status.name(), kind.name());
            }
        }
        assert_eq!(Kind::ALL.into_iter().filter_map(Status::from_kind).collect::<Vec<_>>(), Status::ALL);
    }
}
