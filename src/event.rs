//! One thing that happened to one message, and what it tells of that message.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::event_type::EventType;
use crate::provider;

mod fields;
mod json;
mod stream;

pub use fields::{EventFields, MessageFields};
pub use stream::Stream;

/// Declares a text that names something, cheap to clone.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<Arc<str>>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// A tenant: whose mail it is. Statistics never mix accounts unless they are asked to.
    AccountId
}
id! {
    /// A message (one e-mail to one recipient) within its account.
    MessageId
}
id! {
    /// An event within its message: the idempotency key. The same (account, message, id) is the same event, however
    /// often it arrives.
    EventId
}

/// One thing that happened to one message at one instant.
///
/// Made with [`Event::new`] and chaining setters. An instant is kept in whole milliseconds (what is finer is cut off).
///
/// An event carries what it knows of its message ([`Event::message_fields`]), what is its own ([`Event::event_fields`]), and free
/// attributes for a message's timeline. No recipient address is needed to count.
///
/// Where a recipient domain is set and no provider, the provider is looked up in the [built-in table](crate::provider).
///
/// ```
/// use mailtally::{EventType, Event};
///
/// let at = "2026-02-01T09:30:00.250Z".parse()?;
/// let event = Event::new("acme", "m-1", "e-1", EventType::OpenedPerson, at)
///     .recipient_domain("GMail.com.")
///     .tags(["welcome", "eu"])
///     .country("DE");
/// assert_eq!(event.message_fields().recipient_domain.as_deref(), Some("gmail.com"));
/// assert_eq!(event.message_fields().provider.as_deref(), Some("Google"));
/// assert_eq!(event.event_fields().country.as_deref(), Some("DE"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its serde form is one line of the crate's [JSON Lines](crate::source::jsonl).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    account: AccountId,
    message: MessageId,
    id: EventId,
    at: DateTime<Utc>,
    event_type: EventType,
    facts: MessageFields,
    origin: EventFields,
    attributes: BTreeMap<String, Value>,
}

impl Event {
    /// The event `id` of `message` in `account`: what happened, and when.
    ///
    /// A [`Kind`](crate::Kind) alone is an event without a qualifier.
    pub fn new(
        account: impl Into<AccountId>,
        message: impl Into<MessageId>,
        id: impl Into<EventId>,
        event_type: impl Into<EventType>,
        at: DateTime<Utc>,
    ) -> Self {
        let event_type = event_type.into();
        Self {
            account: account.into(),
            message: message.into(),
            id: id.into(),
            at: whole_millis(at),
            event_type,
            facts: MessageFields::default(),
            origin: EventFields { bot: unnamed_bot(event_type), ..EventFields::default() },
            attributes: BTreeMap::new(),
        }
    }

    /// Sets the customer of the account whose mail it is: what big senders call a subaccount.
    #[must_use]
    pub fn subaccount(mut self, subaccount: impl Into<Arc<str>>) -> Self {
        self.facts.subaccount = present(subaccount);
        self
    }

