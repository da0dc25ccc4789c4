//! Rates rounded to decimals, once, by integer arithmetic.

use rust_decimal::Decimal;

use super::Rate;

/// How a value is rounded to a number of decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rounding {
    /// To the nearest; a tie is rounded away from zero: 0.125 with two decimals is 0.13.
    HalfAwayFromZero,
    /// To the nearest; a tie is rounded to the even digit: 0.125 with two decimals is 0.12.
    HalfEven,
    /// Toward zero: 0.129 with two decimals is 0.12.
    Down,
}

impl Rate {
    /// The maximum number of decimals of a rounded rate.
    pub const MAX_DECIMALS: u32 = 18;

    /// The maximum number of decimals of [`Rate::fraction_text`].
    const TEXT_DECIMALS: u32 = 6;

    /// Returns the rate as a fraction (0.95 for 95 of 100), rounded once, from the exact value; `None` if the whole is
    /// zero.
    ///
    /// The result has exactly `decimals` decimals, so it prints `0.90`; [`Decimal::normalize`] drops trailing zeros. It
    /// has fewer if more than [`Rate::MAX_DECIMALS`] are requested, or more than fit beside the integer digits: all 18
    /// fit for a value below 79 billion.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    /// use mailtally::rate::Rounding::HalfAwayFromZero;
    ///
    /// let opened = Rate::new(171, 190).fraction(2, HalfAwayFromZero).unwrap();
    /// assert_eq!(opened.to_string(), "0.90");
    /// assert_eq!(opened.normalize().to_string(), "0.9");
    /// assert_eq!(Rate::new(0, 0).fraction(2, HalfAwayFromZero), None);
    /// ```
    pub fn fraction(self, decimals: u32, rounding: Rounding) -> Option<Decimal> {
        round(self.part.into(), self.whole.into(), 0, decimals, rounding)
    }

    /// Returns the rate in percent (95 for 95 of 100), rounded once, from the exact value; `None` if the whole is zero.
    /// The number of decimals is as in [`Rate::fraction`].
    ///
    /// ```
    /// use mailtally::rate::Rate;
    /// use mailtally::rate::Rounding::{Down, HalfAwayFromZero, HalfEven};
    ///
    /// let bounced = Rate::new(1, 800);
    /// assert_eq!(bounced.percent(2, HalfAwayFromZero).unwrap().to_string(), "0.13");
    /// assert_eq!(bounced.percent(2, HalfEven).unwrap().to_string(), "0.12");
    /// assert_eq!(bounced.percent(2, Down).unwrap().to_string(), "0.12");
    /// ```
    pub fn percent(self, decimals: u32, rounding: Rounding) -> Option<Decimal> {
        round(self.part.into(), self.whole.into(), 2, decimals, rounding)
    }

    /// Returns the fraction as this crate's own JSON shows it: at most six decimals, ties rounded away from zero,
    /// without trailing zeros; `None` if the whole is zero.
    ///
    /// Six decimals show one complaint in a million messages. The text is rounded; show part and whole with it.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    ///
    /// assert_eq!(Rate::new(19, 20).fraction_text().as_deref(), Some("0.95"));
    /// assert_eq!(Rate::new(2, 3).fraction_text().as_deref(), Some("0.666667"));
    /// assert_eq!(Rate::new(7, 7).fraction_text().as_deref(), Some("1"));
    /// assert_eq!(Rate::new(0, 0).fraction_text(), None);
    /// ```
    pub fn fraction_text(self) -> Option<String> {
        let rounded = self.fraction(Self::TEXT_DECIMALS, Rounding::HalfAwayFromZero)?;
        Some(rounded.normalize().to_string())
    }
}

/// Rounds `numerator / divisor * 10^shift` to `decimals` decimals, or to as many as a [`Decimal`] holds.
///
/// `None` for a zero divisor, and for a value beyond the range of a [`Decimal`].
pub(super) fn round(
    numerator: u128,
    divisor: u128,
    shift: u32,
    decimals: u32,
    rounding: Rounding,
) -> Option<Decimal> {
    (0..=decimals.min(Rate::MAX_DECIMALS)).rev().find_map(|decimals| {
        let mantissa = quotient(numerator, divisor, decimals + shift, rounding)?;
        Decimal::try_from_i128_with_scale(mantissa.try_into().ok()?, decimals).ok()
    })
}

/// Rounds `numerator / divisor * 10^digits` to an integer; `None` for a zero divisor and beyond 128 bits.
fn quotient(numerator: u128, divisor: u128, digits: u32, rounding: Rounding) -> Option<u128> {
    let mut quotient = numerator.checked_div(divisor)?;
    let mut remainder = numerator % divisor;
    for _ in 0..digits {
        let digit;
        (digit, remainder) = next_digit(remainder, divisor);
        quotient = quotient.checked_mul(10)?.checked_add(digit)?;
    }
    // Compares the remainder with half the divisor; twice the remainder could overflow.
    let half = remainder.cmp(&(divisor - remainder));
    let is_up = match rounding {
        Rounding::HalfAwayFromZero => half.is_ge(),
        Rounding::HalfEven => half.is_gt() || (half.is_eq() && quotient % 2 == 1),
        Rounding::Down => false,
    };
    quotient.checked_add(is_up.into())
}

