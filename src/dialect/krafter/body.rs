//! The answers, in the published shape.

use serde::Serialize;

use crate::counts::Counts;
use crate::dialect::js_number;
use crate::status::Status;

/// The envelope of every success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Body<T> {
    /// What it holds.
    pub data: T,
}

/// What `GET /mail/stats` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TotalsBody {
    /// The period that was taken: that which was asked for, or `7d`.
    pub period: &'static str,
    /// From when messages count, RFC 3339 in UTC, whole seconds.
    pub since: String,
    /// All messages: the sum over the statuses.
    pub total: u64,
    /// The statuses that are not zero.
    pub by_status: NonZero,
}

/// A row of `GET /mail/stats/daily`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// The day on which the messages were created, in UTC.
    pub date: String,
    /// Where they stand now.
    #[serde(flatten)]
    pub counters: Counters,
}

/// How many messages are at each of Krafter's six statuses, in their published order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Counters {
    pub queued: u64,
    pub sent: u64,
    pub delivered: u64,
    pub bounced: u64,
    pub complained: u64,
    pub failed: u64,
}

/// The counters that are not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonZero(pub(super) Counters);

impl Serialize for NonZero {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.named().into_iter().filter(|(_, count)| *count > 0))
    }
}

impl Counters {
    /// The statuses of this crate's counts.
    pub fn new(counts: &Counts) -> Self {
        let mut counters = Self::default();
        for status in Status::ALL {
            let counter = match status {
                Status::Accepted | Status::Queued => &mut counters.queued,
                Status::Sent | Status::Deferred => &mut counters.sent,
                Status::Delivered => &mut counters.delivered,
                Status::SoftBounced | Status::HardBounced => &mut counters.bounced,
                Status::Complained => &mut counters.complained,
                Status::Failed => &mut counters.failed,
            };
            *counter = counter.saturating_add(counts.status(status));
        }
        counters
    }

    /// The rates that the documentation computes in the customer's browser, to the same texts: delivered and bounced
    /// over sent + delivered + bounced + failed, complained over delivered; in percent with two places as JavaScript's
    /// `toFixed` writes them; `0.00` over nothing.
    ///
    /// ```
    /// use mailtally::dialect::krafter::Counters;
    /// use mailtally::{Counts, Metric, Status};
    ///
    /// let mut counts = Counts::ZERO;
    /// counts.add_to(Metric::Status(Status::Delivered), 799)?;
    /// counts.add_to(Metric::Status(Status::HardBounced), 1)?;
    /// assert_eq!(Counters::new(&counts).rates().bounce_rate, "0.13"); // 0.125 exactly
    /// # Ok::<(), mailtally::store::CountOverflow>(())
    /// ```
    pub fn rates(&self) -> ClientRates {
        let tried =
            [self.sent, self.delivered, self.bounced, self.failed].into_iter().fold(0, u64::saturating_add);
        let percent = |part, whole| js_number::percent(part, whole, 2);
        ClientRates {
            delivery_rate: percent(self.delivered, tried),
            bounce_rate: percent(self.bounced, tried),
            complaint_rate: percent(self.complained, self.delivered),
        }
    }

    /// All messages; each is counted once.
    pub(super) fn total(&self) -> u64 {
        self.named().into_iter().map(|(_, count)| count).fold(0, u64::saturating_add)
    }

    fn named(&self) -> [(&'static str, u64); 6] {
        let Self { queued, sent, delivered, bounced, complained, failed } = *self;
        [
            ("queued", queued),
            ("sent", sent),
            ("delivered", delivered),
            ("bounced", bounced),
            ("complained", complained),
            ("failed", failed),
        ]
    }
}

/// The three rates that Krafter's documentation shows how to compute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the documentation's")]
pub struct ClientRates {
    pub delivery_rate: String,
    pub bounce_rate: String,
    pub complaint_rate: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Metric;

