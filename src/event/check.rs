//! What an event must be so that it is counted.

use chrono::{DateTime, Utc};

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

    /// Checks what every reader and every sink demands of an event: its ids are not empty, its instants are from 2000 to
    /// 9999, no text has more than [`Event::MAX_TEXT_BYTES`] bytes, and it has at most [`Event::MAX_TAGS`] tags.
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
        check_texts(fields.texts().into_iter().chain(self.event_fields().texts()))
    }
}

impl EventRef<'_> {
    /// As [`Event::check`].
    pub(super) fn check(&self) -> Result<(), EventError> {
        check_ids([&self.account, &self.message, &self.id])?;
        check_instants(self.at, self.created)?;
        check_tags(self.tags.iter().map(|tag| &**tag))?;
        check_texts(self.texts())
    }
}

/// Checks the ids of the account, the message and the event.
fn check_ids(ids: [&str; 3]) -> Result<(), EventError> {
    let named = || ["account", "message", "id"].into_iter().zip(ids);
    match named().find(|(_, id)| id.is_empty()) {
        Some((field, _)) => Err(EventError::EmptyId { field }),
        None => named().try_for_each(|(field, id)| check_length(field, id)),
    }
}

fn check_texts<'a>(
    texts: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
) -> Result<(), EventError> {
    let mut present = texts.into_iter().filter_map(|(field, text)| Some((field, text?)));
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

fn check_tags<'a>(mut tags: impl ExactSizeIterator<Item = &'a str>) -> Result<(), EventError> {
    let found = tags.len();
    if found > Event::MAX_TAGS {
        return Err(EventError::TooManyTags { found });
    }
    tags.try_for_each(|tag| check_length("tags", tag))
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
            assert_eq!(EventRef::from(&longer).check(), longer.check());
        }
        let id = Event::new("a", "m", long(1002), Kind::Sent, plain().at()).check().unwrap_err();
        assert_eq!(id.to_string(), "field `id` has 1002 bytes, expected at most 1000");
        assert_eq!(plain().attribute("reply", long(9000)).check(), Ok(()));
    }

    #[test]
    fn an_event_has_at_most_a_hundred_tags() {
        let tagged = |count: usize| event("2026-01-01T00:00:00Z").tags((0..count).map(|tag| tag.to_string()));
        assert_eq!(tagged(100).check(), Ok(()));
        assert_eq!(tagged(101).check(), Err(EventError::TooManyTags { found: 101 }));
        assert_eq!(tagged(101).check().unwrap_err().to_string(), "101 tags, expected at most 100");
    }
}
