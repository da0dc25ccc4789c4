//! The quotas of events.

use chrono::{DateTime, TimeDelta, Utc};
use mailtally::{Event, Kind, MemoryStore};
use serde_json::json;

use super::http::Reply;
use super::server::Server;
use super::{NOW, UNLIMITED, config, folder, get, mail, parsed, post, program, start};

#[allow(dead_code, reason = "only some bounds are tested without the program")]
#[path = "../../examples/serve/bounds.rs"]
pub(super) mod bounds;

#[allow(dead_code, reason = "events that are read before the server listens are tested with the program")]
#[path = "../../examples/serve/quota.rs"]
mod quota;

use bounds::AtMost;
use quota::{Over, Quota};

/// Starts a server whose first account has settings of its own.
fn start_with(name: &str, account: &str, more: &str, args: &[&str]) -> Server {
    let config = config(&(UNLIMITED.to_owned() + more));
    let config = config.replacen("id = \"acme\"\n", &format!("id = \"acme\"\n{account}\n"), 1);
    Server::start(program(), folder(name), &config, &[&["--now", NOW], args].concat()).unwrap()
}

fn send(server: &Server, account: &str, messages: u32) -> Reply {
    post(server, "/events", &format!("sk_{account}"), &mail(account, messages))
}

#[test]
fn an_account_with_all_its_events_gets_507() {
    let server = start_with("full", "max_events = 3", "[bounds]\nmax_events = 100\n", &[]);
    assert_eq!(send(&server, "acme", 1).status, 200);
    let full = send(&server, "acme", 1);
    let message = "the account has 3 events or more, and may not have more";
    let expected = json!({"error": {"code": "insufficient_storage", "message": message, "parameter": null}});
    assert_eq!((full.status, parsed(&full)), (507, expected));
    assert_eq!(full.header("content-type"), Some("application/json"));
    assert_eq!(parsed(&get(&server, "/api/v1/mail/stats", "sk_acme"))["data"]["total"], 1);
    // The bound of all accounts is for the other one.
    assert_eq!([send(&server, "globex", 50).status, send(&server, "globex", 1).status], [200, 507]);
}

#[test]
fn a_long_body_is_recorded_up_to_the_quota() {
    let server = start("halfway", &(UNLIMITED.to_owned() + "[bounds]\nmax_events = 100\n"));
    let reply = send(&server, "acme", 2000);
    assert_eq!(reply.status, 507, "{reply:?}");
    let total = parsed(&get(&server, "/api/v1/mail/stats", "sk_acme"))["data"]["total"].as_u64().unwrap();
    assert!((100..2000).contains(&total), "{total}");
}

#[test]
fn an_account_with_all_events_of_a_day_gets_429_until_the_next() {
    let server = start_with("daily", "events_per_day = \"off\"", "[bounds]\nevents_per_day = 3\n", &[]);
    assert_eq!(send(&server, "globex", 1).status, 200);
    let over = send(&server, "globex", 1);
    assert_eq!((over.status, over.header("retry-after")), (429, Some("43163")), "until midnight in UTC");
    assert_eq!(parsed(&over)["error"]["code"], "too_many_requests");
    assert_eq!([send(&server, "acme", 5).status, send(&server, "acme", 5).status], [200, 200]);
}

#[test]
fn events_that_were_read_before_the_server_listens_count() {
    let folder = folder("read-quota");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("events.jsonl");
    // In turns of the accounts.
    let (acme, globex) = (mail("acme", 3), mail("globex", 3));
    let lines = acme.lines().zip(globex.lines()).flat_map(|(first, second)| [first, second, first]);
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let more = "[bounds]\nmax_events = 8\nevents_per_day = 1\n";
    let server = start_with("read-server", "max_events = 7", more, &["--events", file.to_str().unwrap()]);
    assert_eq!(send(&server, "acme", 1).status, 507, "repeats do not count");
    assert_eq!(send(&server, "globex", 1).status, 200, "they are not events of this day");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn repeats_are_free_and_days_start_anew() {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let event = |id: u32| Event::new("acme", "m", id.to_string(), Kind::Opened, now);
    let store = MemoryStore::new();
    let quota = Quota::new(AtMost(Some(4)), AtMost(Some(3)));
    let record = |id, now| {
        let checked = quota.check(now);
        if checked.is_ok() {
            quota.count(store.extend([event(id)]).unwrap(), now);
        }
        checked
    };
    assert_eq!([1, 1, 2, 2, 2, 3].map(|id| record(id, now)), [Ok(()); 6]);
    assert_eq!(record(4, now), Err(Over::Today { retry_after: 43_163 }));
    let tomorrow = now + TimeDelta::days(1);
    assert_eq!(record(4, tomorrow), Ok(()));
    assert_eq!(record(5, tomorrow), Err(Over::Full { max_events: 4 }));
    let unbounded = Quota::new(AtMost(None), AtMost(None));
    unbounded.count(store.extend((10..99).map(event)).unwrap(), now);
    assert_eq!(unbounded.check(now), Ok(()));
}
