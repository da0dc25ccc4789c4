//! The checks of stores that keep less.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::cases::{event, rounds};
use super::compare::{compare, reference, shown_query};
use super::mail::at;
use super::runner::{Details, Outcome};
use super::{Harness, RandomMail};
use crate::dimension::Dimension;
use crate::event::Event;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::message::Message;
use crate::metric::Metric;
use crate::plan::Plan;
use crate::query::{Query, Scope, Timing};
use crate::status::Status;
use crate::store::{Recorded, Retention, Sink, Store, StoreError, Thinned};
use crate::time::{Period, Resolution};

const DAY: i64 = 86_400;

/// How the mail of the first nine days of 2026 is thinned, with an end that is rounded down, and that end.
const PARTS: [(Resolution, i64, i64); 3] = [
    (Resolution::Hour, 5 * DAY + 7, 5 * DAY),
    (Resolution::Day, 5 * DAY + 7, 5 * DAY),
    (Resolution::Month, 40 * DAY, 31 * DAY),
];

fn part(resolution: Resolution, before: i64) -> Thinned {
    Thinned { before: at(before), resolution }
}

/// Checks that no answer changes that the sums tell, and what thinning returns.
pub(super) async fn thinning_changes_no_sum<H: Harness<Store: Sink + Retention>>(harness: &H) -> Outcome {
    let events = RandomMail::new(41).events(100);
    for (resolution, before, end) in PARTS {
        let (store, _guard) = harness.open(&events).await;
        let thinned = store.thin(part(resolution, before)).await?;
        if thinned != part(resolution, end) {
            return Err(Details(format!(
                "thinning returns {thinned:?}, expected {:?}",
                part(resolution, end)
            )));
        }
        for query in aligned(resolution) {
            let when = format!("after events before {} were thinned by {resolution}", at(before));
            check(&store, &[query], &events).await.map_err(|details| details.when(&when))?;
        }
        // A second call, one with an earlier end and one with a finer resolution change nothing.
        for again in [part(resolution, before), part(resolution, 2 * DAY), part(Resolution::Hour, before)] {
            store.thin(again).await?;
        }
        for query in aligned(resolution).into_iter().step_by(5) {
            check(&store, &[query], &events).await.map_err(|details| details.when("after thinning again"))?;
        }
        for query in finer(resolution, &events) {
            check_refused(&store, &query, end, resolution).await?;
        }
    }
    Ok(())
}

/// Returns queries whose answers the sums of the first nine days tell.
fn aligned(resolution: Resolution) -> Vec<Query> {
    let eight_days = Period::between(at(DAY), at(9 * DAY));
    let (period, buckets) = match resolution {
        Resolution::Hour => (Period::between(at(3600), at(9 * DAY)), vec![Resolution::Hour, Resolution::All]),
        Resolution::Month => (Period::between(at(0), at(59 * DAY)), vec![Resolution::Month, Resolution::All]),
        Resolution::Day | Resolution::Week | Resolution::Quarter | Resolution::Year | Resolution::All => {
            (eight_days.clone(), vec![Resolution::Day, Resolution::All])
        }
    };
    let mut queries =
        vec![Query::new(Scope::All, Period::all()), Query::new("acme", Period::until(at(31 * DAY)))];
    queries.extend(buckets.into_iter().map(|buckets| Query::new("acme", period.clone()).resolution(buckets)));
    let (days, of_days) = if resolution == Resolution::Month {
        (period, Resolution::Month)
    } else {
        (eight_days, Resolution::Day)
    };
    for dimension in Dimension::ALL {
        let query = Query::new("acme", days.clone()).resolution(of_days);
        if dimension != Dimension::Tag {
            queries.push(query.clone().filter(Filter::is_present(dimension)));
        }
        queries.push(query.by(dimension));
    }
    let by_creation = queries.clone().into_iter().map(|query| query.timing(Timing::Send));
    queries.iter().cloned().chain(by_creation).collect()
}

/// Returns queries whose answers need events of the first five days.
fn finer(resolution: Resolution, events: &[Event]) -> Vec<Query> {
    let query = Query::new("acme", Period::between(at(0), at(9 * DAY)));
    let hourly = query.clone().resolution(Resolution::Hour);
    let mut queries = vec![
        query.clone().by(Dimension::Domain).by(Dimension::Category),
        query.clone().by(Dimension::Domain).filter(Filter::is_present(Dimension::Category)),
        query.filter(Filter::is_present(Dimension::Tag)),
        hourly.clone().by(Dimension::Domain),
    ];
    if resolution != Resolution::Hour {
        queries.push(hourly);
    }
    let by_creation = queries.clone().into_iter().map(|query| query.timing(Timing::Send));
    queries.iter().cloned().chain(by_creation).chain(cuts(events)).collect()
}

