//! Counting with all processors, where that is worth it.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use super::scan::Scan;
use crate::message::Message;
use crate::plan::Plan;
use crate::tally::TallyError;

/// How many messages are handed out at a time: few enough that no thread is left with much more than the others.
const SHARE: usize = 4096;

/// How many messages a thread must have to do. For fewer it costs more than it saves.
const WORTH_A_THREAD: usize = 16 * SHARE;

/// Counts what `plan` selects of `messages`, all of accounts within its scope.
pub(super) fn count<'a>(plan: &'a Plan, messages: &[&'a [Message]]) -> Result<Scan<'a>, TallyError> {
    let threads = match messages.iter().map(|messages| messages.len()).sum::<usize>() / WORTH_A_THREAD {
        0 | 1 => 1,
        worth => thread::available_parallelism().map_or(1, NonZero::get).min(worth),
    };
    let shares: Vec<_> = messages.iter().flat_map(|messages| messages.chunks(SHARE)).collect();
    divide(plan, &shares, threads)
}

/// Lets each of `threads` count its part of the shares, and adds up what they counted. What messages contribute adds,
/// so the sum is the same in any division.
fn divide<'a>(plan: &'a Plan, shares: &[&'a [Message]], threads: usize) -> Result<Scan<'a>, TallyError> {
    let count_part = |first: usize| {
        let mut scan = Scan::new(plan);
        let mut part = shares.iter().skip(first).step_by(threads).copied().flatten();
        part.try_for_each(|message| scan.add(message)).map(|()| scan)
    };
    thread::scope(|scope| {
        let count_beside = |first| thread::Builder::new().spawn_scoped(scope, move || count_part(first));
        let others: Vec<_> = (1..threads).map(|first| (first, count_beside(first))).collect();
        let mut whole = count_part(0)?;
        for (first, other) in others {
            let part = match other {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system gives no more threads.
                Err(_) => count_part(first),
            };
            whole.merge(part?)?;
        }
        Ok(whole)
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration};

    use super::*;
    use crate::dimension::{By, Dimension};
    use crate::query::{Limits, Query, Timing};
    use crate::time::Period;
    use crate::{Event, EventType};

    /// 60 messages in three days, each of another kind than the one before; none shares an event with another.
    fn mail() -> Vec<Event> {
        let event = |number: usize| {
            let at = DateTime::UNIX_EPOCH + Duration::hours(i64::try_from(number % 70).unwrap());
            let event_type = EventType::ALL[number % EventType::COUNT];
            let event = Event::new("a", format!("m-{}", number % 60), format!("e-{number}"), event_type, at);
            let event = event.domain(format!("{}.example", number % 7)).country(["DE", "US", ""][number % 3]);
            event.tags(["x", "y", "z"].into_iter().take(number % 4))
        };
        (0..200).map(event).collect()
    }

    fn messages() -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        for event in mail() {
            match messages.iter_mut().find(|message| message.events()[0].message() == event.message()) {
                Some(message) => drop(message.insert(event)),
                None => messages.push(Message::new(event)),
            }
        }
        messages
    }

    fn plan(by: impl IntoIterator<Item = By>, timing: Timing, rows: usize) -> Plan {
        let period = Period::between(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + Duration::days(3));
        let limits = Limits { rows, ..Limits::default() };
        let query = Query::new("a", period).timing(timing).limits(limits);
        by.into_iter().fold(query, Query::by).plan(DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_sum_is_that_of_the_reference_however_the_messages_are_divided() {
        let messages = messages();
        let groupings: [&[By]; 5] = [
            &[],
            &[By::Date],
            &[Dimension::Tag.into(), By::Date],
            &[Dimension::Domain.into(), Dimension::Country.into()],
            &[Dimension::Country.into(), Dimension::Tag.into(), By::Date],
        ];
        for by in groupings {
            for timing in [Timing::Event, Timing::Send] {
                let plan = plan(by.iter().copied(), timing, 1000);
                let expected = plan.tally(mail()).unwrap();
                for (threads, share) in [(1, 100), (1, 7), (2, 7), (3, 1), (5, 30)] {
                    let shares: Vec<_> = messages.chunks(share).collect();
                    let rows = divide(&plan, &shares, threads).unwrap().into_rows();
                    assert_eq!(rows, expected, "{by:?} {timing:?} {threads} {share}");
                }
            }
        }
    }

    #[test]
    fn too_many_rows_are_refused_also_if_no_thread_has_too_many() {
        let messages = messages();
        let shares: Vec<_> = messages.chunks(1).collect();
        let by = [Dimension::Domain.into()];
        let most = plan(by, Timing::Event, 1000).tally(mail()).unwrap().len();
        for threads in [1, 2, 60] {
            let count = |rows| divide(&plan(by, Timing::Event, rows), &shares, threads).map(Scan::into_rows);
            assert_eq!(count(most).unwrap().len(), most);
            assert_eq!(count(most - 1), Err(TallyError::TooManyRows { limit: most - 1 }));
        }
    }
}
