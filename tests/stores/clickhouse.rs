//! `ClickHouseStore` passes the conformance checks on an old server, on a cluster of two shards, and on today's engine.
//!
//! `tests/servers/clickhouse start DIR` starts them, and prints the variables that these tests read. Without a variable, its
//! tests are left out; with `MAILTALLY_ALL=1` they fail instead.

use std::sync::atomic::{AtomicU32, Ordering};

use mailtally::conformance::{self, Harness};
use mailtally::store::clickhouse::ClickHouseOptions;
use mailtally::store::{Sink, Store};
use mailtally::{ClickHouseStore, Event};

use super::clickhouse_server::post;
use super::quarter;
use crate::servers::server;

mod copies;
mod failures;
mod hostile;
mod thinned;
mod tidy;

/// Servers that tests ask.
#[derive(Clone, Debug)]
pub(crate) struct Servers {
    pub(crate) nodes: Vec<String>,
    cluster: Option<&'static str>,
}

/// A database of one test, which is dropped with it.
pub(crate) struct Database {
    pub(crate) servers: Servers,
    pub(crate) name: String,
}

impl Servers {
    /// Returns the servers that a variable names; `None`, after saying so, if it is not set.
    fn of(variable: &str) -> Option<Self> {
        let urls = server(variable, "a test of the store in ClickHouse")?;
        let nodes: Vec<String> = urls.split(',').map(str::to_owned).collect();
        let cluster = (nodes.len() > 1).then_some("mailtally");
        Some(Self { nodes, cluster })
    }

    pub(crate) fn old() -> Option<Self> {
        Self::of("MAILTALLY_CLICKHOUSE")
    }

    pub(crate) fn cluster() -> Option<Self> {
        Self::of("MAILTALLY_CLICKHOUSE_NODES")
    }

    pub(crate) fn current() -> Option<Self> {
        Self::of("MAILTALLY_CLICKHOUSE_CURRENT")
    }

    /// Returns all that there are.
    pub(crate) fn all() -> Vec<Self> {
        [Self::old(), Self::cluster(), Self::current()].into_iter().flatten().collect()
    }

    /// Makes a name for a database.
    pub(crate) fn database(&self) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Database { servers: self.clone(), name: format!("test_{}_{number}", std::process::id()) }
    }
}

impl Database {
    pub(crate) fn options(&self) -> ClickHouseOptions {
        let options = match self.servers.cluster {
            Some(name) => ClickHouseOptions::cluster(name, self.servers.nodes.clone()),
            None => ClickHouseOptions::new(self.servers.nodes[0].clone()),
        };
        options.database(&*self.name)
    }

    pub(crate) async fn connect(&self) -> ClickHouseStore {
        ClickHouseStore::connect(self.options()).await.unwrap()
    }

    /// Runs a statement on all servers, and returns their answers.
    pub(crate) fn run(&self, sql: &str) -> Vec<String> {
        let sql = sql.replace("{db}", &self.name);
        self.servers.nodes.iter().map(|node| post(node, &sql).unwrap()).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        for node in &self.servers.nodes {
            drop(post(node, &format!("DROP DATABASE IF EXISTS {}", self.name)));
        }
    }
}

impl Harness for Servers {
    type Store = ClickHouseStore;
    type Guard = Database;

    async fn open(&self, events: &[Event]) -> (ClickHouseStore, Database) {
        let database = self.database();
        let store = database.connect().await;
        // Several batches, so that copies are in several parts.
        for batch in events.chunks(events.len().div_ceil(2).max(1)) {
            store.record(batch).await.unwrap();
        }
        (store, database)
    }

    /// A quarter: an old server needs some 20 ms for each question, before it reads anything.
    fn rounds(&self, usual: usize) -> usize {
        quarter(usual)
    }
}

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Makes a test of each check for one kind of servers.
macro_rules! conforms {
    ($name:ident) => {
        mod $name {
            use super::*;

            #[test]
            fn it_counts() {
                Servers::$name().iter().for_each(|servers| block_on(conformance::run(servers)));
            }

            #[test]
            fn it_records() {
                Servers::$name().iter().for_each(|servers| block_on(conformance::run_sink(servers)));
            }

            #[test]
            fn it_returns_timelines() {
                Servers::$name().iter().for_each(|servers| block_on(conformance::run_timeline(servers)));
            }

            #[test]
            fn it_lists_messages() {
                Servers::$name().iter().for_each(|servers| block_on(conformance::run_messages(servers)));
            }

            #[test]
            fn it_keeps_less() {
                Servers::$name().iter().for_each(|servers| block_on(conformance::run_retention(servers)));
            }
        }
    };
}

conforms!(old);
conforms!(cluster);
conforms!(current);

/// Counts the events of all accounts.
pub(crate) async fn events(store: &impl Store) -> u64 {
    let query = mailtally::Query::new(mailtally::Scope::All, mailtally::Period::all());
    let counted = store.count(&[query.plan(crate::common::at(0)).unwrap()]).await.unwrap();
    counted.rows[0].iter().map(|row| row.counts.events()).sum()
}
