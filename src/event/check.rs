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

    /// Checks what every reader and every sink demands of an event: its ids are not empty, its instants are from 2000 to
    /// 9999, and it has at most [`Event::MAX_TAGS`] tags.
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
        check_ids(self.account().as_str(), self.message().as_str(), self.id().as_str())?;
        check_instants(self.at(), fields.created)?;
        check_tags(fields.tags.len())
    }
}

impl EventRef<'_> {
    /// As [`Event::check`].
    pub(super) fn check(&self) -> Result<(), EventError> {
        check_ids(&self.account, &self.message, &self.id)?;
        check_instants(self.at, self.created)?;
        check_tags(self.tags.len())
    }
}

fn check_ids(account: &str, message: &str, id: &str) -> Result<(), EventError> {
    let ids = [("account", account), ("message", message), ("id", id)];
    match ids.into_iter().find(|(_, id)| id.is_empty()) {
        Some((field, _)) => Err(EventError::EmptyId { field }),
        None => Ok(()),
    }
}

fn check_instants(at: DateTime<Utc>, created: Option<DateTime<Utc>>) -> Result<(), EventError> {
    let check = |field, at: DateTime<Utc>| match VALID_SECONDS.contains(&at.timestamp()) {
        true => Ok(()),
        false => Err(EventError::Instant { field, at }),
    };
    check("at", at)?;
    created.map_or(Ok(()), |created| check("created", created))
}

fn check_tags(found: usize) -> Result<(), EventError> {
    if found > Event::MAX_TAGS { Err(EventError::TooManyTags { found }) } else { Ok(()) }
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
    fn an_event_has_at_most_a_hundred_tags() {
        let tagged = |count: usize| event("2026-01-01T00:00:00Z").tags((0..count).map(|tag| tag.to_string()));
        assert_eq!(tagged(100).check(), Ok(()));
        assert_eq!(tagged(101).check(), Err(EventError::TooManyTags { found: 101 }));
        assert_eq!(tagged(101).check().unwrap_err().to_string(), "101 tags, expected at most 100");
    }
}
