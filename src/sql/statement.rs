//! Statements: a text with its parameters.

use std::fmt::Write;

use super::{Database, SqlError};

/// One statement: its text, and the parameters that its placeholders `$1`, `$2` (PostgreSQL) or `?1`, `?2` (SQLite) stand for.
///
/// The text has only names that the host gave in [`Names`](super::Names), always quoted, and words of this crate. Every value
/// is a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    text: String,
    params: Vec<Param>,
}

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host must pass every one")]
pub enum Param {
    /// A text: `text` in both databases. In SQLite, lists are texts in JSON.
    Text(String),
    /// An integer: `bigint` in PostgreSQL, `INTEGER` in SQLite.
    Integer(i64),
    /// A list of texts: `text[]` in PostgreSQL. Statements for SQLite have none.
    Texts(Vec<String>),
    /// A list of integers: `bigint[]` in PostgreSQL. Statements for SQLite have none.
    Integers(Vec<i64>),
}

impl Statement {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the parameters, the first one for the placeholder 1.
    pub fn params(&self) -> &[Param] {
        &self.params
    }
}

/// Writes a statement: collects its parameters, and quotes its names.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) database: Database,
    params: Vec<Param>,
}

impl Writer {
    /// The maximum length of a name in PostgreSQL, in bytes: it cuts longer ones without an error.
    const MAX_NAME: usize = 63;

    pub(super) fn new(database: Database) -> Self {
        Self { database, params: Vec::new() }
    }

    pub(super) fn finish(self, text: String) -> Statement {
        Statement { text, params: self.params }
    }

    /// Adds a text, and returns its placeholder. `of` is what the text is, for errors.
    pub(super) fn text(&mut self, text: &str, of: &str) -> Result<String, SqlError> {
        self.check(text, of)?;
        Ok(self.push(Param::Text(text.to_owned()), "text"))
    }

    /// Adds an integer, and returns its placeholder.
    pub(super) fn integer(&mut self, value: i64) -> String {
        self.push(Param::Integer(value), "bigint")
    }

    /// Adds a list of texts, and returns its placeholder: an array, or in SQLite a text in JSON.
    pub(super) fn texts<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a str>,
        of: &str,
    ) -> Result<String, SqlError> {
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        texts.iter().try_for_each(|text| self.check(text, of))?;
        Ok(match self.database {
            Database::Postgres => self.push(Param::Texts(texts), "text[]"),
            Database::Sqlite => self.push(Param::Text(serde_json::Value::from(texts).to_string()), ""),
        })
    }

    /// Adds a list of integers, and returns its placeholder: an array, or in SQLite a text in JSON.
    pub(super) fn integers(&mut self, integers: &[i64]) -> String {
        match self.database {
            Database::Postgres => self.push(Param::Integers(integers.to_vec()), "bigint[]"),
            Database::Sqlite => self.push(Param::Text(serde_json::Value::from(integers).to_string()), ""),
        }
    }

    /// Returns the elements of a list as a selection of one column.
    pub(super) fn elements(&self, list: &str) -> String {
        match self.database {
            Database::Postgres => format!("SELECT unnest({list})"),
            Database::Sqlite => format!("SELECT value FROM json_each({list})"),
        }
    }

    /// Quotes the name of a table or a column.
    pub(super) fn quote(&self, name: &str) -> Result<String, SqlError> {
        let problem = if name.is_empty() {
            Some("is empty")
        } else if name.contains('\0') {
            Some("has a NUL character")
        } else if self.database == Database::Postgres && name.len() > Self::MAX_NAME {
            Some("has more than 63 bytes, which PostgreSQL would cut")
        } else {
            None
        };
        match problem {
            Some(problem) => Err(SqlError::Identifier { found: name.to_owned(), problem }),
            None => Ok(format!("\"{}\"", name.replace('"', "\"\""))),
        }
    }

    fn check(&self, text: &str, of: &str) -> Result<(), SqlError> {
        if self.database == Database::Postgres && text.contains('\0') {
            return Err(SqlError::Nul { of: of.to_owned() });
        }
        Ok(())
    }

    fn push(&mut self, param: Param, of_type: &str) -> String {
        self.params.push(param);
        let number = self.params.len();
        match self.database {
            Database::Postgres => format!("${number}::{of_type}"),
            Database::Sqlite => format!("?{number}"),
        }
    }
}

