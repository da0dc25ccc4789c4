//! The messages of one account.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, RandomState};

use super::key::{Key, Known};
use crate::event::{Event, MessageId};
use crate::message::{InsertOutcome, Message};

/// The messages of one account: side by side, so that they are counted in the order of memory, and found by id.
#[derive(Debug, Default)]
pub(super) struct Messages {
    all: Vec<Message>,
    /// Where in `all` each stands.
    places: HashMap<Key, usize, BuildHasherDefault<Known>>,
    hasher: RandomState,
}

impl Messages {
    /// Takes in an event of this account.
    pub(super) fn insert(&mut self, event: Event) -> InsertOutcome {
        match self.places.entry(Key::new(event.message(), &self.hasher)) {
            Entry::Occupied(place) => self.all[*place.get()].insert(event),
            Entry::Vacant(place) => {
                self.all.push(Message::new(event));
                place.insert(self.all.len() - 1);
                InsertOutcome::New
            }
        }
    }

    /// The message of this id.
    pub(super) fn find(&self, id: &MessageId) -> Option<&Message> {
        let place = self.places.get(&Key::new(id, &self.hasher))?;
        self.all.get(*place)
    }

    /// Every message, in the order of their arrival.
    pub(super) fn all(&self) -> &[Message] {
        &self.all
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
        let mut messages = Messages::default();
        for id in ["1", "2", "1"] {
            let arrival = if id == "1" && !messages.all().is_empty() {
                InsertOutcome::Repeat
            } else {
                InsertOutcome::New
            };
            assert!((0..1000).all(|message| messages.insert(event(message, id)) == arrival));
        }
        assert_eq!(messages.all().len(), 1000);
        for number in 0..1000 {
            let found = messages.find(event(number, "1").message()).unwrap();
            assert_eq!(found.events(), [event(number, "1"), event(number, "2")]);
        }
        assert_eq!(messages.find(&MessageId::from("m-1000")), None);
    }
}
