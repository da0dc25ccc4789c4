//! Numbers as JavaScript prints them, for the dialects whose clients compute percentages there.

/// Returns the text of `((part / whole) * 100).toFixed(decimals)` in JavaScript, and zero for a zero whole.
///
/// Both operations are rounded to doubles, so the text can differ from that of
/// [`Rate::percent`](crate::rate::Rate::percent), which rounds the exact value: 1003 of 20000 with two decimals is `5.01` here
/// and `5.02` there.
pub(super) fn percent(part: u64, whole: u64, decimals: u8) -> String {
    let percent = if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 };
    to_fixed(percent, decimals)
}

/// Returns the text of `value.toFixed(decimals)` in JavaScript, for a finite value.
///
/// The text is the one nearest to the exact value of the double; a tie goes away from zero, while Rust's formatting
/// takes the even digit. From 10^21 on, it is the shortest text in exponential form. Source: ECMA-262,
/// `Number.prototype.toFixed`.
fn to_fixed(value: f64, decimals: u8) -> String {
    // Turns -0 into 0.
    let value = value + 0.0;
    if value.abs() >= 1e21 {
        return format!("{value:e}").replace('e', "e+");
    }
    let precision = usize::from(decimals);
    let mut text = format!("{value:.precision$}");
    // A double has a finite binary expansion, so it is a tie only if it is an odd multiple of 1 / 2^(decimals + 1).
    let is_tie = (value * 2_f64.powi(i32::from(decimals) + 1)).abs() % 2.0 == 1.0;
    // With one decimal more, a tie is exact.
    let is_rounded_down = is_tie && format!("{value:.*}", precision + 1).starts_with(&text);
    if is_rounded_down {
        // Its last digit is even, so one more needs no carry.
        let odd = text.pop().and_then(|even| char::from_u32(u32::from(even) + 1));
        text.extend(odd);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_formatted_as_javascript_formats_them() {
        // Each as `node -e 'console.log(VALUE.toFixed(DECIMALS))'` prints it.
        for (value, decimals, text) in [
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
        ] {
            assert_eq!(to_fixed(value, decimals), text, "{value} with {decimals} decimals");
        }
    }

    #[test]
    fn percentages_are_formatted_as_the_clients_format_them() {
        for (part, whole, decimals, text) in [
            (42, 46, 2, "91.30"),
            (1, 46, 2, "2.17"),
            (1, 800, 2, "0.13"),
            (3, 800, 2, "0.38"),
            (1, 80, 1, "1.3"),
            (3, 80, 1, "3.8"),
            (1, 400, 1, "0.3"),
            (2, 3, 1, "66.7"),
            (312, 12_500, 1, "2.5"),
            // 5.015 exactly; as a double it is a little less.
            (1003, 20_000, 2, "5.01"),
            // Ties, which multiplying before dividing would round up.
            (23, 160, 2, "14.37"),
            (23, 80, 1, "28.7"),
            (5, 2, 2, "250.00"),
            (7, 7, 2, "100.00"),
            (u64::MAX, 1, 2, "1.8446744073709552e+21"),
            (3, 0, 2, "0.00"),
        ] {
            assert_eq!(percent(part, whole, decimals), text, "{part}/{whole}");
        }
    }

    proptest! {
        #[test]
        fn any_finite_double_has_its_decimals_or_an_exponent(bits: u64, decimals in 0..=100_u8) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = to_fixed(value, decimals);
            if value.abs() >= 1e21 {
                prop_assert_eq!(text.parse::<f64>().unwrap(), value);
            } else {
                let found = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                prop_assert_eq!(found, usize::from(decimals));
            }
        }

        #[test]
        fn a_number_is_rounded_to_the_nearest_and_a_tie_up(
            numerator in 0..1_u64 << 50, halvings in 0..12_u32, decimals in 0..10_u8,
        ) {
            let value = numerator as f64 / f64::from(1_u32 << halvings);
            let shown: u128 = to_fixed(value, decimals).replace('.', "").parse().unwrap();
            let exact = u128::from(numerator) * 10_u128.pow(decimals.into());
            prop_assert_eq!(shown, ((exact << 1) + (1 << halvings)) >> (halvings + 1));
        }
    }
}
