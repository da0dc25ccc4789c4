//! Amazon SES: event publishing and feedback notices, by SNS, SQS, Lambda, EventBridge or Firehose.
//!
//! ```
//! use mailtally::source::records::Options;
//! use mailtally::source::ses;
//!
//! let body = br#"{"eventType":"Delivery",
//!     "mail":{"timestamp":"2026-02-01T09:30:00.250Z","messageId":"0100-1","source":"news@shop.example","destination":["ann@gmail.com"]},
//!     "delivery":{"timestamp":"2026-02-01T09:30:01.900Z","recipients":["ann@gmail.com"],"smtpResponse":"250 2.0.0 OK"}}"#;
//! let batch = ses::events(body, &Options::new("acme"));
//! assert_eq!(batch.events[0].event_type().to_string(), "delivered.smtp");
//! assert_eq!(batch.events[0].id().as_str(), "delivered");
//! ```
//!
//! The object may be alone, one in each line (Firehose), the `Message` of an SNS notification, the `detail` of an
//! EventBridge event, or in the `Records` of Lambda and the `body` of SQS. Its type is `eventType`, or
//! `notificationType` in the notices of an identity.
//!
//! # Events
//!
//! | type | condition | for | event | id |
//! |---|---|---|---|---|
//! | `Send` | | each `destination` | `accepted`, also for mail that is suppressed later | `accepted` |
//! | `Delivery` | | each of `recipients` | `delivered.smtp` | `delivered` |
//! | `DeliveryDelay` | `IPFailure`, `SpamDetected` | each recipient | `deferred.provider_block` | `deferred-`, hash(time, delay type) |
//! | `DeliveryDelay` | any other | each recipient | `deferred.other` | the same |
//! | `Bounce` | `Permanent` | each recipient | `hard_bounced`; SES does not tell whether it had delivered | `feedbackId` |
//! | `Bounce` | `Permanent`, `Suppressed` | each recipient | `failed.suppressed_bounce` | `feedbackId` |
//! | `Bounce` | `Permanent`, `UnsubscribedRecipient` | each recipient | `failed.suppressed_unsubscribe` | `feedbackId` |
//! | `Bounce` | `Permanent`, another subtype that names suppression | each recipient | `failed.suppressed_other` | `feedbackId` |
//! | `Bounce` | `Transient`, `CustomTimeoutExceeded` | each recipient | `failed.expired` | `feedbackId` |
//! | `Bounce` | `Transient` or any other type | each recipient | `soft_bounced`: SES has given up, or it is an automatic reply | `feedbackId` |
//! | `Complaint` | | the recipient | `complained` | `feedbackId` |
//! | `Complaint` | `OnAccountSuppressionList` | the recipient | `failed.suppressed_complaint` | `feedbackId` |
//! | `Complaint` | `not-spam` | | quiet: no complaint | |
//! | `Open`, `Click` | | the recipient | `opened`, `clicked` | `opened-`, `clicked-`, hash(time, address, agent, link) |
//! | `Reject` | | each `destination` | `failed.rejected` | `rejected` |
//! | `Rendering Failure` | | each `destination` | `failed.other` | `rendering` |
//! | `Subscription` | unsubscribed from all or from a topic | the recipient | `unsubscribed` | `unsubscribed-`, hash(time, list) |
//! | `Subscription` | otherwise | | quiet: nobody unsubscribed | |
//! | any other, confirmations of SNS, other events of EventBridge | | | quiet | |
//!
//! # Messages
//!
//! A message is `mail.messageId`, `-`, and hash(recipient). If the mail had exactly one `destination`, that is the
//! recipient, also where a bounce names the address that it was forwarded to. Opens, clicks, complaints that name
//! several recipients, and unsubscriptions do not say whose they are: with several destinations they are events of a
//! message without a recipient, whose id is `mail.messageId` alone.
//!
//! # Fields
//!
//! `mail.timestamp` is the creation of the message, `mail.source` its mailbox, and the tag `ses:from-domain` its
//! domain. Other tags are tags, as `name:value`. `ses:outgoing-ip` is the address of the attempt, `bounceSubType`,
//! `delayType` and `complaintFeedbackType` the reason. With
//! [`Options::account_from_record`](super::records::Options::account_from_record), the account is
//! `mail.sendingAccountId`.
//!
//! # Where it comes from
//!
//! A configuration set with an event destination for all types; the older notices of an identity have bounces,
//! complaints and deliveries only. Both at once are counted once. SNS signs its notifications with RSA (`Signature`,
//! over listed fields, with the certificate of `SigningCertURL`); the host verifies it, and confirms the subscription.
//! EventBridge may lose events.

use std::sync::Arc;

use serde_json::Value;

use super::records::fields::Fields;
use super::records::hash::Hash;
use super::records::output::{Output, parse};
use super::records::split::{Members, Records};
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event_type::EventType;

mod mail;

use mail::{Mail, listed, recipients};

const EXPECTED: &str = "an event of Amazon SES";

