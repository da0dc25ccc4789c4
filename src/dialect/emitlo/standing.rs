//! Where a message stands, in Emitlo's words.

use std::fmt;

use serde::Serialize;

use crate::status::Status;

/// One of the eight statuses, in their published order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the API has eight statuses")]
pub enum MessageStatus {
    /// Accepted, not yet queued.
    Pending,
    /// In the delivery queue, or handed over without a word yet.
    Queued,
    /// The recipient's server took it.
    Delivered,
    /// Refused for now; it will be tried again.
    SoftBounced,
    /// Refused for good.
    HardBounced,
    /// The recipient called it spam.
    Complained,
    /// Delayed; it will be tried again.
    Deferred,
    /// Given up.
    Failed,
}

impl MessageStatus {
    /// Every status, in the published order.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Queued,
        Self::Delivered,
        Self::SoftBounced,
        Self::HardBounced,
        Self::Complained,
        Self::Deferred,
        Self::Failed,
    ];

    /// What this crate's status is called. A message without one is [`Pending`](Self::Pending).
    ///
    /// ```
    /// use mailtally::Status;
    /// use mailtally::dialect::emitlo::MessageStatus;
    ///
    /// assert_eq!(MessageStatus::of(Some(Status::Sent)), MessageStatus::Queued);
    /// assert_eq!(MessageStatus::of(None), MessageStatus::Pending);
    /// ```
    pub const fn of(status: Option<Status>) -> Self {
        match status {
            None | Some(Status::Accepted) => Self::Pending,
            Some(Status::Queued | Status::Sent) => Self::Queued,
            Some(Status::Deferred) => Self::Deferred,
            Some(Status::SoftBounced) => Self::SoftBounced,
            Some(Status::Delivered) => Self::Delivered,
            Some(Status::HardBounced) => Self::HardBounced,
            Some(Status::Failed) => Self::Failed,
            Some(Status::Complained) => Self::Complained,
        }
    }

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::SoftBounced => "soft_bounced",
            Self::HardBounced => "hard_bounced",
            Self::Complained => "complained",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_statuses_are_those_published() {
        let names = MessageStatus::ALL.map(MessageStatus::name);
        let published = [
            "pending",
            "queued",
            "delivered",
            "soft_bounced",
            "hard_bounced",
            "complained",
            "deferred",
            "failed",
        ];
        assert_eq!(names, published);
        for status in MessageStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.to_string());
        }
    }

    #[test]
    fn a_status_keeps_its_name_where_the_api_has_it() {
        for status in Status::ALL {
            let name = match status {
                Status::Accepted => "pending",
                Status::Sent => "queued",
                other => other.name(),
            };
            assert_eq!(MessageStatus::of(Some(status)).name(), name);
        }
    }
}