/// Returns queries of periods that start within an hour which has mail.
fn cuts(events: &[Event]) -> impl Iterator<Item = Query> {
    let is_cut =
        |instant: &DateTime<Utc>| *instant < at(5 * DAY) && instant.timestamp_millis() % 3_600_000 > 0;
    let of_acme = events.iter().filter(|event| event.account().as_str() == "acme");
    let event = of_acme.clone().map(Event::at).find(is_cut);
    let created = Message::collect(of_acme.cloned()).values().map(Message::created).find(is_cut);
    let cut =
        |since: Option<_>, timing| since.map(|since| Query::new("acme", Period::since(since)).timing(timing));
    cut(event, Timing::Event).into_iter().chain(cut(created, Timing::Send))
}

async fn check_refused(store: &impl Store, query: &Query, end: i64, by: Resolution) -> Outcome {
    let plan = query.plan(at(0))?;
    match store.count(std::slice::from_ref(&plan)).await {
        Err(StoreError::Thinned { before, resolution }) if before == at(end) && resolution == by => Ok(()),
        Err(error) => {
            let expected = part(by, end);
            let when = format!("for {}, expected `StoreError::Thinned` of {expected:?}", shown_query(&plan));
            Err(Details::from(error).when(when))
        }
        Ok(_) => {
            Err(Details(format!("{} needs events, and is answered from sums by {by}", shown_query(&plan))))
        }
    }
}

/// Checks that a resolution which is none of the sums' is refused.
pub(super) async fn sums_by_week_are_refused<H: Harness<Store: Sink + Retention>>(harness: &H) -> Outcome {
    let events = [event("m-1", "1", Kind::Sent, 60)];
    let (store, _guard) = harness.open(&events).await;
    match store.thin(part(Resolution::Week, 9 * DAY)).await {
        Err(StoreError::NoSums { found: Resolution::Week }) => {}
        other => return Err(Details(format!("{other:?}, expected `StoreError::NoSums`"))),
    }
    check(&store, &[Query::new("acme", Period::between(at(30), at(90)))], &events).await
}

/// Checks that events of a thinned time are counted as too late, that they change nothing, and that others of their batch are
/// recorded; also for an account that was not known before.
pub(super) async fn events_of_a_thinned_time_are_too_late<H: Harness<Store: Sink + Retention>>(
    harness: &H,
) -> Outcome {
    let mut events =
        vec![event("m-1", "1", Kind::Sent, 60), event("m-1", "2", Kind::Opened, 3 * DAY).domain("a.example")];
    let (store, _guard) = harness.open(&events).await;
    store.thin(part(Resolution::Day, 2 * DAY)).await?;
    let batch = [
        event("m-1", "1", Kind::Sent, 60),
        event("m-1", "3", Kind::Delivered, 61),
        event("m-1", "2", Kind::Opened, 2 * DAY - 1),
        event("m-2", "1", Kind::Sent, 2 * DAY - 1),
        Event::new("globex", "m-1", "1", Kind::Sent, at(DAY)),
        event("m-2", "2", Kind::Delivered, 2 * DAY),
    ];
    let found = store.record(&batch).await?;
    let expected = Recorded { new: 1, too_late: 5, ..Recorded::default() };
    if found != expected {
        return Err(Details(format!("{found:?}, expected {expected:?}")));
    }
    events.extend(batch.last().cloned());
    let everything = Query::new(Scope::All, Period::all());
    check(&store, &[everything.clone(), everything.timing(Timing::Send)], &events).await?;
    check(&store, &[Query::new(Scope::All, Period::since(at(2 * DAY)))], &events).await
}

