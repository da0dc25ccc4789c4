//! The snapshot: a file that keeps the events while the program does not run.
//!
//! It is read before the server listens, and written every few minutes and at the end, if something was recorded since. Events
//! that were recorded after it was written last are lost if the program is killed: it is not a log.

use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mailtally::MemoryStore;
use mailtally::store::{SnapshotError, StoreLimits};

use crate::failure::Failure;
use crate::host::Host;

/// Reads the store of the file at `path`; it is empty if there is no file.
pub(crate) fn read(path: &Path) -> Result<MemoryStore, Failure> {
    let start = Instant::now();
    match MemoryStore::open(path, StoreLimits::default()) {
        Ok(store) => {
            let (messages, millis) = (store.message_count(), start.elapsed().as_millis());
            tracing::info!(file = %path.display(), messages, millis, "opened the snapshot");
            Ok(store)
        }
        Err(SnapshotError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            tracing::info!(file = %path.display(), "there is no snapshot yet");
            Ok(MemoryStore::new())
        }
        Err(source) => Err(Failure::Snapshot(source)),
    }
}

/// The file, and what is in it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    path: PathBuf,
    host: Arc<Host>,
    /// The number of changes of the store that are in the file. It is locked while the file is written.
    saved: Mutex<u64>,
}

impl Snapshot {
    /// Makes the snapshot of a host, whose store was [`read`] from the file and has not changed since.
    pub(crate) fn new(path: PathBuf, host: Arc<Host>) -> Self {
        Self { path, host, saved: Mutex::new(0) }
    }

    /// Writes the file every few minutes. If that fails, the cause is logged, and the next time comes.
    pub(crate) async fn keep(self: Arc<Self>, minutes: NonZeroU32) {
        loop {
            tokio::time::sleep(Duration::from_secs(60 * u64::from(minutes.get()))).await;
            let this = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || this.write()).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => tracing::error!("the snapshot was not written: {failure}"),
                Err(error) => tracing::error!("the snapshot was not written: {error}"),
            }
        }
    }

    /// Writes the file if the store has changed.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        // What changes after this is written again, even if it is in this file already.
        let changes = self.host.changes();
        if *saved == changes {
            return Ok(());
        }
        let start = Instant::now();
        // Only the store in memory has a snapshot.
        let Some(store) = self.host.store().memory() else { return Ok(()) };
        store.save(&self.path).map_err(Failure::NotSaved)?;
        *saved = changes;
        tracing::info!(file = %self.path.display(), millis = start.elapsed().as_millis(), "wrote the snapshot");
        Ok(())
    }
}