/// How many envelopes may be around an event.
const MAX_ENVELOPES: usize = 3;

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Ses, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    for record in Records::new(body) {
        match Members::new(record).find(|(name, _)| *name == b"Records") {
            Some((_, records)) => {
                Records::new(records)
                    .for_each(|record| out.record(|out| read_json(record, MAX_ENVELOPES, out)));
            }
            None => out.record(|out| read_json(record, MAX_ENVELOPES, out)),
        }
    }
}

/// Returns whether an object is an event of SES, or an envelope of SNS or EventBridge.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    let is_event = fields.has("mail") && (fields.has("eventType") || fields.has("notificationType"));
    let is_sns = fields.has("TopicArn") && fields.has("Type");
    let is_lambda = fields.list("Records").first().is_some_and(|record| {
        record
            .get("EventSource")
            .or_else(|| record.get("eventSource"))
            .and_then(Value::as_str)
            .is_some_and(|source| matches!(source, "aws:sns" | "aws:sqs"))
    });
    is_event || is_sns || is_lambda || fields.loose("source").as_deref() == Some("aws.ses")
}

fn read_json(record: &[u8], envelopes: usize, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let value: Value = parse(record)?;
    let fields = Fields::new(&value, EXPECTED)?;
    if fields.has("Type") && fields.has("Message") {
        return match fields.required("Type", "the type of a notification")? {
            "Notification" => read_text(fields.required("Message", "an event as text")?, envelopes, out),
            _ => Ok(()),
        };
    }
    if let Some(sns) = fields.object("Sns")? {
        return read_text(sns.required("Message", "an event as text")?, envelopes, out);
    }
    if !fields.has("mail") && (fields.has("body") || fields.has("Body")) {
        let body = fields.text("body")?.map_or_else(|| fields.required("Body", "a body"), Ok)?;
        return read_text(body, envelopes, out);
    }
    if fields.has("detail-type") {
        let detail = fields.object("detail")?;
        return match detail.filter(|detail| detail.has("mail")) {
            Some(detail) => read_event(detail, out),
            None => Ok(()),
        };
    }
    read_event(fields, out)
}

/// Reads the text within an envelope; a sentence, with which SNS says that a topic works, is quiet.
fn read_text(text: &str, envelopes: usize, out: &mut Output<'_>) -> Result<(), RecordReason> {
    if !text.trim_start().starts_with('{') {
        return Ok(());
    }
    match envelopes.checked_sub(1) {
        Some(envelopes) => read_json(text.as_bytes(), envelopes, out),
        None => Err(RecordReason::Shape {
            found: "an envelope in an envelope in an envelope",
            expected: EXPECTED,
        }),
    }
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let name = if fields.has("notificationType") { "notificationType" } else { "eventType" };
    let event_type = fields.required(name, "a type such as `Delivery`")?;
    let known = [
        "Send",
        "Delivery",
        "Bounce",
        "Complaint",
        "Reject",
        "Open",
        "Click",
        "Rendering Failure",
        "DeliveryDelay",
        "Subscription",
    ];
    if !known.contains(&event_type) {
        return Ok(());
    }
    let mail = Mail::new(fields.required_object("mail")?, out)?;
    match event_type {
        "Send" => mail.each_destination(EventType::Accepted, "accepted", out),
        "Delivery" => delivery(&mail, fields.required_object("delivery")?, out),
        "Bounce" => bounce(&mail, fields.required_object("bounce")?, out),
        "Complaint" => complaint(&mail, fields.required_object("complaint")?, out),
        "Reject" => mail.each_destination(EventType::FailedRejected, "rejected", out),
        "Open" => engagement(&mail, EventType::Opened, fields.required_object("open")?, out),
        "Click" => engagement(&mail, EventType::Clicked, fields.required_object("click")?, out),
        "Rendering Failure" => mail.each_destination(EventType::FailedOther, "rendering", out),
        "DeliveryDelay" => delay(&mail, fields.required_object("deliveryDelay")?, out),
        _ => subscription(&mail, fields.required_object("subscription")?, out),
    }
}

fn delivery(mail: &Mail<'_>, delivery: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let at = delivery.required_instant("timestamp")?;
    let recipients = recipients(delivery.texts("recipients"))?;
    if recipients.is_empty() {
        return Err(delivery.missing("recipients", "an array of addresses"));
    }
    out.push_all(recipients.into_iter().map(|recipient| {
        let mut draft = mail.draft(EventType::DeliveredSmtp, at, "delivered", Some(mail.meant(recipient)));
        draft.set_reply(delivery.texts("smtpResponse").next());
        Ok(draft)
    }))
}

