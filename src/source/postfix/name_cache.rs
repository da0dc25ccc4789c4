//! A cache of senders and destinations, so that events with the same one share it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::text;
use crate::event::normalize_domain;
use crate::provider::Providers;

/// The sender of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sender {
    /// The address; `None` for mail without a sender, such as bounce notifications.
    pub(super) mailbox: Option<Arc<str>>,
    pub(super) domain: Option<Arc<str>>,
}

impl Sender {
    /// Returns the sender with this address, which is empty for mail without a sender.
    pub(super) fn new(address: &[u8]) -> Self {
        let domain = text::domain(address).and_then(normalized);
        let mailbox = (!address.is_empty()).then(|| String::from_utf8_lossy(address).into());
        Self { mailbox, domain }
    }
}

/// The destination of a message: a domain and its mailbox provider.
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

/// A cache of senders and destinations, by their bytes in the log. It is emptied when it is full.
#[derive(Clone, Debug)]
pub(super) struct NameCache {
    providers: Providers,
    senders: FxHashMap<Box<[u8]>, Arc<Sender>>,
    destinations: FxHashMap<Box<[u8]>, Option<Arc<Destination>>>,
}

impl NameCache {
    /// The maximum number of senders, and of destinations.
    const MAX_ENTRIES: usize = 8192;

    /// Returns an empty cache, which looks up mailbox providers in `providers`.
    pub(super) fn new(providers: Providers) -> Self {
        Self { providers, senders: FxHashMap::default(), destinations: FxHashMap::default() }
    }

    /// Returns the sender with this address.
    pub(super) fn sender(&mut self, address: &[u8]) -> Arc<Sender> {
        if let Some(sender) = self.senders.get(address) {
            return Arc::clone(sender);
        }
        if self.senders.len() >= Self::MAX_ENTRIES {
            self.senders.clear();
        }
        let sender = Arc::new(Sender::new(address));
        self.senders.insert(address.into(), Arc::clone(&sender));
        sender
    }

    /// Returns the destination of the address `recipient`; `None` if it has no domain.
    pub(super) fn destination(&mut self, recipient: &[u8]) -> Option<Arc<Destination>> {
        let domain = text::domain(recipient)?;
        if let Some(destination) = self.destinations.get(domain) {
            return destination.clone();
        }
        if self.destinations.len() >= Self::MAX_ENTRIES {
            self.destinations.clear();
        }
        let destination =
            normalized(domain).map(|domain| Arc::new(Destination::new(domain, &self.providers)));
        self.destinations.insert(domain.into(), destination.clone());
        destination
    }
}

/// Returns a domain as events store it, with U+FFFD for bytes that are not UTF-8; `None` if it is empty.
fn normalized(domain: &[u8]) -> Option<Arc<str>> {
    normalize_domain(String::from_utf8_lossy(domain).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, ProviderKind};

    #[test]
    fn domains_are_normalized_and_mailboxes_are_not() {
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
    fn the_provider_of_a_destination_is_looked_up_in_the_given_table() {
        let acme = Provider::new("Acme", ProviderKind::Hosted);
        let empty = || Providers::empty().with_domain("acme.example", acme.clone()).unwrap();
        let builtin = || Providers::builtin().with_domain("GMail.com", acme.clone()).unwrap();
        for (providers, recipient, expected) in [
            (empty(), &b"a@Acme.Example."[..], Some("Acme")),
            (empty(), b"a@gmail.com", None),
            (builtin(), b"a@gmail.com", Some("Acme")),
            (builtin(), b"a@yahoo.com", Some("Yahoo")),
        ] {
            let destination = NameCache::new(providers).destination(recipient).unwrap();
            assert_eq!(destination.provider.as_deref(), expected, "{destination:?}");
        }
    }

    #[test]
    fn equal_names_are_shared_and_the_cache_is_bounded() {
        let mut cache = NameCache::new(Providers::builtin());
        let one = cache.destination(b"a@GMail.com").unwrap();
        assert_eq!(&*one.domain, "gmail.com");
        assert!(Arc::ptr_eq(&one, &cache.destination(b"b@GMail.com").unwrap()));
        assert!(Arc::ptr_eq(&cache.sender(b"a@x"), &cache.sender(b"a@x")));
        assert_eq!(cache.destination(b"root"), None);
        for number in 0..3 * NameCache::MAX_ENTRIES {
            cache.sender(number.to_string().as_bytes());
            cache.destination(format!("a@{number}").as_bytes());
        }
        assert!(
            cache.senders.len() <= NameCache::MAX_ENTRIES
                && cache.destinations.len() <= NameCache::MAX_ENTRIES
        );
    }
}
