//! The formula of a named rate, as data.

use std::fmt;

use serde::Serialize;

use super::Rate;
use super::eligibility::Eligibility;
use super::sum::Sum;
use crate::counts::Counts;
use crate::metric::Metric;

/// The definition of a named rate: the sums that are its part and its whole, the mail that both are counted over, its
/// meaning and its source.
///
/// Senders use the same name for different formulas, so reports show each rate with its definition. Documentation,
/// reports and dialects all read it from here.
///
/// ```
/// use mailtally::rate::{Definition, Sum};
/// use mailtally::rate::Rate;
/// use mailtally::store::FirstOf;
/// use mailtally::{Counts, EventType, Kind, Metric};
///
/// const POSITIVE: Definition = Definition::new(
///     "positive_reply_rate",
///     Sum::new(&[Metric::UniqueOf(EventType::RepliedPositive)]),
///     Sum::new(&[Metric::Unique(Kind::Replied)]),
///     "Messages with a positive reply, of those with a reply.",
///     "our sales team",
/// );
///
/// let mut counts = Counts::default();
/// counts.record(EventType::RepliedPositive, FirstOf::EVERYTHING)?;
/// counts.record(EventType::RepliedOther, FirstOf::EVERYTHING)?;
/// assert_eq!(POSITIVE.compute(&counts)?, Rate::new(1, 2));
/// assert_eq!(POSITIVE.to_string(), "replied.positive.unique / replied.unique");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Definition {
    name: &'static str,
    part: Sum,
    whole: Sum,
    eligibility: Eligibility,
    meaning: &'static str,
    source: &'static str,
}

impl Definition {
    /// Defines a rate over all mail. `meaning` is one sentence; `source` says who defined the rate.
    pub const fn new(
        name: &'static str,
        part: Sum,
        whole: Sum,
        meaning: &'static str,
        source: &'static str,
    ) -> Self {
        Self { name, part, whole, eligibility: Eligibility::All, meaning, source }
    }

    /// Limits the rate to some of the mail.
    pub const fn with_eligibility(self, eligibility: Eligibility) -> Self {
        Self { eligibility, ..self }
    }

    /// The name, such as `delivery_rate`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The sum that is the numerator.
    pub const fn part(&self) -> Sum {
        self.part
    }

    /// The sum that is the denominator.
    pub const fn whole(&self) -> Sum {
        self.whole
    }

    /// The mail that part and whole must both be counted over. Existing counts cannot be limited afterwards: add the
    /// filters from [`Filter::of`](crate::Filter::of) to the query.
    pub const fn eligibility(&self) -> Eligibility {
        self.eligibility
    }

    /// The meaning of the rate, in one sentence.
    pub const fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// Who defined the rate, and where it is published.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Returns every metric that the rate needs: those of the part, then those of the whole; may contain duplicates.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        [self.part, self.whole].into_iter().flat_map(|sum| sum.plus().iter().chain(sum.minus()).copied())
    }

    /// Computes the rate from `counts`. If the whole is zero, the result is a rate without a value, not an error.
    ///
    /// # Errors
    ///
    /// [`RateError`] if the part or the whole is negative or exceeds 64 bits. A sum is negative if it subtracts more
    /// than it adds, which happens where events are counted on the day they happen: today's delayed bounces may follow
    /// yesterday's deliveries.
    pub fn compute(&self, counts: &Counts) -> Result<Rate, RateError> {
        let value = |side, sum: Sum| {
            let found = sum.value(counts);
            u64::try_from(found).map_err(|_| RateError { rate: self.name, side, found })
        };
        Ok(Rate::new(value(Side::Part, self.part)?, value(Side::Whole, self.whole)?))
    }
}

impl fmt::Display for Definition {
    /// Writes the formula, such as `delivered.unique / sent.unique`; a sum of several metrics is in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let factor = |sum: Sum| {
            let is_single = sum.plus().len() + sum.minus().len() <= 1;
            if is_single { sum.to_string() } else { format!("({sum})") }
        };
        write!(f, "{} / {}", factor(self.part), factor(self.whole))
    }
}

