//! Mailgun's Stats and aggregates, as a server for one account with one key answers.

use http::Request;
use mailtally::dialect::mailgun::{LIMIT, Mailgun, event_type};
use mailtally::dialect::{Refusal, answer};
use mailtally::{Event, EventType, MemoryStore};
use serde_json::{Value, json};

use super::case::{Case, Host, check};
use crate::common::ready;

const HOST: Host<Mailgun> = Host {
    dialect: |case| Mailgun::new(case.lines("domain")).subaccounts(["north", "south", "west"]),
    headers: &[
        ("authorization", "authorization", "Basic YXBpOnNlY3JldA=="),
        ("x-mailgun-on-behalf-of", "on-behalf-of", ""),
    ],
    access: |case, credential| match (&*credential.key, case.line("scopes", "stats")) {
        ("secret", "stats") => Ok(()),
        ("secret", _) => Err(Refusal::Forbidden),
        _ => Err(Refusal::Unauthorized),
    },
    limit: Some(LIMIT),
};

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailgun", &HOST);
}

// G36
#[test]
fn every_body_in_json_is_one_compact_line() {
    for case in Case::all("mailgun") {
        let response = HOST.respond(&case);
        let body = response.body();
        if response.headers()["content-type"] == "application/json; charset=utf-8" {
            let json: Value = serde_json::from_str(body).unwrap();
            assert!(json.is_object() && body.ends_with("}\n"), "{body}");
            assert_eq!(body.matches('\n').count(), 1, "{body}");
        } else {
            assert!(["Forbidden", "404 page not found\n"].contains(&&**body), "{body}");
        }
    }
}

#[test]
fn senders_to_many_recipient_domains_have_rows_by_provider() {
    let store = MemoryStore::new();
    let at = "2026-02-15T09:30:00Z".parse().unwrap();
    let event = |number: u32| {
        let event = Event::new("acme", format!("m-{number}"), "1", EventType::Delivered, at);
        event.recipient_domain(format!("{number}.example"))
    };
    store.extend((0..26_000).map(event)).unwrap();
    let stats = get(&Mailgun::new([""; 0]), &store, "/v3/stats/filter?event=delivered&group=provider");
    let delivered = |row: &Value| row["delivered"]["total"].as_u64();
    assert_eq!(stats["stats"].as_array().unwrap().iter().filter_map(delivered).sum::<u64>(), 26_000);
}

/// Answers a request about the mail of the account `acme` at noon of 15 February 2026 in UTC.
fn get(mailgun: &Mailgun, store: &MemoryStore, target: &str) -> Value {
    let request = Request::get(target).body("").unwrap();
    let now = "2026-02-15T12:00:00Z".parse().unwrap();
    let response = ready(answer(mailgun, store, &"acme".into(), &request, now)).unwrap();
    serde_json::from_str(response.body()).unwrap()
}

/// Returns the block `opened` of each of 60 days that has one.
fn opened(events: impl IntoIterator<Item = Event>, path: &str) -> Vec<Value> {
    blocks("opened", events, path)
}

/// Returns the block of the event `name` of each of 60 days that has one.
fn blocks(name: &str, events: impl IntoIterator<Item = Event>, path: &str) -> Vec<Value> {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    let mailgun = Mailgun::new(["mail.acme.example"]);
    let body = get(&mailgun, &store, &format!("{path}?event={name}&duration=60d"));
    let rows = body["stats"].as_array().unwrap();
    rows.iter().map(|row| row[name].clone()).filter(|block| block["total"] != json!(0)).collect()
}

fn open(message: &str, id: &str, at: &str, event_type: EventType) -> Event {
    Event::new("acme", message, id, event_type, at.parse().unwrap())
        .domain("mail.acme.example")
        .tags(["Spring"])
}

/// Returns the events of one day that Mailgun's webhooks report, each about a message of its own.
fn from_webhooks<const N: usize>(webhooks: [Value; N]) -> impl Iterator<Item = Event> {
    let event_types = webhooks.into_iter().filter_map(|webhook| event_type(&webhook)).enumerate();
    event_types
        .map(|(index, event_type)| open(&format!("m-{index}"), "1", "2026-01-05T10:00:00Z", event_type))
}

// G33
#[test]
fn webhooks_with_unknown_names_do_not_count_and_unknown_flags_and_fields_are_ignored() {
    let webhooks = [
        json!({ "event": "list_member_uploaded" }),
        json!({ "event": "Delivered" }),
        json!({ "event": "delivered", "envelope": { "transport": "http" }, "mood": [1, {}] }),
        json!({ "event": "delivered", "envelope": { "transport": "lmtp" }, "flags": { "is-quiet": true } }),
    ];
    assert_eq!(
        blocks("delivered", from_webhooks(webhooks), "/v3/stats/total"),
        [json!({ "smtp": 1, "http": 1, "optimized": 0, "total": 2 })]
    );
}

