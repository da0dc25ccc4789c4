//! The metrics by their published names.

use super::figure::Figure;
use super::slice::Slice;
use crate::counts::Counts;
use crate::dialect::mailgun::counts::{
    self, BOUNCED, DELIVERED, FAILED, HARD_BOUNCED, PERMANENT, PROCESSED, SENT, SOFT_BOUNCED,
};
use crate::dimension::Dimension;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{self as Count, TotalOf};
use crate::rate::{Definition, Rate, Sum, mailgun as rates};

/// A count or a rate that can be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Metric {
    name: &'static str,
    format: Format,
    /// The count, or the numerator of the rate: the sum of the terms.
    part: [Term; 2],
    /// The denominator of a rate.
    whole: Sum,
}

/// The variants of [`Figure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Count,
    Unavailable,
    Rate,
}

/// A sum over a slice of the events.
type Term = (Slice, Sum);

/// The part and the whole of a metric, summed over some events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    part: i128,
    whole: i128,
}

const ZERO: Sum = Sum::new(&[]);
const PERMANENT_BLOCKED: Sum = Sum::new(&[TotalOf(EventType::FailedProviderBlock)]);
const EXPIRED: Sum = Sum::new(&[TotalOf(EventType::FailedExpired)]);
const DELIVERED_LATER: [Term; 2] = one(Slice::LaterAttempt, DELIVERED);
const DELAYED_FIRST_ATTEMPT: [Term; 2] = [(Slice::LaterAttempt, DELIVERED), (Slice::All, EXPIRED)];

