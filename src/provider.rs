//! Mailbox providers (ESP): who takes the mail to a recipient domain.
//!
//! A provider is found in a table, never on the network:
//!
//! 1. by the **recipient domain** ([`of_domain`]): `gmail.com` is Google. A rule is about just its domain
//!    (`mail.gmail.com` is not Google), except where it says that the domains below belong to the provider as well;
//! 2. for other domains, by their **MX hosts** ([`of_mx_hosts`]), if the host platform knows them: a rule is about its
//!    host and those below it, and the longest one decides. So `aspmx.l.google.com` is Google Workspace, and
//!    `gmail-smtp-in.l.google.com` is Google.
//!
//! Names match in whole labels: `byteme.com` is not Apple's `me.com`. Case, one trailing dot and the script of an
//! internationalised name do not matter; names are compared in lower case and as A-labels ([RFC 5890]). Lower-casing is
//! all that is mapped: a name that the full mapping of UTS 46 would change further (letters composed of several
//! characters, full-width letters, other dots) matches nothing. Nor does what is no name: an empty text, an address, an
//! IP literal. Where nothing matches there is no provider, and a report shows the group without one.
//!
//! **Gateways and forwarders are told from mailboxes** by [kind](ProviderKind): mail to a domain behind Mimecast is
//! taken by Mimecast, and who keeps it is not known outside.
//!
//! # The table
//!
//! Providers are named by their plain current brand. Every rule names its [sources](Rule::sources): data sets under MIT,
//! BSD and Apache licences, and names seen in published mail; [`Source`] tells each. The data is of [`DATA_VERSION`].
//! It is not complete and ages; a host adds what it knows in [`Providers`].
//!
//! ```
//! use mailtally::provider::{Provider, ProviderKind};
//! use mailtally::provider;
//!
//! assert_eq!(provider::of_domain("GMail.com.").map(Provider::name), Some("Google"));
//! assert_eq!(provider::of_domain("acme.example"), None);
//!
//! let hosts = ["acme-example.mail.protection.outlook.com"];
//! let provider = provider::of_recipient("acme.example", hosts).expect("a host of the table");
//! assert_eq!((provider.name(), provider.kind()), ("Microsoft 365", ProviderKind::Hosted));
//! assert_eq!(provider.family(), Some("Microsoft"));
//! ```
//!
//! [RFC 5890]: https://www.rfc-editor.org/rfc/rfc5890#section-2.3.2.1

use std::borrow::Cow;
use std::fmt;

mod index;
mod kind;
mod name;
mod providers;
mod punycode;
mod rule;
mod table;

pub use kind::ProviderKind;
pub use providers::Providers;
pub use rule::{Match, Rule, Source};

/// The date of the newest data in the built-in table.
pub const DATA_VERSION: &str = "2026-07-13";

/// Someone who takes mail for others.
///
/// Two providers are equal if all that is known of them is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    name: Cow<'static, str>,
    kind: ProviderKind,
    family: Option<Cow<'static, str>>,
    complaints: Option<ComplaintReports>,
}

/// Whether a provider sends complaint reports, and where that is known from; without a source, from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ComplaintReports {
    sent: bool,
    source: Option<Source>,
}

