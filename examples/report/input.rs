//! Reads files into the store, and reports each line and file that cannot be read on standard error.
//!
//! One thread reads and parses, another one counts.

use std::fmt::Display;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use mailtally::source::{Content, Format, LineKind, SourceError, Summary, detect, jsonl, postfix};
use mailtally::{Event, MemoryStore};

use crate::args::{Args, Input};
use crate::failure::Failure;
use crate::file;
use crate::progress::Progress;

/// From the first event of the input, included, to a millisecond after the last one, excluded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

/// What was read from all files together.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// `None` if there was no event.
    pub(crate) extent: Option<Extent>,
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
        self.extent.is_none() && self.faulty_files > 0 && self.faulty_files == self.files
    }
}

/// The events that go to the counting thread at a time.
const BATCH: usize = 1024;

/// The most bad lines of a file that are reported one by one; all are counted.
const MAX_SHOWN: u64 = 100;

/// Reads every file into `store`.
pub(crate) fn read_all(args: &Args, store: &MemoryStore) -> Result<Reading, Failure> {
    let (sender, batches) = sync_channel::<Vec<Event>>(16);
    thread::scope(|scope| {
        let reader = scope.spawn(move || Files::new(args, sender).read());
        let mut extent: Option<Extent> = None;
        let mut refused = 0_u64;
        for batch in batches {
            for event in &batch {
                let (start, end) = (event.at(), event.at() + TimeDelta::milliseconds(1));
                let known = extent.get_or_insert(Extent { start, end });
                *known = Extent { start: known.start.min(start), end: known.end.max(end) };
            }
            store.load(batch, |_, _| refused += 1);
        }
        let reading = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let _ = refused;
        Ok(Reading { extent, ..reading })
    })
}

/// The files being read, one after the other.
struct Files<'a> {
    args: &'a Args,
    progress: Progress,
    sender: SyncSender<Vec<Event>>,
    batch: Vec<Event>,
    /// The messages that were still in the queue at the end of the last log.
    postfix: Option<postfix::Parser>,
    reading: Reading,
}

/// A file could not be read to its end; the reason was written already.
struct Unreadable;

impl<'a> Files<'a> {
    fn new(args: &'a Args, sender: SyncSender<Vec<Event>>) -> Self {
        let progress = Progress::new(&args.files);
        Self {
            args,
            progress,
            sender,
            batch: Vec::with_capacity(BATCH),
            postfix: None,
            reading: Reading::default(),
        }
    }

    fn read(mut self) -> Result<Reading, Failure> {
        let files = match self.args.year {
            // `--year` is the year of the first file's first line, so the caller's order stays.
            Some(_) => self.args.files.iter().map(PathBuf::as_path).collect(),
            None => file::oldest_first(&self.args.files, &self.options()),
        };
        for path in files {
            self.reading.files += 1;
            let whole = self.read_file(path)?;
            self.send();
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

    fn read_file(&mut self, path: &Path) -> Result<Result<(), Unreadable>, Failure> {
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
        match format {
            Format::Jsonl => {
                let mut reader = jsonl::Reader::new(input);
                self.take(&name, &mut reader, jsonl::Reader::summary)
            }
            _ => {
                let mut reader = match self.postfix.take() {
                    Some(parser) => postfix::Reader::continuing(parser, input),
                    None => postfix::Reader::new(input, self.options()),
                };
                let taken = self.take(&name, &mut reader, postfix::Reader::summary);
                self.postfix = Some(reader.into_parser());
                taken
            }
        }
    }

    /// Whether the first line is that of a system log, written by another program than Postfix.
    fn is_log(&self, start: &[u8]) -> bool {
        let line = start.trim_ascii_start().split(|&byte| byte == b'\n').next().unwrap_or_default();
        let read = postfix::Parser::new(self.options()).parse_line(line, &mut Vec::new());
        matches!(read, Ok(LineKind::OtherProgram))
    }

    fn options(&self) -> postfix::Options {
        let options = postfix::Options::new(self.args.now()).zone(self.args.log_zone);
        let options = self.args.account.as_deref().into_iter().fold(options, postfix::Options::account);
        self.args.year.into_iter().fold(options, postfix::Options::year)
    }

    /// Sends all events of a reader to be counted, and reports its errors.
    fn take<R: Iterator<Item = Result<Event, SourceError>>>(
        &mut self,
        name: &str,
        reader: &mut R,
        summary: impl Fn(&R) -> Summary,
    ) -> Result<Result<(), Unreadable>, Failure> {
        let mut faults = 0;
        let mut whole = Ok(());
        for item in &mut *reader {
            match item {
                Ok(event) => {
                    self.batch.push(event);
                    if self.batch.len() == BATCH {
                        self.send();
                    }
                }
                Err(SourceError::Line(error)) => {
                    faults += 1;
                    if faults <= MAX_SHOWN {
                        self.progress.say(&format!("{name}: {error}"));
                    }
                    if self.args.strict {
                        return Err(Failure::Strict);
                    }
                }
                Err(SourceError::Input { line, source }) => {
                    whole = self.unreadable(
                        name,
                        format!("reading failed in line {line}: {}", file::reason(&source)),
                    );
                }
                Err(error) => whole = self.unreadable(name, error),
            }
        }
        let Summary { lines, blank, other_program, ignored, with_events, .. } = summary(reader);
        if faults > 0 {
            self.progress
                .say(&format!("{name}: {faults} of {lines} lines could not be read and were skipped"));
        }
        if whole.is_err() || ignored + with_events > 0 {
            return Ok(whole);
        }
        if other_program > 0 && self.args.input == Input::Auto {
            return Ok(self.unreadable(name, "has no line of Postfix; name its format with --input"));
        }
        if faults > 0 && faults + blank == lines {
            return Ok(self.unreadable(name, "none of its lines could be read"));
        }
        Ok(whole)
    }

    fn unreadable(&self, name: &str, reason: impl Display) -> Result<(), Unreadable> {
        self.progress.say(&format!("error: {name}: {reason}"));
        Err(Unreadable)
    }

    fn send(&mut self) {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        // Fails only if the counting thread panicked, which joining it reports.
        let _ = self.sender.send(batch);
    }
}
