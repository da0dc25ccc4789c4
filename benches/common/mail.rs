//! Made-up mail of one account in January 2026: each message is sent, most are delivered, some are read.

use chrono::{DateTime, Duration, Utc};
use mailtally::message::Stream;
use mailtally::{Event, EventType, Kind};

use crate::common::Numbers;

/// Whose mail it is.
pub(crate) const ACCOUNT: &str = "acme";

const DOMAINS: [&str; 20] = [
    "mail.acme.example",
    "news.acme.example",
    "shop.acme.example",
    "billing.acme.example",
    "a.example",
    "b.example",
    "c.example",
    "d.example",
    "e.example",
    "f.example",
    "g.example",
    "h.example",
    "i.example",
    "j.example",
    "k.example",
    "l.example",
    "m.example",
    "n.example",
    "o.example",
    "p.example",
];

const PROVIDERS: [&str; 15] = [
    "Google",
    "Microsoft",
    "Yahoo",
    "Apple",
    "GMX",
    "WEB.DE",
    "Orange",
    "Free",
    "Comcast",
    "Proton",
    "Mail.ru",
    "Yandex",
    "Zoho",
    "Fastmail",
    "Libero",
];

const CATEGORIES: [&str; 6] = ["newsletter", "receipt", "welcome", "reset", "reminder", "invoice"];
const TAGS: [&str; 3] = ["eu", "new", "vip"];
const COUNTRIES: [&str; 12] = ["US", "DE", "GB", "FR", "IN", "BR", "NL", "IT", "ES", "PL", "SE", "JP"];
const CLIENTS: [&str; 5] = ["Gmail", "Apple Mail", "Outlook", "Thunderbird", "Yahoo Mail"];
const DEVICES: [&str; 3] = ["mobile", "desktop", "tablet"];

/// The start of the month.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600)
}

/// The events of `count` messages, about 3.3 each, in the order in which they happened. No two share a text in memory,
/// as when each is read from a line of its own.
pub(crate) fn mail(count: u64) -> Vec<Event> {
    let mut numbers = Numbers::new(1);
    let mut happened = Vec::new();
    for number in 0..count {
        let mut at = start() + Duration::milliseconds(numbers.below(31 * 24 * 3_600_000).cast_signed());
        for (place, event_type) in life(&mut numbers).into_iter().enumerate() {
            happened.push((at, number, place, event_type));
            at += Duration::milliseconds(numbers.below(4 * 3_600_000).cast_signed());
        }
    }
    happened.sort_unstable();
    let event = |(at, number, place, event_type): (_, u64, usize, EventType)| {
        let (message, id) = (format!("msg-{number:012x}"), format!("{number:x}-{place}"));
        let event = Event::new(ACCOUNT, message, id, event_type, at);
        match event_type.kind() {
            Kind::Opened | Kind::Clicked => located(event, &mut numbers),
            _ => described(event, &mut Numbers::new(number)),
        }
    };
    happened.into_iter().map(event).collect()
}

/// What every event of the sender's side tells of its message.
fn described(event: Event, numbers: &mut Numbers) -> Event {
    let category = *numbers.one_of(&CATEGORIES);
    let stream = if category == "newsletter" { Stream::Bulk } else { Stream::Transactional };
    let event = event.domain(*numbers.one_of(&DOMAINS)).provider(*numbers.one_of(&PROVIDERS));
    let event = event.category(category).tags(TAGS.into_iter().filter(|_| numbers.is_so(30)));
    event.stream(stream).open_tracking(true)
}

/// What an event of the reader's side tells of itself.
fn located(event: Event, numbers: &mut Numbers) -> Event {
    let event = event.country(*numbers.one_of(&COUNTRIES)).device(*numbers.one_of(&DEVICES));
    event.client(*numbers.one_of(&CLIENTS))
}

/// What happens to a message, in this order.
fn life(numbers: &mut Numbers) -> Vec<EventType> {
    let mut life = vec![EventType::AcceptedOutgoing];
    if numbers.is_so(8) {
        life.push(EventType::DeferredOther);
    }
    if numbers.is_so(3) {
        life.push(EventType::HardBouncedImmediate);
        return life;
    }
    life.push(EventType::DeliveredSmtp);
    if numbers.is_so(20) {
        life.push(EventType::OpenedMachine);
    }
    while numbers.is_so(40) {
        life.push(EventType::OpenedPerson);
    }
    if numbers.is_so(25) {
        life.push(EventType::ClickedPerson);
    }
    if numbers.is_so(1) {
        life.push(EventType::Complained);
    }
    life
}
