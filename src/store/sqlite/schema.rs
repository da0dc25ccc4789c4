//! The tables, and how they came to be.

use rusqlite::{Connection, TransactionBehavior};

/// The steps from an empty database to the tables of this version. The number of steps that a database has behind it is its
/// `user_version`. A released step never changes: what is new is a new step.
const STEPS: [&str; 2] = [
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
];

/// The version of the tables that this version of the crate writes.
pub(super) const VERSION: usize = STEPS.len();

/// Why the tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error(
        "the database has tables of version {found}, expected at most {VERSION}: a newer version of mailtally made it"
    )]
    Newer { found: usize },
    #[error("the database is not one of mailtally: it has {tables} tables and no version")]
    Foreign { tables: usize },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Makes the tables, or brings those of an older version up to date. Several processes can do so at once.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), SchemaError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, usize>(0));
    let found = number("PRAGMA user_version")?;
    if found > VERSION {
        return Err(SchemaError::Newer { found });
    }
    let tables = number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'")?;
    if found == 0 && tables > 0 {
        return Err(SchemaError::Foreign { tables });
    }
    for step in &STEPS[found..] {
        transaction.execute_batch(step)?;
    }
    if found < VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// Makes the tables of the first version: for tests of migrations.
#[cfg(test)]
pub(super) fn make_first_version(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(STEPS[0])?;
    connection.pragma_update(None, "user_version", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_step_that_was_released_does_not_change() {
        // If this fails, add a step in place of changing one.
        let hash = |step: &str| twox_hash::XxHash3_64::oneshot(step.as_bytes());
        assert_eq!(STEPS.map(hash), [5_093_589_123_821_902_113, 14_003_893_726_112_650_019]);
    }
}
