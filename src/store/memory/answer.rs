//! Answers plans: from cubes where they tell the answer, and from scans.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::account::Account;
use super::cubed::Cubed;
use super::parallel::{self, Job};
use super::question::Question;
use super::scan::Scanned;
use super::sums::Sums;
use crate::counted::Provenance;
use crate::counts::Counts;
use crate::dimension::Dimension;
use crate::group::Group;
use crate::plan::{Plan, Row};
use crate::store::StoreError;
use crate::tally::TallyError;

/// Returns the rows of a plan, ascending by bucket, then by group.
pub(super) async fn rows(
    plan: &Plan,
    accounts: &[Arc<Account>],
    provenance: &mut Provenance,
) -> Result<Vec<Row>, StoreError> {
    let question = Question::new(plan);
    let accounts: Vec<&Account> =
        accounts.iter().map(|account| &**account).filter(|account| question.keeps(&account.id)).collect();
    let mut rows = Rows::new(&question, accounts.len());
    let mut cubed: Vec<Option<Cubed>> =
        accounts.iter().map(|account| Cubed::new(&question, account)).collect::<Result<_, _>>()?;
    let scanned = {
        let jobs = jobs(&question, &accounts, &cubed);
        if !jobs.is_empty() {
            provenance.paths.insert("scan".into());
        }
        parallel::scan(&question, &jobs).await
    };
    let mut scanned = by_account(scanned, accounts.len());
    for (index, account) in accounts.into_iter().enumerate() {
        let cubed = cubed[index].take();
        provenance.thinned.extend(cubed.iter().flat_map(|cubed| &cubed.thinned));
        cubed.iter().flat_map(|cubed| cubed.paths).for_each(|path| {
            provenance.paths.insert((*path).into());
        });
        match (cubed, std::mem::take(&mut scanned[index])) {
            (Some(cubed), scanned) if scanned.is_empty() => rows.add_cubed(account, &cubed)?,
            (cubed, scanned) => rows.add_all(account, cubed, &scanned)?,
        }
    }
    Ok(rows.finish())
}

/// Returns what must be scanned, account by account.
fn jobs<'a>(
    question: &'a Question<'a>,
    accounts: &[&'a Account],
    cubed: &'a [Option<Cubed>],
) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for (index, (account, cubed)) in accounts.iter().zip(cubed).enumerate() {
        let clocks = match cubed {
            Some(cubed) => [Some((&cubed.plus, false)), Some((&cubed.minus, true))],
            None => [Some((&question.clock, false)), None],
        };
        for (clock, is_minus) in clocks.into_iter().flatten().filter(|(clock, _)| !clock.is_empty()) {
            let parts = account.days.iter().flat_map(|day| &day.parts).filter(|part| {
                let (first, last) = part.segment.span(question.plan.timing);
                clock.overlaps(first, last)
            });
            jobs.extend(parts.map(|part| Job { account: index, mail: account, clock, is_minus, part }));
        }
    }
    jobs
}

fn by_account(scanned: Vec<Scanned>, accounts: usize) -> Vec<Vec<Scanned>> {
    let mut lists: Vec<Vec<Scanned>> = std::iter::repeat_with(Vec::new).take(accounts).collect();
    scanned.into_iter().for_each(|scanned| lists[scanned.account].push(scanned));
    lists
}

/// The rows of an answer while accounts are added.
struct Rows<'a> {
    question: &'a Question<'a>,
    /// The index in `rows` of each bucket and group; `None` if no other account has the same group.
    known: Option<HashMap<(usize, Group), usize>>,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    fn new(question: &'a Question<'a>, accounts: usize) -> Self {
        let is_by_account = question.plan.dimensions.contains(&Dimension::Account);
        let known = (accounts > 1 && !is_by_account).then(HashMap::new);
        Self { question, known, rows: Vec::new() }
    }

    /// Adds what the cubes of an account tell.
    fn add_cubed(&mut self, account: &Account, cubed: &Cubed) -> Result<(), TallyError> {
        for (bucket, code, counts) in cubed.sums.rows()? {
            self.add(account, bucket, |_| code, counts)?;
        }
        Ok(())
    }

    /// Adds what cubes and scans tell of an account.
    fn add_all(
        &mut self,
        account: &Account,
        cubed: Option<Cubed>,
        scanned: &[Scanned],
    ) -> Result<(), TallyError> {
        let dimensions = self.question.plan.dimensions;
        let is_full = scanned.iter().any(|scanned| scanned.is_full)
            || cubed.as_ref().is_some_and(|cubed| cubed.sums.is_full());
        if is_full {
            return Err(TallyError::TooManyRows { limit: self.question.plan.max_rows });
        }
        let places = self.question.places & account.places;
        let mut sums = Sums::new(places, self.question.buckets(), None, self.question.plan.max_rows);
        let (mut numbers, mut groups) = (HashMap::new(), Vec::new());
        let mut number = |values: Box<[u32]>| {
            *numbers.entry(values).or_insert_with_key(|values: &Box<[u32]>| {
                groups.push(values.clone());
                u32::try_from(groups.len() - 1).unwrap_or(u32::MAX)
            })
        };
        for (bucket, code, figures) in cubed.iter().flat_map(|cubed| cubed.sums.iter()) {
            let values =
                dimensions.iter().map(|dimension| if *dimension == Dimension::Account { 0 } else { code });
            sums.add_row(bucket, number(values.collect()), figures, false);
        }
        for scanned in scanned {
            for (bucket, values, figures) in &scanned.rows {
                sums.add_row(*bucket, number(values.clone()), figures, scanned.is_minus);
            }
        }
        for (bucket, group, counts) in sums.rows()? {
            self.add(account, bucket, |index| groups[group as usize][index], counts)?;
        }
        Ok(())
    }

    /// Adds a row of an account. `code` returns the code of the value of the dimension with an index.
    fn add(
        &mut self,
        account: &Account,
        bucket: u32,
        code: impl Fn(usize) -> u32,
        counts: Counts,
    ) -> Result<(), TallyError> {
        let value = |(index, dimension): (usize, &Dimension)| match dimension {
            Dimension::Account => Some(account.id.shared()).filter(|id| !id.is_empty()),
            dimension => account.dictionary.value(*dimension, code(index)).cloned(),
        };
        let group: Group = self.question.plan.dimensions.iter().enumerate().map(value).collect();
        let bucket = bucket as usize;
        if let Some(known) = &mut self.known {
            match known.entry((bucket, group.clone())) {
                Entry::Occupied(index) => return Ok(self.rows[*index.get()].counts.add(&counts)?),
                Entry::Vacant(index) => drop(index.insert(self.rows.len())),
            }
        }
        let limit = self.question.plan.max_rows;
        if self.rows.len() >= limit {
            return Err(TallyError::TooManyRows { limit });
        }
        self.rows.push(Row { bucket, group, counts });
        Ok(())
    }

    fn finish(mut self) -> Vec<Row> {
        self.rows.sort_unstable_by(|one, other| (one.bucket, &one.group).cmp(&(other.bucket, &other.group)));
        self.rows
    }
}
