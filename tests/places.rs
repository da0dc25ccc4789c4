//! Places where the example programs can keep events: a database of its own for each test, which is dropped with it.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

use crate::servers::server;
use crate::stores::clickhouse_server::post;

/// A database of a server that is running.
pub(crate) struct Place {
    /// What `--store` names it with.
    pub(crate) url: String,
    server: Server,
    database: String,
}

enum Server {
    /// The URL.
    Postgres(String),
    /// The address of the HTTP interface.
    ClickHouse(String),
}

impl Place {
    /// Makes a database in PostgreSQL; `None` if the tests that need it are left out.
    pub(crate) fn postgres(what: &str) -> Option<Self> {
        let server = server("MAILTALLY_POSTGRES", &format!("{what} over PostgreSQL"))?;
        let database = name();
        execute(&server, &format!("CREATE DATABASE {database}"));
        let url = format!("{}/{database}", server.rsplit_once('/')?.0);
        Some(Self { url, server: Server::Postgres(server), database })
    }

    /// Returns a place in ClickHouse, whose database the program makes; `None` if the tests that need it are left out.
    pub(crate) fn clickhouse(what: &str) -> Option<Self> {
        let server = server("MAILTALLY_CLICKHOUSE", &format!("{what} over ClickHouse"))?;
        let database = name();
        let url = format!("{}/{database}", server.replace("http://", "clickhouse://"));
        Some(Self { url, server: Server::ClickHouse(server), database })
    }

    /// Returns one in each server that there is.
    pub(crate) fn all(what: &str) -> Vec<Self> {
        [Self::postgres(what), Self::clickhouse(what)].into_iter().flatten().collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match &self.server {
            Server::Postgres(server) => {
                execute(server, &format!("DROP DATABASE {} WITH (FORCE)", self.database));
            }
            Server::ClickHouse(server) => {
                drop(post(server, &format!("DROP DATABASE IF EXISTS {}", self.database)));
            }
        }
    }
}

fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("place_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Runs a statement in PostgreSQL.
fn execute(server: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
    });
}
