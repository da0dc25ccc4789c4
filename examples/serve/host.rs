//! What all requests share.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;
use chrono::{DateTime, Utc};
use mailtally::store::Recorded;

use crate::bounds::Bounds;
use crate::clock::Clock;
use crate::config::{Account, Config};
use crate::fair_queue::FairQueue;
use crate::kept::Kept;
use crate::key::{self, Key};
use crate::limit::Counter;
use crate::room::Room;

/// The store, the accounts, the keys, the rate limits, the bounds, and the clock.
#[derive(Debug)]
pub(crate) struct Host {
    store: Kept,
    changes: AtomicU64,
    accounts: Vec<Arc<Account>>,
    keys: Vec<Key>,
    clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) bounds: Bounds,
    pub(crate) room: Room,
    pub(crate) queue: FairQueue,
    /// The origins whose pages may send requests.
    pub(crate) origins: Vec<HeaderValue>,
}

/// The counters of requests, by account unless said otherwise.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) mailtrap_account: Counter,
    /// By key.
    pub(crate) mailtrap_token: Counter,
    pub(crate) krafter: Counter,
    pub(crate) mailgun: Counter,
    pub(crate) emitlo: Counter,
    pub(crate) sendkit: Counter,
    pub(crate) events: Counter,
    pub(crate) query: Counter,
}

/// A known key, and the account that it gives access to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'a> {
    pub(crate) key: &'a Key,
    pub(crate) key_index: usize,
    pub(crate) account: &'a Arc<Account>,
    pub(crate) account_index: usize,
}

impl Host {
    pub(crate) fn new(config: Config, clock: Clock, store: Kept) -> Self {
        let Config { accounts, keys, limits, bounds, origins } = config;
        let limits = Limits {
            mailtrap_account: Counter::new(limits.mailtrap_account),
            mailtrap_token: Counter::new(limits.mailtrap_token),
            krafter: Counter::new(limits.krafter),
            mailgun: Counter::new(limits.mailgun),
            emitlo: Counter::new(limits.emitlo),
            sendkit: Counter::new(limits.sendkit),
            events: Counter::new(limits.events),
            query: Counter::new(limits.query),
        };
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let queue = FairQueue::new(processors, accounts.len());
        let room = Room::new(&bounds, accounts.len());
        let accounts = accounts.into_iter().map(Arc::new).collect();
        let changes = AtomicU64::new(0);
        Self { store, changes, accounts, keys, clock, limits, bounds, room, queue, origins }
    }

    /// Counts a change of the store if something was recorded.
    pub(crate) fn changed(&self, recorded: Recorded) {
        if recorded.new + recorded.conflicts > 0 {
            self.changes.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Returns how often the store has changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Returns the store.
    pub(crate) fn store(&self) -> &Kept {
        &self.store
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Finds a key and its account.
    pub(crate) fn access(&self, key: &str) -> Option<Access<'_>> {
        let (key_index, key) = key::find(&self.keys, key)?;
        let account = self.accounts.get(key.account)?;
        Some(Access { key, key_index, account, account_index: key.account })
    }

    /// Returns the access to another account, whose SendKit workspace a platform key may name.
    pub(crate) fn workspace<'a>(&'a self, access: Access<'a>, workspace: &str) -> Option<Access<'a>> {
        access.key.workspaces.iter().find_map(|&account_index| {
            let account = self.accounts.get(account_index)?;
            (account.workspace.as_deref() == Some(workspace)).then_some(Access {
                account,
                account_index,
                ..access
            })
        })
    }

    /// Returns the accounts, by index.
    pub(crate) fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }
}
