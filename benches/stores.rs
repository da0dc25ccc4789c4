//! The stores that last, beside the plain SQL that a user would write over an indexed table of events in the same database.
//!
//! ```text
//! cargo bench --bench stores --all-features
//! ```
//!
//! It records 1,000,000 messages, about 3,900,000 events, in batches of 1,000, each durable, and asks questions about the largest of
//! 50 accounts. Both must have the same answer. PostgreSQL takes part if `MAILTALLY_POSTGRES` is the URL of a server, and ClickHouse with
//! `MAILTALLY_CLICKHOUSE`, `MAILTALLY_CLICKHOUSE_NODES` (the shards of a cluster) and `MAILTALLY_CLICKHOUSE_CURRENT`. `MESSAGES` is
//! another number of messages. With `--test` the stream is small.

use std::collections::BTreeMap;
use std::env;
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use mailtally::store::{Counted, Plan, Sink, Store};
use mailtally::time::chrono_tz::Tz;
use mailtally::{By, Dimension, Event, EventType, Metric, Period, Query, Resolution, Scope, SqliteStore};

use crate::stream::{DAYS, Occurrence, occurrences, start};

#[cfg(feature = "clickhouse")]
#[path = "stores/clickhouse.rs"]
mod clickhouse;
mod common;
#[path = "common/stream.rs"]
mod stream;

/// The number of events of a batch.
const BATCH: usize = 1000;

/// The number of times that each question is asked; the median counts.
const REPEATS: usize = 7;

/// What is counted, by the values of its group and the name of the event type.
type Lines = BTreeMap<(Vec<String>, String), u64>;

/// A question, and the SQL that a user would write.
struct Question {
    name: &'static str,
    query: Query,
    /// The expressions that rows are grouped by.
    groups: &'static [&'static str],
    condition: String,
}

fn questions(now: DateTime<Utc>) -> Vec<Question> {
    let (from, to) = (start() + Duration::days(31), start() + Duration::days(61));
    let month = || Query::new("0", Period::between(from, to));
    let quarter = || Query::new("0", Period::between(start(), now)).by(By::Date);
    let (first, last) = (from.timestamp_millis(), to.timestamp_millis());
    let in_month = format!("account = '0' AND at >= {first} AND at < {last}");
    let question = |name, query, groups, condition: &str| Question {
        name,
        query,
        groups,
        condition: condition.to_owned(),
    };
    let of_account = "account = '0'";
    vec![
        question("totals, 30 days", month(), &[], &in_month),
        question("by domain, 30 days", month().by(Dimension::Domain), &["domain"], &in_month),
        question("by category, 30 days", month().by(Dimension::Category), &["category"], &in_month),
        question("by provider, 30 days", month().by(Dimension::Provider), &["provider"], &in_month),
        question("by mailbox, 30 days", month().by(Dimension::Mailbox), &["mailbox"], &in_month),
        question("by country, 30 days", month().by(Dimension::Country), &["country"], &in_month),
        question("by day, 90 days", quarter(), &["(at - at % 86400000)"], of_account),
        question(
            "by hour, 30 days",
            month().by(By::Date).resolution(Resolution::Hour),
            &["(at - at % 3600000)"],
            &in_month,
        ),
        question(
            "by day in Kolkata, 90 days",
            quarter().zone(Tz::Asia__Kolkata),
            &["((at + 19800000) - (at + 19800000) % 86400000)"],
            of_account,
        ),
        question(
            "by account and day, 90 days",
            Query::new(Scope::All, Period::between(start(), now)).by(Dimension::Account).by(By::Date),
            &["account", "(at - at % 86400000)"],
            "1 = 1",
        ),
        question(
            "by domain and day, 30 days (two)",
            month().by(Dimension::Domain).by(By::Date),
            &["domain", "(at - at % 86400000)"],
            &in_month,
        ),
        question(
            "by domain and provider, 30 days (two)",
            month().by(Dimension::Domain).by(Dimension::Provider),
            &["domain", "provider"],
            &in_month,
        ),
    ]
}

impl Question {
    fn sql(&self, table: &str, groups: &[&str]) -> String {
        let columns: Vec<&str> = groups.iter().copied().chain(["type"]).collect();
        let columns = columns.join(", ");
        format!("SELECT {columns}, count(*) FROM {table} WHERE {} GROUP BY {columns}", self.condition)
    }

    /// Returns what the store answers, as the SQL does.
    fn lines(&self, plan: &Plan, counted: &Counted) -> Lines {
        let mut lines = Lines::new();
        for row in counted.rows.iter().flatten() {
            let mut group: Vec<String> =
                row.group.iter().map(|value| value.as_deref().unwrap_or_default().to_owned()).collect();
            if plan.by().contains(&By::Date) {
                let start = plan.buckets()[row.bucket].start.timestamp_millis();
                // The SQL of days in another zone shifts them.
                let shift = if plan.zone() == Tz::Asia__Kolkata { 19_800_000 } else { 0 };
                let unit = if plan.resolution() == Resolution::Hour { 3_600_000 } else { 86_400_000 };
                group.push((start + shift - (start + shift) % unit).to_string());
            }
            for event_type in EventType::ALL {
                let count = row.counts.value(Metric::TotalOf(event_type));
                if count > 0 {
                    lines.insert((group.clone(), event_type.to_string()), count);
                }
            }
        }
        lines
    }
}

