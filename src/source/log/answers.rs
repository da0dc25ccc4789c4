//! The fields of events' own: how an attempt was made, the code of the answer, and the reason.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::event::{Event, EventFields};

/// The longest code that is looked up, in bytes.
const MAX_CODE_LEN: usize = 11;

/// What an event tells of an attempt.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Answer<'a, T> {
    pub(in crate::source) transport: Option<T>,
    /// The address from which it was made.
    pub(in crate::source) ip: Option<&'a Arc<str>>,
    /// The enhanced status code, as it is written.
    pub(in crate::source) code: Option<&'a [u8]>,
    pub(in crate::source) reason: Option<&'static str>,
}

impl<T> Answer<'_, T> {
    /// Nothing is known.
    pub(in crate::source) const NONE: Self = Self { transport: None, ip: None, code: None, reason: None };
}

/// What an answer is, without what it is borrowed from and without the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key<T> {
    transport: Option<T>,
    code: [u8; MAX_CODE_LEN],
    reason: Option<&'static str>,
}

/// Makes the fields of events. Events with equal fields share them. `T` is the name of a transport.
#[derive(Clone, Debug)]
pub(in crate::source) struct Answers<T> {
    known: FxHashMap<Key<T>, Event>,
    known_by_ip: FxHashMap<(Key<T>, Arc<str>), Event>,
    /// The last of the answers without a reason, which are those to most attempts, and the last of those with one.
    last: [Option<(Key<T>, Event)>; 2],
}

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self { known: FxHashMap::default(), known_by_ip: FxHashMap::default(), last: [None, None] }
    }
}

impl<T: AsRef<str> + Clone + Eq + Hash> Answers<T> {
    /// The number of answers that are remembered, without and with an address.
    const MAX_ENTRIES: usize = 4096;

    /// Gives an event the fields of an answer.
    #[inline]
    pub(in crate::source) fn apply(&mut self, event: Event, answer: Answer<'_, T>) -> Event {
        let Answer { transport, ip, code, reason } = answer;
        let mut key = Key { transport, code: [0; MAX_CODE_LEN], reason };
        if let Some((target, code)) = code.and_then(|code| Some((key.code.get_mut(..code.len())?, code))) {
            target.copy_from_slice(code);
        }
        if let Some(ip) = ip {
            let fields = self.fields_with_ip(&event, key, code, ip);
            return event.with_own_of(&fields);
        }
        let last = &mut self.last[usize::from(reason.is_some())];
        if let Some((last, fields)) = last
            && *last == key
        {
            return event.with_own_of(fields);
        }
        if self.known.len() >= Self::MAX_ENTRIES {
            self.known.clear();
        }
        let new = |key: &Key<T>| fields(&event, key, code, None);
        let fields = self.known.entry(key.clone()).or_insert_with_key(new).clone();
        let event = event.with_own_of(&fields);
        *last = Some((key, fields));
        event
    }

    #[inline(never)]
    fn fields_with_ip(&mut self, event: &Event, key: Key<T>, code: Option<&[u8]>, ip: &Arc<str>) -> Event {
        if self.known_by_ip.len() >= Self::MAX_ENTRIES {
            self.known_by_ip.clear();
        }
        let new = |(key, ip): &(Key<T>, Arc<str>)| fields(event, key, code, Some(ip));
        self.known_by_ip.entry((key, Arc::clone(ip))).or_insert_with_key(new).clone()
    }
}

/// Returns an event like `event` with the fields of an answer.
fn fields<T: AsRef<str>>(event: &Event, key: &Key<T>, code: Option<&[u8]>, ip: Option<&Arc<str>>) -> Event {
    let code = code.and_then(|code| str::from_utf8(code).ok()?.parse().ok());
    let fields = EventFields {
        transport: key.transport.as_ref().map(|transport| transport.as_ref().into()),
        attempt_ip: ip.cloned(),
        code,
        reason: key.reason.map(Into::into),
        ..EventFields::NONE
    };
    event.clone().with_event_fields(fields, BTreeMap::new())
}

/// Adds the attributes that are present, by name.
pub(in crate::source) fn with_attributes<const N: usize>(
    event: Event,
    attributes: [(&str, Option<&[u8]>); N],
) -> Event {
    let mut present = BTreeMap::new();
    for (name, text) in attributes {
        if let Some(text) = text {
            // Nearly all are valid, which is found out faster than what is not.
            let value =
                str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text).into(), Value::from);
            present.insert(name.to_owned(), value);
        }
    }
    let fields = event.event_fields().clone();
    event.with_event_fields(fields, present)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::Kind;

    #[test]
    fn an_event_has_the_fields_of_its_answer() {
        let mut answers = Answers::default();
        let event = || Event::new("a", "m", "e", Kind::Deferred, DateTime::UNIX_EPOCH);
        for (code, expected) in [
            (Some(&b"4.7.1"[..]), Some("4.7.1")),
            (Some(b"2.0.0"), Some("2.0.0")),
            (Some(b"9.9.9"), None),
            (Some(b"4.7.1.1.1.1.1.1"), None),
            (Some(b"\xff"), None),
            (None, None),
        ] {
            for reason in [None, Some("greylisted"), None] {
                let found =
                    answers.apply(event(), Answer { transport: Some("smtp"), ip: None, code, reason });
                let fields = found.event_fields();
                assert_eq!(fields.code.map(|code| code.to_string()).as_deref(), expected);
                assert_eq!((fields.transport.as_deref(), fields.reason.as_deref()), (Some("smtp"), reason));
            }
        }
        assert_eq!(answers.apply(event(), Answer::NONE), event());
    }
}
