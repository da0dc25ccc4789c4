//! Lines out of any input, without a copy where a line lies whole in the input's buffer.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::ops::ControlFlow;

use memchr::memchr_iter;

use super::{Complaint, LineKind, Reason, SourceError, Summary};
use crate::event::Event;

/// What some programs put before the first character of a UTF-8 text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Turns single lines into events.
pub(super) trait Parse {
    /// The most bytes of a line, without its end, that are held.
    const LONGEST_LINE: usize;

    /// Reads one line without its end.
    fn parse(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason>;
}

/// The events and complaints of an input, in the order of its lines.
#[derive(Debug)]
pub(super) struct Items<R, P> {
    lines: Lines<R>,
    parser: P,
    ready: VecDeque<Event>,
    /// What comes after the events that are ready.
    error: Option<SourceError>,
    ended: bool,
    summary: Summary,
}

impl<R: BufRead, P: Parse> Items<R, P> {
    pub(super) fn new(input: R, parser: P) -> Self {
        Self {
            lines: Lines::new(input, P::LONGEST_LINE),
            parser,
            ready: VecDeque::new(),
            error: None,
            ended: false,
            summary: Summary::default(),
        }
    }

    pub(super) fn summary(&self) -> Summary {
        self.summary
    }

    pub(super) fn into_parser(self) -> P {
        self.parser
    }

