//! Why a store in ClickHouse fails.

use std::time::Duration;

use crate::store::StoreError;

/// Why a [`ClickHouseStore`](crate::ClickHouseStore) fails: the [source](std::error::Error::source) of its
/// [`StoreError::Backend`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClickHouseError {
    /// There is no answer, or the server answered with an error of its own.
    #[error("{node}")]
    Request {
        /// The address of the server, without its password.
        node: String,
        /// What the client says.
        source: clickhouse::error::Error,
    },
    /// The server did not answer in time.
    #[error("{node} did not answer within {}", seconds(.limit))]
    TimedOut {
        /// The address of the server, without its password.
        node: String,
        /// The maximum duration of a request.
        limit: Duration,
    },
    /// No address was given.
    #[error("no server, expected at least one address such as `http://127.0.0.1:8123`")]
    NoNodes,
    /// A name is none that a database or a cluster can have here.
    #[error("{what} `{found}`, expected 1 to 64 ASCII letters, digits and underscores")]
    Name {
        /// What has the name.
        what: &'static str,
        /// The name.
        found: String,
    },
    /// The tables were made by a later version of this crate.
    #[error(
        "the tables have version {found}, expected at most {known}: a later version of this crate made them"
    )]
    NewerSchema {
        /// The version of the tables.
        found: u32,
        /// The last version that this version of the crate knows.
        known: u32,
    },
    /// A batch was not written in time, so nothing of it is recorded.
    #[error("a batch was not written within {}, nothing of it is recorded", seconds(.limit))]
    TooSlow {
        /// The maximum duration of writing a batch.
        limit: Duration,
    },
    /// A server has not yet deleted the rows that it was told to. It goes on.
    #[error("the rows are not deleted after {}, the server goes on", seconds(.waited))]
    NotDeleted {
        /// How long it was waited.
        waited: Duration,
    },
    /// A row is none that this crate writes.
    #[error("a row has {column} `{found}`, which this crate does not write")]
    Row {
        /// The column.
        column: &'static str,
        /// Its value.
        found: String,
    },
}

impl From<ClickHouseError> for StoreError {
    fn from(error: ClickHouseError) -> Self {
        Self::backend("clickhouse", error)
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
