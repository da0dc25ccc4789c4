//! On which day a message was created, by the hash of its id.

use std::sync::Arc;

/// The days of messages. Several messages can have the same hash, and a message can have an entry for a day on which it was
/// thought to be created before an earlier event came. Cloning it copies a pointer for each list.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Lists of hash and day, ascending. Each has at least four times as many entries as the next one.
    lists: Vec<Arc<Vec<u64>>>,
}

impl Index {
    /// Adds entries, in any order.
    pub(super) fn add(&mut self, entries: impl IntoIterator<Item = (u32, u32)>) {
        let mut added: Vec<u64> = entries.into_iter().map(|(hash, day)| entry(hash, day)).collect();
        added.sort_unstable();
        while let Some(last) = self.lists.pop_if(|last| last.len() < 4 * added.len()) {
            added = merge(&last, &added);
        }
        if !added.is_empty() {
            self.lists.push(Arc::new(added));
        }
    }

    /// Returns the days on which a message with this hash may have been created.
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the day")]
    pub(super) fn days(&self, hash: u32) -> impl Iterator<Item = u32> {
        let first = entry(hash, 0);
        self.lists.iter().rev().flat_map(move |list| {
            let start = search(list, first);
            list[start..]
                .iter()
                .take_while(move |entry| **entry >> 32 == u64::from(hash))
                .map(|entry| *entry as u32)
        })
    }

    /// Returns the number of bytes.
    pub(super) fn bytes(&self) -> usize {
        self.lists.iter().map(|list| 8 * list.capacity()).sum()
    }
}

fn entry(hash: u32, day: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(day)
}

/// Returns the index of the first entry that is not less. Hashes are evenly distributed, so it is near its share of the list.
fn search(list: &[u64], first: u64) -> usize {
    let guess = usize::try_from((u128::from(first) * list.len() as u128) >> 64).unwrap_or(0);
    let (mut low, mut high, mut step) = (guess, guess, 16);
    while low > 0 && list[low - 1] >= first {
        (high, low) = (low, low.saturating_sub(step));
        step *= 4;
    }
    step = 16;
    while high < list.len() && list[high] < first {
        (low, high) = (high, (high + step).min(list.len()));
        step *= 4;
    }
    low + list[low..high].partition_point(|entry| *entry < first)
}

fn merge(one: &[u64], other: &[u64]) -> Vec<u64> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut left, mut right) = (one, other);
    while let ([first, ..], [second, ..]) = (left, right) {
        if first <= second {
            left = &left[1..];
            merged.push(*first);
        } else {
            right = &right[1..];
            merged.push(*second);
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged.dedup();
    merged
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_entry_is_found_and_no_other(
            batches in prop::collection::vec(prop::collection::vec((prop_oneof![0..9_u32, any::<u32>()], 0..4_u32), 0..40), 0..8),
        ) {
            let mut index = Index::default();
            batches.iter().for_each(|batch| index.add(batch.iter().copied()));
            let entries: BTreeSet<(u32, u32)> = batches.into_iter().flatten().collect();
            for hash in entries.iter().map(|(hash, _)| *hash).chain([0, 1, u32::MAX]) {
                let found: BTreeSet<u32> = index.days(hash).collect();
                let expected = entries.iter().filter(|(known, _)| *known == hash).map(|(_, day)| *day);
                prop_assert_eq!(found, expected.collect::<BTreeSet<_>>());
            }
        }
    }
}
