//! Hosts with tables in SQLite.

use std::sync::Mutex;

use mailtally::Event;
use mailtally::conformance::{self, Harness};
use mailtally::message::{AccountId, MessageId};
use mailtally::sql::{self, Answer, AnswerRow, Database, Names, Param, Statement};
use mailtally::store::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Row, Store, StoreError, Timeline,
};
use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde_json::json;

use super::host::{self, Layout};
use super::{small, values};
use crate::common::{at, run};

pub(crate) struct SqliteHost {
    pub(crate) connection: Mutex<Connection>,
    pub(crate) names: Names,
}

fn backend(error: rusqlite::Error) -> StoreError {
    StoreError::backend("host's SQLite", error)
}

pub(crate) fn params(statement: &Statement) -> Vec<Value> {
    let value = |param: &Param| match param {
        Param::Text(text) => Value::from(text.clone()),
        Param::Integer(integer) => Value::from(*integer),
        Param::Texts(_) | Param::Integers(_) => unreachable!("lists are texts in SQLite"),
    };
    statement.params().iter().map(value).collect()
}

impl SqliteHost {
    pub(crate) fn new(names: Names, tables: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(tables).unwrap();
        Self { connection: Mutex::new(connection), names }
    }

    pub(crate) fn insert(&self, rows: Vec<host::Row>) {
        let mut connection = self.connection.lock().unwrap();
        let transaction = connection.transaction().unwrap();
        for (table, columns) in rows {
            let names: Vec<String> = columns.keys().map(|name| format!("\"{name}\"")).collect();
            let holders = vec!["?"; names.len()].join(", ");
            let value = |value: serde_json::Value| match value {
                serde_json::Value::Null => Value::Null,
                serde_json::Value::Bool(flag) => Value::from(flag),
                serde_json::Value::Number(number) => Value::from(number.as_i64().unwrap()),
                serde_json::Value::String(text) => Value::from(text),
                list => Value::from(list.to_string()),
            };
            let text = format!("INSERT INTO {table} ({}) VALUES ({holders})", names.join(", "));
            let values = columns.into_iter().map(|(_, of)| value(of));
            transaction.prepare_cached(&text).unwrap().execute(params_from_iter(values)).unwrap();
        }
        transaction.commit().unwrap();
    }

    fn tally(&self, connection: &Connection, plan: &Plan) -> Result<Vec<Row>, StoreError> {
        let statement = sql::statement(plan, &self.names)?;
        let mut prepared = connection.prepare(statement.text()).map_err(backend)?;
        let mut rows = prepared.query(params_from_iter(params(&statement))).map_err(backend)?;
        let mut answer = Answer::new(plan);
        while let Some(row) = rows.next().map_err(backend)? {
            answer.add(read(row, plan.dimensions().len()).map_err(backend)?)?;
        }
        Ok(answer.into_rows())
    }
}

fn read(row: &rusqlite::Row<'_>, dimensions: usize) -> rusqlite::Result<AnswerRow> {
    let group = (1..=dimensions).map(|index| row.get(index)).collect::<Result<_, _>>()?;
    let next = dimensions + 1;
    Ok(AnswerRow {
        bucket: row.get(0)?,
        group,
        what: row.get(next)?,
        total: row.get(next + 1)?,
        first_of_type: row.get(next + 2)?,
        first_of_kind: row.get(next + 3)?,
        first_of_day: row.get(next + 4)?,
    })
}

impl Store for SqliteHost {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let mut connection = self.connection.lock().unwrap();
            let transaction = connection.transaction().map_err(backend)?;
            let rows: Result<Vec<_>, _> = plans.iter().map(|plan| self.tally(&transaction, plan)).collect();
            Ok(Counted::new(rows?))
        })
    }
}

impl Timeline for SqliteHost {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move {
            let statement = sql::timeline(&self.names, account, message)?;
            let connection = self.connection.lock().unwrap();
            let mut prepared = connection.prepare(statement.text()).map_err(backend)?;
            let mut rows = prepared.query(params_from_iter(params(&statement))).map_err(backend)?;
            let mut events = Vec::new();
            while let Some(row) = rows.next().map_err(backend)? {
                let columns: Result<Vec<Option<String>>, _> =
                    (0..sql::TIMELINE_COLUMNS).map(|index| row.get(index)).collect();
                events.push(sql::event(account, message, &columns.map_err(backend)?)?);
            }
            Ok(events)
        })
    }
}

