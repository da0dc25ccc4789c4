//! The crate's store passes the conformance checks, also behind pointers, and wrong stores fail them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mailtally::conformance::{self, Harness};
use mailtally::store::{
    BoxFuture, Counted, Messages, Plan, Retention, Row, Sink, Store, StoreError, Timeline,
};
use mailtally::{Against, Counts, Dimension, Event, Kind, MemoryStore, Metric, Period, Query, Scope, Timing};
use serde_json::{Map, Value};

use crate::common::{at, ready, run};

#[cfg(feature = "clickhouse")]
mod clickhouse;
#[cfg(feature = "clickhouse")]
pub(crate) mod clickhouse_server;
mod planted;
#[cfg(feature = "postgres")]
mod postgres;
mod retention;
mod rules;
mod sharded;
mod sinks;
#[cfg(feature = "sql")]
mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
#[cfg(any(feature = "postgres", feature = "clickhouse"))]
mod streams;
mod tiered;

/// Returns how many rounds of `usual` find every wrong store of these tests: what a harness of a slow server returns.
fn quarter(usual: usize) -> usize {
    usual.div_ceil(4)
}

pub(crate) struct InMemory;

impl Harness for InMemory {
    type Store = MemoryStore;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (MemoryStore, ()) {
        let store = MemoryStore::new();
        store.extend(events.iter().cloned()).unwrap();
        (store, ())
    }

    async fn at_once(&self, one: impl Future<Output = ()> + Send, other: impl Future<Output = ()> + Send) {
        std::thread::scope(|scope| {
            scope.spawn(|| run(one));
            run(other);
        });
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
        // Leaked memory does not matter in a test.
        (Box::leak(Box::new(InMemory.open(events).await.0)), ())
    }
}

struct SharedSink;

/// All traits of a store in one, as a host can define it.
trait All: Store + Sink + Timeline + Messages + Retention {}

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
    run(conformance::run(&InMemory));
    run(conformance::run_sink(&InMemory));
    run(conformance::run_timeline(&InMemory));
    run(conformance::run_messages(&InMemory));
    run(conformance::run_retention(&InMemory));
}

#[test]
fn a_harness_of_fewer_rounds_opens_fewer_stores_and_one_of_none_still_some() {
    struct Counting(fn(usize) -> usize, AtomicUsize);

    impl Harness for Counting {
        type Store = MemoryStore;
        type Guard = ();

        async fn open(&self, events: &[Event]) -> (MemoryStore, ()) {
            self.1.fetch_add(1, Ordering::Relaxed);
            InMemory.open(events).await
        }

        fn rounds(&self, usual: usize) -> usize {
            (self.0)(usual)
        }
    }

    let opened = |rounds: fn(usize) -> usize| {
        let harness = Counting(rounds, AtomicUsize::new(0));
        run(conformance::run(&harness));
        harness.1.into_inner()
    };
    let (usual, fewer, least) = (opened(|usual| usual), opened(quarter), opened(|_| 0));
    assert_eq!((usual - fewer, fewer - least), (9, 2));
}

#[test]
fn a_boxed_store_conforms() {
    run(conformance::run(&Boxed));
}

#[test]
fn a_borrowed_store_conforms() {
    run(conformance::run(&Borrowed));
}

#[test]
fn a_shared_store_conforms() {
    run(conformance::run(&Shared));
    run(conformance::run_sink(&SharedSink));
    run(conformance::run_timeline(&SharedSink));
    run(conformance::run_messages(&SharedSink));
    run(conformance::run_retention(&SharedSink));
}

#[test]
fn the_traits_are_dyn_compatible_and_implemented_for_references() {
    let store = MemoryStore::new();
    let all: &dyn All = &store;
    let reader: &dyn Store = &store;
    let plan = Query::new("acme", Period::all()).plan(at(0)).unwrap();
    let plans = [plan];
    assert_eq!(ready(all.count(&plans)).unwrap().rows, [[]]);
    assert_eq!(ready(Store::count(&reader, &plans)).unwrap().rows, [[]]);
}

/// Every message has two tags, and a twin in the period before which is recorded in the same batch.
#[test]
fn the_memory_store_answers_a_question_over_one_state_while_threads_write() {
    let store = MemoryStore::new();
    let hour = Period::between(at(0), at(3600));
    let query = Query::new("acme", hour).by(Dimension::Tag).compare(Against::Previous);
    let plan = query.report_plan(at(0)).unwrap();
    let write = |writer: usize| {
        for number in 0..1500 {
            let sent = |name: &str, seconds| {
                let message = format!("{name}-{writer}-{number}");
                let event = Event::new("acme", message, "1", Kind::Sent, at(seconds));
                event.tags(["x", "y"])
            };
            ready(store.record(&[sent("now", 60), sent("before", 60 - 3600)])).unwrap();
        }
    };
    std::thread::scope(|scope| {
        let writers = [0, 1].map(|writer| scope.spawn(move || write(writer)));
        let mut reads = 0;
        while reads < 20 || !writers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            let rows = store.tally(plan.plans()).unwrap().rows;
            let sent = |rows: &Vec<Row>| rows.iter().map(|row| row.counts.total(Kind::Sent)).sum::<u64>();
            let sums: Vec<u64> = rows.iter().map(sent).collect();
            assert_eq!(sums, [2 * sums[1], sums[1], 2 * sums[1], sums[1]]);
            reads += 1;
        }
    });
    assert_eq!(store.message_count(), 6000);
}