/// Prints a table of the questions: the time of the store, that of the SQL, and the ratio.
async fn table(
    name: &str,
    store: &impl Store,
    now: DateTime<Utc>,
    mut plain: impl AsyncFnMut(&Question) -> Lines,
) {
    println!("\n{name}\n");
    println!("| question | store, ms | plain SQL, ms | ratio | read |");
    println!("|---|---|---|---|---|");
    for question in questions(now) {
        let plan = question.query.plan(now).expect("a valid query");
        let plans = std::slice::from_ref(&plan);
        let (ours, counted) = median(async || store.count(plans).await.expect("an answer")).await;
        let (theirs, theirs_lines) = median(async || plain(&question).await).await;
        assert_eq!(question.lines(&plan, &counted), theirs_lines, "{}", question.name);
        let paths: Vec<&str> = counted.provenance.paths.iter().map(|path| &**path).collect();
        println!(
            "| {} | {ours:.2} | {theirs:.1} | {:.*} | {} |",
            question.name,
            if theirs < ours { 2 } else { 0 },
            theirs / ours,
            paths.join(", ")
        );
    }
}

/// Returns the median time in milliseconds, and what the work returned last.
async fn median<T>(mut work: impl AsyncFnMut() -> T) -> (f64, T) {
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        let result = work().await;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if times.len() == REPEATS {
            times.sort_by(f64::total_cmp);
            return (times[REPEATS / 2], result);
        }
    }
}

/// Records a stream in batches of this size. Prints how fast that was; making the events is not counted.
async fn record(name: &str, sink: &impl Sink, stream: &[Occurrence], size: usize) {
    let mut seconds = 0.0;
    let mut times = Vec::new();
    for batch in stream.chunks(size) {
        let events: Vec<Event> = batch.iter().map(|occurrence| occurrence.event()).collect();
        let start = Instant::now();
        sink.record(&events).await.expect("recorded");
        times.push(start.elapsed().as_secs_f64());
        seconds += start.elapsed().as_secs_f64();
    }
    times.sort_by(f64::total_cmp);
    let (median, worst) = (times[times.len() / 2] * 1e3, times[times.len() - 1] * 1e3);
    println!(
        "{name}: {} events in {seconds:.1} s, {:.0} a second; a batch takes {median:.1} ms, at most {worst:.0} ms",
        stream.len(),
        stream.len() as f64 / seconds
    );
}

async fn sqlite(stream: &[Occurrence], now: DateTime<Utc>) {
    let folder = env::temp_dir().join(format!("mailtally-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (ours, theirs) = (folder.join("ours.sqlite"), folder.join("theirs.sqlite"));
    let store = SqliteStore::open(&ours).expect("a file");
    record("SQLite", &store, stream, BATCH).await;
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len()) as f64 / 1e6;
    let plain = plain_sqlite(&theirs, stream);
    println!("SQLite: {:.0} MB; the plain table with its indexes {:.0} MB", size(&ours), size(&theirs));
    table("SQLite", &store, now, async |question| {
        let mut statement =
            plain.prepare_cached(&question.sql("plain_events", question.groups)).expect("valid SQL");
        let columns = question.groups.len();
        let rows = statement.query_map([], |row| {
            let text = |index| {
                row.get::<_, rusqlite::types::Value>(index).map(|value| match value {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    _ => String::new(),
                })
            };
            let group: Result<Vec<String>, _> = (0..columns).map(text).collect();
            Ok(((group?, text(columns)?), row.get::<_, i64>(columns + 1)?.cast_unsigned()))
        });
        rows.expect("rows").collect::<Result<Lines, _>>().expect("rows")
    })
    .await;
    drop((store, plain));
    let _ = std::fs::remove_dir_all(folder);
}

/// Writes the stream into a plain table, repeats dropped.
fn plain_sqlite(path: &std::path::Path, stream: &[Occurrence]) -> rusqlite::Connection {
    let mut connection = rusqlite::Connection::open(path).expect("a file");
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA cache_size = -65536;
            CREATE TABLE plain_events (account TEXT NOT NULL, message TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
            at INTEGER NOT NULL, domain TEXT, category TEXT, stream TEXT, mailbox TEXT, provider TEXT, country TEXT, device TEXT,
            PRIMARY KEY (account, message, id));
            CREATE INDEX plain_events_by_time ON plain_events (account, at);",
        )
        .expect("a table");
    let transaction = connection.transaction().expect("a transaction");
    for occurrence in stream {
        let event = occurrence.event();
        let (message, own) = (event.message_fields(), event.event_fields());
        let mut insert = transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO plain_events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )
            .expect("a statement");
        insert
            .execute(rusqlite::params![
                event.account().as_str(),
                event.message().as_str(),
                event.id().as_str(),
                event.event_type().to_string(),
                event.at().timestamp_millis(),
                message.domain.as_deref(),
                message.category.as_deref(),
                message.stream.map(|stream| stream.to_string()),
                message.mailbox.as_deref(),
                message.provider.as_deref(),
                own.country.as_deref(),
                own.device.as_deref(),
            ])
            .expect("a row");
    }
    transaction.commit().expect("committed");
    connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);").expect("analyzed");
    connection
}

