//! Stores of events, behind small traits.
//!
//! A host must implement [`Store`]: it counts what [plans](Plan) select. [`Timeline`] returns the events of one message, and
//! [`Messages`] the messages that a figure is made of. [`Sink`] records events, for hosts that keep them in a store of this
//! crate, and [`Retention`] keeps less of them.
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
//! * An event of a time that is [thinned](Retention::thin) is not recorded, and counted as too late; the others of its batch
//!   are recorded.
//!
//! # Contract of retention
//!
//! * Nothing tells whether a forgotten message or account was ever known, except the sums of what was thinned before.
//! * Thinning drops events and changes no sum: a question about thinned time is answered as before, or with
//!   [`StoreError::Thinned`] if it is finer than what is kept. It is never answered approximately.
//! * A message whose events were dropped stays known: a later event of it is neither a new message nor a first again, and the
//!   message keeps its fields, its creation and its status.
//! * What was thinned is frozen. A later event that brings a field which its message lacked counts with it, and so do the
//!   other events that are kept and the status; the events that were dropped stay where they were counted.
//! * Thinning again drops more or keeps coarser sums, and nothing else: no order of calls brings anything back, and a second
//!   equal call changes nothing.
//!
//! The module `conformance` (with the feature of that name) checks all of this.
//!
//! # Stores of several stores
//!
//! [`Sharded`] is one store over several with different messages, and [`Tiered`] one over two that are split at an instant:
//! the past from one, the present from the other. Each part answers over one state of its own.
//!
//! # Write your own
//!
//! A host with its events in tables of its own in PostgreSQL or SQLite names its tables and columns, and runs the statements
//! that the module `sql` writes (with the feature of that name). Another host either loads the events that the plans may need
//! and lets [`Plan::tally`] count them, or translates [`Plan::parts`] into a statement itself. To serve a [dialect](crate::dialect), it implements [`Timeline`]
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

#[cfg(feature = "clickhouse")]
pub mod clickhouse;
mod counts_only;
mod error;
mod levels;
mod matcher;
pub(crate) mod memory;
mod merged;
mod piece;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod relational;
mod sharded;
mod slot;
#[cfg(feature = "snapshot")]
mod snapshot_error;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod tiered;
mod together;

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
pub use sharded::{NoShards, Sharded};
#[cfg(feature = "snapshot")]
pub use snapshot_error::SnapshotError;
pub use tiered::Tiered;

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
    /// [`StoreError`] if the back end fails, an answer is too large, or needs events that were [thinned](Retention::thin); never
    /// for a plan that selects nothing.
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>>;
}

/// Returns the events of one message.
pub trait Timeline: Send + Sync {
    /// Returns the events of `message` in `account`, ordered by instant, then by id, each id once; empty if the message is
    /// unknown. Those that were [thinned](Retention::thin) are missing.
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
    /// [`StoreError::Thinned`] if the figure is of a time of which only sums are kept; another [`StoreError`] if the back end
    /// fails.
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

/// Keeps less: forgets mail, and keeps only sums of what happened long ago.
///
/// ```
/// use mailtally::store::{Retention, StoreError, Thinned};
/// use mailtally::time::chrono::{DateTime, Duration, Utc};
/// use mailtally::{MemoryStore, Resolution};
///
/// /// Keeps events for a quarter, sums by day for two years, and sums by month for ever.
/// async fn keep_less(store: &MemoryStore, now: DateTime<Utc>) -> Result<(), StoreError> {
///     store.thin(Thinned { before: now - Duration::days(92), resolution: Resolution::Day }).await?;
///     store.thin(Thinned { before: now - Duration::days(731), resolution: Resolution::Month }).await?;
///     Ok(())
/// }
/// ```
pub trait Retention: Send + Sync {
    /// Drops the events of all accounts, also of those that come later, that happened before `thinned.before`, and keeps their
    /// sums by `thinned.resolution`: hour, day or month in UTC. Returns the part with its end as it is: `before` is rounded
    /// down to a whole day in UTC, or to a whole month if sums are kept by month.
    ///
    /// From then on, events of that time are [too late](Recorded::too_late), and questions about it are answered if the sums
    /// tell the answer: if each bucket consists of whole hours, days or months in UTC, and there is at most one dimension in
    /// groups and filters, apart from the account. Sums by a dimension are kept by day at the finest, and a filter of tags needs
    /// the events.
    ///
    /// Parts can have different resolutions: months of what is older than two years, and days of what is older than a
    /// quarter. Of each time, the coarsest resolution counts that was ever asked for. Nothing brings events back.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSums`] for another resolution; another [`StoreError`] if the back end fails.
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>>;

    /// Removes everything that is known of an account: its messages, its sums and its values. Returns how many messages it
    /// had; 0 if it is unknown.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails.
    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Removes a message with all of its events. Returns whether it was known. If its events are recorded again, it is a new
    /// message.
    ///
    /// What was [thinned](Retention::thin) of it stays in the sums, which name no message: its dropped events, and the status
    /// that they lead to.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails.
    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
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
    /// The number of events that happened in a time that is [thinned](Retention::thin). They are not recorded.
    pub too_late: u64,
}

impl std::ops::AddAssign for Recorded {
    fn add_assign(&mut self, Self { new, repeats, conflicts, too_late }: Self) {
        self.new += new;
        self.repeats += repeats;
        self.conflicts += conflicts;
        self.too_late += too_late;
    }
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
        impl<T: Retention + ?Sized> Retention for $pointer {
            fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
                (**self).thin(thinned)
            }

            fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
                (**self).forget_account(account)
            }

            fn forget_message<'a>(
                &'a self,
                account: &'a AccountId,
                message: &'a MessageId,
            ) -> BoxFuture<'a, Result<bool, StoreError>> {
                (**self).forget_message(account, message)
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
