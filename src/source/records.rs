//! What the readers of records share: the log lines and webhooks of mail systems, most of them in JSON.
//!
//! A reader takes a **body**: one JSON document as a webhook delivers it, perhaps pretty-printed, or several one after
//! another. An array is a record for each element. [`events`](super::events) and the function `events` of each reader
//! return a [`Batch`]; a [`Reader`] reads a file with one body in each line.
//!
//! Readers are pure functions: they read no clock and keep nothing from one body to the next, so records may come late,
//! twice, out of order and divided in any way.
//!
//! # What becomes of a record
//!
//! Each record is counted in exactly one way in the [`RecordSummary`]:
//!
//! * *with events*: it is one event, or one for each of its recipients;
//! * *quiet*: it is none, as the table of the reader says. An event type, a class or a field that the reader does not know is
//!   quiet, too, as mail systems add them;
//! * *unnamed*: its message cannot be named, see below;
//! * *error*: it is not JSON, or a field that names the event, its message or its time is missing or wrong. The
//!   [`RecordError`] says what was found, what was expected, and where. All other records of the body are read.
//!
//! # Ids
//!
//! Mail systems deliver records at least once, and most of them under a new delivery id. So an id is taken from a
//! record only where it is known to survive that. What happens once in the life of a message has a constant id, such as
//! `delivered`: the same fact by log and by webhook is one event, of which the earliest copy counts. What can repeat
//! has an id of the kind and a hash, such as `opened-3v0gq1w2m7c4d`; the table of each reader says of what. Two equal
//! events within one tick of the source's clock are one.
//!
//! `hash(a, b, …)` is the 64-bit XXH3 hash of the last part with the hash of the parts before it as the seed; the seed
//! of the first part is 0. A text is hashed as its bytes in UTF-8, an absent one as no bytes; an address without
//! display name and brackets and with ASCII letters in lower case; a number as its eight bytes, the lowest first; an
//! instant as two numbers, the seconds since 1970 and the nanoseconds of the second. A hash is written as 13 digits in
//! base 32 (`0123456789abcdefghjkmnpqrstvwxyz`), the most significant first.
//!
//! A message is the source's id, `-`, and `hash(recipient)`, as most sources use one id for all recipients; where each
//! recipient has an id, it is that id alone.
//!
//! # Events without a message
//!
//! A bounce that comes back by mail, or a complaint, often does not name the message it is about. No reader guesses. A
//! host that can tell, by the recipient, the return path or the `Message-ID`, gives a [resolver](Options::resolver).
//! What that does not know either is left out, or kept [on a message of its own](Options::with_orphans), whose id is
//! `orphan-` and the hash of the name of the source, the id of the event, the id of the report, the instant, the
//! recipient and the return path.
//!
//! # Times
//!
//! An instant is a number of seconds, milliseconds or microseconds since 1970 (the size tells the unit), perhaps with a
//! fraction or as a text; or RFC 3339 with any offset, RFC 2822, or `YYYY-MM-DD HH:MM:SS`, which is in UTC.
//!
//! # Recipients
//!
//! Addresses of recipients are not stored, unless a reply is kept that contains one. Their domain is the recipient
//! domain; the mailbox provider is looked up by it.
//!
//! # Limits
//!
//! A record has at most [`MAX_RECIPIENTS`] recipients; a batch keeps at most [`MAX_ERRORS`] errors, and counts the
//! others; a line of a file has at most [`MAX_LINE_BYTES`]. A host limits the size of the bodies that it accepts.

#[cfg(doc)]
use crate::event::Event;

pub(super) mod address;
pub(super) mod code;
pub(super) mod draft;
mod error;
pub(super) mod fields;
pub(super) mod hash;
mod options;
pub(super) mod output;
mod reader;
pub(super) mod split;
pub(super) mod text;
pub(super) mod time;

pub use error::{RecordError, RecordReason};
pub use options::{Options, Unnamed};
pub(super) use reader::ReadBody;
pub use reader::Reader;

use super::system::Source;

/// The maximum number of recipients of a record. One with more is an error.
pub const MAX_RECIPIENTS: usize = 1000;

/// The maximum number of errors that a [`Batch`] keeps.
pub const MAX_ERRORS: usize = 100;

/// The maximum length of a line of a file in bytes: 16 MiB. A longer line is an error.
pub const MAX_LINE_BYTES: usize = 1 << 24;

/// What a body of records is: its events, its errors, and the number of its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// The events, in the order of the records. Each is valid, see [`Event::check`].
    pub events: Vec<crate::event::Event>,
    /// The errors of the first [`MAX_ERRORS`] records that could not be read, in the order of the records.
    pub errors: Vec<RecordError>,
    /// The number of records by what became of them.
    pub summary: RecordSummary,
}

impl Batch {
    /// Reads a body.
    pub(super) fn read(source: Source, read: ReadBody, body: &[u8], options: &Options) -> Self {
        let mut destinations = output::Destinations::default();
        let mut output = output::Output::new(source, options, &mut destinations);
        read(body, &mut output);
        output.into_batch()
    }
}

/// The number of records by what became of them, and the number of events.
///
/// `records = with_events + quiet + unnamed + errors`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordSummary {
    /// The number of all records.
    pub records: u64,
    /// The number of records with one event or more.
    pub with_events: u64,
    /// The number of records that are no event.
    pub quiet: u64,
    /// The number of records that were left out because their message could not be named.
    pub unnamed: u64,
    /// The number of records that could not be read.
    pub errors: u64,
    /// The number of events.
    pub events: u64,
    /// The number of events that are kept on a message of their own, as theirs could not be named.
    pub orphans: u64,
}

impl std::ops::AddAssign for RecordSummary {
    fn add_assign(&mut self, other: Self) {
        let Self { records, with_events, quiet, unnamed, errors, events, orphans } = other;
        self.records += records;
        self.with_events += with_events;
        self.quiet += quiet;
        self.unnamed += unnamed;
        self.errors += errors;
        self.events += events;
        self.orphans += orphans;
    }
}
