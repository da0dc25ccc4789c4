//! Event files into the store, before the server listens.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mailtally::source::jsonl;
use mailtally::{Event, MemoryStore};

use crate::failure::Failure;

/// The events that are recorded at a time.
const BATCH: usize = 1000;

/// Reads a file of JSON Lines. A line that is no event ends the program: half a file would be wrong numbers.
pub(crate) fn read(path: &Path, store: &MemoryStore) -> Result<(), Failure> {
    let file = File::open(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let mut batch: Vec<Event> = Vec::with_capacity(BATCH);
    let mut count = 0_u64;
    for event in jsonl::Reader::new(BufReader::with_capacity(1 << 16, file)) {
        batch.push(event.map_err(|source| Failure::Events { path: path.to_owned(), source: source.into() })?);
        count += 1;
        if batch.len() == BATCH {
            store.extend(batch.drain(..));
        }
    }
    store.extend(batch);
    tracing::info!(file = %path.display(), events = count, "read");
    Ok(())
}
