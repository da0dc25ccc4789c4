//! The numbers that are shown.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

use crate::rate::{Rate, Rounding};

/// The places of a rate.
const PLACES: u32 = 4;

/// The value of a metric. In JSON a count is a number, or `null` where nobody can tell it; a rate is a string with four
/// decimals, `"0.0000"` of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(in crate::dialect::mailgun) enum Figure {
    /// How often it happened.
    Count(u64),
    /// A count that nobody can tell.
    Untold,
    /// A part of a whole, exact.
    Rate(Rate),
}

impl Figure {
    /// Whether nothing was counted, neither the part nor the whole of a rate.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Untold => true,
            Self::Rate(rate) => rate.part() == 0 && rate.whole() == 0,
        }
    }

    /// The order of two values of one metric, exact: rates of 0 and of nothing are the same.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Count(a), Self::Count(b)) => a.cmp(b),
            (Self::Rate(a), Self::Rate(b)) => or_zero(*a).total_cmp(or_zero(*b)),
            // Nobody can tell them apart; a metric has no values of different sorts.
            (Self::Count(_) | Self::Untold | Self::Rate(_), _) => Ordering::Equal,
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Untold => serializer.serialize_none(),
            Self::Rate(rate) => {
                let shown = or_zero(*rate).fraction(PLACES, Rounding::HalfAwayFromZero);
                serializer.collect_str(&shown.unwrap_or_default())
            }
        }
    }
}

/// The rate, or 0 of 1 where it has no value.
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
            (Figure::Untold, "null"),
            (Figure::Rate(Rate::new(0, 7)), r#""0.0000""#),
            (Figure::Rate(Rate::new(0, 0)), r#""0.0000""#),
            (Figure::Rate(Rate::new(5, 0)), r#""0.0000""#),
            (Figure::Rate(Rate::new(7, 7)), r#""1.0000""#),
            (Figure::Rate(Rate::new(9, 2)), r#""4.5000""#), // above 1, where deliveries lie outside the window
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
        assert_eq!(rate(1, 30_001).rank(&rate(1, 30_000)), Ordering::Less); // both are shown as 0.0000
        assert_eq!(rate(0, 0).rank(&rate(0, 9)), Ordering::Equal);
        assert_eq!(rate(9, 0).rank(&rate(1, 9)), Ordering::Less);
        assert_eq!(Figure::Count(10).rank(&Figure::Count(9)), Ordering::Greater);
        assert_eq!(Figure::Untold.rank(&Figure::Untold), Ordering::Equal);
    }

    #[test]
    fn a_rate_is_nothing_only_where_its_whole_is_nothing_too() {
        assert!(
            Figure::Rate(Rate::new(0, 0)).is_zero() && Figure::Count(0).is_zero() && Figure::Untold.is_zero()
        );
        assert!(!Figure::Rate(Rate::new(0, 1)).is_zero() && !Figure::Rate(Rate::new(1, 0)).is_zero());
        assert!(!Figure::Count(1).is_zero());
    }
}
