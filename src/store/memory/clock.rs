//! Which bucket an instant is in.

use crate::store::piece::Piece;
use crate::store::slot::{MILLIS_PER_SLOT, slot_of};

/// Finds the bucket of instants.
#[derive(Debug)]
pub(super) struct Clock {
    /// Ascending, without overlaps.
    pieces: Vec<Piece>,
    /// The bucket of each slot from that of the first piece on, or [`NO_BUCKET`]; empty if the pieces do not consist of whole
    /// slots, or of too many.
    slots: Vec<u32>,
}

const NO_BUCKET: u32 = u32::MAX;

/// The number of slots, ten years, up to which their buckets are kept in an array.
const MAX_SLOTS: i64 = 96 * 3653;

impl Clock {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        let slots = slots(&pieces).unwrap_or_default();
        Self { pieces, slots }
    }

    /// Makes a clock of few pieces, which takes little memory.
    pub(super) fn of_few(pieces: Vec<Piece>) -> Self {
        Self { pieces, slots: Vec::new() }
    }

    /// Returns the pieces, ascending.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the bucket of all instants from `start` to `last`, both included; `None` if they are in several or in none.
    pub(super) fn bucket_of_all(&self, start: i64, last: i64) -> Option<u32> {
        let piece = self.pieces.get(self.pieces.partition_point(|piece| piece.end <= start))?;
        (piece.start <= start && last < piece.end).then_some(piece.bucket)
    }

    /// Returns whether no instant is in a bucket.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns the bucket of an instant.
    #[inline]
    pub(super) fn bucket(&self, at: i64) -> Option<u32> {
        if let [piece] = self.pieces[..] {
            return (piece.start <= at && at < piece.end).then_some(piece.bucket);
        }
        if let (Some(first), false) = (self.pieces.first(), self.slots.is_empty()) {
            let slot = usize::try_from((at - first.start).div_euclid(MILLIS_PER_SLOT)).ok()?;
            return self.slots.get(slot).copied().filter(|bucket| *bucket != NO_BUCKET);
        }
        let index = self.pieces.partition_point(|piece| piece.end <= at);
        self.pieces.get(index).filter(|piece| piece.start <= at).map(|piece| piece.bucket)
    }

    /// Returns whether an instant from `start` to `last`, both included, can be in a bucket.
    pub(super) fn overlaps(&self, start: i64, last: i64) -> bool {
        let index = self.pieces.partition_point(|piece| piece.end <= start);
        self.pieces.get(index).is_some_and(|piece| piece.start <= last)
    }
}

fn slots(pieces: &[Piece]) -> Option<Vec<u32>> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let is_whole = |at: i64| at.rem_euclid(MILLIS_PER_SLOT) == 0;
    let count = (last.end.checked_sub(first.start)?).div_euclid(MILLIS_PER_SLOT);
    if pieces.len() < 2
        || count > MAX_SLOTS
        || !pieces.iter().all(|piece| is_whole(piece.start) && is_whole(piece.end))
    {
        return None;
    }
    let mut slots = vec![NO_BUCKET; usize::try_from(count).ok()?];
    for piece in pieces {
        let from = (slot_of(piece.start) - slot_of(first.start)) as usize;
        let to = (slot_of(piece.end) - slot_of(first.start)) as usize;
        slots[from..to].fill(piece.bucket);
    }
    Some(slots)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_instant_is_in_the_bucket_whose_piece_contains_it(
            lengths in prop::collection::vec((0..3_i64, 1..4_i64), 1..8),
            unit in prop_oneof![Just(MILLIS_PER_SLOT), Just(7)],
            offset in -9..9_i64,
        ) {
            let mut end = 1_770_000_300_000 - 1_770_000_300_000 % MILLIS_PER_SLOT;
            let (mut pieces, mut edges) = (Vec::new(), vec![end]);
            for (bucket, (gap, length)) in (0..).zip(lengths) {
                let start = end + gap * unit;
                end = start + length * unit;
                pieces.push(Piece { start, end, bucket });
                edges.extend([start, end]);
            }
            let clock = Clock::new(pieces.clone());
            for at in edges.into_iter().map(|edge| edge + offset) {
                let expected = pieces.iter().find(|piece| (piece.start..piece.end).contains(&at));
                prop_assert_eq!(clock.bucket(at), expected.map(|piece| piece.bucket));
                prop_assert_eq!(clock.overlaps(at, at), expected.is_some());
            }
        }
    }
}
