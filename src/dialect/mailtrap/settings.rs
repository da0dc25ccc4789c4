//! What the host alone knows or decides.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::event::normalize_domain;

/// The account's sending domains with their ids, and the places of rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    domains: BTreeMap<i64, Arc<str>>,
    ids: HashMap<Arc<str>, i64>,
    places: u32,
}

impl Settings {
    /// The most places of a rate. So many a JSON number carries exactly, for rates below 1000.
    pub const MAX_PLACES: u32 = 12;

    /// The row of mail from a domain that has no id.
    const NO_ID: i64 = 0;

    /// The settings of an account with these sending domains, and rates with two places.
    ///
    /// Domains are compared as those of events are: without case and without a trailing dot. An empty name is no domain.
    /// Of several ids of one domain, its row has the least.
    pub fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = (i64, N)>) -> Self {
        let named = domains.into_iter().filter_map(|(id, name)| Some((id, normalize_domain(name.into())?)));
        let domains: BTreeMap<i64, Arc<str>> = named.collect();
        // The least id comes last and stays.
        let ids = domains.iter().rev().map(|(id, name)| (name.clone(), *id)).collect();
        Self { domains, ids, places: 2 }
    }

    /// Sets the places of rates after the point; [`Settings::MAX_PLACES`] are the most.
    #[must_use]
    pub fn places(mut self, places: u32) -> Self {
        self.places = places.min(Self::MAX_PLACES);
        self
    }

    /// The places of rates after the point.
    pub(super) fn shown_places(&self) -> u32 {
        self.places
    }

    /// The domain with this id.
    pub(super) fn domain(&self, id: i64) -> Option<&Arc<str>> {
        self.domains.get(&id)
    }

    /// The id of a domain as events have it; [`Settings::NO_ID`] for none.
    pub(super) fn id_of(&self, domain: Option<&str>) -> i64 {
        domain.and_then(|domain| self.ids.get(domain)).copied().unwrap_or(Self::NO_ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_found_without_case_and_trailing_dot_and_the_least_id_wins() {
        let settings = Settings::new([(9, "A.example"), (7, "a.EXAMPLE."), (8, "b.example"), (5, "")]);
        assert_eq!(settings.id_of(Some("a.example")), 7);
        assert_eq!(settings.id_of(Some("b.example")), 8);
        assert_eq!(settings.id_of(Some("c.example")), 0);
        assert_eq!(settings.id_of(None), 0);
        assert_eq!(settings.domain(9).map(|name| &**name), Some("a.example"));
        assert_eq!(settings.domain(5), None);
    }

    #[test]
    fn places_are_cut_to_what_a_number_carries() {
        assert_eq!(Settings::new([(1, "a.example")]).shown_places(), 2);
        assert_eq!(Settings::new([(1, "a.example")]).places(u32::MAX).shown_places(), 12);
    }
}
