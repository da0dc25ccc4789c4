//! Maps Mailgun's own events.

use serde_json::Value;

use crate::event_type::EventType;

/// Returns the event type of one of Mailgun's events, as a webhook has it in `event-data` and the events API in `items`;
/// `None` for an event that is unknown or not about a message.
///
/// | event | condition | event type |
/// |---|---|---|
/// | `accepted` | flag `is-authenticated` true, false, unknown | `accepted.outgoing`, `accepted.incoming`, `accepted` |
/// | `delivered` | transport `smtp`, `http`, unknown | `delivered.smtp`, `delivered.http`, `delivered` |
/// | `failed`, not permanent | reason `espblock`, another | `deferred.provider_block`, `deferred.other` |
/// | `failed`, permanent | reason `suppress-bounce`, `suppress-unsubscribe`, `suppress-complaint` | `failed.suppressed_…` |
/// | | else flag `is-delayed-bounce`, `is-callback` | `hard_bounced.delayed`, `hard_bounced.callback` |
/// | | else reason `bounce`, `old`, `espblock` | `hard_bounced.immediate`, `failed.expired`, `failed.provider_block` |
/// | | else reason `generic`, `greylisted`, `blacklisted` | `failed.other`, which [Metrics](super::metrics) counts as a soft bounce |
/// | | else | `failed` |
/// | `opened`, `clicked` | `bot` not empty, empty, unknown | `….machine`, `….person`, without a qualifier |
/// | `unsubscribed`, `complained`, `stored` | | the same |
/// | `rejected` | | `failed.rejected` |
/// | another | | `None` |
///
/// Other fields and flags are ignored, and a field that is missing, `null` or of an unexpected type is unknown: Mailgun
/// adds to its events over time, and truncates long ones.
///
/// Mailgun's event ids repeat from day to day. An [event id](crate::message::EventId) need only be unique in its message, so
/// they can be used as they are; a host without message ids adds the day, or the webhook's token.
///
/// ```
/// use mailtally::dialect::mailgun;
/// use mailtally::EventType;
/// use serde_json::json;
///
/// let event = json!({"event": "failed", "severity": "permanent", "reason": "suppress-bounce", "delivery-status": null});
/// assert_eq!(mailgun::event_type(&event), Some(EventType::FailedSuppressedBounce));
/// assert_eq!(mailgun::event_type(&json!({"event": "list_uploaded"})), None);
/// ```
pub fn event_type(event: &Value) -> Option<EventType> {
    let bot = || event["client-info"]["bot"].as_str().map(|bot| !bot.is_empty());
    Some(match event["event"].as_str()? {
        "accepted" => match flag(event, "is-authenticated") {
            Some(true) => EventType::AcceptedOutgoing,
            Some(false) => EventType::AcceptedIncoming,
            None => EventType::Accepted,
        },
        "delivered" => match event["envelope"]["transport"].as_str() {
            Some("smtp") => EventType::DeliveredSmtp,
            Some("http") => EventType::DeliveredHttp,
            Some(_) | None => EventType::Delivered,
        },
        "failed" if event["severity"] == "permanent" => permanent(event),
        "failed" if event["reason"] == "espblock" => EventType::DeferredProviderBlock,
        "failed" => EventType::DeferredOther,
        "opened" => match bot() {
            Some(true) => EventType::OpenedMachine,
            Some(false) => EventType::OpenedPerson,
            None => EventType::Opened,
        },
        "clicked" => match bot() {
            Some(true) => EventType::ClickedMachine,
            Some(false) => EventType::ClickedPerson,
            None => EventType::Clicked,
        },
        "unsubscribed" => EventType::Unsubscribed,
        "complained" => EventType::Complained,
        "stored" => EventType::Stored,
        "rejected" => EventType::FailedRejected,
        _ => return None,
    })
}

fn permanent(event: &Value) -> EventType {
    let reason = event["reason"].as_str().unwrap_or_default();
    match reason {
        "suppress-bounce" => EventType::FailedSuppressedBounce,
        "suppress-unsubscribe" => EventType::FailedSuppressedUnsubscribe,
        "suppress-complaint" => EventType::FailedSuppressedComplaint,
        _ if flag(event, "is-delayed-bounce") == Some(true) => EventType::HardBouncedDelayed,
        _ if flag(event, "is-callback") == Some(true) => EventType::HardBouncedCallback,
        "bounce" => EventType::HardBouncedImmediate,
        "old" => EventType::FailedExpired,
        "espblock" => EventType::FailedProviderBlock,
        "generic" | "greylisted" | "blacklisted" => EventType::FailedOther,
        _ => EventType::Failed,
    }
}

