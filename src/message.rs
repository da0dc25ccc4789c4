//! Messages: what the events of one e-mail to one recipient add up to.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::counts::FirstOf;
use crate::event::Event;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::status::Status;

pub use crate::event::{
    AccountId, EnhancedCode, EventError, EventFields, EventId, EventRef, Fields, MessageFields, MessageId,
    Stream,
};

/// One e-mail to one recipient: the set of its events, of which there is at least one.
///
/// Events arrive in any order, late, and more than once. Everything known about a message is a pure function of the set
/// of its events. Four rules define it; each is a join (minimum, maximum or union), so commutative, associative and
/// idempotent. Therefore the order of arrival does not matter, and two parts of a message that were kept in two places can
/// be [merged](Message::merge).
///
/// 1. **Copies.** Events with the same id are one event. If copies differ, only the least is used: the earliest or, at
///    the same instant, the least by the other fields, in a [written order](Event::cmp_copies). *(minimum by id)*
/// 2. **Firsts.** Events are ordered by instant, then by id, byte by byte. An event is the first of its event type, of its kind, or of
///    its kind on its day in UTC, if no earlier event of the message has the same. *(minimum by event type, by kind, by
///    kind and day)*
/// 3. **Fields.** A message was created at the earliest instant at which an event happened or which an event tells as its
///    creation. Its domain, category and so on are the values in the first event, in the order of rule 2, that has one; its
///    tags are those of all events. *(minimum, union)*
/// 4. **Status.** The event with the greatest (phase, instant, kind) decides the status; of two kinds the later in the
///    order of [`Kind`] is greater. *(maximum)*
///
/// These rules determine all counts of a message: see [`Contribution`](crate::store::Contribution).
///
/// ```
/// use mailtally::message::Message;
/// use mailtally::{Event, Kind, Status};
///
/// let event = |id, kind, at: &str| Event::new("acme", "m-1", id, kind, at.parse().unwrap());
/// let mut message = Message::new(event("e-3", Kind::HardBounced, "2026-02-01T10:00:00Z"));
/// message.insert(event("e-1", Kind::Sent, "2026-02-01T09:00:00Z"));
/// message.insert(event("e-2", Kind::Delivered, "2026-02-01T09:00:01Z"));
/// assert_eq!(message.status(), Some(Status::HardBounced)); // a bounce after the delivery
/// assert_eq!(message.created(), "2026-02-01T09:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    /// The events in order of arrival, each id once; never empty.
    events: Vec<Event>,
    /// The index in `events` of each id; empty while there are at most [`MAX_LINEAR_SCAN`] events.
    index: BTreeMap<EventId, usize>,
}

/// The maximum number of events among which an id is found by a linear scan. More events are indexed, so that inserting
/// into a message with very many, by mistake or by attack, stays cheap.
const MAX_LINEAR_SCAN: usize = 32;

pub(crate) const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// What inserting an event did to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an event is new, or a repeat, or another copy, which is less or not"
)]
pub enum InsertOutcome {
    /// The id was new; the event was added.
    New,
    /// The id was known with an identical copy; nothing changed.
    Repeat,
    /// The id was known with a different copy that is less, and remains; nothing changed.
    Superseded,
    /// The id was known with a different copy that is greater, and was replaced.
    Replaced,
}

/// An event in the history of its message.
#[derive(Clone, Copy, Debug)]
pub struct HistoryEntry<'a> {
    /// The event.
    pub event: &'a Event,
    /// What the event is the first of.
    pub first_of: FirstOf,
}

impl InsertOutcome {
    /// Returns what inserting a copy of a known event does, by how it compares with the known one.
    pub(crate) fn of_copy(order: Ordering) -> Self {
        match order {
            Ordering::Less => Self::Replaced,
            Ordering::Equal => Self::Repeat,
            Ordering::Greater => Self::Superseded,
        }
    }
}

impl Message {
    /// Makes a message with one event.
    pub fn new(event: Event) -> Self {
        Self { events: vec![event], index: BTreeMap::new() }
    }

    /// Collects events, in any order and with any repeats, into their messages.
    pub fn collect(events: impl IntoIterator<Item = Event>) -> BTreeMap<(AccountId, MessageId), Self> {
        let mut messages: BTreeMap<_, Self> = BTreeMap::new();
        for event in events {
            let key = (event.account().clone(), event.message().clone());
            match messages.get_mut(&key) {
                Some(message) => drop(message.insert(event)),
                None => drop(messages.insert(key, Self::new(event))),
            }
        }
        messages
    }

