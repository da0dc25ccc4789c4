//! The store in PostgreSQL passes the conformance checks, and loses nothing whatever happens to the server.
//!
//! `MAILTALLY_POSTGRES` is the URL of a server, such as `postgres://postgres@127.0.0.1:5432/postgres`: each test makes schemas of its
//! own in that database, and drops them. Without it, these tests are left out; with `MAILTALLY_ALL=1` they fail instead.

use std::sync::atomic::{AtomicU32, Ordering};

use mailtally::conformance::{self, Harness};
use mailtally::store::Sink;
use mailtally::store::postgres::tokio_postgres::{self, Client, NoTls};
use mailtally::{Event, PostgresOptions, PostgresStore};
use tokio::runtime::{Builder, Runtime};

use crate::servers::server;

mod at_once;
mod crashes;
mod failures;
mod keep_less;
mod mail;
mod plans;
mod schemas;
mod server;
mod texts;

/// Returns the URL of the server; `None` if the tests that need it are left out.
pub(crate) fn url() -> Option<String> {
    server("MAILTALLY_POSTGRES", "a test of the store in PostgreSQL")
}

/// Returns a runtime for a test.
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A schema of its own, dropped with all that is in it.
pub(crate) struct Schema {
    url: String,
    name: String,
}

impl Schema {
    pub(crate) fn new(url: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { url: url.to_owned(), name: format!("test \"{}\" {number}", std::process::id()) }
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions::new(&self.url).unwrap().schema(&self.name).max_connections(4)
    }

    /// Returns the name as it is written in a statement.
    fn quoted(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }

    /// Makes the schema with tables that the store did not make.
    fn make(&self, tables: &str) {
        let name = self.quoted();
        self.run(&format!("CREATE SCHEMA {name}; {tables}"));
    }

    /// Runs statements in the database, with the schema in the path.
    fn run(&self, sql: &str) {
        let sql = sql.to_owned();
        self.with_client(async move |client: Client| client.batch_execute(&sql).await.unwrap());
    }

    /// Returns the number that a statement selects.
    fn number(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        self.with_client(async move |client: Client| client.query_one(&sql, &[]).await.unwrap().get(0))
    }

    /// Does something with a connection, on a thread of its own, because this is called within runtimes.
    fn with_client<T: Send>(&self, job: impl AsyncFnOnce(Client) -> T + Send) -> T {
        let path = format!("SET search_path = {}", self.quoted());
        let run = move || {
            Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
                tokio::spawn(connection);
                client.batch_execute(&path).await.unwrap();
                job(client).await
            })
        };
        std::thread::scope(|scope| scope.spawn(run).join().unwrap())
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let name = self.quoted();
        self.run(&format!("SET client_min_messages = warning; DROP SCHEMA IF EXISTS {name} CASCADE"));
    }
}

/// Opens schemas; `is_merged` says whether the sums of the latest batches are merged before anything is asked.
struct InSchema {
    url: String,
    is_merged: bool,
}

impl Harness for InSchema {
    type Store = PostgresStore;
    type Guard = Schema;

    async fn open(&self, events: &[Event]) -> (PostgresStore, Schema) {
        let schema = Schema::new(&self.url);
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        for batch in events.chunks(97) {
            store.record(batch).await.unwrap();
        }
        if self.is_merged {
            store.merge_sums().await.unwrap();
        }
        (store, schema)
    }
}

#[test]
fn the_postgres_store_conforms_before_its_sums_are_merged() {
    let Some(url) = url() else { return };
    let harness = InSchema { url, is_merged: false };
    runtime().block_on(async {
        conformance::run(&harness).await;
        conformance::run_sink(&harness).await;
        conformance::run_timeline(&harness).await;
        conformance::run_messages(&harness).await;
        conformance::run_retention(&harness).await;
    });
}

#[test]
fn the_postgres_store_conforms_after_its_sums_are_merged() {
    let Some(url) = url() else { return };
    let harness = InSchema { url, is_merged: true };
    runtime().block_on(async {
        conformance::run(&harness).await;
        conformance::run_messages(&harness).await;
        conformance::run_retention(&harness).await;
    });
}
