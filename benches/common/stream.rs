//! A stream of events as a platform sees it: many accounts of which the largest has a fifth of the mail, repeats, and events
//! that arrive late.

use chrono::{DateTime, Duration, Utc};
use mailtally::message::Stream;
use mailtally::{Event, EventType};

use crate::common::Random;

/// The number of days that the stream is about.
pub(crate) const DAYS: u64 = 90;

const ACCOUNTS: usize = 50;
const DOMAINS: usize = 10;
const MAILBOXES: u64 = 40;
const CATEGORIES: usize = 200;
const PROVIDERS: [&str; 10] =
    ["Google", "Microsoft", "Yahoo", "Apple", "AOL", "GMX", "WEB.DE", "Proton", "Zoho", "Comcast"];
const COUNTRIES: [&str; 10] = ["US", "GB", "DE", "FR", "IN", "BR", "JP", "CA", "AU", "NL"];
const DEVICES: [&str; 3] = ["mobile", "desktop", "tablet"];

const HOUR: i64 = 3_600_000;

/// Returns the start of the stream.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600)
}

/// One occurrence, in few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Occurrence {
    /// When it arrives, in milliseconds since the start.
    arrival: i64,
    message: u32,
    id: u8,
    event_type: EventType,
    /// When it happens, in milliseconds since the start.
    at: i64,
}

/// Returns what happens to `messages` messages, about 3.9 occurrences each, in order of arrival. One in a hundred arrives twice, and
/// one in fifty up to two days late.
pub(crate) fn occurrences(messages: u32) -> Vec<Occurrence> {
    let mut random = Random::new(5);
    let mut all = Vec::new();
    for message in 0..messages {
        let mut at =
            random.below(DAYS).cast_signed() * 24 * HOUR + random.below(24 * 3_600_000).cast_signed();
        for (id, event_type) in (0..).zip(life_cycle(&mut random)) {
            let late = if random.chance(2) { random.below(48 * 3_600_000).cast_signed() } else { 0 };
            let arrival = at + 1000 + late;
            all.push(Occurrence { arrival, message, id, event_type, at });
            if random.chance(1) {
                all.push(Occurrence { arrival: arrival + HOUR, message, id, event_type, at });
            }
            let pause = if id < 2 { 20_000 } else { 12 * 3_600_000 };
            at += random.below(pause).cast_signed();
        }
    }
    all.sort_unstable();
    all
}

/// Returns what happens to a message, in this order.
fn life_cycle(random: &mut Random) -> Vec<EventType> {
    let mut events = vec![EventType::AcceptedOutgoing, EventType::Sent];
    if random.chance(5) {
        events.push(EventType::DeferredOther);
    }
    if random.chance(5) {
        events.push(EventType::HardBouncedImmediate);
        return events;
    }
    events.push(EventType::DeliveredSmtp);
    if random.chance(12) {
        events.push(EventType::OpenedMachine);
    }
    if random.chance(40) {
        events.push(EventType::OpenedPerson);
        while random.chance(30) {
            events.push(EventType::OpenedPerson);
        }
        if random.chance(30) {
            events.push(EventType::ClickedPerson);
        }
    }
    events
}

impl Occurrence {
    /// Returns the event. All events of a message tell its fields.
    pub(crate) fn event(self) -> Event {
        let Self { message, id, event_type, at, arrival: _ } = self;
        let mut random = Random::new(message.into());
        let account = harmonic(&mut random, ACCOUNTS);
        let domain = account * DOMAINS + harmonic(&mut random, DOMAINS);
        let mailbox = account as u64 * MAILBOXES + random.below(MAILBOXES);
        let category = harmonic(&mut random, CATEGORIES + 1);
        let stream = if random.chance(60) { Stream::Bulk } else { Stream::Transactional };
        let at = start() + Duration::milliseconds(at);
        let event = Event::new(account.to_string(), format!("m{message}"), format!("e{id}"), event_type, at)
            .domain(format!("d{domain}.example"))
            .mailbox(format!("b{mailbox}@example.com"))
            .provider(*random.one_of(&PROVIDERS))
            .stream(stream);
        // The last one is none.
        let event = if category < CATEGORIES { event.category(format!("c{category}")) } else { event };
        match event_type {
            EventType::OpenedMachine | EventType::OpenedPerson | EventType::ClickedPerson => {
                let mut random = Random::new(u64::from(message) << 8 | u64::from(id));
                event.country(*random.one_of(&COUNTRIES)).device(*random.one_of(&DEVICES))
            }
            _ => event,
        }
    }
}

/// Returns a number below `count`; the chance of each is inverse to its place.
fn harmonic(random: &mut Random, count: usize) -> usize {
    let total: f64 = (1..=count).map(|place| 1.0 / place as f64).sum();
    let mut left = random.below(1 << 20) as f64 / f64::from(1 << 20) * total;
    (0..count)
        .find(|place| {
            left -= 1.0 / (*place + 1) as f64;
            left < 0.0
        })
        .unwrap_or(count - 1)
}