impl Metric {
    /// The metrics of mail in the order of the published schema; it lacks the last three, whose position is ours.
    pub(super) const MAIL: &'static [Self] = &[
        Self::count("accepted_incoming_count", counts::ACCEPTED_INCOMING),
        Self::count("accepted_outgoing_count", counts::ACCEPTED_OUTGOING),
        Self::count("accepted_count", counts::ACCEPTED),
        Self::count("delivered_smtp_count", counts::DELIVERED_SMTP),
        Self::count("delivered_http_count", counts::DELIVERED_HTTP),
        Self::count_of("delivered_optimized_count", one(Slice::Optimized, DELIVERED)),
        Self::count("delivered_count", DELIVERED),
        Self::count("stored_count", counts::STORED),
        Self::count("processed_count", PROCESSED),
        Self::count("sent_count", SENT),
        Self::count("opened_count", counts::OPENED),
        Self::count("clicked_count", counts::CLICKED),
        Self::count("unique_opened_count", counts::UNIQUE_OPENED),
        Self::count("unique_clicked_count", counts::UNIQUE_CLICKED),
        Self::count("unsubscribed_count", counts::UNSUBSCRIBED),
        Self::count("complained_count", counts::COMPLAINED),
        Self::count("failed_count", FAILED),
        Self::count("temporary_failed_count", counts::TEMPORARY),
        Self::count("permanent_failed_count", PERMANENT),
        Self::count("temporary_failed_esp_block_count", counts::TEMPORARY_BLOCKED),
        Self::count("permanent_failed_esp_block_count", PERMANENT_BLOCKED),
        Self { format: Format::Unavailable, ..Self::count("rate_limit_count", ZERO) },
        Self::count("webhook_count", counts::WEBHOOK),
        Self::count_of("permanent_failed_optimized_count", one(Slice::Optimized, HARD_BOUNCED)),
        Self::count("permanent_failed_old_count", EXPIRED),
        Self::count("bounced_count", BOUNCED),
        Self::count("hard_bounces_count", HARD_BOUNCED),
        Self::count("soft_bounces_count", SOFT_BOUNCED),
        Self::count("delayed_bounce_count", counts::DELAYED_BOUNCE),
        Self::count("suppressed_bounces_count", counts::SUPPRESSED_BOUNCE),
        Self::count("suppressed_unsubscribed_count", counts::SUPPRESSED_UNSUBSCRIBE),
        Self::count("suppressed_complaints_count", counts::SUPPRESSED_COMPLAINT),
        Self::count_of("delivered_first_attempt_count", one(Slice::FirstAttempt, DELIVERED)),
        Self::count_of("delayed_first_attempt_count", DELAYED_FIRST_ATTEMPT),
        Self::count_of("delivered_subsequent_count", DELIVERED_LATER),
        Self::count_of("delivered_two_plus_attempts_count", DELIVERED_LATER),
        Self::rate(rates::DELIVERED_RATE),
        Self::rate(rates::OPENED_RATE),
        Self::rate(rates::CLICKED_RATE),
        Self::rate(rates::UNIQUE_OPENED_RATE),
        Self::rate(rates::UNIQUE_CLICKED_RATE),
        Self::rate(rates::UNSUBSCRIBED_RATE),
        Self::rate(rates::COMPLAINED_RATE),
        Self::rate(rates::BOUNCE_RATE),
        Self::rate(rates::FAIL_RATE),
        Self::rate(rates::PERMANENT_FAIL_RATE),
        Self::rate(rates::TEMPORARY_FAIL_RATE),
        Self::rate_of("delayed_rate", DELIVERED_LATER, DELIVERED),
        Self::rate_of("delayed_first_attempt_rate", DELAYED_FIRST_ATTEMPT, PROCESSED),
        Self::rate(rates::HARD_BOUNCE_RATE),
        Self::rate(rates::SOFT_BOUNCE_RATE),
    ];

    /// The metrics of usage in the order of a recorded reply and of the published examples; they lack the last five, which
    /// are in the order of the published request. All but the first count products that send no mail.
    pub(super) const USAGE: &'static [Self] = &[
        Self::count("processed_count", PROCESSED),
        Self::count("email_validation_count", ZERO),
        Self::count("email_validation_public_count", ZERO),
        Self::count("email_validation_valid_count", ZERO),
        Self::count("email_validation_single_count", ZERO),
        Self::count("email_validation_bulk_count", ZERO),
        Self::count("email_validation_list_count", ZERO),
        Self::count("email_validation_mailgun_count", ZERO),
        Self::count("email_validation_mailjet_count", ZERO),
        Self::count("email_preview_count", ZERO),
        Self::count("email_preview_failed_count", ZERO),
        Self::count("link_validation_count", ZERO),
        Self::count("link_validation_failed_count", ZERO),
        Self::count("seed_test_count", ZERO),
        Self::count("ip_blocklist_monitoring_count", ZERO),
        Self::count("domain_blocklist_monitoring_count", ZERO),
        Self::count("accessibility_count", ZERO),
        Self::count("accessibility_failed_count", ZERO),
        Self::count("image_validation_count", ZERO),
        Self::count("image_validation_failed_count", ZERO),
        Self::count("archived_count", ZERO),
    ];

    const fn count(name: &'static str, sum: Sum) -> Self {
        Self::count_of(name, one(Slice::All, sum))
    }

    const fn count_of(name: &'static str, part: [Term; 2]) -> Self {
        Self { name, format: Format::Count, part, whole: ZERO }
    }

    const fn rate(rate: Definition) -> Self {
        Self::rate_of(rate.name(), one(Slice::All, rate.part()), rate.whole())
    }

    const fn rate_of(name: &'static str, part: [Term; 2], whole: Sum) -> Self {
        Self { name, format: Format::Rate, part, whole }
    }

    /// Returns the published name.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns whether it is a count, not a rate.
    pub(super) fn is_count(&self) -> bool {
        self.format != Format::Rate
    }

    /// Returns the kinds of event that it is made of; one may be repeated.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let sums = self.part.into_iter().map(|(_, sum)| sum).chain([self.whole]);
        sums.flat_map(|sum| sum.plus().iter().chain(sum.minus())).copied().filter_map(Count::kind)
    }

    /// Returns the dimensions that a query must group by to separate its slices; one may be repeated.
    pub(super) fn slicing(&self) -> impl Iterator<Item = Dimension> {
        self.part.into_iter().filter_map(|(slice, _)| slice.dimension())
    }

    /// Adds the counts of events with these values of the slicing dimensions.
    pub(super) fn add(&self, sums: &mut Sums, values: &[(Dimension, Option<&str>)], counts: &Counts) {
        for (slice, sum) in self.part {
            if slice.contains(values) {
                sums.part += sum.value(counts);
            }
        }
        sums.whole += self.whole.value(counts);
    }

    /// Returns the value; it saturates at `u64::MAX`.
    pub(super) fn figure(&self, sums: Sums) -> Figure {
        // What is subtracted was counted in what it is subtracted from, so no sum is negative.
        let count = |sum: i128| u64::try_from(sum.max(0)).unwrap_or(u64::MAX);
        match self.format {
            Format::Count => Figure::Count(count(sums.part)),
            Format::Unavailable => Figure::Unavailable,
            Format::Rate => Figure::Rate(Rate::new(count(sums.part), count(sums.whole))),
        }
    }
}

