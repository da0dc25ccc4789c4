//! What all threads of a load share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::AccountId;
use crate::store::memory::account::Account;
use crate::store::memory::dictionary::Dictionary;
use crate::store::memory::interner::Interner;
use crate::store::memory::writer::State;
use crate::store::memory::{MemoryStore, StoreLimits};

/// The accounts of a load, by their numbers.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) ids: &'a [AccountId],
    pub(super) limits: StoreLimits,
    /// The accounts before the load.
    pub(super) before: Vec<Arc<Account>>,
    /// What the codes of rows mean.
    pub(super) dictionaries: Vec<Arc<Dictionary>>,
    interners: Vec<Mutex<Interner>>,
    /// The number of shares into which the accounts are divided. One is gathered after the other, to save memory.
    pub(super) shares: usize,
    /// The share of each account.
    share_of: Vec<usize>,
}

/// The number of shares of a load of many accounts.
const SHARES: usize = 8;

impl<'a> Work<'a> {
    /// Takes what is known of the accounts, of which there are `rows` rows each.
    pub(super) fn start(
        store: &MemoryStore,
        state: &mut State,
        ids: &'a [AccountId],
        rows: &[usize],
    ) -> Self {
        let new = |id: &AccountId| Arc::new(state.new_account(id));
        let before: Vec<Arc<Account>> =
            ids.iter().map(|id| store.published.get(id).unwrap_or_else(|| new(id))).collect();
        let interner = |account: &Arc<Account>| {
            let known = state.interners.remove(&account.id);
            known.unwrap_or_else(|| store.writer.interner_of(account))
        };
        let mut interners: Vec<Interner> = before.iter().map(interner).collect();
        let dictionaries = interners.iter_mut().map(Interner::seal).collect();
        let interners = interners.into_iter().map(Mutex::new).collect();
        let (all, mut sum) = (rows.iter().sum::<usize>().max(1), 0);
        let share = |of_account: &usize| {
            sum += of_account;
            // That of the middle of the account's rows.
            (sum - of_account.div_ceil(2)) * SHARES / all
        };
        let share_of: Vec<usize> = rows.iter().map(share).collect();
        Self { ids, limits: store.limits, before, dictionaries, interners, shares: SHARES, share_of }
    }

    /// Returns the interner of an account.
    pub(super) fn interner(&self, account: u32) -> MutexGuard<'_, Interner> {
        // A poisoned lock is usable: interners only grow.
        self.interners[account as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the share that an account is in.
    pub(super) fn share_of(&self, account: u32) -> usize {
        self.share_of[account as usize]
    }

    /// Gives the interners back.
    pub(super) fn finish(self, state: &mut State) {
        for (id, interner) in self.ids.iter().zip(self.interners) {
            let interner = interner.into_inner().unwrap_or_else(PoisonError::into_inner);
            state.interners.insert(id.clone(), interner);
        }
    }
}
