//! SparkPost's event webhooks: an array of `{"msys": {CLASS: EVENT}}`.
//!
//! ```
//! use mailtally::source::records::Options;
//! use mailtally::source::sparkpost;
//!
//! let body = br#"[{"msys":{"message_event":{"type":"bounce","event_id":"70001","timestamp":"1769938205","message_id":"0006-1",
//!     "rcpt_to":"nobody@gmail.com","bounce_class":"10","raw_reason":"550 5.1.1 no such user"}}},{"msys":{}}]"#;
//! let batch = sparkpost::events(body, &Options::new("acme"));
//! assert_eq!(batch.events[0].event_type().to_string(), "hard_bounced.immediate");
//! assert_eq!(batch.summary.quiet, 1);
//! ```
//!
//! # Events
//!
//! | `type` | `bounce_class` | event |
//! |---|---|---|
//! | `injection` | | `accepted` |
//! | `delay` | 50 to 54 | `deferred.provider_block` |
//! | `delay` | any other | `deferred.other` |
//! | `delivery` | | `delivered.smtp` |
//! | `bounce` | 10, 30 | `hard_bounced.immediate` |
//! | `bounce` | 50 to 54 | `failed.provider_block` |
//! | `bounce` | 24 | `failed.expired` |
//! | `bounce` | 25 | `failed.other` |
//! | `bounce`, `out_of_band` | 90 | `unsubscribed` |
//! | `bounce`, `out_of_band` | 60, 80, 100 | quiet: an automatic reply, a subscription, a challenge |
//! | `bounce` | any other | `soft_bounced` |
//! | `out_of_band` | 10, 30, 50 to 54 | `hard_bounced.delayed` |
//! | `out_of_band` | any other | `soft_bounced` |
//! | `policy_rejection`, `generation_rejection` | | `failed.rejected`; `failed.suppressed_other` if the reason says that the address is suppressed |
//! | `generation_failure` | | `failed.other` |
//! | `spam_complaint` | | `complained` |
//! | `open`, `amp_open` | | `opened.machine` if prefetched or by a proxy, `opened.person` if neither, `opened` if not told |
//! | `click`, `amp_click` | | `clicked`, in the same way |
//! | `initial_open`, `amp_initial_open` | | quiet: `open` tells the same look again |
//! | `list_unsubscribe`, `link_unsubscribe` | | `unsubscribed` |
//! | any other type or class, `{"msys": {}}` | | quiet |
//!
//! The id is `event_id`, which is the same in the Events API. A message is `message_id`, `-`, and hash(recipient).
//!
//! # Fields
//!
//! `subaccount_id` is the subaccount, `campaign_id` the campaign, `rcpt_tags` the tags, `sending_domain` the domain,
//! `friendly_from` the mailbox, `mailbox_provider` the provider where the table has none, `injection_time` the
//! creation. `sending_ip` and `ip_pool` are those of the attempt or, in an event without one, of the message;
//! `num_retries` and 1 is the number of the attempt. `bounce_class` (or `fbtype`) is the reason. With
//! [`Options::account_from_record`](super::records::Options::account_from_record), the account is `customer_id`. Opens
//! and clicks of mail older than 60 days come without most of these; they count under those of earlier events.
//!
//! # Where it comes from
//!
//! Webhooks, with all message, generation, engagement and unsubscribe events; `open` has to be among them. There is no
//! signature of the body: SparkPost sends Basic credentials, an OAuth token or a token of the host's.

use std::sync::Arc;

use super::records::draft::{Draft, MessageName};
use super::records::fields::Fields;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason};
use super::system::Source;
use crate::event::Stream;
use crate::event_type::EventType;
use crate::kind::Kind;

const CLASSES: [&str; 4] = ["message_event", "gen_event", "track_event", "unsubscribe_event"];

/// Reads a body of events.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Sparkpost, read, body, options)
}

/// Reads a body of events.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    out.read_json(body, "an event of SparkPost", |fields, out| {
        let msys = fields.required_object("msys")?;
        for class in CLASSES {
            if let Some(event) = msys.object(class)? {
                return read_event(event, out);
            }
        }
        Ok(())
    });
}

/// Returns whether an object is an event of SparkPost.
pub(super) fn is_record(fields: &Fields<'_>) -> bool {
    fields.loose_object("msys").is_some()
}

