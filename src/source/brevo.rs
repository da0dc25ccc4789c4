//! Brevo's webhooks for transactional mail: one object for each event.
//!
//! ```
//! use mailtally::source::brevo;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"event":"unique_proxy_open","email":"ann@gmail.com","id":99,"message-id":"<2026.1@relay.example>","ts_epoch":1770000000000}"#;
//! let event = &brevo::events(body, &Options::new("acme")).events[0];
//! assert_eq!(event.event_type().to_string(), "opened.machine");
//! ```
//!
//! # Events
//!
//! | `event` | condition | event | id |
//! |---|---|---|---|
//! | `request` | | `accepted`, also for mail that is blocked later | `accepted` |
//! | `delivered` | | `delivered.smtp` | `delivered` |
//! | `deferred` | | `deferred` | `deferred-`, hash(time, reason) |
//! | `soft_bounce` | | `soft_bounced` | `soft_bounced-`, hash(time, reason) |
//! | `hard_bounce` | | `hard_bounced.immediate` | `bounced` |
//! | `invalid_email` | | `failed.rejected` | `invalid` |
//! | `blocked` | the reason names an unsubscription, a complaint or a bounce | `failed.suppressed_unsubscribe`, `failed.suppressed_complaint`, `failed.suppressed_bounce` | `blocked` |
//! | `blocked` | otherwise | `failed.suppressed_other` | `blocked` |
//! | `error` | | `failed.other` | `error` |
//! | `spam`, `complaint` | | `complained` | `complained` |
//! | `unsubscribe`, `unsubscribed` | | `unsubscribed` | `unsubscribed-`, hash(time) |
//! | `opened`, `unique_opened` | | `opened` | `opened-`, hash(time, "") |
//! | `proxy_open`, `unique_proxy_open` | | `opened.machine` | `opened-`, hash(time, "proxy") |
//! | `click` | | `clicked` | `clicked-`, hash(time, link) |
//! | any other | | quiet | |
//!
//! A message is `message-id` without brackets, `-`, and hash(recipient). `tags` (or `tag`, in each of its forms) are
//! the tags; `sending_ip` is the address of the attempt. With
//! [`Options::account_from_record`](super::records::Options::account_from_record), the account is `id`, which names the
//! account and not the event.
//!
//! Only `ts_epoch` (in some events `s_epoch`) is in UTC: an event without either, as old complaints are, is an error,
//! as its other times are off by hours.
//!
//! # Where it comes from
//!
//! Webhooks of transactional mail, with all events. There is no signature: restrict the addresses that may send, or use
//! a token in the address.

use std::borrow::Cow;

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason, address, time};
use super::system::Source;
use crate::event_type::EventType;
use crate::kind::Kind;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Brevo, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "a webhook of Brevo", read_event);
}

/// Returns whether an object is a webhook of Brevo.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    fields.has("message-id") && fields.has("event") && fields.has("email")
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let reason = fields.loose("reason").unwrap_or_default();
    let (event_type, id) = match fields.required("event", "an event such as `delivered`")? {
        "request" => (EventType::Accepted, Some("accepted")),
        "delivered" => (EventType::DeliveredSmtp, Some("delivered")),
        "deferred" => (EventType::Deferred, None),
        "soft_bounce" => (EventType::SoftBounced, None),
        "hard_bounce" => (EventType::HardBouncedImmediate, Some("bounced")),
        "invalid_email" => (EventType::FailedRejected, Some("invalid")),
        "blocked" => (block(&reason.to_ascii_lowercase()), Some("blocked")),
        "error" => (EventType::FailedOther, Some("error")),
        "spam" | "complaint" => (EventType::Complained, Some("complained")),
        "unsubscribe" | "unsubscribed" => (EventType::Unsubscribed, None),
        "opened" | "unique_opened" => (EventType::Opened, None),
        "proxy_open" | "unique_proxy_open" => (EventType::OpenedMachine, None),
        "click" => (EventType::Clicked, None),
        _ => return Ok(()),
    };
    let at = fields.instant("ts_epoch")?.map_or_else(|| fields.instant("s_epoch"), |at| Ok(Some(at)))?;
    let at = at.ok_or_else(|| fields.missing("ts_epoch", time::EXPECTED))?;
    let message = address::bare(fields.required("message-id", "the id of a message")?);
    let message = message.ok_or_else(|| fields.missing("message-id", "the id of a message"))?;
    let id = id.map_or_else(|| repeatable_id(event_type, &reason, &fields, at), str::to_owned);
    let mut draft = Draft::new(event_type, at, id, MessageName::Shared(message));
    draft.recipient = Some(fields.required("email", "an address")?);
    draft.account = fields.shared("id");
    let custom = fields.texts("X-Mailin-custom").next().filter(|_| out.message_field().is_some());
    let custom = custom.and_then(|custom| serde_json::from_str::<serde_json::Value>(custom).ok());
    draft.host_id = out.host_id(&[custom.as_ref().and_then(|custom| Fields::new(custom, "").ok())]);
    let tags = tags(&fields);
    draft.set_tags(tags.iter().map(|tag| &**tag));
    if matches!(event_type.kind(), Kind::Deferred | Kind::SoftBounced | Kind::Delivered | Kind::HardBounced) {
        draft.own.attempt_ip = fields.shared("sending_ip");
    }
    draft.set_reply(fields.texts("reason").next().map(str::trim));
    draft.link = fields.texts("link").next();
    out.push(draft)
}

fn repeatable_id(
    event_type: EventType,
    reason: &str,
    fields: &Fields<'_>,
    at: chrono::DateTime<chrono::Utc>,
) -> String {
    let hash = Hash::new().instant(at);
    let hash = if matches!(event_type, EventType::Deferred | EventType::SoftBounced) {
        hash.text(reason)
    } else if event_type == EventType::Opened {
        hash.text("")
    } else if event_type == EventType::OpenedMachine {
        hash.text("proxy")
    } else if event_type == EventType::Clicked {
        hash.text(fields.loose("link").as_deref())
    } else {
        hash
    };
    hash.id(event_type.kind().name())
}

fn block(reason: &str) -> EventType {
    if reason.contains("unsubscri") {
        EventType::FailedSuppressedUnsubscribe
    } else if reason.contains("spam") || reason.contains("complain") {
        EventType::FailedSuppressedComplaint
    } else if reason.contains("bounce") {
        EventType::FailedSuppressedBounce
    } else {
        EventType::FailedSuppressedOther
    }
}

/// Returns the tags: `tags`, or `tag` as an array, the JSON text of an array, or one tag.
fn tags<'a>(fields: &Fields<'a>) -> Vec<Cow<'a, str>> {
    if !fields.list("tags").is_empty() {
        return fields.texts("tags").map(Cow::Borrowed).collect();
    }
    let tag = fields.texts("tag").next().filter(|tag| tag.starts_with('['));
    match tag.and_then(|tag| serde_json::from_str::<Vec<String>>(tag).ok()) {
        Some(tags) => tags.into_iter().filter(|tag| !tag.is_empty()).map(Cow::Owned).collect(),
        None => fields.texts("tag").map(Cow::Borrowed).collect(),
    }
}
