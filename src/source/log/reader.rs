//! The reader of a log: an input, and the parser of its lines.

use std::collections::VecDeque;
use std::io::BufRead;

use super::{Hooks, MAX_LINE_BYTES, Options, Parse};
use crate::event::Event;
use crate::source::ahead::Ahead;
use crate::source::head::{Clock, Head, Unwrapped, Wrapper};
use crate::source::reader::{LineReader, ParseLine};
use crate::source::{LineKind, Reason, SourceError, Summary};

/// Iterates over the events of a mail log, in the order of its lines; where further lines show whether there was an event, it
/// comes up to a minute of the log's time later.
///
/// A line that cannot be parsed is a [`SourceError::Line`]; the next call continues with the next line. If the input cannot
/// be read, the last item is a [`SourceError::Input`]. The input should have a large buffer, 64 KiB or more.
#[derive(Debug)]
pub struct Reader<R, P> {
    lines: LineReader<Ahead<R>, P>,
    /// Whether the input's start was searched for the year.
    has_looked: bool,
}

/// The number of bytes in which the year of a log without years is searched for before the first event is returned.
const LOOK_AHEAD: usize = 1 << 18;

/// The number of bytes that show whether a log has years.
const FIRST_LOOK: usize = 1 << 12;

impl<R: BufRead, P: Parse> Reader<R, P> {
    /// Returns a reader of `input`, the first file.
    pub fn new(input: R, options: Options) -> Self {
        Self::with_parser(input, P::new(options))
    }

    /// Returns a reader of `input`, a further file, with the parser of [`Reader::into_parser`].
    ///
    /// ```
    /// use mailtally::source::postfix::{Options, Reader};
    ///
    /// let older = &b"Nov 21 23:59:59 mx1 postfix/qmgr[1]: 4225AF60B5: from=<news@shop.example>, size=1, nrcpt=1 (queue active)\n"[..];
    /// let newer = &b"Nov 22 00:00:01 mx1 postfix/smtp[2]: 4225AF60B5: to=<a@x.example>, relay=none, status=bounced (no)\n"[..];
    /// let mut reader = Reader::new(older, Options::new("2026-12-01T00:00:00Z".parse()?));
    /// assert_eq!(reader.by_ref().count(), 0);
    /// let mut reader = Reader::continuing(reader.into_parser(), newer);
    /// let event = reader.next().expect("the second file has one event")?;
    /// assert_eq!(event.message_fields().mailbox.as_deref(), Some("news@shop.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn continuing(mut parser: P, input: R) -> Self {
        parser.begin_file();
        Self::with_parser(input, parser)
    }

    pub(in crate::source) fn with_parser(input: R, mut parser: P) -> Self {
        parser.wait(true);
        Self { lines: LineReader::new(Ahead::new(input), parser), has_looked: false }
    }

    /// Sets the year of this file's first line, if it has none: that of [`Reader::proven_year`] of an earlier reader of the
    /// same file.
    #[must_use]
    pub fn first_year(mut self, year: i32) -> Self {
        if let Some(clock) = self.lines.parts_mut().1.clock_mut() {
            clock.set_first_year(year);
        }
        self.has_looked = true;
        self
    }

    /// Returns the year of this file's first line, if that line has none and the lines read so far have proved another year
    /// than the one that was taken; the events returned so far are in wrong years then. Read the file again, with this year
    /// as [`Reader::first_year`] and the parser as it was before.
    ///
    /// A reader searches the first 256 KiB for such a proof before it returns the first event, so a shorter log need not be
    /// read again.
    pub fn proven_year(&self) -> Option<i32> {
        self.lines.parser().clock()?.proven_first_year()
    }

    /// Returns the parser with its state, for the next file.
    pub fn into_parser(self) -> P {
        let mut parser = self.lines.into_parser();
        parser.wait(false);
        parser
    }

    /// Returns the number of lines read and of events returned so far.
    pub fn summary(&self) -> Summary {
        self.lines.summary()
    }

    fn look_ahead(&mut self) {
        self.has_looked = true;
        let (input, parser) = self.lines.parts_mut();
        if parser.needs_look() {
            parser.look(input.look(LOOK_AHEAD));
        }
        let Some(clock) = parser.clock_mut() else { return };
        let first = after(clock, input.look(FIRST_LOOK));
        if !first.is_first_year_open() && first.proven_first_year().is_none() {
            return;
        }
        if let Some(year) = after(clock, input.look(LOOK_AHEAD)).proven_first_year() {
            clock.set_first_year(year);
        }
    }
}

impl<R: BufRead, P: Parse> Iterator for Reader<R, P> {
    type Item = Result<Event, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.has_looked {
            self.look_ahead();
        }
        self.lines.next()
    }
}

impl<P: Parse> ParseLine for P {
    const MAX_LINE_BYTES: usize = MAX_LINE_BYTES;

    fn parse_line(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason> {
        Parse::parse_line(self, line, out)
    }

    fn finish(&mut self, out: &mut VecDeque<Event>) {
        Hooks::finish(self, out);
    }
}

/// Returns the clock after the lines of a text, of which the last may be cut off.
fn after(clock: &Clock, text: &[u8]) -> Clock {
    let (mut clock, mut wrapper) = (clock.clone(), Wrapper::default());
    for line in text.split(|&byte| byte == b'\n') {
        if let Some((at, rest)) = clock.peek(line) {
            clock.pass(at, line, rest);
        } else if let Ok(Unwrapped::Content(content)) = wrapper.unwrap(line, MAX_LINE_BYTES)
            && let Ok(head) = Head::parse(&content)
        {
            let _ = head.instant(&mut clock);
        }
    }
    clock
}
