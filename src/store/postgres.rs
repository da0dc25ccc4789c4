//! The store in PostgreSQL: for hosts with several processes, or with a database anyway (feature `postgres`).
//!
//! ```no_run
//! use mailtally::store::{Sink, Store};
//! use mailtally::{Event, EventType, Period, PostgresOptions, PostgresStore, Query};
//!
//! # async fn count(now: mailtally::time::chrono::DateTime<mailtally::time::chrono::Utc>) -> Result<(), Box<dyn std::error::Error>> {
//! let store = PostgresStore::connect(PostgresOptions::new("postgres://tally@127.0.0.1/mail")?).await?;
//! store.record(&[Event::new("acme", "m-1", "e-1", EventType::DeliveredSmtp, now)]).await?;
//! let plan = Query::new("acme", Period::last_days(7)).plan(now)?;
//! println!("{:?}", store.count(&[plan]).await?.rows);
//! # Ok(())
//! # }
//! ```
//!
//! # What it needs
//!
//! * PostgreSQL 12 or newer (the tests run with 15), a database encoded in UTF8, and a role that may make the schema, or one that
//!   exists and is its own. A pooler in between must keep sessions: PgBouncer in session mode.
//! * A runtime of tokio with its timers and network enabled, in which all calls are made.
//! * For TLS, a connector: see [`PostgresStore::connect_with`]. [`PostgresStore::connect`] has none, and fails if the URL has
//!   `sslmode=require`.
//! * PostgreSQL stores no NUL characters in texts: an event with one in its account or message is refused
//!   ([`RecordError::Nul`](crate::store::RecordError::Nul)). Other fields may have some.
//!
//! # Tables
//!
//! All are in one schema, `mailtally` unless [another](PostgresOptions::schema) is set. Days are counted from 1970 in UTC.
//!
//! | table | a row | primary key and indexes |
//! |---|---|---|
//! | `accounts` | the number of an account | number; account |
//! | `messages` | all that is kept of a message, as bytes, with the first and the last day on which it has an event or was created | number; (account, message); (account, last day, first day) |
//! | `sums` | what the messages of an account contribute to one cube on one day: the account by quarter of an hour or by day, or the values of a dimension by day; by send, the difference to that by event; what was thinned has rows of its own | (account, cube, day, frozen) |
//! | `recent_sums` | what one batch adds to the sums of an account | number; account |
//! | `thinned` | a part of the time of which only sums are kept | end and resolution |
//! | `forgotten` | an account whose messages are being removed | number |
//! | `schema_version` | the version of the tables | |
//!
//! A batch writes its messages and adds a row to `recent_sums` for each account. When an account has 256 of those, or 256 KiB, the
//! host that added the last merges them into `sums`. Each host counts what it has added itself, so that an account has at most as
//! many recent sums for each host.
//!
//! A million events of 300,000 messages of one account in a month, with 6 fields each, take about 115 MB: 75 MB for the messages (120
//! bytes of history each), 40 MB for their three indexes, and 1 MB for the sums. Sums grow with days, accounts and values, not with
//! events.
//!
//! # What a question reads
//!
//! | question | reads |
//! |---|---|
//! | a timeline | one row of `messages` |
//! | whole days in UTC, at most one dimension | a row of `sums` for each day and account (two by send, and as many again if mail without a value of the dimension counts), and the recent sums of the accounts |
//! | quarters of an hour, and days of other zones, no dimension | the same, of the cube by quarter of an hour where days are not whole |
//! | anything else | the messages of the accounts that have an event or their creation on the days in question |
//! | the messages of a figure | messages of each account in the order of their ids, until the page is full |
//!
//! All plans of a call are answered in one transaction, `REPEATABLE READ, READ ONLY`. All statements have a fixed text and are
//! prepared once for each connection. Sequential scans, sorts and hash joins are disabled in these sessions, so that no plan changes
//! with the statistics, or for want of any after a large import. Large results are fetched a thousand rows at a time.
//!
//! # Several hosts
//!
//! Any number of hosts can record at once, also the same events. A batch locks its messages in an order that all writers share, so
//! that none waits for another in a circle, and sees what the others have committed. Sums are only added, so writers of different
//! messages do not wait for each other. Thinning, forgetting and [rebuilding](PostgresStore::rebuild_sums) take short turns in which
//! nobody else writes; readers never wait.
//!
//! A call whose future is dropped cancels its statement, and closes its connection.
//!
//! # When the server fails
//!
//! Every call ends: there is a time-out for [connecting](PostgresOptions::connect_timeout) and one for each
//! [statement](PostgresOptions::statement_timeout) on the server, and a server that does not answer at all is given up a little
//! later. If a connection breaks, or if the server ends a transaction because of another one, reading and recording are tried
//! again, at most twice. Recording is idempotent: the store may repeat it even if the connection broke during the commit, and so
//! may callers after any error.
//!
//! A batch is durable when `record` returns: sessions set `synchronous_commit` to `on` if the server has it `off`.
//!
//! # Partitions
//!
//! The tables are not partitioned. `messages` cannot be by time: its unique key (account, message) has no time in it, and the first day
//! of a message changes when an earlier event comes late. Of `sums`, nothing is ever dropped by time (what is thinned keeps its sums),
//! every question names its days, which the primary key finds, and `autovacuum` is set to run after 2 % of the rows have changed, so
//! that partitions would add planning and save nothing. What partitions are mostly for, dropping old events at once, is
//! [`Retention::thin`]: it rewrites each message without them, some thousands at a time.
//!
//! # Backup, upgrade
//!
//! `pg_dump --schema=mailtally`, base backups and replication all give one state. A restored backup is complete;
//! [`PostgresStore::verify_sums`] tells so. Connecting brings the tables of an older version up to date, under a lock, so that
//! several hosts may do so at once; a version that is newer than this crate is refused. Hosts of the older version should be
//! stopped before.
//!
//! # What to watch
//!
//! * `SELECT count(*), sum(length(sums)) FROM mailtally.recent_sums`: some hundred rows for each busy account. More means that merges
//!   fail: [`PostgresStore::merge_sums`] returns why.
//! * `n_dead_tup` and `last_autovacuum` in `pg_stat_user_tables`: a transaction that is open for hours keeps dead rows of
//!   `recent_sums`, which every question then reads.
//! * `deadlocks` in `pg_stat_database`: this store causes none.
//! * Calls that fail because no connection is free in time: more [connections](PostgresOptions::max_connections).

