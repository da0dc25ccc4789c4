//! The checks of sinks.

use std::pin::pin;
use std::task::Poll;

use super::cases::{event, rounds};
use super::compare::{compare, reference};
use super::mail::at;
use super::runner::{Details, Outcome};
use super::{Harness, RandomMail};
use crate::dimension::Dimension;
use crate::event::Event;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::plan::{Plan, Row};
use crate::query::{Against, Query};
use crate::store::{Recorded, Sink, Store, StoreError};
use crate::time::Period;

/// Checks that events which are recorded in other batches, in another order and repeatedly give the same counts.
pub(super) async fn recording_is_idempotent_and_ignores_order<H: Harness<Store: Sink>>(
    harness: &H,
) -> Outcome {
    let mut mail = RandomMail::new(21);
    let events = mail.events(80);
    let queries: Vec<Query> = (0..10).map(|_| mail.query()).collect();
    let plans: Result<Vec<Plan>, _> = queries.iter().map(|query| query.plan(at(0))).collect();
    let plans = plans?;
    let mut shuffled = events.clone();
    shuffled.extend(events.iter().step_by(3).cloned());
    mail.shuffle(&mut shuffled);
    for size in [1, 7, shuffled.len()] {
        let (store, _guard) = harness.open(&[]).await;
        for batch in shuffled.chunks(size) {
            store.record(batch).await?;
        }
        store.record(&[]).await.map_err(|error| Details::from(error).when("for an empty batch"))?;
        let counted = store.count(&plans).await?;
        for (plan, found) in plans.iter().zip(counted.rows) {
            compare(plan, reference(plan, &events)?, found)
                .map_err(|details| details.when(format_args!("after batches of {size}")))?;
        }
    }
    Ok(())
}

/// Checks the numbers of new events, repeats and conflicts that recording a batch returns.
pub(super) async fn recording_returns_what_became_of_the_events<H: Harness<Store: Sink>>(
    harness: &H,
) -> Outcome {
    let (store, _guard) = harness.open(&[event("m-1", "1", Kind::Sent, 60)]).await;
    let batch = [
        event("m-1", "1", Kind::Sent, 60),
        event("m-1", "2", Kind::Delivered, 61),
        event("m-1", "2", Kind::Delivered, 61),
        event("m-1", "2", Kind::Delivered, 60),
        event("m-1", "2", Kind::Delivered, 62),
        event("m-2", "1", Kind::Sent, 60),
    ];
    let found = store.record(&batch).await?;
    let expected = Recorded { new: 2, repeats: 2, conflicts: 2, too_late: 0 };
    if found == expected { Ok(()) } else { Err(Details(format!("{found:?}, expected {expected:?}"))) }
}

/// Checks that a batch with an invalid event is refused, and that nothing of it is recorded.
pub(super) async fn a_batch_with_an_invalid_event_is_refused_whole<H: Harness<Store: Sink>>(
    harness: &H,
) -> Outcome {
    let known = event("m-1", "1", Kind::Sent, 60).category("b");
    let seconds_as_millis = Event::new("acme", "m-9", "1", Kind::Sent, chrono::DateTime::UNIX_EPOCH);
    let invalid = [
        Event::new("", "m-9", "1", Kind::Sent, at(60)),
        Event::new("acme", "", "1", Kind::Sent, at(60)),
        Event::new("acme", "m-9", "", Kind::Sent, at(60)),
        event("m-9", "1", Kind::Sent, 60).created(seconds_as_millis.at()),
        event("m-9", "1", Kind::Sent, 60).tags((0..=Event::MAX_TAGS).map(|tag| tag.to_string())),
        seconds_as_millis,
    ];
    let plan = Query::new(crate::query::Scope::All, Period::all()).by(Dimension::Category);
    let plans = [plan.plan(at(0))?];
    for invalid in invalid {
        let (store, _guard) = harness.open(std::slice::from_ref(&known)).await;
        let valid = [
            known.clone().category("a"),
            event("m-1", "2", Kind::Opened, 61),
            event("m-2", "1", Kind::Sent, 1),
        ];
        let batch: Vec<Event> =
            valid.into_iter().chain([invalid.clone(), event("m-3", "1", Kind::Sent, 1)]).collect();
        match store.record(&batch).await {
            Err(StoreError::Record { .. }) => {}
            Err(error) => {
                let when = format!("for a batch with {invalid:?}, not `StoreError::Record`");
                return Err(Details::from(error).when(when));
            }
            Ok(_) => return Err(Details(format!("a batch with {invalid:?} is recorded, expected an error"))),
        }
        let counted = store.count(&plans).await?;
        let found = counted.rows.into_iter().next().unwrap_or_default();
        compare(&plans[0], reference(&plans[0], std::slice::from_ref(&known))?, found)
            .map_err(|details| details.when(format_args!("after the refused batch with {invalid:?}")))?;
    }
    Ok(())
}

/// Checks that the plans of one call are answered over one state, while batches are recorded.
///
/// Every message has two tags and, in the period before, a twin with two tags, which is in the same batch. So in any one state
/// the rows by tag add up to twice the totals, and both periods have the same number of messages.
pub(super) async fn plans_are_answered_over_one_state<H: Harness<Store: Sink>>(harness: &H) -> Outcome {
    let (store, _guard) = harness.open(&[]).await;
    let query =
        Query::new("acme", Period::between(at(0), at(3600))).by(Dimension::Tag).compare(Against::Previous);
    let plans = query.report_plan(at(0))?;
    let writing = async {
        for number in 0..rounds(harness, 200) {
            let sent = |name: &str, seconds| {
                event(&format!("{name}-{number}"), "1", Kind::Sent, seconds).tags(["x", "y"])
            };
            store.record(&[sent("now", 60), sent("before", 60 - 3600)]).await?;
            // So that the reader has its turn also if the store never waits.
            pause().await;
        }
        Ok(())
    };
    let reading = async {
        for _ in 0..rounds(harness, 200) {
            let counted = store.count(plans.plans()).await?;
            check_state(&counted.rows)?;
            pause().await;
        }
        Ok(())
    };
    let (mut written, mut read) = (Ok(()), Ok(()));
    harness.at_once(async { written = writing.await }, async { read = reading.await }).await;
    read.and(written)
}

/// Checks the answers to the plans: by tag, in total, and the same for the period before.
fn check_state(answers: &[Vec<Row>]) -> Outcome {
    let sent: Vec<u64> = answers.iter().map(|rows| sent(rows)).collect();
    let [by_tag, total, by_tag_before, total_before] = sent[..] else {
        return Err(Details(format!("{} answers, expected 4, one for each plan", sent.len())));
    };
    if by_tag == 2 * total && by_tag_before == 2 * total_before && total == total_before {
        return Ok(());
    }
    Err(Details(format!(
        "beside a writer, {by_tag} messages by tag and {total} in total; in the period before {by_tag_before} by tag and \
         {total_before} in total: this is not one state, in which all messages have two tags and both periods have as many"
    )))
}

fn sent(rows: &[Row]) -> u64 {
    rows.iter().map(|row| row.counts.value(Metric::Total(Kind::Sent))).sum()
}

/// Lets other futures of the task run once.
async fn pause() {
    let mut has_paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut has_paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs two futures on one task, by turns, until both have ended.
pub(super) async fn alternate(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut has_one_ended, mut has_other_ended) = (false, false);
    std::future::poll_fn(|context| {
        has_one_ended = has_one_ended || one.as_mut().poll(context).is_ready();
        has_other_ended = has_other_ended || other.as_mut().poll(context).is_ready();
        if has_one_ended && has_other_ended { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
