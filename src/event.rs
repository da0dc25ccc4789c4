//! One event of one message.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::event_type::EventType;
use crate::provider;

mod borrowed;
mod check;
mod copy_key;
mod domain;
mod enhanced_code;
mod fields;
mod json_order;
mod stream;

pub use borrowed::EventRef;
pub use check::EventError;
#[cfg(feature = "snapshot")]
pub(crate) use check::is_valid_instant;
pub(crate) use domain::normalize_domain;
pub use enhanced_code::EnhancedCode;
pub use fields::{EventFields, Fields, MessageFields};
pub use stream::Stream;

/// Declares an identifier: a text that is cheap to clone.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the text.
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
    /// The id of an account, the tenant that mail belongs to. Statistics combine accounts only if a query's
    /// [`Scope`](crate::Scope) says so.
    AccountId
}

impl AccountId {
    /// Returns the value of [`Dimension::Account`](crate::Dimension::Account): an empty id is an absent value.
    pub(crate) fn value(&self) -> Option<&Arc<str>> {
        Some(&self.0).filter(|id| !id.is_empty())
    }
}

id! {
    /// The id of a message (one e-mail to one recipient), unique within its account.
    MessageId
}
id! {
    /// The id of an event, unique within its message. It is the idempotency key: the same (account, message, id) is the
    /// same event, however often it arrives.
    EventId
}

/// One thing that happened to one message at one instant.
///
/// Make it with [`Event::new`] and chaining setters. The instant is truncated to whole milliseconds.
///
/// An event has fields of its message ([`Event::message_fields`]), fields of its own ([`Event::event_fields`]), and free
/// attributes that only a message's timeline shows. No recipient address is needed to count.
///
/// If a recipient domain is set and no provider, the provider is looked up in the [built-in table](crate::provider).
///
/// An event is 80 bytes; its texts, and the fields of its message, are shared by its clones. To read or load many events
/// without allocating, see [`EventRef`](crate::message::EventRef).
///
/// ```
/// use mailtally::{Event, EventType};
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
#[derive(Clone)]
pub struct Event {
    account: AccountId,
    message: MessageId,
    id: EventId,
    at: DateTime<Utc>,
    event_type: EventType,
    /// `None` if no field has a value.
    message_fields: Option<Arc<MessageFields>>,
    /// `None` if there is neither a field nor an attribute.
    own: Option<Arc<Own>>,
}

/// What an event has of its own, which most events lack.
#[derive(Clone, Debug, Default)]
struct Own {
    fields: EventFields,
    attributes: BTreeMap<String, Value>,
}

static NO_OWN: Own = Own { fields: EventFields::NONE, attributes: BTreeMap::new() };

impl Event {
    /// Makes the event `id` of `message` in `account`, of the type `event_type`, at the instant `at`.
    ///
    /// A [`Kind`](crate::Kind) as `event_type` makes an event without a qualifier. Nothing is checked here: readers and
    /// sinks refuse an event with an empty id or an implausible instant, see [`Event::check`].
    pub fn new(
        account: impl Into<AccountId>,
        message: impl Into<MessageId>,
        id: impl Into<EventId>,
        event_type: impl Into<EventType>,
        at: DateTime<Utc>,
    ) -> Self {
        let event_type = event_type.into();
        let mut event = Self {
            account: account.into(),
            message: message.into(),
            id: id.into(),
            at: whole_millis(at),
            event_type,
            message_fields: None,
            own: None,
        };
        event.set_own(unnamed_bot(event_type), |own| &mut own.bot);
        event
    }

    /// Sets the subaccount: the customer of the account that the mail belongs to.
    #[must_use]
    pub fn subaccount(self, subaccount: impl Into<Arc<str>>) -> Self {
        self.with(non_empty(subaccount), |fields| &mut fields.subaccount)
    }

    /// Sets the sending domain.
    #[must_use]
    pub fn domain(self, domain: impl Into<Arc<str>>) -> Self {
        self.with(normalize_domain(domain.into()), |fields| &mut fields.domain)
    }

    /// Sets the category.
    #[must_use]
    pub fn category(self, category: impl Into<Arc<str>>) -> Self {
        self.with(non_empty(category), |fields| &mut fields.category)
    }

