//! Where events are kept, behind three small traits.
//!
//! [`Store`] is the one that a host must implement: it counts what a [`Plan`] selects. [`Timeline`] shows the events of
//! one message. [`Sink`] takes events in, for hosts that let a shipped store keep them.
//!
//! # Contract of a store
//!
//! * It heeds **every** part of the plan ([`Plan::parts`]), and answers what [`Plan::tally`] answers over the same
//!   events. Order of rows is free; rows of the same bucket and group may come several times, their counts are added.
//! * Two stores that hold disjoint sets of messages give answers that add up to that of one store holding both.
//! * No account's mail is ever counted for another.
//! * A plan that selects nothing is answered with no rows; it is not an error.
//!
//! # Contract of a sink
//!
//! * Recording is idempotent and blind to order: the same events, in any batches, any order and any number of times, leave
//!   the same store.
//! * A batch is recorded whole or not at all.
//! * Where the store persists, what was answered is kept.
//!
//! The module `conformance` (behind the feature of that name) checks all of this.
//!
//! # Write your own
//!
//! A host that has its events in a table of its own loads those that the plan may need, and lets [`Plan::tally`] count;
//! or it turns [`Plan::parts`] into one statement.
//!
//! ```
//! use mailtally::store::{BoxFuture, Store, StoreError};
//! use mailtally::{Event, Plan, Row};
//!
//! #[derive(Debug)]
//! struct OurTable(Vec<Event>);
//!
//! impl Store for OurTable {
//!     fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
//!         Box::pin(async move { Ok(plan.tally(self.0.iter().cloned())?) })
//!     }
//! }
//! ```

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::error::QueryError;
use crate::event::{AccountId, Event, MessageId};
use crate::plan::{Plan, Row};
use crate::tally::TallyError;

mod memory;

pub use memory::MemoryStore;

/// A future in a box: it may borrow from its arguments and move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where events can be counted.
pub trait Store: Debug + Send + Sync {
    /// Counts what `plan` selects: a row for each bucket and group that has any.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end gives no answer or the answer is too large; never for a plan that selects nothing.
    fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;
}

/// Where the events of one message can be read.
pub trait Timeline: Debug + Send + Sync {
    /// The events of `message` in `account`, in the order in which they happened (by instant, then by id), each id once;
    /// none if the message is not known.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end gives no answer.
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>>;
}

/// Where events can be recorded.
pub trait Sink: Debug + Send + Sync {
    /// Records all of `events`, or none of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end could not take them; then it took none.
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>>;
}

/// What became of a batch of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// Events that were not known before.
    pub new: u64,
    /// Events that were known, or came several times in the batch; nothing changed by them.
    pub repeats: u64,
    /// Copies that differ from what was known and count in its place.
    pub corrections: u64,
}

/// A store that gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The answer would be too large, or a count does not fit.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// The question asks for what this store cannot tell.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The back end failed; the cause is the [source](std::error::Error::source).
    #[error("the {store} store gave no answer")]
    Backend {
        /// Which one.
        store: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// The back end `store` failed because of `source`.
    pub fn backend(store: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend { store, source: source.into() }
    }

    /// Whether the asker can mend it by asking otherwise.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::Query(_) | Self::Tally(TallyError::TooManyRows { .. }) => true,
            Self::Backend { .. } | Self::Tally(TallyError::Overflow(_)) => false,
        }
    }
}

/// Implements the three traits for a pointer to what implements them.
macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<T: Store + ?Sized> Store for $pointer {
            fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
                (**self).count(plan)
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
