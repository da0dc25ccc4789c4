//! The statement that returns the events of one message, and its rows as events.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::expression::{Expressions, number_of};
use super::rows::{Needs, Which};
use super::statement::{Statement, With};
use super::{Field, Names, SqlError};
use crate::event::{AccountId, Event, EventFields, MessageFields, MessageId};
use crate::event_type::EventType;
use crate::query::Scope;

/// The columns before those of the fields.
const FIRST: [&str; 6] = ["id", "at", "event_type", "created", "tags", "attributes"];

/// The number of columns of the statement of a [`timeline()`].
pub const TIMELINE_COLUMNS: usize = FIRST.len() + Field::COUNT;

/// Returns the statement that returns the events of a message, ordered by instant, then by id, each once. It is what
/// [`Timeline`](crate::store::Timeline) asks for; [`event`] makes an event of each row.
///
/// All of its [`TIMELINE_COLUMNS`] columns are texts, and most can be `NULL`: `id`, `at` and `created` (milliseconds since 1970),
/// `event_type`, `tags` and `attributes` (in JSON), and then one for each [`Field`], in the order of `Field::ALL`.
///
/// # Errors
///
/// [`SqlError`] if a name or a text cannot be sent.
pub fn timeline(names: &Names, account: &AccountId, message: &MessageId) -> Result<Statement, SqlError> {
    let mut with = With::default();
    let mut expressions = Expressions::new(names);
    let needs = Needs {
        fields: names.fields.keys().copied().collect(),
        tags: names.tags.is_some(),
        created: true,
        attributes: true,
        ..Needs::default()
    };
    let id = expressions.column(&names.message)?;
    let is_message = expressions.equals(&id, names.message.holds, message.as_str(), "message")?;
    let which = Which {
        scope: expressions.scope(&Scope::Account(account.clone()))?,
        is_one_account: true,
        conditions: vec![is_message],
        range: (i64::MIN, i64::MAX),
    };
    expressions.add_events(&mut with, &needs, &which)?;
    let text_of = |column: &str, is_named: bool| {
        if is_named { format!("CAST({column} AS text)") } else { format!("NULL AS {column}") }
    };
    let types =
        EventType::ALL.map(|event_type| format!(" WHEN {} THEN '{event_type}'", number_of(event_type)));
    let mut columns = vec![
        "id".to_owned(),
        text_of("at", true),
        format!("CASE type{} END", types.concat()),
        text_of("created", names.created.is_some()),
        text_of("tags", names.tags.is_some()),
        text_of("attributes", names.attributes.is_some()),
    ];
    columns.extend(Field::ALL.map(|field| text_of(&format!("v_{field}"), names.fields.contains_key(&field))));
    let select = format!(
        "SELECT {}\nFROM mailtally_events ORDER BY mailtally_events.at, mailtally_events.id",
        columns.join(", ")
    );
    Ok(expressions.writer.finish(with.select(&select)))
}

/// Makes an event of one row of a [`timeline()`]: its columns, in their order.
///
/// # Errors
///
/// [`SqlError::Row`] if it is no such row, or has a value that an event cannot have.
pub fn event(account: &AccountId, message: &MessageId, row: &[Option<String>]) -> Result<Event, SqlError> {
    let Some((first, fields)) =
        row.split_first_chunk::<{ FIRST.len() }>().filter(|_| row.len() == TIMELINE_COLUMNS)
    else {
        let expected = format!("{TIMELINE_COLUMNS} columns");
        return Err(SqlError::row("timeline", format!("{} columns", row.len()), expected));
    };
    let [id, at, event_type, created, tags, attributes] = first.each_ref().map(|value| value.as_deref());
    let required = |column, value: Option<&str>| match value {
        Some(value) => Ok(value.to_owned()),
        None => Err(SqlError::row(column, "NULL", "a value")),
    };
    let event_type = required("event_type", event_type)?;
    let event_type: EventType =
        event_type.parse().map_err(|error| SqlError::row("event_type", &event_type, format!("{error}")))?;
    let at = instant("at", &required("at", at)?)?;
    let event = Event::new(account.clone(), message.clone(), required("id", id)?, event_type, at);
    let fields = Fields(fields);
    let message_fields = MessageFields {
        subaccount: fields.text(Field::Subaccount),
        domain: fields.text(Field::Domain),
        category: fields.text(Field::Category),
        tags: tags.map_or(Ok(BTreeSet::new()), read_tags)?,
        stream: fields.parse(Field::Stream)?,
        mailbox: fields.text(Field::Mailbox),
        campaign: fields.text(Field::Campaign),
        ip: fields.text(Field::Ip),
        ip_pool: fields.text(Field::IpPool),
        recipient_domain: fields.text(Field::RecipientDomain),
        provider: fields.text(Field::Provider),
        open_tracking: fields.parse(Field::OpenTracking)?,
        click_tracking: fields.parse(Field::ClickTracking)?,
        created: created.map(|created| instant("created", created)).transpose()?,
    };
    let event_fields = EventFields {
        country: fields.text(Field::Country),
        device: fields.text(Field::Device),
        client: fields.text(Field::Client),
        // A machine without a name has one already.
        bot: fields.text(Field::Bot).or_else(|| event.event_fields().bot.clone()),
        attempt: fields.parse::<NonZeroU32>(Field::Attempt)?,
        optimized: fields.parse(Field::Optimized)?,
        transport: fields.text(Field::Transport),
        attempt_ip: fields.text(Field::AttemptIp),
        attempt_ip_pool: fields.text(Field::AttemptIpPool),
        reason: fields.text(Field::Reason),
        code: fields.parse(Field::Code)?,
    };
    let attributes = match attributes.filter(|json| !json.is_empty()) {
        Some(json) => read_json("attributes", json, "an object in JSON")?,
        None => BTreeMap::new(),
    };
    let event = if message_fields == MessageFields::default() {
        event
    } else {
        event.with_message_fields(Arc::new(message_fields))
    };
    Ok(event.with_event_fields(event_fields, attributes))
}

/// The columns of the fields, in the order of `Field::ALL`.
struct Fields<'a>(&'a [Option<String>]);

impl Fields<'_> {
    fn text(&self, field: Field) -> Option<Arc<str>> {
        self.0.get(field as usize)?.as_deref().filter(|text| !text.is_empty()).map(Arc::from)
    }

    fn parse<T: std::str::FromStr>(&self, field: Field) -> Result<Option<T>, SqlError> {
        let parsed = |text: Arc<str>| {
            text.parse().map_err(|_| SqlError::row(field.name(), text, "a value of this field"))
        };
        self.text(field).map(parsed).transpose()
    }
}

fn instant(column: &'static str, millis: &str) -> Result<DateTime<Utc>, SqlError> {
    let at = millis.parse().ok().and_then(DateTime::from_timestamp_millis);
    at.ok_or_else(|| SqlError::row(column, millis, "milliseconds since 1970"))
}

fn read_tags(json: &str) -> Result<BTreeSet<Arc<str>>, SqlError> {
    let tags: BTreeSet<Arc<str>> = read_json("tags", json, "an array of texts in JSON")?;
    Ok(tags.into_iter().filter(|tag| !tag.is_empty()).collect())
}

fn read_json<T: serde::de::DeserializeOwned>(
    column: &'static str,
    json: &str,
    expected: &str,
) -> Result<T, SqlError> {
    serde_json::from_str(json).map_err(|_| SqlError::row(column, json, expected))
}
