//! Batches: rows that count together or not at all.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::ClickHouseError;
use super::node::Node;
use super::state::{COMPLETE, GIVEN_UP, OPEN, RECORDS, State, WRITING};
use crate::store::Thinned;

/// The number of seconds within which thinning or forgetting is written, or never.
const CHANGING: i64 = 3600;

/// Numbers the batches of a process.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    last: AtomicU64,
}

/// A batch that was announced, and whose rows do not count yet.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    first: &'a Node,
    pub(super) number: u64,
    /// The number of seconds within which it is complete, or never.
    limit: i64,
}

impl Numbers {
    /// Announces a batch of a kind, after all batches of a state.
    pub(super) async fn open<'a>(
        &self,
        first: &'a Node,
        state: &State,
        kind: u8,
    ) -> Result<Batch<'a>, ClickHouseError> {
        let limit = if kind == RECORDS { WRITING } else { CHANGING };
        let number = self.next(state);
        let (until, deadline) = (state.now + WRITING, state.now + limit);
        // If the request is repeated after it arrived, there are two marks, and the batch is never complete.
        first
            .run_once(&format!(
                "INSERT INTO batches (batch, state, kind, deadline) SELECT toUInt64({number}), toUInt8({OPEN}), \
                 toUInt8({kind}), toInt64({deadline}) FROM system.one WHERE toUnixTimestamp(now()) < {until}"
            ))
            .await?;
        Ok(Batch { first, number, limit })
    }

    /// Returns a number that is greater than all of a state, not less than its time, and hardly that of another process.
    fn next(&self, state: &State) -> u64 {
        let time = u64::try_from(state.now).unwrap_or_default() << 32;
        let step = 1 + (RandomState::new().hash_one(0) & 0xf_ffff);
        let next = |last: u64| last.max(state.last).max(time).saturating_add(step);
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(before.unwrap_or_default())
    }
}

impl Batch<'_> {
    /// Makes the rows of the batch count, unless another process has announced the same number. `thinned` is the time
    /// of which only sums are kept from then on.
    ///
    /// # Errors
    ///
    /// [`ClickHouseError::TooSlow`] if its time is over; then its rows never count.
    pub(super) async fn complete(self, thinned: Option<Thinned>) -> Result<(), ClickHouseError> {
        let Self { first, number, limit } = self;
        let (before, unit) = thinned
            .map_or((0, ""), |Thinned { before, resolution }| (before.timestamp_millis(), resolution.name()));
        first
            .run(&format!(
                "INSERT INTO batches (batch, state, kind, deadline, before, unit) SELECT batch, toUInt8({COMPLETE}), \
                 any(kind), any(deadline) AS until, toInt64({before}), '{unit}' FROM batches WHERE batch = {number} AND \
                 state != {COMPLETE} GROUP BY batch HAVING count() = 1 AND max(state) = {OPEN} AND \
                 toUnixTimestamp(now()) < until"
            ))
            .await?;
        let sql = format!("SELECT toUInt8(max(state)) FROM batches WHERE batch = {number}");
        match first.row::<u8>(&sql).await? {
            COMPLETE => Ok(()),
            _ => Err(too_slow(limit)),
        }
    }

    /// Says that the rows of the batch never count, as far as the server can be reached; without that, it is known after its
    /// deadline.
    pub(super) async fn give_up(self) {
        let number = self.number;
        let sql =
            format!("INSERT INTO batches (batch, state) SELECT toUInt64({number}), toUInt8({GIVEN_UP})");
        drop(self.first.run_once(&sql).await);
    }
}

fn too_slow(seconds: i64) -> ClickHouseError {
    ClickHouseError::TooSlow { limit: std::time::Duration::from_secs(seconds.unsigned_abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_follow_the_time_and_what_others_wrote() {
        let numbers = Numbers::default();
        let state = State { now: 100, ..State::default() };
        let first = numbers.next(&state);
        let second = numbers.next(&state);
        assert!(first > 100 << 32 && second > first);
        let others = State { last: second + (1 << 40), ..state };
        assert!(numbers.next(&others) > others.last);
    }
}
