//! The difference between the rates of two periods.

use rust_decimal::Decimal;

use super::Rate;
use super::interval::Interval;
use super::rounding::{Rounding, round};

/// A rate and the rate of an earlier period that it is compared with.
///
/// ```
/// use mailtally::rate::Rate;
/// use mailtally::rate::Change;
/// use mailtally::rate::Rounding::HalfAwayFromZero;
///
/// let change = Change { now: Rate::new(30, 1000), before: Rate::new(20, 1000) };
/// assert_eq!(change.points(1, HalfAwayFromZero).unwrap().to_string(), "1.0");
/// assert_eq!(change.growth_percent(1, HalfAwayFromZero).unwrap().to_string(), "50.0");
/// assert_eq!(change.is_significant(), Some(false), "one point in a thousand messages may be chance");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// The rate of the period in question.
    pub now: Rate,
    /// The rate of the earlier period.
    pub before: Rate,
}

impl Change {
    /// Returns the difference in percentage points, `now` minus `before`; `None` if either rate has no value.
    ///
    /// It is rounded once, from the exact value; a negative difference is rounded like the positive one. The number of
    /// decimals is as in [`Rate::fraction`]. From 2 % to 3 % is 1.
    pub fn points(self, decimals: u32, rounding: Rounding) -> Option<Decimal> {
        let wholes = u128::from(self.now.whole) * u128::from(self.before.whole);
        self.difference_percent(wholes, decimals, rounding)
    }

    /// Returns the growth in percent of the earlier rate; `None` if either rate has no value, if the earlier rate is
    /// zero, and if the growth is beyond the range of a decimal (more than 7 · 10^28).
    ///
    /// Rounding and decimals are as in [`Change::points`]. From 2 % to 3 % is 50; from 2 % to zero is -100.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    /// use mailtally::rate::Change;
    /// use mailtally::rate::Rounding::HalfAwayFromZero;
    ///
    /// let first = Change { now: Rate::new(1, 100), before: Rate::new(0, 100) };
    /// assert_eq!(first.growth_percent(1, HalfAwayFromZero), None);
    /// ```
    pub fn growth_percent(self, decimals: u32, rounding: Rounding) -> Option<Decimal> {
        let valued = self.now.has_value() && self.before.has_value();
        let divisor = valued.then(|| self.before.part_times(self.now.whole))?;
        self.difference_percent(divisor, decimals, rounding)
    }

    /// Returns the 95 % confidence interval of the difference `now` minus `before`, as fractions from -1 to 1; `None` if
    /// either rate has no [interval](Rate::interval).
    ///
    /// It combines the Wilson intervals of the two rates, so it also holds for few messages and for rates near zero.
    /// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    /// eleven methods", Statistics in Medicine 17 (1998), method 10.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    /// use mailtally::rate::Change;
    ///
    /// let change = Change { now: Rate::new(56, 70), before: Rate::new(48, 80) };
    /// let interval = change.interval().unwrap();
    /// assert_eq!(format!("{:.4} to {:.4}", interval.low, interval.high), "0.0524 to 0.3339");
    /// ```
    pub fn interval(self) -> Option<Interval> {
        let (now, before) = (self.now.interval()?, self.before.interval()?);
        let (p, q) = (self.now.as_f64(), self.before.as_f64());
        let down = (p - now.low).hypot(before.high - q);
        let up = (now.high - p).hypot(q - before.low);
        Some(Interval { low: (p - q - down).max(-1.0), high: (p - q + up).min(1.0) })
    }

    /// Returns whether the change is more than chance explains: whether its 95 % [interval](Change::interval) excludes
    /// zero. `None` if there is no interval.
    ///
    /// The two rates must be of different messages. Of many rates that have not really changed, about one in twenty is
    /// reported as significant.
    pub fn is_significant(self) -> Option<bool> {
        self.interval().map(|interval| !interval.contains(0.0))
    }

