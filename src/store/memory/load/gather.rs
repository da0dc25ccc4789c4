//! Orders messages by account and day.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::group::Partition;

/// All messages of a load, by account, then by day, then by hash.
#[derive(Debug)]
pub(super) struct Messages {
    pub(super) places: Vec<Place>,
    /// The messages of each account and day, ascending.
    pub(super) days: Vec<AccountDay>,
}

/// Where a message is: its partition and row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) partition: u32,
    pub(super) row: u32,
}

/// The messages of an account that were created on one day.
#[derive(Clone, Debug)]
pub(super) struct AccountDay {
    pub(super) account: u32,
    pub(super) day: u32,
    pub(super) places: Range<usize>,
}

/// The part of an account's messages that one thread gathers and counts.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) account: u32,
    pub(super) days: Vec<AccountDay>,
}

/// The maximum number of messages of a unit, and so of a segment.
const UNIT: usize = 1 << 16;

/// Orders the messages of all partitions.
pub(super) fn order(partitions: &[Partition]) -> Messages {
    let owners = || partitions.iter().flat_map(|partition| partition.owners.iter().copied());
    let mut counts: FxHashMap<(u32, u32), usize> = FxHashMap::default();
    owners().for_each(|owner| *counts.entry(owner).or_default() += 1);
    let mut sorted: Vec<((u32, u32), usize)> = counts.into_iter().collect();
    sorted.sort_unstable();
    let (mut days, mut next, mut total) = (Vec::new(), FxHashMap::default(), 0);
    for ((account, day), count) in sorted {
        days.push(AccountDay { account, day, places: total..total + count });
        next.insert((account, day), total);
        total += count;
    }
    let mut places = vec![Place::default(); total];
    for (partition, index) in partitions.iter().zip(0..) {
        for (owner, row) in partition.owners.iter().zip(0..) {
            if let Some(next) = next.get_mut(owner) {
                places[*next] = Place { partition: index, row };
                *next += 1;
            }
        }
    }
    Messages { places, days }
}

impl Messages {
    /// Divides the messages into units, in their order.
    pub(super) fn units(&self) -> Vec<Unit> {
        let mut units: Vec<Unit> = Vec::new();
        let mut left = 0;
        for AccountDay { account, day, places } in self.days.iter().cloned() {
            let mut start = places.start;
            while start < places.end {
                if left == 0 || units.last().is_none_or(|unit| unit.account != account) {
                    units.push(Unit { account, days: Vec::new() });
                    left = UNIT;
                }
                let end = places.end.min(start + left);
                left -= end - start;
                let part = AccountDay { account, day, places: start..end };
                units.last_mut().into_iter().for_each(|unit| unit.days.push(part.clone()));
                start = end;
            }
        }
        units
    }
}
