//! What a batch of events does to its messages and to the sums.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::history::{History, Settled};
use super::sums::Sums;
use crate::event::{AccountId, Event, MessageId};
use crate::message::InsertOutcome;
use crate::store::levels::Levels;
use crate::store::{Recorded, StoreError};

/// The events of a batch by message, ascending by account, then by message.
#[derive(Debug)]
pub(in crate::store) struct Batch<'a> {
    pub(in crate::store) messages: BTreeMap<(&'a AccountId, &'a MessageId), Vec<&'a Event>>,
    /// The number of events of a time of which only sums are kept.
    pub(in crate::store) too_late: u64,
}

/// What became of a message.
#[derive(Debug)]
pub(in crate::store) struct Change {
    /// Its history as bytes.
    pub(in crate::store) history: Vec<u8>,
    /// The first and the last day since 1970 on which it has an event or was created.
    pub(in crate::store) days: (i32, i32),
    /// Whether these are the days that it had before.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "PostgreSQL writes whole rows"))]
    pub(in crate::store) has_same_days: bool,
}

impl<'a> Batch<'a> {
    /// Sorts the events of a batch.
    ///
    /// # Errors
    ///
    /// [`StoreError::Record`] if an event is invalid.
    pub(in crate::store) fn new(events: &'a [Event], levels: &Levels) -> Result<Self, StoreError> {
        let mut batch = Self { messages: BTreeMap::new(), too_late: 0 };
        for event in events {
            event.check().map_err(|error| StoreError::record(event, error))?;
            if levels.covers(event.at().timestamp_millis()) {
                batch.too_late += 1;
            } else {
                batch.messages.entry((event.account(), event.message())).or_default().push(event);
            }
        }
        Ok(batch)
    }
}

/// Inserts events into a message, and adds what changes to the sums of its account. `known` is the message before, if it was
/// known. Returns what it becomes; `None` if nothing changes.
///
/// # Errors
///
/// [`StoreError::Record`] if the message would have too many events or tags.
pub(in crate::store) fn insert(
    account: &AccountId,
    known: Option<History>,
    events: &[&Event],
    levels: &Levels,
    sums: &mut Sums,
    recorded: &mut Recorded,
) -> Result<Option<Change>, StoreError> {
    let before = known.clone();
    let mut after = known.unwrap_or_default();
    let mut is_changed = false;
    for event in events {
        let outcome = after.insert(event).map_err(|error| StoreError::record(event, error))?;
        let (count, changes) = match outcome {
            InsertOutcome::New => (&mut recorded.new, true),
            InsertOutcome::Repeat => (&mut recorded.repeats, false),
            InsertOutcome::Superseded => (&mut recorded.conflicts, false),
            InsertOutcome::Replaced => (&mut recorded.conflicts, true),
        };
        *count += 1;
        is_changed |= changes;
    }
    if !is_changed {
        return Ok(None);
    }
    let (before, settled) = (before.as_ref().map(History::settle), after.settle());
    sums.add_change(account, levels, before.as_ref(), Some(&settled));
    Ok(Some(Change::new(&after, before.as_ref(), &settled)))
}

impl Change {
    fn new(history: &History, before: Option<&Settled<'_>>, after: &Settled<'_>) -> Self {
        let days = after.days();
        let has_same_days = before.is_some_and(|before| before.days() == days);
        Self { history: history.to_bytes(), days, has_same_days }
    }
}

/// Drops the events of a message before an instant, which is the start of a day in UTC. What they contribute moves from the
/// sums of messages to those that are frozen. Returns what the message becomes; `None` if it has no such event.
pub(in crate::store) fn thin(
    account: &AccountId,
    mut history: History,
    end: DateTime<Utc>,
    levels: &Levels,
    live: &mut Sums,
    frozen: &mut Sums,
) -> Option<Change> {
    let before = history.clone();
    if !history.drop_before(end) {
        return None;
    }
    let mut moved = Sums::default();
    add_live(account, &before, levels, -1, &mut moved);
    add_live(account, &history, levels, 1, &mut moved);
    live.merge(&moved, 1);
    frozen.merge(&moved, -1);
    Some(Change::new(&history, Some(&before.settle()), &history.settle()))
}

/// Adds what a message contributes besides what was frozen when its events were dropped, or subtracts it.
pub(in crate::store) fn add_live(
    account: &AccountId,
    history: &History,
    levels: &Levels,
    sign: i64,
    sums: &mut Sums,
) {
    let dropped = history.without_events();
    let (settled, dropped) = (history.settle(), dropped.as_ref().map(History::settle));
    match sign {
        1 => sums.add_change(account, levels, dropped.as_ref(), Some(&settled)),
        _ => sums.add_change(account, levels, Some(&settled), dropped.as_ref()),
    }
}
