//! Mandrill's (Mailchimp Transactional's) webhooks: an array of events, in a field of a form.
//!
//! ```
//! use mailtally::source::mandrill;
//! use mailtally::source::records::Options;
//!
//! let body = b"mandrill_events=%5B%7B%22event%22%3A%22send%22%2C%22_id%22%3A%2299-1%22%2C%22ts%22%3A1770000001%2C\
//!     %22msg%22%3A%7B%22ts%22%3A1770000000%2C%22email%22%3A%22ann%40gmail.com%22%7D%7D%5D";
//! let event = &mandrill::events(body, &Options::new("acme")).events[0];
//! assert_eq!((event.message().as_str(), event.id().as_str()), ("99-1", "sent"));
//! ```
//!
//! The body is the form (`mandrill_events=…`, URL-encoded), or the JSON in its field.
//!
//! # Events
//!
//! | `event` | condition | event | id |
//! |---|---|---|---|
//! | `send` | | `sent` | `sent` |
//! | `delivered` | | `delivered.smtp` | `delivered` |
//! | `deferral` | | `deferred` | `deferred-`, hash(time, address, agent, link) |
//! | `hard_bounce` | | `hard_bounced.immediate` | `bounced` |
//! | `soft_bounce` | | `soft_bounced` | `soft_bounced` |
//! | `reject` | `hard-bounce`, `soft-bounce` | `failed.suppressed_bounce` | `rejected` |
//! | `reject` | `spam` | `failed.suppressed_complaint` | `rejected` |
//! | `reject` | `unsub` | `failed.suppressed_unsubscribe` | `rejected` |
//! | `reject` | any other reason | `failed.rejected` | `rejected` |
//! | `spam` | | `complained` | `complained` |
//! | `unsub` | | `unsubscribed` | `unsubscribed-`, hash |
//! | `open`, `click` | | `opened`, `clicked` | `opened-`, `clicked-`, hash |
//! | any other, changes of lists (`type` instead of `event`) | | quiet | |
//!
//! A message is `_id`, of which each recipient has one. `msg` contains the history of the message; it is not counted,
//! as each part of it was an event.
//!
//! `msg.subaccount` is the subaccount, `msg.sender` the mailbox, `msg.tags` the tags, `msg.ts` the creation;
//! `bounce_description` or the reason of a rejection is the reason; the last of `smtp_events` tells the address of a
//! deferral's attempt. Client and country are those of `user_agent_parsed` and `location`.
//!
//! # Where it comes from
//!
//! A webhook with all message events. It is signed: header `X-Mandrill-Signature`, base64 HMAC-SHA1 over the address
//! and the fields of the form with the webhook's key; the host verifies it, and answers the test (an empty array).

use std::borrow::Cow;
use std::sync::Arc;

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

/// The start of a form with events.
const FORM: &[u8] = b"mandrill_events=";

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Mandrill, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(&json(body), "an event of Mandrill", read_event);
}

/// Returns whether an object is an event of Mandrill.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    ["event", "_id", "msg"].iter().all(|name| fields.has(name))
}

/// Returns whether a body is a form with events of Mandrill.
pub(super) fn is_form(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(FORM)
}

/// Returns the JSON of a body, decoded if it is a form.
fn json(body: &[u8]) -> Cow<'_, [u8]> {
    let Some(value) = body.trim_ascii_start().strip_prefix(FORM) else { return Cow::Borrowed(body) };
    let value = value.split(|&byte| byte == b'&').next().unwrap_or_default();
    let mut json = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => json.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    json.push(16 * high + low);
                    rest = after;
                }
                _ => json.push(b'%'),
            },
            (byte, _) => json.push(*byte),
        }
    }
    Cow::Owned(json)
}

/// Returns the value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    if !fields.has("event") && fields.has("type") {
        return Ok(());
    }
    let message = fields.object("msg")?;
    let reject = message.and_then(|message| message.loose_object("reject"));
    let reject = reject.and_then(|reject| reject.loose("reason"));
    let (event_type, id) = match fields.required("event", "an event such as `send`")? {
        "send" => (EventType::Sent, Some("sent")),
        "delivered" => (EventType::DeliveredSmtp, Some("delivered")),
        "deferral" => (EventType::Deferred, None),
        "hard_bounce" => (EventType::HardBouncedImmediate, Some("bounced")),
        "soft_bounce" => (EventType::SoftBounced, Some("soft_bounced")),
        "reject" => (rejection(reject.as_deref()), Some("rejected")),
        "spam" => (EventType::Complained, Some("complained")),
        "unsub" => (EventType::Unsubscribed, None),
        "open" => (EventType::Opened, None),
        "click" => (EventType::Clicked, None),
        _ => return Ok(()),
    };
    let message = message.ok_or_else(|| fields.missing("msg", "an object"))?;
    let at = fields.required_instant("ts")?;
    let name = fields.required("_id", "the id of a message")?;
    let hash = ["ip", "user_agent", "url"]
        .into_iter()
        .fold(Hash::new().instant(at), |hash, name| hash.text(fields.loose(name).as_deref()));
    let id = id.map_or_else(|| hash.id(event_type.kind().name()), str::to_owned);
    let mut draft = Draft::new(event_type, at, id, MessageName::OfRecipient(name));
    draft.recipient = message.text("email")?;
    draft.host_id = out.host_id(&[message.loose_object("metadata")]);
    draft.set_sender(message.loose("sender").as_deref());
    draft.set_tags(message.texts("tags"));
    draft.fields.subaccount = message.shared("subaccount");
    draft.fields.created = message.instant("ts").ok().flatten();
    draft.own.reason = message.shared("bounce_description").or_else(|| reject.as_deref().map(Arc::from));
    draft.set_reply(message.texts("diag").next());
    if event_type == EventType::Deferred {
        set_attempt(&mut draft, &message);
    }
    let agent = fields.loose_object("user_agent_parsed");
    draft.own.client = agent.and_then(|agent| agent.shared("ua_family"));
    draft.own.country = fields.loose_object("location").and_then(|location| location.shared("country_short"));
    draft.link = fields.texts("url").next();
    out.push(draft)
}

/// Sets what the last attempt in the history tells.
fn set_attempt<'a>(draft: &mut Draft<'a>, message: &Fields<'a>) {
    let Some(last) = message.list("smtp_events").last().and_then(|last| Fields::new(last, "").ok()) else {
        return;
    };
    draft.own.attempt_ip = last.shared("source_ip");
    draft.set_reply(last.texts("diag").next());
}

fn rejection(reason: Option<&str>) -> EventType {
    match reason {
        Some("hard-bounce" | "soft-bounce") => EventType::FailedSuppressedBounce,
        Some("spam") => EventType::FailedSuppressedComplaint,
        Some("unsub") => EventType::FailedSuppressedUnsubscribe,
        Some(_) | None => EventType::FailedRejected,
    }
}
