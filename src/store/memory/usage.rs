//! How much memory a store uses.

use super::account::Account;
use super::interner::Interner;

/// The memory that a [`MemoryStore`](super::MemoryStore) uses, in bytes by part. Allocators add some, and answers in progress
/// keep what they read.
///
/// ```
/// use mailtally::{Event, Kind, MemoryStore};
///
/// let store = MemoryStore::new();
/// store.extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?)])?;
/// let usage = store.usage();
/// assert!(usage.ids > 0 && usage.total() >= usage.ids + usage.columns);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// The ids of messages and events.
    pub ids: usize,
    /// What is known of messages and events besides their ids: instants, event types, codes of values, attributes.
    pub columns: usize,
    /// Where a message is, by its id.
    pub index: usize,
    /// The sums by time and dimension.
    pub cubes: usize,
    /// The values of dimensions and their combinations, and how they are found.
    pub dictionaries: usize,
}

impl Usage {
    /// Returns the sum of all parts.
    pub fn total(&self) -> usize {
        let Self { ids, columns, index, cubes, dictionaries } = *self;
        ids + columns + index + cubes + dictionaries
    }

    /// Returns what an account uses.
    pub(super) fn of(account: &Account) -> Self {
        let parts = account.days.iter().flat_map(|day| &day.parts).map(|part| part.bytes());
        let (ids, columns) = parts.fold((0, 0), |(ids, columns), part| (ids + part.0, columns + part.1));
        let columns = columns + size_of::<Account>() + size_of_val(&*account.days);
        let (index, cubes) = (account.index.bytes(), account.cubes.bytes());
        Self { ids, columns, index, cubes, dictionaries: account.dictionary.bytes() }
    }

    /// Adds what a writer needs for an account.
    pub(super) fn add_interner(&mut self, interner: &Interner) {
        self.dictionaries += interner.bytes();
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, Self { ids, columns, index, cubes, dictionaries }: Self) {
        self.ids += ids;
        self.columns += columns;
        self.index += index;
        self.cubes += cubes;
        self.dictionaries += dictionaries;
    }
}
