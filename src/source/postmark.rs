//! Postmark's webhooks: one object for each event.
//!
//! ```
//! use mailtally::source::postmark;
//! use mailtally::source::records::Options;
//!
//! let body = br#"{"RecordType":"Bounce","ID":1003,"Type":"SoftBounce","MessageID":"aaaa-1","Email":"bob@gmail.com",
//!     "Details":"smtp;452 4.2.2 over quota","BouncedAt":"2026-02-01T04:36:00.1234567-05:00"}"#;
//! let event = &postmark::events(body, &Options::new("acme")).events[0];
//! assert_eq!(event.event_type().to_string(), "soft_bounced");
//! assert_eq!(event.event_fields().code.map(|code| code.to_string()).as_deref(), Some("4.2.2"));
//! ```
//!
//! # Events
//!
//! | `RecordType` | condition | event | id |
//! |---|---|---|---|
//! | `Delivery` | | `delivered.smtp` | `delivered` |
//! | `Bounce` | `HardBounce` | `hard_bounced.immediate` | `ID` |
//! | `Bounce` | `BadEmailAddress` | `failed.rejected` | `ID` |
//! | `Bounce` | `Transient`, `DnsError` | `deferred` | `ID` |
//! | `Bounce` | `SoftBounce`, `Unknown` | `soft_bounced` | `ID` |
//! | `Bounce` | `Blocked`, `SpamNotification`, `DMARCPolicy` | `failed.provider_block` | `ID` |
//! | `Bounce` | `VirusNotification`, `TemplateRenderingFailed`, `SMTPApiError` | `failed.other` | `ID` |
//! | `Bounce` | `ManuallyDeactivated`, `Unconfirmed` | `failed.suppressed_other` | `ID` |
//! | `Bounce` | `Unsubscribe` | `unsubscribed` | `ID` |
//! | `Bounce` | `SpamComplaint` (from an older setup) | `complained` | `ID` |
//! | `Bounce` | `AutoResponder`, `AddressChange`, `ChallengeVerification`, `OpenRelayTest`, `Subscribe`, `InboundError`, any other | quiet: no bounce | |
//! | `SpamComplaint` | | `complained` | `ID` |
//! | `Open`, `Click` | | `opened`, `clicked` | `opened-`, `clicked-`, hash(time, agent, address, link) |
//! | `SubscriptionChange` | the recipient, `ManualSuppression` | `unsubscribed` | `unsubscribed-`, hash(time, reason) |
//! | `SubscriptionChange` | otherwise | quiet: it repeats a bounce or a complaint, or nobody unsubscribed | |
//! | none (an inbound message), any other | | quiet | |
//!
//! # Messages
//!
//! A message is `MessageID`, `-`, and hash(recipient), as the recipients of one mail share the `MessageID`. A bounce, a
//! complaint or an unsubscription whose `MessageID` is missing or all zeros is
//! [unnamed](super::records#events-without-a-message).
//!
//! # Fields
//!
//! `Tag` is a tag, `From` (of bounces only) the mailbox, `Type` the reason, `Client.Name` the client, `Platform` in
//! lower case the device, and `Geo.CountryISOCode` the country. With
//! [`Options::account_from_record`](super::records::Options::account_from_record), the account is `ServerID`. Postmark
//! does not tell when it accepted a message, so a message is created at its first event, and does not mark opens by
//! machines.
//!
//! # Where it comes from
//!
//! The webhooks of a message stream: delivery, bounce, spam complaint, open, click and subscription change; "first open
//! only" off, to count all opens. There is no signature: protect the address with Basic authentication or a header of
//! your own.

use std::sync::Arc;

use super::records::draft::{Clues, Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Postmark, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "a webhook of Postmark", read_event);
}

/// Returns whether an object is a webhook of Postmark.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    fields.has("RecordType") && fields.has("MessageID")
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    if !fields.has("RecordType") && fields.has("FromFull") {
        return Ok(());
    }
    match fields.required("RecordType", "a type such as `Delivery`")? {
        "Delivery" => {
            let at = fields.required_instant("DeliveredAt")?;
            let mut draft =
                draft(&fields, EventType::DeliveredSmtp, at, "delivered".to_owned(), "Recipient", false)?;
            draft.set_reply(fields.texts("Details").next());
            draft.host_id = out.host_id(&[fields.loose_object("Metadata")]);
            out.push(draft)
        }
        "Bounce" | "SpamComplaint" => bounce(&fields, out),
        "Open" => engagement(&fields, EventType::Opened, out),
        "Click" => engagement(&fields, EventType::Clicked, out),
        "SubscriptionChange" => subscription_change(&fields, out),
        _ => Ok(()),
    }
}

