//! What a batch of events does to one account.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashTable;

use super::StoreLimits;
use super::account::Account;
use super::builder::{SegmentBuilder, day_of};
use super::cell::MAX_VALUE;
use super::change::Changes;
use super::columns::{Part, TAGS};
use super::day::Location;
use super::dictionary::{Dictionary, Facts};
use super::history::{Entry, EventIds, History};
use super::interner::Interner;
use super::known::EventCodes;
use crate::counts::FirstOf;
use crate::dimension::Dimension;
use crate::event::Event;
use crate::message::InsertOutcome;
use crate::store::RecordError;

/// The messages of an account that a batch of events touches.
#[derive(Debug)]
pub(super) struct Edit<'a> {
    account: &'a Account,
    limits: &'a StoreLimits,
    /// Whether the store uses as much memory as it may, so that it takes no new events.
    is_full: bool,
    messages: Vec<Edited<'a>>,
    /// The indices in `messages`, by the hash of the id.
    index: HashTable<usize>,
    new_events: usize,
}

/// A message before and after.
#[derive(Debug)]
struct Edited<'a> {
    hash: u32,
    location: Option<Location>,
    before: Option<History<'a>>,
    after: History<'a>,
    is_changed: bool,
    ids: EventIds<'a>,
    /// The tags of all events; `None` if they were not needed yet.
    tags: Option<BTreeSet<u32>>,
}

/// With more events, the ids of a message could exceed 32 bits of bytes.
pub(super) const MAX_EVENTS_PER_MESSAGE: usize = 1 << 20;

impl<'a> Edit<'a> {
    /// Starts to edit an account.
    pub(super) fn new(account: &'a Account, limits: &'a StoreLimits, is_full: bool) -> Self {
        Self { account, limits, is_full, messages: Vec::new(), index: HashTable::new(), new_events: 0 }
    }

    /// Returns what the codes of the account mean.
    pub(super) fn dictionary(&self) -> &Arc<Dictionary> {
        &self.account.dictionary
    }

    /// Returns whether an event happened in a time that is thinned.
    pub(super) fn is_too_late(&self, event: &Event) -> bool {
        self.account.thinned.covers(event.at().timestamp_millis())
    }

    /// Inserts a valid event of the account. `hash` is that of its message.
    pub(super) fn insert(
        &mut self,
        hash: u32,
        event: &'a Event,
        codes: EventCodes,
        dictionary: &Dictionary,
    ) -> Result<InsertOutcome, RecordError> {
        let index = self.message(hash, event.message().as_str());
        let message = &mut self.messages[index];
        let attributes = event.attributes();
        let entry = Entry {
            id: event.id().as_str(),
            at: event.at().timestamp_millis(),
            event_type: event.event_type(),
            facts: codes.facts,
            own: codes.own,
            attributes: (!attributes.is_empty()).then(|| Arc::new(attributes.clone())),
            first_of: FirstOf::NOTHING,
        };
        let known = message.ids.position(&message.after.entries, entry.id);
        let order = known.map(|known| entry.cmp_copies(&message.after.entries[known], dictionary));
        let outcome = order.map_or(InsertOutcome::New, InsertOutcome::of_copy);
        match outcome {
            InsertOutcome::Repeat | InsertOutcome::Superseded => return Ok(outcome),
            InsertOutcome::Replaced => {}
            InsertOutcome::New => {
                if self.is_full {
                    return Err(RecordError::StoreFull { limit: self.limits.bytes });
                }
                if self.account.events + self.new_events >= self.limits.events_per_account {
                    return Err(RecordError::AccountFull { limit: self.limits.events_per_account });
                }
                let limit = self.limits.events_per_message.clamp(1, MAX_EVENTS_PER_MESSAGE);
                if message.after.entries.len() >= limit {
                    return Err(RecordError::MessageFull { limit });
                }
            }
        }
        message.check_tags(known, entry.facts, dictionary)?;
        self.new_events += usize::from(known.is_none());
        message.put(known, entry);
        Ok(outcome)
    }

    /// Returns the index of a message, which is looked up in the account if it is touched for the first time.
    fn message(&mut self, hash: u32, id: &'a str) -> usize {
        let Self { account, messages, index, .. } = self;
        if let Some(index) = index.find(hash.into(), |index| messages[*index].after.id == id) {
            return *index;
        }
        let location = account.find(hash, id);
        let segment = location.and_then(|location| Some((account.segment(location)?, location.row)));
        let before = segment.map(|(segment, row)| segment.history(row));
        let after = before.clone().unwrap_or_else(|| History::new(id));
        let (ids, tags) = (EventIds::default(), None);
        messages.push(Edited { hash, location, before, after, is_changed: false, ids, tags });
        index.insert_unique(hash.into(), messages.len() - 1, |index| messages[*index].hash.into());
        messages.len() - 1
    }

