//! Files that cannot be used, and processes that end in the middle.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use mailtally::conformance::RandomMail;
use mailtally::message::AccountId;
use mailtally::store::{Sink, Store, StoreError, Timeline};
use mailtally::{Event, Kind, Metric, Period, Query, Scope, SqliteStore};

use super::{File, check_all};
use crate::common::{at, run};

/// Returns an error with all of its causes.
fn causes(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

fn refused(file: &File) -> String {
    causes(&SqliteStore::open(file.path()).unwrap_err())
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let file = File::new();
    std::fs::write(file.path(), "no database at all, but some kilobytes of text. ".repeat(100)).unwrap();
    assert!(
        refused(&file).starts_with("the SQLite store failed: file is not a database"),
        "{}",
        refused(&file)
    );
}

#[test]
fn the_database_of_another_program_is_refused_and_stays_as_it_is() {
    let file = File::new();
    let other = rusqlite::Connection::open(file.path()).unwrap();
    other.execute_batch("CREATE TABLE theirs (x); CREATE TABLE more (y);").unwrap();
    let expected =
        "the SQLite store failed: the database is not one of mailtally: it has 2 tables and no version";
    assert_eq!(refused(&file), expected);
    let tables = "SELECT count(*) FROM sqlite_schema";
    assert_eq!(other.query_row(tables, [], |row| row.get::<_, i64>(0)), Ok(2));
}

#[test]
fn tables_of_a_newer_version_are_refused() {
    let file = File::new();
    drop(SqliteStore::open(file.path()).unwrap());
    let other = rusqlite::Connection::open(file.path()).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    let expected = "tables of version 99, expected at most 3: a newer version of mailtally made it";
    assert!(refused(&file).ends_with(expected), "{}", refused(&file));
}

#[test]
fn a_folder_that_does_not_exist_is_an_error_with_its_cause() {
    let error = SqliteStore::open("/nowhere/at/all/mail.sqlite").unwrap_err();
    assert!(causes(&error).contains("unable to open database file"), "{}", causes(&error));
    assert!(!error.is_client_error());
}

fn sent(message: &str, second: i64) -> Event {
    Event::new("acme", message, "1", Kind::Sent, at(second)).domain("a.example")
}

#[test]
fn a_full_disk_is_an_error_after_which_everything_is_as_before() {
    let file = File::new();
    let store = SqliteStore::open(file.path()).unwrap();
    run(store.record(&[sent("m-0", 0)])).unwrap();
    let small = rusqlite::Connection::open(file.path()).unwrap();
    // The limit of pages belongs to a connection, so a trigger simulates the full disk.
    small
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON messages WHEN NEW.message = 'm-9'
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
        )
        .unwrap();
    let batch: Vec<Event> = (1..20).map(|number| sent(&format!("m-{number}"), number)).collect();
    let error = run(store.record(&batch)).unwrap_err();
    assert!(
        causes(&error).starts_with("the SQLite store failed: database or disk is full"),
        "{}",
        causes(&error)
    );
    assert_eq!(total(&store), 1);
    assert_eq!(run(store.verify_sums()).unwrap(), []);
    small.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(run(store.record(&batch)).unwrap().new, 19);
    assert_eq!(total(&store), 20);
}

fn total(store: &SqliteStore) -> u64 {
    let plan = Query::new(Scope::All, Period::all()).plan(at(0)).unwrap();
    let counted = run(store.count(std::slice::from_ref(&plan))).unwrap();
    counted.rows.iter().flatten().map(|row| row.counts.value(Metric::Total(Kind::Sent))).sum()
}

#[test]
fn two_processes_can_have_the_file_open() {
    let file = File::new();
    let (one, other) = (SqliteStore::open(file.path()).unwrap(), SqliteStore::open(file.path()).unwrap());
    for number in 0..40 {
        let store = if number % 2 == 0 { &one } else { &other };
        run(store.record(&[sent(&format!("m-{}", number % 30), number)])).unwrap();
        if number % 7 == 0 {
            run(one.merge_sums()).unwrap();
        }
    }
    assert_eq!((total(&one), total(&other)), (30, 30));
    assert_eq!(run(other.verify_sums()).unwrap(), []);
    let events = run(one.events(&"acme".into(), &"m-3".into())).unwrap();
    assert_eq!(events.len(), 1);
}