/// Returns the terms of one sum.
const fn one(slice: Slice, sum: Sum) -> [Term; 2] {
    [(slice, sum), (Slice::All, ZERO)]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Events with values of the slicing dimensions, and their counts.
    type Cell<'a> = Vec<(Vec<(Dimension, Option<&'a str>)>, Counts)>;

    fn of_mail(name: &str) -> &'static Metric {
        Metric::MAIL.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name}"))
    }

    fn figure(cell: &Cell<'_>, metric: &Metric) -> Figure {
        let mut sums = Sums::default();
        cell.iter().for_each(|(values, counts)| metric.add(&mut sums, values, counts));
        metric.figure(sums)
    }

    /// Counts every event type as often as a power of two of its own, so that no two sums are equal by chance.
    fn marked() -> Counts {
        let mut counts = Counts::ZERO;
        for event_type in EventType::ALL {
            counts.add_to(TotalOf(event_type), marks(&[event_type])).unwrap();
            counts.add_to(Count::UniqueOf(event_type), marks(&[event_type])).unwrap();
        }
        counts
    }

    fn marks(event_types: &[EventType]) -> u64 {
        event_types.iter().map(|event_type| 1 << (*event_type as u32)).sum()
    }

    fn count(cell: &Cell<'_>, name: &str) -> u64 {
        match figure(cell, of_mail(name)) {
            Figure::Count(count) => count,
            figure @ (Figure::Unavailable | Figure::Rate(_)) => panic!("{name} is {figure:?}"),
        }
    }

    fn rate(cell: &Cell<'_>, name: &str) -> Rate {
        match figure(cell, of_mail(name)) {
            Figure::Rate(rate) => rate,
            figure @ (Figure::Unavailable | Figure::Count(_)) => panic!("{name} is {figure:?}"),
        }
    }

    #[test]
    fn every_count_is_the_sum_of_its_event_types() {
        use EventType::*;

        let cell = vec![(vec![], marked())];
        let suppressed = [
            FailedSuppressedBounce,
            FailedSuppressedUnsubscribe,
            FailedSuppressedComplaint,
            FailedSuppressedOther,
        ];
        let tried = [Failed, FailedExpired, FailedProviderBlock, FailedOther];
        let hard = [HardBounced, HardBouncedImmediate];
        let bounced = [&hard[..], &tried, &[HardBouncedDelayed, HardBouncedCallback]].concat();
        let permanent = [&bounced[..], &suppressed].concat();
        let temporary = [Deferred, DeferredProviderBlock, DeferredLocal, DeferredOther, SoftBounced];
        let delivered = [Delivered, DeliveredSmtp, DeliveredHttp];
        let opened = [Opened, OpenedPerson, OpenedMachine, OpenedUnknown];
        let clicked = [Clicked, ClickedPerson, ClickedMachine, ClickedUnknown];
        for (name, event_types) in [
            ("accepted_incoming_count", &[AcceptedIncoming][..]),
            ("accepted_outgoing_count", &[Accepted, AcceptedOutgoing]),
            ("accepted_count", &[Accepted, AcceptedOutgoing, AcceptedIncoming]),
            ("delivered_smtp_count", &[Delivered, DeliveredSmtp]),
            ("delivered_http_count", &[DeliveredHttp]),
            ("delivered_count", &delivered),
            ("stored_count", &[Stored]),
            ("processed_count", &[&delivered[..], &hard, &tried, &suppressed].concat()),
            ("sent_count", &[&delivered[..], &bounced].concat()),
            ("opened_count", &opened),
            ("clicked_count", &clicked),
            ("unique_opened_count", &opened),
            ("unique_clicked_count", &clicked),
            ("unsubscribed_count", &[Unsubscribed]),
            ("complained_count", &[Complained]),
            ("failed_count", &[&permanent[..], &temporary].concat()),
            ("temporary_failed_count", &temporary),
            ("permanent_failed_count", &permanent),
            ("temporary_failed_esp_block_count", &[DeferredProviderBlock]),
            ("permanent_failed_esp_block_count", &[FailedProviderBlock]),
            ("webhook_count", &[HardBouncedCallback]),
            ("permanent_failed_old_count", &[FailedExpired]),
            ("bounced_count", &bounced),
            ("hard_bounces_count", &hard),
            ("soft_bounces_count", &[FailedProviderBlock, FailedOther]),
            ("delayed_bounce_count", &[HardBouncedDelayed]),
            ("suppressed_bounces_count", &[FailedSuppressedBounce]),
            ("suppressed_unsubscribed_count", &[FailedSuppressedUnsubscribe]),
            ("suppressed_complaints_count", &[FailedSuppressedComplaint]),
            // No event has an attempt.
            ("delivered_optimized_count", &[]),
            ("permanent_failed_optimized_count", &[]),
            ("delivered_first_attempt_count", &[]),
            ("delivered_two_plus_attempts_count", &[]),
            ("delivered_subsequent_count", &[]),
            ("delayed_first_attempt_count", &[FailedExpired]),
        ] {
            assert_eq!(count(&cell, name), marks(event_types), "{name}");
        }
        assert_eq!(figure(&cell, of_mail("rate_limit_count")), Figure::Unavailable);
        assert_eq!(Metric::MAIL.iter().filter(|metric| metric.is_count()).count(), 36);
    }

    #[test]
    fn slices_of_attempts_are_counted_separately() {
        let mut cell = Cell::new();
        let mut add = |values: &[(Dimension, Option<&'static str>)], event_type, count| {
            let mut counts = Counts::ZERO;
            counts.add_to(TotalOf(event_type), count).unwrap();
            cell.push((values.to_vec(), counts));
        };
        let (first, later) = ((Dimension::Attempt, Some("first")), (Dimension::Attempt, Some("later")));
        let (optimized, default) =
            ((Dimension::Optimized, Some("true")), (Dimension::Optimized, Some("false")));
        add(&[first, default], EventType::DeliveredSmtp, 100);
        add(&[later, optimized], EventType::DeliveredSmtp, 20);
        add(&[(Dimension::Attempt, None), optimized], EventType::DeliveredHttp, 3);
        add(&[later, default], EventType::FailedExpired, 7);
        add(&[first, optimized], EventType::HardBouncedImmediate, 1000);
        add(&[first, optimized], EventType::HardBouncedDelayed, 5000);
        add(&[first, default], EventType::HardBounced, 1);
        for (name, expected) in [
            ("delivered_count", 123),
            ("delivered_optimized_count", 23),
            ("permanent_failed_optimized_count", 1000),
            ("delivered_first_attempt_count", 100),
            ("delivered_two_plus_attempts_count", 20),
            ("delivered_subsequent_count", 20),
            ("delayed_first_attempt_count", 27),
        ] {
            assert_eq!(count(&cell, name), expected, "{name}");
        }
        assert_eq!(rate(&cell, "delayed_rate"), Rate::new(20, 123));
        assert_eq!(rate(&cell, "delayed_first_attempt_rate"), Rate::new(27, 123 + 7 + 1001));
    }

    #[test]
    fn rates_divide_the_counts_of_their_names() {
        let cell = vec![(vec![(Dimension::Attempt, Some("later"))], marked())];
        for (name, part, whole) in [
            ("delivered_rate", "delivered_count", "sent_count"),
            ("opened_rate", "opened_count", "delivered_count"),
            ("clicked_rate", "clicked_count", "delivered_count"),
            ("unique_opened_rate", "unique_opened_count", "delivered_count"),
            ("unique_clicked_rate", "unique_clicked_count", "delivered_count"),
            ("unsubscribed_rate", "unsubscribed_count", "delivered_count"),
            ("complained_rate", "complained_count", "delivered_count"),
            ("bounce_rate", "bounced_count", "processed_count"),
            ("fail_rate", "failed_count", "processed_count"),
            ("permanent_fail_rate", "permanent_failed_count", "processed_count"),
            ("temporary_fail_rate", "temporary_failed_count", "processed_count"),
            ("delayed_rate", "delivered_two_plus_attempts_count", "delivered_count"),
            ("delayed_first_attempt_rate", "delayed_first_attempt_count", "processed_count"),
            ("hard_bounce_rate", "hard_bounces_count", "processed_count"),
            ("soft_bounce_rate", "soft_bounces_count", "processed_count"),
        ] {
            assert_eq!(rate(&cell, name), Rate::new(count(&cell, part), count(&cell, whole)), "{name}");
        }
        assert_eq!(Metric::MAIL.iter().filter(|metric| !metric.is_count()).count(), 15);
    }

    #[test]
    fn counts_add_up_as_published() {
        let cell = vec![(vec![], marked())];
        let sum = |names: &[&str]| names.iter().map(|name| count(&cell, name)).sum::<u64>();
        assert_eq!(
            count(&cell, "accepted_count"),
            sum(&["accepted_incoming_count", "accepted_outgoing_count"])
        );
        assert_eq!(count(&cell, "delivered_count"), sum(&["delivered_smtp_count", "delivered_http_count"]));
        assert_eq!(count(&cell, "failed_count"), sum(&["permanent_failed_count", "temporary_failed_count"]));
        // Mail that is suppressed for another reason was not tried either; the original has no count of it.
        let suppressed = sum(&[
            "suppressed_bounces_count",
            "suppressed_unsubscribed_count",
            "suppressed_complaints_count",
        ]) + marks(&[EventType::FailedSuppressedOther]);
        assert_eq!(count(&cell, "bounced_count"), count(&cell, "permanent_failed_count") - suppressed);
        assert_eq!(
            count(&cell, "processed_count"),
            sum(&["delivered_count", "permanent_failed_count"])
                - sum(&["webhook_count", "delayed_bounce_count"])
        );
        assert_eq!(
            count(&cell, "sent_count"),
            sum(&["delivered_count", "permanent_failed_count"]) - suppressed
        );
        assert!(count(&cell, "bounced_count") > sum(&["hard_bounces_count", "soft_bounces_count"]));
    }

    #[test]
    fn every_event_type_of_a_metric_is_of_one_of_its_kinds() {
        for metric in Metric::MAIL.iter().chain(Metric::USAGE) {
            let kinds: BTreeSet<Kind> = metric.kinds().collect();
            for event_type in EventType::ALL {
                let mut counts = Counts::ZERO;
                counts.add_to(TotalOf(event_type), 1).unwrap();
                counts.add_to(Count::UniqueOf(event_type), 1).unwrap();
                let values = vec![(Dimension::Attempt, Some("later")), (Dimension::Optimized, Some("true"))];
                let is_zero = figure(&vec![(values, counts)], metric).is_zero();
                assert!(is_zero || kinds.contains(&event_type.kind()), "{} has {event_type:?}", metric.name);
            }
        }
        assert_eq!(of_mail("delayed_rate").slicing().collect::<Vec<_>>(), [Dimension::Attempt]);
        assert_eq!(of_mail("opened_rate").slicing().count(), 0);
    }

    #[test]
    fn names_are_unique() {
        for metrics in [Metric::MAIL, Metric::USAGE] {
            let names: BTreeSet<&str> = metrics.iter().map(Metric::name).collect();
            assert_eq!(names.len(), metrics.len());
        }
        assert_eq!((Metric::MAIL.len(), Metric::USAGE.len()), (51, 21));
    }
}
