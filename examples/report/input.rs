//! Reads files into the store, and reports each line and file that cannot be read on standard error.

use std::fmt::Display;
use std::io::{self, BufRead, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mailtally::source::{LineError, SourceError, Summary, jsonl, log, records};

use crate::args::Args;
use crate::failure::Failure;
use crate::file;
use crate::found::{Counts, Found, Unreadable};
use crate::kept::Kept;
use crate::kind::{Kind, Log};
use crate::load::{Loaded, MAX_SHOWN, Refusals};
use crate::logs::{Logs, Read};
use crate::pour::Pour;
use crate::progress::Progress;
use crate::recognize::{Recognized, recognize};
use crate::records::Records;
use crate::taken::Taken;

/// The account of records, as of mail logs, unless `--account` names it.
const DEFAULT_ACCOUNT: &str = "default";

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

/// Reads every file into `kept`.
pub(crate) fn read_all(args: &Args, kept: &Kept) -> Result<Reading, Failure> {
    let progress = Progress::new(&args.files);
    let (logs, taken, reading) = (Logs::default(), Taken::default(), Reading::default());
    let (mut reading, taken) = Files { args, progress: &progress, kept, logs, taken, reading }.read()?;
    reading.loaded.finish(kept).map_err(Failure::Query)?;
    taken.lines(args.orphans).into_iter().chain(reading.loaded.notes()).for_each(|line| progress.say(&line));
    Ok(reading)
}

/// The files being read, one after the other.
struct Files<'a> {
    args: &'a Args,
    progress: &'a Progress,
    kept: &'a Kept,
    logs: Logs,
    taken: Taken,
    reading: Reading,
}

