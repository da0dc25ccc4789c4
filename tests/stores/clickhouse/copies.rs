//! Repeats and copies that differ vanish at read, also while nothing is merged.

use std::collections::BTreeSet;

use mailtally::message::Message;
use mailtally::store::{Sink, Store, Timeline};
use mailtally::{By, Dimension, Event, EventType, Kind, Period, Query, Scope};

use super::{Servers, block_on};
use crate::common::at;

/// Returns an event with one of several contents, by the number of its copy.
fn copy(message: usize, id: usize, copy: usize) -> Event {
    let types = [EventType::OpenedPerson, EventType::Opened, EventType::DeliveredSmtp];
    let second = (message * 7 + id * 3 + [0, 0, 5, 0][copy % 4]) as i64;
    let event =
        Event::new("acme", format!("m-{message}"), format!("e-{id}"), types[(id + copy / 3) % 3], at(second));
    event.domain(["b.example", "a.example", ""][copy % 3]).country(["DE", "", "US"][(copy + id) % 3])
}

#[test]
fn copies_of_writers_that_do_not_know_of_each_other_vanish() {
    for servers in Servers::all() {
        let database = servers.database();
        let counted = block_on(async {
            let first = database.connect().await;
            let mut all = Vec::new();
            let mut handles = Vec::new();
            for writer in 0..6 {
                let events: Vec<Event> =
                    (0..5).flat_map(|message| (0..4).map(move |id| copy(message, id, writer))).collect();
                all.extend(events.clone());
                let store = database.connect().await;
                handles.push(tokio::spawn(async move { store.record(&events).await.unwrap() }));
            }
            for handle in handles {
                handle.await.unwrap();
            }
            let query = Query::new(Scope::All, Period::all()).by(Dimension::Domain).by(Dimension::Country);
            let plans = [
                query.clone().plan(at(0)).unwrap(),
                Query::new(Scope::All, Period::between(at(0), at(86_400))).by(By::Date).plan(at(0)).unwrap(),
            ];
            let counted = first.count(&plans).await.unwrap();
            for (plan, found) in plans.iter().zip(counted.rows) {
                let mut found = found;
                found.sort_by(|one, other| (one.bucket, &one.group).cmp(&(other.bucket, &other.group)));
                assert_eq!(found, plan.tally(all.iter().cloned()).unwrap(), "{servers:?}");
            }
            for ((account, id), message) in Message::collect(all.iter().cloned()) {
                let expected: Vec<Event> =
                    message.history().iter().map(|entry| entry.event.clone()).collect();
                assert_eq!(first.events(&account, &id).await.unwrap(), expected);
            }
            all.len()
        });
        assert_eq!(counted, 120);
    }
}

#[test]
fn rows_of_a_batch_that_is_not_complete_do_not_count() {
    for servers in Servers::all() {
        let database = servers.database();
        block_on(async {
            let store = database.connect().await;
            store.record(&[copy(1, 1, 0)]).await.unwrap();
            // A batch of a process that stopped before it was complete.
            let far = (u64::MAX / 2).to_string();
            database.run(&format!(
                "INSERT INTO {{db}}.events (account, message, id, batch, at, event_type) \
                 SELECT 'acme', 'm-9', 'e-9', toUInt64({far}), toInt64(1770000000000), 'sent'"
            ));
            assert_eq!(super::events(&store).await, 1);
            assert!(store.events(&"acme".into(), &"m-9".into()).await.unwrap().is_empty());
            let sent = Event::new("acme", "m-9", "e-9", Kind::Sent, at(0));
            assert_eq!(store.record(&[sent]).await.unwrap().new, 1, "it is not known");
        });
    }
}

#[test]
fn shards_have_different_messages_and_all_of_them_are_found_through_the_distributed_table() {
    let Some(servers) = Servers::cluster() else { return };
    let database = servers.database();
    block_on(async {
        let store = database.connect().await;
        let events: Vec<Event> = (0..60).map(|message| copy(message, 1, 0)).collect();
        store.record(&events).await.unwrap();
        let counts = database.run("SELECT uniqExact(message) FROM {db}.events");
        assert!(counts.iter().all(|count| count.parse::<u32>().unwrap() > 10), "{counts:?}");
        let all: BTreeSet<String> =
            database.run("SELECT uniqExact(message) FROM {db}.events_all").into_iter().collect();
        assert_eq!(all, ["60".to_owned()].into());
        // The table places a row where the store looks for it.
        let per_shard = database.run("SELECT sum(hash % 2), count() FROM {db}.events");
        assert!(per_shard[0].starts_with("0\t"), "{per_shard:?}");
    });
}
