//! Reads a file with a body of records in each line.

use std::collections::VecDeque;
use std::io::BufRead;

use super::output::{Destinations, Output};
use super::{Batch, Options, RecordSummary};
use crate::event::Event;
use crate::source::reader::{LineReader, ParseLine};
use crate::source::system::Source;
use crate::source::{LineKind, Reason, SourceError, Summary};

/// Appends the events and errors of a body to an output.
pub(in crate::source) type ReadBody = fn(&[u8], &mut Output<'_>);

/// Iterates over the events of a file with a body of records in each line, in the order of the lines.
///
/// A line with records that cannot be read is one [`SourceError::Line`], after the events of its other records. If the
/// input cannot be read, the last item is a [`SourceError::Input`]. The input should have a large buffer, 64 KiB or
/// more.
#[derive(Debug)]
pub struct Reader<R> {
    lines: LineReader<R, Parser>,
}

impl<R: BufRead> Reader<R> {
    pub(in crate::source) fn with(source: Source, read: ReadBody, input: R, options: Options) -> Self {
        let parser = Parser {
            source,
            read,
            options,
            destinations: Destinations::default(),
            summary: RecordSummary::default(),
        };
        Self { lines: LineReader::new(input, parser) }
    }

    /// Returns the number of lines read and of events returned so far.
    pub fn summary(&self) -> Summary {
        self.lines.summary()
    }

    /// Returns the number of records in the lines that were read so far. All events of a line are counted when it is
    /// read.
    pub fn record_summary(&self) -> RecordSummary {
        self.lines.parser().summary
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Event, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.next()
    }
}

/// Parses each line by itself.
#[derive(Debug)]
struct Parser {
    source: Source,
    read: ReadBody,
    options: Options,
    destinations: Destinations,
    summary: RecordSummary,
}

impl ParseLine for Parser {
    const MAX_LINE_BYTES: usize = super::MAX_LINE_BYTES;

    fn parse_line(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason> {
        if line.trim_ascii().is_empty() {
            return Ok(LineKind::Blank);
        }
        let mut output = Output::new(self.source, &self.options, &mut self.destinations);
        (self.read)(line, &mut output);
        let Batch { events, errors, summary } = output.into_batch();
        self.summary += summary;
        let kind = if events.is_empty() { LineKind::Ignored } else { LineKind::WithEvents };
        out.extend(events);
        match errors.into_iter().next() {
            Some(error) => Err(Reason::Record { error: Box::new(error), more: summary.errors - 1 }),
            None => Ok(kind),
        }
    }
}