impl Messages for SqliteHost {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let statement = sql::messages(figure, &self.names, after, limit)?;
            let connection = self.connection.lock().unwrap();
            let mut prepared = connection.prepare(statement.text()).map_err(backend)?;
            let rows = prepared.query_map(params_from_iter(params(&statement)), |row| {
                let (account, message): (String, String) = (row.get(0)?, row.get(1)?);
                Ok(CountedMessage {
                    account: account.into(),
                    message: message.into(),
                    count: row.get::<_, i64>(2)?.unsigned_abs(),
                })
            });
            rows.and_then(Iterator::collect).map_err(backend)
        })
    }
}

struct Hosts(Layout);

impl Harness for Hosts {
    type Store = SqliteHost;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (SqliteHost, ()) {
        (open(self.0, events), ())
    }
}

fn open(layout: Layout, events: &[Event]) -> SqliteHost {
    let host = SqliteHost::new(layout.names(Database::Sqlite), &layout.tables(Database::Sqlite));
    host.insert(layout.rows(events));
    host
}

#[test]
fn a_host_with_one_table_in_sqlite_conforms() {
    run(conformance::run(&Hosts(Layout::Events)));
    run(conformance::run_timeline(&Hosts(Layout::Events)));
}

#[test]
fn a_host_with_joined_tables_in_sqlite_conforms() {
    run(conformance::run(&Hosts(Layout::Joined)));
    run(conformance::run_timeline(&Hosts(Layout::Joined)));
}

/// It does not keep which event has the fields of a message, so it has no timeline that is exact.
#[test]
fn a_host_with_fields_of_messages_in_sqlite_conforms() {
    run(conformance::run(&Hosts(Layout::OfMessages)));
    run(conformance::run_messages(&Hosts(Layout::OfMessages)));
}

#[test]
fn a_host_with_few_columns_in_sqlite_is_answered() {
    let tables = "CREATE TABLE emails (id INTEGER PRIMARY KEY, customer INTEGER, \"to\" TEXT COLLATE NOCASE);
         CREATE TABLE \"email \"\"events\"\"\" (id INTEGER PRIMARY KEY, email INTEGER, status TEXT COLLATE NOCASE, happened INTEGER);";
    let host = SqliteHost::new(small::names(Database::Sqlite), tables);
    let email = |(index, (customer, to)): (usize, &(i64, &str))| json!({"id": 100 + index, "customer": customer, "to": to});
    let event = |(id, email, status, second): &(i64, usize, &str, i64)| json!({"id": id, "email": 100 + email, "status": status, "happened": at(*second).timestamp()});
    let row = |table, row: serde_json::Value| (table, row.as_object().unwrap().clone());
    host.insert(small::EMAILS.iter().enumerate().map(|one| row("emails", email(one))).collect());
    host.insert(small::ROWS.iter().map(|one| row("\"email \"\"events\"\"\"", event(one))).collect());
    run(small::check(&host, Database::Sqlite));
}

/// Columns that ignore case, and texts with NUL.
#[test]
fn texts_in_sqlite_are_compared_byte_by_byte() {
    let texts = ["a\0b", "a\0c", "a", "\0", "A\0B", "A", "a\0"].map(str::to_owned);
    let events = values::events(&texts);
    for layout in [Layout::Events, Layout::Joined] {
        let tables = layout
            .tables(Database::Sqlite)
            .replace(" text", " text COLLATE NOCASE")
            .replace(", PRIMARY KEY (email, id)", "");
        let host = SqliteHost::new(layout.names(Database::Sqlite), &tables);
        host.insert(layout.rows(&events));
        run(values::check(&host, &events, &values::queries(&texts)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn hostile_texts_are_read_back_from_sqlite(texts in prop::collection::vec(values::hostile(), 1..12)) {
        let events = values::events(&texts);
        for layout in [Layout::Events, Layout::Joined] {
            run(values::check(&open(layout, &events), &events, &values::queries(&texts)));
        }
    }

    #[test]
    fn random_plans_over_random_mail_equal_the_reference_in_sqlite(seed in 1000..1_000_000_u64) {
        let (events, queries) = values::random(seed);
        for layout in [Layout::Events, Layout::Joined] {
            run(values::check(&open(layout, &events), &events, &queries));
        }
    }
}
