//! A provider table that a host can extend.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::rule::{self, Rule, RuleMap};
use super::table::{DOMAIN_RULES, MX_HOST_RULES};
use super::{Provider, name, unanimous};
use crate::parse_error::ParseError;

/// A table of providers: the built-in rules, or none, and the host's own.
///
/// Of the rules that cover a name, the one with the longest value wins; of two with the same value, the host's. A rule
/// replaces an earlier one of the same kind with the same value. Names may be given in any case, with or without a
/// trailing dot, as A-labels or U-labels.
///
/// ```
/// use mailtally::provider::{Provider, ProviderKind, Providers};
///
/// let acme = Provider::new("Acme Mail", ProviderKind::Hosted);
/// let providers = Providers::builtin()
///     .with_domain("bücher.example", acme.clone())?
///     .with_domain_and_subdomains("acme.example", acme.clone())?
///     .with_mx_host("mx.acme.example", acme)?;
/// let name = |provider: Option<&Provider>| provider.map(|provider| provider.name().to_owned());
/// assert_eq!(name(providers.for_recipient_domain("BÜCHER.example.")).as_deref(), Some("Acme Mail"));
/// assert_eq!(name(providers.for_recipient_domain("shop.acme.example")).as_deref(), Some("Acme Mail"));
/// assert_eq!(name(providers.for_mx_host("in-7.mx.acme.example")).as_deref(), Some("Acme Mail"));
/// assert_eq!(name(providers.for_recipient_domain("gmail.com")).as_deref(), Some("Google"));
/// # Ok::<(), mailtally::ParseError>(())
/// ```
///
/// An [`Event`](crate::Event) looks its provider up in the built-in table. To use another table, set the provider with
/// [`Event::provider`](crate::Event::provider).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers {
    builtin: bool,
    domains: BTreeMap<String, Provider>,
    domains_and_subdomains: BTreeMap<String, Provider>,
    mx_hosts: BTreeMap<String, Provider>,
}

impl Providers {
    /// Returns a table with the built-in rules.
    pub fn builtin() -> Self {
        Self { builtin: true, ..Self::empty() }
    }

    /// Returns a table without rules.
    pub fn empty() -> Self {
        Self {
            builtin: false,
            domains: BTreeMap::new(),
            domains_and_subdomains: BTreeMap::new(),
            mx_hosts: BTreeMap::new(),
        }
    }

    /// Adds a rule for one recipient domain, without its subdomains.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if `domain` is no domain name.
    pub fn with_domain(mut self, domain: &str, provider: Provider) -> Result<Self, ParseError> {
        self.domains.insert(normalize(domain, "recipient domain")?, provider);
        Ok(self)
    }

    /// Adds a rule for a recipient domain and all its subdomains.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if `domain` is no domain name.
    pub fn with_domain_and_subdomains(
        mut self,
        domain: &str,
        provider: Provider,
    ) -> Result<Self, ParseError> {
        self.domains_and_subdomains.insert(normalize(domain, "recipient domain")?, provider);
        Ok(self)
    }

    /// Adds a rule for an MX host and all hosts below it.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if `host` is no host name.
    pub fn with_mx_host(mut self, host: &str, provider: Provider) -> Result<Self, ParseError> {
        self.mx_hosts.insert(normalize(host, "MX host")?, provider);
        Ok(self)
    }

    /// Returns the provider that receives the mail for a recipient domain; `None` if no rule covers the domain.
    pub fn for_recipient_domain(&self, domain: &str) -> Option<&Provider> {
        let name = name::normalize(domain)?;
        let exact = self.domains.get(&*name);
        exact.or_else(|| self.longest_match(&self.domains_and_subdomains, &DOMAIN_RULES, &name))
    }

    /// Returns the provider that runs an MX host; `None` if no rule covers the host.
    pub fn for_mx_host(&self, host: &str) -> Option<&Provider> {
        self.longest_match(&self.mx_hosts, &MX_HOST_RULES, &name::normalize(host)?)
    }

    /// Returns the provider that runs all of the MX hosts; `None` if `hosts` is empty, if no rule covers one of them, or
    /// if they have different providers.
    pub fn for_mx_hosts(&self, hosts: impl IntoIterator<Item: AsRef<str>>) -> Option<&Provider> {
        unanimous(hosts.into_iter().map(|host| self.for_mx_host(host.as_ref())))
    }

    /// Returns the provider for a recipient domain with these MX hosts: the one of the domain or, if no rule covers the
    /// domain, the one of all the hosts.
    pub fn for_recipient(
        &self,
        domain: &str,
        mx_hosts: impl IntoIterator<Item: AsRef<str>>,
    ) -> Option<&Provider> {
        self.for_recipient_domain(domain).or_else(|| self.for_mx_hosts(mx_hosts))
    }

    /// Returns the provider of the longest rule that covers `name`, the host's rule before a built-in one of the same
    /// length.
    fn longest_match<'a>(
        &'a self,
        own: &'a BTreeMap<String, Provider>,
        builtin: &'static RuleMap,
        name: &str,
    ) -> Option<&'a Provider> {
        let builtin = self.builtin.then_some(builtin);
        name::suffixes(name).find_map(|suffix| {
            own.get(suffix).or_else(|| rule::match_suffix(builtin?, suffix, name).map(Rule::provider))
        })
    }
}

