//! Mailbox providers: who receives the mail for a recipient domain.
//!
//! A provider is looked up in a table, never on the network:
//!
//! 1. by the **recipient domain** ([`for_recipient_domain`]): `gmail.com` is Google. Most rules cover one domain without
//!    its subdomains (`mail.gmail.com` is not Google); a few cover the subdomains, too;
//! 2. for other domains by their **MX hosts** ([`for_mx_hosts`]), where the caller knows them. A rule covers its host and
//!    the hosts below it, and the rule with the longest value wins: `aspmx.l.google.com` is Google Workspace, and
//!    `gmail-smtp-in.l.google.com` is Google.
//!
//! Names match by whole labels: `byteme.com` is not Apple's `me.com`. They are compared in lower case, without one
//! trailing dot, and as A-labels ([RFC 5890]), so `bücher.example` and `xn--bcher-kva.example` are the same domain.
//! Lower-casing is the only mapping: a name that UTS 46 would map further (full-width letters, letters with combining
//! marks, other dots) matches nothing. A text that is no domain name (an empty text, an address, an IP literal) matches
//! nothing either. Where nothing matches there is no provider, and a report counts the mail in the group `None`.
//!
//! The [kind](ProviderKind) tells gateways and forwarders from mailboxes: mail to a domain behind Mimecast is received by
//! Mimecast, and senders cannot see where its mailboxes are.
//!
//! # The table
//!
//! Providers have the names of their current brands. Every rule names its [sources](Rule::sources): data sets under MIT,
//! ISC, BSD and Apache licences, facts from others, and names seen in published mail; [`Source`] describes each. The newest data is of
//! [`DATA_VERSION`]. The table is not complete, and it ages; a host adds its own rules with [`Providers`].
//!
//! ```
//! use mailtally::provider::{self, Provider, ProviderKind};
//!
//! assert_eq!(provider::for_recipient_domain("GMail.com.").map(Provider::name), Some("Google"));
//! assert_eq!(provider::for_recipient_domain("acme.example"), None);
//!
//! let hosts = ["acme-example.mail.protection.outlook.com"];
//! let provider = provider::for_recipient("acme.example", hosts).expect("a host of the table");
//! assert_eq!((provider.name(), provider.kind()), ("Microsoft 365", ProviderKind::Hosted));
//! assert_eq!(provider.family(), Some("Microsoft"));
//! ```
//!
//! [RFC 5890]: https://www.rfc-editor.org/rfc/rfc5890#section-2.3.2.1

use std::borrow::Cow;
use std::fmt;

use self::rule::RuleMap;

mod kind;
mod name;
mod providers;
#[cfg(test)]
mod published;
mod rule;
mod table;

pub use kind::ProviderKind;
pub use providers::Providers;
pub use rule::{Match, Rule, Source};

/// The date of the newest data in the built-in table, as `YYYY-MM-DD`.
pub const DATA_VERSION: &str = "2026-08-08";

/// A mailbox provider, or a gateway or forwarder in front of one.
///
/// Two providers are equal if all their fields are equal, not only their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    name: Cow<'static, str>,
    kind: ProviderKind,
    family: Option<Cow<'static, str>>,
    complaints: Option<ComplaintReports>,
}

/// Whether a provider sends complaint reports, and the source of that; no source if the host set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ComplaintReports {
    sent: bool,
    source: Option<Source>,
}

