//! Columns, and what they hold.

use std::sync::Arc;

use crate::event_type::EventType;

/// The name of a table, with that of its schema if it has one: `"emails".into()`, or `("mail", "emails").into()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) schema: Option<Arc<str>>,
    pub(super) name: Arc<str>,
}

impl From<&str> for Table {
    fn from(name: &str) -> Self {
        Self { schema: None, name: name.into() }
    }
}

impl From<(&str, &str)> for Table {
    fn from((schema, name): (&str, &str)) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }
}

/// A column of one of the host's tables. It holds texts, in PostgreSQL also values of an enum, unless it is said to hold
/// others.
///
/// Texts are compared byte by byte, whatever the collation of the column is. But an index on a column of ids is used only if its
/// collation compares equal what is equal byte by byte: in PostgreSQL any deterministic one, in SQLite `BINARY`, which is the
/// default of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub(super) of: Owner,
    pub(super) name: Arc<str>,
    pub(super) holds: Holds,
}

/// Which table has a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Event,
    Message,
}

/// What a column of ids holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Texts,
    Integers,
    Uuids,
}

impl Column {
    /// Names a column of the table of events.
    pub fn of_event(name: impl Into<Arc<str>>) -> Self {
        Self { of: Owner::Event, name: name.into(), holds: Holds::Texts }
    }

    /// Names a column of the table of messages.
    pub fn of_message(name: impl Into<Arc<str>>) -> Self {
        Self { of: Owner::Message, name: name.into(), holds: Holds::Texts }
    }

    /// Says that the column, one of ids, holds integers. The id is the number as a text, such as `17`.
    #[must_use]
    pub fn integer(self) -> Self {
        Self { holds: Holds::Integers, ..self }
    }

    /// Says that the column, one of ids, is a `uuid` of PostgreSQL. The id is its text in lower case, with hyphens.
    #[must_use]
    pub fn uuid(self) -> Self {
        Self { holds: Holds::Uuids, ..self }
    }
}

/// Where a value comes from: a column, or one value for all mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(pub(super) Origin);

/// What a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Column(Column),
    Constant(Arc<str>),
}

impl Source {
    /// Makes a source that has the same value for all mail.
    pub fn constant(value: impl Into<Arc<str>>) -> Self {
        Self(Origin::Constant(value.into()))
    }
}

impl From<Column> for Source {
    fn from(column: Column) -> Self {
        Self(Origin::Column(column))
    }
}

/// A column of instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantColumn {
    pub(super) column: Column,
    pub(super) unit: Unit,
}

/// How a column holds instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Seconds,
    Timestamptz,
    Iso,
}

impl InstantColumn {
    /// Names a column of milliseconds since 1970: `bigint` in PostgreSQL, `INTEGER` in SQLite.
    pub fn millis(column: Column) -> Self {
        Self { column, unit: Unit::Millis }
    }

    /// Names a column of whole seconds since 1970: `bigint` in PostgreSQL, `INTEGER` in SQLite.
    pub fn seconds(column: Column) -> Self {
        Self { column, unit: Unit::Seconds }
    }

    /// Names a column of the type `timestamptz` of PostgreSQL. Microseconds are rounded down to milliseconds, as in events.
    pub fn timestamptz(column: Column) -> Self {
        Self { column, unit: Unit::Timestamptz }
    }

    /// Names a column of texts such as `2026-02-01T09:30:00.250Z`, as RFC 3339 and SQLite's `datetime` write them: with `T` or a
    /// space, at most three digits after the second, and in UTC unless there is an offset.
    pub fn iso(column: Column) -> Self {
        Self { column, unit: Unit::Iso }
    }
}

/// The column, or columns, of the types of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeColumn(pub(super) Spelling);

/// How types of events are spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    Words(Column, Vec<(Arc<str>, EventType)>),
    Names(Column),
    KindAndQualifier(Column, Column),
}

impl TypeColumn {
    /// Names a column of the host's own words, and the type of event that each stands for. A row with another word is no event.
    /// A word that is listed twice stands for the first of its types.
    pub fn words<W: Into<Arc<str>>, T: Into<EventType>>(
        column: Column,
        words: impl IntoIterator<Item = (W, T)>,
    ) -> Self {
        let words = words.into_iter().map(|(word, event_type)| (word.into(), event_type.into()));
        Self(Spelling::Words(column, words.collect()))
    }

    /// Names a column of names as [`EventType`] prints them: `opened.machine`. A row with another name is no event.
    pub fn names(column: Column) -> Self {
        Self(Spelling::Names(column))
    }

    /// Names a column of kinds and one of qualifiers, as [`EventType`] spells them. Without a qualifier, that column is
    /// `NULL` or empty. A row with another kind or qualifier is no event.
    pub fn kind_and_qualifier(kind: Column, qualifier: Column) -> Self {
        Self(Spelling::KindAndQualifier(kind, qualifier))
    }
}

/// Where tags are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags(pub(super) TagForm);

/// How tags are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TagForm {
    Json(Column),
    Array(Column),
    Table { table: Table, joined: Vec<(Column, Arc<str>)>, tag: Arc<str> },
}

impl Tags {
    /// Names a column of arrays in JSON, such as `["eu","vip"]`: texts or, in PostgreSQL, also `json` or `jsonb`. Of the table of
    /// events, a message has the tags of all its events.
    pub fn json(column: Column) -> Self {
        Self(TagForm::Json(column))
    }

    /// Names a column of the type `text[]` of PostgreSQL. Of the table of events, a message has the tags of all its events.
    pub fn array(column: Column) -> Self {
        Self(TagForm::Array(column))
    }

    /// Names a table with a row for each tag of a message, its column of the tag, and the pairs of columns that find the tags of
    /// a message: one of the tables of events or messages, and the one of this table with the same value.
    pub fn table<C: Into<Arc<str>>>(
        table: impl Into<Table>,
        joined: impl IntoIterator<Item = (Column, C)>,
        tag: impl Into<Arc<str>>,
    ) -> Self {
        let joined = joined.into_iter().map(|(column, of_table)| (column, of_table.into())).collect();
        Self(TagForm::Table { table: table.into(), joined, tag: tag.into() })
    }
}
