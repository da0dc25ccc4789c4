//! Expressions over the columns of the host's tables: `e` is the table of events, `m` that of messages.

use super::column::{Column, Holds, InstantColumn, Origin, Owner, Source, Spelling, Table, TagForm, Unit};
use super::field::Form;
use super::statement::{With, Writer};
use super::{Database, Field, Names, SqlError};
use crate::event_type::EventType;
use crate::query::Scope;

/// The numbers of event types in a statement: the kind and, in the lower four bits, the place within the kind.
pub(super) const BITS_OF_TYPE: u32 = 4;

/// Returns the number of an event type in a statement.
pub(super) fn number_of(event_type: EventType) -> usize {
    let kind = event_type.kind();
    let place = kind.event_types().position(|of_kind| of_kind == event_type).unwrap_or_default();
    (kind as usize) << BITS_OF_TYPE | place
}

/// Writes expressions, with their parameters.
#[derive(Debug)]
pub(super) struct Expressions<'a> {
    pub(super) names: &'a Names,
    pub(super) writer: Writer,
}

impl<'a> Expressions<'a> {
    pub(super) fn new(names: &'a Names) -> Self {
        Self { names, writer: Writer::new(names.database) }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.names.database == Database::Postgres
    }

    pub(super) fn table(&self, table: &Table) -> Result<String, SqlError> {
        let name = self.writer.quote(&table.name)?;
        match &table.schema {
            Some(schema) => Ok(format!("{}.{name}", self.writer.quote(schema)?)),
            None if With::NAMES.iter().any(|used| table.name.eq_ignore_ascii_case(used)) => {
                let problem = "is used by statements themselves; write its schema, or give it another name";
                Err(SqlError::Identifier { found: table.name.to_string(), problem })
            }
            None => Ok(name),
        }
    }

    pub(super) fn column(&self, column: &Column) -> Result<String, SqlError> {
        let name = self.writer.quote(&column.name)?;
        if column.holds == Holds::Uuids && !self.is_postgres() {
            return self.no_such_form(column, "`uuid`");
        }
        match column.of {
            Owner::Event => Ok(format!("e.{name}")),
            Owner::Message if self.names.messages.is_some() => Ok(format!("m.{name}")),
            Owner::Message => Err(SqlError::NoMessagesTable { column: column.name.to_string() }),
        }
    }

    /// Returns an expression as a text that is compared byte by byte.
    pub(super) fn as_text(&self, expression: &str) -> String {
        match self.names.database {
            Database::Postgres => format!("({expression})::text COLLATE \"C\""),
            Database::Sqlite => format!("CAST({expression} AS TEXT) COLLATE BINARY"),
        }
    }

    fn as_integer(&self, expression: &str) -> String {
        match self.names.database {
            Database::Postgres => format!("({expression})::bigint"),
            Database::Sqlite => format!("CAST({expression} AS INTEGER)"),
        }
    }

    /// Returns a column as a text that is compared byte by byte.
    pub(super) fn text_of(&self, column: &Column) -> Result<String, SqlError> {
        Ok(self.as_text(&self.column(column)?))
    }

    pub(super) fn account(&mut self) -> Result<String, SqlError> {
        let account = self.source(&self.names.account, "account")?;
        Ok(self.as_text(&account))
    }

    fn source(&mut self, source: &Source, of: &str) -> Result<String, SqlError> {
        match &source.0 {
            Origin::Column(column) => self.column(column),
            Origin::Constant(value) => self.writer.text(value, of),
        }
    }

    /// Returns the value of a field, `NULL` if it is absent: a text, or the number of an attempt.
    pub(super) fn field(&mut self, field: Field, source: &Source) -> Result<String, SqlError> {
        let found = self.source(source, field.name())?;
        let text = self.as_text(&found);
        let expression = match field.form() {
            Form::Text => format!("nullif({text}, '')"),
            Form::Domain => format!("nullif(lower(rtrim({text}, '.')), '')"),
            Form::Stream => {
                format!("CASE {text} WHEN 'transactional' THEN 'transactional' WHEN 'bulk' THEN 'bulk' END")
            }
            Form::Flag => format!(
                "CASE lower({text}) WHEN 'true' THEN 'true' WHEN '1' THEN 'true' WHEN 'false' THEN 'false' WHEN '0' THEN 'false' END"
            ),
            Form::Number => return Ok(self.as_integer(&found)),
        };
        Ok(match self.names.database {
            Database::Postgres => format!("({expression}) COLLATE \"C\""),
            Database::Sqlite => format!("({expression}) COLLATE BINARY"),
        })
    }

