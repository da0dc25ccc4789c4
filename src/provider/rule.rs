//! Rules that lead from a domain or host name to a provider, and the sources of those rules.

use std::collections::HashMap;

use super::{Provider, name};

/// Which names a rule covers, given its [value](Rule::value).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Match {
    /// The recipient domain that equals the value, without its subdomains.
    Domain,
    /// The recipient domain that equals the value, and its subdomains.
    DomainAndSubdomains,
    /// The MX host that equals the value, and the hosts below it.
    MxHost,
    /// The MX hosts below the value whose first label is the given one.
    MxHostNamed(&'static str),
}

impl Match {
    /// Whether the rule is about MX hosts; otherwise it is about recipient domains.
    pub(super) const fn is_mx_host(self) -> bool {
        match self {
            Self::Domain | Self::DomainAndSubdomains => false,
            Self::MxHost | Self::MxHostNamed(_) => true,
        }
    }
}

/// A rule of the built-in table: the names that it covers lead to its provider.
///
/// ```
/// use mailtally::provider::{self, Match, Source};
///
/// let rule = provider::rule_for_mx_host("alt1.gmail-smtp-in.l.google.com").expect("a rule of the table");
/// assert_eq!((rule.matches(), rule.value()), (Match::MxHost, "gmail-smtp-in.l.google.com"));
/// assert_eq!(rule.provider().name(), "Google");
/// assert_eq!(rule.sources(), [Source::Mxsniff, Source::Sisimai]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(super) matches: Match,
    pub(super) value: &'static str,
    pub(super) provider: &'static Provider,
    pub(super) sources: &'static [Source],
    pub(super) note: Option<&'static str>,
}

impl Rule {
    /// Which names the rule covers.
    pub const fn matches(&self) -> Match {
        self.matches
    }

    /// The domain or host name, in lower-case A-labels without a trailing dot.
    pub const fn value(&self) -> &'static str {
        self.value
    }

    /// The provider that the rule leads to.
    pub const fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// The sources of the rule: at least one, in the order of [`Source::ALL`].
    pub const fn sources(&self) -> &'static [Source] {
        self.sources
    }

    /// A remark for readers of the table, such as `retired`; `None` for most rules.
    pub const fn note(&self) -> Option<&'static str> {
        self.note
    }

    /// Whether the rule covers `name`, a normalized name that equals the rule's value or is below it.
    fn covers(&self, name: &str) -> bool {
        match self.matches {
            Match::Domain => name.len() == self.value.len(),
            Match::DomainAndSubdomains | Match::MxHost => true,
            Match::MxHostNamed(label) => name.split('.').next() == Some(label),
        }
    }
}

/// Rules by value.
pub(super) type RuleMap = HashMap<&'static str, Rule>;

/// Returns the rule with the longest value that covers `name`, which must be normalized.
pub(super) fn longest_match<'a>(rules: &'a RuleMap, name: &str) -> Option<&'a Rule> {
    name::suffixes(name).find_map(|suffix| match_suffix(rules, suffix, name))
}

/// Returns the rule whose value is `suffix`, a suffix of `name`, if it covers `name`.
pub(super) fn match_suffix<'a>(rules: &'a RuleMap, suffix: &str, name: &str) -> Option<&'a Rule> {
    rules.get(suffix).filter(|rule| rule.covers(name))
}

/// A source of a rule, or of what is known about a provider.
///
/// The data sets are under the MIT, ISC, BSD or Apache licence. From those without a licence here, and from the public pages of
/// providers, only facts were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Apple's page for postmasters.
    AppleSupport,
    /// The user guide of Cisco Secure Email Threat Defense.
    CiscoGuide,
    /// The data set `email-provider-info`.
    EmailProviderInfo,
    /// The data set `@mikkelscheike/email-provider-links`.
    EmailProviderLinks,
    /// The data set `freemail`, of which a part was taken: national domains of providers that other sources name.
    Freemail,
    /// Google's help for senders to Gmail.
    GmailHelp,
    /// The database of mail providers for Thunderbird's set-up.
    Ispdb,
    /// The traffic-shaping rules that come with KumoMTA.
    KumoMta,
    /// The program `mxsniff`.
    Mxsniff,
    /// Names that the authors of this crate saw in published mail.
    Observed,
    /// Microsoft's pages for senders to Outlook.com.
    OutlookPostmaster,
    /// The database of mail providers of Chatmail.
    ProviderDb,
    /// The help pages of providers: the MX hosts that a customer enters for a domain.
    ProviderHelp,
    /// The bounce parser Sisimai.
    Sisimai,
    /// The program `validator.js`.
    Validator,
    /// Yahoo's pages for senders.
    YahooSenderHub,
}

