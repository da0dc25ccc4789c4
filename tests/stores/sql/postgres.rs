//! Hosts with tables in PostgreSQL, at the URL in the environment variable `MAILTALLY_POSTGRES`.

use mailtally::conformance::{self, Harness};
use mailtally::message::{AccountId, MessageId};
use mailtally::sql::{self, Answer, AnswerRow, Database, Names, Param, Statement};
use mailtally::store::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Row, Store, StoreError, Timeline,
};
use mailtally::{Event, Query};
use proptest::prelude::*;
use serde_json::json;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::host::{self, Layout};
use super::{small, values};
use crate::common::at;

pub(crate) struct PostgresHost {
    pub(crate) client: tokio::sync::Mutex<Client>,
    pub(crate) names: Names,
}

/// Returns the URL of the server; `None`, after it said so, if the tests that need one are left out.
pub(crate) fn url(test: &str) -> Option<String> {
    crate::servers::server("MAILTALLY_POSTGRES", test)
}

/// Runs a future that waits for a server.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn backend(error: tokio_postgres::Error) -> StoreError {
    StoreError::backend("host's PostgreSQL", error)
}

pub(crate) fn params(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement.params().iter().map(value).collect()
}

fn value(param: &Param) -> &(dyn ToSql + Sync) {
    match param {
        Param::Text(text) => text,
        Param::Integer(integer) => integer,
        Param::Texts(texts) => texts,
        Param::Integers(integers) => integers,
    }
}

impl PostgresHost {
    /// Connects, and makes tables, which should be temporary: they end with the connection.
    pub(crate) async fn new(url: &str, names: Names, tables: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SET jit = off").await.unwrap();
        client.batch_execute(tables).await.unwrap();
        Self { client: tokio::sync::Mutex::new(client), names }
    }

    pub(crate) async fn insert(&self, rows: Vec<host::Row>) {
        let client = self.client.lock().await;
        let mut by_table: Vec<(&str, Vec<serde_json::Value>)> = Vec::new();
        for (table, columns) in rows {
            match by_table.iter_mut().find(|(known, _)| *known == table) {
                Some((_, rows)) => rows.push(columns.into()),
                None => by_table.push((table, vec![columns.into()])),
            }
        }
        for (table, rows) in by_table {
            let text = format!(
                "INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1::text::json)"
            );
            client.execute(&text, &[&serde_json::Value::from(rows).to_string()]).await.unwrap();
        }
    }
}

async fn tally(
    transaction: &tokio_postgres::Transaction<'_>,
    names: &Names,
    plan: &Plan,
) -> Result<Vec<Row>, StoreError> {
    let statement = sql::statement(plan, names)?;
    let rows = transaction.query(statement.text(), &params(&statement)).await.map_err(backend)?;
    let mut answer = Answer::new(plan);
    for row in rows {
        answer.add(read(&row, plan.dimensions().len()).map_err(backend)?)?;
    }
    Ok(answer.into_rows())
}

pub(crate) fn read(row: &tokio_postgres::Row, dimensions: usize) -> Result<AnswerRow, tokio_postgres::Error> {
    let group = (1..=dimensions).map(|index| row.try_get(index)).collect::<Result<_, _>>()?;
    let next = dimensions + 1;
    Ok(AnswerRow {
        bucket: row.try_get(0)?,
        group,
        what: row.try_get(next)?,
        total: row.try_get(next + 1)?,
        first_of_type: row.try_get(next + 2)?,
        first_of_kind: row.try_get(next + 3)?,
        first_of_day: row.try_get(next + 4)?,
    })
}

impl Store for PostgresHost {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let mut client = self.client.lock().await;
            let level = tokio_postgres::IsolationLevel::RepeatableRead;
            let transaction = client.build_transaction().isolation_level(level).read_only(true).start().await;
            let transaction = transaction.map_err(backend)?;
            let mut rows = Vec::new();
            for plan in plans {
                rows.push(tally(&transaction, &self.names, plan).await?);
            }
            Ok(Counted::new(rows))
        })
    }
}

impl Timeline for PostgresHost {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move {
            let statement = sql::timeline(&self.names, account, message)?;
            let client = self.client.lock().await;
            let rows = client.query(statement.text(), &params(&statement)).await.map_err(backend)?;
            let event = |row: &tokio_postgres::Row| {
                let columns: Result<Vec<Option<String>>, _> =
                    (0..sql::TIMELINE_COLUMNS).map(|index| row.try_get(index)).collect();
                Ok(sql::event(account, message, &columns.map_err(backend)?)?)
            };
            rows.iter().map(event).collect()
        })
    }
}

