//! The checks of stores that return single messages.

use std::collections::BTreeSet;

use super::cases::event;
use super::compare::{reference, shown_query};
use super::mail::at;
use super::runner::Outcome;
use super::{Harness, RandomMail};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::kind::Kind;
use crate::store::{Messages, Timeline};

/// Checks that a timeline has each event of its message once, ordered by instant and then id, and no events of other messages
/// or accounts; that of an unknown message is empty. Of copies that differ in attributes only, it has the lesser.
pub(super) async fn a_timeline_is_ordered_and_deduplicated<H: Harness<Store: Timeline>>(
    harness: &H,
) -> Outcome {
    let known = event("m-1", "b", Kind::Sent, 60).attribute("tls", false).tags(["x", "y"]).created(at(-60));
    let greater = known.clone().attribute("tls", true);
    let first = event("m-1", "a", Kind::Queued, 60);
    let last = event("m-1", "0", Kind::Delivered, 61).reason("r").attempt_ip("192.0.2.1").transport("smtp");
    let other = event("m-2", "a", Kind::Sent, 1);
    let foreign = Event::new("globex", "m-1", "z", Kind::Sent, at(1));
    let events = [last.clone(), greater, known.clone(), known.clone(), other, first.clone(), foreign];
    let (store, _guard) = harness.open(&events).await;
    for (message, expected) in [("m-1", vec![first, known, last]), ("m-9", vec![])] {
        let found = store.events(&"acme".into(), &message.into()).await.map_err(|error| error.to_string())?;
        if found != expected {
            return Err(format!("of message {message}: {found:#?}\nexpected {expected:#?}"));
        }
    }
    Ok(())
}

/// Checks that the pages of the messages of a figure are together those of the reference, for random figures.
pub(super) async fn pages_are_the_messages_of_the_figure<H: Harness<Store: Messages>>(
    harness: &H,
) -> Outcome {
    for seed in 31..=36 {
        let mut mail = RandomMail::new(seed);
        let events = mail.events(120);
        let (store, _guard) = harness.open(&events).await;
        for _ in 0..10 {
            for figure in figures(&mut mail, &events)? {
                let expected = figure.messages(events.iter().cloned());
                for limit in [1, 2, 100] {
                    let found = pages(&store, &figure, limit).await?;
                    if found != expected {
                        let (metric, query) = (figure.metric(), shown_query(figure.plan()));
                        return Err(format!(
                            "in pages of {limit}, of {metric} in bucket {} and group {:?} of {query}: {found:#?}\nexpected {expected:#?}",
                            figure.bucket(),
                            figure.group(),
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Returns up to eight figures of the answer to a random query.
fn figures(mail: &mut RandomMail, events: &[Event]) -> Result<Vec<Figure>, String> {
    let plan = mail.query().plan(at(0)).map_err(|error| error.to_string())?;
    let mut figures = Vec::new();
    for row in reference(&plan, events)? {
        for (metric, _) in row.counts.figures() {
            figures.push((row.bucket, row.group.clone(), metric));
        }
    }
    mail.shuffle(&mut figures);
    let figure = |(bucket, group, metric)| Figure::new(plan.clone(), bucket, group, metric);
    let figures: Result<_, _> = figures.into_iter().take(8).map(figure).collect();
    figures.map_err(|error| error.to_string())
}

/// Returns all messages of a figure, page by page.
async fn pages(store: &impl Messages, figure: &Figure, limit: usize) -> Result<Vec<CountedMessage>, String> {
    let mut all: Vec<CountedMessage> = Vec::new();
    let mut seen: BTreeSet<(AccountId, MessageId)> = BTreeSet::new();
    loop {
        let last = all.last().map(|last| (last.account.clone(), last.message.clone()));
        let page = store.messages(figure, last.as_ref(), limit).await.map_err(|error| error.to_string())?;
        let is_last = page.len() < limit;
        for message in page {
            if !seen.insert((message.account.clone(), message.message.clone())) {
                return Err(format!(
                    "message {} of account {} comes twice",
                    message.message, message.account
                ));
            }
            all.push(message);
        }
        if is_last {
            return Ok(all);
        }
    }
}
