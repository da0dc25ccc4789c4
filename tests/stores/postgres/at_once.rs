//! Several hosts write and read at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use mailtally::conformance::RandomMail;
use mailtally::store::{Plan, Recorded, Sink, Store};
use mailtally::{Event, MemoryStore, PostgresStore};

use super::mail::{batch, sent_and_delivered, sorted};
use super::{Schema, runtime, url};
use crate::common::{at, run};

const WRITERS: u64 = 8;

/// Records batches in an order of its own, some of them twice. Returns how many events were new.
async fn write(store: PostgresStore, batches: Arc<Vec<Vec<Event>>>, seed: u64) -> u64 {
    let mut mail = RandomMail::new(seed);
    let mut order: Vec<usize> = (0..batches.len()).chain((0..batches.len()).step_by(5)).collect();
    mail.shuffle(&mut order);
    let mut new = 0;
    for index in order {
        let mut events = batches[index].clone();
        mail.shuffle(&mut events);
        let Recorded { new: more, .. } = store.record(&events).await.unwrap();
        new += more;
    }
    new
}

/// Returns how many deadlocks the server has ended in the database.
fn deadlocks(schema: &Schema) -> i64 {
    // What closed connections did is told soon after.
    std::thread::sleep(std::time::Duration::from_secs(1));
    schema.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

/// Returns all events of batches in a store in memory.
fn reference(batches: &[Vec<Event>]) -> MemoryStore {
    let store = MemoryStore::new();
    for events in batches {
        run(store.record(events)).unwrap();
    }
    store
}

#[test]
fn eight_writers_of_the_same_mail_and_four_readers_lead_to_the_numbers_of_one_writer() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    let batches: Arc<Vec<_>> = Arc::new((0..30).map(batch).collect());
    let deadlocks_before = deadlocks(&schema);
    let is_over = Arc::new(AtomicBool::new(false));
    let reads = Arc::new(AtomicU64::new(0));
    runtime().block_on(async {
        // Two hosts.
        let hosts = [
            PostgresStore::connect(schema.options()).await.unwrap(),
            PostgresStore::connect(schema.options()).await.unwrap(),
        ];
        let writers: Vec<_> = (0..WRITERS)
            .map(|seed| {
                let host = hosts[usize::from(seed % 2 == 0)].clone();
                tokio::spawn(write(host, Arc::clone(&batches), seed))
            })
            .collect();
        let readers: Vec<_> = (0..4)
            .map(|reader| {
                let (host, is_over, reads) =
                    (hosts[reader % 2].clone(), Arc::clone(&is_over), Arc::clone(&reads));
                tokio::spawn(async move {
                    while !is_over.load(Ordering::Relaxed) {
                        let (sent, delivered) = sent_and_delivered(&host).await.unwrap();
                        assert_eq!(sent, delivered, "each batch has as many of both");
                        reads.fetch_add(1, Ordering::Relaxed);
                        if reader >= 2 {
                            host.merge_sums().await.unwrap();
                        }
                    }
                })
            })
            .collect();
        let mut new = 0;
        for writer in writers {
            new += writer.await.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        let distinct: usize = batches.iter().map(Vec::len).sum();
        assert_eq!(new, distinct as u64, "each event is new once");
        let (sent, _) = sent_and_delivered(&hosts[0]).await.unwrap();
        assert_eq!(sent, distinct as u64 / 2);
        assert_eq!(hosts[0].verify_sums().await.unwrap(), []);
        assert!(reads.load(Ordering::Relaxed) > 0);
    });
    assert_eq!(deadlocks(&schema), deadlocks_before, "writers wait for each other in an order");
}

#[test]
fn writers_of_random_mail_lead_to_the_numbers_of_the_store_in_memory() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    let mut mail = RandomMail::new(7);
    let batches: Vec<Vec<Event>> = (0..12).map(|_| mail.events(60)).collect();
    let reference = reference(&batches);
    let plans: Vec<Plan> = (0..40).filter_map(|_| mail.query().plan(at(9 * 86_400)).ok()).collect();
    assert!(plans.len() > 20);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        let batches = Arc::new(batches);
        let writers: Vec<_> =
            (0..WRITERS).map(|seed| tokio::spawn(write(store.clone(), Arc::clone(&batches), seed))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let mut compared = 0;
        for plan in plans {
            // Some are refused by both, because they have too many rows.
            let plan = [plan];
            let (found, expected) = (store.count(&plan).await, reference.count(&plan).await);
            if let (Ok(found), Ok(expected)) = (found, expected) {
                assert_eq!(sorted(found.rows), sorted(expected.rows));
                compared += 1;
            }
        }
        assert!(compared > 20);
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}

#[test]
fn two_hosts_can_make_the_tables_at_once() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let hosts: Vec<_> = (0..6).map(|_| tokio::spawn(PostgresStore::connect(schema.options()))).collect();
        for host in hosts {
            host.await.unwrap().unwrap();
        }
    });
}
