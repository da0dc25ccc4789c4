//! The messages of one account.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use indexmap::IndexSet;

use super::StoreLimits;
use crate::event::{Event, MessageId};
use crate::message::{InsertOutcome, Message};
use crate::store::{RecordError, StoreError};

/// The number of messages whose pointers are copied together.
pub(super) const CHUNK: usize = 256;

/// Messages in order of arrival. A reader keeps a chunk as it was: a writer then copies the pointers of the chunk, and the one
/// message that it changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    pub(super) messages: Vec<Arc<StoredMessage>>,
    /// The number of their events.
    pub(super) events: usize,
}

/// The messages of one account.
#[derive(Debug, Default)]
pub(super) struct AccountMessages {
    /// The ids in order of arrival. The set keeps the hash of each id, so that it grows without reading the ids again.
    ids: IndexSet<MessageId>,
    /// The messages in the same order, [`CHUNK`] in each but the last.
    chunks: Vec<Arc<Chunk>>,
    /// The number of events.
    events: usize,
}

/// A message, with what is often asked of it and what bounds its tags.
#[derive(Clone, Debug)]
pub(super) struct StoredMessage {
    pub(super) message: Message,
    span: Span,
    /// The number of tags that inserted events had, of which several may be equal.
    tag_count: usize,
    /// The tags, once `tag_count` exceeds the maximum; empty before.
    tags: BTreeSet<Arc<str>>,
}

/// When a message was created, and when its last event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) created: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// What inserting an event did.
#[derive(Debug)]
pub(super) struct Inserted {
    pub(super) outcome: InsertOutcome,
    /// How to undo it; `None` if it changed nothing.
    pub(super) undo: Option<Undo>,
}

/// An insertion that can be undone.
#[derive(Debug)]
pub(super) struct Undo {
    /// The index of the message.
    index: usize,
    /// The index of the event in the message, and the copy that was replaced; `None` if the event was new.
    replaced: Option<(usize, Event)>,
    /// What the message had before; `None` if it was new.
    before: Option<(Span, usize)>,
}

impl AccountMessages {
    /// Inserts an event of this account, unless there is no room for it.
    pub(super) fn insert(&mut self, event: Event, limits: &StoreLimits) -> Result<Inserted, StoreError> {
        let Some(index) = self.ids.get_index_of(event.message()) else {
            self.check_room(&event, limits)?;
            let undo = Some(Undo { index: self.ids.len(), replaced: None, before: None });
            self.push(event);
            return Ok(Inserted { outcome: InsertOutcome::New, undo });
        };
        let stored = self.stored(index);
        let (before, known) = (Some((stored.span, stored.tag_count)), stored.message.position(event.id()));
        let outcome = stored.message.outcome(known, &event);
        match outcome {
            InsertOutcome::Repeat | InsertOutcome::Superseded => {
                return Ok(Inserted { outcome, undo: None });
            }
            InsertOutcome::Replaced => {}
            InsertOutcome::New => {
                self.check_room(&event, limits)?;
                if stored.message.events().len() >= limits.events_per_message {
                    let limit = limits.events_per_message;
                    return Err(StoreError::record(&event, RecordError::MessageFull { limit }));
                }
            }
        }
        let replaced = self.stored_mut(index).put(known, event)?;
        if replaced.is_none() {
            self.count_event(index);
        }
        Ok(Inserted { outcome, undo: Some(Undo { index, replaced: known.zip(replaced), before }) })
    }

    /// Checks that the account may have another event.
    fn check_room(&self, event: &Event, limits: &StoreLimits) -> Result<(), StoreError> {
        let limit = limits.events_per_account;
        if self.events < limit {
            return Ok(());
        }
        Err(StoreError::record(event, RecordError::AccountFull { limit }))
    }

