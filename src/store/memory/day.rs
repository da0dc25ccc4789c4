//! The messages of an account that were created on one day.

use std::sync::Arc;

use super::builder::SegmentBuilder;
use super::segment::Segment;

/// The number of messages up to which segments are merged. Larger ones are only rewritten to drop what was replaced.
pub(super) const MAX_MERGED: usize = 1 << 16;

/// The messages that were created on one day in UTC. Cloning it copies a pointer for each segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    /// The day, counted from 1970.
    pub(super) day: u32,
    pub(super) parts: Vec<DayPart>,
}

/// A segment, and which of its messages are not valid any more.
#[derive(Clone, Debug)]
pub(super) struct DayPart {
    pub(super) segment: Arc<Segment>,
    /// A bit for each message that was replaced or forgotten; `None` if there is none.
    dead: Option<Arc<Vec<u64>>>,
    dead_count: usize,
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) day: u32,
    /// The index of the part in the day.
    pub(super) part: usize,
    pub(super) row: usize,
}

impl DayPart {
    pub(super) fn new(segment: Segment) -> Self {
        Self { segment: Arc::new(segment), dead: None, dead_count: 0 }
    }

    /// Returns the number of valid messages.
    pub(super) fn len(&self) -> usize {
        self.segment.len() - self.dead_count
    }

    /// Returns whether all messages are valid.
    #[inline]
    pub(super) fn is_whole(&self) -> bool {
        self.dead.is_none()
    }

    /// Returns whether a message is valid.
    #[inline]
    pub(super) fn is_live(&self, row: usize) -> bool {
        self.dead.as_ref().is_none_or(|dead| dead[row / 64] >> (row % 64) & 1 == 0)
    }

    /// Returns the rows of all valid messages.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.segment.len()).filter(|row| self.is_live(*row))
    }

    /// Marks a message as replaced or forgotten.
    pub(super) fn kill(&mut self, row: usize) {
        let len = self.segment.len().div_ceil(64);
        let dead = Arc::make_mut(self.dead.get_or_insert_with(|| Arc::new(vec![0; len])));
        dead[row / 64] |= 1 << (row % 64);
        self.dead_count += 1;
    }

    /// Returns the number of bytes of ids, and of everything else.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let (texts, columns) = self.segment.bytes();
        let dead = self.dead.as_ref().map_or(0, |dead| 8 * dead.len());
        (texts, columns + size_of::<Self>() + dead)
    }
}

impl Day {
    /// Finds a message by the hash of its id and its id: its part and row.
    pub(super) fn find(&self, hash: u32, id: &str) -> Option<(usize, usize)> {
        self.parts.iter().enumerate().rev().find_map(|(index, part)| {
            let mut rows = part.segment.with_hash(hash);
            let row = rows.find(|row| part.is_live(*row) && part.segment.id(*row) == id)?;
            Some((index, row))
        })
    }

    /// Adds a segment, and merges segments so that there are few: each has at least four times as many messages as the next
    /// one, or is large.
    pub(super) fn add(&mut self, segment: Segment, builder: &mut SegmentBuilder) {
        self.parts.push(DayPart::new(segment));
        self.parts.retain(|part| part.len() > 0);
        while let [.., before, last] = &self.parts[..]
            && before.len() < 4 * last.len()
            && before.len() + last.len() <= MAX_MERGED
            && before.segment.fits_with(&last.segment)
        {
            let merged = merge(self.day, before, last, builder);
            self.parts.truncate(self.parts.len() - 2);
            self.parts.push(DayPart::new(merged));
        }
    }

    /// Drops segments without valid messages, and rewrites those of which a quarter is not valid.
    pub(super) fn tidy(&mut self, builder: &mut SegmentBuilder) {
        self.parts.retain(|part| part.len() > 0);
        for part in &mut self.parts {
            if part.dead_count > part.segment.len() / 4 {
                part.rows().for_each(|row| builder.copy(&part.segment, row));
                *part = DayPart::new(builder.finish(self.day));
            }
        }
    }
}

impl Day {
    /// Removes a message. Nothing of it is left in the part, which is written anew.
    pub(super) fn remove(&mut self, part: usize, row: usize, builder: &mut SegmentBuilder) {
        let part = &mut self.parts[part];
        part.kill(row);
        part.rows().for_each(|row| builder.copy(&part.segment, row));
        *part = DayPart::new(builder.finish(self.day));
        self.parts.retain(|part| part.len() > 0);
    }
}

/// Returns the valid messages of two parts.
fn merge(day: u32, one: &DayPart, other: &DayPart, builder: &mut SegmentBuilder) -> Segment {
    let hash = |part: &DayPart, row: usize| part.segment.messages.hashes[row];
    let (mut left, mut right) = (one.rows().peekable(), other.rows().peekable());
    loop {
        let is_left = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => hash(one, *left) <= hash(other, *right),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return builder.finish(day),
        };
        let (part, row) = if is_left { (one, left.next()) } else { (other, right.next()) };
        row.into_iter().for_each(|row| builder.copy(&part.segment, row));
    }
}
