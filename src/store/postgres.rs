//! The store in PostgreSQL: for hosts with several processes, or with a database anyway (feature `postgres`).

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
        let many = {
            let connection = self.connections.get().await?;
            let many = self.recent.add(&connection, added).await;
            connection.finish(many)?
        };
        for a in many {
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
