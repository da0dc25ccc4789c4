//! SendGrid's Event Webhook: an array of events, mixed of all customers of one account.
//!
//! ```
//! use mailtally::source::records::Options;
//! use mailtally::source::sendgrid;
//!
//! let body = br#"[{"email":"ann@gmail.com","timestamp":1769940000,"event":"open","sg_message_id":"Xk2.recvd-1","sg_machine_open":true}]"#;
//! let batch = sendgrid::events(body, &Options::new("acme"));
//! assert_eq!(batch.events[0].event_type().to_string(), "opened.machine");
//! ```
//!
//! # Events
//!
//! | `event` | condition | event | id |
//! |---|---|---|---|
//! | `processed` | | `accepted` | `accepted` |
//! | `deferred` | class `Reputation` or `Frequency or Volume Too High` | `deferred.provider_block` | `deferred-`, hash |
//! | `deferred` | otherwise | `deferred` | the same |
//! | `delivered` | | `delivered.smtp` | `delivered` |
//! | `bounce` | with a message id | `hard_bounced.immediate` | `bounced` |
//! | `bounce` | without one: it came back by mail | `hard_bounced.delayed`, [unnamed](super::records#events-without-a-message) | `bounced` |
//! | `bounce` | `type` `blocked` | `failed.provider_block`: refused, not tried again, not suppressed | `blocked` |
//! | `bounce` | `type` `expired` | `failed.expired` | `expired` |
//! | `dropped` | `Bounced Address` | `failed.suppressed_bounce` | `dropped` |
//! | `dropped` | `Unsubscribed Address` | `failed.suppressed_unsubscribe` | `dropped` |
//! | `dropped` | `Spam Reporting Address` | `failed.suppressed_complaint` | `dropped` |
//! | `dropped` | `Invalid`, `Spam Content`, `Invalid SMTPAPI header`, `Recipient List over Package Quota` | `failed.rejected` | `dropped` |
//! | `dropped` | any other reason | `failed.other` | `dropped` |
//! | `open` | `sg_machine_open` true, false, absent | `opened.machine`, `opened.person`, `opened` | `opened-`, hash |
//! | `click` | | `clicked` | `clicked-`, hash |
//! | `spamreport` | | `complained` | `complained` |
//! | `unsubscribe`, `group_unsubscribe` | | `unsubscribed` | `unsubscribed-`, hash |
//! | `group_resubscribe`, any other | | quiet: nothing happened to a message | |
//!
//! The hash is hash(event, time, ip, agent, url, index and type of `url_offset`, attempt, response). `sg_event_id` is
//! not used: it is absent on some events, and reported to change when a batch is sent again. So two opens in one second
//! by one agent at one address are one.
//!
//! # Messages
//!
//! A message is `sg_message_id`, `-`, and hash(recipient). Bounces, complaints and unsubscriptions without an id are
//! unnamed; any other event without one is an error.
//!
//! # Fields
//!
//! `category` is tags, whether it is a text or an array; `pool.name` the pool; the name (or id) of a single send or a
//! marketing campaign the campaign; `bounce_classification` the reason, or the reason of a drop; `ip` the address of
//! the attempt, where SendGrid tells it. The sending domain is not told.
//!
//! # Where it comes from
//!
//! Settings, Mail Settings, Event Webhook: switch all events on. The body is signed with ECDSA
//! (`X-Twilio-Email-Event-Webhook-Signature` over the timestamp in `X-Twilio-Email-Event-Webhook-Timestamp` and the raw
//! body); the host verifies it.

use super::records::draft::{Clues, Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason, address};
use super::system::Source;
use crate::event_type::EventType;
use crate::kind::Kind;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Sendgrid, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "an event of SendGrid", read_event);
}

