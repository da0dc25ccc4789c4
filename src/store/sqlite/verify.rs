//! Comparing the sums with the messages, and making them anew.

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::{Error, damaged};
use super::tables::{all_accounts, blob, history, levels, text};
use super::write::{Writer, add_to_days, merge_recent};
use crate::event::{AccountId, MessageId};
use crate::store::levels::Levels;
use crate::store::relational::{Sums, add_live};

/// Returns the accounts of which the sums differ from those of their messages, ascending.
pub(super) fn differing(connection: &mut Connection) -> Result<Vec<AccountId>, Error> {
    let transaction = connection.transaction()?;
    let levels = levels(&transaction)?;
    let mut differing = Vec::new();
    for (a, account) in all_accounts(&transaction)? {
        let mut difference = of_messages(&transaction, a, &account, &levels)?;
        difference.merge(&stored(&transaction, a)?, -1);
        if !difference.is_zero() {
            differing.push(account);
        }
    }
    Ok(differing)
}

impl Writer {
    /// Makes the sums anew from the messages, account by account.
    pub(super) fn rebuild(&mut self) -> Result<(), Error> {
        for (a, account) in all_accounts(&self.connection)? {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            merge_recent(&transaction, a)?;
            let mut sums = of_messages(&transaction, a, &account, &levels(&transaction)?)?;
            transaction.execute("DELETE FROM sums WHERE a = ?1 AND frozen = 0", [a])?;
            add_to_days(&transaction, a, false, &mut sums)?;
            transaction.commit()?;
        }
        self.forget_memory();
        Ok(())
    }

    /// Merges all recent sums into those by day.
    pub(super) fn merge_all(&mut self) -> Result<(), Error> {
        for (a, _) in all_accounts(&self.connection)? {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            merge_recent(&transaction, a)?;
            transaction.commit()?;
        }
        self.forget_memory();
        Ok(())
    }
}

/// Returns what the messages of an account contribute, besides what is frozen.
fn of_messages(connection: &Connection, a: i64, account: &AccountId, levels: &Levels) -> Result<Sums, Error> {
    let mut sums = Sums::default();
    let mut statement = connection.prepare_cached("SELECT message, history FROM messages WHERE a = ?1")?;
    let mut rows = statement.query([a])?;
    while let Some(row) = rows.next()? {
        let id = MessageId::from(text(row, 0)?);
        let history = history(account, &id, blob(row, 1)?)?;
        add_live(account, &history, levels, 1, &mut sums);
    }
    Ok(sums)
}

/// Returns the sums of an account that are not frozen.
fn stored(connection: &Connection, a: i64) -> Result<Sums, Error> {
    let mut sums = Sums::default();
    let mut statement =
        connection.prepare_cached("SELECT cube, day, cells FROM sums WHERE a = ?1 AND frozen = 0")?;
    let mut rows = statement.query(params![a])?;
    while let Some(row) = rows.next()? {
        let bytes = blob(row, 2)?;
        sums.add_piece(row.get(0)?, row.get(1)?, bytes).ok_or_else(|| damaged("sums"))?;
    }
    let mut statement = connection.prepare_cached("SELECT sums FROM recent_sums WHERE a = ?1")?;
    let mut rows = statement.query(params![a])?;
    while let Some(row) = rows.next()? {
        let bytes = blob(row, 0)?;
        sums.add_bytes(bytes).ok_or_else(|| damaged("sums"))?;
    }
    Ok(sums)
}
