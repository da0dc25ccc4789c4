//! The part of a line after its time: the host, the program with its process id, and the text.

use memchr::memchr;

/// The host, the program and the text of a line. What a line lacks is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Tagged<'a> {
    pub(in crate::source) host: &'a [u8],
    /// The name of the program, such as `postfix/smtp`.
    pub(in crate::source) program: &'a [u8],
    /// The process id, as text.
    pub(in crate::source) pid: &'a [u8],
    /// The text after the program; `None` if the line ends before it.
    pub(in crate::source) text: Option<&'a [u8]>,
    /// The line from the host on, if it has no part in between that only some loggers write.
    pub(super) line: Option<&'a [u8]>,
}

/// The facilities of syslog.
const FACILITIES: [&[u8]; 13] = [
    b"auth",
    b"authpriv",
    b"cron",
    b"daemon",
    b"ftp",
    b"kern",
    b"lpr",
    b"mail",
    b"news",
    b"security",
    b"syslog",
    b"user",
    b"uucp",
];

/// The severities of syslog.
const SEVERITIES: [&[u8]; 11] = [
    b"alert", b"crit", b"debug", b"emerg", b"err", b"error", b"info", b"notice", b"panic", b"warn",
    b"warning",
];

impl<'a> Tagged<'a> {
    /// Parses what follows the time of a line, with or without a host, and with or without the facility and severity that
    /// FreeBSD's syslog writes before the host and busybox's after it.
    pub(super) fn parse(rest: &'a [u8]) -> Self {
        let start = without_bracketed_level(rest);
        let (first, after) = split_token(start);
        if is_level(first) {
            return Self { line: None, ..Self::after_host(b"", after) };
        }
        if first.ends_with(b":") && first.len() > 1 {
            return Self { line: Some(start), ..Self::after_host(b"", start) };
        }
        let (second, after_level) = split_token(after);
        if is_level(second) {
            return Self { line: None, ..Self::after_host(first, after_level) };
        }
        Self { line: Some(start), ..Self::after_host(first, after) }
    }

    /// Parses what follows the host: `program[pid]: text`. A text without a program is the text of a program without a name.
    fn after_host(host: &'a [u8], rest: &'a [u8]) -> Self {
        let end = rest.iter().position(|byte| matches!(byte, b'[' | b':' | b' ')).unwrap_or(rest.len());
        let (program, after) = rest.split_at(end);
        if after.starts_with(b" ") {
            return Self { host, program: b"", pid: b"", text: Some(rest), line: None };
        }
        let (pid, colon) = match after.strip_prefix(b"[") {
            Some(pid) => match memchr(b']', pid) {
                Some(end) => (&pid[..end], &pid[end + 1..]),
                None => (&b""[..], &b""[..]),
            },
            None => (&b""[..], after),
        };
        let text = colon.strip_prefix(b": ").and_then(without_solaris_id);
        Self { host, program, pid, text, line: None }
    }
}

/// Splits a text at its first space.
fn split_token(text: &[u8]) -> (&[u8], &[u8]) {
    memchr(b' ', text).map_or((text, &b""[..]), |space| (&text[..space], &text[space + 1..]))
}

/// Removes `<mail.info> ` or `<2.6> ` from the start of a text.
fn without_bracketed_level(text: &[u8]) -> &[u8] {
    let Some(level) = text.strip_prefix(b"<") else { return text };
    match memchr(b'>', &level[..level.len().min(24)]) {
        Some(end) => level[end + 1..].strip_prefix(b" ").unwrap_or(text),
        None => text,
    }
}

/// Returns whether a word is a facility and a severity, such as `mail.info`.
fn is_level(word: &[u8]) -> bool {
    let Some(dot) = memchr(b'.', word) else { return false };
    let (facility, severity) = (&word[..dot], &word[dot + 1..]);
    let is_local = facility.strip_prefix(b"local").is_some_and(|number| matches!(number, [b'0'..=b'7']));
    SEVERITIES.contains(&severity) && (is_local || FACILITIES.contains(&facility))
}

/// Removes the `[ID 197553 mail.info] ` that the syslog of Solaris writes before a text.
fn without_solaris_id(text: &[u8]) -> Option<&[u8]> {
    if !text.starts_with(b"[ID ") {
        return Some(text);
    }
    memchr(b']', text).and_then(|end| text[end + 1..].strip_prefix(b" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the host, the program, the process id and the text.
    fn parts(rest: &str) -> [&str; 4] {
        let Tagged { host, program, pid, text, line: _ } = Tagged::parse(rest.as_bytes());
        [host, program, pid, text.unwrap_or(b"(none)")].map(|part| str::from_utf8(part).unwrap())
    }

    #[test]
    fn the_host_and_the_program_are_found_in_the_forms_of_all_loggers() {
        let expected = ["mx1", "postfix/smtp", "377", "A1: x"];
        for rest in [
            "mx1 postfix/smtp[377]: A1: x",
            "mx1 mail.info postfix/smtp[377]: A1: x",
            "<mail.info> mx1 postfix/smtp[377]: A1: x",
            "<2.6> mx1 postfix/smtp[377]: A1: x",
            "mx1 postfix/smtp[377]: [ID 197553 mail.info] A1: x",
        ] {
            assert_eq!(parts(rest), expected, "{rest}");
        }
        let without_host = ["", "postfix/smtp", "377", "A1: x"];
        for rest in ["postfix/smtp[377]: A1: x", "mail.info postfix/smtp[377]: A1: x"] {
            assert_eq!(parts(rest), without_host, "{rest}");
        }
        for (rest, expected) in [
            ("mx1 postfix/smtp: x", ["mx1", "postfix/smtp", "", "x"]),
            ("mail.info.example postfix/smtp: x", ["mail.info.example", "postfix/smtp", "", "x"]),
            ("mx1 last message repeated 3 times", ["mx1", "", "", "last message repeated 3 times"]),
            ("mx1 -- MARK --", ["mx1", "", "", "-- MARK --"]),
            ("mx1 postfix/smtp[37", ["mx1", "postfix/smtp", "", "(none)"]),
            ("mx1 postfix/smtp[37]:", ["mx1", "postfix/smtp", "37", "(none)"]),
            ("mx1", ["mx1", "", "", "(none)"]),
            ("", ["", "", "", "(none)"]),
        ] {
            assert_eq!(parts(rest), expected, "{rest}");
        }
    }
}
