//! The types of events, by the names that Emitlo gives them.

use crate::event_type::EventType;
use crate::kind::Kind;

/// The kinds of event that the API has a name for, in the order in which they are shown.
pub(super) const KINDS: [Kind; 12] = [
    Kind::Accepted,
    Kind::Queued,
    Kind::Sent,
    Kind::Deferred,
    Kind::SoftBounced,
    Kind::Delivered,
    Kind::HardBounced,
    Kind::Failed,
    Kind::Opened,
    Kind::Clicked,
    Kind::Unsubscribed,
    Kind::Complained,
];

/// Returns the event type that Emitlo calls `name`, in timelines and in webhooks; `None` for an unknown name.
///
/// The names are those of the kinds of event, except that `pending` is accepted, and that `bounced`, which an example of
/// the original's has, is a hard bounce. The API has no event named `accepted` (it says `pending`), `replied` or
/// `stored`.
///
/// ```
/// use mailtally::EventType;
/// use mailtally::dialect::emitlo;
///
/// assert_eq!(emitlo::event_type("soft_bounced"), Some(EventType::SoftBounced));
/// assert_eq!(emitlo::event_type("suppressed"), None);
/// ```
pub fn event_type(name: &str) -> Option<EventType> {
    let name = if name == "bounced" { "hard_bounced" } else { name };
    KINDS.into_iter().find(|kind| type_name(*kind) == name).map(EventType::from)
}

/// Returns what the API calls an event of this kind.
pub(super) fn type_name(kind: Kind) -> &'static str {
    if kind == Kind::Accepted { "pending" } else { kind.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_shown_is_read_back() {
        for kind in Kind::ALL {
            let known = !matches!(kind, Kind::Replied | Kind::Stored);
            assert_eq!(event_type(type_name(kind)), known.then_some(EventType::from(kind)), "{kind}");
        }
        assert_eq!(event_type("bounced"), Some(EventType::HardBounced));
        for name in ["", "Delivered", "accepted", "replied", "soft bounced"] {
            assert_eq!(event_type(name), None, "{name}");
        }
    }
}
