//! The errors of stores and sinks.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::dimension::Dimension;
use crate::event::{AccountId, Event, EventError, EventId, MessageId};
use crate::tally::TallyError;
use crate::time::Resolution;

/// Why a store has no answer, or a sink refuses a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The answer is too large, or a count exceeds 64 bits.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// This store cannot group or filter by a dimension of the plan.
    #[error("this store has no rows by `{0}` and no filters on it")]
    Unsupported(Dimension),
    /// This store cannot list the messages that a figure is made of.
    #[error("this store cannot list messages")]
    NoMessages,
    /// The answer needs events that were [thinned](super::Retention::thin): of that time, only sums are kept.
    #[error(
        "the answer needs events before {}, expected whole units of `{resolution}` in UTC and at most one dimension (by day at \
         the finest): only these sums are kept",
        shown(.before)
    )]
    Thinned {
        /// The end of the part of which only sums are kept.
        before: DateTime<Utc>,
        /// The period of each sum.
        resolution: Resolution,
    },
    /// A store keeps no sums by a resolution.
    #[error("sums by `{found}`, expected `hour`, `day` or `month`")]
    NoSums {
        /// The resolution.
        found: Resolution,
    },
    /// A sink refuses an event.
    #[error("event `{id}` of message `{message}` in account `{account}`")]
    Record {
        /// The account of the event.
        account: AccountId,
        /// The message of the event.
        message: MessageId,
        /// The id of the event.
        id: EventId,
        /// Why it is refused.
        source: RecordError,
    },
    /// The back end failed. The cause is the [source](std::error::Error::source).
    #[error("the {store} store failed")]
    Backend {
        /// The name of the store.
        store: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a sink refuses an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The event is invalid.
    #[error(transparent)]
    Invalid(#[from] EventError),
    /// With it, the message would have too many tags.
    #[error("its message would have more than {limit} tags")]
    TooManyTags {
        /// The maximum number of tags of a message.
        limit: usize,
    },
    /// The message has as many events as it may have.
    #[error("its message has {limit} events, the maximum")]
    MessageFull {
        /// The maximum number of events of a message.
        limit: usize,
    },
    /// A text has a NUL character.
    #[error("the {field} has a NUL character, which {store} cannot store")]
    Nul {
        /// What has it: the account or the message.
        field: &'static str,
        /// The name of the store.
        store: &'static str,
    },
    /// The store uses as much memory as it may.
    #[error("the store uses {limit} bytes of memory, the maximum")]
    StoreFull {
        /// The maximum number of bytes of the store.
        limit: usize,
    },
    /// The account has as many events as it may have.
    #[error("its account has {limit} events, the maximum")]
    AccountFull {
        /// The maximum number of events of an account.
        limit: usize,
    },
}

impl StoreError {
    /// Makes the error of a back end named `store` that failed because of `source`.
    pub fn backend(store: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend { store, source: source.into() }
    }

    /// Makes the error of a sink that refuses `event`.
    pub fn record(event: &Event, source: impl Into<RecordError>) -> Self {
        Self::Record {
            account: event.account().clone(),
            message: event.message().clone(),
            id: event.id().clone(),
            source: source.into(),
        }
    }

    /// Returns whether the caller can fix it by changing the query or the events.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::Unsupported(_)
            | Self::NoMessages
            | Self::Thinned { .. }
            | Self::NoSums { .. }
            | Self::Tally(TallyError::TooManyRows { .. }) => true,
            Self::Record { source, .. } => match source {
                RecordError::Invalid(_) | RecordError::TooManyTags { .. } | RecordError::Nul { .. } => true,
                RecordError::MessageFull { .. }
                | RecordError::AccountFull { .. }
                | RecordError::StoreFull { .. } => false,
            },
            Self::Backend { .. } | Self::Tally(TallyError::Overflow(_)) => false,
        }
    }
}

fn shown(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
