//! Which rows a question reads: the rows of the batches that were complete when it was asked.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::DateTime;
use clickhouse::Row;

use super::error::ClickHouseError;
use super::node::Node;
use crate::store::Thinned;
use crate::store::levels::Levels;

/// A batch whose rows are being written.
pub(super) const OPEN: u8 = 1;
/// A batch whose rows count.
pub(super) const COMPLETE: u8 = 2;
/// A batch whose rows never count.
pub(super) const GIVEN_UP: u8 = 3;

/// What a batch does.
pub(super) const RECORDS: u8 = 0;
/// It forgets a message or an account.
pub(super) const FORGETS: u8 = 1;
/// It drops events and keeps their sums.
pub(super) const THINS: u8 = 2;

/// The number of seconds within which a batch of events is written, or never.
pub(super) const WRITING: i64 = 60;

/// The number of seconds for which a batch past its deadline may still become complete.
const GRACE: i64 = 30;

/// A state of the data: which batches count. It stays the same while batches are written.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The time of the first server when the state was read, in seconds since 1970.
    pub(super) now: i64,
    /// The greatest number of a batch.
    pub(super) last: u64,
    /// Every batch up to this number counts, unless it is given up.
    pub(super) settled: u64,
    pub(super) given_up: BTreeSet<u64>,
    /// The complete batches after it.
    pub(super) recent: BTreeSet<u64>,
    /// The time of which only sums are kept.
    pub(super) levels: Levels,
    /// The same, as far as settled batches say so.
    pub(super) settled_levels: Levels,
    /// Whether anything was ever forgotten or thinned, so that rows of other kinds than events exist.
    pub(super) has_marks: bool,
}

/// What is known of settled batches, so that they are read once.
#[derive(Debug, Default)]
pub(super) struct States {
    known: Mutex<State>,
}

/// What the table `batches` says of a batch.
#[derive(Debug, Row, serde::Deserialize)]
struct BatchRow {
    now: i64,
    batch: u64,
    state: u8,
    kind: u8,
    deadline: i64,
    before: i64,
    unit: String,
}

impl States {
    /// Reads which batches are complete now.
    pub(super) async fn read(&self, first: &Node) -> Result<State, ClickHouseError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let settled = known.settled;
        let sql = format!(
            "SELECT toInt64(toUnixTimestamp(now())) AS now, batch, max(state) AS state, max(kind) AS kind, \
             max(deadline) AS deadline, max(before) AS before, max(unit) AS unit FROM batches \
             WHERE batch = 0 OR batch > {settled} GROUP BY batch ORDER BY batch"
        );
        let rows: Vec<BatchRow> = first.rows(&sql).await?;
        let state = known.after(&rows)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.settled < state.settled {
            *known = state.clone();
        }
        Ok(state)
    }
}

impl State {
    /// Returns the state with what is said of the batches that were not settled.
    fn after(&self, rows: &[BatchRow]) -> Result<Self, ClickHouseError> {
        let now = rows.iter().map(|row| row.now).min().unwrap_or_default();
        let rows = || rows.iter().filter(|row| row.batch > self.settled);
        let is_open = |row: &&BatchRow| row.state == OPEN && now < row.deadline + GRACE;
        // Batches that are not yet announced have greater numbers than that.
        let announced = u64::try_from(now - 2 * WRITING).unwrap_or(0) << 32;
        let first_open = rows().filter(is_open).map(|row| row.batch).min().unwrap_or(u64::MAX);
        let settled = announced.min(first_open).saturating_sub(1).max(self.settled);
        let mut state = Self { now, settled, recent: BTreeSet::new(), ..self.clone() };
        for row in rows() {
            state.last = state.last.max(row.batch);
            match (row.state == COMPLETE, row.batch <= settled) {
                (true, is_settled) => {
                    if !is_settled {
                        state.recent.insert(row.batch);
                    }
                    state.note(row, is_settled)?;
                }
                (false, true) => drop(state.given_up.insert(row.batch)),
                (false, false) => {}
            }
        }
        Ok(state)
    }

