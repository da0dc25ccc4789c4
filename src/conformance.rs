//! The checks that every store must pass, for hosts that write their own (feature `conformance`).
//!
//! A host implements [`Harness`], which opens a store that holds given events, and calls [`run`] in a test. [`run_sink`]
//! checks stores that implement [`Sink`], [`run_timeline`] those that implement [`Timeline`], [`run_messages`] those that
//! implement [`Messages`], and [`run_retention`] those that implement [`Retention`].
//!
//! The reference is [`Plan::tally`](crate::store::Plan::tally): a store must answer every query with the same rows, where rows
//! of one bucket and group are added, rows without counts are ignored, and order does not matter.
//!
//! The order of attributes decides between copies in timelines only, so only [`run_timeline`] checks it. [`run_messages`] asks
//! for many pages, and takes longer than the others: [`Harness::rounds`] makes all checks shorter.
//!
//! All checks run, also after one has failed. If any fails, the function panics at the end, and says of each which rule does
//! not hold, for which query, and which figures differ. Minor releases may add checks.
//!
//! ```
//! use mailtally::conformance::{self, Harness};
//! use mailtally::{Event, MemoryStore};
//!
//! struct InMemory;
//!
//! impl Harness for InMemory {
//!     type Store = MemoryStore;
//!     type Guard = (); // a temporary folder or a database to drop, for stores that need one
//!
//!     async fn open(&self, events: &[Event]) -> (MemoryStore, ()) {
//!         let store = MemoryStore::new();
//!         store.extend(events.iter().cloned()).expect("valid events");
//!         (store, ())
//!     }
//! }
//!
//! # let ready = |future: std::pin::Pin<Box<dyn Future<Output = ()>>>| {
//! #     let mut future = future;
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     assert!(future.as_mut().poll(&mut context).is_ready());
//! # };
//! # ready(Box::pin(async {
//! conformance::run(&InMemory).await;
//! # }));
//! ```

use std::future::Future;

use crate::dimension::Dimension;
use crate::event::{Event, Stream};
use crate::store::{Messages, Retention, Sink, Store, Timeline};

mod cases;
mod checks;
mod compare;
mod mail;
mod reading;
mod retention;
mod runner;
mod sink;
mod values;

pub use mail::RandomMail;
use runner::Failures;

/// Opens stores for the checks.
pub trait Harness: Sync {
    /// The store under test.
    type Store: Store;
    /// A value that cleans up after the store when it is dropped; `()` if there is nothing to clean up.
    type Guard: Send;

    /// Opens a new store that holds `events` and no others. They are in any order, and several of them can have the same
    /// message and id: equal copies, and copies that differ. All are [valid](Event::check), and no text has a NUL character,
    /// which some databases cannot store.
    fn open(&self, events: &[Event]) -> impl Future<Output = (Self::Store, Self::Guard)> + Send;

    /// Returns how often what is random or a matter of timing is repeated, of `usual` times: by default, as often.
    ///
    /// A harness of a store that takes long to open and to answer can return less. With a quarter, rounded up, the checks find
    /// every wrong store that this crate tests them with; what is not random runs whole in any case. It is at least once.
    fn rounds(&self, usual: usize) -> usize {
        usual
    }

    /// Runs two futures at once, until both have ended: a writer and a reader.
    ///
    /// By default they take turns on one task, which shows what a store does between its points of waiting. A store whose
    /// futures block has none, so that it passes even if its answers are torn: its harness runs each future on a thread of its
    /// own, with `std::thread::scope` and a loop that polls.
    fn at_once(
        &self,
        one: impl Future<Output = ()> + Send,
        other: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = ()> + Send {
        sink::alternate(one, other)
    }
}

/// Runs every check of [`Store`].
///
/// # Panics
///
/// If a check fails, after all have run.
pub async fn run(harness: &impl Harness) {
    let mut failures = Failures::default();
    for case in cases::all(harness) {
        failures.run(&*case.name, case.check(harness)).await;
    }
    failures.run("too many rows are refused", checks::too_many_rows_are_refused(harness)).await;
    let check = checks::rows_of_disjoint_stores_add_up(harness);
    failures.run("the rows of stores with different messages add up", check).await;
    failures.finish();
}

/// Runs every check of [`Sink`].
///
/// # Panics
///
/// If a check fails, after all have run.
pub async fn run_sink<H: Harness<Store: Sink>>(harness: &H) {
    let mut failures = Failures::default();
    let check = sink::recording_is_idempotent_and_ignores_order(harness);
    failures.run("recording is idempotent and ignores order", check).await;
    let check = sink::recording_returns_what_became_of_the_events(harness);
    failures.run("recording returns what became of the events", check).await;
    let check = sink::a_batch_with_an_invalid_event_is_refused_whole(harness);
    failures.run("a batch with an invalid event is refused whole", check).await;
    let check = sink::plans_are_answered_over_one_state(harness);
    failures.run("the plans of one call are answered over one state", check).await;
    failures.finish();
}

/// Runs every check of [`Timeline`].
///
/// # Panics
///
/// If a check fails, after all have run.
pub async fn run_timeline<H: Harness<Store: Timeline>>(harness: &H) {
    let mut failures = Failures::default();
    let check = reading::a_timeline_is_ordered_and_deduplicated(harness);
    failures.run("a timeline is ordered and deduplicated", check).await;
    failures.finish();
}

/// Runs every check of [`Messages`].
///
/// # Panics
///
/// If a check fails, after all have run.
pub async fn run_messages<H: Harness<Store: Messages>>(harness: &H) {
    let mut failures = Failures::default();
    let check = reading::pages_are_the_messages_of_the_figure(harness);
    failures.run("the pages are the messages of the figure", check).await;
    failures.finish();
}

/// Runs every check of [`Retention`].
///
/// # Panics
///
/// If a check fails, after all have run.
pub async fn run_retention<H: Harness<Store: Sink + Retention>>(harness: &H) {
    let mut failures = Failures::default();
    let check = retention::a_forgotten_message_leaves_no_trace(harness);
    failures.run("a forgotten message leaves no trace", check).await;
    let check = retention::a_forgotten_account_leaves_no_trace(harness);
    failures.run("a forgotten account leaves no trace", check).await;
    failures.run("thinning changes no sum", retention::thinning_changes_no_sum(harness)).await;
    failures.run("sums by week are refused", retention::sums_by_week_are_refused(harness)).await;
    let check = retention::events_of_a_thinned_time_are_too_late(harness);
    failures.run("events of a thinned time are too late", check).await;
    let check = retention::later_events_know_what_was_dropped(harness);
    failures.run("later events know what was dropped", check).await;
    failures.run("what was thinned is frozen", retention::what_was_thinned_is_frozen(harness)).await;
    let check = retention::a_forgotten_message_stays_in_the_sums(harness);
    failures.run("what was thinned of a forgotten message stays in the sums", check).await;
    failures.finish();
}
