//! Answers plans: from cubes where they tell the answer, and from scans.

use std::sync::Arc;

use super::account::Account;
use super::cubed::Cubed;
use super::parallel::{self, Job};
use super::question::Question;
use super::rows::Rows;
use super::scan::Scanned;
use crate::counted::Provenance;
use crate::plan::{Plan, Row};
use crate::store::StoreError;

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
            (cubed, scanned) => rows.add_all(account, cubed.as_ref(), &scanned)?,
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