use std::sync::Arc;

use tokio_postgres::NoTls;
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

use crate::counted::Counted;
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::Plan;
use crate::store::{BoxFuture, Messages, Recorded, Retention, Sink, Store, StoreError, Thinned, Timeline};

mod connection;
mod error;
mod keep_less;
mod options;
mod read;
mod reading;
mod recent;
mod record;
mod schema;
mod schema_error;
mod sums;
mod tables;
mod verify;
mod wait;

use connection::Connections;
use error::Error;
use keep_less::Step;
pub use options::PostgresOptions;
use recent::Recent;
/// The driver, whose [`Config`](tokio_postgres::Config) and TLS traits this module uses.
pub use tokio_postgres;

/// How often something is tried, if other transactions are in the way, or if connections break.
const ATTEMPTS: usize = 3;

/// A store in PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    connections: Connections,
    recent: Arc<Recent>,
}

impl PostgresStore {
    /// Connects without TLS, and makes the tables, or brings those of an older version up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the server cannot be reached in time, or refuses; if the schema is not one of this crate, or has
    /// tables of a newer version.
    pub async fn connect(options: PostgresOptions) -> Result<Self, StoreError> {
        Self::connect_with(options, NoTls).await
    }

    /// Connects with TLS as the host wants it, such as that of the packages `postgres-native-tls` or `tokio-postgres-rustls`. With
    /// `sslmode=require` in the URL, connections without TLS are refused.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    pub async fn connect_with<T>(options: PostgresOptions, tls: T) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
        T::Stream: Sync + Send,
        T::TlsConnect: Sync + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        schema::check_name(&options.schema).map_err(Error::Schema)?;
        let connections = Connections::new(&options, tls)?;
        let connection = connections.get().await?;
        let migrated = schema::migrate(&connection, &options.schema).await;
        connection.finish(migrated)?;
        Ok(Self { connections, recent: Arc::default() })
    }

    /// Compares the sums with the messages. Returns the accounts of which they differ, ascending: none, unless the tables were
    /// damaged or changed by others. It reads all messages.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the server fails.
    pub async fn verify_sums(&self) -> Result<Vec<AccountId>, StoreError> {
        let mut connection = self.connections.get().await?;
        let differing = verify::differing(&connection.reading().await?).await;
        Ok(connection.finish(differing)?)
    }

    /// Makes the sums anew from the messages, account by account. What was thinned stays as it is. Nobody can write while the
    /// messages of an account are read.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the server fails.
    pub async fn rebuild_sums(&self) -> Result<(), StoreError> {
        let connection = self.connections.get().await?;
        let rebuilt = verify::rebuild(&connection).await;
        Ok(connection.finish(rebuilt)?)
    }

    /// Merges the sums of the latest batches into those by day, after which questions are answered fastest. The store does so
    /// itself, a part at a time; this is for the end of a large import.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the server fails.
    pub async fn merge_sums(&self) -> Result<(), StoreError> {
        let connection = self.connections.get().await?;
        let merged = verify::merge_all(&connection).await;
        Ok(connection.finish(merged)?)
    }

    async fn count_once(&self, plans: &[Plan]) -> Result<Counted, Error> {
        let mut connection = self.connections.get().await?;
        let answer = read::count(&connection.reading().await?, plans).await;
        connection.finish(answer)
    }

    async fn events_once(&self, account: &AccountId, message: &MessageId) -> Result<Vec<Event>, Error> {
        let mut connection = self.connections.get().await?;
        let answer = read::events(&connection.reading().await?, account, message).await;
        connection.finish(answer)
    }

    async fn messages_once(
        &self,
        figure: &Figure,
        after: Option<&(AccountId, MessageId)>,
        limit: usize,
    ) -> Result<Vec<CountedMessage>, Error> {
        let mut connection = self.connections.get().await?;
        let answer = read::messages(&connection.reading().await?, figure, after, limit).await;
        connection.finish(answer)
    }

    async fn record_once(&self, events: &[Event]) -> Result<(Recorded, Vec<(i64, usize)>), Error> {
        let connection = self.connections.get().await?;
        let recorded = record::record(&connection, events).await;
        connection.finish(recorded)
    }

    /// Merges the recent sums of accounts that have many after a batch.
    async fn merge_many(&self, added: &[(i64, usize)]) -> Result<(), Error> {
        let unknown = self.recent.unknown(added);
        let stored = if unknown.is_empty() {
            Vec::new()
        } else {
            let connection = self.connections.get().await?;
            let stored = recent::stored(&connection, &unknown).await;
            connection.finish(stored)?
        };
        for a in self.recent.add(added, stored) {
            let connection = self.connections.get().await?;
            let merged = sums::merge(&connection, a).await;
            connection.finish(merged)?;
        }
        Ok(())
    }

    async fn thin_steps(&self, thinned: Thinned) -> Result<Thinned, Error> {
        let connection = self.connections.get().await?;
        let thinned = keep_less::start_thinning(&connection, thinned).await;
        let thinned = connection.finish(thinned)?;
        let mut step = Step::FIRST;
        while step != Step::Over {
            let connection = self.connections.get().await?;
            let next = keep_less::thin_step(&connection, step).await;
            step = connection.finish(next)?;
        }
        Ok(thinned)
    }
}

