//! The parser of whole lines, which turns them into events.

use super::id::Id;
use super::line::{Line, Part};
use super::mail::Mail;
use super::offset::Offset;
use super::parts::Parts;
use super::{MAX_LINE_BYTES, Options};
use crate::event::Event;
use crate::source::failure::Failure;
use crate::source::head::{Clock, Unwrapped, Wrapper};
use crate::source::log::host::LastHost;
use crate::source::log::maker::Written;
use crate::source::log::{Hooks, parse_by_methods, take_checked};
use crate::source::{LineKind, Reason};

/// Parses the lines of a log one by one, and returns their events. A [`Reader`](super::Reader) is a parser with an input.
///
/// It remembers the messages that are open, the time, and the lines of the last minutes. The [module](super) describes which
/// lines become which events.
///
/// ```
/// use mailtally::source::LineKind;
/// use mailtally::source::exim::{Options, Parser};
///
/// let mut parser = Parser::new(Options::new("2026-12-01T00:00:00Z".parse()?));
/// let mut events = Vec::new();
/// let line = b"2026-02-01 10:30:02 +0100 1vmTmK-00016Q-0b => ann@gmail.com R=dnslookup T=remote_smtp H=mx.example [192.0.2.1]";
/// assert_eq!(parser.parse_line(line, &mut events)?, LineKind::WithEvents);
/// assert_eq!(events[0].at().to_string(), "2026-02-01 09:30:02 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    times: Times,
    wrapper: Wrapper,
    parts: Parts,
    host: LastHost,
    mail: Mail,
    /// The events of a line.
    events: Vec<Event>,
}

/// Computes the instants of lines.
#[derive(Clone, Debug)]
struct Times {
    clock: Clock,
    /// The offset from UTC as ids tell it, unless the zone is set. The clock is in UTC then.
    offset: Option<Offset>,
}

impl Parser {
    /// Returns a parser that is at the start of the first file.
    pub fn new(options: Options) -> Self {
        let clock = Clock::new(options.zone, options.year, options.now);
        let offset = (!options.is_zone_set).then(Offset::default);
        Self {
            times: Times { clock, offset },
            wrapper: Wrapper::default(),
            parts: Parts::default(),
            host: LastHost::new(&options.host),
            mail: Mail::new(options),
            events: Vec::new(),
        }
    }

