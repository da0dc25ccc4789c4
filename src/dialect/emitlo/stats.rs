//! Figures and rates of many messages. The API has the words; the form is ours.

use rust_decimal::Decimal;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::MessageStatus;
use super::message::type_name;
use crate::counts::Counts;
use crate::kind::Kind;
use crate::rate::{Definition, Rounding};
use crate::status::Status;

/// The rates that are shown, each a [standard one](Definition::STANDARD) of this crate.
pub const RATES: [&str; 6] =
    ["delivery_rate", "bounce_rate", "open_rate", "click_rate", "unsubscribe_rate", "complaint_rate"];

/// The kinds of event that are counted, in the order in which they are shown.
pub(super) const KINDS: [Kind; 12] = [
    Kind::Accepted,
    Kind::Queued,
    Kind::Sent,
    Kind::Deferred,
    Kind::SoftBounced,
    Kind::Delivered,
    Kind::HardBounced,
    Kind::Failed,
    Kind::Opened,
    Kind::Clicked,
    Kind::Unsubscribed,
    Kind::Complained,
];

/// The places of a rate after the point.
const PLACES: u32 = 4;

/// What was counted of some messages.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// All messages that have a status: the sum over the statuses.
    pub total: u64,
    /// Where they stand now.
    pub statuses: StatusCounts,
    /// What happened to them.
    pub events: EventCounts,
    /// Rates of them.
    pub rates: Rates,
}

/// How many messages stand at each of the eight statuses, in their published order; as JSON an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts([u64; MessageStatus::ALL.len()]);

/// How many messages have an event of each type, in the order of a message's life; as JSON an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts([u64; KINDS.len()]);

/// The rates of [`RATES`], in their order, as fractions; `None` over nothing. As JSON an object of numbers and `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates([Option<Decimal>; RATES.len()]);

impl Stats {
    pub(super) fn new(counts: &Counts) -> Self {
        let statuses = StatusCounts::new(counts);
        Self {
            total: statuses.total(),
            statuses,
            events: EventCounts(KINDS.map(|kind| counts.unique(kind))),
            rates: Rates::new(counts),
        }
    }
}

impl StatusCounts {
    fn new(counts: &Counts) -> Self {
        let mut statuses = Self::default();
        for status in Status::ALL {
            let count = &mut statuses.0[MessageStatus::of(Some(status)) as usize];
            *count = count.saturating_add(counts.status(status));
        }
        statuses
    }

    /// The messages that stand there.
    pub fn count(&self, status: MessageStatus) -> u64 {
        self.0[status as usize]
    }

    fn total(&self) -> u64 {
        self.0.into_iter().fold(0, u64::saturating_add)
    }
}

impl EventCounts {
    /// The messages that have such an event; 0 for a kind that the API does not know.
    pub fn count(&self, kind: Kind) -> u64 {
        KINDS.iter().position(|known| *known == kind).map_or(0, |place| self.0[place])
    }
}

impl Rates {
    fn new(counts: &Counts) -> Self {
        let fraction = |name| {
            let rate = Definition::named(name).ok()?.compute(counts).ok()?;
            rate.fraction(PLACES, Rounding::HalfAwayFromZero)
        };
        Self(RATES.map(fraction))
    }

    /// The rate of that name; `None` over nothing, and for a name that is not one of [`RATES`].
    pub fn rate(&self, name: &str) -> Option<Decimal> {
        RATES.iter().position(|known| *known == name).and_then(|place| self.0[place])
    }
}

impl Serialize for StatusCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(MessageStatus::ALL.into_iter().map(|status| (status, self.count(status))))
    }
}

impl Serialize for EventCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(KINDS.into_iter().map(type_name).zip(self.0))
    }
}

