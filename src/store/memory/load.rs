//! Recording very many events at once, with all processors.
//!
//! Each thread pushes borrowed rows into a [`Lane`], which writes them as bytes into partitions by message. Then the rows of a
//! partition are grouped into messages, the messages gathered by account and day, and cubes are summed day by day. Readers see
//! the result at once, when it is complete.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::MemoryStore;
use super::writer::State;
use crate::event::{AccountId, Event};
use crate::store::{Recorded, StoreError};

mod assemble;
mod dense;
mod gather;
mod group;
mod lane;
mod recent;
mod row;
mod work;

pub use lane::Lane;

use lane::LaneRows;
use work::Work;

/// Loads very many events into a [`MemoryStore`], several times as fast as [`MemoryStore::extend`].
///
/// Make it with [`MemoryStore::loader`]. Each thread that reads events pushes them into a [lane](Loader::lane) of its own;
/// [`Loader::finish`] records all of them. Until then readers see nothing of them, and a loader that is dropped records nothing.
///
/// ```
/// use mailtally::message::EventRef;
/// use mailtally::{Kind, MemoryStore};
///
/// let store = MemoryStore::new();
/// let loader = store.loader();
/// std::thread::scope(|scope| {
///     for number in ["1", "2"] {
///         let mut lane = loader.lane();
///         scope.spawn(move || {
///             let at = "2026-02-01T09:30:00Z".parse().unwrap();
///             lane.push(&EventRef::new("acme", number, "e-1", Kind::Delivered, at)).unwrap();
///         });
///     }
/// });
/// assert_eq!(store.message_count(), 0);
/// assert_eq!(loader.finish(|refused| eprintln!("{refused}")).new, 2);
/// assert_eq!(store.message_count(), 2);
/// ```
#[derive(Debug)]
pub struct Loader<'a> {
    store: &'a MemoryStore,
    loading: Loading<'a>,
    accounts: Mutex<AccountNumbers>,
    lanes: Mutex<Vec<LaneRows>>,
    /// The number of bytes that lanes may still add.
    room: AtomicUsize,
}

/// Keeps the codes of values as they are, until it is dropped.
#[derive(Debug)]
struct Loading<'a>(&'a MemoryStore);

impl<'a> Loading<'a> {
    fn start(store: &'a MemoryStore) -> Self {
        store.writer.state().loaders += 1;
        Self(store)
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let mut state = self.0.writer.state();
        state.loaders -= 1;
        state.forget_values(&self.0.published);
    }
}

/// The numbers of accounts during a load.
#[derive(Debug, Default)]
struct AccountNumbers {
    ids: Vec<AccountId>,
    numbers: HashMap<AccountId, u32>,
}

/// What grouping found: how often events were repeated, and the messages that need another way.
#[derive(Debug, Default)]
struct Found {
    recorded: Recorded,
    /// The events of messages that are known, or that limits may refuse. They are recorded one by one.
    others: Vec<Event>,
    /// A bit for each event type of the messages that were grouped.
    event_types: u64,
}

impl MemoryStore {
    /// Starts to load very many events.
    pub fn loader(&self) -> Loader<'_> {
        let room = self.limits.bytes.saturating_sub(self.writer.state().size());
        Loader {
            store: self,
            loading: Loading::start(self),
            accounts: Mutex::default(),
            lanes: Mutex::default(),
            room: room.into(),
        }
    }
}

impl<'a> Loader<'a> {
    /// Makes a lane, into which one thread pushes events. A lane hands its events over when it is dropped.
    pub fn lane(&self) -> Lane<'_> {
        Lane::new(self)
    }

    /// Records all events that were pushed, and calls `refused` for each of them that is refused because of a limit: a
    /// [`StoreError::Record`]. Other writers wait meanwhile; readers do not.
    pub fn finish(self, refused: impl FnMut(StoreError)) -> Recorded {
        // The state is released before this is dropped.
        let Self { store, loading: _loading, accounts, lanes, .. } = self;
        let AccountNumbers { ids, .. } = accounts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lanes = lanes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut state = store.writer.state();
        let Found { mut recorded, others, .. } = load(store, &mut state, &ids, lanes);
        let mut refusals = Vec::new();
        let mut refuse = |_, error| {
            refusals.push(error);
            false
        };
        for batch in others.chunks(super::BATCH) {
            recorded +=
                store.writer.record_with(&mut state, batch, &store.limits, &store.published, &mut refuse);
        }
        drop(state);
        // The caller may use the store.
        refusals.into_iter().for_each(refused);
        recorded
    }
}

