//! Records files of events in the store before the server listens.

use std::fs::File;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::Path;

use mailtally::source::jsonl;
use mailtally::store::{Recorded, StoreError};
use mailtally::{Event, MemoryStore};

use crate::failure::Failure;
use crate::host::Host;
use crate::unpack::unpack;

/// The number of events that are recorded at once in a store that lasts.
const BATCH: usize = 1000;

/// Records a file of JSON Lines, plain, gzip or zstd. An invalid line is an error: half a file would give wrong numbers.
pub(crate) async fn read(path: &Path, host: &Host) -> Result<(), Failure> {
    let file = File::open(path).and_then(|file| unpack(Box::new(file)));
    let input = file.map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let (events, recorded) = match host.store().memory() {
        Some(store) => load(path, input, store)?,
        None => record(path, input, host).await?,
    };
    host.changed(recorded);
    tracing::info!(file = %path.display(), events, "read");
    Ok(())
}

/// Loads a file into the store in memory. Returns the number of its events, and what became of them.
fn load(path: &Path, input: Box<dyn BufRead>, store: &MemoryStore) -> Result<(u64, Recorded), Failure> {
    let (loader, mut invalid) = (store.loader(), None);
    let read = jsonl::load(input, &loader, |error| {
        invalid = Some(error);
        ControlFlow::Break(())
    });
    let read = invalid.map_or(read, |error| Err(error.into()));
    let summary = read.map_err(|source| Failure::Events { path: path.to_owned(), source: source.into() })?;
    let mut refused = None;
    let recorded = loader.finish(|error| {
        refused.get_or_insert(error);
    });
    match refused {
        Some(source) => Err(Failure::Refused { path: path.to_owned(), source: source.into() }),
        None => Ok((summary.events, recorded)),
    }
}

/// Records a file in a store that lasts, a batch at a time. Returns the number of its events, and what became of them.
async fn record(path: &Path, input: Box<dyn BufRead>, host: &Host) -> Result<(u64, Recorded), Failure> {
    let (mut sum, mut count) = (Recorded::default(), 0);
    let mut reader = jsonl::Reader::new(input);
    loop {
        let batch: Result<Vec<Event>, _> = reader.by_ref().take(BATCH).collect();
        let batch =
            batch.map_err(|source| Failure::Events { path: path.to_owned(), source: source.into() })?;
        if batch.is_empty() {
            return Ok((count, sum));
        }
        count += batch.len() as u64;
        let refused = |source: StoreError| Failure::Refused { path: path.to_owned(), source: source.into() };
        let mut first: Option<String> = None;
        let recorded = host.store().record(batch, |_, error| {
            first.get_or_insert_with(|| crate::api::causes(error));
        });
        let recorded = recorded.await.map_err(refused)?;
        if let Some(reason) = first {
            return Err(Failure::Store(format!("{}: {reason}", path.display()).into()));
        }
        sum += recorded;
    }
}

/// Counts what is in the store before the server listens towards the quotas of the accounts.
pub(crate) async fn count(host: &Host) -> Result<(), Failure> {
    let mut configured = 0;
    for account in host.accounts() {
        let events = host.store().event_count(&account.id).await;
        let events = events.map_err(|source| Failure::Store(source.into()))?;
        account.quota.start_with(events);
        configured += usize::from(events > 0);
    }
    let known = host.store().memory().map_or(configured, |store| store.account_count());
    if known > configured {
        tracing::warn!(
            accounts = known - configured,
            "events of accounts that are not configured: no key gives access to them"
        );
    }
    Ok(())
}
