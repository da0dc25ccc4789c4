//! A cache of senders and destinations, so that events with the same one share it.

use std::net::IpAddr;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{address, sender};
use crate::event::{MessageFields, normalize_domain};
use crate::provider::Providers;

/// The sender of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Sender {
    /// Tells it from the other senders of a cache.
    number: u64,
    /// The address; `None` for mail without a sender, such as bounce notifications.
    pub(in crate::source) mailbox: Option<Arc<str>>,
    pub(in crate::source) domain: Option<Arc<str>>,
}

impl Sender {
    /// Returns the sender with this address, which is empty for mail without a sender. If `is_raw`, an address that varies
    /// from message to message is the mailbox as it is.
    pub(in crate::source) fn new(text: &[u8], is_raw: bool) -> Self {
        let domain = address::domain(text).and_then(normalized);
        let constant = if is_raw { text.into() } else { sender::constant(text) };
        let mailbox = (!text.is_empty()).then(|| String::from_utf8_lossy(&constant).into());
        Self { number: 0, mailbox, domain }
    }
}

/// The destination of a message: a domain and its mailbox provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Destination {
    /// Tells it from the other destinations of a cache.
    number: u64,
    pub(in crate::source) domain: Arc<str>,
    pub(in crate::source) provider: Option<Arc<str>>,
}

impl Destination {
    fn new(number: u64, domain: Arc<str>, providers: &Providers) -> Self {
        let provider = providers.for_recipient_domain(&domain).map(|provider| provider.name().into());
        Self { number, domain, provider }
    }
}

/// What tells the fields of a message from others: the numbers of the sender and the destination, which are 0 where there is
/// none, and the provider that only the host tells.
type FieldsKey = ([u64; 2], Option<Arc<str>>);

/// A cache of senders and destinations, by their bytes in the log, and of the fields of messages between them. It is emptied
/// when it is full.
#[derive(Clone, Debug)]
pub(in crate::source) struct NameCache {
    providers: Providers,
    with_raw_senders: bool,
    senders: FxHashMap<Box<[u8]>, Arc<Sender>>,
    destinations: FxHashMap<Box<[u8]>, Option<Arc<Destination>>>,
    /// The providers of hosts that took mail.
    hosts: FxHashMap<Box<[u8]>, Option<Arc<str>>>,
    others: FxHashSet<Arc<str>>,
    /// The fields of messages.
    fields: FxHashMap<FieldsKey, Arc<MessageFields>>,
    /// The number that was given last.
    last_number: u64,
}

impl NameCache {
    /// The maximum number of senders, of destinations, of hosts, and of pairs of a sender and a destination.
    const MAX_ENTRIES: usize = 8192;

    /// The maximum length of the name of a transport, in bytes.
    const MAX_TRANSPORT_LEN: usize = 64;

    /// Returns an empty cache, which looks up mailbox providers in `providers`.
    pub(in crate::source) fn new(providers: Providers, with_raw_senders: bool) -> Self {
        Self {
            providers,
            with_raw_senders,
            senders: FxHashMap::default(),
            destinations: FxHashMap::default(),
            hosts: FxHashMap::default(),
            others: FxHashSet::default(),
            fields: FxHashMap::default(),
            last_number: 0,
        }
    }

    /// Returns the sender with this address.
    pub(in crate::source) fn sender(&mut self, address: &[u8]) -> Arc<Sender> {
        if let Some(sender) = self.senders.get(address) {
            return Arc::clone(sender);
        }
        if self.senders.len() >= Self::MAX_ENTRIES {
            self.senders.clear();
        }
        self.last_number += 1;
        let sender = Sender::new(address, self.with_raw_senders);
        let sender = Arc::new(Sender { number: self.last_number, ..sender });
        self.senders.insert(address.into(), Arc::clone(&sender));
        sender
    }

    /// Returns the destination of the address `recipient`; `None` if it has no domain.
    pub(in crate::source) fn destination(&mut self, recipient: &[u8]) -> Option<Arc<Destination>> {
        let domain = address::domain(recipient)?;
        if let Some(destination) = self.destinations.get(domain) {
            return destination.clone();
        }
        if self.destinations.len() >= Self::MAX_ENTRIES {
            self.destinations.clear();
        }
        self.last_number += 1;
        let new = |domain| Arc::new(Destination::new(self.last_number, domain, &self.providers));
        let destination = normalized(domain).map(new);
        self.destinations.insert(domain.into(), destination.clone());
        destination
    }