    /// Sets the tags; empty ones are dropped.
    #[must_use]
    pub fn tags<T: Into<Arc<str>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        let mut tags = tags.into_iter().filter_map(non_empty).peekable();
        if tags.peek().is_some() || self.message_fields.is_some() {
            self.message_fields_mut().tags = tags.collect();
        }
        self
    }

    /// Sets the stream.
    #[must_use]
    pub fn stream(self, stream: Stream) -> Self {
        self.with(Some(stream), |fields| &mut fields.stream)
    }

    /// Sets the sending mailbox.
    #[must_use]
    pub fn mailbox(self, mailbox: impl Into<Arc<str>>) -> Self {
        self.with(non_empty(mailbox), |fields| &mut fields.mailbox)
    }

    /// Sets the campaign.
    #[must_use]
    pub fn campaign(self, campaign: impl Into<Arc<str>>) -> Self {
        self.with(non_empty(campaign), |fields| &mut fields.campaign)
    }

    /// Sets the sending IP address. The text is not parsed: `::1` and `0:0:0:0:0:0:0:1` are two addresses.
    #[must_use]
    pub fn ip(self, ip: impl Into<Arc<str>>) -> Self {
        self.with(non_empty(ip), |fields| &mut fields.ip)
    }

    /// Sets the pool of sending IP addresses.
    #[must_use]
    pub fn ip_pool(self, pool: impl Into<Arc<str>>) -> Self {
        self.with(non_empty(pool), |fields| &mut fields.ip_pool)
    }

    /// Sets the recipient's domain and, unless another provider was set, the provider that the built-in table has for it.
    #[must_use]
    pub fn recipient_domain(self, domain: impl Into<Arc<str>>) -> Self {
        let known = self.message_fields();
        let is_provider_from_table = known.provider == provider_of(known.recipient_domain.as_deref());
        let event = self.with(normalize_domain(domain.into()), |fields| &mut fields.recipient_domain);
        if !is_provider_from_table {
            return event;
        }
        let provider = provider_of(event.message_fields().recipient_domain.as_deref());
        event.with(provider, |fields| &mut fields.provider)
    }

    /// Sets the mailbox provider, which takes precedence over the built-in table; an empty one resets it to the table's.
    #[must_use]
    pub fn provider(self, provider: impl Into<Arc<str>>) -> Self {
        let from_table = || provider_of(self.message_fields().recipient_domain.as_deref());
        let provider = non_empty(provider).or_else(from_table);
        self.with(provider, |fields| &mut fields.provider)
    }

    /// Sets whether opens of the message are tracked.
    #[must_use]
    pub fn open_tracking(self, tracked: bool) -> Self {
        self.with(Some(tracked), |fields| &mut fields.open_tracking)
    }

    /// Sets whether clicks in the message are tracked.
    #[must_use]
    pub fn click_tracking(self, tracked: bool) -> Self {
        self.with(Some(tracked), |fields| &mut fields.click_tracking)
    }

    /// Sets when the message was created, if the source tells: a message's creation is the earliest of these instants and
    /// of those of its events. It is truncated to whole milliseconds.
    #[must_use]
    pub fn created(self, created: DateTime<Utc>) -> Self {
        self.with(Some(whole_millis(created)), |fields| &mut fields.created)
    }

    /// Makes it an event of another message: for checks of stores, which make many alike.
    #[cfg(feature = "conformance")]
    pub(crate) fn of_message(self, message: impl Into<MessageId>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// Sets all fields of the message at once: for readers that share them among events.
    ///
    /// The fields are taken as they are: domains are not normalized and no provider is looked up.
    pub(crate) fn with_message_fields(self, fields: Arc<MessageFields>) -> Self {
        Self { message_fields: Some(fields), ..self }
    }

    /// Sets the event's own fields and attributes at once, to those of `other`, which share them: for readers of very many
    /// events with equal ones.
    pub(crate) fn with_own_of(self, other: &Self) -> Self {
        Self { own: other.own.clone(), ..self }
    }

    /// Sets the event's own fields and attributes at once: for stores that keep them in another form.
    pub(crate) fn with_event_fields(self, fields: EventFields, attributes: BTreeMap<String, Value>) -> Self {
        if fields == EventFields::NONE && attributes.is_empty() {
            return Self { own: None, ..self };
        }
        Self { own: Some(Arc::new(Own { fields, attributes })), ..self }
    }

    /// Sets the country where this event happened.
    #[must_use]
    pub fn country(self, country: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(country), |fields| &mut fields.country)
    }

    /// Sets the kind of device on which this event happened.
    #[must_use]
    pub fn device(self, device: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(device), |fields| &mut fields.device)
    }

    /// Sets the program, such as a mail client, with which this event was made.
    #[must_use]
    pub fn client(self, client: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(client), |fields| &mut fields.client)
    }

    /// Sets which machine opened or clicked, such as `apple`. An empty name unsets it or, for an open or a click by a
    /// `machine`, resets it to `generic`.
    #[must_use]
    pub fn bot(self, bot: impl Into<Arc<str>>) -> Self {
        let bot = non_empty(bot).or_else(|| unnamed_bot(self.event_type));
        self.with_own(bot, |fields| &mut fields.bot)
    }

    /// Sets the number of the delivery attempt at which this event happened, from 1.
    #[must_use]
    pub fn attempt(self, attempt: NonZeroU32) -> Self {
        self.with_own(Some(attempt), |fields| &mut fields.attempt)
    }

    /// Sets whether the platform optimized the time or the route of the delivery attempt.
    #[must_use]
    pub fn optimized(self, optimized: bool) -> Self {
        self.with_own(Some(optimized), |fields| &mut fields.optimized)
    }

    /// Sets how the delivery attempt was made: `smtp`, `lmtp`, `local`, `pipe`, `http`.
    #[must_use]
    pub fn transport(self, transport: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(transport), |fields| &mut fields.transport)
    }

    /// Sets the sending IP address of the delivery attempt. This event counts under it, whatever the [address of the
    /// message](Event::ip) is.
    #[must_use]
    pub fn attempt_ip(self, ip: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(ip), |fields| &mut fields.attempt_ip)
    }

    /// Sets the pool of sending IP addresses of the delivery attempt. This event counts under it, whatever the [pool of
    /// the message](Event::ip_pool) is.
    #[must_use]
    pub fn attempt_ip_pool(self, pool: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(pool), |fields| &mut fields.attempt_ip_pool)
    }

    /// Sets the reason: the class or category that the source gives a bounce, drop, deferral or complaint, as the source
    /// spells it.
    #[must_use]
    pub fn reason(self, reason: impl Into<Arc<str>>) -> Self {
        self.with_own(non_empty(reason), |fields| &mut fields.reason)
    }

    /// Sets the enhanced status code of the answer.
    #[must_use]
    pub fn code(self, code: EnhancedCode) -> Self {
        self.with_own(Some(code), |fields| &mut fields.code)
    }

    /// Adds a free attribute: it is not counted, only a message's timeline shows it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.own_mut().attributes.insert(name.into(), value.into());
        self
    }

    /// Returns the account that the mail belongs to.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the message that the event happened to.
    pub fn message(&self) -> &MessageId {
        &self.message
    }

    /// Returns the id of the event, unique within its message.
    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// Returns the instant at which the event happened, in whole milliseconds.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Returns what happened.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// Returns the fields of the message, as far as this event has them.
    pub fn message_fields(&self) -> &MessageFields {
        self.message_fields.as_deref().unwrap_or_else(|| MessageFields::none())
    }

    /// Returns the event's own fields.
    pub fn event_fields(&self) -> &EventFields {
        &self.own().fields
    }

    /// Returns the fields that this event alone has values of dimensions from.
    pub fn fields(&self) -> Fields<'_> {
        Fields { account: &self.account, message: self.message_fields(), event: self.event_fields() }
    }

    /// Returns the free attributes, by name.
    pub fn attributes(&self) -> &BTreeMap<String, Value> {
        &self.own().attributes
    }

    /// Compares two copies of the same event. The lesser one is used, and only identical copies are equal, so the order of
    /// arrival does not matter.
    ///
    /// They are compared field by field, in this order; the first difference decides:
    ///
    /// 1. the instant: the earlier one is less;
    /// 2. the kind, in the order of [`Kind`](crate::Kind), then the qualifier;
    /// 3. the fields of the message: subaccount, domain, category, tags, stream, mailbox, campaign, IP address, IP pool,
    ///    recipient domain, provider, open tracking, click tracking, created;
    /// 4. the event's own fields: country, device, client, bot, attempt, optimized, transport, attempt IP address, attempt
    ///    IP pool, reason, code;
    /// 5. the attributes.
    ///
    /// An absent value is less than any other. Texts are compared byte by byte (in SQL the collation `C` or `BINARY`);
    /// `false` is less than `true`, `transactional` less than `bulk`; numbers and instants are compared by value. Tags are
    /// compared as ascending lists, element by element, and a list that is the start of another is less; attributes in the
    /// same way, as (name, value) pairs in the order of names. Of two values in JSON, arrays and objects are compared
    /// element by element, and all others by their JSON text; arrays are greater than those, and objects greater than arrays.
    ///
    /// [`Event::copy_key`] is the same order as bytes.
    ///
    /// ```
    /// use mailtally::{Event, Kind};
    ///
    /// let event = Event::new("acme", "m-1", "e-1", Kind::Opened, "2026-02-01T09:30:00Z".parse()?);
    /// assert!(event.cmp_copies(&event.clone().country("DE")).is_lt());
    /// assert!(event.clone().country("DE").cmp_copies(&event.clone().country("US")).is_lt());
    /// assert!(event.clone().country("US").cmp_copies(&event.clone().category("a")).is_lt()); // the category decides
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cmp_copies(&self, other: &Self) -> Ordering {
        let key = |event: &Self| (event.at, event.event_type.kind(), event.event_type.qualifier());
        key(self)
            .cmp(&key(other))
            .then_with(|| self.message_fields().cmp(other.message_fields()))
            .then_with(|| self.event_fields().cmp(other.event_fields()))
            .then_with(|| json_order::cmp_objects(self.attributes(), other.attributes()))
    }

    fn own(&self) -> &Own {
        self.own.as_deref().unwrap_or(&NO_OWN)
    }

    fn own_mut(&mut self) -> &mut Own {
        Arc::make_mut(self.own.get_or_insert_default())
    }

    fn message_fields_mut(&mut self) -> &mut MessageFields {
        Arc::make_mut(self.message_fields.get_or_insert_default())
    }

    /// Sets a field of the message. Setting an absent value on an event without fields allocates nothing.
    fn with<T>(mut self, value: Option<T>, field: impl FnOnce(&mut MessageFields) -> &mut Option<T>) -> Self {
        if value.is_some() || self.message_fields.is_some() {
            *field(self.message_fields_mut()) = value;
        }
        self
    }

    fn with_own<T>(
        mut self,
        value: Option<T>,
        field: impl FnOnce(&mut EventFields) -> &mut Option<T>,
    ) -> Self {
        self.set_own(value, field);
        self
    }

    fn set_own<T>(&mut self, value: Option<T>, field: impl FnOnce(&mut EventFields) -> &mut Option<T>) {
        if value.is_some() || self.own.is_some() {
            *field(&mut self.own_mut().fields) = value;
        }
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.account == other.account
            && self.message == other.message
            && self.id == other.id
            && self.cmp_copies(other).is_eq()
    }
}

