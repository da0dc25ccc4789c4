//! Finds the codes of values and of combinations, or makes new ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashTable;

use super::columns::{Part, TAGS};
use super::dictionary::{ABSENT, Dictionary, Facts};
use super::key::Key;
use super::known::{EventCodes, Known};
use crate::dimension::Dimension;
use crate::event::{AccountId, Event, EventError, EventRef, Fields};

/// The writer's side of a [`Dictionary`]: it finds codes by values.
#[derive(Debug)]
pub(super) struct Interner {
    dictionary: Arc<Dictionary>,
    hasher: ahash::RandomState,
    /// The codes of each dimension's values.
    values: Box<[HashTable<u32>]>,
    /// The codes of each part's combinations.
    rows: [HashTable<u32>; Part::COUNT],
    /// Which texts are known to be which combination.
    known: Known,
    /// Whether something was added since the dictionary was last sealed.
    is_changed: bool,
}

impl Interner {
    /// Makes the interner of a dictionary.
    pub(super) fn with_dictionary(hasher: ahash::RandomState, dictionary: Arc<Dictionary>) -> Self {
        let mut values: Box<[HashTable<u32>]> = (0..Dimension::COUNT).map(|_| HashTable::new()).collect();
        let mut rows: [HashTable<u32>; Part::COUNT] = Default::default();
        for dimension in Dimension::ALL {
            let hash = |code: &u32| hash_value(&hasher, &dictionary, dimension, *code);
            for (code, value) in (1..).zip(dictionary.values(dimension).iter()) {
                values[dimension as usize].insert_unique(hasher.hash_one(&**value), code, hash);
            }
        }
        for part in Part::ALL {
            let hash = |code: &u32| hasher.hash_one(dictionary.row(part, *code));
            for (code, row) in (1..).zip(dictionary.rows(part).iter()) {
                rows[part as usize].insert_unique(hasher.hash_one(&**row), code, hash);
            }
        }
        Self { dictionary, hasher, values, rows, known: Known::default(), is_changed: false }
    }

    /// Returns what the codes mean.
    pub(super) fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// Returns the number of bytes, without those of the dictionary.
    pub(super) fn bytes(&self) -> usize {
        let codes: usize =
            self.values.iter().chain(&self.rows).map(|table| table.capacity() * size_of::<u32>()).sum();
        size_of::<Self>() + Dimension::COUNT * size_of::<HashTable<u32>>() + codes + self.known.bytes()
    }

    /// Returns the dictionary for readers.
    pub(super) fn seal(&mut self) -> Arc<Dictionary> {
        if std::mem::take(&mut self.is_changed) {
            Arc::make_mut(&mut self.dictionary).seal();
        }
        Arc::clone(&self.dictionary)
    }

    /// Returns the codes of an event whose ids and instants are valid.
    ///
    /// # Errors
    ///
    /// [`EventError`] if the event is not valid.
    pub(super) fn codes(&mut self, row: &EventRef<'_>, key: &mut Key) -> Result<EventCodes, EventError> {
        if let Some(codes) = self.known.codes(&self.hasher, row, key) {
            return Ok(codes);
        }
        let codes = self.new_codes(&Event::from(row))?;
        self.known.insert(&self.hasher, row, &codes, key);
        Ok(codes)
    }

    /// Returns the codes of an event, of which a combination of texts was not seen yet.
    pub(super) fn new_codes(&mut self, event: &Event) -> Result<EventCodes, EventError> {
        event.check()?;
        let facts = Facts {
            sender: self.part(Part::Sender, event),
            recipient: self.part(Part::Recipient, event),
            content: self.part(Part::Content, event),
            told: event.message_fields().created.map(|created| created.timestamp_millis()),
        };
        Ok(EventCodes { facts, own: self.part(Part::Own, event) })
    }