    #[test]
    fn every_status_is_in_exactly_one_counter() {
        for (place, status) in Status::ALL.into_iter().enumerate() {
            let mut counts = Counts::ZERO;
            counts.add_to(Metric::Status(status), place as u64 + 1).unwrap();
            let counters = Counters::new(&counts);
            assert_eq!(counters.total(), place as u64 + 1, "{status}");
            assert_eq!(counters.named().into_iter().filter(|(_, count)| *count > 0).count(), 1, "{status}");
        }
        let mut bounces = Counts::ZERO;
        bounces.add_to(Metric::Status(Status::SoftBounced), 2).unwrap();
        bounces.add_to(Metric::Status(Status::HardBounced), 3).unwrap();
        assert_eq!(Counters::new(&bounces).bounced, 5);
    }

    #[test]
    fn rates_are_the_texts_that_the_customers_browser_shows() {
        let cases = [
            // queued, sent, delivered, bounced, complained, failed
            ([9, 2, 60, 3, 0, 1], ["90.91", "4.55", "0.00"]),
            ([0, 0, 3, 0, 1, 0], ["100.00", "0.00", "33.33"]),
            ([5, 20, 1180, 30, 2, 13], ["94.93", "2.41", "0.17"]), // the documentation's example
            ([0; 6], ["0.00", "0.00", "0.00"]),
            ([7, 0, 0, 0, 9, 0], ["0.00", "0.00", "0.00"]), // neither is in a divisor
            ([0, 0, 0, 0, 0, 4], ["0.00", "0.00", "0.00"]),
            ([0, 0, 0, 8, 0, 0], ["0.00", "100.00", "0.00"]),
            // Ties: 0.125, 0.375, 0.625, and 0.03125, which is none.
            ([0, 0, 799, 1, 0, 0], ["99.88", "0.13", "0.00"]),
            ([0, 0, 1600, 0, 6, 0], ["100.00", "0.00", "0.38"]),
            ([0, 155, 0, 1, 0, 4], ["0.00", "0.63", "0.00"]),
            ([0, 0, 3200, 0, 1, 0], ["100.00", "0.00", "0.03"]),
            // 1.005 as a double is a little less.
            ([0, 19_799, 0, 201, 0, 0], ["0.00", "1.00", "0.00"]),
            // More complaints than deliveries that are still deliveries.
            ([0, 0, 2, 0, 3, 0], ["100.00", "0.00", "150.00"]),
            ([0, 0, u64::MAX, u64::MAX, 0, 0], ["100.00", "100.00", "0.00"]), // sums stay at the most
        ];
        for ([queued, sent, delivered, bounced, complained, failed], [delivery, bounce, complaint]) in cases {
            let counters = Counters { queued, sent, delivered, bounced, complained, failed };
            let expected = ClientRates {
                delivery_rate: delivery.to_owned(),
                bounce_rate: bounce.to_owned(),
                complaint_rate: complaint.to_owned(),
            };
            assert_eq!(counters.rates(), expected, "{counters:?}");
        }
    }

    #[test]
    fn the_client_rates_are_json_in_their_published_order() {
        let rates = Counters { delivered: 1, ..Counters::default() }.rates();
        let expected = r#"{"delivery_rate":"100.00","bounce_rate":"0.00","complaint_rate":"0.00"}"#;
        assert_eq!(serde_json::to_string(&rates).unwrap(), expected);
    }

    #[test]
    fn a_day_has_the_six_counters_in_their_order_and_no_others() {
        let counters = Counters { queued: 1, sent: 2, delivered: 3, bounced: 4, complained: 5, failed: 6 };
        let day = Day { date: "2026-02-09".to_owned(), counters };
        let expected = r#"{"date":"2026-02-09","queued":1,"sent":2,"delivered":3,"bounced":4,"complained":5,"failed":6}"#;
        assert_eq!(serde_json::to_string(&day).unwrap(), expected);
    }
}
