//! Resend's webhooks: one object for each event.
//!
//! ```
//! use mailtally::source::records::Options;
//! use mailtally::source::resend;
//!
//! let body = br#"{"type":"email.delivered","created_at":"2026-02-01T09:40:00.823Z","data":{"email_id":"dd-1","created_at":"2026-02-01T09:30:00Z",
//!     "from":"Shop <news@shop.example>","to":["ann@gmail.com"]}}"#;
//! let event = &resend::events(body, &Options::new("acme")).events[0];
//! assert_eq!((event.message().as_str(), event.event_type().to_string()), ("dd-1", "delivered.smtp".to_owned()));
//! ```
//!
//! # Events
//!
//! | `type` | condition | event | id |
//! |---|---|---|---|
//! | `email.scheduled`, `email.queued` | | `queued` | `scheduled`, `queued` |
//! | `email.sent` | | `sent` | `sent` |
//! | `email.delivered` | | `delivered.smtp` | `delivered` |
//! | `email.delivery_delayed` | | `deferred` | `deferred-`, hash(time) |
//! | `email.bounced` | `Permanent`, or no type | `hard_bounced` | `bounced` |
//! | `email.bounced` | a subtype that names suppression | `failed` as in [`ses`](super::ses) | `bounced` |
//! | `email.bounced` | any other type | `soft_bounced`; `failed.expired` after `CustomTimeoutExceeded` | `bounced` |
//! | `email.suppressed` | | `failed.suppressed_other` | `suppressed` |
//! | `email.failed` | | `failed.other` | `failed` |
//! | `email.complained` | | `complained` | `complained` |
//! | `email.opened`, `email.clicked` | | `opened`, `clicked` | `opened-`, `clicked-`, hash(time, address, agent, link) |
//! | any other | | quiet | |
//!
//! # What cannot be known
//!
//! An event of a mail to several recipients does not say whose it is. Such a mail is one message without a recipient,
//! and each id has `-` and hash(time) after it, so that the delivery to each is counted. Send one mail to each
//! recipient to count messages.
//!
//! A message is `email_id`. The header `svix-id` of a request is not needed.
//!
//! `from` is the mailbox, `tags` the tags as `name:value`, `broadcast_id` the campaign, the inner `created_at` the
//! creation; the subtype of a bounce or the reason of a failure is the reason. Opens by machines are not marked.
//!
//! # Where it comes from
//!
//! A webhook with all `email.` events. The body is signed as by Svix: headers `svix-id`, `svix-timestamp` and
//! `svix-signature`, base64 HMAC-SHA256 over the three with dots between them; the host verifies it.

use serde_json::Value;

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::ses::bounce_type;
use super::system::Source;
use crate::event_type::EventType;
use crate::kind::Kind;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Resend, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "a webhook of Resend", read_event);
}

/// Returns whether an object is a webhook of Resend.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    fields.loose("type").is_some_and(|name| name.starts_with("email.")) && fields.has("data")
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let name = fields.required("type", "a type such as `email.delivered`")?;
    let Some(name) = name.strip_prefix("email.") else { return Ok(()) };
    let data = fields.object("data")?;
    let bounce = data.and_then(|data| data.loose_object("bounce"));
    let event_type = match name {
        "scheduled" | "queued" => EventType::Queued,
        "sent" => EventType::Sent,
        "delivered" => EventType::DeliveredSmtp,
        "delivery_delayed" => EventType::Deferred,
        "bounced" => {
            let text = |name| bounce.and_then(|bounce| bounce.loose(name)).unwrap_or_default();
            let bounce = text("type");
            bounce_type(if bounce.is_empty() { "Permanent" } else { &bounce }, &text("subType"))
        }
        "suppressed" => EventType::FailedSuppressedOther,
        "failed" => EventType::FailedOther,
        "complained" => EventType::Complained,
        "opened" => EventType::Opened,
        "clicked" => EventType::Clicked,
        _ => return Ok(()),
    };
    let data = data.ok_or_else(|| fields.missing("data", "an object"))?;
    let at = fields.required_instant("created_at")?;
    let message = data.required("email_id", "the id of a message")?;
    let click = data.loose_object("click");
    let recipients: Vec<&str> = data.texts("to").collect();
    let recipient = if let [recipient] = recipients[..] { Some(recipient) } else { None };
    let id = event_id(name, event_type, at, click, recipient.is_some());
    let mut draft = Draft::new(event_type, at, id, MessageName::OfRecipient(message));
    draft.recipient = recipient;
    draft.host_id = out.host_id(&[data.loose_object("tags")]);
    draft.set_sender(data.loose("from").as_deref());
    draft.fields.campaign = data.shared("broadcast_id");
    draft.fields.created = data.instant("created_at").ok().flatten();
    let tags = tags(&data);
    draft.set_tags(tags.iter().map(String::as_str));
    let failed = data.loose_object("failed");
    let reason = bounce.and_then(|bounce| bounce.shared("subType"));
    draft.own.reason = reason.or_else(|| failed.and_then(|failed| failed.shared("reason")));
    draft.set_reply(bounce.and_then(|bounce| bounce.texts("message").next()));
    draft.link = click.and_then(|click| click.texts("link").next());
    out.push(draft)
}

fn event_id(
    name: &str,
    event_type: EventType,
    at: chrono::DateTime<chrono::Utc>,
    click: Option<Fields<'_>>,
    has_one_recipient: bool,
) -> String {
    let hash = Hash::new().instant(at);
    let kind = event_type.kind();
    if matches!(kind, Kind::Opened | Kind::Clicked) {
        let text = |name| click.and_then(|click| click.loose(name));
        let hash = hash.text(text("ipAddress").as_deref()).text(text("userAgent").as_deref());
        hash.text(text("link").as_deref()).id(name)
    } else if kind == Kind::Deferred {
        hash.id("deferred")
    } else if has_one_recipient {
        name.to_owned()
    } else {
        hash.id(name)
    }
}

/// Returns the tags, which are an object, or an array of objects with a name and a value.
fn tags(data: &Fields<'_>) -> Vec<String> {
    let listed = data
        .list("tags")
        .iter()
        .filter_map(|tag| Some(format!("{}:{}", tag.get("name")?.as_str()?, tag.get("value")?.as_str()?)));
    let named = data.value("tags").and_then(Value::as_object).into_iter().flatten();
    let named = named.filter_map(|(name, value)| Some(format!("{name}:{}", value.as_str()?)));
    if data.loose_object("tags").is_some() { named.collect() } else { listed.collect() }
}
