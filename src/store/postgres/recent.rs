//! How many recent sums accounts have, so that they are merged when they are many.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::connection::Connection;
use super::error::Error;
use crate::store::relational::Unmerged;

/// The number and the bytes of the recent sums of each account, as far as this store knows. What other hosts add is not known: each
/// merges when it has added so many.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<FxHashMap<i64, Unmerged>>);

impl Recent {
    /// Returns the accounts of which nothing is known.
    pub(super) fn unknown(&self, added: &[(i64, usize)]) -> Vec<i64> {
        let known = self.lock();
        added.iter().map(|(a, _)| *a).filter(|a| !known.contains_key(a)).collect()
    }

    /// Adds what was recorded: the bytes of the sums of accounts. `stored` are the number and the bytes of those that were unknown,
    /// with what was recorded. Returns the accounts whose sums are many.
    pub(super) fn add(&self, added: &[(i64, usize)], stored: Vec<(i64, Unmerged)>) -> Vec<i64> {
        let mut known = self.lock();
        for (a, bytes) in added {
            known.entry(*a).or_default().add(*bytes);
        }
        known.extend(stored);
        let accounts = added.iter().map(|(a, _)| *a);
        accounts.filter(|a| known.get_mut(a).is_some_and(Unmerged::take_if_many)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<i64, Unmerged>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the number and the bytes of the recent sums of accounts.
pub(super) async fn stored(connection: &Connection, accounts: &[i64]) -> Result<Vec<(i64, Unmerged)>, Error> {
    let rows = connection
        .query(
            "SELECT wanted.a, recent.number, recent.bytes FROM unnest($1::bigint[]) AS wanted (a)
             CROSS JOIN LATERAL (
                 SELECT count(*) AS number, coalesce(sum(octet_length(sums)), 0)::bigint AS bytes
                 FROM recent_sums WHERE recent_sums.a = wanted.a
             ) AS recent",
            &[&accounts],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, Unmerged { count: row.try_get(1)?, bytes: row.try_get(2)? })))
        .collect()
}