/// Checks that what happens after the thinned time counts as if nothing was dropped: it is not a first again, has the fields of
/// its message, and decides its status.
pub(super) async fn later_events_know_what_was_dropped<H: Harness<Store: Sink + Retention>>(
    harness: &H,
) -> Outcome {
    let end = 5 * DAY;
    for seed in (42..).take(rounds(harness, 6)) {
        let mut mail = RandomMail::new(seed);
        let (early, mut late): (Vec<Event>, Vec<Event>) =
            mail.events(150).into_iter().partition(|event| event.at() < at(end));
        let ids = |event: &Event| (event.account().clone(), event.message().clone(), event.id().clone());
        // A copy of an event that was dropped is another event.
        let dropped: BTreeSet<_> = early.iter().map(ids).collect();
        late.retain(|event| !dropped.contains(&ids(event)));
        let (store, _guard) = harness.open(&early).await;
        for end in [2 * DAY, end] {
            store.thin(part(Resolution::Day, end)).await?;
        }
        for batch in late.chunks(7) {
            store.record(batch).await?;
        }
        let events: Vec<Event> = early.into_iter().chain(late).collect();
        check_later(&store, &mut mail, &events, end).await?;
    }
    status_is_that_of_all_events(harness).await
}

async fn check_later(store: &impl Store, mail: &mut RandomMail, events: &[Event], end: i64) -> Outcome {
    for _ in 0..12 {
        let query = Query { period: Period::since(at(end)), timing: Timing::Event, ..mail.query() };
        let query = query.resolution(Resolution::All);
        check(store, std::slice::from_ref(&query), events).await?;
        let until = Period::between(at(end + 3600), at(8 * DAY + 60));
        check(store, &[Query { period: until, ..query }.resolution(Resolution::Hour)], events).await?;
    }
    Ok(())
}

/// Checks the status of messages whose events were dropped: in sums by month, in which nothing else moves.
async fn status_is_that_of_all_events<H: Harness<Store: Sink + Retention>>(harness: &H) -> Outcome {
    let mut events = vec![
        event("m-1", "1", Kind::Delivered, 60).domain("a.example"),
        event("m-2", "1", Kind::Delivered, 61).domain("a.example"),
        event("m-2", "2", Kind::Sent, 60),
    ];
    let (store, _guard) = harness.open(&events).await;
    store.thin(part(Resolution::Day, 5 * DAY)).await?;
    let late = [
        event("m-1", "2", Kind::Complained, 6 * DAY),
        event("m-1", "3", Kind::Delivered, 6 * DAY + 1),
        event("m-2", "3", Kind::Deferred, 6 * DAY),
    ];
    store.record(&late).await?;
    events.extend(late);
    let query = Query::new("acme", Period::between(at(0), at(9 * DAY))).by(Dimension::Domain);
    let query = query.resolution(Resolution::Day);
    check(&store, &[query.clone(), query.timing(Timing::Send)], &events).await
}

/// Checks that a field which comes later moves what is kept and the status, and not what was dropped.
pub(super) async fn what_was_thinned_is_frozen<H: Harness<Store: Sink + Retention>>(harness: &H) -> Outcome {
    let early = [event("m-1", "1", Kind::Delivered, 60), event("m-1", "2", Kind::Opened, 6 * DAY)];
    let (store, _guard) = harness.open(&early).await;
    store.thin(part(Resolution::Day, 5 * DAY)).await?;
    store.record(&[event("m-1", "3", Kind::Clicked, 7 * DAY).domain("a.example")]).await?;
    let plan = Query::new("acme", Period::between(at(0), at(9 * DAY))).by(Dimension::Domain).plan(at(0))?;
    let counted = store.count(std::slice::from_ref(&plan)).await?;
    let sum = |group: Option<&str>, metric| {
        let rows = counted
            .rows
            .iter()
            .flatten()
            .filter(|row| row.group.first().is_some_and(|of| of.as_deref() == group));
        rows.map(|row| row.counts.value(metric)).sum::<u64>()
    };
    let metrics = [
        Metric::Total(Kind::Delivered),
        Metric::Total(Kind::Opened),
        Metric::Total(Kind::Clicked),
        Metric::Status(Status::Delivered),
    ];
    let found = [None, Some("a.example")].map(|group| metrics.map(|metric| sum(group, metric)));
    let expected = [[1, 0, 0, 0], [0, 1, 1, 1]];
    if found == expected {
        return Ok(());
    }
    Err(Details(format!(
        "delivered, opened, clicked and the status, without a domain and by the one that came with the click: {found:?}, expected {expected:?}"
    )))
}

