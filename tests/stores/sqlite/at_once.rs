//! Many writers and readers at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mailtally::store::{Sink, Store};
use mailtally::{Dimension, Event, Kind, Metric, Period, Query, Scope, SqliteStore};

use super::{File, check_all};
use crate::common::{at, run};

/// The number of batches, each of one message with an equal number of sent and delivered events.
const BATCHES: u64 = 60;

fn batch(number: u64) -> Vec<Event> {
    let event = |index: u64| {
        let (kind, second) =
            if index.is_multiple_of(2) { (Kind::Sent, index) } else { (Kind::Delivered, index + 40) };
        let account = if number.is_multiple_of(3) { "globex" } else { "acme" };
        let at = at(i64::try_from(number * 5000 + second).unwrap());
        let event = Event::new(account, format!("m-{}", number % 25), format!("{number}-{index}"), kind, at);
        event.domain(format!("{}.example", number % 4)).category("news")
    };
    (0..20).map(event).collect()
}

#[test]
fn eight_writers_and_four_readers_see_whole_batches_and_end_with_the_numbers_of_the_reference() {
    let file = File::new();
    let store = SqliteStore::open(file.path()).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = &store;
                scope.spawn(move || {
                    // Each writer records two thirds of the batches, in an order of its own, some of them twice.
                    for step in 0..BATCHES {
                        let number = (step * 7 + writer * 11) % BATCHES;
                        if !(number + writer).is_multiple_of(3) {
                            let mut events = batch(number);
                            events.rotate_left(usize::try_from(step % 20).unwrap());
                            let times = if step.is_multiple_of(10) { 2 } else { 1 };
                            for _ in 0..times {
                                run(store.record(&events)).unwrap();
                            }
                        }
                    }
                })
            })
            .collect();
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    check_balance(&store);
                }
            });
        }
        for writer in writers {
            writer.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let events: Vec<Event> = (0..BATCHES).flat_map(batch).collect();
    check_all(&store, &events);
    assert_eq!(run(store.verify_sums()).unwrap(), []);
}

/// Checks that as many messages were sent as delivered in every answer, from sums and from messages.
fn check_balance(store: &SqliteStore) {
    let all = Query::new(Scope::All, Period::all());
    let queries =
        [all.clone(), all.clone().by(Dimension::Domain), all.by(Dimension::Domain).by(Dimension::Category)];
    let plans: Vec<_> = queries.iter().map(|query| query.plan(at(0)).unwrap()).collect();
    let counted = run(store.count(&plans)).unwrap();
    let sums = counted.rows.iter().map(|rows| {
        let sum = |kind| rows.iter().map(|row| row.counts.value(Metric::Total(kind))).sum::<u64>();
        (sum(Kind::Sent), sum(Kind::Delivered))
    });
    let sums: Vec<_> = sums.collect();
    assert!(sums.iter().all(|(sent, delivered)| sent == delivered && sent % 10 == 0), "{sums:?}");
    assert!(sums.windows(2).all(|two| two[0] == two[1]), "{sums:?}");
}
