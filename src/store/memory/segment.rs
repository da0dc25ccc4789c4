//! Messages and their events as columns.

use std::ops::Range;
use std::sync::Arc;

use super::codes::Codes;
use super::dictionary::Facts;
use super::history::{Attributes, Dropped, Entry, History};
use super::mark::{Carried, Mark};
use super::patterns::Patterns;
use crate::message::MILLIS_PER_DAY;
use crate::query::Timing;
use crate::status::Status;

/// Messages that were created on the same day in UTC, with all of their events. It never changes.
///
/// Messages are ordered by the hash of their id, and the events of each by instant, then by id. What most messages or events
/// lack is in sorted lists of exceptions, each with the row it belongs to.
#[derive(Debug, Default)]
pub(super) struct Segment {
    /// The day, counted from 1970.
    pub(super) day: u32,
    /// The instant of the latest event or creation, in milliseconds since 1970.
    pub(super) last: i64,
    pub(super) messages: MessageColumns,
    pub(super) events: EventColumns,
    /// The ids: of each message its own, then those of its events, each after its length.
    pub(super) texts: Vec<u8>,
    pub(super) exceptions: Exceptions,
    pub(super) patterns: Patterns,
}

/// The columns with a row for each message.
#[derive(Debug)]
pub(super) struct MessageColumns {
    /// The upper half of the hash of the id.
    pub(super) hashes: Vec<u32>,
    /// The milliseconds from the start of the day to the creation.
    pub(super) created: Vec<u32>,
    pub(super) sender: Codes,
    pub(super) recipient: Codes,
    pub(super) content: Codes,
    /// [`NO_STATUS`], or the place of the status in [`Status::ALL`].
    pub(super) status: Vec<u8>,
    /// 0 if no event was dropped, or if what is left of them is an exception; else the number, from 1, of their event types in
    /// [`Exceptions::dropped_types`]: everything else that is left of them is as that of the message.
    pub(super) dropped: Codes,
    /// The row after that of the last event.
    pub(super) end: Vec<u32>,
    /// Where the texts of the message start.
    pub(super) text: Vec<u32>,
}

/// The columns with a row for each event.
#[derive(Debug)]
pub(super) struct EventColumns {
    /// The milliseconds from the creation of the message to the event; [`FAR`] if they do not fit.
    pub(super) delay: Vec<u32>,
    pub(super) mark: Vec<Mark>,
    pub(super) own: Codes,
}

/// What few messages or events have, ascending by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions {
    /// The delays that do not fit, by event.
    pub(super) far: Vec<(u32, i64)>,
    /// The fields of the message as far as an event has them, by event.
    pub(super) facts: Vec<(u32, Facts)>,
    /// The attributes, by event.
    pub(super) attributes: Vec<(u32, Arc<Attributes>)>,
    /// What events tell as the creation, by message.
    pub(super) told: Vec<(u32, i64)>,
    /// The sets of event types that messages have dropped events of, each once in the order in which they came.
    pub(super) dropped_types: Vec<u64>,
    /// What is left of dropped events if it is not as that of the message, by message.
    pub(super) dropped: Vec<(u32, Dropped)>,
}

/// The sizes from which on a segment gets no further message. A message has at most 2^20 events, with ids of 1,000 bytes.
const MAX_EVENTS: usize = 1 << 22;
const MAX_TEXT_BYTES: usize = if cfg!(test) { 1 << 16 } else { 1 << 28 };

/// The status of a message that has none.
pub(super) const NO_STATUS: u8 = u8::MAX;

/// Stands for a delay of 2^32 - 1 milliseconds, 49 days, or more.
pub(super) const FAR: u32 = u32::MAX;

impl Default for MessageColumns {
    fn default() -> Self {
        let none = Codes::Same(0);
        Self {
            hashes: Vec::new(),
            created: Vec::new(),
            sender: none.clone(),
            recipient: none.clone(),
            content: none.clone(),
            dropped: none,
            status: Vec::new(),
            end: Vec::new(),
            text: Vec::new(),
        }
    }
}

impl Default for EventColumns {
    fn default() -> Self {
        Self { delay: Vec::new(), mark: Vec::new(), own: Codes::Same(0) }
    }
}

