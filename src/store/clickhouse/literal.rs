//! Texts in statements.

/// Writes a text as a literal of ClickHouse's SQL.
///
/// Every byte but ASCII letters, digits and a few marks that mean nothing within quotes becomes `\xHH`. So no text can end its
/// literal or escape anything, and no byte is lost, NUL included. Servers before 19 have no parameters of statements.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' | b' ' => {
                literal.push(byte.into())
            }
            _ => {
                literal.push_str("\\x");
                literal.push(HEX[usize::from(byte >> 4)].into());
                literal.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
    literal.push('\'');
    literal
}

const HEX: [u8; 16] = *b"0123456789ABCDEF";

/// Writes texts as the literals of a list, without parentheses; the empty text, which no value is, for an empty list.
pub(super) fn literals<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    list(texts.into_iter().map(literal)).unwrap_or_else(|| "''".to_owned())
}

/// Joins items with commas; `None` if there are none.
pub(super) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> Option<String> {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a literal as ClickHouse does; `None` if it ends early.
    fn read(literal: &str) -> Option<Vec<u8>> {
        let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
        let mut bytes = inner.bytes();
        let mut text = Vec::new();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\'' => return None,
                b'\\' if bytes.next()? == b'x' => {
                    let digits = [bytes.next()?, bytes.next()?];
                    text.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                }
                b'\\' => return None,
                byte => text.push(byte),
            }
        }
        Some(text)
    }

    #[test]
    fn every_character_of_one_byte_and_of_several_reads_back() {
        let characters = (0..=0x7f_u8).map(char::from).chain(['ß', '’', '\u{2028}', '😀', '\u{fffd}']);
        for character in characters {
            for text in [character.to_string(), format!("{character}{character}"), format!("a{character}'")] {
                let found = read(&literal(&text));
                assert_eq!(found.as_deref(), Some(text.as_bytes()), "{text:?}");
            }
        }
    }

    #[test]
    fn no_literal_has_a_quote_a_question_mark_or_a_brace_within() {
        let all: String = (0..=0x7f_u8).map(char::from).collect();
        let found = literal(&all);
        let inner = &found[1..found.len() - 1];
        assert!(!inner.contains(['\'', '"', '`', '?', '{', '}', '\0', '\n', ';', '/', '*']), "{inner}");
        assert!(inner.split('\\').skip(1).all(|escaped| escaped.starts_with('x')), "{inner}");
    }

    proptest! {
        #[test]
        fn every_text_reads_back(text in ".*") {
            prop_assert_eq!(read(&literal(&text)), Some(text.into_bytes()));
        }
    }
}
