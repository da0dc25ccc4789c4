//! Loads events into the store, and reports those that it refuses on standard error.

use std::sync::mpsc::{Receiver, SyncSender};

use chrono::{DateTime, TimeDelta, Utc};
use mailtally::message::AccountId;
use mailtally::store::StoreError;
use mailtally::{Event, MemoryStore};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::text::several;

/// The most bad lines or events of a file that are reported one by one; all are counted.
pub(crate) const MAX_SHOWN: u64 = 100;

/// From the first event of the input, included, to a millisecond after the last one, excluded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

/// What the reading thread sends.
pub(crate) enum Parcel {
    /// The name of the file that the next events are of.
    File(String),
    /// Events of that file.
    Events(Vec<Event>),
    /// The file has no more events. The answer is how many of them were refused.
    End(SyncSender<u64>),
}

/// What was loaded from all files together.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// That of the events that were not refused; `None` if there were none.
    pub(crate) extent: Option<Extent>,
    /// The events with the id of another event of their message and other content.
    conflicts: u64,
    first_account: Option<AccountId>,
    /// Whether there are events of more than one account.
    pub(crate) has_several_accounts: bool,
}

/// Loads the events of one file after the other.
pub(crate) struct Loader<'a> {
    store: &'a MemoryStore,
    progress: &'a Progress,
    is_strict: bool,
    /// The name of the file.
    file: String,
    /// How many events of the file were refused.
    refused: u64,
    loaded: Loaded,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(store: &'a MemoryStore, progress: &'a Progress, is_strict: bool) -> Self {
        Self { store, progress, is_strict, file: String::new(), refused: 0, loaded: Loaded::default() }
    }

    /// Loads all parcels.
    ///
    /// # Errors
    ///
    /// [`Failure::Strict`] if the run is strict and an event is refused.
    pub(crate) fn load(mut self, parcels: Receiver<Parcel>) -> Result<Loaded, Failure> {
        for parcel in parcels {
            match parcel {
                Parcel::File(name) => (self.file, self.refused) = (name, 0),
                Parcel::Events(events) => self.add(events)?,
                // Fails only if the reading thread has ended, and then nobody asks.
                Parcel::End(answer) => drop(answer.send(self.refused)),
            }
        }
        Ok(self.loaded)
    }

    fn add(&mut self, events: Vec<Event>) -> Result<(), Failure> {
        self.loaded.see_accounts(&events);
        let mut instants: Vec<_> = events.iter().map(|event| Some(event.at())).collect();
        let mut refused = Vec::new();
        let recorded = self.store.load(events, |index, error| {
            instants[index] = None;
            refused.push(error);
        });
        self.loaded.conflicts += recorded.conflicts;
        self.loaded.see_instants(instants.into_iter().flatten());
        refused.iter().try_for_each(|error| self.refuse(error))
    }

    fn refuse(&mut self, error: &StoreError) -> Result<(), Failure> {
        self.refused += 1;
        if self.refused <= MAX_SHOWN {
            self.progress.say(&format!("{}: {}", self.file, reason(error)));
        }
        if self.is_strict { Err(Failure::Strict) } else { Ok(()) }
    }
}

/// Says which event is refused, and why.
fn reason(error: &StoreError) -> String {
    match error {
        StoreError::Record { source, .. } => format!("{error}: {source}"),
        error => error.to_string(),
    }
}

impl Loaded {
    /// Says what is odd about the events as a whole; `None` if nothing is.
    pub(crate) fn note(&self) -> Option<String> {
        let (have, their) = if self.conflicts == 1 { ("has", "its") } else { ("have", "their") };
        (self.conflicts > 0).then(|| {
            format!(
                "note: {} {have} the id of another event of {their} message and other content; one of each counts \
                 (are ids unique within their messages?)",
                several(self.conflicts, "event")
            )
        })
    }

    fn see_instants(&mut self, instants: impl Iterator<Item = DateTime<Utc>>) {
        for start in instants {
            let end = start + TimeDelta::milliseconds(1);
            let known = self.extent.get_or_insert(Extent { start, end });
            *known = Extent { start: known.start.min(start), end: known.end.max(end) };
        }
    }

    fn see_accounts(&mut self, events: &[Event]) {
        if self.first_account.is_none() {
            self.first_account = events.first().map(|event| event.account().clone());
        }
        let is_other = |event: &Event| Some(event.account()) != self.first_account.as_ref();
        self.has_several_accounts = self.has_several_accounts || events.iter().any(is_other);
    }
}
