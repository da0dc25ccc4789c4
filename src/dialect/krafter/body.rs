//! The bodies of responses.

use serde::Serialize;

use crate::counts::Counts;
use crate::dialect::js_number;
use crate::status::Status;

/// The envelope of every success.
#[derive(Serialize)]
pub(super) struct Body<T> {
    pub(super) data: T,
}

/// The body of `GET /mail/stats`.
#[derive(Serialize)]
pub(super) struct TotalsBody {
    /// The period used: the requested one, or `7d`.
    pub(super) period: &'static str,
    /// The start of the period, RFC 3339 in UTC, whole seconds.
    pub(super) since: String,
    /// The number of messages: the sum over the statuses.
    pub(super) total: u64,
    pub(super) by_status: NonZero,
}

/// A row of `GET /mail/stats/daily`.
#[derive(Serialize)]
pub(super) struct Day {
    pub(super) date: String,
    #[serde(flatten)]
    pub(super) counters: Counters,
}

/// The number of messages at each of Krafter's six statuses, in their published order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counters {
    queued: u64,
    sent: u64,
    delivered: u64,
    bounced: u64,
    complained: u64,
    failed: u64,
}

/// Writes only the counters that are not zero.
pub(super) struct NonZero(pub(super) Counters);

impl Serialize for NonZero {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.named().into_iter().filter(|(_, count)| *count > 0))
    }
}

impl Counters {
    pub(super) fn new(counts: &Counts) -> Self {
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

    /// Returns the number of messages; each has one status.
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

/// The three rates that Krafter's documentation computes in the customer's browser, as the same texts: percentages with two
/// decimals, rounded as JavaScript's `toFixed` does; `0.00` over zero.
///
/// ```
/// use mailtally::dialect::krafter::ClientRates;
/// use mailtally::{Counts, Metric, Status};
///
/// let mut counts = Counts::ZERO;
/// counts.add_to(Metric::Status(Status::Delivered), 799)?;
/// counts.add_to(Metric::Status(Status::HardBounced), 1)?;
/// assert_eq!(ClientRates::new(&counts).bounce_rate, "0.13"); // 0.125 exactly
/// # Ok::<(), mailtally::store::CountOverflow>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClientRates {
    /// Delivered over sent + delivered + bounced + failed.
    pub delivery_rate: String,
    /// Bounced over the same.
    pub bounce_rate: String,
    /// Complained over delivered.
    pub complaint_rate: String,
}

impl ClientRates {
    /// Computes the rates from the statuses in `counts`.
    pub fn new(counts: &Counts) -> Self {
        Self::from_counters(&Counters::new(counts))
    }

    fn from_counters(counters: &Counters) -> Self {
        let Counters { queued: _, sent, delivered, bounced, complained, failed } = *counters;
        let attempted = [sent, delivered, bounced, failed].into_iter().fold(0, u64::saturating_add);
        Self {
            delivery_rate: js_number::percent(delivered, attempted, 2),
            bounce_rate: js_number::percent(bounced, attempted, 2),
            complaint_rate: js_number::percent(complained, delivered, 2),
        }
    }
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
    fn rates_are_formatted_as_a_browser_shows_them() {
        let cases = [
            // queued, sent, delivered, bounced, complained, failed
            ([9, 2, 60, 3, 0, 1], ["90.91", "4.55", "0.00"]),
            ([0, 0, 3, 0, 1, 0], ["100.00", "0.00", "33.33"]),
            ([5, 20, 1180, 30, 2, 13], ["94.93", "2.41", "0.17"]), // the documentation's example
            ([0; 6], ["0.00", "0.00", "0.00"]),
            ([7, 0, 0, 0, 9, 0], ["0.00", "0.00", "0.00"]), // neither is in a divisor
            ([0, 0, 0, 0, 0, 4], ["0.00", "0.00", "0.00"]),
            ([0, 0, 0, 8, 0, 0], ["0.00", "100.00", "0.00"]),
            // Ties: 0.125, 0.375, 0.625; and 0.03125, which is not a tie.
            ([0, 0, 799, 1, 0, 0], ["99.88", "0.13", "0.00"]),
            ([0, 0, 1600, 0, 6, 0], ["100.00", "0.00", "0.38"]),
            ([0, 155, 0, 1, 0, 4], ["0.00", "0.63", "0.00"]),
            ([0, 0, 3200, 0, 1, 0], ["100.00", "0.00", "0.03"]),
            // 1.005 as a double is a little less.
            ([0, 19_799, 0, 201, 0, 0], ["0.00", "1.00", "0.00"]),
            // More complaints than deliveries that are still deliveries.
            ([0, 0, 2, 0, 3, 0], ["100.00", "0.00", "150.00"]),
            ([0, 0, u64::MAX, u64::MAX, 0, 0], ["100.00", "100.00", "0.00"]), // sums saturate
        ];
        for ([queued, sent, delivered, bounced, complained, failed], [delivery, bounce, complaint]) in cases {
            let counters = Counters { queued, sent, delivered, bounced, complained, failed };
            let expected = ClientRates {
                delivery_rate: delivery.to_owned(),
                bounce_rate: bounce.to_owned(),
                complaint_rate: complaint.to_owned(),
            };
            assert_eq!(ClientRates::from_counters(&counters), expected, "{counters:?}");
        }
    }

    #[test]
    fn the_client_rates_are_json_in_their_published_order() {
        let rates = ClientRates::from_counters(&Counters { delivered: 1, ..Counters::default() });
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