    /// Notes what a complete batch does.
    fn note(&mut self, row: &BatchRow, is_settled: bool) -> Result<(), ClickHouseError> {
        if row.kind == THINS {
            let thinned = thinned(row)?;
            for levels in
                std::iter::once(&mut self.levels).chain(is_settled.then_some(&mut self.settled_levels))
            {
                // It was added once before it was written.
                levels.add(thinned).map_err(|_| unknown_unit(row))?;
            }
        }
        self.has_marks |= row.kind != RECORDS;
        Ok(())
    }

    /// Returns the condition on the rows that count.
    pub(super) fn visible(&self) -> String {
        let list = |batches: &BTreeSet<u64>| super::literal::list(batches);
        let settled = match list(&self.given_up) {
            Some(given_up) => format!("(batch <= {} AND batch NOT IN ({given_up}))", self.settled),
            None => format!("batch <= {}", self.settled),
        };
        match list(&self.recent) {
            Some(recent) => format!("({settled} OR batch IN ({recent}))"),
            None => settled,
        }
    }
}

/// Returns the time of which only sums are kept after a batch.
fn thinned(row: &BatchRow) -> Result<Thinned, ClickHouseError> {
    let before = DateTime::from_timestamp_millis(row.before);
    let unknown = || ClickHouseError::Row { column: "before", found: row.before.to_string() };
    let resolution = row.unit.parse().map_err(|_| unknown_unit(row))?;
    Ok(Thinned { before: before.ok_or_else(unknown)?, resolution })
}

fn unknown_unit(row: &BatchRow) -> ClickHouseError {
    ClickHouseError::Row { column: "unit", found: row.unit.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn row(age: i64, low: u64, state: u8) -> BatchRow {
        let batch = (u64::try_from(NOW - age).unwrap() << 32) + low;
        let deadline = NOW - age + WRITING;
        BatchRow { now: NOW, batch, state, kind: RECORDS, deadline, before: 0, unit: String::new() }
    }

    fn counted(state: &State, row: &BatchRow) -> bool {
        let batch = row.batch;
        (batch <= state.settled && !state.given_up.contains(&batch)) || state.recent.contains(&batch)
    }

    #[test]
    fn complete_batches_count_and_no_others() {
        let rows = [
            row(1000, 1, COMPLETE),
            row(1000, 2, OPEN),
            row(1000, 3, GIVEN_UP),
            row(100, 4, COMPLETE),
            row(100, 5, GIVEN_UP),
            row(80, 6, OPEN),
            row(10, 7, COMPLETE),
            row(0, 8, OPEN),
        ];
        let state = State::default().after(&rows).unwrap();
        let found: Vec<bool> = rows.iter().map(|row| counted(&state, row)).collect();
        assert_eq!(found, [true, false, false, true, false, false, true, false]);
        assert_eq!(state.last, rows[7].batch);
        // Later, those that were open may be complete; what is settled is not read again.
        let later: Vec<BatchRow> = rows.into_iter().filter(|row| row.batch > state.settled).collect();
        let again = state.after(&later).unwrap();
        assert!(later.iter().all(|row| counted(&again, row) == counted(&state, row)));
        assert_eq!(again.given_up, state.given_up);
    }

    #[test]
    fn nothing_is_settled_after_a_batch_that_may_still_become_complete() {
        let open = BatchRow { deadline: NOW + 3000, ..row(1000, 1, OPEN) };
        let state = State::default().after(&[open, row(900, 1, COMPLETE)]).unwrap();
        assert_eq!((state.recent.len(), state.given_up.len()), (1, 0));
        assert!(state.settled < row(1000, 1, OPEN).batch);
    }

    #[test]
    fn a_batch_that_is_not_announced_yet_is_never_settled() {
        let state = State::default().after(&[row(0, 0, COMPLETE)]).unwrap();
        assert!(state.settled < row(2 * WRITING, 0, OPEN).batch);
    }

    #[test]
    fn the_condition_lists_what_is_given_up_and_what_is_recent() {
        let state = State { settled: 9, given_up: [3, 4].into(), recent: [11].into(), ..State::default() };
        assert_eq!(state.visible(), "((batch <= 9 AND batch NOT IN (3, 4)) OR batch IN (11))");
        assert_eq!(State::default().visible(), "batch <= 0");
    }
}
