//! Merges what several stores answer.

use std::collections::BTreeMap;

use super::{Counted, CountedMessage, Plan, Provenance, Row, StoreError};
use crate::counts::Counts;
use crate::event::Event;
use crate::group::Group;
use crate::message::Message;
use crate::plan::PlanParts;
use crate::tally::TallyError;

/// Adds the answers of several stores to the same plans, or to parts of them.
#[derive(Debug)]
pub(super) struct Sum<'a> {
    /// The name of the store that adds, for errors.
    store: &'static str,
    plans: &'a [Plan],
    rows: Vec<BTreeMap<(usize, Group), Counts>>,
    /// `None` before the first answer.
    provenance: Option<Provenance>,
}

/// Which plan an answer is of, and where its buckets are in that plan's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The index of the plan.
    pub(super) plan: usize,
    /// The index of the first bucket.
    pub(super) first: usize,
}

/// A store broke its contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} answers of a store, expected {expected}, one for each plan")]
struct WrongAnswers {
    found: usize,
    expected: usize,
}

impl<'a> Sum<'a> {
    pub(super) fn new(store: &'static str, plans: &'a [Plan]) -> Self {
        Self { store, plans, rows: vec![BTreeMap::new(); plans.len()], provenance: None }
    }

    /// Adds what a store answered to the plans of `places`, in their order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Tally`] if there are more rows than a plan allows, or a count exceeds 64 bits; [`StoreError::Backend`] if
    /// there are more or fewer answers than plans.
    pub(super) fn add(&mut self, places: &[Place], counted: Counted) -> Result<(), StoreError> {
        let Counted { rows, provenance } = counted;
        let (found, expected) = (rows.len(), places.len());
        if found != expected {
            return Err(StoreError::backend(self.store, WrongAnswers { found, expected }));
        }
        match &mut self.provenance {
            Some(merged) => merged.merge(&provenance),
            None => self.provenance = Some(provenance),
        }
        for (place, rows) in places.iter().zip(rows) {
            self.add_rows(*place, rows)?;
        }
        Ok(())
    }

    fn add_rows(&mut self, Place { plan, first }: Place, rows: Vec<Row>) -> Result<(), TallyError> {
        let PlanParts { max_rows: limit, .. } = self.plans[plan].parts();
        let sums = &mut self.rows[plan];
        for Row { bucket, group, counts } in rows {
            sums.entry((first + bucket, group)).or_default().add(&counts)?;
            if sums.len() > limit {
                return Err(TallyError::TooManyRows { limit });
            }
        }
        Ok(())
    }

    /// Returns the sums, ascending by bucket, then by group.
    pub(super) fn counted(self) -> Counted {
        let row = |((bucket, group), counts)| Row { bucket, group, counts };
        let rows = self.rows.into_iter().map(|sums| sums.into_iter().map(row).collect()).collect();
        Counted::new(rows).provenance(self.provenance.unwrap_or_default())
    }
}

/// Merges the first pages of several stores into the first page of all: ascending by account, then by id, with the counts of one
/// message added.
pub(super) fn page(pages: Vec<Vec<CountedMessage>>, limit: usize) -> Vec<CountedMessage> {
    let mut merged: BTreeMap<_, u64> = BTreeMap::new();
    for CountedMessage { account, message, count } in pages.into_iter().flatten() {
        let sum = merged.entry((account, message)).or_default();
        *sum = sum.saturating_add(count);
    }
    let counted = |((account, message), count)| CountedMessage { account, message, count };
    merged.into_iter().take(limit).map(counted).collect()
}

/// Merges what several stores have of one message: each id once, ordered by instant, then by id.
pub(super) fn timeline(parts: Vec<Vec<Event>>) -> Vec<Event> {
    let mut events = parts.into_iter().flatten();
    let Some(first) = events.next() else { return Vec::new() };
    let mut message = Message::new(first);
    for event in events {
        message.insert(event);
    }
    message.history().iter().map(|entry| entry.event.clone()).collect()
}
