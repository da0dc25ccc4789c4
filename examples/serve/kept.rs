//! Where the events are kept: in memory, or in a store that lasts (`--store`).
//!
//! The stores in PostgreSQL and ClickHouse are there if the program is built with the features `postgres` and `clickhouse`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use mailtally::message::{AccountId, MessageId};
use mailtally::store::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Recorded, Sink, Store, StoreError, Timeline,
};
use mailtally::{Event, MemoryStore, Period, Query, SqliteStore};

/// The value of `--store`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    Sqlite(PathBuf),
    /// The URL.
    #[cfg(feature = "postgres")]
    Postgres(String),
    /// The address of the HTTP interface, and the database.
    #[cfg(feature = "clickhouse")]
    ClickHouse(String, String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            #[cfg(feature = "clickhouse")]
            Some(("clickhouse", address)) => {
                let address = address.trim_start_matches('/');
                let (node, database) = address.split_once('/').unwrap_or((address, "mailtally"));
                Ok(Self::ClickHouse(format!("http://{node}"), database.to_owned()))
            }
            _ => Err(format!("unknown store `{text}`, expected {}", known().join(", "))),
        }
    }
}

/// Returns the forms of stores that this program has.
fn known() -> Vec<&'static str> {
    let mut known = vec!["`memory`", "`sqlite:PATH`"];
    if cfg!(feature = "postgres") {
        known.push("`postgres://USER@HOST/DATABASE`");
    }
    if cfg!(feature = "clickhouse") {
        known.push("`clickhouse://HOST:PORT/DATABASE`");
    }
    known
}

/// A store that lasts.
pub(crate) trait Lasting: Store + Timeline + Messages + Sink {}

impl<T: Store + Timeline + Messages + Sink> Lasting for T {}

/// The store of the server. A platform has its own here.
#[derive(Clone)]
pub(crate) enum Kept {
    Memory(Arc<MemoryStore>),
    Lasting(Arc<dyn Lasting>),
}

impl Kept {
    /// Opens a store.
    pub(crate) async fn open(place: &Place) -> Result<Self, StoreError> {
        match place {
            Place::Memory => Ok(Self::Memory(Arc::default())),
            Place::Sqlite(path) => Ok(Self::Lasting(Arc::new(SqliteStore::open(path)?))),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => {
                let options = mailtally::PostgresOptions::new(url)?;
                Ok(Self::Lasting(Arc::new(mailtally::PostgresStore::connect(options).await?)))
            }
            #[cfg(feature = "clickhouse")]
            Place::ClickHouse(node, database) => {
                let options = mailtally::store::clickhouse::ClickHouseOptions::new(node).database(database);
                Ok(Self::Lasting(Arc::new(mailtally::ClickHouseStore::connect(options).await?)))
            }
        }
    }

    /// Returns the store in memory; `None` if the events are kept in another.
    pub(crate) fn memory(&self) -> Option<&Arc<MemoryStore>> {
        match self {
            Self::Memory(store) => Some(store),
            Self::Lasting(_) => None,
        }
    }

    /// Records events, and calls `refuse` with the index and the error of each that is refused; the others are recorded.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the back end fails. Then it is not known which of the events are recorded: the caller records them again.
    pub(crate) async fn record(
        &self,
        events: Vec<Event>,
        mut refuse: impl FnMut(usize, &StoreError) + Send,
    ) -> Result<Recorded, StoreError> {
        let store = match self {
            Self::Memory(store) => return Ok(store.load(events, |index, error| refuse(index, &error))),
            Self::Lasting(store) => store,
        };
        match store.record(&events).await {
            Err(StoreError::Record { .. }) => {}
            result => return result,
        }
        // One of them is refused, and with it the batch: each is recorded alone.
        let mut sum = Recorded::default();
        for (index, event) in events.iter().enumerate() {
            match store.record(std::slice::from_ref(event)).await {
                Ok(recorded) => sum += recorded,
                Err(error @ StoreError::Record { .. }) => refuse(index, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(sum)
    }

    /// Returns the number of events of an account.
    pub(crate) async fn event_count(&self, account: &AccountId) -> Result<u64, mailtally::Error> {
        match self {
            Self::Memory(store) => Ok(store.event_count(account) as u64),
            Self::Lasting(store) => {
                // No event is of an instant that depends on the present.
                let query = Query::new(account.clone(), Period::all());
                let plan = query.plan(chrono::DateTime::UNIX_EPOCH)?;
                let counted = store.count(&[plan]).await?;
                Ok(counted.rows.iter().flatten().map(|row| row.counts.events()).sum())
            }
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Memory",
            Self::Lasting(_) => "Lasting",
        })
    }
}

impl Store for Kept {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        match self {
            Self::Memory(store) => store.count(plans),
            Self::Lasting(store) => store.count(plans),
        }
    }
}

impl Timeline for Kept {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        match self {
            Self::Memory(store) => store.events(account, message),
            Self::Lasting(store) => store.events(account, message),
        }
    }
}

impl Messages for Kept {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        match self {
            Self::Memory(store) => store.messages(figure, after, limit),
            Self::Lasting(store) => store.messages(figure, after, limit),
        }
    }
}