/// Records what lanes collected, except for what must be recorded one by one.
fn load(store: &MemoryStore, state: &mut State, ids: &[AccountId], lanes: Vec<LaneRows>) -> Found {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut rows = vec![0; ids.len()];
    let counts = lanes.iter().flat_map(|lane| &lane.accounts);
    counts.for_each(|(account, count)| rows[*account as usize] += count);
    let work = Work::start(store, state, ids, &rows);
    let (shares, mut found) = group::group(&work, lanes, threads);
    let mut accounts = Vec::new();
    for partitions in shares {
        let messages = gather::order(&partitions);
        let full = assemble::full(&work, &messages, &partitions);
        found.others.extend(assemble::events(&work, &messages, &partitions, &full));
        let assembled = assemble::assemble(&work, &messages, &partitions, &full, found.event_types, threads);
        found.recorded.new += assembled.iter().map(|assembled| assembled.new).sum::<u64>();
        accounts.extend(assembled.into_iter().map(|assembled| assembled.account));
    }
    work.finish(state);
    state.measure(&accounts, &store.limits);
    store.published.publish(accounts);
    found
}

impl Loader<'_> {
    /// Takes the room for some bytes; `false` if there is not enough.
    fn take_room(&self, bytes: usize) -> bool {
        let take = |room: usize| room.checked_sub(bytes);
        self.store.limits.bytes == usize::MAX
            || self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;
    use crate::event::EventRef;
    use crate::kind::Kind;
    use crate::store::memory::parallel::run;
    use crate::store::{RecordError, Retention, StoreLimits};

    fn event(message: &str, domain: &str) -> Event {
        let at = chrono::DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        Event::new("a", message, "e", Kind::Sent, at).domain(domain)
    }

    #[test]
    fn an_account_that_is_forgotten_during_a_load_gets_the_mail_of_the_load_with_its_values() {
        let store = MemoryStore::new();
        store.extend([event("m-1", "old.example")]).unwrap();
        let loader = store.loader();
        let mut lane = loader.lane();
        lane.push(&EventRef::from(&event("m-2", "new.example"))).unwrap();
        assert_eq!(run(store.forget_account(&"a".into())).unwrap(), 1);
        store.extend([event("m-3", "third.example")]).unwrap();
        lane.push(&EventRef::from(&event("m-4", "new.example"))).unwrap();
        drop(lane);
        assert_eq!(loader.finish(|refused| panic!("{refused}")).new, 2);
        for (message, domain) in [("m-2", "new.example"), ("m-3", "third.example"), ("m-4", "new.example")] {
            assert_eq!(store.timeline(&"a".into(), &message.into()), [event(message, domain)]);
        }
    }

    #[test]
    fn a_segment_spans_its_own_messages_only_however_they_came() {
        let at = |day: i64| chrono::DateTime::from_timestamp(1_770_000_000 + 86_400 * day, 0).unwrap();
        let event = |day: i64, id: &str, kind| Event::new("a", format!("m-{day}"), id, kind, at(day));
        let store = MemoryStore::new();
        store.load((0..9).map(|day| event(day, "1", Kind::Sent)), |_, _| ());
        store.extend([event(3, "2", Kind::Opened)]).unwrap();
        store
            .extend((0..9).map(|day| Event::new("a", format!("n-{day}"), "1", Kind::Sent, at(day))))
            .unwrap();
        let account = store.published.get(&"a".into()).unwrap();
        let lasts = account.days.iter().flat_map(|day| &day.parts).map(|part| part.segment.last);
        let expected: Vec<i64> = (0..9).map(|day| at(day).timestamp_millis()).collect();
        assert_eq!(lasts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_copy_that_does_not_count_moves_no_message_to_another_day() {
        let at = |day: i64| chrono::DateTime::from_timestamp(1_770_000_000 + 86_400 * day, 0).unwrap();
        let variants: Vec<(i64, Option<i64>)> =
            [4, 6].into_iter().flat_map(|day| [None, Some(0), Some(2)].map(|told| (day, told))).collect();
        let event = |message: &str, (day, told): (i64, Option<i64>)| {
            let event = Event::new("a", message, "e", Kind::Sent, at(day));
            match told {
                Some(told) => event.created(at(told)),
                None => event,
            }
        };
        let pairs = variants.iter().flat_map(|one| variants.iter().map(move |other| [*one, *other]));
        let events: Vec<Event> = pairs
            .enumerate()
            .flat_map(|(number, pair)| pair.map(|variant| event(&format!("m-{number}"), variant)))
            .collect();
        let [loaded, recorded] = [MemoryStore::new(), MemoryStore::new()];
        let loader = loaded.loader();
        let mut lane = loader.lane();
        events.iter().for_each(|event| lane.push(&EventRef::from(event)).unwrap());
        drop(lane);
        loader.finish(|refused| panic!("{refused}"));
        recorded.extend(events).unwrap();
        let days = |store: &MemoryStore| -> Vec<(u32, usize)> {
            let account = store.published.get(&"a".into()).unwrap();
            account
                .days
                .iter()
                .flat_map(|day| &day.parts)
                .map(|part| (part.segment.day, part.segment.len()))
                .collect()
        };
        assert_eq!(days(&loaded), days(&recorded));
        assert_eq!(loaded.message_count(), variants.len() * variants.len());
    }

    #[test]
    fn next_events_of_a_message_have_the_values_of_their_own_account() {
        let store = MemoryStore::new();
        let loader = store.loader();
        let mut lane = loader.lane();
        let mut expected = Vec::new();
        // The accounts number their values in another order.
        for id in ["1", "2", "3"] {
            for (account, domains) in [("a", ["x.example", "y.example"]), ("b", ["y.example", "x.example"])] {
                for (number, domain) in domains.into_iter().enumerate() {
                    let domain = if id == "3" { "z.example" } else { domain };
                    let at = chrono::DateTime::from_timestamp(1_770_000_000, 0).unwrap();
                    let event = Event::new(account, format!("m-{number}"), id, Kind::Sent, at).domain(domain);
                    lane.push(&EventRef::from(&event)).unwrap();
                    expected.push(event);
                }
            }
        }
        drop(lane);
        assert_eq!(loader.finish(|refused| panic!("{refused}")).new, 12);
        for event in expected {
            let timeline = store.timeline(event.account(), event.message());
            assert_eq!(timeline.iter().find(|kept| kept.id() == event.id()), Some(&event));
        }
    }

    #[test]
    fn a_group_of_very_many_messages_is_counted_in_a_scan() {
        let store = MemoryStore::new();
        let kinds = [Kind::Sent, Kind::Delivered, Kind::Opened];
        let events = (0..20_000).flat_map(|number| {
            let event = move |kind: Kind| {
                let domain = if number % 4 == 0 { "a.example" } else { "b.example" };
                Event::new("a", format!("m-{number}"), kind.to_string(), kind, event("", "").at())
                    .domain(domain)
            };
            kinds.map(event)
        });
        store.load(events, |_, _| ());
        let query =
            crate::Query::new("a", crate::Period::all()).by(Dimension::Domain).by(Dimension::Category);
        let counted = store.tally(&[query.plan(event("", "").at()).unwrap()]).unwrap();
        assert!(counted.provenance.paths.contains("scan"));
        let opened: Vec<u64> = counted.rows[0].iter().map(|row| row.counts.unique(Kind::Opened)).collect();
        assert_eq!(opened, [5_000, 15_000]);
    }

    #[test]
    fn sums_by_week_and_a_scan_tell_the_same() {
        let store = MemoryStore::new();
        let start = chrono::DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        let events = (0..20_000).map(|number: i64| {
            let at = start + chrono::TimeDelta::days(number % 45) + chrono::TimeDelta::minutes(number % 1440);
            let kind = if number % 45 % 2 == 0 { Kind::Sent } else { Kind::Opened };
            Event::new("a", format!("m-{number}"), "1", kind, at).category(format!("c-{}", number / 45 % 400))
        });
        store.load(events, |_, _| ());
        let rows = |days: i64, others: &[Dimension]| {
            let period = crate::Period::between(start, start + chrono::TimeDelta::days(days));
            let query = crate::Query::new("a", period).by(Dimension::Category);
            let query = others.iter().fold(query, |query, other| query.by(*other));
            let counted = store.tally(&[query.plan(start).unwrap()]).unwrap();
            let is_scan = !counted.provenance.paths.contains("cube by day and value");
            assert_eq!(is_scan, !others.is_empty());
            counted.rows[0]
                .iter()
                .map(|row| (row.group.iter().next().cloned(), row.counts.clone()))
                .collect::<Vec<_>>()
        };
        for days in [6, 13, 30, 45] {
            assert_eq!(rows(days, &[]), rows(days, &[Dimension::Domain]), "{days} days");
        }
    }

    #[test]
    fn the_store_can_be_used_while_refusals_are_told() {
        let store = MemoryStore::with_limits(StoreLimits { events_per_account: 2, ..StoreLimits::default() });
        let loader = store.loader();
        let mut lane = loader.lane();
        for message in ["m-1", "m-2", "m-3", "m-4"] {
            lane.push(&EventRef::from(&event(message, "x.example"))).unwrap();
        }
        drop(lane);
        let mut counts = Vec::new();
        let recorded = loader.finish(|refused| {
            let full = RecordError::AccountFull { limit: 2 };
            assert!(matches!(refused, StoreError::Record { source, .. } if source == full));
            counts.push(store.message_count());
        });
        assert_eq!((recorded.new, counts), (2, vec![2, 2]));
        let kept = ["m-1", "m-2", "m-3", "m-4"].map(|message| store.timeline(&"a".into(), &message.into()));
        assert!(kept.iter().flatten().all(|kept| *kept == event(kept.message().as_str(), "x.example")));
    }

    #[test]
    fn the_values_of_an_account_are_forgotten_after_the_last_loader() {
        let store = MemoryStore::new();
        store.extend([event("m-1", "secret.example")]).unwrap();
        let loaders = [store.loader(), store.loader()];
        run(store.forget_account(&"a".into())).unwrap();
        drop(loaders);
        store.extend([event("m-1", "other.example")]).unwrap();
        let account = store.published.get(&"a".into()).unwrap();
        assert_eq!(account.dictionary.code(Dimension::Domain, "secret.example"), None);
    }
}
