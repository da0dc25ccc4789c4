//! What is kept of a message: its events, and what is left of those that were dropped.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::contribution::{Known, KnownEvent};
use crate::counts::FirstOf;
use crate::event::{AccountId, Event, MessageFields};
use crate::event_type::EventType;
use crate::message::{Firsts, InsertOutcome, status_rank};
use crate::status::Status;
use crate::store::RecordError;

/// The events of one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::store) struct History {
    /// Ascending by instant, then by id, each id once.
    pub(in crate::store) events: Vec<Event>,
    pub(in crate::store) dropped: Option<Dropped>,
}

/// What is left of events that were dropped: all of them happened before any other event of the message.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct Dropped {
    /// A bit for each of their event types.
    pub(in crate::store) event_types: u64,
    pub(in crate::store) status: Option<Status>,
    pub(in crate::store) fields: MessageFields,
    /// The earliest of their instants and of those that they tell as the creation.
    pub(in crate::store) created: DateTime<Utc>,
}

/// What follows from the events of a message.
#[derive(Clone, Debug)]
pub(in crate::store) struct Settled<'a> {
    pub(in crate::store) created: DateTime<Utc>,
    pub(in crate::store) status: Option<Status>,
    pub(in crate::store) fields: MessageFields,
    /// The events in their order, each with what it is the first of.
    pub(in crate::store) events: Vec<(&'a Event, FirstOf)>,
}

/// The maximum number of events of a message, so that one that is fed by mistake or by attack stays cheap.
pub(in crate::store) const MAX_EVENTS: usize = 20_000;

impl History {
    /// Inserts an event of the message, or replaces the known copy of it if the new copy is less.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if the message would have too many events or tags; then nothing is changed.
    pub(in crate::store) fn insert(&mut self, event: &Event) -> Result<InsertOutcome, RecordError> {
        let known = self.events.iter().position(|known| known.id() == event.id());
        let outcome = match known {
            None => InsertOutcome::New,
            Some(index) => InsertOutcome::of_copy(event.cmp_copies(&self.events[index])),
        };
        match outcome {
            InsertOutcome::Repeat | InsertOutcome::Superseded => return Ok(outcome),
            InsertOutcome::New if self.events.len() >= MAX_EVENTS => {
                return Err(RecordError::MessageFull { limit: MAX_EVENTS });
            }
            InsertOutcome::New | InsertOutcome::Replaced => {}
        }
        let replaced = known.map(|index| self.events.remove(index));
        let place = self.events.partition_point(|known| order(known, event).is_lt());
        self.events.insert(place, event.clone());
        if self.has_too_many_tags() {
            self.events.remove(place);
            if let Some(replaced) = replaced {
                let place = self.events.partition_point(|known| order(known, &replaced).is_lt());
                self.events.insert(place, replaced);
            }
            return Err(RecordError::TooManyTags { limit: Event::MAX_TAGS });
        }
        Ok(outcome)
    }

    fn has_too_many_tags(&self) -> bool {
        let count: usize = self.all_fields().map(|fields| fields.tags.len()).sum();
        let distinct = || self.all_fields().flat_map(|fields| &fields.tags).collect::<BTreeSet<_>>();
        count > Event::MAX_TAGS && distinct().len() > Event::MAX_TAGS
    }

    /// Returns the fields of the message as far as each event has them, those of dropped events first.
    fn all_fields(&self) -> impl Iterator<Item = &MessageFields> + Clone {
        let dropped = self.dropped.iter().map(|dropped| &dropped.fields);
        dropped.chain(self.events.iter().map(Event::message_fields))
    }

