//! Comparing the sums with the messages, and making them anew.

use super::connection::Connection;
use super::error::{Error, damaged};
use super::reading::Reading;
use super::sums::{add_to_days, cube, merge, merge_recent};
use super::tables::{ALL_ACCOUNTS, THINNED, accounts, history, levels};
use crate::event::{AccountId, MessageId};
use crate::store::levels::Levels;
use crate::store::relational::{Sums, add_live};

/// The number of messages that are read at once.
const MESSAGES: i64 = 2_000;

/// Returns the accounts of which the sums differ from those of their messages, ascending.
pub(super) async fn differing(reading: &Reading<'_>) -> Result<Vec<AccountId>, Error> {
    let levels = levels(&reading.query(THINNED, &[]).await?)?;
    let mut differing = Vec::new();
    for (a, account) in accounts(&reading.query(ALL_ACCOUNTS, &[]).await?)? {
        let mut difference = of_messages(reading, a, &account, &levels).await?;
        difference.merge(&stored(reading, a).await?, -1);
        if !difference.is_zero() {
            differing.push(account);
        }
    }
    Ok(differing)
}

/// Returns what the messages of an account contribute, besides what is frozen.
async fn of_messages(
    reading: &Reading<'_>,
    a: i64,
    account: &AccountId,
    levels: &Levels,
) -> Result<Sums, Error> {
    let mut sums = Sums::default();
    let mut rows = reading.rows("SELECT message, history FROM messages WHERE a = $1", &[&a]).await?;
    while let Some(some) = rows.next().await? {
        for row in some {
            let id = MessageId::from(row.try_get::<_, &str>(0)?);
            add_live(account, &history(account, &id, &row, 1)?, levels, 1, &mut sums);
        }
    }
    Ok(sums)
}

/// Returns the sums of an account that are not frozen.
async fn stored(reading: &Reading<'_>, a: i64) -> Result<Sums, Error> {
    let mut sums = Sums::default();
    let by_day = "SELECT cube, day, cells FROM sums WHERE a = $1 AND NOT frozen";
    let mut rows = reading.rows(by_day, &[&a]).await?;
    while let Some(some) = rows.next().await? {
        for row in some {
            let (cube, day) = (cube(row.try_get(0)?)?, row.try_get(1)?);
            sums.add_piece(cube, day, row.try_get(2)?).ok_or_else(|| damaged("sums"))?;
        }
    }
    let mut rows = reading.rows("SELECT sums FROM recent_sums WHERE a = $1", &[&a]).await?;
    while let Some(some) = rows.next().await? {
        for row in some {
            sums.add_bytes(row.try_get(0)?).ok_or_else(|| damaged("sums"))?;
        }
    }
    Ok(sums)
}

/// Makes the sums anew from the messages, account by account. Nobody else writes meanwhile.
pub(super) async fn rebuild(connection: &Connection) -> Result<(), Error> {
    for (a, account) in accounts(&connection.query(ALL_ACCOUNTS, &[]).await?)? {
        connection.begin_maintenance().await?;
        merge_recent(connection, a).await?;
        let levels = levels(&connection.query(THINNED, &[]).await?)?;
        let sums = of_all_messages(connection, a, &account, &levels).await?;
        connection.execute("DELETE FROM sums WHERE a = $1 AND NOT frozen", &[&a]).await?;
        add_to_days(connection, a, false, sums).await?;
        connection.commit().await?;
    }
    Ok(())
}

/// Returns what the messages of an account contribute, while nobody writes.
async fn of_all_messages(
    connection: &Connection,
    a: i64,
    account: &AccountId,
    levels: &Levels,
) -> Result<Sums, Error> {
    let select =
        "SELECT message, history FROM messages WHERE a = $1 AND message > $2 ORDER BY message LIMIT $3";
    let (mut sums, mut after) = (Sums::default(), String::new());
    loop {
        let rows = connection.query(select, &[&a, &after, &MESSAGES]).await?;
        let Some(last) = rows.last() else { return Ok(sums) };
        for row in &rows {
            let id = MessageId::from(row.try_get::<_, &str>(0)?);
            add_live(account, &history(account, &id, row, 1)?, levels, 1, &mut sums);
        }
        after = last.try_get(0)?;
    }
}

/// Merges all recent sums into those by day.
pub(super) async fn merge_all(connection: &Connection) -> Result<(), Error> {
    for (a, _) in accounts(&connection.query(ALL_ACCOUNTS, &[]).await?)? {
        merge(connection, a).await?;
    }
    Ok(())
}
