//! Enhanced status codes in diagnostic texts.

use crate::event::EnhancedCode;

/// The number of words in which a code is searched.
const WORDS: usize = 12;

/// Returns the first enhanced status code among the first words of a text such as `smtp; 550 5.1.1 no such user`;
/// `None` if there is none.
pub(in crate::source) fn find(text: &str) -> Option<EnhancedCode> {
    let separators = [' ', ';', '-', '(', ')', '#', ',', ':', '\n', '\r', '\t', '[', ']'];
    let mut words = text.split(separators).filter(|word| !word.is_empty()).take(WORDS);
    words.find_map(|word| word.trim_end_matches('.').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_the_texts_of_servers() {
        for (text, code) in [
            ("smtp; 550 5.1.1 no such user", Some("5.1.1")),
            ("550-5.7.26 unauthenticated", Some("5.7.26")),
            ("smtp;452 4.2.2 over quota", Some("4.2.2")),
            ("550 #5.1.0 Address rejected", Some("5.1.0")),
            ("5.2.2 (mailbox full)", Some("5.2.2")),
            ("421 [192.0.2.1] 4.7.0 try again", Some("4.7.0")),
            ("554 from 192.0.2.1 refused", None),
            ("550 no such user", None),
            ("", None),
        ] {
            assert_eq!(find(text).map(|code| code.to_string()).as_deref(), code, "{text}");
        }
    }
}