// G34
#[test]
fn webhooks_count_without_an_object_that_is_null_or_text() {
    let webhooks = |name: &str, field: &str| {
        [json!(null), json!("Could not load it")]
            .map(|value| json!({ "event": name, field: value, "user-variables": value }))
    };
    for (name, field, expected) in [
        ("accepted", "flags", json!({ "incoming": 0, "outgoing": 2, "total": 2 })),
        ("delivered", "envelope", json!({ "smtp": 2, "http": 0, "optimized": 0, "total": 2 })),
        ("opened", "client-info", json!({ "total": 2, "unique": 2 })),
    ] {
        assert_eq!(blocks(name, from_webhooks(webhooks(name, field)), "/v3/stats/total"), [expected]);
    }
}

// G31
/// Mailgun counts a reader of a message again after seven days. Here it is once for ever for each message and kind of
/// reader, so that the uniques of days add up to those of months, and those of groups to the total.
#[test]
fn a_reader_is_unique_once_for_each_message_and_a_person_is_not_a_machine() {
    let events = [
        open("m-1", "1", "2026-01-05T10:00:00Z", EventType::OpenedMachine),
        open("m-1", "2", "2026-01-05T11:00:00Z", EventType::OpenedPerson),
        open("m-1", "3", "2026-01-06T11:00:00Z", EventType::OpenedPerson),
        open("m-2", "1", "2026-01-06T11:00:00Z", EventType::OpenedPerson),
        open("m-1", "4", "2026-01-20T11:00:00Z", EventType::OpenedPerson),
    ];
    assert_eq!(
        opened(events, "/v3/stats/total"),
        [json!({ "total": 2, "unique": 2 }), json!({ "total": 2, "unique": 1 }), json!({ "total": 1 }),]
    );
}

// G32
/// Mailgun's ids repeat after a day. Here an id is unique only in its message; a host whose ids repeat in a message adds
/// the day.
#[test]
fn the_same_id_in_another_message_or_with_another_day_is_another_event() {
    let person = EventType::OpenedPerson;
    let events = [
        open("m-1", "x", "2026-01-05T10:00:00Z", person),
        open("m-2", "x", "2026-01-05T10:00:00Z", person),
        open("m-1", "x", "2026-01-05T10:00:00Z", person),
        open("m-3", "2026-01-05 x", "2026-01-05T10:00:00Z", person),
        open("m-3", "2026-01-06 x", "2026-01-06T10:00:00Z", person),
    ];
    assert_eq!(
        opened(events, "/v3/stats/total"),
        [json!({ "total": 3, "unique": 3 }), json!({ "total": 1 })]
    );
}

// G28
#[test]
fn a_page_has_at_most_100_domains_and_the_limit_skips_domains() {
    let names: Vec<String> = (0..=200).map(|number| format!("d{number:03}.example")).collect();
    let mailgun = Mailgun::new(names.iter().map(String::as_str));
    let page = |limit: usize| -> Vec<String> {
        let target = format!("/v3/stats/total/domains?event=opened&timestamp=1&limit={limit}");
        let body = get(&mailgun, &MemoryStore::new(), &target);
        let rows = body["stats"].as_array().unwrap();
        rows.iter().map(|row| row["domain"].as_str().unwrap().to_owned()).collect()
    };
    let pages = [0, 100, 200, 300].map(page);
    assert_eq!(pages.clone().map(|page| page.len()), [100, 100, 1, 0]);
    assert_eq!(pages.concat(), names);
}

#[test]
fn rejected_mail_counts_nowhere_and_makes_no_row() {
    let event = |event_type, domain| open(domain, "1", "2026-02-15T10:00:00Z", event_type).domain(domain);
    let store = MemoryStore::new();
    store
        .extend([
            event(EventType::FailedRejected, "a.example"),
            event(EventType::FailedExpired, "b.example"),
            event(EventType::FailedRejected, "b.example"),
        ])
        .unwrap();
    let mailgun = Mailgun::default();
    for target in [
        "/v3/stats/filter?event=failed&group=domain&duration=1d",
        "/v3/stats/total/domains?event=failed&timestamp=1771149600",
    ] {
        let body = get(&mailgun, &store, target);
        let row = |row: &Value| (row["domain"].clone(), row["failed"]["permanent"]["total"].clone());
        let rows: Vec<_> = body["stats"].as_array().unwrap().iter().map(row).collect();
        assert_eq!(rows, [(json!("b.example"), json!(1))], "{target}");
    }
}

// G30
/// Only the tags of events count: deleting a tag from a host's list changes no number.
#[test]
fn a_tag_is_counted_by_its_events_alone() {
    let event = open("m-1", "1", "2026-01-05T10:00:00Z", EventType::OpenedPerson);
    assert_eq!(
        opened([event], "/v3/mail.acme.example/tags/SPRING/stats"),
        [json!({ "total": 1, "unique": 1 })]
    );
    assert_eq!(opened([], "/v3/mail.acme.example/tags/SPRING/stats"), [Value::Null; 0]);
}
