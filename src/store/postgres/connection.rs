//! Connections to the server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts, Transaction,
};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{CancelToken, IsolationLevel, Row, Socket, Statement};

use super::error::{Error, NAME};
use super::options::PostgresOptions;
use super::reading::Reading;
use super::wait::{Params, within};
use crate::store::StoreError;

/// How long the server waits at least for the next statement of a transaction: counting a large batch takes some time.
const MIN_IDLE: Duration = Duration::from_secs(30);

/// Connections that are kept open.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    limit: Duration,
    cancel: Arc<dyn Fn(CancelToken) + Send + Sync>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connections").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// A connection that is in use. If it is dropped in the middle of something, because the caller dropped a future or because of an
/// error, the statement is cancelled and the connection closed, which ends the transaction.
pub(super) struct Connection {
    object: Option<Object>,
    limit: Duration,
    cancel: Arc<dyn Fn(CancelToken) + Send + Sync>,
    is_idle: bool,
    is_in_transaction: AtomicBool,
}

impl Connections {
    pub(super) fn new<T>(options: &PostgresOptions, tls: T) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
        T::Stream: Sync + Send,
        T::TlsConnect: Sync + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let (limit, within) = (options.limit(), options.connect_timeout);
        let mut config = options.config.clone();
        config.connect_timeout(within);
        // Closed connections are found when they are taken; others are never returned in the middle of something.
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, tls.clone(), manager_config);
        let settings: Arc<str> = settings(options).into();
        let set = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let settings = Arc::clone(&settings);
            Box::pin(async move {
                let answer = timeout(within, client.batch_execute(&settings)).await;
                answer
                    .map_err(|_| HookError::message("the server does not answer"))?
                    .map_err(HookError::Backend)
            })
        });
        let waits = Timeouts { wait: Some(within), create: Some(within), recycle: Some(within) };
        let pool = Pool::builder(manager).max_size(options.max_connections).timeouts(waits);
        let pool = pool.runtime(Runtime::Tokio1).post_create(set).build();
        let cancel = move |token: CancelToken| {
            let tls = tls.clone();
            if let Ok(runtime) = Handle::try_current() {
                // If it fails, the time-out of the statement ends it.
                runtime.spawn(timeout(limit, async move { token.cancel_query(tls).await }));
            }
        };
        let pool = pool.map_err(|error| StoreError::backend(NAME, error))?;
        Ok(Self { pool, limit, cancel: Arc::new(cancel) })
    }

    /// Returns a connection that nobody else uses.
    pub(super) async fn get(&self) -> Result<Connection, Error> {
        let object = self.pool.get().await.map_err(Error::NoConnection)?;
        Ok(Connection {
            object: Some(object),
            limit: self.limit,
            cancel: Arc::clone(&self.cancel),
            is_idle: false,
            is_in_transaction: AtomicBool::new(false),
        })
    }
}

/// Returns the statements that prepare a connection.
///
/// The statements of this store are answered best from indexes, whatever the tables have in them. So that no plan depends on
/// statistics, which are missing just after a large import, the planner is left no choice.
fn settings(options: &PostgresOptions) -> String {
    let schema = quoted(&options.schema);
    let limit = options.statement_timeout.as_millis().min(i32::MAX as u128);
    let idle = limit.max(MIN_IDLE.as_millis());
    format!(
        "SET search_path = {schema};
         SET statement_timeout = {limit};
         SET idle_in_transaction_session_timeout = {idle};
         SET client_min_messages = warning;
         SET plan_cache_mode = force_generic_plan;
         SET enable_seqscan = off;
         SET enable_bitmapscan = off;
         SET enable_hashjoin = off;
         SET enable_mergejoin = off;
         SET enable_sort = off;
         SET max_parallel_workers_per_gather = 0;
         SET jit = off;
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
}

/// Returns a name as it is written in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Connection {
    fn client(&self) -> Result<&Object, Error> {
        self.object.as_ref().ok_or_else(taken)
    }

    /// Returns a statement, which is prepared once for each connection.
    pub(super) async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        within(self.limit, self.client()?.prepare_cached(sql)).await
    }

    pub(super) async fn query(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql).await?;
        within(self.limit, self.client()?.query(&statement, params)).await
    }

    pub(super) async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64, Error> {
        let statement = self.prepare(sql).await?;
        within(self.limit, self.client()?.execute(&statement, params)).await
    }

    /// Starts a transaction that adds. Its lock keeps maintenance out, and no other that adds.
    pub(super) async fn begin_adding(&self) -> Result<(), Error> {
        self.begin("LOCK TABLE thinned IN ROW EXCLUSIVE MODE").await
    }

    /// Starts a transaction of maintenance. It is alone while it works, apart from readers, and sees all that was added before.
    pub(super) async fn begin_maintenance(&self) -> Result<(), Error> {
        self.begin("LOCK TABLE thinned IN SHARE ROW EXCLUSIVE MODE").await
    }

    async fn begin(&self, lock: &str) -> Result<(), Error> {
        self.is_in_transaction.store(true, Ordering::Relaxed);
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; {lock}");
        within(self.limit, self.client()?.batch_execute(&begin)).await
    }

    /// Ends a transaction.
    pub(super) async fn commit(&self) -> Result<(), Error> {
        self.end("COMMIT").await
    }

    /// Ends a transaction that changes nothing.
    pub(super) async fn roll_back(&self) -> Result<(), Error> {
        self.end("ROLLBACK").await
    }

    async fn end(&self, sql: &str) -> Result<(), Error> {
        within(self.limit, self.client()?.batch_execute(sql)).await?;
        self.is_in_transaction.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Runs statements that may take as long as they need.
    pub(super) async fn run_without_limit(&self, sql: &str) -> Result<(), Error> {
        Ok(self.client()?.batch_execute(sql).await?)
    }

    /// Starts a transaction that sees one state and writes nothing. It ends when it is dropped.
    pub(super) async fn reading(&mut self) -> Result<Reading<'_>, Error> {
        let limit = self.limit;
        let client = self.object.as_mut().ok_or_else(taken)?;
        let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
        let transaction: Transaction<'_> = within(limit, transaction.read_only(true).start()).await?;
        Ok(Reading::new(transaction, limit))
    }

    /// Returns the connection to the others after a call, if it is between transactions and nothing failed.
    pub(super) fn finish<T>(mut self, answer: Result<T, Error>) -> Result<T, Error> {
        let is_in_transaction = self.is_in_transaction.load(Ordering::Relaxed);
        self.is_idle = !is_in_transaction && matches!(answer, Ok(_) | Err(Error::Store(_)));
        answer
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && !self.is_idle
        {
            if !object.is_closed() {
                (self.cancel)(object.cancel_token());
            }
            // Out of the pool, and closed.
            drop(Object::take(object));
        }
    }
}

/// Makes the error of a connection that was returned, which no caller can see.
fn taken() -> Error {
    StoreError::backend(NAME, "the connection was returned").into()
}
