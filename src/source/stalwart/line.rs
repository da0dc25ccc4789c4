//! The lines of Stalwart's log: `2026-02-01T09:30:02Z INFO text (event.type) key = value, key = "text", list = ["a", "b"]`.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use serde_json::{Map, Value};

/// A line: an event of Stalwart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) at: &'a str,
    /// The type of the event, such as `delivery.delivered`.
    pub(super) event_type: &'a str,
    /// The keys with their values; `None` where they follow in lines of their own.
    keys: Option<&'a str>,
}

/// The levels of lines.
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// The keys whose texts are those of other servers, which may look like further keys.
const FOREIGN: [&str; 2] = ["details", "reason"];

/// What follows the last key of an event within an event.
const END_OF_CAUSE: &str = " }";

impl<'a> Line<'a> {
    /// Parses a line without colours; returns `None` if it is not of this form.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (at, rest) = text.split_once(' ')?;
        let is_time = at.len() >= 20 && at.as_bytes()[10] == b'T' && at.ends_with('Z');
        let (level, rest) = rest.split_once(' ')?;
        (is_time && LEVELS.contains(&level)).then_some(())?;
        let mut from = 0;
        loop {
            let start = from + rest[from..].find(" (")? + 2;
            let end = start + rest[start..].find(')')?;
            let event_type = &rest[start..end];
            if is_type(event_type) {
                let keys = rest[end + 1..].strip_prefix(' ');
                return Some(Self { at, event_type, keys });
            }
            from = start;
        }
    }

    /// Returns whether the line has its keys, or could have them.
    pub(super) fn is_whole(&self) -> bool {
        self.keys.is_some()
    }

    /// Returns the event in the form of Stalwart's webhooks.
    ///
    /// Of a key that occurs twice, the last value counts, which is that of the event itself; after a text of another server, only keys that were not there
    /// before.
    pub(super) fn to_json(self) -> Value {
        let mut data = Map::new();
        let (mut rest, mut is_foreign) = (self.keys.unwrap_or_default(), false);
        while let Some((key, after)) = parse_key(rest) {
            // A value that is cut off is none.
            let Some((value, after)) = parse_value(after) else { break };
            if !(is_foreign && data.contains_key(key)) {
                data.insert(key.to_owned(), value);
            }
            is_foreign |= FOREIGN.contains(&key);
            rest = after.trim_start_matches(END_OF_CAUSE).strip_prefix(", ").unwrap_or_default();
        }
        let texts = [("createdAt", self.at), ("type", self.event_type)];
        let texts = texts.map(|(name, text)| (name.to_owned(), Value::from(text)));
        texts.into_iter().chain([("data".to_owned(), Value::Object(data))]).collect()
    }
}

/// Returns whether a text is the type of an event, such as `delivery.dsn-perm-fail`.
fn is_type(text: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    text.contains('.') && text.bytes().all(is_part)
}

/// Parses `key = `.
fn parse_key(text: &str) -> Option<(&str, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let rest = text[len..].strip_prefix(" = ")?;
    (len > 0).then_some((&text[..len], rest))
}

/// Returns whether a text is the end of a line, or begins with the comma before a key.
fn is_after_value(text: &str) -> bool {
    let text = text.trim_start_matches(END_OF_CAUSE);
    text.is_empty() || text.strip_prefix(", ").is_some_and(|rest| parse_key(rest).is_some())
}

/// Parses a value; returns it with what follows. `None` if it is cut off.
fn parse_value(text: &str) -> Option<(Value, &str)> {
    if let Some(inner) = text.strip_prefix('"') {
        let (value, rest) = parse_text(inner, is_after_value)?;
        return Some((Value::from(value), rest));
    }
    if let Some(inner) = text.strip_prefix('[') {
        return parse_list(inner);
    }
    if text.is_empty() {
        return None;
    }
    let mut end = 0;
    while !is_after_value(&text[end..]) {
        end += 1 + memchr(b',', &text.as_bytes()[end + 1..]).unwrap_or(text.len() - end - 1);
    }
    Some((bare(&text[..end]), &text[end..]))
}

/// Returns a value without quotes: a number, also of milliseconds, or a text.
fn bare(text: &str) -> Value {
    let number = text.strip_suffix("ms").unwrap_or(text);
    match (text, number.parse::<u64>()) {
        ("(null)", _) => Value::Null,
        ("true" | "false", _) => Value::from(text == "true"),
        (_, Ok(number)) => Value::from(number),
        (_, Err(_)) => Value::from(text),
    }
}

/// Parses what follows the bracket of a list.
fn parse_list(text: &str) -> Option<(Value, &str)> {
    let (mut values, mut rest) = (Vec::new(), text);
    loop {
        let after = if let Some(inner) = rest.strip_prefix('"') {
            let (value, after) = parse_text(inner, |after| after.starts_with([',', ']']))?;
            values.push(Value::from(value));
            after
        } else {
            let end = rest.find([',', ']'])?;
            values.extend(Some(&rest[..end]).filter(|text| !text.is_empty()).map(bare));
            &rest[end..]
        };
        match after.strip_prefix(", ") {
            Some(next) => rest = next,
            None => return Some((Value::from(values), after.strip_prefix(']')?)),
        }
    }
}

