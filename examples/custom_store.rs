//! A platform that has its events in a table of its own, and only wants numbers out of it.
//!
//! ```text
//! cargo run --features conformance --example custom_store
//! ```
//!
//! The table knows nothing of mailtally: it has the platform's columns and the platform's names. [`OurTable`] puts it
//! behind [`Store`] by turning the rows that a plan can need into events; [`Plan::tally`](mailtally::store::Plan::tally) counts
//! them. [`conformance::run`] then proves that every answer is right.

use std::sync::RwLock;

use chrono::{DateTime, Utc};
use mailtally::conformance::{self, Harness};
use mailtally::message::AccountId;
use mailtally::store::{BoxFuture, StoreError};
use mailtally::store::{Plan, PlanParts, Row, Store};
use mailtally::{Event, Kind, Period, Query, Scope};

/// A row as the platform wrote it, long before it knew of mailtally.
#[derive(Clone, Debug)]
struct MailEvent {
    customer: String,
    /// A JSON column: what happened, to which message, and all that is known of it.
    payload: String,
}

/// The platform's table, here in memory.
#[derive(Debug, Default)]
struct OurTable {
    rows: RwLock<Vec<MailEvent>>,
}

impl OurTable {
    fn insert(&self, event: Event) -> Result<(), StoreError> {
        let payload = serde_json::to_string(&event).map_err(unavailable)?;
        let row = MailEvent { customer: event.account().to_string(), payload };
        self.rows.write().map_err(|_| unavailable("a writer gave up"))?.push(row);
        Ok(())
    }

    /// `SELECT … WHERE customer IN (…)`: whatever happened to the messages that the plan may count. Not only what lies
    /// in its buckets: an event before them may be the first of its message.
    fn of_scope(&self, scope: &Scope) -> Result<Vec<Event>, StoreError> {
        let rows = self.rows.read().map_err(|_| unavailable("a writer gave up"))?;
        let is_asked = |row: &&MailEvent| scope.contains(&AccountId::from(row.customer.as_str()));
        rows.iter()
            .filter(is_asked)
            .map(|row| serde_json::from_str(&row.payload).map_err(unavailable))
            .collect()
    }
}

/// What went wrong in the table, as the operator will see it.
fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::backend("our table", cause)
}

impl Store for OurTable {
    fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        Box::pin(async move {
            // Without `..`: a new part of a plan is a part that we must heed. All but the scope is left to `tally`.
            let PlanParts {
                scope,
                buckets: _,
                filters: _,
                dimensions: _,
                timing: _,
                kinds: _,
                statuses: _,
                max_rows: _,
            } = plan.parts();
            Ok(plan.tally(self.of_scope(scope)?)?)
        })
    }
}

/// Opens tables for the checks: our own `insert` fills them.
struct OurTables;

impl Harness for OurTables {
    type Store = OurTable;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (OurTable, ()) {
        let table = OurTable::default();
        for event in events {
            table.insert(event.clone()).expect("a table in memory takes every row");
        }
        (table, ())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ready(conformance::run(&OurTables));
    println!("our table answers every question as the reference does");

    let table = OurTable::default();
    let at = |text: &str| text.parse::<DateTime<Utc>>();
    table.insert(Event::new("acme", "m-1", "e-1", Kind::Delivered, at("2026-02-02T09:00:00Z")?))?;
    table.insert(Event::new("acme", "m-1", "e-2", Kind::Opened, at("2026-02-02T09:05:00Z")?))?;
    let query = Query::new("acme", Period::last_days(7));
    let report = ready(query.report(&table, at("2026-02-03T00:00:00Z")?))?;
    println!("{:?}", report.total);
    Ok(())
}

/// The result of a future that never waits; a host has a runtime for this.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("a table in memory never waits"),
    }
}
