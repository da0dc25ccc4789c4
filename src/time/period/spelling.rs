//! Spellings of periods that are refused, because they can be meant in two ways.

use super::Period;
use crate::time::calendar::Unit;
use crate::time::digits::parse_digits;

/// What `last` is called in other places.
const LAST: [&str; 3] = ["last", "past", "previous"];

/// Returns what is expected instead of a length in words, such as `7 days`, `last 7d` or `previous month`; `None` for other
/// texts.
pub(super) fn instead_of_words(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let after_last = LAST.iter().find_map(|word| text.strip_prefix(word));
    let rest = after_last.map_or(text.as_str(), |rest| rest.trim_start_matches(is_space));
    let word = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = match &rest[..rest.len() - word.len()] {
        "" if after_last.is_some() => 1,
        number => u32::try_from(parse_digits(number)?).ok()?,
    };
    let word = word.trim_start_matches(is_space);
    let short = || if after_last.is_some() { unit_of_letters(word) } else { None };
    let unit = word.strip_suffix('s').unwrap_or(word).parse().ok().or_else(short)?;
    let whole = if count == 1 { format!("the whole {unit}") } else { format!("whole {unit}s") };
    let (rolling, last) = (rolling(count, unit), Period::last_whole(count, unit));
    Some(format!("`{rolling}` (until now) or `{last}` ({whole} before the current one)"))
}

/// Whether a character may be between words.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '_' | '-')
}

/// Returns the unit of a rolling period, such as `d`.
fn unit_of_letters(letters: &str) -> Option<Unit> {
    match letters {
        "h" => Some(Unit::Hour),
        "d" => Some(Unit::Day),
        "w" => Some(Unit::Week),
        "mo" => Some(Unit::Month),
        "y" => Some(Unit::Year),
        _ => None,
    }
}

/// Returns the rolling period of `count` units, such as `7d`.
fn rolling(count: u32, unit: Unit) -> String {
    match unit {
        Unit::Hour => format!("{count}h"),
        Unit::Day => format!("{count}d"),
        Unit::Week => format!("{count}w"),
        Unit::Month => format!("{count}mo"),
        Unit::Quarter => format!("{}mo", 3 * u64::from(count)),
        Unit::Year => format!("{count}y"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_meanings_of_a_length_in_words_are_given() {
        for (texts, expected) in [
            (
                &[
                    "7 days",
                    "7days",
                    "7 Days",
                    "7_days",
                    "7-days",
                    "7 day",
                    "last 7d",
                    "LAST_7_D",
                    "past 7 days",
                ][..],
                "`7d` (until now) or `last 7 days` (whole days before the current one)",
            ),
            (
                &["24 hours", "24hours", "last 24h", "previous 24 hours"],
                "`24h` (until now) or `last 24 hours` (whole hours before the current one)",
            ),
            (
                &["2 weeks", "last 2w"],
                "`2w` (until now) or `last 2 weeks` (whole weeks before the current one)",
            ),
            (
                &["2 quarters", "past 2 quarters"],
                "`6mo` (until now) or `last 2 quarters` (whole quarters before the current one)",
            ),
            (
                &["1 month", "previous month", "past_month", "last 1mo"],
                "`1mo` (until now) or `last month` (the whole month before the current one)",
            ),
            (
                &["1day", "last d", "previous day"],
                "`1d` (until now) or `yesterday` (the whole day before the current one)",
            ),
            (&["5years"], "`5y` (until now) or `last 5 years` (whole years before the current one)"),
        ] {
            for text in texts {
                let error = text.parse::<Period>().unwrap_err().to_string();
                assert_eq!(error, format!("invalid period `{text}`: expected {expected}"));
            }
        }
    }

    #[test]
    fn other_texts_are_not_taken_for_lengths_in_words() {
        for text in [
            "",
            "7",
            "7d",
            "7 d",
            "7q",
            "days",
            "last",
            "last fortnight",
            "last many days",
            "next month",
            "7 days ago",
            "4294967296 days",
            "last 99999999999999999999 d",
            "7.5 days",
            "-7 days",
        ] {
            assert_eq!(instead_of_words(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_spellings_in_an_error_are_accepted(count in any::<u32>(), word in "(hour|day|week|month|quarter|year)s?") {
            let expected = instead_of_words(&format!("{count} {word}")).unwrap();
            let quoted: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            prop_assert_eq!(quoted.len(), 2);
            for text in quoted {
                prop_assert!(text.parse::<Period>().is_ok(), "{}", text);
            }
        }

        #[test]
        fn any_text_is_explained_or_not(text in any::<String>(), near in "(last|past)?[ _-]?[0-9]{0,12}[ _-]?[a-zé]{0,8}") {
            let _ = (instead_of_words(&text), instead_of_words(&near));
        }
    }
}
