//! The check that every reader makes of the events that it returns.

use super::Reason;
use crate::event::{Event, EventError};

/// Passes valid events on, and keeps why the first invalid one is refused.
#[derive(Debug)]
pub(super) struct Checked<'a, E> {
    out: &'a mut E,
    refused: Option<EventError>,
}

impl<'a, E: Extend<Event>> Checked<'a, E> {
    pub(super) fn new(out: &'a mut E) -> Self {
        Self { out, refused: None }
    }

    /// Returns an error if an event was refused.
    pub(super) fn finish(self) -> Result<(), Reason> {
        self.refused.map_or(Ok(()), |error| Err(Reason::Refused { error }))
    }
}

impl<E: Extend<Event>> Extend<Event> for Checked<'_, E> {
    fn extend<I: IntoIterator<Item = Event>>(&mut self, events: I) {
        for event in events {
            match event.check() {
                Ok(()) => self.out.extend([event]),
                Err(error) => drop(self.refused.get_or_insert(error)),
            }
        }
    }
}