    /// Returns the code of the combination of values that an event has.
    fn part(&mut self, part: Part, event: &Event) -> u32 {
        let (message, own, account) = (event.message_fields(), event.event_fields(), AccountId::from(""));
        // The address and the pool of an attempt are found without those of the message.
        let none = crate::event::MessageFields::none();
        let fields = match part {
            Part::Own => Fields { account: &account, message: none, event: own },
            Part::Sender | Part::Recipient | Part::Content => {
                Fields { account: &account, message, event: &crate::event::EventFields::NONE }
            }
        };
        let mut row = Vec::with_capacity(part.width());
        for dimension in part.dimensions() {
            row.push(dimension.value(fields).map_or(ABSENT, |value| self.value(*dimension, value)));
        }
        match part {
            Part::Content => {
                row.extend(message.tags.iter().map(|tag| self.value(Dimension::Tag, tag)));
                row[TAGS..].sort_unstable();
            }
            Part::Own => row.push(own.attempt.map_or(0, std::num::NonZeroU32::get)),
            Part::Sender | Part::Recipient => {}
        }
        self.row(part, row)
    }

    /// Returns the code of a value that is not empty.
    fn value(&mut self, dimension: Dimension, value: &str) -> u32 {
        let (hash, dictionary) = (self.hasher.hash_one(value), &self.dictionary);
        let is_value = |code: &u32| dictionary.value(dimension, *code).is_some_and(|known| **known == *value);
        let table = &mut self.values[dimension as usize];
        if let Some(code) = table.find(hash, is_value) {
            return *code;
        }
        let code = Arc::make_mut(&mut self.dictionary).push_value(dimension, value.into());
        self.is_changed = true;
        table.insert_unique(hash, code, |code| hash_value(&self.hasher, &self.dictionary, dimension, *code));
        code
    }

    /// Returns the code of a combination of codes.
    pub(super) fn row(&mut self, part: Part, row: Vec<u32>) -> u32 {
        if row.iter().all(|code| *code == ABSENT) {
            return ABSENT;
        }
        let (hash, dictionary) = (self.hasher.hash_one(&*row), &self.dictionary);
        let table = &mut self.rows[part as usize];
        if let Some(code) = table.find(hash, |code| *dictionary.row(part, *code) == *row) {
            return *code;
        }
        let code = Arc::make_mut(&mut self.dictionary).push_row(part, row.into());
        self.is_changed = true;
        table.insert_unique(hash, code, |code| self.hasher.hash_one(self.dictionary.row(part, *code)));
        code
    }

    /// Returns the fields of a message: in each column the value of the first of `facts` that has one, the union of the tags,
    /// and the earliest creation. `facts` are in the order of the events.
    pub(super) fn merge(&mut self, facts: &[Facts]) -> Facts {
        let Some(mut merged) = facts.first().copied() else { return Facts::NONE };
        let first = merged;
        let mut part = |part| match is_covered(part, facts) {
            true => first.code(part),
            false => self.merge_part(part, facts),
        };
        let (sender, recipient, content) = (part(Part::Sender), part(Part::Recipient), part(Part::Content));
        merged.told = facts.iter().filter_map(|facts| facts.told).min();
        Facts { sender, recipient, content, ..merged }
    }

    /// As [`Interner::merge`], if that needs no interner, because the first event has all fields.
    pub(super) fn merge_covered(facts: &[Facts]) -> Option<Facts> {
        let first = facts.first()?;
        let parts = [Part::Sender, Part::Recipient, Part::Content];
        let told = facts.iter().filter_map(|facts| facts.told).min();
        parts.into_iter().all(|part| is_covered(part, facts)).then_some(Facts { told, ..*first })
    }

    fn merge_part(&mut self, part: Part, facts: &[Facts]) -> u32 {
        let (mut row, mut tags) = (vec![ABSENT; part.width()], BTreeSet::<u32>::new());
        for facts in facts {
            let known = self.dictionary.row(part, facts.code(part));
            for (merged, code) in row.iter_mut().zip(known) {
                if *merged == ABSENT {
                    *merged = *code;
                }
            }
            tags.extend(known.get(part.width()..).unwrap_or_default());
        }
        row.extend(tags);
        self.row(part, row)
    }
}

/// Returns whether the first event has every value that another one has, as can be told by their codes.
fn is_covered(part: Part, facts: &[Facts]) -> bool {
    let mut codes = facts.iter().map(|facts| facts.code(part));
    let first = codes.next();
    codes.all(|code| code == ABSENT || Some(code) == first)
}

fn hash_value(hasher: &ahash::RandomState, dictionary: &Dictionary, dimension: Dimension, code: u32) -> u64 {
    hasher.hash_one(dictionary.value(dimension, code).map_or("", |value| value))
}
