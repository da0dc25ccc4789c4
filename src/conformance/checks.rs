//! The checks that are more than a case: each compares what a store does with what it must do.

use super::cases::{daily, event};
use super::compare::{compare, reference};
use super::mail::at;
use super::runner::{Details, Outcome};
use super::{Harness, RandomMail};
use crate::dimension::Dimension;
use crate::event::Event;
use crate::kind::Kind;
use crate::query::{Limits, Query, Timing};
use crate::store::Store;
use crate::time::Period;

/// Checks that a store returns an error if there are more rows than the limit of the query, and none if there are as many.
pub(super) async fn too_many_rows_are_refused(harness: &impl Harness) -> Outcome {
    let message =
        |index: usize| event(&format!("m-{index}"), "1", Kind::Sent, 60).category(format!("c-{index}"));
    let events: Vec<Event> = (0..10).map(message).collect();
    let limited = |rows| {
        let limits = Limits { rows, ..Default::default() };
        let query = Query::new("acme", Period::all()).by(Dimension::Category).limits(limits);
        query.plan(at(0))
    };
    let (store, _guard) = harness.open(&events).await;
    let allowed = [limited(10)?];
    let counted = store
        .count(&allowed)
        .await
        .map_err(|error| Details::from(error).when("for 10 rows with limit 10"))?;
    let rows = counted.rows.into_iter().next().unwrap_or_default();
    compare(&allowed[0], reference(&allowed[0], &events)?, rows)?;
    match store.count(&[limited(9)?]).await {
        Err(error) if error.is_client_error() => Ok(()),
        Err(error) => Err(Details::from(error).when("for 10 rows with limit 9, not an error of the client")),
        Ok(_) => Err(Details("10 rows with limit 9 are answered, expected an error".to_owned())),
    }
}

/// Checks that the rows of two stores with disjoint messages add up to those of the reference over all messages.
pub(super) async fn rows_of_disjoint_stores_add_up(harness: &impl Harness) -> Outcome {
    let events = RandomMail::new(15).events(150);
    let in_first = |event: &Event| event.message().as_str().bytes().map(usize::from).sum::<usize>() % 2 == 0;
    let (first, second): (Vec<Event>, Vec<Event>) = events.iter().cloned().partition(in_first);
    let (first, _first_guard) = harness.open(&first).await;
    let (second, _second_guard) = harness.open(&second).await;
    for query in [daily(9), daily(9).by(Dimension::Tag), daily(9).by(Dimension::Country).timing(Timing::Send)]
    {
        let plans = [query.plan(at(0))?];
        let mut rows = Vec::new();
        for answer in [first.count(&plans).await, second.count(&plans).await] {
            rows.extend(answer?.rows.into_iter().flatten());
        }
        compare(&plans[0], reference(&plans[0], &events)?, rows)?;
    }
    Ok(())
}
