//! What a provider does with the mail that it receives.

use crate::names::named_enum;

named_enum! {
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
    #[non_exhaustive]
    pub enum ProviderKind("kind of provider") {
        /// Mailboxes for anyone, on domains of the provider.
        Consumer = "consumer",
        /// Mailboxes for organisations, on their own domains.
        Hosted = "hosted",
        /// Mailboxes that come with an internet connection.
        Isp = "isp",
        /// A filter in front of mailboxes at another provider.
        Gateway = "gateway",
        /// Addresses whose mail is passed on: to another mailbox (an alias), or to a program (inbound processing).
        Forwarder = "forwarder",
    }
}

impl ProviderKind {
    /// Whether the provider keeps the mail in mailboxes. A gateway or a forwarder passes it on to others, whom senders
    /// cannot see.
    pub const fn is_mailbox(self) -> bool {
        match self {
            Self::Consumer | Self::Hosted | Self::Isp => true,
            Self::Gateway | Self::Forwarder => false,
        }
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