/// Measures the store in PostgreSQL, in schemas of its own, which are removed.
#[cfg(feature = "postgres")]
async fn postgres(url: &str, stream: &[Occurrence], now: DateTime<Utc>) {
    use mailtally::{PostgresOptions, PostgresStore};

    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    let schema = format!("bench_{}", std::process::id());
    let execute = async |sql: String| client.batch_execute(&sql).await.expect("valid SQL");
    let options = PostgresOptions::new(url).expect("a URL").schema(&*schema);
    let store = PostgresStore::connect(options).await.expect("the server answers");
    record("PostgreSQL", &store, stream, BATCH).await;
    store.merge_sums().await.expect("merged");
    execute(format!("CREATE SCHEMA {schema}_plain; SET search_path = {schema}_plain")).await;
    plain_postgres(&client, stream).await;
    table("PostgreSQL", &store, now, async |question| {
        let columns: Vec<String> = question.groups.iter().map(|group| format!("{group}::text")).collect();
        let sql = question.sql("plain_events", &columns.iter().map(String::as_str).collect::<Vec<_>>());
        let rows = client.query(&sql, &[]).await.expect("valid SQL");
        let text = |row: &tokio_postgres::Row, index| row.get::<_, Option<String>>(index).unwrap_or_default();
        let lines = rows.iter().map(|row| {
            let group = (0..columns.len()).map(|index| text(row, index)).collect();
            let count: i64 = row.get(columns.len() + 1);
            ((group, text(row, columns.len())), count.cast_unsigned())
        });
        lines.collect()
    })
    .await;
    drop(store);
    execute(format!("DROP SCHEMA {schema} CASCADE; DROP SCHEMA {schema}_plain CASCADE")).await;
}

/// Writes the stream into a plain table, repeats dropped.
#[cfg(feature = "postgres")]
async fn plain_postgres(client: &tokio_postgres::Client, stream: &[Occurrence]) {
    const TEXTS: [&str; 11] = [
        "account", "message", "id", "type", "domain", "category", "stream", "mailbox", "provider", "country",
        "device",
    ];
    let columns = TEXTS.map(|column| format!("{column} text")).join(", ");
    let create =
        format!("CREATE TABLE plain_events ({columns}, at bigint, PRIMARY KEY (account, message, id))");
    client.batch_execute(&create).await.expect("a table");
    let arrays: Vec<String> = (1..=TEXTS.len()).map(|place| format!("${place}::text[]")).collect();
    let insert = format!(
        "INSERT INTO plain_events SELECT * FROM unnest({}, $12::bigint[]) ON CONFLICT DO NOTHING",
        arrays.join(", ")
    );
    let insert = client.prepare(&insert).await.expect("valid SQL");
    for batch in stream.chunks(5000) {
        let events: Vec<Event> = batch.iter().map(|occurrence| occurrence.event()).collect();
        let mut texts: [Vec<Option<String>>; 11] = Default::default();
        for event in &events {
            let (message, own) = (event.message_fields(), event.event_fields());
            let values = [
                Some(event.account().to_string()),
                Some(event.message().to_string()),
                Some(event.id().to_string()),
                Some(event.event_type().to_string()),
                message.domain.as_deref().map(str::to_owned),
                message.category.as_deref().map(str::to_owned),
                message.stream.map(|stream| stream.to_string()),
                message.mailbox.as_deref().map(str::to_owned),
                message.provider.as_deref().map(str::to_owned),
                own.country.as_deref().map(str::to_owned),
                own.device.as_deref().map(str::to_owned),
            ];
            texts.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        let at: Vec<i64> = events.iter().map(|event| event.at().timestamp_millis()).collect();
        let mut params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = Vec::new();
        params.extend(texts.iter().map(|column| column as &(dyn tokio_postgres::types::ToSql + Sync)));
        params.push(&at);
        client.execute(&insert, &params).await.expect("rows");
    }
    let index = "CREATE INDEX ON plain_events (account, at)";
    client.batch_execute(index).await.expect("an index");
    client.batch_execute("VACUUM ANALYZE plain_events").await.expect("analyzed");
}

fn main() {
    let messages = if env::args().any(|argument| argument == "--test") { 2_000 } else { 1_000_000 };
    let messages = env::var("MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(messages);
    let stream = occurrences(messages);
    let now = start() + Duration::days(DAYS.cast_signed() + 7);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(sqlite(&stream, now));
    #[cfg(feature = "postgres")]
    if let Ok(url) = env::var("MAILTALLY_POSTGRES") {
        runtime.block_on(postgres(&url, &stream, now));
    }
    #[cfg(feature = "clickhouse")]
    runtime.block_on(clickhouse::clickhouse(&stream, now));
}
