//! Groups the rows of each partition into messages.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::Found;
use super::lane::{LaneRows, PARTITIONS};
use super::row::{Compact, Row};
use super::work::Work;
use crate::counts::FirstOf;
use crate::event::{Event, MessageId};
use crate::event_type::EventType;
use crate::message::InsertOutcome;
use crate::store::Recorded;
use crate::store::memory::builder::{SegmentBuilder, day_of};
use crate::store::memory::columns::{Part, TAGS};
use crate::store::memory::dictionary::Facts;
use crate::store::memory::edit::MAX_EVENTS_PER_MESSAGE;
use crate::store::memory::history::{Attributes, Entry, EventIds, History};
use crate::store::memory::interner::Interner;
use crate::store::memory::parallel::in_parallel;
use crate::store::memory::segment::Segment;

/// The messages of one partition and of several accounts, which are gathered together.
#[derive(Debug, Default)]
pub(super) struct Partition {
    /// The messages by account, then by day, then by hash: of all days, as if all were created on the first day of 1970.
    pub(super) segment: Segment,
    /// The account and the day of creation of each message.
    pub(super) owners: Vec<(u32, u32)>,
}

/// The rows of one partition as bytes, with the index of the first attributes of their lane.
type Chunks = Vec<(u32, Vec<u8>)>;

/// Groups all rows. Returns, for each share of the accounts, the partitions in the order of the hashes.
pub(super) fn group(work: &Work<'_>, lanes: Vec<LaneRows>, threads: usize) -> (Vec<Vec<Partition>>, Found) {
    let mut chunks: Vec<Chunks> = vec![Vec::new(); PARTITIONS];
    let mut attributes = Vec::new();
    for LaneRows { full, open, attributes: of_lane, .. } in lanes {
        let lane = u32::try_from(attributes.len()).unwrap_or(u32::MAX);
        attributes.extend(of_lane);
        for ((all, full), open) in chunks.iter_mut().zip(full).zip(open) {
            all.extend(full.into_iter().chain([open]).map(|chunk| (lane, chunk)));
        }
    }
    let chunks: Vec<Mutex<Chunks>> = chunks.into_iter().map(Mutex::new).collect();
    let start = || Grouper::new(work, &attributes);
    let groupers = in_parallel(PARTITIONS, threads, start, |grouper, index| {
        let chunks = std::mem::take(&mut *chunks[index].lock().unwrap_or_else(PoisonError::into_inner));
        grouper.partition(&chunks);
        let partitions = grouper.shares.iter_mut().map(Share::finish).collect();
        grouper.done.push((index, partitions));
    });
    let (mut done, mut found) = (Vec::with_capacity(PARTITIONS), Found::default());
    for grouper in groupers {
        done.extend(grouper.done);
        found.recorded += grouper.found.recorded;
        found.others.extend(grouper.found.others);
        found.event_types |= grouper.found.event_types;
    }
    done.sort_unstable_by_key(|(index, _)| *index);
    let mut shares: Vec<Vec<Partition>> = std::iter::repeat_with(Vec::new).take(work.shares).collect();
    for (_, partitions) in done {
        shares
            .iter_mut()
            .zip(partitions)
            .for_each(|(share, partition): (_, Partition)| share.push(partition));
    }
    (shares, found)
}

/// The rows of a message, in the order of those of its partition. The order of messages is that in which they are gathered:
/// so those of an account and day lie next to each other.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rows {
    account: u32,
    /// The day of the earliest instant, counted from 1970.
    day: u32,
    start: u32,
    end: u32,
}

