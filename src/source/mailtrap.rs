//! Mailtrap's webhooks: `{"events": […]}`, or one event in each line.
//!
//! ```
//! use mailtally::source::mailtrap;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"events":[{"event":"soft bounce","message_id":"m-1","event_id":"e-1","email":"ann@gmail.com","timestamp":1770000000,
//!     "sending_stream":"bulk","sending_domain_name":"shop.example","bounce_category":"overquota","response":"452 4.2.2 full"}]}"#;
//! let event = &mailtrap::events(body, &Options::new("acme")).events[0];
//! assert_eq!(event.event_type().to_string(), "soft_bounced");
//! assert_eq!(event.event_fields().reason.as_deref(), Some("overquota"));
//! ```
//!
//! # Events
//!
//! | `event` | condition | event |
//! |---|---|---|
//! | `delivery` | | `delivered.smtp` |
//! | `soft bounce` | | `soft_bounced` |
//! | `bounce` | | `hard_bounced.immediate` |
//! | `open`, `click` | | `opened`, `clicked` |
//! | `unsubscribe` | | `unsubscribed` |
//! | `spam` | | `complained` |
//! | `reject` | a suppression list, because of an unsubscription, a complaint, a bounce, or anything else | `failed.suppressed_unsubscribe`, `failed.suppressed_complaint`, `failed.suppressed_bounce`, `failed.suppressed_other` |
//! | `reject` | otherwise | `failed.rejected` |
//! | `suspension` | | `failed.suppressed_other`: nothing was tried |
//! | any other | | quiet |
//!
//! The id is `event_id`. A message is `message_id`, `-`, and hash(recipient).
//!
//! `sending_domain_name` is the domain, `category` the category, `sending_stream` the stream, and `bounce_category` the
//! reason. Mailtrap tells no acceptance, so a message is created at its first event; opens by machines are not marked.
//!
//! # Where it comes from
//!
//! Webhooks of sending domains, with all event types. The body is signed: header `Mailtrap-Signature`, hex HMAC-SHA256
//! of the raw body with the webhook's secret; the host verifies it.

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::output::{Output, parse};
use super::records::split::{Members, Records};
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Mailtrap, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    for record in Records::new(body) {
        match Members::new(record).find(|(name, _)| *name == b"events") {
            Some((_, events)) => {
                Records::new(events).for_each(|record| out.record(|out| read_event(record, out)))
            }
            None => out.record(|out| read_event(record, out)),
        }
    }
}

/// Returns whether an object is an event of Mailtrap, or has some.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    let is_event = |fields: Fields<'_>| fields.has("event_id") && fields.has("sending_domain_name");
    let first = fields.list("events").first().and_then(|value| Fields::new(value, "").ok());
    is_event(*fields) || first.is_some_and(is_event)
}

fn read_event(record: &[u8], out: &mut Output<'_>) -> Result<(), RecordReason> {
    let value: serde_json::Value = parse(record)?;
    let fields = Fields::new(&value, "an event of Mailtrap")?;
    let event_type = match fields.required("event", "an event such as `delivery`")? {
        "delivery" => EventType::DeliveredSmtp,
        "soft bounce" | "soft_bounce" => EventType::SoftBounced,
        "bounce" => EventType::HardBouncedImmediate,
        "open" => EventType::Opened,
        "click" => EventType::Clicked,
        "unsubscribe" => EventType::Unsubscribed,
        "spam" | "spam_complaint" => EventType::Complained,
        "reject" => rejection(&fields),
        "suspension" => EventType::FailedSuppressedOther,
        _ => return Ok(()),
    };
    let id = fields.required("event_id", "the id of an event")?;
    let at = fields.required_instant("timestamp")?;
    let message = fields.required_id("message_id")?;
    let mut draft = Draft::new(event_type, at, id, MessageName::Shared(&message));
    draft.recipient = Some(fields.required("email", "an address")?);
    draft.host_id = out.host_id(&[fields.loose_object("custom_variables")]);
    draft.set_domain(fields.loose("sending_domain_name").as_deref());
    draft.fields.category = fields.shared("category");
    draft.fields.stream = fields.loose("sending_stream").and_then(|stream| stream.parse().ok());
    draft.own.reason = fields.shared("bounce_category");
    draft.set_reply(fields.texts("response").chain(fields.texts("reason")).next());
    draft.link = fields.texts("url").next();
    out.push(draft)
}

fn rejection(fields: &Fields<'_>) -> EventType {
    let reason = fields.loose("reason").unwrap_or_default().to_ascii_lowercase();
    if !reason.contains("suppression") {
        EventType::FailedRejected
    } else if reason.contains("unsubscri") {
        EventType::FailedSuppressedUnsubscribe
    } else if reason.contains("spam") || reason.contains("complaint") {
        EventType::FailedSuppressedComplaint
    } else if reason.contains("bounce") {
        EventType::FailedSuppressedBounce
    } else {
        EventType::FailedSuppressedOther
    }
}
