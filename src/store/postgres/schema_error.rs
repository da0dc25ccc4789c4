//! The errors of tables that are not those of this version.

/// The longest name that PostgreSQL has, in bytes.
pub(super) const MAX_NAME: usize = 63;

/// Why the tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error(
        "the schema `{schema}` has tables of version {found}, expected at most {expected}: a newer version of mailtally made it"
    )]
    Newer { schema: String, found: i32, expected: usize },
    #[error("the schema `{schema}` is not one of mailtally: it has {tables} tables and no version")]
    Foreign { schema: String, tables: i64 },
    #[error("the name of the schema is `{schema}`, expected 1 to {MAX_NAME} bytes without NUL characters")]
    Name { schema: String },
    #[error("the database is encoded in {found}, expected UTF8")]
    Encoding { found: String },
}
