//! Forgets what has been open for too long.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

/// Forgets what has been open for too long, each time that the number of open things has doubled.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::source) struct Sweep {
    /// The number of things at which the next search for forgotten ones is due.
    due_at: usize,
}

impl Sweep {
    /// Below this number of things, none is forgotten.
    pub(in crate::source) const MIN: usize = 1 << 16;

    /// Mail without a line for more than this number of seconds (30 days) is forgotten. Servers give up after five days by
    /// default.
    pub(in crate::source) const MAX_SILENCE: i64 = 30 * 86_400;

    /// Removes the things for which `is_kept` is false from `open`, if that is due.
    #[inline]
    pub(in crate::source) fn run<K: Eq + Hash, V, S: BuildHasher>(
        &mut self,
        open: &mut HashMap<K, V, S>,
        is_kept: impl Fn(&V) -> bool,
    ) {
        if open.len() >= self.due_at.max(Self::MIN) {
            open.retain(|_, thing| is_kept(thing));
            self.due_at = open.len() * 2;
        }
    }
}
