//! The names of a host's tables and columns, and what they hold.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::column::{Column, InstantColumn, Source, Table, Tags, TypeColumn};
use super::{Field, SqlError};
use crate::dimension::Dimension;

/// A database that statements can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Database {
    /// PostgreSQL, from version 14, with the encoding UTF-8.
    Postgres,
    /// SQLite, from version 3.38.
    Sqlite,
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        })
    }
}

/// The names of a host's tables and columns, and what they hold.
///
/// There is a table with a row for each event. A host that has a table with a row for each message as well
/// [joins](Names::messages) it: columns of either can be named, and what a row of the table of messages says holds for all
/// events of the message.
///
/// ```
/// use mailtally::EventType;
/// use mailtally::sql::{Column, Database, Field, InstantColumn, Names, Source, TypeColumn};
///
/// let names = Names::new(Database::Postgres, "email_events")
///     .messages("emails", [("id", "email_id")]) // emails.id = email_events.email_id
///     .account(Column::of_message("customer_id").integer())
///     .message(Column::of_event("email_id").uuid())
///     .id(Column::of_event("id").integer())
///     .at(InstantColumn::timestamptz(Column::of_event("happened_at")))
///     .event_type(TypeColumn::words(
///         Column::of_event("status"),
///         [("sent", EventType::Sent), ("bounced_permanent", EventType::HardBounced), ("open", EventType::Opened)],
///     ))
///     .created(InstantColumn::timestamptz(Column::of_message("created_at")))
///     .field(Field::Domain, Column::of_message("from_domain"))
///     .field(Field::Stream, Source::constant("transactional"));
/// # let _ = names;
/// ```
///
/// # What must hold
///
/// * The triple of account, message and id is that of [events](crate::Event). If the table can have several rows with the
///   same triple, name a [copy key](Names::copy_key). Without one, the host makes sure that there is one row for each, the
///   least of the copies, when it records events.
/// * Empty texts are absent values, as `NULL` is. Instants are from the year 2000 to 9999.
/// * There is one row of a message for each account and message, and its id is not `NULL`.
///
/// # Indexes
///
/// * the table of events on (account, message), and on (account, instant). If the account is a column of the table of
///   messages: on the columns of the join, and on (instant);
/// * the table of messages on the columns of the join, and on (account, created). If the creation is a column of the table of
///   events: that table on (account, created);
/// * a table of tags on its columns of the join.
#[derive(Clone, Debug)]
pub struct Names {
    pub(super) database: Database,
    pub(super) events: Table,
    pub(super) messages: Option<Messages>,
    pub(super) account: Source,
    pub(super) message: Column,
    pub(super) id: Column,
    pub(super) at: InstantColumn,
    pub(super) event_type: TypeColumn,
    pub(super) created: Option<InstantColumn>,
    pub(super) fields: BTreeMap<Field, Source>,
    pub(super) tags: Option<Tags>,
    pub(super) attributes: Option<Column>,
    pub(super) copy_key: Option<Column>,
}

/// A table of messages.
#[derive(Clone, Debug)]
pub(super) struct Messages {
    pub(super) table: Table,
    /// The columns of the table, each with that of the table of events which has the same value.
    pub(super) joined: Vec<(Arc<str>, Arc<str>)>,
}

impl Names {
    /// Names the table of events, in the columns `account`, `message`, `id`, `at` (an integer of milliseconds since 1970) and
    /// `event_type` (as [`EventType`](crate::EventType) prints), and nothing else. The methods name others.
    pub fn new(database: Database, events: impl Into<Table>) -> Self {
        Self {
            database,
            events: events.into(),
            messages: None,
            account: Column::of_event("account").into(),
            message: Column::of_event("message"),
            id: Column::of_event("id"),
            at: InstantColumn::millis(Column::of_event("at")),
            event_type: TypeColumn::names(Column::of_event("event_type")),
            created: None,
            fields: BTreeMap::new(),
            tags: None,
            attributes: None,
            copy_key: None,
        }
    }

