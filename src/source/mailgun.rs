//! Mailgun's webhooks, and the events of its Events API.
//!
//! ```
//! use mailtally::source::mailgun;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"signature":{},"event-data":{"event":"failed","severity":"permanent","reason":"suppress-bounce","id":"G9Bn5s",
//!     "timestamp":1770000000.389832,"recipient":"ann@gmail.com","message":{"headers":{"message-id":"20260201.1@shop.example"}}}}"#;
//! let event = &mailgun::events(body, &Options::new("acme")).events[0];
//! assert_eq!(event.event_type().to_string(), "failed.suppressed_bounce");
//! ```
//!
//! A record is `{"signature", "event-data"}`, or an event alone, or one of the `items` of a page of the Events or the
//! Logs API.
//!
//! # Events
//!
//! | `event` | condition | event |
//! |---|---|---|
//! | `accepted` | `is-authenticated` true, false, absent | `accepted.outgoing`, `accepted.incoming`, `accepted` |
//! | `delivered` | `transport` `http`, otherwise | `delivered.http`, `delivered.smtp` |
//! | `failed`, temporary | `espblock`, otherwise | `deferred.provider_block`, `deferred` |
//! | `failed`, permanent | `suppress-bounce`, `suppress-unsubscribe`, `suppress-complaint` | `failed` with that qualifier |
//! | `failed`, permanent | flag `is-delayed-bounce` | `hard_bounced.delayed` |
//! | `failed`, permanent | flag `is-callback` | `hard_bounced.callback` |
//! | `failed`, permanent | `bounce` | `hard_bounced.immediate` |
//! | `failed`, permanent | `old` | `failed.expired` |
//! | `failed`, permanent | `espblock` | `failed.provider_block` |
//! | `failed`, permanent | otherwise | `failed.other` |
//! | `failed`, any other severity | | quiet: Mailgun's own trouble |
//! | `rejected` | | `failed.rejected` |
//! | `opened`, `clicked` | `client-info.bot` a name, empty, absent | `opened.machine`, `opened.person`, `opened`, and `clicked` in the same way |
//! | `unsubscribed`, `complained`, `stored` | | the same |
//! | any other | | quiet |
//!
//! The id is `id`; without one, the event's name and hash(time, reason, address, link). A message is the `message-id`
//! of its headers, `-`, and hash(recipient); of `rejected` and `stored`, which may have no recipient, it is the
//! `message-id` alone.
//!
//! # Fields
//!
//! `envelope.sender` (or the header `from`) is the mailbox, `tags` the tags, the first of `campaigns` the campaign,
//! `recipient-provider` the provider where the table has none, `sending-ip`, `i-ip-pool-id`, `attempt-no` and
//! `transport` those of the attempt, `reason` the reason, `enhanced-code` the code; `client-info` and `geolocation`
//! give client, device, country and bot. Mail in test mode is counted as Mailgun reports it.
//!
//! # Where it comes from
//!
//! Webhooks of a domain or an account, all of them; Mailgun has none for `accepted` of older setups, `rejected` and
//! `stored`. The body contains its signature: hex HMAC-SHA256 over `timestamp` and `token` with the webhook signing
//! key; the host verifies it and remembers the token.

use std::sync::Arc;

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::{Output, parse};
use super::records::split::{Members, Records};
use super::records::{Batch, Options, RecordReason, address};
use super::system::Source;
use crate::event_type::EventType;

const EXPECTED: &str = "an event of Mailgun";

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Mailgun, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    for record in Records::new(body) {
        match Members::new(record).find(|(name, _)| *name == b"items") {
            Some((_, items)) => {
                Records::new(items).for_each(|record| out.record(|out| read_json(record, out)))
            }
            None => out.record(|out| read_json(record, out)),
        }
    }
}

/// Returns whether an object is an event of Mailgun.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    let is_event = |fields: Fields<'_>| {
        fields.has("event")
            && fields.has("timestamp")
            && (fields.has("log-level") || fields.has("user-variables"))
    };
    fields.loose_object("event-data").is_some() || is_event(*fields)
}

fn read_json(record: &[u8], out: &mut Output<'_>) -> Result<(), RecordReason> {
    let value: serde_json::Value = parse(record)?;
    let fields = Fields::new(&value, EXPECTED)?;
    read_event(fields.object("event-data")?.unwrap_or(fields), out)
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let name = fields.required("event", "an event such as `delivered`")?;
    let Some(event_type) = event_type(name, &fields)? else { return Ok(()) };
    // The Logs API has another name for it.
    let at = fields.instant("@timestamp")?.map_or_else(|| fields.required_instant("timestamp"), Ok)?;
    let headers = fields.object("message")?.and_then(|message| message.loose_object("headers"));
    let message = headers.and_then(|headers| headers.texts("message-id").next()).and_then(address::bare);
    let message =
        message.ok_or_else(|| fields.missing("message.headers.message-id", "the id of a message"))?;
    let recipient = fields.text("recipient")?;
    if recipient.is_none() && !matches!(name, "rejected" | "stored") {
        return Err(fields.missing("recipient", "an address"));
    }
    let id = match fields.text("id")? {
        Some(id) => id.to_owned(),
        None => {
            let hash = Hash::new().instant(at).text(fields.loose("reason").as_deref());
            let hash = hash.text(fields.loose("ip").as_deref()).text(fields.loose("url").as_deref());
            hash.id(name)
        }
    };
    let mut draft = Draft::new(event_type, at, id, MessageName::Shared(message));
    draft.recipient = recipient;
    draft.host_id = out.host_id(&[fields.loose_object("user-variables")]);
    let envelope = fields.loose_object("envelope");
    let sender = envelope.and_then(|envelope| envelope.loose("sender"));
    draft.set_sender(sender.or_else(|| headers.and_then(|headers| headers.loose("from"))).as_deref());
    if let Some(domain) = fields.loose_object("domain").and_then(|domain| domain.loose("name")) {
        draft.set_domain(Some(&domain));
    }
    draft.set_tags(fields.texts("tags"));
    let campaign = fields.list("campaigns").first();
    let campaign = campaign.and_then(|campaign| campaign.get("id").unwrap_or(campaign).as_str());
    draft.fields.campaign = campaign.filter(|id| !id.is_empty()).map(Arc::from);
    draft.fields.provider = fields.shared("recipient-provider");
    draft.own.reason = fields.shared("reason");
    set_attempt(&mut draft, &fields, envelope);
    set_client(&mut draft, &fields);
    draft.link = fields.texts("url").next();
    out.push(draft)
}

