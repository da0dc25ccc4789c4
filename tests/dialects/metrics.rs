//! Mailgun's Metrics, as a server for one account with one key answers.

use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};
use mailtally::dialect::mailgun::{Error, LIMIT, Mailgun};
use mailtally::dialect::{self, Dialect, Refusal};
use mailtally::{Event, Kind, MemoryStore};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::case::{Host, check};
use crate::common::{at, events, ready};

mod recount;

const HOST: Host<Mailgun> = Host {
    dialect: |case| Mailgun::new(case.lines("domain")).subaccounts(case.lines("on-behalf-of")),
    headers: &[
        ("authorization", "authorization", "Basic YXBpOnNlY3JldA=="),
        ("x-mailgun-on-behalf-of", "on-behalf-of", ""),
    ],
    access: |_, credential| match &*credential.key {
        "secret" => Ok(()),
        _ => Err(Refusal::Unauthorized),
    },
    limit: Some(LIMIT),
};

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailgun-metrics", &HOST);
}

// G2
#[test]
fn hours_without_events_make_no_rows() {
    let event = |number: i64| {
        let domain = format!("d{number}.example");
        Event::new("acme", format!("m-{number}"), "1", Kind::Delivered, at(number * 3600)).domain(domain)
    };
    // 1440 hours of 500 domains are more rows than a query may have.
    let store = store((0..500).map(event).collect());
    let answer = ask(
        &store,
        &json!({
            "start": "2026-01-01",
            "duration": "60d",
            "end": "2026-03-02",
            "resolution": "hour",
            "metrics": ["delivered_count"],
            "dimensions": ["domain", "time"],
            "include_aggregates": true,
            "pagination": { "sort": "domain:desc" },
        }),
    );
    assert_eq!(answer["pagination"]["total"], 500);
    assert_eq!(answer["aggregates"]["metrics"]["delivered_count"], 500);
    assert_eq!(items(&answer)[0]["dimensions"][0]["value"], "d99.example");
}

#[test]
fn rows_that_are_equal_in_the_requested_order_ascend_by_time_whatever_the_order_of_dimensions() {
    let event = |domain: &str, day: i64, id: i64| {
        let message = format!("{domain} {day}");
        Event::new("acme", message, id.to_string(), Kind::Opened, at(day * 86_400)).domain(domain)
    };
    let store = store(vec![
        event("a.example", 1, 1),
        event("a.example", 2, 1),
        event("b.example", 0, 1),
        event("b.example", 2, 1),
        event("b.example", 2, 2),
    ]);
    for (sort, expected) in [
        ("opened_count:asc", ["b.example 01", "a.example 02", "a.example 03", "b.example 03"]),
        ("opened_count:desc", ["b.example 03", "b.example 01", "a.example 02", "a.example 03"]),
        ("domain:desc", ["b.example 01", "b.example 03", "a.example 02", "a.example 03"]),
    ] {
        let answer = ask(
            &store,
            &json!({
                "start": "2026-01-01",
                "end": "2026-01-03",
                "metrics": ["opened_count"],
                "dimensions": ["domain", "time"],
                "pagination": { "sort": sort },
            }),
        );
        let shown = |item: &Value| {
            let [domain, time] = [0, 1].map(|index| item["dimensions"][index]["value"].as_str().unwrap());
            format!("{domain} {}", &time[5..7])
        };
        assert_eq!(items(&answer).iter().map(shown).collect::<Vec<_>>(), expected, "{sort}");
    }
}

const ATTRIBUTES: [&str; 10] = [
    "bot",
    "country",
    "ip_pool",
    "recipient_domain",
    "recipient_provider",
    "ip",
    "domain",
    "tag",
    "device",
    "subaccount",
];

/// Counts of events, of messages and of attempts.
const COUNTS: [&str; 10] = [
    "accepted_count",
    "delivered_count",
    "delivered_optimized_count",
    "processed_count",
    "sent_count",
    "unique_opened_count",
    "clicked_count",
    "failed_count",
    "permanent_failed_optimized_count",
    "delayed_first_attempt_count",
];

