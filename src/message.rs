//! A message, as its events tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::counts::FirstOf;
use crate::dimension::Dimension;
use crate::event::{Event, EventId, MessageFields};
use crate::event_type::{EventType, Kind};
use crate::status::Status;

/// One e-mail to one recipient: the set of its events, at least one.
///
/// Events arrive in any order, late, and more than once. So a message is kept as nothing but the **set of its events**,
/// and all that is said of it is a pure function of that set. Four rules, each a join (a minimum, a maximum, a union):
/// commutative, associative and idempotent. That is why the answer does not depend on how the events came, and why two
/// halves of a message, kept in two places, can be [merged](Message::merge).
///
/// 1. **Copies.** Events with the same id are one event; of copies that differ, the least counts: the earliest, then
///    the smallest by the other fields. *(minimum by id)*
/// 2. **FirstOf.** Events are ordered by instant, then by id. An event is the first of its event type, of its kind, or of its
///    kind on its day of UTC, if no earlier event of its message has the same. *(minimum by event type, by kind, by kind
///    and day)*
/// 3. **MessageFields.** A message was created at the instant of its earliest event. Its domain, category and so on are the
///    value of the earliest event that has one; its tags are those of all its events. *(minimum, union)*
/// 4. **Status.** It stands where the greatest (phase, instant, kind) of its events puts it. *(maximum)*
///
/// What a message adds to a table follows from these alone; an incremental store adds *after minus before*.
///
/// ```
/// use mailtally::{Event, Kind, Message, Status};
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
    /// Each id once, in the order in which they came, never empty.
    events: Vec<Event>,
    /// Where each id is among them, once they are many; empty before.
    places: BTreeMap<EventId, usize>,
}

/// Up to so many events are searched one by one, as almost all messages have fewer. More are found by an index, so that a
/// message with very many, by a mistake or by a stranger's hand, costs no more for each than one with few.
const FEW: usize = 32;

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// What an arriving event did to its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an event is new, or known, or a copy that counts instead")]
pub enum InsertOutcome {
    /// The event was not known.
    New,
    /// The event was known; nothing changed.
    Repeat,
    /// The event was known by a copy that counts less than this one; this one took its place.
    Correction,
}

/// An event at its place in its message.
#[derive(Clone, Copy, Debug)]
pub struct HistoryEntry<'a> {
    /// What happened.
    pub event: &'a Event,
    /// What it is the first of.
    pub first_of: FirstOf,
}

impl Message {
    /// A message of which only this is known so far.
    pub fn new(event: Event) -> Self {
        Self { events: vec![event], places: BTreeMap::new() }
    }

    /// Takes in one more event of the same message.
    ///
    /// The account and the message of the event are the caller's concern: they are not compared.
    pub fn insert(&mut self, event: Event) -> InsertOutcome {
        match self.place_of(event.id()) {
            None => {
                self.append(event);
                InsertOutcome::New
            }
            Some(place) if event.cmp_copies(&self.events[place]).is_lt() => {
                self.events[place] = event;
                InsertOutcome::Correction
            }
            Some(_) => InsertOutcome::Repeat,
        }
    }

    /// Takes in all that another part of the same message knows.
    pub fn merge(&mut self, other: Self) {
        for event in other.events {
            self.insert(event);
        }
    }

