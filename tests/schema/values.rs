//! Whatever the types serialize to is valid.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use mailtally::dialect::{Dialect, answer};
use mailtally::native::{MessagesRequest, Native, Request};
use mailtally::rate::Preset;
use mailtally::report::Report;
use mailtally::store::{Provenance, Thinned};
use mailtally::{
    Against, By, Dimension, Event, EventType, Kind, Limits, MemoryStore, Metric, Period, Query, Resolution,
    Scope, Timing,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::any_query::{messages_request, metrics, query};
use super::validator::{Location, Schemas};
use crate::common::{at, event, events, ready};

fn errors(file: &str, value: &Value) -> Vec<String> {
    Schemas::all().check(file, value).errors
}

/// Returns the report of the events; `None` if the query is too large or invalid.
fn report(events: Vec<Event>, query: &Query) -> Option<Report> {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    match store.report(query, now()) {
        Ok(report) => Some(report),
        Err(error) => {
            assert!(error.is_client_error(), "{error}");
            None
        }
    }
}

/// Returns the instant at which everything is asked.
fn now() -> DateTime<Utc> {
    at(5 * 24 * 3600)
}

/// Returns the answer to a request for messages about the mail of `acme`; an error if it has none.
fn messages(events: Vec<Event>, request: &Value, limits: Limits) -> Result<Value, String> {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    let request = http::Request::post("/query/messages").body(request.to_string()).unwrap();
    match ready(answer(&Native::new(limits), &store, &"acme".into(), &request, now())) {
        Ok(response) => Ok(serde_json::from_str(response.body()).unwrap()),
        Err(error) => {
            assert_eq!(Native::refuse(&error).status(), 400, "{error}");
            Err(error.to_string())
        }
    }
}

proptest! {
    #[test]
    fn any_query_is_valid_and_so_is_its_request(query in query()) {
        let json = serde_json::to_value(&query).unwrap();
        prop_assert_eq!(errors("query.json", &json), Vec::<String>::new());
        prop_assert_eq!(&serde_json::from_value::<Query>(json.clone()).unwrap(), &query);

        let request = Request::from(query.clone());
        let json_request = serde_json::to_value(&request).unwrap();
        prop_assert_eq!(errors("request.json", &json_request), Vec::<String>::new());
        let read = Request::parse(json_request.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&read, &request);

        let scope: Scope = serde_json::from_value(json["scope"].clone()).unwrap();
        let limits: Limits = serde_json::from_value(json["limits"].clone()).unwrap();
        prop_assert_eq!(read.query(scope).limits(limits), query);
    }

    #[test]
    fn any_event_is_valid(event in event(), name in "\\PC{1,20}", attributes in any::<bool>()) {
        let event = if attributes { event.attribute(name, json!({ "x": [1, null] })) } else { event.client(name) };
        prop_assert_eq!(errors("event.json", &serde_json::to_value(&event).unwrap()), Vec::<String>::new());
    }

    #[test]
    fn any_request_for_messages_is_valid(json in messages_request()) {
        prop_assert_eq!(errors("messages-request.json", &json), Vec::<String>::new());
        let request = MessagesRequest::parse(json.to_string().as_bytes()).unwrap();
        let written = serde_json::to_value(&request).unwrap();
        prop_assert_eq!(errors("messages-request.json", &written), Vec::<String>::new());
        prop_assert_eq!(MessagesRequest::parse(written.to_string().as_bytes()).unwrap(), request);
    }

    #[test]
    fn the_messages_of_any_figure_are_valid(
        events in events(), query in query(), row in any::<Index>(), metric in select(metrics()), limit in 1..4_usize,
    ) {
        let limits = Limits { buckets: 30, rows: 40, ..Limits::default() };
        let query = query.scope("acme").limits(limits);
        let Some(report) = report(events.clone(), &query) else { return Ok(()) };
        let is_counted = metric.kind().map_or_else(|| report.plan().has_statuses(), |kind| report.has(kind));
        let report = serde_json::to_value(&report).unwrap();
        let rows = report["rows"].as_array().unwrap();
        if rows.is_empty() {
            return Ok(());
        }
        let (query, group) = (Request::from(query), &row.get(rows)["group"]);
        let request = json!({ "query": query, "group": group, "metric": metric.to_string(), "limit": limit });
        prop_assert_eq!(errors("messages-request.json", &request), Vec::<String>::new());
        let answered = messages(events, &request, limits);
        prop_assert_eq!(answered.is_ok(), is_counted, "{}: {:?}", request, answered);
        if let Ok(page) = answered {
            prop_assert_eq!(errors("messages.json", &page), Vec::<String>::new());
        }
    }

    #[test]
    fn the_report_of_any_query_is_valid(events in events(), query in query()) {
        let query = query.scope(Scope::All).limits(Limits { buckets: 30, rows: 40, ..Limits::default() });
        if let Some(report) = report(events, &query) {
            prop_assert_eq!(errors("report.json", &serde_json::to_value(&report).unwrap()), Vec::<String>::new());
        }
    }
}

/// Returns mail of two days. On the second day, more messages bounce after their delivery than are delivered.
fn mail() -> Vec<Event> {
    let event = |message: &str, kind: Kind, hour: i64| {
        Event::new("acme", message, format!("{kind}"), kind, at(hour * 3600)).tags([message])
    };
    let bounced = |message: &str, hour: i64| {
        Event::new("acme", message, "late", EventType::HardBouncedDelayed, at(hour * 3600))
    };
    vec![
        event("m-1", Kind::Delivered, 1),
        event("m-1", Kind::Opened, 30),
        event("m-2", Kind::Delivered, 28),
        event("m-2", Kind::Opened, 29),
        event("m-3", Kind::Delivered, 2),
        bounced("m-3", 40),
        event("m-4", Kind::Delivered, 3),
        bounced("m-4", 41),
    ]
}

fn days() -> Query {
    Query::new("acme", "2026-01-02".parse::<Period>().unwrap())
}

/// Returns reports that together have everything that a report can have.
fn reports() -> Vec<Report> {
    let by_tag = days().by(Dimension::Tag).by(By::Date).top(1).compare(Against::Previous);
    let open = Query::new("acme", Period::all()).compare(Against::Year);
    let by_country = days().by(Dimension::Country).timing(Timing::Send);
    let longer =
        Query::new("acme", "2026-03".parse::<Period>().unwrap()).by(By::Date).compare(Against::Previous);
    let below_zero = days().compare(Against::Previous);
    let reports = [by_tag, open, by_country, longer].map(|query| report(mail(), &query).unwrap()).into_iter();
    let thinned = Thinned { before: at(0), resolution: Resolution::Day };
    let provenance =
        Provenance::default().complete_until(at(36 * 3600)).path("rollup by day").thinned(thinned);
    let incomplete = report(mail(), &days()).unwrap().with_provenance(provenance);
    // SparkPost subtracts late bounces from deliveries.
    let below_zero =
        report(mail(), &below_zero).unwrap().with_rates(Preset::SparkPost.definitions().iter().copied());
    reports.chain([below_zero, incomplete]).collect()
}

/// Returns pages that together have everything that a page of messages can have.
fn pages() -> Vec<Value> {
    let request = |limit: usize| {
        let query = json!({ "period": "2026-01-01..=2026-01-02" });
        json!({ "query": query, "metric": Metric::Total(Kind::Delivered).to_string(), "limit": limit })
    };
    [1, 4].map(|limit| messages(mail(), &request(limit), Limits::default()).unwrap()).into()
}

/// Returns every answer, with the file name of its schema.
fn answers() -> Vec<(&'static str, Value)> {
    let reports = reports().into_iter().map(|report| ("report.json", serde_json::to_value(&report).unwrap()));
    reports.chain(pages().into_iter().map(|page| ("messages.json", page))).collect()
}

/// Returns whether a part belongs to the schema of an answer.
fn is_of_answer(location: &Location) -> bool {
    matches!(&*location.file, "report.json" | "messages.json")
}

#[test]
fn every_property_of_an_answer_occurs() {
    let schemas = Schemas::all();
    let met: BTreeSet<Location> = answers()
        .iter()
        .flat_map(|(file, answer)| {
            let outcome = schemas.check(file, answer);
            assert!(outcome.is_valid(), "{:?}", outcome.errors);
            outcome.met
        })
        .collect();
    for location in schemas.parts().into_iter().filter(is_of_answer) {
        assert!(met.contains(&location), "no answer has {location:?}");
    }
}

#[test]
fn every_warning_of_the_schema_occurs() {
    let code = Location::new("report.json", "/$defs/warning/properties/code");
    let known = Schemas::all().at(&code)["enum"].as_array().unwrap().iter();
    let found: BTreeSet<String> =
        reports().iter().flat_map(Report::warnings).map(|warning| warning.code().to_owned()).collect();
    assert_eq!(found, known.map(|code| code.as_str().unwrap().to_owned()).collect());
}

#[test]
fn every_object_of_an_answer_requires_all_its_properties_and_allows_no_others() {
    let schemas = Schemas::all();
    for location in schemas.parts().into_iter().filter(is_of_answer) {
        let part = schemas.at(&location);
        let Some(properties) = part.get("properties").and_then(Value::as_object) else { continue };
        assert_eq!(part["additionalProperties"], false, "{location:?}");
        if location.pointer != "/$defs/counts" {
            let names: BTreeSet<&str> = properties.keys().map(|name| &**name).collect();
            let required = part["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            assert_eq!(names, required.collect(), "{location:?}");
        }
    }
}

#[test]
fn a_report_with_the_rates_of_any_preset_is_valid() {
    for preset in Preset::ALL {
        for report in reports() {
            let report = report.with_rates(preset.definitions().iter().copied());
            assert_eq!(
                errors("report.json", &serde_json::to_value(&report).unwrap()),
                Vec::<String>::new(),
                "{preset}"
            );
        }
    }
}

#[test]
fn unknown_properties_of_an_answer_are_refused() {
    let report = serde_json::to_value(&reports()[0]).unwrap();
    for pointer in [
        "",
        "/range",
        "/rows/0",
        "/rows/0/counts",
        "/rows/0/counts/opened",
        "/total/rates/open_rate",
        "/rest",
        "/comparison",
        "/provenance",
        "/warnings/0",
    ] {
        let mut other = report.clone();
        other.pointer_mut(pointer).unwrap()["more"] = json!(0);
        assert!(!errors("report.json", &other).is_empty(), "{pointer}");
    }
    for pointer in ["", "/messages/0"] {
        let mut other = pages()[0].clone();
        other.pointer_mut(pointer).unwrap()["more"] = json!(0);
        assert!(!errors("messages.json", &other).is_empty(), "{pointer}");
    }
    let mut by_nothing = report;
    by_nothing["rows"][0]["group"] = json!({ "esp": "Google" });
    assert!(!errors("report.json", &by_nothing).is_empty());
}

#[test]
fn only_years_that_rfc_3339_does_not_have_are_formatted_differently() {
    let long_ago =
        Query::new("acme", "P12000Y/2026-01-01".parse::<Period>().unwrap()).resolution(Resolution::All);
    let report = serde_json::to_value(report(mail(), &long_ago).unwrap()).unwrap();
    assert_eq!(report["range"]["start"], "-9974-01-01T00:00:00Z");
    for error in errors("report.json", &report) {
        assert!(error.contains("/format: ") && error.contains("-9974-01-01"), "{error}");
    }
}
