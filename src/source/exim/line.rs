//! The head of a line: its time, the host, and the text from the id on.

use std::borrow::Cow;

use crate::source::failure::Failure;
use crate::source::head::{Content, Head, Stamp, without_priority};

/// A line of Exim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) stamp: Stamp,
    /// The time of the line around this one.
    pub(super) outer: Option<Stamp>,
    /// The host that syslog names; empty if none.
    pub(super) host: Cow<'a, [u8]>,
    /// Whether the line came through syslog, where the main log and the reject log are one.
    pub(super) is_of_syslog: bool,
    /// The text after the time and the process id: the id of a message, if it has one, and what is said of it.
    pub(super) text: &'a [u8],
}

/// The place of a text among the parts that a long line was divided into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// From 1.
    pub(super) number: u32,
    pub(super) count: u32,
    pub(super) text: &'a [u8],
}

impl<'a> Line<'a> {
    /// Parses a line that begins with its time, as Exim itself writes it; `None` if it does not.
    #[inline]
    pub(super) fn parse_own(line: &'a [u8], outer: Option<Stamp>) -> Option<Self> {
        let (stamp, rest) = own_time(line)?;
        let host = Cow::Borrowed(&b""[..]);
        Some(Self { stamp, outer, host, is_of_syslog: false, text: without_pid(rest) })
    }

    /// Parses a line in any form; returns `None` if another program wrote it.
    ///
    /// # Errors
    ///
    /// The line has no time, or ends within its head.
    pub(super) fn parse(content: &'a Content<'a>) -> Result<Option<Self>, Failure<'a>> {
        let text = without_priority(content.text());
        if let Some(line) = Self::parse_own(text, None) {
            return Ok(Some(line));
        }
        let head = Head::parse_until(content, is_program)?;
        if !is_program(&head.program) {
            return Ok(None);
        }
        let expected = "one such as `exim[24]`, then `: ` and a text";
        let text = head.text.ok_or_else(|| Failure::invalid(head.rest(), "program", expected))?;
        let (stamp, outer) = head.stamps();
        let host = head.host;
        let own = Self::parse_own(text, Some(stamp));
        let line = own.unwrap_or_else(|| {
            let host = Cow::Borrowed(&b""[..]);
            Self { stamp, outer, host, is_of_syslog: true, text: without_pid(text) }
        });
        Ok(Some(Self { host, is_of_syslog: true, ..line }))
    }
}

impl<'a> Part<'a> {
    /// Parses `[1/5] text`, or `[1\5] text` before a line end.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let rest = text.strip_prefix(b"[")?;
        let (number, rest) = number(rest)?;
        let rest = rest.strip_prefix(b"/").or_else(|| rest.strip_prefix(b"\\"))?;
        let (count, rest) = self::number(rest)?;
        let text = rest.strip_prefix(b"] ")?;
        (1..=count).contains(&number).then_some(Self { number, count, text })
    }
}

/// Parses a number of up to four digits.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let number = str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    Some((number, &text[digits..]))
}

/// Returns whether a program is Exim, as which its lines are in syslog by default: `exim`, `exim4`.
pub(super) fn is_program(name: &[u8]) -> bool {
    name.starts_with(b"exim")
}

/// Parses `2026-02-01 10:30:00.120 +0100 `. Other programs write a `T` between the date and the time.
#[inline]
fn own_time(line: &[u8]) -> Option<(Stamp, &[u8])> {
    (line.get(4) == Some(&b'-') && line.get(10) == Some(&b' ')).then(|| Stamp::parse(line)).flatten()
}

/// Removes `[4711] `.
fn without_pid(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"[") else { return text };
    let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b"] ").filter(|_| digits > 0).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::head::unwrap_one;

    const TEXT: &str = "1vmTmK-00016Q-0b => ann@x.example R=r T=t";

    #[test]
    fn a_line_may_have_many_heads() {
        for (head, host, is_of_syslog) in [
            ("2026-02-01 10:30:00 ", "", false),
            ("2026-02-01 10:30:00.120 ", "", false),
            ("2026-02-01 10:30:00 +0100 ", "", false),
            ("2026-02-01 10:30:00.120 -0330 [4711] ", "", false),
            ("2026-02-01 10:30:00 [4711] ", "", false),
            ("mail-1  | 2026-02-01 10:30:00 ", "", false),
            ("2026-02-01T09:30:00.5Z stdout F 2026-02-01 10:30:00 ", "", false),
            ("Feb  1 10:30:00 mx1 exim[4711]: ", "mx1", true),
            ("<22>Feb  1 10:30:00 mx1 exim4[4711]: 2026-02-01 10:30:00 ", "mx1", true),
            ("Feb  1 10:30:00 mx1 exim: 2026-02-01 10:30:00 +0100 [4711] ", "mx1", true),
            ("2026-02-01T10:30:00.123456+01:00 mx1 exim[4711]: [4711] ", "mx1", true),
            ("<22>1 2026-02-01T10:30:00Z mx1 exim 4711 - - 2026-02-01 10:30:00 ", "mx1", true),
        ] {
            let line = format!("{head}{TEXT}");
            let content = unwrap_one(line.as_bytes()).unwrap();
            let found = Line::parse(&content).unwrap().unwrap();
            assert_eq!(str::from_utf8(found.text).unwrap(), TEXT, "{head}");
            assert_eq!((&*found.host, found.is_of_syslog), (host.as_bytes(), is_of_syslog), "{head}");
        }
    }

    #[test]
    fn other_programs_and_lines_without_a_time_are_told_apart() {
        let parse = |line: &str| {
            let content = unwrap_one(line.as_bytes()).unwrap();
            Line::parse(&content)
                .map(|line| line.is_some())
                .map_err(|failure| failure.reason(line.as_bytes()))
        };
        assert_eq!(parse("Feb  1 10:30:00 mx1 kernel: exim"), Ok(false));
        assert!(parse("hello").unwrap_err().to_string().starts_with("invalid time `hello`"));
        assert!(parse("Feb  1 10:30:00 mx1 exim[47").unwrap_err().to_string().contains("program"));
    }

    #[test]
    fn a_long_line_comes_in_parts() {
        let part = |number, count, text: &'static str| Some(Part { number, count, text: text.as_bytes() });
        assert_eq!(Part::parse(b"[1/5] 1vmTmK"), part(1, 5, "1vmTmK"));
        assert_eq!(Part::parse(b"[2\\12] P Received"), part(2, 12, "P Received"));
        for text in ["[4711] x", "[1/5]x", "[0/5] x", "[6/5] x", "[1/99999] x", "[/] x", "1/5 x", ""] {
            assert_eq!(Part::parse(text.as_bytes()), None, "{text}");
        }
    }
}