    /// Names the table of messages, and the pairs of columns by which it is joined with the table of events: the one of messages
    /// first. Together, they identify a message of any account.
    #[must_use]
    pub fn messages<M: Into<Arc<str>>, E: Into<Arc<str>>>(
        self,
        table: impl Into<Table>,
        joined: impl IntoIterator<Item = (M, E)>,
    ) -> Self {
        let joined = joined.into_iter().map(|(of_message, of_event)| (of_message.into(), of_event.into()));
        Self { messages: Some(Messages { table: table.into(), joined: joined.collect() }), ..self }
    }

    /// Names the column of the account, or the only account that there is.
    #[must_use]
    pub fn account(self, account: impl Into<Source>) -> Self {
        Self { account: account.into(), ..self }
    }

    /// Names the column of the message's id.
    #[must_use]
    pub fn message(self, message: Column) -> Self {
        Self { message, ..self }
    }

    /// Names the column of the event's id, which is unique within its message. Of events at one instant, the one with the lesser
    /// id is the first, as texts byte by byte: also if the column is one of integers.
    #[must_use]
    pub fn id(self, id: Column) -> Self {
        Self { id, ..self }
    }

    /// Names the column of the instant at which an event happened.
    #[must_use]
    pub fn at(self, at: InstantColumn) -> Self {
        Self { at, ..self }
    }

    /// Names the column, or columns, of the type of an event.
    #[must_use]
    pub fn event_type(self, event_type: TypeColumn) -> Self {
        Self { event_type, ..self }
    }

    /// Names the column of the instant at which a message was created. Without one, it was created at its first event.
    #[must_use]
    pub fn created(self, created: InstantColumn) -> Self {
        Self { created: Some(created), ..self }
    }

    /// Names the column of a field, or the value that it has for all mail. A dimension whose field has neither cannot be
    /// grouped or filtered by: [`SqlError::NoColumn`].
    #[must_use]
    pub fn field(mut self, field: Field, source: impl Into<Source>) -> Self {
        self.fields.insert(field, source.into());
        self
    }

    /// Names where the tags are.
    #[must_use]
    pub fn tags(self, tags: Tags) -> Self {
        Self { tags: Some(tags), ..self }
    }

    /// Names the column of the attributes of an event: an object in JSON, a text or, in PostgreSQL, `json` or `jsonb`. Only
    /// timelines show them.
    #[must_use]
    pub fn attributes(self, attributes: Column) -> Self {
        Self { attributes: Some(attributes), ..self }
    }

    /// Names the column of [`Event::copy_key`](crate::Event::copy_key), bytes: for a table that can have several copies of an
    /// event. The least counts.
    ///
    /// Without it, the host keeps the least copy when it records: `INSERT … ON CONFLICT … DO UPDATE`, see [the second
    /// step](crate::store#in-sql). That makes statements faster.
    #[must_use]
    pub fn copy_key(self, copy_key: Column) -> Self {
        Self { copy_key: Some(copy_key), ..self }
    }

    /// Returns the dimensions that mail can be grouped and filtered by.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        Dimension::ALL.into_iter().filter(|dimension| self.has(*dimension))
    }

    /// Checks that there is a column for a dimension.
    pub(super) fn check(&self, dimension: Dimension) -> Result<(), SqlError> {
        if self.has(dimension) { Ok(()) } else { Err(SqlError::NoColumn(dimension)) }
    }

    fn has(&self, dimension: Dimension) -> bool {
        dimension == Dimension::Account
            || (dimension == Dimension::Tag && self.tags.is_some())
            || Field::of(dimension).iter().any(|field| self.fields.contains_key(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dimensions_are_those_with_a_column() {
        let names = Names::new(Database::Sqlite, "events");
        assert_eq!(names.dimensions().collect::<Vec<_>>(), [Dimension::Account]);
        let names =
            names.field(Field::Ip, Column::of_event("ip")).field(Field::Code, Column::of_event("code"));
        let names = names.tags(Tags::json(Column::of_event("tags")));
        let expected = [
            Dimension::Account,
            Dimension::Tag,
            Dimension::Ip,
            Dimension::Code,
            Dimension::CodeSubject,
            Dimension::CodeClass,
        ];
        assert_eq!(names.dimensions().collect::<Vec<_>>(), expected);
        assert_eq!(names.check(Dimension::IpPool), Err(SqlError::NoColumn(Dimension::IpPool)));
    }
}
