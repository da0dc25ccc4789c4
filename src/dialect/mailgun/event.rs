//! What Mailgun's own events are here.

use serde_json::Value;

use crate::counter::Counter;

/// The counter of one of Mailgun's events, as a webhook has it in `event-data` and the events API in `items`; `None` for an
/// event that is not about a message, or not known.
///
/// | event | condition | counter |
/// |---|---|---|
/// | `accepted` | flag `is-authenticated` true, false, not told | `accepted.outgoing`, `accepted.incoming`, `accepted` |
/// | `delivered` | transport `smtp`, `http`, not told | `delivered.smtp`, `delivered.http`, `delivered` |
/// | `failed`, not permanent | reason `espblock`, another | `deferred.provider_block`, `deferred.other` |
/// | `failed`, permanent | reason `suppress-bounce`, `suppress-unsubscribe`, `suppress-complaint` | `failed.suppressed_…` |
/// | | else flag `is-delayed-bounce`, `is-callback` | `hard_bounced.delayed`, `hard_bounced.callback` |
/// | | else reason `bounce`, `old`, `espblock` | `hard_bounced.immediate`, `failed.expired`, `failed.provider_block` |
/// | | else reason `generic`, `greylisted`, `blacklisted` | `failed.other`, which is what [Metrics](crate::dialect::mailgun::metrics) calls a soft bounce |
/// | | else | `failed` |
/// | `opened`, `clicked` | `bot` names one, is empty, is not told | `….machine`, `….person`, without a qualifier |
/// | `unsubscribed`, `complained`, `stored` | | the same |
/// | `rejected` | | `failed.rejected` |
/// | another | | none |
///
/// Unknown fields and flags mean nothing, and what is missing, `null` or of another type than usual is as good as not
/// told: Mailgun adds to its events over time, and cuts what is too long.
///
/// Mailgun's event ids repeat from day to day. An [event's id](crate::EventId) is one of its message's, so they do here;
/// a host without message ids puts the day, or the webhook's token, into them.
///
/// ```
/// use mailtally::{Counter, dialect::mailgun};
/// use serde_json::json;
///
/// let event = json!({"event": "failed", "severity": "permanent", "reason": "suppress-bounce", "delivery-status": null});
/// assert_eq!(mailgun::counter(&event), Some(Counter::FailedSuppressedBounce));
/// assert_eq!(mailgun::counter(&json!({"event": "list_uploaded"})), None);
/// ```
pub fn counter(event: &Value) -> Option<Counter> {
    let bot = || event["client-info"]["bot"].as_str().map(|bot| !bot.is_empty());
    Some(match event["event"].as_str()? {
        "accepted" => match flag(event, "is-authenticated") {
            Some(true) => Counter::AcceptedOutgoing,
            Some(false) => Counter::AcceptedIncoming,
            None => Counter::Accepted,
        },
        "delivered" => match event["envelope"]["transport"].as_str() {
            Some("smtp") => Counter::DeliveredSmtp,
            Some("http") => Counter::DeliveredHttp,
            Some(_) | None => Counter::Delivered,
        },
        "failed" if event["severity"] == "permanent" => permanent(event),
        "failed" if event["reason"] == "espblock" => Counter::DeferredProviderBlock,
        "failed" => Counter::DeferredOther,
        "opened" => match bot() {
            Some(true) => Counter::OpenedMachine,
            Some(false) => Counter::OpenedPerson,
            None => Counter::Opened,
        },
        "clicked" => match bot() {
            Some(true) => Counter::ClickedMachine,
            Some(false) => Counter::ClickedPerson,
            None => Counter::Clicked,
        },
        "unsubscribed" => Counter::Unsubscribed,
        "complained" => Counter::Complained,
        "stored" => Counter::Stored,
        "rejected" => Counter::FailedRejected,
        _ => return None,
    })
}

