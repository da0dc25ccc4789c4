//! A store for a platform that has its events in tables of its own: `emails` and `email_events`, in SQLite.
//!
//! ```text
//! cargo run --features conformance,sql,sqlite --example custom_store
//! ```
//!
//! [`names`] says what the tables and their columns are called. The rest of [`OurTables`] runs the statements that
//! [`mailtally::sql`] writes. [`conformance::run`] checks that every answer is right.

use std::sync::{Mutex, MutexGuard};

use mailtally::conformance::{self, Harness};
use mailtally::sql::{
    Answer, AnswerRow, Column, Database, Field, InstantColumn, Names, Param, Statement, Tags, TypeColumn,
    statement,
};
use mailtally::store::{BoxFuture, Counted, Plan, Provenance, Row, Store, StoreError};
use mailtally::{Dimension, Event, EventType, Kind, Period, Query};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

/// The platform's tables. Only some of its mail has a creation of its own, and every field is that of an event; a platform
/// whose messages have fields names them with `Column::of_message`.
const TABLES: &str = "
    CREATE TABLE emails (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (customer, name));
    CREATE TABLE email_events (
        email INTEGER NOT NULL, id TEXT NOT NULL, happened_at INTEGER NOT NULL, what TEXT NOT NULL, created_at INTEGER, tags TEXT,
        copy_key BLOB NOT NULL, PRIMARY KEY (email, id)
    );
    CREATE INDEX events_by_instant ON email_events (happened_at);
    CREATE INDEX events_by_creation ON email_events (created_at);";

/// The words that this platform has for some event types. It spells the others as this crate does.
const WORDS: [(&str, EventType); 3] = [
    ("bounced_permanent", EventType::HardBounced),
    ("bounced_temporary", EventType::SoftBounced),
    ("open_by_proxy", EventType::OpenedMachine),
];

/// Says what the tables and their columns are called.
fn names() -> Names {
    let words = EventType::ALL.map(|event_type| (word(event_type), event_type));
    let names = Names::new(Database::Sqlite, "email_events")
        .messages("emails", [("id", "email")]) // emails.id = email_events.email
        .account(Column::of_message("customer"))
        .message(Column::of_message("name"))
        .at(InstantColumn::millis(Column::of_event("happened_at")))
        .event_type(TypeColumn::words(Column::of_event("what"), words))
        .created(InstantColumn::millis(Column::of_event("created_at")))
        .tags(Tags::json(Column::of_event("tags")));
    Field::ALL.into_iter().fold(names, |names, field| names.field(field, Column::of_event(field.name())))
}

fn word(event_type: EventType) -> String {
    let of_ours = WORDS.into_iter().find(|(_, of)| *of == event_type);
    of_ours.map_or_else(|| event_type.to_string(), |(word, _)| word.to_owned())
}

/// The platform's database.
struct OurTables {
    connection: Mutex<Connection>,
    names: Names,
}

impl OurTables {
    fn open() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(unavailable)?;
        connection.execute_batch(TABLES).map_err(unavailable)?;
        for field in Field::ALL {
            let column = format!("ALTER TABLE email_events ADD COLUMN {field} TEXT");
            connection.execute(&column, []).map_err(unavailable)?;
        }
        Ok(Self { connection: Mutex::new(connection), names: names() })
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        self.connection.lock().map_err(|_| unavailable("the lock is poisoned"))
    }

    /// Records an event. Of several copies, the least stays.
    fn insert(&self, event: &Event) -> Result<(), StoreError> {
        let (connection, key) = (self.connection()?, event.copy_key());
        let (account, message) = (event.account().as_str(), event.message().as_str());
        let email = "INSERT INTO emails (customer, name) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = name RETURNING id";
        let email: i64 = connection
            .prepare_cached(email)
            .and_then(|mut insert| insert.query_row(params![account, message], |row| row.get(0)))
            .map_err(unavailable)?;
        let greater = "DELETE FROM email_events WHERE email = ?1 AND id = ?2 AND copy_key > ?3";
        connection.execute(greater, params![email, event.id().as_str(), key]).map_err(unavailable)?;
        let json = serde_json::to_value(event).map_err(unavailable)?;
        let tags = serde_json::to_string(&event.message_fields().tags).map_err(unavailable)?;
        let created = event.message_fields().created.map(|created| created.timestamp_millis());
        let (at, what) = (event.at().timestamp_millis(), word(event.event_type()));
        let mut values: Vec<Value> = vec![email.into(), event.id().as_str().to_owned().into(), at.into()];
        values.extend([what.into(), created.into(), tags.into(), key.into()]);
        values.extend(Field::ALL.map(|field| match json.get(field.name()) {
            None => Value::Null,
            Some(serde_json::Value::String(text)) => Value::from(text.clone()),
            Some(other) => Value::from(other.to_string()),
        }));
        let holders = vec!["?"; values.len()].join(", ");
        let insert = format!("INSERT INTO email_events VALUES ({holders}) ON CONFLICT DO NOTHING");
        connection.execute(&insert, params_from_iter(values)).map_err(unavailable)?;
        Ok(())
    }

    fn rows(&self, connection: &Connection, plan: &Plan) -> Result<Vec<Row>, StoreError> {
        let statement = statement(plan, &self.names)?;
        let mut prepared = connection.prepare_cached(statement.text()).map_err(unavailable)?;
        let mut rows = prepared.query(params_from_iter(values(&statement))).map_err(unavailable)?;
        let mut answer = Answer::new(plan);
        while let Some(row) = rows.next().map_err(unavailable)? {
            answer.add(read(row, plan.dimensions().len()).map_err(unavailable)?)?;
        }
        Ok(answer.into_rows())
    }
}

