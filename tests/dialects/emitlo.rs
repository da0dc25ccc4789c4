//! Emitlo, as a server would answer.

use std::collections::BTreeMap;

use mailtally::dialect::Params;
use mailtally::dialect::emitlo::{
    CONTENT_TYPE, Daily, Domains, Endpoint, Error, EventsBody, MOST_DAYS, MessageBody, Overview, allows,
    token,
};
use mailtally::message::AccountId;
use mailtally::store::Timeline;
use mailtally::{Event, MemoryStore, Query, Status};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::case::{Answer, Case, check};
use crate::common::{at, events, ready};

/// How many requests the server of the cases answers in a minute; the original's number is not published.
const LIMIT: u32 = 100;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("emitlo", answer);
}

/// What a server for one organization with one credential answers.
fn answer(case: &Case) -> Answer {
    assert_eq!((case.method(), &*case.body()), ("GET", &b""[..]));
    try_answer(case).unwrap_or_else(|error| error.refusal().into())
}

fn try_answer(case: &Case) -> Result<Answer, Error> {
    let endpoint = Endpoint::of(case.path()).ok_or(Error::NotFound)?;
    if token(Some(case.line("authorization", "Bearer secret"))) != Some("secret") {
        return Err(Error::Unauthenticated);
    }
    if !allows(case.line("scopes", "stats").split(' ')) {
        return Err(Error::Forbidden);
    }
    if case.used() > LIMIT {
        return Err(Error::TooManyRequests { retry_after: 60 });
    }
    let account = case.line("account", "acme");
    let report = |query: Query| ready(query.report(&case.store(), case.now()));
    let timeline = |id: &str| {
        let timeline = case.timeline();
        ready(timeline.events(&AccountId::from(account), &id.into())).map_err(mailtally::Error::from)
    };
    Ok(match endpoint {
        Endpoint::Message(id) => Answer::ok(CONTENT_TYPE, &MessageBody::of(&timeline(id)?)?),
        Endpoint::Events(id) => Answer::ok(CONTENT_TYPE, &EventsBody::of(&timeline(id)?)?),
        Endpoint::Overview => Answer::ok(CONTENT_TYPE, &Overview.body(&report(Overview.query(account))?)),
        Endpoint::Daily => {
            let request = Daily::parse(&case.params(), &domains(case))?;
            Answer::ok(CONTENT_TYPE, &request.body(&report(request.query(account))?))
        }
    })
}

fn domains(case: &Case) -> Domains {
    Domains::new(case.lines("domain").map(|line| {
        let (id, name) = line.split_once(' ').unwrap();
        (id.parse().unwrap(), name)
    }))
}

fn daily(case: &str) -> Value {
    let found = answer(&Case::from_target(&format!("/api/v1/stats/daily?{case}")));
    assert_eq!(found.status, 200, "{}", found.body);
    serde_json::from_str::<Value>(&found.body).unwrap()["data"]["daily"].clone()
}

// E4
#[test]
fn a_leap_year_of_days_is_the_most_and_none_is_left_out() {
    let year = daily("from=2024-01-01&to=2024-12-31");
    let dates: Vec<_> = year.as_array().unwrap().iter().map(|row| row["date"].as_str().unwrap()).collect();
    assert_eq!((dates.len() as u64, dates[0], dates[365]), (MOST_DAYS, "2024-01-01", "2024-12-31"));
    assert!(dates.is_sorted());
    let found = answer(&Case::from_target("/api/v1/stats/daily?from=2024-01-01&to=2025-01-01"));
    assert_eq!(found.status, 422);
}

/// Parameters that mean something, nearly mean something, or mean nothing.
fn params() -> impl Strategy<Value = Params> {
    let names = select(&["from", "to", "domain_id", "from[]", "period", ""][..]);
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
    let pairs = prop::collection::vec((names.prop_map(str::to_owned), value), 0..6);
    prop_oneof![4 => pairs.prop_map(Params::from_iter), 1 => any::<String>().prop_map(|text| Params::parse(&text))]
}

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events);
    store
}

fn json(body: &impl serde::Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(body).unwrap()).unwrap()
}

proptest! {
    // E1 E5
    #[test]
    fn the_days_are_answered_or_refused_whatever_is_asked(params in params(), events in events()) {
        let domains = Domains::new([(7, "a.example")]);
        let answer = || {
            let request = Daily::parse(&params, &domains)?;
            let report = ready(request.query("acme").report(&store(events), at(0)))?;
            Ok(json(&request.body(&report)))
        };
        match answer() {
            Ok(body) => {
                prop_assert_eq!(&body["status"], "success");
                prop_assert!(!body["data"]["daily"].as_array().unwrap().is_empty());
            }
            Err(error) => {
                let refusal = Error::refusal(&error);
                let body: Value = serde_json::from_str(&refusal.body).unwrap();
                prop_assert_eq!(refusal.status, 422, "{}", body);
                let details = body["error"]["details"].as_object().unwrap();
                prop_assert!((1..=3).contains(&details.len()));
                prop_assert!(details.keys().all(|field| ["from", "to", "domain_id"].contains(&field.as_str())));
                prop_assert!(refusal.body.len() < 1000, "{} is long", refusal.body);
            }
        }
    }

    #[test]
    fn the_days_add_up_to_the_overview(events in events()) {
        let store = store(events);
        let request = Daily::parse(&Params::parse("from=2026-01-01&to=2026-01-04"), &Domains::default()).unwrap();
        let report = |query: Query| ready(query.report(&store, at(0))).unwrap();
        let days = json(&request.body(&report(request.query("acme"))));
        let all = json(&Overview.body(&report(Overview.query("acme"))));
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
    fn a_message_and_its_events_tell_the_same_whatever_happened(events in events()) {
        let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
        let store = store(events);
        for message in (0..4).map(|number| format!("m-{number}")) {
            let events = ready(Timeline::events(&store, &"acme".into(), &(*message).into())).unwrap();
            let (Ok(shown), Ok(listed)) = (MessageBody::of(&events), EventsBody::of(&events)) else {
                prop_assert!(events.is_empty());
                continue;
            };
            let (shown, listed) = (json(&shown), json(&listed));
            let (message, listed) = (&shown["data"]["message"], listed["data"]["events"].as_array().unwrap());
            prop_assert_eq!(message.as_object().unwrap().len(), 7);
            prop_assert_eq!(listed.len(), events.len());
            prop_assert_eq!(&message["created_at"], &listed[0]["timestamp"]);
            let delivered = listed.iter().find(|event| event["type"] == "delivered");
            prop_assert_eq!(&message["delivered_at"], delivered.map_or(&json!(null), |event| &event["timestamp"]));
            prop_assert!(listed.is_sorted_by_key(|event| event["timestamp"].as_str().unwrap().to_owned()));
            if events.iter().any(|event| Status::from_kind(event.event_type().kind()).is_some()) {
                *statuses.entry(message["status"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let report = ready(Overview.query("acme").report(&store, at(0))).unwrap();
        let overview = json(&Overview.body(&report));
        for (name, count) in overview["data"]["overview"]["statuses"].as_object().unwrap() {
            prop_assert_eq!(count.as_u64().unwrap(), statuses.get(name).copied().unwrap_or(0), "{}", name);
        }
    }
}
