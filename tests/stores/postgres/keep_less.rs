//! Thinning and forgetting beside writers, and after calls that were interrupted.

use mailtally::store::{Retention, Sink, Store, Thinned, Timeline};
use mailtally::{Period, PostgresStore, Query, Resolution, Scope};

use super::failures::{client, wait_for_busy, wait_for_waiting};
use super::mail::{batch, sent_and_delivered, sorted};
use super::{Schema, runtime, url};
use crate::common::at;

#[test]
fn thinning_and_forgetting_beside_writers_keep_the_sums_of_the_messages() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options().max_connections(6)).await.unwrap();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for number in (0..24).filter(|number| number % 4 == writer) {
                        // Each batch is 16 days after the one before.
                        store.record(&batch(number * 1440 * 16)).await.unwrap();
                    }
                })
            })
            .collect();
        for days in [20, 100, 200] {
            let thinned = Thinned { before: at(days * 86_400), resolution: Resolution::Day };
            store.thin(thinned).await.unwrap();
            store.forget_message(&"acme".into(), &"shared-0".into()).await.unwrap();
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(store.verify_sums().await.unwrap(), []);
        let plan = Query::new(Scope::All, Period::all()).plan(at(0)).unwrap();
        let plan = [plan];
        let before = sorted(store.count(&plan).await.unwrap().rows);
        let thinned = Thinned { before: at(200 * 86_400), resolution: Resolution::Month };
        for _ in 0..2 {
            store.thin(thinned).await.unwrap();
            assert_eq!(sorted(store.count(&plan).await.unwrap().rows), before);
        }
        assert_eq!(store.verify_sums().await.unwrap(), []);
        store.rebuild_sums().await.unwrap();
        assert_eq!(sorted(store.count(&plan).await.unwrap().rows), before);
    });
}

#[test]
fn what_an_interrupted_call_left_of_an_account_is_removed_by_the_next_one() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        store.record(&batch(1)).await.unwrap();
        // As far as the first of its transactions.
        schema.run(
            "INSERT INTO forgotten SELECT a FROM accounts WHERE account = 'acme';
             DELETE FROM sums WHERE a IN (SELECT a FROM forgotten);
             DELETE FROM recent_sums WHERE a IN (SELECT a FROM forgotten);
             DELETE FROM accounts WHERE account = 'acme'",
        );
        let events: Vec<_> =
            batch(1).into_iter().filter(|event| event.account().as_str() == "globex").collect();
        let of_globex = events.len() as u64 / 2;
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (of_globex, of_globex));
        // It can come back meanwhile.
        store.record(&batch(1)).await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
        assert_eq!(store.forget_account(&"initech".into()).await.unwrap(), 0);
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
    // Each message has an account, and nothing is left to do.
    assert_eq!(schema.number("SELECT count(*) FROM messages"), 12);
    assert_eq!(schema.number("SELECT count(*) FROM messages JOIN accounts USING (a)"), 12);
    assert_eq!(schema.number("SELECT count(*) FROM forgotten"), 0);
}

#[test]
fn thinning_waits_for_batches_that_are_being_recorded() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        let other = client(&url, &schema).await;
        // The batch has read what is thinned, and written its messages.
        other.batch_execute("BEGIN; LOCK TABLE recent_sums IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let recording = tokio::spawn({
            let store = store.clone();
            async move { store.record(&batch(1)).await }
        });
        wait_for_busy(&other, 1).await;
        let thinning = tokio::spawn({
            let store = store.clone();
            let thinned = Thinned { before: at(86_400), resolution: Resolution::Day };
            async move { store.thin(thinned).await }
        });
        wait_for_waiting(&other, "thinned").await;
        other.batch_execute("COMMIT").await.unwrap();
        assert_eq!(recording.await.unwrap().unwrap().new, 24);
        thinning.await.unwrap().unwrap();
        let event = &batch(1)[0];
        assert_eq!(store.events(event.account(), event.message()).await.unwrap(), []);
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}

#[test]
fn who_merges_sums_waits_for_no_other_that_does() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        let of_one = |number| -> Vec<_> {
            batch(number).into_iter().filter(|event| event.account().as_str() == "acme").collect()
        };
        store.record(&of_one(1)).await.unwrap();
        let other = client(&url, &schema).await;
        // The merge has taken the recent sums, and waits for those by day.
        other.batch_execute("BEGIN; LOCK TABLE sums IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let merging = tokio::spawn({
            let store = store.clone();
            async move { store.merge_sums().await }
        });
        wait_for_waiting(&other, "sums").await;
        store.record(&of_one(2)).await.unwrap();
        store.merge_sums().await.unwrap();
        other.batch_execute("COMMIT").await.unwrap();
        merging.await.unwrap().unwrap();
        assert_eq!(store.verify_sums().await.unwrap(), []);
        store.merge_sums().await.unwrap();
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
    assert_eq!(schema.number("SELECT count(*) FROM recent_sums"), 0);
}

#[test]
fn recent_sums_are_merged_once_they_are_many_also_those_of_a_host_that_is_gone() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        for numbers in [0..200, 200..300] {
            let store = PostgresStore::connect(schema.options()).await.unwrap();
            for number in numbers {
                store.record(&batch(number)).await.unwrap();
            }
            assert_eq!(sent_and_delivered(&store).await.unwrap().0 % 12, 0);
            assert_eq!(store.verify_sums().await.unwrap(), []);
        }
    });
    assert!(schema.number("SELECT count(*) FROM sums") > 0);
    assert!(schema.number("SELECT count(*) FROM recent_sums") < 2 * 256);
}
