//! The sending domains, which the host alone knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::normalize_domain;

/// The organization's sending domains by their ids.
///
/// ```
/// use mailtally::dialect::emitlo::Domains;
///
/// let domains = Domains::new([(7, "Mail.Acme.example.")]);
/// assert_eq!(domains.name(7), Some("mail.acme.example"));
/// assert_eq!(domains.name(8), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains(BTreeMap<i64, Arc<str>>);

impl Domains {
    /// Domains are named as those of events are: in lower case and without a trailing dot. An empty name is no domain.
    pub fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = (i64, N)>) -> Self {
        Self(
            domains.into_iter().filter_map(|(id, name)| Some((id, normalize_domain(name.into())?))).collect(),
        )
    }

    /// The name of the domain with this id; `None` if it is not the organization's.
    pub fn name(&self, id: i64) -> Option<&str> {
        self.0.get(&id).map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_normal_and_an_empty_one_is_no_domain() {
        let domains = Domains::new([(1, "A.example."), (2, "."), (3, "")]);
        assert_eq!([1, 2, 3].map(|id| domains.name(id)), [Some("a.example"), None, None]);
    }
}
