//! What the integration tests share: made-up events, and a way to wait for a store that is always ready.

use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Duration, Utc};
use mailtally::{Dimension, Event, EventType};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The result of a future that never waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory is ready when it is asked"),
    }
}

/// The start of 2026 in UTC, and `seconds` more.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600 + seconds)
}

/// The values that made-up mail has for a dimension, beside none.
pub(crate) fn values(dimension: Dimension) -> &'static [&'static str] {
    match dimension {
        Dimension::Subaccount => &["north", "south"],
        Dimension::Domain => &["a.example", "b.example"],
        Dimension::Category => &["welcome", "receipt"],
        Dimension::Tag => &["x", "y", "z"],
        Dimension::Stream => &["transactional", "bulk"],
        Dimension::Mailbox => &["sales@a.example", "news@b.example"],
        Dimension::Campaign => &["spring", "autumn"],
        Dimension::Ip => &["192.0.2.1", "2001:db8::1"],
        Dimension::IpPool => &["shared", "own"],
        Dimension::RecipientDomain => &["gmail.com", "corp.example"],
        Dimension::Provider => &["Google", "Ours"],
        Dimension::OpenTracking | Dimension::ClickTracking | Dimension::Optimized => &["true", "false"],
        Dimension::Country => &["DE", "US"],
        Dimension::Device => &["mobile", "desktop"],
        Dimension::Client => &["Apple Mail", "mutt"],
        Dimension::Bot => &["apple", "generic"],
        Dimension::Attempt => &["first", "later"],
    }
}

/// The event with one more value.
pub(crate) fn with(event: Event, dimension: Dimension, value: &str) -> Event {
    match dimension {
        Dimension::Subaccount => event.subaccount(value),
        Dimension::Domain => event.domain(value),
        Dimension::Category => event.category(value),
        Dimension::Tag => {
            let tags: Vec<_> = event.message_fields().tags.iter().cloned().chain([value.into()]).collect();
            event.tags(tags)
        }
        Dimension::Stream => event.stream(value.parse().unwrap()),
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

/// Events of few messages in few days, so that copies, repeats, ties and late firsts are common.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let ids = (select(&["acme", "globex"][..]), 0..4_u8, 0..6_u8);
    let what = (select(&EventType::ALL[..]), 0..60_i64, any::<bool>());
    let known = prop::collection::vec((select(&Dimension::ALL[..]), any::<Index>()), 0..8);
    (ids, what, known).prop_map(|((account, message, id), (event_type, hour, on_the_hour), known)| {
        let instant = at(hour * 3600) + Duration::milliseconds(if on_the_hour { 0 } else { 1_234_567 });
        let event = Event::new(account, format!("m-{message}"), format!("e-{id}"), event_type, instant);
        let more = |event, (dimension, index): (Dimension, Index)| {
            with(event, dimension, values(dimension)[index.index(values(dimension).len())])
        };
        known.into_iter().fold(event, more)
    })
}

/// A stream of events.
pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..40)
}
