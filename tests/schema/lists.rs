//! Every list of names, every default and every bound of a schema is that of the type; every property is a field.

use std::collections::{BTreeMap, BTreeSet};

use mailtally::message::Stream;
use mailtally::native::{MessagesRequest, Request};
use mailtally::rate::Eligibility;
use mailtally::{
    Against, Dimension, Event, EventType, Filter, Kind, Limits, Query, QueryError, Resolution, Status,
    Timing, schema,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::any_query::{every_by, metrics};
use super::validator::{Location, Schemas, members};
use crate::common::at;

fn names<T: ToString>(all: impl IntoIterator<Item = T>) -> Vec<Value> {
    all.into_iter().map(|name| Value::from(name.to_string())).collect()
}

fn or_null(mut names: Vec<Value>) -> Vec<Value> {
    names.push(Value::Null);
    names
}

/// Returns the location of every list of names in the schemas, with the names of the type.
fn lists() -> BTreeMap<(&'static str, String), Vec<Value>> {
    let kinds = names(Kind::ALL);
    let resolutions = names(Resolution::ALL);
    let mut lists: BTreeMap<(&str, String), Vec<Value>> = [
        ("request.json", "/$defs/dimension", names(Dimension::ALL)),
        ("request.json", "/$defs/kind", kinds.clone()),
        ("request.json", "/$defs/metric", names(metrics())),
        ("request.json", "/properties/resolution", or_null(resolutions.clone())),
        ("request.json", "/properties/timing", names(Timing::ALL)),
        ("request.json", "/properties/compare", or_null(names(Against::ALL))),
        ("event.json", "/properties/kind", kinds),
        ("event.json", "/properties/stream", [or_null(names(Stream::ALL)), vec![json!("")]].concat()),
        ("event.json", "/properties/created/anyOf/1", or_null(vec![json!("")])),
        ("event.json", "/properties/code/anyOf/1", or_null(vec![json!("")])),
        ("report.json", "/$defs/range/properties/resolution", resolutions.clone()),
        ("report.json", "/$defs/thinned/properties/resolution", resolutions),
        ("report.json", "/$defs/comparison/properties/against", names(Against::ALL)),
        ("report.json", "/$defs/definition/properties/eligibility", names(Eligibility::ALL)),
    ]
    .map(|(file, pointer, names)| ((file, pointer.to_owned()), names))
    .into();
    // The unit tests of the crate compare these.
    lists.insert(("report.json", "/$defs/warning/properties/code".to_owned()), Vec::new());
    lists
}

#[test]
fn every_list_of_names_equals_that_of_the_type() {
    let (schemas, mut lists) = (Schemas::all(), lists());
    let of_rule =
        |location: &Location| location.file == "event.json" && location.pointer.starts_with("/allOf/");
    for location in schemas.parts().into_iter().filter(|location| !of_rule(location)) {
        let Some(found) = schemas.at(&location).get("enum") else { continue };
        let (file, _) = schema::ALL.into_iter().find(|(file, _)| *file == location.file).unwrap();
        let expected = lists.remove(&(file, location.pointer.clone()));
        let expected = expected.unwrap_or_else(|| panic!("the list at {location:?} has no type"));
        let (found, expected): (BTreeSet<String>, BTreeSet<String>) = (
            found.as_array().unwrap().iter().map(Value::to_string).collect(),
            expected.iter().map(Value::to_string).collect(),
        );
        assert!(expected.is_empty() || found == expected, "{location:?}: {found:?} {expected:?}");
    }
    assert!(lists.is_empty(), "no schema has {lists:?}");
}

#[test]
fn the_schema_has_every_dimension_and_the_date() {
    let schemas = Schemas::all();
    let location = Location::new("request.json", "/$defs/by");
    for by in every_by() {
        assert!(schemas.check_at(&location, &json!(by)).is_valid(), "{by}");
    }
    assert_eq!(schemas.at(&location)["anyOf"], json!([{ "$ref": "#/$defs/dimension" }, { "const": "date" }]));
}

#[test]
fn a_kind_has_the_qualifiers_of_its_event_types_only() {
    let schemas = Schemas::all();
    let qualifiers: BTreeSet<&str> =
        EventType::ALL.into_iter().filter_map(EventType::qualifier).chain(["x"]).collect();
    for kind in Kind::ALL {
        let event = |qualifier: Value| json!({ "account": "a", "message": "m", "id": "1", "kind": kind, "at": 1_770_000_000, "qualifier": qualifier });
        for qualifier in &qualifiers {
            let is_known = EventType::new(kind, Some(qualifier)).is_ok();
            assert_eq!(
                schemas.check("event.json", &event(json!(qualifier))).is_valid(),
                is_known,
                "{kind} {qualifier}"
            );
        }
        for nothing in [json!(null), json!("")] {
            assert!(schemas.check("event.json", &event(nothing)).is_valid(), "{kind}");
        }
        let counted = Location::new("report.json", &format!("/$defs/counts/properties/{kind}"));
        let counted = match schemas.at(&counted).get("$ref") {
            Some(reference) => counted.resolve(reference.as_str().unwrap()),
            None => counted,
        };
        let by = &schemas.at(&counted)["properties"]["by"];
        let mut known: Vec<&str> = kind.event_types().filter_map(EventType::qualifier).collect();
        if !known.is_empty() {
            known.push("unqualified");
        }
        let properties: Vec<&str> =
            by.get("properties").map(|by| members(by).map(|(name, _)| &**name).collect()).unwrap_or_default();
        assert_eq!(properties.iter().collect::<BTreeSet<_>>(), known.iter().collect(), "{kind}");
        assert_eq!(by.get("required").cloned().unwrap_or_else(|| json!([])), json!(known), "{kind}");
    }
    let counts = &schemas.at(&Location::new("report.json", "/$defs/counts/properties"));
    assert_eq!(members(counts).count(), Kind::COUNT);
}

#[test]
fn a_report_has_every_status() {
    let schemas = Schemas::all();
    let statuses = schemas.at(&Location::new("report.json", "/$defs/statuses"));
    assert_eq!(statuses["required"], json!(Status::ALL));
    assert_eq!(members(&statuses["properties"]).count(), Status::COUNT);
}

#[test]
fn the_possible_values_of_dimensions_are_described() {
    let schemas = Schemas::all();
    let words = schemas.at(&Location::new("request.json", "/$defs/value"))["description"].as_str().unwrap();
    for dimension in Dimension::ALL {
        let possible = dimension.possible_values();
        // A code has a form in place of a list of values.
        let is_checked = possible.is_some() || dimension == Dimension::Code;
        assert_eq!(words.contains(&format!("`{dimension}`")), is_checked, "{dimension}");
        for value in possible.into_iter().flatten() {
            assert!(words.contains(&format!("`{value}`")), "{dimension} {value}");
        }
    }
}

#[test]
fn the_dimensions_that_belong_to_an_event_are_listed() {
    let dimension = Location::new("request.json", "/$defs/dimension");
    let words = Schemas::all().at(&dimension)["description"].as_str().unwrap();
    let (_, rest) = words.split_once("These belong to an event: ").unwrap();
    let (list, _) = rest.split_once(". ").unwrap();
    let listed: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    let of_event: Vec<&str> = Dimension::ALL
        .into_iter()
        .filter(|dimension| dimension.belongs_to_event())
        .map(Dimension::name)
        .collect();
    assert_eq!(listed, of_event);
}

/// Returns the fields of a type, from its error for an unknown field.
fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
    let Err(error) = serde_json::from_str::<T>(r#"{"no such field":0}"#) else { panic!("any field is read") };
    let text = error.to_string();
    let (_, known) = text.split_once("expected ").unwrap();
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn properties_are_the_fields_of_the_type() {
    let schemas = Schemas::all();
    for (file, pointer, fields) in [
        ("request.json", "", fields::<Request>()),
        ("request.json", "/$defs/filter", fields::<Filter>()),
        ("query.json", "", fields::<Query>()),
        ("query.json", "/properties/limits", fields::<Limits>()),
        ("messages-request.json", "", fields::<MessagesRequest>()),
        ("event.json", "", fields::<Event>()),
    ] {
        let part = schemas.at(&Location::new(file, pointer));
        let properties: BTreeSet<String> =
            members(&part["properties"]).map(|(name, _)| name.clone()).collect();
        assert_eq!(properties, fields, "{file}#{pointer}");
        assert_eq!(part["additionalProperties"], false, "{file}#{pointer}");
    }
}

#[test]
fn the_fields_of_a_request_have_the_same_schema_in_a_query() {
    let schemas = Schemas::all();
    let query = &schemas.at(&Location::new("query.json", ""))["properties"];
    for (name, _) in members(&schemas.at(&Location::new("request.json", ""))["properties"]) {
        assert_eq!(query[name], json!({ "$ref": format!("request.json#/properties/{name}") }));
    }
}

#[test]
fn an_absent_field_has_the_default_of_the_schema() {
    let schemas = Schemas::all();
    let defaults = |value: &mut Value, file: &str, pointer: &str| {
        let mut filled = 0;
        for (name, part) in members(&schemas.at(&Location::new(file, pointer))["properties"]) {
            let location = Location::new(file, &format!("{pointer}/properties/{name}"));
            let referred = || {
                Some(schemas.at(&location.resolve(part.get("$ref")?.as_str()?)))
                    .and_then(|part| part.get("default"))
            };
            if let Some(default) = part.get("default").or_else(referred) {
                value[name] = default.clone();
                filled += 1;
            }
        }
        filled
    };
    let mut query = json!({ "scope": "all", "period": "7d" });
    let bare: Query = serde_json::from_value(query.clone()).unwrap();
    assert_eq!(defaults(&mut query, "query.json", ""), 6);
    assert_eq!(serde_json::from_value::<Query>(query.clone()).unwrap(), bare);
    let mut limits = json!({});
    assert_eq!(defaults(&mut limits, "query.json", "/properties/limits"), 7);
    assert_eq!(query["limits"], limits);
    assert_eq!(serde_json::from_value::<Limits>(limits).unwrap(), Limits::default());
    let messages = json!({ "query": { "period": "7d" }, "metric": "sent.total" });
    let mut filled = messages.clone();
    assert_eq!(defaults(&mut filled, "messages-request.json", ""), 2);
    assert_eq!(
        serde_json::from_value::<MessagesRequest>(filled).unwrap(),
        serde_json::from_value(messages).unwrap()
    );
    let filter = json!({ "dimension": "tag", "is": ["x"] });
    let mut filled = filter.clone();
    assert_eq!(defaults(&mut filled, "request.json", "/$defs/filter"), 1);
    assert_eq!(serde_json::from_value::<Filter>(filled).unwrap(), serde_json::from_value(filter).unwrap());
}

#[test]
fn every_bound_equals_that_of_the_type() {
    let schemas = Schemas::all();
    let request = |field: &str, value: &Value| {
        let mut request = json!({ "period": "7d" });
        request[field] = value.clone();
        let read = Request::parse(request.to_string().as_bytes());
        (
            schemas.check("request.json", &request).is_valid(),
            read.is_ok_and(|request| request.query("a").plan(at(0)).is_ok()),
        )
    };
    let long = |length: usize| json!(format!("2026-01-01T09:00:00Z..{:0>1$}", 1_798_761_600, length - 22));
    for (field, value, is_valid) in [
        ("attempt", json!(0), false),
        ("attempt", json!(1), true),
        ("attempt", json!(u32::MAX), true),
        ("attempt", json!(u64::from(u32::MAX) + 1), false),
        ("at", json!(946_684_799), false),
        ("at", json!(946_684_800), true),
        ("at", json!(99_999_999_999_i64), true),
        ("at", json!(100_000_000_000_i64), false),
        ("at", json!(946_684_799_999_i64), false),
        ("at", json!(946_684_800_000_i64), true),
        ("at", json!(99_999_999_999_999_i64), true),
        ("at", json!(100_000_000_000_000_i64), false),
        ("at", json!(946_684_799_999_999_i64), false),
        ("at", json!(946_684_800_000_000_i64), true),
        ("at", json!(99_999_999_999_999_999_i64), true),
        ("at", json!(100_000_000_000_000_000_i64), false),
        ("at", json!(null), false),
        ("created", json!(946_684_799), false),
        ("created", json!(946_684_800), true),
        ("created", json!(null), true),
        ("tags", json!((0..Event::MAX_TAGS).map(|tag| tag.to_string()).collect::<Vec<_>>()), true),
        ("tags", json!((0..=Event::MAX_TAGS).map(|tag| tag.to_string()).collect::<Vec<_>>()), false),
        ("code", json!("5.999.999"), true),
        ("code", json!("5.1000.1"), false),
        ("code", json!("3.1.1"), false),
        ("account", json!(""), false),
        ("message", json!(""), false),
        ("id", json!(""), false),
    ] {
        assert_eq!(is_event(field, &value), (is_valid, is_valid), "{field} {value}");
    }
    for (field, value, is_valid) in [
        ("top", json!(0), false),
        ("top", json!(1), true),
        ("top", json!(u64::MAX), true),
        ("top", json!(1.8446744073709552e19), false),
        ("by", json!(["tag", "date"]), true),
        ("by", json!(["tag", "date", "tag"]), false),
        ("period", json!(""), false),
        ("period", long(250), true),
        ("period", long(251), false),
        ("zone", json!(""), false),
    ] {
        assert_eq!(request(field, &value), (is_valid, is_valid), "{field} {value}");
    }
    let messages = |field: &str, value: &Value| {
        let mut request = json!({ "query": { "period": "7d" }, "metric": "sent.total" });
        request[field] = value.clone();
        (
            schemas.check("messages-request.json", &request).is_valid(),
            MessagesRequest::parse(request.to_string().as_bytes()).is_ok(),
        )
    };
    for (field, value, is_valid) in [
        ("limit", json!(0), false),
        ("limit", json!(1), true),
        ("limit", json!(u64::MAX), true),
        ("limit", json!(1.8446744073709552e19), false),
        ("limit", json!(null), false),
        ("after", json!(null), true),
        ("after", json!(""), true),
        ("group", json!({ "tag": null, "date": "2026-11-21" }), true),
        ("group", json!({ "esp": null }), false),
        ("group", json!(null), false),
    ] {
        assert_eq!(messages(field, &value), (is_valid, is_valid), "{field} {value}");
    }
    let page = schemas.at(&Location::new("messages.json", "/properties/messages"));
    assert_eq!(page["maxItems"], MessagesRequest::MAX_LIMIT);
}

/// Returns whether an event with this value of `field` is valid, for the schema and for the type.
pub(super) fn is_event(field: &str, value: &Value) -> (bool, bool) {
    let mut event = json!({ "account": "a", "message": "m", "id": "1", "kind": "sent", "at": 1_770_000_000 });
    event[field] = value.clone();
    let read = serde_json::from_str::<Event>(&event.to_string());
    (Schemas::all().check("event.json", &event).is_valid(), read.is_ok())
}

#[test]
fn every_field_of_an_event_can_be_empty_for_both_or_neither() {
    let schemas = Schemas::all();
    for (field, _) in members(&schemas.at(&Location::new("event.json", ""))["properties"]) {
        for nothing in [json!(null), json!(""), json!([]), json!({})] {
            let (schema, read) = is_event(field, &nothing);
            assert_eq!(schema, read, "{field} {nothing}");
        }
    }
    for field in ["category", "stream", "created", "code"] {
        assert_eq!(is_event(field, &json!("")), (true, true), "{field}");
    }
}

#[test]
fn only_the_type_checks_the_year_of_an_instant_and_the_length_of_a_text() {
    assert_eq!(is_event("at", &json!("1999-12-31T23:59:59Z")), (true, false));
    assert_eq!(is_event("created", &json!("1999-12-31T23:59:59Z")), (true, false));
    assert_eq!(is_event("category", &json!("x".repeat(1000))), (true, true));
    assert_eq!(is_event("category", &json!("x".repeat(1001))), (true, false));
    assert_eq!(is_event("code", &json!("05.1.1")), (false, false));
}

#[test]
fn a_query_without_a_plan_is_invalid_if_the_schema_can_express_it() {
    let schemas = Schemas::all();
    for (field, value) in [("top", json!(0)), ("by", json!(["date", "date"]))] {
        let mut request = json!({ "period": "7d" });
        request[field] = value;
        let error =
            Request::parse(request.to_string().as_bytes()).unwrap().query("a").plan(at(0)).unwrap_err();
        assert!(matches!(error, QueryError::TopZero | QueryError::Repeated { .. }), "{error}");
        assert!(!schemas.check("request.json", &request).is_valid(), "{request}");
    }
}
