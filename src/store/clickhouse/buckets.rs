//! The bucket of an instant, in SQL.

use super::literal::list;

/// The number of inner edges up to which an instant is compared with each of them.
const FEW: usize = 64;

/// The maximum number of slots in a list of their buckets.
const MAX_SLOTS: i64 = 1 << 16;

/// The half-open buckets of a plan, in milliseconds since 1970.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    edges: Vec<i64>,
}

impl Buckets {
    /// Makes the buckets between ascending edges.
    pub(super) fn new(edges: Vec<i64>) -> Self {
        Self { edges }
    }

    /// Returns the start of the first bucket and the end of the last; `None` if no instant is in any bucket.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        let (start, end) = (*self.edges.first()?, *self.edges.last()?);
        (start < end).then_some((start, end))
    }

    /// Returns all edges.
    pub(super) fn edges(&self) -> &[i64] {
        &self.edges
    }

    /// Returns the edges between two buckets.
    fn inner(&self) -> &[i64] {
        self.edges.get(1..self.edges.len().saturating_sub(1)).unwrap_or_default()
    }

    /// Returns the expression of the bucket's index, for instants within the range: the number of inner edges that are not
    /// after it.
    ///
    /// With few edges, it compares with each. With many, it looks up the slot, which is as long as all edges are multiples of:
    /// an hour, say, for days in another zone. So its cost does not depend on the number of edges.
    pub(super) fn index(&self, at: &str) -> String {
        let inner = self.inner();
        let sum = || format!("toUInt32({})", counted(inner, at));
        let (Some(first), Some(last)) = (inner.first(), inner.last()) else {
            return "toUInt32(0)".to_owned();
        };
        let unit = inner.iter().fold(0, |unit, edge| divisor(unit, *edge)).max(1);
        let (start, end) = (first.div_euclid(unit), last.div_euclid(unit));
        if inner.len() <= FEW || end - start > MAX_SLOTS {
            return sum();
        }
        let index = |slot: &i64| inner.partition_point(|edge| *edge <= slot * unit);
        let slots = list(start..end).unwrap_or_default();
        let indices = list((start..end).map(|slot| index(&slot))).unwrap_or_default();
        let count = inner.len();
        // Instants of events are not before 1970, so dividing rounds down.
        format!(
            "toUInt32(if({at} >= {last}, {count}, transform(intDiv({at}, {unit}), [{slots}], [{indices}], 0)))"
        )
    }
}

/// Returns the expression of how many edges are not after an instant, as a balanced tree.
fn counted(edges: &[i64], at: &str) -> String {
    match edges {
        [] => "0".to_owned(),
        [edge] => format!("({at} >= {edge})"),
        _ => {
            let (left, right) = edges.split_at(edges.len() / 2);
            format!("({} + {})", counted(left, at), counted(right, at))
        }
    }
}

/// Returns the greatest common divisor of two numbers.
fn divisor(one: i64, other: i64) -> i64 {
    let (mut one, mut other) = (one.unsigned_abs(), other.unsigned_abs());
    while other > 0 {
        (one, other) = (other, one % other);
    }
    i64::try_from(one).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn few_edges_are_compared_and_many_are_looked_up_by_slot() {
        let buckets = |edges: Vec<i64>| Buckets::new(edges).index("at");
        assert_eq!(buckets(vec![0, 10]), "toUInt32(0)");
        assert_eq!(buckets(vec![0, 10, 20, 30, 40]), "toUInt32(((at >= 10) + ((at >= 20) + (at >= 30))))");
        // Days in a zone of UTC+1, with a day of 23 hours among them.
        let days: Vec<i64> = (0..100).map(|day| (day * 24 - 1 - i64::from(day > 50)) * HOUR).collect();
        let sql = buckets(days);
        assert!(sql.contains("intDiv(at, 3600000)") && sql.starts_with("toUInt32(if(at >= "), "{sql}");
        let odd = (0..100).map(|number| number * number * HOUR * 1000 + 1).collect();
        assert!(!buckets(odd).contains("intDiv"), "slots of a millisecond are too many");
    }

    #[test]
    fn equal_edges_are_empty_buckets() {
        assert_eq!(Buckets::new(vec![5, 5]).range(), None);
        assert_eq!(Buckets::new(Vec::new()).range(), None);
        assert_eq!(Buckets::new(vec![1, 5, 5, 9]).range(), Some((1, 9)));
        assert_eq!(Buckets::new(vec![1, 5, 5, 9]).index("at"), "toUInt32(((at >= 5) + (at >= 5)))");
    }
}
