//! This crate's own rates, and the sums that the [presets](super::Preset) share with them.

use super::definition::Definition;
use super::eligibility::Eligibility;
use super::sum::Sum;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{Unique, UniqueOf};
use crate::parse_error::ParseError;

impl Definition {
    /// This crate's own rates, ordered by the life of a message. Each counts *messages*, once each.
    ///
    /// **Sent** are the messages whose delivery has ended: delivered, hard-bounced at once, or failed after at least one
    /// attempt. It excludes suppressed and rejected messages, which were never tried, and messages still in the queue. A
    /// bounce marked `delayed` is not added, because it follows a delivery. A message that both bounced and failed
    /// counts twice, so a host should report only one of the two.
    ///
    /// A rate whose name starts with `tracked_` or `reported_` has the same formula as the one without, but only over the
    /// mail that can show such an event: see [`Eligibility`].
    ///
    /// | name | part / whole | eligibility | meaning |
    /// |---|---|---|---|
    /// | `delivery_rate` | delivered / sent | `all` | Messages delivered to the recipient's server. |
    /// | `bounce_rate` | hard bounced / sent | `all` | Messages that hard-bounced, at once or after a delivery. |
    /// | `failure_rate` | failed after an attempt / sent | `all` | Messages that failed after at least one delivery attempt. |
    /// | `deferral_rate` | deferred / sent | `all` | Messages deferred at least once; those still in the queue are in the part only. |
    /// | `open_rate` | opened / delivered | `all` | Messages opened by anyone, machines included. |
    /// | `tracked_open_rate` | opened / delivered | `open_tracked` | Messages opened by anyone, machines included, of those whose opens are tracked. |
    /// | `person_open_rate` | opened by a person / delivered | `all` | Messages opened by a person. |
    /// | `tracked_person_open_rate` | opened by a person / delivered | `open_tracked` | Messages opened by a person, of those whose opens are tracked. |
    /// | `click_rate` | clicked / delivered | `all` | Messages clicked by anyone, machines included. |
    /// | `tracked_click_rate` | clicked / delivered | `click_tracked` | Messages clicked by anyone, machines included, of those whose clicks are tracked. |
    /// | `person_click_rate` | clicked by a person / delivered | `all` | Messages clicked by a person. |
    /// | `tracked_person_click_rate` | clicked by a person / delivered | `click_tracked` | Messages clicked by a person, of those whose clicks are tracked. |
    /// | `click_to_open_rate` | clicked / opened | `all` | Messages clicked, of those opened; a click without an open (images off) is in the part only. |
    /// | `tracked_click_to_open_rate` | clicked / opened | `open_and_click_tracked` | Tracked messages clicked, of those opened; a click without an open is in the part only. |
    /// | `unsubscribe_rate` | unsubscribed / delivered | `all` | Messages whose recipient unsubscribed. |
    /// | `complaint_rate` | complained / delivered | `all` | Messages that the recipient called spam. |
    /// | `reported_complaint_rate` | complained / delivered | `complaint_reporting` | Messages that the recipient called spam, of those to providers that report complaints. |
    /// | `reply_rate` | replied / delivered | `all` | Messages that the recipient replied to. |
    pub const STANDARD: &'static [Self] = DEFINITIONS;

    /// Returns the standard definition with that name.
    ///
    /// ```
    /// use mailtally::rate::Definition;
    ///
    /// assert_eq!(Definition::named("open_rate")?.to_string(), "opened.unique / delivered.unique");
    /// assert!(Definition::named("opens").is_err());
    /// # Ok::<(), mailtally::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParseError`] if there is none; it lists the known names.
    pub fn named(name: &str) -> Result<&'static Self, ParseError> {
        Self::STANDARD
            .iter()
            .find(|definition| definition.name() == name)
            .ok_or_else(|| ParseError::not_one_of("rate", name, Self::STANDARD.iter().map(Self::name)))
    }
}

/// Messages delivered to the recipient's server.
pub(super) const DELIVERED: Sum = Sum::new(&[Unique(Kind::Delivered)]);
/// Messages that hard-bounced, at once or after a delivery.
pub(super) const HARD_BOUNCED: Sum = Sum::new(&[Unique(Kind::HardBounced)]);
/// Messages opened by anyone, machines included.
pub(super) const OPENED: Sum = Sum::new(&[Unique(Kind::Opened)]);
/// Messages opened by a person.
const OPENED_BY_PERSON: Sum = Sum::new(&[UniqueOf(EventType::OpenedPerson)]);
/// Messages clicked by anyone, machines included.
pub(super) const CLICKED: Sum = Sum::new(&[Unique(Kind::Clicked)]);
/// Messages clicked by a person.
const CLICKED_BY_PERSON: Sum = Sum::new(&[UniqueOf(EventType::ClickedPerson)]);
/// Messages whose recipient unsubscribed.
pub(super) const UNSUBSCRIBED: Sum = Sum::new(&[Unique(Kind::Unsubscribed)]);
/// Messages that the recipient called spam.
pub(super) const COMPLAINED: Sum = Sum::new(&[Unique(Kind::Complained)]);
/// Messages that the recipient replied to.
pub(super) const REPLIED: Sum = Sum::new(&[Unique(Kind::Replied)]);

/// Messages that failed after at least one delivery attempt: neither suppressed nor rejected.
const FAILED_AFTER_ATTEMPT: Sum = Sum::new(&[
    UniqueOf(EventType::Failed),
    UniqueOf(EventType::FailedExpired),
    UniqueOf(EventType::FailedProviderBlock),
    UniqueOf(EventType::FailedOther),
]);

