//! The queue for processors: no more work at a time than there are processors, and never all of it for one account.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits to compute.
#[derive(Debug)]
pub(crate) struct FairQueue {
    /// One permit for each processor.
    processors: Arc<Semaphore>,
    /// For each account, by index: one permit fewer than there are processors, but at least one.
    accounts: Vec<Arc<Semaphore>>,
}

/// A processor in use, until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _account: Option<OwnedSemaphorePermit>,
    _processor: Option<OwnedSemaphorePermit>,
}

impl FairQueue {
    pub(crate) fn new(processors: usize, accounts: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let account = |_| semaphore(processors.saturating_sub(1).max(1));
        Self { processors: semaphore(processors), accounts: (0..accounts).map(account).collect() }
    }

    /// Waits until an account may compute and a processor is free. An unknown account waits for a processor only, because
    /// its requests are cheap to refuse.
    ///
    /// The queue for processors is first in, first out, and holds at most as many requests of an account as may compute at
    /// a time. So many requests of one account delay that account, and hardly others.
    pub(crate) async fn turn(&self, account: Option<usize>) -> Turn {
        let account = match account.and_then(|index| self.accounts.get(index)) {
            Some(account) => acquire(account).await,
            None => None,
        };
        Turn { _account: account, _processor: acquire(&self.processors).await }
    }
}

/// Waits for a permit. `None` cannot happen, because no semaphore is closed.
async fn acquire(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(semaphore).acquire_owned().await.ok()
}
