//! Reads files into the store, and reports each line and file that cannot be read on standard error.

use std::fmt::Display;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mailtally::MemoryStore;
use mailtally::message::EventRef;
use mailtally::source::{
    Content, Format, LineError, LineKind, Reason, SourceError, Summary, detect, jsonl, postfix,
};
use mailtally::store::Loader;

use crate::args::{Args, Input};
use crate::failure::Failure;
use crate::file;
use crate::load::{Loaded, MAX_SHOWN, Refusals};
use crate::progress::Progress;

/// What was read from all files together.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) loaded: Loaded,
    files: usize,
    faulty_files: usize,
}

impl Reading {
    /// Whether every file was read to its end, even if lines were skipped.
    pub(crate) fn is_whole(&self) -> bool {
        self.faulty_files == 0
    }

    /// Whether there is nothing to report on, because no file could be read.
    pub(crate) fn is_nothing(&self) -> bool {
        self.loaded.extent.is_none() && self.faulty_files > 0 && self.faulty_files == self.files
    }
}

/// Reads every file into `store`.
pub(crate) fn read_all(args: &Args, store: &MemoryStore) -> Result<Reading, Failure> {
    let progress = Progress::new(&args.files);
    let files = Files { args, progress: &progress, store, postfix: None, reading: Reading::default() };
    let mut reading = files.read()?;
    reading.loaded.finish(store);
    if let Some(note) = reading.loaded.note() {
        progress.say(&note);
    }
    Ok(reading)
}

/// The files being read, one after the other.
struct Files<'a> {
    args: &'a Args,
    progress: &'a Progress,
    store: &'a MemoryStore,
    /// The messages that were still in the queue at the end of the last log.
    postfix: Option<postfix::Parser>,
    reading: Reading,
}

/// A file could not be read to its end; the reason was written already.
struct Unreadable;

/// What reading a file to its end found.
struct Found {
    summary: Summary,
    /// The lines whose event the reader refused: a part of the faults.
    refused_lines: u64,
    /// The year of the first line, if it is another than the one that was taken.
    proven_year: Option<i32>,
    whole: Result<(), Unreadable>,
}

