//! What an event must be so that it is counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Event, EventRef};

/// Why an event is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The account, the message or the event has an empty id.
    #[error("field `{field}` is empty, expected a name")]
    EmptyId {
        /// The name of the field: `account`, `message` or `id`.
        field: &'static str,
    },
    /// An instant is before the year 2000 or after the year 9999, mostly because of a wrong unit: seconds taken for
    /// milliseconds are in January 1970.
    #[error("field `{field}` is {at}, expected an instant from 2000 to 9999; is its unit right?")]
    Instant {
        /// The name of the field: `at` or `created`.
        field: &'static str,
        /// The instant.
        at: DateTime<Utc>,
    },
    /// A text is too long: an id, a field, or a tag.
    #[error("field `{field}` has {found} bytes, expected at most {}", Event::MAX_TEXT_BYTES)]
    TextTooLong {
        /// The name of the field, such as `category`.
        field: &'static str,
        /// The length of the text in bytes.
        found: usize,
    },
    /// The attributes are too large.
    #[error("the attributes take more than {} bytes", Event::MAX_ATTRIBUTE_BYTES)]
    AttributesTooLarge,
    /// The event has too many tags.
    #[error("{found} tags, expected at most {}", Event::MAX_TAGS)]
    TooManyTags {
        /// The number of tags.
        found: usize,
    },
}

/// The first instant of the year 2000, and of the year 10,000, in seconds since 1970.
const VALID_SECONDS: std::ops::Range<i64> = 946_684_800..253_402_300_800;

impl Event {
    /// The maximum number of tags of an event, and of a message.
    pub const MAX_TAGS: usize = 100;

    /// The maximum length of an id, of a field and of a tag, in bytes. Attributes may be longer.
    pub const MAX_TEXT_BYTES: usize = 1000;

    /// The maximum size of the attributes: the bytes of all names and texts, and 16 for each value.
    pub const MAX_ATTRIBUTE_BYTES: usize = 64 << 10;

    /// Checks what every reader and every sink demands of an event: its ids are not empty, its instants are from 2000 to
    /// 9999, no text has more than [`Event::MAX_TEXT_BYTES`] bytes, it has at most [`Event::MAX_TAGS`] tags, and its attributes
    /// are not larger than [`Event::MAX_ATTRIBUTE_BYTES`].
    ///
    /// ```
    /// use mailtally::time::chrono::DateTime;
    /// use mailtally::{Event, Kind};
    ///
    /// let at = DateTime::from_timestamp_millis(1_770_000_000).unwrap(); // these are seconds
    /// let error = Event::new("acme", "m-1", "e-1", Kind::Sent, at).check().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "field `at` is 1970-01-21 11:40:00 UTC, expected an instant from 2000 to 9999; is its unit right?",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`EventError`] for the first of these that does not hold.
    pub fn check(&self) -> Result<(), EventError> {
        let fields = self.message_fields();
        let ids = [self.account().as_str(), self.message().as_str(), self.id().as_str()];
        check_ids(ids)?;
        check_instants(self.at(), fields.created)?;
        check_tags(fields.tags.iter().map(|tag| &**tag))?;
        check_texts(fields.texts())?;
        check_texts(self.event_fields().texts())?;
        check_attributes(self.attributes())
    }
}

impl EventRef<'_> {
    /// Checks the ids and the instants, as [`Event::check`] does.
    pub(crate) fn check(&self) -> Result<(), EventError> {
        check_ids([&self.account, &self.message, &self.id])?;
        check_instants(self.at, self.created)
    }
}

/// Checks the ids of the account, the message and the event.
fn check_ids(ids: [&str; 3]) -> Result<(), EventError> {
    // Nearly all are right.
    if ids.iter().all(|id| (1..=Event::MAX_TEXT_BYTES).contains(&id.len())) {
        return Ok(());
    }
    let named = || ["account", "message", "id"].into_iter().zip(ids);
    match named().find(|(_, id)| id.is_empty()) {
        Some((field, _)) => Err(EventError::EmptyId { field }),
        None => named().try_for_each(|(field, id)| check_length(field, id)),
    }
}

