//! The six event types and their rates.

use std::collections::HashMap;

use serde::Serialize;

use crate::counts::Counts;
use crate::dialect::js_number;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::report::Report;

/// How many messages: the six event types, in their published order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Stats {
    pub sent: u64,
    pub opened: u64,
    pub clicked: u64,
    pub bounced: u64,
    pub replied: u64,
    pub positive_replied: u64,
}

/// The event types but the first over the messages sent, in percent with one place; `0.0` over nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Rates {
    pub open: String,
    pub click: String,
    pub bounce: String,
    pub reply: String,
    pub positive_reply: String,
}

impl Stats {
    /// The messages of this crate's counts.
    pub fn new(counts: &Counts) -> Self {
        Self {
            sent: counts.unique(Kind::Sent),
            opened: counts.unique(Kind::Opened),
            clicked: counts.unique(Kind::Clicked),
            bounced: counts.unique(Kind::HardBounced),
            replied: counts.unique(Kind::Replied),
            positive_replied: counts.value(Metric::UniqueOf(EventType::RepliedPositive)),
        }
    }

    /// The rates, as JavaScript's `toFixed(1)` writes them.
    ///
    /// ```
    /// use mailtally::dialect::sendkit::Stats;
    /// use mailtally::{Counts, Kind, Metric};
    ///
    /// let mut counts = Counts::ZERO;
    /// counts.add_to(Metric::Unique(Kind::Sent), 240)?;
    /// counts.add_to(Metric::Unique(Kind::Opened), 3)?;
    /// assert_eq!(Stats::new(&counts).rates().open, "1.3"); // 1.25 exactly
    /// # Ok::<(), mailtally::store::CountOverflow>(())
    /// ```
    pub fn rates(&self) -> Rates {
        let percent = |part| js_number::percent(part, self.sent, 1);
        Rates {
            open: percent(self.opened),
            click: percent(self.clicked),
            bounce: percent(self.bounced),
            reply: percent(self.replied),
            positive_reply: percent(self.positive_replied),
        }
    }

    /// Whether nothing was counted.
    pub(super) fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// These and others.
    pub(super) fn plus(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// These without others, which are a part of them.
    pub(super) fn minus(self, part: Self) -> Self {
        self.with(part, u64::saturating_sub)
    }

    fn with(self, other: Self, join: fn(u64, u64) -> u64) -> Self {
        Self {
            sent: join(self.sent, other.sent),
            opened: join(self.opened, other.opened),
            clicked: join(self.clicked, other.clicked),
            bounced: join(self.bounced, other.bounced),
            replied: join(self.replied, other.replied),
            positive_replied: join(self.positive_replied, other.positive_replied),
        }
    }
}

/// The event types by the mailbox's address, without regard to ASCII case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ByMailbox(HashMap<String, Stats>);

impl ByMailbox {
    /// Those of a report by mailbox. What no mailbox sent is left out.
    pub(super) fn new(report: &Report) -> Self {
        let mut stats: HashMap<String, Stats> = HashMap::new();
        for row in report.rows() {
            if let Some(Some(email)) = row.group.first() {
                let sum = stats.entry(email.to_ascii_lowercase()).or_default();
                *sum = sum.plus(Stats::new(row.counts));
            }
        }
        Self(stats)
    }

    /// Those of one mailbox.
    pub(super) fn of(&self, email: &str) -> Stats {
        self.0.get(&email.to_ascii_lowercase()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Preset;

    fn stats(figures: [u64; 6]) -> Stats {
        let [sent, opened, clicked, bounced, replied, positive_replied] = figures;
        Stats { sent, opened, clicked, bounced, replied, positive_replied }
    }

    fn texts(stats: Stats) -> [String; 5] {
        let Rates { open, click, bounce, reply, positive_reply } = stats.rates();
        [open, click, bounce, reply, positive_reply]
    }

    // N4
    #[test]
    fn rates_are_texts_over_sent_with_one_place() {
        for (figures, rates) in [
            ([12_500, 5_625, 1_250, 375, 625, 312], ["45.0", "10.0", "3.0", "5.0", "2.5"]), // the documentation's
            ([0, 3, 0, 1, 0, 0], ["0.0"; 5]),
            ([240, 3, 9, 0, 69, 240], ["1.3", "3.8", "0.0", "28.7", "100.0"]),
            ([560, 1, 3, 560, 7, 2], ["0.2", "0.5", "100.0", "1.3", "0.4"]),
            ([7, 1, 2, 7, 0, 9], ["14.3", "28.6", "100.0", "0.0", "128.6"]),
            ([2400, 1, 6, 9, 13, 15], ["0.0", "0.3", "0.4", "0.5", "0.6"]),
            ([u64::MAX, u64::MAX, 1, 0, 0, 0], ["100.0", "0.0", "0.0", "0.0", "0.0"]),
        ] {
            assert_eq!(texts(stats(figures)), rates, "{figures:?}");
        }
    }

    // N4
    #[test]
    fn the_rates_are_those_of_the_preset() {
        let mut counts = Counts::ZERO;
        let metrics = [
            Metric::Unique(Kind::Sent),
            Metric::Unique(Kind::Opened),
            Metric::Unique(Kind::Clicked),
            Metric::Unique(Kind::HardBounced),
            Metric::Unique(Kind::Replied),
            Metric::UniqueOf(EventType::RepliedPositive),
        ];
        for (metric, count) in metrics.into_iter().zip([97, 71, 53, 31, 17, 7]) {
            counts.add_to(metric, count).unwrap();
        }
        let stats = Stats::new(&counts);
        assert_eq!(stats, self::stats([97, 71, 53, 31, 17, 7]));
        let json = serde_json::to_value(stats.rates()).unwrap();
        let rates = json.as_object().unwrap();
        assert_eq!(rates.len(), Preset::SendKit.definitions().len());
        for definition in Preset::SendKit.definitions() {
            let rate = definition.compute(&counts).unwrap();
            let text = js_number::percent(rate.part(), rate.whole(), 1);
            assert_eq!(rates[definition.name()], text, "{definition}");
        }
    }

    #[test]
    fn nothing_is_less_than_nothing_and_sums_stay_at_the_most() {
        let (less, more) = (stats([1, 2, 3, 4, 5, 6]), stats([6, 5, 4, 3, 2, u64::MAX]));
        assert_eq!(more.minus(less), stats([5, 3, 1, 0, 0, u64::MAX - 6]));
        assert_eq!(less.plus(more), stats([7, 7, 7, 7, 7, u64::MAX]));
        assert!(less.minus(less).is_zero() && !less.is_zero());
    }
}
