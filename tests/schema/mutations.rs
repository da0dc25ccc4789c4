//! What is changed in one place is refused by the schema and by the type, or by neither.

use mailtally::dialect::Dialect;
use mailtally::native::{Native, Request};
use mailtally::{Event, Query};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::asked::query;
use super::validator::{Schemas, members};
use crate::common::event;

/// One change in a JSON value.
#[derive(Clone, Debug)]
enum Change {
    /// Another value stands there.
    Replace(Value),
    /// A member of an object is called otherwise.
    Rename(Index),
    /// A member of an object, or an element of an array, is not there.
    Remove(Index),
    /// An object has one more member.
    Add(Value),
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!("x?"),
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

/// Every place in a value, as a JSON pointer.
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

/// Changes the value; tells where.
fn apply(value: &mut Value, (place, change): &(Index, Change)) -> String {
    let pointers = pointers(value);
    let pointer = place.get(&pointers).clone();
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
            let place = index.index(items.len());
            items.remove(place);
        }
        (Change::Add(other), Value::Object(object)) => drop(object.insert("more".to_owned(), other.clone())),
        (Change::Rename(_) | Change::Remove(_) | Change::Add(_), _) => {}
    }
    pointer
}

/// Whether only reading can tell that the text there means nothing.
fn is_of_meaning(value: &Value, pointer: &str) -> bool {
    matches!(pointer, "/period" | "/zone") && value.pointer(pointer).is_some_and(Value::is_string)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_request_that_is_changed_is_refused_by_both_or_by_neither(query in query(), change in change()) {
        let mut request = serde_json::to_value(Request::from(query)).unwrap();
        let pointer = apply(&mut request, &change);
        let outcome = Schemas::all().check("request.json", &request);
        let read = Request::parse(request.to_string().as_bytes());
        if !is_of_meaning(&request, &pointer) {
            prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", request, outcome.errors, read);
        }
    }

    #[test]
    fn a_query_that_is_changed_is_refused_by_both_or_by_neither(query in query(), change in change()) {
        let mut query = serde_json::to_value(query).unwrap();
        let pointer = apply(&mut query, &change);
        let outcome = Schemas::all().check("query.json", &query);
        let read = serde_json::from_str::<Query>(&query.to_string());
        // An array does for serde where an object is described: its fields in their order.
        let is_array = pointer == "/limits" && query["limits"].is_array();
        if !is_of_meaning(&query, &pointer) && !is_array {
            prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", query, outcome.errors, read);
        }
    }

    #[test]
    fn an_event_that_is_changed_is_refused_by_both_or_by_neither(event in event(), change in change()) {
        let mut event = serde_json::to_value(event).unwrap();
        apply(&mut event, &change);
        let outcome = Schemas::all().check("event.json", &event);
        let read = serde_json::from_str::<Event>(&event.to_string());
        prop_assert_eq!(outcome.is_valid(), read.is_ok(), "{}: {:?} {:?}", event, outcome.errors, read);
    }

    #[test]
    fn what_a_server_says_is_refused_in_any_request(query in query()) {
        let limits = serde_json::to_value(&query).unwrap();
        for field in ["scope", "limits"] {
            let mut request = serde_json::to_value(Request::from(query.clone())).unwrap();
            request[field] = limits[field].clone();
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
        // None of these is right anywhere, but for a number or a truth value in the place of another, and texts.
        for wrong in [json!(true), json!(7), json!(1.5), json!("x?"), json!({ "x?": 1 })] {
            let place = query.pointer(&pointer).unwrap();
            let is_same_type =
                std::mem::discriminant(place) == std::mem::discriminant(&wrong) && !place.is_object();
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
