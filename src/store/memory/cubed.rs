//! What the cubes of an account tell.

use std::collections::BTreeSet;

use super::account::Account;
use super::cell::Cell;
use super::clock::Clock;
use super::cube::{Axis, Content, CubeId};
use super::dictionary::ABSENT;
use super::question::{MAX_SCANNED_PIECES, Question, Route};
use super::split::Split;
use super::sums::Sums;
use crate::dimension::Dimension;
use crate::message::MILLIS_PER_DAY;
use crate::store::matcher::Matcher;
use crate::store::piece::Piece;
use crate::store::slot::{MILLIS_PER_SLOT, slot_of};
use crate::store::{StoreError, Thinned};

/// The part of an answer that the cubes of an account tell, and what must be scanned besides.
#[derive(Debug)]
pub(super) struct Cubed {
    /// The groups are the codes of values.
    pub(super) sums: Sums,
    /// What must be scanned and added.
    pub(super) plus: Clock,
    /// What must be scanned and subtracted: it is part of a unit that was added whole.
    pub(super) minus: Clock,
    /// The cubes that were read.
    pub(super) paths: BTreeSet<&'static str>,
    /// What is thinned of it.
    pub(super) thinned: Vec<Thinned>,
}

/// Reads cubes into sums.
struct Reader<'a> {
    question: &'a Question<'a>,
    account: &'a Account,
    /// Whether the answer has a group for each value.
    is_grouped: bool,
    /// What the filters make of each value; `None` if it is not known yet.
    keeps: Vec<Option<bool>>,
    sums: Sums,
    /// The cubes that were read.
    paths: BTreeSet<&'static str>,
}

impl Cubed {
    /// Returns whether nothing of the account must be scanned besides.
    pub(super) fn is_complete(&self, account: &Account) -> bool {
        [&self.plus, &self.minus].into_iter().all(|clock| !clock.overlaps(i64::MIN, account.last))
    }

    /// Reads the cubes of an account; `None` if a scan of all of its mail is cheaper. The allocations of `spare` are reused.
    ///
    /// # Errors
    ///
    /// [`StoreError::Thinned`] if the answer needs events of which only sums are kept.
    pub(super) fn new(
        question: &Question<'_>,
        account: &Account,
        spare: Option<Sums>,
    ) -> Result<Option<Self>, StoreError> {
        Ok(match Split::new(question, account)? {
            Some(split) => Some(Self::of_split(question, account, split)),
            None => Self::of_kept(question, account, spare),
        })
    }

    /// Reads the cubes for a question of which a part is thinned.
    fn of_split(question: &Question<'_>, account: &Account, split: Split) -> Self {
        let Split { below, above, thinned } = split;
        let dimension = below.cube_of(account);
        let mut reader = Reader::new(question, account, below.dimension, None);
        reader.read(&below, dimension, &[]);
        let route = Route::new(below.dimension, &above);
        let rest = route.rest(dimension);
        let (plus, minus) = match rest.len() > MAX_SCANNED_PIECES {
            true => (above, Vec::new()),
            false => reader.read(&route, dimension, rest),
        };
        let paths = reader.paths;
        Self { sums: reader.sums, plus: Clock::new(plus), minus: Clock::of_few(minus), paths, thinned }
    }

    fn of_kept(question: &Question<'_>, account: &Account, spare: Option<Sums>) -> Option<Self> {
        let route = question.route.as_ref()?;
        let dimension = route.cube_of(account);
        let rest = route.rest(dimension);
        if rest.len() > MAX_SCANNED_PIECES {
            return None;
        }
        let mut reader = Reader::new(question, account, route.dimension, spare);
        let (plus, minus) = reader.read(route, dimension, rest);
        let paths = reader.paths;
        let (plus, minus) = (Clock::of_few(plus), Clock::of_few(minus));
        Some(Self { sums: reader.sums, plus, minus, paths, thinned: Vec::new() })
    }
}

