//! A value with one change is valid for both the schema and the type, or for neither.

use mailtally::dialect::Dialect;
use mailtally::native::{MessagesRequest, Native, Request};
use mailtally::{Event, Query};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::any_query::{messages_request, query};
use super::lists::is_event;
use super::validator::{Schemas, members};
use crate::common::event;

/// One change in a JSON value.
#[derive(Clone, Debug)]
enum Change {
    /// Replaces a value.
    Replace(Value),
    /// Renames a member of an object.
    Rename(Index),
    /// Removes a member of an object or an element of an array.
    Remove(Index),
    /// Adds a member to an object.
    Add(Value),
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(1_770_000_000),
        json!("x?"),
        json!(""),
        json!("5.1.1"),
        json!([]),
        json!([7]),
        json!({}),
        json!({ "x?": 1 }),
    ];
    let value = || select(values.to_vec());
    let change = prop_oneof![
        4 => value().prop_map(Change::Replace),
        1 => any::<Index>().prop_map(Change::Rename),
        1 => any::<Index>().prop_map(Change::Remove),
        1 => value().prop_map(Change::Add),
    ];
    (any::<Index>(), change)
}

/// Returns the JSON pointer of every part of a value.
fn pointers(value: &Value) -> Vec<String> {
    let mut pointers = vec![String::new()];
    let items = value.as_array().into_iter().flatten().enumerate().map(|(n, item)| (n.to_string(), item));
    let parts =
        members(value).map(|(name, part)| (name.replace('~', "~0").replace('/', "~1"), part)).chain(items);
    for (name, part) in parts {
        pointers.extend(pointers_below(&name, part));
    }
    pointers
}

fn pointers_below(name: &str, part: &Value) -> impl Iterator<Item = String> {
    pointers(part).into_iter().map(move |pointer| format!("/{name}{pointer}"))
}

/// Changes a value and returns the JSON pointer of the changed part.
fn apply(value: &mut Value, (pointer_index, change): &(Index, Change)) -> String {
    let pointers = pointers(value);
    let pointer = pointer_index.get(&pointers).clone();
    let part = value.pointer_mut(&pointer).unwrap();
    match (change, part) {
        (Change::Replace(other), part) => *part = other.clone(),
        (Change::Rename(index), Value::Object(object)) if !object.is_empty() => {
            let name = index.get(&object.keys().cloned().collect::<Vec<_>>()).clone();
            let part = object.remove(&name).unwrap();
            object.insert(format!("{name}?"), part);
        }
        (Change::Remove(index), Value::Object(object)) if !object.is_empty() => {
            let name = index.get(&object.keys().cloned().collect::<Vec<_>>()).clone();
            object.remove(&name);
        }
        (Change::Remove(index), Value::Array(items)) if !items.is_empty() => {
            let position = index.index(items.len());
            items.remove(position);
        }
        (Change::Add(other), Value::Object(object)) => drop(object.insert("more".to_owned(), other.clone())),
        (Change::Rename(_) | Change::Remove(_) | Change::Add(_), _) => {}
    }
    pointer
}

