//! What a provider does with the mail that it receives.

use std::fmt;
use std::str::FromStr;

use crate::parse_error::ParseError;

/// What a provider does with the mail that it receives: keep it in mailboxes of some sort, or pass it on.
///
/// A printed name parses back.
///
/// ```
/// use mailtally::provider::ProviderKind;
///
/// assert!(ProviderKind::Hosted.is_mailbox());
/// assert!(!ProviderKind::Gateway.is_mailbox());
/// assert_eq!("isp".parse(), Ok(ProviderKind::Isp));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProviderKind {
    /// Mailboxes for anyone, on domains of the provider.
    Consumer,
    /// Mailboxes for organisations, on their own domains.
    Hosted,
    /// Mailboxes that come with an internet connection.
    Isp,
    /// A filter in front of mailboxes at another provider.
    Gateway,
    /// Addresses whose mail is passed on: to another mailbox (an alias), or to a program (inbound processing).
    Forwarder,
}

impl ProviderKind {
    /// Every kind, those with mailboxes first.
    pub const ALL: [Self; 5] = [Self::Consumer, Self::Hosted, Self::Isp, Self::Gateway, Self::Forwarder];

    /// The name in JSON and in queries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Hosted => "hosted",
            Self::Isp => "isp",
            Self::Gateway => "gateway",
            Self::Forwarder => "forwarder",
        }
    }

    /// Whether the provider keeps the mail in mailboxes. A gateway or a forwarder passes it on to others, whom senders
    /// cannot see.
    pub const fn is_mailbox(self) -> bool {
        match self {
            Self::Consumer | Self::Hosted | Self::Isp => true,
            Self::Gateway | Self::Forwarder => false,
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ProviderKind {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| ParseError::not_one_of("kind of provider", text, Self::ALL.map(Self::name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_kind_parses_back_and_is_spelled_the_same_in_json() {
        for kind in ProviderKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn an_unknown_kind_is_refused_with_the_known_ones() {
        let error = "esp".parse::<ProviderKind>().unwrap_err();
        let expected = "`consumer`, `hosted`, `isp`, `gateway` or `forwarder`";
        assert_eq!(error.to_string(), format!("unknown kind of provider `esp`, expected {expected}"));
    }

    #[test]
    fn only_gateways_and_forwarders_have_no_mailboxes() {
        let without = ProviderKind::ALL.into_iter().filter(|kind| !kind.is_mailbox());
        assert_eq!(without.collect::<Vec<_>>(), [ProviderKind::Gateway, ProviderKind::Forwarder]);
    }
}