impl Segment {
    /// Returns the number of messages.
    pub(super) fn len(&self) -> usize {
        self.messages.hashes.len()
    }

    /// Returns whether it gets no further message, so that no offset exceeds 32 bits.
    pub(super) fn is_full(&self) -> bool {
        self.event_count() >= MAX_EVENTS || self.texts.len() >= MAX_TEXT_BYTES
    }

    /// Returns whether it can be merged with another one.
    pub(super) fn fits_with(&self, other: &Self) -> bool {
        self.event_count() + other.event_count() <= MAX_EVENTS
            && self.texts.len() + other.texts.len() <= MAX_TEXT_BYTES
    }

    /// Returns the number of events.
    pub(super) fn event_count(&self) -> usize {
        self.events.mark.len()
    }

    /// Returns the start of the day in milliseconds since 1970.
    pub(super) fn start(&self) -> i64 {
        i64::from(self.day) * MILLIS_PER_DAY
    }

    /// Returns the instant of the latest event or creation, from all messages; 0 if there is none.
    pub(super) fn latest(&self) -> i64 {
        let latest = |row| self.first_and_last(row).map_or_else(|| self.created(row), |(_, last)| last);
        (0..self.len()).map(latest).max().unwrap_or_default()
    }

    /// Returns the first and the last instant at which something of the messages can count.
    pub(super) fn span(&self, timing: Timing) -> (i64, i64) {
        let last_created = self.last.min(self.start() + MILLIS_PER_DAY - 1);
        match timing {
            Timing::Event => (self.start(), self.last),
            Timing::Send => (self.start(), last_created),
        }
    }

    /// Returns the rows of messages whose ids have this hash.
    pub(super) fn with_hash(&self, hash: u32) -> impl Iterator<Item = usize> {
        let hashes = &self.messages.hashes;
        let first = hashes.partition_point(|known| *known < hash);
        (first..hashes.len()).take_while(move |row| hashes[*row] == hash)
    }

    /// Returns the rows of a message's events.
    #[inline]
    pub(super) fn events_of(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(0, |before| self.messages.end[before] as usize);
        start..self.messages.end[row] as usize
    }

    /// Returns when a message was created, in milliseconds since 1970.
    #[inline]
    pub(super) fn created(&self, row: usize) -> i64 {
        self.start() + i64::from(self.messages.created[row])
    }

    /// Returns the instant of an event of a message that was created at `created`.
    #[inline]
    pub(super) fn at(&self, created: i64, event: usize) -> i64 {
        match self.events.delay[event] {
            FAR => created + find(&self.exceptions.far, event).copied().unwrap_or_default(),
            delay => created + i64::from(delay),
        }
    }

    /// Returns the instants of the first and of the last event of a message; `None` if it has no events.
    pub(super) fn first_and_last(&self, row: usize) -> Option<(i64, i64)> {
        let (events, created) = (self.events_of(row), self.created(row));
        (!events.is_empty()).then(|| (self.at(created, events.start), self.at(created, events.end - 1)))
    }

    /// Returns the status of a message.
    pub(super) fn status(&self, row: usize) -> Option<Status> {
        Status::ALL.get(usize::from(self.messages.status[row])).copied()
    }

    /// Returns the fields of a message.
    pub(super) fn facts(&self, row: usize) -> Facts {
        Facts {
            sender: self.messages.sender.get(row),
            recipient: self.messages.recipient.get(row),
            content: self.messages.content.get(row),
            told: find(&self.exceptions.told, row).copied(),
        }
    }

    /// Returns what is left of the dropped events of a message.
    pub(super) fn dropped(&self, row: usize) -> Option<Dropped> {
        match self.dropped_types(row) {
            Some(types) => Some(Dropped::like(types, self.status(row), self.facts(row), self.created(row))),
            None => find(&self.exceptions.dropped, row).copied(),
        }
    }

    /// Returns the types of the dropped events of a message, if everything else that is left of them is as that of the message.
    pub(super) fn dropped_types(&self, row: usize) -> Option<u64> {
        let index = (self.messages.dropped.get(row) as usize).checked_sub(1)?;
        self.exceptions.dropped_types.get(index).copied()
    }

