//! What leads to a provider, and where that is known from.

use super::Provider;

/// Which names a rule is about, seen from its [value](Rule::value).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Match {
    /// The recipient domain that is the value. The domains below it are not the provider's.
    Domain,
    /// The recipient domain that is the value, and those below it.
    DomainAndBelow,
    /// The MX host that is the value, and those below it.
    Mx,
    /// The MX hosts below the value whose first label is this one.
    MxNamed(&'static str),
}

/// One line of the built-in table: these names lead to this provider, known from there.
///
/// ```
/// use mailtally::provider::{self, Match, Source};
///
/// let rule = provider::rule_of_mx("alt1.gmail-smtp-in.l.google.com").expect("a rule of the table");
/// assert_eq!((rule.matches(), rule.value()), (Match::Mx, "gmail-smtp-in.l.google.com"));
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
    /// Which names it is about.
    pub const fn matches(&self) -> Match {
        self.matches
    }

    /// The domain or host, in lower-case A-labels without a trailing dot.
    pub const fn value(&self) -> &'static str {
        self.value
    }

    /// The provider that it leads to.
    pub const fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// Where it is known from: at least one source, in the order of [`Source::ALL`].
    pub const fn sources(&self) -> &'static [Source] {
        self.sources
    }

    /// What else is to be known about it, if anything.
    pub const fn note(&self) -> Option<&'static str> {
        self.note
    }

    /// Whether the rule is about `name`, a normal name that ends, at a dot, in the rule's value.
    pub(super) fn covers(&self, name: &str) -> bool {
        match self.matches {
            Match::Domain => name.len() == self.value.len(),
            Match::DomainAndBelow | Match::Mx => true,
            Match::MxNamed(label) => name.split('.').next() == Some(label),
        }
    }
}

/// Where a rule, or what is said of a provider, is known from.
///
/// Every data set among them is under the MIT, BSD or Apache licence. Of the public pages on which providers talk to
/// senders, nothing is taken but the fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Apple's page for postmasters.
    AppleSupport,
    /// Cisco's guide to Secure Email Threat Defense.
    CiscoGuide,
    /// The data set `email-provider-info`.
    EmailProviderInfo,
    /// The data set `@mikkelscheike/email-provider-links`.
    EmailProviderLinks,
    /// Google's help for senders to Gmail.
    GmailHelp,
    /// The traffic-shaping rules that come with KumoMTA.
    KumoMta,
    /// The program `mxsniff`.
    Mxsniff,
    /// Names that were seen in published mail, by the authors of this crate.
    Observed,
    /// Microsoft's pages for those who send to Outlook.com.
    OutlookPostmaster,
    /// The bounce parser Sisimai.
    Sisimai,
    /// Yahoo's pages for senders.
    YahooSenderHub,
}

impl Source {
    /// Every source, in the order of their keys.
    pub const ALL: [Self; 11] = [
        Self::AppleSupport,
        Self::CiscoGuide,
        Self::EmailProviderInfo,
        Self::EmailProviderLinks,
        Self::GmailHelp,
        Self::KumoMta,
        Self::Mxsniff,
        Self::Observed,
        Self::OutlookPostmaster,
        Self::Sisimai,
        Self::YahooSenderHub,
    ];

    /// A short name for it, in lower case with hyphens.
    pub const fn key(self) -> &'static str {
        self.parts().0
    }

    /// What it is and where, with the date of its data where it has one.
    pub const fn what(self) -> &'static str {
        self.parts().1
    }

    /// The licence of the data set, as an SPDX identifier; `None` for pages from which nothing but a fact is taken.
    pub const fn licence(self) -> Option<&'static str> {
        self.parts().2
    }

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
            Self::GmailHelp => (
                "gmail-help",
                "Gmail's feedback loop: sums by campaign in Postmaster Tools, no reports by message, \
                 https://support.google.com/mail/answer/6254652",
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
                "host names and addresses in published mail, gathered for this crate",
                Some("MIT OR Apache-2.0"),
            ),
            Self::OutlookPostmaster => (
                "outlook-postmaster",
                "Outlook.com Postmaster, services for senders: Junk Email Reporting Program, \
                 http://postmaster.msn.com/Services.aspx",
                None,
            ),
            Self::Sisimai => (
                "sisimai",
                "https://github.com/sisimai/rb-sisimai, lib/sisimai/rhost.rb",
                Some("BSD-2-Clause"),
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
    fn sources_are_listed_once_and_in_the_order_of_their_keys() {
        assert!(Source::ALL.is_sorted_by(|a, b| a.key() < b.key() && a < b));
    }

    #[test]
    fn every_licence_is_one_that_allows_any_use() {
        for source in Source::ALL {
            let free = ["MIT", "BSD-2-Clause", "Apache-2.0", "MIT OR Apache-2.0"];
            assert!(source.licence().is_none_or(|licence| free.contains(&licence)), "{source:?}");
            assert!(!source.what().is_empty());
        }
    }
}
