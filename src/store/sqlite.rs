//! The store in a SQLite file: the embedded default that survives a restart (feature `sqlite`).

use std::path::Path;
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;

use crate::counted::Counted;
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::Plan;
use crate::store::{BoxFuture, Messages, Recorded, Retention, Sink, Store, StoreError, Thinned, Timeline};

mod connection;
mod error;
mod keep_less;
mod read;
mod reply;
mod schema;
mod tables;
mod threads;
mod verify;
mod write;

use error::{Error, NAME};
use keep_less::Step;
use reply::reply;
use threads::{Threads, Writing};
use write::Writer;

/// A store in a SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    threads: Arc<Threads>,
}

/// The number of threads that read, at most.
const MAX_READERS: usize = 8;

impl SqliteStore {
    /// Opens the store in the file at `path`, which is made if there is none. It blocks while the file is opened, and while tables of
    /// an older version are brought up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the file cannot be opened, is not a database of this crate, or has tables of a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let failed = |error: rusqlite::Error| StoreError::backend(NAME, error);
        let mut writer = connection::writer(path).map_err(failed)?;
        schema::migrate(&mut writer)?;
        let readers = thread::available_parallelism().map_or(2, usize::from).min(MAX_READERS);
        let readers: Result<Vec<_>, _> = (0..readers).map(|_| connection::reader(path)).collect();
        let threads = Threads::start(Writer::new(writer), readers.map_err(failed)?);
        let threads = threads.map_err(|error| StoreError::backend(NAME, error))?;
        Ok(Self { threads: Arc::new(threads) })
    }

    /// Compares the sums with the messages. Returns the accounts of which they differ, ascending: none, unless the file was damaged or
    /// changed by others. It reads all messages.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the file cannot be read.
    pub async fn verify_sums(&self) -> Result<Vec<AccountId>, StoreError> {
        self.read(|connection, _| verify::differing(connection)).await
    }

    /// Makes the sums anew from the messages, account by account. What was thinned stays as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the file cannot be read or written.
    pub async fn rebuild_sums(&self) -> Result<(), StoreError> {
        self.write(Writer::rebuild).await
    }

    /// Merges the sums of the latest batches into those by day, after which questions are answered fastest. The store does so itself, a
    /// part at a time; this is for the end of a large import.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the file cannot be written.
    pub async fn merge_sums(&self) -> Result<(), StoreError> {
        self.write(Writer::merge_all).await
    }

    /// Runs `job` on a reading thread. Its second argument returns whether the answer is still waited for.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection, &dyn Fn() -> bool) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, waiting) = reply();
        self.threads.read(Box::new(move |connection| {
            if !reply.is_abandoned() {
                let answer = job(connection, &|| !reply.is_abandoned());
                reply.send(answer);
            }
        }));
        Ok(waiting.await.ok_or_else(no_answer)??)
    }

    /// Runs `job` on the writing thread.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, waiting) = reply();
        self.threads.write(Writing::Other(Box::new(move |writer| reply.send(job(writer)))));
        Ok(waiting.await.ok_or_else(no_answer)??)
    }
}

/// Makes the error of a thread that ended.
fn no_answer() -> StoreError {
    StoreError::backend(NAME, "a thread of the store ended without an answer")
}

impl Store for SqliteStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        let plans = plans.to_vec();
        Box::pin(self.read(move |connection, is_wanted| read::count(connection, &plans, is_wanted)))
    }
}

impl Timeline for SqliteStore {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        let (account, message) = (account.clone(), message.clone());
        Box::pin(self.read(move |connection, _| read::events(connection, &account, &message)))
    }
}

impl Messages for SqliteStore {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        let (figure, after) = (figure.clone(), after.cloned());
        Box::pin(self.read(move |connection, is_wanted| {
            read::messages(connection, &figure, after.as_ref(), limit, is_wanted)
        }))
    }
}

impl Sink for SqliteStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            let (reply, waiting) = reply();
            self.threads.write(Writing::Record { events: events.to_vec(), reply });
            waiting.await.unwrap_or_else(|| Err(no_answer()))
        })
    }
}

impl Retention for SqliteStore {
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
        Box::pin(async move {
            let thinned = self.write(move |writer| writer.start_thinning(thinned)).await?;
            let (reply, waiting) = reply();
            self.threads.write(Writing::Thin { thinned, step: Step::FIRST, reply });
            waiting.await.unwrap_or_else(|| Err(no_answer()))
        })
    }

    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
        let account = account.clone();
        Box::pin(self.write(move |writer| writer.forget_account(&account)))
    }

    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (account, message) = (account.clone(), message.clone());
        Box::pin(self.write(move |writer| writer.forget_message(&account, &message)))
    }
}
