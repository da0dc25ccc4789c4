//! The schemas are consistent.

use std::collections::BTreeSet;

use mailtally::native::{MessagesRequest, Request};
use mailtally::{Event, Filter, Query, schema};
use serde_json::{Value, json};

use super::validator::{Location, Schemas};

#[test]
fn every_schema_has_a_draft_a_title_and_a_description() {
    let schemas = Schemas::all();
    for (name, text) in schema::ALL {
        let top = schemas.at(&Location::new(name, ""));
        assert_eq!(top["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(top["title"].as_str().unwrap().to_lowercase().replace(' ', "-") + ".json", name);
        assert!(top["description"].as_str().unwrap().ends_with('.'));
        assert!(text.ends_with("}\n"), "{name}");
    }
}

#[test]
fn every_keyword_is_known_and_every_reference_resolves() {
    let schemas = Schemas::all();
    for location in schemas.parts() {
        // The validator panics at an unknown keyword or reference.
        for value in [json!(null), json!("x"), json!(7), json!([7]), json!({ "x": 7 })] {
            schemas.check_at(&location, &value);
        }
    }
}

#[test]
fn every_definition_is_used() {
    let schemas = Schemas::all();
    let reference = |location: &Location| Some(location.resolve(schemas.at(location).get("$ref")?.as_str()?));
    let referred: BTreeSet<Location> = schemas.parts().iter().filter_map(reference).collect();
    for location in schemas.parts().into_iter().filter(|location| is_in(location, "$defs")) {
        assert!(referred.contains(&location), "nothing refers to {location:?}");
    }
}

#[test]
fn every_property_and_every_definition_has_a_description() {
    let schemas = Schemas::all();
    for location in schemas.parts() {
        let is_of_rule = location.pointer.starts_with("/allOf/");
        if is_of_rule || !(is_in(&location, "properties") || is_in(&location, "$defs")) {
            continue;
        }
        let part = schemas.at(&location);
        match part.get("description").and_then(Value::as_str) {
            Some(words) => assert!(words.ends_with('.'), "{location:?}: {words}"),
            None => assert!(part.get("$ref").is_some(), "{location:?} is not described"),
        }
    }
}

#[test]
fn every_example_and_every_default_is_valid() {
    let schemas = Schemas::all();
    for location in schemas.parts() {
        let part = schemas.at(&location);
        let examples = part.get("examples").and_then(Value::as_array).into_iter().flatten();
        for value in examples.chain(part.get("default")) {
            let outcome = schemas.check_at(&location, value);
            assert!(outcome.is_valid(), "{location:?}: {value}: {:?}", outcome.errors);
        }
    }
}

#[test]
fn every_example_can_be_parsed() {
    let schemas = Schemas::all();
    let mut parsed = 0;
    for location in schemas.parts() {
        for example in schemas.at(&location).get("examples").and_then(Value::as_array).into_iter().flatten() {
            let is_valid = match (&*location.file, location.pointer.split('/').collect::<Vec<_>>().as_slice())
            {
                ("request.json", [""]) => is_request(example),
                ("request.json", ["", "properties", field]) => {
                    let mut request = json!({ "period": "7d" });
                    request[*field] = example.clone();
                    is_request(&request)
                }
                ("request.json", ["", "$defs", "filter"]) => {
                    serde_json::from_value::<Filter>(example.clone()).is_ok()
                }
                ("request.json", ["", "$defs", "filter", "properties", field]) => {
                    serde_json::from_value::<Filter>(json!({ "dimension": "tag", *field: example })).is_ok()
                }
                ("query.json", [""]) => serde_json::from_value::<Query>(example.clone()).is_ok(),
                ("query.json", ["", "properties", "scope"]) => {
                    serde_json::from_value::<Query>(json!({ "scope": example, "period": "7d" })).is_ok()
                }
                ("event.json", [""]) => serde_json::from_str::<Event>(&example.to_string()).is_ok(),
                ("event.json", ["", "properties", field]) => {
                    let mut event = json!({ "account": "a", "message": "m", "id": "1", "kind": "sent", "at": 1_770_000_000 });
                    event[*field] = example.clone();
                    serde_json::from_str::<Event>(&event.to_string()).is_ok()
                }
                ("messages-request.json", [""]) => is_messages_request(example),
                ("messages-request.json", ["", "properties", field]) => {
                    let mut request = json!({ "query": { "period": "7d" }, "metric": "sent.total" });
                    request[*field] = example.clone();
                    is_messages_request(&request)
                }
                // They are only written.
                ("report.json" | "messages.json", _) => continue,
                _ => panic!("no type for the example at {location:?}"),
            };
            assert!(is_valid, "{location:?}: {example}");
            parsed += 1;
        }
    }
    assert!(parsed > 30, "{parsed} examples were parsed");
}

fn is_request(value: &Value) -> bool {
    Request::parse(value.to_string().as_bytes()).is_ok()
}

fn is_messages_request(value: &Value) -> bool {
    MessagesRequest::parse(value.to_string().as_bytes()).is_ok()
}

/// Returns whether a part is a named member of `keyword`.
fn is_in(location: &Location, keyword: &str) -> bool {
    location.pointer.rsplit('/').nth(1) == Some(keyword)
}
