//! Scanning with all processors, in steps between which the caller can stop it.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use super::account::Account;
use super::clock::Clock;
use super::day::DayPart;
use super::question::Question;
use super::scan::{Scan, Scanned};

/// The minimum number of events per thread. For fewer, starting a thread costs more than it saves.
const MIN_PER_THREAD: usize = 1 << 17;

/// The number of events that a thread scans between two points at which the caller can stop: some milliseconds.
const STEP: usize = 1 << 20;

/// A part of an account's mail that must be scanned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    /// The index of the account.
    pub(super) account: usize,
    pub(super) mail: &'a Account,
    pub(super) clock: &'a Clock,
    /// Whether the result is subtracted.
    pub(super) is_minus: bool,
    pub(super) part: &'a DayPart,
}

/// What one thread scans.
#[derive(Debug, Default)]
struct Worker<'a> {
    /// The scan of the latest job.
    scan: Option<(usize, bool, Scan<'a>)>,
    scanned: Vec<Scanned>,
}

/// Does all jobs, of which those with the same account and sign are together.
pub(super) async fn scan<'a>(question: &'a Question<'a>, jobs: &[Job<'a>]) -> Vec<Scanned> {
    scan_with(question, jobs, threads(events(jobs), MIN_PER_THREAD), STEP).await
}

/// Returns the number of threads for an amount of work, of which each thread should have at least `min`.
pub(super) fn threads(amount: usize, min: usize) -> usize {
    match amount / min {
        0 | 1 => 1,
        max => thread::available_parallelism().map_or(1, NonZero::get).min(max),
    }
}

/// Does the work with each index below `count` on one of several threads. Each thread makes a state of its own with `start`;
/// returns these states.
pub(super) fn in_parallel<S: Send>(
    count: usize,
    threads: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = start();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return state;
            }
            work(&mut state, index);
        }
    };
    thread::scope(|scope| {
        // A thread that does not start is no error: the others do its work.
        let others =
            (1..threads.min(count)).filter_map(|_| thread::Builder::new().spawn_scoped(scope, run).ok());
        let others: Vec<_> = others.collect();
        let own = run();
        let joined =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    })
}

async fn scan_with<'a>(
    question: &'a Question<'a>,
    mut jobs: &[Job<'a>],
    threads: usize,
    step: usize,
) -> Vec<Scanned> {
    let mut scanned = Vec::new();
    while !jobs.is_empty() {
        scanned.extend(scan_step(question, take(&mut jobs, threads * step), threads));
        if !jobs.is_empty() {
            Yield::default().await;
        }
    }
    scanned
}

fn events(jobs: &[Job<'_>]) -> usize {
    jobs.iter().map(|job| job.part.segment.event_count()).sum()
}

/// Takes the first jobs: at least one, if there are any, and others while they have at most `events` together.
fn take<'j, 'a>(jobs: &mut &'j [Job<'a>], events: usize) -> &'j [Job<'a>] {
    let mut sum = 0;
    let fits = |job: &&Job<'_>| {
        sum += job.part.segment.event_count();
        sum <= events
    };
    let count = jobs.iter().take_while(fits).count().max(1).min(jobs.len());
    let (taken, rest) = jobs.split_at(count);
    *jobs = rest;
    taken
}

/// Does jobs on several threads. Those of an account stay together as far as possible.
fn scan_step<'a>(question: &'a Question<'a>, mut jobs: &[Job<'a>], threads: usize) -> Vec<Scanned> {
    let share = events(jobs).div_ceil(threads);
    let mut parts: Vec<&[Job<'a>]> = (1..threads).map(|_| take(&mut jobs, share)).collect();
    parts.push(jobs);
    let work = |worker: &mut Worker<'a>, index: usize| worker.run(question, parts[index]);
    in_parallel(parts.len(), threads, Worker::default, work).into_iter().flat_map(Worker::finish).collect()
}

impl<'a> Worker<'a> {
    fn run(&mut self, question: &'a Question<'a>, jobs: &[Job<'a>]) {
        for job in jobs {
            let key = (job.account, job.is_minus);
            if let Some((account, is_minus, scan)) =
                self.scan.take_if(|(account, is_minus, _)| (*account, *is_minus) != key)
            {
                self.scanned.push(scan.finish(account, is_minus));
            }
            let scan = || (job.account, job.is_minus, Scan::new(question, job.mail, job.clock));
            self.scan.get_or_insert_with(scan).2.add(job.part);
        }
    }

    fn finish(mut self) -> Vec<Scanned> {
        self.scanned.extend(self.scan.map(|(account, is_minus, scan)| scan.finish(account, is_minus)));
        self.scanned
    }
}

/// Lets other tasks run once, and the caller stop.
#[derive(Debug, Default)]
pub(super) struct Yield {
    has_yielded: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Runs a future of this store, which waits for nothing, to its end.
pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
