//! A plan, prepared for counting.

use super::account::Account;
use super::cell::{MILLIS_PER_HOUR, MILLIS_PER_SLOT};
use super::clock::{Clock, Piece};
use super::cube::Axis;
use super::matcher::Matcher;
use super::sums::places;
use crate::dimension::Dimension;
use crate::event::AccountId;
use crate::message::MILLIS_PER_DAY;
use crate::plan::{Plan, PlanParts};

/// What is the same for all accounts of a plan.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) plan: PlanParts<'a>,
    /// Finds the bucket of any instant.
    pub(super) clock: Clock,
    /// The filters, without those of the account.
    pub(super) filters: Vec<Matcher<'a>>,
    account_filters: Vec<Matcher<'a>>,
    /// A bit for each event type and status that is counted.
    pub(super) places: u64,
    /// What cubes can tell; `None` if they can tell nothing.
    pub(super) route: Option<Route>,
}

/// How cubes answer a question.
#[derive(Debug)]
pub(super) struct Route {
    /// The only dimension that is grouped or filtered by, apart from the account.
    pub(super) dimension: Option<Dimension>,
    /// The whole days in UTC.
    pub(super) days: Vec<Piece>,
    /// What is left of the buckets, each within one day.
    pub(super) besides_days: Vec<Piece>,
    /// The whole hours in `besides_days`.
    pub(super) hours: Vec<Piece>,
    /// The whole quarters of an hour in what is left then.
    pub(super) quarters: Vec<Piece>,
    /// What is left then, each within one quarter.
    pub(super) besides_quarters: Vec<Piece>,
}

/// The number of parts of a period which are scanned beside cubes. With more of them, one scan of everything is cheaper.
pub(super) const MAX_SCANNED_PIECES: usize = 2;

impl<'a> Question<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let edges = plan.edges_in_millis();
        let plan = plan.parts();
        let buckets = (0..).zip(edges.windows(2)).filter(|(_, edge)| edge[0] < edge[1]);
        let pieces: Vec<Piece> =
            buckets.map(|(bucket, edge)| Piece { start: edge[0], end: edge[1], bucket }).collect();
        let matchers = plan.filters.iter().map(Matcher::new);
        let (account_filters, filters): (Vec<_>, Vec<_>) =
            matchers.partition(|filter| filter.dimension() == Dimension::Account);
        let route = only_dimension(&plan, &filters).map(|dimension| Route::new(dimension, &pieces));
        let places = places(plan.kinds, plan.statuses);
        Self { plan, clock: Clock::new(pieces), filters, account_filters, places, route }
    }

    /// Returns whether mail of an account is counted at all.
    pub(super) fn keeps(&self, account: &AccountId) -> bool {
        let id = Some(account.as_str()).filter(|id| !id.is_empty());
        self.account_filters.iter().all(|filter| filter.keeps(id))
    }

    /// Returns the number of buckets.
    pub(super) fn buckets(&self) -> usize {
        self.plan.buckets.len()
    }
}

impl Route {
    pub(super) fn new(dimension: Option<Dimension>, pieces: &[Piece]) -> Self {
        let (days, besides_days) = cut(pieces, MILLIS_PER_DAY);
        let (hours, besides_hours) = cut(&besides_days, MILLIS_PER_HOUR);
        let (quarters, besides_quarters) = cut(&besides_hours, MILLIS_PER_SLOT);
        Self { dimension, days, besides_days, hours, quarters, besides_quarters }
    }

    /// Returns the dimension whose cube of an account is read; `None` if that of the whole account is, because no dimension is
    /// asked for, or no mail has a value of it.
    pub(super) fn cube_of(&self, account: &Account) -> Option<Dimension> {
        self.dimension.filter(|dimension| account.cubes.has(*dimension))
    }

    /// Returns the cubes that tell whole units, with the pieces that consist of them.
    pub(super) fn cubes(&self, dimension: Option<Dimension>) -> Vec<(Axis, &[Piece])> {
        let cubes = match dimension {
            Some(dimension) => vec![(Axis::Dimension(dimension), &self.days[..])],
            None => {
                vec![(Axis::Day, &self.days[..]), (Axis::Hour, &self.hours), (Axis::Quarter, &self.quarters)]
            }
        };
        cubes.into_iter().filter(|(_, pieces)| !pieces.is_empty()).collect()
    }

    /// Returns what the cube of a dimension, or of the whole account, cannot tell.
    pub(super) fn rest(&self, dimension: Option<Dimension>) -> &[Piece] {
        match dimension {
            Some(_) => &self.besides_days,
            None => &self.besides_quarters,
        }
    }
}

/// Returns the only dimension that is grouped or filtered by, apart from the account: `Some(None)` if there is none, and
/// `None` if there are several, or if the sums by that dimension do not tell the answer.
fn only_dimension(plan: &PlanParts<'_>, filters: &[Matcher<'_>]) -> Option<Option<Dimension>> {
    let mut only = None;
    let grouped = plan.dimensions.iter().copied().filter(|by| *by != Dimension::Account);
    let filtered = filters.iter().map(Matcher::dimension);
    for dimension in grouped.chain(filtered) {
        if only.is_some_and(|only| only != dimension) {
            return None;
        }
        only = Some(dimension);
    }
    // A message is in the sums of each of its tags, and passes a filter of any of them.
    let is_by_tag = only == Some(Dimension::Tag);
    (!is_by_tag || filters.is_empty()).then_some(only)
}

/// Cuts pieces into what consists of whole units, and the rest, each within one unit.
fn cut(pieces: &[Piece], unit: i64) -> (Vec<Piece>, Vec<Piece>) {
    let (mut whole, mut rest) = (Vec::new(), Vec::new());
    for Piece { start, end, bucket } in pieces.iter().copied() {
        // Open ends are beyond all instants of events.
        let first =
            start.div_euclid(unit).saturating_add(i64::from(start.rem_euclid(unit) > 0)).saturating_mul(unit);
        let last = end.div_euclid(unit).saturating_mul(unit);
        if first > last {
            rest.push(Piece { start, end, bucket });
            continue;
        }
        push(&mut rest, start, first, bucket);
        push(&mut whole, first, last, bucket);
        push(&mut rest, last, end, bucket);
    }
    (whole, rest)
}

/// Appends a piece unless it is empty.
fn push(pieces: &mut Vec<Piece>, start: i64, end: i64, bucket: u32) {
    if start < end {
        pieces.push(Piece { start, end, bucket });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_of_pieces_are_the_pieces_and_each_is_whole_or_within_one_unit(
            edges in prop::collection::vec(-50..50_i64, 2..6),
        ) {
            let mut edges = edges;
            edges.sort_unstable();
            let pieces: Vec<Piece> = (0..).zip(edges.windows(2)).filter(|(_, edge)| edge[0] < edge[1])
                .map(|(bucket, edge)| Piece { start: edge[0], end: edge[1], bucket }).collect();
            let (whole, rest) = cut(&pieces, 10);
            prop_assert!(whole.iter().all(|piece| piece.start % 10 == 0 && piece.end % 10 == 0));
            prop_assert!(rest.iter().all(|piece| piece.start.div_euclid(10) == (piece.end - 1).div_euclid(10)));
            for at in -50..50 {
                let bucket = |pieces: &[Piece]| {
                    let buckets = pieces.iter().filter(|piece| (piece.start..piece.end).contains(&at));
                    buckets.map(|piece| piece.bucket).collect::<Vec<_>>()
                };
                prop_assert_eq!(bucket(&pieces), bucket(&[&whole[..], &rest[..]].concat()));
            }
        }
    }
}
