//! Loads the events of a file into the store, and reports those that it refuses on standard error.

use chrono::{DateTime, Utc};
use mailtally::store::{Recorded, StoreError};

use crate::failure::Failure;
use crate::kept::Kept;
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

/// What was loaded from all files together.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// `None` if there are no events.
    pub(crate) extent: Option<Extent>,
    /// The events with the id of another event of their message and other content.
    conflicts: u64,
    /// The events of a time of which the file of `--store` keeps only sums.
    too_late: u64,
    /// Whether there are events of more than one account.
    pub(crate) has_several_accounts: bool,
}

/// The events of a file that the store refused.
pub(crate) struct Refusals<'a> {
    file: &'a str,
    progress: &'a Progress,
    is_strict: bool,
    pub(crate) count: u64,
}

impl<'a> Refusals<'a> {
    pub(crate) fn new(file: &'a str, progress: &'a Progress, is_strict: bool) -> Self {
        Self { file, progress, is_strict, count: 0 }
    }

    /// Says which event is refused, and why, unless very many are.
    pub(crate) fn add(&mut self, error: &StoreError) {
        self.count += 1;
        // A strict run stops at the first one.
        if self.count <= if self.is_strict { 1 } else { MAX_SHOWN } {
            let reason = match error {
                StoreError::Record { source, .. } => format!("{error}: {source}"),
                error => error.to_string(),
            };
            self.progress.say(&format!("{}: {reason}", self.file));
        }
    }

    /// Returns an error if the run is strict and an event was refused.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.is_strict && self.count > 0 { Err(Failure::Strict) } else { Ok(()) }
    }
}

impl Loaded {
    /// Adds what one file brought.
    pub(crate) fn count(&mut self, recorded: Recorded) {
        self.conflicts += recorded.conflicts;
        self.too_late += recorded.too_late;
    }

    /// Finds out what the events of all files are, and those that were there before.
    pub(crate) fn finish(&mut self, kept: &Kept) -> Result<(), mailtally::Error> {
        self.extent = kept.extent()?;
        self.has_several_accounts = kept.has_several_accounts()?;
        Ok(())
    }

    /// Says what is odd about the events as a whole.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> {
        let (have, their) = if self.conflicts == 1 { ("has", "its") } else { ("have", "their") };
        let conflicts = (self.conflicts > 0).then(|| {
            format!(
                "note: {} {have} the id of another event of {their} message and other content; one of each counts \
                 (are ids unique within their messages?)",
                several(self.conflicts, "event")
            )
        });
        let too_late = (self.too_late > 0).then(|| {
            let events = several(self.too_late, "event");
            format!("note: {events} of a time of which the store keeps only sums could not be recorded")
        });
        conflicts.into_iter().chain(too_late)
    }
}
