//! The answer to a plan, made of stored sums and of messages.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::history::History;
use super::numbers::What;
use super::question::Question;
use super::sums::{Cell, Figures, each_piece, each_value, slot};
use crate::contribution::Contribution;
use crate::counts::Counts;
use crate::dimension::Dimension;
use crate::event::{AccountId, EnhancedCode};
use crate::group::Group;
use crate::message::MILLIS_PER_DAY;
use crate::metric::Metric;
use crate::plan::Row;
use crate::store::piece::Piece;
use crate::store::slot::start_of;
use crate::store::{StoreError, TallyError};

/// The rows of an answer that is being read.
#[derive(Debug)]
pub(in crate::store) struct Answer<'q> {
    question: &'q Question<'q>,
    /// The sums that the question reads.
    wanted: Vec<(u8, Range<i32>)>,
    name: &'static str,
    /// The accounts of the answer: what is counted together has one place.
    accounts: Vec<AccountId>,
    /// The values of the dimension, each with its place; the absent value is the first.
    values: Vec<Option<Arc<str>>>,
    places: FxHashMap<Arc<str>, Option<u32>>,
    /// The place in `sums` of each bucket, account and value.
    rows: FxHashMap<(u32, u32, u32), u32>,
    sums: Vec<Vec<(u8, Figures)>>,
    of_messages: BTreeMap<(usize, Group), Counts>,
    /// What is counted in the cuts of the question, by the number of the cut and what is counted.
    in_cuts: FxHashMap<(usize, u8), Figures>,
    /// Whether each number of a cell is counted.
    is_counted: [bool; 256],
}

/// The place of the absent value.
const ABSENT: u32 = 0;

impl<'q> Answer<'q> {
    /// Starts an answer of the store `name`.
    pub(in crate::store) fn new(question: &'q Question<'q>, name: &'static str) -> Self {
        let is_counted = |number: u8| match What::from_number(number) {
            Some(What::Event(event_type)) => question.plan.kinds.contains(&event_type.kind()),
            Some(What::Status(_)) => question.plan.statuses,
            None => false,
        };
        Self {
            question,
            wanted: question.sums(),
            name,
            accounts: Vec::new(),
            values: vec![None],
            places: FxHashMap::default(),
            rows: FxHashMap::default(),
            sums: Vec::new(),
            of_messages: BTreeMap::new(),
            in_cuts: FxHashMap::default(),
            is_counted: std::array::from_fn(|number| u8::try_from(number).is_ok_and(is_counted)),
        }
    }

    /// Starts the mail of an account. Returns its place; `None` if it is not counted.
    pub(in crate::store) fn account(&mut self, account: &AccountId) -> Option<u32> {
        if !self.question.keeps(account) {
            return None;
        }
        let is_grouped = self.question.plan.dimensions.contains(&Dimension::Account);
        if is_grouped || self.accounts.is_empty() {
            self.accounts.push(account.clone());
        }
        u32::try_from(self.accounts.len() - 1).ok()
    }

    /// Adds the stored sums of a cube on one day, of an account with a place.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the bytes are none.
    pub(in crate::store) fn add_sums(
        &mut self,
        account: u32,
        cube: u8,
        day: i32,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let question = self.question;
        let (of_days, days) = &question.days;
        let start = i64::from(day) * MILLIS_PER_DAY;
        let bucket = bucket(days, start);
        let is_missed = question.absent_cube.is_some();
        let read = if of_days.has_axis_of(cube) {
            let Some(bucket) = bucket else { return Ok(()) };
            let has_values = question.dimension.is_some();
            // Mail with a value is subtracted from all mail, which leaves that without one.
            let mut missing: Vec<Cell> = Vec::new();
            let read = each_value(bytes, |value, cells| {
                let place = if has_values { self.value(value) } else { Some(ABSENT) };
                place.into_iter().for_each(|place| self.add_cells((bucket, account, place), cells));
                for cell in cells.iter().filter(|_| is_missed) {
                    let figures = cell.figures.map(|figure| -figure);
                    match missing.iter_mut().find(|known| known.what == cell.what) {
                        Some(known) => add(&mut known.figures, figures),
                        None => missing.push(Cell { figures, ..*cell }),
                    }
                }
            });
            self.add_cells((bucket, account, ABSENT), &missing);
            read
        } else if question.absent_cube.is_some_and(|absent| absent.has_axis_of(cube)) {
            let Some(bucket) = bucket else { return Ok(()) };
            each_value(bytes, |_, cells| self.add_cells((bucket, account, ABSENT), cells))
        } else {
            each_value(bytes, |_, cells| self.add_quarters(account, day, cells))
        };
        read.ok_or_else(|| self.damaged("sums"))
    }

