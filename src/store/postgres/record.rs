//! Recording.
//!
//! # Why no two writers ever wait for each other in a circle
//!
//! A writer locks in this order, and holds all locks until it commits: new accounts, ascending; new messages, ascending by account
//! and id; known messages, in the same order; then it only adds rows of recent sums, which lock nothing.
//!
//! * Who inserts accounts or messages waits only for a writer that has inserted the same one. That one is further on, as far as it
//!   is inserting too, because both insert in the same order.
//! * Who locks known messages waits only for a writer that has locked the same one. It does not wait for one that is still inserting:
//!   a message is locked as known only if another transaction that inserted it has committed. Both lock in the same order.
//!
//! So every writer waits for one that is further on, and there is no circle. Maintenance is alone: see
//! [`Connection::begin_maintenance`]. Merging of recent sums waits for nobody.
//!
//! # Why each sees what the others did
//!
//! A locked row is read as it is after the wait, because the isolation level is `READ COMMITTED`; and a message that another
//! writer inserted meanwhile is left out of the insertion, and then locked and read like one that was known before.

use rustc_hash::{FxHashMap, FxHashSet};

use super::connection::Connection;
use super::error::{Error, NAME};
use super::sums::ADD_RECENT;
use super::tables::{ACCOUNTS, THINNED, accounts, has_nul, history, levels};
use crate::event::{AccountId, Event, MessageId};
use crate::store::levels::Levels;
use crate::store::relational::{Batch, Change, History, Sums, insert};
use crate::store::{RecordError, Recorded, StoreError};

/// The number of messages after which other tasks of the thread get their turn.
const MESSAGES_PER_TURN: usize = 500;

/// A message of a batch.
struct Wanted<'a> {
    a: i64,
    account: &'a AccountId,
    id: &'a MessageId,
    events: Vec<&'a Event>,
}

/// What a batch does.
#[derive(Default)]
struct Work {
    recorded: Recorded,
    sums: FxHashMap<i64, Sums>,
}

/// Refuses events that cannot be stored, before anything is sent.
pub(super) fn check(events: &[Event]) -> Result<(), StoreError> {
    for event in events {
        event.check().map_err(|error| StoreError::record(event, error))?;
        for (field, id) in [("account", event.account().as_str()), ("message", event.message().as_str())] {
            if has_nul(id) {
                return Err(StoreError::record(event, RecordError::Nul { field, store: NAME }));
            }
        }
    }
    Ok(())
}

/// Records a batch in one transaction. Returns what became of it, and the bytes of the recent sums that were added to each account.
/// After an error of the store, the transaction is rolled back, and the connection can be used again.
pub(super) async fn record(
    connection: &Connection,
    events: &[Event],
) -> Result<(Recorded, Vec<(i64, usize)>), Error> {
    connection.begin_adding().await?;
    let recorded = record_within(connection, events).await;
    match recorded {
        Ok(_) => connection.commit().await?,
        Err(Error::Store(_)) => connection.roll_back().await?,
        Err(_) => {}
    }
    recorded
}

async fn record_within(
    connection: &Connection,
    events: &[Event],
) -> Result<(Recorded, Vec<(i64, usize)>), Error> {
    let levels = levels(&connection.query(THINNED, &[]).await?)?;
    let batch = Batch::new(events, &levels)?;
    let mut work = Work::default();
    work.recorded.too_late = batch.too_late;
    let (new, mut known) = split(connection, batch).await?;
    known.extend(insert_new(connection, new, &levels, &mut work).await?);
    // Those that another writer inserted meanwhile are at the end.
    known.sort_unstable_by_key(|wanted| (wanted.account, wanted.id));
    change_known(connection, &known, &levels, &mut work).await?;
    let added = add_recent(connection, &mut work.sums).await?;
    Ok((work.recorded, added))
}

