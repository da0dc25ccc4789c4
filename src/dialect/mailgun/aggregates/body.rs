//! The body of a response.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::super::counts;
use super::Breakdown;
use crate::counts::Counts;
use crate::kind::Kind;
use crate::rate::Sum;
use crate::report::Report;

/// The kinds that are counted.
pub(super) const KINDS: [Kind; 6] =
    [Kind::Accepted, Kind::Delivered, Kind::Opened, Kind::Clicked, Kind::Unsubscribed, Kind::Complained];

/// The sums of providers, in their published order.
const PROVIDER_SUMS: &[(&str, Sum)] = &[
    ("accepted", counts::ACCEPTED),
    ("clicked", counts::CLICKED),
    ("complained", counts::COMPLAINED),
    ("delivered", counts::DELIVERED),
    ("opened", counts::OPENED),
    ("unique_clicked", counts::UNIQUE_CLICKED),
    ("unique_opened", counts::UNIQUE_OPENED),
    ("unsubscribed", counts::UNSUBSCRIBED),
];

/// The sums of devices and countries, which accepted and delivered events do not have.
const READER_SUMS: &[(&str, Sum)] = &[
    ("clicked", counts::CLICKED),
    ("complained", counts::COMPLAINED),
    ("opened", counts::OPENED),
    ("unique_clicked", counts::UNIQUE_CLICKED),
    ("unique_opened", counts::UNIQUE_OPENED),
    ("unsubscribed", counts::UNSUBSCRIBED),
];

pub(in crate::dialect::mailgun) struct Body<'a> {
    /// The name of the breakdown: plural for a domain, singular for a tag.
    key: &'static str,
    /// The sums of each value, ordered by name.
    values: BTreeMap<String, Sums>,
    tag: Option<&'a str>,
}

struct Sums(Vec<(&'static str, u64)>);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(self.key, &self.values)?;
        if let Some(tag) = self.tag {
            object.serialize_entry("tag", tag)?;
        }
        object.end()
    }
}

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl<'a> Body<'a> {
    pub(super) fn new(breakdown: Breakdown, tag: Option<&'a str>, reports: &[Report]) -> Self {
        let always = breakdown.key().values();
        let mut counts: BTreeMap<String, Vec<&Counts>> = BTreeMap::new();
        counts.extend(always.iter().map(|value| ((*value).to_owned(), Vec::new())));
        for row in reports.iter().flat_map(Report::rows) {
            let value = row.group.first().and_then(Option::<Arc<str>>::as_deref);
            counts.entry(breakdown.key().shown(value)).or_default().push(row.counts);
        }
        let mut values: BTreeMap<String, Sums> =
            counts.into_iter().map(|(value, counts)| (value, Sums::new(breakdown, &counts))).collect();
        values.retain(|value, sums| always.contains(&&**value) || !sums.is_zero());
        let key = if tag.is_some() { breakdown.name() } else { breakdown.plural() };
        Self { key, values, tag }
    }
}

impl Sums {
    fn new(breakdown: Breakdown, counts: &[&Counts]) -> Self {
        let sums = match breakdown {
            Breakdown::Provider => PROVIDER_SUMS,
            Breakdown::Device | Breakdown::Country => READER_SUMS,
        };
        Self(sums.iter().map(|(name, sum)| (*name, counts::total(*sum, counts))).collect())
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|(_, count)| *count == 0)
    }
}
