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

/// Messages of many tags in many events, and questions with as many filters as are allowed, from several connections.
#[test]
fn a_tenant_that_asks_for_all_it_may_does_not_stop_another() {
    let server = start("attack", UNLIMITED);
    assert_eq!(parsed(&post(&server, "/events", "sk_globex", &events("globex", 5_000, 0)))["new"], 5_000);
    assert_eq!(parsed(&post(&server, "/events", "sk_acme", &events("acme", 2_000, 100)))["new"], 2_000);
    p99(&server, 10);
    let quiet = p99(&server, 40);
    #[cfg(target_os = "linux")]
    let before = server.memory().unwrap();
    let has_ended = AtomicBool::new(false);
    let (during, answered) = thread::scope(|scope| {
        let attack = || {
            let mut answered = 0;
            while !has_ended.load(Ordering::Relaxed) {
                let reply = post(&server, "/query", "sk_acme", &question(32).to_string());
                assert!([200, 429, 503].contains(&reply.status), "{}", reply.status);
                answered += usize::from(reply.status == 200);
            }
            answered
        };
        let attackers: Vec<_> = (0..4).map(|_| scope.spawn(attack)).collect();
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
