//! Domain and host names in the one form in which they are compared.

use std::borrow::Cow;

use super::punycode;

/// The longest name and the longest label, in octets
/// ([RFC 1035, section 2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4), as text without the last dot).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// The name in lower-case A-labels without a trailing dot; `None` if it is no name that mail could go to.
///
/// Borrows, and allocates nothing, where the text is in this form already.
pub(super) fn normal(text: &str) -> Option<Cow<'_, str>> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    if is_name(bare) {
        return Some(Cow::Borrowed(bare));
    }
    // No character takes more than four octets, and encoding makes no name shorter than its number of characters.
    if bare.len() > 4 * LONGEST_NAME {
        return None;
    }
    let name = if bare.is_ascii() {
        bare.to_ascii_lowercase()
    } else {
        bare.split('.').map(a_label).collect::<Option<Vec<_>>>()?.join(".")
    };
    is_name(&name).then_some(Cow::Owned(name))
}

/// The name itself, then what is left of it after each of its dots: the longest first.
pub(super) fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |suffix| suffix.split_once('.').map(|(_, parent)| parent))
}

/// The label in lower case and, where that is not ASCII, encoded.
fn a_label(label: &str) -> Option<String> {
    // One character at a time: a Greek sigma is lower-cased the same wherever it stands.
    let lower: String = label.chars().flat_map(char::to_lowercase).collect();
    if lower.is_ascii() {
        return Some(lower);
    }
    // What else may not stand in a name is ASCII, which encoding keeps: it is found later.
    if lower.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    punycode::encode(&lower).map(|encoded| format!("xn--{encoded}"))
}

/// Whether the octet may stand in a label in normal form.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

/// Whether a text is made of labels in normal form, and is no IPv4 address: no top-level domain is all digits
/// ([RFC 3696, section 2](https://www.rfc-editor.org/rfc/rfc3696#section-2)).
fn is_name(text: &str) -> bool {
    let (mut label, mut all_digits) = (0, true);
    for byte in text.bytes() {
        if byte == b'.' {
            if label == 0 {
                return false;
            }
            (label, all_digits) = (0, true);
        } else if is_plain(byte) && label < LONGEST_LABEL {
            label += 1;
            all_digits &= byte.is_ascii_digit();
        } else {
            return false;
        }
    }
    label > 0 && !all_digits && text.len() <= LONGEST_NAME
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_a_trailing_dot_and_the_script_do_not_matter() {
        for (text, name) in [
            ("gmail.com", "gmail.com"),
            ("GMail.COM.", "gmail.com"),
            ("localhost", "localhost"),
            ("_dmarc.Example.org", "_dmarc.example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example.", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("\u{212a}.example", "k.example"),
            ("ΟΔΟΣ.example", "xn--pxavbq.example"),
        ] {
            assert_eq!(normal(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_name_in_normal_form_is_borrowed() {
        assert!(matches!(normal("mx1.example.com"), Some(Cow::Borrowed("mx1.example.com"))));
        assert!(matches!(normal("mx1.example.com."), Some(Cow::Borrowed("mx1.example.com"))));
    }

    #[test]
    fn what_is_no_name_has_no_normal_form() {
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".com",
            "gmail.com..",
            " gmail.com",
            "gmail.com\n",
            "a b.com",
            "jo@gmail.com",
            "[192.0.2.1]",
            "192.0.2.1",
            "[IPv6:2001:db8::1]",
            "2001:db8::1",
            "a/b",
            "ü@gmail.com",
            "ü b.com",
            "ü\u{a0}.com",
            "ü\0.com",
            "*.example.com",
        ] {
            assert_eq!(normal(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_label_has_at_most_63_octets_and_a_name_253() {
        let of = |octets: usize| format!("{}.example", "a".repeat(octets));
        assert!(normal(&of(63)).is_some());
        assert_eq!(normal(&of(64)), None);
        assert_eq!(normal(&of(64).to_uppercase()), None);
        // Each further ü is one more digit.
        let shortest_too_long =
            (1..).find(|&n| normal(&format!("{}.example", "ü".repeat(n))).is_none()).unwrap();
        assert!((40..=59).contains(&shortest_too_long), "{shortest_too_long}");
        let name = "a.".repeat(126) + "b";
        assert_eq!(normal(&name).map(|name| name.len()), Some(253));
        assert_eq!(normal(&format!("a{name}")), None);
        // What counts is the encoded name, however many octets the text takes: here 452 and 1,000,000.
        assert!(normal(&vec!["例".repeat(50); 3].join(".")).is_some());
        assert_eq!(normal(&"ü".repeat(500_000)), None);
    }

    #[test]
    fn suffixes_end_at_dots_and_the_longest_comes_first() {
        assert_eq!(suffixes("a.bc.d").collect::<Vec<_>>(), ["a.bc.d", "bc.d", "d"]);
        assert_eq!(suffixes("d").collect::<Vec<_>>(), ["d"]);
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own_normal_form(text in "\\PC{0,300}|([a-zA-ZüЖ_-]{1,9}\\.){0,4}[a-zÜж]{1,9}\\.?") {
            if let Some(name) = normal(&text) {
                prop_assert!(matches!(normal(&name), Some(Cow::Borrowed(same)) if same == name), "{}", name);
            }
        }
    }
}
