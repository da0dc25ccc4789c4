//! The store in a SQLite file passes the conformance checks.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use mailtally::conformance::{self, Harness};
use mailtally::store::Sink;
use mailtally::{Event, SqliteStore};

use crate::common::run;

/// A file of its own, removed with all that belongs to it.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("mailtally-{}-{number}.sqlite", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Opens files; `is_merged` says whether the sums of the latest batches are merged before anything is asked.
struct InFile {
    is_merged: bool,
}

impl Harness for InFile {
    type Store = SqliteStore;
    type Guard = File;

    async fn open(&self, events: &[Event]) -> (SqliteStore, File) {
        let file = File::new();
        let store = SqliteStore::open(file.path()).unwrap();
        for batch in events.chunks(97) {
            store.record(batch).await.unwrap();
        }
        if self.is_merged {
            store.merge_sums().await.unwrap();
        }
        (store, file)
    }

    async fn at_once(&self, one: impl Future<Output = ()> + Send, other: impl Future<Output = ()> + Send) {
        std::thread::scope(|scope| {
            scope.spawn(|| run(one));
            run(other);
        });
    }
}

#[test]
fn the_sqlite_store_conforms_before_its_sums_are_merged() {
    let harness = InFile { is_merged: false };
    run(conformance::run(&harness));
    run(conformance::run_sink(&harness));
    run(conformance::run_timeline(&harness));
    run(conformance::run_messages(&harness));
    run(conformance::run_retention(&harness));
}

#[test]
fn the_sqlite_store_conforms_after_its_sums_are_merged() {
    let harness = InFile { is_merged: true };
    run(conformance::run(&harness));
    run(conformance::run_messages(&harness));
    run(conformance::run_retention(&harness));
}