#[test]
fn sums_that_were_changed_by_others_are_found_and_made_anew() {
    let file = File::new();
    let store = SqliteStore::open(file.path()).unwrap();
    let events = RandomMail::new(7).events(300);
    run(store.record(&events)).unwrap();
    run(store.merge_sums()).unwrap();
    assert_eq!(run(store.verify_sums()).unwrap(), []);
    let other = rusqlite::Connection::open(file.path()).unwrap();
    let changed = other.execute("DELETE FROM sums WHERE rowid % 3 = 0", []).unwrap();
    assert!(changed > 10, "{changed}");
    assert_ne!(run(store.verify_sums()).unwrap(), []);
    run(store.rebuild_sums()).unwrap();
    assert_eq!(run(store.verify_sums()).unwrap(), []);
    check_all(&store, &events);
}

/// The variable that makes this program the process that is killed.
const CHILD: &str = "MAILTALLY_SQLITE_CHILD";

/// The number of times that the process is killed; `MAILTALLY_KILLS` sets another.
const KILLS: u64 = 10;

/// The batches of a process: each has a message for each of ten numbers, with as many events as the number of the batch is large.
fn batch(number: u64) -> Vec<Event> {
    let event = |index: u64| {
        let message = format!("m-{}", (number * 7 + index) % 500);
        let event = Event::new(
            "acme",
            message,
            format!("{number}-{index}"),
            Kind::Opened,
            at(i64::try_from(number).unwrap()),
        );
        event.domain(format!("{}.example", index % 3))
    };
    (0..50).map(event).collect()
}

#[test]
fn a_process_that_is_killed_leaves_whole_batches_and_every_one_that_it_acknowledged() {
    if let Ok(path) = std::env::var(CHILD) {
        return record_until_killed(&path);
    }
    let kills = std::env::var("MAILTALLY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let file = File::new();
    let mut acknowledged = 0;
    for kill in 0..kills {
        let name = "stores::sqlite::faults::a_process_that_is_killed_leaves_whole_batches_and_every_one_that_it_acknowledged";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(CHILD, file.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The instant of the kill differs each time: after some batches, and a part of another.
        let mut numbers =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse::<u64>().ok());
        let wanted = 2 + kill * 5 % 17;
        let mut latest = numbers.by_ref().take(usize::try_from(wanted).unwrap()).last();
        std::thread::sleep(Duration::from_micros(kill * 997 % 9000));
        child.kill().unwrap();
        latest = numbers.last().or(latest);
        child.wait().unwrap();
        acknowledged = acknowledged.max(latest.map_or(0, |latest| latest + 1));
        check_killed(&file, acknowledged);
    }
}

fn record_until_killed(path: &str) {
    let store = SqliteStore::open(path).unwrap();
    let first = recorded_batches(&store);
    for number in first.. {
        run(store.record(&batch(number))).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "done {number}").and_then(|()| out.flush()).unwrap();
    }
}

/// Returns the number of whole batches; there is no part of another.
fn recorded_batches(store: &SqliteStore) -> u64 {
    let plan = Query::new(AccountId::from("acme"), Period::all()).plan(at(0)).unwrap();
    let counted = run(store.count(std::slice::from_ref(&plan))).unwrap();
    let events: u64 = counted.rows.iter().flatten().map(|row| row.counts.events()).sum();
    assert_eq!(events % 50, 0, "half a batch");
    events / 50
}

fn check_killed(file: &File, acknowledged: u64) {
    let store = SqliteStore::open(file.path()).unwrap();
    let batches = recorded_batches(&store);
    assert!(batches >= acknowledged, "{batches} of {acknowledged} acknowledged batches");
    assert_eq!(run(store.verify_sums()).unwrap(), []);
    let events: Vec<Event> = (0..batches).flat_map(batch).collect();
    check_all(&store, &events);
}
