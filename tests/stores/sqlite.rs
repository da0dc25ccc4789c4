//! The store in a SQLite file passes the conformance checks.

mod at_once;
mod faults;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use mailtally::conformance::{self, Harness};
use mailtally::store::{Sink, Store};
use mailtally::{Dimension, Event, Period, Query, Scope, SqliteStore};
use proptest::prelude::*;

use crate::common::{at, run};
use crate::engine::instants::{ANY, EDGES};
use crate::engine::plans::Focus::{All, Time, Values};
use crate::engine::script::{Focus, script};
use crate::engine::{ANYTHING, config};

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

/// Checks many answers against the reference.
fn check_all(store: &SqliteStore, events: &[Event]) {
    for dimension in Dimension::ALL {
        let plan = Query::new(Scope::All, Period::all()).by(dimension).plan(at(0)).unwrap();
        let mut rows = run(store.count(std::slice::from_ref(&plan))).unwrap().rows.remove(0);
        rows.sort_by(|one, other| (one.bucket, &one.group).cmp(&(other.bucket, &other.group)));
        assert_eq!(rows, plan.tally(events.iter().cloned()).unwrap(), "{dimension}");
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

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn the_sqlite_store_counts_any_stream_as_the_reference_does(
        script in script(&Focus { instants: ANY, plans: All, retention: true, ..ANYTHING }),
    ) {
        let file = File::new();
        script.check_store(Box::new(SqliteStore::open(file.path()).unwrap()))?;
    }

    #[test]
    fn the_sqlite_store_counts_at_the_edges_of_days_and_hours_as_the_reference_does(
        script in script(&Focus { instants: EDGES, messages: 3, values: 1, plans: Time, retention: true, ..ANYTHING }),
    ) {
        let file = File::new();
        script.check_store(Box::new(SqliteStore::open(file.path()).unwrap()))?;
    }

    #[test]
    fn the_sqlite_store_groups_and_filters_every_value_as_the_reference_does(
        script in script(&Focus { messages: 4, steps: 3, values: 8, plans: Values, ..ANYTHING }),
    ) {
        let file = File::new();
        script.check_store(Box::new(SqliteStore::open(file.path()).unwrap()))?;
    }
}
