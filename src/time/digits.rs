//! Parsers of digits.

/// Parses exactly two ASCII digits.
pub(super) fn parse_two_digits(text: &str) -> Option<u32> {
    if text.len() == 2 { parse_digits(text)?.try_into().ok() } else { None }
}

/// Parses one or more ASCII digits, without a sign; `None` if the number exceeds `u64::MAX`.
pub(super) fn parse_digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Parses a year of four digits, or a sign and four to six digits.
pub(super) fn parse_year_of_any_length(text: &str) -> Option<i32> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let allowed_len = if unsigned.len() == text.len() { 4..=4 } else { 4..=6 };
    if !allowed_len.contains(&unsigned.len()) {
        return None;
    }
    parse_digits(unsigned)?;
    text.parse().ok()
}
