//! The store in ClickHouse: its answers are those of the store in memory, and its times stand beside those of plain SQL over a
//! table of events on the first of its servers.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use chrono::{DateTime, Utc};
use mailtally::store::clickhouse::ClickHouseOptions;
use mailtally::store::{Group, Row, Store};
use mailtally::{ClickHouseStore, Counts, MemoryStore};

use super::stream::Occurrence;
use super::{Lines, record, table};

#[path = "../../examples/workload/questions.rs"]
mod questions;

/// The number of events of a batch. ClickHouse wants few large ones.
const BATCH: usize = 20_000;

/// Measures the store on servers, whose URLs are separated by commas, in a database of its own, which is removed. Several
/// servers are the shards of a cluster `mailtally`.
pub(crate) async fn clickhouse(name: &str, urls: &str, stream: &[Occurrence], now: DateTime<Utc>) {
    let nodes: Vec<&str> = urls.split(',').collect();
    let database = format!("bench_{}", std::process::id());
    let (options, events) = match nodes[..] {
        [only] => (ClickHouseOptions::new(only), "events"),
        _ => (ClickHouseOptions::cluster("mailtally", nodes.iter().copied()), "events_all"),
    };
    let store = ClickHouseStore::connect(options.database(&*database)).await.expect("the servers answer");
    record(name, &store, stream, BATCH).await;
    check_answers(&store, stream, now).await;
    // All copies of an event are equal.
    let create = format!(
        "CREATE TABLE {database}.plain_events ENGINE = MergeTree ORDER BY (account, at) AS SELECT account, event_type AS type, at, \
         domain, category, stream, mailbox, provider, country, device FROM {database}.{events} LIMIT 1 BY account, message, id"
    );
    post(nodes[0], &create);
    table(name, &store, now, async |question| {
        let sql = question.sql(question.groups).replace("plain_events", &format!("{database}.plain_events"));
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
async fn check_answers(store: &ClickHouseStore, stream: &[Occurrence], now: DateTime<Utc>) {
    let reference = MemoryStore::new();
    reference.extend(stream.iter().map(|occurrence| occurrence.event())).expect("recorded");
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
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).expect("the server answers");
    let request = format!("POST / HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{sql}", sql.len());
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
    assert_eq!(head.split(' ').nth(1), Some("200"), "{sql}: {body}");
    body.to_owned()
}
