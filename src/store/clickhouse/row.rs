//! Events as rows of the table `events`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::DateTime;
use clickhouse::Row;
use serde_json::Value;

use super::error::ClickHouseError;
use crate::event::{Event, EventFields, MessageFields, Stream};
use crate::event_type::EventType;

/// What a row is.
pub(super) const EVENT: u8 = 0;
/// What is left of events that were dropped.
pub(super) const REST: u8 = 1;
/// The mark that all rows of a message in batches before its own are forgotten.
pub(super) const FORGOTTEN: u8 = 2;

/// A row of the table `events`. Absent texts are empty, absent numbers and instants 0.
#[derive(Clone, Debug, Default, Row, serde::Serialize, serde::Deserialize)]
pub(super) struct EventRow {
    pub(super) account: String,
    pub(super) message: String,
    pub(super) id: String,
    pub(super) row: u8,
    pub(super) batch: u64,
    pub(super) hash: u64,
    pub(super) at: i64,
    pub(super) event_type: String,
    pub(super) kind: String,
    pub(super) copy_key: Vec<u8>,
    pub(super) subaccount: String,
    pub(super) domain: String,
    pub(super) category: String,
    pub(super) tags: Vec<String>,
    pub(super) stream: String,
    pub(super) mailbox: String,
    pub(super) campaign: String,
    pub(super) ip: String,
    pub(super) ip_pool: String,
    pub(super) recipient_domain: String,
    pub(super) provider: String,
    pub(super) open_tracking: String,
    pub(super) click_tracking: String,
    pub(super) created: i64,
    pub(super) country: String,
    pub(super) device: String,
    pub(super) client: String,
    pub(super) bot: String,
    pub(super) attempt: u32,
    pub(super) optimized: String,
    pub(super) transport: String,
    pub(super) attempt_ip: String,
    pub(super) attempt_ip_pool: String,
    pub(super) reason: String,
    pub(super) code: String,
    pub(super) attributes: String,
    /// Of a [`REST`]: the event types that were dropped.
    pub(super) seen: Vec<String>,
    /// Of a [`REST`]: the status that the dropped events lead to.
    pub(super) status: String,
}

/// Returns the hash by which messages are spread over shards. It must never change.
pub(super) fn hash(account: &str, message: &str) -> u64 {
    let mut bytes = Vec::with_capacity(account.len() + message.len() + 8);
    bytes.extend((account.len() as u64).to_le_bytes());
    bytes.extend(account.as_bytes());
    bytes.extend(message.as_bytes());
    twox_hash::XxHash3_64::oneshot(&bytes)
}

impl EventRow {
    /// Makes the row of an event.
    pub(super) fn new(event: &Event, batch: u64, copy_key: Vec<u8>) -> Result<Self, ClickHouseError> {
        let (account, message) = (event.account().as_str(), event.message().as_str());
        let row = Self {
            account: account.to_owned(),
            message: message.to_owned(),
            id: event.id().as_str().to_owned(),
            row: EVENT,
            batch,
            hash: hash(account, message),
            at: event.at().timestamp_millis(),
            event_type: event.event_type().to_string(),
            kind: event.event_type().kind().name().to_owned(),
            copy_key,
            attributes: written(event.attributes())?,
            ..Self::default()
        };
        Ok(row.with_message_fields(event.message_fields()).with_event_fields(event.event_fields()))
    }

    /// Makes the mark that a message is forgotten.
    pub(super) fn forgotten(account: &str, message: &str, batch: u64) -> Self {
        let (hash, account, message) = (hash(account, message), account.to_owned(), message.to_owned());
        Self { account, message, row: FORGOTTEN, batch, hash, ..Self::default() }
    }

