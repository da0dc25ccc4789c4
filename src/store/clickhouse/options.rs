//! Where the servers are, and how they are asked.

use std::time::Duration;

/// Where the servers of a [`ClickHouseStore`](crate::ClickHouseStore) are, and how they are asked.
///
/// ```
/// use std::time::Duration;
///
/// use mailtally::store::clickhouse::ClickHouseOptions;
///
/// let one = ClickHouseOptions::new("http://127.0.0.1:8123").database("mail").timeout(Duration::from_secs(10));
/// let two = ClickHouseOptions::cluster("shards", ["http://10.0.0.1:8123", "http://10.0.0.2:8123"]).user("mail", "secret");
/// assert_eq!(format!("{:?}", two.clone()).contains("secret"), false);
/// # drop(one);
/// ```
#[derive(Clone)]
pub struct ClickHouseOptions {
    pub(super) nodes: Vec<String>,
    pub(super) cluster: Option<String>,
    pub(super) database: String,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) timeout: Duration,
    pub(super) retries: u32,
}

impl ClickHouseOptions {
    /// Asks one server: the address of its HTTP interface, such as `http://127.0.0.1:8123`. The database is `mailtally`, a
    /// request may take 30 seconds, and what can be repeated safely is tried three times.
    pub fn new(node: impl Into<String>) -> Self {
        Self {
            nodes: vec![node.into()],
            cluster: None,
            database: "mailtally".to_owned(),
            user: None,
            password: None,
            timeout: Duration::from_secs(30),
            retries: 2,
        }
    }

    /// Asks the servers of a cluster: the name that it has in their configuration, and the address of one server for each
    /// shard, in the order of the shards. Messages are spread by a hash of their account and id, so neither the number of
    /// shards nor their order may ever change. The first server also keeps which batches are complete.
    pub fn cluster<T: Into<String>>(name: impl Into<String>, nodes: impl IntoIterator<Item = T>) -> Self {
        let nodes = nodes.into_iter().map(Into::into).collect();
        Self { nodes, cluster: Some(name.into()), ..Self::new("") }
    }

    /// Sets the database. It is made if it is missing.
    #[must_use]
    pub fn database(self, name: impl Into<String>) -> Self {
        Self { database: name.into(), ..self }
    }

    /// Sets the user and the password. By default, the servers' default user is used.
    #[must_use]
    pub fn user(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: Some(user.into()), password: Some(password.into()), ..self }
    }

    /// Sets the maximum duration of a request: at most 45 seconds, because a batch must be written within a minute. Thinning
    /// and forgetting may take longer, see [the module](super).
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: timeout.min(Duration::from_secs(45)), ..self }
    }

    /// Sets how often a request is repeated if there was no answer: questions, and what may be written twice. An error that
    /// the server itself answers with is never asked for again.
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self { retries: retries.min(10), ..self }
    }
}

impl std::fmt::Debug for ClickHouseOptions {
    /// Writes everything but the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { nodes, cluster, database, user, password: _, timeout, retries } = self;
        f.debug_struct("ClickHouseOptions")
            .field("nodes", nodes)
            .field("cluster", cluster)
            .field("database", database)
            .field("user", user)
            .field("timeout", timeout)
            .field("retries", retries)
            .finish_non_exhaustive()
    }
}