/// Generates valid and invalid values of fields.
fn value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "time",
        "tag",
        "domain",
        "subaccount",
        "opened_count",
        "delayed_rate",
        "processed_count",
        "=",
        "not contains",
        "day",
        "hour",
        "1m",
        "24h",
        "9999999d",
        "Fri, 02 Jan 2026 05:00:00 +0000",
        "0001-01-01",
        "9999-12-31T23:59:59-23:59",
        "-99999999999",
        "time:desc",
        "opened_count:asc",
        "a.example",
        "\u{0}\u{202e}'\"\\<&%[]{}\u{1f4a9}",
    ];
    let leaf = prop_oneof![
        6 => select(texts.to_vec()).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => (0..5000_usize).prop_map(|length| "ä".repeat(length).into()),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        prop_oneof![1 => list, 1 => object(inner)]
    })
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let names = [
        "start",
        "end",
        "resolution",
        "duration",
        "dimensions",
        "metrics",
        "filter",
        "AND",
        "attribute",
        "comparator",
        "values",
        "value",
        "include_subaccounts",
        "include_aggregates",
        "pagination",
        "sort",
        "skip",
        "limit",
        "timezone",
    ];
    let fields = prop::collection::vec((select(names.to_vec()), value), 0..6);
    fields.prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Generates a valid question with all rows on one page.
fn question() -> impl Strategy<Value = Value> {
    let dimensions = prop::sample::subsequence([&ATTRIBUTES[..], &["time"]].concat(), 1..=3).prop_shuffle();
    let metrics = prop::sample::subsequence(COUNTS.to_vec(), 1..=10);
    let predicate =
        (select(&ATTRIBUTES[..]), select(&["=", "!=", "contains", "not contains"][..]), select(VALUES));
    let predicates = prop::collection::vec(predicate, 0..2);
    let rest =
        (select(&["hour", "day", "month"][..]), any::<bool>(), select(&["asc", "desc"][..]), any::<bool>());
    (dimensions, metrics, predicates, rest).prop_map(|(dimensions, metrics, predicates, rest)| {
        let (resolution, subaccounts, direction, by_metric) = rest;
        let column = if by_metric { metrics[0] } else { dimensions[0] };
        let predicate = |(attribute, comparator, value): (&str, &str, &str)| {
            json!({"attribute": attribute, "comparator": comparator, "values": [{ "value": value }]})
        };
        let predicates: Vec<Value> = predicates.into_iter().map(predicate).collect();
        json!({
            "start": "2026-01-01",
            "end": "2026-01-03",
            "resolution": resolution,
            "dimensions": dimensions,
            "metrics": metrics,
            "filter": { "AND": predicates },
            "include_subaccounts": subaccounts,
            "include_aggregates": true,
            "pagination": { "sort": format!("{column}:{direction}"), "limit": 1000 },
        })
    })
}

/// Values of mail, and the names of absent values.
const VALUES: &[&str] = &[
    "a.example",
    "NEW",
    "eu",
    "apple",
    "de",
    "mobile",
    "Unknown",
    "Untagged",
    "None",
    "Other",
    "north",
    "o",
];

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    store
}

