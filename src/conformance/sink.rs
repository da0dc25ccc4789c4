//! The checks of sinks.

use std::pin::pin;
use std::task::Poll;

use super::cases::event;
use super::compare::{compare, reference};
use super::mail::at;
use super::runner::Outcome;
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
    let plans = plans.map_err(|error| error.to_string())?;
    let mut shuffled = events.clone();
    shuffled.extend(events.iter().step_by(3).cloned());
    mail.shuffle(&mut shuffled);
    for size in [1, 7, shuffled.len()] {
        let (store, _guard) = harness.open(&[]).await;
        for batch in shuffled.chunks(size) {
            store.record(batch).await.map_err(|error| error.to_string())?;
        }
        store.record(&[]).await.map_err(|error| format!("an empty batch: {error}"))?;
        let counted = store.count(&plans).await.map_err(|error| error.to_string())?;
        for (plan, found) in plans.iter().zip(counted.rows) {
            compare(plan, reference(plan, &events)?, found)
                .map_err(|error| format!("after batches of {size}, {error}"))?;
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
    let found = store.record(&batch).await.map_err(|error| error.to_string())?;
    let expected = Recorded { new: 2, repeats: 2, conflicts: 2 };
    if found == expected { Ok(()) } else { Err(format!("{found:?}, expected {expected:?}")) }
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
    let plans = [plan.plan(at(0)).map_err(|error| error.to_string())?];
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
            Err(error) => return Err(format!("for {invalid:?}: `{error}`, expected `StoreError::Record`")),
            Ok(_) => return Err(format!("a batch with {invalid:?} is recorded, expected an error")),
        }
        let counted = store.count(&plans).await.map_err(|error| error.to_string())?;
        let found = counted.rows.into_iter().next().unwrap_or_default();
        compare(&plans[0], reference(&plans[0], std::slice::from_ref(&known))?, found)
            .map_err(|error| format!("after the refused batch with {invalid:?}, {error}"))?;
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
    let plans = query.report_plan(at(0)).map_err(|error| error.to_string())?;
    let writing = async {
        for number in 0..200 {
            let sent = |name: &str, seconds| {
                event(&format!("{name}-{number}"), "1", Kind::Sent, seconds).tags(["x", "y"])
            };
            store
                .record(&[sent("now", 60), sent("before", 60 - 3600)])
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    };
    let reading = async {
        for _ in 0..200 {
            let counted = store.count(plans.plans()).await.map_err(|error| error.to_string())?;
            let sent: Vec<u64> = counted.rows.iter().map(|rows| sent(rows)).collect();
            let [by_tag, total, by_tag_before, total_before] = sent[..] else {
                return Err(format!("{} answers, expected 4, one for each plan", sent.len()));
            };
            if by_tag != 2 * total || by_tag_before != 2 * total_before || total != total_before {
                return Err(format!(
                    "beside a writer, {by_tag} messages by tag and {total} in total; in the period before \
                     {by_tag_before} by tag and {total_before} in total: this is not one state, in which all messages have \
                     two tags and both periods have as many"
                ));
            }
        }
        Ok(())
    };
    alternate(writing, reading).await
}

fn sent(rows: &[Row]) -> u64 {
    rows.iter().map(|row| row.counts.value(Metric::Total(Kind::Sent))).sum()
}

/// Runs two futures at once, on one task.
async fn alternate(one: impl Future<Output = Outcome>, other: impl Future<Output = Outcome>) -> Outcome {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    std::future::poll_fn(|context| {
        if first.is_none() {
            first = ready(one.as_mut().poll(context));
        }
        if second.is_none() {
            second = ready(other.as_mut().poll(context));
        }
        match (&first, &second) {
            (Some(first), Some(second)) => Poll::Ready(first.clone().and_then(|()| second.clone())),
            (Some(Err(error)), None) | (None, Some(Err(error))) => Poll::Ready(Err(error.clone())),
            (Some(Ok(())) | None, None) | (None, Some(Ok(()))) => Poll::Pending,
        }
    })
    .await
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
