//! Divides a body into its records, without parsing them: a record that is broken does not hide those around it.

use memchr::memchr2;

/// Iterates over the records of a body: JSON values one after another, of which an array stands for its elements.
///
/// Only brackets and texts are looked at. A value that is cut off is returned as it is.
#[derive(Clone, Debug)]
pub(in crate::source) struct Records<'a> {
    rest: &'a [u8],
    is_in_array: bool,
}

impl<'a> Records<'a> {
    pub(in crate::source) fn new(body: &'a [u8]) -> Self {
        Self { rest: body, is_in_array: false }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            match (*self.rest.first()?, self.is_in_array) {
                (b'[', false) => self.is_in_array = true,
                (b']', true) => self.is_in_array = false,
                (b',', true) => {}
                _ => {
                    let (value, rest) = self.rest.split_at(value_len(self.rest, self.is_in_array));
                    self.rest = rest;
                    return Some(value.trim_ascii_end());
                }
            }
            self.rest = &self.rest[1..];
        }
    }
}

/// Iterates over the members of a JSON object: names without their quotes, as written, and values.
#[derive(Clone, Debug)]
pub(in crate::source) struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Members<'a> {
    /// Returns the members of the object at the start of `value`; none if it is no object.
    pub(in crate::source) fn new(value: &'a [u8]) -> Self {
        Self { rest: value.trim_ascii_start().strip_prefix(b"{").unwrap_or_default() }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        if rest.first() != Some(&b'"') {
            return None;
        }
        let (name, rest) = rest.split_at(text_len(rest));
        let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let (value, rest) = rest.split_at(value_len(rest, true));
        self.rest = rest;
        Some((name.strip_prefix(b"\"")?.strip_suffix(b"\"")?, value.trim_ascii_end()))
    }
}

/// Returns the length of the value at the start of `bytes`, which are not empty: at least 1. A value in an array or
/// object ends before the comma or the bracket that follows it, and another after its last bracket.
fn value_len(bytes: &[u8], is_inner: bool) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += text_len(&bytes[at..]),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
                if depth == 0 && !is_inner {
                    return at;
                }
            }
            b'}' | b']' | b',' if depth == 0 && is_inner => return at.max(1),
            b'\n' if depth == 0 && !is_inner => return at.max(1),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns the length of the text with its quotes at the start of `bytes`, up to their end if it is cut off.
fn text_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn records(body: &str) -> Vec<&str> {
        Records::new(body.as_bytes()).map(|record| str::from_utf8(record).unwrap()).collect()
    }

    #[test]
    fn a_body_is_values_and_the_elements_of_arrays() {
        for (body, expected) in [
            ("", &[][..]),
            ("  []\n", &[]),
            ("{}", &["{}"]),
            (" {\"a\":[1,{}]} \n{\"b\":\"]}\\\"\"}{}", &["{\"a\":[1,{}]}", "{\"b\":\"]}\\\"\"}", "{}"]),
            ("[{\"a\":1}, {\"a\":2} ]", &["{\"a\":1}", "{\"a\":2}"]),
            ("[[1,2],3,\"a,b\",null]", &["[1,2]", "3", "\"a,b\"", "null"]),
            ("[{}][{}]", &["{}", "{}"]),
            ("[{\"a\":1},{\"a\":", &["{\"a\":1}", "{\"a\":"]),
            ("[{\"a\":1},{\"a\":\"x\\", &["{\"a\":1}", "{\"a\":\"x\\"]),
            ("hello\n{}", &["hello", "{}"]),
            ("}{}", &["}{}"]),
            ("[}]", &["}"]),
        ] {
            assert_eq!(records(body), expected, "{body}");
        }
    }

    #[test]
    fn members_are_names_and_values() {
        let members: Vec<_> = Members::new(b" { \"a\" : [1, 2] , \"b\":\"x,}\", \"c\":{\"d\":1}} ").collect();
        let expected: [(&[u8], &[u8]); 3] = [(b"a", b"[1, 2]"), (b"b", b"\"x,}\""), (b"c", b"{\"d\":1}")];
        assert_eq!(members, expected);
        assert_eq!(Members::new(b"[1]").count(), 0);
        assert_eq!(Members::new(b"{\"a\":[1,2").collect::<Vec<_>>(), [(&b"a"[..], &b"[1,2"[..])]);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i32>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,3}", inner, 0..4).prop_map(|all| all.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_elements_of_an_array_are_found(elements in prop::collection::vec(value(), 0..5), pretty in any::<bool>()) {
            let array = Value::from(elements.clone());
            let body = if pretty { serde_json::to_string_pretty(&array) } else { serde_json::to_string(&array) }.unwrap();
            let found: Vec<Value> = Records::new(body.as_bytes()).map(|record| serde_json::from_slice(record).unwrap()).collect();
            prop_assert_eq!(found, elements);
        }

        #[test]
        fn the_members_of_an_object_are_found(object in prop::collection::btree_map("[a-z]{0,3}", value(), 0..5)) {
            let body = serde_json::to_string(&object).unwrap();
            let found = Members::new(body.as_bytes()).map(|(name, value)| (str::from_utf8(name).unwrap().to_owned(), serde_json::from_slice(value).unwrap()));
            prop_assert_eq!(found.collect::<std::collections::BTreeMap<String, Value>>(), object);
        }

        #[test]
        fn any_bytes_are_divided(bytes in prop::collection::vec(any::<u8>(), 0..60), near in "[\\[\\]{},:\"\\\\a ]{0,40}") {
            for body in [&bytes[..], near.as_bytes()] {
                prop_assert!(Records::new(body).all(|record| !record.is_empty()));
                prop_assert!(Members::new(body).count() <= body.len());
            }
        }
    }
}
