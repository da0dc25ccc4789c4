//! The fields of a record in JSON.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::error::RecordReason;
use super::time;
use crate::parse_error::ParseError;

/// An object of a record, and what it is called there.
///
/// A field that is absent, `null` or an empty text has no value. What names a message, an event, its kind or its time is
/// checked: another type is an error. What only describes a message is taken if it has the right type.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// The name of this object in the object around it; empty for the record itself.
    name: &'static str,
}

impl<'a> Fields<'a> {
    /// Returns the fields of a record.
    ///
    /// # Errors
    ///
    /// The value is no object.
    pub(in crate::source) fn new(value: &'a Value, expected: &'static str) -> Result<Self, RecordReason> {
        let map = value.as_object();
        let map = map.ok_or_else(|| RecordReason::Shape { found: type_name(value), expected })?;
        Ok(Self { map, name: "" })
    }

    /// Returns whether the object has the field, even if it is `null`.
    pub(in crate::source) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Returns a value other than `null` and the empty text.
    pub(in crate::source) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// Returns the names of the fields.
    pub(in crate::source) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }

    /// Returns a text.
    ///
    /// # Errors
    ///
    /// It has another type.
    pub(in crate::source) fn text(&self, name: &'static str) -> Result<Option<&'a str>, RecordReason> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.invalid(name, other, "a text")),
        }
    }

    /// Returns a text that must be there.
    ///
    /// # Errors
    ///
    /// It is missing, or has another type.
    pub(in crate::source) fn required(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<&'a str, RecordReason> {
        self.text(name)?.ok_or_else(|| self.missing(name, expected))
    }

    /// Returns an id, which is a text or an integer.
    ///
    /// # Errors
    ///
    /// It has another type, or is a number that is not exact.
    pub(in crate::source) fn id(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, RecordReason> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Cow::Borrowed(text))),
            Some(Value::Number(number)) if number.is_u64() || number.is_i64() => {
                Ok(Some(Cow::Owned(number.to_string())))
            }
            Some(other) => Err(self.invalid(name, other, "a text or an integer below 2^64")),
        }
    }

    /// Returns an id that must be there.
    ///
    /// # Errors
    ///
    /// It is missing or invalid.
    pub(in crate::source) fn required_id(&self, name: &'static str) -> Result<Cow<'a, str>, RecordReason> {
        self.id(name)?.ok_or_else(|| self.missing(name, "the id of a message"))
    }

    /// Returns an instant.
    ///
    /// # Errors
    ///
    /// It is none.
    pub(in crate::source) fn instant(
        &self,
        name: &'static str,
    ) -> Result<Option<DateTime<Utc>>, RecordReason> {
        let parse = |value| time::from_value(value).ok_or_else(|| self.invalid(name, value, time::EXPECTED));
        self.value(name).map(parse).transpose()
    }

    /// Returns an instant that must be there.
    ///
    /// # Errors
    ///
    /// It is missing or invalid.
    pub(in crate::source) fn required_instant(
        &self,
        name: &'static str,
    ) -> Result<DateTime<Utc>, RecordReason> {
        self.instant(name)?.ok_or_else(|| self.missing(name, time::EXPECTED))
    }

    /// Returns an object.
    ///
    /// # Errors
    ///
    /// It has another type.
    pub(in crate::source) fn object(&self, name: &'static str) -> Result<Option<Self>, RecordReason> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map, name })),
            Some(other) => Err(self.invalid(name, other, "an object")),
        }
    }

    /// Returns an object that must be there.
    ///
    /// # Errors
    ///
    /// It is missing, or has another type.
    pub(in crate::source) fn required_object(&self, name: &'static str) -> Result<Self, RecordReason> {
        self.object(name)?.ok_or_else(|| self.missing(name, "an object"))
    }

    /// Returns the elements of an array; a single value is an array of one, and an absent one is empty.
    pub(in crate::source) fn list(&self, name: &str) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(values)) => values,
            Some(value) => std::slice::from_ref(value),
        }
    }

    /// Returns a text that only describes: a text, or a number as written; `None` for another type.
    pub(in crate::source) fn loose(&self, name: &str) -> Option<Cow<'a, str>> {
        match self.value(name)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Returns a text that only describes, shared.
    pub(in crate::source) fn shared(&self, name: &str) -> Option<Arc<str>> {
        self.loose(name).map(Arc::from)
    }

    /// Returns an object that only describes; `None` for another type.
    pub(in crate::source) fn loose_object(&self, name: &'static str) -> Option<Self> {
        self.object(name).ok().flatten()
    }

    /// Returns the texts of an array that only describe; others are left out.
    pub(in crate::source) fn texts(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.list(name).iter().filter_map(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Returns a flag: `true`, `false`, 0, 1, or one of these as a text; `None` for anything else.
    pub(in crate::source) fn flag(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_u64()? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            Value::String(text) => match &**text {
                "0" | "false" => Some(false),
                "1" | "true" => Some(true),
                _ => None,
            },
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Returns a whole number that only describes, also from a text.
    pub(in crate::source) fn number(&self, name: &str) -> Option<u32> {
        match self.value(name)? {
            Value::Number(number) => number.as_u64()?.try_into().ok(),
            Value::String(text) => text.parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Returns the error of a field that is missing.
    pub(in crate::source) fn missing(&self, name: &str, expected: &'static str) -> RecordReason {
        RecordReason::Missing { field: self.path(name), expected }
    }

    /// Returns the error of a field that is not as `expected`.
    pub(in crate::source) fn invalid(
        &self,
        name: &str,
        found: &Value,
        expected: &'static str,
    ) -> RecordReason {
        let found = match found {
            Value::Array(_) | Value::Object(_) => type_name(found).to_owned(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.to_string(),
        };
        let error = ParseError::invalid(format!("field `{}`", self.path(name)), &found, expected);
        RecordReason::Invalid { error }
    }

    fn path(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }
}

/// Returns what a value is, in words.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error<T: std::fmt::Debug>(result: Result<T, RecordReason>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_the_field_what_was_found_and_what_was_expected() {
        let value = json!({"a": 7, "b": {"c": null, "t": "soon", "id": 1.5, "big": 18446744073709551616.0}, "d": [1]});
        let fields = Fields::new(&value, "an object").unwrap();
        assert_eq!(error(fields.text("a")), "invalid field `a` `7`: expected a text");
        assert_eq!(error(fields.text("d")), "invalid field `d` `an array`: expected a text");
        assert_eq!(error(fields.object("a")), "invalid field `a` `7`: expected an object");
        let inner = fields.object("b").unwrap().unwrap();
        assert_eq!(error(inner.required("c", "a name")), "missing field `b.c`: expected a name");
        let expected = "invalid field `b.t` `\"soon\"`: expected an instant as seconds";
        assert!(error(inner.instant("t")).starts_with(expected));
        for id in ["id", "big"] {
            assert!(error(inner.id(id)).ends_with("expected a text or an integer below 2^64"));
        }
        assert_eq!(error(Fields::new(&json!([]), "a record")), "found an array, expected a record");
    }

    #[test]
    fn what_only_describes_is_taken_if_it_has_the_right_type() {
        let value = json!({"n": 7, "t": "x", "o": {}, "tags": ["a", 1, "", "b"], "one": "a", "yes": "1", "no": 0, "e": ""});
        let fields = Fields::new(&value, "").unwrap();
        assert_eq!(
            (fields.loose("n").as_deref(), fields.loose("o"), fields.loose("e")),
            (Some("7"), None, None)
        );
        assert_eq!(fields.texts("tags").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.texts("one").collect::<Vec<_>>(), ["a"]);
        assert_eq!(
            (fields.flag("yes"), fields.flag("no"), fields.flag("n")),
            (Some(true), Some(false), None)
        );
        assert_eq!((fields.number("n"), fields.number("yes"), fields.number("t")), (Some(7), Some(1), None));
    }
}
