//! A plan, prepared for being answered from sums and, where they do not tell the answer, from messages.

use std::ops::Range;

use super::cube::{Axis, Cube};
use crate::contribution::Selection;
use crate::dimension::Dimension;
use crate::event::AccountId;
use crate::message::MILLIS_PER_DAY;
use crate::plan::{Plan, PlanParts};
use crate::store::Thinned;
use crate::store::levels::{Level, Levels, Slots};
use crate::store::matcher::Matcher;
use crate::store::piece::{Piece, cut, pieces};
use crate::store::slot::{MILLIS_PER_SLOT, start_of};

/// What is read to answer a plan.
#[derive(Debug)]
pub(in crate::store) struct Question<'a> {
    pub(in crate::store) plan: PlanParts<'a>,
    pub(in crate::store) selection: Selection<'a>,
    /// The only dimension that is grouped or filtered by, apart from the account.
    pub(in crate::store) dimension: Option<Dimension>,
    /// The filters of that dimension.
    pub(in crate::store) filters: Vec<Matcher<'a>>,
    account_filters: Vec<Matcher<'a>>,
    /// The cube of the whole account or of the dimension, and the whole days in UTC that it tells.
    pub(in crate::store) days: (Cube, Vec<Piece>),
    /// The cube that has the mail without a value, if that is asked for: it is what is missing to all mail.
    pub(in crate::store) absent_cube: Option<Cube>,
    /// The whole quarters of an hour that the cube by quarter tells.
    pub(in crate::store) quarters: Vec<Piece>,
    /// What no cube tells.
    pub(in crate::store) rest: Vec<Piece>,
    /// The parts of the time of which only sums are kept that must have no mail, because the question cuts them.
    pub(in crate::store) cuts: Vec<(Level, Slots)>,
    /// The parts of the time that is asked for of which only sums are kept.
    pub(in crate::store) thinned: Vec<Thinned>,
}

impl<'a> Question<'a> {
    pub(in crate::store) fn new(plan: &'a Plan, levels: &Levels) -> Self {
        Self::of_pieces(plan, &pieces(plan), levels, plan.parts().only_dimension())
    }

    /// Makes the question about some pieces. `only` is the only dimension, if sums tell the answer.
    fn of_pieces(plan: &'a Plan, pieces: &[Piece], levels: &Levels, only: Option<Option<Dimension>>) -> Self {
        let selection = plan.selection();
        let plan = plan.parts();
        let matchers = plan.filters.iter().map(Matcher::new);
        let (account_filters, filters): (Vec<_>, Vec<_>) =
            matchers.partition(|filter| filter.dimension() == Dimension::Account);
        let dimension = only.flatten();
        let (mut days, mut quarters, mut rest) = (Vec::new(), Vec::new(), pieces.to_vec());
        if only.is_some() {
            (days, rest) = cut(pieces, MILLIS_PER_DAY);
            if dimension.is_none() {
                (quarters, rest) = cut(&rest, MILLIS_PER_SLOT);
            }
        }
        let cuts = cuts(pieces, levels, only.map(|dimension| dimension.is_some()));
        let end = levels.end_at();
        rest = rest.into_iter().map(|piece| Piece { start: piece.start.max(end), ..piece }).collect();
        rest.retain(|piece| piece.start < piece.end);
        let days = (Cube::of(plan.timing, dimension), days);
        let thinned = asked(pieces, levels).map(|(level, _)| level.thinned()).collect();
        let is_missing = dimension.is_some_and(|dimension| dimension != Dimension::Tag)
            && filters.iter().all(|filter| filter.keeps(None));
        let absent_cube = is_missing.then_some(Cube { timing: plan.timing, axis: Axis::Day });
        Self {
            plan,
            selection,
            dimension,
            filters,
            account_filters,
            days,
            absent_cube,
            quarters,
            rest,
            cuts,
            thinned,
        }
    }

    /// Makes the question for the messages in one bucket, which no sums tell.
    pub(in crate::store) fn of_messages(plan: &'a Plan, bucket: usize, levels: &Levels) -> Self {
        let mut pieces = pieces(plan);
        pieces.retain(|piece| piece.bucket as usize == bucket);
        Self::of_pieces(plan, &pieces, levels, None)
    }