    /// Returns the fields of a message from `sender` to `destination`, both of this cache. Events with equal fields share
    /// them.
    pub(in crate::source) fn fields(
        &mut self,
        sender: Option<&Sender>,
        destination: Option<&Destination>,
    ) -> Arc<MessageFields> {
        self.fields_with(sender, destination, None)
    }

    /// Returns the same fields, with a provider that only the host tells.
    fn fields_with(
        &mut self,
        sender: Option<&Sender>,
        destination: Option<&Destination>,
        by_host: Option<Arc<str>>,
    ) -> Arc<MessageFields> {
        let numbers = [sender.map_or(0, |sender| sender.number), destination.map_or(0, |to| to.number)];
        let key = (numbers, by_host);
        if let Some(fields) = self.fields.get(&key) {
            return Arc::clone(fields);
        }
        if self.fields.len() >= Self::MAX_ENTRIES {
            self.fields.clear();
        }
        let fields = Arc::new(MessageFields {
            mailbox: sender.and_then(|sender| sender.mailbox.clone()),
            domain: sender.and_then(|sender| sender.domain.clone()),
            recipient_domain: destination.map(|destination| Arc::clone(&destination.domain)),
            provider: key.1.clone().or_else(|| destination?.provider.clone()),
            ..MessageFields::NONE
        });
        self.fields.insert(key, Arc::clone(&fields));
        fields
    }

