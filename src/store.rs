//! Stores of events, behind small traits.
//!
//! A host must implement [`Store`]: it counts what [plans](Plan) select. [`Timeline`] returns the events of one message, and
//! [`Messages`] the messages that a figure is made of. [`Sink`] records events, for hosts that keep them in a store of this
//! crate.
//!
//! # Contract of a store
//!
//! * It answers all plans of a call **over one state** of its data, also beside writers: what a batch of events adds is in
//!   the answer to every plan, or in none.
//! * It applies **every** part of a plan ([`Plan::parts`]), and its answer equals that of [`Plan::tally`] over the same
//!   events. The order of rows does not matter; rows of the same bucket and group may occur several times, and are added.
//! * The answers of two stores with disjoint sets of messages add up to that of one store with both.
//! * It never counts the mail of an account that is out of scope.
//! * A plan that selects nothing is answered with no rows; it is not an error.
//!
//! # Contract of a sink
//!
//! * Recording is idempotent and independent of order: the same events, in any batches, any order and any number of times,
//!   lead to the same state.
//! * A batch is recorded completely or not at all. A batch with an event that [`Event::check`] refuses is refused. A sink may
//!   have more limits, such as [`Event::MAX_TAGS`] for a whole message.
//! * If the store persists, a batch is durable once `record` returns.
//!
//! The module `conformance` (with the feature of that name) checks all of this.
//!
//! # Write your own
//!
//! A host with its events in tables of its own either loads those that the plans may need and lets [`Plan::tally`] count
//! them, or translates [`Plan::parts`] into a statement. To serve a [dialect](crate::dialect), it implements [`Timeline`]
//! and [`Messages`] as well, or wraps its store in [`CountsOnly`].
//!
//! ```
//! use mailtally::Event;
//! use mailtally::store::{BoxFuture, Counted, Plan, Store, StoreError};
//!
//! struct OurTable(Vec<Event>);
//!
//! impl Store for OurTable {
//!     fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
//!         Box::pin(async move {
//!             let events = self.0.clone(); // one state for all plans
//!             let rows: Result<Vec<_>, _> = plans.iter().map(|plan| plan.tally(events.iter().cloned())).collect();
//!             Ok(Counted::new(rows?))
//!         })
//!     }
//! }
//! ```
//!
//! ## Which events suffice
//!
//! For a plan, load every event of each message in [scope](PlanParts::scope) that has **any event, or an instant of creation
//! that an event has, in the plan's range** (from the first of [`Plan::edges_in_millis`] to the last). Load these messages
//! whole: an earlier event decides which event is the first, when the message was created and what its fields are, and a
//! later one can decide its status.
//!
//! ## In SQL
//!
//! One table of events with the primary key (account, message, id), an index on (account, at) and one on (account, created)
//! are enough. An empty text is an absent value, so `coalesce(value, '')` is safe. Compare and order texts byte by byte:
//! `COLLATE "C"` in PostgreSQL, `BINARY` in SQLite and MySQL; this holds for ids as well.
//!
//! 0. *One state*: run the statements of all plans in one transaction, in PostgreSQL `REPEATABLE READ, READ ONLY` (`READ
//!    COMMITTED` gives each statement a state of its own), in SQLite between one `BEGIN` and `COMMIT`.
//! 1. *Messages in range*: `SELECT account, message FROM events WHERE account = … AND at >= first AND at < end UNION` the same
//!    with `created`, where `first` and `end` are the first and the last of [`Plan::edges_in_millis`].
//! 2. *Copies*: keep the least copy of an event when it is recorded: `INSERT … ON CONFLICT (account, message, id) DO UPDATE …
//!    WHERE EXCLUDED.copy_key < events.copy_key`, with [`Event::copy_key`] in a column of bytes. PostgreSQL refuses a statement
//!    that has one id twice, so keep the least copy within a batch first.
//! 3. *Firsts*: `row_number() OVER (PARTITION BY account, message, event_type ORDER BY at, id COLLATE "C") = 1`, and the same
//!    by kind, and by kind and day in UTC (`at / 86400000`, rounded down). Compute them before any filter: an event that is
//!    filtered out can be the first.
//! 4. *Fields*: for each field `(array_agg(domain ORDER BY at, id COLLATE "C") FILTER (WHERE domain IS NOT NULL))[1]`; tags are
//!    the union; created is the lesser of `min(at)` and `coalesce(min(created), min(at))`.
//! 5. *Status*: that of the event with the greatest (phase, at, kind) among the kinds that have a
//!    [status](crate::Status::from_kind): [`Status::phase`](crate::Status::phase) and the place of the [`Kind`](crate::Kind) in
//!    `Kind::ALL`, in SQL a `CASE` over the names. It counts once for a message, in the bucket of its creation, whatever kinds
//!    are counted.
//! 6. *Buckets*: pass [`Plan::edges_in_millis`] as an array. In PostgreSQL, `width_bucket(at, edges)` counts from 1; 0 and the
//!    number of edges are outside. In SQLite, join a table of edges. An open end is the first or last instant that chrono has,
//!    which PostgreSQL's `timestamptz` does not: keep milliseconds as `bigint`. Do not truncate dates in SQL: the plan has resolved
//!    the zone.
//! 7. *Values*: [`Dimension`](crate::Dimension) documents where the value of an event comes from: most from the message, some
//!    from the event, the IP address and the pool from the event or else from the message. The texts of filters are
//!    normalized like stored values.
//!
//! Store the names of kinds and event types ([`Kind`](crate::Kind) and [`EventType`](crate::EventType) print and parse), not
//! their numbers, which change if a version adds one.
//!
//! A host that keeps sums by hour or day instead computes a [`Contribution`] for each message that a batch touches, before
//! and after it, and adds the [difference](Contribution::minus).