/// Returns whether the part is a text that a schema cannot check.
fn is_unchecked_text(value: &Value, pointer: &str) -> bool {
    // Those of a request for messages are in its query.
    matches!(pointer.strip_prefix("/query").unwrap_or(pointer), "/period" | "/zone")
        && value.pointer(pointer).is_some_and(Value::is_string)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_changed_request_is_valid_for_both_or_neither(query in query(), change in change()) {
        let mut request = serde_json::to_value(Request::from(query)).unwrap();
        let pointer = apply(&mut request, &change);
        let outcome = Schemas::all().check("request.json", &request);
        let read = Request::parse(request.to_string().as_bytes());
        if !is_unchecked_text(&request, &pointer) {
            prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", request, outcome.errors, read);
        }
    }

    #[test]
    fn a_changed_query_is_valid_for_both_or_neither(query in query(), change in change()) {
        let mut query = serde_json::to_value(query).unwrap();
        let pointer = apply(&mut query, &change);
        let outcome = Schemas::all().check("query.json", &query);
        let read = serde_json::from_str::<Query>(&query.to_string());
        // Serde also accepts an array of the fields in place of an object.
        let is_array = pointer == "/limits" && query["limits"].is_array();
        if !is_unchecked_text(&query, &pointer) && !is_array {
            prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", query, outcome.errors, read);
        }
    }

    #[test]
    fn a_changed_request_for_messages_is_valid_for_both_or_neither(request in messages_request(), change in change()) {
        let mut request = request;
        let pointer = apply(&mut request, &change);
        let outcome = Schemas::all().check("messages-request.json", &request);
        let read = MessagesRequest::parse(request.to_string().as_bytes());
        if !is_unchecked_text(&request, &pointer) {
            prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", request, outcome.errors, read);
        }
    }

    #[test]
    fn a_changed_event_is_valid_for_both_or_neither(event in event(), change in change()) {
        let mut event = serde_json::to_value(event).unwrap();
        apply(&mut event, &change);
        let outcome = Schemas::all().check("event.json", &event);
        let read = serde_json::from_str::<Event>(&event.to_string());
        prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", event, outcome.errors, read);
    }

    #[test]
    fn a_number_is_an_instant_for_both_or_neither(
        digits in 0..20_u32, fraction in 0.0..1.0_f64, near in -2..3_i64, number in any::<i64>(), field in select(&["at", "created"][..]),
    ) {
        #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
        let scaled = (10_f64.powi(digits as i32) * fraction) as i64;
        for number in [number, scaled, 10_i64.saturating_pow(digits).saturating_add(near)] {
            let (schema, read) = is_event(field, &json!(number));
            prop_assert_eq!(schema, read, "{} {}", field, number);
        }
    }

    #[test]
    fn a_text_is_a_code_for_both_or_neither(text in "[02-6]{1,2}(\\.[0-9]{0,4}){1,3}") {
        let (schema, read) = is_event("code", &json!(text));
        // The type also accepts leading zeros of the class.
        if !text.starts_with('0') {
            prop_assert_eq!(schema, read, "{}", text);
        }
    }

    #[test]
    fn a_request_with_a_scope_or_limits_is_refused(query in query()) {
        let server_fields = serde_json::to_value(&query).unwrap();
        for field in ["scope", "limits"] {
            let mut request = serde_json::to_value(Request::from(query.clone())).unwrap();
            request[field] = server_fields[field].clone();
            let refused = Request::parse(request.to_string().as_bytes()).unwrap_err();
            prop_assert_eq!(Native::refuse(&refused).status(), 400);
            prop_assert!(!Schemas::all().check("request.json", &request).is_valid());
        }
    }
}

#[test]
fn every_field_of_the_wrong_type_is_refused_by_both() {
    let schemas = Schemas::all();
    let query: Value = serde_json::from_str(
        r#"{"scope":{"accounts":["acme"]},"period":"7d","zone":"UTC","resolution":"day","by":["tag"],
            "filters":[{"dimension":"tag","is":["x"],"ignoring_case":true}],"timing":"send","kinds":["sent"],
            "rank":"sent.total","top":5,"compare":"year","limits":{"buckets":1,"rows":1}}"#,
    )
    .unwrap();
    assert!(schemas.check("query.json", &query).is_valid());
    for pointer in pointers(&query) {
        // None of these is valid anywhere, except a value of the same type.
        for wrong in [json!(true), json!(7), json!(1.5), json!("x?"), json!({ "x?": 1 })] {
            let part = query.pointer(&pointer).unwrap();
            let is_same_type =
                std::mem::discriminant(part) == std::mem::discriminant(&wrong) && !part.is_object();
            if is_same_type && !wrong.is_f64() {
                continue;
            }
            let mut changed = query.clone();
            *changed.pointer_mut(&pointer).unwrap() = wrong;
            assert!(!schemas.check("query.json", &changed).is_valid(), "{pointer}: {changed}");
            assert!(serde_json::from_str::<Query>(&changed.to_string()).is_err(), "{pointer}: {changed}");
        }
    }
}
