//! Records files of events in the store before the server listens.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mailtally::Event;
use mailtally::source::jsonl;

use crate::failure::Failure;
use crate::host::Host;

/// The number of events that are recorded at a time.
const BATCH_LEN: usize = 1000;

/// Records a file of JSON Lines. An invalid line is an error: half a file would give wrong numbers.
pub(crate) fn read(path: &Path, host: &Host) -> Result<(), Failure> {
    let store = host.store();
    let file = File::open(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let mut batch: Vec<Event> = Vec::with_capacity(BATCH_LEN);
    let (mut count, mut unconfigured) = (0_u64, 0_u64);
    for event in jsonl::Reader::new(BufReader::with_capacity(1 << 16, file)) {
        let event =
            event.map_err(|source| Failure::Events { path: path.to_owned(), source: source.into() })?;
        unconfigured += u64::from(!host.has_account(event.account()));
        batch.push(event);
        count += 1;
        if batch.len() == BATCH_LEN {
            store.extend(batch.drain(..));
        }
    }
    store.extend(batch);
    if unconfigured > 0 {
        tracing::warn!(
            events = unconfigured,
            "events of accounts that are not configured: no key gives access to them"
        );
    }
    tracing::info!(file = %path.display(), events = count, "read");
    Ok(())
}
