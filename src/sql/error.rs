//! Why there is no statement, or no answer from its rows.

use crate::dimension::Dimension;
use crate::store::StoreError;
use crate::tally::TallyError;

use super::Database;

/// Why there is no statement, or why its rows are no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The tables have no column for a dimension that the plan groups or filters by.
    #[error("the tables have no column for `{0}`, so there are no rows by it and no filters on it")]
    NoColumn(Dimension),
    /// The name of a table or a column cannot be written.
    #[error("the name {found:?} of a table or a column {problem}")]
    Identifier {
        /// The name.
        found: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A column is said to be of the table of messages, and there is no such table.
    #[error("column `{column}` is one of the table of messages, and there is no such table")]
    NoMessagesTable {
        /// The name of the column.
        column: String,
    },
    /// A database has no values of the form that a column is said to have.
    #[error("{database} has no {form}, which column `{column}` is said to have")]
    NoSuchForm {
        /// The name of the column.
        column: String,
        /// The form.
        form: &'static str,
        /// The database.
        database: Database,
    },
    /// A text has a NUL character, which texts in PostgreSQL cannot have. Nothing was sent.
    #[error("a text of `{of}` has a NUL character, which texts in PostgreSQL cannot have")]
    Nul {
        /// What the text is: `account`, or the name of a dimension or field.
        of: String,
    },
    /// The answer is too large, or a count exceeds 64 bits.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// A row is not one that the statement can have.
    #[error("column `{column}` is {found:?}, expected {expected}")]
    Row {
        /// The column of the statement.
        column: &'static str,
        /// What it has.
        found: String,
        /// What it can have.
        expected: String,
    },
}

impl SqlError {
    /// Returns whether the caller can fix it by changing the query.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::NoColumn(_) | Self::Nul { .. } | Self::Tally(TallyError::TooManyRows { .. }) => true,
            Self::Identifier { .. }
            | Self::NoMessagesTable { .. }
            | Self::NoSuchForm { .. }
            | Self::Row { .. }
            | Self::Tally(TallyError::Overflow(_)) => false,
        }
    }

    pub(super) fn row(
        column: &'static str,
        found: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        Self::Row { column, found: found.to_string(), expected: expected.into() }
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::NoColumn(dimension) => Self::Unsupported(dimension),
            SqlError::Tally(error) => Self::Tally(error),
            SqlError::Identifier { .. }
            | SqlError::NoMessagesTable { .. }
            | SqlError::NoSuchForm { .. }
            | SqlError::Nul { .. }
            | SqlError::Row { .. } => Self::backend("SQL", error),
        }
    }
}