    /// Sets the sending domain.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<Arc<str>>) -> Self {
        self.facts.domain = normalize_domain(domain.into());
        self
    }

    /// Sets the category.
    #[must_use]
    pub fn category(mut self, category: impl Into<Arc<str>>) -> Self {
        self.facts.category = present(category);
        self
    }

    /// Sets the tags; empty ones are left out.
    #[must_use]
    pub fn tags<T: Into<Arc<str>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.facts.tags = tags.into_iter().filter_map(present).collect();
        self
    }

    /// Sets the stream.
    #[must_use]
    pub fn stream(mut self, stream: Stream) -> Self {
        self.facts.stream = Some(stream);
        self
    }

    /// Sets the sending mailbox.
    #[must_use]
    pub fn mailbox(mut self, mailbox: impl Into<Arc<str>>) -> Self {
        self.facts.mailbox = present(mailbox);
        self
    }

    /// Sets the campaign.
    #[must_use]
    pub fn campaign(mut self, campaign: impl Into<Arc<str>>) -> Self {
        self.facts.campaign = present(campaign);
        self
    }

    /// Sets the sending address.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<Arc<str>>) -> Self {
        self.facts.ip = present(ip);
        self
    }

    /// Sets the pool of sending addresses.
    #[must_use]
    pub fn ip_pool(mut self, pool: impl Into<Arc<str>>) -> Self {
        self.facts.ip_pool = present(pool);
        self
    }

    /// Sets the recipient's domain and, unless another one was set, the provider that the built-in table has for it.
    #[must_use]
    pub fn recipient_domain(mut self, domain: impl Into<Arc<str>>) -> Self {
        let is_of_table = self.facts.provider == provider_of(self.facts.recipient_domain.as_deref());
        self.facts.recipient_domain = normalize_domain(domain.into());
        if is_of_table {
            self.facts.provider = provider_of(self.facts.recipient_domain.as_deref());
        }
        self
    }

    /// Sets the recipient's domain, as [`normalize_domain`] left it, and the provider that another table has for it, which
    /// may be none: for readers, which look both up once for many events.
    pub(crate) fn recipient(mut self, domain: Arc<str>, provider: Option<Arc<str>>) -> Self {
        self.facts.recipient_domain = Some(domain);
        self.facts.provider = provider;
        self
    }

    /// Sets the mailbox provider, whatever the table says; an empty one is what the table says.
    #[must_use]
    pub fn provider(mut self, provider: impl Into<Arc<str>>) -> Self {
        self.facts.provider =
            present(provider).or_else(|| provider_of(self.facts.recipient_domain.as_deref()));
        self
    }

    /// Sets whether opens of the message are tracked.
    #[must_use]
    pub fn open_tracking(mut self, tracked: bool) -> Self {
        self.facts.open_tracking = Some(tracked);
        self
    }

    /// Sets whether clicks in the message are tracked.
    #[must_use]
    pub fn click_tracking(mut self, tracked: bool) -> Self {
        self.facts.click_tracking = Some(tracked);
        self
    }

    /// Sets the country where this event happened.
    #[must_use]
    pub fn country(mut self, country: impl Into<Arc<str>>) -> Self {
        self.origin.country = present(country);
        self
    }

    /// Sets the kind of device on which this event happened.
    #[must_use]
    pub fn device(mut self, device: impl Into<Arc<str>>) -> Self {
        self.origin.device = present(device);
        self
    }

    /// Sets the program with which this event was made.
    #[must_use]
    pub fn client(mut self, client: impl Into<Arc<str>>) -> Self {
        self.origin.client = present(client);
        self
    }

    /// Sets which machine opened or clicked, such as `apple`. An empty one is none, or, on an open or a click by a
    /// `machine`, `generic`.
    #[must_use]
    pub fn bot(mut self, bot: impl Into<Arc<str>>) -> Self {
        self.origin.bot = present(bot).or_else(|| unnamed_bot(self.event_type));
        self
    }

    /// Sets at which attempt to deliver the message this happened, from 1.
    #[must_use]
    pub fn attempt(mut self, attempt: NonZeroU32) -> Self {
        self.origin.attempt = Some(attempt);
        self
    }

    /// Sets whether the platform chose the time or the way of the attempt.
    #[must_use]
    pub fn optimized(mut self, optimized: bool) -> Self {
        self.origin.optimized = Some(optimized);
        self
    }

    /// Adds a free attribute: nothing counts it, a message's timeline shows it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Whose mail it is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The message that it happened to.
    pub fn message(&self) -> &MessageId {
        &self.message
    }

    /// Its name within the message.
    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// When it happened, in whole milliseconds.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// What happened.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// What it tells of its message.
    pub fn message_fields(&self) -> &MessageFields {
        &self.facts
    }

    /// Where it came from.
    pub fn event_fields(&self) -> &EventFields {
        &self.origin
    }

    /// Its free attributes, by name.
    pub fn attributes(&self) -> &BTreeMap<String, Value> {
        &self.attributes
    }

    /// Which of two copies of the same event counts: the lesser one. Earlier first, then by every other field, so that
    /// only equal copies are equal and the answer does not depend on which copy arrived first.
    pub(crate) fn cmp_copies(&self, other: &Self) -> Ordering {
        let fields = |event: &Self| (event.at, event.event_type);
        fields(self)
            .cmp(&fields(other))
            .then_with(|| self.facts.cmp(&other.facts))
            .then_with(|| self.origin.cmp(&other.origin))
            .then_with(|| order_of_objects(&mut self.attributes.iter(), &mut other.attributes.iter()))
    }
}

/// The instant in whole milliseconds since 1970, which know no leap second: it is the one after it.
fn whole_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

/// What the built-in table has for a recipient's domain.
fn provider_of(domain: Option<&str>) -> Option<Arc<str>> {
    domain.and_then(provider::for_recipient_domain).map(|provider| provider.name().into())
}

