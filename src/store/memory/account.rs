//! The messages of one account.

use indexmap::IndexMap;
use indexmap::map::Slice;

use crate::event::{Event, MessageId};
use crate::message::{InsertOutcome, Message};

/// The messages of one account by id, contiguous in memory in order of arrival.
///
/// The map keeps the hash of each id, so that it grows without reading the ids again.
#[derive(Debug, Default)]
pub(super) struct AccountMessages(IndexMap<MessageId, Message>);

impl AccountMessages {
    /// Inserts an event of this account.
    pub(super) fn insert(&mut self, event: Event) -> InsertOutcome {
        if let Some(message) = self.0.get_mut(event.message()) {
            return message.insert(event);
        }
        self.0.insert(event.message().clone(), Message::new(event));
        InsertOutcome::New
    }

    /// Finds a message by its id.
    pub(super) fn find(&self, id: &MessageId) -> Option<&Message> {
        self.0.get(id)
    }

    /// Returns all messages, in order of arrival.
    pub(super) fn all(&self) -> &Slice<MessageId, Message> {
        self.0.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::Kind;

    fn event(message: usize, id: &str) -> Event {
        Event::new("a", format!("m-{message}"), id, Kind::Sent, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn every_message_is_found_under_its_id_however_many_there_are() {
        let mut messages = AccountMessages::default();
        for id in ["1", "2", "1"] {
            let outcome = if id == "1" && !messages.all().is_empty() {
                InsertOutcome::Repeat
            } else {
                InsertOutcome::New
            };
            assert!((0..1000).all(|message| messages.insert(event(message, id)) == outcome));
        }
        assert_eq!(messages.all().len(), 1000);
        for number in 0..1000 {
            let found = messages.find(event(number, "1").message()).unwrap();
            assert_eq!(found.events(), [event(number, "1"), event(number, "2")]);
        }
        assert_eq!(messages.find(&MessageId::from("m-1000")), None);
    }
}
