//! KumoMTA's log: JSON Lines in its log files, and the same records by webhook, one or an array of them.
//!
//! ```
//! use mailtally::source::kumomta;
//! use mailtally::source::records::Options;
//!
//! let line = br#"{"type":"Delivery","id":"4ab1f2c0000011f18000020000000007","sender":"news@shop.example",
//!     "recipient":"ann@gmail.com","response":{"code":250,"content":"OK"},"peer_address":{"name":"mx","addr":"192.0.2.9"},
//!     "event_time":"2026-02-01T09:50:07.000000Z","num_attempts":1,"delivery_protocol":"ESMTP"}"#;
//! let batch = kumomta::events(line, &Options::new("acme"));
//! let event = &batch.events[0];
//! assert_eq!(event.event_type().to_string(), "delivered.smtp");
//! assert_eq!(event.event_fields().attempt.map(|attempt| attempt.get()), Some(2));
//! assert_eq!(event.message_fields().provider.as_deref(), Some("Google"));
//! ```
//!
//! # Events
//!
//! | `type` | condition | event | id |
//! |---|---|---|---|
//! | `Reception` | | `accepted` | `accepted` |
//! | `Delivery` | by `ESMTP` | `delivered.smtp` | `delivered` |
//! | `Delivery` | otherwise | `delivered` | `delivered` |
//! | `TransientFailure` | nobody was asked, or a class other than `Uncategorized` | `deferred.other` | `deferred-`, hash(time, node, code, content) |
//! | `TransientFailure` | a server answered, and the class is `SpamBlock`, `SpamContent`, `SpamRelated`, `ContentRelated` or `PolicyRelated` | `deferred.provider_block` | the same |
//! | `TransientFailure` | a server answered, `Uncategorized` | `deferred` | the same |
//! | `Bounce` | a server answered | `hard_bounced.immediate` | `bounced` |
//! | `Bounce` | nobody was asked | `failed.other` | `bounced` |
//! | `Expiration` | | `failed.expired` | `expired` |
//! | `AdminBounce` | | `failed.other` | `admin` |
//! | `OOB` | | `hard_bounced.delayed`, [unnamed](super::records#events-without-a-message) | `oob-`, hash(report id, recipient, code, text of the answer) |
//! | `Feedback` | any type but those below | `complained`, unnamed | `feedback-`, hash(report id) |
//! | `Feedback` | `not-spam`, `auth-failure` | quiet: no complaint | |
//! | `Rejection` | [`Options::with_rejections`](super::records::Options::with_rejections) | `failed.rejected` on a message of its own | `rejected-`, hash(session, time, command, content, sender, recipient) |
//! | `Delayed`, `AdminRebind`, `DeferredInjectionRebind`, `XferIn`, `XferOut`, any other | | quiet: no attempt was made | |
//!
//! The `type` decides, not the code of the answer. Nobody was asked if the record has no `peer_address`, or the answer
//! begins with `KumoMTA internal:`: a suspended queue, or no host that could be reached. The last failed attempt and
//! the expiration are two records, and two events. A report that comes in by mail has a `Reception`, too: it is a
//! message that was accepted.
//!
//! Quiet are also, whatever their type:
//!
//! * records about log records (`reception_protocol` `LogRecord`): a webhook's own deliveries travel through KumoMTA's queues, with
//!   the sender and the recipient of the mail they are about;
//! * requests to inject mail later (`delivery_protocol` `HttpInjectionGenerator` or `DeferredSmtpInjection`, or their queues): the
//!   messages follow.
//!
//! # Messages
//!
//! An attempt for several recipients is one record with an array; each recipient is a message. Its id is the first 20
//! digits of the record's `id`, `-`, and hash(recipient). The digits after those name the node, and change when a
//! message is transferred to another node (`XferOut`); the first 20, its instant of creation and a sequence number, do
//! not. So a message remains one, wherever it is delivered.
//!
//! # Fields
//!
//! `event_time` (older: `timestamp`) is the time, except of `OOB` and `Feedback`: theirs is `created_time`, when the
//! report came in, as `event_time` may be of a foreign clock. `created_time` is the creation of the message, so it is
//! known without a `Reception`. `meta.tenant` is the subaccount, or the account with
//! [`Options::account_from_record`](super::records::Options::account_from_record), and `meta.campaign` the campaign;
//! without them, both are taken from a queue named `campaign:tenant@domain`. The mailbox is the header `From` if that
//! is logged, else `sender`. The address and the pool of an attempt are `source_address` and `egress_pool`;
//! `bounce_classification` is the reason; the number of the attempt is `num_attempts` and 1.
//!
//! # Where it comes from
//!
//! Files in `log_dir` are compressed with zstd: decompress them first, as the program `report` does. A file that is still
//! written ends in the middle of a frame. Leave `per_record` templates out: only the default form can be read. A webhook has
//! no signature; protect its address.

use std::sync::Arc;

use serde_json::Value;

use super::arf;
use super::records::address;
use super::records::draft::{Clues, Draft, MessageName};
use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::{Output, json_message, parse};
use super::records::split::{Members, Records};
use super::records::{Batch, MAX_RECIPIENTS, Options, RecordReason};
use super::report;
use super::system::Source;
use crate::event_type::EventType;
use crate::kind::Kind;

