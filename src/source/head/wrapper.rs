//! What surrounds the lines of a log on their way: the prefixes of containers, and the JSON of docker and the journal.

use std::borrow::Cow;

use memchr::memchr;

use super::json;
use super::stamp::{Stamp, without_priority};
use crate::source::Reason;

/// A line without what surrounds it.
#[derive(Debug)]
pub(in crate::source) enum Unwrapped<'a> {
    /// A line, or the text of one.
    Content(Content<'a>),
    /// A line that no program wrote, such as `-- Boot 1f2e --`, or a part of a line that goes on.
    Nothing,
}

/// A line, or its text where other parts were beside it.
#[derive(Debug)]
pub(in crate::source) struct Content<'a> {
    pub(super) text: Cow<'a, [u8]>,
    /// The time beside the text.
    pub(super) stamp: Option<Stamp>,
    /// The host, the program and the process id beside the text.
    pub(super) tag: Option<[Cow<'a, str>; 3]>,
    /// Whether a program in a container wrote the text.
    pub(super) is_of_container: bool,
}

impl Content<'_> {
    /// Returns the line, or its text where other parts were beside it.
    pub(in crate::source) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns whether the line's time was beside its text, as in JSON.
    pub(in crate::source) fn is_apart(&self) -> bool {
        self.stamp.is_some()
    }
}

/// Removes what surrounds lines, and joins lines that arrive in parts.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Wrapper {
    /// The parts of the lines that go on: of standard output, of standard error, of docker.
    partial: [Vec<u8>; 3],
    is_too_long: [bool; 3],
}

impl Wrapper {
    /// Returns the line without what surrounds it.
    ///
    /// # Errors
    ///
    /// The parts of a line are together longer than `max_bytes`.
    pub(in crate::source) fn unwrap<'a>(
        &mut self,
        line: &'a [u8],
        max_bytes: usize,
    ) -> Result<Unwrapped<'a>, Reason> {
        let line = strip_prefixes(line);
        if is_banner(line) {
            return Ok(Unwrapped::Nothing);
        }
        if line.starts_with(b"{")
            && let Some(found) = json::parse(line)
        {
            let Some(text) = self.join(2, found.text, found.is_partial, max_bytes)? else {
                return Ok(Unwrapped::Nothing);
            };
            let tag = found
                .program
                .map(|program| [found.host.unwrap_or_default(), program, found.pid.unwrap_or_default()]);
            let is_of_container = found.is_of_container;
            return Ok(Unwrapped::Content(Content { text, stamp: found.stamp, tag, is_of_container }));
        }
        if let Some((stamp, rest)) = Stamp::parse(line)
            && let Some((stream, is_partial, text)) = parse_stream(rest)
        {
            let text = self.join(stream, Cow::Borrowed(text), is_partial, max_bytes)?;
            return Ok(text.map_or(Unwrapped::Nothing, |text| {
                Unwrapped::Content(Content { text, stamp: Some(stamp), tag: None, is_of_container: true })
            }));
        }
        let text = Cow::Borrowed(line);
        Ok(Unwrapped::Content(Content { text, stamp: None, tag: None, is_of_container: false }))
    }

    /// Adds a part to those before it; returns the whole text if it was the last part.
    fn join<'a>(
        &mut self,
        stream: usize,
        part: Cow<'a, [u8]>,
        is_partial: bool,
        max_bytes: usize,
    ) -> Result<Option<Cow<'a, [u8]>>, Reason> {
        let (partial, is_too_long) = (&mut self.partial[stream], &mut self.is_too_long[stream]);
        if !is_partial && partial.is_empty() && !*is_too_long {
            return Ok(Some(part));
        }
        if *is_too_long || partial.len() + part.len() > max_bytes {
            (*partial, *is_too_long) = (Vec::new(), true);
        } else {
            partial.extend_from_slice(&part);
        }
        if is_partial {
            return Ok(None);
        }
        if std::mem::take(is_too_long) {
            return Err(Reason::TooLong { limit: max_bytes });
        }
        Ok(Some(Cow::Owned(std::mem::take(partial))))
    }
}

/// Removes all that programs which show or send lines write before them.
fn strip_prefixes(line: &[u8]) -> &[u8] {
    let mut rest = line;
    // Each prefix may follow any other, and none comes more often than this.
    for _ in 0..8 {
        let before = rest.len();
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b"\x1e").unwrap_or(rest);
        rest = rest.strip_prefix(b"data: ").unwrap_or(rest);
        rest = without_colour(rest);
        rest = without_octet_count(rest);
        rest = without_container_name(rest);
        if rest.len() == before {
            break;
        }
    }
    rest
}

/// Removes `\x1b[36m` and the like.
fn without_colour(text: &[u8]) -> &[u8] {
    let Some(codes) = text.strip_prefix(b"\x1b[") else { return text };
    let end = codes.iter().take(16).position(|byte| !matches!(byte, b'0'..=b'9' | b';'));
    match end {
        Some(end) if codes[end] == b'm' => &codes[end + 1..],
        _ => text,
    }
}

/// Removes the length before a line that was sent over TCP, as in `214 <22>1 2026-...`.
fn without_octet_count(text: &[u8]) -> &[u8] {
    let digits = text.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    match &text[digits..] {
        [b' ', rest @ ..] if (2..=5).contains(&digits) && without_priority(rest).len() < rest.len() => rest,
        _ => text,
    }
}

/// Removes the name of a container: `mail-1  | ` of docker compose, `[pod/mail-0/postfix] ` of kubectl.
fn without_container_name(text: &[u8]) -> &[u8] {
    if let Some(pod) = text.strip_prefix(b"[pod/") {
        return memchr(b']', pod).and_then(|end| pod[end + 1..].strip_prefix(b" ")).unwrap_or(text);
    }
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@');
    let name = text.iter().take(128).take_while(|byte| is_of_name(byte)).count();
    let after = text[name..].trim_ascii_start();
    match without_colour(after).strip_prefix(b"|") {
        Some(rest) if name > 0 && (rest.starts_with(b" ") || rest.starts_with(b"\x1b")) => rest,
        _ => text,
    }
}

/// Parses `stdout F ` of the container runtimes of Kubernetes: the stream, whether the text goes on, and the text.
fn parse_stream(rest: &[u8]) -> Option<(usize, bool, &[u8])> {
    let (stream, rest) = match rest.strip_prefix(b"stdout ") {
        Some(rest) => (0, rest),
        None => (1, rest.strip_prefix(b"stderr ")?),
    };
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    // Tags may follow the first, divided by colons.
    let is_partial = match rest[..end].split(|&byte| byte == b':').next()? {
        b"P" => true,
        b"F" => false,
        _ => return None,
    };
    Some((stream, is_partial, rest.get(end + 1..).unwrap_or_default()))
}

/// Returns whether a line is one that no program wrote: `-- Boot 1f2e --`, `==> mail.log <==`.
fn is_banner(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    (line.starts_with(b"-- ") && line.ends_with(b" --"))
        || (line.starts_with(b"==> ") && line.ends_with(b" <=="))
}