impl<'a> Reader<'a> {
    fn new(
        question: &'a Question<'a>,
        account: &'a Account,
        dimension: Option<Dimension>,
        spare: Option<Sums>,
    ) -> Self {
        let is_grouped = dimension.is_some_and(|dimension| question.plan.dimensions.contains(&dimension));
        let values = dimension.map_or(0, |dimension| account.dictionary.values(dimension).len());
        let groups = if is_grouped { values + 1 } else { 1 };
        let places = question.places & account.places;
        let sums = Sums::reusing(spare, places, question.buckets(), Some(groups), question.plan.max_rows);
        let keeps = if question.filters.is_empty() { Vec::new() } else { vec![None; values + 1] };
        Self { question, account, is_grouped, keeps, sums, paths: BTreeSet::new() }
    }

    /// Reads whole units, also for a piece that can be had as a unit without its other part. Returns what must be scanned and
    /// added, and what must be scanned and subtracted.
    fn read(
        &mut self,
        route: &Route,
        dimension: Option<Dimension>,
        rest: &[Piece],
    ) -> (Vec<Piece>, Vec<Piece>) {
        for (axis, pieces) in route.cubes(dimension) {
            self.add(axis, pieces);
        }
        let (axis, unit) = match dimension {
            Some(dimension) => (Axis::Dimension(dimension), MILLIS_PER_DAY),
            None => (Axis::Quarter, MILLIS_PER_SLOT),
        };
        let (mut plus, mut minus) = (Vec::new(), Vec::new());
        for piece in rest {
            // Mostly, the end of a period is now, and nothing or little is later: that is scanned faster.
            let end = piece.start.saturating_add(unit);
            if piece.start.rem_euclid(unit) == 0 {
                self.add(axis, &[Piece { end, ..*piece }]);
                minus.push(Piece { start: piece.end, end, bucket: piece.bucket });
            } else {
                plus.push(*piece);
            }
        }
        (plus, minus)
    }

    /// Adds the cells of pieces that consist of whole units.
    fn add(&mut self, axis: Axis, pieces: &[Piece]) {
        self.paths.insert(match axis {
            Axis::Quarter => "cube by quarter of an hour",
            Axis::Hour => "cube by hour",
            Axis::Day => "cube by day",
            Axis::Dimension(_) => "cube by day and value",
        });
        let events = Content::of_events(self.question.plan.timing);
        let statuses = self.question.plan.statuses.then_some(Content::Statuses);
        for content in [events].into_iter().chain(statuses) {
            if let Some(cube) = self.account.cubes.get(CubeId { axis, content }) {
                let slots =
                    pieces.iter().map(|piece| (slot_of(piece.start), slot_of(piece.end), piece.bucket));
                cube.each_range(slots, |bucket, cells| self.add_cells(bucket, cells));
            }
        }
    }

    /// Adds cells to the rows of a bucket.
    fn add_cells(&mut self, bucket: u32, cells: &[Cell]) {
        if !self.is_grouped && self.keeps.is_empty() {
            let row = if cells.is_empty() { None } else { self.sums.row((bucket, ABSENT)) };
            return row.into_iter().for_each(|row| self.sums.add_cells(row, cells));
        }
        for of_value in cells.chunk_by(|one, other| one.key.value() == other.key.value()) {
            let value = of_value[0].key.value();
            let is_counted = of_value.iter().any(|cell| self.sums.counts(cell.key.what()));
            if is_counted && self.keeps(value) {
                let group = if self.is_grouped { value } else { ABSENT };
                let row = self.sums.row((bucket, group));
                row.into_iter().for_each(|row| self.sums.add_cells(row, of_value));
            }
        }
    }

    fn keeps(&mut self, value: u32) -> bool {
        let Some(known) = self.keeps.get(value as usize) else { return true };
        known.unwrap_or_else(|| {
            let keeps = self.question.filters.iter().all(|filter| keeps(filter, self.account, value));
            self.keeps[value as usize] = Some(keeps);
            keeps
        })
    }
}

fn keeps(filter: &Matcher<'_>, account: &Account, code: u32) -> bool {
    filter.keeps(account.dictionary.value(filter.dimension(), code).map(|value| &**value))
}
