//! Thinning and forgetting, in steps between which others write. While a step is taken, nobody else writes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::connection::Connection;
use super::error::{Error, damaged};
use super::record::update_messages;
use super::sums::{add_to_days, cube, merge_recent, remove};
use super::tables::{THINNED, account_number, has_nul, history, levels};
use crate::event::{AccountId, MessageId};
use crate::store::Thinned;
use crate::store::levels::Levels;
use crate::store::relational::{Sums, add_live, day_of, thin};

/// The number of messages whose events are dropped in one transaction.
const MESSAGES_PER_STEP: i64 = 2_000;

/// The number of messages of a forgotten account that are removed in one transaction.
const REMOVED_PER_STEP: i64 = 10_000;

/// How far thinning has come. Each step leaves all answers as they are, so it can end after any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Drop the events of messages with greater numbers.
    Messages {
        after: i64,
    },
    /// Merge the sums of accounts with greater numbers.
    Sums {
        after: i64,
    },
    Over,
}

impl Step {
    pub(super) const FIRST: Self = Self::Messages { after: 0 };
}

/// Records that only sums are kept of a part of the time, so that its events are too late from now on. Returns the part with its end
/// as it is.
pub(super) async fn start_thinning(connection: &Connection, thinned: Thinned) -> Result<Thinned, Error> {
    // Before anything is sent: it can be refused.
    Levels::default().add(thinned)?;
    connection.begin_maintenance().await?;
    let mut levels = levels(&connection.query(THINNED, &[]).await?)?;
    let before = levels.clone();
    let thinned = levels.add(thinned)?;
    if levels != before {
        let parts = levels.parts().map(|(level, _)| level.thinned());
        let (ends, resolutions): (Vec<i64>, Vec<&str>) =
            parts.map(|part| (part.before.timestamp_millis(), part.resolution.name())).unzip();
        connection.execute("DELETE FROM thinned", &[]).await?;
        let insert =
            "INSERT INTO thinned (before, resolution) SELECT * FROM unnest($1::bigint[], $2::text[])";
        connection.execute(insert, &[&ends, &resolutions]).await?;
    }
    connection.commit().await?;
    Ok(thinned)
}

/// Takes a step of thinning. Returns the next one.
pub(super) async fn thin_step(connection: &Connection, step: Step) -> Result<Step, Error> {
    connection.begin_maintenance().await?;
    let levels = levels(&connection.query(THINNED, &[]).await?)?;
    let next = match step {
        Step::Messages { after } => drop_events(connection, &levels, after).await?,
        Step::Sums { after } => move_sums(connection, &levels, after).await?,
        Step::Over => Step::Over,
    };
    connection.commit().await?;
    Ok(next)
}

/// Drops the events of some messages.
async fn drop_events(connection: &Connection, levels: &Levels, after: i64) -> Result<Step, Error> {
    let Some(end) = DateTime::<Utc>::from_timestamp_millis(levels.end_at()) else { return Ok(Step::Over) };
    let some = "SELECT max(n) FROM (SELECT n FROM messages WHERE n > $1 ORDER BY n LIMIT $2) AS next";
    let last = connection.query(some, &[&after, &MESSAGES_PER_STEP]).await?;
    let Some(last): Option<i64> = last.first().map_or(Ok(None), |row| row.try_get(0))? else {
        return Ok(Step::Sums { after: 0 });
    };
    let rows = connection
        .query(
            "SELECT n, messages.a, known.account, message, history FROM messages
             CROSS JOIN LATERAL (SELECT account FROM accounts WHERE accounts.a = messages.a OFFSET 0) AS known
             WHERE n > $1 AND n <= $2 AND first_day < $3",
            &[&after, &last, &day_of(end)],
        )
        .await?;
    let mut sums: BTreeMap<i64, (Sums, Sums)> = BTreeMap::new();
    let (mut numbers, mut accounts, mut ids, mut changes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let (a, account) = (row.try_get(1)?, AccountId::from(row.try_get::<_, &str>(2)?));
        let id: &str = row.try_get(3)?;
        let history = history(&account, &MessageId::from(id), row, 4)?;
        let (live, frozen) = sums.entry(a).or_default();
        if let Some(change) = thin(&account, history, end, levels, live, frozen) {
            numbers.push(row.try_get(0)?);
            accounts.push(a);
            ids.push(id);
            changes.push(change);
        }
    }
    update_messages(connection, &numbers, &accounts, &ids, &changes).await?;
    for (a, (live, frozen)) in sums {
        add_to_days(connection, a, false, live).await?;
        add_to_days(connection, a, true, frozen).await?;
    }
    Ok(Step::Messages { after: last })
}

