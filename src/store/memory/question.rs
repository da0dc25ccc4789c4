//! A plan, prepared for counting.

use super::account::Account;
use super::clock::Clock;
use super::cube::Axis;
use super::sums::places;
use crate::dimension::Dimension;
use crate::event::AccountId;
use crate::message::MILLIS_PER_DAY;
use crate::plan::{Plan, PlanParts};
use crate::store::matcher::Matcher;
use crate::store::piece::{Piece, cut, pieces};
use crate::store::slot::{MILLIS_PER_HOUR, MILLIS_PER_SLOT};

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
        let pieces = pieces(plan);
        let plan = plan.parts();
        let matchers = plan.filters.iter().map(Matcher::new);
        let (account_filters, filters): (Vec<_>, Vec<_>) =
            matchers.partition(|filter| filter.dimension() == Dimension::Account);
        let route = plan.only_dimension().map(|dimension| Route::new(dimension, &pieces));
        let places = places(plan.kinds, plan.statuses);
        Self { plan, clock: Clock::new(pieces), filters, account_filters, places, route }
    }

    /// Returns whether mail of an account is counted at all.
    pub(super) fn keeps(&self, account: &AccountId) -> bool {
        let id = account.value().map(|id| &**id);
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
