//! The bodies of responses.

use serde::{Serialize, Serializer};

use super::event_type::{KINDS, type_name};
use super::message::{MessageData, TimelineEvent};
use super::status::MessageStatus;
use crate::counts::Counts;
use crate::dialect::nearest_f64;
use crate::rate::{Definition, Rounding};
use crate::status::Status;

/// The rates that are shown, each a [standard one](Definition::STANDARD) of this crate.
const RATES: [&str; 6] =
    ["delivery_rate", "bounce_rate", "open_rate", "click_rate", "unsubscribe_rate", "complaint_rate"];

/// The number of decimals of a rate.
const DECIMALS: u32 = 4;

/// The envelope of every success.
#[derive(Serialize)]
pub(super) struct Body {
    status: &'static str,
    data: Data,
}

/// The content of a success: an object with one key, the name of the variant.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Data {
    Message(MessageData),
    /// The events of a message, oldest first; at the same instant by id.
    Events(Vec<TimelineEvent>),
    Overview(Box<Stats>),
    /// A row for each day, ascending.
    Daily(Vec<Day>),
}

/// The messages that were created on a day.
#[derive(Serialize)]
pub(super) struct Day {
    pub(super) date: String,
    #[serde(flatten)]
    pub(super) stats: Stats,
}

/// What was counted of some messages.
#[derive(Serialize)]
pub(super) struct Stats {
    /// The number of messages with a status: the sum over the statuses.
    total: u64,
    /// The number of messages at each status.
    statuses: Object<u64, { MessageStatus::COUNT }>,
    /// The number of messages with an event of each type.
    events: Object<u64, { KINDS.len() }>,
    /// The rates as fractions; `None` over zero.
    rates: Object<Option<f64>, { RATES.len() }>,
}

/// Written as an object with these keys and values, in their order.
struct Object<T, const N: usize>([(&'static str, T); N]);

impl<T: Serialize, const N: usize> Serialize for Object<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Body {
    pub(super) fn new(data: Data) -> Self {
        Self { status: "success", data }
    }
}

impl Stats {
    pub(super) fn new(counts: &Counts) -> Self {
        let statuses = MessageStatus::ALL.map(|status| (status.name(), messages(counts, status)));
        Self {
            total: statuses.iter().fold(0, |total, (_, count)| total.saturating_add(*count)),
            statuses: Object(statuses),
            events: Object(KINDS.map(|kind| (type_name(kind), counts.unique(kind)))),
            rates: Object(RATES.map(|name| (name, rate(counts, name)))),
        }
    }
}

/// Returns the number of messages at one of the API's statuses.
fn messages(counts: &Counts, status: MessageStatus) -> u64 {
    let same = Status::ALL.into_iter().filter(|one| MessageStatus::from_status(Some(*one)) == status);
    same.map(|one| counts.status(one)).fold(0, u64::saturating_add)
}

/// Computes a rate as a fraction; `None` over zero.
fn rate(counts: &Counts, name: &str) -> Option<f64> {
    let rate = Definition::named(name).ok()?.compute(counts).ok()?;
    Some(nearest_f64(rate.fraction(DECIMALS, Rounding::HalfAwayFromZero)?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event_type::EventType;
    use crate::kind::Kind;
    use crate::metric::Metric;

    fn stats(counts: &[(Metric, u64)]) -> Value {
        let mut sum = Counts::ZERO;
        for (metric, count) in counts {
            sum.add_to(*metric, *count).unwrap();
        }
        serde_json::to_value(Stats::new(&sum)).unwrap()
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
        for (count, status) in (1..).zip(Status::ALL) {
            let stats = stats(&[(Metric::Status(status), count)]);
            assert_eq!(stats["total"], count);
            for shown in MessageStatus::ALL {
                let expected = if shown == MessageStatus::from_status(Some(status)) { count } else { 0 };
                assert_eq!(stats["statuses"][shown.name()], expected, "{status} {shown}");
            }
        }
    }

    #[test]
    fn a_message_counts_once_under_each_type_of_event() {
        let opened = [(Metric::TotalOf(EventType::OpenedPerson), 9), (Metric::Unique(Kind::Opened), 2)];
        let events = stats(&opened)["events"].clone();
        assert_eq!(events.as_object().unwrap().len(), KINDS.len());
        for kind in KINDS {
            assert_eq!(events[type_name(kind)], if kind == Kind::Opened { 2 } else { 0 }, "{kind}");
        }
    }

    #[test]
    fn rates_are_fractions_with_four_decimals_and_null_over_zero() {
        let rates = |counts: &[(Metric, u64)]| stats(counts)["rates"].clone();
        let no_rates: Value = RATES.map(|name| (name.to_owned(), json!(null))).into_iter().collect();
        assert_eq!(rates(&[]), no_rates);
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
            json!({
                "delivery_rate": 0.7778,
                "bounce_rate": 0.1111,
                "open_rate": 1.0,
                "click_rate": 0.4286,
                "unsubscribe_rate": 0.0,
                "complaint_rate": 0.2857,
            })
        );
    }

    #[test]
    fn sums_of_the_largest_counts_saturate_and_have_rates_or_none() {
        let most = stats(&[
            (Metric::Status(Status::Queued), u64::MAX),
            (Metric::Status(Status::Sent), u64::MAX),
            (Metric::Unique(Kind::Delivered), u64::MAX),
            (Metric::UniqueOf(EventType::HardBounced), u64::MAX),
            (Metric::Unique(Kind::Opened), 1),
        ]);
        assert_eq!((&most["total"], &most["statuses"]["queued"]), (&json!(u64::MAX), &json!(u64::MAX)));
        assert_eq!(most["rates"]["delivery_rate"], json!(null));
        assert_eq!(most["rates"]["open_rate"], json!(0.0));
    }
}