    /// Adds a message with its first event.
    fn push(&mut self, event: Event) {
        let (index, _) = self.ids.insert_full(event.message().clone());
        if index / CHUNK == self.chunks.len() {
            self.chunks.push(Arc::default());
        }
        Arc::make_mut(&mut self.chunks[index / CHUNK]).messages.push(Arc::new(StoredMessage::new(event)));
        self.count_event(index);
    }

    /// Undoes the latest insertion that was not yet undone.
    pub(super) fn undo(&mut self, Undo { index, replaced, before }: Undo) {
        let Some((span, tag_count)) = before else {
            self.ids.pop();
            let chunk = Arc::make_mut(&mut self.chunks[index / CHUNK]);
            chunk.messages.pop();
            chunk.events -= 1;
            self.events -= 1;
            self.chunks.pop_if(|chunk| chunk.messages.is_empty());
            return;
        };
        let stored = self.stored_mut(index);
        (stored.span, stored.tag_count) = (span, tag_count);
        // If they are needed, they are collected again.
        stored.tags.clear();
        match replaced {
            Some((known, replaced)) => drop(stored.message.put(Some(known), replaced)),
            None => {
                stored.message.remove_last();
                Arc::make_mut(&mut self.chunks[index / CHUNK]).events -= 1;
                self.events -= 1;
            }
        }
    }

    /// Finds a message by its id.
    pub(super) fn find(&self, id: &MessageId) -> Option<&Message> {
        Some(&self.stored(self.ids.get_index_of(id)?).message)
    }

    /// Returns all messages.
    pub(super) fn chunks(&self) -> &[Arc<Chunk>] {
        &self.chunks
    }

    /// Returns the number of messages.
    pub(super) fn message_count(&self) -> usize {
        self.ids.len()
    }

    /// Returns the number of events.
    pub(super) fn event_count(&self) -> usize {
        self.events
    }

    fn stored(&self, index: usize) -> &StoredMessage {
        &self.chunks[index / CHUNK].messages[index % CHUNK]
    }

    /// Returns a message to change; it is copied first if a reader has it.
    fn stored_mut(&mut self, index: usize) -> &mut StoredMessage {
        let chunk = Arc::make_mut(&mut self.chunks[index / CHUNK]);
        Arc::make_mut(&mut chunk.messages[index % CHUNK])
    }

    /// Counts an event that was added to the message at `index`.
    fn count_event(&mut self, index: usize) {
        Arc::make_mut(&mut self.chunks[index / CHUNK]).events += 1;
        self.events += 1;
    }
}

impl StoredMessage {
    fn new(event: Event) -> Self {
        let (tag_count, span) = (event.message_fields().tags.len(), Span::of(&event));
        Self { message: Message::new(event), span, tag_count, tags: BTreeSet::new() }
    }

    /// Returns when the message was created.
    pub(super) fn created(&self) -> DateTime<Utc> {
        self.span.created
    }

    /// Returns whether the message can have an event, or its creation, in a half-open range. If not, it adds nothing to counts
    /// of the range.
    pub(super) fn can_touch(&self, range: &Range<DateTime<Utc>>) -> bool {
        self.span.created < range.end && self.span.last >= range.start
    }

    /// As [`Message::put`], unless the message would have too many tags.
    fn put(&mut self, known: Option<usize>, event: Event) -> Result<Option<Event>, StoreError> {
        let added = self.add_tags(known, &event.message_fields().tags);
        added.map_err(|refused| StoreError::record(&event, refused))?;
        let added = Span::of(&event);
        let replaced = self.message.put(known, event);
        let removed = replaced.as_ref().map(Span::of);
        if removed
            .is_some_and(|removed| removed.created == self.span.created || removed.last == self.span.last)
        {
            self.span = self.message.events().iter().map(Span::of).fold(added, Span::with);
        } else {
            self.span = self.span.with(added);
        }
        Ok(replaced)
    }

