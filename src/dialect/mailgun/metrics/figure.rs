//! The values of metrics.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

use crate::rate::{Rate, Rounding};

/// The number of decimals of a rate.
const DECIMALS: u32 = 4;

/// The value of a metric. In JSON a count is a number, an unavailable count is `null`, and a rate is a string with four
/// decimals; over zero it is `"0.0000"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    Count(u64),
    /// A count that no event has the information for.
    Unavailable,
    Rate(Rate),
}

impl Figure {
    /// Returns whether nothing was counted: for a rate, neither its part nor its whole.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Unavailable => true,
            Self::Rate(rate) => rate.part() == 0 && rate.whole() == 0,
        }
    }

    /// Compares two values of one metric without rounding. A rate over zero is equal to a rate of 0, and unavailable
    /// counts are equal to each other.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Count(a), Self::Count(b)) => a.cmp(b),
            (Self::Rate(a), Self::Rate(b)) => or_zero(*a).total_cmp(or_zero(*b)),
            // Unavailable counts are equal, and all values of a metric are of one variant.
            (Self::Count(_) | Self::Unavailable | Self::Rate(_), _) => Ordering::Equal,
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Unavailable => serializer.serialize_none(),
            Self::Rate(rate) => {
                let shown = or_zero(*rate).fraction(DECIMALS, Rounding::HalfAwayFromZero);
                serializer.collect_str(&shown.unwrap_or_default())
            }
        }
    }
}

/// Returns the rate, or 0 of 1 if its whole is zero.
fn or_zero(rate: Rate) -> Rate {
    if rate.has_value() { rate } else { Rate::new(0, 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_numbers_and_rates_strings_of_four_decimals() {
        for (figure, json) in [
            (Figure::Count(0), "0"),
            (Figure::Count(u64::MAX), "18446744073709551615"),
            (Figure::Unavailable, "null"),
            (Figure::Rate(Rate::new(0, 7)), r#""0.0000""#),
            (Figure::Rate(Rate::new(0, 0)), r#""0.0000""#),
            (Figure::Rate(Rate::new(5, 0)), r#""0.0000""#),
            (Figure::Rate(Rate::new(7, 7)), r#""1.0000""#),
            (Figure::Rate(Rate::new(9, 2)), r#""4.5000""#), // above 1, if deliveries are outside of the period
            (Figure::Rate(Rate::new(12, 19)), r#""0.6316""#),
            (Figure::Rate(Rate::new(2, 3)), r#""0.6667""#),
            (Figure::Rate(Rate::new(1, 3)), r#""0.3333""#),
            (Figure::Rate(Rate::new(1, 20_000)), r#""0.0001""#), // ties go up
            (Figure::Rate(Rate::new(1, 20_001)), r#""0.0000""#),
            (Figure::Rate(Rate::new(u64::MAX, 1)), r#""18446744073709551615.0000""#),
        ] {
            assert_eq!(serde_json::to_string(&figure).unwrap(), json);
        }
    }

    #[test]
    fn rates_are_ordered_by_their_exact_values() {
        let rate = |part, whole| Figure::Rate(Rate::new(part, whole));
        assert_eq!(rate(1, 30_001).compare(&rate(1, 30_000)), Ordering::Less); // both are shown as 0.0000
        assert_eq!(rate(0, 0).compare(&rate(0, 9)), Ordering::Equal);
        assert_eq!(rate(9, 0).compare(&rate(1, 9)), Ordering::Less);
        assert_eq!(Figure::Count(10).compare(&Figure::Count(9)), Ordering::Greater);
        assert_eq!(Figure::Unavailable.compare(&Figure::Unavailable), Ordering::Equal);
    }

    #[test]
    fn a_rate_is_zero_only_if_its_part_and_its_whole_are() {
        assert!(
            Figure::Rate(Rate::new(0, 0)).is_zero()
                && Figure::Count(0).is_zero()
                && Figure::Unavailable.is_zero()
        );
        assert!(!Figure::Rate(Rate::new(0, 1)).is_zero() && !Figure::Rate(Rate::new(1, 0)).is_zero());
        assert!(!Figure::Count(1).is_zero());
    }
}
