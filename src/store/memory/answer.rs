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
    // The accounts that must be scanned, with what their cubes tell.
    let (mut scans, mut spare) = (Vec::new(), None);
    for account in accounts {
        let cubed = Cubed::new(&question, account, spare.take())?;
        cubed.iter().for_each(|cubed| note(cubed, provenance));
        match cubed {
            Some(cubed) if cubed.is_complete(account) => {
                rows.add_cubed(account, &cubed)?;
                spare = Some(cubed.sums);
            }
            cubed => scans.push((account, cubed)),
        }
    }
    let jobs = jobs(&question, &scans);
    if !jobs.is_empty() {
        provenance.paths.insert("scan".into());
    }
    let scanned = parallel::scan(&question, &jobs).await;
    for ((account, cubed), scanned) in scans.iter().zip(by_account(scanned, scans.len())) {
        match cubed {
            Some(cubed) if scanned.is_empty() => rows.add_cubed(account, cubed)?,
            cubed => rows.add_all(account, cubed.as_ref(), &scanned)?,
        }
    }
    Ok(rows.finish())
}

/// Says which cubes were read, and what is thinned of them.
fn note(cubed: &Cubed, provenance: &mut Provenance) {
    provenance.thinned.extend(&cubed.thinned);
    for path in cubed.paths {
        if !provenance.paths.contains(*path) {
            provenance.paths.insert((*path).into());
        }
    }
}

/// Returns what must be scanned, account by account.
fn jobs<'a>(question: &'a Question<'a>, scans: &'a [(&'a Account, Option<Cubed>)]) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for (index, (account, cubed)) in scans.iter().enumerate() {
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
