//! Instants in the forms in which mail systems write them.

use chrono::{DateTime, Utc};
use serde_json::{Number, Value};

use crate::time::{instant_from_number, parse_instant};

/// What an instant can be, for errors.
pub(in crate::source) const EXPECTED: &str = "an instant as seconds, milliseconds or microseconds since 1970, or as RFC 3339, RFC 2822 or \
                                   `YYYY-MM-DD HH:MM:SS`";

/// Returns the instant that a value of JSON is; `None` if it is none.
pub(super) fn from_value(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Number(number) => from_number(number),
        Value::String(text) => from_text(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns the instant of a number, whose size tells its unit. The fraction of a number of seconds is rounded to
/// microseconds.
fn from_number(number: &Number) -> Option<DateTime<Utc>> {
    match number.as_i128() {
        Some(number) => instant_from_number(number),
        None => from_seconds(number.as_f64()?),
    }
}

/// Returns the instant of a number with a fraction: seconds below 10^11, milliseconds below 10^14.
fn from_seconds(number: f64) -> Option<DateTime<Utc>> {
    let micros = match number.abs() {
        ..1e11 => number * 1e6,
        ..1e14 => number * 1e3,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "it is less than 10^17")]
    let micros = micros.round() as i64;
    DateTime::from_timestamp_micros(micros)
}

/// Returns the instant of a text: a number, RFC 3339, RFC 2822, or a date and a time in UTC without an offset.
pub(in crate::source) fn from_text(text: &str) -> Option<DateTime<Utc>> {
    // The common form first: it is in every line of a log.
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.contains('.');
    if is_number {
        return from_seconds(text.parse().ok()?);
    }
    let without_offset = || {
        let is_date_and_time = text.len() >= 19 && matches!(text.as_bytes().get(10), Some(b' ' | b'T'));
        is_date_and_time.then(|| parse_instant(&format!("{text}Z")).ok()).flatten()
    };
    parse_instant(text).ok().or_else(without_offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn instants_are_read_in_every_form() {
        let at: DateTime<Utc> = "2026-02-01T09:30:00.250Z".parse().unwrap();
        for value in [
            json!(1_769_938_200_250_u64),
            json!(1_769_938_200_250_000_u64),
            json!(1_769_938_200.25),
            json!(1_769_938_200_250.0),
            json!("1769938200.25"),
            json!("1769938200250"),
            json!("2026-02-01T09:30:00.250Z"),
            json!("2026-02-01T04:30:00.2500000-05:00"),
            json!("2026-02-01 09:30:00.250"),
            json!("2026-02-01T09:30:00.250"),
        ] {
            assert_eq!(from_value(&value), Some(at), "{value}");
        }
        let whole = at.timestamp();
        for value in [json!(1_769_938_200), json!("Sun, 01 Feb 2026 10:30:00 +0100"), json!("1769938200")] {
            assert_eq!(from_value(&value).map(|at| at.timestamp()), Some(whole), "{value}");
        }
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for value in [
            json!(null),
            json!(true),
            json!([1_769_938_200]),
            json!({}),
            json!(""),
            json!("soon"),
            json!("."),
            json!("2026-02-30 00:00:00"),
            json!("2026-02-01"),
            json!(1e300),
            json!(-1e300),
            json!(u64::MAX),
            json!("99999999999999999999999"),
            json!("1.2.3"),
        ] {
            assert_eq!(from_value(&value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_or_number_is_an_instant_or_none(text in any::<String>(), near in "[-0-9T: .Z+]{0,30}", number in any::<f64>()) {
            let _ = (from_text(&text), from_text(&near), from_seconds(number));
        }
    }
}
