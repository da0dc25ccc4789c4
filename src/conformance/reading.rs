//! The checks of stores that return single messages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cases::{self, event, rounds};
use super::compare::{reference, shown_query};
use super::mail::at;
use super::runner::{Details, Outcome};
use super::{Harness, RandomMail};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::kind::Kind;
use crate::query::Query;
use crate::store::{Messages, Timeline};

/// Checks that a timeline has each event of its message once, ordered by instant and then id, byte by byte, and no events of
/// other messages or accounts; that of an unknown message is empty. Of copies that differ in attributes only, it has the lesser.
pub(super) async fn a_timeline_is_ordered_and_deduplicated<H: Harness<Store: Timeline>>(
    harness: &H,
) -> Outcome {
    let mut expected: Vec<Event> =
        ["10", "9", "B", "a", "a ", "aa", "b", "ä"].map(|id| event("m-1", id, Kind::Queued, 60)).into();
    let full = event("m-1", "0", Kind::Delivered, 61).tags(["x", "y"]).created(at(-60)).reason("r");
    expected.push(full.attempt_ip("192.0.2.1").transport("smtp").attribute("tls", false));
    // Each pair is ascending.
    let pairs = [
        [json!(10), json!(9)],
        [json!([1]), json!([1, 2])],
        [json!("x"), json!([])],
        [json!([2]), json!({})],
        [json!({"a": 1}), json!({"b": 0})],
    ];
    let mut events = expected.clone();
    for (index, [lesser, greater]) in pairs.into_iter().enumerate() {
        let of =
            |value: Value| event("m-1", &format!("p-{index}"), Kind::Opened, 70).attribute("value", value);
        events.extend([of(greater.clone()), of(lesser.clone()), of(greater)]);
        expected.push(of(lesser));
    }
    events.reverse();
    events.extend(expected.iter().step_by(2).cloned());
    let others = ["M-1", "m-1 ", "m-10"].map(|message| event(message, "x", Kind::Sent, 1));
    events.extend(others.into_iter().chain([Event::new("globex", "m-1", "z", Kind::Sent, at(1))]));
    let (store, _guard) = harness.open(&events).await;
    for (message, expected) in [("m-1", expected), ("m-9", vec![])] {
        let found = store.events(&"acme".into(), &message.into()).await?;
        check_events(message, &found, &expected)?;
    }
    Ok(())
}

/// Compares the events of a message, and shows the first that differs.
fn check_events(message: &str, found: &[Event], expected: &[Event]) -> Outcome {
    let length = found.len().max(expected.len());
    let Some(index) = (0..length).find(|&index| found.get(index) != expected.get(index)) else {
        return Ok(());
    };
    let shown = |events: &[Event]| match events.get(index) {
        Some(event) => serde_json::to_string(event).unwrap_or_else(|error| error.to_string()),
        None => "no event".to_owned(),
    };
    Err(Details(format!(
        "event {} of message {message} is\n{}\nexpected\n{}",
        index + 1,
        shown(found),
        shown(expected)
    )))
}

/// Checks that the pages of the messages of a figure are together those of the reference: for the figures of cases, and for
/// random ones.
pub(super) async fn pages_are_the_messages_of_the_figure<H: Harness<Store: Messages>>(
    harness: &H,
) -> Outcome {
    let mut shuffler = RandomMail::new(30);
    let mut cases: Vec<(Vec<Event>, Vec<Query>)> =
        cases::all(harness).into_iter().map(|case| (case.events, case.queries)).collect();
    cases.iter_mut().for_each(|(_, queries)| queries.truncate(2));
    cases.extend((31..).take(rounds(harness, 6)).map(|seed| {
        let mut mail = RandomMail::new(seed);
        (mail.events(120), (0..10).map(|_| mail.query()).collect())
    }));
    for (events, queries) in cases {
        let (store, _guard) = harness.open(&events).await;
        for query in queries {
            for figure in figures(&mut shuffler, &query, &events)?.into_iter().take(rounds(harness, 6)) {
                check_pages(&store, &figure, &events, rounds(harness, 40)).await?;
            }
        }
    }
    Ok(())
}

/// Checks the pages of a figure, with limits that make at most this many of them.
async fn check_pages(store: &impl Messages, figure: &Figure, events: &[Event], most: usize) -> Outcome {
    let expected = figure.messages(events.iter().cloned());
    check_after_a_message_that_is_not_counted(store, figure, &expected).await?;
    for limit in [1, 3, 1000] {
        // Most figures of cases are of many messages.
        if limit * most < expected.len() {
            continue;
        }
        let found = pages(store, figure, limit).await?;
        let length = found.len().max(expected.len());
        let Some(index) = (0..length).find(|&index| found.get(index) != expected.get(index)) else {
            continue;
        };
        let (metric, query) = (figure.metric(), shown_query(figure.plan()));
        let (bucket, group) = (figure.bucket(), figure.group());
        return Err(Details(format!(
            "in pages of {limit}, of {metric} in bucket {bucket} and group {group:?} of {query}, message {} is {:?}, expected {:?}",
            index + 1,
            found.get(index),
            expected.get(index)
        )));
    }
    Ok(())
}

/// Checks the page after a message that is not one of those counted: just before the second one in the order.
async fn check_after_a_message_that_is_not_counted(
    store: &impl Messages,
    figure: &Figure,
    expected: &[CountedMessage],
) -> Outcome {
    let [first, rest @ ..] = expected else { return Ok(()) };
    let after = (first.account.clone(), MessageId::from(format!("{}\u{1}", first.message)));
    let expected: Vec<_> =
        rest.iter().filter(|one| (&one.account, &one.message) > (&after.0, &after.1)).take(3).collect();
    let found = store.messages(figure, Some(&after), 3).await?;
    if found.iter().collect::<Vec<_>>() == expected {
        return Ok(());
    }
    Err(Details(format!(
        "after message {:?}, which is not counted: {found:?}, expected {expected:?}",
        after.1
    )))
}

/// Returns up to six figures of the answer to a query.
fn figures(shuffler: &mut RandomMail, query: &Query, events: &[Event]) -> Result<Vec<Figure>, Details> {
    let plan = query.plan(at(0))?;
    let mut figures = Vec::new();
    for row in reference(&plan, events)? {
        for (metric, _) in row.counts.figures() {
            figures.push((row.bucket, row.group.clone(), metric));
        }
    }
    shuffler.shuffle(&mut figures);
    let figure = |(bucket, group, metric)| Figure::new(plan.clone(), bucket, group, metric);
    Ok(figures.into_iter().take(6).map(figure).collect::<Result<_, _>>()?)
}

/// Returns all messages of a figure, page by page.
async fn pages(store: &impl Messages, figure: &Figure, limit: usize) -> Result<Vec<CountedMessage>, Details> {
    let mut all: Vec<CountedMessage> = Vec::new();
    let mut seen: BTreeSet<(AccountId, MessageId)> = BTreeSet::new();
    loop {
        let last = all.last().map(|last| (last.account.clone(), last.message.clone()));
        let page = store.messages(figure, last.as_ref(), limit).await?;
        let is_last = page.len() < limit;
        for message in page {
            if !seen.insert((message.account.clone(), message.message.clone())) {
                let (id, account) = (message.message, message.account);
                return Err(Details(format!("message {id} of account {account} comes twice")));
            }
            all.push(message);
        }
        if is_last {
            return Ok(all);
        }
    }
}
