//! The part that all readers share: from an input to events, line by line.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::lines::LineSplitter;
use super::{LineError, LineKind, Reason, SourceError, Summary};
use crate::event::Event;

/// A parser of single lines.
pub(super) trait ParseLine {
    /// The maximum length of a line in bytes, without its end.
    const MAX_LINE_BYTES: usize;

    /// Parses one line without its end, and appends its events to `out`.
    fn parse_line(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason>;

    /// Appends the events that wait for further lines to `out`, as there is none.
    fn finish(&mut self, out: &mut VecDeque<Event>) {
        let _ = out;
    }
}

/// Iterates over the events and errors of an input, in the order of its lines.
#[derive(Debug)]
pub(super) struct LineReader<R, P> {
    input: R,
    splitter: LineSplitter,
    parser: P,
    /// The events that are parsed and not yet returned.
    ready: VecDeque<Event>,
    /// The error to return after the events that are ready.
    error: Option<SourceError>,
    has_ended: bool,
    summary: Summary,
}

impl<R: BufRead, P: ParseLine> LineReader<R, P> {
    pub(super) fn new(input: R, parser: P) -> Self {
        Self {
            input,
            splitter: LineSplitter::new(P::MAX_LINE_BYTES),
            parser,
            ready: VecDeque::new(),
            error: None,
            has_ended: false,
            summary: Summary::default(),
        }
    }

    pub(super) fn summary(&self) -> Summary {
        self.summary
    }

    /// Returns the input and the parser.
    pub(super) fn parts_mut(&mut self) -> (&mut R, &mut P) {
        (&mut self.input, &mut self.parser)
    }

    pub(super) fn parser(&self) -> &P {
        &self.parser
    }

    pub(super) fn into_parser(self) -> P {
        self.parser
    }

    /// Reads lines until there is an event or an error to return, or the input's buffer is used up.
    fn read_lines(&mut self) -> io::Result<()> {
        let Self { input, splitter, parser, ready, error, has_ended, summary } = self;
        let mut parse = |line: Result<&[u8], Reason>| {
            // Not `and_then`, which copies the result of each line.
            let result = match line {
                Ok(line) => parser.parse_line(line, ready),
                Err(reason) => Err(reason),
            };
            summary.count_line(&result);
            if let Err(reason) = result {
                *error = Some(LineError::new(summary.lines, reason).into());
                return false;
            }
            ready.is_empty()
        };
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            *has_ended = true;
            splitter.finish().map(parse);
            parser.finish(ready);
            return Ok(());
        }
        let mut rest = buffer;
        while let Some(line) = splitter.next_line(&mut rest) {
            if !parse(line) {
                break;
            }
        }
        let used = buffer.len() - rest.len();
        input.consume(used);
        Ok(())
    }
}

impl<R: BufRead, P: ParseLine> Iterator for LineReader<R, P> {
    type Item = Result<Event, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && self.error.is_none() && !self.has_ended {
            match self.read_lines() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    self.error = Some(SourceError::Input { line: self.summary.lines + 1, source });
                    self.has_ended = true;
                }
            }
        }
        match self.ready.pop_front() {
            Some(event) => {
                self.summary.events += 1;
                Some(Ok(event))
            }
            None => self.error.take().map(Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    /// An input that is interrupted once, gives a few bytes, and fails.
    struct Broken(u8);

    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => Err(io::ErrorKind::Interrupted.into()),
                2 => {
                    buffer[..6].copy_from_slice(b"a\nb\ncc");
                    Ok(6)
                }
                _ => Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }

    /// Returns an event for every line but `b`.
    struct EventPerLine;

    impl ParseLine for EventPerLine {
        const MAX_LINE_BYTES: usize = 8;

        fn parse_line(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason> {
            if line == b"b" {
                return Err(Reason::NotUtf8 { column: 1 });
            }
            out.push_back(Event::new("a", "m", "e", crate::Kind::Sent, chrono::DateTime::UNIX_EPOCH));
            Ok(LineKind::WithEvents)
        }
    }

    #[test]
    fn errors_come_in_the_order_of_the_lines_and_an_input_that_fails_ends_the_reader() {
        let mut items = LineReader::new(BufReader::new(Broken(0)), EventPerLine);
        assert!(items.next().is_some_and(|item| item.is_ok()));
        assert_eq!(items.next().unwrap().unwrap_err().to_string(), "line 2, column 1: invalid UTF-8");
        assert_eq!(items.next().unwrap().unwrap_err().to_string(), "line 3: the input cannot be read");
        assert!(items.next().is_none() && items.next().is_none());
        let expected = Summary { lines: 2, with_events: 1, errors: 1, events: 1, ..Summary::default() };
        assert_eq!(items.summary(), expected);
    }

    #[test]
    fn a_long_line_is_one_error_and_the_next_is_read() {
        let input = [b"x".repeat(100_000), b"\na".to_vec()].concat();
        for capacity in [3, 1000, 1_000_000] {
            let items: Vec<_> =
                LineReader::new(BufReader::with_capacity(capacity, &input[..]), EventPerLine).collect();
            assert!(matches!(&items[..], [Err(SourceError::Line(long)), Ok(_)] if long.line() == 1));
        }
    }
}
