//! Three ways in which a host can hold events, with every field.

use chrono::{DateTime, Utc};
use mailtally::message::Message;
use mailtally::sql::{Column, Database, Field, InstantColumn, Names, Tags, TypeColumn};
use mailtally::{Event, EventType};
use serde_json::{Map, Value, json};

/// How a host holds events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    /// One table of events, with all copies of each, in the crate's words.
    Events,
    /// A table of messages and one of events, in the host's words. The fields of a message are in its events.
    Joined,
    /// A table of messages with their fields, one of events, and one of tags.
    OfMessages,
}

/// A row of a table.
pub(crate) type Row = (&'static str, Map<String, Value>);

impl Layout {
    pub(crate) const ALL: [Self; 3] = [Self::Events, Self::Joined, Self::OfMessages];

    pub(crate) fn names(self, database: Database) -> Names {
        match self {
            Self::Events => {
                let names = Names::new(database, "events").copy_key(Column::of_event("copy key"));
                let (kind, qualifier) = (Column::of_event("kind"), Column::of_event("qualifier"));
                let names = names.event_type(TypeColumn::kind_and_qualifier(kind, qualifier));
                let tags = match database {
                    Database::Postgres => Tags::array(Column::of_event("tags")),
                    _ => Tags::json(Column::of_event("tags")),
                };
                let names = names.tags(tags).created(InstantColumn::millis(Column::of_event("created")));
                fields(names, |_| Column::of_event)
            }
            Self::Joined => {
                let names = joined(database).tags(Tags::json(Column::of_event("tags")));
                let names = names.created(instant(database, Column::of_event("created")));
                fields(names, |_| Column::of_event)
            }
            Self::OfMessages => {
                let tags = Tags::table("email_tags", [(Column::of_message("id"), "email")], "tag");
                let names =
                    joined(database).tags(tags).created(instant(database, Column::of_message("created")));
                fields(
                    names,
                    |field| if is_of_message(field) { Column::of_message } else { Column::of_event },
                )
            }
        }
    }

    /// Returns the statements that make the tables and their indexes.
    pub(crate) fn tables(self, database: Database) -> String {
        let (instant, json) = match database {
            Database::Postgres => ("timestamptz", "jsonb"),
            _ => ("text", "text"),
        };
        let columns = |is_listed: &dyn Fn(Field) -> bool| -> String {
            let of_type = |field| match field {
                Field::OpenTracking | Field::ClickTracking | Field::Optimized => "boolean",
                Field::Attempt => "bigint",
                _ => "text",
            };
            let column = |field: Field| format!(", \"our {field}\" {}", of_type(field));
            Field::ALL.into_iter().filter(|field| is_listed(*field)).map(column).collect()
        };
        match self {
            Self::Events => {
                let tags = if database == Database::Postgres { "text[]" } else { "text" };
                let bytes = if database == Database::Postgres { "bytea" } else { "text" };
                format!(
                    "CREATE TEMP TABLE events (account text, message text, id text, at bigint, kind text, qualifier text, \
                     created bigint, tags {tags}, attributes text, \"copy key\" {bytes}{});
                     CREATE INDEX by_message ON events (account, message); CREATE INDEX by_at ON events (account, at);",
                    columns(&|_| true)
                )
            }
            Self::Joined => format!(
                "CREATE TEMP TABLE emails (id bigint PRIMARY KEY, customer text, name text);
                 CREATE TEMP TABLE email_events (email bigint, id text, at {instant}, what text, created {instant}, tags {json}, \
                 attributes text{}, PRIMARY KEY (email, id)); CREATE INDEX by_at ON email_events (at);",
                columns(&|_| true)
            ),
            Self::OfMessages => format!(
                "CREATE TEMP TABLE emails (id bigint PRIMARY KEY, customer text, name text, created {instant}{});
                 CREATE TEMP TABLE email_events (email bigint, id text, at {instant}, what text, attributes text{}, \
                 PRIMARY KEY (email, id)); CREATE INDEX by_at ON email_events (at);
                 CREATE TEMP TABLE email_tags (email bigint, tag text, PRIMARY KEY (email, tag));",
                columns(&is_of_message),
                columns(&|field| !is_of_message(field))
            ),
        }
    }

    /// Returns the rows of events.
    pub(crate) fn rows(self, events: &[Event]) -> Vec<Row> {
        let messages = Message::collect(events.iter().cloned());
        match self {
            Self::Events => events.iter().map(|event| ("events", of_events(event))).collect(),
            Self::Joined => {
                let mut rows = Vec::new();
                for (number, message) in messages.values().enumerate() {
                    rows.push(("emails", email(number, message)));
                    rows.extend(
                        message.events().iter().map(|event| ("email_events", joined_event(number, event))),
                    );
                }
                rows
            }
            Self::OfMessages => messages
                .values()
                .enumerate()
                .flat_map(|(number, message)| of_message(number, message))
                .collect(),
        }
    }
}

/// Returns whether a field is in the table of messages, if that has fields.
fn is_of_message(field: Field) -> bool {
    (field as usize) < Field::Country as usize
}

fn fields(names: Names, owner: impl Fn(Field) -> fn(String) -> Column) -> Names {
    let names = names.attributes(Column::of_event("attributes"));
    Field::ALL
        .into_iter()
        .fold(names, |names, field| names.field(field, owner(field)(format!("our {field}"))))
}

fn joined(database: Database) -> Names {
    let words = EventType::ALL.map(|event_type| (word(event_type), event_type));
    Names::new(database, "email_events")
        .messages("emails", [("id", "email")])
        .account(Column::of_message("customer"))
        .message(Column::of_message("name"))
        .at(instant(database, Column::of_event("at")))
        .event_type(TypeColumn::words(Column::of_event("what"), words))
}

fn instant(database: Database, column: Column) -> InstantColumn {
    match database {
        Database::Postgres => InstantColumn::timestamptz(column),
        _ => InstantColumn::iso(column),
    }
}

/// Returns the host's word for an event type.
pub(crate) fn word(event_type: EventType) -> String {
    format!("it's {event_type}").to_uppercase()
}

/// Returns the fields of an event that are in columns of their own.
fn columns(event: &Event, is_listed: impl Fn(Field) -> bool) -> Map<String, Value> {
    let json = serde_json::to_value(event).unwrap();
    let listed = Field::ALL.into_iter().filter(|field| is_listed(*field));
    let column = |field: Field| Some((format!("our {field}"), json.get(field.name())?.clone()));
    let mut columns: Map<String, Value> = listed.filter_map(column).collect();
    if let Some(attributes) = json.get("attributes") {
        columns.insert("attributes".to_owned(), attributes.to_string().into());
    }
    columns.insert("id".to_owned(), json["id"].clone());
    columns
}

fn of_events(event: &Event) -> Map<String, Value> {
    let mut columns = columns(event, |_| true);
    let key: String = event.copy_key().iter().map(|byte| format!("{byte:02x}")).collect();
    let fields = event.message_fields();
    let more = json!({
        "account": event.account(),
        "message": event.message(),
        "at": event.at().timestamp_millis(),
        "kind": event.event_type().kind(),
        // An empty text is an absent qualifier.
        "qualifier": event.event_type().qualifier().unwrap_or_default(),
        "created": fields.created.map(|created| created.timestamp_millis()),
        "tags": fields.tags,
        "copy key": format!("\\x{key}"),
    });
    columns.extend(more.as_object().unwrap().clone());
    columns
}

fn email(number: usize, message: &Message) -> Map<String, Value> {
    let row = json!({"id": number, "customer": message.account(), "name": message.id()});
    row.as_object().unwrap().clone()
}

fn joined_event(number: usize, event: &Event) -> Map<String, Value> {
    let mut columns = columns(event, |_| true);
    let fields = event.message_fields();
    let more = json!({
        "email": number,
        "at": iso(event.at()),
        "what": word(event.event_type()),
        "created": fields.created.map(iso),
        "tags": fields.tags,
    });
    columns.extend(more.as_object().unwrap().clone());
    columns
}

fn of_message(number: usize, message: &Message) -> Vec<Row> {
    let fields = message.fields();
    let json = serde_json::to_value(whole(message)).unwrap();
    let mut row = email(number, message);
    let of_message = Field::ALL.into_iter().filter(|field| is_of_message(*field));
    row.extend(
        of_message.filter_map(|field| Some((format!("our {field}"), json.get(field.name())?.clone()))),
    );
    row.insert("created".to_owned(), fields.created.map(iso).into());
    let mut rows = vec![("emails", row)];
    for event in message.events() {
        let mut columns = columns(event, |field| !is_of_message(field));
        columns.extend([("email".to_owned(), number.into()), ("at".to_owned(), iso(event.at()).into())]);
        columns.insert("what".to_owned(), word(event.event_type()).into());
        rows.push(("email_events", columns));
    }
    let tag = |tag| json!({"email": number, "tag": tag}).as_object().unwrap().clone();
    rows.extend(fields.tags.iter().map(|one| ("email_tags", tag(one))));
    rows
}

/// Returns an event with the fields of the whole message.
fn whole(message: &Message) -> Event {
    let fields = message.fields();
    let event = Event::new("a", "m", "1", EventType::Sent, message.created());
    let set = |event: Event,
               value: Option<std::sync::Arc<str>>,
               set: fn(Event, std::sync::Arc<str>) -> Event| match value {
        Some(value) => set(event, value),
        None => event,
    };
    let event = set(event, fields.subaccount, Event::subaccount);
    let event = set(event, fields.domain, Event::domain);
    let event = set(event, fields.category, Event::category);
    let event = set(event, fields.mailbox, Event::mailbox);
    let event = set(event, fields.campaign, Event::campaign);
    let event = set(event, fields.ip, Event::ip);
    let event = set(event, fields.ip_pool, Event::ip_pool);
    let event = set(event, fields.recipient_domain, Event::recipient_domain);
    let event = set(event, fields.provider, Event::provider);
    let event = fields.stream.into_iter().fold(event, Event::stream);
    let event = fields.open_tracking.into_iter().fold(event, Event::open_tracking);
    fields.click_tracking.into_iter().fold(event, Event::click_tracking)
}

fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
