//! The steps of a stream, and what each of them does to the store and to the reference.
//!
//! A further step is a variant of [`Step`], with an arm in both `apply` functions and one in [`script`](super::script).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
#[cfg(feature = "snapshot")]
use std::sync::atomic::{AtomicU64, Ordering};

use mailtally::message::{AccountId, EventRef, Message, MessageId};
#[cfg(feature = "snapshot")]
use mailtally::store::SnapshotError;
use mailtally::store::{RecordError, Recorded, StoreError, StoreLimits, Thinned};
use mailtally::{Event, MemoryStore};

use super::thinned::{Thinning, is_dropped};
use crate::common::{AnyStore, run};

/// One change of the data.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Records a batch, or none of it.
    Record(Vec<Event>),
    /// Records those events that are not refused, and returns the first refusal.
    Extend(Vec<Event>),
    /// Records those events that are not refused, and returns all refusals.
    Load(Vec<Event>),
    /// Records the events at once, pushed into several lanes by turns.
    Bulk(Vec<Event>),
    /// Saves the store, goes on with the one that is opened from the file, and records a batch, or none of it.
    #[cfg(feature = "snapshot")]
    Reopen(Vec<Event>),
    /// Keeps only sums of a part of the time.
    Thin(Thinned),
    ForgetMessage(AccountId, MessageId),
    ForgetAccount(AccountId),
}

/// What a step returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// `None` if it returned an error.
    pub(crate) recorded: Option<Recorded>,
    /// The refusals that it returned, each with the index of the event as far as it is told.
    pub(crate) refused: Vec<(Option<usize>, String)>,
    /// What a step that keeps less returned.
    pub(crate) kept: Option<String>,
}

impl Outcome {
    fn refused(refusal: impl Into<String>) -> Self {
        Self { refused: vec![(None, refusal.into())], ..Self::default() }
    }

    /// Counts repeats as conflicts: of three copies of an event, the order decides which they are.
    fn without_order(mut self) -> Self {
        if let Some(recorded) = &mut self.recorded {
            recorded.conflicts += std::mem::take(&mut recorded.repeats);
        }
        self
    }

    fn recorded(recorded: Recorded) -> Self {
        Self { recorded: Some(recorded), ..Self::default() }
    }

    fn kept(kept: impl std::fmt::Debug) -> Self {
        Self { kept: Some(format!("{kept:?}")), ..Self::default() }
    }
}

/// The refusal of a batch: it is not said which of several events is the reason.
const REFUSED: &str = "refused";

/// The store that is checked.
#[derive(Debug)]
pub(crate) struct Engine {
    store: Checked,
    #[cfg(feature = "snapshot")]
    limits: StoreLimits,
}

#[derive(Debug)]
enum Checked {
    Memory(Box<MemoryStore>),
    /// A store that has the traits and nothing else: all events are recorded in batches.
    #[allow(dead_code, reason = "without features there is no other store")]
    Other(Box<dyn AnyStore>),
}

impl Engine {
    /// Makes an empty store.
    pub(crate) fn new(limits: StoreLimits) -> Self {
        Self {
            store: Checked::Memory(Box::new(MemoryStore::with_limits(limits))),
            #[cfg(feature = "snapshot")]
            limits,
        }
    }

    /// Checks a store that has the traits and nothing else.
    #[allow(dead_code, reason = "without features there is no other store")]
    pub(crate) fn of(store: Box<dyn AnyStore>) -> Self {
        Self {
            store: Checked::Other(store),
            #[cfg(feature = "snapshot")]
            limits: StoreLimits::default(),
        }
    }

    /// Returns the store in memory; `None` if it is another.
    pub(crate) fn memory(&self) -> Option<&MemoryStore> {
        match &self.store {
            Checked::Memory(store) => Some(store),
            Checked::Other(_) => None,
        }
    }

    /// Returns the store.
    pub(crate) fn store(&self) -> &dyn AnyStore {
        match &self.store {
            Checked::Memory(store) => &**store,
            Checked::Other(store) => &**store,
        }
    }

    /// Returns a step as the store takes it.
    pub(crate) fn step(&self, step: &Step) -> Step {
        match (&self.store, step) {
            (Checked::Other(_), Step::Extend(events) | Step::Load(events) | Step::Bulk(events)) => {
                Step::Record(events.clone())
            }
            #[cfg(feature = "snapshot")]
            (Checked::Other(_), Step::Reopen(events)) => Step::Record(events.clone()),
            (Checked::Memory(_) | Checked::Other(_), _) => step.clone(),
        }
    }

