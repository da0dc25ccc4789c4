//! Takes the events of one file, and records them at its end.

use mailtally::Event;
use mailtally::message::EventRef;
use mailtally::store::{Loader, Recorded, StoreError};

use crate::kept::Kept;

/// The events of one file.
pub(crate) enum Pour<'a> {
    Memory(Loader<'a>),
    #[cfg(feature = "sqlite")]
    Sqlite(&'a mailtally::SqliteStore, std::cell::RefCell<Vec<Event>>),
}

/// Takes events one by one.
pub(crate) enum Lane<'a> {
    Memory(Box<mailtally::store::Lane<'a>>),
    #[cfg(feature = "sqlite")]
    Sqlite(std::cell::RefMut<'a, Vec<Event>>),
}

/// The number of events that a file on disk takes at a time.
#[cfg(feature = "sqlite")]
const BATCH: usize = 1000;

impl<'a> Pour<'a> {
    pub(crate) fn into(kept: &'a Kept) -> Self {
        match kept {
            Kept::Memory(store) => Self::Memory(store.loader()),
            #[cfg(feature = "sqlite")]
            Kept::Sqlite(store) => Self::Sqlite(store, std::cell::RefCell::default()),
        }
    }

    /// Returns the lane for the events; there is one at a time.
    pub(crate) fn lane(&self) -> Lane<'_> {
        match self {
            Self::Memory(loader) => Lane::Memory(Box::new(loader.lane())),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_, events) => Lane::Sqlite(events.borrow_mut()),
        }
    }

    /// Records all events, and calls `refused` for each that is refused.
    ///
    /// # Errors
    ///
    /// The store failed; some of the events may be recorded.
    pub(crate) fn finish(self, refused: impl FnMut(StoreError)) -> Result<Recorded, StoreError> {
        match self {
            Self::Memory(loader) => Ok(loader.finish(refused)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store, events) => {
                let (mut refused, mut sum) = (refused, Recorded::default());
                for batch in events.into_inner().chunks(BATCH) {
                    sum += record(store, batch, &mut refused)?;
                }
                Ok(sum)
            }
        }
    }
}

/// Records a batch, or each event alone if one of them is refused.
#[cfg(feature = "sqlite")]
fn record(
    store: &mailtally::SqliteStore,
    batch: &[Event],
    refused: &mut impl FnMut(StoreError),
) -> Result<Recorded, StoreError> {
    use mailtally::store::Sink;

    use crate::wait::block_on;

    match block_on(store.record(batch)) {
        Err(StoreError::Record { .. }) => {}
        result => return result,
    }
    let mut sum = Recorded::default();
    for event in batch {
        match block_on(store.record(std::slice::from_ref(event))) {
            Ok(recorded) => sum += recorded,
            Err(error @ StoreError::Record { .. }) => refused(error),
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

impl Lane<'_> {
    /// Takes an event, which is valid.
    pub(crate) fn push(&mut self, event: Event) {
        match self {
            Self::Memory(lane) => drop(lane.push(&EventRef::from(&event))),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(events) => events.push(event),
        }
    }
}
