//! Emitlo's API, as a server for one organization with one credential answers.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use http::{Request, Response};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::{Dialect, Refusal, RequestLimit, answer};
use mailtally::{Event, MemoryStore, Status};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::case::{Case, Host, check};
use crate::common::{at, events, ready};

const HOST: Host<Emitlo> = Host {
    dialect: emitlo,
    headers: &[("authorization", "authorization", "Bearer secret")],
    access: |case, credential| {
        if credential.key != "secret" {
            return Err(Refusal::Unauthorized);
        }
        let may_read = case.line("scopes", "stats").split(' ').any(|scope| scope == "stats");
        if may_read { Ok(()) } else { Err(Refusal::Forbidden) }
    },
    // The limit of the original is not published.
    limit: Some(RequestLimit { requests: 100, seconds: 60 }),
};

fn emitlo(case: &Case) -> Emitlo {
    Emitlo::new(case.lines("domain").map(|line| {
        let (id, name) = line.split_once(' ').unwrap();
        (id.parse().unwrap(), name)
    }))
}

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("emitlo", &HOST);
}

// E4
#[test]
fn a_leap_year_of_days_is_the_maximum_and_none_is_left_out() {
    let response = HOST.get("/api/v1/stats/daily?from=2024-01-01&to=2024-12-31");
    assert_eq!(response.status(), 200, "{}", response.body());
    let year = json(&response)["data"]["daily"].clone();
    let dates: Vec<_> = year.as_array().unwrap().iter().map(|row| row["date"].as_str().unwrap()).collect();
    assert_eq!((dates.len(), dates[0], dates[365]), (366, "2024-01-01", "2024-12-31"));
    assert!(dates.is_sorted());
    assert_eq!(HOST.get("/api/v1/stats/daily?from=2024-01-01&to=2025-01-01").status(), 422);
}

/// The characters that are encoded in a query string; `&`, `=`, `+`, `%` and brackets are not.
const NOT_IN_QUERY: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}');

/// Generates a query string of parameters that are known, nearly known, or unknown.
fn query_string() -> impl Strategy<Value = String> {
    let names =
        select(&["from", "to", "domain_id", "from[]", "domain_id[]", "domain_id[x]", "period", ""][..]);
    let values = [
        "",
        " ",
        "7",
        "8",
        "-1",
        "99999999999999999999",
        "2026-01-01",
        "2026-01-03",
        "2026-02-30",
        "0000-01-01",
        "9999-12-31",
        "-0001-01-01",
        "2026-01-01T00:00:00Z",
        "\0\u{202e}'\"\\<&%[]{}",
        "\u{1f4a9}",
    ];
    let value = prop_oneof![8 => select(values.map(str::to_owned).to_vec()), 1 => any::<String>()];
    let encoded = |pairs: Vec<(&str, String)>| {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    };
    let raw = |text: String| utf8_percent_encode(&text, NOT_IN_QUERY).to_string();
    let pairs = prop::collection::vec((names, value), 0..6);
    prop_oneof![4 => pairs.prop_map(encoded), 1 => any::<String>().prop_map(raw)]
}

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    store
}

/// Answers a `GET` request for the mail of `acme`, whose domain 7 is `a.example`.
fn get(store: &MemoryStore, target: &str) -> Response<String> {
    let request = Request::get(target).body("").unwrap();
    let emitlo = Emitlo::new([(7, "a.example")]);
    let response = ready(answer(&emitlo, store, &"acme".into(), &request, at(0)));
    response.unwrap_or_else(|error| Emitlo::refuse(&error))
}

fn json(response: &Response<String>) -> Value {
    serde_json::from_str(response.body()).unwrap()
}

/// Returns the total of each of these days.
fn totals(response: &Response<String>) -> Vec<u64> {
    let daily = json(response)["data"]["daily"].clone();
    daily.as_array().unwrap().iter().map(|day| day["total"].as_u64().unwrap()).collect()
}

