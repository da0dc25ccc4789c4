//! The cases: events, and the queries about them whose answers must equal those of the reference.

use super::compare::{compare, reference, shown_query};
use super::mail::at;
use super::runner::{Details, Outcome};
use super::{Harness, RandomMail};
use chrono::{DateTime, Utc};

use crate::dimension::By;
use crate::event::Event;
use crate::event_type::EventType;
use crate::plan::Plan;
use crate::query::Query;
use crate::store::Store;
use crate::time::Period;

mod buckets;
mod dimensions;
mod histories;
mod ties;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Events, and queries about them.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// What must hold, as a sentence.
    pub(super) name: String,
    /// The instant at which the queries are resolved.
    now: DateTime<Utc>,
    pub(super) events: Vec<Event>,
    pub(super) queries: Vec<Query>,
}

/// Returns all cases.
pub(super) fn all(harness: &impl Harness) -> Vec<Case> {
    // The narrow ones first: the first failure then says most about what is wrong.
    let mut cases = histories::cases();
    cases.extend(ties::cases());
    cases.extend(buckets::cases());
    cases.extend(dimensions::cases());
    cases.extend((1..).take(rounds(harness, 12)).map(random));
    cases
}

/// Returns how often something is repeated, of `usual` times: at least once.
pub(super) fn rounds(harness: &impl Harness, usual: usize) -> usize {
    harness.rounds(usual).max(1)
}

/// Returns 25 random queries over random events.
fn random(seed: u64) -> Case {
    let mut mail = RandomMail::new(seed);
    let events = mail.events(80);
    let queries: Vec<Query> = (0..25).map(|_| mail.query()).collect();
    Case::new(format!("random queries equal the reference (seed {seed})"), events, queries)
}

impl Case {
    fn new(
        name: impl Into<String>,
        events: impl IntoIterator<Item = Event>,
        queries: impl IntoIterator<Item = Query>,
    ) -> Self {
        let (events, queries) = (events.into_iter().collect(), queries.into_iter().collect());
        Self { name: name.into(), now: at(0), events, queries }
    }

    /// Opens a store with the events and compares its answers with those of the reference: to all queries at once, and to each
    /// alone.
    pub(super) async fn check(&self, harness: &impl Harness) -> Outcome {
        let (store, _guard) = harness.open(&self.events).await;
        let plans: Vec<Plan> =
            self.queries.iter().map(|query| query.plan(self.now)).collect::<Result<_, _>>()?;
        for plan in &plans {
            self.check_plans(&store, std::slice::from_ref(plan)).await?;
        }
        self.check_plans(&store, &plans).await
    }

    async fn check_plans(&self, store: &impl Store, plans: &[Plan]) -> Outcome {
        let counted = store.count(plans).await.map_err(|error| {
            let queries: Vec<_> = plans.iter().map(shown_query).collect();
            Details::from(error).when(format_args!("the store has no answer to {}", queries.join(" and ")))
        })?;
        if counted.rows.len() != plans.len() {
            let found = counted.rows.len();
            return Err(Details(format!("{found} answers, expected {}, one for each plan", plans.len())));
        }
        for (plan, found) in plans.iter().zip(counted.rows) {
            compare(plan, reference(plan, &self.events)?, found)?;
        }
        Ok(())
    }
}

/// Returns an event of the account `acme`.
pub(super) fn event(message: &str, id: &str, event_type: impl Into<EventType>, seconds: i64) -> Event {
    Event::new("acme", message, id, event_type, at(seconds))
}

/// Returns a query over the first `days` days of 2026 in UTC, with a bucket for each day.
pub(super) fn daily(days: i64) -> Query {
    Query::new("acme", Period::between(at(0), at(days * DAY))).by(By::Date)
}