mod record;

use record::Record;

/// The classes of refusals of the sender, not of this recipient.
const BLOCKS: [&str; 5] = ["SpamBlock", "SpamContent", "SpamRelated", "ContentRelated", "PolicyRelated"];

/// The class of answers that no classifier knows.
const NO_CLASS: &str = "Uncategorized";

/// The number of digits of an id that do not change when a message is transferred.
const STABLE_DIGITS: usize = 20;

/// The queues of requests to inject mail later.
const INJECTION_QUEUES: [&str; 2] = ["generator.kumomta.internal", "deferred_smtp_inject.kumomta.internal"];

/// The protocols that deliver such requests.
const INJECTION_PROTOCOLS: [&str; 2] = ["HttpInjectionGenerator", "DeferredSmtpInjection"];

/// Reads a body of records.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Kumomta, read, body, options)
}

/// Reads a body of records.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    // A log line, which is one object, is parsed without looking for its end first.
    if let Ok(text) = str::from_utf8(body)
        && text.trim_start().starts_with('{')
    {
        match serde_json::from_str::<Record<'_>>(text) {
            Ok(record) => return out.record(|out| read_record(&record, body, out)),
            Err(error) if Records::new(body).nth(1).is_none() => {
                return out.record(|_| Err(RecordReason::Json { message: json_message(&error) }));
            }
            Err(_) => {}
        }
    }
    for record in Records::new(body) {
        out.record(|out| {
            if !record.starts_with(b"{") {
                let value: Value = parse(record)?;
                return Fields::new(&value, "a record of KumoMTA").map(drop);
            }
            read_record(&parse(record)?, record, out)
        });
    }
}

/// Returns whether an object is a record of KumoMTA.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    ["type", "bounce_classification", "num_attempts"].iter().all(|name| fields.has(name))
}

fn read_record(record: &Record<'_>, json: &[u8], out: &mut Output<'_>) -> Result<(), RecordReason> {
    if is_no_mail(record) {
        return Ok(());
    }
    let (event_type, id) = match &*record.kind {
        "Reception" => (EventType::Accepted, "accepted".to_owned()),
        "Delivery" if record.delivery_protocol.get() == Some("ESMTP") => {
            (EventType::DeliveredSmtp, "delivered".to_owned())
        }
        "Delivery" => (EventType::Delivered, "delivered".to_owned()),
        "TransientFailure" => (deferral(record), deferral_id(record)?),
        "Bounce" if record.was_answered() => (EventType::HardBouncedImmediate, "bounced".to_owned()),
        "Bounce" => (EventType::FailedOther, "bounced".to_owned()),
        "Expiration" => (EventType::FailedExpired, "expired".to_owned()),
        "AdminBounce" => (EventType::FailedOther, "admin".to_owned()),
        "OOB" => return delayed_bounce(record, out),
        "Feedback" => return feedback(record, out),
        "Rejection" => return rejection(record, out),
        _ => return Ok(()),
    };
    let at = record.at()?;
    let message = stable_id(&record.id);
    if message.is_empty() {
        return Err(RecordReason::Missing { field: "id".to_owned(), expected: "the id of a message" });
    }
    let mut draft = Draft::new(event_type, at, id, MessageName::Shared(message));
    draft.host_id = out.message_field().and_then(|name| host_id(json, name));
    set_fields(&mut draft, record, out.account_from_record());
    if !matches!(event_type.kind(), Kind::Accepted) {
        set_attempt(&mut draft, record);
    }
    let recipients = record.recipient.iter();
    if recipients.len() > MAX_RECIPIENTS {
        return Err(RecordReason::TooManyRecipients { found: recipients.len() });
    }
    if !record.recipient.iter().any(|recipient| address::bare(recipient).is_some()) {
        return Err(RecordReason::Missing { field: "recipient".to_owned(), expected: "an address" });
    }
    out.push_all(recipients.map(|recipient| Ok(Draft { recipient: Some(recipient), ..draft.clone() })))
}

/// Returns the host's id of the message, which is in `meta` or in `headers` under any name.
fn host_id(json: &[u8], name: &str) -> Option<Arc<str>> {
    let objects = Members::new(json).filter(|(name, _)| matches!(*name, b"meta" | b"headers"));
    let found =
        objects.flat_map(|(_, object)| Members::new(object)).find(|(found, _)| *found == name.as_bytes());
    let value: Value = serde_json::from_slice(found?.1).ok()?;
    value.as_str().filter(|id| !id.is_empty()).map(Arc::from)
}

/// Returns whether a record is about a log record or about a request to inject mail.
fn is_no_mail(record: &Record<'_>) -> bool {
    record.reception_protocol.get() == Some("LogRecord")
        || record.delivery_protocol.get().is_some_and(|protocol| INJECTION_PROTOCOLS.contains(&protocol))
        || record.queue.get().is_some_and(|queue| INJECTION_QUEUES.contains(&queue))
}

