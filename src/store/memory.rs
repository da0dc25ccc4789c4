//! The store that keeps everything in memory.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use super::{BoxFuture, Recorded, Sink, Store, StoreError, Timeline};
use crate::error::Error;
use crate::event::{AccountId, Event, MessageId};
use crate::message::{InsertOutcome, Message};
use crate::plan::{Plan, Row};
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::tally::TallyError;

mod crew;
mod key;
mod messages;
mod scan;

use messages::Messages;

/// Keeps messages in memory, for tests, tools and small hosts. Its futures are ready when first polled.
///
/// Large stores are counted with all processors that the system offers. Ids of messages are hashed with a random key of
/// each account, so that nobody who chooses ids can slow a store down.
///
/// ```
/// # use mailtally::store::{MemoryStore, Sink};
/// use mailtally::{Event, Kind};
///
/// let store = MemoryStore::new();
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?);
/// store.extend([event.clone(), event]);
/// assert_eq!(store.messages(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    accounts: RwLock<HashMap<AccountId, Messages>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in events, in any order; says what became of them.
    pub fn extend(&self, events: impl IntoIterator<Item = Event>) -> Recorded {
        let mut recorded = Recorded::default();
        let mut accounts = self.write();
        let mut events = events.into_iter().peekable();
        // Events of one account come one after another, most of the time, so that it is looked up once for many.
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
        recorded
    }

    /// Counts what `plan` selects, as [`Store::count`] does, without a future.
    ///
    /// # Errors
    ///
    /// [`TallyError`] if there are more rows than the query allows, or if a count does not fit into 64 bits.
    pub fn tally(&self, plan: &Plan) -> Result<Vec<Row>, TallyError> {
        let accounts = self.read();
        let within: Vec<&Messages> = match plan.parts().scope {
            Scope::Account(one) => accounts.get(one).into_iter().collect(),
            Scope::Accounts(several) => several.iter().filter_map(|id| accounts.get(id)).collect(),
            Scope::All => accounts.values().collect(),
        };
        let messages: Vec<_> = within.into_iter().map(Messages::all).collect();
        Ok(crew::count(plan, &messages)?.into_rows())
    }

    /// Answers `query` at the instant `now`, as [`report`](crate::report()) does, without a future.
    ///
    /// # Errors
    ///
    /// [`Error`], which tells the asker's mistakes from the store's.
    pub fn report(&self, query: &Query, now: DateTime<Utc>) -> Result<Report, Error> {
        let questions = query.questions(now)?;
        let answers: Result<Vec<_>, _> = questions.plans().map(|plan| self.tally(plan)).collect();
        Ok(questions.report(answers.map_err(StoreError::from)?)?)
    }

    /// The events of `message` in `account`, as [`Timeline`] has them, without a future.
    pub fn timeline(&self, account: &AccountId, message: &MessageId) -> Vec<Event> {
        let accounts = self.read();
        let message = accounts.get(account).and_then(|messages| messages.find(message));
        let history = message.map(Message::history).unwrap_or_default();
        history.into_iter().map(|occurrence| occurrence.event.clone()).collect()
    }

    /// How many messages it holds, of all accounts.
    pub fn messages(&self) -> usize {
        self.read().values().map(|messages| messages.all().len()).sum()
    }

    // A thread that panicked while it held the lock left whole events behind: each is inserted in one step.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<AccountId, Messages>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<AccountId, Messages>> {
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
        Box::pin(async move { Ok(self.extend(events.iter().cloned())) })
    }
}