/// Divides `10 * remainder` by `divisor`, and returns the digit and the next remainder.
///
/// It adds ten times instead of multiplying, because the product may need 132 bits.
fn next_digit(remainder: u128, divisor: u128) -> (u128, u128) {
    let (mut digit, mut rest) = (0, 0_u128);
    for _ in 0..10 {
        let (sum, has_overflowed) = rest.overflowing_add(remainder);
        let is_full = has_overflowed || sum >= divisor;
        rest = if is_full { sum.wrapping_sub(divisor) } else { sum };
        digit += u128::from(is_full);
    }
    (digit, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Rounding::{Down, HalfAwayFromZero, HalfEven};
    use super::*;

    fn fraction(part: u64, whole: u64, decimals: u32, rounding: Rounding) -> String {
        Rate::new(part, whole).fraction(decimals, rounding).unwrap().to_string()
    }

    #[test]
    fn decimals_are_kept_and_rounded_once() {
        for (part, whole, decimals, away, even, down) in [
            (171, 190, 2, "0.90", "0.90", "0.90"),
            (3, 190, 2, "0.02", "0.02", "0.01"),
            (1, 8, 2, "0.13", "0.12", "0.12"),
            (3, 8, 2, "0.38", "0.38", "0.37"),
            (1, 2, 0, "1", "0", "0"),
            (3, 2, 0, "2", "2", "1"),
            (50, 60, 4, "0.8333", "0.8333", "0.8333"),
            (60, 95, 4, "0.6316", "0.6316", "0.6315"),
            (999, 1000, 2, "1.00", "1.00", "0.99"),
            (0, 9, 3, "0.000", "0.000", "0.000"),
            (7, 2, 1, "3.5", "3.5", "3.5"),
            (1, 3, 18, "0.333333333333333333", "0.333333333333333333", "0.333333333333333333"),
        ] {
            assert_eq!(fraction(part, whole, decimals, HalfAwayFromZero), away, "{part}/{whole}");
            assert_eq!(fraction(part, whole, decimals, HalfEven), even, "{part}/{whole}");
            assert_eq!(fraction(part, whole, decimals, Down), down, "{part}/{whole}");
        }
    }

    #[test]
    fn a_tie_differs_from_the_next_smaller_value() {
        // 0.5 - 1/(2^64 - 1) / 2, which is 0.5 as a double.
        assert_eq!(fraction(u64::MAX / 2, u64::MAX, 0, HalfAwayFromZero), "0");
        assert_eq!(fraction(u64::MAX / 2 + 1, u64::MAX, 0, HalfEven), "1");
    }

    #[test]
    fn decimals_are_limited_to_what_fits() {
        assert_eq!(fraction(1, 3, u32::MAX, Down).len(), "0.".len() + 18);
        assert_eq!(fraction(u64::MAX, 1, 30, Down), "18446744073709551615.000000000");
        let percent = Rate::new(u64::MAX, 1).percent(30, Down).unwrap();
        assert_eq!(percent.to_string(), "1844674407370955161500.0000000");
    }

    #[test]
    fn long_division_holds_with_the_largest_divisor() {
        let nearly = u128::MAX - 1;
        assert_eq!(quotient(nearly, u128::MAX, 18, Down), Some(999_999_999_999_999_999));
        assert_eq!(quotient(nearly, u128::MAX, 18, HalfAwayFromZero), Some(1_000_000_000_000_000_000));
        assert_eq!(quotient(u128::MAX, 1, 1, Down), None);
    }

    proptest! {
        #[test]
        fn only_a_rate_over_zero_has_no_value(part: u64, whole: u64, decimals: u32) {
            for rounding in [HalfAwayFromZero, HalfEven, Down] {
                prop_assert_eq!(Rate::new(part, whole).fraction(decimals, rounding).is_some(), whole > 0);
                prop_assert_eq!(Rate::new(part, whole).percent(decimals, rounding).is_some(), whole > 0);
                prop_assert_eq!(Rate::new(part, 0).percent(decimals, rounding), None);
            }
        }

        #[test]
        fn a_shown_fraction_is_within_half_a_unit_of_the_value(
            part in 0..1_000_000_u64, whole in 1..1_000_000_u64, decimals in 0..=18_u32,
        ) {
            let (n, d) = (u128::from(part) * 10_u128.pow(decimals), u128::from(whole));
            for rounding in [HalfAwayFromZero, HalfEven] {
                let shown = Rate::new(part, whole).fraction(decimals, rounding).unwrap();
                prop_assert_eq!(shown.scale(), decimals);
                prop_assert!(shown.mantissa().unsigned_abs() * d * 2 <= n * 2 + d);
                prop_assert!(shown.mantissa().unsigned_abs() * d * 2 + d >= n * 2);
            }
            let cut = Rate::new(part, whole).fraction(decimals, Down).unwrap();
            prop_assert_eq!(cut.mantissa().unsigned_abs(), n / d);
        }

        #[test]
        fn a_fraction_is_at_most_one_when_the_part_is_within_the_whole(a: u64, b: u64, decimals in 0..20_u32) {
            let rate = Rate::new(a.min(b), a.max(b).max(1));
            prop_assert!(rate.fraction(decimals, HalfAwayFromZero).unwrap() <= Decimal::ONE);
        }
    }
}
