//! Writing sums.

use std::collections::BTreeMap;

use super::connection::Connection;
use super::error::{Error, damaged};
use crate::store::relational::{Sums, add_pieces};

/// Adds recent sums of accounts.
pub(super) const ADD_RECENT: &str =
    "INSERT INTO recent_sums (a, sums) SELECT * FROM unnest($1::bigint[], $2::bytea[])";

/// Merges the recent sums of an account into those by day, unless another connection does so.
pub(super) async fn merge(connection: &Connection, a: i64) -> Result<(), Error> {
    connection.begin_adding().await?;
    // Who has the row of the account is the only one that changes its sums by day. Nobody waits for it: whoever adds after the
    // rows of this merge were read leaves its sums to the next merge.
    let lock = "SELECT a FROM accounts WHERE a = $1 FOR UPDATE SKIP LOCKED";
    if !connection.query(lock, &[&a]).await?.is_empty() {
        merge_recent(connection, a).await?;
    }
    connection.commit().await
}

/// Merges the recent sums of an account into those by day, in a transaction that nobody else does it in.
pub(super) async fn merge_recent(connection: &Connection, a: i64) -> Result<(), Error> {
    let mut sums = Sums::default();
    for row in connection.query("DELETE FROM recent_sums WHERE a = $1 RETURNING sums", &[&a]).await? {
        sums.add_bytes(row.try_get(0)?).ok_or_else(|| damaged("sums"))?;
    }
    add_to_days(connection, a, false, sums).await
}

/// Adds sums to those by day of an account.
pub(super) async fn add_to_days(
    connection: &Connection,
    a: i64,
    are_frozen: bool,
    mut sums: Sums,
) -> Result<(), Error> {
    let mut pieces: BTreeMap<(u8, i32), Vec<u8>> = sums.pieces().into_iter().collect();
    let (cubes, days): (Vec<i16>, Vec<i32>) =
        pieces.keys().map(|(cube, day)| (i16::from(*cube), *day)).unzip();
    let known = connection
        .query(
            "SELECT cube, day, known.ctid::text, known.cells
             FROM unnest($1::smallint[], $2::integer[]) AS wanted (cube, day)
             CROSS JOIN LATERAL (
                 SELECT sums.ctid, sums.cells FROM sums
                 WHERE sums.a = $3 AND sums.cube = wanted.cube AND sums.day = wanted.day AND sums.frozen = $4
                 OFFSET 0
             ) AS known",
            &[&cubes, &days, &a, &are_frozen],
        )
        .await?;
    let mut gone = Vec::new();
    for row in &known {
        let (cube, day) = (cube(row.try_get(0)?)?, row.try_get(1)?);
        let piece = pieces.remove(&(cube, day)).unwrap_or_default();
        match add_pieces(row.try_get(3)?, &piece).ok_or_else(|| damaged("sums"))? {
            zero if zero.is_empty() => gone.push(row.try_get::<_, &str>(2)?),
            sum => drop(pieces.insert((cube, day), sum)),
        }
    }
    remove(connection, &gone).await?;
    write(connection, a, are_frozen, pieces).await
}

/// Removes sums by the places of their rows, which do not change while the lock is held.
pub(super) async fn remove(connection: &Connection, rows: &[&str]) -> Result<(), Error> {
    if !rows.is_empty() {
        connection.execute("DELETE FROM sums WHERE ctid = ANY ($1::text[]::tid[])", &[&rows]).await?;
    }
    Ok(())
}

/// Writes the stored sums of cubes and days instead of those that are known.
async fn write(
    connection: &Connection,
    a: i64,
    are_frozen: bool,
    pieces: BTreeMap<(u8, i32), Vec<u8>>,
) -> Result<(), Error> {
    let (mut cubes, mut days, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for ((cube, day), piece) in pieces {
        cubes.push(i16::from(cube));
        days.push(day);
        cells.push(piece);
    }
    if !cubes.is_empty() {
        connection
            .execute(
                "INSERT INTO sums (a, cube, day, frozen, cells)
                 SELECT $1, cube, day, $2, cells FROM unnest($3::smallint[], $4::integer[], $5::bytea[]) AS new (cube, day, cells)
                 ON CONFLICT (a, cube, day, frozen) DO UPDATE SET cells = excluded.cells",
                &[&a, &are_frozen, &cubes, &days, &cells],
            )
            .await?;
    }
    Ok(())
}

/// Returns the number of a cube as it is stored.
pub(super) fn cube(stored: i16) -> Result<u8, Error> {
    u8::try_from(stored).map_err(|_| damaged("sums"))
}
