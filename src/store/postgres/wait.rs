//! Waiting for the server.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::types::ToSql;

use super::error::Error;

/// The parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Waits for the server, but not for longer than `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Error> {
    match timeout(limit, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Error::NoAnswer { within: limit }),
    }
}
