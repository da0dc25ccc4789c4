//! Dropping events and keeping their sums.

use std::sync::Arc;

use super::StoreLimits;
use super::account::Account;
use super::builder::SegmentBuilder;
use super::day::DayPart;
use super::dictionary::Facts;
use super::history::{Dropped, History};
use super::interner::Interner;
use super::published::Published;
use super::writer::{State, Writer};
use crate::message::MILLIS_PER_DAY;
use crate::store::levels::Levels;
use crate::store::{StoreError, Thinned};

impl Writer {
    /// Drops the events of a part of the time, and merges its cells. Readers see all accounts change at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSums`] if no sums are kept by its resolution.
    pub(super) fn thin(
        &self,
        thinned: Thinned,
        limits: &StoreLimits,
        published: &Published,
    ) -> Result<Thinned, StoreError> {
        let mut state = self.state();
        let State { interners, builder, thinned: levels, .. } = &mut *state;
        let thinned = levels.add(thinned)?;
        let mut changed = Vec::new();
        for account in published.all() {
            let mut after = account.thinned.clone();
            after.merge(levels);
            if after != account.thinned {
                let new = || self.interner_of(&account);
                let interner = interners.entry(account.id.clone()).or_insert_with(new);
                changed.push(thin(&account, after, interner, builder));
            }
        }
        state.measure(&changed, limits);
        published.publish(changed);
        Ok(thinned)
    }
}

/// Returns an account as it is when only sums are kept of some time.
fn thin(known: &Account, levels: Levels, interner: &mut Interner, builder: &mut SegmentBuilder) -> Account {
    let mut account = Account { thinned: levels, ..known.clone() };
    let (end, levels) = (account.thinned.end_at(), account.thinned.clone());
    let mut thinning = Thinning { end, interner, builder, facts: Vec::new(), dropped: 0 };
    for day in account.days.iter_mut().filter(|day| i64::from(day.day) * MILLIS_PER_DAY < end) {
        let is_thin = |part: &DayPart| part.rows().all(|row| !has_event_before(part, row, end));
        if !day.parts.iter().all(is_thin) {
            let day = Arc::make_mut(day);
            for part in day.parts.iter_mut().filter(|part| !is_thin(part)) {
                *part = thinning.part(part, day.day);
            }
        }
    }
    account.events -= thinning.dropped;
    account.dictionary = thinning.interner.seal();
    account.cubes.merge_slots(account.thinned.end(), |slot| levels.slot(slot));
    account
}

/// Returns whether the first event of a message happened before an instant.
fn has_event_before(part: &DayPart, row: usize, end: i64) -> bool {
    let segment = &part.segment;
    segment.events_of(row).next().is_some_and(|event| segment.at(segment.created(row), event) < end)
}

/// Drops events.
struct Thinning<'a> {
    /// Events before this instant are dropped; in milliseconds since 1970.
    end: i64,
    interner: &'a mut Interner,
    builder: &'a mut SegmentBuilder,
    facts: Vec<Facts>,
    /// The number of events that were dropped.
    dropped: usize,
}

impl Thinning<'_> {
    /// Returns the messages of a part as they are then.
    fn part(&mut self, part: &DayPart, day: u32) -> DayPart {
        for row in part.rows() {
            if has_event_before(part, row, self.end) {
                let mut history = part.segment.history(row);
                self.dropped += history.drop_before(self.end, self.interner, &mut self.facts);
                self.builder.push(part.segment.messages.hashes[row], &history);
            } else {
                self.builder.copy(&part.segment, row);
            }
        }
        DayPart::new(self.builder.finish(day))
    }
}

impl History<'_> {
    /// Drops the events before an instant, which is the start of a day in UTC. Returns how many there were.
    fn drop_before(&mut self, end: i64, interner: &mut Interner, facts: &mut Vec<Facts>) -> usize {
        let count = self.entries.partition_point(|entry| entry.at < end);
        let kept = self.entries.split_off(count);
        // As if the message had no other events.
        self.settle(facts, |facts| interner.merge(facts));
        let before = self.dropped.map_or(0, |dropped| dropped.event_types);
        let event_types = self.entries.iter().fold(before, |bits, entry| bits | entry.event_type.bit());
        self.dropped = Some(Dropped::like(event_types, self.status, self.facts, self.created));
        self.entries = kept;
        self.settle(facts, |facts| interner.merge(facts));
        count
    }
}

#[cfg(test)]
mod tests {
    use super::super::parallel::run;
    use crate::event::Event;
    use crate::kind::Kind;
    use crate::store::memory::MemoryStore;
    use crate::store::{Retention, Thinned};
    use crate::time::Resolution;

    /// Returns an event that tells that its message was created in January.
    fn event(message: &str, id: &str, kind: Kind, at: &str) -> Event {
        let created = "2026-01-20T10:20:00Z".parse().unwrap();
        Event::new("a", message, id, kind, at.parse().unwrap()).created(created).domain("a.example")
    }

    #[test]
    fn thinned_time_has_one_slot_for_each_sum_also_after_later_events() {
        let store = MemoryStore::new();
        let early = ["2026-01-20T10:30:00Z", "2026-01-21T10:50:00Z", "2026-02-02T00:00:00Z"];
        store.extend(early.map(|at| event("m-1", at, Kind::Delivered, at))).unwrap();
        for (resolution, before, slots) in
            [(Resolution::Hour, "2026-02-01", 2), (Resolution::Month, "2026-02-05", 1)]
        {
            let before = format!("{before}T00:00:00Z").parse().unwrap();
            run(store.thin(Thinned { before, resolution })).unwrap();
            let late = [
                event("m-1", "c", Kind::Complained, "2026-02-03T00:00:00Z"),
                event("m-2", "1", Kind::Sent, "2026-02-03T00:00:00Z"),
            ];
            store.extend(late).unwrap();
            let account = store.published.get(&"a".into()).unwrap();
            for (id, cube) in account.cubes.iter() {
                let thinned = cube
                    .lists()
                    .flatten()
                    .map(|cell| cell.key.slot())
                    .filter(|slot| *slot < account.thinned.end());
                let found: std::collections::BTreeSet<u32> = thinned.collect();
                assert!(
                    found.len() <= slots && found.iter().all(|slot| account.thinned.slot(*slot) == *slot),
                    "{id:?}: {found:?}"
                );
            }
        }
    }
}
