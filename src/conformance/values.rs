//! The values of generated events. The integration tests include this file too (`tests/common.rs`), because the feature
//! `conformance` may be off there; so the crate's types come from the parent module.

use std::num::NonZeroU32;

use super::{Dimension, Event, Stream};

/// Returns the values of `dimension` that generated events can have, besides being absent. There are at least two.
pub(crate) fn values(dimension: Dimension) -> &'static [&'static str] {
    match dimension {
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
    }
}

/// Returns `event` with `value`, one of [`values`], for `dimension`. A tag is added to the tags that the event has; any
/// other value replaces the event's.
pub(crate) fn with_value(event: Event, dimension: Dimension, value: &str) -> Event {
    match dimension {
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
    }
}