impl Serialize for Rates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rates = serializer.serialize_map(Some(RATES.len()))?;
        for (name, rate) in RATES.into_iter().zip(self.0) {
            // A double prints the same decimals that it was read from, for up to 15 digits.
            rates.serialize_entry(name, &rate.and_then(|rate| rate.to_string().parse::<f64>().ok()))?;
        }
        rates.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_type::EventType;
    use crate::metric::Metric;

    fn counts(figures: &[(Metric, u64)]) -> Counts {
        let mut counts = Counts::ZERO;
        for (metric, count) in figures {
            counts.add_to(*metric, *count).unwrap();
        }
        counts
    }

    #[test]
    fn every_rate_is_a_standard_one_of_kinds_that_are_counted() {
        for name in RATES {
            for metric in Definition::named(name).unwrap().metrics() {
                assert!(metric.kind().is_some_and(|kind| KINDS.contains(&kind)), "{name}: {metric}");
            }
        }
    }

    #[test]
    fn every_message_counts_at_exactly_one_status() {
        for (place, status) in (1..).zip(Status::ALL) {
            let stats = Stats::new(&counts(&[(Metric::Status(status), place)]));
            assert_eq!(stats.total, place);
            assert_eq!(stats.statuses.count(MessageStatus::of(Some(status))), place, "{status}");
        }
        for (place, status) in MessageStatus::ALL.into_iter().enumerate() {
            assert_eq!(status as usize, place);
        }
    }

    #[test]
    fn a_message_counts_once_under_each_type_of_event() {
        let opened =
            counts(&[(Metric::TotalOf(EventType::OpenedPerson), 9), (Metric::Unique(Kind::Opened), 2)]);
        let events = Stats::new(&opened).events;
        for kind in Kind::ALL {
            assert_eq!(events.count(kind), if kind == Kind::Opened { 2 } else { 0 }, "{kind}");
        }
    }

    #[test]
    fn rates_are_fractions_with_four_places_and_null_over_nothing() {
        let rates = |figures: &[(Metric, u64)]| {
            let rates = Stats::new(&counts(figures)).rates;
            assert_eq!(rates.rate("reply_rate"), None);
            serde_json::to_string(&rates).unwrap()
        };
        assert_eq!(
            rates(&[]),
            concat!(
                r#"{"delivery_rate":null,"bounce_rate":null,"open_rate":null,"click_rate":null,"#,
                r#""unsubscribe_rate":null,"complaint_rate":null}"#
            )
        );
        let mail = [
            (Metric::Unique(Kind::Delivered), 7),
            (Metric::Unique(Kind::HardBounced), 1),
            (Metric::UniqueOf(EventType::HardBounced), 1),
            (Metric::UniqueOf(EventType::FailedExpired), 1),
            (Metric::Unique(Kind::Opened), 7),
            (Metric::Unique(Kind::Clicked), 3),
            (Metric::Unique(Kind::Complained), 2),
        ];
        assert_eq!(
            rates(&mail),
            concat!(
                r#"{"delivery_rate":0.7778,"bounce_rate":0.1111,"open_rate":1.0,"click_rate":0.4286,"#,
                r#""unsubscribe_rate":0.0,"complaint_rate":0.2857}"#
            )
        );
    }

    #[test]
    fn the_largest_counts_stay_at_the_most_and_give_rates_or_none() {
        let most = counts(&[
            (Metric::Status(Status::Queued), u64::MAX),
            (Metric::Status(Status::Sent), u64::MAX),
            (Metric::Unique(Kind::Delivered), u64::MAX),
            (Metric::UniqueOf(EventType::HardBounced), u64::MAX),
            (Metric::Unique(Kind::Opened), 1),
        ]);
        let stats = Stats::new(&most);
        assert_eq!((stats.total, stats.statuses.count(MessageStatus::Queued)), (u64::MAX, u64::MAX));
        assert_eq!(stats.rates.rate("delivery_rate"), None);
        assert_eq!(stats.rates.rate("open_rate"), Some(Decimal::new(0, 4)));
    }
}
