//! A total order of JSON values.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

/// Compares two objects by their (name, value) pairs, in the order of names.
pub(super) fn cmp_objects(a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>) -> Ordering {
    cmp_pairs(a.iter(), b.iter())
}

fn cmp_pairs<'a>(
    a: impl Iterator<Item = (&'a String, &'a Value)>,
    b: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Ordering {
    let a = a.map(|(name, value)| (name, Ordered(value)));
    a.cmp(b.map(|(name, value)| (name, Ordered(value))))
}

/// A value with an order that does not depend on how objects are kept in memory: first texts, numbers, booleans and `null`, by
/// their JSON texts; then arrays, element by element; then objects, by their pairs in the order of names.
struct Ordered<'a>(&'a Value);

impl Ord for Ordered<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Value::Array(a), Value::Array(b)) => a.iter().map(Ordered).cmp(b.iter().map(Ordered)),
            (Value::Object(a), Value::Object(b)) => {
                let (a, b): (BTreeMap<_, _>, BTreeMap<_, _>) = (a.iter().collect(), b.iter().collect());
                cmp_pairs(a.into_iter(), b.into_iter())
            }
            (a, b) => rank(a).cmp(&rank(b)).then_with(|| a.to_string().cmp(&b.to_string())),
        }
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
        Value::Array(_) => 2,
        Value::Object(_) => 3,
    }
}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered<'_> {}
