//! This crate's own rates, and the sums that they share with the [presets](super::Preset).

use super::definition::{Definition, Eligibility, Sum};
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{Unique, UniqueOf};

/// Messages that the recipient's server took.
pub(super) const DELIVERED: Sum = Sum::of(&[Unique(Kind::Delivered)]);
/// Messages refused for good, at once or after a delivery.
pub(super) const HARD_BOUNCED: Sum = Sum::of(&[Unique(Kind::HardBounced)]);
/// Messages opened by anyone.
pub(super) const OPENED: Sum = Sum::of(&[Unique(Kind::Opened)]);
/// Messages opened by a person.
const OPENED_BY_PERSON: Sum = Sum::of(&[UniqueOf(EventType::OpenedPerson)]);
/// Messages with a link followed by anyone.
pub(super) const CLICKED: Sum = Sum::of(&[Unique(Kind::Clicked)]);
/// Messages with a link followed by a person.
const CLICKED_BY_PERSON: Sum = Sum::of(&[UniqueOf(EventType::ClickedPerson)]);
/// Messages whose recipient wants no more.
pub(super) const UNSUBSCRIBED: Sum = Sum::of(&[Unique(Kind::Unsubscribed)]);
/// Messages that the recipient called spam.
pub(super) const COMPLAINED: Sum = Sum::of(&[Unique(Kind::Complained)]);
/// Messages that were answered.
pub(super) const REPLIED: Sum = Sum::of(&[Unique(Kind::Replied)]);

/// Messages given up after trying: neither suppressed nor rejected before.
const GIVEN_UP: Sum = Sum::of(&[
    UniqueOf(EventType::Failed),
    UniqueOf(EventType::FailedExpired),
    UniqueOf(EventType::FailedProviderBlock),
    UniqueOf(EventType::FailedOther),
]);

/// Messages that the recipient's side has answered for good. A delayed bounce is not added: its delivery is.
///
/// By event types, and not as all bounces less the delayed ones: so it never falls below zero in a short period.
pub(super) const SENT: Sum = Sum::of(&[
    Unique(Kind::Delivered),
    UniqueOf(EventType::HardBounced),
    UniqueOf(EventType::HardBouncedImmediate),
    UniqueOf(EventType::HardBouncedCallback),
    UniqueOf(EventType::Failed),
    UniqueOf(EventType::FailedExpired),
    UniqueOf(EventType::FailedProviderBlock),
    UniqueOf(EventType::FailedOther),
]);

/// What [`Definition::STANDARD`] shows, with its table.
pub(super) const DEFINITIONS: &[Definition] = &[
    ours("delivery_rate", DELIVERED, SENT, "Messages that the recipient's server took."),
    ours("bounce_rate", HARD_BOUNCED, SENT, "Messages refused for good, at once or after a delivery."),
    ours("failure_rate", GIVEN_UP, SENT, "Messages given up after trying."),
    ours(
        "deferral_rate",
        Sum::of(&[Unique(Kind::Deferred)]),
        SENT,
        "Messages put off at least once; those that still wait are in the part only.",
    ),
    ours("open_rate", OPENED, DELIVERED, "Messages opened by anyone, machines included."),
    ours(
        "tracked_open_rate",
        OPENED,
        DELIVERED,
        "Messages opened by anyone, machines included, of those whose opens are tracked.",
    )
    .among(Eligibility::OpenTracked),
    ours("person_open_rate", OPENED_BY_PERSON, DELIVERED, "Messages opened by a person."),
    ours(
        "tracked_person_open_rate",
        OPENED_BY_PERSON,
        DELIVERED,
        "Messages opened by a person, of those whose opens are tracked.",
    )
    .among(Eligibility::OpenTracked),
    ours("click_rate", CLICKED, DELIVERED, "Messages with a link followed by anyone, machines included."),
    ours(
        "tracked_click_rate",
        CLICKED,
        DELIVERED,
        "Messages with a link followed by anyone, machines included, of those whose clicks are tracked.",
    )
    .among(Eligibility::ClickTracked),
    ours("person_click_rate", CLICKED_BY_PERSON, DELIVERED, "Messages with a link followed by a person."),
    ours(
        "tracked_person_click_rate",
        CLICKED_BY_PERSON,
        DELIVERED,
        "Messages with a link followed by a person, of those whose clicks are tracked.",
    )
    .among(Eligibility::ClickTracked),
    ours(
        "click_to_open_rate",
        CLICKED,
        OPENED,
        "Messages clicked, of those opened; a click without an open (pictures off) is in the part only.",
    ),
    ours(
        "tracked_click_to_open_rate",
        CLICKED,
        OPENED,
        "Messages clicked, of those opened, where both are tracked; a click without an open is in the part only.",
    )
    .among(Eligibility::OpenAndClickTracked),
    ours("unsubscribe_rate", UNSUBSCRIBED, DELIVERED, "Messages whose recipient wants no more."),
    ours("complaint_rate", COMPLAINED, DELIVERED, "Messages that the recipient called spam."),
    ours(
        "reported_complaint_rate",
        COMPLAINED,
        DELIVERED,
        "Messages that the recipient called spam, of those to providers that report it.",
    )
    .among(Eligibility::ComplaintReporting),
    ours("reply_rate", REPLIED, DELIVERED, "Messages that were answered."),
];