    /// Its events, each once, in no order that means anything.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Its events in the order in which they happened, each with what it is the first of.
    pub fn history(&self) -> Vec<HistoryEntry<'_>> {
        let mut history = Vec::with_capacity(self.events.len());
        self.write_history(&mut history);
        history
    }

    /// Puts [`Message::history`] in the place of what `history` held: who goes through many messages allocates once.
    pub(crate) fn write_history<'a>(&'a self, history: &mut Vec<HistoryEntry<'a>>) {
        let unseen = |event| HistoryEntry { event, first_of: FirstOf::NONE };
        history.clear();
        history.extend(self.events.iter().map(unseen));
        history.sort_unstable_by_key(|occurrence| place(occurrence.event));
        let (mut event_types, mut days) = ([false; EventType::COUNT], [None; Kind::COUNT]);
        for occurrence in history {
            let event_type = occurrence.event.event_type();
            let day = occurrence.event.at().timestamp().div_euclid(SECONDS_OF_DAY);
            let last_day = days[event_type.kind() as usize].replace(day);
            occurrence.first_of = FirstOf {
                event_type: !mem::replace(&mut event_types[event_type as usize], true),
                kind: last_day.is_none(),
                day: last_day != Some(day),
            };
        }
    }

    /// When it was first heard of: the instant of its earliest event.
    pub fn created(&self) -> DateTime<Utc> {
        self.events.iter().map(Event::at).min().unwrap_or_default()
    }

    /// Where it stands; `None` if its events are only engagement or inbound storage.
    pub fn status(&self) -> Option<Status> {
        let standing = |event: &Event| {
            let status = Status::of(event.event_type().kind())?;
            Some((status.phase(), event.at(), status))
        };
        self.events.iter().filter_map(standing).max().map(|(_, _, status)| status)
    }

    /// What is known of it.
    pub fn fields(&self) -> MessageFields {
        MessageFields {
            subaccount: self.earliest(|facts| facts.subaccount.as_ref()).cloned(),
            domain: self.earliest(|facts| facts.domain.as_ref()).cloned(),
            category: self.earliest(|facts| facts.category.as_ref()).cloned(),
            tags: self.tags().into_iter().cloned().collect(),
            stream: self.earliest(|facts| facts.stream),
            mailbox: self.earliest(|facts| facts.mailbox.as_ref()).cloned(),
            campaign: self.earliest(|facts| facts.campaign.as_ref()).cloned(),
            ip: self.earliest(|facts| facts.ip.as_ref()).cloned(),
            ip_pool: self.earliest(|facts| facts.ip_pool.as_ref()).cloned(),
            recipient_domain: self.earliest(|facts| facts.recipient_domain.as_ref()).cloned(),
            provider: self.earliest(|facts| facts.provider.as_ref()).cloned(),
            open_tracking: self.earliest(|facts| facts.open_tracking),
            click_tracking: self.earliest(|facts| facts.click_tracking),
        }
    }

    /// Its value of `dimension`, as [`Message::fields`] has it; `None` too where it may have several (a tag), and where
    /// the value is not its own but its events'.
    pub(crate) fn fact(&self, dimension: Dimension) -> Option<&str> {
        self.earliest(|facts| dimension.fact(facts))
    }

    /// The tags of all its events.
    pub(crate) fn tags(&self) -> BTreeSet<&Arc<str>> {
        self.events.iter().flat_map(|event| &event.message_fields().tags).collect()
    }

    /// Where the event of this id is among the events.
    fn place_of(&self, id: &EventId) -> Option<usize> {
        if self.places.is_empty() {
            return self.events.iter().position(|known| known.id() == id);
        }
        self.places.get(id).copied()
    }

    /// Appends an event that is not known.
    fn append(&mut self, event: Event) {
        // Most messages have few, so the first few are not provided for in advance.
        if self.events.len() == self.events.capacity() {
            self.events.reserve_exact(1 + self.events.len() / 4);
        }
        self.events.push(event);
        if self.events.len() > FEW {
            let unknown = self.places.len()..self.events.len();
            let ids = self.events[unknown.clone()].iter().map(|event| event.id().clone());
            self.places.extend(ids.zip(unknown));
        }
    }

    /// The value in the earliest event that has one.
    fn earliest<'a, T>(&'a self, value: impl Fn(&'a MessageFields) -> Option<T>) -> Option<T> {
        let known =
            self.events.iter().filter_map(|event| Some((place(event), value(event.message_fields())?)));
        known.min_by_key(|(place, _)| *place).map(|(_, value)| value)
    }
}

impl PartialEq for Message {
    /// Whether both have the same events, in whatever order these came.
    fn eq(&self, other: &Self) -> bool {
        let has =
            |event: &Event| other.place_of(event.id()).is_some_and(|place| other.events[place] == *event);
        self.events.len() == other.events.len() && self.events.iter().all(has)
    }
}

impl Eq for Message {}

/// Where an event stands in the order of its message.
fn place(event: &Event) -> (DateTime<Utc>, &EventId) {
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
    fn a_copy_with_an_earlier_instant_takes_the_place_of_a_later_one() {
        let mut message = message([event("1", Kind::Sent, 9).domain("late.example")]);
        assert_eq!(message.insert(event("1", Kind::Sent, 9).domain("late.example")), InsertOutcome::Repeat);
        assert_eq!(message.insert(event("1", Kind::Sent, 8)), InsertOutcome::Correction);
        assert_eq!(message.insert(event("1", Kind::Sent, 9).domain("late.example")), InsertOutcome::Repeat);
        assert_eq!(message.fields().domain, None, "what the lesser copy said is forgotten");
    }

    #[test]
    fn copies_of_one_instant_are_told_apart_by_any_field() {
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
    fn a_message_of_many_events_is_the_same_in_any_order_and_each_is_known_again() {
        let many: Vec<Event> = (0..500)
            .map(|n| event(&format!("e-{n}"), EventType::ALL[n % 38], (n * 7 % 100) as i64))
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
        assert_eq!(backward.insert(event("e-499", Kind::Sent, -1)), InsertOutcome::Correction);
        assert_ne!(forward, backward);
        assert_eq!(backward.events().len(), 500);
    }

    #[test]
    fn a_late_event_that_happened_earlier_becomes_the_first() {
        let later = event("b", EventType::OpenedPerson, 20);
        let earlier = event("a", EventType::OpenedMachine, 10);
        let message = message([later, event("c", EventType::OpenedPerson, 30), earlier]);
        let firsts: Vec<_> = message.history().iter().map(|o| o.first_of).collect();
        let of_counter = FirstOf { event_type: true, ..FirstOf::NONE };
        assert_eq!(firsts, [FirstOf::ALL, of_counter, FirstOf::NONE]);
    }

    #[test]
    fn each_day_has_a_first_of_its_own_in_utc_also_before_1970() {
        let midnight = SECONDS_OF_DAY;
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
    fn in_one_instant_the_id_decides_which_is_first() {
        let message =
            message([event("b", Kind::Opened, 1).category("b"), event("a", Kind::Opened, 1).category("a")]);
        assert_eq!(message.history()[0].event.id().as_str(), "a");
        assert_eq!(message.fields().category.as_deref(), Some("a"));
    }

    #[test]
    fn a_field_is_that_of_the_earliest_event_that_has_one_and_tags_are_those_of_all() {
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
