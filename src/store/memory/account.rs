//! The messages of one account.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexSet;

use super::StoreLimits;
use crate::event::{Event, MessageId};
use crate::message::{InsertOutcome, Message};
use crate::store::{RecordError, StoreError};

/// The number of messages that are shared or copied together.
pub(super) const CHUNK: usize = 256;

/// Messages in order of arrival. A reader keeps a chunk as it was; a writer then changes a copy of it.
pub(super) type Chunk = Arc<Vec<StoredMessage>>;

/// The messages of one account.
#[derive(Debug, Default)]
pub(super) struct AccountMessages {
    /// The ids in order of arrival. The set keeps the hash of each id, so that it grows without reading the ids again.
    ids: IndexSet<MessageId>,
    /// The messages in the same order, [`CHUNK`] in each but the last.
    chunks: Vec<Chunk>,
    /// The number of events.
    events: usize,
}

/// A message with what bounds its tags.
#[derive(Clone, Debug)]
pub(super) struct StoredMessage {
    pub(super) message: Message,
    /// The number of tags that inserted events had, of which several may be equal.
    tag_count: usize,
    /// The tags, once `tag_count` exceeds the maximum; empty before.
    tags: BTreeSet<Arc<str>>,
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
}

impl AccountMessages {
    /// Inserts an event of this account, unless there is no room for it.
    pub(super) fn insert(&mut self, event: Event, limits: &StoreLimits) -> Result<Inserted, StoreError> {
        let (index, known) = match self.ids.get_index_of(event.message()) {
            None => (self.ids.len(), None),
            Some(index) => {
                let message = self.message(index);
                let known = message.position(event.id());
                let outcome = message.outcome(known, &event);
                if matches!(outcome, InsertOutcome::Repeat | InsertOutcome::Superseded) {
                    return Ok(Inserted { outcome, undo: None });
                }
                (index, known)
            }
        };
        if let Some(known) = known {
            let replaced = self.stored_mut(index).put(Some(known), event)?;
            let replaced = replaced.map(|event| (known, event));
            let undo = Some(Undo { index, replaced });
            return Ok(Inserted { outcome: InsertOutcome::Replaced, undo });
        }
        if self.events >= limits.events_per_account {
            let limit = limits.events_per_account;
            return Err(StoreError::record(&event, RecordError::AccountFull { limit }));
        }
        if index == self.ids.len() {
            self.push(event);
        } else if self.message(index).events().len() < limits.events_per_message {
            self.stored_mut(index).put(None, event)?;
        } else {
            let limit = limits.events_per_message;
            return Err(StoreError::record(&event, RecordError::MessageFull { limit }));
        }
        self.events += 1;
        Ok(Inserted { outcome: InsertOutcome::New, undo: Some(Undo { index, replaced: None }) })
    }

    /// Adds a message with its first event.
    fn push(&mut self, event: Event) {
        self.ids.insert(event.message().clone());
        let stored = StoredMessage::new(event);
        match self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => Arc::make_mut(chunk).push(stored),
            None => self.chunks.push(Arc::new(vec![stored])),
        }
    }

    /// Undoes the latest insertion that was not yet undone.
    pub(super) fn undo(&mut self, Undo { index, replaced }: Undo) {
        let stored = self.stored_mut(index);
        if let Some((known, replaced)) = replaced {
            stored.message.put(Some(known), replaced);
            stored.recount_tags();
            return;
        }
        let has_others = stored.message.remove_last();
        stored.recount_tags();
        self.events -= 1;
        if has_others {
            return;
        }
        // It was the only event of the message, and the message is the latest one.
        self.ids.pop();
        if let Some(chunk) = self.chunks.last_mut() {
            Arc::make_mut(chunk).pop();
        }
        self.chunks.pop_if(|chunk| chunk.is_empty());
    }

    /// Finds a message by its id.
    pub(super) fn find(&self, id: &MessageId) -> Option<&Message> {
        Some(self.message(self.ids.get_index_of(id)?))
    }

    /// Returns all messages.
    pub(super) fn chunks(&self) -> &[Chunk] {
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

    fn message(&self, index: usize) -> &Message {
        &self.chunks[index / CHUNK][index % CHUNK].message
    }

    /// Returns a message to change; its chunk is copied first if a reader has it.
    fn stored_mut(&mut self, index: usize) -> &mut StoredMessage {
        &mut Arc::make_mut(&mut self.chunks[index / CHUNK])[index % CHUNK]
    }
}

impl StoredMessage {
    fn new(event: Event) -> Self {
        let tag_count = event.message_fields().tags.len();
        Self { message: Message::new(event), tag_count, tags: BTreeSet::new() }
    }

    /// As [`Message::put`], unless the message would have too many tags.
    fn put(&mut self, known: Option<usize>, event: Event) -> Result<Option<Event>, StoreError> {
        let added = self.add_tags(&event.message_fields().tags);
        added.map_err(|refused| StoreError::record(&event, refused))?;
        Ok(self.message.put(known, event))
    }

    /// Counts the tags of an event.
    ///
    /// The tags of replaced copies stay counted. Tags are collected only when they could be too many, so that most messages
    /// need no memory for it, and inserting takes no longer for messages with many events.
    fn add_tags(&mut self, tags: &BTreeSet<Arc<str>>) -> Result<(), RecordError> {
        self.tag_count += tags.len();
        if tags.is_empty() || self.tag_count <= Event::MAX_TAGS {
            return Ok(());
        }
        let known = &mut self.tags;
        if known.is_empty() {
            known.extend(self.message.tags().into_iter().cloned());
        }
        let new: Vec<_> = tags.iter().filter(|tag| !known.contains(*tag)).cloned().collect();
        if known.len() + new.len() > Event::MAX_TAGS {
            return Err(RecordError::TooManyTags { limit: Event::MAX_TAGS });
        }
        known.extend(new);
        Ok(())
    }

    /// Counts the tags of all events anew.
    fn recount_tags(&mut self) {
        self.tag_count = self.message.events().iter().map(|event| event.message_fields().tags.len()).sum();
        self.tags.clear();
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

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
        assert_eq!(before[0][0].message.events().len(), 1);
        assert_eq!(messages.chunks()[0][0].message.events().len(), 2);
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
        assert_eq!(messages.chunks()[0][0].message, before[0][0].message);
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
