//! The store that keeps events in memory.

#[cfg(feature = "snapshot")]
use std::path::Path;

use chrono::{DateTime, Utc};

#[cfg(feature = "snapshot")]
use super::snapshot_error::SnapshotError;
use super::{BoxFuture, Messages, Recorded, Retention, Sink, Store, StoreError, Thinned, Timeline};
use crate::counted::{Counted, Provenance};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::Plan;

mod account;
mod answer;
mod builder;
mod cell;
mod cells;
mod change;
mod clock;
mod codes;
mod columns;
mod cube;
mod cubed;
mod day;
mod dictionary;
mod edit;
#[cfg(feature = "snapshot")]
mod file;
mod forget;
mod history;
mod index;
mod interner;
mod key;
mod known;
mod layout;
mod list;
mod load;
mod mark;
mod messages;
mod pair;
mod parallel;
mod pattern_sums;
mod patterns;
mod published;
mod question;
mod rows;
mod scan;
mod segment;
#[cfg(feature = "snapshot")]
mod snapshot;
mod split;
mod sums;
mod tables;
mod thin;
mod usage;
mod values;
mod writer;

pub use load::{Lane, Loader};
use published::Published;
pub use usage::Usage;
use writer::Writer;

/// The number of events that [`MemoryStore::extend`] records at a time.
const BATCH: usize = 4096;

/// Keeps events in memory: columns of codes, and sums by time and by each dimension that are kept up to date.
///
/// Counting reads the state as it is and keeps no lock: it waits for writers, and writers for it, only while pointers are
/// copied. A question with at most one dimension is answered from sums; others scan the columns with all processors. The
/// futures of a large store yield every few milliseconds, so that dropping one stops its work; those of a small store are
/// ready when first polled.
///
/// Message ids are hashed with a random key, so that a client who chooses ids cannot cause collisions. How many events an
/// account and a message can have is limited by [`StoreLimits`].
///
/// # Keeping less
///
/// [`Retention::thin`] changes all accounts at once: a call that counts sees all of it or nothing. Writers wait meanwhile, and
/// readers do not. A message whose events were all dropped still takes about 30 bytes and its id, because a later event of it
/// must not be counted as a new message, and 64 more once such an event has changed its status, fields or creation;
/// [`Retention::forget_message`] frees them.
///
/// [`Retention::forget_message`] writes the messages of the same day anew, at most 65,536 of them, so that the id is not left in
/// memory once the calls that read the state before have ended. Values of the message, such as its domain, stay in the
/// account's list of values until [`Retention::forget_account`].
///
/// An event with the id of a dropped one that happened later is another event: the ids of dropped events are not kept.
///
/// ```
/// use mailtally::{Event, Kind, MemoryStore};
///
/// let store = MemoryStore::new();
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?);
/// let recorded = store.extend([event.clone(), event])?;
/// assert_eq!((recorded.new, recorded.repeats), (1, 1));
/// assert_eq!(store.message_count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    limits: StoreLimits,
    published: Published,
    writer: Writer,
}

