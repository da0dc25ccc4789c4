//! The errors of the store.

use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use super::schema_error::SchemaError;
use crate::store::{StoreError, TallyError};

/// The name of the store in its errors.
pub(super) const NAME: &str = "PostgreSQL";

/// Why something failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    #[error("there is no connection")]
    NoConnection(#[source] PoolError),
    #[error("the server did not answer within {within:?}")]
    NoAnswer { within: Duration },
    #[error("a message disappeared while events of it were recorded")]
    Disappeared,
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Returns whether the same may succeed if it is done again at once: another transaction was in the way, or the connection
    /// broke, as all do when the server is restarted.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Postgres(error) => is_passing(error),
            Self::Disappeared => true,
            Self::NoConnection(_) | Self::NoAnswer { .. } | Self::Schema(_) | Self::Store(_) => false,
        }
    }
}

fn is_passing(error: &tokio_postgres::Error) -> bool {
    let is_broken = || {
        let source = std::error::Error::source(error);
        error.is_closed() || source.is_some_and(|source| source.is::<std::io::Error>())
    };
    match error.code() {
        Some(code) => {
            let passing = [
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
            ];
            passing.contains(code)
        }
        None => is_broken(),
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error,
            Error::Postgres(error) => Self::backend(NAME, error),
            Error::Schema(error) => Self::backend(NAME, error),
            Error::NoConnection(_) | Error::NoAnswer { .. } | Error::Disappeared => {
                Self::backend(NAME, error)
            }
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