fn check_texts<const N: usize>(texts: [(&'static str, &Option<Arc<str>>); N]) -> Result<(), EventError> {
    // Nearly all are short. A branch for each would take longer than all lengths.
    let length = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
    if texts.iter().fold(0, |longest, (_, text)| length(text).max(longest)) <= Event::MAX_TEXT_BYTES {
        return Ok(());
    }
    let mut present = texts.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
    present.try_for_each(|(field, text)| check_length(field, text))
}

fn check_length(field: &'static str, text: &str) -> Result<(), EventError> {
    let found = text.len();
    if found > Event::MAX_TEXT_BYTES { Err(EventError::TextTooLong { field, found }) } else { Ok(()) }
}

fn check_instants(at: DateTime<Utc>, created: Option<DateTime<Utc>>) -> Result<(), EventError> {
    let check = |field, at: DateTime<Utc>| match VALID_SECONDS.contains(&at.timestamp()) {
        true => Ok(()),
        false => Err(EventError::Instant { field, at }),
    };
    check("at", at)?;
    created.map_or(Ok(()), |created| check("created", created))
}

/// Returns whether an instant in milliseconds since 1970 is one that an event can have.
#[cfg(feature = "snapshot")]
pub(crate) fn is_valid_instant(millis: i64) -> bool {
    VALID_SECONDS.contains(&millis.div_euclid(1000))
}

fn check_tags<'a>(mut tags: impl ExactSizeIterator<Item = &'a str>) -> Result<(), EventError> {
    let found = tags.len();
    if found > Event::MAX_TAGS {
        return Err(EventError::TooManyTags { found });
    }
    tags.try_for_each(|tag| check_length("tags", tag))
}

fn check_attributes(attributes: &BTreeMap<String, Value>) -> Result<(), EventError> {
    let mut left = Event::MAX_ATTRIBUTE_BYTES;
    let fits = attributes.iter().all(|(name, value)| take(&mut left, name.len()) && fits(value, &mut left));
    if fits { Ok(()) } else { Err(EventError::AttributesTooLarge) }
}

/// Takes the size of a value from the bytes that are left; `false` if it is larger.
fn fits(value: &Value, left: &mut usize) -> bool {
    let own = match value {
        Value::String(text) => text.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => 0,
    };
    take(left, own + 16)
        && match value {
            Value::Array(items) => items.iter().all(|item| fits(item, left)),
            Value::Object(pairs) => {
                pairs.iter().all(|(name, value)| take(left, name.len()) && fits(value, left))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
}

fn take(left: &mut usize, bytes: usize) -> bool {
    match left.checked_sub(bytes) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn event(at: &str) -> Event {
        Event::new("a", "m", "1", Kind::Sent, at.parse().unwrap())
    }

    #[test]
    fn instants_from_2000_to_9999_are_valid() {
        for at in ["2000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"] {
            assert_eq!(event(at).check(), Ok(()));
            assert_eq!(event("2026-01-01T00:00:00Z").created(at.parse().unwrap()).check(), Ok(()));
        }
        for at in ["1999-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"] {
            let instant = at.parse().unwrap();
            assert_eq!(event(at).check(), Err(EventError::Instant { field: "at", at: instant }));
            let created = event("2026-01-01T00:00:00Z").created(instant);
            assert_eq!(created.check(), Err(EventError::Instant { field: "created", at: instant }));
        }
    }

    #[test]
    fn ids_are_not_empty() {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        for (ids, field) in [(["", "m", "1"], "account"), (["a", "", "1"], "message"), (["a", "m", ""], "id")]
        {
            let [account, message, id] = ids;
            let event = Event::new(account, message, id, Kind::Sent, at);
            assert_eq!(event.check(), Err(EventError::EmptyId { field }));
            assert_eq!(EventRef::from(&event).check(), event.check());
        }
    }

    #[test]
    fn no_text_has_more_than_a_thousand_bytes() {
        let long = |length: usize| "ü".repeat(length / 2);
        let plain = || event("2026-01-01T00:00:00Z");
        type Set = fn(Event, String) -> Event;
        let set: [(&str, Set); 18] = [
            ("subaccount", |event, text| event.subaccount(text)),
            ("domain", |event, text| event.domain(text)),
            ("category", |event, text| event.category(text)),
            ("tags", |event, text| event.tags([text])),
            ("mailbox", |event, text| event.mailbox(text)),
            ("campaign", |event, text| event.campaign(text)),
            ("ip", |event, text| event.ip(text)),
            ("ip_pool", |event, text| event.ip_pool(text)),
            ("recipient_domain", |event, text| event.recipient_domain(text)),
            ("provider", |event, text| event.provider(text)),
            ("country", |event, text| event.country(text)),
            ("device", |event, text| event.device(text)),
            ("client", |event, text| event.client(text)),
            ("bot", |event, text| event.bot(text)),
            ("transport", |event, text| event.transport(text)),
            ("attempt_ip", |event, text| event.attempt_ip(text)),
            ("attempt_ip_pool", |event, text| event.attempt_ip_pool(text)),
            ("reason", |event, text| event.reason(text)),
        ];
        for (field, set) in set {
            assert_eq!(set(plain(), long(1000)).check(), Ok(()), "{field}");
            let longer = set(plain(), long(1002));
            assert_eq!(longer.check(), Err(EventError::TextTooLong { field, found: 1002 }));
        }
        let id = Event::new("a", "m", long(1002), Kind::Sent, plain().at()).check().unwrap_err();
        assert_eq!(id.to_string(), "field `id` has 1002 bytes, expected at most 1000");
        assert_eq!(plain().attribute("reply", long(9000)).check(), Ok(()));
        let longer_in_lower_case = plain().domain("İ".repeat(500));
        assert!(
            longer_in_lower_case.check().is_err() && serde_json::to_string(&longer_in_lower_case).is_err()
        );
    }

    #[test]
    fn attributes_are_bounded_by_their_texts_and_by_their_values() {
        let with = |value: Value| event("2026-01-01T00:00:00Z").attribute("a", value).check();
        let texts = |bytes: usize| Value::from("x".repeat(bytes));
        assert_eq!(with(texts((64 << 10) - 17)), Ok(()));
        assert_eq!(with(texts((64 << 10) - 16)), Err(EventError::AttributesTooLarge));
        let zeros = |count: usize| Value::from(vec![0; count]);
        assert_eq!(with(zeros(4000)), Ok(()));
        assert_eq!(with(zeros(4096)), Err(EventError::AttributesTooLarge));
        let nested = serde_json::json!({ "b": [{ "x".repeat(70_000): 1 }] });
        assert_eq!(with(nested), Err(EventError::AttributesTooLarge));
    }

    #[test]
    fn an_event_has_at_most_a_hundred_tags() {
        let tagged = |count: usize| event("2026-01-01T00:00:00Z").tags((0..count).map(|tag| tag.to_string()));
        assert_eq!(tagged(100).check(), Ok(()));
        assert_eq!(tagged(101).check(), Err(EventError::TooManyTags { found: 101 }));
        assert_eq!(tagged(101).check().unwrap_err().to_string(), "101 tags, expected at most 100");
    }
}
