//! A store of a host that only counts.

use super::{BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Store, StoreError, Timeline};
use crate::event::{AccountId, Event, MessageId};

/// Adds an empty [`Timeline`] and [`Messages`] to a [`Store`] that has neither: every message is unknown, and listing the
/// messages of a figure is an error.
///
/// It lets a host answer the statistics of all [dialects](crate::dialect) with a store that only counts.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it wraps a store and nothing else")]
pub struct CountsOnly<S>(pub S);

impl<S: Store> Store for CountsOnly<S> {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        self.0.count(plans)
    }
}

impl<S: Store> Timeline for CountsOnly<S> {
    fn events<'a>(
        &'a self,
        _: &'a AccountId,
        _: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl<S: Store> Messages for CountsOnly<S> {
    fn messages<'a>(
        &'a self,
        _: &'a Figure,
        _: Option<&'a (AccountId, MessageId)>,
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async { Err(StoreError::NoMessages) })
    }
}
