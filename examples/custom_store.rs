//! A store for a platform that has its events in a table of its own.
//!
//! ```text
//! cargo run --features conformance --example custom_store
//! ```
//!
//! The table has the platform's columns and names. [`OurTable`] implements [`Store`] for it: it reads the rows that a plan can
//! need as events, and [`Plan::tally`](mailtally::store::Plan::tally) counts them. [`conformance::run`] checks that every
//! answer is right.

use std::sync::RwLock;

use chrono::{DateTime, Utc};
use mailtally::conformance::{self, Harness};
use mailtally::message::AccountId;
use mailtally::store::{BoxFuture, Counted, Plan, PlanParts, Provenance, Row, Store, StoreError};
use mailtally::{Event, Kind, Period, Query};

/// A row of the platform's table.
#[derive(Clone, Debug)]
struct MailEvent {
    customer: String,
    /// A JSON column: the event with all its fields.
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
        self.rows.write().map_err(|_| unavailable("the lock is poisoned"))?.push(row);
        Ok(())
    }

    /// Returns the events of all accounts that any of the plans is about, as they are at one instant: `SELECT … WHERE customer
    /// IN (…)` in a transaction. Events outside of the buckets are included: one of them can be the first of its message.
    fn events(&self, plans: &[Plan]) -> Result<Vec<Event>, StoreError> {
        let rows = self.rows.read().map_err(|_| unavailable("the lock is poisoned"))?;
        let is_in_scope = |row: &&MailEvent| {
            let account = AccountId::from(row.customer.as_str());
            plans.iter().any(|plan| plan.parts().scope.contains(&account))
        };
        let in_scope = rows.iter().filter(is_in_scope);
        in_scope.map(|row| serde_json::from_str(&row.payload).map_err(unavailable)).collect()
    }
}

/// Makes the error of a failed back end; its cause is for the log.
fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::backend("our table", cause)
}

impl Store for OurTable {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            // The plans of one call can differ in every part, also in scope, and are counted over one state.
            let events = self.events(plans)?;
            let rows: Result<Vec<_>, _> = plans.iter().map(|plan| count(plan, &events)).collect();
            Ok(Counted::new(rows?).provenance(Provenance::default().path("all events in scope")))
        })
    }
}

fn count(plan: &Plan, events: &[Event]) -> Result<Vec<Row>, StoreError> {
    // Without `..`, so that a new part of a plan does not compile until this store uses it. `tally` applies all parts.
    let PlanParts {
        scope: _,
        buckets: _,
        filters: _,
        dimensions: _,
        timing: _,
        kinds: _,
        statuses: _,
        max_rows: _,
    } = plan.parts();
    Ok(plan.tally(events.iter().cloned())?)
}

/// Opens tables for the checks.
struct OurTables;

impl Harness for OurTables {
    type Store = OurTable;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (OurTable, ()) {
        let table = OurTable::default();
        for event in events {
            table.insert(event.clone()).expect("a table in memory has room");
        }
        (table, ())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ready(conformance::run(&OurTables));
    println!("our table passes all checks");

    let table = OurTable::default();
    let at = |text: &str| text.parse::<DateTime<Utc>>();
    table.insert(Event::new("acme", "m-1", "e-1", Kind::Delivered, at("2026-02-02T09:00:00Z")?))?;
    table.insert(Event::new("acme", "m-1", "e-2", Kind::Opened, at("2026-02-02T09:05:00Z")?))?;
    let query = Query::new("acme", Period::last_days(7));
    let report = ready(query.report(&table, at("2026-02-03T00:00:00Z")?))?;
    println!("{:?}", report.total());
    Ok(())
}

/// Returns the output of a future that is ready at its first poll. A host uses its runtime instead.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("a table in memory is always ready"),
    }
}