    fn with_message_fields(self, fields: &MessageFields) -> Self {
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
        } = fields;
        Self {
            subaccount: text(subaccount),
            domain: text(domain),
            category: text(category),
            tags: tags.iter().map(|tag| tag.to_string()).collect(),
            stream: stream.map_or(String::new(), |stream| stream.name().to_owned()),
            mailbox: text(mailbox),
            campaign: text(campaign),
            ip: text(ip),
            ip_pool: text(ip_pool),
            recipient_domain: text(recipient_domain),
            provider: text(provider),
            open_tracking: flag(*open_tracking),
            click_tracking: flag(*click_tracking),
            created: created.map_or(0, |created| created.timestamp_millis()),
            ..self
        }
    }

    fn with_event_fields(self, fields: &EventFields) -> Self {
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
        } = fields;
        Self {
            country: text(country),
            device: text(device),
            client: text(client),
            bot: text(bot),
            attempt: attempt.map_or(0, NonZeroU32::get),
            optimized: flag(*optimized),
            transport: text(transport),
            attempt_ip: text(attempt_ip),
            attempt_ip_pool: text(attempt_ip_pool),
            reason: text(reason),
            code: code.as_ref().map_or(String::new(), |code| code.as_str().to_owned()),
            ..self
        }
    }

    /// Returns the event of the row.
    pub(super) fn event(self) -> Result<Event, ClickHouseError> {
        let at = instant("at", self.at)?;
        let event_type: EventType = parsed("event_type", &self.event_type)?;
        let attributes: BTreeMap<String, Value> = match &*self.attributes {
            "" => BTreeMap::new(),
            text => serde_json::from_str(text).map_err(|_| unknown("attributes", text))?,
        };
        let event = Event::new(&*self.account, &*self.message, &*self.id, event_type, at);
        let event = event.with_event_fields(self.event_fields()?, attributes);
        let fields = self.message_fields()?;
        Ok(if fields == MessageFields::NONE { event } else { event.with_message_fields(Arc::new(fields)) })
    }

    /// Returns the fields of the message.
    pub(super) fn message_fields(&self) -> Result<MessageFields, ClickHouseError> {
        let stream: Option<Stream> = optional("stream", &self.stream)?;
        Ok(MessageFields {
            subaccount: shared(&self.subaccount),
            domain: shared(&self.domain),
            category: shared(&self.category),
            tags: self.tags.iter().map(|tag| Arc::from(&**tag)).collect(),
            stream,
            mailbox: shared(&self.mailbox),
            campaign: shared(&self.campaign),
            ip: shared(&self.ip),
            ip_pool: shared(&self.ip_pool),
            recipient_domain: shared(&self.recipient_domain),
            provider: shared(&self.provider),
            open_tracking: optional("open_tracking", &self.open_tracking)?,
            click_tracking: optional("click_tracking", &self.click_tracking)?,
            created: (self.created != 0).then(|| instant("created", self.created)).transpose()?,
        })
    }

    fn event_fields(&self) -> Result<EventFields, ClickHouseError> {
        Ok(EventFields {
            country: shared(&self.country),
            device: shared(&self.device),
            client: shared(&self.client),
            bot: shared(&self.bot),
            attempt: NonZeroU32::new(self.attempt),
            optimized: optional("optimized", &self.optimized)?,
            transport: shared(&self.transport),
            attempt_ip: shared(&self.attempt_ip),
            attempt_ip_pool: shared(&self.attempt_ip_pool),
            reason: shared(&self.reason),
            code: optional("code", &self.code)?,
        })
    }
}

/// Writes attributes as JSON; an empty text if there are none.
fn written(attributes: &BTreeMap<String, Value>) -> Result<String, ClickHouseError> {
    if attributes.is_empty() {
        return Ok(String::new());
    }
    serde_json::to_string(attributes).map_err(|error| unknown("attributes", &error.to_string()))
}

fn text(text: &Option<Arc<str>>) -> String {
    text.as_deref().unwrap_or_default().to_owned()
}

fn flag(flag: Option<bool>) -> String {
    flag.map_or(String::new(), |flag| flag.to_string())
}

fn shared(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

fn optional<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<Option<T>, ClickHouseError> {
    if text.is_empty() { Ok(None) } else { parsed(column, text).map(Some) }
}

/// Reads a name that this crate writes.
pub(super) fn parsed<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, ClickHouseError> {
    text.parse().map_err(|_| unknown(column, text))
}

/// Reads an instant in milliseconds since 1970.
pub(super) fn instant(column: &'static str, millis: i64) -> Result<DateTime<chrono::Utc>, ClickHouseError> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| unknown(column, &millis.to_string()))
}

fn unknown(column: &'static str, found: &str) -> ClickHouseError {
    ClickHouseError::Row { column, found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let plain = Event::new("a", "m", "1", Kind::Opened, "2026-02-01T09:30:00.250Z".parse().unwrap());
        let full = plain
            .clone()
            .subaccount("s\0")
            .domain("a.example")
            .tags(["x", "y'"])
            .stream(Stream::Bulk)
            .recipient_domain("gmail.com")
            .open_tracking(false)
            .click_tracking(true)
            .created("2026-01-01T00:00:00Z".parse().unwrap())
            .country("DE")
            .attempt(NonZeroU32::MAX)
            .optimized(true)
            .code("5.1.1".parse().unwrap())
            .attribute("a", serde_json::json!({"b": [0.1, -0.0, null, u64::MAX]}));
        for event in [plain, full] {
            let row = EventRow::new(&event, 7, event.copy_key()).unwrap();
            assert_eq!(row.event().unwrap(), event);
        }
    }

    #[test]
    fn a_hash_stays_the_same_and_depends_on_where_the_account_ends() {
        assert_ne!(hash("ab", "c"), hash("a", "bc"));
        assert_eq!(hash("acme", "m-1"), 0x8e5c_bd32_4aff_cd09);
    }

    #[test]
    fn a_row_of_another_version_is_an_error_that_names_the_column() {
        let row = EventRow { event_type: "teleported".to_owned(), ..EventRow::default() };
        let error = row.event().unwrap_err().to_string();
        assert_eq!(error, "a row has event_type `teleported`, which this crate does not write");
    }
}