impl Provider {
    /// Makes a provider without a family, of which it is unknown whether it sends complaint reports.
    ///
    /// Events do not keep an empty name: they have no provider then.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: ProviderKind) -> Self {
        Self { name: name.into(), kind, family: None, complaints: None }
    }

    /// Sets the family.
    #[must_use]
    pub fn with_family(mut self, family: impl Into<Cow<'static, str>>) -> Self {
        self.family = Some(family.into());
        self
    }

    /// Sets whether the provider sends complaint reports, without a source.
    #[must_use]
    pub fn with_complaint_reports(mut self, sent: bool) -> Self {
        self.complaints = Some(ComplaintReports { sent, source: None });
        self
    }

    /// The name in events, reports and filters: the current brand, such as `Google`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the provider does with the mail.
    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// The company, where it has several providers: `Google` for Google and for Google Workspace. `None` for a provider
    /// that is the only one of its company.
    pub fn family(&self) -> Option<&str> {
        self.family.as_deref()
    }

    /// Whether the provider sends a report for each message that a recipient marks as spam
    /// ([RFC 5965](https://www.rfc-editor.org/rfc/rfc5965)); `None` if that is unknown.
    ///
    /// Complaints can be counted only where they are reported, so a meaningful complaint rate is over the mail to
    /// providers that report them.
    ///
    /// ```
    /// use mailtally::provider::{self, Provider};
    ///
    /// let reports = |name| provider::named(name).and_then(Provider::reports_complaints);
    /// assert_eq!(reports("Yahoo"), Some(true));
    /// assert_eq!(reports("Google"), Some(false));
    /// assert_eq!(reports("Naver"), None);
    /// ```
    pub fn reports_complaints(&self) -> Option<bool> {
        self.complaints.map(|complaints| complaints.sent)
    }

    /// The source of [`Provider::reports_complaints`]; `None` if that is unknown or was set by the host.
    pub fn complaints_source(&self) -> Option<Source> {
        self.complaints.and_then(|complaints| complaints.source)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Returns the provider that receives the mail for a recipient domain; `None` if no built-in rule covers the domain.
///
/// ```
/// use mailtally::provider::{self, Provider};
///
/// assert_eq!(provider::for_recipient_domain("hotmail.co.uk").map(Provider::name), Some("Outlook"));
/// assert_eq!(provider::for_recipient_domain("mail.gmail.com"), None);
/// assert_eq!(provider::for_recipient_domain("byteme.com"), None);
/// ```
pub fn for_recipient_domain(domain: &str) -> Option<&'static Provider> {
    rule_for_recipient_domain(domain).map(Rule::provider)
}

/// Returns the provider that runs an MX host; `None` if no built-in rule covers the host.
///
/// ```
/// use mailtally::provider::{self, Provider};
///
/// let name = |host| provider::for_mx_host(host).map(Provider::name);
/// assert_eq!(name("alt4.aspmx.l.google.com"), Some("Google Workspace"));
/// assert_eq!(name("inbound-smtp.eu-west-1.amazonaws.com"), Some("Amazon SES"));
/// assert_eq!(name("ec2-192-0-2-1.compute.amazonaws.com"), None);
/// ```
pub fn for_mx_host(host: &str) -> Option<&'static Provider> {
    rule_for_mx_host(host).map(Rule::provider)
}

/// Returns the provider that runs all of the MX hosts; `None` if `hosts` is empty, if no built-in rule covers one of
/// them, or if they have different providers.
///
/// So a domain with a backup host at another provider has none. A caller that knows the preferences of the MX records
/// may pass only the hosts with the lowest.
///
/// ```
/// use mailtally::provider::{self, Provider};
///
/// let name = |hosts: &[&str]| provider::for_mx_hosts(hosts).map(Provider::name);
/// assert_eq!(name(&["aspmx.l.google.com", "aspmx2.googlemail.com"]), Some("Google Workspace"));
/// assert_eq!(name(&["aspmx.l.google.com", "us-smtp-inbound-1.mimecast.com"]), None);
/// ```
pub fn for_mx_hosts(hosts: impl IntoIterator<Item: AsRef<str>>) -> Option<&'static Provider> {
    unanimous(hosts.into_iter().map(|host| for_mx_host(host.as_ref())))
}

/// Returns the provider for a recipient domain with these MX hosts: the provider of the domain or, if no rule covers
/// it, the provider that all the hosts have in common.
///
/// The domain comes first because it is more specific: mail.com and GMX have MX hosts in common.
///
/// ```
/// use mailtally::provider::{self, Provider};
///
/// let name = |domain| provider::for_recipient(domain, ["mx0.gmx.com"]).map(Provider::name);
/// assert_eq!(name("mail.com"), Some("mail.com"));
/// assert_eq!(name("acme.example"), Some("GMX"));
/// ```
pub fn for_recipient(
    domain: &str,
    mx_hosts: impl IntoIterator<Item: AsRef<str>>,
) -> Option<&'static Provider> {
    for_recipient_domain(domain).or_else(|| for_mx_hosts(mx_hosts))
}

