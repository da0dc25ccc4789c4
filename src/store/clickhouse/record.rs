//! Recording batches of events.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;

use super::batch::Numbers;
use super::cluster::Cluster;
use super::error::ClickHouseError;
use super::literal::{list, literal, literals};
use super::node::Node;
use super::row::{EVENT, EventRow, FORGOTTEN, hash};
use super::state::{RECORDS, State};
use crate::event::Event;
use crate::store::{Recorded, StoreError};

/// The number of messages whose known events are asked for at once.
const LOOKED_UP: usize = 5000;

/// Account, message and id of an event.
type Key<'a> = (&'a str, &'a str, &'a str);

/// A copy of an event that is known.
#[derive(Debug, Row, serde::Deserialize)]
struct KnownCopy {
    account: String,
    message: String,
    id: String,
    row: u8,
    batch: u64,
    copy_key: Vec<u8>,
}

/// The least copy of an event so far.
struct Copy<'a> {
    key: Vec<u8>,
    /// The event, if it must be written; `None` if this copy is known.
    event: Option<&'a Event>,
}

/// Records events, which are valid.
pub(super) async fn record(
    cluster: &Cluster,
    numbers: &Numbers,
    state: &State,
    events: &[Event],
) -> Result<Recorded, StoreError> {
    let end = state.levels.kept_from();
    let is_late = |event: &&Event| end.is_some_and(|end| event.at().timestamp_millis() < end);
    let in_time: Vec<&Event> = events.iter().filter(|event| !is_late(event)).collect();
    let mut recorded = Recorded { too_late: (events.len() - in_time.len()) as u64, ..Recorded::default() };
    let mut copies = known(cluster, state, &in_time).await?;
    for event in in_time {
        let key = event.copy_key();
        match copies.get_mut(&key_of(event)) {
            None => {
                recorded.new += 1;
                copies.insert(key_of(event), Copy { key, event: Some(event) });
            }
            Some(known) if known.key == key => recorded.repeats += 1,
            Some(known) => {
                recorded.conflicts += 1;
                if key < known.key {
                    *known = Copy { key, event: Some(event) };
                }
            }
        }
    }
    write(cluster, numbers, state, copies).await?;
    Ok(recorded)
}

/// Writes the copies that are not known as one batch.
async fn write(
    cluster: &Cluster,
    numbers: &Numbers,
    state: &State,
    copies: HashMap<Key<'_>, Copy<'_>>,
) -> Result<(), ClickHouseError> {
    let new: Vec<(&Event, Vec<u8>)> =
        copies.into_values().filter_map(|copy| Some((copy.event?, copy.key))).collect();
    if new.is_empty() {
        return Ok(());
    }
    let batch = numbers.open(cluster.first(), state, RECORDS).await?;
    let mut shards: Vec<Vec<EventRow>> = cluster.nodes().iter().map(|_| Vec::new()).collect();
    for (event, key) in new {
        let row = EventRow::new(event, batch.number, key)?;
        shards[cluster.shard(row.hash)].push(row);
    }
    let insert = async |rows: &[EventRow], node: &Node| match rows {
        [] => Ok(()),
        rows => node.insert("events", rows).await,
    };
    match cluster.all(|shard, node| insert(&shards[shard], node)).await {
        Ok::<Vec<()>, _>(_) => batch.complete(None).await,
        Err(error) => {
            batch.give_up().await;
            Err(error)
        }
    }
}

/// Returns the least known copy of each of the events.
async fn known<'a>(
    cluster: &Cluster,
    state: &State,
    events: &[&'a Event],
) -> Result<HashMap<Key<'a>, Copy<'a>>, ClickHouseError> {
    let keys: HashSet<Key<'a>> = events.iter().map(|event| key_of(event)).collect();
    let mut shards: Vec<Vec<Key<'a>>> = cluster.nodes().iter().map(|_| Vec::new()).collect();
    for key in &keys {
        shards[cluster.shard(hash(key.0, key.1))].push(*key);
    }
    let found = cluster.all(|shard, node| rows(node, state, &shards[shard])).await?;
    let rows: Vec<KnownCopy> = found.into_iter().flatten().collect();
    let mut least = least(&rows);
    let copy = |key: Key<'a>| Some((key, Copy { key: least.remove(&key)?.to_vec(), event: None }));
    Ok(keys.into_iter().filter_map(copy).collect())
}

/// Returns the least copy of each event that is not forgotten.
fn least(rows: &[KnownCopy]) -> HashMap<Key<'_>, &[u8]> {
    let mut forgotten: HashMap<(&str, &str), u64> = HashMap::new();
    for row in rows.iter().filter(|row| row.row == FORGOTTEN) {
        let batch = forgotten.entry((&row.account, &row.message)).or_default();
        *batch = row.batch.max(*batch);
    }
    let mut least: HashMap<Key<'_>, &[u8]> = HashMap::new();
    for row in rows.iter().filter(|row| row.row == EVENT) {
        if forgotten.get(&(&*row.account, &*row.message)).is_none_or(|batch| row.batch >= *batch) {
            let known = least.entry((&row.account, &row.message, &row.id)).or_insert(&row.copy_key);
            *known = (*known).min(&row.copy_key);
        }
    }
    least
}

/// Reads what is known of events of one shard.
async fn rows(node: &Node, state: &State, keys: &[Key<'_>]) -> Result<Vec<KnownCopy>, ClickHouseError> {
    let mut rows = Vec::new();
    for keys in keys.chunks(LOOKED_UP) {
        rows.extend(node.rows::<KnownCopy>(&sql(state, keys)).await?);
    }
    Ok(rows)
}

/// Returns the statement that reads what is known of events.
fn sql(state: &State, keys: &[Key<'_>]) -> String {
    let messages =
        keys.iter().map(|(account, message, _)| format!("({}, {})", literal(account), literal(message)));
    let ids = literals(keys.iter().map(|(_, _, id)| *id));
    let events = match state.levels.kept_from() {
        Some(end) => format!("row = {EVENT} AND at >= {end} AND id IN ({ids})"),
        None => format!("row = {EVENT} AND id IN ({ids})"),
    };
    let rows = match state.has_marks {
        true => format!("(row = {FORGOTTEN} OR ({events}))"),
        false => events,
    };
    format!(
        "SELECT account, message, id, row, batch, copy_key FROM events WHERE (account, message) IN ({}) AND {} AND {rows}",
        list(messages).unwrap_or_default(),
        state.visible()
    )
}

fn key_of(event: &Event) -> Key<'_> {
    (event.account().as_str(), event.message().as_str(), event.id().as_str())
}
