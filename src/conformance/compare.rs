//! Compares the rows of a store with those of the reference.

use std::collections::BTreeMap;

use super::Harness;
use super::mail::at;
use crate::counts::Counts;
use crate::event::Event;
use crate::group::Group;
use crate::plan::{Plan, Row};
use crate::query::Query;
use crate::store::Store;

/// Opens a store with `events` and compares its rows with those of the reference, for each of `queries`.
pub(super) async fn agree(
    harness: &impl Harness,
    check: &str,
    events: &[Event],
    queries: impl IntoIterator<Item = Query>,
) {
    let (store, _guard) = harness.open(events).await;
    for query in queries {
        let plan =
            query.plan(at(0)).unwrap_or_else(|error| panic!("{check}: {query:?} has no plan: {error}"));
        let expected = plan.tally(events.iter().cloned());
        let expected =
            expected.unwrap_or_else(|error| panic!("{check}: the reference refuses {query:?}: {error}"));
        let found = store.count(&plan).await;
        let found = found.unwrap_or_else(|error| panic!("{check}: the store refuses {query:?}: {error:?}"));
        compare(check, &plan, expected, found);
    }
}

/// Panics unless both lists of rows add up to the same counts in each bucket and group.
pub(super) fn compare(check: &str, plan: &Plan, expected: Vec<Row>, found: Vec<Row>) {
    let (expected, found) = (sums(check, expected), sums(check, found));
    assert!(
        expected == found,
        "{check}: the store's rows differ from those of the reference\nplan: {plan:#?}\nreference: {expected:#?}\nstore: {found:#?}"
    );
}

/// Returns the counts by bucket and group: rows with the same key are added, and sums of zero are left out.
fn sums(check: &str, rows: Vec<Row>) -> BTreeMap<(usize, Group), Counts> {
    let mut sums: BTreeMap<(usize, Group), Counts> = BTreeMap::new();
    for Row { bucket, group, counts } in rows {
        let sum = sums.entry((bucket, group)).or_default();
        sum.add(&counts).unwrap_or_else(|error| panic!("{check}: {error}"));
    }
    sums.retain(|_, counts| !counts.is_zero());
    sums
}
