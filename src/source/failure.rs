//! The errors of the parts of a line, which know what follows them but not the whole line.

use super::Reason;
use crate::parse_error::ParseError;

/// Why a part of a line could not be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure<'a> {
    /// The bytes from the start of the part to the line's end.
    rest: &'a [u8],
    /// What was found; empty if the part is missing.
    found: &'a [u8],
    /// The name of the part, such as `recipient`.
    subject: &'static str,
    expected: Expected,
}

/// What was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// A text that is described in words.
    Text(&'static str),
    /// One of these names.
    Name(&'static [&'static str]),
}

impl<'a> Failure<'a> {
    /// More bytes than this need not be decoded, as a [`ParseError`] shows fewer characters.
    const MAX_SHOWN_BYTES: usize = 400;

    /// Returns the failure of a part that is missing at the start of `rest`.
    pub(super) fn missing(rest: &'a [u8], subject: &'static str, expected: &'static str) -> Self {
        Self { rest, found: b"", subject, expected: Expected::Text(expected) }
    }

    /// Returns the failure of a part that starts at `rest` and is not as `expected`; if `rest` is empty, it is missing.
    pub(super) fn invalid(rest: &'a [u8], subject: &'static str, expected: &'static str) -> Self {
        Self { rest, found: rest, subject, expected: Expected::Text(expected) }
    }

    /// Returns the failure of the part at the start of `rest`, of which `found` is shown, that is none of `names`; if
    /// `found` is empty, it is missing.
    pub(super) fn unknown(
        rest: &'a [u8],
        found: &'a [u8],
        subject: &'static str,
        names: &'static [&'static str],
    ) -> Self {
        Self { rest, found, subject, expected: Expected::Name(names) }
    }

    /// Limits what is shown as found.
    pub(super) fn showing(self, found: &'a [u8]) -> Self {
        Self { found, ..self }
    }

    /// Returns the failure as a reason with its column in the whole `line`.
    pub(super) fn reason(self, line: &[u8]) -> Reason {
        let Self { rest, found, subject, expected } = self;
        let column = line.len().saturating_sub(rest.len()) + 1;
        let shown = String::from_utf8_lossy(&found[..found.len().min(Self::MAX_SHOWN_BYTES)]);
        let error = match expected {
            Expected::Text(text) => ParseError::invalid(subject, &shown, text),
            Expected::Name(names) => ParseError::not_one_of(subject, &shown, names.iter().copied()),
        };
        if found.is_empty() {
            Reason::Missing { column, subject, expected: error.expected().to_owned() }
        } else {
            Reason::Invalid { column, error }
        }
    }
}
