//! The events of one message in their order, with everything that follows from them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::DateTime;
use serde_json::Value;

use super::dictionary::{Dictionary, Facts};
use crate::counts::FirstOf;
use crate::event::{AccountId, Event, MessageFields, MessageId};
use crate::event_type::EventType;
use crate::message::{Firsts, status_rank};
use crate::status::Status;

/// The free attributes of an event.
pub(super) type Attributes = BTreeMap<String, Value>;

/// One event. Its account is that of the history's owner, its instant is in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry<'a> {
    pub(super) id: &'a str,
    pub(super) at: i64,
    pub(super) event_type: EventType,
    /// The fields of the message as far as this event has them.
    pub(super) facts: Facts,
    pub(super) own: u32,
    /// `None` if there are no attributes.
    pub(super) attributes: Option<Arc<Attributes>>,
    pub(super) first_of: FirstOf,
}

/// What is left of events that were dropped: all of them happened before any other event of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    /// A bit for each of their event types.
    pub(super) event_types: u64,
    pub(super) status: Option<Status>,
    pub(super) facts: Facts,
    /// The earliest of their instants and of those that they tell as the creation, in milliseconds since 1970.
    pub(super) created: i64,
}

impl Dropped {
    /// Makes what is left of dropped events of these types that have the status, fields and creation of their message.
    pub(super) fn like(event_types: u64, status: Option<Status>, facts: Facts, created: i64) -> Self {
        // The creation says it.
        let facts = Facts { told: None, ..facts };
        Self { event_types, status, facts, created }
    }
}

/// A message: its events, and what the rules of [`Message`](crate::message::Message) make of them.
#[derive(Clone, Debug, Default)]
pub(super) struct History<'a> {
    pub(super) id: &'a str,
    /// The events in the order of their instants, then of their ids, once the history is settled.
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) dropped: Option<Dropped>,
    /// In milliseconds since 1970.
    pub(super) created: i64,
    pub(super) status: Option<Status>,
    pub(super) facts: Facts,
}

/// Finds the events of a history by their ids.
#[derive(Debug, Default)]
pub(super) struct EventIds<'a> {
    /// The index of each event, once there are many.
    indices: HashMap<&'a str, usize>,
}

/// The maximum number of events among which an id is found by a linear scan.
const MAX_LINEAR_SCAN: usize = 32;

impl<'a> EventIds<'a> {
    /// Returns the index of an event in the entries of a history, to which events were only appended since the last call.
    pub(super) fn position(&mut self, entries: &[Entry<'a>], id: &str) -> Option<usize> {
        if entries.len() <= MAX_LINEAR_SCAN {
            return entries.iter().position(|entry| entry.id == id);
        }
        let missing = self.indices.len()..entries.len();
        self.indices.extend(missing.map(|index| (entries[index].id, index)));
        self.indices.get(id).copied()
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self::NONE
    }
}

impl<'a> History<'a> {
    /// Makes an empty history of a message.
    pub(super) fn new(id: &'a str) -> Self {
        Self { id, ..Self::default() }
    }

    /// Applies the rules to the events. `merge` returns the fields of a message whose events have these, in their order; `buffer`
    /// is for reuse.
    pub(super) fn settle(&mut self, buffer: &mut Vec<Facts>, merge: impl FnOnce(&[Facts]) -> Facts) {
        self.entries.sort_unstable_by(|one, other| (one.at, one.id).cmp(&(other.at, other.id)));
        let mut progress = Progress::after(self.dropped.as_ref());
        buffer.clear();
        buffer.extend(self.dropped.map(|dropped| dropped.facts));
        for entry in &mut self.entries {
            entry.first_of = progress.next(entry.event_type, entry.at, entry.facts.told);
            buffer.push(entry.facts);
        }
        self.created = progress.created();
        self.status = progress.status();
        self.facts = merge(buffer);
    }
}

/// What follows from the events of a message, which come in their order. The fields of the message do not.
#[derive(Debug)]
pub(super) struct Progress {
    created: i64,
    status: Option<(u8, i64, Status)>,
    firsts: Firsts,
}

impl Progress {
    /// Starts after the events that were dropped.
    pub(super) fn after(dropped: Option<&Dropped>) -> Self {
        let status = dropped.and_then(|dropped| dropped.status);
        Self {
            created: dropped.map_or(i64::MAX, |dropped| dropped.created),
            status: status.map(|status| (status.phase(), i64::MIN, status)),
            firsts: dropped.map_or_else(Firsts::default, |dropped| Firsts::after(dropped.event_types)),
        }
    }

    /// Adds the next event, and returns what it is the first of. `told` is what it tells as the creation.
    pub(super) fn next(&mut self, event_type: EventType, at: i64, told: Option<i64>) -> FirstOf {
        self.created = self.created.min(at).min(told.unwrap_or(i64::MAX));
        self.status = self.status.max(status_rank(event_type.kind(), at));
        self.firsts.next(event_type, at)
    }

    /// Returns when the message was created.
    pub(super) fn created(&self) -> i64 {
        self.created
    }

    /// Returns the status of the message.
    pub(super) fn status(&self) -> Option<Status> {
        self.status.map(|(_, _, status)| status)
    }
}

impl Entry<'_> {
    /// Compares two copies of an event, as [`Event::cmp_copies`] does.
    pub(super) fn cmp_copies(&self, other: &Self, dictionary: &Dictionary) -> Ordering {
        let key = |entry: &Self| (entry.at, entry.event_type.kind(), entry.event_type.qualifier());
        // Attributes that compare equal can still differ: `0.0` and `-0.0`.
        let has_attributes = self.attributes.is_some() || other.attributes.is_some();
        let is_equal = !has_attributes && (self.facts, self.own) == (other.facts, other.own);
        key(self).cmp(&key(other)).then_with(|| match is_equal {
            true => Ordering::Equal,
            false => self.bare_event(dictionary).cmp_copies(&other.bare_event(dictionary)),
        })
    }

    /// Returns the event.
    pub(super) fn event(&self, account: &AccountId, message: &MessageId, dictionary: &Dictionary) -> Event {
        let at = DateTime::from_timestamp_millis(self.at).unwrap_or_default();
        let event = Event::new(account.clone(), message.clone(), self.id, self.event_type, at);
        let attributes = self.attributes.as_deref().cloned().unwrap_or_default();
        let event = event.with_event_fields(dictionary.event_fields(self.own), attributes);
        match dictionary.message_fields(&self.facts) {
            fields if fields == MessageFields::NONE => event,
            fields => event.with_message_fields(Arc::new(fields)),
        }
    }

    /// Returns the event without its account and message.
    fn bare_event(&self, dictionary: &Dictionary) -> Event {
        self.event(&AccountId::from(""), &MessageId::from(""), dictionary)
    }
}
