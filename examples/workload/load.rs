//! Reads the CSV with all processors.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use chrono::{DateTime, Utc};
use mailtally::message::EventRef;
use mailtally::store::{Lane, Loader};
use mailtally::{EventType, Kind, MemoryStore};
use rustc_hash::FxBuildHasher;

use crate::csv::{self, COLUMNS};

type Failure = Box<dyn Error + Send + Sync>;

/// What was loaded.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) rows: usize,
    pub(crate) new: u64,
    pub(crate) repeats: u64,
    pub(crate) conflicts: u64,
    /// An instant after the last event, at which everything is asked.
    pub(crate) now: DateTime<Utc>,
}

/// What one thread read.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    rows: usize,
    /// The latest instant, in milliseconds.
    last: i64,
}

/// The number of bytes that a thread reads at a time. They fit into the cache of a processor, with room for the tables of a lane.
const BLOCK: u64 = 128 << 10;

/// Loads all events of the file.
pub(crate) fn load(file: &Path, store: &MemoryStore) -> Result<Loaded, Box<dyn Error>> {
    let loader = store.loader();
    let next = AtomicU64::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let parts: Result<Vec<Part>, Failure> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| read(file, &next, &loader))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread failed")?).collect()
    });
    let parts = parts.map_err(|failure| failure as Box<dyn Error>)?;
    let last = parts.iter().map(|part| part.last).max().unwrap_or_default();
    let mut refused = None;
    let recorded = loader.finish(|error| {
        refused.get_or_insert(error);
    });
    if let Some(error) = refused {
        return Err(error.into());
    }
    let last = DateTime::from_timestamp_millis(last).ok_or("an instant is out of range")?;
    Ok(Loaded {
        rows: parts.iter().map(|part| part.rows).sum(),
        new: recorded.new,
        repeats: recorded.repeats,
        conflicts: recorded.conflicts,
        now: last + chrono::TimeDelta::days(1),
    })
}

/// Reads blocks of the file that no other thread reads, until there is none left.
fn read(file: &Path, next: &AtomicU64, loader: &Loader<'_>) -> Result<Part, Failure> {
    let (mut lane, mut types, mut part) = (loader.lane(), Types::default(), Part::default());
    let mut reader = BufReader::new(File::open(file)?);
    let mut bytes = Vec::new();
    loop {
        let start = BLOCK * next.fetch_add(1, Ordering::Relaxed);
        // With the byte before, which tells whether a line starts here.
        let from = start.saturating_sub(1);
        reader.seek(SeekFrom::Start(from))?;
        bytes.clear();
        reader.by_ref().take(start - from + BLOCK).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= start - from {
            return Ok(part);
        }
        // The rest of the last line.
        if bytes.last() != Some(&b'\n') {
            reader.read_until(b'\n', &mut bytes)?;
        }
        // The first line is the header, or a line that started before.
        let Some(end) = memchr::memchr(b'\n', &bytes) else { continue };
        let mut lines = str::from_utf8(&bytes[end + 1..])?;
        while !lines.is_empty() {
            let row =
                csv::row(&mut lines).ok_or_else(|| format!("not a row of {COLUMNS} fields: {lines:.200}"))?;
            let at = push(row, &mut lane, &mut types).map_err(|failure| format!("{failure}: {row:?}"))?;
            part.rows += 1;
            part.last = part.last.max(at);
        }
    }
}

/// Adds the event of a row, and returns its instant in milliseconds.
fn push(row: [&str; COLUMNS], lane: &mut Lane<'_>, types: &mut Types) -> Result<i64, Failure> {
    let [
        account,
        message,
        id,
        kind,
        qualifier,
        at,
        domain,
        category,
        stream,
        mailbox,
        provider,
        country,
        device,
    ] = row;
    let event_type = types.event_type(kind, qualifier)?;
    let at: i64 = at.parse()?;
    let instant = DateTime::from_timestamp_millis(at).ok_or("an instant is out of range")?;
    let present = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let mut event = EventRef::new(account, message, id, event_type, instant);
    event.domain = present(domain).map(Cow::Borrowed);
    event.category = present(category).map(Cow::Borrowed);
    event.stream = present(stream).map(str::parse).transpose()?;
    event.mailbox = present(mailbox).map(Cow::Borrowed);
    event.provider = present(provider).map(Cow::Borrowed);
    event.country = present(country).map(Cow::Borrowed);
    event.device = present(device).map(Cow::Borrowed);
    lane.push(&event)?;
    Ok(at)
}

/// The event types that were read. Finding them by the length and the first letter of their names is faster than parsing.
#[derive(Debug, Default)]
struct Types(HashMap<(u8, usize, usize), (String, String, EventType), FxBuildHasher>);

impl Types {
    fn event_type(&mut self, kind: &str, qualifier: &str) -> Result<EventType, Failure> {
        let place = (kind.bytes().next().unwrap_or_default(), kind.len(), qualifier.len());
        match self.0.get(&place) {
            Some((known, of, event_type)) if known == kind && of == qualifier => return Ok(*event_type),
            Some(_) | None => {}
        }
        // The qualifier `human` of the file is called `person` here.
        let name = if qualifier == "human" { "person" } else { qualifier };
        let event_type = EventType::new(kind.parse::<Kind>()?, Some(name).filter(|name| !name.is_empty()))?;
        self.0.insert(place, (kind.to_owned(), qualifier.to_owned(), event_type));
        Ok(event_type)
    }
}