fn read_event(fields: Fields<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let name = fields.required("type", "a type such as `delivery`")?;
    let Some(event_type) = event_type(name, &fields) else { return Ok(()) };
    let id = fields.id("event_id")?.ok_or_else(|| fields.missing("event_id", "the id of an event"))?;
    let message = fields.required_id("message_id")?;
    let at = fields.required_instant("timestamp")?;
    let mut draft = Draft::new(event_type, at, id, MessageName::Shared(&message));
    draft.recipient = Some(fields.required("rcpt_to", "an address")?);
    draft.host_id = out.host_id(&[fields.loose_object("rcpt_meta")]);
    set_message_fields(&mut draft, &fields);
    match event_type.kind() {
        Kind::Opened | Kind::Clicked => {
            let agent = fields.loose_object("user_agent_parsed");
            draft.own.client = agent.and_then(|agent| agent.shared("agent_family"));
            let device = agent.and_then(|agent| agent.loose("device_family"));
            draft.own.device = device.map(|device| Arc::from(device.to_ascii_lowercase()));
            draft.own.country = fields.loose_object("geo_ip").and_then(|geo| geo.shared("country"));
            draft.link = fields.texts("target_link_url").next();
        }
        Kind::Deferred | Kind::Delivered | Kind::SoftBounced | Kind::HardBounced | Kind::Failed => {
            draft.own.attempt_ip = draft.fields.ip.take();
            draft.own.attempt_ip_pool = draft.fields.ip_pool.take();
            draft.set_attempt(fields.number("num_retries").map(|retries| retries.saturating_add(1)));
            draft.set_reply(fields.texts("raw_reason").chain(fields.texts("reason")).next());
            draft.own.transport =
                fields.loose("delv_method").filter(|method| method == "esmtp").map(|_| "smtp".into());
        }
        Kind::Accepted
        | Kind::Queued
        | Kind::Sent
        | Kind::Unsubscribed
        | Kind::Complained
        | Kind::Replied
        | Kind::Stored => {}
    }
    draft.own.reason = fields.shared("bounce_class").or_else(|| fields.shared("fbtype"));
    out.push(draft)
}

fn set_message_fields(draft: &mut Draft<'_>, fields: &Fields<'_>) {
    draft.account = fields.shared("customer_id");
    draft.set_sender(fields.loose("friendly_from").as_deref());
    if let Some(domain) = fields.loose("sending_domain") {
        draft.set_domain(Some(&domain));
    }
    draft.set_tags(fields.texts("rcpt_tags"));
    draft.fields.subaccount = fields.shared("subaccount_id").filter(|id| &**id != "0");
    draft.fields.campaign = fields.shared("campaign_id");
    draft.fields.ip = fields.shared("sending_ip");
    draft.fields.ip_pool = fields.shared("ip_pool");
    draft.fields.provider = fields.shared("mailbox_provider");
    draft.fields.open_tracking = fields.flag("open_tracking");
    draft.fields.click_tracking = fields.flag("click_tracking");
    draft.fields.created = fields.instant("injection_time").ok().flatten();
    let stream = |is_transactional| if is_transactional { Stream::Transactional } else { Stream::Bulk };
    draft.fields.stream = fields.flag("transactional").map(stream);
}

/// Returns what an event is; `None` if it is quiet.
fn event_type(name: &str, fields: &Fields<'_>) -> Option<EventType> {
    let class = fields.number("bounce_class");
    Some(match (name, class) {
        ("injection", _) => EventType::Accepted,
        ("delay", Some(50..=54)) => EventType::DeferredProviderBlock,
        ("delay", _) => EventType::DeferredOther,
        ("delivery", _) => EventType::DeliveredSmtp,
        ("bounce" | "out_of_band", Some(60 | 80 | 100)) => return None,
        ("bounce" | "out_of_band", Some(90)) => EventType::Unsubscribed,
        ("bounce", Some(10 | 30)) => EventType::HardBouncedImmediate,
        ("bounce", Some(50..=54)) => EventType::FailedProviderBlock,
        ("bounce", Some(24)) => EventType::FailedExpired,
        ("bounce", Some(25)) => EventType::FailedOther,
        ("out_of_band", Some(10 | 30 | 50..=54)) => EventType::HardBouncedDelayed,
        ("bounce" | "out_of_band", _) => EventType::SoftBounced,
        ("policy_rejection" | "generation_rejection", _) => rejection(fields),
        ("generation_failure", _) => EventType::FailedOther,
        ("spam_complaint", _) => EventType::Complained,
        ("open" | "amp_open", _) => {
            by_machine(fields, [EventType::Opened, EventType::OpenedPerson, EventType::OpenedMachine])
        }
        ("click" | "amp_click", _) => {
            by_machine(fields, [EventType::Clicked, EventType::ClickedPerson, EventType::ClickedMachine])
        }
        ("list_unsubscribe" | "link_unsubscribe", _) => EventType::Unsubscribed,
        _ => return None,
    })
}

fn rejection(fields: &Fields<'_>) -> EventType {
    let reason = fields.loose("raw_reason").or_else(|| fields.loose("reason")).unwrap_or_default();
    if reason.to_ascii_lowercase().contains("suppress") {
        EventType::FailedSuppressedOther
    } else {
        EventType::FailedRejected
    }
}

/// Returns the type without a qualifier, the one of a person, or the one of a machine.
fn by_machine(fields: &Fields<'_>, [untold, person, machine]: [EventType; 3]) -> EventType {
    let agent = fields.loose_object("user_agent_parsed");
    let flags = ["is_prefetched", "is_proxy"].map(|name| agent.and_then(|agent| agent.flag(name)));
    if flags.contains(&Some(true)) {
        machine
    } else if flags.contains(&Some(false)) {
        person
    } else {
        untold
    }
}