/// Tries something that can be repeated until it succeeds, or fails for a reason that stays.
async fn again<T, F: Future<Output = Result<T, Error>>>(attempt: impl Fn() -> F) -> Result<T, Error> {
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if error.is_passing() => {}
            answer => return answer,
        }
    }
    attempt().await
}

impl Store for PostgresStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move { Ok(again(|| self.count_once(plans)).await?) })
    }
}

impl Timeline for PostgresStore {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move { Ok(again(|| self.events_once(account, message)).await?) })
    }
}

impl Messages for PostgresStore {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move { Ok(again(|| self.messages_once(figure, after, limit)).await?) })
    }
}

impl Sink for PostgresStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            record::check(events)?;
            // Recording is idempotent, so it may be repeated even if the connection broke while it was committed.
            let (recorded, added) = again(|| self.record_once(events)).await?;
            // The batch is recorded. If merging fails, a later batch does it.
            let _ = self.merge_many(&added).await;
            Ok(recorded)
        })
    }
}

impl Retention for PostgresStore {
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
        Box::pin(async move { Ok(self.thin_steps(thinned).await?) })
    }

    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let connection = self.connections.get().await?;
            let forgotten = keep_less::forget_account(&connection, account).await;
            Ok(connection.finish(forgotten)?)
        })
    }

    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let connection = self.connections.get().await?;
            let forgotten = keep_less::forget_message(&connection, account, message).await;
            Ok(connection.finish(forgotten)?)
        })
    }
}