fn set_attempt<'a>(draft: &mut Draft<'a>, fields: &Fields<'a>, envelope: Option<Fields<'a>>) {
    draft.own.attempt_ip = envelope.and_then(|envelope| envelope.shared("sending-ip"));
    draft.own.attempt_ip_pool = envelope.and_then(|envelope| envelope.shared("i-ip-pool-id"));
    let Some(status) = fields.loose_object("delivery-status") else { return };
    draft.own.transport = envelope.and_then(|envelope| envelope.shared("transport"));
    draft.set_attempt(status.number("attempt-no"));
    draft.own.code = status.texts("enhanced-code").next().and_then(super::records::code::find);
    draft.set_reply(status.texts("message").chain(status.texts("description")).next());
}

fn set_client(draft: &mut Draft<'_>, fields: &Fields<'_>) {
    let client = fields.loose_object("client-info");
    let known = |text: &Arc<str>| !text.eq_ignore_ascii_case("unknown");
    draft.own.client = client.and_then(|client| client.shared("client-name")).filter(known);
    draft.own.device = client.and_then(|client| client.shared("device-type")).filter(known);
    draft.own.bot = client.and_then(|client| client.shared("bot"));
    draft.own.country =
        fields.loose_object("geolocation").and_then(|geo| geo.shared("country")).filter(known);
}

/// Returns what an event is; `None` if it is quiet.
fn event_type(name: &str, fields: &Fields<'_>) -> Result<Option<EventType>, RecordReason> {
    let flags = fields.loose_object("flags");
    let flag = |name| flags.and_then(|flags| flags.flag(name));
    Ok(Some(match name {
        "accepted" => match flag("is-authenticated") {
            Some(true) => EventType::AcceptedOutgoing,
            Some(false) => EventType::AcceptedIncoming,
            None => EventType::Accepted,
        },
        "delivered" => match fields.loose_object("envelope").and_then(|envelope| envelope.loose("transport"))
        {
            Some(transport) if transport == "http" => EventType::DeliveredHttp,
            _ => EventType::DeliveredSmtp,
        },
        "failed" => return failure(fields, flag),
        "rejected" => EventType::FailedRejected,
        "opened" => {
            by_machine(fields, [EventType::Opened, EventType::OpenedPerson, EventType::OpenedMachine])
        }
        "clicked" => {
            by_machine(fields, [EventType::Clicked, EventType::ClickedPerson, EventType::ClickedMachine])
        }
        "unsubscribed" => EventType::Unsubscribed,
        "complained" => EventType::Complained,
        "stored" => EventType::Stored,
        _ => return Ok(None),
    }))
}

fn failure(
    fields: &Fields<'_>,
    flag: impl Fn(&'static str) -> Option<bool>,
) -> Result<Option<EventType>, RecordReason> {
    let reason = fields.loose("reason").unwrap_or_default();
    Ok(Some(match (fields.required("severity", "`temporary` or `permanent`")?, &*reason) {
        ("temporary", "espblock") => EventType::DeferredProviderBlock,
        ("temporary", _) => EventType::Deferred,
        ("permanent", "suppress-bounce") => EventType::FailedSuppressedBounce,
        ("permanent", "suppress-unsubscribe") => EventType::FailedSuppressedUnsubscribe,
        ("permanent", "suppress-complaint") => EventType::FailedSuppressedComplaint,
        ("permanent", _) if flag("is-delayed-bounce") == Some(true) => EventType::HardBouncedDelayed,
        ("permanent", _) if flag("is-callback") == Some(true) => EventType::HardBouncedCallback,
        ("permanent", "bounce") => EventType::HardBouncedImmediate,
        ("permanent", "old") => EventType::FailedExpired,
        ("permanent", "espblock") => EventType::FailedProviderBlock,
        ("permanent", _) => EventType::FailedOther,
        _ => return Ok(None),
    }))
}

/// Returns the type without a qualifier, the one of a person, or the one of a machine.
fn by_machine(fields: &Fields<'_>, [untold, person, machine]: [EventType; 3]) -> EventType {
    let client = fields.loose_object("client-info");
    match client.filter(|client| client.has("bot")).map(|client| client.value("bot").is_some()) {
        Some(true) => machine,
        Some(false) => person,
        None => untold,
    }
}