    /// Adds stored sums of several cubes and days, of which only those that are asked for count.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the bytes are none.
    pub(in crate::store) fn add_recent(&mut self, account: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let mut found = Vec::new();
        let is_wanted =
            |cube, day| self.wanted.iter().any(|(known, days)| *known == cube && days.contains(&day));
        each_piece(bytes, |cube, day, cells| {
            found.extend(is_wanted(cube, day).then_some((cube, day, cells)))
        })
        .ok_or_else(|| self.damaged("sums"))?;
        found.into_iter().try_for_each(|(cube, day, cells)| self.add_sums(account, cube, day, cells))
    }

    /// Adds a message of an account with a place.
    ///
    /// # Errors
    ///
    /// [`StoreError::Tally`] if there are too many rows or a count exceeds 64 bits.
    pub(in crate::store) fn add_message(
        &mut self,
        account: &AccountId,
        history: &History,
    ) -> Result<(), StoreError> {
        let rest = &self.question.rest;
        let settled = history.settle();
        let bucket = |at: chrono::DateTime<chrono::Utc>| bucket(rest, at.timestamp_millis());
        let (known, events) = (settled.known(account), settled.known_events());
        let contribution =
            Contribution::of(&known, events, &self.question.selection, bucket).map_err(TallyError::from)?;
        for (bucket, group, counts) in contribution.cells() {
            let row = self.of_messages.entry((*bucket as usize, group.clone())).or_default();
            row.add(counts).map_err(TallyError::from)?;
        }
        self.check_rows(self.of_messages.len())
    }

    /// Returns the rows, ascending by bucket, then by group.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if there are too many rows, if the answer needs events of which only sums are kept, or if the sums are
    /// damaged.
    pub(in crate::store) fn finish(mut self) -> Result<Vec<Row>, StoreError> {
        for ((cut, what), figures) in &self.in_cuts {
            if self.is_counted[usize::from(*what)] && *figures != [0; 4] {
                return Err(self.question.cuts[*cut].0.error());
            }
        }
        let mut rows = std::mem::take(&mut self.of_messages);
        for ((bucket, account, value), row) in std::mem::take(&mut self.rows) {
            let counts = self.counts(row)?;
            if !counts.is_zero() {
                let row = rows.entry((bucket as usize, self.group(account, value))).or_default();
                row.add(&counts).map_err(TallyError::from)?;
            }
        }
        self.check_rows(rows.len())?;
        Ok(rows.into_iter().map(|((bucket, group), counts)| Row { bucket, group, counts }).collect())
    }

    fn check_rows(&self, rows: usize) -> Result<(), StoreError> {
        let limit = self.question.plan.max_rows;
        if rows > limit { Err(TallyError::TooManyRows { limit }.into()) } else { Ok(()) }
    }

    /// Makes the error of bytes that are not what this version writes.
    pub(in crate::store) fn damaged(&self, what: &'static str) -> StoreError {
        StoreError::backend(self.name, format!("the stored {what} are damaged"))
    }

    /// Returns the place of a value of the dimension, as it is stored; `None` if the filters exclude it.
    fn value(&mut self, stored: &str) -> Option<u32> {
        if let Some(place) = self.places.get(stored) {
            return *place;
        }
        let value = self.shown(stored);
        let is_grouped =
            self.question.dimension.is_some_and(|by| self.question.plan.dimensions.contains(&by));
        let is_kept = self.question.filters.iter().all(|filter| filter.keeps(value.as_deref()));
        let place = match (is_kept, is_grouped) {
            (false, _) => None,
            (true, false) => Some(ABSENT),
            (true, true) => u32::try_from(self.new_place(value)).ok(),
        };
        self.places.insert(stored.into(), place);
        place
    }

    /// Returns the place of a value that is stored in a way that was not seen yet.
    fn new_place(&mut self, value: Option<Arc<str>>) -> usize {
        if value.is_none() || self.is_part_of_code() {
            // Several stored values can stand for it.
            if let Some(place) = self.values.iter().position(|known| *known == value) {
                return place;
            }
        }
        self.values.push(value);
        self.values.len() - 1
    }

