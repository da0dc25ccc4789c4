//! The parser of whole lines, which turns them into events.

use super::entry::{self, Program};
use super::mail::{LineContext, Mail};
use super::{MAX_LINE_BYTES, Options};
use crate::event::Event;
use crate::source::failure::Failure;
use crate::source::head::{Clock, Content, Head, Unwrapped, Wrapper};
use crate::source::log::host::LastHost;
use crate::source::log::repeats::Repeated;
use crate::source::log::{Hooks, parse_by_methods, take_checked};
use crate::source::{LineKind, Reason};

/// Parses the lines of a log one by one, and returns their events. A [`Reader`](super::Reader) is a parser with an input.
///
/// It remembers the open queue files, the time, and the lines of the last minutes. The [module](super) describes which
/// lines become which events. A reader knows more than a parser of single lines: it looks ahead for the year of lines
/// that have none, and where a line shows only later that a delivery was to a content filter, it waits for that line.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::postfix::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"Nov 21 00:09:39 mx1 postfix/smtp[24]: 4225AF60B5: to=<u@gmail.com>, relay=none, dsn=4.4.1, status=deferred";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::WithEvents);
/// assert_eq!(events[0].at().to_string(), "2026-11-21 00:09:39 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    clock: Clock,
    wrapper: Wrapper,
    host: LastHost,
    mail: Mail,
    /// The events of a line.
    events: Vec<Event>,
}

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        Self {
            clock: Clock::new(options.zone, options.year, options.now),
            wrapper: Wrapper::default(),
            host: LastHost::new(&options.host),
            mail: Mail::new(options),
            events: Vec::new(),
        }
    }

    /// Begins another file with the next line: the file that follows in time, or any other.
    ///
    /// Open queue files stay open. The year is found again, and equal lines are counted from 0: a file that is read twice
    /// gives the same events twice.
    pub fn begin_file(&mut self) {
        self.clock.begin_file();
        self.mail.begin_file();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no timestamp, or is a delivery, a sender or an expiry that is cut off or unknown. It gives no event
    /// then, and the next line can be parsed. A line longer than [`MAX_LINE_BYTES`] is parsed as well: only a
    /// [`Reader`](super::Reader) and a [`LineSplitter`](crate::source::LineSplitter) apply the maximum.
    pub fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.events.clear();
        let kind = self.parse_any(line, out)?;
        take_checked(&mut self.events, out)?;
        Ok(kind)
    }

    /// Parses a line. Appends the events of earlier lines that no longer wait to `released`.
    #[inline]
    fn parse_any(&mut self, line: &[u8], released: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        if let Some((at, rest)) = self.clock.peek(line)
            && let Some((program, text)) = entry::parse_quickly(rest, self.host.name())
        {
            self.clock.pass(at, line, rest);
            let context = LineContext::new(at, self.host.hash(), program, rest);
            let kind = self.mail.parse_line(context, text, released, &mut self.events);
            let kind = kind.map_err(|failure| failure.reason(line))?;
            return Ok(kind);
        }
        if line.trim_ascii_start().is_empty() {
            return Ok(LineKind::Blank);
        }
        match self.wrapper.unwrap(line, MAX_LINE_BYTES)? {
            Unwrapped::Content(content) => {
                self.parse_content(&content, released).map_err(|failure| failure.reason(line))
            }
            Unwrapped::Nothing => Ok(LineKind::OtherProgram),
        }
    }

    /// Parses a line in the general way.
    fn parse_content<'a>(
        &mut self,
        content: &'a Content<'a>,
        released: &mut impl Extend<Event>,
    ) -> Result<LineKind, Failure<'a>> {
        let head = Head::parse(content)?;
        let at = head.instant(&mut self.clock)?;
        if let Some((line, rest)) = head.whole() {
            self.clock.pass(at, line, rest);
        }
        let line = head.line();
        let program = match entry::parse(&head)? {
            Some(program) => program,
            // The line before may be repeated by the syslog itself, which is a program without a name.
            None => match head.text.filter(|_| Repeated::is_by_syslog(&head.program)) {
                Some(text) if Repeated::parse_last(text).is_some() => (Program::Other, text),
                _ => {
                    self.mail.forget_last();
                    return Ok(LineKind::OtherProgram);
                }
            },
        };
        if self.host.pass(&head.host) {
            self.mail.see_host(self.host.hash());
        }
        let context = LineContext::new(at, self.host.hash(), program.0, &line);
        self.mail.parse_line(context, program.1, released, &mut self.events)
    }
}

parse_by_methods!(Parser);

impl Hooks for Parser {
    fn clock(&self) -> Option<&Clock> {
        Some(&self.clock)
    }

    fn clock_mut(&mut self) -> Option<&mut Clock> {
        Some(&mut self.clock)
    }

    fn wait(&mut self, waits: bool) {
        self.mail.wait(waits);
    }

    fn finish(&mut self, out: &mut impl Extend<Event>) {
        self.mail.finish(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, ProviderKind, Providers};

    /// Returns the providers of the events of a delivery and of a rejection, both to `domain`.
    fn providers_of(options: Options, domain: &str) -> Vec<Option<String>> {
        let (mut parser, mut events) = (Parser::new(options), Vec::new());
        for line in [
            format!("smtp[1]: AAAAA60B01: to=<a@{domain}>, relay=none, status=sent (ok)"),
            format!(
                "smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.2 no; from=<> to=<a@{domain}>"
            ),
        ] {
            let line = format!("Nov 21 00:09:39 mx1 postfix/{line}");
            assert_eq!(parser.parse_line(line.as_bytes(), &mut events).unwrap(), LineKind::WithEvents);
        }
        events.iter().map(|event| event.message_fields().provider.as_deref().map(str::to_owned)).collect()
    }

    #[test]
    fn the_provider_of_an_event_is_looked_up_in_the_table_of_the_options() {
        let acme = Provider::new("Acme", ProviderKind::Hosted);
        let custom = Providers::builtin()
            .with_domain("acme.example", acme.clone())
            .and_then(|providers| providers.with_domain("gmail.com", acme))
            .unwrap();
        let options = || Options::new(chrono::DateTime::from_timestamp(1_796_083_200, 0).unwrap());
        for (options, domain, expected) in [
            (options(), "gmail.com", Some("Google")),
            (options(), "acme.example", None),
            (options().providers(custom.clone()), "gmail.com", Some("Acme")),
            (options().providers(custom.clone()), "ACME.example.", Some("Acme")),
            (options().providers(custom), "yahoo.com", Some("Yahoo")),
            (options().providers(Providers::empty()), "gmail.com", None),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(providers_of(options, domain), [expected.clone(), expected], "{domain}");
        }
    }
}
