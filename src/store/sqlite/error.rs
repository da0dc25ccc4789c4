//! The errors of the store.

use super::schema_error::SchemaError;
use crate::store::{StoreError, TallyError};

/// The name of the store in its errors.
pub(super) const NAME: &str = "SQLite";

/// Why something failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Sqlite(error) => Self::backend(NAME, error),
            Error::Schema(error) => Self::backend(NAME, error),
            Error::Store(error) => error,
        }
    }
}

impl From<TallyError> for Error {
    fn from(error: TallyError) -> Self {
        Self::Store(error.into())
    }
}

/// Makes the error of bytes that are not what this version writes.
pub(super) fn damaged(what: &str) -> Error {
    StoreError::backend(NAME, format!("the stored {what} cannot be read: it is damaged")).into()
}
