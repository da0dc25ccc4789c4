//! Addresses within the lines of logs.

use memchr::{memchr, memchr2};

/// Splits a text after the `<` of an address into the address and what follows its `>`; `None` if there is no `>`. A `>`
/// within a quoted local part is part of the address.
pub(in crate::source) fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let split = |end: usize| (&text[..end], &text[end + 1..]);
    let mut from = 0;
    while let Some(found) = memchr2(b'"', b'>', &text[from..]) {
        let at = from + found;
        if text[at] == b'>' {
            return Some(split(at));
        }
        match quoted_len(&text[at + 1..]) {
            Some(len) => from = at + 1 + len,
            None => break,
        }
    }
    memchr(b'>', text).map(split)
}

/// Returns the length of a quoted text up to and including its closing quote; `None` if no `@`, `.` or `>` follows that
/// quote. The opening quote was a plain character then, as Postfix can be configured to log addresses unquoted.
fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', &text[at..])?;
        if text[at] == b'"' {
            return matches!(text.get(at + 1), Some(b'@' | b'.' | b'>')).then_some(at + 1);
        }
        at += 2;
        if at > text.len() {
            return None;
        }
    }
}

/// Returns the domain of an address: the text after its last `@`; `None` if there is no `@` or no text after it.
pub(in crate::source) fn domain(address: &[u8]) -> Option<&[u8]> {
    let at = memchr::memrchr(b'@', address)?;
    Some(&address[at + 1..]).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_follows_the_last_at_sign() {
        for (address, expected) in
            [("a@x", Some("x")), (r#""a@b"@x"#, Some("x")), ("root", None), ("a@", None), ("", None)]
        {
            assert_eq!(domain(address.as_bytes()), expected.map(str::as_bytes));
        }
    }
}