impl Eq for Event {}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("account", &self.account)
            .field("message", &self.message)
            .field("id", &self.id)
            .field("at", &self.at)
            .field("event_type", &self.event_type)
            .field("message_fields", self.message_fields())
            .field("event_fields", self.event_fields())
            .field("attributes", self.attributes())
            .finish()
    }
}

/// Truncates an instant to whole milliseconds since 1970. A leap second becomes the second after it.
fn whole_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    let nanos = at.timestamp_subsec_nanos();
    // A leap second has more nanoseconds than others.
    if nanos < 1_000_000_000 && nanos.is_multiple_of(1_000_000) {
        return at;
    }
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

/// Looks up the provider of a recipient domain in the built-in table.
fn provider_of(domain: Option<&str>) -> Option<Arc<str>> {
    domain.and_then(provider::for_recipient_domain).map(|provider| provider.name().into())
}

/// Returns the name of a machine that opened or clicked and has no name of its own.
fn unnamed_bot(event_type: EventType) -> Option<Arc<str>> {
    matches!(event_type, EventType::OpenedMachine | EventType::ClickedMachine).then(|| "generic".into())
}

/// Returns the text unless it is empty.
fn non_empty(text: impl Into<Arc<str>>) -> Option<Arc<str>> {
    Some(text.into()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn only_a_machine_without_a_name_is_generic() {
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
    fn an_instant_is_truncated_to_milliseconds_and_a_leap_second_becomes_the_next() {
        let at = |text: &str| Event::new("a", "m", "1", crate::Kind::Sent, text.parse().unwrap()).at();
        assert_eq!(at("2026-01-01T00:00:00.123999Z").to_string(), "2026-01-01 00:00:00.123 UTC");
        assert_eq!(at("2016-12-31T23:59:60.500Z"), at("2017-01-01T00:00:00.500Z"));
        assert_eq!(at("1969-12-31T23:59:59.999999Z").timestamp_millis(), -1);
    }

    #[test]
    fn an_event_that_could_not_be_read_is_not_written() {
        let event = |account, at: &str| Event::new(account, "m", "1", crate::Kind::Sent, at.parse().unwrap());
        for event in [event("", "2026-01-01T00:00:00Z"), event("a", "1970-01-21T00:00:00Z")] {
            let error = serde_json::to_string(&event).unwrap_err().to_string();
            assert_eq!(error, event.check().unwrap_err().to_string());
        }
        assert!(serde_json::to_string(&event("a", "2026-01-01T00:00:00Z")).is_ok());
    }

    #[test]
    fn an_event_is_small() {
        assert!(size_of::<Event>() <= 80, "{}", size_of::<Event>());
        assert!(size_of::<Option<Event>>() <= 80);
    }

    #[test]
    fn an_event_whose_fields_were_unset_equals_one_without_fields() {
        let event = || Event::new("a", "m", "1", crate::Kind::Sent, DateTime::UNIX_EPOCH);
        assert_eq!(event().category("x").category(""), event());
        assert_eq!(event().country("DE").country(""), event());
        assert_ne!(event().country("DE"), event());
        assert_ne!(event().attribute("a", 1), event());
    }
}