impl Source {
    /// Every source, in the order of their keys.
    pub const ALL: [Self; 16] = [
        Self::AppleSupport,
        Self::CiscoGuide,
        Self::EmailProviderInfo,
        Self::EmailProviderLinks,
        Self::Freemail,
        Self::GmailHelp,
        Self::Ispdb,
        Self::KumoMta,
        Self::Mxsniff,
        Self::Observed,
        Self::OutlookPostmaster,
        Self::ProviderDb,
        Self::ProviderHelp,
        Self::Sisimai,
        Self::Validator,
        Self::YahooSenderHub,
    ];

    /// The short name, in lower case with hyphens, such as `gmail-help`.
    pub const fn key(self) -> &'static str {
        self.parts().0
    }

    /// The full name and address, with the date or version of the data where it has one.
    pub const fn description(self) -> &'static str {
        self.parts().1
    }

    /// The licence of the data set as an SPDX expression; `None` for pages from which only facts were taken.
    pub const fn licence(self) -> Option<&'static str> {
        self.parts().2
    }

    /// The key, description and licence.
    const fn parts(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::AppleSupport => (
                "apple-support",
                "Postmaster information for iCloud Mail, https://support.apple.com/102322",
                None,
            ),
            Self::CiscoGuide => (
                "cisco-guide",
                "Cisco Secure Email Threat Defense user guide, chapter Primary Gateway: the MX hosts by region",
                None,
            ),
            Self::EmailProviderInfo => (
                "email-provider-info",
                "https://github.com/fnando/email-provider-info, data/providers.json of 2023-11-20",
                Some("MIT"),
            ),
            Self::EmailProviderLinks => (
                "email-provider-links",
                "npm package @mikkelscheike/email-provider-links 5.2.2, data of 2026-07-13",
                Some("MIT"),
            ),
            Self::Freemail => (
                "freemail",
                "https://github.com/willwhite/freemail, data/free.txt of 2020-07-03",
                Some("ISC"),
            ),
            Self::GmailHelp => (
                "gmail-help",
                "Gmail's feedback loop: totals by campaign in Postmaster Tools, no reports for single messages, \
                 https://support.google.com/mail/answer/6254652",
                None,
            ),
            Self::Ispdb => (
                "ispdb",
                "https://github.com/thunderbird/autoconfig, ispdb of 2026-03-12: only which domains are of one provider",
                None,
            ),
            Self::KumoMta => (
                "kumomta",
                "https://github.com/KumoCorp/kumomta, assets/policy-extras/shaping.toml and \
                 assets/community/shaping.toml",
                Some("Apache-2.0"),
            ),
            Self::Mxsniff => {
                ("mxsniff", "https://github.com/jace/mxsniff, mxsniff/providers.py", Some("BSD-2-Clause"))
            }
            Self::Observed => (
                "observed",
                "host names and addresses in published mail, collected for this crate",
                Some("MIT OR Apache-2.0"),
            ),
            Self::OutlookPostmaster => (
                "outlook-postmaster",
                "Outlook.com Postmaster, services for senders: Junk Email Reporting Program, \
                 http://postmaster.msn.com/Services.aspx",
                None,
            ),
            Self::ProviderDb => (
                "provider-db",
                "https://github.com/chatmail/provider-db, _providers of 2026-04-21: only which domains are of one provider",
                None,
            ),
            Self::ProviderHelp => (
                "provider-help",
                "the help pages of the provider itself: the MX hosts that a customer enters for a domain",
                None,
            ),
            Self::Sisimai => (
                "sisimai",
                "https://github.com/sisimai/rb-sisimai, lib/sisimai/rhost.rb",
                Some("BSD-2-Clause"),
            ),
            Self::Validator => (
                "validator",
                "https://github.com/validatorjs/validator.js, src/lib/normalizeEmail.js of 2026-08-08",
                Some("MIT"),
            ),
            Self::YahooSenderHub => (
                "yahoo-sender-hub",
                "Yahoo Sender Hub, Complaint Feedback Loop, https://senders.yahooinc.com/faqs/",
                None,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_unique_and_sorted_by_key() {
        assert!(Source::ALL.is_sorted_by(|a, b| a.key() < b.key() && a < b));
    }

    #[test]
    fn every_licence_is_permissive() {
        for source in Source::ALL {
            let permissive = ["MIT", "ISC", "BSD-2-Clause", "Apache-2.0", "MIT OR Apache-2.0"];
            assert!(source.licence().is_none_or(|licence| permissive.contains(&licence)), "{source:?}");
            assert!(!source.description().is_empty());
        }
    }
}
