//! What the host alone knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Error;
use crate::dialect::shown;
use crate::event::normalize_domain;

/// The account's sending domains.
///
/// Domains are compared as those of events are: without case and without a trailing dot. An empty name is no domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    domains: BTreeSet<Arc<str>>,
}

impl Settings {
    /// The settings of an account with these sending domains.
    pub fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = N>) -> Self {
        Self { domains: domains.into_iter().filter_map(|name| normalize_domain(name.into())).collect() }
    }

    /// The domains, by name.
    pub fn domains(&self) -> impl Iterator<Item = &Arc<str>> {
        self.domains.iter()
    }

    /// The domain of that name, as events have it.
    pub(super) fn domain(&self, name: &str) -> Result<Arc<str>, Error> {
        let known = normalize_domain(name.into()).and_then(|name| self.domains.get(&name));
        known.cloned().ok_or_else(|| Error::UnknownDomain(shown(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_found_without_case_and_trailing_dot_and_no_other_is() {
        let settings = Settings::new(["Mail.acme.example.", "", "news.acme.example"]);
        assert_eq!(
            settings.domains().map(|name| &**name).collect::<Vec<_>>(),
            ["mail.acme.example", "news.acme.example"]
        );
        assert_eq!(settings.domain("MAIL.acme.example").as_deref(), Ok("mail.acme.example"));
        for name in ["", ".", "acme.example", "x.mail.acme.example"] {
            assert_eq!(settings.domain(name), Err(Error::UnknownDomain(name.to_owned())));
        }
    }
}
