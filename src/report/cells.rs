//! The rows of an answer, on their way into a report.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{ReportError, ReportRow};
use crate::counts::{CountOverflow, Counts};
use crate::dimension::{By, Group};
use crate::plan::{Plan, Row};
use crate::time::Bucket;

/// The rows of an answer, found by group and bucket.
pub(crate) struct Cells {
    groups: BTreeMap<Group, BTreeMap<usize, Counts>>,
}

impl Cells {
    pub(crate) fn new(plan: &Plan, rows: Vec<Row>) -> Result<Self, ReportError> {
        let (buckets, dimensions) = (plan.buckets().len(), plan.dimensions().len());
        let mut groups: BTreeMap<Group, BTreeMap<usize, Counts>> = BTreeMap::new();
        if dimensions == 0 {
            groups.insert(Group::default(), BTreeMap::new());
        }
        for Row { bucket, group, counts } in rows {
            if bucket >= buckets {
                return Err(ReportError::NoSuchBucket { found: bucket, expected: buckets });
            }
            if group.len() != dimensions {
                return Err(ReportError::WrongGroup { found: group.len(), expected: dimensions });
            }
            groups.entry(group).or_default().entry(bucket).or_default().add(&counts)?;
        }
        Ok(Self { groups })
    }

    /// All mail, bucket by bucket: as the rows add up, or, where they do not, as the `totals` say.
    pub(crate) fn totals(&self, plan: &Plan, totals: Option<Vec<Row>>) -> Result<Vec<Counts>, ReportError> {
        let Some(rows) = totals else {
            if plan.totals().is_some() {
                return Err(ReportError::TotalsMissing);
            }
            return self.sum(plan, self.groups.keys());
        };
        let mut totals = vec![Counts::ZERO; plan.buckets().len()];
        for Row { bucket, group: _, counts } in rows {
            let expected = totals.len();
            let total =
                totals.get_mut(bucket).ok_or(ReportError::NoSuchBucket { found: bucket, expected })?;
            total.add(&counts)?;
        }
        Ok(totals)
    }

    /// What was counted in one bucket of one group, if anything was.
    pub(crate) fn at(&self, group: &Group, bucket: usize) -> Option<&Counts> {
        self.groups.get(group)?.get(&bucket)
    }

    /// All that was counted: by group, then by bucket.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Group, usize, &Counts)> {
        self.groups.iter().flat_map(|(group, by_bucket)| {
            by_bucket.iter().map(move |(bucket, counts)| (group, *bucket, counts))
        })
    }

    /// The groups, the largest first, then by name.
    pub(super) fn ranked(&self, plan: &Plan) -> Result<Vec<Group>, ReportError> {
        let size = |counts: &Counts| match plan.query().rank {
            Some(metric) => counts.value(metric),
            None => counts.events(),
        };
        let mut ranked = Vec::with_capacity(self.groups.len());
        for (group, by_bucket) in &self.groups {
            ranked.push((Reverse(size(&sum(by_bucket.values())?)), group.clone()));
        }
        ranked.sort_unstable();
        Ok(ranked.into_iter().map(|(_, group)| group).collect())
    }

    /// The sum of some groups, bucket by bucket.
    pub(super) fn sum<'a>(
        &self,
        plan: &Plan,
        groups: impl Iterator<Item = &'a Group>,
    ) -> Result<Vec<Counts>, ReportError> {
        let mut sums = vec![Counts::ZERO; plan.buckets().len()];
        for (bucket, counts) in groups.filter_map(|group| self.groups.get(group)).flatten() {
            sums[*bucket].add(counts)?;
        }
        Ok(sums)
    }

    /// A row for each bucket of each of `groups`, in their order.
    pub(super) fn rows(&self, plan: &Plan, groups: &[Group]) -> Vec<ReportRow> {
        let row = |group: &Group, bucket: usize, time: Bucket| {
            let counts = self.at(group, bucket);
            ReportRow { group: group.clone(), bucket, time, counts: counts.cloned().unwrap_or_default() }
        };
        let buckets = || plan.buckets().iter().copied().enumerate();
        if plan.by().first() == Some(&By::Date) {
            let at = |(bucket, time)| groups.iter().map(move |group| row(group, bucket, time));
            buckets().flat_map(at).collect()
        } else {
            groups
                .iter()
                .flat_map(|group| buckets().map(move |(bucket, time)| row(group, bucket, time)))
                .collect()
        }
    }
}

pub(crate) fn sum<'a>(parts: impl IntoIterator<Item = &'a Counts>) -> Result<Counts, CountOverflow> {
    let mut sum = Counts::ZERO;
    for part in parts {
        sum.add(part)?;
    }
    Ok(sum)
}
