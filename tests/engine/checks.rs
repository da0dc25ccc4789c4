//! Questions to the store, and the answers that the reference gives.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mailtally::message::{AccountId, Message, MessageId};
use mailtally::store::{CountedMessage, Figure, Group, Plan, Row, StoreError, TallyError};
use mailtally::{Counts, Event, Metric};
use proptest::prelude::*;
use proptest::sample::Index;

use super::mail::{ACCOUNTS, MESSAGES};
use super::plans;
use super::steps::{Engine, Reference};
use super::thinned::is_dropped;
use crate::common::run;

type Checked = Result<(), TestCaseError>;

/// What is asked at one point of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The plans, which are asked together.
    pub(crate) plans: Vec<Plan>,
    /// Which figure's messages are listed.
    figure: Pick,
    /// Which messages' timelines are read: every `timelines`th.
    timelines: usize,
}

/// Chooses a figure and how its pages are read, as plain numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    row: Index,
    metric: Index,
    /// The size of a page.
    pub(crate) limit: usize,
    /// The message before the first page: one of those that there may be.
    after: Option<(u8, u8)>,
    /// Whether the bucket is another one than that of the row.
    other_bucket: Option<Index>,
}

/// An [`Ask`] as plain numbers.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    plans: Vec<plans::Draft>,
    figure: Pick,
    timelines: usize,
}

/// Generates questions.
pub(crate) fn draft(focus: plans::Focus) -> impl Strategy<Value = Draft> {
    let after = prop::option::weighted(0.3, (0..3_u8, 0..12_u8));
    let other_bucket = prop::option::weighted(0.1, any::<Index>());
    let figure = (any::<Index>(), any::<Index>(), 1..5_usize, after, other_bucket);
    let figure = figure.prop_map(|(row, metric, limit, after, other_bucket)| Pick {
        row,
        metric,
        limit,
        after,
        other_bucket,
    });
    (prop::collection::vec(plans::draft(focus), 1..4), figure, 1..4_usize)
        .prop_map(|(plans, figure, timelines)| Draft { plans, figure, timelines })
}

impl Draft {
    /// Makes the questions.
    pub(crate) fn ask(&self, origin: DateTime<Utc>) -> Ask {
        let plans: Vec<Plan> = self.plans.iter().map(|draft| draft.plan(origin)).collect();
        Ask { plans, figure: self.figure, timelines: self.timelines }
    }
}

/// Checks all answers at one point of a stream. Plans of `earlier` points are asked again with the new ones.
pub(crate) fn check(engine: &Engine, reference: &Reference, ask: &Ask, earlier: &[Plan]) -> Checked {
    check_sizes(engine, reference)?;
    let totals = ask.plans.iter().filter_map(Plan::totals_plan);
    let plans: Vec<Plan> = ask.plans.iter().cloned().chain(totals).chain(earlier.iter().cloned()).collect();
    let rows = check_plans(engine, reference, &plans)?;
    if let Some(figure) = ask.figure.figure(&plans, &rows) {
        let after = ask.figure.after.map(|(account, message)| {
            (ACCOUNTS[usize::from(account)].into(), MESSAGES[usize::from(message)].into())
        });
        check_pages(engine, reference, &figure, after, ask.figure.limit)?;
    }
    for (account, message) in reference.messages.keys().step_by(ask.timelines) {
        check_timeline(engine, reference, account, message)?;
    }
    check_timeline(engine, reference, &ACCOUNTS[0].into(), &"unknown".into())?;
    check_timeline(engine, reference, &"unknown".into(), &MESSAGES[0].into())
}

/// Checks how many messages and events there are.
pub(crate) fn check_sizes(engine: &Engine, reference: &Reference) -> Checked {
    let Some(store) = engine.memory() else { return Ok(()) };
    prop_assert_eq!(store.message_count(), reference.messages.len());
    for account in ACCOUNTS.into_iter().chain(["unknown"]).map(AccountId::from) {
        let (found, expected) = (store.event_count(&account), reference.event_count(&account));
        prop_assert_eq!(found, expected, "events of {}", account);
    }
    Ok(())
}

/// Checks the answers to plans that are asked together, and returns the rows of each. Those that have too many rows are asked
/// alone.
fn check_plans(
    engine: &Engine,
    reference: &Reference,
    plans: &[Plan],
) -> Result<Vec<Vec<Row>>, TestCaseError> {
    let expected: Vec<_> = plans.iter().map(|plan| reference.rows(plan)).collect();
    let mut answerable = Vec::new();
    for (plan, expected) in plans.iter().zip(&expected) {
        match expected {
            _ if is_refused(engine, reference, plan)? => {}
            Ok(_) => answerable.push(plan.clone()),
            Err(expected) => {
                let found = run(engine.store().count(std::slice::from_ref(plan)));
                let is_same = matches!(&found, Err(StoreError::Tally(error)) if error == expected);
                prop_assert!(is_same, "{:?} instead of {:?} for {:?}", found, expected, plan.query());
                prop_assert!(matches!(expected, TallyError::TooManyRows { .. }), "{:?}", expected);
            }
        }
    }
    let found = run(engine.store().count(&answerable));
    let found = found.map_err(|error| TestCaseError::fail(format!("{error:?} for {answerable:?}")))?;
    prop_assert_eq!(found.rows.len(), answerable.len());
    let of_answerable = plans.iter().zip(&expected).filter(|(plan, _)| answerable.contains(plan));
    let right = answerable.iter().zip(of_answerable.filter_map(|(_, expected)| expected.as_ref().ok()));
    for (found, (plan, expected)) in found.rows.into_iter().zip(right) {
        let (found, expected) = (sum(found)?, sum(expected.clone())?);
        prop_assert_eq!(found, expected, "{:?}", plan.query());
    }
    Ok(expected.into_iter().map(Result::unwrap_or_default).collect())
}

