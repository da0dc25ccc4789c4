//! The numbers that stand for names in stored bytes. They never change: new names get new numbers.

use crate::dimension::Dimension;
use crate::event_type::EventType;
use crate::status::Status;

/// The number of the first status among what cells count; event types have lesser numbers.
const FIRST_STATUS: u8 = 192;

/// Returns the number of an event type. Between those of two kinds is room for qualifiers to come.
pub(in crate::store) const fn of_event_type(event_type: EventType) -> u8 {
    match event_type {
        EventType::Accepted => 0,
        EventType::AcceptedOutgoing => 1,
        EventType::AcceptedIncoming => 2,
        EventType::Queued => 8,
        EventType::Sent => 16,
        EventType::Deferred => 24,
        EventType::DeferredProviderBlock => 25,
        EventType::DeferredLocal => 26,
        EventType::DeferredOther => 27,
        EventType::SoftBounced => 32,
        EventType::Delivered => 40,
        EventType::DeliveredSmtp => 41,
        EventType::DeliveredHttp => 42,
        EventType::HardBounced => 48,
        EventType::HardBouncedImmediate => 49,
        EventType::HardBouncedDelayed => 50,
        EventType::HardBouncedCallback => 51,
        EventType::Failed => 56,
        EventType::FailedSuppressedBounce => 57,
        EventType::FailedSuppressedUnsubscribe => 58,
        EventType::FailedSuppressedComplaint => 59,
        EventType::FailedSuppressedOther => 60,
        EventType::FailedExpired => 61,
        EventType::FailedRejected => 62,
        EventType::FailedProviderBlock => 63,
        EventType::FailedOther => 64,
        EventType::Opened => 80,
        EventType::OpenedPerson => 81,
        EventType::OpenedMachine => 82,
        EventType::OpenedUnknown => 83,
        EventType::Clicked => 88,
        EventType::ClickedPerson => 89,
        EventType::ClickedMachine => 90,
        EventType::ClickedUnknown => 91,
        EventType::Unsubscribed => 96,
        EventType::Complained => 104,
        EventType::Replied => 112,
        EventType::RepliedPositive => 113,
        EventType::RepliedOther => 114,
        EventType::Stored => 120,
    }
}

/// Returns the number of a status.
pub(in crate::store) const fn of_status(status: Status) -> u8 {
    FIRST_STATUS
        + match status {
            Status::Accepted => 0,
            Status::Queued => 1,
            Status::Sent => 2,
            Status::Deferred => 3,
            Status::SoftBounced => 4,
            Status::Delivered => 5,
            Status::HardBounced => 6,
            Status::Failed => 7,
            Status::Complained => 8,
        }
}

/// Returns the number of a dimension.
pub(in crate::store) const fn of_dimension(dimension: Dimension) -> u8 {
    match dimension {
        Dimension::Account => 0,
        Dimension::Subaccount => 1,
        Dimension::Domain => 2,
        Dimension::Category => 3,
        Dimension::Tag => 4,
        Dimension::Stream => 5,
        Dimension::Mailbox => 6,
        Dimension::Campaign => 7,
        Dimension::Ip => 8,
        Dimension::IpPool => 9,
        Dimension::RecipientDomain => 10,
        Dimension::Provider => 11,
        Dimension::OpenTracking => 12,
        Dimension::ClickTracking => 13,
        Dimension::Country => 14,
        Dimension::Device => 15,
        Dimension::Client => 16,
        Dimension::Bot => 17,
        Dimension::Attempt => 18,
        Dimension::Optimized => 19,
        Dimension::Transport => 20,
        Dimension::Reason => 21,
        Dimension::Code => 22,
        Dimension::CodeSubject => 23,
        Dimension::CodeClass => 24,
    }
}

/// What a cell counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum What {
    Event(EventType),
    Status(Status),
}

impl What {
    /// Returns what a number stands for; `None` if nothing has it.
    pub(in crate::store) fn from_number(number: u8) -> Option<Self> {
        const TABLE: [Option<What>; 256] = table();
        TABLE[number as usize]
    }
}

const fn table() -> [Option<What>; 256] {
    let mut table = [None; 256];
    let mut index = 0;
    while index < EventType::COUNT {
        let event_type = EventType::ALL[index];
        table[of_event_type(event_type) as usize] = Some(What::Event(event_type));
        index += 1;
    }
    index = 0;
    while index < Status::COUNT {
        let status = Status::ALL[index];
        table[of_status(status) as usize] = Some(What::Status(status));
        index += 1;
    }
    table
}

/// Returns the event type with a number; `None` if none has it.
pub(in crate::store) fn event_type(number: u8) -> Option<EventType> {
    match What::from_number(number)? {
        What::Event(event_type) => Some(event_type),
        What::Status(_) => None,
    }
}

/// Returns the status with a number; `None` if none has it.
pub(in crate::store) fn status(number: u8) -> Option<Status> {
    match What::from_number(number)? {
        What::Event(_) => None,
        What::Status(status) => Some(status),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_has_a_number_of_its_own_and_comes_back() {
        for known in EventType::ALL {
            assert_eq!(event_type(of_event_type(known)), Some(known));
        }
        for known in Status::ALL {
            assert_eq!(status(of_status(known)), Some(known));
        }
        let numbers: BTreeSet<u8> = Dimension::ALL.into_iter().map(of_dimension).collect();
        assert_eq!(numbers.len(), Dimension::ALL.len());
    }

    #[test]
    fn the_numbers_are_those_that_databases_have() {
        let of_types = [
            0, 1, 2, 8, 16, 24, 25, 26, 27, 32, 40, 41, 42, 48, 49, 50, 51, 56, 57, 58, 59, 60, 61, 62, 63,
            64, 80, 81, 82, 83, 88, 89, 90, 91, 96, 104, 112, 113, 114, 120,
        ];
        assert_eq!(EventType::ALL.map(of_event_type), of_types);
        assert_eq!(Status::ALL.map(of_status), [192, 193, 194, 195, 196, 197, 198, 199, 200]);
        let of_dimensions: Vec<u8> = (0..25).collect();
        assert_eq!(Dimension::ALL.map(of_dimension).to_vec(), of_dimensions);
    }
}