    /// Returns a name that few lines differ in, such as that of a transport, as a shared text.
    pub(in crate::source) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.others.get(name) {
            return Arc::clone(shared);
        }
        if self.others.len() >= Self::MAX_ENTRIES {
            self.others.clear();
        }
        let shared: Arc<str> = name.into();
        self.others.insert(Arc::clone(&shared));
        shared
    }

    /// Returns the name of a transport, such as a mailer; `None` if it is empty or too long to be one.
    pub(in crate::source) fn transport(&mut self, name: &[u8]) -> Option<Arc<str>> {
        let name =
            str::from_utf8(name).ok().filter(|name| (1..=Self::MAX_TRANSPORT_LEN).contains(&name.len()))?;
        Some(self.shared(name))
    }

    /// Returns the address from which an attempt was made; `None` if the text is no address of the Internet.
    pub(in crate::source) fn ip(&mut self, text: &[u8]) -> Option<Arc<str>> {
        let text = str::from_utf8(text).ok()?;
        text.parse::<IpAddr>().ok().map(|_| self.shared(text))
    }

    /// Returns the same fields; if the destination has no provider, that which runs the host `host`.
    #[inline]
    pub(in crate::source) fn fields_by_host<'a>(
        &mut self,
        sender: Option<&Sender>,
        destination: Option<&Destination>,
        host: impl FnOnce() -> Option<&'a [u8]>,
    ) -> Arc<MessageFields> {
        let is_unknown = destination.is_some_and(|destination| destination.provider.is_none());
        let host = if is_unknown { host() } else { None };
        let by_host = host.and_then(|host| self.provider_of_host(host));
        self.fields_with(sender, destination, by_host)
    }

    /// Returns the provider that runs the MX host `host`.
    fn provider_of_host(&mut self, host: &[u8]) -> Option<Arc<str>> {
        if let Some(provider) = self.hosts.get(host) {
            return provider.clone();
        }
        if self.hosts.len() >= Self::MAX_ENTRIES {
            self.hosts.clear();
        }
        let found = str::from_utf8(host).ok().and_then(|host| self.providers.for_mx_host(host));
        let provider = found.map(|provider| provider.name().into());
        self.hosts.insert(host.into(), provider.clone());
        provider
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
    fn names_of_transports_are_short_and_addresses_are_those_of_the_internet() {
        let mut names = NameCache::new(Providers::empty(), false);
        for (name, is_kept) in
            [("esmtp", true), ("", false), (&"x".repeat(64), true), (&"x".repeat(65), false)]
        {
            assert_eq!(names.transport(name.as_bytes()).as_deref(), is_kept.then_some(name));
        }
        assert_eq!(names.transport(b"\xff"), None);
        for (text, is_kept) in [("192.0.2.1", true), ("2001:db8::1", true), ("", false), ("local", false)] {
            assert_eq!(names.ip(text.as_bytes()).as_deref(), is_kept.then_some(text));
        }
    }

    #[test]
    fn domains_are_normalized_and_mailboxes_are_not() {
        let sender = Sender::new(b"News@News.Example.", false);
        assert_eq!(
            (sender.mailbox.as_deref(), sender.domain.as_deref()),
            (Some("News@News.Example."), Some("news.example"))
        );
        assert_eq!(Sender::new(b"", false), Sender::default());
        assert_eq!(Sender::new(b"root", false).domain, None);
        assert_eq!(Sender::new(b"a\xff@x", false).mailbox.as_deref(), Some("a\u{fffd}@x"));
        assert_eq!(Sender::new(b"a@.", false).domain, None);
        let verp = b"bounces+1-ann=a.example@lists.example";
        assert_eq!(Sender::new(verp, false).mailbox.as_deref(), Some("bounces@lists.example"));
        assert_eq!(Sender::new(verp, true).mailbox.as_deref(), str::from_utf8(verp).ok());
        // The domain is that of the server which sends the mail.
        let srs = Sender::new(b"SRS0=a=b=shop.example=ann@forwarder.example", false);
        assert_eq!(
            (srs.mailbox.as_deref(), srs.domain.as_deref()),
            (Some("ann@shop.example"), Some("forwarder.example"))
        );
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
            let destination = NameCache::new(providers, false).destination(recipient).unwrap();
            assert_eq!(destination.provider.as_deref(), expected, "{destination:?}");
        }
    }

    #[test]
    fn fields_with_the_provider_of_a_host_are_shared() {
        let mut cache = NameCache::new(Providers::builtin(), false);
        let unknown = cache.destination(b"a@shop.example");
        let known = cache.destination(b"a@gmail.com");
        let mut fields =
            |destination: Option<&Destination>, host| cache.fields_by_host(None, destination, || host);
        let google = Some(&b"aspmx.l.google.com"[..]);
        let by_host = fields(unknown.as_deref(), google);
        assert_eq!(by_host.provider.as_deref(), Some("Google Workspace"));
        assert!(Arc::ptr_eq(&by_host, &fields(unknown.as_deref(), google)));
        assert_eq!(fields(unknown.as_deref(), Some(b"mx.shop.example")).provider, None);
        assert_eq!(fields(unknown.as_deref(), None).provider, None);
        assert_eq!(fields(known.as_deref(), Some(b"mx.shop.example")).provider.as_deref(), Some("Google"));
        assert_eq!(fields(None, google).provider, None);
    }

    #[test]
    fn equal_names_are_shared_and_the_cache_is_bounded() {
        let mut cache = NameCache::new(Providers::builtin(), false);
        let one = cache.destination(b"a@GMail.com").unwrap();
        assert_eq!(&*one.domain, "gmail.com");
        assert!(Arc::ptr_eq(&one, &cache.destination(b"b@GMail.com").unwrap()));
        assert!(Arc::ptr_eq(&cache.sender(b"a@x"), &cache.sender(b"a@x")));
        assert_eq!(cache.destination(b"root"), None);
        for number in 0..3 * NameCache::MAX_ENTRIES {
            let sender = cache.sender(format!("{number}@x").as_bytes());
            let destination = cache.destination(format!("a@{number}").as_bytes()).unwrap();
            let fields = cache.fields(Some(&sender), Some(&destination));
            assert_eq!(fields.mailbox.as_deref(), Some(&*format!("{number}@x")));
            assert_eq!(fields.recipient_domain.as_deref(), Some(&*number.to_string()));
            assert!(Arc::ptr_eq(&fields, &cache.fields(Some(&sender), Some(&destination))));
            assert_eq!(cache.fields(Some(&sender), None).recipient_domain, None);
            assert_eq!(cache.fields(None, Some(&destination)).mailbox, None);
            assert_eq!(&*cache.shared(&number.to_string()), number.to_string());
            cache.provider_of_host(format!("mx{number}.example").as_bytes());
        }
        assert!(cache.others.len() <= NameCache::MAX_ENTRIES);
        assert!(cache.hosts.len() <= NameCache::MAX_ENTRIES && cache.fields.len() <= NameCache::MAX_ENTRIES);
        assert!(
            cache.senders.len() <= NameCache::MAX_ENTRIES
                && cache.destinations.len() <= NameCache::MAX_ENTRIES
        );
    }
}
