//! Recording events: one writer at a time.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreLimits;
use super::account::Account;
use super::builder::SegmentBuilder;
use super::dictionary::Dictionary;
use super::edit::Edit;
use super::interner::Interner;
use super::key::Key;
use super::known::EventCodes;
use super::published::Published;
use super::usage::Usage;
use crate::event::{AccountId, Event, EventError, EventRef};
use crate::message::InsertOutcome;
use crate::store::levels::Levels;
use crate::store::{RecordError, Recorded, StoreError};

/// Records events. Readers see what it publishes.
#[derive(Debug)]
pub(super) struct Writer {
    /// Hashes the ids of messages, and values.
    hasher: ahash::RandomState,
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
    /// The number of loaders, whose rows have codes of the interners.
    pub(super) loaders: usize,
    /// The accounts that were forgotten meanwhile.
    pub(super) forgotten: Vec<AccountId>,
    /// The bytes of each account, if they are bounded.
    sizes: HashMap<AccountId, usize>,
    /// Their sum.
    size: usize,
}

impl Default for Writer {
    fn default() -> Self {
        let random = RandomState::new();
        let seed = |number: u8| random.hash_one(number);
        let hasher = ahash::RandomState::with_seeds(seed(0), seed(1), seed(2), seed(3));
        Self { hasher, state: Mutex::default() }
    }
}

impl Writer {
    /// Returns the hash of the id of a message.
    pub(super) fn hash(&self, id: &str) -> u32 {
        u32::try_from(self.hasher.hash_one(id) >> 32).unwrap_or_default()
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

    /// Returns what hashes ids and values.
    pub(super) fn hasher(&self) -> ahash::RandomState {
        self.hasher.clone()
    }

    /// Returns the codes of an event.
    pub(super) fn codes(&self, event: &Event, published: &Published) -> Result<EventCodes, EventError> {
        let known = || published.get(event.account()).map(|account| Arc::clone(&account.dictionary));
        self.state().interner(event.account(), &self.hasher, known).new_codes(event)
    }

    /// Records events. `refused` returns whether nothing is to be recorded, because an event is refused.
    fn record(
        &self,
        events: &[Event],
        limits: &StoreLimits,
        published: &Published,
        refused: impl FnMut(usize, StoreError) -> bool,
    ) -> Recorded {
        self.record_with(&mut self.state(), events, limits, published, refused)
    }

    /// As [`Writer::record`], by a caller that has the state.
    pub(super) fn record_with(
        &self,
        state: &mut State,
        events: &[Event],
        limits: &StoreLimits,
        published: &Published,
        mut refused: impl FnMut(usize, StoreError) -> bool,
    ) -> Recorded {
        let ids: HashSet<&AccountId> = events.iter().map(Event::account).collect();
        let account = |id| published.get(id).unwrap_or_else(|| Arc::new(state.new_account(id)));
        let accounts: HashMap<&AccountId, Arc<Account>> =
            ids.into_iter().map(|id| (id, account(id))).collect();
        let mut edits: HashMap<&AccountId, Edit<'_>> = accounts
            .iter()
            .map(|(id, account)| (*id, Edit::new(account, limits, state.is_full(limits))))
            .collect();
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
        state.measure(&changed, limits);
        published.publish(changed);
        recorded
    }

    /// Inserts an event; `None` if it happened in a time that is thinned.
    fn insert<'a>(
        &self,
        edit: &mut Edit<'a>,
        event: &'a Event,
        state: &mut State,
    ) -> Result<Option<InsertOutcome>, RecordError> {
        event.check()?;
        if edit.is_too_late(event) {
            return Ok(None);
        }
        let mut key = std::mem::take(&mut state.key);
        let known = || Some(Arc::clone(edit.dictionary()));
        let interner = state.interner(event.account(), &self.hasher, known);
        let codes = interner.codes(&EventRef::from(event), &mut key);
        let inserted = codes.map_err(RecordError::from).and_then(|codes| {
            edit.insert(self.hash(event.message().as_str()), event, codes, interner.dictionary())
        });
        state.key = key;
        inserted.map(Some)
    }

    /// Makes the interner of a known account.
    pub(super) fn interner_of(&self, account: &Account) -> Interner {
        Interner::with_dictionary(self.hasher.clone(), Arc::clone(&account.dictionary))
    }

    // A poisoned lock is usable: interners only grow, and what is published is whole.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes an account without mail.
    pub(super) fn new_account(&self, id: &AccountId) -> Account {
        Account { thinned: self.thinned.clone(), ..Account::new(id.clone()) }
    }

    /// Returns whether the store uses as much memory as it may.
    pub(super) fn is_full(&self, limits: &StoreLimits) -> bool {
        self.size >= limits.bytes
    }

    /// Measures accounts that changed, if memory is bounded.
    pub(super) fn measure(&mut self, changed: &[Account], limits: &StoreLimits) {
        if limits.bytes == usize::MAX {
            return;
        }
        for account in changed {
            let mut usage = Usage::of(account);
            self.interners.get(&account.id).into_iter().for_each(|interner| usage.add_interner(interner));
            let before = self.sizes.insert(account.id.clone(), usage.total()).unwrap_or(0);
            self.size = self.size + usage.total() - before;
        }
    }

    /// Forgets the values of accounts that were forgotten, unless a loader still needs them or they have mail again.
    pub(super) fn forget_values(&mut self, published: &Published) {
        if self.loaders == 0 {
            for id in std::mem::take(&mut self.forgotten) {
                if published.get(&id).is_none() {
                    self.interners.remove(&id);
                }
            }
        }
    }

    /// Forgets how large an account is.
    pub(super) fn forget_size(&mut self, account: &AccountId) {
        self.size -= self.sizes.remove(account).unwrap_or(0);
    }

    /// Returns the number of bytes of all accounts that were measured.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Returns the interner of an account. `known` returns its dictionary, if it has one.
    fn interner(
        &mut self,
        account: &AccountId,
        hasher: &ahash::RandomState,
        known: impl FnOnce() -> Option<Arc<Dictionary>>,
    ) -> &mut Interner {
        let new = || Interner::with_dictionary(hasher.clone(), known().unwrap_or_default());
        self.interners.entry(account.clone()).or_insert_with(new)
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
