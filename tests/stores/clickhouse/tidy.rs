//! What no question reads is deleted, and nothing else.

use mailtally::store::{Retention, Sink};
use mailtally::{Event, Kind};

use super::{Servers, block_on};
use crate::common::at;

#[test]
fn rows_that_are_forgotten_or_given_up_leave_the_disk_and_answers_stay() {
    for servers in [Servers::old(), Servers::current()].into_iter().flatten() {
        let database = servers.database();
        block_on(async {
            let store = database.connect().await;
            store.record(&[Event::new("acme", "m-1", "e-1", Kind::Sent, at(0))]).await.unwrap();
            // Batches of long ago: one of two messages, one that forgets one of them, and one that was never complete.
            let insert = |message: &str, row: u8, batch: u8| {
                database.run(&format!(
                    "INSERT INTO {{db}}.events (account, message, id, row, batch, at, event_type, kind) SELECT 'acme', '{message}', \
                     'e', toUInt8({row}), toUInt64({batch}), toInt64(1770000000000), 'sent', 'sent'"
                ));
            };
            for (message, row, batch) in [("m-2", 0, 5), ("m-3", 0, 5), ("m-3", 2, 6), ("m-4", 0, 7)] {
                insert(message, row, batch);
            }
            for (batch, state, kind) in [(5, 2, 0), (6, 2, 1), (7, 3, 0)] {
                database.run(&format!(
                    "INSERT INTO {{db}}.batches (batch, state, kind) SELECT toUInt64({batch}), toUInt8({state}), toUInt8({kind})"
                ));
            }
            let store = {
                drop(store);
                database.connect().await
            };
            assert_eq!(super::events(&store).await, 2);
            store.tidy().await.unwrap();
            assert_eq!(super::events(&store).await, 2);
            let rows = database.run("SELECT message, row FROM {db}.events ORDER BY message");
            assert_eq!(rows, ["m-1\t0\nm-2\t0"]);
            assert!(!store.forget_message(&"acme".into(), &"m-3".into()).await.unwrap());
        });
    }
}
