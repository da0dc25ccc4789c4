//! The serde form of an [`Event`]: one flat JSON object.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{AccountId, Event, EventFields, EventId, MessageFields, MessageId, Stream};
use crate::event_type::{EventType, Kind};

/// The fields as they stand in JSON. A field that is absent, `null` or empty is no value.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    account: AccountId,
    message: MessageId,
    id: EventId,
    kind: Kind,
    at: At,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    qualifier: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subaccount: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    domain: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeSet<Arc<str>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<Stream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mailbox: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip_pool: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipient_domain: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open_tracking: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    click_tracking: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bot: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    optimized: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attributes: Option<BTreeMap<String, Value>>,
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { account, message, id, at, event_type, facts, origin, attributes } = self.clone();
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
        } = facts;
        let EventFields { country, device, client, bot, attempt, optimized } = origin;
        let fields = Fields {
            account,
            message,
            id,
            kind: event_type.kind(),
            at: At(at),
            qualifier: event_type.qualifier().map(Cow::Borrowed),
            subaccount,
            domain,
            category,
            tags: Some(tags).filter(|tags| !tags.is_empty()),
            stream,
            mailbox,
            campaign,
            ip,
            ip_pool,
            recipient_domain,
            provider,
            open_tracking,
            click_tracking,
            country,
            device,
            client,
            bot,
            attempt,
            optimized,
            attributes: Some(attributes).filter(|attributes| !attributes.is_empty()),
        };
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        for (name, text) in [
            ("account", fields.account.as_str()),
            ("message", fields.message.as_str()),
            ("id", fields.id.as_str()),
        ] {
            if text.is_empty() {
                return Err(de::Error::custom(format_args!("field `{name}` is empty, expected a name")));
            }
        }
        let qualifier = fields.qualifier.as_deref().filter(|qualifier| !qualifier.is_empty());
        let event_type = EventType::new(fields.kind, qualifier).map_err(de::Error::custom)?;
        let mut event = Self::new(fields.account, fields.message, fields.id, event_type, fields.at.0)
            .subaccount(fields.subaccount.unwrap_or_default())
            .domain(fields.domain.unwrap_or_default())
            .category(fields.category.unwrap_or_default())
            .tags(fields.tags.unwrap_or_default())
            .mailbox(fields.mailbox.unwrap_or_default())
            .campaign(fields.campaign.unwrap_or_default())
            .ip(fields.ip.unwrap_or_default())
            .ip_pool(fields.ip_pool.unwrap_or_default())
            .provider(fields.provider.unwrap_or_default())
            .recipient_domain(fields.recipient_domain.unwrap_or_default())
            .country(fields.country.unwrap_or_default())
            .device(fields.device.unwrap_or_default())
            .client(fields.client.unwrap_or_default())
            .bot(fields.bot.unwrap_or_default());
        event.facts.stream = fields.stream;
        event.facts.open_tracking = fields.open_tracking;
        event.facts.click_tracking = fields.click_tracking;
        event.origin.attempt = fields.attempt;
        event.origin.optimized = fields.optimized;
        event.attributes = fields.attributes.unwrap_or_default();
        Ok(event)
    }
}

/// An instant: written as RFC 3339 in UTC with milliseconds (where the year has more than four digits, as epoch
/// milliseconds), read as RFC 3339 with any offset or as epoch milliseconds.
struct At(DateTime<Utc>);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if (0..=9999).contains(&self.0.year()) {
            return serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
        // RFC 3339 has four digits for the year.
        serializer.serialize_i64(self.0.timestamp_millis())
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = At;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instant as RFC 3339 text or epoch milliseconds")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<At, E> {
                let unreadable = |_| E::invalid_value(de::Unexpected::Str(text), &self);
                DateTime::parse_from_rfc3339(text).map(|at| At(at.to_utc())).map_err(unreadable)
            }

            fn visit_i64<E: de::Error>(self, millis: i64) -> Result<At, E> {
                let out_of_range = || E::invalid_value(de::Unexpected::Signed(millis), &self);
                DateTime::from_timestamp_millis(millis).map(At).ok_or_else(out_of_range)
            }

            fn visit_u64<E: de::Error>(self, millis: u64) -> Result<At, E> {
                let out_of_range = || E::invalid_value(de::Unexpected::Unsigned(millis), &self);
                i64::try_from(millis).map_err(|_| out_of_range()).and_then(|millis| self.visit_i64(millis))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