    /// Counts the tags of an event, which replaces the one at the index `known`.
    ///
    /// Tags are collected only when they could be too many, so that most messages need no memory for it, and inserting takes
    /// no longer for messages with many events.
    fn add_tags(&mut self, known: Option<usize>, tags: &BTreeSet<Arc<str>>) -> Result<(), RecordError> {
        let count = self.tag_count + tags.len();
        if !tags.is_empty() && count > Event::MAX_TAGS {
            if self.tags.is_empty() || known.is_some() {
                let others =
                    self.message.events().iter().enumerate().filter(|(index, _)| Some(*index) != known);
                self.tags = others.flat_map(|(_, event)| &event.message_fields().tags).cloned().collect();
            }
            let new: Vec<_> = tags.iter().filter(|tag| !self.tags.contains(*tag)).cloned().collect();
            if self.tags.len() + new.len() > Event::MAX_TAGS {
                // The tags of the event at `known` are missing.
                self.tags.clear();
                return Err(RecordError::TooManyTags { limit: Event::MAX_TAGS });
            }
            self.tags.extend(new);
        }
        self.tag_count = count;
        Ok(())
    }
}

impl Span {
    fn of(event: &Event) -> Self {
        let at = event.at();
        let created = event.message_fields().created.map_or(at, |created| created.min(at));
        Self { created, last: at }
    }