    /// The difference of the cross products over `divisor`, in percent; each product fits into 128 bits.
    fn difference_percent(self, divisor: u128, decimals: u32, rounding: Rounding) -> Option<Decimal> {
        let (now, before) = (self.now.part_times(self.before.whole), self.before.part_times(self.now.whole));
        let magnitude = round(now.abs_diff(before), divisor, 2, decimals, rounding)?;
        // A negative zero would print as `-0.00`.
        Some(if now < before && !magnitude.is_zero() { -magnitude } else { magnitude })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Rounding::{Down, HalfAwayFromZero};
    use super::*;

    fn change(now: (u64, u64), before: (u64, u64)) -> Change {
        Change { now: Rate::new(now.0, now.1), before: Rate::new(before.0, before.1) }
    }

    fn shown(value: Option<Decimal>) -> Option<String> {
        value.map(|value| value.to_string())
    }

    #[test]
    fn points_and_growth_are_exact() {
        for (now, before, points, growth) in [
            ((3, 100), (2, 100), Some("1.00"), Some("50.00")),
            ((2, 100), (3, 100), Some("-1.00"), Some("-33.33")),
            ((1, 3), (1, 7), Some("19.05"), Some("133.33")),
            ((0, 5), (1, 5), Some("-20.00"), Some("-100.00")),
            ((1, 5), (0, 5), Some("20.00"), None),
            ((0, 5), (0, 5), Some("0.00"), None),
            ((1, 5), (1, 0), None, None),
            ((1, 0), (1, 5), None, None),
            ((0, 0), (0, 0), None, None),
            ((1, 2), (3, 6), Some("0.00"), Some("0.00")),
            ((1, 100_000), (2, 100_000), Some("0.00"), Some("-50.00")),
            ((1, 16), (0, 1), Some("6.25"), None),
        ] {
            let change = change(now, before);
            assert_eq!(shown(change.points(2, HalfAwayFromZero)).as_deref(), points, "{change:?}");
            assert_eq!(shown(change.growth_percent(2, HalfAwayFromZero)).as_deref(), growth, "{change:?}");
        }
    }

    #[test]
    fn a_decrease_is_rounded_as_an_increase() {
        let (rise, fall) = (change((1, 800), (0, 1)), change((0, 1), (1, 800)));
        assert_eq!(shown(rise.points(2, HalfAwayFromZero)).as_deref(), Some("0.13"));
        assert_eq!(shown(fall.points(2, HalfAwayFromZero)).as_deref(), Some("-0.13"));
        assert_eq!(shown(fall.points(2, Down)).as_deref(), Some("-0.12"));
    }

    #[test]
    fn a_growth_that_does_not_fit_a_decimal_is_none() {
        assert_eq!(change((u64::MAX, 1), (1, u64::MAX)).growth_percent(0, Down), None);
    }

    #[test]
    fn intervals_are_as_in_the_paper() {
        // Newcombe (1998), table II, the row of method 10.
        for (now, before, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let interval = change(now, before).interval().unwrap();
            assert!((interval.low - low).abs() < 1e-4, "{now:?} {before:?}: {interval:?}");
            assert!((interval.high - high).abs() < 1e-4, "{now:?} {before:?}: {interval:?}");
        }
    }

    #[test]
    fn a_change_is_significant_if_zero_is_outside_its_interval() {
        assert_eq!(change((56, 70), (48, 80)).is_significant(), Some(true));
        assert_eq!(change((48, 80), (56, 70)).is_significant(), Some(true));
        assert_eq!(change((5, 56), (0, 29)).is_significant(), Some(false));
        assert_eq!(change((3, 2), (1, 2)).is_significant(), None);
        assert_eq!(change((1, 2), (0, 0)).is_significant(), None);
    }

    proptest! {
        #[test]
        fn the_opposite_change_has_the_opposite_sign(a: u32, b: u32, c: u32, d: u32) {
            let (here, there) = (u64::from(a.min(b)), u64::from(c.min(d)));
            let now = (here, u64::from(a.max(b)));
            let before = (there, u64::from(c.max(d)));
            let (forth, back) = (change(now, before), change(before, now));
            prop_assert_eq!(
                forth.points(6, HalfAwayFromZero),
                back.points(6, HalfAwayFromZero).map(|points| -points)
            );
            prop_assert_eq!(forth.is_significant(), back.is_significant());
        }

        #[test]
        fn no_input_panics(a: u64, b: u64, c: u64, d: u64, decimals: u32) {
            let change = change((a, b), (c, d));
            prop_assert_eq!(change.points(decimals, Down).is_some(), b > 0 && d > 0);
            let _ = (change.growth_percent(decimals, Down), change.interval());
        }
    }
}
