//! Lines that stand for several equal ones, which a syslog writes instead of those.

/// A line that says how often another was repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Repeated<'a> {
    /// The number of repetitions, without the first time; `None` if it is larger than [`Repeated::MAX`].
    pub(in crate::source) count: Option<u32>,
    /// The text that was repeated; `None` for that of the line before.
    pub(in crate::source) text: Option<&'a [u8]>,
}

/// The expected number of repetitions, for errors.
pub(in crate::source) const TOO_OFTEN: &str = "a number of times up to 100000";

impl<'a> Repeated<'a> {
    /// The largest number of repetitions that a line may have. Logs flush them twice a minute.
    pub(in crate::source) const MAX: u32 = 100_000;

    /// Parses `message repeated 3 times: [ TEXT]` of rsyslog, or `last message repeated 3 times`; the text may be cut off.
    pub(in crate::source) fn parse(text: &'a [u8]) -> Option<Self> {
        let Some(rest) = text.strip_prefix(b"message repeated ") else { return Self::parse_last(text) };
        let (count, rest) = number(rest)?;
        let text = rest.strip_prefix(b" times: [")?;
        let text = text.strip_prefix(b" ").unwrap_or(text);
        Some(Self { count, text: Some(text.strip_suffix(b"]").unwrap_or(text)) })
    }

    /// Parses `last message repeated 3 times`.
    pub(in crate::source) fn parse_last(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"--- ").unwrap_or(text);
        let (count, rest) = number(text.strip_prefix(b"last message repeated ")?)?;
        (rest.starts_with(b" time") || rest.is_empty()).then_some(Self { count, text: None })
    }

    /// Whether a program may be the syslog itself.
    pub(in crate::source) fn is_by_syslog(program: &[u8]) -> bool {
        matches!(program, b"" | b"syslogd" | b"syslog" | b"rsyslogd" | b"syslog-ng")
    }
}

/// Parses a number; it is `None` if it is larger than [`Repeated::MAX`]. Returns what follows it.
fn number(text: &[u8]) -> Option<(Option<u32>, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let count = str::from_utf8(&text[..digits]).ok()?.parse().ok();
    (digits > 0).then_some((count.filter(|count| *count <= Repeated::MAX), &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_repetition_are_parsed() {
        for (text, count, repeated) in [
            ("message repeated 3 times: [ NOQUEUE: x]", Some(3), Some("NOQUEUE: x")),
            ("message repeated 3 times: [NOQUEUE: x", Some(3), Some("NOQUEUE: x")),
            ("last message repeated 12 times", Some(12), None),
            ("--- last message repeated 1 time ---", Some(1), None),
            ("last message repeated 100000 times", Some(100_000), None),
            ("last message repeated 100001 times", None, None),
            ("last message repeated 99999999999999999999 times", None, None),
        ] {
            let expected = Repeated { count, text: repeated.map(str::as_bytes) };
            assert_eq!(Repeated::parse(text.as_bytes()), Some(expected), "{text}");
        }
        for text in [
            "",
            "last message repeated",
            "message repeated x times: [ y]",
            "message repeated 3 times",
            "a last message repeated 3 times",
        ] {
            assert_eq!(Repeated::parse(text.as_bytes()), None, "{text}");
        }
    }
}