    /// Returns the id of a message.
    pub(super) fn id(&self, row: usize) -> &str {
        Texts(&self.texts[self.messages.text[row] as usize..]).next().unwrap_or_default()
    }

    /// Returns the ids of a message and of its events, as they are stored.
    pub(super) fn texts_of(&self, row: usize) -> &[u8] {
        let end = self.messages.text.get(row + 1).map_or(self.texts.len(), |end| *end as usize);
        &self.texts[self.messages.text[row] as usize..end]
    }

    /// Returns a message with all of its events.
    pub(super) fn history(&self, row: usize) -> History<'_> {
        let mut texts = Texts(self.texts_of(row));
        let (facts, created) = (self.facts(row), self.created(row));
        let mut history = History {
            id: texts.next().unwrap_or_default(),
            entries: Vec::with_capacity(self.events_of(row).len() + 1),
            dropped: self.dropped(row),
            created,
            status: self.status(row),
            facts,
        };
        for (event, id) in self.events_of(row).zip(texts) {
            let mark = self.events.mark[event];
            history.entries.push(Entry {
                id,
                at: self.at(created, event),
                event_type: mark.event_type(),
                facts: match mark.carried() {
                    Carried::Same => facts,
                    Carried::Nothing => Facts::NONE,
                    Carried::Other => find(&self.exceptions.facts, event).copied().unwrap_or_default(),
                },
                own: self.events.own.get(event),
                attributes: find(&self.exceptions.attributes, event).cloned(),
                first_of: mark.first_of(),
            });
        }
        history
    }

    /// Returns the number of bytes of ids, and of everything else.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let MessageColumns { hashes, created, sender, recipient, content, dropped, status, end, text } =
            &self.messages;
        let words = [hashes, created, end, text, &self.events.delay];
        let words: usize = words.iter().map(|column| 4 * column.capacity()).sum();
        let codes = [sender, recipient, content, dropped, &self.events.own];
        let codes: usize = codes.iter().map(|column| column.heap_bytes()).sum();
        let Exceptions { far, facts, attributes, told, dropped_types, dropped } = &self.exceptions;
        let exceptions = 16 * (far.capacity() + told.capacity())
            + 8 * dropped_types.capacity()
            + size_of::<(u32, Facts)>() * facts.capacity()
            + size_of::<(u32, Dropped)>() * dropped.capacity()
            // The maps are in the heap of serde_json; most attributes are a few short texts.
            + attributes.iter().map(|(_, map)| 16 + 128 * map.len()).sum::<usize>();
        let patterns = self.patterns.heap_bytes();
        let columns =
            words + codes + status.capacity() + 2 * self.events.mark.capacity() + exceptions + patterns;
        (self.texts.capacity(), size_of::<Self>() + columns)
    }
}

/// Iterates over texts, each after its length.
#[derive(Debug)]
pub(super) struct Texts<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Texts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (&first, mut rest) = self.0.split_first()?;
        let mut length = usize::from(first);
        if first >= LONG {
            let (&second, after) = rest.split_first()?;
            length = usize::from(first - LONG) << 8 | usize::from(second);
            rest = after;
        }
        let (text, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        // Only whole texts are stored.
        Some(str::from_utf8(text).unwrap_or_default())
    }
}

/// The first byte of a length that has two; shorter lengths have one byte. No text is longer than 4,095 bytes.
const LONG: u8 = 0xf0;

/// Appends a text after its length.
pub(super) fn push_text(texts: &mut Vec<u8>, text: &str) {
    let text = &text.as_bytes()[..text.len().min(0xfff)];
    let [.., high, low] = text.len().to_be_bytes();
    if text.len() < usize::from(LONG) {
        texts.push(low);
    } else {
        texts.extend([LONG + high, low]);
    }
    texts.extend_from_slice(text);
}

/// Finds the exception of a row.
pub(super) fn find<T>(exceptions: &[(u32, T)], row: usize) -> Option<&T> {
    let index = exceptions.binary_search_by_key(&row, |(row, _)| *row as usize).ok()?;
    Some(&exceptions[index].1)
}