impl Provider {
    /// A provider for a table of the host's own, of no family, and not known to report complaints or not.
    ///
    /// An empty name is no provider: an event does not keep it.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: ProviderKind) -> Self {
        Self { name: name.into(), kind, family: None, complaints: None }
    }

    /// Sets the family.
    #[must_use]
    pub fn with_family(mut self, family: impl Into<Cow<'static, str>>) -> Self {
        self.family = Some(family.into());
        self
    }

    /// Sets whether complaints are reported, on the host's word.
    #[must_use]
    pub fn with_complaint_reports(mut self, sent: bool) -> Self {
        self.complaints = Some(ComplaintReports { sent, source: None });
        self
    }

    /// The name in events, reports and filters: the plain current brand, such as `Google`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does with the mail.
    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// The house that it belongs to, where that has several providers: `Google` for Google and for Google Workspace.
    pub fn family(&self) -> Option<&str> {
        self.family.as_deref()
    }

    /// Whether it tells senders, message by message, that a recipient called their mail spam
    /// ([RFC 5965](https://www.rfc-editor.org/rfc/rfc5965) reports); `None` where that is not known.
    ///
    /// Complaints can be counted only where they are reported, so an honest complaint rate is one over the mail to
    /// providers that do.
    ///
    /// ```
    /// use mailtally::provider::Provider;
    /// use mailtally::provider;
    ///
    /// let reports = |name| provider::named(name).and_then(Provider::reports_complaints);
    /// assert_eq!(reports("Yahoo"), Some(true));
    /// assert_eq!(reports("Google"), Some(false));
    /// assert_eq!(reports("Naver"), None);
    /// ```
    pub fn reports_complaints(&self) -> Option<bool> {
        self.complaints.map(|complaints| complaints.sent)
    }

    /// Where it is known from whether complaints are reported; `None` if it is not known, or the host said so.
    pub fn complaints_source(&self) -> Option<Source> {
        self.complaints.and_then(|complaints| complaints.source)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Who takes the mail to a recipient domain; `None` if the table has no rule for it.
///
/// ```
/// use mailtally::provider::Provider;
/// use mailtally::provider;
///
/// assert_eq!(provider::of_domain("hotmail.co.uk").map(Provider::name), Some("Outlook"));
/// assert_eq!(provider::of_domain("mail.gmail.com"), None);
/// assert_eq!(provider::of_domain("byteme.com"), None);
/// ```
pub fn of_domain(domain: &str) -> Option<&'static Provider> {
    rule_of_domain(domain).map(Rule::provider)
}

/// Who runs a mail exchanger; `None` if the table has no rule for it.
///
/// ```
/// use mailtally::provider::Provider;
/// use mailtally::provider;
///
/// let name = |host| provider::of_mx(host).map(Provider::name);
/// assert_eq!(name("alt4.aspmx.l.google.com"), Some("Google Workspace"));
/// assert_eq!(name("inbound-smtp.eu-west-1.amazonaws.com"), Some("Amazon SES"));
/// assert_eq!(name("ec2-192-0-2-1.compute.amazonaws.com"), None);
/// ```
pub fn of_mx(host: &str) -> Option<&'static Provider> {
    rule_of_mx(host).map(Rule::provider)
}

/// Who runs all of these mail exchangers; `None` if there are none, or one is unknown, or they do not agree.
///
/// A backup at another provider therefore leaves a domain without one. A host that knows the preferences of its MX
/// records may give only the hosts with the lowest.
///
/// ```
/// use mailtally::provider::Provider;
/// use mailtally::provider;
///
/// let name = |hosts: &[&str]| provider::of_mx_hosts(hosts).map(Provider::name);
/// assert_eq!(name(&["aspmx.l.google.com", "aspmx2.googlemail.com"]), Some("Google Workspace"));
/// assert_eq!(name(&["aspmx.l.google.com", "us-smtp-inbound-1.mimecast.com"]), None);
/// ```
pub fn of_mx_hosts(hosts: impl IntoIterator<Item: AsRef<str>>) -> Option<&'static Provider> {
    agreed(hosts.into_iter().map(|host| of_mx(host.as_ref())))
}

/// Who takes the mail to a recipient domain with these mail exchangers: by the domain or, if that has no rule, by all of
/// the hosts.
///
/// The domain goes first, since it tells more: the hosts of mail.com look like those of GMX.
pub fn of_recipient(
    domain: &str,
    mx_hosts: impl IntoIterator<Item: AsRef<str>>,
) -> Option<&'static Provider> {
    of_domain(domain).or_else(|| of_mx_hosts(mx_hosts))
}

/// The rule by which [`of_domain`] finds a provider.
pub fn rule_of_domain(domain: &str) -> Option<&'static Rule> {
    index::DOMAINS.longest(&name::normal(domain)?)
}

/// The rule by which [`of_mx`] finds a provider.
pub fn rule_of_mx(host: &str) -> Option<&'static Rule> {
    index::HOSTS.longest(&name::normal(host)?)
}

/// The built-in provider of just this name, as events and reports carry it.
pub fn named(name: &str) -> Option<&'static Provider> {
    let place = table::TABLE.binary_search_by(|listed| listed.provider.name().cmp(name)).ok()?;
    Some(&table::TABLE[place].provider)
}

/// Every built-in provider, in the order of the names' octets.
pub fn all() -> impl Iterator<Item = &'static Provider> {
    table::TABLE.iter().map(|listed| &listed.provider)
}

/// Every built-in rule: those for recipient domains, then those for MX hosts, each in the order of their values.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    index::DOMAINS.rules.iter().chain(index::HOSTS.rules)
}