use std::future::Future;
use std::pin::Pin;

use crate::event::{AccountId, Event, MessageId};

mod counts_only;
mod error;
pub(crate) mod memory;
#[cfg(feature = "snapshot")]
mod snapshot_error;

pub use crate::contribution::{CellChange, Contribution, Selection};
pub use crate::counted::{Counted, Provenance, Thinned};
pub use crate::counts::{CountOverflow, FirstOf};
pub use crate::figure::{CountedMessage, Figure, FigureError};
pub use crate::filter::{FilterParts, Matching};
pub use crate::group::Group;
pub use crate::plan::{Plan, PlanParts, Row, bucket_index};
pub use crate::tally::TallyError;
pub use counts_only::CountsOnly;
pub use error::{RecordError, StoreError};
pub use memory::{Lane, Loader, StoreLimits, Usage};
#[cfg(feature = "snapshot")]
pub use snapshot_error::SnapshotError;

/// A boxed future. It may borrow from its arguments and move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Counts events.
pub trait Store: Send + Sync {
    /// Counts what each of `plans` selects, all over one state of the data. Returns the rows of each plan in the order of the
    /// plans, a row for each bucket and group that has any counts, in any order. The plans can differ in every part.
    ///
    /// The caller drops the future to stop it, so it should give up its work then. It should not block its thread for long.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails or an answer is too large; never for a plan that selects nothing.
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>>;
}

/// Returns the events of one message.
pub trait Timeline: Send + Sync {
    /// Returns the events of `message` in `account`, ordered by instant, then by id, each id once; empty if the message is
    /// unknown.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails.
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>>;
}

/// Returns the messages that a figure is made of.
pub trait Messages: Send + Sync {
    /// Returns the first messages of `figure` after the message `after`, or from the start: at most `limit`, ascending by
    /// account, then by id, byte by byte. There are no more if it returns fewer than `limit`.
    ///
    /// Together, the pages are the messages whose [contribution](Figure::count) to the figure is not zero.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails.
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>>;
}

/// Records events.
pub trait Sink: Send + Sync {
    /// Records all of `events` or none of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Record`] if an event is refused, or if there is no room for it; another [`StoreError`] if the back end
    /// fails. Then nothing was recorded.
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>>;
}

/// What recording a batch of events did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The number of events with a new id.
    pub new: u64,
    /// The number of events that were known, or repeated in the batch, with an identical copy.
    pub repeats: u64,
    /// The number of events that were known, or repeated in the batch, with a different copy. One of the copies counts (rule
    /// 1 of [`Message`](crate::message::Message)). Many of them mean that ids are not unique within their messages: the same
    /// id for several recipients, say.
    pub conflicts: u64,
}

/// Implements the traits for pointers to implementors.
macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<T: Store + ?Sized> Store for $pointer {
            fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
                (**self).count(plans)
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Messages + ?Sized> Messages for $pointer {
            fn messages<'a>(
                &'a self,
                figure: &'a Figure,
                after: Option<&'a (AccountId, MessageId)>,
                limit: usize,
            ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
                (**self).messages(figure, after, limit)
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Timeline + ?Sized> Timeline for $pointer {
            fn events<'a>(
                &'a self,
                account: &'a AccountId,
                message: &'a MessageId,
            ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
                (**self).events(account, message)
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Sink + ?Sized> Sink for $pointer {
            fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
                (**self).record(events)
            }
        }
    )*};
}

forward!(&T, Box<T>, std::sync::Arc<T>);
