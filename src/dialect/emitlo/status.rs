//! The status of a message, in Emitlo's words.

use crate::names::named_enum;
use crate::status::Status;

named_enum! {
    /// One of the eight statuses, in their published order.
    pub(super) enum MessageStatus("message status") {
        Pending = "pending",
        Queued = "queued",
        Delivered = "delivered",
        SoftBounced = "soft_bounced",
        HardBounced = "hard_bounced",
        Complained = "complained",
        Deferred = "deferred",
        Failed = "failed",
    }
}

impl MessageStatus {
    /// Returns what the API calls this crate's status. A message without one is pending.
    pub(super) fn from_status(status: Option<Status>) -> Self {
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
            assert_eq!(MessageStatus::from_status(Some(status)).name(), name);
        }
    }
}
