//! The fields of a JSON body, read with as much patience as Mailgun's own tools need.

use serde_json::{Map, Value};

use crate::dialect::mailgun::Error;

/// An object of the body, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    path: String,
    object: &'a Map<String, Value>,
}

/// The object that a body holds; none at all, and `null`, is an empty one.
pub(super) fn read(body: &[u8]) -> Result<Map<String, Value>, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(other) => Err(invalid("body", &other, "an object")),
        Err(error) => Err(Error::malformed("body", &error.to_string(), "JSON")),
    }
}

impl<'a> Fields<'a> {
    /// The fields of the whole body.
    pub(super) fn of(object: &'a Map<String, Value>) -> Self {
        Self { path: String::new(), object }
    }

    /// Where the field `name` stands: `pagination.limit`, `filter.AND[0].attribute`.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.object.keys().map(String::as_str)
    }

    /// A text. `None` where it is absent, `null` or empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        let text = self.value(name, "a text", Value::as_str)?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// A text that may well be empty. `None` where it is absent or `null`.
    pub(super) fn any_text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        self.value(name, "a text", Value::as_str)
    }

    /// Whether it is so; not so where it is absent or `null`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        Ok(self.value(name, "`true` or `false`", Value::as_bool)?.unwrap_or_default())
    }

    /// A whole number from 0. `None` where it is absent or `null`.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        self.value(name, "a whole number from 0", Value::as_u64)
    }

    /// An object. `None` where it is absent or `null`.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Error> {
        let object = self.value(name, "an object", Value::as_object)?;
        Ok(object.map(|object| Self { path: self.path(name), object }))
    }

    /// The objects of a list; none where it is absent or `null`.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Error> {
        let object = |(place, value): (usize, &'a Value)| {
            let path = format!("{}[{place}]", self.path(name));
            match value {
                Value::Object(object) => Ok(Self { path, object }),
                other => Err(invalid(&path, other, "an object")),
            }
        };
        self.list(name)?.iter().enumerate().map(object).collect()
    }

    /// The texts of a list, each with where it stands; none where it is absent or `null`.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<(String, &'a str)>, Error> {
        let text = |(place, value): (usize, &'a Value)| {
            let path = format!("{}[{place}]", self.path(name));
            match value {
                Value::String(text) => Ok((path, text.as_str())),
                other => Err(invalid(&path, other, "a text")),
            }
        };
        self.list(name)?.iter().enumerate().map(text).collect()
    }

    /// The one of `all` that a text names.
    pub(super) fn one_of<T: Copy>(
        &self,
        name: &str,
        all: impl IntoIterator<Item = T> + Clone,
        name_of: impl Fn(T) -> &'static str,
    ) -> Result<T, Error> {
        named(self.path(name), self.any_text(name)?.unwrap_or_default(), all, name_of)
    }

    fn list(&self, name: &str) -> Result<&'a [Value], Error> {
        Ok(self.value(name, "a list", |value| value.as_array().map(Vec::as_slice))?.unwrap_or_default())
    }

    fn value<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| invalid(&self.path(name), value, expected)),
        }
    }
}

/// The one of `all` that the `text` at `path` names.
pub(super) fn named<T: Copy>(
    path: String,
    text: &str,
    all: impl IntoIterator<Item = T> + Clone,
    name_of: impl Fn(T) -> &'static str,
) -> Result<T, Error> {
    let names = || all.clone().into_iter().map(&name_of).collect::<Vec<_>>().join(", ");
    let found = all.clone().into_iter().find(|one| name_of(*one) == text);
    found.ok_or_else(|| Error::malformed(path, text, format!("one of {}", names())))
}

fn invalid(path: &str, found: &Value, expected: &'static str) -> Error {
    Error::malformed(path.to_owned(), &found.to_string(), expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        for body in [&b""[..], b" \n", b"null", b"{}", br#"{"a":null}"#, br#"{"a":""}"#] {
            let object = read(body).unwrap();
            assert_eq!(Fields::of(&object).text("a").unwrap(), None);
        }
        let object = read(br#"{"a":null}"#).unwrap();
        let fields = Fields::of(&object);
        assert!(!fields.flag("a").unwrap());
        assert_eq!(fields.number("a").unwrap(), None);
        assert!(fields.object("a").unwrap().is_none());
        assert!(fields.objects("a").unwrap().is_empty() && fields.texts("a").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_object_in_json_is_told_so() {
        for (body, text) in [
            (&b"[]"[..], "Invalid format for parameter body: [], expected an object"),
            (b"7", "Invalid format for parameter body: 7, expected an object"),
        ] {
            assert_eq!(told(read(body)), text);
        }
        for body in [&b"{"[..], b"\xff\xfe", b"{} {}", br#"{"a":01}"#, "[".repeat(100_000).as_bytes()] {
            let text = told(read(body));
            assert!(text.starts_with("Invalid format for parameter body: "), "{text}");
            assert!(text.ends_with(", expected JSON"), "{text}");
        }
    }

    #[test]
    fn what_has_the_wrong_type_is_told_with_its_place() {
        let body = br#"{"a":{"b":[{"c":7},"x"],"d":-1,"e":1.5,"f":true}}"#;
        let object = read(body).unwrap();
        let a = Fields::of(&object).object("a").unwrap().unwrap();
        let wrong = |path: &str, found: &str, expected: &str| {
            format!("Invalid format for parameter {path}: {found}, expected {expected}")
        };
        assert_eq!(
            told(Fields::of(&object).text("a").map(|_| ())),
            wrong("a", &object["a"].to_string(), "a text")
        );
        assert_eq!(told(a.objects("b")), wrong("a.b[1]", r#""x""#, "an object"));
        assert_eq!(told(a.texts("b")), wrong("a.b[0]", r#"{"c":7}"#, "a text"));
        assert_eq!(told(a.number("d")), wrong("a.d", "-1", "a whole number from 0"));
        assert_eq!(told(a.number("e")), wrong("a.e", "1.5", "a whole number from 0"));
        assert_eq!(told(a.flag("d")), wrong("a.d", "-1", "`true` or `false`"));
        assert_eq!(told(a.text("f")), wrong("a.f", "true", "a text"));
        assert_eq!(told(a.object("f")), wrong("a.f", "true", "an object"));
        assert_eq!(told(a.texts("f")), wrong("a.f", "true", "a list"));
    }
}
