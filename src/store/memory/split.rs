//! What a question asks of a time of which only sums are kept.

use super::account::Account;
use super::cell::sum;
use super::cube::{Axis, Content, CubeId};
use super::question::{Question, Route};
use crate::store::levels::{Level, Slots};
use crate::store::piece::Piece;
use crate::store::slot::SLOTS_PER_DAY;
use crate::store::{StoreError, Thinned};

/// A question to an account, cut where the time ends of which only sums are kept.
#[derive(Debug)]
pub(super) struct Split {
    /// What is asked of the sums: whole ones only, so that nothing must be scanned.
    pub(super) below: Route,
    /// What is asked of the time of which everything is kept.
    pub(super) above: Vec<Piece>,
    /// The parts of the time, of those that have mail which is asked for.
    pub(super) thinned: Vec<Thinned>,
}

impl Split {
    /// Cuts a question; `None` if it asks for no thinned time, or if a scan finds nothing there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Thinned`] if the sums do not tell the answer.
    pub(super) fn new(question: &Question<'_>, account: &Account) -> Result<Option<Self>, StoreError> {
        let pieces = question.clock.pieces();
        if !pieces.first().is_some_and(|first| account.thinned.covers(first.start)) {
            return Ok(None);
        }
        let (mut below, above) = cut(pieces, account.thinned.end_at());
        let asked = with_mail(question, account, pieces);
        let route = match (asked.first(), &question.route) {
            (None, None) => return Ok(None),
            (Some(first), None) => return Err(first.error()),
            (None, Some(route)) => {
                below.clear();
                route
            }
            (Some(_), Some(route)) => route,
        };
        let dimension = route.cube_of(account);
        for at in below.iter().flat_map(|piece| [piece.start, piece.end]) {
            check_edge(question, account, at, dimension.is_some())?;
        }
        let thinned = asked.into_iter().map(Level::thinned).collect();
        Ok(Some(Self { below: Route::new(route.dimension, &below), above, thinned }))
    }
}

/// Checks that none of some pieces asks for events that were dropped.
///
/// # Errors
///
/// [`StoreError::Thinned`] if one does.
pub(super) fn check_kept(
    question: &Question<'_>,
    account: &Account,
    pieces: &[Piece],
) -> Result<(), StoreError> {
    match with_mail(question, account, pieces).first() {
        Some(level) => Err(level.error()),
        None => Ok(()),
    }
}

/// Returns the parts of the thinned time of which pieces, ascending and without gaps, ask for mail.
fn with_mail(question: &Question<'_>, account: &Account, pieces: &[Piece]) -> Vec<Level> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Vec::new() };
    let has_mail = |(level, asked): &(Level, Slots)| {
        // A sum is asked for as a whole.
        let start = level.unit(asked.start, false).start;
        has_mail(question, account, Slots { start, end: asked.end })
    };
    let asked = account.thinned.within(first.start, last.end);
    asked.filter(has_mail).map(|(level, _)| level).collect()
}

/// Cuts pieces at an instant.
fn cut(pieces: &[Piece], at: i64) -> (Vec<Piece>, Vec<Piece>) {
    let below = pieces.iter().map(|piece| Piece { end: piece.end.min(at), ..*piece });
    let above = pieces.iter().map(|piece| Piece { start: piece.start.max(at), ..*piece });
    let is_some = |piece: &Piece| piece.start < piece.end;
    (below.filter(is_some).collect(), above.filter(is_some).collect())
}

/// Checks that an edge of a bucket cuts no sum, or none with mail that is asked for.
fn check_edge(
    question: &Question<'_>,
    account: &Account,
    at: i64,
    has_dimension: bool,
) -> Result<(), StoreError> {
    match account.thinned.cut(at, has_dimension) {
        Some((level, unit)) if has_mail(question, account, unit) => Err(level.error()),
        Some(_) | None => Ok(()),
    }
}

/// The number of cells up to which it is looked whether they add up to nothing.
const MAX_SUMMED: usize = 1 << 12;

/// Returns whether anything that is asked for is in some slots. Of very many cells, some may add up to nothing.
fn has_mail(question: &Question<'_>, account: &Account, slots: Slots) -> bool {
    let is_of_days = slots.start.is_multiple_of(SLOTS_PER_DAY) && slots.end.is_multiple_of(SLOTS_PER_DAY);
    let axis = if is_of_days { Axis::Day } else { Axis::Quarter };
    [Content::of_events(question.plan.timing), Content::Statuses].into_iter().any(|content| {
        let Some(cube) = account.cubes.get(CubeId { axis, content }) else { return false };
        let is_asked = |what: usize| question.places >> what & 1 == 1;
        let cells = cube.between(slots.start, slots.end).flatten();
        let mut cells: Vec<_> =
            cells.filter(|cell| is_asked(cell.key.what())).take(MAX_SUMMED + 1).copied().collect();
        if cells.len() <= MAX_SUMMED {
            sum(&mut cells);
        }
        !cells.is_empty()
    })
}
