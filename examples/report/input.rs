//! Files into the store: opened, unpacked, recognised, read, and every fault told with its place.
//!
//! One thread reads and parses while another one counts.

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

/// When the events of the input happened, the start in, the end out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

/// What was read, of all files together.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// From the first event to the last; `None` if there was none.
    pub(crate) extent: Option<Extent>,
    files: usize,
    faulty_files: usize,
}

impl Reading {
    /// Whether every file was read to its end; lines that were skipped do not matter.
    pub(crate) fn is_whole(&self) -> bool {
        self.faulty_files == 0
    }

    /// Whether there is nothing to report on, because no file could be read.
    pub(crate) fn is_nothing(&self) -> bool {
        self.extent.is_none() && self.faulty_files > 0 && self.faulty_files == self.files
    }
}

/// The events that go from the reading thread to the counting one at a time.
const BATCH: usize = 1024;

/// The most faults shown of one file; the others are counted.
const FAULTS_SHOWN: u64 = 100;

/// Reads every file into `store`.
pub(crate) fn read_all(args: &Args, store: &MemoryStore) -> Result<Reading, Failure> {
    let (sender, batches) = sync_channel::<Vec<Event>>(16);
    thread::scope(|scope| {
        let reader = scope.spawn(move || Files::new(args, sender).read());
        let mut extent: Option<Extent> = None;
        for batch in batches {
            for event in &batch {
                let (start, end) = (event.at(), event.at() + TimeDelta::milliseconds(1));
                let known = extent.get_or_insert(Extent { start, end });
                *known = Extent { start: known.start.min(start), end: known.end.max(end) };
            }
            store.extend(batch);
        }
        let reading = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok(Reading { extent, ..reading })
    })
}

/// The files being read, one after the other.
struct Files<'a> {
    args: &'a Args,
    progress: Progress,
    sender: SyncSender<Vec<Event>>,
    batch: Vec<Event>,
    /// Carries open queue files over to the next log.
    postfix: Option<postfix::Parser>,
    reading: Reading,
}

/// A file that could not be read to its end; the reason is shown already.
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
            // The year is that of the first line of the first file, so the order is the caller's.
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
            // Who says what it is may have a log in which a crash left zeros.
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
            // Nothing stands there, or the input breaks off before anything does; reading on tells which.
            (Input::Auto, _) if start.trim_ascii().is_empty() => Format::Postfix,
            // Where other programs write much, Postfix's first line may be far down.
            (Input::Auto, _) if self.is_log(&start) => Format::Postfix,
            (Input::Auto, _) => {
                let expected = "is neither JSON Lines nor a Postfix log as far as its start shows; say which with --input";
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

    /// Whether a text begins as a system's log does, with the time and another program's words.
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

    /// Takes all that a reader gives.
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
                    if faults <= FAULTS_SHOWN {
                        self.progress.say(&format!("{name}: {error}"));
                    }
                    if self.args.strict {
                        return Err(Failure::Strict);
                    }
                }
                Err(SourceError::Input { line, source }) => {
                    whole = self
                        .unreadable(name, format!("breaks off in line {line}: {}", file::reason(&source)));
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
            return Ok(self.unreadable(name, "holds no line of Postfix; say what it holds with --input"));
        }
        if faults > 0 && faults + blank == lines {
            return Ok(self.unreadable(name, "no line of it could be read"));
        }
        Ok(whole)
    }

    fn unreadable(&self, name: &str, reason: impl Display) -> Result<(), Unreadable> {
        self.progress.say(&format!("error: {name}: {reason}"));
        Err(Unreadable)
    }

    fn send(&mut self) {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        // The other side only ends before us if it panics, and then so do we when we join.
        let _ = self.sender.send(batch);
    }
}