    /// Inserts another event of this message, or replaces the known copy of it if the new copy is less (rule 1 of
    /// [`Message`]).
    ///
    /// The caller makes sure that the event has the same account and message id; this is not checked.
    pub fn insert(&mut self, event: Event) -> InsertOutcome {
        let Some(known) = self.position(event.id()).map(|index| &mut self.events[index]) else {
            self.append(event);
            return InsertOutcome::New;
        };
        let outcome = InsertOutcome::of_copy(event.cmp_copies(known));
        if outcome == InsertOutcome::Replaced {
            *known = event;
        }
        outcome
    }

    /// Inserts all events of another part of this message.
    pub fn merge(&mut self, other: Self) {
        for event in other.events {
            self.insert(event);
        }
    }

    /// Returns the account that the message belongs to.
    pub fn account(&self) -> &AccountId {
        // There is at least one event.
        self.events[0].account()
    }

    /// Returns the id of the message.
    pub fn id(&self) -> &MessageId {
        // There is at least one event.
        self.events[0].message()
    }

    /// Returns the events, each id once, in no particular order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the events ordered by instant, then by id, each with what it is the first of.
    pub fn history(&self) -> Vec<HistoryEntry<'_>> {
        let entry = |event| HistoryEntry { event, first_of: FirstOf::NOTHING };
        let mut history: Vec<_> = self.events.iter().map(entry).collect();
        history.sort_unstable_by_key(|entry| order(entry.event));
        let mut firsts = Firsts::default();
        for entry in &mut history {
            entry.first_of = firsts.next(entry.event.event_type(), entry.event.at().timestamp_millis());
        }
        history
    }

    /// Returns when the message was created: the earliest instant at which an event happened or which an event tells as the
    /// creation.
    pub fn created(&self) -> DateTime<Utc> {
        self.events.iter().map(Event::at).chain(self.told_creations()).min().unwrap_or_default()
    }

    /// Returns the instants of creation that events tell.
    fn told_creations(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.events.iter().filter_map(|event| event.message_fields().created)
    }

    /// Returns whether an event happened in a half-open range, or an event tells that the message was created in it. If not,
    /// the message adds nothing to counts of the range.
    pub fn touches(&self, range: &Range<DateTime<Utc>>) -> bool {
        self.events.iter().any(|event| {
            range.contains(&event.at())
                || event.message_fields().created.is_some_and(|created| range.contains(&created))
        })
    }

    /// Returns the current status; `None` if all events are engagement or stored inbound mail.
    pub fn status(&self) -> Option<Status> {
        let rank = |event: &Event| status_rank(event.event_type().kind(), event.at());
        self.events.iter().filter_map(rank).max().map(|(_, _, status)| status)
    }

    /// Returns the fields of the message.
    pub fn fields(&self) -> MessageFields {
        MessageFields {
            subaccount: self.earliest(|fields| fields.subaccount.as_ref()).cloned(),
            domain: self.earliest(|fields| fields.domain.as_ref()).cloned(),
            category: self.earliest(|fields| fields.category.as_ref()).cloned(),
            tags: self.tags().into_iter().cloned().collect(),
            stream: self.earliest(|fields| fields.stream),
            mailbox: self.earliest(|fields| fields.mailbox.as_ref()).cloned(),
            campaign: self.earliest(|fields| fields.campaign.as_ref()).cloned(),
            ip: self.earliest(|fields| fields.ip.as_ref()).cloned(),
            ip_pool: self.earliest(|fields| fields.ip_pool.as_ref()).cloned(),
            recipient_domain: self.earliest(|fields| fields.recipient_domain.as_ref()).cloned(),
            provider: self.earliest(|fields| fields.provider.as_ref()).cloned(),
            open_tracking: self.earliest(|fields| fields.open_tracking),
            click_tracking: self.earliest(|fields| fields.click_tracking),
            created: self.told_creations().min(),
        }
    }

    /// Returns the tags of all events.
    pub(crate) fn tags(&self) -> BTreeSet<&Arc<str>> {
        self.events.iter().flat_map(|event| &event.message_fields().tags).collect()
    }

    /// Finds the index of an event by its id.
    fn position(&self, id: &EventId) -> Option<usize> {
        if self.index.is_empty() {
            return self.events.iter().position(|event| event.id() == id);
        }
        self.index.get(id).copied()
    }

    /// Appends an event with a new id.
    fn append(&mut self, event: Event) {
        // Most messages have few events, so the vector grows by a quarter, not to twice its length.
        if self.events.len() == self.events.capacity() {
            self.events.reserve_exact(1 + self.events.len() / 4);
        }
        self.events.push(event);
        if self.events.len() > MAX_LINEAR_SCAN {
            let missing = self.index.len()..self.events.len();
            let ids = self.events[missing.clone()].iter().map(|event| event.id().clone());
            self.index.extend(ids.zip(missing));
        }
    }

    /// Returns the value in the earliest event that has one.
    fn earliest<'a, T>(&'a self, value: impl Fn(&'a MessageFields) -> Option<T>) -> Option<T> {
        let known =
            self.events.iter().filter_map(|event| Some((order(event), value(event.message_fields())?)));
        known.min_by_key(|(order, _)| *order).map(|(_, value)| value)
    }
}