/// Messages whose delivery has ended. A delayed bounce is not added, because its delivery is.
///
/// It adds event types instead of subtracting delayed bounces from all bounces, so it is never negative, even over a
/// period that has a bounce but not its delivery.
pub(super) const SENT: Sum = Sum::new(&[
    Unique(Kind::Delivered),
    UniqueOf(EventType::HardBounced),
    UniqueOf(EventType::HardBouncedImmediate),
    UniqueOf(EventType::HardBouncedCallback),
    UniqueOf(EventType::Failed),
    UniqueOf(EventType::FailedExpired),
    UniqueOf(EventType::FailedProviderBlock),
    UniqueOf(EventType::FailedOther),
]);

/// The value of [`Definition::STANDARD`], whose table must agree.
const DEFINITIONS: &[Definition] = &[
    rate("delivery_rate", DELIVERED, SENT, "Messages delivered to the recipient's server."),
    rate("bounce_rate", HARD_BOUNCED, SENT, "Messages that hard-bounced, at once or after a delivery."),
    rate(
        "failure_rate",
        FAILED_AFTER_ATTEMPT,
        SENT,
        "Messages that failed after at least one delivery attempt.",
    ),
    rate(
        "deferral_rate",
        Sum::new(&[Unique(Kind::Deferred)]),
        SENT,
        "Messages deferred at least once; those still in the queue are in the part only.",
    ),
    rate("open_rate", OPENED, DELIVERED, "Messages opened by anyone, machines included."),
    rate(
        "tracked_open_rate",
        OPENED,
        DELIVERED,
        "Messages opened by anyone, machines included, of those whose opens are tracked.",
    )
    .with_eligibility(Eligibility::OpenTracked),
    rate("person_open_rate", OPENED_BY_PERSON, DELIVERED, "Messages opened by a person."),
    rate(
        "tracked_person_open_rate",
        OPENED_BY_PERSON,
        DELIVERED,
        "Messages opened by a person, of those whose opens are tracked.",
    )
    .with_eligibility(Eligibility::OpenTracked),
    rate("click_rate", CLICKED, DELIVERED, "Messages clicked by anyone, machines included."),
    rate(
        "tracked_click_rate",
        CLICKED,
        DELIVERED,
        "Messages clicked by anyone, machines included, of those whose clicks are tracked.",
    )
    .with_eligibility(Eligibility::ClickTracked),
    rate("person_click_rate", CLICKED_BY_PERSON, DELIVERED, "Messages clicked by a person."),
    rate(
        "tracked_person_click_rate",
        CLICKED_BY_PERSON,
        DELIVERED,
        "Messages clicked by a person, of those whose clicks are tracked.",
    )
    .with_eligibility(Eligibility::ClickTracked),
    rate(
        "click_to_open_rate",
        CLICKED,
        OPENED,
        "Messages clicked, of those opened; a click without an open (images off) is in the part only.",
    ),
    rate(
        "tracked_click_to_open_rate",
        CLICKED,
        OPENED,
        "Tracked messages clicked, of those opened; a click without an open is in the part only.",
    )
    .with_eligibility(Eligibility::OpenAndClickTracked),
    rate("unsubscribe_rate", UNSUBSCRIBED, DELIVERED, "Messages whose recipient unsubscribed."),
    rate("complaint_rate", COMPLAINED, DELIVERED, "Messages that the recipient called spam."),
    rate(
        "reported_complaint_rate",
        COMPLAINED,
        DELIVERED,
        "Messages that the recipient called spam, of those to providers that report complaints.",
    )
    .with_eligibility(Eligibility::ComplaintReporting),
    rate("reply_rate", REPLIED, DELIVERED, "Messages that the recipient replied to."),
];

/// Makes a rate with this crate as its source.
const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
    Definition::new(name, part, whole, meaning, "mailtally")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::{Counts, FirstOf};
    use crate::rate::Rate;

    /// Returns the counts of a day of mail, each message once: 90 delivered (2 bounced later), 5 bounced at once, 3 failed, 2 suppressed.
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
            DEFINITIONS.iter().map(|rate| (rate.name(), rate.compute(&day()).unwrap())).collect();
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
    fn every_event_type_is_in_the_whole_or_has_a_reason_not_to_be() {
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
                | EventType::FailedSuppressedOther
                | EventType::FailedRejected
                // Delivery has not ended.
                | EventType::Accepted
                | EventType::AcceptedOutgoing
                | EventType::AcceptedIncoming
                | EventType::Queued
                | EventType::Sent
                | EventType::Deferred
                | EventType::DeferredProviderBlock
                | EventType::DeferredLocal
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
        assert!(FAILED_AFTER_ATTEMPT.plus().iter().all(|metric| SENT.plus().contains(metric)));
    }

    #[test]
    fn a_rate_over_eligible_mail_has_the_formula_of_the_rate_over_all() {
        for rate in DEFINITIONS {
            let plain = rate.name().trim_start_matches("tracked_").trim_start_matches("reported_");
            let all = Definition::named(plain).unwrap();
            assert_eq!(all.eligibility(), Eligibility::All, "{plain}");
            assert_eq!((all.part(), all.whole()), (rate.part(), rate.whole()), "{}", rate.name());
            assert_eq!(rate.name() == plain, rate.eligibility() == Eligibility::All, "{}", rate.name());
        }
    }

    #[test]
    fn an_error_for_an_unknown_name_lists_the_known_ones() {
        assert_eq!(Definition::named("open_rate").map(Definition::name), Ok("open_rate"));
        let text = Definition::named("opens").unwrap_err().to_string();
        assert!(text.starts_with("unknown rate `opens`, expected `delivery_rate`, `bounce_rate`"), "{text}");
    }

    #[test]
    fn the_documented_table_is_the_data() {
        let documented: Vec<[&str; 3]> = include_str!("standard.rs")
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
