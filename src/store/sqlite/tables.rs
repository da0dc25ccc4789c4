//! Statements that the writer and the readers share.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::{Error, damaged};
use crate::event::{AccountId, MessageId};
use crate::store::Thinned;
use crate::store::levels::Levels;
use crate::store::relational::History;

/// Returns the time of which only sums are kept.
pub(super) fn levels(connection: &Connection) -> Result<Levels, Error> {
    let mut levels = Levels::default();
    let mut statement = connection.prepare_cached("SELECT before, resolution FROM thinned")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (before, resolution) = row?;
        let before = DateTime::from_timestamp_millis(before).ok_or_else(|| damaged("table `thinned`"))?;
        let resolution = resolution.parse().map_err(|_| damaged("table `thinned`"))?;
        levels.add(Thinned { before, resolution })?;
    }
    Ok(levels)
}

/// Returns the number of an account; `None` if it is unknown.
pub(super) fn account_number(connection: &Connection, account: &AccountId) -> Result<Option<i64>, Error> {
    let mut statement = connection.prepare_cached("SELECT a FROM accounts WHERE account = ?1")?;
    Ok(statement.query_row([account.as_str()], |row| row.get(0)).optional()?)
}

/// Returns the number and the history of a message; `None` if it is unknown.
pub(super) fn message(
    connection: &Connection,
    a: i64,
    account: &AccountId,
    message: &MessageId,
) -> Result<Option<(i64, History)>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT n, history FROM messages WHERE a = ?1 AND message = ?2")?;
    let mut rows = statement.query(params![a, message.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let history = history(account, message, blob(row, 1)?)?;
    Ok(Some((row.get(0)?, history)))
}

/// Reads a history of a message.
pub(super) fn history(account: &AccountId, message: &MessageId, bytes: &[u8]) -> Result<History, Error> {
    History::from_bytes(account, message, bytes).ok_or_else(|| damaged("history of a message"))
}

/// Returns all accounts with their numbers, ascending by account.
pub(super) fn all_accounts(connection: &Connection) -> Result<Vec<(i64, AccountId)>, Error> {
    let mut statement = connection.prepare_cached("SELECT a, account FROM accounts ORDER BY account")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, AccountId::from(row.get::<_, String>(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns a column of bytes.
pub(super) fn blob<'r>(row: &'r Row<'_>, index: usize) -> Result<&'r [u8], Error> {
    Ok(row.get_ref(index)?.as_blob().map_err(rusqlite::Error::from)?)
}

/// Returns a column of text.
pub(super) fn text<'r>(row: &'r Row<'_>, index: usize) -> Result<&'r str, Error> {
    Ok(row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?)
}