/// Tests that the checks find a wrong store, which changes every query before it answers, or every row of the answer.
macro_rules! wrong_store {
    ($name:ident, |$query:ident| $change_query:expr) => {
        wrong_store!($name, |$query| $change_query, |row| row);
    };
    ($name:ident, |$query:ident| $change_query:expr, |$row:ident| $change_row:expr) => {
        #[test]
        fn $name() {
            #[derive(Debug)]
            struct WrongStore(MemoryStore);

            impl Store for WrongStore {
                fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
                    let changed = |plan: &Plan| {
                        let $query = plan.query().clone();
                        // A changed query that is invalid is answered unchanged.
                        $change_query.plan(plan.now()).unwrap_or_else(|_| plan.clone())
                    };
                    let changed: Vec<Plan> = plans.iter().map(changed).collect();
                    let change_row = |$row: Row| $change_row;
                    Box::pin(async move {
                        let counted = self.0.tally(&changed)?.rows.into_iter();
                        Ok(Counted::new(
                            counted.map(|rows| rows.into_iter().map(change_row).collect()).collect(),
                        ))
                    })
                }
            }

            struct WrongStores;

            impl Harness for WrongStores {
                type Store = WrongStore;
                type Guard = ();

                async fn open(&self, events: &[Event]) -> (WrongStore, ()) {
                    (WrongStore(InMemory.open(events).await.0), ())
                }

                fn rounds(&self, usual: usize) -> usize {
                    quarter(usual)
                }
            }

            let result = std::panic::catch_unwind(|| run(conformance::run(&WrongStores)));
            assert!(result.is_err(), "a wrong store passed all checks");
        }
    };
}

wrong_store!(a_store_that_ignores_the_timing_is_found, |query| query.timing(Timing::Event));
wrong_store!(a_store_that_ignores_the_scope_is_found, |query| query.scope(Scope::All));
wrong_store!(a_store_that_ignores_the_kinds_is_found, |query| query.kinds(Kind::ALL));
wrong_store!(a_store_that_ignores_the_limit_is_found, |query| query.limits(mailtally::Limits::default()));
wrong_store!(a_store_that_never_ignores_case_is_found, |query| change_filters(query, |filter| {
    filter.remove("ignoring_case");
}));
wrong_store!(a_store_that_compares_whole_values_instead_of_parts_is_found, |query| change_filters(
    query,
    |filter| {
        for (part, whole) in [("contains", "is"), ("contains_none", "is_not")] {
            if let Some(texts) = filter.remove(part) {
                filter.insert(whole.to_owned(), texts);
            }
        }
    }
));
wrong_store!(a_store_that_compares_parts_instead_of_whole_values_is_found, |query| change_filters(
    query,
    |filter| {
        for (whole, part) in [("is", "contains"), ("is_not", "contains_none")] {
            if filter.contains_key("ignoring_case")
                && let Some(texts) = filter.remove(whole)
            {
                filter.insert(part.to_owned(), texts);
            }
        }
    }
));
wrong_store!(a_store_that_ignores_the_absent_value_is_found, |query| change_filters(query, |filter| {
    for texts in filter.values_mut().filter_map(Value::as_array_mut) {
        texts.retain(|text| !text.is_null());
    }
}));
wrong_store!(a_store_that_counts_uniques_as_daily_uniques_is_found, |query| query, |row| {
    let mut counts = Counts::ZERO;
    for (metric, count) in row.counts.figures() {
        let changed = match metric {
            // These are added together with the figures that imply them.
            Metric::Total(_) | Metric::DailyUnique(_) => continue,
            Metric::Unique(kind) => vec![metric, Metric::DailyUnique(kind)],
            _ => vec![metric],
        };
        changed
            .into_iter()
            .for_each(|metric| counts.add_to(metric, count).expect("no sum is larger than before"));
    }
    Row { counts, ..row }
});

/// Returns the query with `change` applied to the JSON of each filter.
fn change_filters(query: Query, change: impl Fn(&mut Map<String, Value>)) -> Query {
    let mut json = serde_json::to_value(query).expect("a query has a JSON form");
    let filters = json["filters"].as_array_mut().expect("filters are a list").iter_mut();
    filters.filter_map(Value::as_object_mut).for_each(change);
    serde_json::from_value(json).expect("a valid query")
}