/// Posts a body to a path and returns the response, without credential and rate limit.
fn post(
    store: &MemoryStore,
    path: &str,
    body: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<Response<String>, Error> {
    let request = Request::post(path).body(body).unwrap();
    ready(dialect::answer(&Mailgun::new([""; 0]), store, &"acme".into(), &request, now))
}

/// Returns the response to a valid question about mail.
fn ask(store: &MemoryStore, body: &Value) -> Value {
    let response = post(store, "/v1/analytics/metrics", body.to_string().into(), at(0)).unwrap();
    serde_json::from_str(response.body()).unwrap()
}

/// Adds a metric over rows.
fn sum(items: &[Value], metric: &str) -> u64 {
    items.iter().map(|item| item["metrics"][metric].as_u64().unwrap()).sum()
}

fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_body_is_answered_or_refused(
        usage in any::<bool>(),
        posted in prop_oneof![
            6 => object(value()).prop_map(|value| value.to_string().into_bytes()),
            1 => value().prop_map(|value| value.to_string().into_bytes()),
            1 => any::<Vec<u8>>(),
        ],
        events in events(),
        seconds in any::<i32>(),
    ) {
        let path = if usage { "/v1/analytics/usage/metrics" } else { "/v1/analytics/metrics" };
        match post(&store(events), path, posted, at(seconds.into())) {
            Ok(response) => {
                let line = response.body();
                let answer: Map<String, Value> = serde_json::from_str(line).unwrap();
                prop_assert!(answer.len() == 7 || answer.len() == 8, "{}", line);
                prop_assert!(line.ends_with('\n'));
            }
            Err(error) => {
                let response = Mailgun::refuse(&error);
                let body: Value = serde_json::from_str(response.body()).unwrap();
                prop_assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{}", body);
                prop_assert_eq!(body, json!({ "message": error.to_string() }));
                prop_assert!(response.body().len() < 2500, "{} is long", response.body());
            }
        }
    }

    // G21 G22
    #[test]
    fn pages_one_after_another_are_all_rows_and_add_up_to_the_aggregates(
        question in question(),
        events in events(),
        limit in 1..7_usize,
    ) {
        let store = store(events);
        let whole = ask(&store, &question);
        let (rows, total) = (items(&whole), whole["pagination"]["total"].as_u64().unwrap());
        prop_assert_eq!(rows.len() as u64, total);
        let mut pages = Vec::new();
        while {
            let mut page = question.clone();
            page["pagination"]["skip"] = pages.len().into();
            page["pagination"]["limit"] = limit.into();
            let answer = ask(&store, &page);
            prop_assert_eq!(&answer["aggregates"], &whole["aggregates"]);
            prop_assert_eq!(&answer["pagination"]["total"], &whole["pagination"]["total"]);
            pages.extend(items(&answer).iter().cloned());
            items(&answer).len() == limit
        } {}
        prop_assert_eq!(&pages[..], rows);
        let is_by_tag = question["dimensions"].as_array().unwrap().contains(&json!("tag"));
        for metric in question["metrics"].as_array().unwrap() {
            let metric = metric.as_str().unwrap();
            let all = whole["aggregates"]["metrics"][metric].as_u64().unwrap();
            let of_rows = sum(rows, metric);
            prop_assert!(of_rows == all || (is_by_tag && of_rows > all), "{}: {} of {}", metric, of_rows, all);
        }
        let shown = |row: &Value| row["metrics"].as_object().unwrap().values().any(|count| *count != 0);
        prop_assert!(rows.iter().all(shown), "a row without counts");
    }

    // G24 G31
    #[test]
    fn a_row_has_what_a_filter_on_its_value_keeps(
        attribute in select(&ATTRIBUTES[..]),
        events in events(),
    ) {
        let store = store(events);
        let asking = |comparator: &str, value: &str| {
            let predicate = json!({"attribute": attribute, "comparator": comparator, "values": [{ "value": value }]});
            json!({
                "start": "2026-01-01",
                "end": "2026-01-03",
                "metrics": COUNTS,
                "filter": { "AND": [predicate] },
                "include_subaccounts": true,
                "include_aggregates": true,
            })
        };
        let mut rows = asking("=", "");
        rows["filter"] = json!({});
        rows["dimensions"] = json!([attribute]);
        let answer = ask(&store, &rows);
        for row in items(&answer) {
            let value = row["dimensions"][0]["value"].as_str().unwrap();
            let (is, is_not) = (ask(&store, &asking("=", value)), ask(&store, &asking("!=", value)));
            prop_assert_eq!(&row["metrics"], &is["aggregates"]["metrics"], "{}", value);
            for count in COUNTS {
                let of = |answer: &Value| answer["aggregates"]["metrics"][count].as_u64().unwrap();
                prop_assert_eq!(of(&is) + of(&is_not), of(&answer), "{} {}", count, value);
            }
            if !value.is_empty() {
                let part = ask(&store, &asking("contains", value));
                prop_assert_eq!(&row["metrics"], &part["aggregates"]["metrics"], "{}", value);
            }
        }
    }
}
