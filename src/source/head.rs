//! The heads of log lines: when, on which host and by which program a line was written.
//!
//! Lines are read as syslog (of Linux, the BSDs, Solaris and busybox), journald, docker, Kubernetes and mail systems
//! themselves write them, mixed in one file. A line within a line, as that of a container in the log of its host, is the
//! inner one; its time is the inner one, if it has one, else the outer one.

use std::borrow::Cow;

use memchr::memchr;

use super::failure::Failure;

mod clock;
mod json;
mod rfc5424;
mod stamp;
mod tag;
mod wrapper;
mod years;
mod zone;

pub(super) use clock::Clock;
pub(super) use wrapper::{Content, Unwrapped, Wrapper};

pub(super) use stamp::{Stamp, without_priority};
use tag::Tagged;

/// The head of a line, and its text. What a line lacks is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    stamp: Stamp,
    /// The time of the line around this one.
    outer: Option<Stamp>,
    pub(super) host: Cow<'a, [u8]>,
    /// The name of the program, such as `postfix/smtp`.
    pub(super) program: Cow<'a, [u8]>,
    /// The process id, as text.
    pub(super) pid: Cow<'a, [u8]>,
    /// The text after the program; `None` if the line ends before it.
    pub(super) text: Option<&'a [u8]>,
    /// The line from the host on, if it has the form `host program[pid]: text`.
    line: Option<&'a [u8]>,
    /// The line from its time on, if it is in no other line.
    whole: Option<&'a [u8]>,
}

/// The names that programs which run containers have in the log of their host.
const CONTAINER_RUNNERS: [&[u8]; 5] = [b"docker", b"dockerd", b"podman", b"containerd", b"conmon"];

/// A line within a line within a line is the last that is looked for.
const MAX_DEPTH: usize = 3;