    /// Returns whether anything was inserted.
    pub(super) fn is_changed(&self) -> bool {
        self.messages.iter().any(|edited| edited.is_changed)
    }

    /// Makes the account as it is afterwards.
    pub(super) fn apply(self, interner: &mut Interner, builder: &mut SegmentBuilder) -> Account {
        let mut changed: Vec<Edited<'_>> =
            self.messages.into_iter().filter(|edited| edited.is_changed).collect();
        let mut buffer = Vec::new();
        changed.iter_mut().for_each(|edited| edited.after.settle(&mut buffer, |facts| interner.merge(facts)));
        let mut account = self.account.clone();
        account.dictionary = interner.seal();
        account.events += self.new_events;
        account.messages += changed.iter().filter(|edited| edited.before.is_none()).count();
        update_cubes(&mut account, &changed);
        update_days(&mut account, changed, builder);
        account
    }
}

impl<'a> Edited<'a> {
    fn put(&mut self, known: Option<usize>, entry: Entry<'a>) {
        self.is_changed = true;
        match known {
            Some(known) => self.after.entries[known] = entry,
            None => self.after.entries.push(entry),
        }
    }

    /// Checks that the message does not have too many tags with those of an event, which replaces the one at `known`.
    fn check_tags(
        &mut self,
        known: Option<usize>,
        facts: Facts,
        dictionary: &Dictionary,
    ) -> Result<(), RecordError> {
        let tags_of = |facts: &Facts| &dictionary.row(Part::Content, facts.content)[TAGS..];
        if known.is_some() {
            self.tags = None;
        }
        if tags_of(&facts).is_empty() {
            return Ok(());
        }
        let others = self.after.entries.iter().enumerate().filter(|(index, _)| Some(*index) != known);
        let tags = self.tags.get_or_insert_with(|| {
            let dropped = self.after.dropped.map(|dropped| dropped.facts.content);
            let contents: BTreeSet<u32> =
                others.map(|(_, entry)| entry.facts.content).chain(dropped).collect();
            let facts = contents.into_iter().map(|content| Facts { content, ..Facts::NONE });
            facts.flat_map(|facts| tags_of(&facts)).copied().collect()
        });
        let new = tags_of(&facts).iter().filter(|tag| !tags.contains(*tag)).count();
        if tags.len() + new > Event::MAX_TAGS {
            // Those of the event at `known` are missing.
            self.tags = None;
            return Err(RecordError::TooManyTags { limit: Event::MAX_TAGS });
        }
        tags.extend(tags_of(&facts));
        Ok(())
    }
}

/// Returns the dimensions that have cubes: those of which there are values, but not too many.
pub(super) fn cubed(dictionary: &Dictionary) -> Vec<Dimension> {
    let has_cube =
        |dimension: &Dimension| (1..=MAX_VALUE as usize).contains(&dictionary.values(*dimension).len());
    Dimension::ALL.into_iter().filter(has_cube).collect()
}

/// Makes the cubes that are missing, and empty changes of all of them.
pub(super) fn start_changes(account: &mut Account) -> Changes {
    let dimensions = cubed(&account.dictionary);
    account.cubes.start_missing(&dimensions);
    Changes::new(dimensions, account.thinned.clone())
}

fn update_cubes(account: &mut Account, changed: &[Edited<'_>]) {
    let mut changes = start_changes(account);
    for edited in changed {
        changes.add(edited.before.as_ref(), Some(&edited.after), &account.dictionary);
    }
    account.places |= changes.places();
    changes.apply(&mut account.cubes);
}

fn update_days(account: &mut Account, mut changed: Vec<Edited<'_>>, builder: &mut SegmentBuilder) {
    for Location { day, part, row } in changed.iter().filter_map(|edited| edited.location) {
        account.day_mut(day).parts[part].kill(row);
    }
    let day = |edited: &Edited<'_>| u32::try_from(day_of(edited.after.created)).unwrap_or(0);
    let is_new = |edited: &&Edited<'_>| edited.location.is_none_or(|location| location.day != day(edited));
    account.index.add(changed.iter().filter(is_new).map(|edited| (edited.hash, day(edited))));
    changed.sort_unstable_by_key(|edited| (day(edited), edited.hash));
    for of_day in changed.chunk_by(|one, other| day(one) == day(other)) {
        let number = day(&of_day[0]);
        for edited in of_day {
            if builder.is_full() {
                let segment = builder.finish(number);
                account.add(segment, builder);
            }
            builder.push(edited.hash, &edited.after);
        }
        let segment = builder.finish(number);
        account.add(segment, builder);
    }
    let left = changed.iter().filter_map(|edited| edited.location).map(|location| location.day);
    for day in left.collect::<BTreeSet<u32>>() {
        account.day_mut(day).tidy(builder);
    }
    account.days.retain(|day| !day.parts.is_empty());
}
