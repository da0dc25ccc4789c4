//! Syslog lines in the form of RFC 5424.

use memchr::memchr;

use super::stamp::Stamp;
use super::tag::Tagged;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Parses `1 TIME HOST PROGRAM PID MSGID DATA TEXT`, which follows a priority; returns `None` if it is not of this form. The
/// time is `None` where the line has `-`. The data, which may be several `[ID NAME="VALUE" ...]`, is skipped.
pub(super) fn parse(line: &[u8]) -> Option<(Option<Stamp>, Tagged<'_>)> {
    let rest = line.strip_prefix(b"1 ")?;
    let (stamp, rest) = match rest.strip_prefix(b"- ") {
        Some(rest) => (None, rest),
        None => Stamp::parse(rest).map(|(stamp, rest)| (Some(stamp), rest))?,
    };
    let (host, rest) = field(rest)?;
    let (program, rest) = field(rest)?;
    let (pid, rest) = field(rest)?;
    let (_, rest) = field(rest)?;
    let rest = skip_data(rest)?;
    let text = rest.strip_prefix(b" ").map(|text| text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text));
    if program.is_empty() {
        // The program may be in the text, as in older forms.
        return Some((stamp, Tagged { host, line: None, ..Tagged::parse(text.unwrap_or_default()) }));
    }
    Some((stamp, Tagged { host, program, pid, text, line: None }))
}

/// Returns the field up to the next space, empty for `-`, and what follows that space.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b' ', text)?;
    let field = &text[..end];
    Some((if field == b"-" { b"" } else { field }, &text[end + 1..]))
}

/// Returns what follows the structured data at the start of `text`.
fn skip_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = text;
    while let Some(element) = rest.strip_prefix(b"[") {
        rest = skip_element(element)?;
    }
    (rest.len() < text.len()).then_some(rest)
}

/// Returns what follows the `]` of an element; one within quotes does not end it.
fn skip_element(element: &[u8]) -> Option<&[u8]> {
    let (mut is_quoted, mut at) = (false, 0);
    while let Some(byte) = element.get(at) {
        match byte {
            b'\\' if is_quoted => at += 1,
            b'"' => is_quoted = !is_quoted,
            b']' if !is_quoted => return Some(&element[at + 1..]),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_skipped_and_a_dash_is_an_absent_field() {
        for (data, text) in [
            ("- x", Some("x")),
            ("[a b=\"c\"] x", Some("x")),
            ("[a b=\"c\"][d e=\"] \\\" \\] x\"] x", Some("x")),
            ("[a] \u{feff}x", Some("x")),
            ("-", None),
        ] {
            let line = format!("1 2026-11-21T00:09:40Z mx1 postfix/smtp 377 - {data}");
            let (stamp, found) = parse(line.as_bytes()).unwrap();
            assert_eq!(stamp, Some(Stamp::Instant(1_795_219_780_000)), "{data}");
            assert_eq!(
                (found.host, found.program, found.pid),
                (&b"mx1"[..], &b"postfix/smtp"[..], &b"377"[..])
            );
            assert_eq!(found.text, text.map(str::as_bytes), "{data}");
        }
        let (stamp, found) = parse(b"1 - - - - - - postfix/smtp[377]: x").unwrap();
        assert_eq!(
            (stamp, found.host, found.program, found.text),
            (None, &b""[..], &b"postfix/smtp"[..], Some(&b"x"[..]))
        );
        for line in
            ["1 2026-11-21T00:09:40Z mx1 p 1 - [a", "1 2026-11-21T00:09:40Z mx1 p", "2 - - - - - - x", "1 x"]
        {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }
}