fn flag(event: &Value, name: &str) -> Option<bool> {
    event["flags"][name].as_bool()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn failed(severity: &str, reason: &str, flags: Value) -> Value {
        json!({ "event": "failed", "severity": severity, "reason": reason, "flags": flags })
    }

    #[test]
    fn every_event_has_its_event_type() {
        let delayed = json!({ "is-delayed-bounce": true });
        for (event, is) in [
            (
                json!({ "event": "accepted", "flags": { "is-authenticated": true } }),
                EventType::AcceptedOutgoing,
            ),
            (
                json!({ "event": "accepted", "flags": { "is-authenticated": false } }),
                EventType::AcceptedIncoming,
            ),
            (json!({ "event": "delivered", "envelope": { "transport": "smtp" } }), EventType::DeliveredSmtp),
            (json!({ "event": "delivered", "envelope": { "transport": "http" } }), EventType::DeliveredHttp),
            (failed("temporary", "generic", json!({})), EventType::DeferredOther),
            (failed("temporary", "espblock", json!({})), EventType::DeferredProviderBlock),
            (failed("internal", "bounce", delayed.clone()), EventType::DeferredOther),
            (failed("permanent", "suppress-bounce", delayed.clone()), EventType::FailedSuppressedBounce),
            (failed("permanent", "suppress-unsubscribe", json!({})), EventType::FailedSuppressedUnsubscribe),
            (failed("permanent", "suppress-complaint", json!({})), EventType::FailedSuppressedComplaint),
            (failed("permanent", "bounce", delayed.clone()), EventType::HardBouncedDelayed),
            (failed("permanent", "generic", delayed), EventType::HardBouncedDelayed),
            (failed("permanent", "generic", json!({ "is-callback": true })), EventType::HardBouncedCallback),
            (failed("permanent", "bounce", json!({ "is-callback": false })), EventType::HardBouncedImmediate),
            (failed("permanent", "old", json!({})), EventType::FailedExpired),
            (failed("permanent", "espblock", json!({})), EventType::FailedProviderBlock),
            (failed("permanent", "generic", json!({})), EventType::FailedOther),
            (failed("permanent", "greylisted", json!({})), EventType::FailedOther),
            (failed("permanent", "blacklisted", json!({})), EventType::FailedOther),
            (failed("permanent", "hardfail", json!({})), EventType::Failed),
            (json!({ "event": "opened", "client-info": { "bot": "apple" } }), EventType::OpenedMachine),
            (json!({ "event": "opened", "client-info": { "bot": "" } }), EventType::OpenedPerson),
            (json!({ "event": "clicked", "client-info": { "bot": "generic" } }), EventType::ClickedMachine),
            (json!({ "event": "clicked", "client-info": { "bot": "" } }), EventType::ClickedPerson),
            (json!({ "event": "unsubscribed" }), EventType::Unsubscribed),
            (json!({ "event": "complained" }), EventType::Complained),
            (json!({ "event": "stored" }), EventType::Stored),
            (json!({ "event": "rejected", "reject": { "reason": "Sandbox" } }), EventType::FailedRejected),
        ] {
            assert_eq!(event_type(&event), Some(is), "{event}");
        }
    }

    #[test]
    fn unknown_events_have_no_event_type_and_unknown_fields_are_ignored() {
        for name in ["email_validation", "list_member_uploaded", "list_uploaded", "Opened", "", "seen"] {
            assert_eq!(event_type(&json!({ "event": name })), None, "{name}");
        }
        let event = json!({
            "event": "delivered", "envelope": { "transport": "lmtp" }, "flags": { "is-quiet": true }, "mood": [1, {}],
        });
        assert_eq!(event_type(&event), Some(EventType::Delivered));
        assert_eq!(
            event_type(&failed("permanent", "new reason", json!({ "is-new": true }))),
            Some(EventType::Failed)
        );
    }

    #[test]
    fn a_field_that_is_missing_null_or_text_is_unknown() {
        let nulls = json!({
            "user-variables": "Could not load user-variables", "delivery-status": null, "envelope": null,
            "client-info": null, "geolocation": "Unknown", "reason": null,
            "flags": { "is-authenticated": null, "is-delayed-bounce": null, "is-callback": "true" },
        });
        for (name, severity, is) in [
            ("accepted", None, EventType::Accepted),
            ("delivered", None, EventType::Delivered),
            ("failed", Some("permanent"), EventType::Failed),
            ("failed", Some("temporary"), EventType::DeferredOther),
            ("failed", None, EventType::DeferredOther),
            ("opened", None, EventType::Opened),
            ("clicked", None, EventType::Clicked),
        ] {
            let mut event = nulls.clone();
            event["event"] = json!(name);
            event["severity"] = json!(severity);
            assert_eq!(event_type(&event), Some(is), "{event}");
            let bare = json!({ "event": name, "severity": severity });
            assert_eq!(event_type(&bare), Some(is), "{bare}");
        }
        for event in [json!(null), json!("opened"), json!(["opened"]), json!({ "event": ["opened"] })] {
            assert_eq!(event_type(&event), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_in_any_field_is_accepted(name in any::<String>(), text in any::<String>()) {
            let event = json!({ "event": "failed", "severity": text, "reason": text, (name): text, "flags": text });
            let _ = event_type(&event);
        }
    }
}
