//! Which texts are known to be which combination.

use hashbrown::HashTable;

use super::columns::Part;
use super::dictionary::{ABSENT, Facts};
use super::key::{Key, MessageKey};
use crate::event::EventRef;

/// The combinations of texts that were seen, as they came: before anything is normalized.
#[derive(Debug, Default)]
pub(super) struct Known {
    parts: [HashTable<Entry>; Part::COUNT],
    /// The texts of all combinations, close to each other: most of the time to find one is that to read them from memory.
    texts: Vec<u8>,
}

/// The texts of a combination, and its code.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    len: u32,
    code: u32,
}

/// The codes of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventCodes {
    pub(super) facts: Facts,
    pub(super) own: u32,
}

impl Known {
    /// Returns the codes of an event; `None` if a combination of its texts was not seen yet.
    pub(super) fn codes(
        &self,
        hasher: &ahash::RandomState,
        row: &EventRef<'_>,
        key: &mut Key,
    ) -> Option<EventCodes> {
        let facts = self.facts(hasher, &key.of_message(row))?;
        self.codes_with(hasher, row, facts, key)
    }

    /// As [`Known::codes`], for an event of which the fields of its message are known, without its creation.
    #[inline]
    pub(super) fn codes_with(
        &self,
        hasher: &ahash::RandomState,
        row: &EventRef<'_>,
        facts: Facts,
        key: &mut Key,
    ) -> Option<EventCodes> {
        let told = row.created.map(|created| created.timestamp_millis());
        let own = self.code(hasher, Part::Own, key.of(Part::Own, row))?;
        Some(EventCodes { facts: Facts { told, ..facts }, own })
    }

    /// Returns the fields of a message, without its creation; `None` if a combination of its texts was not seen yet.
    #[inline]
    pub(super) fn facts(&self, hasher: &ahash::RandomState, key: &MessageKey<'_>) -> Option<Facts> {
        let [sender, recipient, content] = key.parts().map(|texts| (hasher.hash_one(texts), texts));
        Some(Facts {
            sender: self.find(Part::Sender, sender)?,
            recipient: self.find(Part::Recipient, recipient)?,
            content: self.find(Part::Content, content)?,
            told: None,
        })
    }

    #[inline]
    fn code(&self, hasher: &ahash::RandomState, part: Part, texts: &[u8]) -> Option<u32> {
        self.find(part, (hasher.hash_one(texts), texts))
    }

    /// Returns the code of texts with their hash; `None` if they were not seen yet.
    #[inline]
    fn find(&self, part: Part, (hash, texts): (u64, &[u8])) -> Option<u32> {
        if texts.is_empty() {
            return Some(ABSENT);
        }
        let is_same = |entry: &Entry| *entry.texts(&self.texts) == *texts;
        self.parts[part as usize].find(hash, is_same).map(|entry| entry.code)
    }

    /// Remembers the codes of an event.
    pub(super) fn insert(
        &mut self,
        hasher: &ahash::RandomState,
        row: &EventRef<'_>,
        codes: &EventCodes,
        key: &mut Key,
    ) {
        for part in Part::ALL {
            let code = match part {
                Part::Own => codes.own,
                Part::Sender | Part::Recipient | Part::Content => codes.facts.code(part),
            };
            let texts = key.of(part, row);
            let (start, len) = (u32::try_from(self.texts.len()), u32::try_from(texts.len()));
            // Of more than 4 GiB of texts, the rest is looked up value by value.
            if let (None, Ok(start), Ok(len)) = (self.code(hasher, part, texts), start, len) {
                self.texts.extend_from_slice(texts);
                let (hash, all) = (hasher.hash_one(texts), &self.texts);
                let entry = Entry { start, len, code };
                self.parts[part as usize]
                    .insert_unique(hash, entry, |entry| hasher.hash_one(entry.texts(all)));
            }
        }
    }

    /// Returns the number of bytes.
    pub(super) fn bytes(&self) -> usize {
        let entries: usize = self.parts.iter().map(HashTable::capacity).sum();
        entries * size_of::<Entry>() + self.texts.capacity()
    }
}

impl Entry {
    /// Returns the texts, which are a part of all texts.
    #[inline]
    fn texts(self, all: &[u8]) -> &[u8] {
        all.get(self.start as usize..).and_then(|from| from.get(..self.len as usize)).unwrap_or_default()
    }
}
