//! Gathers messages into segments and cubes, and adds them to their accounts.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::dense::CubeBuilder;
use super::gather::{Messages, Unit};
use super::group::Partition;
use super::work::Work;
use crate::event::{Event, MessageId};
use crate::message::MILLIS_PER_DAY;
use crate::status::Status;
use crate::store::memory::account::Account;
use crate::store::memory::builder::SegmentBuilder;
use crate::store::memory::cell::{Cell, status_place};
use crate::store::memory::cube::CubeId;
use crate::store::memory::dictionary::Dictionary;
use crate::store::memory::edit::cubed;
use crate::store::memory::parallel::in_parallel;
use crate::store::memory::segment::Segment;

/// A part of the messages of an account, gathered and counted.
#[derive(Debug, Default)]
struct Part {
    segments: Vec<Segment>,
    cells: Vec<(CubeId, Vec<Cell>)>,
    places: u64,
}

/// An account with what was added to it.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) account: Account,
    /// The number of events that were added.
    pub(super) new: u64,
}

/// Returns the accounts that would have more events than their limit.
pub(super) fn full(work: &Work<'_>, messages: &Messages, partitions: &[Partition]) -> HashSet<u32> {
    let limit = work.limits.events_per_account;
    if limit == usize::MAX {
        return HashSet::new();
    }
    let mut events: Vec<usize> = work.before.iter().map(|account| account.events).collect();
    for day in &messages.days {
        for place in &messages.places[day.places.clone()] {
            let segment = &partitions[place.partition as usize].segment;
            events[day.account as usize] += segment.events_of(place.row as usize).len();
        }
    }
    (0..).zip(events).filter(|(_, events)| *events > limit).map(|(account, _)| account).collect()
}

/// Returns the events of accounts.
pub(super) fn events(
    work: &Work<'_>,
    messages: &Messages,
    partitions: &[Partition],
    of: &HashSet<u32>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for day in messages.days.iter().filter(|day| of.contains(&day.account)) {
        let (id, dictionary) = (&work.ids[day.account as usize], work.interner(day.account).seal());
        for place in &messages.places[day.places.clone()] {
            let mut history = partitions[place.partition as usize].segment.history(place.row as usize);
            let message = MessageId::from(history.id);
            // The instants of a partition are counted from the start of the message's day.
            let start = i64::from(day.day) * MILLIS_PER_DAY;
            history.entries.iter_mut().for_each(|entry| entry.at += start);
            events.extend(history.entries.iter().map(|entry| entry.event(id, &message, &dictionary)));
        }
    }
    events
}

/// Adds all messages to their accounts, except for those of accounts in `without`. `event_types` has a bit for each event type
/// that occurs.
pub(super) fn assemble(
    work: &Work<'_>,
    messages: &Messages,
    partitions: &[Partition],
    without: &HashSet<u32>,
    event_types: u64,
    threads: usize,
) -> Vec<Assembled> {
    let occurring =
        Status::ALL.into_iter().fold(event_types, |bits, status| bits | 1 << status_place(status));
    let mut units = messages.units();
    units.retain(|unit| !without.contains(&unit.account));
    let dictionaries: Vec<Arc<Dictionary>> =
        (0..).take(work.ids.len()).map(|account| work.interner(account).seal()).collect();
    let start = || (SegmentBuilder::default(), Vec::new());
    let done = in_parallel(units.len(), threads, start, |(builder, done), index| {
        let dictionary = &dictionaries[units[index].account as usize];
        done.push((
            index,
            Part::new(
                &units[index],
                messages,
                partitions,
                CubeBuilder::new(dictionary, cubed(dictionary), occurring),
                builder,
            ),
        ));
    });
    let mut parts: Vec<(usize, Part)> = done.into_iter().flat_map(|(_, done)| done).collect();
    parts.sort_unstable_by_key(|(index, _)| *index);
    let mut parts = parts.into_iter().map(|(_, part)| part);
    let by_account = units.chunk_by(|one, other| one.account == other.account);
    let accounts = by_account.map(|units| (units[0].account, parts.by_ref().take(units.len()).collect()));
    let accounts: Vec<Mutex<(u32, Vec<Part>)>> = accounts.map(Mutex::new).collect();
    let start = || (SegmentBuilder::default(), Vec::new());
    let done = in_parallel(accounts.len(), threads, start, |(builder, done), index| {
        let (account, parts) =
            std::mem::take(&mut *accounts[index].lock().unwrap_or_else(PoisonError::into_inner));
        let dictionary = &dictionaries[account as usize];
        done.push(Assembled::new(&work.before[account as usize], dictionary, parts, builder));
    });
    done.into_iter().flat_map(|(_, done)| done).collect()
}

impl Part {
    fn new(
        unit: &Unit,
        messages: &Messages,
        partitions: &[Partition],
        mut cubes: CubeBuilder<'_>,
        builder: &mut SegmentBuilder,
    ) -> Self {
        let mut part = Self::default();
        for day in &unit.days {
            let mut finish = |builder: &mut SegmentBuilder, cubes: &mut CubeBuilder<'_>| {
                let segment = builder.finish(day.day);
                cubes.add(&segment);
                part.segments.push(segment);
            };
            for place in &messages.places[day.places.clone()] {
                builder.copy(&partitions[place.partition as usize].segment, place.row as usize);
                if builder.is_full() {
                    finish(builder, &mut cubes);
                    cubes.flush();
                }
            }
            if builder.len() > 0 {
                finish(builder, &mut cubes);
            }
        }
        (part.cells, part.places) = cubes.finish();
        part
    }
}

impl Assembled {
    fn new(
        before: &Account,
        dictionary: &Arc<Dictionary>,
        parts: Vec<Part>,
        builder: &mut SegmentBuilder,
    ) -> Self {
        let mut account = before.clone();
        account.dictionary = Arc::clone(dictionary);
        account.cubes.start_missing(&cubed(dictionary));
        let (mut new, mut entries) = (0, Vec::new());
        for Part { segments, cells, places } in parts {
            account.places |= places;
            cells.into_iter().for_each(|(id, cells)| account.cubes.get_mut(id).add(cells));
            for segment in segments {
                new += segment.event_count();
                account.messages += segment.len();
                entries.extend(segment.messages.hashes.iter().map(|hash| (*hash, segment.day)));
                account.add(segment, builder);
            }
        }
        account.events += new;
        account.index.add(entries);
        Self { account, new: new as u64 }
    }
}
