//! Counting with all processors, in steps between which the caller can stop it.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use super::account::{CHUNK, Chunk};
use super::scan::Scan;
use crate::plan::{Plan, Row};
use crate::tally::TallyError;

/// The minimum number of chunks per thread. For fewer, starting a thread costs more than it saves.
const MIN_PER_THREAD: usize = 65_536 / CHUNK;

/// The number of events that are counted between two points at which the caller can stop; fewer with many filters.
const STEP: usize = 1 << 19;

/// Counts what each plan selects of the messages of accounts in its scope: `chunks` has one list for each plan.
pub(super) async fn count(plans: &[Plan], chunks: &[Arc<[Arc<Chunk>]>]) -> Result<Vec<Vec<Row>>, TallyError> {
    let mut rows = Vec::with_capacity(plans.len());
    for (plan, chunks) in plans.iter().zip(chunks) {
        let threads = match chunks.len() / MIN_PER_THREAD {
            0 | 1 => 1,
            max => thread::available_parallelism().map_or(1, NonZero::get).min(max),
        };
        rows.push(count_plan(plan, chunks, threads, step(plan)).await?);
    }
    Ok(rows)
}

/// Counts every chunk on one of `threads`, and adds the results. The contributions of messages are additive, so the sum does
/// not depend on the division.
async fn count_plan(
    plan: &Plan,
    mut chunks: &[Arc<Chunk>],
    threads: usize,
    step: usize,
) -> Result<Vec<Row>, TallyError> {
    let mut scans: Vec<Scan<'_>> = (0..threads).map(|_| Scan::new(plan)).collect();
    while !chunks.is_empty() {
        count_step(&mut scans, take_step(&mut chunks, step))?;
        if !chunks.is_empty() {
            Yield::default().await;
        }
    }
    let mut scans = scans.into_iter();
    let Some(mut whole) = scans.next() else { return Ok(Vec::new()) };
    scans.try_for_each(|scan| whole.merge(scan))?;
    Ok(whole.into_rows())
}

/// Returns how many events are counted in a step.
pub(super) fn step(plan: &Plan) -> usize {
    STEP / (1 + plan.parts().filters.len())
}

/// Takes the chunks of one step: at least one, and others while they have at most `events` together.
pub(super) fn take_step<'a>(chunks: &mut &'a [Arc<Chunk>], events: usize) -> &'a [Arc<Chunk>] {
    let mut sum = 0;
    let fits = |chunk: &&Arc<Chunk>| {
        sum += chunk.events;
        sum <= events
    };
    let count = chunks.iter().take_while(fits).count().max(1).min(chunks.len());
    let (step, rest) = chunks.split_at(count);
    *chunks = rest;
    step
}

/// Adds `chunks` to the scans, each of which has a thread of its own.
fn count_step<'a>(scans: &mut [Scan<'a>], chunks: &'a [Arc<Chunk>]) -> Result<(), TallyError> {
    let threads = scans.len();
    let add = |(first, scan): (usize, &mut Scan<'a>)| {
        let mut messages = chunks.iter().skip(first).step_by(threads).flat_map(|chunk| &chunk.messages);
        messages.try_for_each(|stored| scan.add(stored))
    };
    let not_started = thread::scope(|scope| {
        let mut scans = scans.iter_mut().enumerate();
        let own = scans.next();
        let spawn = |(index, scan)| {
            let thread = thread::Builder::new().spawn_scoped(scope, move || add((index, scan)));
            (index, thread)
        };
        let others: Vec<_> = scans.map(spawn).collect();
        own.map_or(Ok(()), add)?;
        let mut not_started = Vec::new();
        for (index, other) in others {
            match other {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic))?,
                Err(_) => not_started.push(index),
            }
        }
        Ok::<_, TallyError>(not_started)
    })?;
    not_started.into_iter().try_for_each(|index| add((index, &mut scans[index])))
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

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration};

    use super::super::StoreLimits;
    use super::super::account::AccountMessages;
    use super::*;
    use crate::dimension::{By, Dimension};
    use crate::query::{Limits, Query, Timing};
    use crate::time::Period;
    use crate::{Event, EventType};

    /// Returns 600 messages in three days, with alternating kinds.
    fn mail() -> Vec<Event> {
        let event = |number: usize| {
            let at = DateTime::UNIX_EPOCH + Duration::hours(i64::try_from(number % 70).unwrap());
            let event_type = EventType::ALL[number % EventType::COUNT];
            let event = Event::new("a", format!("m-{}", number % 600), format!("e-{number}"), event_type, at);
            let event = event.domain(format!("{}.example", number % 7)).country(["DE", "US", ""][number % 3]);
            let event = event.ip(["A", "B", ""][number % 3]).attempt_ip(["B", "C", "", ""][number % 4]);
            event.tags(["x", "y", "z"].into_iter().take(number % 4))
        };
        (0..2000).map(event).collect()
    }

    fn chunks() -> Vec<Arc<Chunk>> {
        let mut messages = AccountMessages::default();
        for event in mail() {
            messages.insert(event, &StoreLimits::default()).unwrap();
        }
        messages.chunks().to_vec()
    }

    fn plan(by: impl IntoIterator<Item = By>, timing: Timing, rows: usize) -> Plan {
        let period = Period::between(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + Duration::days(3));
        let limits = Limits { rows, ..Limits::default() };
        let query = Query::new("a", period).timing(timing).limits(limits);
        by.into_iter().fold(query, Query::by).plan(DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_sum_equals_the_reference_for_any_division_of_the_messages() {
        let chunks = chunks();
        let groupings: [&[By]; 6] = [
            &[],
            &[By::Date],
            &[Dimension::Tag.into(), By::Date],
            &[Dimension::Domain.into(), Dimension::Country.into()],
            &[Dimension::Country.into(), Dimension::Tag.into(), By::Date],
            &[Dimension::Ip.into()],
        ];
        for by in groupings {
            for timing in [Timing::Event, Timing::Send] {
                let plan = plan(by.iter().copied(), timing, 1000);
                let expected = plan.tally(mail()).unwrap();
                for (threads, step) in [(1, 100_000), (1, 1), (2, 1), (3, 600), (5, 5000)] {
                    let rows = run(count_plan(&plan, &chunks, threads, step)).unwrap();
                    assert_eq!(rows, expected, "{by:?} {timing:?} {threads} {step}");
                }
            }
        }
    }

    #[test]
    fn too_many_rows_are_an_error_even_if_no_thread_has_too_many() {
        let chunks = chunks();
        let by = [Dimension::Domain.into(), By::Date];
        let most = plan(by, Timing::Event, 1000).tally(mail()).unwrap().len();
        for threads in [1, 2, 60] {
            let count = |rows| run(count_plan(&plan(by, Timing::Event, rows), &chunks, threads, 1));
            assert_eq!(count(most).unwrap().len(), most);
            assert_eq!(count(most - 1), Err(TallyError::TooManyRows { limit: most - 1 }));
        }
    }

    #[test]
    fn the_caller_can_stop_between_two_steps() {
        let (chunks, plan) = (chunks(), plan([], Timing::Event, 10));
        let mut counting = std::pin::pin!(count_plan(&plan, &chunks, 1, 1));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 1..chunks.len() {
            assert!(counting.as_mut().poll(&mut context).is_pending());
        }
        assert!(counting.as_mut().poll(&mut context).is_ready());
    }
}
