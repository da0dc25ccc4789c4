//! The queue for processors: no more work at a time than there are processors, and never all of it for one account.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits to compute.
#[derive(Debug)]
pub(crate) struct FairQueue {
    /// One permit for each processor.
    processors: Arc<Semaphore>,
    /// For each account, by index: one permit fewer than there are processors, but at least one.
    accounts: Vec<Arc<Semaphore>>,
    loads: Loads,
}

/// A processor in use, until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _account: Option<OwnedSemaphorePermit>,
    processor: Option<OwnedSemaphorePermit>,
    entry: Option<Entry>,
}

impl Turn {
    /// Gives the processor to others. The account itself has no other turn for that.
    pub(crate) fn free_processor(&mut self) {
        (self.processor, self.entry) = (None, None);
    }
}

/// What an account computes, and how many of its requests wait for that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) waiting: usize,
    /// When each computation started.
    pub(crate) started: Vec<DateTime<Utc>>,
}

impl FairQueue {
    pub(crate) fn new(processors: usize, accounts: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let account = |_| semaphore(processors.saturating_sub(1).max(1));
        Self {
            processors: semaphore(processors),
            accounts: (0..accounts).map(account).collect(),
            loads: Loads(Arc::new(Mutex::new(vec![Load::default(); accounts]))),
        }
    }

    /// Waits until an account may compute and a processor is free. `now` is the clock.
    ///
    /// The queue for processors is first in, first out, and holds at most as many requests of an account as may compute at
    /// a time. So many requests of one account delay that account, and hardly others.
    pub(crate) async fn turn(&self, account: usize, now: impl FnOnce() -> DateTime<Utc>) -> Turn {
        let mut entry = Entry::new(self.loads.clone(), account);
        let account = match self.accounts.get(account) {
            Some(account) => acquire(account).await,
            None => None,
        };
        let processor = acquire(&self.processors).await;
        entry.start(now());
        Turn { _account: account, processor, entry: Some(entry) }
    }

    /// Returns the load of each account, by index.
    pub(crate) fn loads(&self) -> Vec<Load> {
        self.loads.lock().clone()
    }
}

/// Waits for a permit. `None` cannot happen, because no semaphore is closed.
async fn acquire(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(semaphore).acquire_owned().await.ok()
}

/// The load of each account, by index.
#[derive(Clone, Debug)]
struct Loads(Arc<Mutex<Vec<Load>>>);

impl Loads {
    fn lock(&self) -> MutexGuard<'_, Vec<Load>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the load of an account.
    fn change(&self, account: usize, change: impl FnOnce(&mut Load)) {
        if let Some(load) = self.lock().get_mut(account) {
            change(load);
        }
    }
}

/// A request in [`Loads`], until this is dropped.
#[derive(Debug)]
struct Entry {
    loads: Loads,
    account: usize,
    /// `None` while it waits.
    started: Option<DateTime<Utc>>,
}

impl Entry {
    fn new(loads: Loads, account: usize) -> Self {
        loads.change(account, |load| load.waiting += 1);
        Self { loads, account, started: None }
    }

    fn start(&mut self, now: DateTime<Utc>) {
        self.started = Some(now);
        self.loads.change(self.account, |load| {
            load.waiting -= 1;
            load.started.push(now);
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let started = self.started;
        self.loads.change(self.account, |load| match started {
            None => load.waiting -= 1,
            // Those that started at the same instant are alike.
            Some(at) => {
                if let Some(index) = load.started.iter().position(|&started| started == at) {
                    load.started.swap_remove(index);
                }
            }
        });
    }
}