    /// Returns the number of the type of an event; `NULL` if the row is no event.
    pub(super) fn event_type(&mut self) -> Result<String, SqlError> {
        let names = || EventType::ALL.map(|event_type| (format!("'{event_type}'"), event_type)).to_vec();
        let (found, words) = match &self.names.event_type.0 {
            Spelling::Names(column) => (self.text_of(column)?, names()),
            Spelling::KindAndQualifier(kind, qualifier) => {
                let (kind, qualifier) = (self.text_of(kind)?, self.text_of(qualifier)?);
                (format!("{kind} || coalesce('.' || nullif({qualifier}, ''), '')"), names())
            }
            Spelling::Words(column, words) => {
                let mut placeholders = Vec::new();
                for (word, event_type) in words {
                    placeholders.push((self.writer.text(word, "event type")?, *event_type));
                }
                (self.text_of(column)?, placeholders)
            }
        };
        let cases =
            words.iter().map(|(word, event_type)| format!(" WHEN {word} THEN {}", number_of(*event_type)));
        // Without a word, there is no event.
        Ok(format!("CASE {found} WHEN NULL THEN 0{} END", cases.collect::<String>()))
    }

    /// Returns an instant in milliseconds since 1970.
    pub(super) fn millis(&self, instant: &InstantColumn) -> Result<String, SqlError> {
        let column = self.column(&instant.column)?;
        let of_timestamp = |timestamp: &str| format!("floor(extract(epoch FROM {timestamp}) * 1000)::bigint");
        match (instant.unit, self.names.database) {
            (Unit::Millis, _) => Ok(self.as_integer(&column)),
            (Unit::Seconds, _) => Ok(format!("{} * 1000", self.as_integer(&column))),
            (Unit::Timestamptz, Database::Postgres) => Ok(of_timestamp(&column)),
            (Unit::Timestamptz, Database::Sqlite) => self.no_such_form(&instant.column, "`timestamptz`"),
            (Unit::Iso, Database::Postgres) => {
                let utc = format!(
                    "CASE WHEN substr({column}, 11) ~ '[Zz+-]' THEN {column} ELSE {column} || 'Z' END"
                );
                Ok(of_timestamp(&format!("({utc})::timestamptz")))
            }
            (Unit::Iso, Database::Sqlite) => Ok(format!(
                "CAST(strftime('%s', {column}) AS INTEGER) * 1000 + CAST(substr(strftime('%f', {column}), 4, 3) AS INTEGER)"
            )),
        }
    }

    fn no_such_form<T>(&self, column: &Column, form: &'static str) -> Result<T, SqlError> {
        let (column, database) = (column.name.to_string(), self.names.database);
        Err(SqlError::NoSuchForm { column, form, database })
    }

    /// Returns the tags as an array in JSON, `jsonb` in PostgreSQL: of the event, or of the message.
    pub(super) fn tags(&self, form: &TagForm) -> Result<String, SqlError> {
        match (form, self.names.database) {
            (TagForm::Json(column), Database::Postgres) => {
                let json = format!("nullif(({})::text, '')::jsonb", self.column(column)?);
                Ok(format!("CASE WHEN jsonb_typeof({json}) = 'array' THEN {json} END"))
            }
            (TagForm::Json(column), Database::Sqlite) => Ok(format!("nullif({}, '')", self.column(column)?)),
            (TagForm::Array(column), Database::Postgres) => Ok(format!("to_jsonb({})", self.column(column)?)),
            (TagForm::Array(column), Database::Sqlite) => self.no_such_form(column, "`text[]`"),
            (TagForm::Table { table, joined, tag }, database) => {
                let (table, tag) = (self.table(table)?, self.writer.quote(tag)?);
                let mut conditions = Vec::new();
                for (column, of_table) in joined {
                    conditions.push(format!("t.{} = {}", self.writer.quote(of_table)?, self.column(column)?));
                }
                let function = match database {
                    Database::Postgres => "jsonb_agg",
                    Database::Sqlite => "json_group_array",
                };
                let conditions = conditions.join(" AND ");
                Ok(format!("(SELECT {function}(DISTINCT t.{tag}) FROM {table} t WHERE {conditions})"))
            }
        }
    }

