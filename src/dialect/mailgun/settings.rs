//! What only the host knows of an account.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::HeaderMap;

use super::{Error, header, truncated};
use crate::event::normalize_domain;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    domains: BTreeSet<Arc<str>>,
    pub(super) subaccounts: BTreeSet<Arc<str>>,
}

impl Settings {
    pub(super) fn new<N: Into<Arc<str>>>(domains: impl IntoIterator<Item = N>) -> Self {
        let domains = domains.into_iter().filter_map(|name| normalize_domain(name.into())).collect();
        Self { domains, subaccounts: BTreeSet::new() }
    }

    /// Returns the domains, ordered by name.
    pub(super) fn domains(&self) -> impl Iterator<Item = &Arc<str>> {
        self.domains.iter()
    }

    /// Returns the domain with this name, spelled as in events.
    pub(super) fn domain(&self, name: &str) -> Result<Arc<str>, Error> {
        let known = normalize_domain(name.into()).and_then(|name| self.domains.get(&name));
        known.cloned().ok_or_else(|| Error::UnknownDomain(truncated(name)))
    }

    /// Returns the subaccount that the header `X-Mailgun-On-Behalf-Of` names; `None` if it is missing or empty.
    pub(super) fn subaccount(&self, headers: &HeaderMap) -> Result<Option<Arc<str>>, Error> {
        let name = header(headers, "x-mailgun-on-behalf-of").unwrap_or_default();
        if name.is_empty() {
            return Ok(None);
        }
        let known = self.subaccounts.get(&*name).cloned();
        known.map(Some).ok_or_else(|| Error::UnknownSubaccount(truncated(&name)))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_own_domains_are_found_without_case_and_trailing_dot() {
        let settings = Settings::new(["Mail.acme.example.", "", "news.acme.example"]);
        assert_eq!(
            settings.domains().map(|name| &**name).collect::<Vec<_>>(),
            ["mail.acme.example", "news.acme.example"]
        );
        assert_eq!(&*settings.domain("MAIL.acme.example").unwrap(), "mail.acme.example");
        for name in ["", ".", "acme.example", "x.mail.acme.example"] {
            let error = settings.domain(name).unwrap_err();
            assert_eq!(error.to_string(), format!("Domain not found: {name}"));
        }
    }

    #[test]
    fn a_subaccount_is_found_by_its_exact_name() {
        let settings = Settings { subaccounts: ["läden".into()].into(), ..Settings::default() };
        let find = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            settings.subaccount(&HeaderMap::from_iter([("x-mailgun-on-behalf-of".parse().unwrap(), value)]))
        };
        assert_eq!(settings.subaccount(&HeaderMap::new()).unwrap(), None);
        assert_eq!(find(b"").unwrap(), None);
        assert_eq!(find("läden".as_bytes()).unwrap().as_deref(), Some("läden"));
        for (value, shown) in
            [("läde".as_bytes(), "läde"), ("Läden".as_bytes(), "Läden"), (b"l\xe4den", "l\u{fffd}den")]
        {
            assert_eq!(find(value).unwrap_err().to_string(), format!("Subaccount not found: {shown}"));
        }
    }
}
