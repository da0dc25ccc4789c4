//! Thinning and forgetting, in steps between which others write.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior, params};

use super::error::{Error, damaged};
use super::tables::{account_number, blob, history, levels, message, text};
use super::write::{Writer, add_to_days, merge_recent, update_message};
use crate::event::{AccountId, MessageId};
use crate::store::Thinned;
use crate::store::levels::Levels;
use crate::store::relational::{Sums, add_live, day_of, thin};

/// The number of messages whose events are dropped in one transaction.
const MESSAGES_PER_STEP: usize = 2_000;

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

impl Writer {
    /// Records that only sums are kept of a part of the time, so that its events are too late from now on. Returns the part with
    /// its end as it is.
    pub(super) fn start_thinning(&mut self, thinned: Thinned) -> Result<Thinned, Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut levels = levels(&transaction)?;
        let before = levels.clone();
        let thinned = levels.add(thinned)?;
        if levels != before {
            transaction.execute("DELETE FROM thinned", [])?;
            for (level, _) in levels.parts() {
                let Thinned { before, resolution } = level.thinned();
                let row = params![before.timestamp_millis(), resolution.name()];
                transaction.execute("INSERT INTO thinned (before, resolution) VALUES (?1, ?2)", row)?;
            }
        }
        transaction.commit()?;
        Ok(thinned)
    }

    /// Takes a step of thinning. Returns the next one.
    pub(super) fn thin_step(&mut self, step: Step) -> Result<Step, Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let levels = levels(&transaction)?;
        let next = match step {
            Step::Messages { after } => drop_events(&transaction, &levels, after)?,
            Step::Sums { after } => merge_sums(&transaction, &levels, after)?,
            Step::Over => Step::Over,
        };
        transaction.commit()?;
        self.forget_memory();
        Ok(next)
    }

    /// Removes a message, except from the sums of what was thinned. Returns whether it was known.
    pub(super) fn forget_message(&mut self, account: &AccountId, id: &MessageId) -> Result<bool, Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(a) = account_number(&transaction, account)? else { return Ok(false) };
        let Some((n, history)) = message(&transaction, a, account, id)? else { return Ok(false) };
        let mut sums = Sums::default();
        add_live(account, &history, &levels(&transaction)?, -1, &mut sums);
        add_to_days(&transaction, a, false, &mut sums)?;
        transaction.execute("DELETE FROM messages WHERE n = ?1", [n])?;
        transaction.commit()?;
        Ok(true)
    }

    /// Removes everything of an account. Returns how many messages it had.
    pub(super) fn forget_account(&mut self, account: &AccountId) -> Result<u64, Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(a) = account_number(&transaction, account)? else { return Ok(0) };
        let messages = transaction.execute("DELETE FROM messages WHERE a = ?1", [a])?;
        for table in ["DELETE FROM sums WHERE a = ?1", "DELETE FROM recent_sums WHERE a = ?1"] {
            transaction.execute(table, [a])?;
        }
        transaction.execute("DELETE FROM accounts WHERE a = ?1", [a])?;
        transaction.commit()?;
        self.forget_memory();
        Ok(messages as u64)
    }
}

/// Drops the events of some messages.
fn drop_events(connection: &Connection, levels: &Levels, after: i64) -> Result<Step, Error> {
    let Some(end) = DateTime::<Utc>::from_timestamp_millis(levels.end_at()) else { return Ok(Step::Over) };
    let mut statement = connection.prepare_cached(
        "SELECT n, messages.a, account, message, history FROM messages JOIN accounts USING (a)
         WHERE n > ?1 AND first_day < ?2 ORDER BY n LIMIT ?3",
    )?;
    let mut rows = statement.query(params![after, day_of(end), MESSAGES_PER_STEP])?;
    let (mut last, mut count) = (after, 0);
    let mut sums: BTreeMap<i64, (Sums, Sums)> = BTreeMap::new();
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let (account, id) = (AccountId::from(text(row, 2)?), MessageId::from(text(row, 3)?));
        let history = history(&account, &id, blob(row, 4)?)?;
        (last, count) = (row.get(0)?, count + 1);
        let (live, frozen) = sums.entry(row.get(1)?).or_default();
        if let Some(change) = thin(&account, history, end, levels, live, frozen) {
            changes.push((last, change));
        }
    }
    for (n, change) in changes {
        update_message(connection, n, &change)?;
    }
    for (a, (mut live, mut frozen)) in sums {
        add_to_days(connection, a, false, &mut live)?;
        add_to_days(connection, a, true, &mut frozen)?;
    }
    let is_last = count < MESSAGES_PER_STEP;
    Ok(if is_last { Step::Sums { after: 0 } } else { Step::Messages { after: last } })
}

/// Merges the sums of an account into those of whole units.
fn merge_sums(connection: &Connection, levels: &Levels, after: i64) -> Result<Step, Error> {
    let next = "SELECT min(a) FROM accounts WHERE a > ?1";
    let Some(a) = connection.query_row(next, [after], |row| row.get::<_, Option<i64>>(0))? else {
        return Ok(Step::Over);
    };
    merge_recent(connection, a)?;
    for are_frozen in [false, true] {
        let mut sums = Sums::default();
        let mut statement = connection.prepare_cached(
            "DELETE FROM sums WHERE a = ?1 AND frozen = ?2 AND day < ?3 RETURNING cube, day, cells",
        )?;
        let end = DateTime::<Utc>::from_timestamp_millis(levels.end_at()).map_or(0, day_of);
        let mut rows = statement.query(params![a, are_frozen, end])?;
        while let Some(row) = rows.next()? {
            let bytes = blob(row, 2)?;
            sums.add_moved(row.get(0)?, row.get(1)?, bytes, levels).ok_or_else(|| damaged("sums"))?;
        }
        drop(rows);
        add_to_days(connection, a, are_frozen, &mut sums)?;
    }
    Ok(Step::Sums { after: a })
}
