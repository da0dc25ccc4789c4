//! The store that keeps events in memory.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{BoxFuture, Messages, Recorded, Sink, Store, StoreError, Timeline};
use crate::counted::{Counted, Provenance};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::message::{InsertOutcome, Message};
use crate::plan::Plan;
use crate::query::Scope;
use crate::tally::TallyError;

mod account;
mod accounts;
#[cfg(feature = "snapshot")]
#[cfg_attr(not(test), expect(dead_code, reason = "the store does not use it yet"))]
#[expect(unused_imports, reason = "the store does not use it yet")]
mod file;
mod matcher;
mod messages;
mod parallel;
mod rows;
mod scan;

use account::{AccountMessages, Chunk, Inserted};
use accounts::Accounts;

/// The messages of several accounts, as they are at one instant.
type Chunks = Arc<[Arc<Chunk>]>;

/// The number of events that [`MemoryStore::extend`] records at a time.
const BATCH: usize = 256;

/// Keeps events in memory: for tests, tools and small hosts.
///
/// Counting reads a snapshot and keeps no lock: it waits for writers, and writers for it, only while pointers are copied. The
/// futures of a large store yield every few milliseconds, so that dropping one stops its work; those of a small store are
/// ready when first polled. Large stores are counted with all processors.
///
/// Message ids are hashed with a random key, so that a client who chooses ids cannot cause collisions. How many events an
/// account and a message can have is limited by [`StoreLimits`].
///
/// ```
/// use mailtally::{Event, Kind, MemoryStore};
///
/// let store = MemoryStore::new();
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?);
/// let recorded = store.extend([event.clone(), event])?;
/// assert_eq!((recorded.new, recorded.repeats), (1, 1));
/// assert_eq!(store.message_count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    limits: StoreLimits,
    accounts: RwLock<Accounts>,
}

