//! What a store returns: rows, and how it came to them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::plan::Row;
use crate::time::Resolution;

/// The answers to several plans, all counted over one state of the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counted {
    /// The rows of each plan, in the order of the plans: one for each bucket and group that has any counts, in any order.
    pub rows: Vec<Vec<Row>>,
    /// How the store came to them.
    pub provenance: Provenance,
}

impl Counted {
    /// Makes an answer of the rows of each plan, in the order of the plans.
    pub fn new(rows: Vec<Vec<Row>>) -> Self {
        Self { rows, provenance: Provenance::default() }
    }

    /// Sets how the store came to the rows.
    #[must_use]
    pub fn provenance(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }
}

impl From<Vec<Vec<Row>>> for Counted {
    fn from(rows: Vec<Vec<Row>>) -> Self {
        Self::new(rows)
    }
}

/// How a store came to its answer, and how far that can be relied on. A report shows it.
///
/// ```
/// use mailtally::store::Provenance;
///
/// let until = "2026-02-01T09:30:00Z".parse()?;
/// let mut provenance = Provenance::default().complete_until(until).path("rollup by day");
/// provenance.merge(&Provenance::default().path("events"));
/// assert_eq!(provenance.complete_until, None); // of the second part it is not known
/// assert_eq!(provenance.paths.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Provenance {
    /// The instant up to which all events are known to be in the store; `None` if that is not known.
    #[serde(serialize_with = "optional_utc")]
    pub complete_until: Option<DateTime<Utc>>,
    /// The ways in which the store counted, in its own words, such as `scan` or `rollup by day`.
    pub paths: BTreeSet<Cow<'static, str>>,
    /// The parts of the data of which only sums are kept.
    pub thinned: BTreeSet<Thinned>,
}

/// A part of the data of which only sums are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[expect(clippy::exhaustive_structs, reason = "stores make them")]
pub struct Thinned {
    /// The end of the part: what happened before this instant.
    #[serde(serialize_with = "utc")]
    pub before: DateTime<Utc>,
    /// The period of each sum.
    pub resolution: Resolution,
}

impl Provenance {
    /// Sets the instant up to which all events are known to be in the store.
    #[must_use]
    pub fn complete_until(self, until: DateTime<Utc>) -> Self {
        Self { complete_until: Some(until), ..self }
    }

    /// Adds a way in which the store counted.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.paths.insert(path.into());
        self
    }

    /// Adds a part of the data of which only sums are kept.
    #[must_use]
    pub fn thinned(mut self, thinned: Thinned) -> Self {
        self.thinned.insert(thinned);
        self
    }

    /// Adds that of another part of the answer: for stores that are made of several. The answer is complete until the earlier
    /// of both instants, or unknown if either is: start with the provenance of a part, not with the default.
    pub fn merge(&mut self, other: &Self) {
        self.complete_until = self.complete_until.zip(other.complete_until).map(|(one, two)| one.min(two));
        self.paths.extend(other.paths.iter().cloned());
        self.thinned.extend(&other.thinned);
    }
}

/// Writes an instant as the other instants of a report.
fn utc<S: serde::Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn optional_utc<S: serde::Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => utc(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_answer_is_complete_until_the_earlier_instant_and_has_all_paths_and_thinned_parts() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let thinned = |second| Thinned { before: at(second), resolution: Resolution::Day };
        let mut merged = Provenance::default().complete_until(at(9)).path("a").thinned(thinned(1));
        merged.merge(&Provenance::default().complete_until(at(5)).path("b").thinned(thinned(2)));
        let expected = Provenance::default().complete_until(at(5)).path("b").path("a");
        assert_eq!(merged, expected.thinned(thinned(2)).thinned(thinned(1)));
        merged.merge(&Provenance::default());
        assert_eq!((merged.complete_until, merged.paths.len()), (None, 2));
    }

    #[test]
    fn the_json_has_every_field_also_if_nothing_is_known() {
        let json = |provenance: Provenance| serde_json::to_value(provenance).unwrap();
        let nothing = serde_json::json!({"complete_until": null, "paths": [], "thinned": []});
        assert_eq!(json(Provenance::default()), nothing);
        let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        let thinned = Thinned { before: at, resolution: Resolution::Hour };
        let known = Provenance::default().complete_until(at).path("scan").thinned(thinned);
        let expected = serde_json::json!({
            "complete_until": "2026-02-02T02:40:00Z",
            "paths": ["scan"],
            "thinned": [{"before": "2026-02-02T02:40:00Z", "resolution": "hour"}],
        });
        assert_eq!(json(known), expected);
    }
}