    /// Applies the rules of [`Message`](crate::message::Message).
    pub(in crate::store) fn settle(&self) -> Settled<'_> {
        let dropped = self.dropped.as_ref();
        let mut firsts = dropped.map_or_else(Firsts::default, |dropped| Firsts::after(dropped.event_types));
        let status = dropped.and_then(|dropped| dropped.status);
        // Any other event of the same phase is later.
        let mut status = status.map(|status| (status.phase(), DateTime::<Utc>::MIN_UTC, status));
        let mut created = dropped.map(|dropped| dropped.created);
        let mut events = Vec::with_capacity(self.events.len());
        for event in &self.events {
            let kind = event.event_type().kind();
            status = status.max(status_rank(kind, event.at()));
            let told =
                event.message_fields().created.map_or_else(|| event.at(), |created| created.min(event.at()));
            created = Some(created.map_or(told, |created| created.min(told)));
            events.push((event, firsts.next(event.event_type(), event.at().timestamp_millis())));
        }
        Settled {
            created: created.unwrap_or_default(),
            status: status.map(|(_, _, status)| status),
            fields: self.fields(),
            events,
        }
    }

    /// Returns the fields of the message; its creation is not among them.
    fn fields(&self) -> MessageFields {
        fn first<'a, T: 'a>(mut values: impl Iterator<Item = &'a Option<T>>) -> Option<&'a T> {
            values.find_map(Option::as_ref)
        }
        let mut with_fields = self.all_fields().filter(|fields| **fields != MessageFields::NONE);
        let (one, other) = (with_fields.next(), with_fields.next());
        match (one, other) {
            (None, _) => return MessageFields::NONE,
            (Some(only), None) => return MessageFields { created: None, ..only.clone() },
            (Some(_), Some(_)) => {}
        }
        let all = self.all_fields();
        MessageFields {
            subaccount: first(all.clone().map(|fields| &fields.subaccount)).cloned(),
            domain: first(all.clone().map(|fields| &fields.domain)).cloned(),
            category: first(all.clone().map(|fields| &fields.category)).cloned(),
            tags: all.clone().flat_map(|fields| &fields.tags).cloned().collect(),
            stream: first(all.clone().map(|fields| &fields.stream)).copied(),
            mailbox: first(all.clone().map(|fields| &fields.mailbox)).cloned(),
            campaign: first(all.clone().map(|fields| &fields.campaign)).cloned(),
            ip: first(all.clone().map(|fields| &fields.ip)).cloned(),
            ip_pool: first(all.clone().map(|fields| &fields.ip_pool)).cloned(),
            recipient_domain: first(all.clone().map(|fields| &fields.recipient_domain)).cloned(),
            provider: first(all.clone().map(|fields| &fields.provider)).cloned(),
            open_tracking: first(all.clone().map(|fields| &fields.open_tracking)).copied(),
            click_tracking: first(all.map(|fields| &fields.click_tracking)).copied(),
            created: None,
        }
    }

    /// Drops the events before an instant, which is the start of a day in UTC. Returns whether there were any.
    pub(in crate::store) fn drop_before(&mut self, end: DateTime<Utc>) -> bool {
        let count = self.events.partition_point(|event| event.at() < end);
        if count == 0 {
            return false;
        }
        let kept = self.events.split_off(count);
        let bits = self.events.iter().map(|event| event.event_type().bit());
        let event_types =
            bits.fold(self.dropped.as_ref().map_or(0, |dropped| dropped.event_types), |all, bit| all | bit);
        let Settled { created, status, fields, .. } = self.settle();
        self.dropped = Some(Dropped { event_types, status, fields, created });
        self.events = kept;
        true
    }

    /// Returns what is left if all events are forgotten that were not dropped; `None` if that is nothing.
    pub(in crate::store) fn without_events(&self) -> Option<Self> {
        self.dropped.is_some().then(|| Self { events: Vec::new(), dropped: self.dropped.clone() })
    }
}

impl Settled<'_> {
    /// Returns the first and the last day since 1970 on which the message has an event or was created.
    pub(in crate::store) fn days(&self) -> (i32, i32) {
        let last = self.events.last().map_or(self.created, |(event, _)| event.at());
        (day_of(self.created), day_of(last.max(self.created)))
    }

    /// Returns the message as the core counts it.
    pub(in crate::store) fn known<'b>(&self, account: &'b AccountId) -> Known<'b> {
        Known { account, fields: self.fields.clone(), created: self.created, status: self.status }
    }

    /// Returns the events as the core counts them.
    pub(in crate::store) fn known_events(&self) -> impl Iterator<Item = KnownEvent<'_>> {
        self.events.iter().map(|(event, first_of)| KnownEvent {
            at: event.at(),
            event_type: event.event_type(),
            own: std::borrow::Cow::Borrowed(event.event_fields()),
            first_of: *first_of,
        })
    }
}

/// Returns the day in UTC of an instant, counted from 1970.
pub(in crate::store) fn day_of(at: DateTime<Utc>) -> i32 {
    // Instants are before the year 10,000.
    i32::try_from(at.timestamp().div_euclid(86_400)).unwrap_or(i32::MAX)
}

/// Returns the event types that have a bit in a set.
pub(in crate::store) fn event_types(bits: u64) -> impl Iterator<Item = EventType> {
    EventType::ALL.into_iter().filter(move |event_type| bits & event_type.bit() != 0)
}

fn order(one: &Event, other: &Event) -> Ordering {
    (one.at(), one.id()).cmp(&(other.at(), other.id()))
}
