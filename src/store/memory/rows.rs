//! The rows of an answer while accounts are added.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::account::Account;
use super::cubed::Cubed;
use super::question::Question;
use super::scan::Scanned;
use super::sums::Sums;
use crate::counts::Counts;
use crate::dimension::Dimension;
use crate::group::Group;
use crate::plan::Row;
use crate::tally::TallyError;

/// The rows of an answer while accounts are added.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    question: &'a Question<'a>,
    groups: Vec<Group>,
    /// The bucket, the index of the group, and the counts.
    rows: Vec<(u32, u32, Counts)>,
    /// How rows of several accounts are found; `None` if no two accounts have the same group.
    shared: Option<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The index of each group.
    groups: HashMap<Group, u32>,
    /// The index of the row of each bucket and group.
    rows: FxHashMap<(u32, u32), usize>,
}

impl<'a> Rows<'a> {
    /// Makes an empty answer to a question about a number of accounts.
    pub(super) fn new(question: &'a Question<'a>, accounts: usize) -> Self {
        let is_by_account = question.plan.dimensions.contains(&Dimension::Account);
        let shared = (accounts > 1 && !is_by_account).then(Shared::default);
        Self { question, groups: Vec::new(), rows: Vec::new(), shared }
    }

    /// Adds what the cubes of an account tell.
    pub(super) fn add_cubed(&mut self, account: &Account, cubed: &Cubed) -> Result<(), TallyError> {
        let (mut known, mut last) = (FxHashMap::default(), None);
        for (bucket, code, counts) in cubed.sums.rows()? {
            let group = match last {
                Some((known, group)) if known == code => group,
                Some(_) | None => *known.entry(code).or_insert_with(|| self.group(account, |_| code)),
            };
            last = Some((code, group));
            self.add(bucket, group, counts)?;
        }
        Ok(())
    }

    /// Adds the rows of other accounts.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), TallyError> {
        if self.rows.is_empty() {
            *self = other;
            return Ok(());
        }
        let groups: Vec<u32> = other.groups.into_iter().map(|group| self.number(group)).collect();
        other
            .rows
            .into_iter()
            .try_for_each(|(bucket, group, counts)| self.add(bucket, groups[group as usize], counts))
    }

    /// Adds what cubes and scans tell of an account.
    pub(super) fn add_all(
        &mut self,
        account: &Account,
        cubed: Option<&Cubed>,
        scanned: &[Scanned],
    ) -> Result<(), TallyError> {
        let dimensions = self.question.plan.dimensions;
        let is_full =
            scanned.iter().any(|scanned| scanned.is_full) || cubed.is_some_and(|cubed| cubed.sums.is_full());
        if is_full {
            return Err(TallyError::TooManyRows { limit: self.question.plan.max_rows });
        }
        let places = self.question.places & account.places;
        let mut sums = Sums::new(places, self.question.buckets(), None, self.question.plan.max_rows);
        let (mut numbers, mut groups) = (HashMap::new(), Vec::new());
        let mut number = |values: &[u32]| {
            if let Some(number) = numbers.get(values) {
                return *number;
            }
            let number = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            groups.push(Box::<[u32]>::from(values));
            numbers.insert(Box::<[u32]>::from(values), number);
            number
        };
        for (bucket, code, figures) in cubed.into_iter().flat_map(|cubed| cubed.sums.iter()) {
            let values =
                dimensions.iter().map(|dimension| if *dimension == Dimension::Account { 0 } else { code });
            sums.add_row(bucket, number(&values.collect::<Box<[u32]>>()), figures, false);
        }
        for scanned in scanned {
            for (bucket, values, figures) in &scanned.rows {
                sums.add_row(*bucket, number(values), figures, scanned.is_minus);
            }
        }
        let groups: Vec<u32> =
            groups.iter().map(|values| self.group(account, |index| values[index])).collect();
        for (bucket, group, counts) in sums.rows()? {
            self.add(bucket, groups[group as usize], counts)?;
        }
        Ok(())
    }

    /// Returns the index of a group. `code` returns the code of the value of the dimension with an index.
    fn group(&mut self, account: &Account, code: impl Fn(usize) -> u32) -> u32 {
        let value = |(index, dimension): (usize, &Dimension)| {
            if *dimension == Dimension::Account {
                account.id.value()
            } else {
                account.dictionary.value(*dimension, code(index))
            }
        };
        let values = self.question.plan.dimensions.iter().enumerate().map(value);
        let group: Group = values.map(|value| value.cloned()).collect();
        self.number(group)
    }

    /// Returns the index of a group.
    fn number(&mut self, group: Group) -> u32 {
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        if let Some(shared) = &mut self.shared {
            match shared.groups.entry(group.clone()) {
                Entry::Occupied(known) => return *known.get(),
                Entry::Vacant(place) => place.insert(next),
            };
        }
        self.groups.push(group);
        next
    }

    fn add(&mut self, bucket: u32, group: u32, counts: Counts) -> Result<(), TallyError> {
        if let Some(shared) = &mut self.shared {
            match shared.rows.entry((bucket, group)) {
                Entry::Occupied(row) => return Ok(self.rows[*row.get()].2.add(&counts)?),
                Entry::Vacant(place) => place.insert(self.rows.len()),
            };
        }
        let limit = self.question.plan.max_rows;
        if self.rows.len() >= limit {
            return Err(TallyError::TooManyRows { limit });
        }
        self.rows.push((bucket, group, counts));
        Ok(())
    }

    /// Returns the rows, ascending by bucket, then by group.
    pub(super) fn finish(self) -> Vec<Row> {
        let Self { groups, mut rows, .. } = self;
        let mut order: Vec<u32> = (0..).take(groups.len()).collect();
        order.sort_unstable_by(|one, other| groups[*one as usize].cmp(&groups[*other as usize]));
        let mut ranks = vec![0_u32; groups.len()];
        (0..).zip(order).for_each(|(rank, group)| ranks[group as usize] = rank);
        // Keys are sorted, because they are shorter than rows.
        let key = |(bucket, group, _): &(u32, u32, Counts)| (*bucket, ranks[*group as usize]);
        let mut keys: Vec<((u32, u32), usize)> = rows.iter().map(key).zip(0..).collect();
        keys.sort_unstable();
        let row = |(_, index): ((u32, u32), usize)| {
            let (bucket, group, counts) = &mut rows[index];
            let (bucket, group) = (*bucket as usize, groups[*group as usize].clone());
            Row { bucket, group, counts: std::mem::take(counts) }
        };
        keys.into_iter().map(row).collect()
    }
}
