//! Made-up mail: the same for the same seed, on every machine.

use std::num::NonZeroU32;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::dimension::{By, Dimension};
use crate::event::{Event, Stream};
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::query::{Query, Scope, Timing};
use crate::time::{Period, Resolution};

/// A source of made-up mail and of questions about it. Few names, so that everything meets everything: repeats, copies
/// that differ, events of one instant, late firsts.
#[derive(Clone, Debug)]
pub struct Mail {
    state: u64,
}

const ACCOUNTS: [&str; 3] = ["acme", "globex", "initech"];
const SPAN_MILLIS: u64 = 9 * 24 * 3600 * 1000;

/// The values that made-up mail has for a dimension, the absent one apart.
pub(super) fn values(dimension: Dimension) -> &'static [&'static str] {
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
        Dimension::RecipientDomain => &["gmail.com", "yahoo.com", "corp.example"],
        Dimension::Provider => &["Google", "Yahoo", "Corp"],
        Dimension::OpenTracking | Dimension::ClickTracking | Dimension::Optimized => &["true", "false"],
        Dimension::Country => &["DE", "US"],
        Dimension::Device => &["mobile", "desktop"],
        Dimension::Client => &["Apple Mail", "Thunderbird"],
        Dimension::Bot => &["apple", "generic"],
        Dimension::Attempt => &["first", "later"],
    }
}

impl Mail {
    /// The mail of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// `count` events on about a third as many messages, in no order, some of them twice.
    pub fn events(&mut self, count: usize) -> Vec<Event> {
        let messages = count as u64 / 3 + 1;
        let mut events: Vec<Event> = (0..count).map(|_| self.event(messages)).collect();
        let repeats: Vec<Event> = events.iter().step_by(7).cloned().collect();
        events.extend(repeats);
        self.shuffle(&mut events);
        events
    }

    /// A question that such mail can be asked.
    pub fn query(&mut self) -> Query {
        let (start, end) = (self.instant(), self.instant());
        let (start, end) = (start.min(end), start.max(end));
        let zones = [Tz::UTC, Tz::Europe__Berlin, Tz::Asia__Kathmandu, Tz::America__St_Johns];
        let resolutions = [Resolution::All, Resolution::Hour, Resolution::Day, Resolution::Week];
        let (period, resolution) = match self.below(6) {
            0 => (Period::all(), Resolution::All),
            1 => (Period::since(start), Resolution::All),
            2 => (Period::until(end), Resolution::All),
            _ => (Period::between(start, end), self.one_of(&resolutions)),
        };
        let mut query = Query::new(self.scope(), period).zone(self.one_of(&zones)).resolution(resolution);
        for _ in 0..self.below(3) {
            let dimension = self.one_of(&Dimension::ALL);
            if !query.by.contains(&By::Dimension(dimension)) {
                query = query.by(dimension);
            }
        }
        for _ in 0..self.below(3) {
            let dimension = self.one_of(&Dimension::ALL);
            let mut chosen = vec![self.one_of(values(dimension)), self.one_of(values(dimension))];
            if self.below(3) == 0 {
                chosen.push("");
            }
            let filter = match self.below(5) {
                0 | 1 => Filter::is(dimension, chosen),
                2 => Filter::is_not(dimension, chosen),
                3 => Filter::is(dimension, chosen).ignoring_case(),
                _ => Filter::contains(dimension, chosen.iter().map(|value| value.get(1..4).unwrap_or(value))),
            };
            query = query.filter(filter);
        }
        if self.below(2) == 0 {
            query = query.timing(Timing::Send);
        }
        query
    }

    /// Puts `items` into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            let other = usize::try_from(self.below(place as u64 + 1)).unwrap_or(0);
            items.swap(place, other);
        }
    }

    fn scope(&mut self) -> Scope {
        match self.below(4) {
            0 => Scope::All,
            1 => Scope::Accounts(ACCOUNTS[..2].iter().map(|account| (*account).into()).collect()),
            _ => self.one_of(&ACCOUNTS).into(),
        }
    }

    fn event(&mut self, messages: u64) -> Event {
        let (account, message) = (self.one_of(&ACCOUNTS[..2]), self.below(messages));
        let (id, event_type) = (self.below(12), self.one_of(&EventType::ALL));
        let mut event =
            Event::new(account, format!("m-{message}"), format!("e-{id}"), event_type, self.instant());
        for dimension in Dimension::ALL {
            if self.below(3) == 0 {
                event = self.with(event, dimension);
            }
        }
        event
    }

    fn with(&mut self, event: Event, dimension: Dimension) -> Event {
        let value = self.one_of(values(dimension));
        match dimension {
            Dimension::Subaccount => event.subaccount(value),
            Dimension::Domain => event.domain(value),
            Dimension::Category => event.category(value),
            Dimension::Tag => event.tags([value, self.one_of(values(dimension))]),
            Dimension::Stream => event.stream(self.one_of(&[Stream::Transactional, Stream::Bulk])),
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
            Dimension::Attempt => event.attempt(self.one_of(&[NonZeroU32::MIN, NonZeroU32::MAX])),
            Dimension::Optimized => event.optimized(value == "true"),
        }
    }

    /// An instant in the first nine days of 2026; every other one on a full hour.
    fn instant(&mut self) -> DateTime<Utc> {
        let millis = self.below(SPAN_MILLIS);
        let millis = if self.below(2) == 0 { millis } else { millis / 3_600_000 * 3_600_000 };
        super::at(0) + Duration::milliseconds(i64::try_from(millis).unwrap_or(0))
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        let place = self.below(items.len() as u64);
        items[usize::try_from(place).unwrap_or(0)]
    }

    /// A number below `bound`, which is above 0; xorshift64*, enough to make up mail.
    fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}