    fn with(self, other: Self) -> Self {
        Self { created: self.created.min(other.created), last: self.last.max(other.last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn event(message: usize, id: &str) -> Event {
        let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        Event::new("a", format!("m-{message}"), id, Kind::Sent, at)
    }

    fn insert(messages: &mut AccountMessages, event: Event) -> Result<InsertOutcome, RecordError> {
        reason(messages.insert(event, &StoreLimits::default()))
    }

    fn reason(inserted: Result<Inserted, StoreError>) -> Result<InsertOutcome, RecordError> {
        inserted.map(|inserted| inserted.outcome).map_err(|error| match error {
            StoreError::Record { source, .. } => source,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn every_message_is_found_under_its_id_however_many_there_are() {
        let mut messages = AccountMessages::default();
        for (id, outcome) in
            [("1", InsertOutcome::New), ("2", InsertOutcome::New), ("1", InsertOutcome::Repeat)]
        {
            assert!((0..1000).all(|message| insert(&mut messages, event(message, id)) == Ok(outcome)));
        }
        assert_eq!((messages.message_count(), messages.event_count()), (1000, 2000));
        for number in 0..1000 {
            let found = messages.find(event(number, "1").message()).unwrap();
            assert_eq!(found.events(), [event(number, "1"), event(number, "2")]);
        }
        assert_eq!(messages.find(&MessageId::from("m-1000")), None);
    }

    #[test]
    fn a_reader_keeps_the_messages_as_they_were() {
        let mut messages = AccountMessages::default();
        for number in 0..CHUNK + 1 {
            insert(&mut messages, event(number, "1")).unwrap();
        }
        let before = messages.chunks().to_vec();
        insert(&mut messages, event(0, "2")).unwrap();
        assert_eq!(before[0].messages[0].message.events().len(), 1);
        assert_eq!(messages.chunks()[0].messages[0].message.events().len(), 2);
        assert!(Arc::ptr_eq(&before[1], &messages.chunks()[1]), "other chunks are shared");
    }

    #[test]
    fn insertions_that_are_undone_leave_no_trace() {
        let mut messages = AccountMessages::default();
        let tags = |from: usize| (from..from + 60).map(|tag| tag.to_string());
        insert(&mut messages, event(0, "1").category("b")).unwrap();
        let before = messages.chunks().to_vec();
        let mut undos = Vec::new();
        for event in [event(0, "1").category("a").tags(tags(0)), event(0, "2"), event(1, "1"), event(1, "2")]
        {
            undos.extend(messages.insert(event, &StoreLimits::default()).unwrap().undo);
        }
        assert_eq!(undos.len(), 4);
        assert!(insert(&mut messages, event(0, "3").tags(tags(50))).is_err(), "110 tags");
        undos.into_iter().rev().for_each(|undo| messages.undo(undo));
        assert_eq!((messages.message_count(), messages.event_count()), (1, 1));
        let (after, before) = (&messages.chunks()[0], &before[0]);
        assert_eq!(after.events, before.events);
        let (after, before) = (&after.messages[0], &before.messages[0]);
        assert_eq!((&after.message, after.span), (&before.message, before.span));
        assert_eq!(insert(&mut messages, event(0, "3").tags(tags(50))), Ok(InsertOutcome::New));
        assert_eq!(insert(&mut messages, event(1, "1")), Ok(InsertOutcome::New));
    }

    #[test]
    fn a_message_has_at_most_a_hundred_tags_however_many_of_its_events_have_them() {
        let mut messages = AccountMessages::default();
        for number in 0..50 {
            let same = event(0, &number.to_string()).tags(["x", "y", "z"]);
            assert_eq!(insert(&mut messages, same), Ok(InsertOutcome::New));
        }
        for number in 0..97 {
            let other = event(0, &format!("o-{number}")).tags([number.to_string()]);
            assert_eq!(insert(&mut messages, other), Ok(InsertOutcome::New));
        }
        let refused = Err(RecordError::TooManyTags { limit: 100 });
        assert_eq!(insert(&mut messages, event(0, "last").tags(["new"])), refused);
        assert_eq!(insert(&mut messages, event(0, "last").tags(["x", "96"])), Ok(InsertOutcome::New));
    }

    #[test]
    fn the_tags_of_a_replaced_copy_do_not_count_in_either_order() {
        let copy = |category: &str, from: usize| {
            event(0, "1").category(category.to_owned()).tags((from..from + 60).map(|tag| tag.to_string()))
        };
        let (lesser, greater) = (copy("a", 0), copy("b", 60));
        let mut messages = AccountMessages::default();
        assert_eq!(insert(&mut messages, greater.clone()), Ok(InsertOutcome::New));
        assert_eq!(insert(&mut messages, lesser.clone()), Ok(InsertOutcome::Replaced));
        let mut others = AccountMessages::default();
        assert_eq!(insert(&mut others, lesser), Ok(InsertOutcome::New));
        assert_eq!(insert(&mut others, greater), Ok(InsertOutcome::Superseded));
        let message = |messages: &AccountMessages| messages.chunks()[0].messages[0].message.clone();
        assert_eq!(message(&messages), message(&others));
        for messages in [&mut messages, &mut others] {
            assert_eq!(
                insert(messages, event(0, "2").tags((0..100).map(|tag| tag.to_string()))),
                Ok(InsertOutcome::New)
            );
            assert!(insert(messages, event(0, "3").tags(["new"])).is_err());
        }
    }

    #[test]
    fn messages_and_accounts_have_as_many_events_as_the_limits_allow() {
        let limits = StoreLimits { events_per_message: 2, events_per_account: 3 };
        let mut messages = AccountMessages::default();
        let mut insert = |event| reason(messages.insert(event, &limits));
        assert_eq!(insert(event(0, "1").category("b")), Ok(InsertOutcome::New));
        assert_eq!(insert(event(0, "2")), Ok(InsertOutcome::New));
        assert_eq!(insert(event(0, "3")), Err(RecordError::MessageFull { limit: 2 }));
        assert_eq!(insert(event(1, "1")), Ok(InsertOutcome::New));
        for full in [event(1, "2"), event(2, "1")] {
            assert_eq!(insert(full), Err(RecordError::AccountFull { limit: 3 }));
        }
        assert_eq!(insert(event(1, "1")), Ok(InsertOutcome::Repeat));
        assert_eq!(insert(event(0, "1").category("a")), Ok(InsertOutcome::Replaced));
    }
}
