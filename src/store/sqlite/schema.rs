//! The tables, and how they came to be.

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::{Error, damaged};
use super::schema_error::SchemaError;
use super::tables::{all_accounts, blob};
use super::write::{add_to_days, merge_recent};
use crate::store::relational::{BY_SEND, Sums};

/// The steps from an empty database to the tables of this version. The number of steps that a database has behind it is its
/// `user_version`. A released step never changes: what is new is a new step.
const STEPS: [&str; 3] = [
    "CREATE TABLE accounts (
        a INTEGER PRIMARY KEY,
        account TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE messages (
        n INTEGER PRIMARY KEY,
        a INTEGER NOT NULL,
        message TEXT NOT NULL,
        first_day INTEGER NOT NULL,
        last_day INTEGER NOT NULL,
        history BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX messages_by_id ON messages (a, message);
    CREATE TABLE sums (
        cube INTEGER NOT NULL,
        a INTEGER NOT NULL,
        day INTEGER NOT NULL,
        frozen INTEGER NOT NULL,
        cells BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX sums_by_day ON sums (cube, a, day, frozen);
    CREATE TABLE recent_sums (
        n INTEGER PRIMARY KEY,
        a INTEGER NOT NULL,
        sums BLOB NOT NULL
    ) STRICT;
    CREATE INDEX recent_sums_by_account ON recent_sums (a);
    CREATE TABLE thinned (
        before INTEGER NOT NULL,
        resolution TEXT NOT NULL,
        PRIMARY KEY (before, resolution)
    ) STRICT;",
    // Questions about few days read few messages.
    "CREATE INDEX messages_by_day ON messages (a, last_day, first_day);",
    // Of sums by send, the difference to those by event is kept: see `add_by_send`.
    "",
];

/// The number of steps behind a database that keeps differences.
const WITH_DIFFERENCES: usize = 3;

/// The version of the tables that this version of the crate writes.
pub(super) const VERSION: usize = STEPS.len();

/// Makes the tables, or brings those of an older version up to date. Several processes can do so at once.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, usize>(0));
    let found = number("PRAGMA user_version")?;
    if found > VERSION {
        return Err(SchemaError::Newer { found, expected: VERSION }.into());
    }
    let tables = number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'")?;
    if found == 0 && tables > 0 {
        return Err(SchemaError::Foreign { tables }.into());
    }
    for step in &STEPS[found..] {
        transaction.execute_batch(step)?;
    }
    if (1..WITH_DIFFERENCES).contains(&found) {
        add_by_send(&transaction, -1)?;
    }
    if found < VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// Adds the sums by event to those by send, or subtracts them.
fn add_by_send(connection: &Connection, sign: i64) -> Result<(), Error> {
    for (a, _) in all_accounts(connection)? {
        merge_recent(connection, a)?;
        for are_frozen in [false, true] {
            let mut sums = Sums::default();
            let mut statement = connection.prepare_cached(
                "SELECT cube, day, cells FROM sums WHERE a = ?1 AND frozen = ?2 AND cube < ?3",
            )?;
            let mut rows = statement.query(params![a, are_frozen, BY_SEND])?;
            while let Some(row) = rows.next()? {
                let read = sums.add_by_send(row.get(0)?, row.get(1)?, blob(row, 2)?, sign);
                read.ok_or_else(|| damaged("sums"))?;
            }
            add_to_days(connection, a, are_frozen, &mut sums)?;
        }
    }
    Ok(())
}

/// Makes the tables of the first version: for tests of migrations.
#[cfg(test)]
pub(super) fn make_first_version(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(STEPS[0])?;
    connection.pragma_update(None, "user_version", 1)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::event::Event;
    use crate::kind::Kind;
    use crate::store::sqlite::verify::differing;
    use crate::store::sqlite::write::Writer;

    #[test]
    fn tables_of_the_first_version_are_brought_up_to_date_and_a_second_time_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        make_first_version(&connection).unwrap();
        connection.execute("INSERT INTO accounts (account) VALUES ('acme')", []).unwrap();
        for _ in 0..2 {
            migrate(&mut connection).unwrap();
            let number = |sql| connection.query_row(sql, [], |row| row.get::<_, usize>(0)).unwrap();
            assert_eq!(number("PRAGMA user_version"), VERSION);
            assert_eq!(number("SELECT count(*) FROM accounts"), 1);
            assert_eq!(number("SELECT count(*) FROM sqlite_schema WHERE name = 'messages_by_day'"), 1);
        }
    }

    #[test]
    fn sums_by_send_of_the_second_version_become_differences() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let at = |minute: i64| DateTime::from_timestamp(1_767_225_600 + 60 * minute, 0).unwrap();
        let event =
            |id: &str, minute| Event::new("acme", "m-1", id, Kind::Opened, at(minute)).domain("a.example");
        let mut writer = Writer::new(connection);
        let recorded = writer.record(&[&[event("1", 0), event("2", 40), event("3", 2000)]]);
        assert_eq!(recorded[0].as_ref().unwrap().new, 3);
        writer.merge_all().unwrap();
        let sums = |connection: &Connection| {
            let mut statement =
                connection.prepare("SELECT cube, day, cells FROM sums ORDER BY cube, day").unwrap();
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            statement.query_map([], row).unwrap().collect::<Result<Vec<(u8, i32, Vec<u8>)>, _>>().unwrap()
        };
        let expected = sums(&writer.connection);
        add_by_send(&writer.connection, 1).unwrap();
        writer.connection.pragma_update(None, "user_version", 2).unwrap();
        assert_ne!(sums(&writer.connection), expected);
        migrate(&mut writer.connection).unwrap();
        assert_eq!(sums(&writer.connection), expected);
        assert_eq!(differing(&mut writer.connection).unwrap(), []);
    }

    #[test]
    fn a_step_that_was_released_does_not_change() {
        // If this fails, add a step in place of changing one.
        let hash = |step: &str| twox_hash::XxHash3_64::oneshot(step.as_bytes());
        assert_eq!(
            STEPS.map(hash),
            [5_093_589_123_821_902_113, 14_003_893_726_112_650_019, 3_244_421_341_483_603_138]
        );
    }
}
