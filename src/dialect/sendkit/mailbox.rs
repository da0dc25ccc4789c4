//! The profiles of mailboxes, which the host alone knows.

use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Serialize;

use super::Error;

/// A mailbox of the workspace, as the host knows it.
///
/// Made with [`Mailbox::new`] and chaining setters. Figures that are not set are [counted](super::Counted).
///
/// ```
/// use mailtally::dialect::sendkit::{Mailbox, MailboxStatus, Warmup};
/// use mailtally::rate::Decimal;
///
/// let mailbox = Mailbox::new("66f0a1", "kim@acme.example")
///     .display_name("Kim")
///     .status(MailboxStatus::Suspended)
///     .daily_send_limit(40)
///     .warmup(Warmup::new(true, "in_progress"))
///     .bounce_rate(Decimal::new(3, 2));
/// assert_eq!((mailbox.id(), mailbox.email()), ("66f0a1", "kim@acme.example"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    id: Arc<str>,
    email: Arc<str>,
    pub(super) display_name: Arc<str>,
    pub(super) status: MailboxStatus,
    pub(super) daily_send_limit: u64,
    pub(super) warmup: Warmup,
    pub(super) total_sent: Option<u64>,
    pub(super) total_received: Option<u64>,
    pub(super) bounce_rate: Option<Decimal>,
    pub(super) sent_today: Option<u64>,
}

/// What state a mailbox is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the API has four states")]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum MailboxStatus {
    #[default]
    Active,
    Inactive,
    Suspended,
    Error,
}

/// How far a mailbox is warmed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warmup {
    /// Whether it is on.
    pub enabled: bool,
    /// How far it is, in the API's words: `not_started`, `in_progress`, `completed` are known.
    pub status: Arc<str>,
}

impl Mailbox {
    /// An active mailbox with this id and address, named by its address, that may send nothing and is not warmed up.
    pub fn new(id: impl Into<Arc<str>>, email: impl Into<Arc<str>>) -> Self {
        let email = email.into();
        Self {
            id: id.into(),
            display_name: email.clone(),
            email,
            status: MailboxStatus::default(),
            daily_send_limit: 0,
            warmup: Warmup::new(false, "not_started"),
            total_sent: None,
            total_received: None,
            bounce_rate: None,
            sent_today: None,
        }
    }

    /// Sets the name that people see.
    #[must_use]
    pub fn display_name(self, name: impl Into<Arc<str>>) -> Self {
        Self { display_name: name.into(), ..self }
    }

    /// Sets the state.
    #[must_use]
    pub fn status(self, status: MailboxStatus) -> Self {
        Self { status, ..self }
    }

    /// Sets the most messages a day.
    #[must_use]
    pub fn daily_send_limit(self, messages: u64) -> Self {
        Self { daily_send_limit: messages, ..self }
    }

    /// Sets how far it is warmed up.
    #[must_use]
    pub fn warmup(self, warmup: Warmup) -> Self {
        Self { warmup, ..self }
    }

    /// Sets the stored number of messages that it ever sent.
    #[must_use]
    pub fn total_sent(self, messages: u64) -> Self {
        Self { total_sent: Some(messages), ..self }
    }

    /// Sets the stored number of messages that it ever received.
    #[must_use]
    pub fn total_received(self, messages: u64) -> Self {
        Self { total_received: Some(messages), ..self }
    }

    /// Sets the stored bounce rate, a fraction: 0.03 is 3 of 100.
    #[must_use]
    pub fn bounce_rate(self, rate: Decimal) -> Self {
        Self { bounce_rate: Some(rate), ..self }
    }

    /// Sets the stored number of messages that it sent today.
    #[must_use]
    pub fn sent_today(self, messages: u64) -> Self {
        Self { sent_today: Some(messages), ..self }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its address, by which events name it.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The one of `mailboxes` with this id; the first, if there are several.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownMailbox`] if there is none.
    pub fn find<'a>(mailboxes: &'a [Self], id: &str) -> Result<&'a Self, Error> {
        mailboxes.iter().find(|mailbox| mailbox.id() == id).ok_or(Error::UnknownMailbox)
    }
}

impl MailboxStatus {
    /// Every state, in the published order.
    pub const ALL: [Self; 4] = [Self::Active, Self::Inactive, Self::Suspended, Self::Error];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Suspended => "suspended",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for MailboxStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Warmup {
    /// Whether it is on, and how far it is.
    pub fn new(enabled: bool, status: impl Into<Arc<str>>) -> Self {
        Self { enabled, status: status.into() }
    }
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
    fn a_mailbox_is_found_by_its_id_alone() {
        let mailboxes = [Mailbox::new("1", "a@acme.example"), Mailbox::new("2", "1")];
        assert_eq!(Mailbox::find(&mailboxes, "2"), Ok(&mailboxes[1]));
        for id in ["3", "", "a@acme.example", "1 "] {
            assert_eq!(Mailbox::find(&mailboxes, id), Err(Error::UnknownMailbox), "{id}");
        }
    }
}