fn bounce(mail: &Mail<'_>, bounce: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let at = bounce.required_instant("timestamp")?;
    let id = bounce.required("feedbackId", "the id of a bounce")?;
    let subtype = bounce.loose("bounceSubType").unwrap_or_default();
    let event_type = bounce_type(bounce.required("bounceType", "a type such as `Permanent`")?, &subtype);
    out.push_all(listed(bounce, "bouncedRecipients")?.into_iter().map(|listed| {
        let (recipient, fields) = listed?;
        let mut draft = mail.draft(event_type, at, id, Some(mail.meant(recipient)));
        draft.own.reason = Some(subtype.as_ref().into()).filter(|reason: &Arc<str>| !reason.is_empty());
        draft.own.code = fields.texts("status").next().and_then(super::records::code::find);
        draft.set_reply(fields.texts("diagnosticCode").next());
        Ok(draft)
    }))
}

/// Returns what a bounce of this type and subtype is.
pub(super) fn bounce_type(bounce_type: &str, subtype: &str) -> EventType {
    match (bounce_type, subtype) {
        ("Permanent", "Suppressed") => EventType::FailedSuppressedBounce,
        ("Permanent", "UnsubscribedRecipient") => EventType::FailedSuppressedUnsubscribe,
        ("Permanent", subtype) if subtype.contains("Suppress") => EventType::FailedSuppressedOther,
        ("Permanent", _) => EventType::HardBounced,
        (_, "CustomTimeoutExceeded") => EventType::FailedExpired,
        _ => EventType::SoftBounced,
    }
}

fn complaint(mail: &Mail<'_>, complaint: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let at = complaint.required_instant("timestamp")?;
    let id = complaint.required("feedbackId", "the id of a complaint")?;
    let reason = complaint.shared("complaintFeedbackType");
    let event_type = match (complaint.loose("complaintSubType").as_deref(), reason.as_deref()) {
        (Some("OnAccountSuppressionList"), _) => EventType::FailedSuppressedComplaint,
        (_, Some("not-spam")) => return Ok(()),
        _ => EventType::Complained,
    };
    // Of several, somebody at one domain complained; SES lists all recipients there.
    let recipient = match listed(complaint, "complainedRecipients")?[..] {
        [Ok((recipient, _))] => Some(mail.meant(recipient)),
        _ => mail.only_destination(),
    };
    let mut draft = mail.draft(event_type, at, id, recipient);
    draft.own.reason = reason.or_else(|| complaint.shared("complaintSubType"));
    out.push(draft)
}

fn delay(mail: &Mail<'_>, delay: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let at = delay.required_instant("timestamp")?;
    let delay_type = delay.loose("delayType");
    let event_type = match delay_type.as_deref() {
        Some("IPFailure" | "SpamDetected") => EventType::DeferredProviderBlock,
        _ => EventType::DeferredOther,
    };
    let id = Hash::new().instant(at).text(delay_type.as_deref()).id("deferred");
    out.push_all(listed(delay, "delayedRecipients")?.into_iter().map(|listed| {
        let (recipient, fields) = listed?;
        let mut draft = mail.draft(event_type, at, &*id, Some(mail.meant(recipient)));
        draft.own.reason = delay_type.as_deref().map(Arc::from);
        draft.own.code = fields.texts("status").next().and_then(super::records::code::find);
        draft.set_reply(fields.texts("diagnosticCode").next());
        Ok(draft)
    }))
}

fn engagement(
    mail: &Mail<'_>,
    event_type: EventType,
    fields: Fields<'_>,
    out: &mut Output<'_>,
) -> Result<(), RecordReason> {
    let at = fields.required_instant("timestamp")?;
    let hash = Hash::new().instant(at).text(fields.loose("ipAddress").as_deref());
    let hash = hash.text(fields.loose("userAgent").as_deref()).text(fields.loose("link").as_deref());
    let mut draft = mail.draft(event_type, at, hash.id(event_type.kind().name()), mail.only_destination());
    draft.link = fields.texts("link").next();
    out.push(draft)
}

fn subscription(mail: &Mail<'_>, subscription: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let at = subscription.required_instant("timestamp")?;
    if !has_unsubscribed(subscription) {
        return Ok(());
    }
    let list = subscription.loose("contactList");
    let id = Hash::new().instant(at).text(list.as_deref()).id("unsubscribed");
    out.push(mail.draft(EventType::Unsubscribed, at, id, mail.only_destination()))
}

/// Returns whether the new preferences unsubscribe from something that the old ones did not.
fn has_unsubscribed(subscription: Fields<'_>) -> bool {
    let new = subscription.loose_object("newTopicPreferences");
    let old = subscription.loose_object("oldTopicPreferences");
    let all = |preferences: Option<Fields<'_>>| {
        preferences.and_then(|fields| fields.flag("unsubscribeAll")) == Some(true)
    };
    if all(new) && !all(old) {
        return true;
    }
    let topics = |preferences: Option<Fields<'_>>, status: &str| -> Vec<String> {
        let topics = preferences.map(|fields| fields.list("topicSubscriptionStatus")).unwrap_or_default();
        let matching = topics.iter().filter(|topic| topic["subscriptionStatus"] == status);
        matching.map(|topic| topic["topicName"].to_string()).collect()
    };
    let left = topics(new, "OptOut");
    topics(old, "OptIn").iter().any(|topic| left.contains(topic))
}
