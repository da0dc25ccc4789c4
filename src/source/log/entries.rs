//! The lines of logs that pass through syslog, journald or the logs of containers: whose they are, when and where they were
//! written, and their text.

use super::host::LastHost;
use super::maker::Written;
use super::repeats::Repeated;
use super::{MAX_LINE_BYTES, Options};
use crate::source::failure::Failure;
use crate::source::head::{Clock, Content, Head, Unwrapped, Wrapper, quick_tag, unwrap_one};
use crate::source::{LineKind, Reason};

/// Parses lines up to their text.
#[derive(Clone, Debug)]
pub(in crate::source) struct Entries {
    pub(in crate::source) clock: Clock,
    wrapper: Wrapper,
    host: LastHost,
}

/// Handles the lines of a mail system's programs.
pub(in crate::source) trait Handle {
    /// Returns whether a program with this name is one of the mail system.
    fn is_own(program: &[u8]) -> bool;

    /// Returns whether a text can only be of the mail system, whichever program wrote it.
    fn is_told_apart(text: &[u8]) -> bool;

    /// Handles the text of a line of the mail system, or one by which the syslog says that the line before was repeated.
    fn handle<'a>(&mut self, written: Written<'_>, text: &'a [u8]) -> Result<LineKind, Failure<'a>>;

    /// Handles a line of another program.
    fn pass_other(&mut self);
}

impl Entries {
    pub(in crate::source) fn new(options: &Options) -> Self {
        Self {
            clock: Clock::new(options.zone, options.year, options.now),
            wrapper: Wrapper::default(),
            host: LastHost::new(&options.host),
        }
    }

    /// Begins another file with the next line.
    pub(in crate::source) fn begin_file(&mut self) {
        self.clock.begin_file();
    }

    /// Parses a line, and gives it to `handler`.
    ///
    /// # Errors
    ///
    /// The line has no time, ends before its text, or is refused by `handler`.
    pub(in crate::source) fn parse<H: Handle>(
        &mut self,
        line: &[u8],
        handler: &mut H,
    ) -> Result<LineKind, Reason> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some((at, rest)) = self.clock.peek(line)
            && let Some([host, program, text]) = quick_tag(rest)
            && H::is_own(program)
            && *host == *self.host.name()
        {
            self.clock.pass(at, line, rest);
            let written = Written { at, host: self.host.hash(), line: rest };
            return handler.handle(written, text).map_err(|failure| failure.reason(line));
        }
        if line.trim_ascii_start().is_empty() {
            return Ok(LineKind::Blank);
        }
        match self.wrapper.unwrap(line, MAX_LINE_BYTES)? {
            Unwrapped::Content(content) => {
                self.parse_content(&content, handler).map_err(|failure| failure.reason(line))
            }
            Unwrapped::Nothing => Ok(LineKind::OtherProgram),
        }
    }

    /// Parses a line in the general way.
    fn parse_content<'a, H: Handle>(
        &mut self,
        content: &'a Content<'a>,
        handler: &mut H,
    ) -> Result<LineKind, Failure<'a>> {
        let head = Head::parse(content)?;
        let at = head.instant(&mut self.clock)?;
        if let Some((line, rest)) = head.whole() {
            self.clock.pass(at, line, rest);
        }
        let is_repeat = || head.text.is_some_and(|text| Repeated::parse_last(text).is_some());
        let bare = bare_text::<H>(&head);
        let is_own = bare.is_some() || H::is_own(&head.program);
        let is_of_syslog = || Repeated::is_by_syslog(&head.program) && is_repeat();
        if !is_own && !is_of_syslog() {
            handler.pass_other();
            return Ok(LineKind::OtherProgram);
        }
        let cut_off =
            || Failure::invalid(head.rest(), "program", "one such as `smtpd[24]`, then `: ` and a text");
        let text = bare.or(head.text).ok_or_else(cut_off)?;
        // What stands where a host would is part of a bare line.
        self.host.pass(if bare.is_some() { b"" } else { &head.host });
        let line = head.line();
        handler.handle(Written { at, host: self.host.hash(), line: &line }, text)
    }
}

/// Returns the whole of a line without a program, as that of a container can be, if it is of the mail system: what stands
/// where a host would is part of it.
fn bare_text<'a, H: Handle>(head: &Head<'a>) -> Option<&'a [u8]> {
    if !head.program.is_empty() {
        return None;
    }
    head.bare_line().filter(|text| H::is_told_apart(text))
}

/// Returns whether `line` is one of the mail system and no other, in any form in which log lines arrive.
pub(in crate::source) fn is_entry<H: Handle>(line: &[u8]) -> bool {
    let Some(content) = unwrap_one(line) else { return false };
    let Ok(head) = Head::parse(&content) else { return false };
    let is_own = || H::is_own(&head.program) && head.text.is_some_and(H::is_told_apart);
    bare_text::<H>(&head).is_some() || is_own()
}
