//! Random events and queries, the same for the same seed on every machine.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::values::{values, with_told, with_value};
use crate::dimension::{By, Dimension};
use crate::event::Event;
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::query::{Query, Scope, Timing};
use crate::time::{Period, Resolution};

/// A generator of random events and of queries over them. It uses few accounts, messages, ids and values, so that repeats,
/// copies that differ, events at one instant and first events that come late are common.
#[derive(Clone, Debug)]
pub struct RandomMail {
    state: u64,
}

const ACCOUNTS: [&str; 3] = ["acme", "globex", "initech"];
const SPAN_MILLIS: u64 = 9 * 24 * 3600 * 1000;

impl RandomMail {
    /// Creates the generator of `seed`. Equal seeds generate equal events and queries.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// Returns `count` events of about a third as many messages, in random order, and every seventh of them a second time.
    pub fn events(&mut self, count: usize) -> Vec<Event> {
        let messages = count as u64 / 3 + 1;
        let mut events: Vec<Event> = (0..count).map(|_| self.event(messages)).collect();
        let repeats: Vec<Event> = events.iter().step_by(7).cloned().collect();
        events.extend(repeats);
        self.shuffle(&mut events);
        events
    }

    /// Returns a query over the accounts, values and days of such events.
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

    /// Puts `items` into random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            let other = usize::try_from(self.below(index as u64 + 1)).unwrap_or(0);
            items.swap(index, other);
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
        // Some ids differ from others in case only.
        let (message, id) =
            (format!("{}-{}", ["m", "M"][usize::from(message % 4 == 1)], message / 2), id.to_string());
        let id = format!("{}-{id}", ["e", "E"][usize::from(id.len() == 2)]);
        let mut event = Event::new(account, message, id, event_type, self.instant());
        // An event can have several tags.
        for dimension in Dimension::ALL.into_iter().chain([Dimension::Tag; 2]) {
            if self.below(3) == 0 {
                event = with_value(event, dimension, self.one_of(values(dimension)));
            }
        }
        with_told(event, u8::try_from(self.below(16)).unwrap_or(0))
    }

    /// Returns an instant in the first nine days of 2026 in UTC; about half of them are on the full hour.
    fn instant(&mut self) -> DateTime<Utc> {
        let millis = self.below(SPAN_MILLIS);
        let millis = if self.below(2) == 0 { millis } else { millis / 3_600_000 * 3_600_000 };
        at(0) + Duration::milliseconds(i64::try_from(millis).unwrap_or(0))
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len() as u64);
        items[usize::try_from(index).unwrap_or(0)]
    }

    /// Returns a number less than `bound`, which must not be 0, by xorshift64*. Its slight bias does not matter here.
    fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// Returns the instant `seconds` after the start of 2026 in UTC.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600 + seconds)
}
