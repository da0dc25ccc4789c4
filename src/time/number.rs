//! Instants as numbers.

use chrono::{DateTime, Utc};

/// Returns the instant of an epoch number, whose size tells its unit: below 10^11 seconds, below 10^14 milliseconds, below
/// 10^17 microseconds; a negative number is seconds. `None` if it is out of range.
pub(crate) fn instant_from_number(number: i64) -> Option<DateTime<Utc>> {
    match number {
        ..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000..100_000_000_000_000_000 => DateTime::from_timestamp_micros(number),
        100_000_000_000_000_000.. => None,
    }
}
