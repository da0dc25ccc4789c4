//! The metrics by their published names.

use super::cell::{Cell, Slice};
use super::figure::Figure;
use crate::dialect::mailgun::counts::{
    self, BOUNCED, DELIVERED, FAILED, HARD_BOUNCED, PERMANENT, PROCESSED, SENT, SOFT_BOUNCED,
};
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{self as Count, TotalOf};
use crate::rate::{Definition, Rate, Sum, mailgun as rates};

/// A count or a rate that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Metric {
    name: &'static str,
    formula: Formula,
}

/// What a metric is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Formula {
    /// Terms added up.
    Count(&'static [Term]),
    /// A count of what nobody counts.
    Untold,
    /// A rate that counts alone tell.
    Rate(Definition),
    /// A rate of terms over a sum of all events.
    RateOf(&'static [Term], Sum),
}

/// A sum over a part of the events.
type Term = (Slice, Sum);

impl Metric {
    /// The metrics of mail, in the order in which they are shown: that of the published schema; the last three, which it
    /// lacks, are ours to place.
    pub(super) const OF_MAIL: &'static [Self] = &[
        Self::event_type("accepted_incoming_count", &[(Slice::All, counts::ACCEPTED_INCOMING)]),
        Self::event_type("accepted_outgoing_count", &[(Slice::All, counts::ACCEPTED_OUTGOING)]),
        Self::event_type("accepted_count", &[(Slice::All, counts::ACCEPTED)]),
        Self::event_type("delivered_smtp_count", &[(Slice::All, counts::DELIVERED_SMTP)]),
        Self::event_type("delivered_http_count", &[(Slice::All, counts::DELIVERED_HTTP)]),
        Self::event_type("delivered_optimized_count", &[(Slice::Optimized, DELIVERED)]),
        Self::event_type("delivered_count", &[(Slice::All, DELIVERED)]),
        Self::event_type("stored_count", &[(Slice::All, counts::STORED)]),
        Self::event_type("processed_count", &[(Slice::All, PROCESSED)]),
        Self::event_type("sent_count", &[(Slice::All, SENT)]),
        Self::event_type("opened_count", &[(Slice::All, counts::OPENED)]),
        Self::event_type("clicked_count", &[(Slice::All, counts::CLICKED)]),
        Self::event_type("unique_opened_count", &[(Slice::All, counts::UNIQUE_OPENED)]),
        Self::event_type("unique_clicked_count", &[(Slice::All, counts::UNIQUE_CLICKED)]),
        Self::event_type("unsubscribed_count", &[(Slice::All, counts::UNSUBSCRIBED)]),
        Self::event_type("complained_count", &[(Slice::All, counts::COMPLAINED)]),
        Self::event_type("failed_count", &[(Slice::All, FAILED)]),
        Self::event_type("temporary_failed_count", &[(Slice::All, counts::TEMPORARY)]),
        Self::event_type("permanent_failed_count", &[(Slice::All, PERMANENT)]),
        Self::event_type("temporary_failed_esp_block_count", &[(Slice::All, counts::TEMPORARY_BLOCKED)]),
        Self::event_type("permanent_failed_esp_block_count", &[(Slice::All, PERMANENT_BLOCKED)]),
        Self { name: "rate_limit_count", formula: Formula::Untold },
        Self::event_type("webhook_count", &[(Slice::All, counts::WEBHOOK)]),
        Self::event_type("permanent_failed_optimized_count", &[(Slice::Optimized, HARD_BOUNCED)]),
        Self::event_type("permanent_failed_old_count", &[(Slice::All, EXPIRED)]),
        Self::event_type("bounced_count", &[(Slice::All, BOUNCED)]),
        Self::event_type("hard_bounces_count", &[(Slice::All, HARD_BOUNCED)]),
        Self::event_type("soft_bounces_count", &[(Slice::All, SOFT_BOUNCED)]),
        Self::event_type("delayed_bounce_count", &[(Slice::All, counts::DELAYED_BOUNCE)]),
        Self::event_type("suppressed_bounces_count", &[(Slice::All, counts::SUPPRESSED_BOUNCE)]),
        Self::event_type("suppressed_unsubscribed_count", &[(Slice::All, counts::SUPPRESSED_UNSUBSCRIBE)]),
        Self::event_type("suppressed_complaints_count", &[(Slice::All, counts::SUPPRESSED_COMPLAINT)]),
        Self::event_type("delivered_first_attempt_count", &[(Slice::FirstAttempt, DELIVERED)]),
        Self::event_type("delayed_first_attempt_count", DELAYED_AT_FIRST),
        Self::event_type("delivered_subsequent_count", DELIVERED_LATER),
        Self::event_type("delivered_two_plus_attempts_count", DELIVERED_LATER),
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
        Self { name: "delayed_rate", formula: Formula::RateOf(DELIVERED_LATER, DELIVERED) },
        Self { name: "delayed_first_attempt_rate", formula: Formula::RateOf(DELAYED_AT_FIRST, PROCESSED) },
        Self::rate(rates::HARD_BOUNCE_RATE),
        Self::rate(rates::SOFT_BOUNCE_RATE),
    ];

    /// The metrics of usage, in the order in which they are shown: that of a recorded reply and of the published
    /// examples; the last five, which these lack, in that of the published request.
    pub(super) const OF_USAGE: &'static [Self] = &[
        Self::event_type("processed_count", &[(Slice::All, PROCESSED)]),
        Self::event_type("email_validation_count", &[]),
        Self::event_type("email_validation_public_count", &[]),
        Self::event_type("email_validation_valid_count", &[]),
        Self::event_type("email_validation_single_count", &[]),
        Self::event_type("email_validation_bulk_count", &[]),
        Self::event_type("email_validation_list_count", &[]),
        Self::event_type("email_validation_mailgun_count", &[]),
        Self::event_type("email_validation_mailjet_count", &[]),
        Self::event_type("email_preview_count", &[]),
        Self::event_type("email_preview_failed_count", &[]),
        Self::event_type("link_validation_count", &[]),
        Self::event_type("link_validation_failed_count", &[]),
        Self::event_type("seed_test_count", &[]),
        Self::event_type("ip_blocklist_monitoring_count", &[]),
        Self::event_type("domain_blocklist_monitoring_count", &[]),
        Self::event_type("accessibility_count", &[]),
        Self::event_type("accessibility_failed_count", &[]),
        Self::event_type("image_validation_count", &[]),
        Self::event_type("image_validation_failed_count", &[]),
        Self::event_type("archived_count", &[]),
    ];

    const fn event_type(name: &'static str, terms: &'static [Term]) -> Self {
        Self { name, formula: Formula::Count(terms) }
    }

    const fn rate(definition: Definition) -> Self {
        Self { name: definition.name(), formula: Formula::Rate(definition) }
    }

    /// The published name.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is a count, which is told apart from a rate by its value in JSON.
    pub(super) const fn is_count(&self) -> bool {
        match self.formula {
            Formula::Count(_) | Formula::Untold => true,
            Formula::Rate(_) | Formula::RateOf(..) => false,
        }
    }

    /// The kinds of event that it is made of; one may come several times.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let sums = |terms: &'static [Term]| terms.iter().map(|(_, sum)| *sum).collect();
        let sums: Vec<Sum> = match self.formula {
            Formula::Count(terms) => sums(terms),
            Formula::Untold => Vec::new(),
            Formula::Rate(rate) => vec![rate.part(), rate.whole()],
            Formula::RateOf(part, whole) => [sums(part), vec![whole]].concat(),
        };
        let counts = |sum: Sum| sum.plus().iter().chain(sum.minus()).copied();
        sums.into_iter().flat_map(counts).filter_map(Count::kind)
    }

    /// The slices that it looks at.
    pub(super) fn slices(&self) -> impl Iterator<Item = Slice> {
        let terms = match self.formula {
            Formula::Count(terms) | Formula::RateOf(terms, _) => terms,
            Formula::Untold | Formula::Rate(_) => &[],
        };
        terms.iter().map(|(slice, _)| *slice)
    }

    /// Its value for a row.
    pub(super) fn figure(&self, cell: &Cell) -> Figure {
        let rate =
            |part: &[Term], whole: &[Term]| Figure::Rate(Rate::new(count(cell, part), count(cell, whole)));
        match self.formula {
            Formula::Count(terms) => Figure::Count(count(cell, terms)),
            Formula::Untold => Figure::Untold,
            Formula::Rate(defined) => rate(&[(Slice::All, defined.part())], &[(Slice::All, defined.whole())]),
            Formula::RateOf(part, whole) => rate(part, &[(Slice::All, whole)]),
        }
    }
}

