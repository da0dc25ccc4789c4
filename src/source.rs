//! Readers of what mail systems write: bytes in, [`Event`]s and errors out.
//!
//! * [`jsonl`]: the crate's own JSON Lines, one event per line.
//! * [`postfix`], [`exim`], [`opensmtpd`], [`sendmail`], [`stalwart::log`], [`exchange`]: the logs of these mail systems. [`log`]: what their readers share.
//! * [`records`]: what the readers of log records and webhooks share. [`events`] reads a body of any [`Source`]:
//!   [`kumomta`], [`ses`], [`sendgrid`], [`postmark`], [`sparkpost`], [`mailgun`], [`mailtrap`], [`postal`], [`stalwart`], [`brevo`],
//!   [`mailjet`], [`resend`], [`mailersend`], [`mandrill`], and the reports by mail [`dsn`] and [`arf`].
//!
//! [`guide`] says for each what is counted, what cannot be known, and what to switch on.
//!
//! # Files of lines
//!
//! A reader takes any [`BufRead`](std::io::BufRead) and is an iterator. It opens no file, decompresses nothing, reads no
//! clock, and holds one line at a time. A line that it cannot parse is a [`LineError`]; the reader then continues with the
//! next line, and a caller that wants all or nothing stops at the first error. A [`Summary`] counts the lines by what they
//! were.
//!
//! Where bytes arrive in pieces, as in the body of an HTTP request, a [`LineSplitter`] cuts them into lines for
//! [`jsonl::parse`] or [`postfix::Parser::parse_line`].
//!
//! ```
//! use mailtally::source::{SourceError, jsonl};
//!
//! let input = br#"{"account":"acme","message":"m-1","id":"e-1","kind":"delivered","at":1770000000000}
//! {"account":"acme","message":"m-1","id":"e-2","kind":"opened"}
//! "#;
//! let mut reader = jsonl::Reader::new(&input[..]);
//! let (mut events, mut errors) = (0, Vec::new());
//! for item in &mut reader {
//!     match item {
//!         Ok(_event) => events += 1,
//!         Err(SourceError::Line(error)) => errors.push(error.to_string()),
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! assert_eq!(events, 1);
//! assert_eq!(errors, ["line 2, column 61: missing field `at`"]);
//! assert_eq!(reader.summary().errors, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(doc)]
use crate::event::Event;

mod ahead;
pub mod arf;
pub mod brevo;
mod dispatch;
pub mod dsn;
mod error;
pub mod exchange;
pub mod exim;
mod failure;
mod format;
mod hash;
mod head;
pub mod jsonl;
pub mod kumomta;
mod lines;
pub mod log;
pub mod mailersend;
pub mod mailgun;
pub mod mailjet;
pub mod mailtrap;
pub mod mandrill;
pub mod opensmtpd;
pub mod postal;
pub mod postfix;
pub mod postmark;
mod reader;
pub mod records;
mod report;
pub mod resend;
pub mod sendgrid;
pub mod sendmail;
pub mod ses;
pub mod sparkpost;
pub mod stalwart;
mod system;

#[doc = include_str!("source/guide.md")]
#[cfg(doc)]
pub mod guide {}

pub use dispatch::events;
pub use error::{LineError, Reason, SourceError};
pub use format::{Content, Format, detect};
pub use lines::LineSplitter;
pub use system::Source;

/// The kind of a line that could be parsed. A line that could not be parsed has a [`Reason`] instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineKind {
    /// The line is empty or white space only.
    Blank,
    /// Another program wrote the line.
    OtherProgram,
    /// The mail system wrote the line, but it holds no event.
    Ignored,
    /// The line holds one event or more.
    WithEvents,
}

/// The number of lines read, in total and by kind, and the number of events.
///
/// Each line is counted in exactly one of the five kinds:
/// `lines = blank + other_program + ignored + with_events + errors`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of all lines.
    pub lines: u64,
    /// The number of lines that are empty or white space only.
    pub blank: u64,
    /// The number of lines that another program wrote.
    pub other_program: u64,
    /// The number of lines that the mail system wrote and that hold no event.
    pub ignored: u64,
    /// The number of lines that hold one event or more.
    pub with_events: u64,
    /// The number of lines that could not be parsed.
    pub errors: u64,
    /// The number of events that the reader has returned.
    pub events: u64,
}

impl Summary {
    /// Counts one line, but not its events.
    fn count_line(&mut self, line: &Result<LineKind, Reason>) {
        self.lines += 1;
        match line {
            Ok(LineKind::Blank) => self.blank += 1,
            Ok(LineKind::OtherProgram) => self.other_program += 1,
            Ok(LineKind::Ignored) => self.ignored += 1,
            Ok(LineKind::WithEvents) => self.with_events += 1,
            Err(_) => self.errors += 1,
        }
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        let Self { lines, blank, other_program, ignored, with_events, errors, events } = other;
        self.lines += lines;
        self.blank += blank;
        self.other_program += other_program;
        self.ignored += ignored;
        self.with_events += with_events;
        self.errors += errors;
        self.events += events;
    }
}
