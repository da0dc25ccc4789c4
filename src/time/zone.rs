//! Names of time zones.

use chrono_tz::{TZ_VARIANTS, Tz};
use strsim::osa_distance;

use crate::parse_error::{ParseError, alternatives};

/// The maximum length of a text that names are compared with, in bytes. The longest name has 32.
const MAX_COMPARED: usize = 40;

/// The maximum number of names in an error.
const MAX_NAMES: usize = 3;

/// Parses the name of a time zone in the IANA database, case-insensitively.
///
/// The error names the zones whose name, or whose last part, differs by a letter or two.
///
/// ```
/// use mailtally::time::parse_zone;
///
/// assert_eq!(parse_zone("europe/berlin")?.name(), "Europe/Berlin");
/// assert_eq!(
///     parse_zone("Amercia/New_York").unwrap_err().to_string(),
///     "invalid time zone `Amercia/New_York`: expected an IANA name, perhaps `America/New_York`",
/// );
/// assert_eq!(
///     parse_zone("CEST").unwrap_err().to_string(),
///     "invalid time zone `CEST`: expected an IANA name such as `Europe/Berlin`",
/// );
/// # Ok::<(), mailtally::ParseError>(())
/// ```
///
/// # Errors
///
/// [`ParseError`] if no zone has this name.
pub fn parse_zone(text: &str) -> Result<Tz, ParseError> {
    let in_any_case = || TZ_VARIANTS.into_iter().find(|zone| zone.name().eq_ignore_ascii_case(text));
    text.parse().ok().or_else(in_any_case).ok_or_else(|| {
        let expected = match nearest_names(text).as_slice() {
            [] => "an IANA name such as `Europe/Berlin`".to_owned(),
            names => format!("an IANA name, perhaps {}", alternatives(names.iter().copied())),
        };
        ParseError::invalid("time zone", text, expected)
    })
}

/// Returns at most [`MAX_NAMES`] names that resemble `text`, or whose last part resembles that of `text`.
fn nearest_names(text: &str) -> Vec<&'static str> {
    if text.len() > MAX_COMPARED {
        return Vec::new();
    }
    let names = nearest_by(text, |name| name);
    if names.is_empty() { nearest_by(last_part(text), last_part) } else { names }
}

/// Returns the names whose `part` has the smallest distance from `text`, if that is small; at most [`MAX_NAMES`], in
/// alphabetical order.
fn nearest_by(text: &str, part: impl Fn(&'static str) -> &'static str) -> Vec<&'static str> {
    let text = normalized(text);
    let max = max_distance(&text);
    let mut nearest = Vec::new();
    let mut smallest = max;
    for name in TZ_VARIANTS.into_iter().map(Tz::name).filter(|name| can_be_meant(name)) {
        let part = part(name);
        if part.len().abs_diff(text.chars().count()) > max {
            continue;
        }
        let distance = osa_distance(&text, &normalized(part));
        if distance < smallest {
            smallest = distance;
            nearest.clear();
        }
        if distance == smallest {
            nearest.push(name);
        }
    }
    nearest.sort_unstable();
    nearest.truncate(MAX_NAMES);
    nearest
}

/// Returns the largest number of inserted, missing, other or swapped letters that is taken for a mistake. Abbreviations such
/// as `CEST` have none: one letter off is another zone.
fn max_distance(text: &str) -> usize {
    match text.chars().count() {
        0..=4 => 0,
        5..=15 => 1,
        _ => 2,
    }
}

/// Whether a name is suggested. One with a digit is not: it is an offset, and `Etc/GMT+1` is an hour behind UTC.
fn can_be_meant(name: &str) -> bool {
    !name.bytes().any(|byte| byte.is_ascii_digit())
}

fn last_part(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

/// Returns the text in lower case, with `_` for spaces and hyphens.
fn normalized(text: &str) -> String {
    text.to_ascii_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_zone_is_found_case_insensitively() {
        for zone in TZ_VARIANTS {
            assert_eq!(parse_zone(zone.name()), Ok(zone));
            assert!(parse_zone(&zone.name().to_uppercase()).is_ok());
        }
    }

    #[test]
    fn the_error_for_a_misspelled_name_has_the_nearest_names() {
        for (text, names) in [
            ("Europe/Berln", "`Europe/Berlin`"),
            ("EUROPE/BERLINN", "`Europe/Berlin`"),
            ("Europe/Berlin ", "`Europe/Berlin`"),
            ("Europe_Berlin", "`Europe/Berlin`"),
            ("Amercia/New_York", "`America/New_York`"),
            ("America/Newyork", "`America/New_York`"),
            ("Asia/Calcuta", "`Asia/Calcutta`"),
            ("Europe/Zürich", "`Europe/Zurich`"),
            ("Amerika/Sao_Paolo", "`America/Sao_Paulo`"),
            ("US/Easter", "`US/Eastern`"),
            ("Singapor", "`Singapore`"),
            // Only the last part.
            ("berlin", "`Europe/Berlin`"),
            ("Berln", "`Europe/Berlin`"),
            ("Germany/Berlin", "`Europe/Berlin`"),
            ("new york", "`America/New_York`"),
            ("Rome", "`Europe/Rome`"),
            ("buenos aires", "`America/Argentina/Buenos_Aires` or `America/Buenos_Aires`"),
        ] {
            assert_eq!(
                parse_zone(text).unwrap_err().to_string(),
                format!("invalid time zone `{text}`: expected an IANA name, perhaps {names}")
            );
        }
    }

    #[test]
    fn the_error_for_another_text_has_an_example() {
        for text in [
            "",
            "/",
            "Europe/",
            "Mars/Olympus",
            "Europe/Munich",
            "Asia/Mumbai",
            "America/San_Francisco",
            "CEST",
            "EDT",
            "Z",
            "+01:00",
            "UTC+1",
            "GMT+1",
            "GMT+20",
            "Etc/GMT+20",
            "EST5",
        ] {
            assert_eq!(
                parse_zone(text).unwrap_err().to_string(),
                format!("invalid time zone `{text}`: expected an IANA name such as `Europe/Berlin`")
            );
        }
        assert!(nearest_names(&"Europe/Berlin".repeat(1_000_000)).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>(), near in "[A-Za-z/_ +0-9é]{0,50}") {
            let _ = (parse_zone(&text), parse_zone(&near));
        }

        #[test]
        fn one_missing_letter_of_a_name_with_a_region_is_found(
            name in (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index].name()),
            index in any::<prop::sample::Index>(),
        ) {
            prop_assume!(name.contains('/') && can_be_meant(name));
            let mut text = name.to_owned();
            text.remove(index.index(name.len()));
            if parse_zone(&text).is_err() {
                prop_assert!(nearest_names(&text).contains(&name), "{}: {:?}", text, nearest_names(&text));
            }
        }
    }
}
