//! Counts by group and bucket, without those that are zero.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::ReportError;
use crate::counts::{CountOverflow, Counts};
use crate::group::Group;
use crate::metric::Metric;
use crate::plan::{Plan, Row};

/// The counts of each group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells {
    groups: HashMap<Group, BucketCells>,
}

/// The counts of one group by bucket, ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BucketCells(Vec<(usize, Counts)>);

/// A group with its counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GroupCells {
    pub(super) group: Group,
    pub(super) cells: BucketCells,
}

impl Cells {
    /// Collects rows, and adds those of the same bucket and group.
    pub(super) fn new(plan: &Plan, rows: Vec<Row>) -> Result<Self, ReportError> {
        let (buckets, dimensions) = (plan.buckets().len(), plan.dimensions().len());
        let mut groups: HashMap<Group, BucketCells> = HashMap::new();
        if dimensions == 0 {
            groups.insert(Group::default(), BucketCells::default());
        }
        for Row { bucket, group, counts } in rows {
            if bucket >= buckets {
                return Err(ReportError::NoSuchBucket { found: bucket, buckets });
            }
            if group.len() != dimensions {
                return Err(ReportError::WrongGroup { found: group.len(), expected: dimensions });
            }
            groups.entry(group).or_default().0.push((bucket, counts));
        }
        groups.values_mut().try_for_each(BucketCells::normalize)?;
        Ok(Self { groups })
    }

    /// Returns the counts of all mail by bucket: the sums of the cells or, if these do not add up, the rows of the totals
    /// plan.
    pub(super) fn totals(&self, plan: &Plan, rows: Option<Vec<Row>>) -> Result<Vec<Counts>, ReportError> {
        match rows {
            None if plan.totals_plan().is_some() => Err(ReportError::TotalsMissing),
            None => totals(plan, self.groups.values()),
            Some(rows) => {
                let buckets = plan.buckets().len();
                let mut totals = vec![Counts::ZERO; buckets];
                for Row { bucket, group: _, counts } in rows {
                    let no_such_bucket = ReportError::NoSuchBucket { found: bucket, buckets };
                    totals.get_mut(bucket).ok_or(no_such_bucket)?.add(&counts)?;
                }
                Ok(totals)
            }
        }
    }

    /// Returns the counts of a group.
    pub(super) fn group(&self, group: &Group) -> Option<&BucketCells> {
        self.groups.get(group)
    }

    /// Returns the groups, largest first by `rank` or else by the number of events, then by name.
    pub(super) fn ranked(self, rank: Option<Metric>) -> Vec<GroupCells> {
        let size =
            |(_, counts): &(usize, Counts)| rank.map_or_else(|| counts.events(), |rank| counts.value(rank));
        let size = |cells: &BucketCells| cells.iter().map(size).fold(0, u64::saturating_add);
        let groups = self.groups.into_iter().map(|(group, cells)| (Reverse(size(&cells)), group, cells));
        let mut groups: Vec<_> = groups.collect();
        groups.sort_unstable_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        groups.into_iter().map(|(_, group, cells)| GroupCells { group, cells }).collect()
    }
}

impl BucketCells {
    /// Sorts by bucket, and adds the counts of the same bucket.
    fn normalize(&mut self) -> Result<(), CountOverflow> {
        if self.0.is_sorted_by(|a, b| a.0 < b.0) {
            return Ok(());
        }
        self.0.sort_by_key(|(bucket, _)| *bucket);
        let mut sums: Vec<(usize, Counts)> = Vec::with_capacity(self.0.len());
        for (bucket, counts) in self.0.drain(..) {
            match sums.last_mut() {
                Some((last, sum)) if *last == bucket => sum.add(&counts)?,
                Some(_) | None => sums.push((bucket, counts)),
            }
        }
        self.0 = sums;
        Ok(())
    }

    /// Returns the counts of a bucket, if there are any.
    pub(super) fn counts(&self, bucket: usize) -> Option<&Counts> {
        let index = self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket).ok()?;
        Some(&self.0[index].1)
    }

    /// Returns the buckets with their counts, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(usize, Counts)> {
        self.0.iter()
    }
}

/// Adds the counts of groups by bucket: one sum for each of the plan's buckets.
pub(super) fn totals<'a>(
    plan: &Plan,
    groups: impl Iterator<Item = &'a BucketCells>,
) -> Result<Vec<Counts>, ReportError> {
    let mut totals = vec![Counts::ZERO; plan.buckets().len()];
    for (bucket, counts) in groups.flat_map(BucketCells::iter) {
        totals[*bucket].add(counts)?;
    }
    Ok(totals)
}

/// Adds counts.
pub(super) fn sum<'a>(counts: impl IntoIterator<Item = &'a Counts>) -> Result<Counts, CountOverflow> {
    counts.into_iter().try_fold(Counts::ZERO, |mut sum, counts| sum.add(counts).map(|()| sum))
}
