//! The answer, in the published shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::super::counts;
use super::Breakdown;
use crate::counts::Counts;
use crate::kind::Kind;
use crate::report::Report;

/// The kinds that are counted.
pub(super) const KINDS: [Kind; 6] =
    [Kind::Accepted, Kind::Delivered, Kind::Opened, Kind::Clicked, Kind::Unsubscribed, Kind::Complained];

/// The body of an answer. Serialises to the published JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Body {
    /// `providers`, `devices` or `countries`; of a tag `provider`, `device` or `country`.
    pub key: &'static str,
    /// The sums of each value, by name: of every supported one, and of others where they have any.
    pub sums: BTreeMap<String, Sums>,
    /// The tag that was asked for, as it was asked; `None` where none was.
    pub tag: Option<String>,
}

/// The sums of one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Sums {
    /// Of providers alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<u64>,
    pub clicked: u64,
    pub complained: u64,
    /// Of providers alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<u64>,
    pub opened: u64,
    pub unique_clicked: u64,
    pub unique_opened: u64,
    pub unsubscribed: u64,
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(self.key, &self.sums)?;
        if let Some(tag) = &self.tag {
            object.serialize_entry("tag", tag)?;
        }
        object.end()
    }
}

impl Body {
    pub(super) fn new(breakdown: Breakdown, tag: Option<String>, report: &Report) -> Self {
        let zero = Sums::of(breakdown, &Counts::ZERO);
        let supported = breakdown.supported().iter().map(|value| ((*value).to_owned(), zero));
        let mut sums: BTreeMap<String, Sums> = supported.collect();
        for row in report.rows() {
            let found = Sums::of(breakdown, row.counts);
            if found != zero {
                let value = row.group.first().and_then(Option::<Arc<str>>::as_deref);
                sums.entry(breakdown.key().shown(value)).or_insert(zero).add(found);
            }
        }
        let key = if tag.is_some() { breakdown.singular() } else { breakdown.plural() };
        Self { key, sums, tag }
    }
}

impl Sums {
    fn of(breakdown: Breakdown, counts: &Counts) -> Self {
        let value = |sum| counts::value(sum, counts);
        // What was accepted and delivered was so on no device and in no country.
        let has_deliveries = match breakdown {
            Breakdown::Provider => true,
            Breakdown::Device | Breakdown::Country => false,
        };
        Self {
            accepted: has_deliveries.then(|| value(counts::ACCEPTED)),
            clicked: value(counts::CLICKED),
            complained: value(counts::COMPLAINED),
            delivered: has_deliveries.then(|| value(counts::DELIVERED)),
            opened: value(counts::OPENED),
            unique_clicked: value(counts::UNIQUE_CLICKED),
            unique_opened: value(counts::UNIQUE_OPENED),
            unsubscribed: value(counts::UNSUBSCRIBED),
        }
    }

    fn add(&mut self, other: Self) {
        // They are parts of a report's total, which fits.
        let add = |to: &mut u64, from: u64| *to = to.saturating_add(from);
        let add_option = |to: &mut Option<u64>, from: Option<u64>| {
            *to = to.zip(from).map(|(to, from)| to.saturating_add(from));
        };
        add_option(&mut self.accepted, other.accepted);
        add(&mut self.clicked, other.clicked);
        add(&mut self.complained, other.complained);
        add_option(&mut self.delivered, other.delivered);
        add(&mut self.opened, other.opened);
        add(&mut self.unique_clicked, other.unique_clicked);
        add(&mut self.unique_opened, other.unique_opened);
        add(&mut self.unsubscribed, other.unsubscribed);
    }
}
