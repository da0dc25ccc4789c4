//! Scanning with all processors, in steps between which the caller can stop it.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::pin::Pin;
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

/// Does the work with each of as many parts of the items as there are threads. Returns the results in the order of the parts.
pub(super) fn divide<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let mut parts = items.chunks(items.len().div_ceil(threads).max(1));
    let (own, work) = (parts.next().unwrap_or_default(), &work);
    thread::scope(|scope| {
        let start = |part| thread::Builder::new().spawn_scoped(scope, move || work(part)).map_err(|_| part);
        let others: Vec<_> = parts.map(start).collect();
        let own = work(own);
        let others = others.into_iter().map(|other| match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // A thread that does not start is no error: this one does its work.
            Err(part) => work(part),
        });
        std::iter::once(own).chain(others).collect()
    })
}

async fn scan_with<'a>(
    question: &'a Question<'a>,
    mut jobs: &[Job<'a>],
    threads: usize,
    step: usize,
) -> Vec<Scanned> {
    let mut workers: Vec<Worker<'a>> = (0..threads).map(|_| Worker::default()).collect();
    while !jobs.is_empty() {
        let now = take(&mut jobs, threads * step);
        run_step(&mut workers, question, now);
        if !jobs.is_empty() {
            Yield::default().await;
        }
    }
    workers.into_iter().flat_map(Worker::finish).collect()
}

fn events(jobs: &[Job<'_>]) -> usize {
    jobs.iter().map(|job| job.part.segment.event_count()).sum()
}

/// Takes the first jobs: at least one, and others while they have at most `events` together.
pub(super) fn take<'j, 'a>(jobs: &mut &'j [Job<'a>], events: usize) -> &'j [Job<'a>] {
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

/// Divides jobs between the workers, each of which has a thread of its own.
fn run_step<'a>(workers: &mut [Worker<'a>], question: &'a Question<'a>, mut jobs: &[Job<'a>]) {
    let share = events(jobs).div_ceil(workers.len().max(1));
    thread::scope(|scope| {
        let Some((own, others)) = workers.split_first_mut() else { return };
        let mut threads = Vec::new();
        for worker in others.iter_mut().filter(|_| share > 0) {
            if jobs.is_empty() {
                break;
            }
            let taken = take(&mut jobs, share);
            // A worker whose thread does not start gives its jobs to the caller's.
            let thread = thread::Builder::new().spawn_scoped(scope, move || worker.run(question, taken));
            match thread {
                Ok(thread) => threads.push(thread),
                Err(_) => own.run(question, taken),
            }
        }
        own.run(question, jobs);
        threads.into_iter().for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
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
