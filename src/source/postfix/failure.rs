//! A place in a line where something else stands than should.

use crate::parse_error::ParseError;
use crate::source::Reason;

/// What could not be read: everything from some place to the line's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure<'a> {
    /// From the place in question to the line's end.
    pub(super) rest: &'a [u8],
    /// What was being read.
    pub(super) subject: &'static str,
    /// What may stand there.
    pub(super) expected: &'static str,
}

impl Failure<'_> {
    /// More bytes than this need not be looked at, as a [`ParseError`] shows fewer characters.
    const SHOWN: usize = 400;

    /// The same, for those who know only the whole `line`.
    pub(super) fn reason(self, line: &[u8]) -> Reason {
        let shown = &self.rest[..self.rest.len().min(Self::SHOWN)];
        let found = ParseError::new(self.subject, &String::from_utf8_lossy(shown), self.expected);
        Reason::Unreadable { column: line.len() - self.rest.len().min(line.len()) + 1, found }
    }
}
