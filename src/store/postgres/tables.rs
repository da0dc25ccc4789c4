//! Statements that writing and reading share.

use chrono::DateTime;
use tokio_postgres::Row;

use super::connection::Connection;
use super::error::{Error, damaged};
use crate::event::{AccountId, MessageId};
use crate::store::Thinned;
use crate::store::levels::Levels;
use crate::store::relational::History;

/// Selects the parts of the time of which only sums are kept.
pub(super) const THINNED: &str = "SELECT before, resolution FROM thinned";

/// Selects the numbers of accounts.
pub(super) const ACCOUNTS: &str = "SELECT a, account FROM accounts WHERE account = ANY ($1)";

/// Selects all accounts, ascending.
pub(super) const ALL_ACCOUNTS: &str = "SELECT a, account FROM accounts ORDER BY account";

/// Returns the time of which only sums are kept.
pub(super) fn levels(rows: &[Row]) -> Result<Levels, Error> {
    let mut levels = Levels::default();
    for row in rows {
        let before =
            DateTime::from_timestamp_millis(row.try_get(0)?).ok_or_else(|| damaged("table `thinned`"))?;
        let resolution = row.try_get::<_, &str>(1)?.parse().map_err(|_| damaged("table `thinned`"))?;
        levels.add(Thinned { before, resolution })?;
    }
    Ok(levels)
}

/// Returns accounts with their numbers.
pub(super) fn accounts(rows: &[Row]) -> Result<Vec<(i64, AccountId)>, Error> {
    rows.iter().map(|row| Ok((row.try_get(0)?, AccountId::from(row.try_get::<_, &str>(1)?)))).collect()
}

/// Returns the number of an account; `None` if it is unknown.
pub(super) async fn account_number(
    connection: &Connection,
    account: &AccountId,
) -> Result<Option<i64>, Error> {
    if has_nul(account.as_str()) {
        return Ok(None);
    }
    let rows = connection.query(ACCOUNTS, &[&vec![account.as_str()]]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// Reads the history of a message from a column.
pub(super) fn history(
    account: &AccountId,
    message: &MessageId,
    row: &Row,
    column: usize,
) -> Result<History, Error> {
    let bytes = row.try_get(column)?;
    History::from_bytes(account, message, bytes).ok_or_else(|| damaged("history of a message"))
}

/// Returns whether a text has a character that PostgreSQL cannot store.
pub(super) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}