proptest! {
    // E1 E5
    #[test]
    fn every_request_for_days_is_answered_or_refused(query in query_string(), events in events()) {
        let response = get(&store(events), &format!("/api/v1/stats/daily?{query}"));
        let body = json(&response);
        if response.status() == 200 {
            prop_assert_eq!(&body["status"], "success");
            prop_assert!(!body["data"]["daily"].as_array().unwrap().is_empty());
        } else {
            prop_assert_eq!(response.status(), 422, "{}", body);
            let details = body["error"]["details"].as_object().unwrap();
            prop_assert!((1..=3).contains(&details.len()));
            prop_assert!(details.keys().all(|field| ["from", "to", "domain_id"].contains(&field.as_str())));
            prop_assert!(response.body().len() < 1000, "{} is long", response.body());
        }
    }

    // E4
    #[test]
    fn a_domain_has_the_same_days_in_every_spelling_and_never_more_than_all(events in events()) {
        let store = store(events);
        let days = "/api/v1/stats/daily?from=2026-01-01&to=2026-01-04";
        let all = totals(&get(&store, days));
        let one = get(&store, &format!("{days}&domain_id=7"));
        prop_assert!(totals(&one).iter().zip(&all).all(|(one, all)| one <= all));
        for spelling in ["domain_id[]=7", "domain_id%5B0%5D=7", "domain_id[][]=7&domain_id=", "domain_id=7&domain_id[]=07"] {
            let spelled = get(&store, &format!("{days}&{spelling}"));
            prop_assert_eq!(spelled.body(), one.body(), "{}", spelling);
        }
    }

    #[test]
    fn the_days_add_up_to_the_overview(events in events()) {
        let store = store(events);
        let days = json(&get(&store, "/api/v1/stats/daily?from=2025-12-30&to=2026-01-04"));
        let all = json(&get(&store, "/api/v1/stats/overview"));
        let days = days["data"]["daily"].as_array().unwrap();
        for part in ["statuses", "events"] {
            for (name, count) in all["data"]["overview"][part].as_object().unwrap() {
                let sum = days.iter().map(|day| day[part][name].as_u64().unwrap()).sum::<u64>();
                prop_assert_eq!(sum, count.as_u64().unwrap(), "{} {}", part, name);
            }
        }
    }

    // E3
    #[test]
    fn a_message_its_events_and_the_overview_agree(events in events()) {
        let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
        let store = store(events);
        for message in (0..4).map(|number| format!("m-{number}")) {
            let events = store.timeline(&"acme".into(), &(*message).into());
            let shown = get(&store, &format!("/api/v1/messages/{message}"));
            let listed = get(&store, &format!("/api/v1/messages/{message}/events"));
            prop_assert_eq!(shown.status(), if events.is_empty() { 404 } else { 200 });
            prop_assert_eq!(listed.status(), shown.status());
            if events.is_empty() {
                continue;
            }
            let (shown, listed) = (json(&shown), json(&listed));
            let (message, listed) = (&shown["data"]["message"], listed["data"]["events"].as_array().unwrap());
            prop_assert_eq!(message.as_object().unwrap().len(), 7);
            prop_assert_eq!(listed.len(), events.len());
            let told = events.iter().filter_map(|event| event.message_fields().created).min();
            let created = told.into_iter().chain([events[0].at()]).min().unwrap();
            prop_assert_eq!(&message["created_at"], &json!(created.to_rfc3339_opts(SecondsFormat::Secs, true)));
            let delivered = listed.iter().find(|event| event["type"] == "delivered");
            prop_assert_eq!(&message["delivered_at"], delivered.map_or(&json!(null), |event| &event["timestamp"]));
            prop_assert!(listed.is_sorted_by_key(|event| event["timestamp"].as_str().unwrap().to_owned()));
            if events.iter().any(|event| Status::from_kind(event.event_type().kind()).is_some()) {
                *statuses.entry(message["status"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let overview = json(&get(&store, "/api/v1/stats/overview"));
        for (name, count) in overview["data"]["overview"]["statuses"].as_object().unwrap() {
            prop_assert_eq!(count.as_u64().unwrap(), statuses.get(name).copied().unwrap_or(0), "{}", name);
        }
    }
}