    /// Returns whether several stored values have the same value.
    fn is_part_of_code(&self) -> bool {
        matches!(self.question.dimension, Some(Dimension::CodeSubject | Dimension::CodeClass))
    }

    /// Returns the value that a stored one stands for; `None` if it is absent.
    fn shown(&self, stored: &str) -> Option<Arc<str>> {
        let code = || stored.parse::<EnhancedCode>().ok();
        match self.question.dimension {
            Some(Dimension::CodeSubject) => code().map(|code| code.subject().into()),
            Some(Dimension::CodeClass) => code().map(|code| code.class().into()),
            Some(_) | None => Some(stored.into()).filter(|value: &Arc<str>| !value.is_empty()),
        }
    }

    /// Adds the cells of a day, ascending by quarter, to those of the quarters that are asked for, and to those of the cuts.
    fn add_quarters(&mut self, account: u32, day: i32, cells: &[Cell]) {
        for cells in cells.chunk_by(|one, other| one.quarter == other.quarter) {
            let slot = slot(day, cells[0].quarter);
            if let Some(bucket) = bucket(&self.question.quarters, start_of(slot)) {
                self.add_cells((bucket, account, ABSENT), cells);
            }
            for (cut, (_, slots)) in self.question.cuts.iter().enumerate() {
                if (slots.start..slots.end).contains(&slot) {
                    for cell in cells {
                        add(self.in_cuts.entry((cut, cell.what)).or_default(), cell.figures);
                    }
                }
            }
        }
    }

    /// Adds cells to the sums of a bucket, account and value.
    fn add_cells(&mut self, row: (u32, u32, u32), cells: &[Cell]) {
        let is_counted = &self.is_counted;
        let mut cells = cells.iter().filter(|cell| is_counted[usize::from(cell.what)]).peekable();
        if cells.peek().is_none() {
            return;
        }
        let next = self.sums.len();
        let row = *self.rows.entry(row).or_insert_with(|| u32::try_from(next).unwrap_or(u32::MAX)) as usize;
        if row == next {
            self.sums.push(Vec::new());
        }
        let sums = &mut self.sums[row];
        // Cells of one bucket mostly come in the same order.
        let mut place = 0;
        for cell in cells {
            if sums.get(place).is_none_or(|(what, _)| *what != cell.what) {
                place = sums.iter().position(|(what, _)| *what == cell.what).unwrap_or_else(|| {
                    sums.push((cell.what, [0; 4]));
                    sums.len() - 1
                });
            }
            add(&mut sums[place].1, cell.figures);
            place += 1;
        }
    }

    /// Returns the group of an account and a value.
    fn group(&self, account: u32, value: u32) -> Group {
        let value_of = |dimension: &Dimension| {
            if *dimension == Dimension::Account {
                self.accounts[account as usize].value().cloned()
            } else {
                self.values[value as usize].clone()
            }
        };
        self.question.plan.dimensions.iter().map(value_of).collect()
    }

    /// Returns the counts of a row.
    fn counts(&self, row: u32) -> Result<Counts, StoreError> {
        let mut all = [0_u64; Metric::COUNT];
        for (what, figures) in &self.sums[row as usize] {
            let mut put = |metric: Metric, figure: i64| {
                let figure = u64::try_from(figure).map_err(|_| self.damaged("sums"))?;
                all[metric.index()] += figure;
                Ok::<(), StoreError>(())
            };
            match What::from_number(*what) {
                Some(What::Event(event_type)) => {
                    let kind = event_type.kind();
                    let [total, of_type, of_kind, of_day] = *figures;
                    put(Metric::Total(kind), total)?;
                    put(Metric::TotalOf(event_type), total)?;
                    put(Metric::UniqueOf(event_type), of_type)?;
                    put(Metric::Unique(kind), of_kind)?;
                    put(Metric::DailyUnique(kind), of_day)?;
                }
                Some(What::Status(status)) => put(Metric::Status(status), figures[0])?,
                None => {}
            }
        }
        Ok(Counts::of_all(&all))
    }
}

fn add(sums: &mut Figures, more: Figures) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// Returns the bucket of an instant, in milliseconds since 1970, among pieces that are ascending.
fn bucket(pieces: &[Piece], at: i64) -> Option<u32> {
    let piece = pieces.get(pieces.partition_point(|piece| piece.end <= at))?;
    (piece.start <= at).then_some(piece.bucket)
}
