//! A validator of JSON Schema (draft 2020-12) with the keywords of these schemas. It panics at any other keyword.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::DateTime;
use mailtally::schema;
use serde_json::{Map, Number, Value};

/// All schemas, by name.
pub(super) struct Schemas(BTreeMap<&'static str, Value>);

/// The location of a part of a schema: a file and a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Location {
    pub(super) file: String,
    pub(super) pointer: String,
}

/// The errors of a value, and the parts of schemas that were applied to it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) errors: Vec<String>,
    pub(super) met: BTreeSet<Location>,
}

impl Location {
    pub(super) fn new(file: &str, pointer: &str) -> Self {
        Self { file: file.to_owned(), pointer: pointer.to_owned() }
    }

    pub(super) fn below(&self, part: &str) -> Self {
        Self::new(&self.file, &format!("{}/{part}", self.pointer))
    }

    /// Resolves a reference from here: `#/…`, `file` or `file#/…`.
    pub(super) fn resolve(&self, reference: &str) -> Self {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        Self::new(if file.is_empty() { &self.file } else { file }, pointer)
    }
}

impl Schemas {
    /// Returns all schemas, which are parsed once.
    pub(super) fn all() -> &'static Self {
        static ALL: LazyLock<Schemas> = LazyLock::new(|| {
            Schemas(schema::ALL.map(|(name, text)| (name, serde_json::from_str(text).unwrap())).into())
        });
        &ALL
    }

    /// Returns the part of a schema at a location. Panics if there is none.
    pub(super) fn at(&self, location: &Location) -> &Value {
        let found = self.0.get(&*location.file).and_then(|file| file.pointer(&location.pointer));
        found.unwrap_or_else(|| panic!("nothing at {location:?}"))
    }

    /// Checks `value` against the schema `file`.
    pub(super) fn check(&self, file: &str, value: &Value) -> Outcome {
        self.check_at(&Location::new(file, ""), value)
    }

    /// Checks `value` against a part of a schema.
    pub(super) fn check_at(&self, location: &Location, value: &Value) -> Outcome {
        let mut outcome = Outcome { met: [location.clone()].into(), ..Outcome::default() };
        let schema = self.at(location).as_object().unwrap_or_else(|| panic!("no schema at {location:?}"));
        for keyword in schema.keys() {
            self.apply(schema, keyword, &location.below(keyword), value, &mut outcome);
        }
        outcome
    }

    /// Returns the location of every part of every schema that is a schema itself.
    pub(super) fn parts(&self) -> Vec<Location> {
        let mut parts = Vec::new();
        for file in self.0.keys() {
            self.collect(Location::new(file, ""), &mut parts);
        }
        parts
    }

    /// Applies one keyword of `schema`, which is at `here`.
    fn apply(
        &self,
        schema: &Map<String, Value>,
        keyword: &str,
        here: &Location,
        value: &Value,
        outcome: &mut Outcome,
    ) {
        let argument = &schema[keyword];
        let refused = match keyword {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" | "then" => false,
            "$ref" => {
                return outcome.all_of([self.check_at(&here.resolve(argument.as_str().unwrap()), value)]);
            }
            "allOf" => return outcome.all_of(self.branches(here, argument, value)),
            "anyOf" => return outcome.some_of(here, self.branches(here, argument, value), |valid| valid > 0),
            "oneOf" => {
                return outcome.some_of(here, self.branches(here, argument, value), |valid| valid == 1);
            }
            "if" => {
                assert!(schema.contains_key("then"), "nothing follows at {here:?}");
                let then = Location::new(&here.file, here.pointer.strip_suffix("/if").unwrap()).below("then");
                if self.check_at(here, value).errors.is_empty() {
                    outcome.all_of([self.check_at(&then, value)]);
                }
                return;
            }
            "properties" => {
                let known = members(argument).filter_map(|(name, _)| Some((name, value.get(name)?)));
                return outcome.all_of(known.map(|(name, value)| self.check_at(&here.below(name), value)));
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let is_other = |name: &str| known.is_none_or(|known| !known.contains_key(name));
                let mut others = members(value).filter(|(name, _)| is_other(name));
                if argument.is_object() {
                    return outcome.all_of(others.map(|(_, value)| self.check_at(here, value)));
                }
                assert_eq!(argument, false, "{here:?}");
                others.next().is_some()
            }
            "propertyNames" => {
                let names = members(value).map(|(name, _)| Value::from(name.as_str()));
                return outcome.all_of(names.map(|name| self.check_at(here, &name)));
            }
            "items" => {
                let items = value.as_array().into_iter().flatten();
                return outcome.all_of(items.map(|item| self.check_at(here, item)));
            }
            _ => !holds(keyword, argument, value).unwrap_or_else(|| panic!("unknown keyword at {here:?}")),
        };
        if refused {
            outcome.errors.push(format!("{}#{}: {argument} against {value}", here.file, here.pointer));
        }
    }

    fn branches(&self, here: &Location, schemas: &Value, value: &Value) -> Vec<Outcome> {
        let count = schemas.as_array().unwrap().len();
        (0..count).map(|location| self.check_at(&here.below(&location.to_string()), value)).collect()
    }

    fn collect(&self, location: Location, parts: &mut Vec<Location>) {
        for (keyword, argument) in members(self.at(&location)) {
            let here = location.below(keyword);
            match &**keyword {
                "properties" | "$defs" => {
                    members(argument).for_each(|(name, _)| self.collect(here.below(name), parts));
                }
                "allOf" | "anyOf" | "oneOf" => {
                    let count = argument.as_array().unwrap().len();
                    (0..count).for_each(|branch| self.collect(here.below(&branch.to_string()), parts));
                }
                "items" | "additionalProperties" | "propertyNames" | "if" | "then"
                    if argument.is_object() =>
                {
                    self.collect(here, parts);
                }
                _ => {}
            }
        }
        parts.push(location);
    }
}

