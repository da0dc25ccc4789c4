//! What all threads of a load share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

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
            let dictionary = || Arc::clone(&account.dictionary);
            known.unwrap_or_else(|| Interner::with_dictionary(store.writer.value_hasher(), dictionary()))
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

/// Does the work with each index below `count` on one of several threads. Each thread makes a state of its own with `start`;
/// returns these states.
pub(super) fn in_parallel<S: Send>(
    count: usize,
    threads: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = start();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return state;
            }
            work(&mut state, index);
        }
    };
    thread::scope(|scope| {
        // A thread that does not start is no error: the others do its work.
        let others =
            (1..threads.min(count)).filter_map(|_| thread::Builder::new().spawn_scoped(scope, run).ok());
        let others: Vec<_> = others.collect();
        let own = run();
        let joined = others
            .into_iter()
            .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    })
}