impl Rows {
    fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The hash of a row's message in the upper half, and the index of the row in the lower one.
type HashAndIndex = u64;

#[expect(clippy::cast_possible_truncation, reason = "masked")]
fn index(place: HashAndIndex) -> usize {
    (place & u64::from(u32::MAX)) as usize
}

/// Orders rows by their messages, and within a message as they came.
fn order(rows: &[Compact<'_>]) -> (Vec<HashAndIndex>, Vec<Rows>) {
    let place = |(row, index): (&Compact<'_>, u64)| u64::from(row.hash) << 32 | index;
    let mut order: Vec<HashAndIndex> = rows.iter().zip(0..).map(place).collect();
    order.sort_unstable();
    let row = |place: HashAndIndex| &rows[index(place)];
    let key = |place: HashAndIndex| (row(place).account, row(place).message());
    let (mut messages, mut start) = (Vec::with_capacity(rows.len() / 2), 0);
    for of_hash in order.chunk_by_mut(|one, other| one >> 32 == other >> 32) {
        if !of_hash.iter().all(|place| key(*place) == key(of_hash[0])) {
            of_hash.sort_by_key(|place| key(*place));
        }
        for of_message in of_hash.chunk_by(|one, other| key(*one) == key(*other)) {
            let earliest = of_message.iter().map(|place| row(*place).earliest()).min();
            let end = start + u32::try_from(of_message.len()).unwrap_or(u32::MAX);
            let day = earliest.map_or(0, day_number);
            messages.push(Rows { account: row(of_message[0]).account, day, start, end });
            start = end;
        }
    }
    messages.sort_unstable();
    (order, messages)
}

/// Returns the day of an instant, counted from 1970.
fn day_number(at: i64) -> u32 {
    u32::try_from(day_of(at)).unwrap_or(0)
}

/// The messages of a share of the accounts while a partition is grouped.
#[derive(Debug, Default)]
struct Share {
    builder: SegmentBuilder,
    owners: Vec<(u32, u32)>,
}

impl Share {
    fn finish(&mut self) -> Partition {
        Partition { segment: self.builder.finish_for_copies(0), owners: std::mem::take(&mut self.owners) }
    }
}

/// An estimate of the mean size of a row in bytes, which is rather too small.
const MEAN_ROW: usize = 28;

/// What one thread needs to group partitions.
#[derive(Debug)]
struct Grouper<'a> {
    work: &'a Work<'a>,
    /// The attributes of all lanes.
    attributes: &'a [Arc<Attributes>],
    shares: Vec<Share>,
    facts: Vec<Facts>,
    done: Vec<(usize, Vec<Partition>)>,
    found: Found,
}

impl<'a> Grouper<'a> {
    fn new(work: &'a Work<'a>, attributes: &'a [Arc<Attributes>]) -> Self {
        let shares = std::iter::repeat_with(Share::default).take(work.shares).collect();
        Self { work, attributes, shares, facts: Vec::new(), done: Vec::new(), found: Found::default() }
    }

    fn partition(&mut self, chunks: &Chunks) {
        let bytes: usize = chunks.iter().map(|(_, chunk)| chunk.len()).sum();
        let mut rows = Vec::with_capacity(bytes / MEAN_ROW);
        for (lane, chunk) in chunks {
            let mut bytes = &chunk[..];
            rows.extend(std::iter::from_fn(|| Compact::read(&mut bytes, *lane)).filter(|row| {
                let is_too_late = self.work.before[row.account as usize].thinned.covers(row.at);
                self.found.recorded.too_late += u64::from(is_too_late);
                !is_too_late
            }));
        }
        let (order, messages) = order(&rows);
        let mut history = History::default();
        for message in messages {
            let of_message = order[message.range()].iter().map(|place| rows[index(*place)].row());
            self.message(of_message, message.day, &mut history);
        }
    }

    /// Adds the message of these rows.
    fn message<'r>(
        &mut self,
        rows: impl ExactSizeIterator<Item = Row<'r>> + Clone,
        day: u32,
        history: &mut History<'r>,
    ) {
        let Some(Row { hash, account, message, .. }) = rows.clone().next() else { return };
        let before = &self.work.before[account as usize];
        // Its creation counts in the sums of thinned time.
        let is_thinned = |told: Option<i64>| told.is_some_and(|told| before.thinned.covers(told));
        let is_known =
            before.find(hash, message).is_some() || rows.clone().any(|row| is_thinned(row.codes.facts.told));
        let limit = self.work.limits.events_per_message.clamp(1, MAX_EVENTS_PER_MESSAGE);
        if is_known || rows.len() > limit || self.may_have_too_many_tags(account, rows.clone()) {
            return self.add_others(rows);
        }
        history.id = message;
        history.entries.clear();
        let mut ids = EventIds::default();
        let mut outcomes = Recorded::default();
        for row in rows.clone() {
            let outcome = self.insert(history, self.entry(&row), account, &mut ids);
            // New events are counted when it is certain that the account has room for them.
            if outcome != InsertOutcome::New {
                outcomes.count(outcome);
            }
        }
        let interner = || self.work.interner(account);
        history.settle(&mut self.facts, |facts| {
            Interner::merge_covered(facts).unwrap_or_else(|| interner().merge(facts))
        });
        if day_number(history.created) != day {
            // The earliest instant was one of a copy that another replaced.
            return self.add_others(rows);
        }
        self.found.recorded += outcomes;
        self.found.event_types |= history.entries.iter().fold(0, |bits, entry| bits | entry.event_type.bit());
        let share = &mut self.shares[self.work.share_of(account)];
        share.builder.push(hash, history);
        share.owners.push((account, day));
    }

    /// Inserts an event.
    fn insert<'r>(
        &self,
        history: &mut History<'r>,
        entry: Entry<'r>,
        account: u32,
        ids: &mut EventIds<'r>,
    ) -> InsertOutcome {
        let entries = &mut history.entries;
        let Some(known) = ids.position(entries, entry.id).map(|known| &mut entries[known]) else {
            entries.push(entry);
            return InsertOutcome::New;
        };
        let order = entry.cmp_copies(known, &self.work.dictionaries[account as usize]);
        let outcome = InsertOutcome::of_copy(order);
        if outcome == InsertOutcome::Replaced {
            *known = entry;
        }
        outcome
    }

    fn entry<'r>(&self, row: &Row<'r>) -> Entry<'r> {
        let event_type = EventType::ALL.get(usize::from(row.event_type)).copied();
        let attributes = row.attributes.and_then(|index| self.attributes.get(index as usize));
        Entry {
            id: row.id,
            at: row.at,
            // Only event types are written.
            event_type: event_type.unwrap_or(EventType::Accepted),
            facts: row.codes.facts,
            own: row.codes.own,
            attributes: attributes.cloned(),
            first_of: FirstOf::NOTHING,
        }
    }

    fn may_have_too_many_tags<'r>(&self, account: u32, rows: impl Iterator<Item = Row<'r>>) -> bool {
        let mut contents = rows.map(|row| row.codes.facts.content);
        let Some(first) = contents.next() else { return false };
        let others: BTreeSet<u32> = contents.filter(|content| *content != first).collect();
        let dictionary = &self.work.dictionaries[account as usize];
        let tags = |content: &u32| dictionary.row(Part::Content, *content)[TAGS..].len();
        !others.is_empty() && tags(&first) + others.iter().map(tags).sum::<usize>() > Event::MAX_TAGS
    }

    fn add_others<'r>(&mut self, rows: impl Iterator<Item = Row<'r>>) {
        for row in rows {
            let id = &self.work.ids[row.account as usize];
            let dictionary = &self.work.dictionaries[row.account as usize];
            let event = self.entry(&row).event(id, &MessageId::from(row.message), dictionary);
            self.found.others.push(event);
        }
    }
}