impl Outcome {
    pub(super) fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    fn all_of(&mut self, others: impl IntoIterator<Item = Self>) {
        for other in others {
            self.errors.extend(other.errors);
            self.met.extend(other.met);
        }
    }

    /// Adds the parts that the valid branches met, or an error if the number of valid branches is wrong.
    fn some_of(&mut self, here: &Location, branches: Vec<Self>, is_right: impl Fn(usize) -> bool) {
        let (valid, refused): (Vec<_>, Vec<_>) = branches.into_iter().partition(Self::is_valid);
        if !is_right(valid.len()) {
            let (file, pointer, count) = (&here.file, &here.pointer, valid.len());
            let reasons: Vec<String> = refused.into_iter().flat_map(|branch| branch.errors).collect();
            self.errors.push(format!("{file}#{pointer}: {count} branches are valid; {reasons:?}"));
        }
        self.all_of(valid);
    }
}

/// Returns the members of an object; empty for any other value.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Returns whether a keyword that needs only the value holds; `None` if the keyword is unknown.
fn holds(keyword: &str, argument: &Value, value: &Value) -> Option<bool> {
    let text = value.as_str();
    let length = text.map(|text| text.chars().count() as u64);
    let number = value.as_number().map(whole);
    Some(match keyword {
        "type" => match argument {
            Value::Array(names) => names.iter().any(|name| is_of_type(value, name)),
            name => is_of_type(value, name),
        },
        "enum" => argument.as_array().unwrap().contains(value),
        "const" => argument == value,
        "required" => {
            let mut names = argument.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            value.as_object().is_none_or(|object| names.all(|name| object.contains_key(name)))
        }
        "minLength" => length.is_none_or(|length| length >= argument.as_u64().unwrap()),
        "maxLength" => length.is_none_or(|length| length <= argument.as_u64().unwrap()),
        "minimum" => number.is_none_or(|number| number >= whole(argument.as_number().unwrap())),
        "maximum" => number.is_none_or(|number| number <= whole(argument.as_number().unwrap())),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= argument.as_u64().unwrap()),
        "pattern" => {
            assert_eq!(argument, CODE, "the only pattern");
            text.is_none_or(is_code)
        }
        "uniqueItems" => {
            value.as_array().is_none_or(|items| (1..items.len()).all(|n| !items[..n].contains(&items[n])))
        }
        "format" => {
            assert_eq!(argument, "date-time");
            text.is_none_or(|text| DateTime::parse_from_rfc3339(text).is_ok())
        }
        _ => return None,
    })
}

/// The pattern of an enhanced status code.
const CODE: &str = r"^[245]\.[0-9]{1,3}\.[0-9]{1,3}$";

