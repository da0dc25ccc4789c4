//! The settings of the readers of records.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event::{AccountId, MessageId};
use crate::event_type::EventType;
use crate::provider::Providers;
use crate::source::system::Source;

/// The settings of a reader: what records do not contain, and what to take from them.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) account: AccountId,
    pub(super) account_from_record: bool,
    pub(super) message_field: Option<Box<str>>,
    pub(super) resolver: Option<Resolver>,
    pub(super) with_orphans: bool,
    pub(super) with_replies: bool,
    pub(super) with_rejections: bool,
    pub(super) received_at: Option<DateTime<Utc>>,
    pub(super) providers: Providers,
}

impl Options {
    /// Returns the default options: all mail is of `account`, an event whose record names no message is left out, no
    /// replies and no rejections, and the built-in table of mailbox providers.
    pub fn new(account: impl Into<AccountId>) -> Self {
        Self {
            account: account.into(),
            account_from_record: false,
            message_field: None,
            resolver: None,
            with_orphans: false,
            with_replies: false,
            with_rejections: false,
            received_at: None,
            providers: Providers::builtin(),
        }
    }

    /// Sets whether the account is taken from a field of the record; the documentation of each reader names the field.
    /// Where a record has none, the account of [`Options::new`] is used.
    #[must_use]
    pub fn account_from_record(mut self, is_from_record: bool) -> Self {
        self.account_from_record = is_from_record;
        self
    }

    /// Sets the name of a field of the host's own that contains the id of the message, which is taken as it is. Where a
    /// record has no such field, its message is named as the documentation of the reader says.
    ///
    /// With it, events have the ids that the host itself gives to its messages. Each recipient needs a value of its
    /// own. The field is searched in what the host can give a message at the source:
    ///
    /// | source | place |
    /// |---|---|
    /// | KumoMTA | `meta`, `headers` |
    /// | Amazon SES | the message tags, `headers` |
    /// | SendGrid | the custom arguments, which are beside the other fields |
    /// | Postmark | `Metadata` |
    /// | SparkPost | `rcpt_meta` |
    /// | Mailgun | `user-variables` |
    /// | Mailtrap | `custom_variables` |
    /// | Brevo | the JSON in `X-Mailin-custom` |
    /// | Mailjet | beside the other fields, such as `CustomID` |
    /// | Resend | `tags`, if they are an object |
    /// | Mandrill | `metadata` |
    /// | DSN, ARF | the header of the mail that the report is about, such as `X-Message` |
    ///
    /// ```
    /// use mailtally::source::postmark;
    /// use mailtally::source::records::Options;
    ///
    /// let body = br#"{"RecordType":"Delivery","MessageID":"aaaa-1","Recipient":"ann@gmail.com","DeliveredAt":"2026-02-01T09:30:01Z",
    ///     "Metadata":{"order":"4711/ann"}}"#;
    /// let batch = postmark::events(body, &Options::new("acme").message_field("order"));
    /// assert_eq!(batch.events[0].message().as_str(), "4711/ann");
    /// ```
    #[must_use]
    pub fn message_field(mut self, name: impl Into<Box<str>>) -> Self {
        self.message_field = Some(name.into());
        self
    }

    /// Sets a function that names the message of an event whose record does not: it returns the account and the
    /// message, or `None` if it does not know either.
    ///
    /// It has to give the same answer whenever it is asked the same, or an event that arrives twice is counted twice.
    ///
    /// ```
    /// use mailtally::message::{AccountId, MessageId};
    /// use mailtally::source::records::Options;
    /// use mailtally::source::sendgrid;
    ///
    /// let bounce = br#"[{"event":"bounce","email":"cleo@x.example","timestamp":1769958000,"sg_message_id":""}]"#;
    /// assert_eq!(sendgrid::events(bounce, &Options::new("acme")).summary.unnamed, 1);
    /// let options = Options::new("acme").resolver(|unnamed| {
    ///     let message = (unnamed.recipient == Some("cleo@x.example")).then(|| MessageId::from("m-7"))?;
    ///     Some((AccountId::from("acme"), message))
    /// });
    /// assert_eq!(sendgrid::events(bounce, &options).events[0].message().as_str(), "m-7");
    /// ```
    #[must_use]
    pub fn resolver(
        mut self,
        resolver: impl Fn(&Unnamed<'_>) -> Option<(AccountId, MessageId)> + Send + Sync + 'static,
    ) -> Self {
        self.resolver = Some(Resolver(Arc::new(resolver)));
        self
    }

    /// Sets whether an event whose message nobody can name is kept, on a message of its own: an orphan. By default it
    /// is left out. Either way it is counted in the [summary](super::RecordSummary).
    #[must_use]
    pub fn with_orphans(mut self, with_orphans: bool) -> Self {
        self.with_orphans = with_orphans;
        self
    }

    /// Sets whether events have the attributes `reply`, with the answer of the other server or what the source says of
    /// it, and `link`, with the address that was clicked. A reply may contain the recipient's address.
    #[must_use]
    pub fn with_replies(mut self, with_replies: bool) -> Self {
        self.with_replies = with_replies;
        self
    }

    /// Sets whether mail that the source refused to take is an event, `failed.rejected`, on a message of its own. It is
    /// for sources that log such refusals without a message: [KumoMTA](crate::source::kumomta).
    #[must_use]
    pub fn with_rejections(mut self, with_rejections: bool) -> Self {
        self.with_rejections = with_rejections;
        self
    }

    /// Sets the instant at which the body came in. It is the instant of events in [reports by
    /// mail](crate::source::dsn), whose own times are of foreign clocks.
    #[must_use]
    pub fn received_at(mut self, at: DateTime<Utc>) -> Self {
        self.received_at = Some(at);
        self
    }

    /// Sets the table in which the mailbox provider of a recipient's domain is looked up. It replaces the built-in
    /// table. A provider that the record itself names is taken where the table has none.
    #[must_use]
    pub fn providers(mut self, providers: Providers) -> Self {
        self.providers = providers;
        self
    }
}

/// An event whose record does not name its message, for [`Options::resolver`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Unnamed<'a> {
    /// The source of the record.
    pub source: Source,
    /// What happened.
    pub event_type: EventType,
    /// When it happened, by the source's clock.
    pub at: DateTime<Utc>,
    /// The recipient's address, if the record has it; it may be redacted, or the last of a chain of forwards.
    pub recipient: Option<&'a str>,
    /// The address that a report was sent to, or the envelope sender of the mail: it may contain the message's id (VERP).
    pub return_path: Option<&'a str>,
    /// The text of the field `Message-ID` of the mail, without angle brackets.
    pub message_id: Option<&'a str>,
    /// The envelope id that was given to the first server (ENVID of RFC 3461).
    pub envelope_id: Option<&'a str>,
    /// The text of the field `CFBL-Feedback-ID` of the mail (RFC 9477).
    pub feedback_id: Option<&'a str>,
}

/// The function that names messages.
#[derive(Clone)]
pub(super) struct Resolver(Arc<ResolveMessage>);

type ResolveMessage = dyn Fn(&Unnamed<'_>) -> Option<(AccountId, MessageId)> + Send + Sync;

impl Resolver {
    pub(super) fn resolve(&self, unnamed: &Unnamed<'_>) -> Option<(AccountId, MessageId)> {
        (self.0)(unnamed)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}
