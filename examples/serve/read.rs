//! Records files of events in the store before the server listens.

use std::fs::File;
use std::io::BufReader;
use std::iter;
use std::path::Path;

use mailtally::source::jsonl;

use crate::failure::Failure;
use crate::host::Host;

/// Records a file of JSON Lines. An invalid line is an error: half a file would give wrong numbers.
pub(crate) fn read(path: &Path, host: &Host) -> Result<(), Failure> {
    let file = File::open(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let (mut count, mut unconfigured, mut invalid) = (0_u64, 0_u64, None);
    let lines = jsonl::Reader::new(BufReader::with_capacity(1 << 16, file));
    let events = lines.map_while(|event| event.map_err(|error| invalid = Some(error)).ok());
    let mut events = events.inspect(|_| count += 1).peekable();
    while let Some(id) = events.peek().map(|event| event.account().clone()) {
        let of_account = iter::from_fn(|| events.next_if(|event| *event.account() == id));
        let recorded = host.store().extend(of_account);
        let recorded =
            recorded.map_err(|source| Failure::Refused { path: path.to_owned(), source: source.into() })?;
        match host.account(&id) {
            Some(account) => account.quota.count_read(recorded),
            None => unconfigured += recorded.new + recorded.repeats + recorded.conflicts + recorded.too_late,
        }
    }
    drop(events);
    if let Some(source) = invalid {
        return Err(Failure::Events { path: path.to_owned(), source: source.into() });
    }
    if unconfigured > 0 {
        tracing::warn!(
            events = unconfigured,
            "events of accounts that are not configured: no key gives access to them"
        );
    }
    tracing::info!(file = %path.display(), events = count, "read");
    Ok(())
}