/// Returns whether the text matches [`CODE`].
fn is_code(text: &str) -> bool {
    let is_number =
        |part: &str| matches!(part.len(), 1..=3) && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('.').collect::<Vec<_>>()[..] {
        ["2" | "4" | "5", subject, detail] => is_number(subject) && is_number(detail),
        _ => false,
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        name => panic!("unknown type {name}"),
    }
}

/// Returns the number without its fraction: only integers have bounds in these schemas.
#[expect(clippy::cast_possible_truncation, reason = "a fraction is refused by its type")]
fn whole(number: &Number) -> i128 {
    number.as_i128().unwrap_or_else(|| number.as_f64().unwrap() as i128)
}

mod tests {
    use serde_json::json;

    use super::*;

    fn is_valid(schema: &Value, value: &Value) -> bool {
        Schemas([("own.json", schema.clone())].into()).check("own.json", value).is_valid()
    }

    #[test]
    fn every_keyword_accepts_valid_values_and_refuses_invalid_ones() {
        for (schema, valid, refused) in [
            (json!({"type": "integer"}), json!(7), json!(7.5)),
            (json!({"type": ["string", "null"]}), json!(null), json!(false)),
            (json!({"type": "array"}), json!([]), json!({})),
            (json!({"type": "object"}), json!({}), json!([])),
            (json!({"type": "boolean"}), json!(true), json!("true")),
            (json!({"enum": ["a", null]}), json!(null), json!("b")),
            (json!({"const": "a"}), json!("a"), json!("b")),
            (json!({"required": ["a"]}), json!({"a": null}), json!({"b": 1})),
            (json!({"properties": {"a": {"const": 1}}}), json!({"a": 1, "b": 2}), json!({"a": 2})),
            (
                json!({"properties": {"a": {}}, "additionalProperties": false}),
                json!({"a": 1}),
                json!({"b": 1}),
            ),
            (json!({"additionalProperties": {"const": 1}}), json!({"a": 1}), json!({"a": 2})),
            (json!({"propertyNames": {"const": "a"}}), json!({"a": 1}), json!({"b": 1})),
            (json!({"items": {"const": 1}}), json!([1, 1]), json!([1, 2])),
            (json!({"maxItems": 2}), json!([1, 1]), json!([1, 1, 1])),
            (json!({"uniqueItems": true}), json!([1, 2]), json!([1, 2, 1])),
            (json!({"minLength": 2}), json!("éé"), json!("é")),
            (json!({"maxLength": 2}), json!("éé"), json!("ééé")),
            (json!({"pattern": CODE}), json!("5.10.999"), json!("5.1")),
            (json!({"minimum": -1}), json!(-1), json!(-2)),
            (json!({"maximum": u64::MAX}), json!(u64::MAX), json!(1e20)),
            (json!({"format": "date-time"}), json!("2026-02-01T00:00:00Z"), json!("2026-02-01")),
            (json!({"allOf": [{"minimum": 1}, {"maximum": 3}]}), json!(2), json!(4)),
            (json!({"anyOf": [{"const": 1}, {"minimum": 1}]}), json!(1), json!(0)),
            (json!({"oneOf": [{"const": 1}, {"minimum": 1}]}), json!(2), json!(1)),
            (json!({"if": {"minimum": 5}, "then": {"maximum": 7}}), json!(3), json!(8)),
            (json!({"$defs": {"one": {"const": 1}}, "$ref": "#/$defs/one"}), json!(1), json!(2)),
        ] {
            assert!(is_valid(&schema, &valid), "{schema}");
            assert!(!is_valid(&schema, &refused), "{schema}");
        }
    }

    #[test]
    fn only_a_class_a_subject_and_a_detail_match_the_pattern_of_a_code() {
        for text in ["2.0.0", "4.7.28", "5.999.999", "5.001.00"] {
            assert!(is_code(text), "{text}");
        }
        for text in [
            "", "5.1.", "5..1", ".1.1", "3.1.1", "05.1.1", "5.1000.1", "5.1.1.1", "5.1.1 ", "5.1.x", "5.+1.1",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    #[should_panic(expected = "unknown keyword")]
    fn an_unknown_keyword_panics() {
        is_valid(&json!({"minItems": 1}), &json!([]));
    }
}
