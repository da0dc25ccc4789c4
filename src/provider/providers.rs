//! A table of providers that a host can add to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::index::{self, Index};
use super::{Provider, agreed, name};
use crate::parse_error::ParseError;

/// A table of providers: the built-in one, or none, and what the host adds.
///
/// Of the rules that match, the one with the longest value decides; of two with the same value, the host's. A rule that
/// is added twice counts as it was added last. Names may be written in any case, with or without a trailing dot, and in
/// any script.
///
/// ```
/// use mailtally::provider::{Provider, ProviderKind, Providers};
///
/// let acme = Provider::new("Acme Mail", ProviderKind::Hosted);
/// let providers = Providers::builtin()
///     .with_domain("bücher.example", acme.clone())?
///     .with_domains_below("acme.example", acme.clone())?
///     .with_mx("mx.acme.example", acme)?;
/// let name = |provider: Option<&Provider>| provider.map(|provider| provider.name().to_owned());
/// assert_eq!(name(providers.of_domain("BÜCHER.example.")).as_deref(), Some("Acme Mail"));
/// assert_eq!(name(providers.of_domain("shop.acme.example")).as_deref(), Some("Acme Mail"));
/// assert_eq!(name(providers.of_mx("in-7.mx.acme.example")).as_deref(), Some("Acme Mail"));
/// assert_eq!(name(providers.of_domain("gmail.com")).as_deref(), Some("Google"));
/// # Ok::<(), mailtally::ParseError>(())
/// ```
///
/// An [`Event`](crate::Event) looks its provider up in the built-in table; what another table says is set with
/// [`Event::provider`](crate::Event::provider).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers {
    builtin: bool,
    domains: BTreeMap<String, Provider>,
    domains_and_below: BTreeMap<String, Provider>,
    mx: BTreeMap<String, Provider>,
}

impl Providers {
    /// The built-in table, to add to.
    pub fn builtin() -> Self {
        Self { builtin: true, ..Self::empty() }
    }

    /// A table without any rule.
    pub fn empty() -> Self {
        Self {
            builtin: false,
            domains: BTreeMap::new(),
            domains_and_below: BTreeMap::new(),
            mx: BTreeMap::new(),
        }
    }

    /// Adds: mail to just this recipient domain goes to `provider`.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if `domain` is no domain name.
    pub fn with_domain(mut self, domain: &str, provider: Provider) -> Result<Self, ParseError> {
        self.domains.insert(normal(domain, "recipient domain")?, provider);
        Ok(self)
    }

    /// Adds: mail to this recipient domain and to every domain below it goes to `provider`.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if `domain` is no domain name.
    pub fn with_domains_below(mut self, domain: &str, provider: Provider) -> Result<Self, ParseError> {
        self.domains_and_below.insert(normal(domain, "recipient domain")?, provider);
        Ok(self)
    }

    /// Adds: mail for which this host, or one below it, is the mail exchanger goes to `provider`.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if `host` is no host name.
    pub fn with_mx(mut self, host: &str, provider: Provider) -> Result<Self, ParseError> {
        self.mx.insert(normal(host, "MX host")?, provider);
        Ok(self)
    }

    /// Who takes the mail to a recipient domain, as [`of_domain`](super::of_domain) finds it in the built-in table.
    pub fn of_domain(&self, domain: &str) -> Option<&Provider> {
        let name = name::normal(domain)?;
        let exact = self.domains.get(&*name);
        exact.or_else(|| self.longest(&self.domains_and_below, &index::DOMAINS, &name))
    }

    /// Who runs a mail exchanger, as [`of_mx`](super::of_mx) finds it in the built-in table.
    pub fn of_mx(&self, host: &str) -> Option<&Provider> {
        let name = name::normal(host)?;
        self.longest(&self.mx, &index::HOSTS, &name)
    }

    /// Who runs all of these mail exchangers, as [`of_mx_hosts`](super::of_mx_hosts) finds it in the built-in table.
    pub fn of_mx_hosts(&self, hosts: impl IntoIterator<Item: AsRef<str>>) -> Option<&Provider> {
        agreed(hosts.into_iter().map(|host| self.of_mx(host.as_ref())))
    }

    /// Who takes the mail to a recipient, as [`of_recipient`](super::of_recipient) finds it in the built-in table.
    pub fn of_recipient(
        &self,
        domain: &str,
        mx_hosts: impl IntoIterator<Item: AsRef<str>>,
    ) -> Option<&Provider> {
        self.of_domain(domain).or_else(|| self.of_mx_hosts(mx_hosts))
    }

    /// The provider at the longest suffix of `name`, the host's before the built-in one.
    fn longest<'a>(
        &'a self,
        own: &'a BTreeMap<String, Provider>,
        builtin: &'static Index,
        name: &str,
    ) -> Option<&'a Provider> {
        let builtin = self.builtin.then_some(builtin);
        name::suffixes(name).find_map(|suffix| {
            own.get(suffix).or_else(|| builtin?.at(suffix, name).map(|rule| rule.provider))
        })
    }
}