impl<'a> Head<'a> {
    /// Parses the head of a line.
    ///
    /// # Errors
    ///
    /// The line has no time.
    pub(super) fn parse(content: &'a Content<'a>) -> Result<Self, Failure<'a>> {
        Self::parse_until(content, |_| false)
    }

    /// Parses the head of a line, which is that of the outermost line whose program `is_wanted`: its text may begin with a
    /// time, too.
    ///
    /// # Errors
    ///
    /// The line has no time.
    pub(super) fn parse_until(
        content: &'a Content<'a>,
        is_wanted: fn(&[u8]) -> bool,
    ) -> Result<Self, Failure<'a>> {
        let text = &*content.text;
        if let (Some([host, program, pid]), Some(stamp)) = (&content.tag, content.stamp) {
            let bytes = |text: &'a str| Cow::Borrowed(text.as_bytes());
            let head = Self {
                stamp,
                outer: None,
                host: bytes(host),
                program: bytes(program),
                pid: bytes(pid),
                text: Some(text),
                line: None,
                whole: None,
            };
            return Ok(head.innermost(content.is_of_container, is_wanted));
        }
        if let Some(head) = Self::parse_plain(text, content.stamp) {
            return Ok(head.innermost(false, is_wanted));
        }
        let missing = Failure::invalid(
            text,
            "time",
            "one such as `Nov 21 00:09:39` or `2026-11-21T00:09:39.123+01:00`",
        );
        let stamp = content.stamp.ok_or(missing)?;
        Ok(Self::new(stamp, None, Tagged::parse(without_priority(text))))
    }

    fn new(stamp: Stamp, outer: Option<Stamp>, tagged: Tagged<'a>) -> Self {
        let Tagged { host, program, pid, text, line } = tagged;
        let (host, program, pid) = (Cow::Borrowed(host), Cow::Borrowed(program), Cow::Borrowed(pid));
        Self { stamp, outer, host, program, pid, text, line, whole: None }
    }

    /// Parses a line that begins with its time, perhaps after a priority.
    fn parse_plain(line: &'a [u8], outer: Option<Stamp>) -> Option<Self> {
        let line = without_priority(line);
        if let Some((stamp, tagged)) = rfc5424::parse(line) {
            return Some(Self::new(stamp.or(outer)?, outer, tagged));
        }
        let (stamp, rest) = Stamp::parse(line)?;
        // `docker logs -t` writes a time before the line.
        if let Some(inner) = Stamp::parse(rest).and_then(|_| Self::parse_plain(rest, Some(stamp))) {
            return Some(inner);
        }
        let whole = outer.is_none().then_some(line);
        Some(Self { whole, ..Self::new(stamp, outer, Tagged::parse(rest)) })
    }

    /// Returns the head of the line that this line's text is, or of the line in that; itself if the text is no line. The
    /// text of a container may be a line without a time.
    fn innermost(mut self, is_of_container: bool, is_wanted: fn(&[u8]) -> bool) -> Self {
        for _ in 0..MAX_DEPTH {
            if is_wanted(&self.program) {
                return self;
            }
            match self.text.and_then(|text| Self::parse_plain(text, Some(self.stamp))) {
                Some(inner) => self = inner,
                None => break,
            }
        }
        let runner = self.program.split(|&byte| byte == b'/').next().unwrap_or_default();
        if !is_of_container && !CONTAINER_RUNNERS.contains(&runner) {
            return self;
        }
        let tagged = Tagged::parse(self.text.unwrap_or_default());
        if tagged.program.is_empty() || tagged.text.is_none() {
            return self;
        }
        let host = if tagged.host.is_empty() { self.host } else { Cow::Borrowed(tagged.host) };
        Self { host, line: None, ..Self::new(self.stamp, self.outer, tagged) }
    }

    /// Returns the line from the host on, as `host program[pid]: text` even where it was written in another form: what is
    /// equal where the same line comes by two ways.
    pub(super) fn line(&self) -> Cow<'a, [u8]> {
        if let Some(line) = self.line {
            return Cow::Borrowed(line);
        }
        let mut line = Vec::new();
        if !self.host.is_empty() {
            line.extend_from_slice(&self.host);
            line.push(b' ');
        }
        line.extend_from_slice(&self.program);
        if !self.pid.is_empty() {
            line.push(b'[');
            line.extend_from_slice(&self.pid);
            line.push(b']');
        }
        line.extend_from_slice(b": ");
        line.extend_from_slice(self.text.unwrap_or_default());
        Cow::Owned(line)
    }

    /// Returns the line without its time, if it is whole.
    pub(super) fn bare_line(&self) -> Option<&'a [u8]> {
        self.line
    }

    /// Returns the time of the line and that of the line around it.
    pub(super) fn stamps(&self) -> (Stamp, Option<Stamp>) {
        (self.stamp, self.outer)
    }

    /// Returns the line from the program on, as far as it is known; for errors.
    pub(super) fn rest(&self) -> &'a [u8] {
        let line = self.line.unwrap_or_default();
        line.strip_prefix(&*self.host).and_then(|rest| rest.strip_prefix(b" ")).unwrap_or(line)
    }

    /// Returns the line from its time on and the line from its host on, if it is in no other line and has the common form.
    pub(super) fn whole(&self) -> Option<(&'a [u8], &'a [u8])> {
        self.whole.zip(self.line)
    }

    /// Returns the instant of the line, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// The time is no day of the calendar in a year from 1 to 9999.
    pub(super) fn instant(&self, clock: &mut Clock) -> Result<i64, Failure<'a>> {
        let expected = "a day of the calendar in a year from 1 to 9999";
        let line = self.whole.unwrap_or_default();
        let shown = line[..line.len().min("Nov 21".len())].trim_ascii_end();
        let no_such_day = Failure::invalid(line, "date", expected).showing(shown);
        clock.instant(self.stamp, self.outer, self.whole).ok_or(no_such_day)
    }
}

/// Returns the host, the program and the text of what follows a line's time, `host program[pid]: text`, faster than the
/// general way; `None` if it may have another form, or be a line around another one.
#[inline]
pub(super) fn quick_tag(rest: &[u8]) -> Option<[&[u8]; 3]> {
    let space = memchr(b' ', rest)?;
    let (host, tag) = (&rest[..space], &rest[space + 1..]);
    let end = tag.iter().position(|byte| matches!(byte, b'[' | b':' | b' '))?;
    let (program, pid) = (&tag[..end], tag[end..].strip_prefix(b"[")?);
    let digits = pid.iter().position(|byte| !byte.is_ascii_digit())?;
    let text = pid[digits..].strip_prefix(b"]: ")?;
    let is_plain = !host.ends_with(b":") && !host.starts_with(b"<") && !program.is_empty();
    // Solaris writes more before the text.
    (is_plain && text.first() != Some(&b'[')).then_some([host, program, text])
}

/// Returns the content of a line that stands alone; `None` if no program wrote it or if it goes on.
pub(super) fn unwrap_one(line: &[u8]) -> Option<Content<'_>> {
    match Wrapper::default().unwrap(line, line.len()).ok()? {
        Unwrapped::Content(content) => Some(content),
        Unwrapped::Nothing => None,
    }
}

#[cfg(test)]
mod tests;