impl PartialEq for Message {
    /// Compares the sets of events; the order of arrival does not matter.
    fn eq(&self, other: &Self) -> bool {
        let has =
            |event: &Event| other.position(event.id()).is_some_and(|index| other.events[index] == *event);
        self.events.len() == other.events.len() && self.events.iter().all(has)
    }
}

impl Eq for Message {}

/// Determines what the events of a message are the first of (rule 2 of [`Message`]).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Firsts {
    /// A bit for each event type that was seen.
    event_types: u64,
    /// The day in UTC of the latest event of each kind.
    days: [Option<i32>; Kind::COUNT],
}

impl Firsts {
    /// Continues after events of these types, a bit for each, all on earlier days than any other event.
    pub(crate) fn after(event_types: u64) -> Self {
        let seen = EventType::ALL.into_iter().filter(|event_type| event_types & event_type.bit() != 0);
        let mut firsts = Self { event_types, ..Self::default() };
        seen.for_each(|event_type| firsts.days[event_type.kind() as usize] = Some(i32::MIN));
        firsts
    }

    /// Returns what the next event is the first of. Events come in the order of a history; `at` is in milliseconds since 1970.
    pub(crate) fn next(&mut self, event_type: EventType, at: i64) -> FirstOf {
        // Instants are before the year 10,000.
        let day = i32::try_from(at.div_euclid(MILLIS_PER_DAY)).unwrap_or(i32::MAX);
        let last_day = self.days[event_type.kind() as usize].replace(day);
        let is_first_of_type = self.event_types & event_type.bit() == 0;
        self.event_types |= event_type.bit();
        FirstOf { event_type: is_first_of_type, kind: last_day.is_none(), day: last_day != Some(day) }
    }
}

/// Returns how an event competes for the status of its message: the greatest decides (rule 4 of [`Message`]). `None` if it
/// leads to no status.
pub(crate) fn status_rank<T>(kind: Kind, at: T) -> Option<(u8, T, Status)> {
    let status = Status::from_kind(kind)?;
    Some((status.phase(), at, status))
}