/// How many events a [`MemoryStore`] keeps, and in how much memory. An event beyond a limit is refused; what is known stays
/// countable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "hosts make them with `..StoreLimits::default()`")]
pub struct StoreLimits {
    /// The maximum number of events of an account. The default is no limit.
    pub events_per_account: usize,
    /// The maximum number of events of a message, at most 1,048,576. The default is 20,000.
    pub events_per_message: usize,
    /// The number of bytes of [`MemoryStore::usage`] from which on new events are refused. It is checked before each batch, and
    /// for each event of a [`Loader`], so it is exceeded by less than what these add. The default is no limit.
    pub bytes: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { events_per_account: usize::MAX, events_per_message: 20_000, bytes: usize::MAX }
    }
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty store with limits.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Records events. Their order does not matter, and a repeat changes nothing.
    ///
    /// A few thousand events are recorded at a time, and `events` never makes the next one meanwhile: the iterator can read from
    /// a file or from this store. Readers can see a part of the events; [`Sink::record`] shows all or none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Record`] for the first event that is refused; all others are recorded.
    pub fn extend(&self, events: impl IntoIterator<Item = Event>) -> Result<Recorded, StoreError> {
        let mut first = None;
        let recorded = self.load(events, |_, refused| {
            first.get_or_insert(refused);
        });
        first.map_or(Ok(recorded), Err)
    }

    /// As [`MemoryStore::extend`], but calls `refused` with the index, from 0, of each event that is refused, and the reason.
    pub fn load(
        &self,
        events: impl IntoIterator<Item = Event>,
        mut refused: impl FnMut(usize, StoreError),
    ) -> Recorded {
        let mut recorded = Recorded::default();
        let mut events = events.into_iter().fuse();
        let (mut batch, mut first) = (Vec::new(), 0);
        loop {
            batch.extend(events.by_ref().take(BATCH));
            if batch.is_empty() {
                return recorded;
            }
            let mut refusals = Vec::new();
            recorded += self.writer.record_each(&batch, &self.limits, &self.published, &mut refusals);
            refusals.into_iter().for_each(|(index, error)| refused(first + index, error));
            first += batch.len();
            batch.clear();
        }
    }

    /// Counts what each of `plans` selects, as [`Store::count`] does, without a future.
    ///
    /// # Errors
    ///
    /// [`StoreError::Tally`] if there are more rows than the query allows, or if a count exceeds 64 bits;
    /// [`StoreError::Thinned`] if the answer needs events of which only sums are kept.
    pub fn tally(&self, plans: &[Plan]) -> Result<Counted, StoreError> {
        parallel::run(self.count_steps(plans))
    }

    /// Returns the events of `message` in `account`, as [`Timeline::events`] does, without a future.
    pub fn timeline(&self, account: &AccountId, message: &MessageId) -> Vec<Event> {
        let Some(known) = self.published.get(account) else { return Vec::new() };
        let location = known.find(self.writer.hash(message.as_str()), message.as_str());
        let segment = location.and_then(|location| Some((known.segment(location)?, location.row)));
        let history = segment.map(|(segment, row)| segment.history(row)).unwrap_or_default();
        history.entries.iter().map(|entry| entry.event(account, message, &known.dictionary)).collect()
    }

    /// Returns the number of messages of all accounts, also of those whose events were all [dropped](Retention::thin).
    pub fn message_count(&self) -> usize {
        self.published.all().iter().map(|account| account.messages).sum()
    }

    /// Returns how much memory the store uses, by part. It waits for a writer that is recording.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        let state = self.writer.state();
        state.interners.values().for_each(|interner| usage.add_interner(interner));
        drop(state);
        self.published.all().iter().for_each(|account| usage += Usage::of(account));
        usage
    }

    /// Returns the number of accounts that have mail.
    pub fn account_count(&self) -> usize {
        self.published.all().len()
    }

    /// Returns the instants of the first and of the last event of all accounts; `None` if there are no events. It looks at
    /// every message.
    pub fn first_and_last(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let accounts = self.published.all();
        let spans = accounts.iter().filter_map(|account| account.first_and_last());
        let (first, last) = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
        DateTime::from_timestamp_millis(first).zip(DateTime::from_timestamp_millis(last))
    }

    /// Returns the number of events of an account, without those that were [dropped](Retention::thin); 0 if it is unknown.
    pub fn event_count(&self, account: &AccountId) -> usize {
        self.published.get(account).map_or(0, |account| account.events)
    }

    /// Replaces the file at `path` by a snapshot of this store.
    ///
    /// The snapshot is one state of all accounts. It waits for a writer that is recording; then writers and readers go on: what is
    /// recorded later is not in it, so a snapshot is not a log. A host that must not lose such events keeps them until they are in a later
    /// snapshot, and records them again after [`MemoryStore::open`]; repeats change nothing.
    ///
    /// The file is the old one or the new one at every instant, also if the process is killed or the power fails. It is
    /// compressed, with a checksum for each block and one for all. The folder must be writable, because the new file is written
    /// beside the old one first.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Io`] if the file cannot be written. Then the old file is unchanged, unless only the folder could not be
    /// synced.
    #[cfg(feature = "snapshot")]
    #[cfg_attr(docsrs, doc(cfg(feature = "snapshot")))]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
        let (accounts, thinned) = {
            let state = self.writer.state();
            (self.published.all(), state.thinned.clone())
        };
        snapshot::write(path.as_ref(), accounts, &thinned)
    }

    /// Makes a store of the snapshot at `path`. Reading it takes much less time than recording the events again.
    ///
    /// An account or a message of the snapshot that has more events than `limits` allow keeps them, and gets no new ones.
    ///
    /// The file has the version of its format. This version of the crate reads all formats up to its own, and the file is never
    /// changed by reading it.
    ///
    /// ```
    /// use mailtally::store::StoreLimits;
    /// use mailtally::{Event, Kind, MemoryStore};
    ///
    /// let path = std::env::temp_dir().join(format!("mailtally-{}.snapshot", std::process::id()));
    /// let store = MemoryStore::new();
    /// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?);
    /// store.extend([event.clone()])?;
    /// store.save(&path)?;
    ///
    /// let opened = MemoryStore::open(&path, StoreLimits::default())?;
    /// assert_eq!(opened.extend([event])?.repeats, 1);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Damaged`] if the file is not as it was written, [`SnapshotError::NewerVersion`] if a later version of
    /// this crate wrote it, [`SnapshotError::NotASnapshot`] if it is something else, and [`SnapshotError::Io`] if it cannot be
    /// read, or is not there.
    #[cfg(feature = "snapshot")]
    #[cfg_attr(docsrs, doc(cfg(feature = "snapshot")))]
    pub fn open(path: impl AsRef<Path>, limits: StoreLimits) -> Result<Self, SnapshotError> {
        let store = Self::with_limits(limits);
        let (accounts, thinned) = snapshot::read(path.as_ref(), |id| store.writer.hash(id))?;
        let mut state = store.writer.state();
        state.thinned = thinned;
        state.measure(&accounts, &limits);
        drop(state);
        store.published.publish(accounts);
        Ok(store)
    }

    async fn count_steps(&self, plans: &[Plan]) -> Result<Counted, StoreError> {
        let scopes = plans.iter().map(|plan| plan.parts().scope);
        let accounts = self.published.in_scopes(scopes);
        let mut provenance = Provenance::default();
        let mut rows = Vec::with_capacity(plans.len());
        for (plan, accounts) in plans.iter().zip(&accounts) {
            rows.push(answer::rows(plan, accounts, &mut provenance).await?);
        }
        Ok(Counted::new(rows).provenance(provenance))
    }
}