/// The part or the whole of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a rate has two numbers")]
pub enum Side {
    /// The numerator.
    Part,
    /// The denominator.
    Whole,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Part => "part",
            Self::Whole => "whole",
        })
    }
}

/// A rate that cannot be computed because its part or its whole is negative or exceeds 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {side} of rate `{rate}` is {found}, expected 0 to 18446744073709551615")]
pub struct RateError {
    rate: &'static str,
    side: Side,
    found: i128,
}

impl RateError {
    /// The name of the rate.
    pub const fn rate(&self) -> &'static str {
        self.rate
    }

    /// Whether the part or the whole is out of range; the part if both are.
    pub const fn side(&self) -> Side {
        self.side
    }

    /// The value of that sum.
    pub const fn found(&self) -> i128 {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_type::EventType;
    use crate::kind::Kind;

    const ACCEPTED: Definition = Definition::new(
        "accepted_rate",
        Sum::new(&[Metric::Unique(Kind::Delivered)]).less(&[Metric::UniqueOf(EventType::HardBouncedDelayed)]),
        Sum::new(&[Metric::Unique(Kind::Delivered), Metric::Unique(Kind::Failed)]),
        "Messages delivered to stay.",
        "this test",
    );

    fn counts(figures: &[(Metric, u64)]) -> Counts {
        let mut counts = Counts::ZERO;
        for (metric, count) in figures {
            counts.add_to(*metric, *count).unwrap();
        }
        counts
    }

    #[test]
    fn sums_add_and_subtract() {
        let counts = counts(&[
            (Metric::Unique(Kind::Delivered), 190),
            (Metric::UniqueOf(EventType::HardBouncedDelayed), 4),
            (Metric::Unique(Kind::Failed), 10),
        ]);
        assert_eq!(ACCEPTED.compute(&counts), Ok(Rate::new(186, 200)));
        assert_eq!(ACCEPTED.compute(&Counts::ZERO), Ok(Rate::new(0, 0)));
    }

    #[test]
    fn a_sum_below_zero_or_beyond_64_bits_is_an_error() {
        let negative = counts(&[(Metric::UniqueOf(EventType::HardBouncedDelayed), 4)]);
        let error = ACCEPTED.compute(&negative).unwrap_err();
        assert_eq!((error.rate(), error.side(), error.found()), ("accepted_rate", Side::Part, -4));
        assert_eq!(
            error.to_string(),
            "the part of rate `accepted_rate` is -4, expected 0 to 18446744073709551615"
        );

        let many = counts(&[(Metric::Unique(Kind::Delivered), u64::MAX), (Metric::Unique(Kind::Failed), 1)]);
        assert_eq!(
            ACCEPTED.compute(&many).unwrap_err().to_string(),
            "the whole of rate `accepted_rate` is 18446744073709551616, expected 0 to 18446744073709551615"
        );
    }

    #[test]
    fn a_definition_serializes_to_json() {
        let json = serde_json::to_value(ACCEPTED.with_eligibility(Eligibility::OpenTracked)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "name": "accepted_rate",
                "part": ["delivered.unique", "-hard_bounced.delayed.unique"],
                "whole": ["delivered.unique", "failed.unique"],
                "eligibility": "open_tracked",
                "meaning": "Messages delivered to stay.",
                "source": "this test",
            })
        );
        for metric in ACCEPTED.metrics() {
            assert_eq!(metric.to_string().parse(), Ok(metric));
        }
        assert_eq!(ACCEPTED.metrics().count(), 4);
    }

    #[test]
    fn formulas_are_readable() {
        assert_eq!(
            ACCEPTED.to_string(),
            "(delivered.unique - hard_bounced.delayed.unique) / (delivered.unique + failed.unique)"
        );
    }
}
