//! A rate against that of another period.

use rust_decimal::Decimal;

use super::Rate;
use super::interval::Interval;
use super::shown::{Rounding, decimal};

/// What became of a rate from one period to another.
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
    /// The rate that it is compared with.
    pub before: Rate,
}

impl Change {
    /// The difference in percentage points, `now` less `before`, rounded once from the exact value; `None` if either
    /// rate has no value.
    ///
    /// Places and zeros at the end are as in [`Rate::percent`]; a negative difference is rounded as its positive twin.
    pub fn points(self, places: u32, rounding: Rounding) -> Option<Decimal> {
        let wholes = u128::from(self.now.whole) * u128::from(self.before.whole);
        self.difference_over(wholes, places, rounding)
    }

    /// The growth in percent of the earlier rate: 50 from 2 % to 3 %, -100 from 2 % to nothing.
    ///
    /// `None` if either rate has no value, if the earlier rate is zero (from zero, nothing grows by a percentage, and
    /// never by 100 %), and for a growth beyond the range of a decimal, which is more than 7 · 10^28.
    pub fn growth_percent(self, places: u32, rounding: Rounding) -> Option<Decimal> {
        let valued = self.now.has_value() && self.before.has_value();
        let divisor = valued.then(|| self.before.times(self.now.whole))?;
        self.difference_over(divisor, places, rounding)
    }

    /// The 95 % interval of the difference, `now` less `before`, as fractions between -1 and 1; `None` if either rate
    /// has no [interval](Rate::interval).
    ///
    /// It is made of the two Wilson intervals and needs no further assumption, so it also holds for few messages and
    /// for rates near zero. Source: R. G. Newcombe, "Interval estimation for the difference between independent
    /// proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), method 10.
    pub fn interval(self) -> Option<Interval> {
        let (now, before) = (self.now.interval()?, self.before.interval()?);
        let (p, q) = (self.now.as_f64(), self.before.as_f64());
        let down = (p - now.low).hypot(before.high - q);
        let up = (now.high - p).hypot(q - before.low);
        Some(Interval { low: (p - q - down).max(-1.0), high: (p - q + up).min(1.0) })
    }

    /// Whether the change is more than noise: its 95 % [interval](Change::interval) does not contain zero.
    ///
    /// The two rates must be of different messages. Of many rates that have not changed, one in twenty is still called
    /// significant.
    pub fn is_significant(self) -> Option<bool> {
        self.interval().map(|interval| !interval.contains(0.0))
    }

    /// The difference of the cross products (each 64 times 64 bits), over `divisor`, in percent.
    fn difference_over(self, divisor: u128, places: u32, rounding: Rounding) -> Option<Decimal> {
        let (now, before) = (self.now.times(self.before.whole), self.before.times(self.now.whole));
        let magnitude = decimal(now.abs_diff(before), divisor, 2, places, rounding)?;
        // Without a minus before a zero.
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
    fn a_fall_is_rounded_as_a_rise() {
        let (rise, fall) = (change((1, 800), (0, 1)), change((0, 1), (1, 800)));
        assert_eq!(shown(rise.points(2, HalfAwayFromZero)).as_deref(), Some("0.13"));
        assert_eq!(shown(fall.points(2, HalfAwayFromZero)).as_deref(), Some("-0.13"));
        assert_eq!(shown(fall.points(2, Down)).as_deref(), Some("-0.12"));
    }

    #[test]
    fn a_growth_beyond_every_decimal_is_none() {
        assert_eq!(change((u64::MAX, 1), (1, u64::MAX)).growth_percent(0, Down), None);
    }

    #[test]
    fn intervals_are_those_of_the_paper() {
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
    fn a_change_is_significant_where_zero_is_outside() {
        assert_eq!(change((56, 70), (48, 80)).is_significant(), Some(true));
        assert_eq!(change((48, 80), (56, 70)).is_significant(), Some(true));
        assert_eq!(change((5, 56), (0, 29)).is_significant(), Some(false));
        assert_eq!(change((3, 2), (1, 2)).is_significant(), None);
        assert_eq!(change((1, 2), (0, 0)).is_significant(), None);
    }

    proptest! {
        #[test]
        fn the_other_direction_is_the_opposite(a: u32, b: u32, c: u32, d: u32) {
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
        fn no_input_panics(a: u64, b: u64, c: u64, d: u64, places: u32) {
            let change = change((a, b), (c, d));
            prop_assert_eq!(change.points(places, Down).is_some(), b > 0 && d > 0);
            let _ = (change.growth_percent(places, Down), change.interval());
        }
    }
}
