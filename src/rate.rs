//! Rates: exact fractions of two counts, their definitions, and what can be said about them.
//!
//! * [`Rate`]: a part and a whole, two integers. [`Rate::fraction`] and [`Rate::percent`] round it once, to the decimals
//!   and with the [`Rounding`] that the call states.
//! * [`Definition`]: the formula of a named rate, as data. [`Definition::STANDARD`] are this crate's own rates; a
//!   [`Preset`] has those of another sender, so that a platform can show the figures that its customers know.
//! * [`Interval`]: the 95 % confidence interval of a rate.
//! * [`Change`]: the difference between the rates of two periods, and whether it is significant.
//! * [`Limit`]: a limit that a mailbox provider or sender publishes, and the [`Verdict`] on a rate.
//!
//! Do not add, store or average rates: add the [`Counts`](crate::Counts) and compute the rate of the sum. A host can use
//! this module on numbers of its own: a [`Rate`] needs only two integers.
//!
//! ```
//! use mailtally::rate::Rate;
//! use mailtally::rate::{Limit, Rounding, Verdict};
//!
//! let complaints = Rate::new(3, 190);
//! assert_eq!(complaints.percent(2, Rounding::HalfAwayFromZero).unwrap().to_string(), "1.58");
//! assert_eq!(Limit::GOOGLE_COMPLAINTS.verdict(complaints), Verdict::Exceeded);
//! ```

mod change;
mod definition;
mod eligibility;
mod interval;
mod limit;
pub(crate) mod mailgun;
mod preset;
mod rounding;
mod standard;
mod sum;

use std::cmp::Ordering;
use std::fmt;

pub use change::Change;
pub use definition::{Definition, RateError, Side};
pub use eligibility::Eligibility;
pub use interval::Interval;
pub use limit::{Limit, Verdict};
pub use preset::Preset;
pub use rounding::Rounding;
/// The type of a rounded rate, re-exported from `rust_decimal` so that hosts can name it.
pub use rust_decimal::Decimal;
pub use sum::Sum;

/// An exact rate: a part of a whole, such as 171 messages opened of 190 delivered.
///
/// A rate with a zero whole has no value: [`Rate::fraction`] and [`Rate::percent`] return `None`, never zero. A rate
/// can be more than one, because an event is counted in the period in which it happens, and may belong to a message of
/// an earlier one.
///
/// `==` compares the two numbers, so 1 of 2 is not 500 of 1000; [`Rate::compare`] and [`Rate::total_cmp`] compare the
/// values. In JSON a rate is `{"part":171,"whole":190}`.
///
/// ```
/// use std::cmp::Ordering;
///
/// use mailtally::rate::Rate;
///
/// assert_ne!(Rate::new(1, 2), Rate::new(500, 1000));
/// assert_eq!(Rate::new(1, 2).compare(Rate::new(500, 1000)), Some(Ordering::Equal));
/// assert_eq!(Rate::new(171, 190).to_string(), "171/190");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Rate {
    part: u64,
    whole: u64,
}

impl Rate {
    /// Creates the rate of `part` in `whole`.
    pub const fn new(part: u64, whole: u64) -> Self {
        Self { part, whole }
    }

    /// The numerator, such as the number of messages opened.
    pub const fn part(self) -> u64 {
        self.part
    }

    /// The denominator, such as the number of messages delivered.
    pub const fn whole(self) -> u64 {
        self.whole
    }

    /// Returns whether the whole is not zero.
    pub const fn has_value(self) -> bool {
        self.whole > 0
    }

    /// Returns whether the rate has a value and it is more than one. This happens only if part and whole are counted
    /// over different messages.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    ///
    /// assert!(Rate::new(3, 2).exceeds_one());
    /// assert!(!Rate::new(3, 0).exceeds_one());
    /// ```
    pub const fn exceeds_one(self) -> bool {
        self.has_value() && self.part > self.whole
    }

    /// Compares the values of two rates exactly; `None` if either has no value.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let both = self.has_value() && other.has_value();
        both.then(|| self.part_times(other.whole).cmp(&other.part_times(self.whole)))
    }

    /// Orders two rates by value, exactly. Rates without a value come first and are equal to each other.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    ///
    /// let mut rates = [Rate::new(2, 3), Rate::new(0, 0), Rate::new(1, 2), Rate::new(0, 9)];
    /// rates.sort_by(|a, b| a.total_cmp(*b));
    /// assert_eq!(rates, [Rate::new(0, 0), Rate::new(0, 9), Rate::new(1, 2), Rate::new(2, 3)]);
    /// ```
    pub fn total_cmp(self, other: Self) -> Ordering {
        self.compare(other).unwrap_or_else(|| self.has_value().cmp(&other.has_value()))
    }

    /// The part times `factor`; the product of two 64-bit numbers fits into 128 bits.
    fn part_times(self, factor: u64) -> u128 {
        u128::from(self.part) * u128::from(factor)
    }

    /// The quotient in floating point; infinite or NaN if the whole is zero.
    fn as_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }
}

impl fmt::Display for Rate {
    /// Writes `part/whole`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_compared_exactly() {
        let (nearly, one) = (Rate::new(u64::MAX - 1, u64::MAX), Rate::new(u64::MAX, u64::MAX));
        assert_eq!(nearly.compare(one), Some(Ordering::Less));
        assert_eq!(one.compare(nearly), Some(Ordering::Greater));
        assert_eq!(Rate::new(1, 3).compare(Rate::new(3, 9)), Some(Ordering::Equal));
    }

    #[test]
    fn a_rate_over_zero_has_no_value_and_is_the_least() {
        let nothing = Rate::new(3, 0);
        assert_eq!(nothing.compare(Rate::new(1, 2)), None);
        assert_eq!(Rate::new(1, 2).compare(nothing), None);
        assert_eq!(nothing.total_cmp(Rate::new(0, 2)), Ordering::Less);
        assert_eq!(Rate::new(0, 2).total_cmp(nothing), Ordering::Greater);
        assert_eq!(nothing.total_cmp(Rate::new(0, 0)), Ordering::Equal);
    }

    #[test]
    fn only_a_value_can_exceed_one() {
        assert!(Rate::new(3, 2).exceeds_one());
        assert!(!Rate::new(2, 2).exceeds_one());
        assert!(!Rate::new(3, 0).exceeds_one());
    }

    #[test]
    fn a_rate_is_two_numbers_in_json() {
        let text = serde_json::to_string(&Rate::new(171, 190)).unwrap();
        assert_eq!(text, r#"{"part":171,"whole":190}"#);
        assert_eq!(serde_json::from_str::<Rate>(&text).unwrap(), Rate::new(171, 190));
    }

    fn rate() -> impl Strategy<Value = Rate> {
        let number = || prop_oneof![0..4_u64, any::<u64>()];
        (number(), number()).prop_map(|(part, whole)| Rate::new(part, whole))
    }

    proptest! {
        #[test]
        fn total_cmp_is_a_total_order_of_values(a in rate(), b in rate(), c in rate()) {
            prop_assert_eq!(a.total_cmp(a), Ordering::Equal);
            prop_assert_eq!(a.total_cmp(b), b.total_cmp(a).reverse());
            if a.total_cmp(b) == b.total_cmp(c) {
                prop_assert_eq!(a.total_cmp(c), a.total_cmp(b));
            }
        }
    }
}