/// The normal form of a name that the host gave.
fn normal(text: &str, subject: &'static str) -> Result<String, ParseError> {
    let expected = "a name such as `mail.example`, without address, path or port";
    name::normal(text).map(Cow::into_owned).ok_or_else(|| ParseError::new(subject, text, expected))
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
            .and_then(|providers| providers.with_domains_below("rr.com", acme()))
            .and_then(|providers| providers.with_mx("l.google.com", acme()))
            .and_then(|providers| providers.with_mx("pphosted.com", acme()))
            .unwrap();
        for (domain, expected) in [
            ("gmail.com", Some("Acme")),
            ("googlemail.com", Some("Google")),
            ("mail.gmail.com", None),
            ("rr.com", Some("Acme")),
            ("tampabay.rr.com", Some("Acme")),
        ] {
            assert_eq!(name(providers.of_domain(domain)), expected, "{domain}");
        }
        for (host, expected) in [
            ("mx0a-1.pphosted.com", Some("Acme")),
            ("smtp.l.google.com", Some("Acme")),
            ("aspmx.l.google.com", Some("Google Workspace")),
            ("smtp.google.com", Some("Google Workspace")),
            ("mx.acme.example", None),
        ] {
            assert_eq!(name(providers.of_mx(host)), expected, "{host}");
        }
    }

    #[test]
    fn a_shorter_rule_of_the_host_leaves_a_longer_built_in_one_as_it_is() {
        let providers = Providers::builtin().with_domains_below("com", acme()).unwrap();
        assert_eq!(name(providers.of_domain("gmail.com")), Some("Google"));
        assert_eq!(name(providers.of_domain("tampabay.rr.com")), Some("Spectrum"));
        assert_eq!(name(providers.of_domain("mail.gmail.com")), Some("Acme"));
    }

    #[test]
    fn a_domain_alone_wins_over_the_same_domain_with_those_below() {
        let other = Provider::new("Other", ProviderKind::Isp);
        let providers = Providers::empty()
            .with_domain("acme.example", acme())
            .and_then(|providers| providers.with_domains_below("acme.example", other))
            .unwrap();
        assert_eq!(name(providers.of_domain("acme.example")), Some("Acme"));
        assert_eq!(name(providers.of_domain("a.b.acme.example")), Some("Other"));
        assert_eq!(name(providers.of_domain("notacme.example")), None);
    }

    #[test]
    fn what_is_added_last_counts() {
        let providers = Providers::empty()
            .with_domain("a.example", acme())
            .and_then(|providers| providers.with_domain("A.example.", acme().with_family("Acme Group")))
            .unwrap();
        assert_eq!(providers.of_domain("a.example").and_then(Provider::family), Some("Acme Group"));
    }

    #[test]
    fn an_internationalised_domain_is_found_however_it_is_written() {
        for rule in ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example"] {
            let providers = Providers::empty().with_domain(rule, acme()).unwrap();
            for domain in
                ["bücher.example", "BÜCHER.EXAMPLE.", "xn--bcher-kva.example", "XN--Bcher-kva.example"]
            {
                assert_eq!(name(providers.of_domain(domain)), Some("Acme"), "{rule} {domain}");
            }
            assert_eq!(providers.of_domain("bucher.example"), None);
        }
    }

    #[test]
    fn hosts_agree_and_domains_go_first_in_a_table_of_the_host_too() {
        let providers = Providers::builtin().with_mx("mx.acme.example", acme()).unwrap();
        let hosts = ["a.mx.acme.example", "b.mx.acme.example"];
        assert_eq!(name(providers.of_mx_hosts(hosts)), Some("Acme"));
        assert_eq!(providers.of_mx_hosts(["a.mx.acme.example", "aspmx.l.google.com"]), None);
        assert_eq!(name(providers.of_recipient("shop.example", hosts)), Some("Acme"));
        assert_eq!(name(providers.of_recipient("gmail.com", hosts)), Some("Google"));
    }

    #[test]
    fn an_empty_table_knows_nobody() {
        assert_eq!(Providers::empty().of_domain("gmail.com"), None);
        assert_eq!(Providers::empty().of_mx("aspmx.l.google.com"), None);
    }

    #[test]
    fn what_is_no_name_is_refused_with_what_was_found() {
        let error = Providers::empty().with_domain("jo@acme.example", acme()).unwrap_err();
        let expected = "expected a name such as `mail.example`, without address, path or port";
        assert_eq!(error.to_string(), format!("unknown recipient domain `jo@acme.example`, {expected}"));
        let error = Providers::empty().with_domains_below("", acme()).unwrap_err();
        assert_eq!(error.to_string(), format!("unknown recipient domain ``, {expected}"));
        let error = Providers::empty().with_mx("192.0.2.1", acme()).unwrap_err();
        assert_eq!(error.to_string(), format!("unknown MX host `192.0.2.1`, {expected}"));
    }

    proptest! {
        #[test]
        fn without_additions_the_answers_are_those_of_the_built_in_table(
            prefix in "([a-z]{1,3}\\.?){0,2}", text in "\\PC{0,20}", at in any::<prop::sample::Index>(),
        ) {
            let (providers, rules) = (Providers::builtin(), provider::rules().collect::<Vec<_>>());
            for name in [format!("{prefix}{}", at.get(&rules).value()), text] {
                prop_assert_eq!(providers.of_domain(&name), provider::of_domain(&name));
                prop_assert_eq!(providers.of_mx(&name), provider::of_mx(&name));
            }
        }
    }
}
