//! Mailjet's Event API: an array of events, or one event.
//!
//! ```
//! use mailtally::source::mailjet;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"event":"sent","time":1770000000,"MessageID":19421777835146491,"email":"ann@gmail.com","smtp_reply":"sent (250 OK)"}"#;
//! let event = &mailjet::events(body, &Options::new("acme")).events[0];
//! assert_eq!((event.message().as_str(), event.id().as_str()), ("19421777835146491", "delivered"));
//! ```
//!
//! # Events
//!
//! | `event` | condition | event | id |
//! |---|---|---|---|
//! | `sent` | the receiving server took it | `delivered.smtp` | `delivered` |
//! | `open`, `click` | | `opened`, `clicked` | `opened-`, `clicked-`, hash(time, address, agent, link) |
//! | `bounce` | `hard_bounce` | `hard_bounced.immediate` | `bounced` |
//! | `bounce` | `greylisted` | `deferred`: it is tried again | `deferred-`, hash(time, error) |
//! | `bounce` | otherwise | `soft_bounced` | `soft_bounced-`, hash(time, error) |
//! | `blocked` | `preblocked` | `failed.suppressed_bounce` | `blocked` |
//! | `blocked` | `spam reporter` | `failed.suppressed_complaint` | `blocked` |
//! | `blocked` | `duplicate in campaign`, `typofix`, an error of the content or the template | `failed.rejected` | `blocked` |
//! | `blocked` | any other error | `failed.suppressed_other`: nothing was tried | `blocked` |
//! | `spam` | | `complained` | `complained` |
//! | `unsub` | | `unsubscribed` | `unsubscribed-`, hash(time) |
//! | any other | | quiet | |
//!
//! A message is the integer `MessageID`, of which each recipient has one. It is above 2^53: a program that passes the
//! body on must not read it as a floating-point number, or the ids of messages become those of others.
//!
//! `customcampaign` is the campaign, `error` the reason, `geo` the country. Times are whole seconds. Opens by machines
//! are not marked.
//!
//! # Where it comes from
//!
//! Event tracking with all events; "group events" off sends one object a request. There is no signature: protect the
//! address with Basic authentication.

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Mailjet, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "an event of Mailjet", read_event);
}

/// Returns whether an object is an event of Mailjet.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    ["event", "time", "MessageID"].iter().all(|name| fields.has(name))
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let error = fields.loose("error").unwrap_or_default();
    let (event_type, id) = match fields.required("event", "an event such as `sent`")? {
        "sent" => (EventType::DeliveredSmtp, Some("delivered")),
        "open" => (EventType::Opened, None),
        "click" => (EventType::Clicked, None),
        "bounce" if fields.flag("hard_bounce") == Some(true) => {
            (EventType::HardBouncedImmediate, Some("bounced"))
        }
        "bounce" if error == "greylisted" => (EventType::Deferred, None),
        "bounce" => (EventType::SoftBounced, None),
        "blocked" => (block(&error), Some("blocked")),
        "spam" => (EventType::Complained, Some("complained")),
        "unsub" => (EventType::Unsubscribed, None),
        _ => return Ok(()),
    };
    let at = fields.required_instant("time")?;
    let message = fields.required_id("MessageID")?;
    let id = id.map_or_else(|| repeatable_id(event_type, &error, &fields, at), str::to_owned);
    let mut draft = Draft::new(event_type, at, id, MessageName::OfRecipient(&message));
    draft.recipient = Some(fields.required("email", "an address")?);
    draft.host_id = out.host_id(&[Some(fields)]);
    draft.fields.campaign = fields.shared("customcampaign");
    draft.own.reason = fields.shared("error");
    draft.own.country = fields.shared("geo");
    draft.set_reply(fields.texts("smtp_reply").chain(fields.texts("comment")).next());
    draft.link = fields.texts("url").next();
    out.push(draft)
}

fn repeatable_id(
    event_type: EventType,
    error: &str,
    fields: &Fields<'_>,
    at: chrono::DateTime<chrono::Utc>,
) -> String {
    let mut hash = Hash::new().instant(at);
    if matches!(event_type, EventType::Opened | EventType::Clicked) {
        for name in ["ip", "agent", "url"] {
            hash = hash.text(fields.loose(name).as_deref());
        }
    } else if matches!(event_type, EventType::Deferred | EventType::SoftBounced) {
        hash = hash.text(error);
    }
    hash.id(event_type.kind().name())
}

fn block(error: &str) -> EventType {
    match error {
        "preblocked" => EventType::FailedSuppressedBounce,
        "spam reporter" => EventType::FailedSuppressedComplaint,
        "duplicate in campaign" | "typofix" => EventType::FailedRejected,
        error if error.contains("content") || error.contains("template") => EventType::FailedRejected,
        _ => EventType::FailedSuppressedOther,
    }
}
