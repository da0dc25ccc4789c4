//! Answers plans: from cubes where they tell the answer, and from scans.

use std::borrow::Cow;
use std::sync::Arc;

use super::account::Account;
use super::cubed::Cubed;
use super::parallel::{self, Job, Yield};
use super::question::Question;
use super::rows::Rows;
use super::scan::Scanned;
use super::sums::Sums;
use crate::counted::Provenance;
use crate::plan::{Plan, Row};
use crate::store::StoreError;

/// Returns the rows of a plan, ascending by bucket, then by group.
pub(super) async fn rows<'a>(
    plan: &Plan,
    accounts: &'a [Arc<Account>],
    provenance: &mut Provenance,
) -> Result<Vec<Row>, StoreError> {
    let question = Question::new(plan);
    let accounts: Vec<&'a Account> =
        accounts.iter().map(|account| &**account).filter(|account| question.keeps(&account.id)).collect();
    let mut part = Part::new(&question, accounts.len());
    for (index, step) in accounts.chunks(STEP).enumerate() {
        if index > 0 {
            Yield::default().await;
        }
        let threads = parallel::threads(step.len() * question.buckets(), MIN_ROWS_PER_THREAD);
        let start = || Ok(Part::new(&question, accounts.len()));
        let read = |part: &mut Result<Part<'_, 'a>, StoreError>, index: usize| {
            if let Ok(of_thread) = part
                && let Err(error) = of_thread.read_cubes(step[index])
            {
                *part = Err(error);
            }
        };
        let parts = parallel::in_parallel(step.len(), threads, start, read);
        parts.into_iter().try_for_each(|other| part.merge(other?))?;
    }
    let Part { mut rows, scans, provenance: of_cubes, .. } = part;
    provenance.paths.extend(of_cubes.paths);
    provenance.thinned.extend(of_cubes.thinned);
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

/// The number of accounts between two points at which the caller can stop.
const STEP: usize = 1 << 10;

/// The minimum number of rows per thread. For fewer, starting a thread costs more than it saves.
const MIN_ROWS_PER_THREAD: usize = 1 << 10;

/// A part of an answer.
struct Part<'q, 'a> {
    question: &'q Question<'q>,
    rows: Rows<'q>,
    /// The accounts that must be scanned, with what their cubes tell.
    scans: Vec<(&'a Account, Option<Cubed>)>,
    provenance: Provenance,
    /// Sums that are not needed any more, whose allocations are reused.
    spare: Option<Sums>,
}

impl<'q, 'a> Part<'q, 'a> {
    /// Makes an empty part of an answer about a number of accounts.
    fn new(question: &'q Question<'q>, accounts: usize) -> Self {
        let (scans, provenance) = (Vec::new(), Provenance::default());
        Self { question, rows: Rows::new(question, accounts), scans, provenance, spare: None }
    }

    /// Adds what the cubes of an account tell.
    fn read_cubes(&mut self, account: &'a Account) -> Result<(), StoreError> {
        let cubed = Cubed::new(self.question, account, self.spare.take())?;
        cubed.iter().for_each(|cubed| note(cubed, &mut self.provenance));
        match cubed {
            Some(cubed) if cubed.is_complete(account) => {
                self.rows.add_cubed(account, &cubed)?;
                self.spare = Some(cubed.sums);
            }
            cubed => self.scans.push((account, cubed)),
        }
        Ok(())
    }

    /// Adds a part about other accounts.
    fn merge(&mut self, other: Self) -> Result<(), StoreError> {
        self.provenance.paths.extend(other.provenance.paths);
        self.provenance.thinned.extend(other.provenance.thinned);
        self.scans.extend(other.scans);
        Ok(self.rows.merge(other.rows)?)
    }
}

/// Says which cubes were read, and what is thinned of them.
fn note(cubed: &Cubed, provenance: &mut Provenance) {
    provenance.thinned.extend(&cubed.thinned);
    provenance.paths.extend(cubed.paths.iter().map(|path| Cow::from(*path)));
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
