//! Postal's webhooks: one object for each event.
//!
//! ```
//! use mailtally::source::postal;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"event":"MessageSent","timestamp":1770000123.25,"uuid":"1-2","payload":{"status":"Sent","output":"250 2.0.0 OK",
//!     "timestamp":1770000123.1,"message":{"id":1563,"direction":"outgoing","to":"ann@gmail.com","from":"news@shop.example"}}}"#;
//! let event = &postal::events(body, &Options::new("acme")).events[0];
//! assert_eq!((event.message().as_str(), event.id().as_str()), ("1563", "delivered"));
//! ```
//!
//! # Events
//!
//! | `event` | condition | event | id |
//! |---|---|---|---|
//! | `MessageSent` | | `delivered.smtp` | `delivered` |
//! | `MessageDelayed` | | `deferred` | `deferred-`, hash(time, output) |
//! | `MessageDeliveryFailed` | `output` is a reply | `hard_bounced.immediate` | `failed` |
//! | `MessageDeliveryFailed` | the maximum number of attempts | `failed.expired` | `failed` |
//! | `MessageDeliveryFailed` | otherwise | `failed.other` | `failed` |
//! | `MessageHeld` | a suppression list, after failures | `failed.suppressed_bounce` | `held-`, hash(time) |
//! | `MessageHeld` | a suppression list, otherwise | `failed.suppressed_other` | the same |
//! | `MessageHeld` | otherwise | `queued` | the same |
//! | `MessageBounced` | | `hard_bounced.delayed` on the original message | `bounced-`, hash(id of the bounce) |
//! | `MessageLoaded`, `MessageLinkClicked` | | `opened`, `clicked` | `uuid` |
//! | any message with `direction` `incoming` | | quiet: not sent mail | |
//! | any other | | quiet: not about a message | |
//!
//! A message is the number `message.id`, which is unique on one mail server of Postal only: give each its own account.
//!
//! `message.from` is the mailbox, `tag` a tag, `message.timestamp` the creation. Opens and clicks have no time or id of
//! their own, but those of the webhook's request, which remain when it is sent again. **Two webhooks that are both sent
//! opens count them twice**, so enable these events in one of them only. Other events may be sent by any number. Opens
//! by machines are not marked, and scanners click every link.
//!
//! # Where it comes from
//!
//! A webhook of a server, with all message events. The body is signed with RSA: headers `X-Postal-Signature` (SHA-1)
//! and `X-Postal-Signature-256` (SHA-256), base64, with the installation's key; the host verifies it.

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Postal, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "a webhook of Postal", read_event);
}

/// Returns whether an object is a webhook of Postal.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    ["event", "payload", "uuid"].iter().all(|name| fields.has(name))
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let event = fields.required("event", "an event such as `MessageSent`")?;
    let known = [
        "MessageSent",
        "MessageDelayed",
        "MessageDeliveryFailed",
        "MessageHeld",
        "MessageBounced",
        "MessageLoaded",
        "MessageLinkClicked",
    ];
    if !known.contains(&event) {
        return Ok(());
    }
    let payload = fields.required_object("payload")?;
    let name = if event == "MessageBounced" { "original_message" } else { "message" };
    let message = payload.required_object(name)?;
    if message.text("direction")? == Some("incoming") {
        return Ok(());
    }
    let output = payload.loose("output").unwrap_or_default();
    let details = payload.loose("details").unwrap_or_default();
    let own_time = || payload.required_instant("timestamp");
    let uuid = || fields.required("uuid", "the id of a request").map(str::to_owned);
    let (event_type, at, id) = match event {
        "MessageSent" => (EventType::DeliveredSmtp, own_time()?, "delivered".to_owned()),
        "MessageDelayed" => {
            let at = own_time()?;
            (EventType::Deferred, at, Hash::new().instant(at).text(&*output).id("deferred"))
        }
        "MessageDeliveryFailed" => (failure(&output, &details), own_time()?, "failed".to_owned()),
        "MessageHeld" => (hold(&details), own_time()?, Hash::new().instant(own_time()?).id("held")),
        "MessageBounced" => {
            let bounce = payload.required_object("bounce")?;
            let id = Hash::new().text(&*bounce.required_id("id")?).id("bounced");
            (EventType::HardBouncedDelayed, bounce.required_instant("timestamp")?, id)
        }
        "MessageLoaded" => (EventType::Opened, fields.required_instant("timestamp")?, uuid()?),
        _ => (EventType::Clicked, fields.required_instant("timestamp")?, uuid()?),
    };
    let message_id = message.required_id("id")?;
    let mut draft = Draft::new(event_type, at, id, MessageName::OfRecipient(&message_id));
    draft.recipient = message.text("to")?;
    draft.set_sender(message.loose("from").as_deref());
    draft.set_tags(message.texts("tag"));
    draft.fields.created = message.instant("timestamp").ok().flatten();
    draft.set_reply(payload.texts("output").chain(payload.texts("details")).next());
    draft.link = payload.texts("url").next();
    out.push(draft)
}

fn failure(output: &str, details: &str) -> EventType {
    let is_reply =
        output.trim_start().get(..3).is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    if is_reply {
        EventType::HardBouncedImmediate
    } else if details.starts_with("Maximum number of delivery attempts") {
        EventType::FailedExpired
    } else {
        EventType::FailedOther
    }
}

fn hold(details: &str) -> EventType {
    if !details.contains("suppression list") {
        EventType::Queued
    } else if details.contains("hard fails") || details.contains("soft fails") {
        EventType::FailedSuppressedBounce
    } else {
        EventType::FailedSuppressedOther
    }
}
