//! Records files of events in the store before the server listens.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use mailtally::source::jsonl;

use crate::failure::Failure;
use crate::host::Host;

/// Records a file of JSON Lines. An invalid line is an error: half a file would give wrong numbers.
pub(crate) fn read(path: &Path, host: &Host) -> Result<(), Failure> {
    let file = File::open(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let (loader, mut invalid) = (host.store().loader(), None);
    let read = jsonl::load(file, &loader, |error| {
        invalid = Some(error);
        ControlFlow::Break(())
    });
    let read = invalid.map_or(read, |error| Err(error.into()));
    let summary = read.map_err(|source| Failure::Events { path: path.to_owned(), source: source.into() })?;
    let mut refused = None;
    let recorded = loader.finish(|error| {
        refused.get_or_insert(error);
    });
    host.changed(recorded);
    if let Some(source) = refused {
        return Err(Failure::Refused { path: path.to_owned(), source: source.into() });
    }
    tracing::info!(file = %path.display(), events = summary.events, "read");
    Ok(())
}

/// Counts what is in the store before the server listens towards the quotas of the accounts.
pub(crate) fn count(host: &Host) {
    let store = host.store();
    let events = |id| store.event_count(id) as u64;
    host.accounts().iter().for_each(|account| account.quota.start_with(events(&account.id)));
    let configured = host.accounts().iter().filter(|account| events(&account.id) > 0).count();
    let others = store.account_count() - configured;
    if others > 0 {
        tracing::warn!(
            accounts = others,
            "events of accounts that are not configured: no key gives access to them"
        );
    }
}
