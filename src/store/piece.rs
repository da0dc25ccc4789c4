//! Pieces: the ranges of instants that a plan asks for.

use crate::plan::Plan;

/// A half-open range of instants in milliseconds since 1970, which counts in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) bucket: u32,
}

/// Returns the buckets of a plan that have any instants, ascending.
pub(super) fn pieces(plan: &Plan) -> Vec<Piece> {
    let edges = plan.edges_in_millis();
    let buckets = (0..).zip(edges.windows(2)).filter(|(_, edge)| edge[0] < edge[1]);
    buckets.map(|(bucket, edge)| Piece { start: edge[0], end: edge[1], bucket }).collect()
}

/// Cuts pieces into what consists of whole units, and the rest, each within one unit.
pub(super) fn cut(pieces: &[Piece], unit: i64) -> (Vec<Piece>, Vec<Piece>) {
    let (mut whole, mut rest) = (Vec::new(), Vec::new());
    for Piece { start, end, bucket } in pieces.iter().copied() {
        // Open ends are beyond all instants of events.
        let first =
            start.div_euclid(unit).saturating_add(i64::from(start.rem_euclid(unit) > 0)).saturating_mul(unit);
        let last = end.div_euclid(unit).saturating_mul(unit);
        if first > last {
            rest.push(Piece { start, end, bucket });
            continue;
        }
        push(&mut rest, start, first, bucket);
        push(&mut whole, first, last, bucket);
        push(&mut rest, last, end, bucket);
    }
    (whole, rest)
}

/// Appends a piece unless it is empty.
fn push(pieces: &mut Vec<Piece>, start: i64, end: i64, bucket: u32) {
    if start < end {
        pieces.push(Piece { start, end, bucket });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_of_pieces_are_the_pieces_and_each_is_whole_or_within_one_unit(
            edges in prop::collection::vec(-50..50_i64, 2..6),
        ) {
            let mut edges = edges;
            edges.sort_unstable();
            let pieces: Vec<Piece> = (0..).zip(edges.windows(2)).filter(|(_, edge)| edge[0] < edge[1])
                .map(|(bucket, edge)| Piece { start: edge[0], end: edge[1], bucket }).collect();
            let (whole, rest) = cut(&pieces, 10);
            prop_assert!(whole.iter().all(|piece| piece.start % 10 == 0 && piece.end % 10 == 0));
            prop_assert!(rest.iter().all(|piece| piece.start.div_euclid(10) == (piece.end - 1).div_euclid(10)));
            for at in -50..50 {
                let bucket = |pieces: &[Piece]| {
                    let buckets = pieces.iter().filter(|piece| (piece.start..piece.end).contains(&at));
                    buckets.map(|piece| piece.bucket).collect::<Vec<_>>()
                };
                prop_assert_eq!(bucket(&pieces), bucket(&[&whole[..], &rest[..]].concat()));
            }
        }
    }
}