/// Returns the built-in rule that covers a recipient domain, as [`for_recipient_domain`] applies it.
pub fn rule_for_recipient_domain(domain: &str) -> Option<&'static Rule> {
    rule::longest_match(&table::DOMAIN_RULES, &name::normalize(domain)?)
}

/// Returns the built-in rule with the longest value that covers an MX host, as [`for_mx_host`] applies it.
pub fn rule_for_mx_host(host: &str) -> Option<&'static Rule> {
    rule::longest_match(&table::MX_HOST_RULES, &name::normalize(host)?)
}

/// Returns the built-in provider with exactly this [name](Provider::name); the case matters.
pub fn named(name: &str) -> Option<&'static Provider> {
    let index = table::PROVIDERS.binary_search_by(|provider| provider.name().cmp(name)).ok()?;
    Some(&table::PROVIDERS[index])
}

/// Returns every built-in provider, sorted by name in the order of [`str`].
pub fn all() -> impl Iterator<Item = &'static Provider> {
    table::PROVIDERS.iter()
}

/// Returns every built-in rule: those for recipient domains, then those for MX hosts, each sorted by value.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let sorted = |rules: &'static RuleMap| {
        let mut rules: Vec<&Rule> = rules.values().collect();
        rules.sort_unstable_by_key(|rule| rule.value);
        rules.into_iter()
    };
    sorted(&table::DOMAIN_RULES).chain(sorted(&table::MX_HOST_RULES))
}