/// Checks that a store without a message is as one that never had it, and that the message can be recorded again.
pub(super) async fn a_forgotten_message_leaves_no_trace<H: Harness<Store: Sink + Retention>>(
    harness: &H,
) -> Outcome {
    let mut mail = RandomMail::new(51);
    let events = mail.events(120);
    let queries: Vec<Query> = (0..30).map(|_| mail.query()).chain(aligned(Resolution::Hour)).collect();
    let (store, _guard) = harness.open(&events).await;
    let messages: BTreeSet<_> =
        events.iter().map(|event| (event.account().clone(), event.message().clone())).collect();
    let forgotten: BTreeSet<_> = messages.into_iter().step_by(2).collect();
    let is_forgotten =
        |event: &&Event| forgotten.contains(&(event.account().clone(), event.message().clone()));
    for (account, message) in &forgotten {
        let found =
            [store.forget_message(account, message).await?, store.forget_message(account, message).await?];
        if found != [true, false] {
            return Err(Details(format!(
                "forgetting a message twice returns {found:?}, expected [true, false]"
            )));
        }
    }
    let left: Vec<Event> = events.iter().filter(|event| !is_forgotten(event)).cloned().collect();
    check(&store, &queries, &left).await.map_err(|details| details.when("after messages were forgotten"))?;
    let again: Vec<Event> = events.iter().filter(is_forgotten).cloned().collect();
    store.record(&again).await?;
    check(&store, &queries, &events).await.map_err(|details| details.when("after they were recorded again"))
}

/// Checks that a message whose events were dropped stays in the sums when it is forgotten, and that a later event of it is one
/// of a new message.
pub(super) async fn a_forgotten_message_stays_in_the_sums<H: Harness<Store: Sink + Retention>>(
    harness: &H,
) -> Outcome {
    let dropped = [event("m-1", "1", Kind::Delivered, 60), event("m-1", "2", Kind::Opened, 61)];
    let kept = event("m-1", "3", Kind::Opened, 6 * DAY);
    let (store, _guard) = harness.open(&[&dropped[..], &[kept]].concat()).await;
    store.thin(part(Resolution::Day, 5 * DAY)).await?;
    if !store.forget_message(&"acme".into(), &"m-1".into()).await? {
        return Err(Details("a message whose events were dropped is unknown".to_owned()));
    }
    let by_day = Query::new("acme", Period::between(at(0), at(9 * DAY))).resolution(Resolution::Day);
    check(&store, &[by_day.clone(), by_day.timing(Timing::Send)], &dropped).await?;
    let again = event("m-1", "4", Kind::Opened, 7 * DAY);
    store.record(std::slice::from_ref(&again)).await?;
    check(&store, &[Query::new("acme", Period::since(at(5 * DAY)))], &[again]).await
}

/// Checks that an account is forgotten with everything, and no other one.
pub(super) async fn a_forgotten_account_leaves_no_trace<H: Harness<Store: Sink + Retention>>(
    harness: &H,
) -> Outcome {
    let mut mail = RandomMail::new(52);
    let events = mail.events(120);
    let acme = "acme".into();
    let queries: Vec<Query> = (0..30).map(|_| mail.query()).collect();
    let (store, _guard) = harness.open(&events).await;
    let (of_acme, left): (Vec<Event>, Vec<Event>) =
        events.iter().cloned().partition(|event| *event.account() == acme);
    let messages: BTreeSet<_> = of_acme.iter().map(Event::message).collect();
    let (found, expected) = (store.forget_account(&acme).await?, messages.len() as u64);
    if found != expected {
        return Err(Details(format!("forgetting an account returns {found}, expected {expected} messages")));
    }
    check(&store, &queries, &left).await.map_err(|details| details.when("after an account was forgotten"))?;
    if store.forget_account(&acme).await? != 0 {
        return Err(Details("a forgotten account has messages".to_owned()));
    }
    store.record(&of_acme).await?;
    check(&store, &queries, &events).await.map_err(|details| details.when("after it was recorded again"))?;
    store.thin(part(Resolution::Day, 9 * DAY)).await?;
    store.forget_account(&acme).await?;
    let everything = Query::new(Scope::All, Period::all()).by(Dimension::Account);
    check(&store, &[everything], &left)
        .await
        .map_err(|details| details.when("after it was thinned and forgotten"))
}

/// Compares the answers to queries with those of the reference.
async fn check(store: &impl Store, queries: &[Query], events: &[Event]) -> Outcome {
    let now: DateTime<Utc> = at(0);
    let plans: Vec<Plan> = queries.iter().map(|query| query.plan(now)).collect::<Result<_, _>>()?;
    for plan in &plans {
        let counted = store.count(std::slice::from_ref(plan)).await;
        let counted = counted
            .map_err(|error| Details::from(error).when(format_args!("no answer to {}", shown_query(plan))))?;
        compare(plan, reference(plan, events)?, counted.rows.into_iter().flatten().collect())?;
    }
    Ok(())
}
