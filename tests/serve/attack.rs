//! A tenant that asks for as much work as it can does not stop another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::Client;
use super::{Server, UNLIMITED, parsed, post, start};

/// Returns the lines of `count` events of an account, each of its own message and with `tags` tags.
fn events(account: &str, count: usize, tags: usize) -> String {
    let line = |number: usize| {
        let tags: Vec<String> = (0..tags).map(|tag| format!("tag-{tag}")).collect();
        let event = json!({
            "account": account, "message": format!("m-{number}"), "id": "1", "kind": "delivered",
            "at": format!("2026-02-14T{:02}:{:02}:00Z", number / 60 % 24, number % 60),
            "recipient_domain": format!("d-{}.example", number % 50), "tags": tags,
        });
        format!("{event}\n")
    };
    (0..count).map(line).collect()
}

/// Returns a question by tag with as many filters.
fn question(filters: usize) -> Value {
    let filter = |number: usize| json!({"dimension": "tag", "is_not": [format!("other-{number}")]});
    json!({"period": "2026-02-14", "by": ["tag"], "filters": (0..filters).map(filter).collect::<Vec<_>>()})
}

/// Returns the lines of `count` events of one message.
fn one_message(account: &str, count: usize) -> String {
    let line = |number: usize| {
        let event = json!({
            "account": account, "message": "long", "id": number.to_string(), "kind": "opened",
            "at": format!("2026-02-14T{:02}:{:02}:00Z", number / 60 % 24, number % 60),
        });
        format!("{event}\n")
    };
    (0..count).map(line).collect()
}

/// Returns requests that cost as much as is allowed: many filters on tags, many filters on what each event of a long message
/// lacks, and a list of messages that contain one of many texts.
fn attacks() -> [(&'static str, String); 3] {
    let by_event = json!({"dimension": "country", "is": [null]});
    let of_events = json!({"period": "2026-02-14", "by": ["country"], "filters": vec![by_event; 32]});
    let texts: Vec<String> = (0..2000).map(|number| format!("{number:x}")).collect();
    let filter = json!({"dimension": "tag", "contains_none": texts});
    let query = json!({"period": "2026-02-14", "filters": [filter]});
    let messages = json!({"query": query, "metric": "delivered.total", "limit": 1000});
    [
        ("/query", question(32).to_string()),
        ("/query", of_events.to_string()),
        ("/query/messages", messages.to_string()),
    ]
}

/// Returns the 99th percentile of how long this many questions of a tenant take, one after the other.
fn p99(server: &Server, questions: usize) -> Duration {
    let mut client = Client::connect(server.address).unwrap();
    let body =
        json!({"period": "2026-02-14", "by": ["recipient_domain"], "kinds": ["delivered"]}).to_string();
    let headers = [("authorization", "Bearer sk_globex"), ("content-type", "application/json")];
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..questions {
        let start = Instant::now();
        let reply = client.ask("POST", "/query", &headers, body.as_bytes()).unwrap();
        assert_eq!(reply.status, 200);
        times.push(start.elapsed());
    }
    times.sort();
    times[questions * 99 / 100]
}

#[test]
fn more_tags_and_filters_than_allowed_are_refused_with_the_limit() {
    let server = start("refused", UNLIMITED);
    // 0.99 MB each, which is a line of an allowed length.
    let reply = parsed(&post(&server, "/events", "sk_acme", &events("acme", 5, 80_000)));
    assert_eq!([&reply["new"], &reply["refused"]], [0, 5]);
    assert_eq!(reply["reasons"][0]["reason"], "80000 tags, expected at most 100");
    let reply = post(&server, "/query", "sk_acme", &question(230).to_string());
    assert_eq!(reply.status, 400);
    let expected = json!({"error": {
        "code": "unanswerable", "parameter": "filters",
        "message": "230 filters, expected at most 32; one filter can have several values",
    }});
    assert_eq!(parsed(&reply), expected);
}

/// Messages of many tags, a message of many events, and the questions that cost most, from several connections.
#[test]
fn a_tenant_that_asks_for_all_it_may_does_not_stop_another() {
    let server = start("attack", UNLIMITED);
    assert_eq!(parsed(&post(&server, "/events", "sk_globex", &events("globex", 5_000, 0)))["new"], 5_000);
    assert_eq!(parsed(&post(&server, "/events", "sk_acme", &events("acme", 2_000, 100)))["new"], 2_000);
    assert_eq!(parsed(&post(&server, "/events", "sk_acme", &one_message("acme", 10_000)))["new"], 10_000);
    p99(&server, 10);
    let quiet = p99(&server, 40);
    #[cfg(target_os = "linux")]
    let before = server.memory().unwrap();
    let has_ended = AtomicBool::new(false);
    let (during, answered) = thread::scope(|scope| {
        let attack = |first: usize| {
            let mut answered = 0;
            for (path, body) in attacks().iter().cycle().skip(first) {
                if has_ended.load(Ordering::Relaxed) {
                    break;
                }
                let reply = post(&server, path, "sk_acme", body);
                assert!([200, 429, 503].contains(&reply.status), "{} {}", reply.status, reply.body);
                answered += usize::from(reply.status == 200);
            }
            answered
        };
        let attackers: Vec<_> = (0..4).map(|first| scope.spawn(move || attack(first))).collect();
        thread::sleep(Duration::from_millis(500));
        let during = p99(&server, 40);
        has_ended.store(true, Ordering::Relaxed);
        (during, attackers.into_iter().map(|attacker| attacker.join().unwrap()).sum::<usize>())
    });
    assert!(answered > 0, "the attacker's questions are answered, too");
    // The ratio of two measurements of one run, which depends little on the machine.
    assert!(during < 10 * quiet, "{during:?} during the attack, {quiet:?} before");
    #[cfg(target_os = "linux")]
    {
        let more = server.most_memory().unwrap().saturating_sub(before);
        assert!(more < 200 << 10, "{more} kB above the data");
    }
}
