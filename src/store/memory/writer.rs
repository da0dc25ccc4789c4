//! Recording events: one writer at a time.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreLimits;
use super::account::Account;
use super::builder::SegmentBuilder;
use super::edit::Edit;
use super::interner::Interner;
use super::key::Key;
use super::published::Published;
use super::thinned::Levels;
use crate::event::{AccountId, Event, EventRef};
use crate::message::InsertOutcome;
use crate::store::{RecordError, Recorded, StoreError};

/// Records events. Readers see what it publishes.
#[derive(Debug)]
pub(super) struct Writer {
    /// Hashes the ids of messages.
    ids: RandomState,
    /// Hashes values.
    values: ahash::RandomState,
    state: Mutex<State>,
}

/// What only the writer needs.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) interners: HashMap<AccountId, Interner>,
    pub(super) builder: SegmentBuilder,
    key: Key,
    /// What is thinned of accounts that are not known yet.
    pub(super) thinned: Levels,
}

impl Default for Writer {
    fn default() -> Self {
        let ids = RandomState::new();
        let seed = |number: u8| ids.hash_one(number);
        let values = ahash::RandomState::with_seeds(seed(0), seed(1), seed(2), seed(3));
        Self { ids, values, state: Mutex::default() }
    }
}

impl Writer {
    /// Returns the hash of the id of a message.
    pub(super) fn hash(&self, id: &str) -> u32 {
        u32::try_from(self.ids.hash_one(id) >> 32).unwrap_or_default()
    }

    /// Records all events or none of them.
    pub(super) fn record_all(
        &self,
        events: &[Event],
        limits: &StoreLimits,
        published: &Published,
    ) -> Result<Recorded, StoreError> {
        let mut refused = None;
        let recorded = self.record(events, limits, published, |_, error| {
            refused = Some(error);
            true
        });
        refused.map_or(Ok(recorded), Err)
    }

    /// Records the events that are not refused. Adds the index and the error of each other one to `refused`.
    pub(super) fn record_each(
        &self,
        events: &[Event],
        limits: &StoreLimits,
        published: &Published,
        refused: &mut Vec<(usize, StoreError)>,
    ) -> Recorded {
        self.record(events, limits, published, |index, error| {
            refused.push((index, error));
            false
        })
    }

    /// Records events. `refused` returns whether nothing is to be recorded, because an event is refused.
    fn record(
        &self,
        events: &[Event],
        limits: &StoreLimits,
        published: &Published,
        mut refused: impl FnMut(usize, StoreError) -> bool,
    ) -> Recorded {
        let mut state = self.state();
        let state = &mut *state;
        let mut by_account: HashMap<&AccountId, Vec<usize>> = HashMap::new();
        for (index, event) in events.iter().enumerate() {
            by_account.entry(event.account()).or_default().push(index);
        }
        let new_account =
            |id: &&AccountId| published.get(id).unwrap_or_else(|| Arc::new(state.new_account(id)));
        let accounts: HashMap<&AccountId, Arc<Account>> =
            by_account.keys().map(|id| (*id, new_account(id))).collect();
        let mut edits: HashMap<&AccountId, Edit<'_>> =
            accounts.iter().map(|(id, account)| (*id, Edit::new(account, limits))).collect();
        let mut recorded = Recorded::default();
        for (index, event) in events.iter().enumerate() {
            let Some(edit) = edits.get_mut(event.account()) else { continue };
            match self.insert(edit, event, state) {
                Ok(Some(outcome)) => recorded.count(outcome),
                Ok(None) => recorded.too_late += 1,
                Err(error) => {
                    if refused(index, StoreError::record(event, error)) {
                        return Recorded::default();
                    }
                }
            }
        }
        let mut changed = Vec::new();
        for (id, edit) in edits.into_iter().filter(|(_, edit)| edit.is_changed()) {
            let interner = state.interners.get_mut(id);
            changed.extend(interner.map(|interner| edit.apply(interner, &mut state.builder)));
        }
        published.publish(changed);
        recorded
    }

    /// Inserts an event; `None` if it happened in a time that is thinned.
    fn insert<'a>(
        &self,
        edit: &mut Edit<'a>,
        event: &'a Event,
        State { interners, key, .. }: &mut State,
    ) -> Result<Option<InsertOutcome>, RecordError> {
        event.check()?;
        if edit.is_too_late(event) {
            return Ok(None);
        }
        let interner = match interners.get_mut(event.account()) {
            Some(interner) => interner,
            None => {
                let interner = Interner::new(self.values.clone());
                interners.entry(event.account().clone()).or_insert(interner)
            }
        };
        let codes = interner.codes(&EventRef::from(event), key)?;
        edit.insert(self.hash(event.message().as_str()), event, codes, interner.dictionary()).map(Some)
    }

    /// Makes the interner of a known account.
    pub(super) fn interner_of(&self, account: &Account) -> Interner {
        Interner::with_dictionary(self.values.clone(), Arc::clone(&account.dictionary))
    }

    // A poisoned lock is usable: interners only grow, and what is published is whole.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new_account(&self, id: &AccountId) -> Account {
        Account { thinned: self.thinned.clone(), ..Account::new(id.clone()) }
    }
}

impl Recorded {
    pub(super) fn count(&mut self, outcome: InsertOutcome) {
        match outcome {
            InsertOutcome::New => self.new += 1,
            InsertOutcome::Repeat => self.repeats += 1,
            InsertOutcome::Superseded | InsertOutcome::Replaced => self.conflicts += 1,
        }
    }
}

impl std::ops::AddAssign for Recorded {
    fn add_assign(&mut self, Self { new, repeats, conflicts, too_late }: Self) {
        self.new += new;
        self.repeats += repeats;
        self.conflicts += conflicts;
        self.too_late += too_late;
    }
}
