//! Reads the fields of a JSON body. Absent and `null` are the same.

use serde_json::{Map, Value};

use super::unique::Unique;
use crate::dialect::mailgun::Error;

/// An object of the body, and its path.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    path: String,
    object: &'a Map<String, Value>,
}

/// Parses a body into an object. An empty body, or `null`, is an empty object. A name that occurs twice in an object is
/// refused: the first value, which may be a filter, would be ignored.
pub(super) fn parse_object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Unique(Value::Object(object))) => Ok(object),
        Ok(Unique(Value::Null)) => Ok(Map::new()),
        Ok(Unique(other)) => Err(wrong_type("body", &other, "an object")),
        Err(error) => Err(Error::malformed("body", &error.to_string(), "JSON")),
    }
}

impl<'a> Fields<'a> {
    /// Makes the fields of the whole body.
    pub(super) fn new(object: &'a Map<String, Value>) -> Self {
        Self { path: String::new(), object }
    }

    /// Returns the path of the field `name`, such as `filter.AND[0].attribute`.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Returns the names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.object.keys().map(String::as_str)
    }

    /// Returns a text, which may be empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        self.value(name, "a text", Value::as_str)
    }

    /// Returns a text; `None` if it is absent or empty.
    pub(super) fn non_empty_text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// Returns a flag; `false` if it is absent.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        Ok(self.value(name, "`true` or `false`", Value::as_bool)?.unwrap_or_default())
    }

    /// Returns a non-negative integer.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        self.value(name, "a whole number from 0", Value::as_u64)
    }

    /// Returns the fields of an object.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Error> {
        let object = self.value(name, "an object", Value::as_object)?;
        Ok(object.map(|object| Self { path: self.path(name), object }))
    }

    /// Returns the objects of a list; none if it is absent.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Error> {
        self.items(name, "an object", |path, value| Some(Self { path, object: value.as_object()? }))
    }

    /// Returns the texts of a list, each with its path; none if it is absent.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<(String, &'a str)>, Error> {
        self.items(name, "a text", |path, value| Some((path, value.as_str()?)))
    }

    /// Returns the one of `all` whose name is a text.
    pub(super) fn one_of<T: Copy>(
        &self,
        name: &str,
        all: impl IntoIterator<Item = T> + Clone,
        name_of: impl Fn(T) -> &'static str,
    ) -> Result<T, Error> {
        find_by_name(self.path(name), self.text(name)?.unwrap_or_default(), all, name_of)
    }

    fn items<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl Fn(String, &'a Value) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let list = self.value(name, "a list", Value::as_array)?.into_iter().flatten();
        let item = |(index, value)| {
            let path = format!("{}[{index}]", self.path(name));
            read(path.clone(), value).ok_or_else(|| wrong_type(path, value, expected))
        };
        list.enumerate().map(item).collect()
    }

    fn value<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| wrong_type(self.path(name), value, expected)),
        }
    }
}

/// Returns the one of `all` whose name is the `text` at `path`.
pub(super) fn find_by_name<T: Copy>(
    path: String,
    text: &str,
    all: impl IntoIterator<Item = T> + Clone,
    name_of: impl Fn(T) -> &'static str,
) -> Result<T, Error> {
    let names = || all.clone().into_iter().map(&name_of).collect::<Vec<_>>().join(", ");
    let found = all.clone().into_iter().find(|one| name_of(*one) == text);
    found.ok_or_else(|| Error::malformed(path, text, format!("one of {}", names())))
}

fn wrong_type(path: impl Into<String>, found: &Value, expected: &'static str) -> Error {
    Error::malformed(path.into(), &found.to_string(), expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        for body in [&b""[..], b" \n", b"null", b"{}", br#"{"a":null}"#, br#"{"a":""}"#] {
            let object = parse_object(body).unwrap();
            assert_eq!(Fields::new(&object).non_empty_text("a").unwrap(), None);
        }
        let object = parse_object(br#"{"a":null}"#).unwrap();
        let fields = Fields::new(&object);
        assert!(!fields.flag("a").unwrap());
        assert_eq!(fields.number("a").unwrap(), None);
        assert!(fields.object("a").unwrap().is_none());
        assert!(fields.objects("a").unwrap().is_empty() && fields.texts("a").unwrap().is_empty());
    }

    #[test]
    fn a_body_that_is_not_a_json_object_is_refused() {
        for (body, text) in [
            (&b"[]"[..], "Invalid format for parameter body: [], expected an object"),
            (b"7", "Invalid format for parameter body: 7, expected an object"),
        ] {
            assert_eq!(message(parse_object(body)), text);
        }
        for body in [&b"{"[..], b"\xff\xfe", b"{} {}", br#"{"a":01}"#, "[".repeat(100_000).as_bytes()] {
            let text = message(parse_object(body));
            assert!(text.starts_with("Invalid format for parameter body: "), "{text}");
            assert!(text.ends_with(", expected JSON"), "{text}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_type_is_refused_with_its_path() {
        let body = br#"{"a":{"b":[{"c":7},"x"],"d":-1,"e":1.5,"f":true}}"#;
        let object = parse_object(body).unwrap();
        let a = Fields::new(&object).object("a").unwrap().unwrap();
        let wrong = |path: &str, found: &str, expected: &str| {
            format!("Invalid format for parameter {path}: {found}, expected {expected}")
        };
        assert_eq!(
            message(Fields::new(&object).text("a").map(|_| ())),
            wrong("a", &object["a"].to_string(), "a text")
        );
        assert_eq!(message(a.objects("b")), wrong("a.b[1]", r#""x""#, "an object"));
        assert_eq!(message(a.texts("b")), wrong("a.b[0]", r#"{"c":7}"#, "a text"));
        assert_eq!(message(a.number("d")), wrong("a.d", "-1", "a whole number from 0"));
        assert_eq!(message(a.number("e")), wrong("a.e", "1.5", "a whole number from 0"));
        assert_eq!(message(a.flag("d")), wrong("a.d", "-1", "`true` or `false`"));
        assert_eq!(message(a.text("f")), wrong("a.f", "true", "a text"));
        assert_eq!(message(a.object("f")), wrong("a.f", "true", "an object"));
        assert_eq!(message(a.texts("f")), wrong("a.f", "true", "a list"));
    }
}
