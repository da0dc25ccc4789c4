//! What all requests share.

use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use mailtally::message::{AccountId, MessageId};
use mailtally::report::Report;
use mailtally::store::Timeline;
use mailtally::store::{Plan, Row, Store};
use mailtally::{Event, MemoryStore, Query};
use tokio::runtime::Handle;

use crate::asked::Asked;
use crate::clock::Clock;
use crate::config::{Account, Config};
use crate::key::{self, Key};
use crate::limit::Counter;
use crate::turns::Turns;

/// Events, accounts, keys, counted requests, and the time.
#[derive(Debug)]
pub(crate) struct Host {
    store: Arc<MemoryStore>,
    accounts: Vec<Account>,
    keys: Vec<Key>,
    clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) turns: Turns,
}

/// The requests that are counted, each kind apart.
#[derive(Debug)]
pub(crate) struct Limits {
    /// By account.
    pub(crate) mailtrap_account: Counter,
    /// By key.
    pub(crate) mailtrap_token: Counter,
    /// By account, as all below.
    pub(crate) krafter: Counter,
    pub(crate) mailgun: Counter,
    pub(crate) emitlo: Counter,
    pub(crate) sendkit: Counter,
    pub(crate) events: Counter,
    pub(crate) query: Counter,
}

/// A caller who is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) key: &'a Key,
    /// The key's account.
    pub(crate) account: &'a Account,
    /// The place of the key, to count its requests.
    pub(crate) place: usize,
}

impl Host {
    pub(crate) fn new(config: Config, clock: Clock) -> Self {
        let Config { accounts, keys, limits } = config;
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
        let turns = Turns::new(processors, accounts.len());
        Self { store: Arc::default(), accounts, keys, clock, limits, turns }
    }

    pub(crate) fn store(&self) -> &Arc<MemoryStore> {
        &self.store
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Who shows this key. The log is told, by the key's name.
    pub(crate) fn caller(&self, shown: &str) -> Option<Caller<'_>> {
        let (place, key) = key::find(&self.keys, shown)?;
        let account = self.accounts.get(key.account)?;
        tracing::Span::current().record("key", &*key.name);
        Some(Caller { key, account, place })
    }

    /// Whose turn a request takes: the place of an account of which it shows a key. What the key is for, and whether it
    /// stands where it should, is not looked at yet.
    pub(crate) fn place(&self, asked: &Asked) -> Option<usize> {
        asked.keys().find_map(|key| key::find(&self.keys, &key)).map(|(_, key)| key.account)
    }

    /// Whether the account is configured.
    pub(crate) fn has_account(&self, id: &AccountId) -> bool {
        self.accounts.iter().any(|account| account.id == *id)
    }

    pub(crate) fn account(&self, place: usize) -> Option<&Account> {
        self.accounts.get(place)
    }

    /// Answers a question at an instant. A platform asks its own store here, and below.
    pub(crate) fn report(&self, query: &Query, now: DateTime<Utc>) -> Result<Report, mailtally::Error> {
        let report = query.report(&*self.store, now);
        Handle::current().block_on(report).inspect_err(log)
    }

    /// Counts what a plan selects.
    pub(crate) fn count(&self, plan: &Plan) -> Result<Vec<Row>, mailtally::Error> {
        let rows = self.store.count(plan);
        Handle::current().block_on(rows).map_err(mailtally::Error::from).inspect_err(log)
    }

    /// The events of a message, in their order.
    pub(crate) fn timeline(
        &self,
        account: &AccountId,
        message: &MessageId,
    ) -> Result<Vec<Event>, mailtally::Error> {
        let events = self.store.events(account, message);
        Handle::current().block_on(events).map_err(mailtally::Error::from).inspect_err(log)
    }
}

/// Logs what is not the caller's fault.
fn log(error: &mailtally::Error) {
    if !error.is_client_error() {
        tracing::error!(%error, "no answer");
    }
}