/// The sort key of an event within its message.
fn order(event: &Event) -> (DateTime<Utc>, &EventId) {
    (event.at(), event.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, event_type: impl Into<EventType>, second: i64) -> Event {
        Event::new("a", "m", id, event_type, DateTime::from_timestamp(second, 0).unwrap())
    }

    fn message(events: impl IntoIterator<Item = Event>) -> Message {
        let mut events = events.into_iter();
        let mut message = Message::new(events.next().unwrap());
        for event in events {
            message.insert(event);
        }
        message
    }

    #[test]
    fn a_copy_with_an_earlier_instant_replaces_a_later_one() {
        let mut message = message([event("1", Kind::Sent, 9).domain("late.example")]);
        assert_eq!(message.insert(event("1", Kind::Sent, 9).domain("late.example")), InsertOutcome::Repeat);
        assert_eq!(message.insert(event("1", Kind::Sent, 8)), InsertOutcome::Replaced);
        assert_eq!(
            message.insert(event("1", Kind::Sent, 9).domain("late.example")),
            InsertOutcome::Superseded
        );
        assert_eq!(message.fields().domain, None, "what the lesser copy said is forgotten");
    }

    #[test]
    fn copies_at_one_instant_are_ordered_by_their_fields() {
        let base = event("1", Kind::Opened, 1);
        let nested = |value: &str| serde_json::json!({"b": [1, {"z": value, "a": null}], "a": 2.5});
        let copies = [
            base.clone().country("DE"),
            base.clone().tags(["x"]),
            base.clone().attribute("tls", true),
            base.clone().attribute("more", nested("x")),
            base.clone().attribute("more", nested("y")),
            base,
            event("1", EventType::OpenedPerson, 1),
        ];
        for (i, a) in copies.iter().enumerate() {
            for (j, b) in copies.iter().enumerate() {
                assert_eq!(a.cmp_copies(b).is_eq(), i == j, "{a:?} {b:?}");
                assert_eq!(message([a.clone(), b.clone()]), message([b.clone(), a.clone()]));
            }
        }
    }

    #[test]
    fn a_message_of_many_events_is_the_same_in_any_order_and_repeats_are_recognized() {
        let many: Vec<Event> = (0..500)
            .map(|n| event(&format!("e-{n}"), EventType::ALL[n % EventType::COUNT], (n * 7 % 100) as i64))
            .collect();
        let forward = message(many.iter().cloned());
        let mut backward = message(many.iter().rev().cloned());
        assert_eq!(forward, backward);
        let order =
            |message: &Message| message.history().iter().map(|o| o.event.id().clone()).collect::<Vec<_>>();
        assert_eq!(order(&forward), order(&backward));
        for known in &many {
            assert_eq!(backward.insert(known.clone()), InsertOutcome::Repeat);
        }
        assert_eq!(backward.insert(event("e-499", Kind::Sent, -1)), InsertOutcome::Replaced);
        assert_ne!(forward, backward);
        assert_eq!(backward.events().len(), 500);
    }

    #[test]
    fn a_late_event_that_happened_earlier_becomes_the_first() {
        let later = event("b", EventType::OpenedPerson, 20);
        let earlier = event("a", EventType::OpenedMachine, 10);
        let message = message([later, event("c", EventType::OpenedPerson, 30), earlier]);
        let firsts: Vec<_> = message.history().iter().map(|o| o.first_of).collect();
        let of_counter = FirstOf { event_type: true, ..FirstOf::NOTHING };
        assert_eq!(firsts, [FirstOf::EVERYTHING, of_counter, FirstOf::NOTHING]);
    }

    #[test]
    fn each_day_in_utc_has_a_first_event_also_before_1970() {
        let midnight = MILLIS_PER_DAY / 1000;
        let message = message([
            event("a", Kind::Opened, -1),
            event("b", Kind::Opened, 0),
            event("c", Kind::Clicked, 1),
            event("d", EventType::OpenedMachine, midnight - 1),
            event("e", Kind::Opened, midnight),
            event("f", Kind::Opened, 3 * midnight),
            event("g", Kind::Opened, 4 * midnight - 1),
        ]);
        let firsts: Vec<_> = message.history().iter().map(|o| (o.first_of.kind, o.first_of.day)).collect();
        let (first, of_day, no) = ((true, true), (false, true), (false, false));
        assert_eq!(firsts, [first, of_day, first, no, of_day, of_day, no]);
    }

    #[test]
    fn at_one_instant_the_id_decides_which_event_is_first() {
        let message =
            message([event("b", Kind::Opened, 1).category("b"), event("a", Kind::Opened, 1).category("a")]);
        assert_eq!(message.history()[0].event.id().as_str(), "a");
        assert_eq!(message.fields().category.as_deref(), Some("a"));
    }

    #[test]
    fn a_field_is_that_of_the_earliest_event_with_one_and_the_tags_are_those_of_all() {
        let message = message([
            event("3", Kind::Opened, 3).domain("c.example").tags(["z"]),
            event("1", Kind::Sent, 1).tags(["x", ""]),
            event("2", Kind::Delivered, 2).domain("b.example"),
        ]);
        assert_eq!(message.fields().domain.as_deref(), Some("b.example"));
        assert_eq!(message.fields().tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), ["x", "z"]);
    }

    #[test]
    fn the_status_is_decided_by_phase_then_instant_then_kind() {
        let cases: [(&[(Kind, i64)], _); 11] = [
            (&[(Kind::Accepted, 1)], Some(Status::Accepted)),
            (&[(Kind::Queued, 1), (Kind::Accepted, 2)], Some(Status::Queued)),
            (&[(Kind::Sent, 1), (Kind::Deferred, 2)], Some(Status::Deferred)),
            (&[(Kind::Deferred, 1), (Kind::SoftBounced, 1)], Some(Status::SoftBounced)),
            (&[(Kind::Delivered, 1), (Kind::Deferred, 9)], Some(Status::Delivered)),
            (&[(Kind::Delivered, 1), (Kind::HardBounced, 2)], Some(Status::HardBounced)),
            (&[(Kind::HardBounced, 1), (Kind::Delivered, 2)], Some(Status::Delivered)),
            (&[(Kind::HardBounced, 1), (Kind::Failed, 1)], Some(Status::Failed)),
            (&[(Kind::Complained, 1), (Kind::HardBounced, 2)], Some(Status::Complained)),
            (&[(Kind::Delivered, 1), (Kind::Opened, 2)], Some(Status::Delivered)),
            (&[(Kind::Opened, 1), (Kind::Replied, 2), (Kind::Stored, 3)], None),
        ];
        for (events, status) in cases {
            let events = events.iter().enumerate().map(|(id, (kind, at))| event(&id.to_string(), *kind, *at));
            let events: Vec<_> = events.collect();
            assert_eq!(message(events.clone()).status(), status, "{events:?}");
            assert_eq!(message(events.into_iter().rev()).status(), status);
        }
    }
}