    /// Returns whether mail of an account is counted at all.
    pub(in crate::store) fn keeps(&self, account: &AccountId) -> bool {
        let id = account.value().map(|id| &**id);
        self.plan.scope.contains(account) && self.account_filters.iter().all(|filter| filter.keeps(id))
    }

    /// Returns the cube by quarter of an hour.
    pub(in crate::store) fn quarter_cube(&self) -> Cube {
        Cube { timing: self.plan.timing, axis: Axis::Quarter }
    }

    /// Returns which stored sums are read: half-open ranges of days since 1970 of each cube, by the number of the cube.
    pub(in crate::store) fn sums(&self) -> Vec<(u8, Range<i32>)> {
        let (cube, days) = &self.days;
        let mut wanted = Vec::new();
        for cube in [Some(*cube), self.absent_cube].into_iter().flatten() {
            for stored in cube.stored() {
                wanted.extend(joined(days).into_iter().map(|days| (stored.number(), days)));
            }
        }
        let cuts = self.cuts.iter().map(|(_, slots)| Piece {
            start: start_of(slots.start),
            end: start_of(slots.end),
            bucket: 0,
        });
        let mut quarters: Vec<Piece> = self.quarters.iter().copied().chain(cuts).collect();
        quarters.sort_unstable_by_key(|piece| (piece.start, piece.end));
        for stored in self.quarter_cube().stored() {
            wanted.extend(joined(&quarters).into_iter().map(|days| (stored.number(), days)));
        }
        wanted
    }

    /// Returns the days whose messages are read: ascending half-open ranges of days since 1970.
    pub(in crate::store) fn message_days(&self) -> Vec<Range<i32>> {
        joined(&self.rest)
    }

    /// Returns how the question is answered, in the words of a report.
    pub(in crate::store) fn paths(&self) -> impl Iterator<Item = &'static str> {
        let by_day = if self.dimension.is_some() { "sums by day and value" } else { "sums by day" };
        let paths = [
            (!self.days.1.is_empty(), by_day),
            (!self.quarters.is_empty(), "sums by quarter of an hour"),
            (!self.rest.is_empty(), "messages"),
        ];
        paths.into_iter().filter(|(is_read, _)| *is_read).map(|(_, path)| path)
    }
}

/// Returns the days that pieces, ascending, touch: ascending ranges with gaps between them.
fn joined(pieces: &[Piece]) -> Vec<Range<i32>> {
    // Open ends are beyond all instants of events.
    let day = |at: i64| {
        i32::try_from(at.div_euclid(MILLIS_PER_DAY)).unwrap_or(if at < 0 { i32::MIN } else { i32::MAX })
    };
    let mut joined: Vec<Range<i32>> = Vec::new();
    for piece in pieces {
        let (start, end) = (day(piece.start), day(piece.end.saturating_sub(1)).saturating_add(1));
        match joined.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            Some(_) | None => joined.push(start..end),
        }
    }
    joined
}

/// Returns the parts of the time of which only sums are kept, that pieces ask for, each with the slots that they ask for.
fn asked(pieces: &[Piece], levels: &Levels) -> impl Iterator<Item = (Level, Slots)> {
    let range = pieces.first().zip(pieces.last());
    range.into_iter().flat_map(|(first, last)| levels.within(first.start, last.end))
}

/// Returns the sums of which pieces ask for a part. `has_dimension` is `None` if no sums tell the answer: then these are all
/// that are asked for.
fn cuts(pieces: &[Piece], levels: &Levels, has_dimension: Option<bool>) -> Vec<(Level, Slots)> {
    let Some(has_dimension) = has_dimension else {
        let whole = |(level, slots): (Level, Slots)| {
            let unit = |slot| level.unit(slot, false);
            (level, Slots { start: unit(slots.start).start, end: unit(slots.end - 1).end })
        };
        return asked(pieces, levels).map(whole).collect();
    };
    let edges = pieces.iter().flat_map(|piece| [piece.start, piece.end]);
    let mut cuts: Vec<_> = edges.filter_map(|at| levels.cut(at, has_dimension)).collect();
    cuts.dedup_by_key(|(_, slots)| slots.start);
    cuts
}
