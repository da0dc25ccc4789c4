//! The server, or a host that records, is killed at random instants: every batch that was acknowledged is there as a whole, no other
//! batch is there in part, and the sums are those of the messages.
//!
//! `MAILTALLY_KILLS` is how often; 10 by default.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mailtally::store::postgres::tokio_postgres::{self, NoTls};
use mailtally::store::{Sink, Timeline};
use mailtally::{PostgresOptions, PostgresStore};

use super::mail::{OWN_MESSAGES, batch, sent_and_delivered};
use super::runtime;
use super::server::Server;

/// The test that is run in a process of its own, and what tells it so.
const CHILD: &str = "stores::postgres::crashes::a_host_that_is_killed_is_a_process_of_its_own";
const CHILD_OF: &str = "MAILTALLY_CHILD_OF";

/// The name by which its connections are known.
const NAME: &str = "killed";

fn kills() -> usize {
    std::env::var("MAILTALLY_KILLS").ok().map_or(10, |kills| kills.parse().unwrap())
}

/// Returns instants that are the same in each run, in milliseconds.
fn delays() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9E37_79B9_7F4A_7C15_u64), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    })
    .map(|state| state % 250)
}

/// Returns whether a batch is there; panics if a part of it is.
async fn is_there(store: &PostgresStore, number: usize) -> bool {
    let mut found = 0;
    for event in batch(number).iter().step_by(2) {
        let events = store.events(event.account(), event.message()).await.unwrap();
        found += events.iter().filter(|event| batch(number).contains(event)).count();
    }
    assert!(found == 0 || found == 2 * (OWN_MESSAGES + 4), "batch {number} has {found} events");
    found > 0
}

/// Waits until the server has closed the connections of the host that was killed.
async fn wait_until_gone(server: &Server) {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    while client.query_one(count, &[&NAME]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Checks batches of which the first were acknowledged.
async fn check(store: &PostgresStore, first: usize, acknowledged: usize, last: usize) {
    for number in first..last {
        let is_there = is_there(store, number).await;
        assert!(is_there || number >= acknowledged, "batch {number} is lost");
    }
    let (sent, delivered) = sent_and_delivered(store).await.unwrap();
    assert_eq!(sent, delivered);
    assert_eq!(store.verify_sums().await.unwrap(), []);
}

#[test]
fn a_server_that_is_killed_loses_nothing_that_it_acknowledged() {
    let Some(mut server) = Server::start(&[]) else { return };
    runtime().block_on(async {
        let options = PostgresOptions::new(&server.url()).unwrap();
        let store = PostgresStore::connect(options).await.unwrap();
        let mut next = 0;
        for delay in delays().take(kills()) {
            let acknowledged = Arc::new(AtomicUsize::new(next));
            let writer = tokio::spawn({
                let (store, acknowledged) = (store.clone(), Arc::clone(&acknowledged));
                async move {
                    for number in next.. {
                        if let Err(error) = store.record(&batch(number)).await {
                            return (number, error);
                        }
                        acknowledged.store(number + 1, Ordering::SeqCst);
                    }
                    unreachable!("the server is killed")
                }
            });
            tokio::time::sleep(Duration::from_millis(delay)).await;
            server.kill();
            let (failed, _) = writer.await.unwrap();
            server.start_again();
            check(&store, next, acknowledged.load(Ordering::SeqCst), failed + 1).await;
            next = failed + 1;
        }
        let mut all = 0;
        for number in 0..next {
            all += u64::from(is_there(&store, number).await);
        }
        let own = all * (OWN_MESSAGES as u64 + 4);
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (own, own));
        println!("{} kills, {next} batches, of which {all} are there", kills());
    });
}

#[test]
fn a_host_that_is_killed_loses_nothing_that_was_acknowledged() {
    let Some(server) = Server::start(&[]) else { return };
    runtime().block_on(async {
        let options = PostgresOptions::new(&server.url()).unwrap();
        let store = PostgresStore::connect(options).await.unwrap();
        let mut next = 0;
        for delay in delays().take(kills()) {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", CHILD, "--nocapture"])
                .env(CHILD_OF, format!("{next} {}?application_name={NAME}", server.url()))
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            // It is killed some time after it is ready.
            let is_ready = |line: &Result<String, _>| line.as_ref().unwrap().ends_with("ready");
            assert!(lines.by_ref().any(|line| is_ready(&line)));
            std::thread::sleep(Duration::from_millis(delay));
            child.kill().unwrap();
            child.wait().unwrap();
            let numbers =
                lines.filter_map(|line| line.ok()?.strip_prefix("recorded ")?.parse::<usize>().ok());
            let acknowledged = numbers.last().map_or(next, |last| last + 1);
            // The batch after those can be there, too, once the server is done with what it was sent.
            wait_until_gone(&server).await;
            check(&store, next, acknowledged, acknowledged + 1).await;
            next = acknowledged + 1;
        }
        println!("{} kills, {next} batches", kills());
    });
}

/// Records until it is killed, if it is run by the test above.
#[test]
fn a_host_that_is_killed_is_a_process_of_its_own() {
    let Ok(told) = std::env::var(CHILD_OF) else { return };
    let (first, url) = told.split_once(' ').unwrap();
    let first: usize = first.parse().unwrap();
    runtime().block_on(async {
        let store = PostgresStore::connect(PostgresOptions::new(url).unwrap()).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "ready").unwrap();
        for number in first.. {
            store.record(&batch(number)).await.unwrap();
            // In one write, so that a line is told whole or not at all.
            out.write_all(format!("recorded {number}\n").as_bytes()).unwrap();
            out.flush().unwrap();
        }
    });
}
