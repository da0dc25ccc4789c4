//! The room for requests: how many an account may have at a time, and how much memory their bodies and answers may take.
//!
//! An account gets at most a quarter of the memory, so one account does not take it from all others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::bounds::Bounds;

/// How long a request waits for memory before it is refused.
const WAIT: Duration = Duration::from_secs(5);

/// The part of the memory that an account may take.
const SHARE: u32 = 4;

/// The room of all accounts.
#[derive(Debug)]
pub(crate) struct Room {
    /// For each account, by index: one permit for each request.
    requests: Vec<Arc<Semaphore>>,
    pub(crate) bodies: Memory,
    pub(crate) answers: Memory,
}

/// The place of a request, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Room {
    /// Makes the room for a number of accounts.
    pub(crate) fn new(bounds: &Bounds, accounts: usize) -> Self {
        Self {
            requests: (0..accounts).map(|_| semaphore(bounds.requests.get())).collect(),
            bodies: Memory::new(bounds.body_bytes.get(), accounts),
            answers: Memory::new(bounds.answer_bytes.get(), accounts),
        }
    }

    /// Takes a place for a request of an account; `None` if the account has no more.
    pub(crate) fn place(&self, account: usize) -> Option<Place> {
        let permit = Arc::clone(self.requests.get(account)?).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }
}

/// A number of bytes, shared by all accounts.
#[derive(Debug)]
pub(crate) struct Memory {
    /// One permit for each byte.
    all: Arc<Semaphore>,
    /// For each account, by index: one permit for each byte that it may take.
    accounts: Vec<Arc<Semaphore>>,
    /// The number of bytes that an account may take.
    share: u32,
}

/// Memory in use, until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    _account: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Memory {
    fn new(bytes: u32, accounts: usize) -> Self {
        let share = (bytes / SHARE).max(1);
        let accounts = (0..accounts).map(|_| semaphore(share)).collect();
        Self { all: semaphore(bytes), accounts, share }
    }

    /// Reserves memory for an account, and waits a while if there is too little; `None` if there still is. More than the
    /// account may take at all is reserved as that much, so that the largest body or answer waits until it is the only one.
    pub(crate) async fn reserve(&self, account: usize, bytes: usize) -> Option<Reservation> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.share);
        let own = Arc::clone(self.accounts.get(account)?);
        let reserve = async {
            let account = own.acquire_many_owned(bytes).await.ok()?;
            let all = Arc::clone(&self.all).acquire_many_owned(bytes).await.ok()?;
            Some(Reservation { _account: account, _all: all })
        };
        tokio::time::timeout(WAIT, reserve).await.ok().flatten()
    }
}

fn semaphore(permits: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits as usize))
}