/// A `WITH` clause that is being written: named selections, each of which can use those before it.
#[derive(Debug, Default)]
pub(super) struct With(String);

impl With {
    /// The names that selections can have. A table of one of these names would be hidden by the selection.
    pub(super) const NAMES: [&str; 9] = [
        "mailtally_picked",
        "mailtally_events",
        "mailtally_tagged",
        "mailtally_known",
        "mailtally_counted",
        "mailtally_placed",
        "mailtally_grouped",
        "mailtally_each_tag",
        "mailtally_by_tag",
    ];

    /// Adds a selection.
    pub(super) fn add(&mut self, name: &str, selection: &str) {
        self.push(name, "AS", selection);
    }

    /// Adds a selection that is computed once, whatever uses it, so that no planner computes it for each row of another.
    pub(super) fn add_materialized(&mut self, name: &str, selection: &str) {
        self.push(name, "AS MATERIALIZED", selection);
    }

    /// Returns the clause with the selection that follows it.
    pub(super) fn select(self, selection: &str) -> String {
        format!("{}\n{selection}", self.0)
    }

    fn push(&mut self, name: &str, how: &str, selection: &str) {
        debug_assert!(Self::NAMES.contains(&name), "{name} can hide a table of a host");
        let start = if self.0.is_empty() { "WITH" } else { ",\n" };
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{start} {name} {how} (\n{selection}\n)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_those_that_cannot_be_are_refused() {
        let [postgres, sqlite] = [Database::Postgres, Database::Sqlite].map(Writer::new);
        for writer in [&postgres, &sqlite] {
            for (name, quoted) in
                [("at", "\"at\""), ("a\"; DROP TABLE x; --", "\"a\"\"; DROP TABLE x; --\""), ("ü", "\"ü\"")]
            {
                assert_eq!(writer.quote(name).as_deref(), Ok(quoted));
            }
            assert!(writer.quote("").is_err());
            let error = writer.quote("a\0b").unwrap_err().to_string();
            assert_eq!(error, "the name \"a\\0b\" of a table or a column has a NUL character");
        }
        let long = "x".repeat(64);
        assert!(postgres.quote(&long[1..]).is_ok());
        assert!(postgres.quote(&long).is_err());
        assert!(sqlite.quote(&long).is_ok());
    }

    #[test]
    fn a_text_with_nul_is_refused_in_postgres_by_name() {
        let mut writer = Writer::new(Database::Postgres);
        let error = SqlError::Nul { of: "category".to_owned() };
        assert_eq!(writer.text("a\0", "category"), Err(error.clone()));
        assert_eq!(writer.texts(["a", "\0"], "category"), Err(error));
        assert_eq!(Writer::new(Database::Sqlite).text("a\0", "category").as_deref(), Ok("?1"));
    }

    #[test]
    fn lists_are_arrays_or_json() {
        let mut writer = Writer::new(Database::Postgres);
        assert_eq!(writer.integers(&[1, -2]), "$1::bigint[]");
        assert_eq!(writer.texts(["it's"], "tag").as_deref(), Ok("$2::text[]"));
        let params = vec![Param::Integers(vec![1, -2]), Param::Texts(vec!["it's".to_owned()])];
        assert_eq!(writer.finish(String::new()).params(), params);
        let mut writer = Writer::new(Database::Sqlite);
        assert_eq!(writer.integers(&[1, -2]), "?1");
        assert_eq!(writer.texts(["it's", "\""], "tag").as_deref(), Ok("?2"));
        let params = [r"[1,-2]", r#"["it's","\""]"#].map(|text| Param::Text(text.to_owned()));
        assert_eq!(writer.finish(String::new()).params(), params);
    }
}
