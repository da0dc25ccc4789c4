//! Numbers as JavaScript shows them, for the dialects whose clients compute their rates there.

use super::Rate;

impl Rate {
    /// The text of `((part / whole) * 100).toFixed(places)` in JavaScript; `None` for a zero whole.
    ///
    /// The order of the operations matters: both are done on doubles, so the result can differ from
    /// [`Rate::percent`], which rounds the exact value.
    ///
    /// ```
    /// use mailtally::rate::Rate;
    /// use mailtally::rate::Rounding::HalfAwayFromZero;
    ///
    /// assert_eq!(Rate::new(1, 800).js_percent(2).as_deref(), Some("0.13"));
    /// // 5.015 exactly; as a double it is a little less.
    /// let rate = Rate::new(1003, 20_000);
    /// assert_eq!(rate.percent(2, HalfAwayFromZero).unwrap().to_string(), "5.02");
    /// assert_eq!(rate.js_percent(2).as_deref(), Some("5.01"));
    /// ```
    pub fn js_percent(self, places: u32) -> Option<String> {
        self.has_value().then(|| to_fixed(self.as_f64() * 100.0, places))
    }

    /// The nearest double to the quotient of the two numbers as doubles; not a number or infinite for a zero whole.
    pub(super) fn as_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }
}

/// The text of `value.toFixed(places)` in JavaScript, for any double.
///
/// Among the texts with that many places it is the nearest to the *exact* value of the double, and of two that are
/// equally near the one further from zero. From 10^21 on it is the shortest text in exponential form, as there. At most
/// 100 places, where JavaScript throws a `RangeError`. Source: ECMA-262, `Number.prototype.toFixed`.
///
/// ```
/// use mailtally::rate::to_fixed;
///
/// assert_eq!(to_fixed(0.125, 2), "0.13");
/// assert_eq!(format!("{:.2}", 0.125), "0.12", "Rust takes the even digit");
/// assert_eq!(to_fixed(1.005, 2), "1.00", "the double is a little less than 1.005");
/// ```
pub fn to_fixed(value: f64, places: u32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        format!("{sign}Infinity")
    } else if magnitude >= 1e21 {
        format!("{sign}{}", format!("{magnitude:e}").replace('e', "e+"))
    } else {
        format!("{sign}{}", half_up(&exact_digits(magnitude), places.min(100) as usize))
    }
}

/// The exact decimal expansion of a finite double: it ends, after as many places as the double has binary ones.
fn exact_digits(magnitude: f64) -> String {
    /// A double is an integer of 53 bits, halved as often as its exponent field is short of this.
    const INTEGER: u16 = 1075;
    let [high, low, ..] = magnitude.to_be_bytes();
    let exponent = u16::from_be_bytes([high & 0x7f, low]) >> 4;
    let places = usize::from(INTEGER.saturating_sub(exponent.max(1)));
    format!("{magnitude:.places$}")
}

/// An exact decimal text cut to `places` places; half a unit or more goes up.
fn half_up(exact: &str, places: usize) -> String {
    let (integer, fraction) = exact.split_once('.').unwrap_or((exact, ""));
    let shown = fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
    let mut digits: Vec<u8> = integer.bytes().chain(shown).collect();
    if fraction.as_bytes().get(places).is_some_and(|digit| *digit >= b'5') {
        increment(&mut digits);
    }
    let point = digits.len() - places;
    let mut text: String = digits.into_iter().map(char::from).collect();
    if places > 0 {
        text.insert(point, '.');
    }
    text
}

/// Adds one to a number written in ASCII digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit != b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_those_of_javascript() {
        // Each as `node -e 'console.log(VALUE.toFixed(PLACES))'` prints it.
        for (value, places, text) in [
            (0.0, 0, "0"),
            (-0.0, 2, "0.00"),
            (0.5, 0, "1"),
            (1.5, 0, "2"),
            (2.5, 0, "3"),
            (-2.5, 0, "-3"),
            (-0.0001, 2, "-0.00"),
            (0.125, 2, "0.13"),
            (0.375, 2, "0.38"),
            (1.25, 1, "1.3"),
            (1.005, 2, "1.00"),
            (8.345, 2, "8.35"),
            (10.235, 2, "10.23"),
            (9.999, 2, "10.00"),
            (99.95, 1, "100.0"),
            (0.1, 20, "0.10000000000000000555"),
            (5e-324, 2, "0.00"),
            (1e-10, 20, "0.00000000010000000000"),
            (4503599627370495.5, 0, "4503599627370496"),
            (1125899906842624.2, 1, "1125899906842624.3"),
            (123456789012345680000.0, 2, "123456789012345683968.00"),
            (999999999999999900000.0, 0, "999999999999999868928"),
            (1e21, 2, "1e+21"),
            (-1.5e300, 2, "-1.5e+300"),
            (f64::NAN, 2, "NaN"),
            (f64::INFINITY, 2, "Infinity"),
            (f64::NEG_INFINITY, 2, "-Infinity"),
        ] {
            assert_eq!(to_fixed(value, places), text, "{value} with {places} places");
        }
    }

    #[test]
    fn percents_are_those_of_the_clients() {
        for (part, whole, places, text) in [
            (42, 46, 2, "91.30"),
            (1, 46, 2, "2.17"),
            (1, 800, 2, "0.13"),
            (3, 800, 2, "0.38"),
            (1, 80, 1, "1.3"),
            (3, 80, 1, "3.8"),
            (1, 400, 1, "0.3"),
            (2, 3, 1, "66.7"),
            (312, 12_500, 1, "2.5"),
            // Ties, which multiplying before dividing would round up.
            (23, 160, 2, "14.37"),
            (23, 80, 1, "28.7"),
            (5, 2, 2, "250.00"),
            (7, 7, 2, "100.00"),
        ] {
            assert_eq!(Rate::new(part, whole).js_percent(places).as_deref(), Some(text), "{part}/{whole}");
        }
        assert_eq!(Rate::new(3, 0).js_percent(2), None);
    }

    #[test]
    fn the_expansion_of_a_double_is_exact() {
        assert_eq!(exact_digits(f64::from_bits(1)).len(), "0.".len() + 1074);
        for value in [0.1, 1.005, 33.333, 1e-300, f64::MIN_POSITIVE, 2e-310] {
            let longer = format!("{value:.1200}");
            assert_eq!(exact_digits(value).trim_end_matches('0'), longer.trim_end_matches('0'));
        }
    }

    proptest! {
        #[test]
        fn any_double_has_a_text_and_those_in_range_read_back_within_half_a_unit(bits: u64, places: u32) {
            let value = f64::from_bits(bits);
            let text = to_fixed(value, places);
            if value.abs() >= 1e21 {
                prop_assert_eq!(text.parse::<f64>().unwrap(), value);
            } else if value.is_finite() {
                let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                prop_assert_eq!(digits, places.min(100) as usize);
            }
        }

        #[test]
        fn away_from_ties_rust_and_javascript_agree(value in 0.0..1e6_f64, places in 0..20_u8) {
            let (text, exact) = (to_fixed(value, places.into()), exact_digits(value));
            let places = usize::from(places);
            let dropped = exact.split_once('.').map_or("", |(_, digits)| digits.get(places..).unwrap_or(""));
            if dropped.trim_end_matches('0') != "5" {
                prop_assert_eq!(text, format!("{value:.places$}"));
            }
        }
    }
}