/// Returns the provider that all items have in common; `None` if there are no items or one is `None`.
fn unanimous<'a>(mut found: impl Iterator<Item = Option<&'a Provider>>) -> Option<&'a Provider> {
    let first = found.next()??;
    found.all(|other| other == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(domain: &str) -> Option<&'static str> {
        for_recipient_domain(domain).map(Provider::name)
    }

    fn mx(host: &str) -> Option<&'static str> {
        for_mx_host(host).map(Provider::name)
    }

    #[test]
    fn a_recipient_domain_has_its_provider() {
        for (name, provider) in [
            ("gmail.com", "Google"),
            ("googlemail.com", "Google"),
            ("outlook.com", "Outlook"),
            ("live.jp", "Outlook"),
            ("yahoo.co.uk", "Yahoo"),
            ("yahoo.co.jp", "Yahoo! JAPAN"),
            ("aol.com", "AOL"),
            ("me.com", "iCloud"),
            ("pm.me", "Proton Mail"),
            ("fea.st", "Fastmail"),
            ("gmx.net", "GMX"),
            ("web.de", "WEB.DE"),
            ("usa.com", "mail.com"),
            ("qq.com", "QQ Mail"),
            ("163.com", "NetEase"),
            ("rr.com", "Spectrum"),
            ("tampabay.rr.com", "Spectrum"),
            ("privaterelay.appleid.com", "Apple Private Relay"),
        ] {
            assert_eq!(domain(name), Some(provider), "{name}");
        }
    }

    #[test]
    fn a_domain_that_resembles_that_of_a_provider_has_none() {
        for name in [
            "byteme.com",
            "acname.com",
            "xmail.com",
            "mail.gmail.com",
            "gmail.com.example",
            "gmail",
            "com",
            "notgmail.com",
            "gmail.co",
            "xrr.com",
            "google.com",
            "aspmx.l.google.com",
            "",
        ] {
            assert_eq!(domain(name), None, "{name}");
        }
    }

    #[test]
    fn the_longest_suffix_of_a_host_decides() {
        for (host, provider) in [
            ("gmail-smtp-in.l.google.com", "Google"),
            ("alt3.gmail-smtp-in.l.google.com", "Google"),
            ("aspmx.l.google.com", "Google Workspace"),
            ("alt1.aspmx.l.google.com", "Google Workspace"),
            ("aspmx3.googlemail.com", "Google Workspace"),
            ("smtp.google.com", "Google Workspace"),
            ("outlook-com.olc.protection.outlook.com", "Outlook"),
            ("acme-example.mail.protection.outlook.com", "Microsoft 365"),
            ("acme-example.a1.mx.microsoft", "Microsoft 365"),
            ("mta7.am0.yahoodns.net", "Yahoo"),
            ("mx-aol.mail.gm0.yahoodns.net", "AOL"),
            ("mx0.gmx.com", "GMX"),
            ("mx01.mail.icloud.com", "iCloud"),
            ("li1-2.members.linode.com", "Linode"),
            ("mx1.acme.iphmx.com", "Cisco"),
            ("mx0a-001.pphosted.com", "Proofpoint"),
            ("isaac.mx.cloudflare.net", "Cloudflare Email Routing"),
        ] {
            assert_eq!(mx(host), Some(provider), "{host}");
        }
    }

    #[test]
    fn only_the_hosts_of_amazon_that_receive_mail_have_a_provider() {
        assert_eq!(mx("inbound-smtp.eu-west-1.amazonaws.com"), Some("Amazon SES"));
        assert_eq!(mx("Inbound-SMTP.us-east-1.amazonaws.com."), Some("Amazon SES"));
        for host in [
            "amazonaws.com",
            "ec2-1-2-3-4.compute.amazonaws.com",
            "xinbound-smtp.eu-west-1.amazonaws.com",
            "a.inbound-smtp.eu-west-1.amazonaws.com",
            "inbound-smtp.eu-west-1.notamazonaws.com",
        ] {
            assert_eq!(mx(host), None, "{host}");
        }
    }

    #[test]
    fn an_invalid_domain_name_has_no_provider() {
        for text in [
            "",
            ".",
            " ",
            "a..b",
            "gmail.com..",
            ".gmail.com",
            " gmail.com",
            "gmail.com\r\n",
            "jo@gmail.com",
            "@gmail.com",
            "[192.0.2.1]",
            "192.0.2.1",
            "[IPv6:2001:db8::1]",
            "gmail.com:25",
        ] {
            assert_eq!((for_recipient_domain(text), for_mx_host(text)), (None, None), "{text:?}");
        }
        assert_eq!(domain(&format!("{}.rr.com", "a".repeat(64))), None);
        assert_eq!(domain(&format!("{}.rr.com", "a".repeat(63))), Some("Spectrum"));
    }

    #[test]
    fn all_hosts_must_be_known_and_agree() {
        let name = |hosts: &[&str]| for_mx_hosts(hosts).map(Provider::name);
        assert_eq!(name(&[]), None);
        assert_eq!(name(&["mx0.gmx.com", "mx1.gmx.net."]), Some("GMX"));
        assert_eq!(name(&["mx0.gmx.com", "mx.acme.example"]), None);
        assert_eq!(name(&["mx.acme.example", "mx0.gmx.com"]), None);
        assert_eq!(name(&["mx.acme.example", "mx.acme.example"]), None);
        assert_eq!(name(&["mx0.gmx.com", "aspmx.l.google.com"]), None);
    }

    #[test]
    fn the_domain_comes_before_the_hosts() {
        let name = |domain, hosts: &[&str]| for_recipient(domain, hosts).map(Provider::name);
        assert_eq!(name("mail.com", &["mx0.gmx.com"]), Some("mail.com"));
        assert_eq!(name("acme.example", &["mx0.gmx.com"]), Some("GMX"));
        assert_eq!(name("acme.example", &[]), None);
    }

    #[test]
    fn gateways_and_forwarders_have_kinds_of_their_own() {
        let kind = |name| named(name).map(Provider::kind);
        for name in ["Proofpoint", "Mimecast", "Barracuda", "Symantec", "Cisco"] {
            assert_eq!(kind(name), Some(ProviderKind::Gateway), "{name}");
        }
        for name in ["SimpleLogin", "Apple Private Relay", "Cloudflare Email Routing", "Mailgun"] {
            assert_eq!(kind(name), Some(ProviderKind::Forwarder), "{name}");
        }
        assert_eq!(kind("Google"), Some(ProviderKind::Consumer));
        assert_eq!(kind("Microsoft 365"), Some(ProviderKind::Hosted));
        assert_eq!(kind("Comcast"), Some(ProviderKind::Isp));
    }

    #[test]
    fn every_provider_that_a_dialect_names_has_a_rule() {
        for name in [
            "AOL",
            "Amazon SES",
            "Barracuda",
            "Cisco",
            "Comcast",
            "Fastmail",
            "GMX",
            "GoDaddy",
            "Google",
            "Google Workspace",
            "HEY",
            "Linode",
            "Microsoft 365",
            "Mimecast",
            "Naver",
            "OVHcloud",
            "Outlook",
            "Proofpoint",
            "Proton Mail",
            "Rackspace",
            "Seznam",
            "Spectrum",
            "Symantec",
            "Yahoo",
            "Yandex",
            "Zoho Mail",
            "iCloud",
        ] {
            assert!(rules().any(|rule| rule.provider().name() == name), "{name}");
        }
    }

    #[test]
    fn every_rule_is_found_by_its_own_value() {
        for rule in rules() {
            let (found, provider) = match rule.matches() {
                Match::Domain | Match::DomainAndSubdomains => {
                    (rule_for_recipient_domain(rule.value()), for_recipient_domain(rule.value()))
                }
                Match::MxHost => (rule_for_mx_host(rule.value()), for_mx_host(rule.value())),
                Match::MxHostNamed(label) => {
                    let host = format!("{label}.region.{}", rule.value());
                    (rule_for_mx_host(&host), for_mx_host(&host))
                }
            };
            assert!(found.is_some_and(|found| std::ptr::eq(found, rule)), "{rule:?}");
            assert_eq!(provider, Some(rule.provider()));
        }
    }

    #[test]
    fn every_provider_is_found_by_its_name_and_unknown_names_are_not() {
        assert!(all().all(|provider| named(provider.name()) == Some(provider)));
        assert_eq!((named("Gmail"), named("google"), named("")), (None, None, None));
    }

    #[test]
    fn built_in_facts_about_complaint_reports_have_a_source() {
        let reporting = |sent| {
            let those = all().filter(move |provider| provider.reports_complaints() == Some(sent));
            those.map(Provider::name).collect::<Vec<_>>()
        };
        assert_eq!(reporting(true), ["AOL", "Outlook", "Yahoo"]);
        assert_eq!(reporting(false), ["Google", "iCloud"]);
        assert!(all().all(
            |provider| provider.reports_complaints().is_some() == provider.complaints_source().is_some()
        ));
        let own = Provider::new("Acme", ProviderKind::Hosted).with_complaint_reports(true);
        assert_eq!((own.reports_complaints(), own.complaints_source()), (Some(true), None));
    }

    proptest! {
        #[test]
        fn the_provider_of_any_text_does_not_depend_on_case_or_a_trailing_dot(text in any::<String>()) {
            let (upper, dotted) = (text.to_ascii_uppercase(), format!("{text}."));
            prop_assert_eq!(for_recipient_domain(&text), for_recipient_domain(&upper));
            prop_assert_eq!(for_mx_host(&text), for_mx_host(&upper));
            if !text.ends_with('.') {
                prop_assert_eq!(for_recipient_domain(&text), for_recipient_domain(&dotted));
                prop_assert_eq!(for_mx_host(&text), for_mx_host(&dotted));
            }
        }

        #[test]
        fn a_rule_matches_subdomains_and_never_a_part_of_a_label(
            at in any::<prop::sample::Index>(), label in "[a-zA-Z0-9-]{1,20}", dot in any::<bool>(),
        ) {
            let rule = *at.get(&rules().collect::<Vec<_>>());
            let value = if dot { format!("{}.", rule.value().to_uppercase()) } else { rule.value().to_owned() };
            let found = |name: &str| match rule.matches() {
                Match::Domain | Match::DomainAndSubdomains => rule_for_recipient_domain(name),
                Match::MxHost | Match::MxHostNamed(_) => rule_for_mx_host(name),
            };
            let is_rule = |name: &str| found(name).is_some_and(|found| std::ptr::eq(found, rule));
            let (before, after, below) =
                (format!("{label}{value}"), format!("{value}{label}"), format!("x.z{label}.{value}"));
            prop_assert!(!is_rule(&before));
            prop_assert!(!is_rule(&after));
            prop_assert_eq!(is_rule(&below), matches!(rule.matches(), Match::DomainAndSubdomains | Match::MxHost));
        }
    }
}