    /// Changes the store.
    pub(crate) fn apply(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Record(events) => self.record(events),
            Step::Extend(events) => match self.bulk_store().extend(events.iter().cloned()) {
                Ok(recorded) => Outcome::recorded(recorded),
                Err(error) => Outcome::refused(format!("{error:?}")),
            },
            Step::Load(events) => {
                let mut refused = Vec::new();
                let recorded = self.bulk_store().load(events.iter().cloned(), |index, error| {
                    refused.push((Some(index), format!("{error:?}")));
                });
                Outcome { refused, ..Outcome::recorded(recorded) }
            }
            Step::Bulk(events) => {
                let mut refused = Vec::new();
                let store = self.bulk_store();
                let loader = store.loader();
                let mut lanes = [loader.lane(), loader.lane(), loader.lane()];
                for (index, event) in events.iter().enumerate() {
                    if let Err(error) = lanes[index % 3].push(&EventRef::from(event)) {
                        refused.push((Some(index), format!("{:?}", StoreError::record(event, error))));
                    }
                }
                drop(lanes);
                let recorded = loader.finish(|error| refused.push((None, format!("{error:?}"))));
                Outcome { refused, ..Outcome::recorded(recorded) }.without_order()
            }
            #[cfg(feature = "snapshot")]
            Step::Reopen(events) => match self.reopen() {
                Ok(()) => self.record(events),
                Err(error) => Outcome::refused(error.to_string()),
            },
            Step::Thin(part) => Outcome::kept(run(self.store().thin(*part)).ok()),
            Step::ForgetMessage(account, message) => {
                Outcome::kept(run(self.store().forget_message(account, message)).unwrap())
            }
            Step::ForgetAccount(account) => Outcome::kept(run(self.store().forget_account(account)).unwrap()),
        }
    }

    /// Returns the store in memory, which alone has steps in bulk.
    fn bulk_store(&self) -> &MemoryStore {
        self.memory().expect("other stores are given no such step")
    }

    fn record(&self, events: &[Event]) -> Outcome {
        match run(self.store().record(events)) {
            Ok(recorded) => Outcome::recorded(recorded),
            Err(StoreError::Record { .. }) => Outcome::refused(REFUSED),
            Err(other) => Outcome::refused(format!("{other:?}")),
        }
    }

    #[cfg(feature = "snapshot")]
    fn reopen(&mut self) -> Result<(), SnapshotError> {
        static FILES: AtomicU64 = AtomicU64::new(0);
        let name =
            format!("engine-{}-{}.snapshot", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        self.bulk_store().save(&path)?;
        self.store = Checked::Memory(Box::new(MemoryStore::open(&path, self.limits)?));
        let _ = std::fs::remove_file(path);
        Ok(())
    }
}

/// What is known according to the reference.
#[derive(Debug)]
pub(crate) struct Reference {
    limits: StoreLimits,
    /// All events that were recorded so far, with repeats, in order of arrival.
    pub(crate) events: Vec<Event>,
    /// The same, by message.
    pub(crate) messages: BTreeMap<(AccountId, MessageId), Message>,
    pub(crate) thinning: Thinning,
}

impl Reference {
    /// Knows nothing.
    pub(crate) fn new(limits: StoreLimits) -> Self {
        Self { limits, events: Vec::new(), messages: BTreeMap::new(), thinning: Thinning::default() }
    }

