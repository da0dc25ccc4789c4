//! Takes the events of one file, and records them at its end.

use std::cell::{RefCell, RefMut};

use mailtally::Event;
use mailtally::message::EventRef;
use mailtally::store::{Loader, Recorded, StoreError};

use crate::kept::Kept;
use crate::lasting::{self, Lasting};
use crate::wait::Wait;

/// The events of one file.
pub(crate) enum Pour<'a> {
    Memory(Loader<'a>),
    Lasting(&'a dyn Lasting, &'a Wait, RefCell<Vec<Event>>),
}

/// Takes events one by one.
pub(crate) enum Lane<'a> {
    Memory(Box<mailtally::store::Lane<'a>>),
    Lasting(RefMut<'a, Vec<Event>>),
}

/// The number of events that a store which lasts takes at a time.
const BATCH: usize = 1000;

impl<'a> Pour<'a> {
    pub(crate) fn into(kept: &'a Kept) -> Self {
        match kept {
            Kept::Memory(store) => Self::Memory(store.loader()),
            Kept::Lasting(store, wait) => Self::Lasting(&**store, wait, RefCell::default()),
        }
    }

    /// Returns the lane for the events; there is one at a time.
    pub(crate) fn lane(&self) -> Lane<'_> {
        match self {
            Self::Memory(loader) => Lane::Memory(Box::new(loader.lane())),
            Self::Lasting(.., events) => Lane::Lasting(events.borrow_mut()),
        }
    }

    /// Records all events, and calls `refused` for each that is refused.
    ///
    /// # Errors
    ///
    /// The store failed; some of the events may be recorded.
    pub(crate) fn finish(self, refused: impl FnMut(StoreError) + Send) -> Result<Recorded, StoreError> {
        match self {
            Self::Memory(loader) => Ok(loader.finish(refused)),
            Self::Lasting(store, wait, events) => {
                let (mut refused, mut sum) = (refused, Recorded::default());
                for batch in events.into_inner().chunks(BATCH) {
                    sum += wait.until(lasting::record(store, batch, |_, error| refused(error)))?;
                }
                Ok(sum)
            }
        }
    }
}

impl Lane<'_> {
    /// Takes an event, which is valid.
    pub(crate) fn push(&mut self, event: Event) {
        match self {
            Self::Memory(lane) => drop(lane.push(&EventRef::from(&event))),
            Self::Lasting(events) => events.push(event),
        }
    }
}
