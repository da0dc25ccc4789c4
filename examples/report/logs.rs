//! The parsers of the logs of mail systems, of which each goes on from file to file.

use std::io::BufRead;

use chrono::{DateTime, Utc};
use mailtally::Event;
use mailtally::source::log::{Options, Parse, Reader};
use mailtally::source::{
    Reason, SourceError, Summary, exchange, exim, opensmtpd, postfix, sendmail, stalwart,
};

use crate::kind::Log;

/// The parsers, with the messages that were still in the queues at the end of the last log of each mail system.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    postfix: Option<postfix::Parser>,
    exim: Option<exim::Parser>,
    opensmtpd: Option<opensmtpd::Parser>,
    sendmail: Option<sendmail::Parser>,
    stalwart: Option<stalwart::log::Parser>,
    exchange: Option<exchange::Parser>,
}

/// What reading a log to its end found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    pub(crate) summary: Summary,
    /// The lines whose event the reader refused.
    pub(crate) refused_lines: u64,
    /// The year of the first line, if it is another than the one that was taken.
    pub(crate) proven_year: Option<i32>,
}

impl Logs {
    /// Reads a log whose first line is in `year`, if that is known, and gives each event and error to `take`, which may end the
    /// run.
    pub(crate) fn read<E>(
        &mut self,
        log: Log,
        input: impl BufRead,
        options: Options,
        year: Option<i32>,
        take: impl FnMut(Result<Event, SourceError>) -> Result<(), E>,
    ) -> Result<Read, E> {
        match log {
            Log::Postfix => read(&mut self.postfix, input, options, year, take),
            Log::Exim => read(&mut self.exim, input, options, year, take),
            Log::Opensmtpd => read(&mut self.opensmtpd, input, options, year, take),
            Log::Sendmail => read(&mut self.sendmail, input, options, year, take),
            Log::Stalwart => read(&mut self.stalwart, input, options, year, take),
            Log::Exchange => read(&mut self.exchange, input, options, year, take),
        }
    }
}

fn read<P: Parse, E>(
    parser: &mut Option<P>,
    input: impl BufRead,
    options: Options,
    year: Option<i32>,
    mut take: impl FnMut(Result<Event, SourceError>) -> Result<(), E>,
) -> Result<Read, E> {
    let reader = match parser.take() {
        Some(parser) => Reader::continuing(parser, input),
        None => Reader::new(input, options),
    };
    let mut reader = year.into_iter().fold(reader, Reader::first_year);
    let mut refused_lines = 0;
    for item in &mut reader {
        if let Err(SourceError::Line(error)) = &item {
            refused_lines += u64::from(matches!(error.reason(), Reason::Refused { .. }));
        }
        take(item)?;
    }
    let (summary, proven_year) = (reader.summary(), reader.proven_year());
    *parser = Some(reader.into_parser());
    Ok(Read { summary, refused_lines, proven_year })
}

/// Returns the time of the first event of the log that starts with `start`.
pub(crate) fn first_instant(log: Log, start: &[u8], options: Options) -> Option<DateTime<Utc>> {
    let mut first = None;
    let ended = Logs::default().read(log, start, options, None, |item| {
        first = item.ok().map(|event| event.at());
        if first.is_some() { Err(()) } else { Ok(()) }
    });
    ended.err().and(first)
}
