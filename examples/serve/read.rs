//! Event files into the store, before the server listens.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mailtally::Event;
use mailtally::source::jsonl;

use crate::failure::Failure;
use crate::host::Host;

/// The events that are recorded at a time.
const BATCH: usize = 1000;

/// Reads a file of JSON Lines. A line that is no event ends the program: half a file would be wrong numbers.
pub(crate) fn read(path: &Path, host: &Host) -> Result<(), Failure> {
    let store = host.store();
    let file = File::open(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let mut batch: Vec<Event> = Vec::with_capacity(BATCH);
    let (mut count, mut strangers) = (0_u64, 0_u64);
    for event in jsonl::Reader::new(BufReader::with_capacity(1 << 16, file)) {
        let event =
            event.map_err(|source| Failure::Events { path: path.to_owned(), source: source.into() })?;
        strangers += u64::from(!host.has_account(event.account()));
        batch.push(event);
        count += 1;
        if batch.len() == BATCH {
            store.extend(batch.drain(..));
        }
    }
    store.extend(batch);
    if strangers > 0 {
        tracing::warn!(events = strangers, "of accounts that are not configured: nobody can ask for them");
    }
    tracing::info!(file = %path.display(), events = count, "read");
    Ok(())
}