fn permanent(event: &Value) -> Counter {
    let reason = event["reason"].as_str().unwrap_or_default();
    match reason {
        "suppress-bounce" => Counter::FailedSuppressedBounce,
        "suppress-unsubscribe" => Counter::FailedSuppressedUnsubscribe,
        "suppress-complaint" => Counter::FailedSuppressedComplaint,
        _ if flag(event, "is-delayed-bounce") == Some(true) => Counter::HardBouncedDelayed,
        _ if flag(event, "is-callback") == Some(true) => Counter::HardBouncedCallback,
        "bounce" => Counter::HardBouncedImmediate,
        "old" => Counter::FailedExpired,
        "espblock" => Counter::FailedProviderBlock,
        "generic" | "greylisted" | "blacklisted" => Counter::FailedOther,
        _ => Counter::Failed,
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
    fn every_event_has_its_counter() {
        let delayed = json!({ "is-delayed-bounce": true });
        for (event, is) in [
            (
                json!({ "event": "accepted", "flags": { "is-authenticated": true } }),
                Counter::AcceptedOutgoing,
            ),
            (
                json!({ "event": "accepted", "flags": { "is-authenticated": false } }),
                Counter::AcceptedIncoming,
            ),
            (json!({ "event": "delivered", "envelope": { "transport": "smtp" } }), Counter::DeliveredSmtp),
            (json!({ "event": "delivered", "envelope": { "transport": "http" } }), Counter::DeliveredHttp),
            (failed("temporary", "generic", json!({})), Counter::DeferredOther),
            (failed("temporary", "espblock", json!({})), Counter::DeferredProviderBlock),
            (failed("internal", "bounce", delayed.clone()), Counter::DeferredOther),
            (failed("permanent", "suppress-bounce", delayed.clone()), Counter::FailedSuppressedBounce),
            (failed("permanent", "suppress-unsubscribe", json!({})), Counter::FailedSuppressedUnsubscribe),
            (failed("permanent", "suppress-complaint", json!({})), Counter::FailedSuppressedComplaint),
            (failed("permanent", "bounce", delayed.clone()), Counter::HardBouncedDelayed),
            (failed("permanent", "generic", delayed), Counter::HardBouncedDelayed),
            (failed("permanent", "generic", json!({ "is-callback": true })), Counter::HardBouncedCallback),
            (failed("permanent", "bounce", json!({ "is-callback": false })), Counter::HardBouncedImmediate),
            (failed("permanent", "old", json!({})), Counter::FailedExpired),
            (failed("permanent", "espblock", json!({})), Counter::FailedProviderBlock),
            (failed("permanent", "generic", json!({})), Counter::FailedOther),
            (failed("permanent", "greylisted", json!({})), Counter::FailedOther),
            (failed("permanent", "blacklisted", json!({})), Counter::FailedOther),
            (failed("permanent", "hardfail", json!({})), Counter::Failed),
            (json!({ "event": "opened", "client-info": { "bot": "apple" } }), Counter::OpenedMachine),
            (json!({ "event": "opened", "client-info": { "bot": "" } }), Counter::OpenedPerson),
            (json!({ "event": "clicked", "client-info": { "bot": "generic" } }), Counter::ClickedMachine),
            (json!({ "event": "clicked", "client-info": { "bot": "" } }), Counter::ClickedPerson),
            (json!({ "event": "unsubscribed" }), Counter::Unsubscribed),
            (json!({ "event": "complained" }), Counter::Complained),
            (json!({ "event": "stored" }), Counter::Stored),
            (json!({ "event": "rejected", "reject": { "reason": "Sandbox" } }), Counter::FailedRejected),
        ] {
            assert_eq!(counter(&event), Some(is), "{event}");
        }
    }

    // G33
    #[test]
    fn what_is_unknown_means_nothing() {
        for name in ["email_validation", "list_member_uploaded", "list_uploaded", "Opened", "", "seen"] {
            assert_eq!(counter(&json!({ "event": name })), None, "{name}");
        }
        let event = json!({
            "event": "delivered", "envelope": { "transport": "lmtp" }, "flags": { "is-quiet": true }, "mood": [1, {}],
        });
        assert_eq!(counter(&event), Some(Counter::Delivered));
        assert_eq!(
            counter(&failed("permanent", "new reason", json!({ "is-new": true }))),
            Some(Counter::Failed)
        );
    }

    // G34
    #[test]
    fn what_is_missing_null_or_text_is_not_told() {
        let nulls = json!({
            "user-variables": "Could not load user-variables", "delivery-status": null, "envelope": null,
            "client-info": null, "geolocation": "Unknown", "reason": null,
            "flags": { "is-authenticated": null, "is-delayed-bounce": null, "is-callback": "true" },
        });
        for (name, severity, is) in [
            ("accepted", None, Counter::Accepted),
            ("delivered", None, Counter::Delivered),
            ("failed", Some("permanent"), Counter::Failed),
            ("failed", Some("temporary"), Counter::DeferredOther),
            ("failed", None, Counter::DeferredOther),
            ("opened", None, Counter::Opened),
            ("clicked", None, Counter::Clicked),
        ] {
            let mut event = nulls.clone();
            event["event"] = json!(name);
            event["severity"] = json!(severity);
            assert_eq!(counter(&event), Some(is), "{event}");
            let bare = json!({ "event": name, "severity": severity });
            assert_eq!(counter(&bare), Some(is), "{bare}");
        }
        for event in [json!(null), json!("opened"), json!(["opened"]), json!({ "event": ["opened"] })] {
            assert_eq!(counter(&event), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_in_any_place_is_read(name in any::<String>(), text in any::<String>()) {
            let event = json!({ "event": "failed", "severity": text, "reason": text, (name): text, "flags": text });
            let _ = counter(&event);
        }
    }
}
