//! Who counts when: only so much at a time as there are processors, and where there are several, never all of it for one
//! account.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns that there are.
#[derive(Debug)]
pub(crate) struct Turns {
    /// As many as the machine has processors.
    all: Arc<Semaphore>,
    /// Those of each account, by its place: one fewer, but one at least.
    own: Vec<Arc<Semaphore>>,
}

/// A processor that is taken, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Turn {
    _own: Option<OwnedSemaphorePermit>,
    _one: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(crate) fn new(processors: usize, accounts: usize) -> Self {
        let own = || Arc::new(Semaphore::new(processors.saturating_sub(1).max(1)));
        Self { all: Arc::new(Semaphore::new(processors)), own: (0..accounts).map(|_| own()).collect() }
    }

    /// Waits until it is the turn of the account at this place, and a processor is free. Who is not known waits for the
    /// latter alone: there is little to do for them.
    ///
    /// For a processor all wait in one row, in which no account stands more often than it may count at a time. So what
    /// one of them asks makes its own answers late, and those of others hardly.
    pub(crate) async fn next(&self, account: Option<usize>) -> Turn {
        let own = match account.and_then(|place| self.own.get(place)) {
            Some(own) => taken(own).await,
            None => None,
        };
        Turn { _own: own, _one: taken(&self.all).await }
    }
}

async fn taken(turns: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    // It is never closed, so that there always is one.
    Arc::clone(turns).acquire_owned().await.ok()
}
