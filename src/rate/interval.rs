//! Confidence intervals of rates.

use super::Rate;

/// A confidence interval of a rate or of a [`Change`](super::Change), as fractions (0.05 is 5 %); both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The standard normal quantile of a 95 % interval; 2.5 % lie beyond it on either side.
    pub const Z_95: f64 = 1.959_963_984_540_054;

    /// Returns whether `fraction` is in the interval, ends included.
    pub fn contains(self, fraction: f64) -> bool {
        (self.low..=self.high).contains(&fraction)
    }
}

impl Rate {
    /// Returns the 95 % Wilson score interval: the range of long-run rates that this sample is consistent with.
    ///
    /// It also holds for few messages and for rates near zero, where the usual normal approximation fails. `None` if the
    /// whole is zero, and if the part exceeds the whole: such a rate is not a sample, because part and whole were
    /// counted over different messages. Source: E. B. Wilson, "Probable inference, the law of succession, and
    /// statistical inference", Journal of the American Statistical Association 22 (1927).
    ///
    /// ```
    /// use mailtally::rate::Rate;
    ///
    /// let interval = Rate::new(4, 5000).interval().unwrap();
    /// assert!(interval.contains(0.001), "4 complaints in 5000 do not prove a rate below 0.1 %");
    /// assert_eq!(Rate::new(0, 0).interval(), None);
    /// ```
    pub fn interval(self) -> Option<Interval> {
        self.interval_at(Interval::Z_95)
    }

    /// Returns the Wilson score interval for another confidence, given by its standard normal quantile `z` (1.645 for
    /// 90 %). `None` in the cases of [`Rate::interval`], and if `z` is negative, not finite, or too large to be squared.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    ///
    /// let (narrow, wide) = (Rate::new(1, 10).interval_at(1.645), Rate::new(1, 10).interval());
    /// assert!(narrow.unwrap().high < wide.unwrap().high);
    /// ```
    pub fn interval_at(self, z: f64) -> Option<Interval> {
        if !self.has_value() || self.exceeds_one() || !z.is_finite() || z < 0.0 {
            return None;
        }
        let (p, n) = (self.as_f64(), self.whole as f64);
        // z²/n, in an order that avoids overflow.
        let spread = z / n * z;
        let centre = p + spread / 2.0;
        let half_width = (spread * (p * (1.0 - p) + spread / 4.0)).sqrt();
        let high = ((centre + half_width) / (1.0 + spread)).min(1.0);
        // The ends are the roots of a quadratic whose product is known; `centre - half_width` loses digits near zero.
        let low = if self.part == 0 { 0.0 } else { p * p / (1.0 + spread) / high };
        (low.is_finite() && high.is_finite()).then_some(Interval { low: low.min(p), high: high.max(p) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn intervals_are_as_in_the_paper() {
        for (part, whole, low, high) in [
            (0, 10, 0.0, 0.2775),
            (1, 10, 0.0179, 0.4042),
            (5, 10, 0.2366, 0.7634),
            (10, 10, 0.7225, 1.0),
            // Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (1, 1000, 0.0002, 0.0056),
        ] {
            let interval = Rate::new(part, whole).interval().unwrap();
            assert!((interval.low - low).abs() < 5e-5, "{part}/{whole}: {interval:?}");
            assert!((interval.high - high).abs() < 5e-5, "{part}/{whole}: {interval:?}");
        }
    }

    #[test]
    fn the_ends_at_zero_and_at_one_are_exact() {
        for whole in 1..1000 {
            assert_eq!(Rate::new(0, whole).interval().unwrap().low, 0.0);
            assert_eq!(Rate::new(whole, whole).interval().unwrap().high, 1.0);
        }
    }

    #[test]
    fn a_rate_without_value_or_above_one_has_no_interval() {
        assert_eq!(Rate::new(0, 0).interval(), None);
        assert_eq!(Rate::new(3, 2).interval(), None);
        for z in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Rate::new(1, 2).interval_at(z), None);
        }
    }

    #[test]
    fn the_interval_without_confidence_is_the_rate_itself() {
        assert_eq!(Rate::new(1, 4).interval_at(0.0), Some(Interval { low: 0.25, high: 0.25 }));
    }

    proptest! {
        #[test]
        fn the_rate_lies_within_its_interval_and_more_confidence_is_wider(a: u64, b: u64, z in 0.0..10.0_f64) {
            let rate = Rate::new(a.min(b), a.max(b).max(1));
            let (inner, outer) = (rate.interval_at(z).unwrap(), rate.interval_at(z + 1.0).unwrap());
            prop_assert!(inner.contains(rate.as_f64()));
            prop_assert!(outer.low <= inner.low + 1e-12 && inner.high <= outer.high + 1e-12);
            prop_assert!(0.0 <= inner.low && inner.high <= 1.0);
        }

        #[test]
        fn the_interval_of_the_complement_is_mirrored(part in 0..=1000_u64) {
            let (rate, rest) = (Rate::new(part, 1000), Rate::new(1000 - part, 1000));
            let (here, there) = (rate.interval().unwrap(), rest.interval().unwrap());
            prop_assert!((here.low + there.high - 1.0).abs() < 1e-12);
        }

        #[test]
        fn no_input_panics(part: u64, whole: u64, bits: u64) {
            let _ = Rate::new(part, whole).interval_at(f64::from_bits(bits));
        }
    }
}
