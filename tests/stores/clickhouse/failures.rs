//! Servers that are away, and tables of other versions.

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use mailtally::ClickHouseStore;
use mailtally::store::StoreError;
use mailtally::store::clickhouse::{ClickHouseError, ClickHouseOptions};
use mailtally::store::{Sink, Timeline};
use mailtally::{Event, Kind};

use super::{Servers, block_on};
use crate::common::at;

fn cause(error: &StoreError) -> &ClickHouseError {
    error.source().and_then(|source| source.downcast_ref()).unwrap_or_else(|| panic!("{error:?}"))
}

#[test]
fn a_server_that_refuses_connections_is_an_error_that_names_it() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let error = block_on(ClickHouseStore::connect(ClickHouseOptions::new(&*url))).unwrap_err();
    let ClickHouseError::Request { node, .. } = cause(&error) else { panic!("{error:?}") };
    assert_eq!(*node, url);
    assert_eq!(error.to_string(), "the clickhouse store failed");
}

#[test]
fn a_server_that_never_answers_is_an_error_within_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let limit = Duration::from_millis(300);
    let error = block_on(ClickHouseStore::connect(ClickHouseOptions::new(url).timeout(limit))).unwrap_err();
    assert!(
        matches!(cause(&error), ClickHouseError::TimedOut { limit: found, .. } if *found == limit),
        "{error:?}"
    );
}

#[test]
fn a_name_that_is_none_and_no_server_are_errors() {
    let connect = |options| block_on(ClickHouseStore::connect(options)).unwrap_err();
    let error = connect(ClickHouseOptions::new("http://127.0.0.1:1").database("a`b"));
    assert!(matches!(cause(&error), ClickHouseError::Name { what: "database", .. }), "{error:?}");
    let error = connect(ClickHouseOptions::cluster("c", Vec::<String>::new()));
    assert!(matches!(cause(&error), ClickHouseError::NoNodes), "{error:?}");
}

#[test]
fn tables_of_a_later_version_are_refused() {
    for servers in Servers::all() {
        let database = servers.database();
        let error = block_on(async {
            drop(database.connect().await);
            database.run("INSERT INTO {db}.versions (version) SELECT 99");
            ClickHouseStore::connect(database.options()).await.unwrap_err()
        });
        assert!(matches!(cause(&error), ClickHouseError::NewerSchema { found: 99, known: 2 }), "{error:?}");
    }
}

#[test]
fn tables_of_the_first_version_get_what_they_lack_and_keep_their_events() {
    for servers in Servers::all() {
        let database = servers.database();
        block_on(async {
            let store = database.connect().await;
            let event = Event::new("acme", "m-1", "e-1", Kind::Sent, at(0)).domain("a.example");
            store.record(std::slice::from_ref(&event)).await.unwrap();
            drop(store);
            for sql in [
                "ALTER TABLE {db}.events DROP COLUMN seen",
                "ALTER TABLE {db}.events DROP COLUMN status",
                "DROP TABLE {db}.sums",
                "DROP TABLE {db}.versions",
                "CREATE TABLE {db}.versions (version UInt32, at DateTime DEFAULT now()) ENGINE = MergeTree \
                 PARTITION BY tuple() ORDER BY version",
                "INSERT INTO {db}.versions (version) SELECT 1",
            ] {
                database.run(sql);
            }
            let store = database.connect().await;
            assert_eq!(
                store.events(&"acme".into(), &"m-1".into()).await.unwrap(),
                std::slice::from_ref(&event)
            );
            assert_eq!(store.record(&[event]).await.unwrap().repeats, 1);
            assert_eq!(super::events(&store).await, 1);
            assert_eq!(database.run("SELECT max(version) FROM {db}.versions")[0], "2");
        });
    }
}