const fn ours(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
    Definition::new(name, part, whole, meaning, "mailtally")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::{Counts, FirstOf};
    use crate::rate::Rate;

    /// A day of mail, each message once: 90 delivered (2 bounced later), 5 bounced at once, 3 failed, 2 suppressed.
    fn day() -> Counts {
        let mut counts = Counts::ZERO;
        for (event_type, messages) in [
            (EventType::DeliveredSmtp, 90),
            (EventType::Deferred, 8),
            (EventType::HardBouncedImmediate, 4),
            (EventType::HardBounced, 1),
            (EventType::HardBouncedDelayed, 2),
            (EventType::FailedExpired, 3),
            (EventType::FailedSuppressedBounce, 1),
            (EventType::FailedRejected, 1),
            (EventType::OpenedPerson, 30),
            (EventType::OpenedMachine, 10),
            (EventType::ClickedPerson, 6),
            (EventType::ClickedMachine, 2),
            (EventType::Unsubscribed, 3),
            (EventType::Complained, 1),
            (EventType::RepliedPositive, 5),
        ] {
            for _ in 0..messages {
                counts.record(event_type, FirstOf::EVERYTHING).unwrap();
            }
        }
        counts.record(EventType::OpenedPerson, FirstOf::NOTHING).unwrap();
        counts
    }

    #[test]
    fn a_day_has_the_rates_of_the_table() {
        let rates: Vec<(&str, Rate)> =
            DEFINITIONS.iter().map(|rate| (rate.name(), rate.of(&day()).unwrap())).collect();
        assert_eq!(
            rates,
            [
                ("delivery_rate", Rate::new(90, 98)),
                ("bounce_rate", Rate::new(7, 98)),
                ("failure_rate", Rate::new(3, 98)),
                ("deferral_rate", Rate::new(8, 98)),
                ("open_rate", Rate::new(40, 90)),
                ("tracked_open_rate", Rate::new(40, 90)),
                ("person_open_rate", Rate::new(30, 90)),
                ("tracked_person_open_rate", Rate::new(30, 90)),
                ("click_rate", Rate::new(8, 90)),
                ("tracked_click_rate", Rate::new(8, 90)),
                ("person_click_rate", Rate::new(6, 90)),
                ("tracked_person_click_rate", Rate::new(6, 90)),
                ("click_to_open_rate", Rate::new(8, 40)),
                ("tracked_click_to_open_rate", Rate::new(8, 40)),
                ("unsubscribe_rate", Rate::new(3, 90)),
                ("complaint_rate", Rate::new(1, 90)),
                ("reported_complaint_rate", Rate::new(1, 90)),
                ("reply_rate", Rate::new(5, 90)),
            ]
        );
    }

    #[test]
    fn every_counter_is_sent_or_not_for_a_reason() {
        for event_type in EventType::ALL {
            let sent = match event_type.kind() {
                Kind::Delivered => SENT.plus().contains(&Unique(Kind::Delivered)),
                _ => SENT.plus().contains(&UniqueOf(event_type)),
            };
            let tried = match event_type {
                EventType::Delivered
                | EventType::DeliveredSmtp
                | EventType::DeliveredHttp
                | EventType::HardBounced
                | EventType::HardBouncedImmediate
                | EventType::HardBouncedCallback
                | EventType::Failed
                | EventType::FailedExpired
                | EventType::FailedProviderBlock
                | EventType::FailedOther => true,
                // Follows a delivery, which is counted.
                EventType::HardBouncedDelayed
                // Never tried.
                | EventType::FailedSuppressedBounce
                | EventType::FailedSuppressedUnsubscribe
                | EventType::FailedSuppressedComplaint
                | EventType::FailedRejected
                // Not yet answered.
                | EventType::Accepted
                | EventType::AcceptedOutgoing
                | EventType::AcceptedIncoming
                | EventType::Queued
                | EventType::Sent
                | EventType::Deferred
                | EventType::DeferredProviderBlock
                | EventType::DeferredOther
                | EventType::SoftBounced
                // Engagement and inbound mail.
                | EventType::Opened
                | EventType::OpenedPerson
                | EventType::OpenedMachine
                | EventType::OpenedUnknown
                | EventType::Clicked
                | EventType::ClickedPerson
                | EventType::ClickedMachine
                | EventType::ClickedUnknown
                | EventType::Unsubscribed
                | EventType::Complained
                | EventType::Replied
                | EventType::RepliedPositive
                | EventType::RepliedOther
                | EventType::Stored => false,
            };
            assert_eq!(sent, tried, "{event_type:?}");
        }
        assert!(GIVEN_UP.plus().iter().all(|metric| SENT.plus().contains(metric)));
    }

    #[test]
    fn a_rate_among_less_mail_is_a_plain_one_with_a_name_of_its_own() {
        for rate in DEFINITIONS {
            let plain = rate.name().trim_start_matches("tracked_").trim_start_matches("reported_");
            let all = Definition::named(plain).unwrap();
            assert_eq!(all.eligibility(), Eligibility::All, "{plain}");
            assert_eq!((all.part(), all.whole()), (rate.part(), rate.whole()), "{}", rate.name());
            assert_eq!(rate.name() == plain, rate.eligibility() == Eligibility::All, "{}", rate.name());
        }
    }

    #[test]
    fn the_documented_table_is_the_data() {
        let documented: Vec<[&str; 3]> = include_str!("definition.rs")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("/// | `"))
            .map(|row| {
                let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
                [cells[0], cells[2], cells[3]]
            })
            .collect();
        let defined: Vec<[&str; 3]> =
            DEFINITIONS.iter().map(|rate| [rate.name(), rate.eligibility().name(), rate.meaning()]).collect();
        assert_eq!(documented, defined);
    }
}
