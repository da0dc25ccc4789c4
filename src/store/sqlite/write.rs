//! Recording, thinning and forgetting, on the one connection that writes.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use rustc_hash::FxHashMap;

use super::error::{Error, NAME, damaged};
use super::tables::{account_number, blob, levels, message};
use crate::event::{AccountId, Event, MessageId};
use crate::store::levels::Levels;
use crate::store::relational::{Batch, Change, Sums, Unmerged, add_pieces, insert};
use crate::store::{Recorded, StoreError};

/// The connection that writes, and what it remembers.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Connection,
    memory: Memory,
}

/// What is remembered between transactions. It is forgotten if one fails, or if another connection wrote.
#[derive(Debug, Default)]
struct Memory {
    /// The numbers of accounts.
    accounts: FxHashMap<AccountId, i64>,
    /// The recent sums of each account.
    recent: FxHashMap<i64, Unmerged>,
    /// The version of the data when all of this was read.
    version: i64,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, memory: Memory::default() }
    }

    /// Records several batches in one transaction, each of them whole or not at all. Returns what became of each, once all are on
    /// the disk.
    pub(super) fn record(&mut self, batches: &[&[Event]]) -> Vec<Result<Recorded, StoreError>> {
        match self.record_all(batches) {
            Ok(results) => results,
            Err(error) => {
                self.memory = Memory::default();
                // Nothing was recorded, and each caller is told why.
                let cause = Arc::new(error);
                batches.iter().map(|_| Err(StoreError::backend(NAME, Arc::clone(&cause)))).collect()
            }
        }
    }

    /// Forgets what is remembered between transactions, after one that changed it.
    pub(super) fn forget_memory(&mut self) {
        self.memory = Memory::default();
    }

    fn record_all(&mut self, batches: &[&[Event]]) -> Result<Vec<Result<Recorded, StoreError>>, Error> {
        let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = transaction.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        if self.memory.version != version {
            self.memory = Memory { version, ..Memory::default() };
        }
        let levels = levels(&transaction)?;
        let mut results = Vec::with_capacity(batches.len());
        let is_alone = batches.len() == 1;
        for events in batches {
            let result = Batch::new(events, &levels).map_err(Error::from).and_then(|batch| {
                // A batch alone needs no savepoint, which copies the pages that change.
                if is_alone {
                    return record(&transaction, &mut self.memory, &batch, &levels);
                }
                let savepoint = transaction.savepoint()?;
                let recorded = record(&savepoint, &mut self.memory, &batch, &levels)?;
                savepoint.commit()?;
                Ok(recorded)
            });
            match result {
                Ok(recorded) => results.push(Ok(recorded)),
                Err(Error::Store(error)) => {
                    // What was remembered of a batch that is rolled back may be wrong.
                    self.memory = Memory { version, ..Memory::default() };
                    results.push(Err(error));
                }
                Err(error @ (Error::Sqlite(_) | Error::Schema(_))) => return Err(error),
            }
        }
        if is_alone && results.iter().any(Result::is_err) {
            transaction.rollback()?;
        } else {
            transaction.commit()?;
        }
        Ok(results)
    }
}

/// Records a batch.
fn record(
    connection: &Connection,
    memory: &mut Memory,
    batch: &Batch<'_>,
    levels: &Levels,
) -> Result<Recorded, Error> {
    let mut recorded = Recorded { too_late: batch.too_late, ..Recorded::default() };
    let mut sums: FxHashMap<i64, Sums> = FxHashMap::default();
    for ((account, id), events) in &batch.messages {
        let a = memory.account(connection, account)?;
        let known = message(connection, a, account, id)?;
        let (n, history) = known.unzip();
        let sums = sums.entry(a).or_default();
        if let Some(change) = insert(account, history, events, levels, sums, &mut recorded)? {
            match n {
                None => insert_message(connection, a, id, &change)?,
                Some(n) => update_message(connection, n, &change)?,
            }
        }
    }
    for (a, mut sums) in sums {
        memory.add_sums(connection, a, &mut sums)?;
    }
    Ok(recorded)
}

