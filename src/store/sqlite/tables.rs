//! Statements that the writer and the readers share.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, params};

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
    let history = history(account, message, row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
    Ok(Some((row.get(0)?, history)))
}

/// Reads a history of a message.
pub(super) fn history(account: &AccountId, message: &MessageId, bytes: &[u8]) -> Result<History, Error> {
    History::from_bytes(account, message, bytes).ok_or_else(|| damaged("history of a message"))
}
