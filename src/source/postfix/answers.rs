//! The fields that an attempt gives its event: how it was made, the code of the answer, and the reason.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::reason;
use super::text::{Attempt, Outcome};
use crate::event::{Event, EventFields};

/// The longest code that is looked up, in bytes.
const MAX_CODE_LEN: usize = 11;

/// What an answer is: the transport, the code as it is written, and the reason, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    transport: Option<&'static str>,
    code: [u8; MAX_CODE_LEN],
    reason: Option<&'static str>,
}

/// Makes the fields of events. Events with equal fields share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    known: FxHashMap<Key, Event>,
    /// The last of the answers without a reason, which are those to most attempts.
    last: Option<(Key, Event)>,
}

impl Answers {
    /// The number of answers that are remembered.
    const MAX_ENTRIES: usize = 4096;

    /// Gives an event the fields of an attempt and, if wanted, the attributes `relay`, `dsn` and `reply`.
    #[inline]
    pub(super) fn apply_attempt(
        &mut self,
        event: Event,
        attempt: &Attempt<'_>,
        transport: Option<&'static str>,
        with_replies: bool,
    ) -> Event {
        let reason = match attempt.outcome {
            Outcome::Sent | Outcome::Forwarded | Outcome::Probed => None,
            Outcome::Expired => Some(reason::EXPIRED),
            Outcome::Deferred | Outcome::Bounced => {
                let code = attempt.dsn.and_then(|code| str::from_utf8(code).ok());
                Some(reason::of_attempt(attempt.reply.unwrap_or_default(), code))
            }
        };
        let event = self.apply(event, transport, attempt.dsn, reason);
        if with_replies { with_reply(event, attempt) } else { event }
    }

    /// Gives an event the fields of an answer.
    #[inline]
    pub(super) fn apply(
        &mut self,
        event: Event,
        transport: Option<&'static str>,
        code: Option<&[u8]>,
        reason: Option<&'static str>,
    ) -> Event {
        let mut key = Key { transport, code: [0; MAX_CODE_LEN], reason };
        if let Some((target, code)) = code.and_then(|code| Some((key.code.get_mut(..code.len())?, code))) {
            target.copy_from_slice(code);
        }
        if let Some((last, fields)) = &self.last
            && *last == key
        {
            return event.with_own_of(fields);
        }
        if self.known.len() >= Self::MAX_ENTRIES {
            self.known.clear();
        }
        let fields = self.known.entry(key).or_insert_with(|| fields(&event, key, code)).clone();
        let event = event.with_own_of(&fields);
        if reason.is_none() {
            self.last = Some((key, fields));
        }
        event
    }
}

/// Returns an event like `event` with the fields of an answer.
fn fields(event: &Event, key: Key, code: Option<&[u8]>) -> Event {
    let code = code.and_then(|code| str::from_utf8(code).ok()?.parse().ok());
    let fields = EventFields {
        transport: key.transport.map(Into::into),
        code,
        reason: key.reason.map(Into::into),
        ..EventFields::NONE
    };
    event.clone().with_event_fields(fields, BTreeMap::new())
}

/// Adds the attributes `relay`, `dsn` and `reply`, as far as the line has them.
fn with_reply(event: Event, attempt: &Attempt<'_>) -> Event {
    let Attempt { relay, dsn, reply, recipient: _, original: _, outcome: _ } = *attempt;
    let mut attributes = BTreeMap::new();
    for (name, text) in [("relay", relay), ("dsn", dsn), ("reply", reply)] {
        if let Some(text) = text {
            attributes.insert(name.to_owned(), String::from_utf8_lossy(text).into());
        }
    }
    let fields = event.event_fields().clone();
    event.with_event_fields(fields, attributes)
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
                let found = answers.apply(event(), Some("smtp"), code, reason);
                let fields = found.event_fields();
                assert_eq!(fields.code.map(|code| code.to_string()).as_deref(), expected);
                assert_eq!((fields.transport.as_deref(), fields.reason.as_deref()), (Some("smtp"), reason));
            }
        }
        assert_eq!(answers.apply(event(), None, None, None), event());
    }
}
