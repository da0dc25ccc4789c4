//! The values of generated events. The integration tests include this file too (`tests/common.rs`), because the feature
//! `conformance` may be off there; so the crate's types come from the parent module.

use std::num::NonZeroU32;

use chrono::Duration;

use super::{Dimension, Event, Stream};

/// Returns the values of `dimension` that generated events can have, besides being absent. There are at least two.
pub(crate) fn values(dimension: Dimension) -> &'static [&'static str] {
    match dimension {
        Dimension::Account => &["acme", "globex"],
        Dimension::Subaccount => &["north", "south"],
        Dimension::Domain => &["a.example", "b.example", "c.example"],
        Dimension::Category => &["welcome", "Receipt", "it's"],
        Dimension::Tag => &["new", "eu", "vip", "ünï"],
        Dimension::Stream => &["transactional", "bulk"],
        Dimension::Mailbox => &["sales@a.example", "news@b.example"],
        Dimension::Campaign => &["spring", "autumn"],
        Dimension::Ip => &["192.0.2.1", "2001:db8::1"],
        Dimension::IpPool => &["shared", "own"],
        Dimension::RecipientDomain => &["gmail.com", "corp.example", "yahoo.com"],
        Dimension::Provider => &["Google", "Yahoo", "Corp"],
        Dimension::OpenTracking | Dimension::ClickTracking | Dimension::Optimized => &["true", "false"],
        Dimension::Country => &["DE", "US"],
        Dimension::Device => &["mobile", "desktop"],
        Dimension::Client => &["Apple Mail", "Thunderbird"],
        Dimension::Bot => &["apple", "generic"],
        Dimension::Attempt => &["first", "later"],
        Dimension::Transport => &["smtp", "local"],
        Dimension::Reason => &["InvalidRecipient", "spam", "5.1"],
        Dimension::Code => &["5.1.1", "5.10.1", "4.2.2"],
        Dimension::CodeSubject => &["5.1", "5.10", "4.2"],
        Dimension::CodeClass => &["5", "4"],
    }
}

/// Returns `event` with `value`, one of [`values`], for `dimension`. A tag is added to the tags that the event has; any
/// other value replaces the event's. The account stays, and so does the code if `value` is only a part of one.
pub(crate) fn with_value(event: Event, dimension: Dimension, value: &str) -> Event {
    match dimension {
        Dimension::Account => event,
        Dimension::Subaccount => event.subaccount(value),
        Dimension::Domain => event.domain(value),
        Dimension::Category => event.category(value),
        Dimension::Tag => {
            let tags: Vec<_> = event.message_fields().tags.iter().cloned().chain([value.into()]).collect();
            event.tags(tags)
        }
        Dimension::Stream => event.stream(if value == "bulk" { Stream::Bulk } else { Stream::Transactional }),
        Dimension::Mailbox => event.mailbox(value),
        Dimension::Campaign => event.campaign(value),
        Dimension::Ip => event.ip(value),
        Dimension::IpPool => event.ip_pool(value),
        Dimension::RecipientDomain => event.recipient_domain(value),
        Dimension::Provider => event.provider(value),
        Dimension::OpenTracking => event.open_tracking(value == "true"),
        Dimension::ClickTracking => event.click_tracking(value == "true"),
        Dimension::Country => event.country(value),
        Dimension::Device => event.device(value),
        Dimension::Client => event.client(value),
        Dimension::Bot => event.bot(value),
        Dimension::Attempt => event.attempt(if value == "first" { NonZeroU32::MIN } else { NonZeroU32::MAX }),
        Dimension::Optimized => event.optimized(value == "true"),
        Dimension::Transport => event.transport(value),
        Dimension::Reason => event.reason(value),
        Dimension::Code | Dimension::CodeSubject | Dimension::CodeClass => match value.parse() {
            Ok(code) => event.code(code),
            Err(_) => event,
        },
    }
}

/// Returns `event` with something that no dimension alone has: the address or the pool of an attempt, or the creation of the
/// message, before or after the event.
pub(crate) fn with_told(event: Event, choice: u8) -> Event {
    let at = event.at();
    match choice % 8 {
        0 => event.attempt_ip("192.0.2.1"),
        1 => event.attempt_ip("192.0.2.9"),
        2 => event.attempt_ip_pool("own"),
        3 => event.created(at - Duration::hours(30)),
        4 => event.created(at - Duration::minutes(1)),
        5 => event.created(at + Duration::hours(3)),
        _ => event,
    }
}