fn deferral(record: &Record<'_>) -> EventType {
    match record.class() {
        _ if !record.was_answered() => EventType::DeferredOther,
        None => EventType::Deferred,
        Some(class) if BLOCKS.contains(&class) => EventType::DeferredProviderBlock,
        Some(_) => EventType::DeferredOther,
    }
}

fn deferral_id(record: &Record<'_>) -> Result<String, RecordReason> {
    let hash = Hash::new().instant(record.at()?).text(record.nodeid.get());
    Ok(hash.number(record.code().into()).text(record.content()).id("deferred"))
}

/// Returns the part of an id that does not change when a message is transferred.
fn stable_id(id: &str) -> &str {
    let is_uuid = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_uuid { &id[..STABLE_DIGITS] } else { id }
}

/// Sets the fields of the message.
fn set_fields(draft: &mut Draft<'_>, record: &Record<'_>, account_from_record: bool) {
    let (campaign, tenant) = record.campaign_and_tenant();
    let tenant = tenant.map(Arc::from);
    if account_from_record {
        draft.account = tenant;
    } else {
        draft.fields.subaccount = tenant;
    }
    draft.fields.campaign = campaign.map(Arc::from);
    draft.set_sender(record.mailbox());
    draft.fields.created = record.created().ok().flatten();
    draft.own.reason = record.class().map(Arc::from);
    draft.own.code = record.enhanced_code();
}

/// Sets the fields of an attempt.
fn set_attempt<'a>(draft: &mut Draft<'a>, record: &'a Record<'_>) {
    let is_attempt = matches!(&*record.kind, "Delivery" | "TransientFailure" | "Bounce");
    draft.set_attempt(record.num_attempts.filter(|_| is_attempt).map(|before| before.saturating_add(1)));
    draft.own.transport = match record.delivery_protocol.get() {
        Some("ESMTP") => Some("smtp".into()),
        Some("Maildir") => Some("local".into()),
        Some(_) | None => None,
    };
    draft.own.attempt_ip = record.source_ip().map(Arc::from);
    draft.own.attempt_ip_pool = record.egress_pool.get().map(Arc::from);
    draft.set_reply(record.content());
}

/// Reads a bounce that came back by mail.
fn delayed_bounce(record: &Record<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let clues = Clues { return_path: record.sender.get(), report: Some(&record.id), ..Clues::default() };
    for recipient in record.recipient.iter() {
        let code = record.enhanced_code();
        let hash = Hash::new().text(&*record.id).address(address::bare(recipient));
        let id = hash.text(code.as_ref().map(|code| code.as_str())).text(record.content()).id("oob");
        let at = record.created()?.map_or_else(|| record.at(), Ok)?;
        let mut draft = Draft::new(EventType::HardBouncedDelayed, at, id, MessageName::Unknown(clues));
        draft.recipient = Some(recipient);
        draft.own.reason = record.class().map(Arc::from);
        draft.own.code = code;
        draft.set_reply(record.content());
        out.push(draft)?;
    }
    Ok(())
}

/// Reads a complaint.
fn feedback(record: &Record<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let report = record.feedback_report.as_ref();
    let report = report.map(|report| Fields::new(report, "a feedback report")).transpose()?;
    let Some(report) = report else {
        return Err(RecordReason::Missing { field: "feedback_report".to_owned(), expected: "an object" });
    };
    let feedback_type = report.required("feedback_type", "a type such as `abuse`")?;
    let Some(event_type) = arf::event_type(feedback_type) else { return Ok(()) };
    let trace = report.loose_object("supplemental_trace");
    let traced = trace.and_then(|trace| trace.texts("recipient").next());
    let mut originals = report.texts("original_rcpto_to");
    let original = originals.next().filter(|_| originals.next().is_none());
    let message = report.texts("original_message").next();
    let clues = Clues {
        return_path: report.texts("original_mail_from").next().and_then(address::bare),
        message_id: message.and_then(|message| report::field(message, "message-id")).and_then(address::bare),
        envelope_id: report.texts("original_envelope_id").next(),
        feedback_id: message.and_then(|message| report::field(message, "cfbl-feedback-id")),
        report: Some(&record.id),
    };
    let at = record.created()?.map_or_else(|| record.at(), Ok)?;
    let id = Hash::new().text(&*record.id).id("feedback");
    let mut draft = Draft::new(event_type, at, id, MessageName::Unknown(clues));
    draft.recipient = traced.or(original);
    draft.own.reason = Some(feedback_type.into());
    out.push(draft)
}

/// Reads mail that KumoMTA refused to take.
fn rejection(record: &Record<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    if !out.with_rejections() {
        return Ok(());
    }
    let recipient = record.recipient.iter().next();
    let hash = Hash::new().text(record.session_id.get()).instant(record.at()?).text(record.command());
    let hash = hash.text(record.content()).address(record.sender.get()).address(recipient);
    let id = hash.id("rejected");
    let mut draft = Draft::new(EventType::FailedRejected, record.at()?, &*id, MessageName::OfRecipient(&id));
    draft.recipient = recipient;
    draft.set_sender(record.sender.get());
    draft.set_reply(record.content());
    draft.own.code = record.enhanced_code().or(draft.own.code);
    out.push(draft)
}
