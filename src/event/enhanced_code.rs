//! Enhanced status codes: why a mail server answered as it did, in numbers.

use std::fmt;
use std::str::FromStr;

use crate::parse_error::ParseError;

/// An enhanced status code, `CLASS.SUBJECT.DETAIL`, such as `5.1.1`: an unknown mailbox (RFC 3463, section 2).
///
/// The class is 2 (success), 4 (temporary failure) or 5 (permanent failure); the subject and the detail are numbers from 0
/// to 999, whose leading zeros are dropped. Codes are ordered as their texts, byte by byte.
///
/// ```
/// use mailtally::message::EnhancedCode;
///
/// let code: EnhancedCode = "5.1.1".parse()?;
/// assert_eq!((code.as_str(), code.subject(), code.class()), ("5.1.1", "5.1", "5"));
/// assert_eq!("4.02.0".parse::<EnhancedCode>()?.as_str(), "4.2.0");
/// assert_eq!(
///     "550".parse::<EnhancedCode>().unwrap_err().to_string(),
///     "invalid enhanced status code `550`: expected `CLASS.SUBJECT.DETAIL` with class 2, 4 or 5, such as `5.1.1`",
/// );
/// # Ok::<(), mailtally::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnhancedCode {
    /// The text, followed by zeros.
    text: [u8; MAX_BYTES],
}

/// The length of the longest code, `5.999.999`.
const MAX_BYTES: usize = 9;

impl EnhancedCode {
    /// Returns the whole code, such as `5.1.1`.
    pub fn as_str(&self) -> &str {
        self.until(self.text.iter().position(|byte| *byte == 0))
    }

    /// Returns the class and the subject, such as `5.1`: what the answer is about.
    pub fn subject(&self) -> &str {
        self.until(self.text.iter().rposition(|byte| *byte == b'.'))
    }

    /// Returns the class: `2`, `4` or `5`.
    pub fn class(&self) -> &str {
        self.until(self.text.iter().position(|byte| *byte == b'.'))
    }

    /// Returns the text before the byte at `end`.
    fn until(&self, end: Option<usize>) -> &str {
        // It consists of digits and dots.
        std::str::from_utf8(&self.text[..end.unwrap_or(MAX_BYTES)]).unwrap_or_default()
    }
}

impl FromStr for EnhancedCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let invalid = || {
            let expected = "`CLASS.SUBJECT.DETAIL` with class 2, 4 or 5, such as `5.1.1`";
            ParseError::invalid("enhanced status code", text, expected)
        };
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let [class @ ("2" | "4" | "5"), subject, detail] = parts[..] else { return Err(invalid()) };
        let (Some(subject), Some(detail)) = (number(subject), number(detail)) else { return Err(invalid()) };
        let mut code = Self { text: [0; MAX_BYTES] };
        let normal = format!("{class}.{subject}.{detail}");
        code.text[..normal.len()].copy_from_slice(normal.as_bytes());
        Ok(code)
    }
}

/// Parses one to three digits.
fn number(text: &str) -> Option<u16> {
    let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl serde::Serialize for EnhancedCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for EnhancedCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_class_subject_and_detail_make_a_code() {
        for text in ["2.0.0", "4.7.28", "5.999.999"] {
            assert_eq!(text.parse::<EnhancedCode>().unwrap().as_str(), text);
        }
        for text in [
            "", "5", "5.1", "5.1.1.1", "3.1.1", "05.1.1", "5.1.1.", "5..1", "5.1.", "5.1.1000", "5.+1.1",
            "5.1.1 ", "x",
        ] {
            assert!(text.parse::<EnhancedCode>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_code_prints_as_its_numbers_and_its_parts_are_its_start(
            class in prop_oneof![Just(2), Just(4), Just(5)], subject in 0..1000_u16, detail in 0..1000_u16,
        ) {
            let text = format!("{class}.{subject}.{detail}");
            let code: EnhancedCode = format!("{class}.{subject:03}.{detail:03}").parse().unwrap();
            prop_assert_eq!(code.to_string(), &text[..]);
            prop_assert_eq!(code.subject(), format!("{class}.{subject}"));
            prop_assert_eq!(code.class(), class.to_string());
        }
    }
}