/// Normalizes a name that the host gave.
fn normalize(text: &str, subject: &'static str) -> Result<String, ParseError> {
    let name = name::normalize(text).map(Cow::into_owned);
    name.ok_or_else(|| ParseError::invalid(subject, text, "a name such as `mail.example`"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provider::{self, ProviderKind};

    fn acme() -> Provider {
        Provider::new("Acme", ProviderKind::Hosted)
    }

    fn name(provider: Option<&Provider>) -> Option<&str> {
        provider.map(Provider::name)
    }

    #[test]
    fn a_rule_of_the_host_wins_over_a_built_in_one_with_the_same_value() {
        let providers = Providers::builtin()
            .with_domain("GMAIL.com.", acme())
            .and_then(|providers| providers.with_domain_and_subdomains("rr.com", acme()))
            .and_then(|providers| providers.with_mx_host("l.google.com", acme()))
            .and_then(|providers| providers.with_mx_host("pphosted.com", acme()))
            .unwrap();
        for (domain, expected) in [
            ("gmail.com", Some("Acme")),
            ("googlemail.com", Some("Google")),
            ("mail.gmail.com", None),
            ("rr.com", Some("Acme")),
            ("tampabay.rr.com", Some("Acme")),
        ] {
            assert_eq!(name(providers.for_recipient_domain(domain)), expected, "{domain}");
        }
        for (host, expected) in [
            ("mx0a-1.pphosted.com", Some("Acme")),
            ("smtp.l.google.com", Some("Acme")),
            ("aspmx.l.google.com", Some("Google Workspace")),
            ("smtp.google.com", Some("Google Workspace")),
            ("mx.acme.example", None),
        ] {
            assert_eq!(name(providers.for_mx_host(host)), expected, "{host}");
        }
    }

    #[test]
    fn a_longer_built_in_rule_wins_over_a_shorter_one_of_the_host() {
        let providers = Providers::builtin().with_domain_and_subdomains("com", acme()).unwrap();
        assert_eq!(name(providers.for_recipient_domain("gmail.com")), Some("Google"));
        assert_eq!(name(providers.for_recipient_domain("tampabay.rr.com")), Some("Spectrum"));
        assert_eq!(name(providers.for_recipient_domain("mail.gmail.com")), Some("Acme"));
    }

    #[test]
    fn a_rule_for_a_domain_wins_over_one_for_the_domain_and_its_subdomains() {
        let other = Provider::new("Other", ProviderKind::Isp);
        let providers = Providers::empty()
            .with_domain("acme.example", acme())
            .and_then(|providers| providers.with_domain_and_subdomains("acme.example", other))
            .unwrap();
        assert_eq!(name(providers.for_recipient_domain("acme.example")), Some("Acme"));
        assert_eq!(name(providers.for_recipient_domain("a.b.acme.example")), Some("Other"));
        assert_eq!(name(providers.for_recipient_domain("notacme.example")), None);
    }

    #[test]
    fn the_rule_that_is_added_last_counts() {
        let providers = Providers::empty()
            .with_domain("a.example", acme())
            .and_then(|providers| providers.with_domain("A.example.", acme().with_family("Acme Group")))
            .unwrap();
        assert_eq!(
            providers.for_recipient_domain("a.example").and_then(Provider::family),
            Some("Acme Group")
        );
    }

    #[test]
    fn an_internationalised_domain_is_found_in_either_form() {
        for rule in ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example"] {
            let providers = Providers::empty().with_domain(rule, acme()).unwrap();
            for domain in
                ["bücher.example", "BÜCHER.EXAMPLE.", "xn--bcher-kva.example", "XN--Bcher-kva.example"]
            {
                assert_eq!(name(providers.for_recipient_domain(domain)), Some("Acme"), "{rule} {domain}");
            }
            assert_eq!(providers.for_recipient_domain("bucher.example"), None);
        }
    }

    #[test]
    fn in_an_own_table_mx_hosts_must_agree_and_domains_come_first_as_well() {
        let providers = Providers::builtin().with_mx_host("mx.acme.example", acme()).unwrap();
        let hosts = ["a.mx.acme.example", "b.mx.acme.example"];
        assert_eq!(name(providers.for_mx_hosts(hosts)), Some("Acme"));
        assert_eq!(providers.for_mx_hosts(["a.mx.acme.example", "aspmx.l.google.com"]), None);
        assert_eq!(name(providers.for_recipient("shop.example", hosts)), Some("Acme"));
        assert_eq!(name(providers.for_recipient("gmail.com", hosts)), Some("Google"));
    }

    #[test]
    fn an_empty_table_has_no_providers() {
        assert_eq!(Providers::empty().for_recipient_domain("gmail.com"), None);
        assert_eq!(Providers::empty().for_mx_host("aspmx.l.google.com"), None);
    }

    #[test]
    fn an_invalid_domain_name_is_refused() {
        let error = Providers::empty().with_domain("jo@acme.example", acme()).unwrap_err();
        let expected = "expected a name such as `mail.example`";
        assert_eq!(error.to_string(), format!("invalid recipient domain `jo@acme.example`: {expected}"));
        let error = Providers::empty().with_domain_and_subdomains("", acme()).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid recipient domain ``: {expected}"));
        let error = Providers::empty().with_mx_host("192.0.2.1", acme()).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid MX host `192.0.2.1`: {expected}"));
    }

    proptest! {
        #[test]
        fn without_additions_the_answers_are_those_of_the_built_in_table(
            prefix in "([a-z]{1,3}\\.?){0,2}", text in "\\PC{0,20}", at in any::<prop::sample::Index>(),
        ) {
            let (providers, rules) = (Providers::builtin(), provider::rules().collect::<Vec<_>>());
            for name in [format!("{prefix}{}", at.get(&rules).value()), text] {
                prop_assert_eq!(providers.for_recipient_domain(&name), provider::for_recipient_domain(&name));
                prop_assert_eq!(providers.for_mx_host(&name), provider::for_mx_host(&name));
            }
        }
    }
}
