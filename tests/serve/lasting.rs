//! `--store` with a store that lasts.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::server::Server;
use super::{NOW, UNLIMITED, config, folder, get, mail, parsed, post, program};

fn file(name: &str) -> PathBuf {
    let folder = folder("lasting");
    std::fs::create_dir_all(&folder).unwrap();
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{name}{end}")));
    }
    folder.join(name)
}

fn start(name: &str, file: &std::path::Path, more: &[&str]) -> Server {
    start_at(name, &format!("sqlite:{}", file.display()), more)
}

fn start_at(name: &str, store: &str, more: &[&str]) -> Server {
    let args = [&["--now", NOW, "--store", store], more].concat();
    Server::start(program(), folder(name), &config(UNLIMITED), &args).unwrap()
}

fn answer(server: &Server) -> Value {
    parsed(&get(server, "/api/v1/mail/stats/daily?days=2", "sk_acme"))
}

#[cfg(unix)]
#[test]
fn events_are_there_again_after_a_kill_and_repeats_are_known() {
    let file = file("kill.sqlite");
    let mut server = start("lasting-1", &file, &[]);
    let reply = parsed(&post(&server, "/events", "sk_acme", &mail("acme", 20)));
    assert_eq!(reply["new"], 41);
    let expected = answer(&server);
    assert_eq!(expected["data"][0]["delivered"], 20);
    server.signal("KILL").unwrap();
    server.wait(Duration::from_secs(20)).unwrap();

    let server = start("lasting-2", &file, &[]);
    assert_eq!(answer(&server), expected);
    let again = parsed(&post(&server, "/events", "sk_acme", &mail("acme", 20)));
    assert_eq!((&again["new"], &again["repeats"]), (&0.into(), &41.into()));
}

/// The same, in the stores of servers.
#[cfg(all(unix, feature = "conformance", feature = "clickhouse", feature = "postgres"))]
#[test]
fn the_apis_answer_over_the_stores_of_servers_what_they_answer_from_memory() {
    let request = |server: &Server| {
        // Each store says by itself where it read the sums.
        let mut report =
            parsed(&post(server, "/query", "sk_acme", r#"{"period":"7d","by":["category","date"]}"#));
        assert!(report.as_object_mut().unwrap().remove("provenance").is_some(), "{report}");
        let query = r#"{"query":{"period":"2026-02-14"},"group":{},"metric":"opened.total","limit":9}"#;
        [answer(server), parsed(&post(server, "/query/messages", "sk_acme", query)), report]
    };
    let memory = start_at("lasting-6", "memory", &[]);
    post(&memory, "/events", "sk_acme", &mail("acme", 20));
    let expected = request(&memory);
    assert_eq!(expected[0]["data"][0]["delivered"], 20);
    assert_eq!(expected[1]["messages"][0]["message"], "m-1", "{}", expected[1]);
    for (number, place) in crate::places::Place::all("the server").into_iter().enumerate() {
        let name = format!("lasting-7-{number}");
        let mut server = start_at(&name, &place.url, &[]);
        let reply = parsed(&post(&server, "/events", "sk_acme", &mail("acme", 20)));
        assert_eq!(reply["new"], 41, "{}", place.url);
        assert_eq!(request(&server), expected, "{}", place.url);
        server.signal("KILL").unwrap();
        server.wait(Duration::from_secs(20)).unwrap();
        let server = start_at(&name, &place.url, &[]);
        let again = parsed(&post(&server, "/events", "sk_acme", &mail("acme", 20)));
        assert_eq!((&again["new"], &again["repeats"]), (&0.into(), &41.into()), "{}", place.url);
        assert_eq!(request(&server), expected, "{}", place.url);
    }
}

#[test]
fn a_line_that_the_store_refuses_is_reported_and_the_others_are_recorded() {
    let server = start("lasting-3", &file("refused.sqlite"), &[]);
    let line = |id: u32, from: usize, to: usize| {
        format!(
            r#"{{"account":"acme","message":"m-1","id":"{id}","kind":"delivered","at":"2026-02-14T10:00:0{id}Z","tags":[{}]}}"#,
            (from..to).map(|tag| format!("\"t{tag}\"")).collect::<Vec<_>>().join(",")
        )
    };
    let body = [line(1, 0, 60), line(2, 60, 120), line(3, 0, 10)].join("\n");
    let reply = parsed(&post(&server, "/events", "sk_acme", &body));
    assert_eq!((&reply["new"], &reply["refused"]), (&2.into(), &1.into()), "{reply}");
    assert_eq!(reply["reasons"][0]["line"], 2, "{reply}");
}

#[test]
fn files_of_events_are_recorded_before_the_server_listens_and_only_once() {
    let file = file("events.sqlite");
    let events = file.with_extension("jsonl");
    std::fs::write(&events, mail("acme", 5)).unwrap();
    let args = ["--events", events.to_str().unwrap()];
    let packed = file.with_extension("jsonl.zst");
    std::fs::write(&packed, zstd::encode_all(mail("acme", 5).as_bytes(), 1).unwrap()).unwrap();
    let of_packed = answer(&start_at("lasting-8", "memory", &["--events", packed.to_str().unwrap()]));
    let first = answer(&start("lasting-4", &file, &args));
    let second = answer(&start("lasting-5", &file, &args));
    assert_eq!(first["data"][0]["delivered"], 5);
    assert_eq!(first, second);
    assert_eq!(first, of_packed);
}
