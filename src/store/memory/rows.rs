//! Counts by group and bucket while messages are added.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use std::mem;

use crate::counts::Counts;
use crate::group::Group;
use crate::plan::Row;
use crate::tally::TallyError;

/// The values of a group, borrowed from messages.
pub(super) type Values<'a> = Box<[Option<&'a str>]>;

/// Counts by group and bucket. A group has a number, by which its counts are found without comparing values.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    /// The number of each group.
    groups: HashMap<Values<'a>, usize>,
    /// The counts by group number, then by bucket.
    counts: Vec<BTreeMap<usize, Counts>>,
    len: usize,
    max: usize,
}

impl<'a> Rows<'a> {
    /// Makes an empty list of at most `max` rows.
    pub(super) fn new(max: usize) -> Self {
        Self { groups: HashMap::new(), counts: Vec::new(), len: 0, max }
    }

    /// Allows any number of rows.
    pub(super) fn unlimit(&mut self) {
        self.max = usize::MAX;
    }

    /// Returns the number of the group with these values.
    pub(super) fn group(&mut self, values: &[Option<&'a str>]) -> usize {
        if let Some(group) = self.groups.get(values) {
            return *group;
        }
        let group = self.counts.len();
        self.groups.insert(values.into(), group);
        self.counts.push(BTreeMap::new());
        group
    }

    /// Returns the counts of a bucket and group.
    pub(super) fn row(&mut self, bucket: usize, group: usize) -> Result<&mut Counts, TallyError> {
        match self.counts[group].entry(bucket) {
            Entry::Occupied(row) => Ok(row.into_mut()),
            Entry::Vacant(_) if self.len >= self.max => Err(TallyError::TooManyRows { limit: self.max }),
            Entry::Vacant(row) => {
                self.len += 1;
                Ok(row.insert(Counts::ZERO))
            }
        }
    }

    /// Adds all rows of `other`.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), TallyError> {
        let Self { groups, mut counts, .. } = other;
        for (values, number) in groups {
            let group = self.group(&values);
            for (bucket, counts) in mem::take(&mut counts[number]) {
                self.row(bucket, group)?.add(&counts)?;
            }
        }
        Ok(())
    }

    /// Removes all rows, and returns the values of each group with its counts by bucket.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (Values<'a>, BTreeMap<usize, Counts>)> {
        self.len = 0;
        let mut counts = mem::take(&mut self.counts);
        self.groups.drain().map(move |(values, number)| (values, mem::take(&mut counts[number])))
    }

    /// Returns the rows, ascending by bucket, then by group.
    pub(super) fn into_rows(mut self) -> Vec<Row> {
        let group = |values: Values<'a>| values.iter().map(|value| value.map(Into::into)).collect();
        let len = self.len;
        let mut groups: Vec<(Group, _)> =
            self.drain().map(|(values, by_bucket)| (group(values), by_bucket)).collect();
        groups.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut rows = Vec::with_capacity(len);
        for (group, by_bucket) in groups {
            let by_bucket = by_bucket.into_iter();
            rows.extend(by_bucket.map(|(bucket, counts)| Row { bucket, group: group.clone(), counts }));
        }
        // The sort is stable, so the groups of a bucket keep their order.
        rows.sort_by_key(|row| row.bucket);
        rows
    }
}
