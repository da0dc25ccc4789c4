//! Random mail of one account in January 2026: each message is accepted, most are delivered, some are opened.

use chrono::{DateTime, Duration, Utc};
use mailtally::message::{AccountId, Stream};
use mailtally::{Event, EventType, Kind};

use crate::common::Random;

/// The account of the mail.
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

/// Returns the start of the month.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600)
}

/// Returns the events of `count` messages, about 3.3 each, ordered by instant. They share the text of the account id, as
/// a host's events do, and no other: as if each were parsed from a line of its own.
pub(crate) fn mail(count: u64) -> Vec<Event> {
    let mut random = Random::new(1);
    let mut occurrences = Vec::new();
    for number in 0..count {
        let mut at = start() + Duration::milliseconds(random.below(31 * 24 * 3_600_000).cast_signed());
        for (index, event_type) in life_cycle(&mut random).into_iter().enumerate() {
            occurrences.push((at, number, index, event_type));
            at += Duration::milliseconds(random.below(4 * 3_600_000).cast_signed());
        }
    }
    occurrences.sort_unstable();
    let account = AccountId::from(ACCOUNT);
    let event = |(at, number, index, event_type): (_, u64, usize, EventType)| {
        let (message, id) = (format!("msg-{number:012x}"), format!("{number:x}-{index}"));
        let event = Event::new(account.clone(), message, id, event_type, at);
        match event_type.kind() {
            Kind::Opened | Kind::Clicked => with_event_fields(event, &mut random),
            _ => with_message_fields(event, &mut Random::new(number)),
        }
    };
    occurrences.into_iter().map(event).collect()
}

/// Sets the fields of the message.
fn with_message_fields(event: Event, random: &mut Random) -> Event {
    let category = *random.one_of(&CATEGORIES);
    let stream = if category == "newsletter" { Stream::Bulk } else { Stream::Transactional };
    let event = event.domain(*random.one_of(&DOMAINS)).provider(*random.one_of(&PROVIDERS));
    let event = event.category(category).tags(TAGS.into_iter().filter(|_| random.chance(30)));
    event.stream(stream).open_tracking(true)
}

/// Sets the fields of the event itself.
fn with_event_fields(event: Event, random: &mut Random) -> Event {
    let event = event.country(*random.one_of(&COUNTRIES)).device(*random.one_of(&DEVICES));
    event.client(*random.one_of(&CLIENTS))
}

/// Returns what happens to a message, in this order.
fn life_cycle(random: &mut Random) -> Vec<EventType> {
    let mut events = vec![EventType::AcceptedOutgoing];
    if random.chance(8) {
        events.push(EventType::DeferredOther);
    }
    if random.chance(3) {
        events.push(EventType::HardBouncedImmediate);
        return events;
    }
    events.push(EventType::DeliveredSmtp);
    if random.chance(20) {
        events.push(EventType::OpenedMachine);
    }
    while random.chance(40) {
        events.push(EventType::OpenedPerson);
    }
    if random.chance(25) {
        events.push(EventType::ClickedPerson);
    }
    if random.chance(1) {
        events.push(EventType::Complained);
    }
    events
}
