//! The schemas themselves are whole.

use std::collections::BTreeSet;

use mailtally::native::Request;
use mailtally::{Event, Filter, Query, schema};
use serde_json::{Value, json};

use super::validator::{Place, Schemas};

#[test]
fn every_schema_says_its_draft_and_what_it_is() {
    let schemas = Schemas::all();
    for (name, text) in schema::ALL {
        let top = schemas.at(&Place::new(name, ""));
        assert_eq!(top["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(top["title"].as_str().unwrap().to_lowercase() + ".json", name);
        assert!(top["description"].as_str().unwrap().ends_with('.'));
        assert!(text.ends_with("}\n"), "{name}");
    }
}

#[test]
fn every_keyword_is_known_and_every_reference_leads_somewhere() {
    let schemas = Schemas::all();
    for place in schemas.parts() {
        // The validator stops where it does not know its way.
        for value in [json!(null), json!("x"), json!(7), json!([7]), json!({ "x": 7 })] {
            schemas.check_at(&place, &value);
        }
    }
}

#[test]
fn everything_that_is_defined_is_referred_to() {
    let schemas = Schemas::all();
    let reference = |place: &Place| Some(place.refer(schemas.at(place).get("$ref")?.as_str()?));
    let referred: BTreeSet<Place> = schemas.parts().iter().filter_map(reference).collect();
    for place in schemas.parts().into_iter().filter(|place| stands_in(place, "$defs")) {
        assert!(referred.contains(&place), "nothing refers to {place:?}");
    }
}

#[test]
fn every_property_and_every_definition_is_described_in_sentences() {
    let schemas = Schemas::all();
    for place in schemas.parts() {
        let is_of_rule = place.pointer.starts_with("/allOf/");
        if is_of_rule || !(stands_in(&place, "properties") || stands_in(&place, "$defs")) {
            continue;
        }
        let part = schemas.at(&place);
        match part.get("description").and_then(Value::as_str) {
            Some(words) => assert!(words.ends_with('.'), "{place:?}: {words}"),
            None => assert!(part.get("$ref").is_some(), "{place:?} is not described"),
        }
    }
}

#[test]
fn every_example_and_every_default_is_valid() {
    let schemas = Schemas::all();
    for place in schemas.parts() {
        let part = schemas.at(&place);
        let examples = part.get("examples").and_then(Value::as_array).into_iter().flatten();
        for value in examples.chain(part.get("default")) {
            let outcome = schemas.check_at(&place, value);
            assert!(outcome.is_valid(), "{place:?}: {value}: {:?}", outcome.errors);
        }
    }
}

#[test]
fn every_example_can_be_read() {
    let schemas = Schemas::all();
    let mut read = 0;
    for place in schemas.parts() {
        for example in schemas.at(&place).get("examples").and_then(Value::as_array).into_iter().flatten() {
            let is_read = match (&*place.file, place.pointer.split('/').collect::<Vec<_>>().as_slice()) {
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
                    let mut event =
                        json!({ "account": "a", "message": "m", "id": "1", "kind": "sent", "at": 0 });
                    event[*field] = example.clone();
                    serde_json::from_str::<Event>(&event.to_string()).is_ok()
                }
                ("report.json", _) => continue,
                _ => panic!("an example that nothing reads at {place:?}"),
            };
            assert!(is_read, "{place:?}: {example}");
            read += 1;
        }
    }
    assert!(read > 30, "{read} examples were read");
}

fn is_request(value: &Value) -> bool {
    Request::parse(value.to_string().as_bytes()).is_ok()
}

/// Whether a part stands, under a name of its own, in `keyword`.
fn stands_in(place: &Place, keyword: &str) -> bool {
    place.pointer.rsplit('/').nth(1) == Some(keyword)
}
