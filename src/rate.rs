//! Rates: two integers until they are shown.
//!
//! * [`Rate`]: a part of a whole, exact. It is shown by [`Rate::fraction`] and [`Rate::percent`], with the places and
//!   the rounding written in the call.
//! * [`Definition`]: what a named rate divides by what, as data. [`Definition::STANDARD`] is this crate's own set, and a
//!   [`Preset`] is the set of another sender, so that a platform can show the figures that its customers know.
//! * [`Interval`]: how far chance alone may have moved a rate.
//! * [`Change`]: a rate against that of another period, and whether the difference is more than noise.
//! * [`Limit`]: the limits that mailbox providers publish, and a [`Verdict`] on a rate.
//!
//! Rates are never added, stored or averaged: add [`Counts`](crate::Counts), then ask for the rate. Nothing here needs
//! anything of this crate but the event types, so a host can use it on numbers of its own.
//!
//! ```
//! use mailtally::Rate;
//! use mailtally::rate::{Limit, Rounding, Verdict};
//!
//! let complaints = Rate::new(3, 190);
//! assert_eq!(complaints.percent(2, Rounding::HalfAwayFromZero).unwrap().to_string(), "1.58");
//! assert_eq!(Limit::GOOGLE_COMPLAINTS.verdict(complaints), Verdict::Exceeded);
//! ```

mod change;
mod definition;
mod interval;
mod limit;
pub(crate) mod preset;
mod shown;
mod standard;

use std::cmp::Ordering;
use std::fmt;

pub use change::Change;
pub use definition::{Definition, Eligibility, Side, Sum, Uncountable};
pub use interval::Interval;
pub use limit::{Limit, Verdict};
pub use preset::Preset;
/// The type of a shown rate, re-exported so that hosts can name it.
pub use rust_decimal::Decimal;
pub use shown::Rounding;

/// A part of a whole, exact: 171 opened of 190 delivered.
///
/// A rate may be more than one: an event that is counted when it happens can belong to a message of an earlier period.
/// A rate of a zero whole has no value: it is shown as `None`, never as zero.
///
/// Equality is that of the two numbers, because 1 of 2 says less than 500 of 1000; [`Rate::compare`] and [`Rate::rank`]
/// compare the values. As JSON it is `{"part":171,"whole":190}`.
///
/// ```
/// use std::cmp::Ordering;
///
/// use mailtally::Rate;
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
    /// A rate of `part` in `whole`.
    pub const fn new(part: u64, whole: u64) -> Self {
        Self { part, whole }
    }

    /// What is counted, such as the messages that were opened.
    pub const fn part(self) -> u64 {
        self.part
    }

    /// What it is counted among, such as the messages that were delivered.
    pub const fn whole(self) -> u64 {
        self.whole
    }

    /// Whether there is something to divide by. A rate without a value is shown as `None`.
    pub const fn has_value(self) -> bool {
        self.whole > 0
    }

    /// Whether the part is larger than the whole, which only happens where the two are counted over different messages.
    pub const fn exceeds_one(self) -> bool {
        self.has_value() && self.part > self.whole
    }

    /// Compares two values exactly; `None` if either rate has none.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        (self.has_value() && other.has_value()).then(|| self.cross(other))
    }

    /// Puts rates in order, smallest first: those without a value, all equal, before the others, which are compared
    /// exactly.
    ///
    /// ```
    /// use mailtally::Rate;
    ///
    /// let mut rates = [Rate::new(2, 3), Rate::new(0, 0), Rate::new(1, 2), Rate::new(0, 9)];
    /// rates.sort_by(|a, b| a.rank(*b));
    /// assert_eq!(rates, [Rate::new(0, 0), Rate::new(0, 9), Rate::new(1, 2), Rate::new(2, 3)]);
    /// ```
    pub fn rank(self, other: Self) -> Ordering {
        self.compare(other).unwrap_or_else(|| self.has_value().cmp(&other.has_value()))
    }

    /// The order of two values, by cross-multiplication; 64 bits times 64 bits fit into 128.
    fn cross(self, other: Self) -> Ordering {
        self.times(other.whole).cmp(&other.times(self.whole))
    }

    /// The nearest double to the quotient of the two numbers as doubles; not a number or infinite for a zero whole.
    fn as_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }

    /// The part times `factor`.
    fn times(self, factor: u64) -> u128 {
        u128::from(self.part) * u128::from(factor)
    }
}

impl fmt::Display for Rate {
    /// `part/whole`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_compared_where_floats_cannot() {
        let (nearly, one) = (Rate::new(u64::MAX - 1, u64::MAX), Rate::new(u64::MAX, u64::MAX));
        assert_eq!(nearly.compare(one), Some(Ordering::Less));
        assert_eq!(one.compare(nearly), Some(Ordering::Greater));
        assert_eq!(Rate::new(1, 3).compare(Rate::new(3, 9)), Some(Ordering::Equal));
    }

    #[test]
    fn a_zero_whole_has_no_value_and_ranks_first() {
        let nothing = Rate::new(3, 0);
        assert_eq!(nothing.compare(Rate::new(1, 2)), None);
        assert_eq!(Rate::new(1, 2).compare(nothing), None);
        assert_eq!(nothing.rank(Rate::new(0, 2)), Ordering::Less);
        assert_eq!(Rate::new(0, 2).rank(nothing), Ordering::Greater);
        assert_eq!(nothing.rank(Rate::new(0, 0)), Ordering::Equal);
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
        fn rank_is_a_total_order_of_values(a in rate(), b in rate(), c in rate()) {
            prop_assert_eq!(a.rank(a), Ordering::Equal);
            prop_assert_eq!(a.rank(b), b.rank(a).reverse());
            if a.rank(b) == b.rank(c) {
                prop_assert_eq!(a.rank(c), a.rank(b));
            }
        }
    }
}