/// Returns whether an object is an event of SendGrid.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    let has_id = fields.has("sg_event_id") || fields.has("sg_message_id");
    has_id && fields.has("event") && fields.has("email")
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let event = fields.required("event", "an event such as `delivered`")?;
    let message = fields.text("sg_message_id")?;
    let Some((event_type, constant_id)) = event_type(event, &fields, message)? else { return Ok(()) };
    let at = fields.required_instant("timestamp")?;
    let id = constant_id.map_or_else(|| repeatable_id(event_type, event, &fields, at), str::to_owned);
    let can_be_unnamed = matches!(event, "bounce" | "spamreport" | "unsubscribe" | "group_unsubscribe");
    let name = match message {
        Some(message) => MessageName::Shared(message),
        None if can_be_unnamed => MessageName::Unknown(Clues {
            message_id: fields.texts("smtp-id").next().and_then(address::bare),
            ..Clues::default()
        }),
        None => return Err(fields.missing("sg_message_id", "the id of a message")),
    };
    let mut draft = Draft::new(event_type, at, id, name);
    draft.recipient = Some(fields.required("email", "an address")?);
    draft.host_id = out.host_id(&[Some(fields)]);
    draft.set_tags(fields.texts("category"));
    draft.fields.ip_pool = fields.loose_object("pool").and_then(|pool| pool.shared("name"));
    let campaign = ["singlesend_name", "singlesend_id", "marketing_campaign_name", "marketing_campaign_id"];
    draft.fields.campaign = campaign.into_iter().find_map(|name| fields.shared(name));
    draft.set_attempt(fields.number("attempt"));
    draft.own.reason = fields.shared("bounce_classification");
    if event == "dropped" {
        draft.own.reason = draft.own.reason.or_else(|| fields.shared("reason"));
    }
    if matches!(event_type.kind(), Kind::Deferred | Kind::Delivered | Kind::HardBounced | Kind::Failed) {
        draft.own.attempt_ip = fields.shared("ip");
        draft.own.code = fields.texts("status").next().and_then(super::records::code::find);
        draft.set_reply(fields.texts("reason").chain(fields.texts("response")).next());
    }
    draft.link = fields.texts("url").next();
    out.push(draft)
}

/// Returns what an event is, and its id if that is constant; `None` if it is quiet.
fn event_type(
    event: &str,
    fields: &Fields<'_>,
    message: Option<&str>,
) -> Result<Option<(EventType, Option<&'static str>)>, RecordReason> {
    Ok(Some(match event {
        "processed" => (EventType::Accepted, Some("accepted")),
        "deferred" => (deferral(fields), None),
        "delivered" => (EventType::DeliveredSmtp, Some("delivered")),
        "bounce" => match fields.text("type")? {
            Some("blocked") => (EventType::FailedProviderBlock, Some("blocked")),
            Some("expired") => (EventType::FailedExpired, Some("expired")),
            _ if message.is_none() => (EventType::HardBouncedDelayed, Some("bounced")),
            _ => (EventType::HardBouncedImmediate, Some("bounced")),
        },
        "dropped" => (drop_type(fields), Some("dropped")),
        "open" => match fields.flag("sg_machine_open") {
            Some(true) => (EventType::OpenedMachine, None),
            Some(false) => (EventType::OpenedPerson, None),
            None => (EventType::Opened, None),
        },
        "click" => (EventType::Clicked, None),
        "spamreport" => (EventType::Complained, Some("complained")),
        "unsubscribe" | "group_unsubscribe" => (EventType::Unsubscribed, None),
        _ => return Ok(None),
    }))
}

fn deferral(fields: &Fields<'_>) -> EventType {
    let class = fields.loose("bounce_classification").unwrap_or_default().to_ascii_lowercase();
    if class.starts_with("reputation") || class.starts_with("frequency") {
        EventType::DeferredProviderBlock
    } else {
        EventType::Deferred
    }
}

fn drop_type(fields: &Fields<'_>) -> EventType {
    match &*fields.loose("reason").unwrap_or_default().to_ascii_lowercase() {
        "bounced address" => EventType::FailedSuppressedBounce,
        "unsubscribed address" => EventType::FailedSuppressedUnsubscribe,
        "spam reporting address" => EventType::FailedSuppressedComplaint,
        "invalid" | "spam content" | "invalid smtpapi header" | "recipient list over package quota" => {
            EventType::FailedRejected
        }
        _ => EventType::FailedOther,
    }
}

/// Returns the id of an event that can repeat.
fn repeatable_id(
    event_type: EventType,
    event: &str,
    fields: &Fields<'_>,
    at: chrono::DateTime<chrono::Utc>,
) -> String {
    let mut hash = Hash::new().text(event).instant(at);
    for name in ["ip", "useragent", "url"] {
        hash = hash.text(fields.loose(name).as_deref());
    }
    let offset = fields.loose_object("url_offset");
    for name in ["index", "type"] {
        hash = hash.text(offset.and_then(|offset| offset.loose(name)).as_deref());
    }
    for name in ["attempt", "response"] {
        hash = hash.text(fields.loose(name).as_deref());
    }
    hash.id(event_type.kind().name())
}
