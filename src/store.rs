//! Stores of events, behind three small traits.
//!
//! A host must implement [`Store`]: it counts what a [`Plan`] selects. [`Timeline`] returns the events of one message.
//! [`Sink`] records events, for hosts that keep them in a store of this crate.
//!
//! # Contract of a store
//!
//! * It applies **every** part of the plan ([`Plan::parts`]), and its answer equals that of [`Plan::tally`] over the same
//!   events. The order of rows does not matter; rows of the same bucket and group may occur several times, and are added.
//! * The answers of two stores with disjoint sets of messages add up to that of one store with both.
//! * It never counts the mail of an account that is out of scope.
//! * A plan that selects nothing is answered with no rows; it is not an error.
//!
//! # Contract of a sink
//!
//! * Recording is idempotent and independent of order: the same events, in any batches, any order and any number of times,
//!   lead to the same state.
//! * A batch is recorded completely or not at all.
//! * If the store persists, a batch is durable once `record` returns.
//!
//! The module `conformance` (with the feature of that name) checks all of this.
//!
//! # Write your own
//!
//! A host with its events in a table of its own either loads those that the plan may need and lets [`Plan::tally`]
//! count them, or translates [`Plan::parts`] into one statement. To serve a [dialect](crate::dialect), it implements
//! [`Timeline`] as well or wraps its store in [`WithoutTimeline`].
//!
//! ```
//! use mailtally::Event;
//! use mailtally::store::{BoxFuture, Plan, Row, Store, StoreError};
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

use crate::dimension::Dimension;
use crate::event::{AccountId, Event, MessageId};

pub(crate) mod memory;
mod without_timeline;

pub use crate::counts::{CountOverflow, FirstOf};
pub use crate::filter::{FilterParts, Matching};
pub use crate::group::Group;
pub use crate::plan::{Plan, PlanParts, Row, bucket_index};
pub use crate::tally::TallyError;
pub use without_timeline::WithoutTimeline;

/// A boxed future. It may borrow from its arguments and move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Counts events.
pub trait Store: Debug + Send + Sync {
    /// Counts what `plan` selects. Returns a row for each bucket and group that has any counts, in any order.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails or the answer is too large; never for a plan that selects nothing.
    fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;
}

/// Returns the events of one message.
pub trait Timeline: Debug + Send + Sync {
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

/// Records events.
pub trait Sink: Debug + Send + Sync {
    /// Records all of `events` or none of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails; then nothing was recorded.
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>>;
}

/// What recording a batch of events did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The number of events with a new id.
    pub new: u64,
    /// The number of events that were known, or repeated in the batch; they changed nothing.
    pub repeats: u64,
    /// The number of events that replaced a different copy of the same event.
    pub corrections: u64,
}

/// Why a store has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The answer is too large, or a count exceeds 64 bits.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// This store cannot group or filter by a dimension of the plan.
    #[error("this store has no rows by `{0}` and no filters on it")]
    Unsupported(Dimension),
    /// The back end failed. The cause is the [source](std::error::Error::source).
    #[error("the {store} store failed")]
    Backend {
        /// The name of the store.
        store: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Makes the error of a back end named `store` that failed because of `source`.
    pub fn backend(store: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend { store, source: source.into() }
    }

    /// Returns whether the caller can fix it by changing the query.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::Unsupported(_) | Self::Tally(TallyError::TooManyRows { .. }) => true,
            Self::Backend { .. } | Self::Tally(TallyError::Overflow(_)) => false,
        }
    }
}

/// Implements the three traits for pointers to implementors.
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
