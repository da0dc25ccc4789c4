//! The store that keeps events in memory.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{BoxFuture, Recorded, Sink, Store, StoreError, Timeline};
use crate::event::{AccountId, Event, MessageId};
use crate::message::{InsertOutcome, Message};
use crate::plan::{Plan, Row};
use crate::query::Scope;
use crate::tally::TallyError;

mod account;
mod parallel;
mod scan;

use account::AccountMessages;

/// The number of events that are recorded under one lock.
const CHUNK: usize = 256;

/// Keeps events in memory: for tests, tools and small hosts. Its futures are ready when first polled.
///
/// Large stores are counted with all processors. Message ids are hashed with a random key, so that a client who chooses ids
/// cannot cause collisions.
///
/// ```
/// use mailtally::{Event, Kind, MemoryStore};
///
/// let store = MemoryStore::new();
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?);
/// store.extend([event.clone(), event]);
/// assert_eq!(store.message_count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    accounts: RwLock<HashMap<AccountId, AccountMessages>>,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records events. Their order does not matter, and a repeat changes nothing.
    ///
    /// The store is locked for a chunk of the events at a time, and never while `events` makes the next one: the iterator can
    /// read from a file or from this store. Meanwhile readers can see a part of the events; [`Sink::record`] shows all or
    /// none.
    pub fn extend(&self, events: impl IntoIterator<Item = Event>) -> Recorded {
        let mut recorded = Recorded::default();
        let mut events = events.into_iter().fuse();
        let mut chunk = Vec::new();
        loop {
            chunk.extend(events.by_ref().take(CHUNK));
            if chunk.is_empty() {
                return recorded;
            }
            self.insert(chunk.drain(..), &mut recorded);
        }
    }

    /// Inserts `events` under one lock, and adds to `recorded` what that did.
    fn insert(&self, events: impl Iterator<Item = Event>, recorded: &mut Recorded) {
        let mut accounts = self.write();
        let mut events = events.peekable();
        // Consecutive events are mostly of one account, which is then looked up once.
        while let Some(account) = events.peek().map(Event::account).cloned() {
            let messages = accounts.entry(account.clone()).or_default();
            while let Some(event) = events.next_if(|event| *event.account() == account) {
                match messages.insert(event) {
                    InsertOutcome::New => recorded.new += 1,
                    InsertOutcome::Repeat => recorded.repeats += 1,
                    InsertOutcome::Correction => recorded.corrections += 1,
                }
            }
        }
    }

    /// Counts what `plan` selects, as [`Store::count`] does, without a future.
    ///
    /// # Errors
    ///
    /// [`TallyError`] if there are more rows than the query allows, or if a count exceeds 64 bits.
    pub fn tally(&self, plan: &Plan) -> Result<Vec<Row>, TallyError> {
        let accounts = self.read();
        let in_scope: Vec<&AccountMessages> = match plan.parts().scope {
            Scope::Account(one) => accounts.get(one).into_iter().collect(),
            Scope::Accounts(several) => several.iter().filter_map(|id| accounts.get(id)).collect(),
            Scope::All => accounts.values().collect(),
        };
        let messages: Vec<_> = in_scope.into_iter().map(AccountMessages::all).collect();
        Ok(parallel::count(plan, &messages)?.into_rows())
    }

    /// Returns the events of `message` in `account`, as [`Timeline::events`] does, without a future.
    pub fn timeline(&self, account: &AccountId, message: &MessageId) -> Vec<Event> {
        let accounts = self.read();
        let message = accounts.get(account).and_then(|messages| messages.find(message));
        let history = message.map(Message::history).unwrap_or_default();
        history.into_iter().map(|entry| entry.event.clone()).collect()
    }

    /// Returns the number of messages of all accounts.
    pub fn message_count(&self) -> usize {
        self.read().values().map(|messages| messages.all().len()).sum()
    }

    // A poisoned lock is usable: an event is inserted in one step, so a panic leaves only whole events.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<AccountId, AccountMessages>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<AccountId, AccountMessages>> {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn count<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        Box::pin(async move { Ok(self.tally(plan)?) })
    }
}

impl Timeline for MemoryStore {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move { Ok(self.timeline(account, message)) })
    }
}

impl Sink for MemoryStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            let mut recorded = Recorded::default();
            self.insert(events.iter().cloned(), &mut recorded);
            Ok(recorded)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::kind::Kind;

    fn event(index: usize) -> Event {
        Event::new("a", format!("m-{index}"), "e", Kind::Sent, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn an_iterator_can_read_the_store_that_it_extends() {
        let store = MemoryStore::new();
        let mut seen = Vec::new();
        let events = (0..2 * CHUNK + 1).map(|index| {
            seen.push(store.message_count());
            event(index)
        });
        assert_eq!(store.extend(events).new, 2 * CHUNK as u64 + 1);
        assert_eq!((seen[0], seen[CHUNK], seen[2 * CHUNK]), (0, CHUNK, 2 * CHUNK));
        assert_eq!(store.message_count(), 2 * CHUNK + 1);
    }

    #[test]
    fn an_iterator_is_not_read_again_after_its_end() {
        let mut calls = 0;
        let events = std::iter::from_fn(|| {
            calls += 1;
            (calls != 2).then(|| event(calls))
        });
        assert_eq!(MemoryStore::new().extend(events).new, 1);
        assert_eq!(calls, 2);
    }
}