    /// Begins another file with the next line: the file that follows in time, or any other. Open messages stay open.
    pub fn begin_file(&mut self) {
        self.times.clock.begin_file();
        self.mail.begin_file();
    }

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no time, or is a delivery or a reception that is cut off. It gives no event then, and the next line can
    /// be parsed. A line longer than [`MAX_LINE_BYTES`] is parsed as well: only a [`Reader`](super::Reader) and a
    /// [`LineSplitter`](crate::source::LineSplitter) apply the maximum.
    pub fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.events.clear();
        let kind = self.parse_any(line)?;
        take_checked(&mut self.events, out)?;
        Ok(kind)
    }

    fn parse_any(&mut self, line: &[u8]) -> Result<LineKind, Reason> {
        if let Some(own) = Line::parse_own(line, None) {
            return self.parse_entry(&own, line);
        }
        let text = line.trim_ascii_start();
        if text.is_empty() {
            return Ok(LineKind::Blank);
        }
        if text.len() < line.len() && !text[0].is_ascii_digit() {
            // What Exim says about a failure of its own may have more than one line.
            return Ok(LineKind::Ignored);
        }
        match self.wrapper.unwrap(line, MAX_LINE_BYTES)? {
            Unwrapped::Content(content) => match Line::parse(&content) {
                Ok(Some(found)) => self.parse_entry(&found, line),
                Ok(None) => Ok(LineKind::OtherProgram),
                Err(failure) => Err(failure.reason(line)),
            },
            Unwrapped::Nothing => Ok(LineKind::OtherProgram),
        }
    }

    fn parse_entry(&mut self, line: &Line<'_>, whole: &[u8]) -> Result<LineKind, Reason> {
        self.host.pass(&line.host);
        let part = if line.is_of_syslog { Part::parse(line.text) } else { None };
        let Some(part) = part else { return self.parse_text(line).map_err(|failure| failure.reason(whole)) };
        let Some(text) = self.parts.join(self.host.hash(), part) else { return Ok(LineKind::Ignored) };
        let joined = match Line::parse_own(&text, Some(line.stamp)) {
            Some(own) => Line { host: line.host.clone(), is_of_syslog: true, ..own },
            None => Line { text: &text, ..line.clone() },
        };
        self.parse_text(&joined).map_err(|failure| failure.reason(&text))
    }

    fn parse_text<'a>(&mut self, line: &Line<'a>) -> Result<LineKind, Failure<'a>> {
        let Line { text, is_of_syslog, .. } = *line;
        let id = Id::parse(self.host.hash(), text);
        let expected = "a day of the calendar in a year from 1 to 9999";
        let no_such_day = Failure::invalid(text, "date", expected);
        let at = self.times.instant(line, id).ok_or(no_such_day)?;
        let written = Written { at, host: self.host.hash(), line: text };
        match id {
            Some((id, rest)) => self.mail.parse_line(written, id, rest, &mut self.events),
            None => Ok(self.mail.parse_other(written, is_of_syslog, &mut self.events)),
        }
    }

    /// Finds the offset of local time from UTC in the start of a file.
    fn find_offset(&mut self, start: &[u8]) {
        let mut wrapper = Wrapper::default();
        for line in start.split(|&byte| byte == b'\n') {
            let note = |times: &mut Times, line: &Line<'_>| {
                times.instant(line, Id::parse(0, line.text));
            };
            if let Some(own) = Line::parse_own(line, None) {
                note(&mut self.times, &own);
            } else if let Ok(Unwrapped::Content(content)) = wrapper.unwrap(line, MAX_LINE_BYTES)
                && let Ok(Some(found)) = Line::parse(&content)
            {
                note(&mut self.times, &found);
            }
            if self.times.offset.is_none_or(Offset::is_known) {
                return;
            }
        }
    }
}

impl Times {
    /// Returns the instant of a line, of which `id` is the id and what follows it; `None` if its time is no day of the
    /// calendar.
    fn instant(&mut self, line: &Line<'_>, id: Option<(Id, &[u8])>) -> Option<i64> {
        let at = self.clock.instant(line.stamp, line.outer, None)?;
        if !line.stamp.is_local() {
            return Some(at);
        }
        let second = at.div_euclid(1000);
        let received = id.and_then(|(id, rest)| Some((id.received_at(second)?, rest)));
        let is_reception = |rest: &[u8]| rest.starts_with(b"<= ") || rest.starts_with(b"(= ");
        match (&mut self.offset, received) {
            (Some(offset), Some((received, rest))) if is_reception(rest) => {
                offset.note(second, received);
            }
            // Where clocks were set back, the id tells which of two readings is meant.
            (None, Some((received, rest))) if is_reception(rest) => {
                return Some(self.clock.settle(at, received * 1000));
            }
            (None, Some((received, _))) if second < received => {
                return Some(self.clock.settle(at, i64::MAX / 2));
            }
            _ => {}
        }
        Some(at - self.offset.map_or(0, |offset| offset.seconds() * 1000))
    }
}

parse_by_methods!(Parser);

impl Hooks for Parser {
    fn clock(&self) -> Option<&Clock> {
        Some(&self.times.clock)
    }

    fn clock_mut(&mut self) -> Option<&mut Clock> {
        Some(&mut self.times.clock)
    }

    fn look(&mut self, start: &[u8]) {
        let mut ahead = self.clone();
        ahead.find_offset(start);
        self.times.offset = ahead.times.offset;
    }

    fn needs_look(&self) -> bool {
        self.times.offset.is_some_and(|offset| !offset.is_known())
    }

    fn finish(&mut self, out: &mut impl Extend<Event>) {
        self.mail.finish(out);
    }
}
