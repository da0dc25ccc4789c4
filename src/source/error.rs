//! The errors of the readers.

use std::fmt;
use std::io;

use super::records::RecordError;
use crate::event::EventError;
use crate::parse_error::ParseError;

/// Why a reader returned no event: one line could not be parsed, or the input could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// One line could not be parsed; the reader continues with the next line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The input could not be read; this is the reader's last item.
    #[error("line {line}: the input cannot be read")]
    Input {
        /// The number of the line that was being read, from 1.
        line: u64,
        /// The error of the input.
        source: io::Error,
    },
}

/// A line that could not be parsed: its number and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", ColumnSuffix(.reason.column()))]
pub struct LineError {
    line: u64,
    reason: Reason,
}

impl LineError {
    /// Returns the error of the line with number `line`, from 1.
    pub fn new(line: u64, reason: Reason) -> Self {
        Self { line, reason }
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns why the line could not be parsed.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// Why a line could not be parsed. Columns count bytes, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The line is longer than the maximum.
    #[error("longer than the {limit} bytes that a line may have")]
    TooLong {
        /// The maximum length of a line in bytes, without its end.
        limit: usize,
    },
    /// The line is not UTF-8.
    #[error("invalid UTF-8")]
    NotUtf8 {
        /// The column of the first byte that is not UTF-8.
        column: usize,
    },
    /// The line is not JSON, or not the JSON of an event.
    #[error("{message}")]
    Json {
        /// The column at which the JSON parser stopped; `None` if it parsed the whole line.
        column: Option<usize>,
        /// What is wrong, in words.
        message: String,
    },
    /// A part of the line is not what it should be.
    #[error("{error}")]
    Invalid {
        /// The column at which the part starts.
        column: usize,
        /// What was found, and what was expected.
        error: ParseError,
    },
    /// The line is that of an event that no reader returns.
    #[error("{error}")]
    Refused {
        /// Why.
        error: EventError,
    },
    /// The line has records that cannot be read.
    #[error("{error}{}", MoreSuffix(*.more))]
    Record {
        /// Why the first of them cannot be read.
        error: Box<RecordError>,
        /// The number of others.
        more: u64,
    },
    /// The line lacks a part, often because it was cut off.
    #[error("missing {subject}: expected {expected}")]
    Missing {
        /// The column at which the part was expected.
        column: usize,
        /// The name of the part, such as `delivery status`.
        subject: &'static str,
        /// What was expected, in words.
        expected: String,
    },
}

impl Reason {
    /// Returns the column of the error, in bytes from 1; `None` if it concerns the whole line.
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::TooLong { .. } | Self::Refused { .. } | Self::Record { .. } => None,
            Self::Json { column, .. } => *column,
            Self::NotUtf8 { column } | Self::Invalid { column, .. } | Self::Missing { column, .. } => {
                Some(*column)
            }
        }
    }
}

/// Displays `, column 12`, or nothing for `None`.
struct ColumnSuffix(Option<usize>);

impl fmt::Display for ColumnSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |column| write!(f, ", column {column}"))
    }
}

/// Displays `, and 3 more`, or nothing for 0.
struct MoreSuffix(u64);

impl fmt::Display for MoreSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ", and {} more", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_error_gives_the_line_and_the_column() {
        let whole = LineError::new(3, Reason::TooLong { limit: 10 });
        assert_eq!(whole.to_string(), "line 3: longer than the 10 bytes that a line may have");
        let part = LineError::new(4, Reason::NotUtf8 { column: 7 });
        assert_eq!(part.to_string(), "line 4, column 7: invalid UTF-8");
        assert_eq!(SourceError::from(part.clone()).to_string(), part.to_string());
        let missing = Reason::Missing { column: 5, subject: "status", expected: "`sent`".to_owned() };
        assert_eq!(
            LineError::new(1, missing).to_string(),
            "line 1, column 5: missing status: expected `sent`"
        );
    }
}
