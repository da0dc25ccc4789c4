//! Measures the store in ClickHouse beside plain SQL over a table of events on the first of its servers, and asserts that its
//! answers are those of the store in memory.

use std::collections::BTreeMap;
use std::env;

use chrono::{DateTime, Utc};
use mailtally::store::clickhouse::ClickHouseOptions;
use mailtally::store::{Group, Row, Store};
use mailtally::{ClickHouseStore, Counts, MemoryStore};

use super::stream::Occurrence;
use super::{Lines, record, table};

#[path = "../../examples/workload/questions.rs"]
mod questions;
#[path = "../../tests/stores/clickhouse_server.rs"]
mod server;

/// The number of events of a batch. ClickHouse wants few large ones.
const BATCH: usize = 20_000;

/// Measures each kind of server of which a variable has the URLs.
pub(crate) async fn clickhouse(stream: &[Occurrence], now: DateTime<Utc>) {
    let kinds = [
        ("ClickHouse", "MAILTALLY_CLICKHOUSE"),
        ("ClickHouse, two shards", "MAILTALLY_CLICKHOUSE_NODES"),
        ("ClickHouse, today's engine", "MAILTALLY_CLICKHOUSE_CURRENT"),
    ];
    let kinds: Vec<(&str, String)> =
        kinds.into_iter().filter_map(|(name, variable)| Some((name, env::var(variable).ok()?))).collect();
    if kinds.is_empty() {
        return;
    }
    let reference = MemoryStore::new();
    reference.extend(stream.iter().map(|occurrence| occurrence.event())).expect("recorded");
    for (name, urls) in kinds {
        measure(name, &urls, stream, &reference, now).await;
    }
}

/// Measures the store on servers, whose URLs are separated by commas, in a database of its own, which is removed. Several
/// servers are the shards of a cluster `mailtally`.
async fn measure(name: &str, urls: &str, stream: &[Occurrence], reference: &MemoryStore, now: DateTime<Utc>) {
    let nodes: Vec<&str> = urls.split(',').collect();
    let database = format!("bench_{}", std::process::id());
    let (options, events) = match nodes[..] {
        [only] => (ClickHouseOptions::new(only), "events"),
        _ => (ClickHouseOptions::cluster("mailtally", nodes.iter().copied()), "events_all"),
    };
    let store = ClickHouseStore::connect(options.database(&*database)).await.expect("the servers answer");
    record(name, &store, stream, BATCH).await;
    check_answers(&store, reference, now).await;
    // All copies of an event are equal.
    let create = format!(
        "CREATE TABLE {database}.plain_events ENGINE = MergeTree ORDER BY (account, at) AS SELECT account, event_type AS type, at, \
         domain, category, stream, mailbox, provider, country, device FROM {database}.{events} LIMIT 1 BY account, message, id"
    );
    post(nodes[0], &create);
    table(name, &store, now, async |question| {
        let sql = question.sql(&format!("{database}.plain_events"), question.groups);
        let answer = post(nodes[0], &format!("{sql} FORMAT TabSeparated"));
        let line = |line: &str| {
            let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let count = columns.pop().and_then(|count| count.parse().ok()).expect("a count");
            let event_type = columns.pop().expect("an event type");
            ((columns, event_type), count)
        };
        answer.lines().map(line).collect::<Lines>()
    })
    .await;
    drop(store);
    nodes.iter().for_each(|node| drop(post(node, &format!("DROP DATABASE {database}"))));
}

/// Asserts that the questions of `examples/workload` have the answers of the store in memory.
async fn check_answers(store: &ClickHouseStore, reference: &MemoryStore, now: DateTime<Utc>) {
    for question in questions::Question::ALL {
        let plan = [question.query(now).plan(now).expect("a valid query")];
        let expected = sum(&reference.count(&plan).await.expect("an answer").rows[0]);
        let found = sum(&store.count(&plan).await.expect("an answer").rows[0]);
        assert!(found == expected, "{question:?}");
        println!("{}: {} rows, equal to those in memory", question.name(), found.len());
    }
}

/// Adds the rows of each bucket and group.
fn sum(rows: &[Row]) -> BTreeMap<(usize, Group), Counts> {
    let mut sums: BTreeMap<_, Counts> = BTreeMap::new();
    for row in rows {
        sums.entry((row.bucket, row.group.clone())).or_default().add(&row.counts).expect("small sums");
    }
    sums.retain(|_, counts| !counts.is_zero());
    sums
}

/// Runs a statement, and returns the answer as text.
fn post(url: &str, sql: &str) -> String {
    server::post(url, sql).expect("valid SQL")
}
