//! Where the events are kept: in memory, or in a store that lasts (`--store`).
//!
//! The stores in PostgreSQL and ClickHouse are there if the program is built with the features `postgres` and `clickhouse`.

use std::sync::Arc;

use mailtally::message::{AccountId, MessageId};
use mailtally::store::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Recorded, Store, StoreError, Timeline,
};
use mailtally::{Event, MemoryStore, Period, Query};

use crate::lasting::{self, Lasting};
use crate::place::Place;

/// The store of the server. A platform has its own here.
#[derive(Clone)]
pub(crate) enum Kept {
    Memory(Arc<MemoryStore>),
    Lasting(Arc<dyn Lasting>),
}

impl Kept {
    /// Opens a store.
    pub(crate) async fn open(place: &Place) -> Result<Self, StoreError> {
        let store = place.open().await?;
        Ok(store.map_or_else(|| Self::Memory(Arc::default()), |store| Self::Lasting(Arc::from(store))))
    }

    /// Returns the store in memory; `None` if the events are kept in another.
    pub(crate) fn memory(&self) -> Option<&Arc<MemoryStore>> {
        match self {
            Self::Memory(store) => Some(store),
            Self::Lasting(_) => None,
        }
    }

    /// Records events, and calls `refuse` with the index and the error of each that is refused; the others are recorded.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails. Then it is not known which of the events are recorded: the caller records them again.
    pub(crate) async fn record(
        &self,
        events: Vec<Event>,
        mut refuse: impl FnMut(usize, &StoreError) + Send,
    ) -> Result<Recorded, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.load(events, |index, error| refuse(index, &error))),
            Self::Lasting(store) => {
                lasting::record(&**store, &events, |index, error| refuse(index, &error)).await
            }
        }
    }

    /// Returns the number of events of an account.
    pub(crate) async fn event_count(&self, account: &AccountId) -> Result<u64, mailtally::Error> {
        match self {
            Self::Memory(store) => Ok(store.event_count(account) as u64),
            Self::Lasting(store) => {
                // No event is of an instant that depends on the present.
                let query = Query::new(account.clone(), Period::all());
                let plan = query.plan(chrono::DateTime::UNIX_EPOCH)?;
                let counted = store.count(&[plan]).await?;
                Ok(counted.rows.iter().flatten().map(|row| row.counts.events()).sum())
            }
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Memory",
            Self::Lasting(_) => "Lasting",
        })
    }
}

impl Store for Kept {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        match self {
            Self::Memory(store) => store.count(plans),
            Self::Lasting(store) => store.count(plans),
        }
    }
}

impl Timeline for Kept {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        match self {
            Self::Memory(store) => store.events(account, message),
            Self::Lasting(store) => store.events(account, message),
        }
    }
}

impl Messages for Kept {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        match self {
            Self::Memory(store) => store.messages(figure, after, limit),
            Self::Lasting(store) => store.messages(figure, after, limit),
        }
    }
}
