//! How the store connects.

use std::time::Duration;

use tokio_postgres::Config;

use super::error::NAME;
use crate::store::StoreError;

/// How a [`PostgresStore`](super::PostgresStore) connects, and how long it waits.
///
/// ```
/// use std::time::Duration;
///
/// use mailtally::PostgresOptions;
///
/// let options = PostgresOptions::new("postgres://tally@db.example.com/mail")?
///     .schema("statistics")
///     .max_connections(16)
///     .statement_timeout(Duration::from_secs(20));
/// # let _ = options;
/// # Ok::<(), mailtally::store::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    pub(super) config: Config,
    pub(super) schema: String,
    pub(super) max_connections: usize,
    pub(super) statement_timeout: Duration,
    pub(super) connect_timeout: Duration,
}

impl PostgresOptions {
    /// Reads a URL, such as `postgres://user:password@host:5432/database`, or a text of keys and values, such as
    /// `host=/run/postgresql user=tally`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if it is neither.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let config: Config = url.parse().map_err(|error| StoreError::backend(NAME, error))?;
        Ok(config.into())
    }

    /// Sets the schema that has the tables; `mailtally` by default. It is made if it does not exist. Several stores in one database
    /// have different schemas.
    #[must_use]
    pub fn schema(self, schema: impl Into<String>) -> Self {
        Self { schema: schema.into(), ..self }
    }

    /// Sets the maximum number of connections; 8 by default, and at least 1. Each call of the store uses one at a time. Further
    /// calls wait for one, at most as long as for connecting.
    #[must_use]
    pub fn max_connections(self, max_connections: usize) -> Self {
        Self { max_connections: max_connections.max(1), ..self }
    }

    /// Sets how long one statement may take on the server; 30 seconds by default, and at least a millisecond. A call consists of a
    /// few statements, and of one for each thousand messages that it reads. A server that does not answer at all is given up after
    /// this time and the time for connecting.
    #[must_use]
    pub fn statement_timeout(self, statement_timeout: Duration) -> Self {
        Self { statement_timeout: statement_timeout.max(Duration::from_millis(1)), ..self }
    }

    /// Sets how long connecting may take, and how long a call waits for a connection; 5 seconds by default.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Returns how long an answer of the server is waited for.
    pub(super) fn limit(&self) -> Duration {
        self.statement_timeout.saturating_add(self.connect_timeout)
    }
}

impl From<Config> for PostgresOptions {
    fn from(config: Config) -> Self {
        Self {
            config,
            schema: "mailtally".to_owned(),
            max_connections: 8,
            statement_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
        }
    }
}
