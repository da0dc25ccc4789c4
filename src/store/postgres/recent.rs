//! How many recent sums accounts have, so that they are merged when they are many.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::connection::Connection;
use super::error::Error;

/// The bytes of the recent sums of an account from which on they are merged into those by day.
const MAX_BYTES: i64 = 256 << 10;

/// The number of recent sums of an account from which on they are merged into those by day.
const MAX_COUNT: i64 = 256;

/// The number and the bytes of the recent sums of each account, as far as this store knows. What other hosts add is not known: each
/// merges when it has added so many.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<FxHashMap<i64, (i64, i64)>>);

impl Recent {
    /// Adds what was recorded: the bytes of the sums of accounts. Returns the accounts whose sums are many.
    pub(super) async fn add(
        &self,
        connection: &Connection,
        added: &[(i64, usize)],
    ) -> Result<Vec<i64>, Error> {
        let is_unknown = |(a, _): &&(i64, usize)| !self.lock().contains_key(a);
        let unknown: Vec<i64> = added.iter().filter(is_unknown).map(|(a, _)| *a).collect();
        let stored = if unknown.is_empty() { Vec::new() } else { stored(connection, &unknown).await? };
        let mut known = self.lock();
        for (a, bytes) in added.iter().filter(|(a, _)| !unknown.contains(a)) {
            let of_account = known.entry(*a).or_default();
            *of_account = (of_account.0 + 1, of_account.1 + i64::try_from(*bytes).unwrap_or(i64::MAX / 2));
        }
        known.extend(stored);
        let mut many = Vec::new();
        for (a, _) in added {
            if let Some((count, bytes)) = known.get_mut(a)
                && (*count >= MAX_COUNT || *bytes >= MAX_BYTES)
            {
                (*count, *bytes) = (0, 0);
                many.push(*a);
            }
        }
        Ok(many)
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<i64, (i64, i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the number and the bytes of the recent sums of accounts.
async fn stored(connection: &Connection, accounts: &[i64]) -> Result<Vec<(i64, (i64, i64))>, Error> {
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
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}