    /// Returns the condition that the account is in scope; `None` if every account is.
    pub(super) fn scope(&mut self, scope: &Scope) -> Result<Option<String>, SqlError> {
        let accounts: Vec<&str> = match scope {
            Scope::All => return Ok(None),
            Scope::Account(account) => vec![account.as_str()],
            Scope::Accounts(accounts) => accounts.iter().map(|account| account.as_str()).collect(),
        };
        let source = self.source(&self.names.account, "account")?;
        let holds = match &self.names.account.0 {
            Origin::Column(column) => column.holds,
            Origin::Constant(_) => Holds::Texts,
        };
        if let [account] = accounts[..] {
            return Ok(Some(self.equals(&source, holds, account, "account")?));
        }
        let accounts = accounts.into_iter().filter(|account| can_hold(holds, account));
        Ok(Some(self.is_one_of(&source, holds, accounts)?))
    }

    /// Returns the condition that an id is `text`.
    pub(super) fn equals(
        &mut self,
        id: &str,
        holds: Holds,
        text: &str,
        of: &str,
    ) -> Result<String, SqlError> {
        match (holds, text.parse::<i64>()) {
            _ if !can_hold(holds, text) => Ok(format!("{id} IS NULL AND {id} IS NOT NULL")),
            (Holds::Integers, Ok(number)) => Ok(format!("{id} = {}", self.writer.integer(number))),
            (Holds::Uuids, _) => Ok(format!("{id} = {}::uuid", self.writer.text(text, of)?)),
            (Holds::Texts | Holds::Integers, _) => {
                let collation = self.binary();
                Ok(format!("{id}{collation} = {}", self.writer.text(text, of)?))
            }
        }
    }

    fn is_one_of<'b>(
        &mut self,
        id: &str,
        holds: Holds,
        texts: impl Iterator<Item = &'b str>,
    ) -> Result<String, SqlError> {
        let list = match holds {
            Holds::Integers => {
                let numbers: Vec<i64> = texts.filter_map(|text| text.parse().ok()).collect();
                self.writer.integers(&numbers)
            }
            Holds::Texts => self.writer.texts(texts, "account")?,
            Holds::Uuids => format!("{}::uuid[]", self.writer.texts(texts, "account")?),
        };
        // In PostgreSQL, an array finds the way to an index.
        match self.names.database {
            Database::Postgres => Ok(format!("{id} = ANY({list})")),
            Database::Sqlite => Ok(format!("{id}{} IN ({})", self.binary(), self.writer.elements(&list))),
        }
    }

    /// Returns what makes SQLite compare a column byte by byte, also if the column ignores case. PostgreSQL does so with any
    /// deterministic collation, and would not use an index of another one.
    fn binary(&self) -> &'static str {
        match self.names.database {
            Database::Postgres => "",
            Database::Sqlite => " COLLATE BINARY",
        }
    }
}

/// Returns whether a column of ids can have the text of an id: a number must be written as its column prints it.
fn can_hold(holds: Holds, text: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match holds {
        Holds::Texts => true,
        Holds::Integers => text.parse::<i64>().is_ok_and(|number| number.to_string() == text),
        Holds::Uuids => {
            let lengths = text.split('-').map(str::len);
            lengths.eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_type_has_a_number_of_its_own() {
        let mut numbers: Vec<usize> = EventType::ALL.map(number_of).to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), EventType::COUNT);
        for event_type in EventType::ALL {
            assert_eq!(number_of(event_type) >> BITS_OF_TYPE, event_type.kind() as usize);
        }
    }

    #[test]
    fn an_id_must_be_written_as_its_column_prints_it() {
        for (text, is_number) in
            [("17", true), ("-1", true), ("017", false), ("+1", false), ("", false), ("x", false)]
        {
            assert_eq!(can_hold(Holds::Integers, text), is_number, "{text}");
        }
        let uuid = "0b6f3c1e-8a2d-4a57-9c39-0d6a5e1f2b3c";
        assert!(can_hold(Holds::Uuids, uuid));
        assert!(!can_hold(Holds::Uuids, &uuid.to_uppercase()));
        assert!(!can_hold(Holds::Uuids, &uuid[1..]));
    }
}
