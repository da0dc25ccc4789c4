//! Ids for events: a line that is read again gets the same id. An equal line that was logged again gets another, unless it
//! names a queue file: what happens to one cannot happen twice at once.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::event::EventId;
use crate::source::hash::{Spelled, hash, hash_number};

/// How far back equal lines are searched for, in milliseconds of the log's time. A line that is earlier by more than this
/// than one before it starts another pass over the log.
const WINDOW_MILLIS: i64 = 60_000;

/// Computes the ids of events. Remembers the lines of the last one to two minutes, as hashes.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct EventIds {
    /// How many times the time of this file has jumped back.
    pass: u64,
    /// The latest time of this pass.
    latest: Option<i64>,
    /// The time from which on lines are counted in `recent`; earlier ones are in `older`.
    recent_since: i64,
    /// The number of lines with this hash.
    recent: FxHashMap<u64, u64>,
    older: FxHashMap<u64, u64>,
    /// The same of lines that cannot be there twice, of which there are more.
    recent_once: FxHashSet<u64>,
    older_once: FxHashSet<u64>,
}

impl EventIds {
    /// Moves on to a line's time, in milliseconds; returns whether the line starts another pass over the log.
    #[inline]
    pub(in crate::source) fn advance(&mut self, at: i64) -> bool {
        let Some(latest) = self.latest else {
            (self.latest, self.recent_since) = (Some(at), at);
            return false;
        };
        if at > latest {
            self.latest = Some(at);
            if at - self.recent_since >= WINDOW_MILLIS {
                std::mem::swap(&mut self.recent, &mut self.older);
                self.recent.clear();
                std::mem::swap(&mut self.recent_once, &mut self.older_once);
                self.recent_once.clear();
                self.recent_since = at;
            }
        } else if at < latest - WINDOW_MILLIS {
            let pass = self.pass + 1;
            *self = Self { pass, latest: Some(at), recent_since: at, ..Self::default() };
            return true;
        }
        false
    }

    /// Returns the id of the events of a line about a queue file; `None` if the line was there in the last one to two
    /// minutes.
    #[inline]
    pub(in crate::source) fn id_once(&mut self, at: i64, text: &[u8]) -> Option<u64> {
        let line = line_hash(at, text);
        let is_new = self.recent_once.insert(line) && !self.older_once.contains(&line);
        is_new.then_some(line)
    }

    /// Returns the id of the events of a line, given its time in milliseconds and its text after the time.
    pub(in crate::source) fn next_id(&mut self, at: i64, text: &[u8]) -> u64 {
        let line = line_hash(at, text);
        let earlier = self.older.get(&line).copied().unwrap_or(0);
        let count = self.recent.entry(line).or_insert(earlier);
        let repeat = *count;
        *count += 1;
        if self.pass == 0 && repeat == 0 { line } else { hash_number(hash_number(line, self.pass), repeat) }
    }

    /// Returns the number of lines that are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.recent.len() + self.older.len() + self.recent_once.len() + self.older_once.len()
    }
}

/// Returns the id of what a line tells, for what can happen again: the hash of the line, given its time in milliseconds and its
/// text after the time. An equal line has the same id.
pub(in crate::source) fn id_of_line(at: i64, text: &[u8]) -> EventId {
    Spelled::new(line_hash(at, text)).as_str().into()
}

fn line_hash(at: i64, text: &[u8]) -> u64 {
    hash(at.cast_unsigned(), text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Returns the ids of lines, which are given as (second, text).
    fn ids(lines: &[(i64, u8)]) -> Vec<u64> {
        let mut ids = EventIds::default();
        let id = |&(second, text): &(i64, u8)| {
            ids.advance(second * 1000);
            ids.next_id(second * 1000, &[text])
        };
        lines.iter().map(id).collect()
    }

    #[test]
    fn a_line_about_a_queue_file_counts_once() {
        let mut ids = EventIds::default();
        let mut read = |second: i64| {
            ids.advance(second * 1000);
            ids.id_once(second * 1000, b"x")
        };
        let first = read(100);
        assert!(first.is_some() && read(130).is_some() && read(155).is_some());
        assert_eq!([read(100), read(130), read(155)], [None; 3]);
        assert!(read(5).is_some());
        assert_eq!(read(100), first, "in another pass, it is the same event again");
    }

    #[test]
    fn only_the_lines_of_the_last_two_minutes_are_remembered() {
        let mut ids = EventIds::default();
        for second in 0..10_000 {
            ids.advance(second * 1000);
            ids.next_id(second * 1000, b"x");
            assert!(ids.len() <= 121);
        }
    }

    #[test]
    fn a_time_slightly_before_the_last_one_does_not_start_a_pass() {
        let mut ids = EventIds::default();
        for (second, is_new_pass) in
            [(100, false), (40, false), (161, false), (101, false), (100, true), (100, false)]
        {
            assert_eq!(ids.advance(second * 1000), is_new_pass, "{second}");
        }
    }

    proptest! {
        #[test]
        fn lines_that_are_read_again_have_the_same_ids_and_ids_are_unique(
            steps in proptest::collection::vec((-50_i64..60, 0_u8..3), 1..80),
            copies in 1_usize..4,
        ) {
            let mut second = 0;
            let file: Vec<_> = steps.into_iter().map(|(step, text)| { second += step; (second, text) }).collect();
            let file = file.repeat(copies);
            let found = ids(&file);
            prop_assert_eq!(&found, &ids(&file));
            prop_assert_eq!(found.iter().collect::<HashSet<_>>().len(), file.len());
        }

        #[test]
        fn a_copy_that_begins_later_has_the_same_ids(
            steps in proptest::collection::vec((1_i64..90, 0_u8..3), 2..80),
            cut in 0.0_f64..1.0,
        ) {
            let mut second = 0;
            let file: Vec<_> = steps.into_iter().map(|(step, text)| { second += step; (second, text) }).collect();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any position will do")]
            let cut = (file.len() as f64 * cut) as usize;
            prop_assert_eq!(&ids(&file)[cut..], &ids(&file[cut..]));
        }
    }
}
