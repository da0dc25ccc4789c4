//! The sending domains of an account, with their ids.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::dialect::domain_names;

/// The id of the row of mail from domains without an id.
const NO_ID: i64 = 0;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domains {
    names: BTreeMap<i64, Arc<str>>,
    ids: HashMap<Arc<str>, i64>,
}

impl Domains {
    /// Makes the domains of an account. Names are normalized as those of events; an empty one is dropped. If a domain has
    /// several ids, its row has the smallest.
    pub(super) fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = (i64, N)>) -> Self {
        let names = domain_names(domains);
        // The smallest id is inserted last and replaces the others.
        let ids = names.iter().rev().map(|(id, name)| (name.clone(), *id)).collect();
        Self { names, ids }
    }

    /// Returns the name of the domain with this id.
    pub(super) fn name(&self, id: i64) -> Option<&Arc<str>> {
        self.names.get(&id)
    }

    /// Returns the id of a domain of an event; [`NO_ID`] if it has none.
    pub(super) fn id(&self, name: Option<&str>) -> i64 {
        name.and_then(|name| self.ids.get(name)).copied().unwrap_or(NO_ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_found_without_case_and_trailing_dot_and_the_smallest_id_wins() {
        let domains = Domains::new([(9, "A.example"), (7, "a.EXAMPLE."), (8, "b.example"), (5, "")]);
        assert_eq!(domains.id(Some("a.example")), 7);
        assert_eq!(domains.id(Some("b.example")), 8);
        assert_eq!(domains.id(Some("c.example")), 0);
        assert_eq!(domains.id(None), 0);
        assert_eq!(domains.name(9).map(|name| &**name), Some("a.example"));
        assert_eq!(domains.name(5), None);
    }
}
