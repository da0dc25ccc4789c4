//! A store of a host that has no timelines.

use super::{BoxFuture, Plan, Row, Store, StoreError, Timeline};
use crate::event::{AccountId, Event, MessageId};

/// Adds an empty [`Timeline`] to a [`Store`] that has none: every message is unknown.
///
/// It lets a host answer the statistics of all [dialects](crate::dialect) with a store that only counts.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it wraps a store and nothing else")]
pub struct WithoutTimeline<S>(pub S);

impl<S: Store> Store for WithoutTimeline<S> {
    fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        self.0.count(plan)
    }
}

impl<S: Store> Timeline for WithoutTimeline<S> {
    fn events<'a>(
        &'a self,
        _: &'a AccountId,
        _: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
