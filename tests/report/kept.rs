//! Events that are kept in a file for later runs.

use super::*;

fn store(folder: &Folder) -> String {
    format!("sqlite:{}", folder.0.join("mail.db").display())
}

/// Returns a report without what a run over files says in another way: its period.
fn rows(args: &[&str]) -> (Value, Value) {
    let report = json(&[&["--by", "provider", "--period", "2026"], args].concat());
    (report["total"].clone(), report["rows"].clone())
}

#[test]
fn a_kept_log_is_read_once_and_reported_as_often_as_wanted() {
    let folder = Folder::new("kept");
    check_kept_log(&folder, &store(&folder));
}

#[cfg(all(feature = "conformance", feature = "clickhouse", feature = "postgres", feature = "serve"))]
#[test]
fn a_log_that_is_kept_by_a_server_is_reported_as_one_in_a_file() {
    for (number, place) in crate::places::Place::all("the report").into_iter().enumerate() {
        check_kept_log(&Folder::new(&format!("kept-by-server-{number}")), &place.url);
    }
}

fn check_kept_log(folder: &Folder, store: &str) {
    let expected = rows(&[LOG]);
    assert_eq!(expected.0["counts"]["delivered"]["total"], 439);
    assert_eq!(rows(&["--store", store, LOG]), expected, "while it is read");
    assert_eq!(rows(&["--store", store]), expected, "later, without the log");
    assert_eq!(rows(&["--store", store, LOG, LOG]), expected, "after it was read again");
    let own = folder.file("own.jsonl", event("m-1", "delivered", "", "2026-02-01T00:00:00Z").as_bytes());
    assert_eq!(rows(&["--store", store, &own]).0["counts"]["delivered"]["total"], 440);
    assert_eq!(rows(&["--store", store]), rows(&[LOG, &own]));
}

#[test]
fn the_period_of_a_store_is_from_its_first_day_to_its_last() {
    let folder = Folder::new("kept-period");
    let store = store(&folder);
    let empty = json(&["--store", &store]);
    assert_eq!(empty["total"]["counts"]["sent"]["total"], 0);
    let events =
        event("m-1", "sent", "", "2025-12-30T23:30:00Z") + &event("m-2", "sent", "", "2026-03-02T00:00:00Z");
    let report = json(&["--store", &store, &folder.file("events.jsonl", events.as_bytes())]);
    assert_eq!(report["range"]["start"], "2025-12-30T00:00:00Z");
    assert_eq!(report["range"]["end"], "2026-03-03T00:00:00Z");
    assert_eq!(report["total"]["counts"]["sent"]["total"], 2);
}

#[test]
fn the_messages_behind_a_number_of_a_store_are_those_of_the_log() {
    let folder = Folder::new("kept-messages");
    let store = store(&folder);
    let wanted = ["--period", "2026", "--format", "csv", "--messages", "provider=Yahoo,kind=deferred"];
    let expected = run(&[&wanted[..], &[LOG]].concat()).stdout;
    assert!(expected.len() > 100);
    assert_eq!(run(&[&wanted[..], &["--store", &store, LOG]].concat()).stdout, expected);
    assert_eq!(run(&[&wanted[..], &["--store", &store]].concat()).stdout, expected);
}

#[test]
fn records_and_refused_events_are_kept_as_they_are_in_memory() {
    let folder = Folder::new("kept-records");
    let store = store(&folder);
    let record = |number: u32| {
        format!(
            r#"{{"email":"a@gmail.com","timestamp":1770000000,"event":"delivered","sg_event_id":"e","sg_message_id":"m{number}.1"}}"#
        )
    };
    let records: Vec<String> = (0..2500).map(record).collect();
    let tagged = |event: u32| {
        let tags: Vec<String> = (0..60).map(|tag| format!("\"{event}-{tag}\"")).collect();
        format!(
            r#"{{"account":"default","message":"m","id":"e-{event}","kind":"opened","at":"2026-02-02T00:00:00Z","tags":[{}]}}
"#,
            tags.join(",")
        )
    };
    let lines = folder.file("lines.json", records.join("\n").as_bytes());
    let body = folder.file("body.json", format!("[\n{}]", records.join(",\n")).as_bytes());
    let refused = folder.file("tags.jsonl", (0..3).map(tagged).collect::<String>().as_bytes());
    for files in [[&lines, &refused], [&body, &refused]] {
        let run = |store: &[&str]| {
            let output =
                run(&[&["--period", "2026", "--format", "json", files[0], files[1]], store].concat());
            (serde_json::from_slice::<Value>(&output.stdout).unwrap()["total"].clone(), errors(&output))
        };
        let (total, text) = run(&["--store", &store]);
        assert_eq!((total["counts"]["delivered"]["total"].as_u64(), &text), (Some(2500), &run(&[]).1));
        assert_eq!(total, run(&[]).0);
        assert!(text.contains("2 of 3 events were refused"), "{text}");
    }
}

#[test]
fn a_strict_run_that_stops_keeps_nothing_of_the_file_at_which_it_stops() {
    let folder = Folder::new("kept-strict");
    let store = store(&folder);
    let events = event("m-1", "sent", "", "2026-02-01T00:00:00Z") + "{}\n";
    let output = run(&["--strict", "--store", &store, &folder.file("events.jsonl", events.as_bytes())]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(rows(&["--store", &store]).0["counts"]["sent"]["total"], 0);
}

#[test]
fn a_store_that_cannot_be_opened_is_an_error_of_one_line() {
    let folder = Folder::new("kept-wrong");
    let text = folder.file("text.db", "not a database, ".repeat(100).as_bytes());
    let output = run(&["--store", &format!("sqlite:{text}"), LOG]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).starts_with("error: cannot open the store: "), "{}", errors(&output));
    assert_eq!(errors(&output).lines().count(), 1);
    for wrong in ["mail.db", "sqlite:", "mysql:x"] {
        let output = run(&["--store", wrong, LOG]);
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains("expected `memory`, `sqlite:PATH`"), "{}", errors(&output));
    }
}
