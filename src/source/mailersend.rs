//! MailerSend's webhooks: one object for each event.
//!
//! ```
//! use mailtally::source::mailersend;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"type":"activity.delivered","created_at":"2026-02-01T09:30:03.520507Z","data":{"id":"a2","created_at":"2026-02-01T09:30:03.506000Z",
//!     "email":{"id":"ee-1","from":"news@shop.example","recipient":{"email":"ann@gmail.com"},"tags":["spring"]}}}"#;
//! let event = &mailersend::events(body, &Options::new("acme")).events[0];
//! assert_eq!((event.message().as_str(), event.id().as_str()), ("ee-1", "a2"));
//! ```
//!
//! # Events
//!
//! | `type` | event |
//! |---|---|
//! | `activity.sent` | `sent` |
//! | `activity.delivered` | `delivered.smtp` |
//! | `activity.deferred` | `deferred` |
//! | `activity.soft_bounced` | `soft_bounced` |
//! | `activity.hard_bounced` | `hard_bounced.immediate` |
//! | `activity.opened`, `activity.clicked` | `opened`, `clicked` |
//! | `activity.opened_unique`, `activity.clicked_unique` | quiet: they come beside the events above |
//! | `activity.unsubscribed` | `unsubscribed` |
//! | `activity.spam_complaint` | `complained` |
//! | any other | quiet: not about a sent message |
//!
//! The id is `data.id`, the time `data.created_at`. A message is `email.id`, of which each recipient has one.
//!
//! `email.from` is the mailbox, `email.tags` the tags, `email.created_at` the creation. Client, device and country are
//! not told, and opens by machines are not marked.
//!
//! # Where it comes from
//!
//! A webhook of a domain with all activity events. The body is signed: header `Signature`, hex HMAC-SHA256 of the raw
//! body; the host verifies it.

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Mailersend, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "a webhook of MailerSend", read_event);
}

/// Returns whether an object is a webhook of MailerSend.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    fields.loose("type").is_some_and(|name| name.starts_with("activity.")) && fields.has("data")
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let event_type = match fields.required("type", "a type such as `activity.delivered`")? {
        "activity.sent" => EventType::Sent,
        "activity.delivered" => EventType::DeliveredSmtp,
        "activity.deferred" => EventType::Deferred,
        "activity.soft_bounced" => EventType::SoftBounced,
        "activity.hard_bounced" => EventType::HardBouncedImmediate,
        "activity.opened" => EventType::Opened,
        "activity.clicked" => EventType::Clicked,
        "activity.unsubscribed" => EventType::Unsubscribed,
        "activity.spam_complaint" => EventType::Complained,
        _ => return Ok(()),
    };
    let data = fields.required_object("data")?;
    let email = data.required_object("email")?;
    let id = data.required("id", "the id of an event")?;
    let at = data.required_instant("created_at")?;
    let message = email.required("id", "the id of a message")?;
    let mut draft = Draft::new(event_type, at, id, MessageName::OfRecipient(message));
    draft.recipient =
        email.object("recipient")?.map(|recipient| recipient.text("email")).transpose()?.flatten();
    draft.set_sender(email.loose("from").as_deref());
    draft.set_tags(email.texts("tags"));
    draft.fields.created = email.instant("created_at").ok().flatten();
    let morph = data.loose_object("morph");
    draft.set_reply(morph.and_then(|morph| morph.texts("reason").next()));
    draft.link = morph.and_then(|morph| morph.texts("url").next());
    out.push(draft)
}