/// Parses a text up to its closing quote, which is the first one that `is_after` follows: quotes within a text are escaped
/// in newer releases only.
fn parse_text(text: &str, is_after: impl Fn(&str) -> bool) -> Option<(Cow<'_, str>, &str)> {
    let (bytes, mut at) = (text.as_bytes(), 0);
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        if is_after(&text[at + 1..]) {
            return Some((unescaped(&text[..at]), &text[at + 1..]));
        }
        at += 1;
    }
}

/// Returns a text without its escapes: `\n`, `\"`, `\\`, `\x1b`.
fn unescaped(text: &str) -> Cow<'_, str> {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let (mut found, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('\\') {
        found.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => found.push('\n'),
            Some('r') => found.push('\r'),
            Some('t') => found.push('\t'),
            // A control character means nothing here.
            Some('x') if after.get(1..3).is_some() => chars = after[3..].chars(),
            Some(other) => found.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    found.push_str(rest);
    Cow::Owned(found)
}

/// Returns a line without colours, as the option `ansi` writes them: `\x1b[36m`.
pub(super) fn without_colours(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr(0x1b, line).is_none() {
        return Cow::Borrowed(line);
    }
    let (mut found, mut rest) = (Vec::with_capacity(line.len()), line);
    while let Some(start) = memmem::find(rest, b"\x1b[") {
        found.extend_from_slice(&rest[..start]);
        let codes = &rest[start + 2..];
        let len = codes.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
        let after = &codes[len..];
        rest = after.strip_prefix(b"m").unwrap_or(after);
    }
    found.extend_from_slice(rest);
    Cow::Owned(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn data(keys: &str) -> Value {
        let text = format!("2026-02-01T09:30:02Z INFO Message (again) delivered (delivery.delivered) {keys}");
        let line = Line::parse(&text).unwrap();
        assert_eq!((line.at, line.event_type), ("2026-02-01T09:30:02Z", "delivery.delivered"));
        line.to_json()["data"].take()
    }

    #[test]
    fn the_keys_of_a_line_are_those_of_a_webhook() {
        for (keys, expected) in [
            ("", json!({})),
            ("queueId = 18446744073709551615, elapsed = 230ms", json!({"queueId": u64::MAX, "elapsed": 230})),
            ("to = [\"a@x\", \"b@x\"], total = 2", json!({"to": ["a@x", "b@x"], "total": 2})),
            ("to = [\"a@x\"], size = 1, to = \"a@x\"", json!({"to": "a@x", "size": 1})),
            ("to = [], n = (null), b = true", json!({"to": [], "n": null, "b": true})),
            (
                "details = \"5.1.1 user \"no\" unknown, sorry\", elapsed = 41ms",
                json!({"details": "5.1.1 user \"no\" unknown, sorry", "elapsed": 41}),
            ),
            (
                "details = \"a \\\"b\\\", to = \\\"c\", total = 1",
                json!({"details": "a \"b\", to = \"c", "total": 1}),
            ),
            (
                "to = \"a@x\", details = \"x\", to = \"b@x\", total = 3",
                json!({"to": "a@x", "details": "x", "total": 3}),
            ),
            (
                "details = \"a\\nb\\\\c\\x1b\", expires = 2026-02-01T09:30:02Z",
                json!({"details": "a\nb\\c", "expires": "2026-02-01T09:30:02Z"}),
            ),
            (
                "causedBy = Bad (store.x) { a = 1, b = \"c\" }, code = 550",
                json!({"causedBy": "Bad (store.x) { a = 1", "b": "c", "code": 550}),
            ),
            ("n = 1, to = ", json!({"n": 1})),
            ("n = 1, to = \"cut", json!({"n": 1})),
            ("n = 1, to = [\"a\", \"cut", json!({"n": 1})),
            ("n = 1, to = [\"cut\"", json!({"n": 1})),
        ] {
            assert_eq!(data(keys), expected, "{keys}");
        }
    }

    #[test]
    fn a_line_of_another_form_is_none() {
        for text in [
            "",
            "2026-02-01T09:30:02Z",
            "2026-02-01T09:30:02Z INFO text",
            "2026-02-01T09:30:02Z INFO text (Type) x",
            "2026-02-01T09:30:02Z LOUD text (a.b) x",
            "2026-02-01 09:30:02 INFO text (a.b) x",
        ] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
        assert!(Line::parse("2026-02-01T09:30:02Z INFO text (a.b)").is_some_and(|line| !line.is_whole()));
    }

    #[test]
    fn colours_are_removed() {
        let line = b"\x1b[37m2026-02-01T09:30:02Z\x1b[0m \x1b[32;1mINFO\x1b[0m x \x1b";
        assert_eq!(&*without_colours(line), b"2026-02-01T09:30:02Z INFO x \x1b");
        assert_eq!(&*without_colours(b"\x1b["), b"");
    }

    proptest! {
        #[test]
        fn any_text_parses_or_not(text in any::<String>(), near in r#"([a ü\\x"\[\](){}1]|, |, to = | = "|", |\\x){0,30}"#) {
            for keys in [text, near] {
                data(&keys);
                let _ = (Line::parse(&keys), without_colours(keys.as_bytes()));
            }
        }
    }
}