    /// Reads on until there is something to give, or the input ends.
    fn fill(&mut self) {
        let Self { lines, parser, ready, error, ended, summary } = self;
        while ready.is_empty() && error.is_none() && !*ended {
            let more = lines.block(|line| {
                let result = line.and_then(|line| parser.parse(line, ready));
                summary.note(&result);
                match result {
                    Ok(_) => ControlFlow::Continue(()),
                    Err(reason) => {
                        *error = Some(Complaint::new(summary.lines, reason).into());
                        ControlFlow::Break(())
                    }
                }
            });
            match more {
                Ok(more) => *ended = !more,
                Err(source) => {
                    *error = Some(SourceError::Input { line: summary.lines + 1, source });
                    *ended = true;
                }
            }
        }
    }
}

impl<R: BufRead, P: Parse> Iterator for Items<R, P> {
    type Item = Result<Event, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && self.error.is_none() {
            self.fill();
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

/// An input cut into lines at `\n` or `\r\n`; the last needs no end.
#[derive(Debug)]
struct Lines<R> {
    input: R,
    start: Start,
    at_first: bool,
}

impl<R: BufRead> Lines<R> {
    /// The most bytes that are looked at in one go, so that an input which lies in memory is not read all at once.
    const BLOCK: usize = 32 * 1024;

    fn new(input: R, longest: usize) -> Self {
        Self { input, start: Start { bytes: Vec::new(), too_long: false, longest }, at_first: true }
    }

    /// Gives each line of the next block to `each`, until that breaks; `false` at the end of the input.
    fn block(
        &mut self,
        mut each: impl FnMut(Result<&[u8], Reason>) -> ControlFlow<()>,
    ) -> Result<bool, io::Error> {
        let block = loop {
            match self.input.fill_buf() {
                Ok(block) => break &block[..block.len().min(Self::BLOCK)],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        if block.is_empty() {
            if !self.start.is_empty() {
                let _ = each(self.start.finish(b"").map(|line| bare(line, &mut self.at_first)));
                self.start.clear();
            }
            return Ok(false);
        }
        let mut read = 0;
        for end in memchr_iter(b'\n', block) {
            let line = &block[read..end];
            read = end + 1;
            let flow = if self.start.is_empty() && line.len() <= self.start.longest {
                each(Ok(bare(line, &mut self.at_first)))
            } else {
                let flow = each(self.start.finish(line).map(|line| bare(line, &mut self.at_first)));
                self.start.clear();
                flow
            };
            if flow.is_break() {
                self.input.consume(read);
                return Ok(true);
            }
        }
        self.start.push(&block[read..]);
        let length = block.len();
        self.input.consume(length);
        Ok(true)
    }
}

/// The start of a line whose end is still to come.
#[derive(Debug)]
struct Start {
    bytes: Vec<u8>,
    /// More came than is held.
    too_long: bool,
    longest: usize,
}

impl Start {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.too_long
    }

    fn push(&mut self, more: &[u8]) {
        if self.too_long || self.bytes.len() + more.len() > self.longest {
            self.too_long = true;
            self.bytes.clear();
        } else {
            self.bytes.extend_from_slice(more);
        }
    }

    fn finish(&mut self, end: &[u8]) -> Result<&[u8], Reason> {
        self.push(end);
        if self.too_long { Err(Reason::TooLong { limit: self.longest }) } else { Ok(&self.bytes) }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.too_long = false;
    }
}

/// The line without a carriage return at its end and, the first, without a byte order mark.
fn bare<'a>(line: &'a [u8], at_first: &mut bool) -> &'a [u8] {
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    if *at_first {
        *at_first = false;
        line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    }
    line
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use proptest::prelude::*;

    use super::*;

    /// Every line, a line that is too long as `None`.
    fn lines(input: impl BufRead, longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(input, longest);
        let mut all = Vec::new();
        let mut each = |line: Result<&[u8], Reason>| {
            all.push(line.ok().map(<[u8]>::to_vec));
            if all.len() % 3 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        while lines.block(&mut each).unwrap() {}
        all
    }

    /// What `lines` means.
    fn plain_lines(input: &[u8], longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut all: Vec<&[u8]> = input.split(|&byte| byte == b'\n').collect();
        if all.last().is_some_and(|last| last.is_empty()) {
            all.pop();
        }
        let held =
            |line: &[u8]| (line.len() <= longest).then(|| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
        all.into_iter().map(held).collect()
    }

    /// An input that breaks off, after being interrupted once.
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

    struct Counting;

    impl Parse for Counting {
        const LONGEST_LINE: usize = 8;

        fn parse(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason> {
            if line == b"b" {
                return Err(Reason::NotUtf8 { column: 1 });
            }
            out.push_back(Event::new("a", "m", "e", crate::Kind::Sent, chrono::DateTime::UNIX_EPOCH));
            Ok(LineKind::Telling)
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        assert_eq!(
            lines(&b"\xef\xbb\xbfa\n\xef\xbb\xbfb"[..], 9),
            [Some(b"a".to_vec()), Some(b"\xef\xbb\xbfb".to_vec())]
        );
    }

    #[test]
    fn complaints_come_in_line_order_and_a_broken_input_ends_it() {
        let mut items = Items::new(BufReader::new(Broken(0)), Counting);
        assert!(items.next().is_some_and(|item| item.is_ok()));
        assert_eq!(
            items.next().unwrap().unwrap_err().to_string(),
            "line 2, column 1: unknown bytes, expected UTF-8"
        );
        assert_eq!(items.next().unwrap().unwrap_err().to_string(), "line 3: the input cannot be read");
        assert!(items.next().is_none() && items.next().is_none());
        let expected = Summary { lines: 2, telling: 1, complaints: 1, events: 1, ..Summary::default() };
        assert_eq!(items.summary(), expected);
    }

    #[test]
    fn a_long_line_is_one_complaint_and_the_next_is_read() {
        let input = [b"x".repeat(100_000), b"\na".to_vec()].concat();
        let items: Vec<_> = Items::new(&input[..], Counting).collect();
        assert!(matches!(&items[..], [Err(SourceError::Line(long)), Ok(_)] if long.line() == 1));
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_the_blocks_they_come_in(
            input in "[ab\r\n]{0,80}",
            capacity in 1_usize..20,
            longest in 1_usize..12,
        ) {
            let expected = plain_lines(input.as_bytes(), longest);
            prop_assert_eq!(&lines(BufReader::with_capacity(capacity, input.as_bytes()), longest), &expected);
            prop_assert_eq!(&lines(input.as_bytes(), longest), &expected);
        }
    }
}