/// Moves the sums of an account into those of whole units.
async fn move_sums(connection: &Connection, levels: &Levels, after: i64) -> Result<Step, Error> {
    let next = connection.query("SELECT min(a) FROM accounts WHERE a > $1", &[&after]).await?;
    let Some(a): Option<i64> = next.first().map_or(Ok(None), |row| row.try_get(0))? else {
        return Ok(Step::Over);
    };
    merge_recent(connection, a).await?;
    let end = DateTime::<Utc>::from_timestamp_millis(levels.end_at()).map_or(0, day_of);
    for are_frozen in [false, true] {
        let rows = connection
            .query(
                "SELECT cube, day, cells, ctid::text FROM sums WHERE a = $1 AND frozen = $2 AND day < $3",
                &[&a, &are_frozen, &end],
            )
            .await?;
        let (mut moved, mut gone) = (Sums::default(), Vec::new());
        for row in &rows {
            let (cube, day, bytes) = (cube(row.try_get(0)?)?, row.try_get(1)?, row.try_get(2)?);
            let mut of_row = Sums::default();
            of_row.add_moved(cube, day, bytes, levels).ok_or_else(|| damaged("sums"))?;
            // Rows that are where they belong stay as they are.
            let stays =
                matches!(&of_row.pieces()[..], [(place, piece)] if *place == (cube, day) && piece == bytes);
            if !stays {
                moved.merge(&of_row, 1);
                gone.push(row.try_get(3)?);
            }
        }
        remove(connection, &gone).await?;
        add_to_days(connection, a, are_frozen, moved).await?;
    }
    Ok(Step::Sums { after: a })
}

/// Removes a message, except from the sums of what was thinned. Returns whether it was known.
pub(super) async fn forget_message(
    connection: &Connection,
    account: &AccountId,
    id: &MessageId,
) -> Result<bool, Error> {
    connection.begin_maintenance().await?;
    let is_known = remove_message(connection, account, id).await?;
    connection.commit().await?;
    Ok(is_known)
}

async fn remove_message(connection: &Connection, account: &AccountId, id: &MessageId) -> Result<bool, Error> {
    let Some(a) = account_number(connection, account).await? else { return Ok(false) };
    if has_nul(id.as_str()) {
        return Ok(false);
    }
    let levels = levels(&connection.query(THINNED, &[]).await?)?;
    let delete = "DELETE FROM messages WHERE a = $1 AND message = $2 RETURNING history";
    let rows = connection.query(delete, &[&a, &id.as_str()]).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let mut sums = Sums::default();
    add_live(account, &history(account, id, row, 0)?, &levels, -1, &mut sums);
    add_to_days(connection, a, false, sums).await?;
    Ok(true)
}

/// Removes everything of an account. Returns how many messages it had.
///
/// First the account and its sums are removed, so that it is unknown from then on, and then its messages, which nobody finds any
/// more, some at a time. What an earlier call left, because it was interrupted, is removed as well.
pub(super) async fn forget_account(connection: &Connection, account: &AccountId) -> Result<u64, Error> {
    connection.begin_maintenance().await?;
    let number = account_number(connection, account).await?;
    if let Some(a) = number {
        for sql in [
            "INSERT INTO forgotten (a) VALUES ($1)",
            "DELETE FROM sums WHERE a = $1",
            "DELETE FROM recent_sums WHERE a = $1",
            "DELETE FROM accounts WHERE a = $1",
        ] {
            connection.execute(sql, &[&a]).await?;
        }
    }
    connection.commit().await?;
    let mut count = 0;
    for row in connection.query("SELECT a FROM forgotten", &[]).await? {
        let a: i64 = row.try_get(0)?;
        let removed = remove_messages(connection, a).await?;
        count += if number == Some(a) { removed } else { 0 };
    }
    Ok(count)
}

/// Removes the messages of a forgotten account. Returns how many there were.
async fn remove_messages(connection: &Connection, a: i64) -> Result<u64, Error> {
    let mut count = 0;
    loop {
        let some = "DELETE FROM messages WHERE ctid = ANY (ARRAY (
                        SELECT ctid FROM messages WHERE a = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))";
        let removed = connection.execute(some, &[&a, &REMOVED_PER_STEP]).await?;
        count += removed;
        if removed == 0 {
            connection.execute("DELETE FROM forgotten WHERE a = $1", &[&a]).await?;
            return Ok(count);
        }
    }
}
