//! Instants as numbers.

use chrono::{DateTime, Utc};

/// The numbers that are instants, for errors.
pub(super) const EXPECTED_NUMBERS: &str =
    "seconds (below 10^11), milliseconds (below 10^14) or microseconds (below 10^17) since 1970";

/// The first number that is not in seconds but in milliseconds; as seconds, it would be in the year 5138.
const END_OF_SECONDS: i64 = 100_000_000_000;

/// The first number that is not in milliseconds but in microseconds.
const END_OF_MILLIS: i64 = 1000 * END_OF_SECONDS;

/// The first number that is not an instant.
const END_OF_MICROS: i64 = 1000 * END_OF_MILLIS;

/// Returns the instant that is `number` seconds, milliseconds or microseconds after 1970-01-01T00:00:00Z. The size tells the
/// unit:
///
/// | number | unit | instants |
/// |---|---|---|
/// | negative | seconds | before 1970 |
/// | below 10^11 | seconds | 1970 to November 5138 |
/// | below 10^14 | milliseconds | March 1973 to November 5138 |
/// | below 10^17 | microseconds | March 1973 to November 5138 |
///
/// `None` for greater numbers, and for instants before chrono's range of years.
pub(crate) fn instant_from_number(number: i128) -> Option<DateTime<Utc>> {
    match i64::try_from(number).ok()? {
        seconds @ ..END_OF_SECONDS => DateTime::from_timestamp(seconds, 0),
        millis @ ..END_OF_MILLIS => DateTime::from_timestamp_millis(millis),
        micros @ ..END_OF_MICROS => DateTime::from_timestamp_micros(micros),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::range::print_instant;
    use super::*;

    #[test]
    fn the_size_of_a_number_tells_its_unit() {
        for (number, instant) in [
            (-8_334_601_228_800, Some("-262143-01-01T00:00:00Z")),
            (-1_739_750_400, Some("1914-11-15T00:00:00Z")),
            (-1, Some("1969-12-31T23:59:59Z")),
            (0, Some("1970-01-01T00:00:00Z")),
            (1_739_750_400, Some("2025-02-17T00:00:00Z")),
            (99_999_999_999, Some("5138-11-16T09:46:39Z")),
            (100_000_000_000, Some("1973-03-03T09:46:40Z")),
            (1_739_750_400_250, Some("2025-02-17T00:00:00.250Z")),
            (99_999_999_999_999, Some("5138-11-16T09:46:39.999Z")),
            (100_000_000_000_000, Some("1973-03-03T09:46:40Z")),
            (1_739_750_400_250_001, Some("2025-02-17T00:00:00.250001Z")),
            (99_999_999_999_999_999, Some("5138-11-16T09:46:39.999999Z")),
            (100_000_000_000_000_000, None),
            (1_739_750_400_000_000_000, None),
            (i64::MAX.into(), None),
            (i128::from(i64::MAX) + 1, None),
            (u64::MAX.into(), None),
            (i128::MAX, None),
            (-8_334_601_228_801, None),
            (i64::MIN.into(), None),
            (i128::MIN, None),
        ] {
            assert_eq!(instant_from_number(number).map(print_instant).as_deref(), instant, "{number}");
        }
    }

    proptest! {
        #[test]
        fn the_three_units_of_an_instant_are_the_same_instant(seconds in END_OF_SECONDS / 1000..END_OF_SECONDS) {
            let at = DateTime::from_timestamp(seconds, 0);
            for factor in [1, 1000, 1_000_000] {
                prop_assert_eq!(instant_from_number(i128::from(seconds) * factor), at);
            }
        }

        #[test]
        fn any_number_is_an_instant_or_refused(number in any::<i128>(), near in any::<i64>()) {
            let _ = (instant_from_number(number), instant_from_number(near.into()));
        }
    }
}