impl Files<'_> {
    fn read(mut self) -> Result<Reading, Failure> {
        let files = match self.args.year {
            // `--year` is the year of the first file's first line, so the caller's order stays.
            Some(_) => self.args.files.iter().map(PathBuf::as_path).collect(),
            None => file::oldest_first(&self.args.files, &self.options()),
        };
        for path in files {
            self.reading.files += 1;
            let whole = self.read_file(path)?;
            if whole.is_err() {
                self.reading.faulty_files += 1;
                if self.args.strict {
                    return Err(Failure::Strict);
                }
            }
        }
        self.progress.finish();
        Ok(self.reading)
    }

    /// Reads a file, a second time if its lines without a year are of another year than the first lines seemed to be.
    fn read_file(&mut self, path: &Path) -> Result<Result<(), Unreadable>, Failure> {
        let before = self.postfix.clone();
        let mut year = None;
        let whole = self.read_once(path, &mut year)?;
        if year.is_none() {
            return Ok(whole);
        }
        self.postfix = before;
        self.read_once(path, &mut year)
    }

    /// Reads a file whose first line is in `year`, if that is known. If it is not, and the file proves another year than
    /// the one that was taken, sets `year` and records nothing.
    fn read_once(&mut self, path: &Path, year: &mut Option<i32>) -> Result<Result<(), Unreadable>, Failure> {
        let name = file::name(path);
        let (start, input) = match file::open(path, |raw| Box::new(self.progress.watch(raw))) {
            Ok(opened) => opened,
            Err(error) => return Ok(self.unreadable(&name, file::reason(&error))),
        };
        let format = match (self.args.input, detect(&start)) {
            // Not so where `--input` is given: a crash may leave zeros in a log.
            (Input::Auto, Content::Binary) => {
                return Ok(
                    self.unreadable(&name, "is binary, expected a mail log or JSON Lines, plain or gzipped")
                );
            }
            (_, Content::Compressed(packer)) => {
                let expected = format!(
                    "is packed with {packer}, expected a mail log or JSON Lines, plain or gzipped once"
                );
                return Ok(self.unreadable(&name, expected));
            }
            (Input::Jsonl, _) | (Input::Auto, Content::Known(Format::Jsonl)) => Format::Jsonl,
            (Input::Postfix, _) | (Input::Auto, Content::Known(Format::Postfix)) => Format::Postfix,
            // Empty, or an error comes before the first byte, which reading on reports.
            (Input::Auto, _) if start.trim_ascii().is_empty() => Format::Postfix,
            // In a log of several programs, Postfix's first line may be far down.
            (Input::Auto, _) if self.is_log(&start) => Format::Postfix,
            (Input::Auto, _) => {
                let expected =
                    "starts neither as JSON Lines nor as a Postfix log; name its format with --input";
                return Ok(self.unreadable(&name, expected));
            }
        };
        let input = io::Cursor::new(start).chain(input);
        let loader = self.store.loader();
        let found = match format {
            Format::Jsonl => self.load_jsonl(&name, input, &loader)?,
            _ => self.load_postfix(&name, input, *year, &loader)?,
        };
        if let (None, Some(proven)) = (*year, found.proven_year) {
            if path.is_file() {
                *year = Some(proven);
                return Ok(Ok(()));
            }
            self.progress
                .say(&format!("{name}: the year of its first line is {proven}; name it with --year"));
        }
        let mut refusals = Refusals::new(&name, self.progress, self.args.strict);
        let recorded = loader.finish(|error| refusals.add(&error));
        self.reading.loaded.count(recorded);
        refusals.check()?;
        Ok(self.judge(&name, found, refusals.count))
    }

    /// Loads JSON Lines, and reports the lines that cannot be read.
    fn load_jsonl(&self, name: &str, input: impl Read, loader: &Loader<'_>) -> Result<Found, Failure> {
        let (mut faults, mut failure) = (0, None);
        let summary = jsonl::load(input, loader, |error| {
            faults += 1;
            match self.fault(name, &error, faults) {
                Ok(()) => ControlFlow::Continue(()),
                Err(strict) => {
                    failure = Some(strict);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        let (summary, whole) = match summary {
            Ok(summary) => (summary, Ok(())),
            Err(SourceError::Input { line, source }) => {
                let reason = format!("reading failed in line {line}: {}", file::reason(&source));
                (Summary::default(), self.unreadable(name, reason))
            }
            Err(error) => (Summary::default(), self.unreadable(name, error)),
        };
        Ok(Found { summary, refused_lines: 0, proven_year: None, whole })
    }

    /// Loads a log of Postfix, and reports the lines that cannot be read.
    fn load_postfix(
        &mut self,
        name: &str,
        input: impl BufRead,
        year: Option<i32>,
        loader: &Loader<'_>,
    ) -> Result<Found, Failure> {
        let reader = match self.postfix.take() {
            Some(parser) => postfix::Reader::continuing(parser, input),
            None => postfix::Reader::new(input, self.options()),
        };
        let mut reader = year.into_iter().fold(reader, postfix::Reader::first_year);
        let mut lane = loader.lane();
        let (mut faults, mut refused_lines, mut whole) = (0, 0, Ok(()));
        for item in &mut reader {
            match item {
                // The reader returns valid events only.
                Ok(event) => drop(lane.push(&EventRef::from(&event))),
                Err(SourceError::Line(error)) => {
                    faults += 1;
                    refused_lines += u64::from(matches!(error.reason(), Reason::Refused { .. }));
                    self.fault(name, &error, faults)?;
                }
                Err(SourceError::Input { line, source }) => {
                    let reason = format!("reading failed in line {line}: {}", file::reason(&source));
                    whole = self.unreadable(name, reason);
                }
                Err(error) => whole = self.unreadable(name, error),
            }
        }
        let (summary, proven_year) = (reader.summary(), reader.proven_year());
        self.postfix = Some(reader.into_parser());
        Ok(Found { summary, refused_lines, proven_year, whole })
    }

    /// Says how much of a file was skipped, and whether that makes it useless.
    fn judge(&self, name: &str, found: Found, refused: u64) -> Result<(), Unreadable> {
        let Found { summary, refused_lines, proven_year: _, whole } = found;
        if let Some(skipped) = skipped(&summary, refused) {
            self.progress.say(&format!("{name}: {skipped}"));
        }
        if summary.events + refused_lines > 0 && refused == summary.events {
            return whole.and_then(|()| self.unreadable(name, "none of its events could be counted"));
        }
        whole.and_then(|()| self.verdict(name, &summary))
    }

    /// Whether the first line is that of a system log, written by another program than Postfix.
    fn is_log(&self, start: &[u8]) -> bool {
        let line = start.trim_ascii_start().split(|&byte| byte == b'\n').next().unwrap_or_default();
        let read = postfix::Parser::new(self.options()).parse_line(line, &mut Vec::new());
        matches!(read, Ok(LineKind::OtherProgram))
    }

    fn options(&self) -> postfix::Options {
        let options = postfix::Options::new(self.args.now())
            .zone(self.args.log_zone)
            .with_raw_senders(self.args.raw_senders);
        let options = self.args.account.as_deref().into_iter().fold(options, postfix::Options::account);
        self.args.year.into_iter().fold(options, postfix::Options::year)
    }

    /// Says what is wrong with a line, unless very many are.
    fn fault(&self, name: &str, error: &LineError, number: u64) -> Result<(), Failure> {
        if number <= MAX_SHOWN {
            self.progress.say(&format!("{name}: {error}"));
        }
        if self.args.strict { Err(Failure::Strict) } else { Ok(()) }
    }

    /// Says that the file, although it was read to its end, is of no use, if it is not.
    fn verdict(&self, name: &str, summary: &Summary) -> Result<(), Unreadable> {
        let Summary { lines, blank, other_program, ignored, errors, events, .. } = *summary;
        if ignored + events > 0 {
            return Ok(());
        }
        if other_program > 0 && self.args.input == Input::Auto {
            return self.unreadable(name, "has no line of Postfix; name its format with --input");
        }
        if errors > 0 && errors + blank == lines {
            return self.unreadable(name, "none of its lines could be read");
        }
        Ok(())
    }

    fn unreadable(&self, name: &str, reason: impl Display) -> Result<(), Unreadable> {
        self.progress.say(&format!("error: {name}: {reason}"));
        Err(Unreadable)
    }
}

/// Says how many lines and events do not count; `None` if all do.
fn skipped(summary: &Summary, refused: u64) -> Option<String> {
    let Summary { lines, errors, events, .. } = *summary;
    let bad_lines = (errors > 0).then(|| format!("{errors} of {lines} lines could not be read"));
    let bad_events = (refused > 0).then(|| format!("{refused} of {events} events were refused"));
    let parts: Vec<String> = bad_lines.into_iter().chain(bad_events).collect();
    (!parts.is_empty()).then(|| format!("{}; they were skipped", parts.join(" and ")))
}
