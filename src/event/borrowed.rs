//! The borrowed form of an event, and with it the JSON form of both.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::Value;

use super::{
    EnhancedCode, Event, EventFields, MessageFields, Own, Stream, normalize_domain, provider_of, unnamed_bot,
    whole_millis,
};
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::parse_error::ParseError;

mod instant;

/// An [`Event`] that borrows its texts: one row on its way from a log or a table into a store.
///
/// It has the fields of the JSON form and converts into an [`Event`], which normalizes them: domains become lower case,
/// empty texts become absent, and a missing provider is looked up by the recipient domain. Its own JSON has non-empty ids and
/// plausible instants; everything else is checked of the event.
///
/// Deserializing from a text or slice borrows every string that has no escapes.
///
/// ```
/// use mailtally::message::EventRef;
/// use mailtally::{Event, EventType};
///
/// let line = r#"{"account":"acme","message":"m-1","id":"e-1","kind":"delivered","at":"2026-02-01T09:30:00Z","domain":"A.example"}"#;
/// let row: EventRef<'_> = serde_json::from_str(line)?;
/// assert_eq!(row.event_type(), EventType::Delivered);
/// assert_eq!(row.domain.as_deref(), Some("A.example"));
/// let event = Event::from(&row);
/// assert_eq!(event.message_fields().domain.as_deref(), Some("a.example"));
///
/// let mut row = EventRef::new("acme", "m-1", "e-2", EventType::OpenedPerson, "2026-02-01T10:00:00Z".parse()?);
/// row.country = Some("DE".into());
/// assert_eq!(Event::from(&row).event_fields().country.as_deref(), Some("DE"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
#[expect(
    missing_docs,
    reason = "each is the field of that name of `MessageFields`, `EventFields` or `Event`"
)]
pub struct EventRef<'a> {
    #[serde(borrow)]
    pub account: Cow<'a, str>,
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    kind: Kind,
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    qualifier: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub subaccount: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub domain: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub category: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Cow<'a, str>>,
    #[serde(default, deserialize_with = "parsed", skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub ip: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub ip_pool: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub recipient_domain: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub provider: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_tracking: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_tracking: Option<bool>,
    #[serde(default, with = "instant::optional", skip_serializing_if = "Option::is_none")]
    pub created: Option<DateTime<Utc>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub country: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub device: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub client: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub bot: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimized: Option<bool>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub transport: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub attempt_ip: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub attempt_ip_pool: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "parsed", skip_serializing_if = "Option::is_none")]
    pub code: Option<EnhancedCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Cow<'a, BTreeMap<String, Value>>>,
    /// That of `kind` and `qualifier`.
    #[serde(skip, default = "unchecked")]
    event_type: EventType,
}

impl<'a> EventRef<'a> {
    /// Makes the event `id` of `message` in `account`, of the type `event_type`, at the instant `at`, with no other field.
    pub fn new(
        account: impl Into<Cow<'a, str>>,
        message: impl Into<Cow<'a, str>>,
        id: impl Into<Cow<'a, str>>,
        event_type: impl Into<EventType>,
        at: DateTime<Utc>,
    ) -> Self {
        let event_type = event_type.into();
        Self {
            account: account.into(),
            message: message.into(),
            id: id.into(),
            kind: event_type.kind(),
            at,
            qualifier: event_type.qualifier().map(Cow::Borrowed),
            subaccount: None,
            domain: None,
            category: None,
            tags: Vec::new(),
            stream: None,
            mailbox: None,
            campaign: None,
            ip: None,
            ip_pool: None,
            recipient_domain: None,
            provider: None,
            open_tracking: None,
            click_tracking: None,
            created: None,
            country: None,
            device: None,
            client: None,
            bot: None,
            attempt: None,
            optimized: None,
            transport: None,
            attempt_ip: None,
            attempt_ip_pool: None,
            reason: None,
            code: None,
            attributes: None,
            event_type,
        }
    }

    /// Returns what happened.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }
}

