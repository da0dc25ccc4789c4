//! The mail that an event of SES is about, and its recipients.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::event_type::EventType;
use crate::source::records::draft::{Draft, MessageName};
use crate::source::records::fields::Fields;
use crate::source::records::output::Output;
use crate::source::records::{MAX_RECIPIENTS, RecordReason, address};

/// The mail that an event is about.
#[derive(Debug)]
pub(super) struct Mail<'a> {
    fields: Fields<'a>,
    id: &'a str,
    host_id: Option<Arc<str>>,
    destinations: Vec<&'a str>,
    at: DateTime<Utc>,
}

impl<'a> Mail<'a> {
    pub(super) fn new(fields: Fields<'a>, out: &Output<'_>) -> Result<Self, RecordReason> {
        let host_id = out.host_id(&[fields.loose_object("tags")]);
        Ok(Self {
            host_id: host_id.or_else(|| header(fields, out.message_field()?)),
            id: fields.required("messageId", "the id of a message")?,
            destinations: recipients(fields.texts("destination"))?,
            at: fields.required_instant("timestamp")?,
            fields,
        })
    }

    /// Returns the recipient, if there is exactly one.
    pub(super) fn only_destination(&self) -> Option<&'a str> {
        match self.destinations[..] {
            [destination] => Some(destination),
            _ => None,
        }
    }

    /// Returns a draft with the fields of the mail.
    pub(super) fn draft(
        &self,
        event_type: EventType,
        at: DateTime<Utc>,
        id: impl Into<String>,
        recipient: Option<&'a str>,
    ) -> Draft<'a> {
        let mut draft = Draft::new(event_type, at, id, MessageName::Shared(self.id));
        draft.host_id = self.host_id.clone();
        draft.recipient = recipient;
        draft.set_sender(self.fields.loose("source").as_deref());
        draft.account = self.fields.shared("sendingAccountId");
        draft.fields.created = Some(self.at);
        let Some(tags) = self.fields.loose_object("tags") else { return draft };
        let first = |name| tags.texts(name).next();
        if let Some(domain) = first("ses:from-domain") {
            draft.set_domain(Some(domain));
        }
        draft.own.attempt_ip = first("ses:outgoing-ip").map(Arc::from);
        draft.fields.provider = first("ses:recipient-isp").map(Arc::from);
        let own: Vec<String> = tags
            .names()
            .filter(|name| !name.starts_with("ses:"))
            .flat_map(|name| tags.texts(name).map(move |value| format!("{name}:{value}")))
            .collect();
        draft.set_tags(own.iter().map(String::as_str));
        draft
    }

    /// Pushes an event for each destination.
    pub(super) fn each_destination(
        &self,
        event_type: EventType,
        id: &str,
        out: &mut Output<'_>,
    ) -> Result<(), RecordReason> {
        if self.destinations.is_empty() {
            return Err(self.fields.missing("destination", "an array of addresses"));
        }
        let draft = |recipient: &&'a str| Ok(self.draft(event_type, self.at, id, Some(recipient)));
        out.push_all(self.destinations.iter().map(draft))
    }

    /// Returns the recipient that is meant by an address in an event: the only one, as a mail may be forwarded.
    pub(super) fn meant(&self, address: &'a str) -> &'a str {
        self.only_destination().unwrap_or(address)
    }
}

/// Returns the text of a header of the mail.
fn header(mail: Fields<'_>, name: &str) -> Option<Arc<str>> {
    let text = |header: &Value, field: &str| header.get(field).and_then(Value::as_str).map(str::to_owned);
    let is_named =
        |header: &&Value| text(header, "name").is_some_and(|found| found.eq_ignore_ascii_case(name));
    text(mail.list("headers").iter().find(is_named)?, "value").filter(|id| !id.is_empty()).map(Arc::from)
}

/// Returns addresses, unless they are too many.
pub(super) fn recipients<'a>(addresses: impl Iterator<Item = &'a str>) -> Result<Vec<&'a str>, RecordReason> {
    let addresses: Vec<&str> = addresses.filter_map(address::bare).collect();
    match addresses.len() {
        ..=MAX_RECIPIENTS => Ok(addresses),
        found => Err(RecordReason::TooManyRecipients { found }),
    }
}

/// An address in an array of objects, and its object; or why there is none.
type Listed<'a> = Result<(&'a str, Fields<'a>), RecordReason>;

/// Returns the recipients in an array of objects with `emailAddress`, each or why it is none.
pub(super) fn listed<'a>(fields: Fields<'a>, name: &'static str) -> Result<Vec<Listed<'a>>, RecordReason> {
    let values = fields.list(name);
    let listed = values.iter().map(|value| {
        let recipient = Fields::new(value, "an object with `emailAddress`")?;
        Ok((recipient.required("emailAddress", "an address")?, recipient))
    });
    match values.len() {
        0 => Err(fields.missing(name, "an array of recipients")),
        1..=MAX_RECIPIENTS => Ok(listed.collect()),
        found => Err(RecordReason::TooManyRecipients { found }),
    }
}
