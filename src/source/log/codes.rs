//! The codes at the start of the answers of servers.

/// Splits an answer into its code and its text: `550 5.1.1 no such user`, `550-5.1.1 no`, `5.1.1 no`. The code is the enhanced
/// status code as it is written or, for want of one, the class of a reply code that refuses.
pub(in crate::source) fn split(answer: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut rest = answer;
    let mut code = None;
    if let [class @ (b'2' | b'4' | b'5'), b'0'..=b'9', b'0'..=b'9', b' ' | b'-', after @ ..] = answer {
        code = match class {
            b'4' => Some(&b"4.0.0"[..]),
            b'5' => Some(b"5.0.0"),
            _ => None,
        };
        rest = after;
    }
    let word = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
    if is_enhanced(word) {
        code = Some(word);
        rest = rest[word.len()..].trim_ascii_start();
    }
    (code, rest)
}

/// Whether a word is a code such as `5.7.1`.
pub(in crate::source) fn is_enhanced(word: &[u8]) -> bool {
    let mut parts = word.split(|&byte| byte == b'.');
    let is_class = matches!(parts.next(), Some(b"2" | b"4" | b"5"));
    let is_number = |part: Option<&[u8]>| {
        part.is_some_and(|part| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit))
    };
    is_class && is_number(parts.next()) && is_number(parts.next()) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_split_into_its_code_and_its_text() {
        for (answer, code, text) in [
            ("550 5.1.1 no such user", Some("5.1.1"), "no such user"),
            ("550-5.1.1 no such user", Some("5.1.1"), "no such user"),
            ("451 later", Some("4.0.0"), "later"),
            ("5.7.1 no", Some("5.7.1"), "no"),
            ("250 2.0.0 OK", Some("2.0.0"), "OK"),
            ("250 OK", None, "OK"),
            ("550 5.1.1.1 no", Some("5.0.0"), "5.1.1.1 no"),
            ("550 5.1. no", Some("5.0.0"), "5.1. no"),
            ("no", None, "no"),
            ("", None, ""),
        ] {
            let expected = (code.map(str::as_bytes), text.as_bytes());
            assert_eq!(split(answer.as_bytes()), expected, "{answer}");
        }
    }
}
