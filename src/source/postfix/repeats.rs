//! Names for events: the same line read again has the same name, the same line written again has another.

use std::collections::HashMap;

use super::hash::{Mixing, hash, mix};

/// How far back equal lines are looked for, in milliseconds of the log's own time. A line that is further back than
/// this begins the log anew.
const WINDOW: i64 = 60_000;

/// Numbers the equal lines of a file. Holds the lines of the last one to two minutes, as numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    /// How often the time of this file has jumped back.
    pass: u64,
    /// The latest time of this pass.
    latest: Option<i64>,
    /// Since when `recent` is collected; what came earlier is in `older`.
    since: i64,
    recent: HashMap<u64, u64, Mixing>,
    older: HashMap<u64, u64, Mixing>,
}

impl Repeats {
    /// Takes note of a line's time; `true` if the log begins anew with it.
    #[inline]
    pub(super) fn tick(&mut self, at: i64) -> bool {
        let Some(latest) = self.latest else {
            (self.latest, self.since) = (Some(at), at);
            return false;
        };
        if at > latest {
            self.latest = Some(at);
            if at - self.since >= WINDOW {
                std::mem::swap(&mut self.recent, &mut self.older);
                self.recent.clear();
                self.since = at;
            }
        } else if at < latest - WINDOW {
            let pass = self.pass + 1;
            *self = Self { pass, latest: Some(at), since: at, ..Self::default() };
            return true;
        }
        false
    }

    /// The name of the line `text` of the instant `at`.
    pub(super) fn name(&mut self, at: i64, text: &[u8]) -> u64 {
        let line = hash(at.cast_unsigned(), text);
        let before = self.older.get(&line).copied().unwrap_or(0);
        let count = self.recent.entry(line).or_insert(before);
        *count += 1;
        let repeat = *count - 1;
        if self.pass == 0 && repeat == 0 { line } else { mix(mix(line, self.pass), repeat) }
    }

    /// How many lines are held.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.recent.len() + self.older.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// The names of lines that are given as (second, text).
    fn names(lines: &[(i64, u8)]) -> Vec<u64> {
        let mut repeats = Repeats::default();
        let name = |&(second, text): &(i64, u8)| {
            repeats.tick(second * 1000);
            repeats.name(second * 1000, &[text])
        };
        lines.iter().map(name).collect()
    }

    #[test]
    fn only_the_latest_minutes_are_held() {
        let mut repeats = Repeats::default();
        for second in 0..10_000 {
            repeats.tick(second * 1000);
            repeats.name(second * 1000, b"x");
            assert!(repeats.held() <= 121);
        }
    }

    #[test]
    fn a_time_that_is_a_little_early_begins_nothing() {
        let mut repeats = Repeats::default();
        for (second, begins) in
            [(100, false), (40, false), (161, false), (101, false), (100, true), (100, false)]
        {
            assert_eq!(repeats.tick(second * 1000), begins, "{second}");
        }
    }

    proptest! {
        #[test]
        fn lines_read_again_have_the_same_names_and_no_two_share_one(
            steps in proptest::collection::vec((-50_i64..60, 0_u8..3), 1..80),
            copies in 1_usize..4,
        ) {
            let mut second = 0;
            let file: Vec<_> = steps.into_iter().map(|(step, text)| { second += step; (second, text) }).collect();
            let file = file.repeat(copies);
            let found = names(&file);
            prop_assert_eq!(&found, &names(&file));
            prop_assert_eq!(found.iter().collect::<HashSet<_>>().len(), file.len());
        }

        #[test]
        fn a_copy_that_begins_later_has_the_same_names(
            steps in proptest::collection::vec((1_i64..90, 0_u8..3), 2..80),
            cut in 0.0_f64..1.0,
        ) {
            let mut second = 0;
            let file: Vec<_> = steps.into_iter().map(|(step, text)| { second += step; (second, text) }).collect();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any place will do")]
            let cut = (file.len() as f64 * cut) as usize;
            prop_assert_eq!(&names(&file)[cut..], &names(&file[cut..]));
        }
    }
}
