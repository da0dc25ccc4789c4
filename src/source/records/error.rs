//! The errors of records.

use crate::event::EventError;
use crate::parse_error::ParseError;

/// A record that could not be read: its place in the body and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {index}: {reason}")]
pub struct RecordError {
    index: u64,
    reason: RecordReason,
}

impl RecordError {
    /// Returns the error of the record with index `index`, from 0.
    pub fn new(index: u64, reason: RecordReason) -> Self {
        Self { index, reason }
    }

    /// Returns the index of the record in its body, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Returns why the record could not be read.
    pub fn reason(&self) -> &RecordReason {
        &self.reason
    }
}

/// Why a record could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordReason {
    /// The record is not UTF-8.
    #[error("invalid UTF-8 at byte {at}")]
    NotUtf8 {
        /// The index of the first byte of the record that is not UTF-8, from 0.
        at: usize,
    },
    /// The record is not JSON, often because the body was cut off, or not the JSON of such a record.
    #[error("{message}")]
    Json {
        /// What is wrong, in words.
        message: String,
    },
    /// The record is something else, such as an array, or the record of another mail system.
    #[error("found {found}, expected {expected}")]
    Shape {
        /// What was found, in words.
        found: &'static str,
        /// What was expected, in words.
        expected: &'static str,
    },
    /// The record lacks a field, or the field is empty or `null`.
    #[error("missing field `{field}`: expected {expected}")]
    Missing {
        /// The name of the field, with that of the object around it, such as `mail.messageId`.
        field: String,
        /// What was expected, in words.
        expected: &'static str,
    },
    /// A field is not what it should be.
    #[error("{error}")]
    Invalid {
        /// What was found, and what was expected.
        error: ParseError,
    },
    /// The record names more recipients than one record can have.
    #[error("{found} recipients, expected at most {}", super::MAX_RECIPIENTS)]
    TooManyRecipients {
        /// The number of recipients.
        found: usize,
    },
    /// The event of the record is one that no reader returns.
    #[error("{error}")]
    Refused {
        /// Why.
        error: EventError,
    },
}

impl From<EventError> for RecordReason {
    fn from(error: EventError) -> Self {
        Self::Refused { error }
    }
}