impl<'a> From<&'a Event> for EventRef<'a> {
    fn from(event: &'a Event) -> Self {
        let MessageFields {
            subaccount,
            domain,
            category,
            tags,
            stream,
            mailbox,
            campaign,
            ip,
            ip_pool,
            recipient_domain,
            provider,
            open_tracking,
            click_tracking,
            created,
        } = event.message_fields();
        let EventFields {
            country,
            device,
            client,
            bot,
            attempt,
            optimized,
            transport,
            attempt_ip,
            attempt_ip_pool,
            reason,
            code,
        } = event.event_fields();
        let text = |text: &'a Option<Arc<str>>| text.as_deref().map(Cow::Borrowed);
        let ids = (event.account.as_str(), event.message.as_str(), event.id.as_str());
        Self {
            subaccount: text(subaccount),
            domain: text(domain),
            category: text(category),
            tags: tags.iter().map(|tag| Cow::Borrowed(&**tag)).collect(),
            stream: *stream,
            mailbox: text(mailbox),
            campaign: text(campaign),
            ip: text(ip),
            ip_pool: text(ip_pool),
            recipient_domain: text(recipient_domain),
            provider: text(provider),
            open_tracking: *open_tracking,
            click_tracking: *click_tracking,
            created: *created,
            country: text(country),
            device: text(device),
            client: text(client),
            bot: text(bot),
            attempt: *attempt,
            optimized: *optimized,
            transport: text(transport),
            attempt_ip: text(attempt_ip),
            attempt_ip_pool: text(attempt_ip_pool),
            reason: text(reason),
            code: *code,
            attributes: Some(event.attributes()).filter(|all| !all.is_empty()).map(Cow::Borrowed),
            ..Self::new(ids.0, ids.1, ids.2, event.event_type(), event.at())
        }
    }
}

impl From<&EventRef<'_>> for Event {
    fn from(row: &EventRef<'_>) -> Self {
        let text =
            |text: &Option<Cow<'_, str>>| text.as_deref().filter(|text| !text.is_empty()).map(Arc::from);
        let domain = |domain| text(domain).and_then(normalize_domain);
        let recipient_domain = domain(&row.recipient_domain);
        let fields = MessageFields {
            subaccount: text(&row.subaccount),
            domain: domain(&row.domain),
            category: text(&row.category),
            tags: row.tags.iter().filter(|tag| !tag.is_empty()).map(|tag| Arc::from(&**tag)).collect(),
            stream: row.stream,
            mailbox: text(&row.mailbox),
            campaign: text(&row.campaign),
            ip: text(&row.ip),
            ip_pool: text(&row.ip_pool),
            provider: text(&row.provider).or_else(|| provider_of(recipient_domain.as_deref())),
            recipient_domain,
            open_tracking: row.open_tracking,
            click_tracking: row.click_tracking,
            created: row.created.map(whole_millis),
        };
        let event_fields = EventFields {
            country: text(&row.country),
            device: text(&row.device),
            client: text(&row.client),
            bot: text(&row.bot).or_else(|| unnamed_bot(row.event_type)),
            attempt: row.attempt,
            optimized: row.optimized,
            transport: text(&row.transport),
            attempt_ip: text(&row.attempt_ip),
            attempt_ip_pool: text(&row.attempt_ip_pool),
            reason: text(&row.reason),
            code: row.code,
        };
        let attributes = row.attributes.as_deref().cloned().unwrap_or_default();
        let has_own = event_fields != EventFields::NONE || !attributes.is_empty();
        Self {
            account: (&*row.account).into(),
            message: (&*row.message).into(),
            id: (&*row.id).into(),
            at: whole_millis(row.at),
            event_type: row.event_type,
            message_fields: (fields != MessageFields::NONE).then(|| Arc::new(fields)),
            own: has_own.then(|| Arc::new(Own { fields: event_fields, attributes })),
        }
    }
}

impl Serialize for EventRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(ser::Error::custom)?;
        Self::serialize(self, serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for EventRef<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut row = Self::deserialize(deserializer)?;
        row.check().map_err(de::Error::custom)?;
        let qualifier = row.qualifier.as_deref().filter(|qualifier| !qualifier.is_empty());
        row.event_type = EventType::new(row.kind, qualifier).map_err(de::Error::custom)?;
        Ok(row)
    }
}

impl Serialize for Event {
    /// Writes a valid event: see [`Event::check`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(ser::Error::custom)?;
        Serialize::serialize(&EventRef::from(self), serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    /// Reads a valid event: see [`Event::check`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row: EventRef<'de> = Deserialize::deserialize(deserializer)?;
        let event = Self::from(&row);
        event.check().map_err(de::Error::custom)?;
        Ok(event)
    }
}

/// The event type until `kind` and `qualifier` are checked.
fn unchecked() -> EventType {
    EventType::Accepted
}

/// Reads a text or `null`, borrowed if possible.
fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    Ok(Option::<Text<'a>>::deserialize(deserializer)?.map(|Text(text)| text))
}

/// Reads a value from its text; `null` and the empty text are no value.
fn parsed<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err = ParseError>,
    D: Deserializer<'de>,
{
    let text = text(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
}

/// Reads an array of texts or `null`, borrowed if possible.
fn texts<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cow<'a, str>>, D::Error> {
    let texts = Option::<Vec<Text<'a>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts.into_iter().map(|Text(text)| text).collect())
}

/// A text that serde borrows where it can; within an `Option` or a `Vec` it never borrows a bare `Cow`.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}
