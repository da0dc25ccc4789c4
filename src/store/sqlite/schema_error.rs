//! The errors of tables that are not those of this version.

/// Why the tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error(
        "the database has tables of version {found}, expected at most {expected}: a newer version of mailtally made it"
    )]
    Newer { found: usize, expected: usize },
    #[error("the database is not one of mailtally: it has {tables} tables and no version")]
    Foreign { tables: usize },
}
