//! The store in a SQLite file: the embedded default that survives a restart (feature `sqlite`).
//!
//! ```
//! use mailtally::store::{Sink, Store, StoreError};
//! use mailtally::{Dimension, Event, Kind, Period, Query, SqliteStore};
//!
//! async fn delivered_by_domain(now: chrono::DateTime<chrono::Utc>) -> Result<(), Box<dyn std::error::Error>> {
//!     let store = SqliteStore::open("mail.sqlite")?;
//!     store.record(&[Event::new("acme", "m-1", "e-1", Kind::Delivered, now).domain("acme.example")]).await?;
//!     let report = Query::new("acme", Period::last_days(7)).by(Dimension::Domain).report(&store, now).await?;
//!     println!("{:?}", report.total());
//!     Ok(())
//! }
//! ```
//!
//! A batch is on the disk once [`record`](crate::store::Sink::record) returns (`synchronous = FULL`), or nothing of it is. One
//! thread writes, another writes the log back into the file, and others read, so no call blocks its caller's thread, and none needs
//! a runtime. Batches that wait for the writer are written in one transaction. Readers see the state between two transactions, and
//! never wait for the writer. Several processes can have the file open.
//!
//! # Tables
//!
//! | table | a row is | indexes |
//! |---|---|---|
//! | `accounts` | an account, with its number `a` | `account` |
//! | `messages` | a message: its days and its `history`, all of its events as bytes | (`a`, `message`); (`a`, `last_day`, `first_day`) |
//! | `sums` | what is counted of an account on one day in one cube, as bytes; `frozen` if its events were dropped | (`cube`, `a`, `day`, `frozen`) |
//! | `recent_sums` | what a batch adds to the sums of an account; merged into `sums` from time to time | `a` |
//! | `thinned` | a time of which only sums are kept | |
//!
//! A *cube* is the sums by quarter of an hour, by day, or by day and value of a dimension; each once by the instant of the event and once
//! by the creation of its message, of which the difference to the former is kept. When a batch changes a message, what it
//! contributed before is subtracted and what it contributes now is added, in the same transaction
//! ([`Contribution`](crate::store::Contribution) is the rule). So a question reads sums of days, not events, and both agree always:
//! [`verify_sums`](SqliteStore::verify_sums) compares them.
//!
//! Days are counted from 1970 in UTC, instants are milliseconds. Histories and sums are bytes in a form of this crate, because that
//! makes a message one row to read and one to write; they are not meant to be read by others. A host that wants its events in columns
//! keeps them in [tables of its own](crate::store#write-your-own).
//!
//! # What a question reads
//!
//! | a question | reads |
//! |---|---|
//! | without a dimension, or by account | a row of `sums` for each account and day, two by send; where a bucket starts or ends within a day, also its quarters of an hour |
//! | by one dimension, or filtered by one | the same, and as many if mail without a value is asked for |
//! | – with an edge within a day | also the messages of that day |
//! | by a dimension and hour, or in days of another zone; by several dimensions; filtered by a tag | the messages of the period |
//! | the messages of a figure | the messages of the period, by id, until the page is full |
//! | a timeline | one message |
//!
//! Each of them also reads the recent sums of its accounts, at most 256 KiB each. Which way was taken stands in the answer's
//! [provenance](crate::store::Provenance::paths).
//!
//! # Keeping less
//!
//! [Thinning](crate::store::Retention::thin) drops the events of messages in steps, between which batches are recorded. What they
//! contributed moves to frozen sums in the same transaction, so that every answer stays as it is, also if the process ends between two
//! steps; the same call again goes on. SQLite gives the space back with `VACUUM`.
//!
//! # Limits
//!
//! A message has at most 20,000 events and 100 tags; a batch beyond that is refused.
//!
//! # Operating it
//!
//! * **Backup**: `sqlite3 mail.sqlite ".backup copy.sqlite"`, or `VACUUM INTO`, while the store is in use. A copy of the file alone
//!   lacks what is in `mail.sqlite-wal`.
//! * **Upgrade**: [`SqliteStore::open`] brings tables of an older version up to date, in one transaction. Tables of a newer version, and
//!   files of other programs, are refused and stay as they are.
//! * **Monitor** the size of the file and of `-wal` (it is written back from 32 MiB on, while batches are recorded; a reader that
//!   never ends lets it grow), and the time of `record`. Run `verify_sums` after a restore; [`rebuild_sums`](SqliteStore::rebuild_sums) mends what it finds.
//! * After a large import, [`merge_sums`](SqliteStore::merge_sums) makes questions as fast as they get.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;

use crate::counted::Counted;
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::Plan;
use crate::store::{BoxFuture, Messages, Recorded, Retention, Sink, Store, StoreError, Thinned, Timeline};

mod checkpoints;
mod connection;
mod error;
mod keep_less;
mod read;
mod reply;
mod schema;
mod schema_error;
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
        let checkpoints = connection::reader(path).and_then(|own| checkpoints::start(&mut writer, own));
        let checkpoints = checkpoints.map_err(failed)?;
        let threads = Threads::start(Writer::new(writer), readers.map_err(failed)?, checkpoints);
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
