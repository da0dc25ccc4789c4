//! Every store that the crate ships passes the checks that a host's own store must pass, also behind pointers.

use std::sync::Arc;

use mailtally::conformance::{self, Harness};
use mailtally::store::{BoxFuture, Sink, StoreError, Timeline};
use mailtally::store::{Plan, Row, Store};
use mailtally::{Counts, Event, MemoryStore, Metric, Query};
use serde_json::{Map, Value};

use crate::common::ready;

struct InMemory;

impl Harness for InMemory {
    type Store = MemoryStore;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (MemoryStore, ()) {
        let store = MemoryStore::new();
        store.extend(events.iter().cloned());
        (store, ())
    }
}

struct Boxed;

impl Harness for Boxed {
    type Store = Box<dyn Store>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Box<dyn Store>, ()) {
        (Box::new(InMemory.open(events).await.0), ())
    }
}

struct Shared;

impl Harness for Shared {
    type Store = Arc<dyn Store>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Arc<dyn Store>, ()) {
        (Arc::new(InMemory.open(events).await.0), ())
    }
}

struct Borrowed;

impl Harness for Borrowed {
    type Store = &'static dyn Store;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (&'static dyn Store, ()) {
        // Never given back: the test ends soon.
        (Box::leak(Box::new(InMemory.open(events).await.0)), ())
    }
}

struct SharedSink;

/// A store that can do all three, as a host may keep it.
trait All: Store + Sink + Timeline {}

impl All for MemoryStore {}

impl Harness for SharedSink {
    type Store = Arc<MemoryStore>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Arc<MemoryStore>, ()) {
        (Arc::new(InMemory.open(events).await.0), ())
    }
}

#[test]
fn the_memory_store_conforms() {
    ready(conformance::run(&InMemory));
    ready(conformance::run_sink(&InMemory));
    ready(conformance::run_timeline(&InMemory));
}

#[test]
fn a_boxed_store_conforms() {
    ready(conformance::run(&Boxed));
}

#[test]
fn a_borrowed_store_conforms() {
    ready(conformance::run(&Borrowed));
}

#[test]
fn a_shared_store_conforms() {
    ready(conformance::run(&Shared));
    ready(conformance::run_sink(&SharedSink));
    ready(conformance::run_timeline(&SharedSink));
}

#[test]
fn the_traits_can_be_made_into_objects_and_borrowed() {
    let store = MemoryStore::new();
    let all: &dyn All = &store;
    let reader: &dyn Store = &store;
    let plan = Query::new("acme", mailtally::Period::all()).plan(crate::common::at(0)).unwrap();
    assert!(ready(all.count(&plan)).unwrap().is_empty());
    assert!(ready(Store::count(&reader, &plan)).unwrap().is_empty());
}

/// A store that forgets one part of every plan, or tells one part of every row wrongly, to prove that the checks can fail.
macro_rules! forgetful {
    ($name:ident, |$query:ident| $forget:expr) => {
        forgetful!($name, |$query| $forget, |row| row);
    };
    ($name:ident, |$query:ident| $forget:expr, |$row:ident| $told:expr) => {
        #[test]
        fn $name() {
            #[derive(Debug)]
            struct Forgetful(MemoryStore);

            impl Store for Forgetful {
                fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
                    let $query = plan.query().clone();
                    // What is no question without the part is answered rightly.
                    let other = $forget.plan(plan.now()).unwrap_or_else(|_| plan.clone());
                    let told = |$row: Row| $told;
                    Box::pin(async move { Ok(self.0.tally(&other)?.into_iter().map(told).collect()) })
                }
            }

            struct Opens;

            impl Harness for Opens {
                type Store = Forgetful;
                type Guard = ();

                async fn open(&self, events: &[Event]) -> (Forgetful, ()) {
                    (Forgetful(InMemory.open(events).await.0), ())
                }
            }

            let checked = std::panic::catch_unwind(|| ready(conformance::run(&Opens)));
            assert!(checked.is_err(), "a store that is wrong passed");
        }
    };
}

forgetful!(a_store_that_forgets_the_timing_is_found, |query| query.timing(mailtally::Timing::Event));
forgetful!(a_store_that_forgets_the_scope_is_found, |query| query.scope(mailtally::Scope::All));
forgetful!(a_store_that_forgets_the_kinds_is_found, |query| query.kinds(mailtally::Kind::ALL));
forgetful!(a_store_that_forgets_the_limit_is_found, |query| query.limits(mailtally::Limits::default()));
forgetful!(a_store_that_heeds_case_where_it_is_ignored_is_found, |query| filtered(query, |filter| {
    filter.remove("ignoring_case");
}));
forgetful!(a_store_that_takes_parts_for_whole_values_is_found, |query| filtered(query, |filter| {
    for (part, whole) in [("contains", "is"), ("contains_none", "is_not")] {
        if let Some(texts) = filter.remove(part) {
            filter.insert(whole.to_owned(), texts);
        }
    }
}));
forgetful!(a_store_that_takes_whole_values_for_parts_is_found, |query| filtered(query, |filter| {
    for (whole, part) in [("is", "contains"), ("is_not", "contains_none")] {
        if filter.contains_key("ignoring_case")
            && let Some(texts) = filter.remove(whole)
        {
            filter.insert(part.to_owned(), texts);
        }
    }
}));
forgetful!(a_store_that_forgets_the_absent_value_is_found, |query| filtered(query, |filter| {
    for texts in filter.values_mut().filter_map(Value::as_array_mut) {
        texts.retain(|text| !text.is_null());
    }
}));
forgetful!(a_store_that_takes_firsts_of_days_for_firsts_is_found, |query| query, |row| {
    let mut counts = Counts::ZERO;
    for (metric, count) in row.counts.figures() {
        let told = match metric {
            // These come with what they are told by.
            Metric::Total(_) | Metric::DailyUnique(_) => continue,
            Metric::Unique(kind) => vec![metric, Metric::DailyUnique(kind)],
            _ => vec![metric],
        };
        told.into_iter().for_each(|metric| counts.add_to(metric, count).expect("it fitted before"));
    }
    Row { counts, ..row }
});

/// The question with its filters changed, as they are in JSON.
fn filtered(query: Query, change: impl Fn(&mut Map<String, Value>)) -> Query {
    let mut json = serde_json::to_value(query).expect("a question is JSON");
    let filters = json["filters"].as_array_mut().expect("filters are a list").iter_mut();
    filters.filter_map(Value::as_object_mut).for_each(change);
    serde_json::from_value(json).expect("still a question")
}
