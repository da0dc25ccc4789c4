//! Domain and host names in the form in which they are compared.

use std::borrow::Cow;

/// The maximum length of a name without its trailing dot, and of a label, in bytes
/// ([RFC 1035, section 2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4)).
const MAX_NAME_LEN: usize = 253;
const MAX_LABEL_LEN: usize = 63;

/// Returns the name in lower-case A-labels without a trailing dot; `None` if it is no domain name.
///
/// Borrows, without allocating, where the text has this form already, except for the dot.
pub(super) fn normalize(text: &str) -> Option<Cow<'_, str>> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    if is_normalized(bare) {
        return Some(Cow::Borrowed(bare));
    }
    // A character has at most four bytes, and a name has no fewer bytes encoded than it has characters. The limit also
    // keeps the encoder fast, whose time grows with the square of the length, and its 32-bit numbers from overflowing.
    if bare.len() > 4 * MAX_NAME_LEN {
        return None;
    }
    let name = if bare.is_ascii() {
        bare.to_ascii_lowercase()
    } else {
        bare.split('.').map(to_a_label).collect::<Option<Vec<_>>>()?.join(".")
    };
    is_normalized(&name).then_some(Cow::Owned(name))
}

/// Returns the name itself, then what follows each of its dots: the longest suffix first.
pub(super) fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |suffix| suffix.split_once('.').map(|(_, parent)| parent))
}

/// Returns the label in lower case and, if that is not ASCII, as an A-label.
///
/// Lower-casing and Punycode are used instead of the full mapping of UTS 46: the Unicode tables of the `idna` crate are
/// under the Unicode licence, which is not among those that this crate depends on.
fn to_a_label(label: &str) -> Option<String> {
    // One character at a time, so that a final Greek sigma becomes the same letter as any other.
    let lower: String = label.chars().flat_map(char::to_lowercase).collect();
    if lower.is_ascii() {
        return Some(lower);
    }
    // Other characters that a name cannot have are ASCII. Punycode keeps them, and `is_normalized` finds them.
    if lower.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    punycode::encode(&lower).ok().map(|encoded| format!("xn--{encoded}"))
}

/// Whether the text is a name of lower-case A-labels without a trailing dot, and no IPv4 address: no top-level domain is
/// all digits ([RFC 3696, section 2](https://www.rfc-editor.org/rfc/rfc3696#section-2)).
fn is_normalized(text: &str) -> bool {
    let (mut label_len, mut all_digits) = (0, true);
    for byte in text.bytes() {
        if byte == b'.' && label_len > 0 {
            (label_len, all_digits) = (0, true);
        } else if is_label_byte(byte) && label_len < MAX_LABEL_LEN {
            label_len += 1;
            all_digits &= byte.is_ascii_digit();
        } else {
            return false;
        }
    }
    label_len > 0 && !all_digits && text.len() <= MAX_NAME_LEN
}

fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_a_trailing_dot_and_the_form_of_labels_do_not_matter() {
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
            assert_eq!(normalize(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_normalized_name_is_borrowed() {
        assert!(matches!(normalize("mx1.example.com"), Some(Cow::Borrowed("mx1.example.com"))));
        assert!(matches!(normalize("mx1.example.com."), Some(Cow::Borrowed("mx1.example.com"))));
    }

    #[test]
    fn an_invalid_domain_name_is_refused() {
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
            assert_eq!(normalize(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_label_has_at_most_63_octets_and_a_name_253() {
        let of = |octets: usize| format!("{}.example", "a".repeat(octets));
        assert!(normalize(&of(63)).is_some());
        assert_eq!(normalize(&of(64)), None);
        assert_eq!(normalize(&of(64).to_uppercase()), None);
        // Each further ü is one more digit.
        let shortest_too_long =
            (1..).find(|&n| normalize(&format!("{}.example", "ü".repeat(n))).is_none()).unwrap();
        assert!((40..=59).contains(&shortest_too_long), "{shortest_too_long}");
        let name = "a.".repeat(126) + "b";
        assert_eq!(normalize(&name).map(|name| name.len()), Some(253));
        assert_eq!(normalize(&format!("a{name}")), None);
        // What counts is the encoded name, however many octets the text takes: here 452 and 1,000,000.
        assert!(normalize(&vec!["例".repeat(50); 3].join(".")).is_some());
        assert_eq!(normalize(&"ü".repeat(500_000)), None);
    }

    #[test]
    fn suffixes_end_at_dots_and_the_longest_comes_first() {
        assert_eq!(suffixes("a.bc.d").collect::<Vec<_>>(), ["a.bc.d", "bc.d", "d"]);
        assert_eq!(suffixes("d").collect::<Vec<_>>(), ["d"]);
    }

    proptest! {
        #[test]
        fn normalization_is_idempotent(text in "\\PC{0,300}|([a-zA-ZüЖ_-]{1,9}\\.){0,4}[a-zÜж]{1,9}\\.?") {
            if let Some(name) = normalize(&text) {
                prop_assert!(matches!(normalize(&name), Some(Cow::Borrowed(same)) if same == name), "{}", name);
            }
        }
    }
}
