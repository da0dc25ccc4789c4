//! Compares the rows of a store with those of the reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::runner::{Details, Outcome};
use crate::counts::Counts;
use crate::dimension::Dimension;
use crate::event::Event;
use crate::group::Group;
use crate::metric::Metric;
use crate::plan::{Plan, Row};
use crate::time::Bucket;

/// The number of figures that differ which are shown.
const SHOWN: usize = 6;

/// Returns an error unless both lists of rows add up to the same figures: rows of one bucket and group are added, and rows
/// without counts are ignored.
pub(super) fn compare(plan: &Plan, expected: Vec<Row>, found: Vec<Row>) -> Outcome {
    let (expected, found) = (figures(expected)?, figures(found)?);
    if expected == found {
        return Ok(());
    }
    let keys: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let value = |figures: &Figures, key| figures.get(key).copied().unwrap_or(0);
    let differences: Vec<_> =
        keys.into_iter().filter(|key| value(&expected, key) != value(&found, key)).collect();
    let mut text = format!("for {}\n", shown_query(plan));
    for key in differences.iter().take(SHOWN) {
        let (bucket, group, metric) = key;
        let start = plan.buckets().get(*bucket).map_or_else(|| "no such bucket".to_owned(), start);
        let (expected, found) = (value(&expected, key), value(&found, key));
        let group = shown_group(plan.dimensions(), group);
        // Writing to a text cannot fail.
        let _ = writeln!(text, "bucket {bucket} ({start}){group}: {metric} is {found}, expected {expected}");
    }
    if differences.len() > SHOWN {
        let _ = writeln!(text, "and {} more figures", differences.len() - SHOWN);
    }
    Err(Details(text))
}

/// Returns the rows of the reference.
pub(super) fn reference(plan: &Plan, events: &[Event]) -> Result<Vec<Row>, Details> {
    let rows = plan.tally(events.iter().cloned());
    rows.map_err(|error| Details::from(error).when(format_args!("the reference, for {}", shown_query(plan))))
}

/// Returns the query of a plan as JSON, without limits.
pub(super) fn shown_query(plan: &Plan) -> String {
    let query = serde_json::to_value(plan.query()).map(|mut query| {
        query.as_object_mut().map(|fields| fields.remove("limits"));
        query.to_string()
    });
    query.unwrap_or_else(|error| error.to_string())
}

fn start(bucket: &Bucket) -> String {
    if bucket.is_open_start() { "open start".to_owned() } else { bucket.start.to_string() }
}

type Figures = BTreeMap<(usize, Group, Metric), u64>;

/// Returns every figure that is not zero.
fn figures(rows: Vec<Row>) -> Result<Figures, Details> {
    let mut sums: BTreeMap<(usize, Group), Counts> = BTreeMap::new();
    for Row { bucket, group, counts } in rows {
        sums.entry((bucket, group)).or_default().add(&counts)?;
    }
    let figures = |((bucket, group), counts): ((usize, Group), Counts)| {
        let figures: Vec<_> = counts.figures().collect();
        figures.into_iter().map(move |(metric, count)| ((bucket, group.clone(), metric), count))
    };
    Ok(sums.into_iter().flat_map(figures).collect())
}

/// Returns `, domain=a.example, tag=(none)`.
fn shown_group(dimensions: &[Dimension], group: &Group) -> String {
    let value =
        |value: &Option<_>| value.as_ref().map_or_else(|| "(none)".to_owned(), |value| format!("{value:?}"));
    let values = dimensions.iter().zip(group.iter());
    values.map(|(dimension, of)| format!(", {dimension}={}", value(of))).collect()
}
