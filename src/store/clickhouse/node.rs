//! One server: requests with a time limit, repeated where that is safe.

use std::time::Duration;

use clickhouse::{Client, Compression, Row, RowOwned, RowRead, RowWrite};

use super::error::ClickHouseError;
use super::options::ClickHouseOptions;

/// A server.
#[derive(Clone, Debug)]
pub(super) struct Node {
    client: Client,
    /// The address as it is shown in errors.
    name: String,
    timeout: Duration,
    retries: u32,
}

/// The pause before a request is repeated the first time; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// Settings of all statements: the answer has a status that tells whether it is complete, and statements may be as long as the
/// list of a batch's messages.
const SETTINGS: [(&str, &str); 4] = [
    ("wait_end_of_query", "1"),
    ("max_query_size", "268435456"),
    ("max_ast_elements", "100000000"),
    ("max_expanded_ast_elements", "100000000"),
];

impl Node {
    /// Makes the server at an address; it is not asked yet.
    pub(super) fn new(url: &str, options: &ClickHouseOptions) -> Self {
        let plain =
            Client::default().with_url(url).with_compression(Compression::None).with_validation(false);
        let mut client =
            SETTINGS.into_iter().fold(plain, |client, (name, value)| client.with_setting(name, value));
        if let Some(user) = &options.user {
            client = client.with_user(user);
        }
        if let Some(password) = &options.password {
            client = client.with_password(password);
        }
        Self { client, name: shown(url), timeout: options.timeout, retries: options.retries }
    }

    /// Uses a database for all statements.
    pub(super) fn with_database(self, database: &str) -> Self {
        Self { client: self.client.with_database(database), ..self }
    }

    /// Adds a setting to all statements.
    pub(super) fn with_setting(self, name: &str, value: &str) -> Self {
        Self { client: self.client.with_setting(name, value), ..self }
    }

    /// Returns the server with another time limit, which does not repeat requests.
    pub(super) fn patient(&self, timeout: Duration) -> Self {
        Self { timeout, retries: 0, ..self.clone() }
    }

    /// Returns the rows of a statement that reads. It is repeated if there is no answer.
    pub(super) async fn rows<T: RowOwned + RowRead>(&self, sql: &str) -> Result<Vec<T>, ClickHouseError> {
        self.repeat(|| self.client.query_raw(sql).fetch_all::<T>()).await
    }

    /// Returns the only row of a statement that reads.
    pub(super) async fn row<T: RowOwned + RowRead>(&self, sql: &str) -> Result<T, ClickHouseError> {
        self.repeat(|| self.client.query_raw(sql).fetch_one::<T>()).await
    }

    /// Runs a statement that may be run twice. It is repeated if there is no answer.
    pub(super) async fn run(&self, sql: &str) -> Result<(), ClickHouseError> {
        self.repeat(|| self.client.query_raw(sql).execute()).await
    }

    /// Runs a statement that must not be run twice.
    pub(super) async fn run_once(&self, sql: &str) -> Result<(), ClickHouseError> {
        self.in_time(self.client.query_raw(sql).execute()).await
    }

    /// Inserts rows, which may be inserted twice. It is repeated if there is no answer.
    pub(super) async fn insert<R>(&self, table: &str, rows: &[R]) -> Result<(), ClickHouseError>
    where
        R: Row + for<'b> Row<Value<'b> = R> + RowWrite + Sync,
    {
        let insert = || async {
            let mut insert = self.client.insert::<R>(table).await?;
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        };
        self.repeat(insert).await
    }

    async fn repeat<T, F>(&self, request: impl Fn() -> F) -> Result<T, ClickHouseError>
    where
        F: Future<Output = clickhouse::error::Result<T>>,
    {
        let mut pause = PAUSE;
        for _ in 0..self.retries {
            match self.in_time(request()).await {
                Err(ClickHouseError::Request { source: clickhouse::error::Error::Network(_), .. }) => {}
                outcome => return outcome,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.in_time(request()).await
    }

    async fn in_time<T>(
        &self,
        request: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, ClickHouseError> {
        match tokio::time::timeout(self.timeout, request).await {
            Ok(outcome) => outcome.map_err(|error| self.error(error)),
            Err(_) => Err(ClickHouseError::TimedOut { node: self.name.clone(), limit: self.timeout }),
        }
    }

    fn error(&self, source: clickhouse::error::Error) -> ClickHouseError {
        ClickHouseError::Request { node: self.name.clone(), source }
    }
}

/// Returns an address without what may be a password: a name before an `@`, and parameters.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_a_password() {
        for (url, expected) in [
            ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
            ("http://me:secret@10.0.0.1:8123/", "http://10.0.0.1:8123/"),
            ("http://10.0.0.1:8123/?password=secret", "http://10.0.0.1:8123/"),
            ("", ""),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