/// The machine that made an event of `event_type` and has no name, if one made it.
fn unnamed_bot(event_type: EventType) -> Option<Arc<str>> {
    matches!(event_type, EventType::OpenedMachine | EventType::ClickedMachine).then(|| "generic".into())
}

/// The text, unless it is empty.
fn present(text: impl Into<Arc<str>>) -> Option<Arc<str>> {
    Some(text.into()).filter(|text| !text.is_empty())
}

/// The domain in lower case without its trailing dot (or dots, so that twice is once), unless nothing is left.
pub(crate) fn normalize_domain(domain: Arc<str>) -> Option<Arc<str>> {
    let bare = domain.trim_end_matches('.');
    if bare.len() == domain.len() && !bare.chars().any(char::is_uppercase) {
        return present(domain);
    }
    present(bare.to_lowercase())
}

/// A total order of JSON values that does not depend on how their objects are kept in memory.
fn order_of_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            let first_difference =
                a.iter().zip(b).map(|(a, b)| order_of_values(a, b)).find(|order| order.is_ne());
            first_difference.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let (a, b): (BTreeMap<_, _>, BTreeMap<_, _>) = (a.iter().collect(), b.iter().collect());
            order_of_objects(&mut a.into_iter(), &mut b.into_iter())
        }
        (a, b) => a.to_string().cmp(&b.to_string()),
    }
}

/// The order of two objects, each given with its names ascending.
fn order_of_objects<'a>(
    a: &mut dyn Iterator<Item = (&'a String, &'a Value)>,
    b: &mut dyn Iterator<Item = (&'a String, &'a Value)>,
) -> Ordering {
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some((a_name, a)), Some((b_name, b))) => a_name.cmp(b_name).then_with(|| order_of_values(a, b)),
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domains_lose_case_and_trailing_dots_and_may_be_nothing() {
        let normal = |text: &str| normalize_domain(text.into());
        for (text, domain) in
            [("GMail.com.", "gmail.com"), ("a..", "a"), ("BÜCHER.example", "bücher.example")]
        {
            assert_eq!(normal(text).as_deref(), Some(domain));
        }
        assert_eq!([normal(""), normal("."), normal("..")], [None, None, None]);
    }

    #[test]
    fn the_provider_follows_the_recipient_unless_another_one_was_set() {
        let event = || Event::new("a", "m", "1", crate::Kind::Sent, DateTime::UNIX_EPOCH);
        let provider = |event: Event| event.message_fields().provider.as_deref().map(str::to_owned);
        assert_eq!(provider(event().recipient_domain("gmail.com")).as_deref(), Some("Google"));
        assert_eq!(provider(event().recipient_domain("gmail.com").recipient_domain("corp.example")), None);
        assert_eq!(provider(event().recipient_domain("gmail.com").provider("")).as_deref(), Some("Google"));
        assert_eq!(provider(event().provider("Ours").recipient_domain("gmail.com")).as_deref(), Some("Ours"));
        assert_eq!(provider(event().recipient_domain("gmail.com").provider("Ours")).as_deref(), Some("Ours"));
    }

    #[test]
    fn a_machine_without_a_name_is_generic_and_nobody_else_is() {
        let event = |event_type| Event::new("a", "m", "1", event_type, DateTime::UNIX_EPOCH);
        for event_type in EventType::ALL {
            let is_machine = event_type.qualifier() == Some("machine");
            let unnamed = is_machine.then_some("generic");
            assert_eq!(event(event_type).event_fields().bot.as_deref(), unnamed, "{event_type:?}");
            assert_eq!(event(event_type).bot("apple").event_fields().bot.as_deref(), Some("apple"));
            assert_eq!(event(event_type).bot("apple").bot("").event_fields().bot.as_deref(), unnamed);
        }
    }

    #[test]
    fn an_instant_is_whole_milliseconds_and_a_leap_second_is_the_one_after_it() {
        let at = |text: &str| Event::new("a", "m", "1", crate::Kind::Sent, text.parse().unwrap()).at();
        assert_eq!(at("2026-01-01T00:00:00.123999Z").to_string(), "2026-01-01 00:00:00.123 UTC");
        assert_eq!(at("2016-12-31T23:59:60.500Z"), at("2017-01-01T00:00:00.500Z"));
        assert_eq!(at("1969-12-31T23:59:59.999999Z").timestamp_millis(), -1);
    }

    proptest! {
        #[test]
        fn a_normal_domain_stays_as_it_is(text in any::<String>()) {
            let once = normalize_domain(text.into());
            prop_assert_eq!(once.clone().and_then(normalize_domain), once);
        }
    }
}