/// Makes the error of a failed back end; its cause is for the log.
fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::backend("our tables", cause)
}

/// Returns the parameters of a statement. Those for SQLite have no lists.
fn values(statement: &Statement) -> impl Iterator<Item = Value> {
    statement.params().iter().map(|param| match param {
        Param::Text(text) => Value::from(text.clone()),
        Param::Integer(integer) => Value::from(*integer),
        Param::Texts(_) | Param::Integers(_) => Value::Null,
    })
}

/// Reads a row: the bucket, a column for each dimension, what is counted, and four counts.
fn read(row: &rusqlite::Row<'_>, dimensions: usize) -> rusqlite::Result<AnswerRow> {
    Ok(AnswerRow {
        bucket: row.get("bucket")?,
        group: (1..=dimensions).map(|index| row.get(index)).collect::<Result<_, _>>()?,
        what: row.get("what")?,
        total: row.get("total")?,
        first_of_type: row.get("first_of_type")?,
        first_of_kind: row.get("first_of_kind")?,
        first_of_day: row.get("first_of_day")?,
    })
}

impl Store for OurTables {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            // One transaction, so that all plans are counted over one state.
            let mut connection = self.connection()?;
            let transaction = connection.transaction().map_err(unavailable)?;
            let rows: Result<Vec<_>, _> = plans.iter().map(|plan| self.rows(&transaction, plan)).collect();
            Ok(Counted::new(rows?).provenance(Provenance::default().path("our tables")))
        })
    }
}

/// Opens databases for the checks.
struct Databases;

impl Harness for Databases {
    type Store = OurTables;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (OurTables, ()) {
        let tables = OurTables::open().expect("there is memory");
        for event in events {
            tables.insert(event).expect("a valid event");
        }
        (tables, ())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ready(conformance::run(&Databases));
    println!("our tables pass all checks\n");

    let tables = OurTables::open()?;
    let event = |message, id, event_type: EventType, at: &str| {
        Ok::<_, Box<dyn std::error::Error>>(Event::new("acme", message, id, event_type, at.parse()?))
    };
    tables.insert(
        &event("m-1", "e-1", EventType::Delivered, "2026-02-02T09:00:00Z")?.recipient_domain("gmail.com"),
    )?;
    tables.insert(&event("m-1", "e-2", EventType::OpenedMachine, "2026-02-02T09:00:01Z")?)?;
    tables.insert(&event("m-1", "e-3", EventType::OpenedPerson, "2026-02-02T09:05:00Z")?)?;
    tables.insert(
        &event("m-2", "e-1", EventType::HardBounced, "2026-02-02T10:00:00Z")?
            .recipient_domain("gone.example"),
    )?;

    let query = Query::new("acme", Period::last_days(7)).by(Dimension::RecipientDomain);
    let report = ready(query.report(&tables, "2026-02-03T00:00:00Z".parse()?))?;
    println!("{:<15}{:>10}{:>14}{:>8}{:>8}", "", "delivered", "hard bounced", "opens", "unique");
    for row in report.rows() {
        let (domain, counts) = (row.group[0].as_deref().unwrap_or("(none)"), &row.counts);
        let [delivered, bounced, opens] =
            [Kind::Delivered, Kind::HardBounced, Kind::Opened].map(|kind| counts.total(kind));
        println!("{domain:<15}{delivered:>10}{bounced:>14}{opens:>8}{:>8}", counts.unique(Kind::Opened));
    }
    Ok(())
}

/// Returns the output of a future that is ready at its first poll. A host uses its runtime instead, and runs statements on
/// threads that may block.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("SQLite in memory is always ready"),
    }
}
