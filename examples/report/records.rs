//! Loads the records of a mail system: a body in each line, one body over several lines, or mails.

use std::fmt::Display;
use std::io::{BufRead, Read};

use mailtally::source::records::{Options, Reader, RecordSummary};
use mailtally::source::{self, Reason, Source, SourceError};

use crate::failure::Failure;
use crate::file;
use crate::found::{Counts, Found, Unreadable};
use crate::pour::Pour;
use crate::recognize::{MAX_BODY_BYTES, text};

/// Loads the records of a file.
pub(crate) struct Records<'a> {
    pub(crate) source: Source,
    pub(crate) options: Options,
    pub(crate) pour: &'a Pour<'a>,
    /// Says what is wrong with a line or record; an error if that ends the run.
    pub(crate) fault: &'a dyn Fn(&dyn Display, u64) -> Result<(), Failure>,
    /// Says that the file cannot be read to its end.
    pub(crate) unreadable: &'a dyn Fn(&dyn Display) -> Result<(), Unreadable>,
}

impl Records<'_> {
    /// Loads a file with a body in each line.
    pub(crate) fn load_lines(self, input: impl BufRead) -> Result<Found, Failure> {
        let mut reader = Reader::new(self.source, input, self.options);
        let mut lane = self.pour.lane();
        let (mut faults, mut bad_lines, mut whole) = (0, 0, Ok(()));
        for item in &mut reader {
            match item {
                Ok(event) => lane.push(event),
                Err(SourceError::Line(error)) => {
                    faults += 1;
                    bad_lines += u64::from(!matches!(error.reason(), Reason::Record { .. }));
                    (self.fault)(&error, faults)?;
                }
                Err(SourceError::Input { line, source }) => {
                    let reason = format!("reading failed in line {line}: {}", file::reason(&source));
                    whole = (self.unreadable)(&reason);
                }
                Err(error) => whole = (self.unreadable)(&error),
            }
        }
        let mut summary = reader.record_summary();
        summary.records += bad_lines;
        summary.errors += bad_lines;
        Ok(Found::new(Counts::Records(summary), whole))
    }

    /// Loads a file that is one body, or a mailbox of mails.
    pub(crate) fn load_whole(self, input: impl Read) -> Result<Found, Failure> {
        let mut content = Vec::new();
        let read = input.take(MAX_BODY_BYTES + 1).read_to_end(&mut content);
        let whole = match read {
            Err(error) => (self.unreadable)(&format!("reading failed: {}", file::reason(&error))),
            Ok(_) if content.len() as u64 > MAX_BODY_BYTES => {
                let reason = format!(
                    "is one body of more than {} MiB, expected a smaller one, or a body in each line",
                    MAX_BODY_BYTES >> 20
                );
                let whole = (self.unreadable)(&reason);
                return Ok(Found::new(Counts::Records(RecordSummary::default()), whole));
            }
            Ok(_) => Ok(()),
        };
        let mut lane = self.pour.lane();
        let (mut faults, mut summary) = (0, RecordSummary::default());
        let bodies = bodies(self.source, text(&content));
        for (index, body) in bodies.iter().enumerate() {
            let batch = source::events(self.source, body, &self.options);
            batch.events.into_iter().for_each(|event| lane.push(event));
            for error in &batch.errors {
                faults += 1;
                match bodies.len() {
                    1 => (self.fault)(error, faults)?,
                    _ => (self.fault)(&format!("mail {}: {error}", index + 1), faults)?,
                }
            }
            summary += batch.summary;
        }
        Ok(Found::new(Counts::Records(summary), whole))
    }
}

/// Returns the bodies of a file: each mail of a mailbox (mbox), otherwise the file itself.
fn bodies(source: Source, content: &[u8]) -> Vec<&[u8]> {
    const START: &[u8] = b"From ";
    if !matches!(source, Source::Dsn | Source::Arf) || !content.starts_with(START) {
        return vec![content];
    }
    let (mut mails, mut start, mut at, mut is_after_blank) = (Vec::new(), 0, 0, false);
    for line in content.split_inclusive(|&byte| byte == b'\n') {
        if is_after_blank && line.starts_with(START) {
            mails.push(&content[start..at]);
            start = at;
        }
        at += line.len();
        is_after_blank = line.trim_ascii().is_empty();
        if start + line.len() == at && line.starts_with(START) {
            start = at;
        }
    }
    mails.push(&content[start..]);
    mails
}