const PERMANENT_BLOCKED: Sum = Sum::new(&[TotalOf(EventType::FailedProviderBlock)]);
const EXPIRED: Sum = Sum::new(&[TotalOf(EventType::FailedExpired)]);
const DELIVERED_LATER: &[Term] = &[(Slice::LaterAttempt, DELIVERED)];
const DELAYED_AT_FIRST: &[Term] = &[(Slice::LaterAttempt, DELIVERED), (Slice::All, EXPIRED)];

/// What the terms come to. They are parts of what was counted, which fits, and none takes away more than it holds.
fn count(cell: &Cell, terms: &[Term]) -> u64 {
    let sum: i128 = terms.iter().map(|(slice, sum)| cell.sum(*slice, *sum)).sum();
    u64::try_from(sum.max(0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::counts::Counts;
    use crate::dimension::Dimension;
    use crate::metric::Metric as Name;

    fn of_mail(name: &str) -> &'static Metric {
        Metric::OF_MAIL.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name}"))
    }

    /// Every event type has a count of its own, a power of two, so that no two sums agree by chance.
    fn marked() -> Counts {
        let mut counts = Counts::ZERO;
        for event_type in EventType::ALL {
            counts.add_to(TotalOf(event_type), marks(&[event_type])).unwrap();
            counts.add_to(Name::UniqueOf(event_type), marks(&[event_type])).unwrap();
        }
        counts
    }

    fn marks(event_types: &[EventType]) -> u64 {
        event_types.iter().map(|event_type| 1 << (*event_type as u32)).sum()
    }

    fn count(cell: &Cell, name: &str) -> u64 {
        match of_mail(name).figure(cell) {
            Figure::Count(count) => count,
            figure @ (Figure::Untold | Figure::Rate(_)) => panic!("{name} is {figure:?}"),
        }
    }

    fn rate(cell: &Cell, name: &str) -> Rate {
        match of_mail(name).figure(cell) {
            Figure::Rate(rate) => rate,
            figure @ (Figure::Untold | Figure::Count(_)) => panic!("{name} is {figure:?}"),
        }
    }

    // G31
    #[test]
    fn every_count_is_of_its_counters() {
        use EventType::*;

        let mut cell = Cell::default();
        cell.add(&[], &marked()).unwrap();
        let suppressed = [FailedSuppressedBounce, FailedSuppressedUnsubscribe, FailedSuppressedComplaint];
        let tried = [Failed, FailedExpired, FailedProviderBlock, FailedOther];
        let hard = [HardBounced, HardBouncedImmediate];
        let bounced = [&hard[..], &tried, &[HardBouncedDelayed, HardBouncedCallback]].concat();
        let permanent = [&bounced[..], &suppressed].concat();
        let temporary = [Deferred, DeferredProviderBlock, DeferredOther, SoftBounced];
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
            // Nobody told of any attempt.
            ("delivered_optimized_count", &[]),
            ("permanent_failed_optimized_count", &[]),
            ("delivered_first_attempt_count", &[]),
            ("delivered_two_plus_attempts_count", &[]),
            ("delivered_subsequent_count", &[]),
            ("delayed_first_attempt_count", &[FailedExpired]),
        ] {
            assert_eq!(count(&cell, name), marks(event_types), "{name}");
        }
        assert_eq!(of_mail("rate_limit_count").figure(&cell), Figure::Untold);
        assert_eq!(Metric::OF_MAIL.iter().filter(|metric| metric.is_count()).count(), 36);
    }

    #[test]
    fn attempts_are_told_by_their_slices() {
        let mut cell = Cell::default();
        let mut add = |values: &[(Dimension, Option<&str>)], event_type, count| {
            let mut counts = Counts::ZERO;
            counts.add_to(TotalOf(event_type), count).unwrap();
            cell.add(values, &counts).unwrap();
        };
        let (first, later) = ((Dimension::Attempt, Some("first")), (Dimension::Attempt, Some("later")));
        let (chosen, usual) = ((Dimension::Optimized, Some("true")), (Dimension::Optimized, Some("false")));
        add(&[first, usual], EventType::DeliveredSmtp, 100);
        add(&[later, chosen], EventType::DeliveredSmtp, 20);
        add(&[(Dimension::Attempt, None), chosen], EventType::DeliveredHttp, 3);
        add(&[later, usual], EventType::FailedExpired, 7);
        add(&[first, chosen], EventType::HardBouncedImmediate, 1000);
        add(&[first, chosen], EventType::HardBouncedDelayed, 5000);
        add(&[first, usual], EventType::HardBounced, 1);
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

    // G19
    #[test]
    fn rates_are_of_the_counts_of_their_names() {
        let mut cell = Cell::default();
        cell.add(&[(Dimension::Attempt, Some("later"))], &marked()).unwrap();
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
        assert_eq!(Metric::OF_MAIL.iter().filter(|metric| !metric.is_count()).count(), 15);
    }

    #[test]
    fn counts_add_up_as_they_are_published_to() {
        let mut cell = Cell::default();
        cell.add(&[], &marked()).unwrap();
        let sum = |names: &[&str]| names.iter().map(|name| count(&cell, name)).sum::<u64>();
        assert_eq!(
            count(&cell, "accepted_count"),
            sum(&["accepted_incoming_count", "accepted_outgoing_count"])
        );
        assert_eq!(count(&cell, "delivered_count"), sum(&["delivered_smtp_count", "delivered_http_count"]));
        assert_eq!(count(&cell, "failed_count"), sum(&["permanent_failed_count", "temporary_failed_count"]));
        let suppressed =
            ["suppressed_bounces_count", "suppressed_unsubscribed_count", "suppressed_complaints_count"];
        assert_eq!(count(&cell, "bounced_count"), count(&cell, "permanent_failed_count") - sum(&suppressed));
        assert_eq!(
            count(&cell, "processed_count"),
            sum(&["delivered_count", "permanent_failed_count"])
                - sum(&["webhook_count", "delayed_bounce_count"])
        );
        assert_eq!(
            count(&cell, "sent_count"),
            sum(&["delivered_count", "permanent_failed_count"]) - sum(&suppressed)
        );
        assert!(count(&cell, "bounced_count") > sum(&["hard_bounces_count", "soft_bounces_count"]));
    }

    #[test]
    fn a_metric_says_what_must_be_counted_for_it() {
        for metric in Metric::OF_MAIL.iter().chain(Metric::OF_USAGE) {
            let kinds: BTreeSet<Kind> = metric.kinds().collect();
            for event_type in EventType::ALL {
                let (mut cell, mut counts) = (Cell::default(), Counts::ZERO);
                counts.add_to(TotalOf(event_type), 1).unwrap();
                counts.add_to(Name::UniqueOf(event_type), 1).unwrap();
                let values = [(Dimension::Attempt, Some("later")), (Dimension::Optimized, Some("true"))];
                cell.add(&values, &counts).unwrap();
                let is_told = metric.figure(&cell).is_zero() || kinds.contains(&event_type.kind());
                assert!(is_told, "{} is of {event_type:?}", metric.name);
            }
        }
        assert_eq!(of_mail("delayed_rate").slices().collect::<Vec<_>>(), [Slice::LaterAttempt]);
        assert_eq!(of_mail("opened_rate").slices().count(), 0);
    }

    #[test]
    fn names_are_unique() {
        for metrics in [Metric::OF_MAIL, Metric::OF_USAGE] {
            let names: BTreeSet<&str> = metrics.iter().map(Metric::name).collect();
            assert_eq!(names.len(), metrics.len());
        }
        assert_eq!((Metric::OF_MAIL.len(), Metric::OF_USAGE.len()), (51, 21));
    }
}