fn insert_message(connection: &Connection, a: i64, id: &MessageId, change: &Change) -> Result<(), Error> {
    let Change { history, days: (first_day, last_day), has_same_days: _ } = change;
    let mut statement = connection.prepare_cached(
        "INSERT INTO messages (a, message, first_day, last_day, history) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![a, id.as_str(), first_day, last_day, history])?;
    Ok(())
}

/// Writes what a message becomes. Its days are written only if they change, because they are indexed.
pub(super) fn update_message(connection: &Connection, n: i64, change: &Change) -> Result<(), Error> {
    let Change { history, days: (first_day, last_day), has_same_days } = change;
    if *has_same_days {
        let mut statement = connection.prepare_cached("UPDATE messages SET history = ?2 WHERE n = ?1")?;
        statement.execute(params![n, history])?;
    } else {
        let mut statement = connection
            .prepare_cached("UPDATE messages SET history = ?2, first_day = ?3, last_day = ?4 WHERE n = ?1")?;
        statement.execute(params![n, history, first_day, last_day])?;
    }
    Ok(())
}

impl Memory {
    /// Returns the number of an account, which is made if it is unknown.
    fn account(&mut self, connection: &Connection, account: &AccountId) -> Result<i64, Error> {
        if let Some(a) = self.accounts.get(account) {
            return Ok(*a);
        }
        let a = match account_number(connection, account)? {
            Some(a) => a,
            None => {
                let mut statement =
                    connection.prepare_cached("INSERT INTO accounts (account) VALUES (?1)")?;
                statement.insert([account.as_str()])?
            }
        };
        self.accounts.insert(account.clone(), a);
        Ok(a)
    }

    /// Adds sums to the recent ones of an account, and merges these if they are many.
    fn add_sums(&mut self, connection: &Connection, a: i64, sums: &mut Sums) -> Result<(), Error> {
        let bytes = sums.bytes();
        if bytes.is_empty() {
            return Ok(());
        }
        let recent = match self.recent.entry(a) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let mut statement = connection.prepare_cached(
                    "SELECT count(*), coalesce(sum(length(sums)), 0) FROM recent_sums WHERE a = ?1",
                )?;
                unknown.insert(
                    statement
                        .query_row([a], |row| Ok(Unmerged { count: row.get(0)?, bytes: row.get(1)? }))?,
                )
            }
        };
        let mut statement = connection.prepare_cached("INSERT INTO recent_sums (a, sums) VALUES (?1, ?2)")?;
        statement.execute(params![a, bytes])?;
        recent.add(bytes.len());
        if recent.take_if_many() {
            merge_recent(connection, a)?;
        }
        Ok(())
    }
}

/// Merges the recent sums of an account into those by day.
pub(super) fn merge_recent(connection: &Connection, a: i64) -> Result<(), Error> {
    let mut sums = Sums::default();
    let mut statement = connection.prepare_cached("SELECT sums FROM recent_sums WHERE a = ?1")?;
    let mut rows = statement.query([a])?;
    while let Some(row) = rows.next()? {
        let bytes = blob(row, 0)?;
        sums.add_bytes(bytes).ok_or_else(|| damaged("sums"))?;
    }
    connection.prepare_cached("DELETE FROM recent_sums WHERE a = ?1")?.execute([a])?;
    add_to_days(connection, a, false, &mut sums)
}

/// Adds sums to those by day of an account.
pub(super) fn add_to_days(
    connection: &Connection,
    a: i64,
    are_frozen: bool,
    sums: &mut Sums,
) -> Result<(), Error> {
    let mut read = connection.prepare_cached(
        "SELECT rowid, cells FROM sums WHERE cube = ?1 AND a = ?2 AND day = ?3 AND frozen = ?4",
    )?;
    let mut update = connection.prepare_cached("UPDATE sums SET cells = ?2 WHERE rowid = ?1")?;
    let mut remove = connection.prepare_cached("DELETE FROM sums WHERE rowid = ?1")?;
    let mut insert = connection
        .prepare_cached("INSERT INTO sums (cube, a, day, frozen, cells) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for ((cube, day), piece) in sums.pieces() {
        let place = params![cube, a, day, are_frozen];
        let known: Option<(i64, Vec<u8>)> =
            read.query_row(place, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match known {
            None => insert.execute(params![cube, a, day, are_frozen, piece])?,
            Some((row, bytes)) => match add_pieces(&bytes, &piece).ok_or_else(|| damaged("sums"))? {
                zero if zero.is_empty() => remove.execute([row])?,
                sum => update.execute(params![row, sum])?,
            },
        };
    }
    Ok(())
}
