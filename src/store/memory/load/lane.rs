//! The events that one thread pushes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::recent::Recent;
use super::row::{FIXED_SIZE, Row};
use super::{AccountNumbers, Loader};
use crate::event::{AccountId, Event, EventRef};
use crate::store::RecordError;
use crate::store::memory::history::Attributes;
use crate::store::memory::key::Key;
use crate::store::memory::known::{EventCodes, Known};

/// Collects the events that one thread pushes into a [`Loader`].
#[derive(Debug)]
pub struct Lane<'a> {
    loader: &'a Loader<'a>,
    hasher: ahash::RandomState,
    /// The index in `known` of each account.
    accounts: HashMap<Box<str>, usize, ahash::RandomState>,
    /// By account, which texts are known to be which codes.
    known: Vec<Known>,
    recent: Recent,
    key: Key,
    rows: LaneRows,
}

/// The rows of a lane.
#[derive(Debug, Default)]
pub(super) struct LaneRows {
    /// By partition, the chunk to which rows are appended. All chunks are of whole rows.
    pub(super) open: Vec<Vec<u8>>,
    /// By partition, the chunks that are full.
    pub(super) full: Vec<Vec<Vec<u8>>>,
    pub(super) attributes: Vec<Arc<Attributes>>,
    /// The number of rows of each account, by its number.
    pub(super) accounts: Vec<(u32, usize)>,
}

/// The number of partitions. The rows of one should fit into the cache of a processor, also of a large load.
pub(super) const PARTITIONS: usize = 1 << PARTITION_BITS;

const PARTITION_BITS: u32 = 10;

/// The size of the first chunk of a partition, and of the largest ones, in bytes.
const MIN_CHUNK: usize = 1 << 10;
const MAX_CHUNK: usize = 16 << 10;

impl<'a> Lane<'a> {
    pub(super) fn new(loader: &'a Loader<'a>) -> Self {
        let hasher = loader.store.writer.hasher();
        Self {
            loader,
            accounts: HashMap::with_hasher(hasher.clone()),
            hasher,
            known: Vec::new(),
            recent: Recent::default(),
            key: Key::default(),
            rows: LaneRows {
                open: vec![Vec::new(); PARTITIONS],
                full: vec![Vec::new(); PARTITIONS],
                ..LaneRows::default()
            },
        }
    }

    /// Adds an event.
    ///
    /// # Errors
    ///
    /// [`RecordError::Invalid`] if the event is invalid ([`Event::check`]), and [`RecordError::StoreFull`] if there is no room
    /// for it ([`StoreLimits::bytes`](crate::store::StoreLimits::bytes)); then it is not added.
    pub fn push(&mut self, row: &EventRef<'_>) -> Result<(), RecordError> {
        row.check()?;
        let size = FIXED_SIZE + row.message.len() + row.id.len();
        if !self.loader.take_room(size) {
            return Err(RecordError::StoreFull { limit: self.loader.store.limits.bytes });
        }
        let account = self.account(&row.account);
        let hash = self.loader.store.writer.hash(&row.message);
        let known = self.known_codes(row, hash, account).filter(|_| row.attributes.is_none());
        let codes = match known {
            Some(codes) => codes,
            None => self.new_codes(row, account)?,
        };
        let attributes =
            row.attributes.as_deref().filter(|attributes| !attributes.is_empty()).map(|attributes| {
                self.rows.attributes.push(Arc::new(attributes.clone()));
                u32::try_from(self.rows.attributes.len() - 1).unwrap_or(u32::MAX)
            });
        let (number, count) = &mut self.rows.accounts[account];
        *count += 1;
        let row = Row {
            hash,
            account: *number,
            at: row.at.timestamp_millis(),
            event_type: row.event_type() as u8,
            codes,
            attributes,
            message: &row.message,
            id: &row.id,
        };
        row.write(self.rows.chunk(hash, size));
        Ok(())
    }

    /// Returns the index of an account.
    fn account(&mut self, id: &str) -> usize {
        if let Some(index) = self.accounts.get(id) {
            return *index;
        }
        let index = self.known.len();
        self.known.push(Known::default());
        self.rows.accounts.push((self.loader.account_number(id), 0));
        self.accounts.insert(id.into(), index);
        index
    }

    /// Returns the codes of an event; `None` if a combination of its texts was not pushed before.
    #[inline]
    fn known_codes(&mut self, row: &EventRef<'_>, hash: u32, account: usize) -> Option<EventCodes> {
        let known = &self.known[account];
        let key = self.key.of_message(row);
        let facts = match self.recent.get(hash, account, &key) {
            Some(facts) => facts,
            None => {
                let facts = known.facts(&self.hasher, &key)?;
                self.recent.insert(hash, account, &key, facts);
                facts
            }
        };
        known.codes_with(&self.hasher, row, facts, &mut self.key)
    }

    /// Returns the codes of an event of which a combination of texts was not pushed before.
    #[cold]
    fn new_codes(&mut self, row: &EventRef<'_>, account: usize) -> Result<EventCodes, RecordError> {
        let event = Event::from(row);
        let store = self.loader.store;
        let codes = store.writer.codes(&event, &store.published)?;
        self.known[account].insert(&self.hasher, row, &codes, &mut self.key);
        Ok(codes)
    }
}

impl Drop for Lane<'_> {
    /// Hands the events over to the loader.
    fn drop(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        self.loader.lanes.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
    }
}

impl LaneRows {
    /// Returns the chunk to which the next row of a message with this hash is appended, which has at most `size` bytes.
    fn chunk(&mut self, hash: u32, size: usize) -> &mut Vec<u8> {
        let partition = (hash >> (u32::BITS - PARTITION_BITS)) as usize;
        let open = &mut self.open[partition];
        if open.capacity() - open.len() < size {
            // Twice as large as the one before, up to the maximum.
            let capacity = (2 * open.capacity()).clamp(MIN_CHUNK, MAX_CHUNK).max(size);
            let full = std::mem::replace(open, Vec::with_capacity(capacity));
            self.full[partition].push(full);
        }
        open
    }
}

impl Loader<'_> {
    /// Returns the number of an account.
    fn account_number(&self, id: &str) -> u32 {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let AccountNumbers { ids, numbers } = &mut *accounts;
        let id = AccountId::from(id);
        *numbers.entry(id.clone()).or_insert_with(|| {
            ids.push(id);
            u32::try_from(ids.len() - 1).unwrap_or(u32::MAX)
        })
    }
}