impl Files<'_> {
    fn read(mut self) -> Result<(Reading, Taken), Failure> {
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
        Ok((self.reading, self.taken))
    }

    /// Reads a file, a second time if its lines without a year are of another year than the first lines seemed to be.
    fn read_file(&mut self, path: &Path) -> Result<Result<(), Unreadable>, Failure> {
        let before = self.logs.clone();
        let mut year = None;
        let whole = self.read_once(path, &mut year)?;
        if year.is_none() {
            return Ok(whole);
        }
        self.logs = before;
        self.read_once(path, &mut year)
    }

    /// Reads a file whose first line is in `year`, if that is known. If it is not, and the file proves another year than
    /// the one that was taken, sets `year` and records nothing.
    fn read_once(&mut self, path: &Path, year: &mut Option<i32>) -> Result<Result<(), Unreadable>, Failure> {
        let name = file::name(path);
        let (mut start, mut input) = match file::open(path, |raw| Box::new(self.progress.watch(raw))) {
            Ok(opened) => opened,
            Err(error) => return Ok(self.unreadable(&name, file::reason(&error))),
        };
        let recognized = match recognize(self.args.input, &mut start, &mut input, &self.options()) {
            Ok(recognized) => recognized,
            Err(reason) => return Ok(self.unreadable(&name, reason)),
        };
        let input = io::Cursor::new(start).chain(input);
        let pour = Pour::into(self.kept);
        let found = match recognized.kind {
            Kind::Jsonl => self.load_jsonl(&name, input, &pour)?,
            Kind::Log(log) => self.load_log(log, &name, input, *year, &pour)?,
            Kind::Records(source) => {
                let records = Records {
                    source,
                    options: self.record_options(),
                    pour: &pour,
                    fault: &|error, number| self.fault(&name, error, number),
                    unreadable: &|reason| self.unreadable(&name, reason),
                };
                if recognized.is_one_body { records.load_whole(input) } else { records.load_lines(input) }?
            }
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
        let recorded = pour.finish(|error| refusals.add(&error)).map_err(Failure::Record)?;
        self.reading.loaded.count(recorded);
        refusals.check()?;
        self.taken.add(&name, recognized, found.counts);
        Ok(self.judge(&name, recognized, found, refusals.count))
    }

    /// Loads JSON Lines, and reports the lines that cannot be read.
    fn load_jsonl(&self, name: &str, input: impl io::Read, pour: &Pour<'_>) -> Result<Found, Failure> {
        let (mut faults, mut failure) = (0, None);
        let on_error = |error: LineError| {
            faults += 1;
            match self.fault(name, &error, faults) {
                Ok(()) => ControlFlow::Continue(()),
                Err(strict) => {
                    failure = Some(strict);
                    ControlFlow::Break(())
                }
            }
        };
        let summary = match pour {
            Pour::Memory(loader) => jsonl::load(input, loader, on_error),
            Pour::Lasting(..) => load_in_order(input, &mut pour.lane(), on_error),
        };
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
        Ok(Found::new(Counts::Lines(summary), whole))
    }

    /// Loads the log of a mail system, and reports the lines that cannot be read.
    fn load_log(
        &mut self,
        log: Log,
        name: &str,
        input: impl BufRead,
        year: Option<i32>,
        pour: &Pour<'_>,
    ) -> Result<Found, Failure> {
        let (mut logs, mut lane) = (std::mem::take(&mut self.logs), pour.lane());
        let (mut faults, mut whole) = (0, Ok(()));
        let read = logs.read(log, input, self.options(), year, |item| {
            match item {
                Ok(event) => lane.push(event),
                Err(SourceError::Line(error)) => {
                    faults += 1;
                    self.fault(name, &error, faults)?;
                }
                Err(SourceError::Input { line, source }) => {
                    let reason = format!("reading failed in line {line}: {}", file::reason(&source));
                    whole = self.unreadable(name, reason);
                }
                Err(error) => whole = self.unreadable(name, error),
            }
            Ok::<_, Failure>(())
        })?;
        self.logs = logs;
        let Read { summary, refused_lines, proven_year } = read;
        Ok(Found { counts: Counts::Lines(summary), refused_lines, proven_year, whole })
    }

    /// Says how much of a file was skipped, and whether that makes it useless.
    fn judge(
        &self,
        name: &str,
        recognized: Recognized,
        found: Found,
        refused: u64,
    ) -> Result<(), Unreadable> {
        let Found { counts, refused_lines, proven_year: _, whole } = found;
        if let Some(skipped) = counts.skipped(refused) {
            self.progress.say(&format!("{name}: {skipped}"));
        }
        whole?;
        if counts.events() + refused_lines > 0 && refused == counts.events() {
            return self.unreadable(name, "none of its events could be counted");
        }
        let reason = counts.why_useless(recognized.is_told_by_content);
        reason.map_or(Ok(()), |reason| self.unreadable(name, reason))
    }

    fn options(&self) -> log::Options {
        let options = log::Options::new(self.args.now())
            .with_raw_senders(self.args.raw_senders)
            .with_accepted(self.args.accepted)
            .with_accounts(self.args.log_accounts);
        let options = self.args.log_host.iter().fold(options, |options, host| options.host(host.as_str()));
        let options = self.args.log_zone.into_iter().fold(options, log::Options::zone);
        let options = self.args.account.as_deref().into_iter().fold(options, log::Options::account);
        self.args.year.into_iter().fold(options, log::Options::year)
    }

    fn record_options(&self) -> records::Options {
        let account = self.args.account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
        records::Options::new(account).with_orphans(self.args.orphans)
    }

    /// Says what is wrong with a line or a record, unless very many are.
    fn fault(&self, name: &str, error: &dyn Display, number: u64) -> Result<(), Failure> {
        if number <= MAX_SHOWN {
            self.progress.say(&format!("{name}: {error}"));
        }
        if self.args.strict { Err(Failure::Strict) } else { Ok(()) }
    }

    fn unreadable(&self, name: &str, reason: impl Display) -> Result<(), Unreadable> {
        self.progress.say(&format!("error: {name}: {reason}"));
        Err(Unreadable)
    }
}

/// Loads JSON Lines one after the other, until `on_error` breaks.
fn load_in_order(
    input: impl io::Read,
    lane: &mut crate::pour::Lane<'_>,
    mut on_error: impl FnMut(LineError) -> ControlFlow<()>,
) -> Result<Summary, SourceError> {
    let mut reader = jsonl::Reader::new(io::BufReader::new(input));
    for item in &mut reader {
        match item {
            Ok(event) => lane.push(event),
            Err(SourceError::Line(error)) => {
                if on_error(error).is_break() {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(reader.summary())
}