impl Store for MemoryStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(self.count_steps(plans))
    }
}

impl Timeline for MemoryStore {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move { Ok(self.timeline(account, message)) })
    }
}

impl Messages for MemoryStore {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let accounts = self.published.in_scope(figure.plan().parts().scope);
            messages::page(figure, &accounts, after, limit).await
        })
    }
}

impl Sink for MemoryStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move { self.writer.record_all(events, &self.limits, &self.published) })
    }
}

impl Retention for MemoryStore {
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
        Box::pin(async move { self.writer.thin(thinned, &self.limits, &self.published) })
    }

    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move { Ok(self.writer.forget_account(account, &self.published) as u64) })
    }

    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(
            async move { Ok(self.writer.forget_message(account, message, &self.limits, &self.published)) },
        )
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::dimension::Dimension;
    use crate::kind::Kind;
    use crate::query::Query;
    use crate::store::RecordError;
    use crate::time::{Period, Resolution};

    fn event(index: usize) -> Event {
        let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        Event::new("a", format!("m-{index}"), "e", Kind::Sent, at)
    }

    #[test]
    fn an_iterator_can_read_the_store_that_it_extends() {
        let store = MemoryStore::new();
        let mut seen = Vec::new();
        let events = (0..2 * BATCH + 1).map(|index| {
            seen.push(store.message_count());
            event(index)
        });
        assert_eq!(store.extend(events).unwrap().new, 2 * BATCH as u64 + 1);
        assert_eq!((seen[0], seen[BATCH], seen[2 * BATCH]), (0, BATCH, 2 * BATCH));
        assert_eq!(store.message_count(), 2 * BATCH + 1);
    }

    #[test]
    fn a_store_that_is_full_refuses_new_events_and_keeps_what_it_has() {
        let store = MemoryStore::with_limits(StoreLimits { bytes: 200_000, ..StoreLimits::default() });
        let batch = |number: usize| (100 * number..100 * number + 100).map(event).collect::<Vec<_>>();
        let record = |number| parallel::run(store.record(&batch(number)));
        let full = (0..1000).find(|number| record(*number).is_err()).unwrap();
        let usage = store.usage();
        assert!(full > 10 && (200_000..250_000).contains(&usage.total()), "{full} {usage:?}");
        assert_eq!(store.message_count(), 100 * full);
        let error = record(full).unwrap_err();
        assert!(
            matches!(error, StoreError::Record { source: RecordError::StoreFull { limit: 200_000 }, .. }),
            "{error:?}"
        );
        assert_eq!(record(0).unwrap().repeats, 100, "what is known is no new event");
        let half = [&batch(0)[..], &batch(full)].concat();
        assert!(parallel::run(store.record(&half)).is_err());
        assert_eq!(store.load(half, |_, _| ()).repeats, 100, "the others are refused");
        let loader = store.loader();
        let pushed = loader.lane().push(&crate::event::EventRef::from(&event(full * 100)));
        assert_eq!(pushed, Err(RecordError::StoreFull { limit: 200_000 }));
        assert_eq!(store.message_count(), 100 * full);
    }

    #[test]
    fn a_loader_takes_no_more_than_there_is_room_for() {
        let store = MemoryStore::with_limits(StoreLimits { bytes: 100_000, ..StoreLimits::default() });
        let loader = store.loader();
        let mut lane = loader.lane();
        let taken = (0..)
            .take_while(|index| lane.push(&crate::event::EventRef::from(&event(*index))).is_ok())
            .count();
        drop(lane);
        assert_eq!(loader.finish(|_| ()).new, taken as u64);
        assert!(taken > 500 && store.usage().total() < 150_000, "{taken} {:?}", store.usage());
    }

    #[test]
    fn an_answer_says_what_is_thinned_of_it_and_only_then() {
        let store = MemoryStore::new();
        store.extend([event(0)]).unwrap();
        let thin = |before: &str, resolution| {
            let thinned = Thinned { before: before.parse().unwrap(), resolution };
            parallel::run(store.thin(thinned)).unwrap()
        };
        let daily = thin("2026-03-05T07:00:00Z", Resolution::Day);
        thin("2026-01-01T00:00:00Z", Resolution::Month);
        let counted = |scope: &str, period: &str| {
            let query = Query::new(scope, period.parse::<Period>().unwrap());
            let counted = store.tally(&[query.plan(daily.before).unwrap()]).unwrap();
            (counted.rows[0].len(), counted.provenance.thinned)
        };
        let nothing = (0, [].into());
        assert_eq!(counted("a", "2026-02-01..=2026-02-03"), (1, [daily].into()));
        assert_eq!(counted("a", "2025-12-03..=2026-01-03"), nothing, "no mail");
        assert_eq!(counted("b", "2026-02-01..=2026-02-03"), nothing, "no account");
        assert_eq!(counted("a", "2026-03-05..=2026-03-06"), nothing, "not thinned");
    }

    #[test]
    fn a_message_whose_events_were_dropped_is_known_and_its_timeline_has_what_is_kept() {
        let store = MemoryStore::new();
        let opened = Event::new("a", "m-0", "2", Kind::Opened, "2026-03-01T00:00:00Z".parse().unwrap());
        store.extend([event(0), event(1), opened.clone()]).unwrap();
        let thinned = Thinned { before: opened.at(), resolution: Resolution::Month };
        assert_eq!(parallel::run(store.thin(thinned)).unwrap(), thinned);
        assert_eq!((store.message_count(), store.event_count(&"a".into())), (2, 1));
        let timeline = |message: &str| store.timeline(&"a".into(), &message.into());
        assert_eq!((timeline("m-0"), timeline("m-1")), (vec![opened], vec![]));
    }

    #[test]
    fn messages_with_long_ids_are_in_several_segments_and_all_are_found() {
        let store = MemoryStore::new();
        let id = |index: usize| format!("{index:0width$}", width = Event::MAX_TEXT_BYTES);
        let event = |index: usize, kind| Event::new("a", id(index), "e", kind, event(0).at());
        for batch in [0..100, 100..150, 150..160] {
            store.extend(batch.map(|index| event(index, Kind::Sent))).unwrap();
        }
        store.extend((0..160).map(|index| event(index, Kind::Queued))).unwrap();
        let account = store.published.get(&"a".into()).unwrap();
        let segments = || account.days.iter().flat_map(|day| &day.parts).map(|part| &part.segment);
        assert!(segments().count() > 2 && segments().all(|segment| segment.texts.len() < (1 << 16) + 2000));
        for index in 0..160 {
            assert_eq!(store.timeline(&"a".into(), &id(index).into()), [event(index, Kind::Queued)]);
        }
    }

    #[test]
    fn the_id_of_a_forgotten_message_is_in_no_segment() {
        let store = MemoryStore::new();
        store.extend((0..300).map(event)).unwrap();
        assert!(parallel::run(store.forget_message(&"a".into(), &"m-77".into())).unwrap());
        let account = store.published.get(&"a".into()).unwrap();
        let segments = account.days.iter().flat_map(|day| &day.parts).map(|part| &part.segment);
        let texts: Vec<u8> = segments.flat_map(|segment| segment.texts.clone()).collect();
        assert!(texts.windows(4).all(|text| text != b"m-77"));
        assert!(texts.windows(4).any(|text| text == b"m-78"));
    }

    #[test]
    fn the_values_of_a_forgotten_account_are_not_kept() {
        let store = MemoryStore::new();
        store.extend([event(0).domain("secret.example")]).unwrap();
        assert_eq!(parallel::run(store.forget_account(&"a".into())).unwrap(), 1);
        store.extend([event(0)]).unwrap();
        let account = store.published.get(&"a".into()).unwrap();
        assert_eq!(account.dictionary.code(Dimension::Domain, "secret.example"), None);
    }

    #[test]
    fn an_iterator_is_not_read_again_after_its_end() {
        let mut calls = 0;
        let events = std::iter::from_fn(|| {
            calls += 1;
            (calls != 2).then(|| event(calls))
        });
        assert_eq!(MemoryStore::new().extend(events).unwrap().new, 1);
        assert_eq!(calls, 2);
    }
}