/// Returns a draft with the fields that all events have.
fn draft<'a>(
    fields: &Fields<'a>,
    event_type: EventType,
    at: chrono::DateTime<chrono::Utc>,
    id: String,
    recipient: &'static str,
    can_be_unnamed: bool,
) -> Result<Draft<'a>, RecordReason> {
    let message = fields.text("MessageID")?.filter(|id| id.bytes().any(|byte| !matches!(byte, b'0' | b'-')));
    let name = match message {
        Some(message) => MessageName::Shared(message),
        None if can_be_unnamed => MessageName::Unknown(Clues::default()),
        None => return Err(fields.missing("MessageID", "the id of a message")),
    };
    let mut draft = Draft::new(event_type, at, id, name);
    draft.recipient = Some(fields.required(recipient, "an address")?);
    draft.account = fields.shared("ServerID");
    draft.set_tags(fields.texts("Tag"));
    draft.set_sender(fields.loose("From").as_deref());
    Ok(draft)
}

fn bounce(fields: &Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let is_complaint = fields.text("RecordType")? == Some("SpamComplaint");
    let bounce_type = fields.text("Type")?;
    let event_type = match bounce_type {
        _ if is_complaint => EventType::Complained,
        None => return Err(fields.missing("Type", "a type such as `HardBounce`")),
        Some("HardBounce") => EventType::HardBouncedImmediate,
        Some("BadEmailAddress") => EventType::FailedRejected,
        Some("Transient" | "DnsError") => EventType::Deferred,
        Some("SoftBounce" | "Unknown") => EventType::SoftBounced,
        Some("Blocked" | "SpamNotification" | "DMARCPolicy") => EventType::FailedProviderBlock,
        Some("VirusNotification" | "TemplateRenderingFailed" | "SMTPApiError") => EventType::FailedOther,
        Some("ManuallyDeactivated" | "Unconfirmed") => EventType::FailedSuppressedOther,
        Some("Unsubscribe") => EventType::Unsubscribed,
        Some("SpamComplaint") => EventType::Complained,
        Some(_) => return Ok(()),
    };
    let id = fields.id("ID")?.ok_or_else(|| fields.missing("ID", "the id of a bounce"))?;
    let at = fields.required_instant("BouncedAt")?;
    let mut draft = draft(fields, event_type, at, id.into_owned(), "Email", true)?;
    draft.own.reason = bounce_type.map(Arc::from);
    draft.set_reply(fields.texts("Details").next());
    draft.host_id = out.host_id(&[fields.loose_object("Metadata")]);
    out.push(draft)
}

fn engagement(fields: &Fields<'_>, event_type: EventType, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let at = fields.required_instant("ReceivedAt")?;
    let geo = fields.loose_object("Geo");
    let hash = Hash::new().instant(at).text(fields.loose("UserAgent").as_deref());
    let hash = hash.text(geo.and_then(|geo| geo.loose("IP")).as_deref());
    let id = hash.text(fields.loose("OriginalLink").as_deref()).id(event_type.kind().name());
    let mut draft = draft(fields, event_type, at, id, "Recipient", false)?;
    let known = |name: &Arc<str>| !name.eq_ignore_ascii_case("unknown");
    draft.own.client = fields.loose_object("Client").and_then(|client| client.shared("Name")).filter(known);
    let device = fields.loose("Platform").map(|platform| Arc::from(platform.to_ascii_lowercase()));
    draft.own.device = device.filter(known);
    draft.own.country = geo.and_then(|geo| geo.shared("CountryISOCode")).filter(known);
    draft.link = fields.texts("OriginalLink").next();
    draft.host_id = out.host_id(&[fields.loose_object("Metadata")]);
    out.push(draft)
}

fn subscription_change(fields: &Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let is_unsubscription = fields.flag("SuppressSending") == Some(true)
        && fields.text("SuppressionReason")? == Some("ManualSuppression")
        && fields.text("Origin")? == Some("Recipient");
    if !is_unsubscription {
        return Ok(());
    }
    let at = fields.required_instant("ChangedAt")?;
    let id = Hash::new().instant(at).text("ManualSuppression").id("unsubscribed");
    let mut draft = draft(fields, EventType::Unsubscribed, at, id, "Recipient", true)?;
    draft.host_id = out.host_id(&[fields.loose_object("Metadata")]);
    out.push(draft)
}