/// The provider that every search found, if there was one and all found the same.
fn agreed<'a>(mut found: impl Iterator<Item = Option<&'a Provider>>) -> Option<&'a Provider> {
    let first = found.next()??;
    found.all(|other| other == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(domain: &str) -> Option<&'static str> {
        of_domain(domain).map(Provider::name)
    }

    fn mx(host: &str) -> Option<&'static str> {
        of_mx(host).map(Provider::name)
    }

    #[test]
    fn a_recipient_domain_leads_to_its_provider() {
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
    fn a_domain_that_only_looks_like_one_of_a_provider_is_not() {
        for name in [
            "byteme.com",
            "acname.com",
            "germanymail.com",
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
    fn of_amazons_hosts_only_those_that_take_mail_are_a_provider() {
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
    fn what_is_no_name_has_no_provider() {
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
            assert_eq!((of_domain(text), of_mx(text)), (None, None), "{text:?}");
        }
        assert_eq!(domain(&format!("{}.rr.com", "a".repeat(64))), None);
        assert_eq!(domain(&format!("{}.rr.com", "a".repeat(63))), Some("Spectrum"));
    }

    #[test]
    fn all_hosts_must_be_known_and_agree() {
        let of = |hosts: &[&str]| of_mx_hosts(hosts).map(Provider::name);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["mx0.gmx.com", "mx1.gmx.net."]), Some("GMX"));
        assert_eq!(of(&["mx0.gmx.com", "mx.acme.example"]), None);
        assert_eq!(of(&["mx.acme.example", "mx0.gmx.com"]), None);
        assert_eq!(of(&["mx.acme.example", "mx.acme.example"]), None);
        assert_eq!(of(&["mx0.gmx.com", "aspmx.l.google.com"]), None);
    }

    #[test]
    fn the_domain_goes_before_the_hosts() {
        let of = |domain, hosts: &[&str]| of_recipient(domain, hosts).map(Provider::name);
        assert_eq!(of("mail.com", &["mx0.gmx.com"]), Some("mail.com"));
        assert_eq!(of("acme.example", &["mx0.gmx.com"]), Some("GMX"));
        assert_eq!(of("acme.example", &[]), None);
    }

    #[test]
    fn gateways_and_forwarders_are_told_from_mailboxes() {
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
    fn every_provider_that_the_dialects_name_is_reached_by_a_rule() {
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
                Match::Domain | Match::DomainAndBelow => {
                    (rule_of_domain(rule.value()), of_domain(rule.value()))
                }
                Match::Mx => (rule_of_mx(rule.value()), of_mx(rule.value())),
                Match::MxNamed(label) => {
                    let host = format!("{label}.region.{}", rule.value());
                    (rule_of_mx(&host), of_mx(&host))
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
    fn what_is_known_of_complaint_reports_has_a_source() {
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
        fn any_text_has_a_provider_or_none_whatever_its_case_and_last_dot(text in any::<String>()) {
            let (upper, dotted) = (text.to_ascii_uppercase(), format!("{text}."));
            prop_assert_eq!(of_domain(&text), of_domain(&upper));
            prop_assert_eq!(of_mx(&text), of_mx(&upper));
            if !text.ends_with('.') {
                prop_assert_eq!(of_domain(&text), of_domain(&dotted));
                prop_assert_eq!(of_mx(&text), of_mx(&dotted));
            }
        }

        #[test]
        fn a_rule_is_found_below_its_value_and_never_within_a_label(
            at in any::<prop::sample::Index>(), label in "[a-zA-Z0-9-]{1,20}", dot in any::<bool>(),
        ) {
            let rule = *at.get(&rules().collect::<Vec<_>>());
            let value = if dot { format!("{}.", rule.value().to_uppercase()) } else { rule.value().to_owned() };
            let found = |name: &str| match rule.matches() {
                Match::Domain | Match::DomainAndBelow => rule_of_domain(name),
                Match::Mx | Match::MxNamed(_) => rule_of_mx(name),
            };
            let is_rule = |name: &str| found(name).is_some_and(|found| std::ptr::eq(found, rule));
            let (before, after, below) =
                (format!("{label}{value}"), format!("{value}{label}"), format!("x.z{label}.{value}"));
            prop_assert!(!is_rule(&before));
            prop_assert!(!is_rule(&after));
            prop_assert_eq!(is_rule(&below), matches!(rule.matches(), Match::DomainAndBelow | Match::Mx));
        }
    }
}
