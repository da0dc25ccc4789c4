//! The one state that a message is in, in the end.

use std::fmt;

use crate::event_type::Kind;

/// Where a message stands: the last word on it, whatever the order in which the words arrived.
///
/// A message's status is the greatest, over its events, of ([phase](Status::phase), instant, kind). So a retry that is
/// reported late cannot un-deliver a message, and a bounce that follows a delivery does. Engagement (opened, clicked,
/// unsubscribed, replied) and inbound storage say nothing about the status; a message with no other event has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
#[expect(missing_docs, reason = "each name is that of the kind of event that put the message there")]
pub enum Status {
    Accepted,
    Queued,
    Sent,
    Deferred,
    SoftBounced,
    Delivered,
    HardBounced,
    Failed,
    Complained,
}

impl Status {
    /// How many statuses there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Every status, in the order of the kinds.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Queued,
        Self::Sent,
        Self::Deferred,
        Self::SoftBounced,
        Self::Delivered,
        Self::HardBounced,
        Self::Failed,
        Self::Complained,
    ];

    /// The status that an event of `kind` can give its message; `None` for engagement and inbound storage.
    pub const fn of(kind: Kind) -> Option<Self> {
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

    /// How far the message has come: 0 accepted; 1 queued; 2 sent, deferred, soft bounced; 3 delivered, hard bounced,
    /// failed; 4 complained. A later phase outweighs a later instant.
    pub const fn phase(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Queued => 1,
            Self::Sent | Self::Deferred | Self::SoftBounced => 2,
            Self::Delivered | Self::HardBounced | Self::Failed => 3,
            Self::Complained => 4,
        }
    }

    /// The name in JSON, in queries and in tables: that of the kind.
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
            Self::Complained => "complained",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_named_after_its_kind() {
        for kind in Kind::ALL {
            if let Some(status) = Status::of(kind) {
                assert_eq!(status.name(), kind.name());
            }
        }
        assert_eq!(Kind::ALL.into_iter().filter_map(Status::of).collect::<Vec<_>>(), Status::ALL);
    }
}