/// Returns whether the store refuses a plan because its answer needs events that were dropped. It must not refuse others.
fn is_refused(engine: &Engine, reference: &Reference, plan: &Plan) -> Result<bool, TestCaseError> {
    if reference.thinning.end().is_none() {
        return Ok(false);
    }
    match run(engine.store().count(std::slice::from_ref(plan))) {
        Err(StoreError::Thinned { .. }) => {
            prop_assert!(reference.thinning.may_refuse(plan, &reference.messages), "{:?}", plan.query());
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Adds rows of the same bucket and group.
pub(crate) fn sum(rows: Vec<Row>) -> Result<BTreeMap<(usize, Group), Counts>, TestCaseError> {
    let mut sums: BTreeMap<_, Counts> = BTreeMap::new();
    for Row { bucket, group, counts } in rows {
        let sum = sums.entry((bucket, group)).or_default();
        sum.add(&counts).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
    Ok(sums)
}

impl Pick {
    /// Chooses a figure of a row of one of the answers; `None` if no answer has a row.
    pub(crate) fn figure(&self, plans: &[Plan], rows: &[Vec<Row>]) -> Option<Figure> {
        let rows = plans.iter().zip(rows).flat_map(|(plan, rows)| rows.iter().map(move |row| (plan, row)));
        let rows: Vec<_> = rows.collect();
        let (plan, row) = rows.get(self.row.index(rows.len().max(1)))?;
        let metrics: Vec<Metric> = row.counts.figures().map(|(metric, _)| metric).collect();
        let buckets = plan.buckets().len();
        let bucket = self.other_bucket.map_or(row.bucket, |index| index.index(buckets));
        Some(Figure::new((*plan).clone(), bucket, row.group.clone(), *self.metric.get(&metrics)).unwrap())
    }
}

/// Checks every page of the messages of a figure.
pub(crate) fn check_pages(
    engine: &Engine,
    reference: &Reference,
    figure: &Figure,
    mut after: Option<(AccountId, MessageId)>,
    limit: usize,
) -> Checked {
    let counted = reference.messages.iter().map(|((account, message), events)| CountedMessage {
        account: account.clone(),
        message: message.clone(),
        count: figure.count(events),
    });
    let counted: Vec<_> = counted.filter(|counted| counted.count > 0).collect();
    loop {
        let is_after = |counted: &&CountedMessage| {
            let after = after.as_ref();
            after.is_none_or(|(account, message)| (&counted.account, &counted.message) > (account, message))
        };
        let expected: Vec<_> = counted.iter().filter(is_after).take(limit).cloned().collect();
        let found = run(engine.store().messages(figure, after.as_ref(), limit));
        if let Err(StoreError::Thinned { .. }) = found {
            let start = figure.plan().buckets()[figure.bucket()].start;
            prop_assert!(reference.thinning.end().is_some_and(|end| start < end), "{:?}", figure);
            return Ok(());
        }
        let found = found.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        prop_assert_eq!(&found, &expected, "at most {} messages after {:?} of {:?}", limit, after, figure);
        match found.into_iter().nth(limit - 1) {
            Some(last) => after = Some((last.account, last.message)),
            None => return Ok(()),
        }
    }
}

/// Checks the timeline of a message: all parts of all events.
pub(crate) fn check_timeline(
    engine: &Engine,
    reference: &Reference,
    account: &AccountId,
    message: &MessageId,
) -> Checked {
    let known = reference.messages.get(&(account.clone(), message.clone()));
    let history = known.map(Message::history).unwrap_or_default();
    let events = history.into_iter().map(|entry| entry.event);
    let expected: Vec<Event> = events.filter(|event| !is_dropped(event)).cloned().collect();
    let found = run(engine.store().events(account, message));
    let found = found.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    prop_assert_eq!(&found, &expected, "the timeline of {} in {}", message, account);
    // Events with equal attributes are equal; these are the texts of the numbers in them as well.
    let attributes = |events: &[Event]| -> Vec<_> {
        events.iter().map(|event| serde_json::to_string(event.attributes()).unwrap()).collect()
    };
    prop_assert_eq!(attributes(&found), attributes(&expected));
    Ok(())
}
