//! The checks that every store must pass, for hosts that write their own (feature `conformance`).
//!
//! A host implements [`Harness`], which opens a store that holds given events, and calls [`run`] in a test. It can also
//! call each check in a test of its own, to see every check that fails and not only the first. [`run_sink`] checks stores
//! that implement [`Sink`], and [`run_timeline`] those that implement [`Timeline`].
//!
//! The reference is [`Plan::tally`](crate::store::Plan::tally): a store must answer every query with the same rows, where rows
//! of one bucket and group are added, rows without counts are ignored, and order does not matter. A check that fails panics
//! with its name, the plan, the rows of the reference and the rows of the store. Minor releases may add checks.
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
//!         store.extend(events.iter().cloned());
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

#![expect(clippy::missing_panics_doc, reason = "a check that fails panics: the module says so once")]

use std::future::Future;

use crate::dimension::Dimension;
use crate::event::{Event, Stream};
use crate::store::{Sink, Store, Timeline};

mod checks;
mod compare;
mod mail;
mod values;

pub use checks::{
    a_timeline_is_ordered_and_deduplicated, absent_and_empty_values_are_one_group, accounts_never_mix,
    an_empty_store_has_no_rows, buckets_are_half_open, buckets_follow_daylight_saving_time,
    copies_of_an_event_count_once, events_at_one_instant_are_ordered_by_id,
    events_that_arrive_late_move_counts, every_dimension_groups_and_filters, filters_include_and_exclude,
    filters_match_text_literally, first_events_of_a_day_use_days_in_utc, long_periods_are_counted,
    random_queries_equal_the_reference, recording_is_idempotent_and_ignores_order,
    recording_returns_how_many_events_were_new, rows_of_disjoint_stores_add_up,
    several_dimensions_group_together, statuses_count_where_the_message_was_created,
    too_many_rows_are_refused, values_are_stored_unchanged,
};
pub use mail::RandomMail;

/// Opens stores for the checks.
pub trait Harness: Sync {
    /// The store under test.
    type Store: Store;
    /// A value that cleans up after the store when it is dropped; `()` if there is nothing to clean up.
    type Guard: Send;

    /// Opens a new store that holds `events` and no others. They are in any order, and several of them can have the same
    /// message and id: equal copies, and copies that differ.
    fn open(&self, events: &[Event]) -> impl Future<Output = (Self::Store, Self::Guard)> + Send;
}

/// Runs every check of [`Store`].
pub async fn run(harness: &impl Harness) {
    an_empty_store_has_no_rows(harness).await;
    buckets_are_half_open(harness).await;
    events_at_one_instant_are_ordered_by_id(harness).await;
    absent_and_empty_values_are_one_group(harness).await;
    values_are_stored_unchanged(harness).await;
    filters_match_text_literally(harness).await;
    every_dimension_groups_and_filters(harness).await;
    several_dimensions_group_together(harness).await;
    filters_include_and_exclude(harness).await;
    buckets_follow_daylight_saving_time(harness).await;
    first_events_of_a_day_use_days_in_utc(harness).await;
    long_periods_are_counted(harness).await;
    accounts_never_mix(harness).await;
    copies_of_an_event_count_once(harness).await;
    events_that_arrive_late_move_counts(harness).await;
    statuses_count_where_the_message_was_created(harness).await;
    too_many_rows_are_refused(harness).await;
    rows_of_disjoint_stores_add_up(harness).await;
    random_queries_equal_the_reference(harness).await;
}

/// Runs every check of [`Sink`].
pub async fn run_sink<H: Harness<Store: Sink>>(harness: &H) {
    recording_is_idempotent_and_ignores_order(harness).await;
    recording_returns_how_many_events_were_new(harness).await;
}

/// Runs every check of [`Timeline`].
pub async fn run_timeline<H: Harness<Store: Timeline>>(harness: &H) {
    a_timeline_is_ordered_and_deduplicated(harness).await;
}
