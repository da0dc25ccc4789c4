//! Counting with all processors, if that pays.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use indexmap::map::Slice;

use super::scan::Scan;
use crate::event::MessageId;
use crate::message::Message;
use crate::plan::Plan;
use crate::tally::TallyError;

/// The number of messages that are assigned to a thread at a time: small, so that the threads finish at about the same time.
const SHARE: usize = 4096;

/// The minimum number of messages per thread. For fewer, starting a thread costs more than it saves.
const MIN_PER_THREAD: usize = 16 * SHARE;

/// Counts what `plan` selects of the messages of accounts in scope.
pub(super) fn count<'a>(
    plan: &'a Plan,
    accounts: &[&'a Slice<MessageId, Message>],
) -> Result<Scan<'a>, TallyError> {
    let messages = accounts.iter().map(|account| account.len()).sum::<usize>();
    let threads = match messages / MIN_PER_THREAD {
        0 | 1 => 1,
        max => thread::available_parallelism().map_or(1, NonZero::get).min(max),
    };
    let ranges = |account: &'a Slice<MessageId, Message>| {
        let range = move |start: usize| account.get_range(start..account.len().min(start + SHARE));
        (0..account.len()).step_by(SHARE).filter_map(range)
    };
    let shares: Vec<_> = accounts.iter().flat_map(|account| ranges(account)).map(Slice::values).collect();
    divide(plan, &shares, threads)
}

/// Counts every share on one of `threads`, and adds the results. The contributions of messages are additive, so the sum
/// does not depend on the division.
fn divide<'a, S>(plan: &'a Plan, shares: &[S], threads: usize) -> Result<Scan<'a>, TallyError>
where
    S: IntoIterator<Item = &'a Message> + Clone + Sync,
{
    let count_part = |first: usize| {
        let mut scan = Scan::new(plan);
        let mut part = shares.iter().skip(first).step_by(threads).cloned().flatten();
        part.try_for_each(|message| scan.add(message)).map(|()| scan)
    };
    thread::scope(|scope| {
        let spawn = |first| thread::Builder::new().spawn_scoped(scope, move || count_part(first));
        let others: Vec<_> = (1..threads).map(|first| (first, spawn(first))).collect();
        let mut whole = count_part(0)?;
        for (first, other) in others {
            let part = match other {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // No thread could be started.
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

    /// Returns 60 messages in three days, with alternating kinds.
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
        Message::collect(mail()).into_values().collect()
    }

    fn shares(messages: &[Message], len: usize) -> Vec<Vec<&Message>> {
        messages.chunks(len).map(|share| share.iter().collect()).collect()
    }

    fn plan(by: impl IntoIterator<Item = By>, timing: Timing, rows: usize) -> Plan {
        let period = Period::between(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + Duration::days(3));
        let limits = Limits { rows, ..Limits::default() };
        let query = Query::new("a", period).timing(timing).limits(limits);
        by.into_iter().fold(query, Query::by).plan(DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_sum_equals_the_reference_for_any_division_of_the_messages() {
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
                for (threads, len) in [(1, 100), (1, 7), (2, 7), (3, 1), (5, 30)] {
                    let rows = divide(&plan, &shares(&messages, len), threads).unwrap().into_rows();
                    assert_eq!(rows, expected, "{by:?} {timing:?} {threads} {len}");
                }
            }
        }
    }

    #[test]
    fn too_many_rows_are_an_error_even_if_no_thread_has_too_many() {
        let messages = messages();
        let shares = shares(&messages, 1);
        let by = [Dimension::Domain.into()];
        let most = plan(by, Timing::Event, 1000).tally(mail()).unwrap().len();
        for threads in [1, 2, 60] {
            let count = |rows| divide(&plan(by, Timing::Event, rows), &shares, threads).map(Scan::into_rows);
            assert_eq!(count(most).unwrap().len(), most);
            assert_eq!(count(most - 1), Err(TallyError::TooManyRows { limit: most - 1 }));
        }
    }
}