/// Returns the messages of a batch that are new, and those that are known.
async fn split<'a>(
    connection: &Connection,
    batch: Batch<'a>,
) -> Result<(Vec<Wanted<'a>>, Vec<Wanted<'a>>), Error> {
    let numbers = numbers(connection, &batch).await?;
    let mut wanted = Vec::with_capacity(batch.messages.len());
    for ((account, id), events) in batch.messages {
        let a = *numbers.get(account).ok_or(Error::Disappeared)?;
        wanted.push(Wanted { a, account, id, events });
    }
    let (numbers, ids) = columns(&wanted);
    let rows = connection
        .query(
            "SELECT i FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS wanted (a, message, i)
             CROSS JOIN LATERAL (
                 SELECT FROM messages WHERE messages.a = wanted.a AND messages.message = wanted.message OFFSET 0
             ) AS known",
            &[&numbers, &ids],
        )
        .await?;
    let known: Result<FxHashSet<i64>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let known = known?;
    let numbered = (1_i64..).zip(wanted);
    let (known, new): (Vec<_>, Vec<_>) = numbered.partition(|(place, _)| known.contains(place));
    let without_places = |all: Vec<(i64, Wanted<'a>)>| all.into_iter().map(|(_, wanted)| wanted).collect();
    Ok((without_places(new), without_places(known)))
}

/// Returns the numbers of the accounts of a batch, which are made if they are unknown.
async fn numbers<'a>(connection: &Connection, batch: &Batch<'a>) -> Result<FxHashMap<AccountId, i64>, Error> {
    let mut names: Vec<&str> = batch.messages.keys().map(|(account, _)| account.as_str()).collect();
    names.dedup();
    let mut known = accounts(&connection.query(ACCOUNTS, &[&names]).await?)?;
    if known.len() < names.len() {
        let insert = "INSERT INTO accounts (account) SELECT * FROM unnest($1::text[]) ON CONFLICT (account) DO NOTHING";
        let is_known: FxHashSet<&str> = known.iter().map(|(_, account)| account.as_str()).collect();
        let new: Vec<&str> = names.iter().copied().filter(|name| !is_known.contains(name)).collect();
        connection.execute(insert, &[&new]).await?;
        known = accounts(&connection.query(ACCOUNTS, &[&names]).await?)?;
    }
    Ok(known.into_iter().map(|(a, account)| (account, a)).collect())
}

/// Inserts messages. Returns those that another writer inserted meanwhile.
async fn insert_new<'a>(
    connection: &Connection,
    new: Vec<Wanted<'a>>,
    levels: &Levels,
    work: &mut Work,
) -> Result<Vec<Wanted<'a>>, Error> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let mut of_new = Work::default();
    let mut changes = Vec::with_capacity(new.len());
    for (turn, wanted) in new.iter().enumerate() {
        changes.extend(of_new.add(wanted, None, levels)?);
        take_turns(turn).await;
    }
    let (numbers, ids) = columns(&new);
    let (first_days, last_days, histories) = columns_of_changes(&changes);
    let rows = connection
        .query(
            "INSERT INTO messages (a, message, first_day, last_day, history)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::integer[], $4::integer[], $5::bytea[])
             ON CONFLICT (a, message) DO NOTHING RETURNING a, message",
            &[&numbers, &ids, &first_days, &last_days, &histories],
        )
        .await?;
    if rows.len() == new.len() {
        work.merge(of_new);
        return Ok(Vec::new());
    }
    let inserted: Result<FxHashSet<(i64, &str)>, tokio_postgres::Error> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
    let inserted = inserted?;
    let (own, others): (Vec<_>, Vec<_>) =
        new.into_iter().partition(|wanted| inserted.contains(&(wanted.a, wanted.id.as_str())));
    for wanted in &own {
        work.add(wanted, None, levels)?;
    }
    Ok(others)
}

