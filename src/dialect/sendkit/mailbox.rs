//! Mailboxes, as their host knows them.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::names::named_enum;
use crate::parse_error::ParseError;
use crate::rate::Decimal;

/// A mailbox of a workspace. What is counted of it is the mail with its address, case-insensitively in ASCII.
///
/// ```
/// use mailtally::dialect::sendkit::{Mailbox, MailboxStatus, Warmup};
/// use mailtally::rate::Decimal;
///
/// let mailbox = Mailbox::new("66f0a1", "kim@acme.example")
///     .name("Kim")
///     .status(MailboxStatus::Suspended)
///     .daily_send_limit(40)
///     .warmup(Warmup::new(true, "in_progress"))
///     .bounce_rate(Decimal::new(3, 2));
/// let json = r#"{
///     "id": "66f0a1",
///     "email": "kim@acme.example",
///     "name": "Kim",
///     "status": "suspended",
///     "daily_send_limit": 40,
///     "warmup": {"enabled": true, "status": "in_progress"},
///     "bounce_rate": 0.03
/// }"#;
/// assert_eq!(serde_json::from_str::<Mailbox>(json)?, mailbox);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// It can be deserialized, from a configuration file for example. Every field but `id` and `email` is optional, as is
/// every setter here; an unknown field and a bounce rate that is not from 0 to 1 are errors.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    id: Arc<str>,
    email: Arc<str>,
    name: Option<Arc<str>>,
    #[serde(default)]
    pub(super) status: MailboxStatus,
    #[serde(default)]
    pub(super) daily_send_limit: u64,
    #[serde(default)]
    pub(super) warmup: Warmup,
    pub(super) total_sent: Option<u64>,
    pub(super) total_received: Option<u64>,
    #[serde(default, deserialize_with = "fraction")]
    pub(super) bounce_rate: Option<Decimal>,
    pub(super) sent_today: Option<u64>,
}

named_enum! {
    /// The state of a mailbox, in the published order.
    #[derive(Default)]
    #[expect(clippy::exhaustive_enums, reason = "the API has four states")]
    #[expect(missing_docs, reason = "the names are the API's")]
    pub enum MailboxStatus("status of a mailbox") {
        #[default]
        Active = "active",
        Inactive = "inactive",
        Suspended = "suspended",
        Error = "error",
    }
}

/// Whether a mailbox is being warmed up (its sending is increased slowly), and how far it is. The default is off,
/// `not_started`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Warmup {
    /// Whether it is on.
    pub enabled: bool,
    /// The API's name of its progress: `not_started`, `in_progress`, `completed` are known.
    pub status: Arc<str>,
}

impl Mailbox {
    /// Makes an active mailbox that may send nothing and is not warmed up. Events name it by `email`.
    pub fn new(id: impl Into<Arc<str>>, email: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            email: email.into(),
            name: None,
            status: MailboxStatus::default(),
            daily_send_limit: 0,
            warmup: Warmup::default(),
            total_sent: None,
            total_received: None,
            bounce_rate: None,
            sent_today: None,
        }
    }

    /// Sets the display name. The default is the address.
    #[must_use]
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets the state. The default is active.
    #[must_use]
    pub fn status(self, status: MailboxStatus) -> Self {
        Self { status, ..self }
    }

    /// Sets the maximum number of messages a day. The default is 0.
    #[must_use]
    pub fn daily_send_limit(self, messages: u64) -> Self {
        Self { daily_send_limit: messages, ..self }
    }

    /// Sets the warmup. The default is off.
    #[must_use]
    pub fn warmup(self, warmup: Warmup) -> Self {
        Self { warmup, ..self }
    }

    /// Sets the number of messages that it ever sent. If not set, it is counted from the events.
    #[must_use]
    pub fn total_sent(self, messages: u64) -> Self {
        Self { total_sent: Some(messages), ..self }
    }

    /// Sets the number of messages that it ever received. If not set, the messages with a reply are counted.
    #[must_use]
    pub fn total_received(self, messages: u64) -> Self {
        Self { total_received: Some(messages), ..self }
    }

    /// Sets the bounce rate to show instead of the one counted from the events, as a fraction: 0.03 is 3 of 100.
    #[must_use]
    pub fn bounce_rate(self, rate: Decimal) -> Self {
        Self { bounce_rate: Some(rate), ..self }
    }

    /// Sets the number of messages that it sent today. If not set, it is counted from the events.
    #[must_use]
    pub fn sent_today(self, messages: u64) -> Self {
        Self { sent_today: Some(messages), ..self }
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the address, by which events name it.
    pub fn email(&self) -> &str {
        &self.email
    }

    pub(super) fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.email)
    }

    /// Returns whether the host has set every number that would be counted over all time or today.
    pub(super) fn has_all_numbers(&self) -> bool {
        let has_totals = self.total_sent.is_some() && self.total_received.is_some();
        has_totals && self.bounce_rate.is_some() && self.sent_today.is_some()
    }
}

impl Warmup {
    /// Makes a warmup of this state and progress.
    pub fn new(enabled: bool, status: impl Into<Arc<str>>) -> Self {
        Self { enabled, status: status.into() }
    }
}

impl Default for Warmup {
    fn default() -> Self {
        Self::new(false, "not_started")
    }
}

/// Reads a fraction from 0 to 1.
fn fraction<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let Some(rate) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let fraction = Decimal::try_from(rate).ok().filter(|_| (0.0..=1.0).contains(&rate));
    let invalid = || ParseError::invalid("bounce rate", &rate.to_string(), "a fraction from 0 to 1");
    fraction.map(Some).ok_or_else(|| de::Error::custom(invalid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_states_are_those_published() {
        assert_eq!(MailboxStatus::ALL.map(MailboxStatus::name), ["active", "inactive", "suspended", "error"]);
        for status in MailboxStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.to_string());
        }
    }

    #[test]
    fn a_mailbox_deserializes_with_the_defaults_of_its_setters() {
        let read = |json: &str| serde_json::from_str::<Mailbox>(json).unwrap();
        let mailbox = Mailbox::new("1", "a@acme.example");
        assert_eq!(read(r#"{"id":"1","email":"a@acme.example"}"#), mailbox);
        assert_eq!(mailbox.display_name(), "a@acme.example");
        let stored = r#"{"id":"1","email":"a@acme.example","total_sent":9,"total_received":8,"bounce_rate":1,"sent_today":7}"#;
        let expected = mailbox.total_sent(9).total_received(8).bounce_rate(Decimal::ONE).sent_today(7);
        assert_eq!(read(stored), expected);
    }

    #[test]
    fn an_invalid_mailbox_is_an_error() {
        for (fields, error) in [
            (r#""bounce_rate":1.5"#, "invalid bounce rate `1.5`: expected a fraction from 0 to 1"),
            (r#""bounce_rate":-0.1"#, "invalid bounce rate `-0.1`: expected a fraction from 0 to 1"),
            (r#""displayName":"A""#, "unknown field `displayName`"),
            (r#""warmup":{"enabled":true}"#, "missing field `status`"),
            (r#""warmup":{"enabled":true,"status":"x","since":1}"#, "unknown field `since`"),
            (r#""status":"paused""#, "unknown variant `paused`"),
        ] {
            let json = format!(r#"{{"id":"1","email":"a@acme.example",{fields}}}"#);
            let found = serde_json::from_str::<Mailbox>(&json).unwrap_err().to_string();
            assert!(found.starts_with(error), "{found}");
        }
    }
}