/// How many events a [`MemoryStore`] keeps. An event beyond a limit is refused; what is known stays countable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "hosts make them with `..StoreLimits::default()`")]
pub struct StoreLimits {
    /// The maximum number of events of an account. The default is no limit.
    pub events_per_account: usize,
    /// The maximum number of events of a message. The default is 20,000.
    pub events_per_message: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { events_per_account: usize::MAX, events_per_message: 20_000 }
    }
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty store with limits.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Records events. Their order does not matter, and a repeat changes nothing.
    ///
    /// The store is locked for a few hundred events at a time, and never while `events` makes the next one: the iterator can
    /// read from a file or from this store. Meanwhile readers can see a part of the events; [`Sink::record`] shows all or
    /// none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Record`] for the first event that is refused; all others are recorded.
    pub fn extend(&self, events: impl IntoIterator<Item = Event>) -> Result<Recorded, StoreError> {
        let mut first = None;
        let recorded = self.load(events, |_, refused| {
            first.get_or_insert(refused);
        });
        first.map_or(Ok(recorded), Err)
    }

    /// As [`MemoryStore::extend`], but calls `refused` with the index, from 0, of each event that is refused, and the reason.
    pub fn load(
        &self,
        events: impl IntoIterator<Item = Event>,
        mut refused: impl FnMut(usize, StoreError),
    ) -> Recorded {
        let mut recorded = Recorded::default();
        let mut events = events.into_iter().enumerate().fuse();
        let (mut batch, mut refusals) = (Vec::new(), Vec::new());
        loop {
            batch.extend(events.by_ref().take(BATCH));
            if batch.is_empty() {
                return recorded;
            }
            let mut accounts = self.write();
            for (index, event) in batch.drain(..) {
                match accounts.insert(event, &self.limits) {
                    Ok(inserted) => recorded.count(inserted.outcome),
                    Err(error) => refusals.push((index, error)),
                }
            }
            drop(accounts);
            refusals.drain(..).for_each(|(index, error)| refused(index, error));
        }
    }

    /// Records all of `events` or none of them, under one lock.
    fn insert_all(&self, events: &[Event]) -> Result<Recorded, StoreError> {
        let mut recorded = Recorded::default();
        let mut undos = Vec::new();
        let mut accounts = self.write();
        for event in events {
            match accounts.insert(event.clone(), &self.limits) {
                Ok(Inserted { outcome, undo }) => {
                    recorded.count(outcome);
                    undos.extend(undo.map(|undo| (event.account(), undo)));
                }
                Err(error) => {
                    undos.into_iter().rev().for_each(|(account, undo)| accounts.undo(account, undo));
                    return Err(error);
                }
            }
        }
        Ok(recorded)
    }

    /// Counts what each of `plans` selects, as [`Store::count`] does, without a future.
    ///
    /// # Errors
    ///
    /// [`TallyError`] if there are more rows than the query allows, or if a count exceeds 64 bits.
    pub fn tally(&self, plans: &[Plan]) -> Result<Counted, TallyError> {
        parallel::run(self.count_steps(plans))
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
        self.read().message_count()
    }

    /// Returns the number of events of an account; 0 if it is unknown.
    pub fn event_count(&self, account: &AccountId) -> usize {
        self.read().get(account).map_or(0, AccountMessages::event_count)
    }

    async fn count_steps(&self, plans: &[Plan]) -> Result<Counted, TallyError> {
        let chunks = self.snapshot(plans.iter().map(|plan| plan.parts().scope));
        let rows = parallel::count(plans, &chunks).await?;
        Ok(Counted::new(rows).provenance(Provenance::default().path("scan")))
    }

    /// Returns the messages of the accounts in each scope, all as they are at one instant.
    fn snapshot<'a>(&self, scopes: impl Iterator<Item = &'a Scope>) -> Vec<Chunks> {
        let accounts = self.read();
        let mut last: Option<(&Scope, Chunks)> = None;
        let mut snapshot = |scope: &'a Scope| {
            // The plans of one question have one scope.
            if let Some((_, chunks)) = last.as_ref().filter(|(known, _)| *known == scope) {
                return Arc::clone(chunks);
            }
            let chunks: Chunks = accounts.chunks(scope).cloned().collect();
            last = Some((scope, Arc::clone(&chunks)));
            chunks
        };
        scopes.map(&mut snapshot).collect()
    }

    // A poisoned lock is usable: an event is inserted in one step, so a panic leaves only whole events.
    fn read(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Accounts> {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorded {
    fn count(&mut self, outcome: InsertOutcome) {
        match outcome {
            InsertOutcome::New => self.new += 1,
            InsertOutcome::Repeat => self.repeats += 1,
            InsertOutcome::Superseded | InsertOutcome::Replaced => self.conflicts += 1,
        }
    }
}

impl Store for MemoryStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move { Ok(self.count_steps(plans).await?) })
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

impl Messages for MemoryStore {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let chunks = self.snapshot([figure.plan().parts().scope].into_iter());
            let chunks = chunks.first().map_or(&[][..], |chunks| chunks);
            Ok(messages::page(figure, chunks, after, limit).await)
        })
    }
}

impl Sink for MemoryStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move { self.insert_all(events) })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::kind::Kind;

    fn event(index: usize) -> Event {
        let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        Event::new("a", format!("m-{index}"), "e", Kind::Sent, at)
    }

    #[test]
    fn an_iterator_can_read_the_store_that_it_extends() {
        let store = MemoryStore::new();
        let mut seen = Vec::new();
        let events = (0..2 * BATCH + 1).map(|index| {
            seen.push(store.message_count());
            event(index)
        });
        assert_eq!(store.extend(events).unwrap().new, 2 * BATCH as u64 + 1);
        assert_eq!((seen[0], seen[BATCH], seen[2 * BATCH]), (0, BATCH, 2 * BATCH));
        assert_eq!(store.message_count(), 2 * BATCH + 1);
    }

    #[test]
    fn an_iterator_is_not_read_again_after_its_end() {
        let mut calls = 0;
        let events = std::iter::from_fn(|| {
            calls += 1;
            (calls != 2).then(|| event(calls))
        });
        assert_eq!(MemoryStore::new().extend(events).unwrap().new, 1);
        assert_eq!(calls, 2);
    }
}