impl Messages for PostgresHost {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let statement = sql::messages(figure, &self.names, after, limit)?;
            let client = self.client.lock().await;
            let rows = client.query(statement.text(), &params(&statement)).await.map_err(backend)?;
            let message = |row: &tokio_postgres::Row| {
                let (account, message): (String, String) = (row.get(0), row.get(1));
                let count = row.get::<_, i64>(2).unsigned_abs();
                CountedMessage { account: account.into(), message: message.into(), count }
            };
            Ok(rows.iter().map(message).collect())
        })
    }
}

struct Hosts {
    url: String,
    layout: Layout,
}

impl Harness for Hosts {
    type Store = PostgresHost;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (PostgresHost, ()) {
        let names = self.layout.names(Database::Postgres);
        let host = PostgresHost::new(&self.url, names, &self.layout.tables(Database::Postgres)).await;
        host.insert(self.layout.rows(events)).await;
        (host, ())
    }
}

fn hosts(test: &str, layout: Layout) -> Option<Hosts> {
    Some(Hosts { url: url(test)?, layout })
}

#[test]
fn a_host_with_one_table_in_postgres_conforms() {
    let Some(hosts) = hosts("a host with one table", Layout::Events) else { return };
    block_on(conformance::run(&hosts));
    block_on(conformance::run_timeline(&hosts));
    block_on(conformance::run_messages(&hosts));
}

#[test]
fn a_host_with_joined_tables_in_postgres_conforms() {
    let Some(hosts) = hosts("a host with joined tables", Layout::Joined) else { return };
    block_on(conformance::run(&hosts));
    block_on(conformance::run_timeline(&hosts));
}

/// It does not keep which event has the fields of a message, so it has no timeline that is exact.
#[test]
fn a_host_with_fields_of_messages_in_postgres_conforms() {
    let Some(hosts) = hosts("a host with fields of messages", Layout::OfMessages) else { return };
    block_on(conformance::run(&hosts));
}

#[test]
fn a_host_with_few_columns_in_postgres_is_answered() {
    let Some(url) = url("a host with few columns") else { return };
    let tables = "CREATE TYPE pg_temp.status AS ENUM ('handed_over', 'ok', 'bounced_permanent', 'open', 'OPEN', 'processed');
         CREATE TEMP TABLE emails (id uuid PRIMARY KEY, customer integer, \"to\" varchar(99));
         CREATE TEMP TABLE \"email \"\"events\"\"\" (id bigint PRIMARY KEY, email uuid, status pg_temp.status, happened timestamptz);";
    let id = |email| small::id(Database::Postgres, email);
    let email = |(index, (customer, to)): (usize, &(i64, &str))| json!({"id": id(index), "customer": customer, "to": to});
    // Microseconds are rounded down to milliseconds.
    let event = |(number, email, status, second): &(i64, usize, &str, i64)| {
        let happened = at(*second) + chrono::Duration::microseconds(999);
        json!({"id": number, "email": id(*email), "status": status, "happened": happened.to_rfc3339()})
    };
    let row = |table, row: serde_json::Value| (table, row.as_object().unwrap().clone());
    block_on(async {
        let host = PostgresHost::new(&url, small::names(Database::Postgres), tables).await;
        host.insert(small::EMAILS.iter().enumerate().map(|one| row("emails", email(one))).collect()).await;
        host.insert(small::ROWS.iter().map(|one| row("\"email \"\"events\"\"\"", event(one))).collect())
            .await;
        small::check(&host, Database::Postgres).await;
    });
}

fn check(layout: Layout, test: &str, events: &[Event], queries: &[Query]) {
    let Some(hosts) = hosts(test, layout) else { return };
    block_on(async {
        let (host, ()) = hosts.open(events).await;
        values::check(&host, events, queries).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Texts in PostgreSQL have no NUL.
    #[test]
    fn hostile_texts_are_read_back_from_postgres(texts in prop::collection::vec(values::hostile(), 1..12)) {
        let texts: Vec<String> = texts.iter().map(|text| text.replace('\0', "")).collect();
        let events = values::events(&texts);
        for layout in [Layout::Events, Layout::Joined] {
            check(layout, "hostile texts", &events, &values::queries(&texts));
        }
    }

    #[test]
    fn random_plans_over_random_mail_equal_the_reference_in_postgres(seed in 1000..1_000_000_u64) {
        let (events, queries) = values::random(seed);
        for layout in [Layout::Events, Layout::Joined] {
            check(layout, "random plans", &events, &queries);
        }
    }
}