    /// Does what the store is documented to do, and returns what it is documented to return.
    pub(crate) fn apply(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Record(events) => self.record(events),
            Step::Extend(events) => {
                let outcome = self.load(events);
                match outcome.refused.first() {
                    Some((_, first)) => Outcome::refused(first),
                    None => outcome,
                }
            }
            Step::Load(events) => self.load(events),
            Step::Bulk(events) => self.load(events).without_order(),
            #[cfg(feature = "snapshot")]
            Step::Reopen(events) => self.record(events),
            Step::Thin(part) => Outcome::kept(self.thinning.thin(*part, &mut self.messages)),
            Step::ForgetMessage(account, message) => {
                let key = (account.clone(), message.clone());
                self.events.retain(|event| (event.account(), event.message()) != (account, message));
                let known = self.messages.remove(&key);
                known.iter().for_each(|known| self.thinning.forget(known));
                Outcome::kept(known.is_some())
            }
            Step::ForgetAccount(account) => {
                let known = self.messages.len();
                self.messages.retain(|(of, _), _| of != account);
                self.events.retain(|event| event.account() != account);
                self.thinning.forget_account(account);
                Outcome::kept(known - self.messages.len())
            }
        }
    }

    fn record(&mut self, events: &[Event]) -> Outcome {
        let length = self.events.len();
        let known = |event: &Event| (key(event), self.messages.get(&key(event)).cloned());
        let before: BTreeMap<_, _> = events.iter().map(known).collect();
        let mut recorded = Recorded::default();
        if events.iter().try_for_each(|event| self.insert(event, &mut recorded)).is_ok() {
            return Outcome::recorded(recorded);
        }
        self.events.truncate(length);
        for (key, message) in before {
            match message {
                Some(message) => drop(self.messages.insert(key, message)),
                None => drop(self.messages.remove(&key)),
            }
        }
        Outcome::refused(REFUSED)
    }

    fn load(&mut self, events: &[Event]) -> Outcome {
        let (mut recorded, mut refused) = (Recorded::default(), Vec::new());
        for (index, event) in events.iter().enumerate() {
            if let Err(error) = self.insert(event, &mut recorded) {
                refused.push((Some(index), format!("{:?}", StoreError::record(event, error))));
            }
        }
        Outcome { refused, ..Outcome::recorded(recorded) }
    }

    fn insert(&mut self, event: &Event, recorded: &mut Recorded) -> Result<(), RecordError> {
        event.check()?;
        if self.thinning.end().is_some_and(|end| event.at() < end) {
            recorded.too_late += 1;
            return Ok(());
        }
        let message = self.messages.get(&key(event));
        let known = message.and_then(|known| known.events().iter().find(|known| known.id() == event.id()));
        match known {
            Some(known) if known == event => recorded.repeats += 1,
            Some(known) => {
                if event.cmp_copies(known).is_lt() {
                    self.check_tags(event)?;
                }
                recorded.conflicts += 1;
            }
            None => {
                self.check_room(event)?;
                self.check_tags(event)?;
                recorded.new += 1;
            }
        }
        self.events.push(event.clone());
        match self.messages.get_mut(&key(event)) {
            Some(message) => drop(message.insert(event.clone())),
            None => drop(self.messages.insert(key(event), Message::new(event.clone()))),
        }
        Ok(())
    }

    fn check_room(&self, event: &Event) -> Result<(), RecordError> {
        let StoreLimits { events_per_account, events_per_message, bytes: _ } = self.limits;
        if events_per_account < usize::MAX && self.event_count(event.account()) >= events_per_account {
            return Err(RecordError::AccountFull { limit: events_per_account });
        }
        let count = self.messages.get(&key(event)).map_or(0, kept);
        // The first event of a message is never one too many.
        if count > 0 && count >= events_per_message {
            return Err(RecordError::MessageFull { limit: events_per_message });
        }
        Ok(())
    }

    fn check_tags(&self, event: &Event) -> Result<(), RecordError> {
        let known = self.messages.get(&key(event)).map_or(&[][..], Message::events);
        let others = known.iter().filter(|known| known.id() != event.id());
        let tags = &event.message_fields().tags;
        let all: BTreeSet<&Arc<str>> =
            others.flat_map(|other| &other.message_fields().tags).chain(tags).collect();
        if !tags.is_empty() && all.len() > Event::MAX_TAGS {
            return Err(RecordError::TooManyTags { limit: Event::MAX_TAGS });
        }
        Ok(())
    }

    /// Returns the number of events of an account.
    pub(crate) fn event_count(&self, account: &AccountId) -> usize {
        let of_account = self.messages.iter().filter(|((of, _), _)| of == account);
        of_account.map(|(_, message)| kept(message)).sum()
    }
}

/// Returns the number of events of a message that were not dropped.
fn kept(message: &Message) -> usize {
    message.events().iter().filter(|event| !is_dropped(event)).count()
}

fn key(event: &Event) -> (AccountId, MessageId) {
    (event.account().clone(), event.message().clone())
}
