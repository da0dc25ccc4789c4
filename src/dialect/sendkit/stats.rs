//! The six counts of campaign mail, and their rates.

use std::collections::HashMap;

use serde::Serialize;

use super::Mailbox;
use crate::counts::Counts;
use crate::dialect::js_number;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::report::Report;

/// Numbers of messages, in their published order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    pub(super) sent: u64,
    pub(super) opened: u64,
    pub(super) clicked: u64,
    pub(super) bounced: u64,
    pub(super) replied: u64,
    pub(super) positive_replied: u64,
}

/// The other counts over `sent`, in percent with one decimal, rounded as JavaScript's `toFixed` does; `0.0` over zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rates {
    pub(super) open: String,
    pub(super) click: String,
    pub(super) bounce: String,
    pub(super) reply: String,
    pub(super) positive_reply: String,
}

impl Stats {
    pub(super) fn new(counts: &Counts) -> Self {
        Self {
            sent: counts.unique(Kind::Sent),
            opened: counts.unique(Kind::Opened),
            clicked: counts.unique(Kind::Clicked),
            bounced: counts.unique(Kind::HardBounced),
            replied: counts.unique(Kind::Replied),
            positive_replied: counts.value(Metric::UniqueOf(EventType::RepliedPositive)),
        }
    }

    pub(super) fn rates(&self) -> Rates {
        let percent = |part| js_number::percent(part, self.sent, 1);
        Rates {
            open: percent(self.opened),
            click: percent(self.clicked),
            bounce: percent(self.bounced),
            reply: percent(self.replied),
            positive_reply: percent(self.positive_replied),
        }
    }

    /// Adds two; a sum saturates.
    fn plus(self, other: Self) -> Self {
        self.combine(other, u64::saturating_add)
    }

    /// Subtracts a part of these messages.
    pub(super) fn minus(self, part: Self) -> Self {
        self.combine(part, u64::saturating_sub)
    }

    fn combine(self, other: Self, combine: fn(u64, u64) -> u64) -> Self {
        Self {
            sent: combine(self.sent, other.sent),
            opened: combine(self.opened, other.opened),
            clicked: combine(self.clicked, other.clicked),
            bounced: combine(self.bounced, other.bounced),
            replied: combine(self.replied, other.replied),
            positive_replied: combine(self.positive_replied, other.positive_replied),
        }
    }
}

/// The counts by the address of the mailbox, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ByMailbox(HashMap<String, Stats>);

impl ByMailbox {
    /// Reads a report by mailbox. Mail without a mailbox is left out.
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

    /// Returns the counts of a mailbox, zeros if it has no mail.
    pub(super) fn stats(&self, mailbox: &Mailbox) -> Stats {
        self.0.get(&mailbox.email().to_ascii_lowercase()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Preset;

    fn stats(counts: [u64; 6]) -> Stats {
        let [sent, opened, clicked, bounced, replied, positive_replied] = counts;
        Stats { sent, opened, clicked, bounced, replied, positive_replied }
    }

    fn texts(stats: Stats) -> [String; 5] {
        let Rates { open, click, bounce, reply, positive_reply } = stats.rates();
        [open, click, bounce, reply, positive_reply]
    }

    #[test]
    fn rates_are_texts_with_one_decimal_and_the_whole_is_sent() {
        for (counts, rates) in [
            ([12_500, 5_625, 1_250, 375, 625, 312], ["45.0", "10.0", "3.0", "5.0", "2.5"]), // the documentation's
            ([0, 3, 0, 1, 0, 0], ["0.0"; 5]),
            ([240, 3, 9, 0, 69, 240], ["1.3", "3.8", "0.0", "28.7", "100.0"]),
            ([560, 1, 3, 560, 7, 2], ["0.2", "0.5", "100.0", "1.3", "0.4"]),
            ([7, 1, 2, 7, 0, 9], ["14.3", "28.6", "100.0", "0.0", "128.6"]),
            ([2400, 1, 6, 9, 13, 15], ["0.0", "0.3", "0.4", "0.5", "0.6"]),
            ([u64::MAX, u64::MAX, 1, 0, 0, 0], ["100.0", "0.0", "0.0", "0.0", "0.0"]),
        ] {
            assert_eq!(texts(stats(counts)), rates, "{counts:?}");
        }
    }

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
    fn sums_and_differences_saturate() {
        let (less, more) = (stats([1, 2, 3, 4, 5, 6]), stats([6, 5, 4, 3, 2, u64::MAX]));
        assert_eq!(more.minus(less), stats([5, 3, 1, 0, 0, u64::MAX - 6]));
        assert_eq!(less.plus(more), stats([7, 7, 7, 7, 7, u64::MAX]));
        assert_eq!(less.minus(less), Stats::default());
    }
}
