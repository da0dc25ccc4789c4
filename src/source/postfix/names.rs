//! Senders and destinations, each kept once and shared by the events that name it.

use std::collections::HashMap;
use std::sync::Arc;

use super::hash::Mixing;
use super::text;
use crate::event::normalize_domain;
use crate::provider::Providers;

/// Who sent a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sender {
    /// `None` for bounce notifications and the like, which have no sender.
    pub(super) mailbox: Option<Arc<str>>,
    pub(super) domain: Option<Arc<str>>,
}

impl Sender {
    pub(super) fn new(address: &[u8]) -> Self {
        let domain = text::domain(address).and_then(domain_name);
        let mailbox = (!address.is_empty()).then(|| String::from_utf8_lossy(address).into());
        Self { mailbox, domain }
    }
}

/// Where a message goes: a domain, and who runs its mailboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) domain: Arc<str>,
    pub(super) provider: Option<Arc<str>>,
}

impl Destination {
    fn new(domain: Arc<str>, providers: &Providers) -> Self {
        let provider = providers.for_recipient_domain(&domain).map(|provider| provider.name().into());
        Self { domain, provider }
    }
}

/// The names seen of late, by their bytes in the log.
#[derive(Clone, Debug)]
pub(super) struct Names {
    providers: Providers,
    senders: HashMap<Box<[u8]>, Arc<Sender>, Mixing>,
    destinations: HashMap<Box<[u8]>, Option<Arc<Destination>>, Mixing>,
}

impl Names {
    /// How many of each are held; beyond that it begins anew.
    const MOST: usize = 8192;

    /// No names yet; who runs a domain's mailboxes, `providers` tells.
    pub(super) fn new(providers: Providers) -> Self {
        Self { providers, senders: HashMap::default(), destinations: HashMap::default() }
    }

    pub(super) fn sender(&mut self, address: &[u8]) -> Arc<Sender> {
        if let Some(sender) = self.senders.get(address) {
            return Arc::clone(sender);
        }
        if self.senders.len() >= Self::MOST {
            self.senders.clear();
        }
        let sender = Arc::new(Sender::new(address));
        self.senders.insert(address.into(), Arc::clone(&sender));
        sender
    }

    /// Where the address `recipient` lies; `None` if it has no domain.
    pub(super) fn destination(&mut self, recipient: &[u8]) -> Option<Arc<Destination>> {
        let domain = text::domain(recipient)?;
        if let Some(destination) = self.destinations.get(domain) {
            return destination.clone();
        }
        if self.destinations.len() >= Self::MOST {
            self.destinations.clear();
        }
        let destination =
            domain_name(domain).map(|domain| Arc::new(Destination::new(domain, &self.providers)));
        self.destinations.insert(domain.into(), destination.clone());
        destination
    }
}

/// A domain as events keep it; bytes that are no text are kept as a mark.
fn domain_name(domain: &[u8]) -> Option<Arc<str>> {
    normalize_domain(String::from_utf8_lossy(domain).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, ProviderKind};

    #[test]
    fn domains_are_normal_and_mailboxes_as_they_came() {
        let sender = Sender::new(b"News@News.Example.");
        assert_eq!(
            (sender.mailbox.as_deref(), sender.domain.as_deref()),
            (Some("News@News.Example."), Some("news.example"))
        );
        assert_eq!(Sender::new(b""), Sender::default());
        assert_eq!(Sender::new(b"root").domain, None);
        assert_eq!(Sender::new(b"a\xff@x").mailbox.as_deref(), Some("a\u{fffd}@x"));
        assert_eq!(Sender::new(b"a@.").domain, None);
    }

    #[test]
    fn the_provider_of_a_destination_is_that_of_the_given_table() {
        let acme = Provider::new("Acme", ProviderKind::Hosted);
        let empty = || Providers::empty().with_domain("acme.example", acme.clone()).unwrap();
        let builtin = || Providers::builtin().with_domain("GMail.com", acme.clone()).unwrap();
        for (providers, recipient, expected) in [
            (empty(), &b"a@Acme.Example."[..], Some("Acme")),
            (empty(), b"a@gmail.com", None),
            (builtin(), b"a@gmail.com", Some("Acme")),
            (builtin(), b"a@yahoo.com", Some("Yahoo")),
        ] {
            let destination = Names::new(providers).destination(recipient).unwrap();
            assert_eq!(destination.provider.as_deref(), expected, "{destination:?}");
        }
    }

    #[test]
    fn equal_names_are_shared_and_not_all_are_held() {
        let mut names = Names::new(Providers::builtin());
        let one = names.destination(b"a@GMail.com").unwrap();
        assert_eq!(&*one.domain, "gmail.com");
        assert!(Arc::ptr_eq(&one, &names.destination(b"b@GMail.com").unwrap()));
        assert!(Arc::ptr_eq(&names.sender(b"a@x"), &names.sender(b"a@x")));
        assert_eq!(names.destination(b"root"), None);
        for number in 0..3 * Names::MOST {
            names.sender(number.to_string().as_bytes());
            names.destination(format!("a@{number}").as_bytes());
        }
        assert!(names.senders.len() <= Names::MOST && names.destinations.len() <= Names::MOST);
    }
}
