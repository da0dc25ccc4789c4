//! Every store that the crate ships passes the checks that a host's own store must pass, also behind pointers.

use std::sync::Arc;

use mailtally::conformance::{self, Harness};
use mailtally::store::{Sink, Timeline};
use mailtally::{Event, MemoryStore, Store};

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
    let plan = mailtally::Query::new("acme", mailtally::Period::all()).plan(crate::common::at(0)).unwrap();
    assert!(ready(all.count(&plan)).unwrap().is_empty());
    assert!(ready(Store::count(&reader, &plan)).unwrap().is_empty());
}

/// A store that forgets one part of every plan, to prove that the checks can fail.
macro_rules! forgetful {
    ($name:ident, |$query:ident| $forget:expr) => {
        #[test]
        fn $name() {
            #[derive(Debug)]
            struct Forgetful(MemoryStore);

            impl Store for Forgetful {
                fn count<'a>(
                    &'a self,
                    plan: &'a mailtally::Plan,
                ) -> mailtally::store::BoxFuture<'a, Result<Vec<mailtally::Row>, mailtally::store::StoreError>>
                {
                    let $query = plan.query().clone();
                    let other = $forget.plan(plan.now()).expect("still a question");
                    Box::pin(async move { Ok(self.0.tally(&other)?) })
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