/// Adds events to known messages.
async fn change_known(
    connection: &Connection,
    known: &[Wanted<'_>],
    levels: &Levels,
    work: &mut Work,
) -> Result<(), Error> {
    if known.is_empty() {
        return Ok(());
    }
    let (numbers, ids) = columns(known);
    // The rows are locked in the order of the arrays.
    let rows = connection
        .query(
            "SELECT i, known.n, known.history
             FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS wanted (a, message, i)
             CROSS JOIN LATERAL (
                 SELECT n, history FROM messages
                 WHERE messages.a = wanted.a AND messages.message = wanted.message FOR UPDATE
             ) AS known",
            &[&numbers, &ids],
        )
        .await?;
    if rows.len() != known.len() {
        return Err(Error::Disappeared);
    }
    let (mut numbers, mut changed, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for (turn, row) in rows.iter().enumerate() {
        let place = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or(usize::MAX);
        let wanted = known.get(place).ok_or(Error::Disappeared)?;
        let history = history(wanted.account, wanted.id, row, 2)?;
        if let Some(change) = work.add(wanted, Some(history), levels)? {
            numbers.push(row.try_get::<_, i64>(1)?);
            changed.push(wanted);
            changes.push(change);
        }
        take_turns(turn).await;
    }
    update(connection, &numbers, &changed, &changes).await
}

/// Writes what messages become. Their rows are known to exist and locked: the insertion always becomes an update, which, unlike
/// `UPDATE … FROM`, has no join that could be planned in another way.
async fn update(
    connection: &Connection,
    numbers: &[i64],
    changed: &[&Wanted<'_>],
    changes: &[Change],
) -> Result<(), Error> {
    let accounts: Vec<i64> = changed.iter().map(|wanted| wanted.a).collect();
    let ids: Vec<&str> = changed.iter().map(|wanted| wanted.id.as_str()).collect();
    update_messages(connection, numbers, &accounts, &ids, changes).await
}

/// Writes what messages become, by number, account and id. Their rows are known to exist and locked.
pub(super) async fn update_messages(
    connection: &Connection,
    numbers: &[i64],
    accounts: &[i64],
    ids: &[&str],
    changes: &[Change],
) -> Result<(), Error> {
    if numbers.is_empty() {
        return Ok(());
    }
    let (first_days, last_days, histories) = columns_of_changes(changes);
    connection
        .execute(
            "INSERT INTO messages (n, a, message, first_day, last_day, history)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::integer[], $6::bytea[])
             ON CONFLICT (n) DO UPDATE
             SET first_day = excluded.first_day, last_day = excluded.last_day, history = excluded.history",
            &[&numbers, &accounts, &ids, &first_days, &last_days, &histories],
        )
        .await?;
    Ok(())
}

/// Adds the sums of a batch to the recent ones. Returns their bytes.
async fn add_recent(
    connection: &Connection,
    sums: &mut FxHashMap<i64, Sums>,
) -> Result<Vec<(i64, usize)>, Error> {
    let mut rows: Vec<(i64, Vec<u8>)> = sums.iter_mut().map(|(a, sums)| (*a, sums.bytes())).collect();
    rows.retain(|(_, bytes)| !bytes.is_empty());
    if !rows.is_empty() {
        let (accounts, bytes): (Vec<i64>, Vec<&[u8]>) =
            rows.iter().map(|(a, bytes)| (*a, &bytes[..])).unzip();
        connection.execute(ADD_RECENT, &[&accounts, &bytes]).await?;
    }
    Ok(rows.into_iter().map(|(a, bytes)| (a, bytes.len())).collect())
}

impl Work {
    /// Adds the events of a message.
    fn add(
        &mut self,
        wanted: &Wanted<'_>,
        known: Option<History>,
        levels: &Levels,
    ) -> Result<Option<Change>, StoreError> {
        let sums = self.sums.entry(wanted.a).or_default();
        insert(wanted.account, known, &wanted.events, levels, sums, &mut self.recorded)
    }

    fn merge(&mut self, other: Self) {
        self.recorded += other.recorded;
        for (a, sums) in other.sums {
            self.sums.entry(a).or_default().merge(&sums, 1);
        }
    }
}

fn columns<'a>(wanted: &[Wanted<'a>]) -> (Vec<i64>, Vec<&'a str>) {
    wanted.iter().map(|wanted| (wanted.a, wanted.id.as_str())).unzip()
}

fn columns_of_changes(changes: &[Change]) -> (Vec<i32>, Vec<i32>, Vec<&[u8]>) {
    let (first, last) = changes.iter().map(|change| change.days).unzip();
    (first, last, changes.iter().map(|change| &change.history[..]).collect())
}

/// Lets other tasks of the thread work now and then.
async fn take_turns(turn: usize) {
    if turn % MESSAGES_PER_TURN == MESSAGES_PER_TURN - 1 {
        tokio::task::yield_now().await;
    }
}
