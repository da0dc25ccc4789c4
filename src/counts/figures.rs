//! The figures of counts.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// The figures of counts: a list of their own, or a part of a list that the rows of an answer share.
///
/// An answer of many rows needs one allocation for its figures then, instead of one for each row.
#[derive(Clone, Debug)]
pub(super) enum Figures {
    Own(Vec<u64>),
    Shared { all: Arc<Vec<u64>>, start: u32, end: u32 },
}

impl Figures {
    pub(super) const NONE: Self = Self::Own(Vec::new());

    /// Returns the figures in a range of a list; a copy if the range is too far behind for a shared one.
    pub(super) fn shared(all: &Arc<Vec<u64>>, range: Range<usize>) -> Self {
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) => Self::Shared { all: Arc::clone(all), start, end },
            _ => Self::Own(all[range].to_vec()),
        }
    }

    /// Changes the figures, which become a list of their own.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Vec<u64>)) {
        let mut own = match std::mem::take(self) {
            Self::Own(figures) => figures,
            shared @ Self::Shared { .. } => shared.to_vec(),
        };
        change(&mut own);
        *self = Self::Own(own);
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self::NONE
    }
}

impl Deref for Figures {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        match self {
            Self::Own(figures) => figures,
            Self::Shared { all, start, end } => &all[*start as usize..*end as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_shared_figures_is_not_seen_by_others() {
        let all = Arc::new(vec![1, 2, 3, 4]);
        let mut one = Figures::shared(&all, 1..3);
        let other = Figures::shared(&all, 1..4);
        one.change(|figures| figures[0] = 20);
        assert_eq!((&*one, &*other), (&[20, 3][..], &[2, 3, 4][..]));
    }
}
