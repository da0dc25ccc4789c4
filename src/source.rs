//! Readers of what mail systems already write: bytes in, [`Event`]s and complaints out.
//!
//! * [`jsonl`]: the crate's own JSON Lines, one event a line.
//! * [`postfix`]: Postfix's mail log.
//!
//! A reader takes any [`BufRead`](std::io::BufRead) and is an iterator. It opens no file, unpacks nothing, knows no
//! clock, and holds one line at a time. A line that it cannot use is a [`Complaint`], after which it goes on; a caller
//! who wants all or nothing stops at the first. What became of every line is in its [`Summary`].
//!
//! ```
//! use mailtally::source::{SourceError, jsonl};
//!
//! let input = br#"{"account":"acme","message":"m-1","id":"e-1","kind":"delivered","at":1770000000000}
//! {"account":"acme","message":"m-1","id":"e-2","kind":"opened"}
//! "#;
//! let mut reader = jsonl::Reader::new(&input[..]);
//! let (mut events, mut complaints) = (0, Vec::new());
//! for item in &mut reader {
//!     match item {
//!         Ok(_event) => events += 1,
//!         Err(SourceError::Line(complaint)) => complaints.push(complaint.to_string()),
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! assert_eq!(events, 1);
//! assert_eq!(complaints, ["line 2, column 61: missing field `at`"]);
//! assert_eq!(reader.summary().complaints, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::io;
use std::str::FromStr;

#[cfg(doc)]
use crate::event::Event;
use crate::parse_error::ParseError;

pub mod jsonl;
mod lines;
pub mod postfix;

/// What one line of a source turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineKind {
    /// Nothing but white space.
    Blank,
    /// Written by another program.
    Foreign,
    /// Of the system that is read, but of no event.
    Quiet,
    /// Of one event or more.
    Telling,
}

/// How many lines were read and what became of them: every line is in exactly one of the five.
///
/// `lines = blank + foreign + quiet + telling + complaints`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// All lines.
    pub lines: u64,
    /// Lines of nothing but white space.
    pub blank: u64,
    /// Lines of other programs.
    pub foreign: u64,
    /// Lines of the system that is read which tell of no event.
    pub quiet: u64,
    /// Lines that gave one event or more.
    pub telling: u64,
    /// Lines that could not be used.
    pub complaints: u64,
    /// The events made of them.
    pub events: u64,
}

impl Summary {
    /// Counts one line, but not its events.
    fn note(&mut self, line: &Result<LineKind, Reason>) {
        self.lines += 1;
        match line {
            Ok(LineKind::Blank) => self.blank += 1,
            Ok(LineKind::Foreign) => self.foreign += 1,
            Ok(LineKind::Quiet) => self.quiet += 1,
            Ok(LineKind::Telling) => self.telling += 1,
            Err(_) => self.complaints += 1,
        }
    }
}

/// Why a source gave no event: a line that makes no sense, or an input that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// One line could not be used; the reader goes on with the next.
    #[error(transparent)]
    Line(#[from] Complaint),
    /// The input broke off; the reader ends here.
    #[error("line {line}: the input cannot be read")]
    Input {
        /// The line that was being read, from 1.
        line: u64,
        /// What the input said.
        source: io::Error,
    },
}

/// A line that could not be used: which, where in it, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", Column(.reason.column()))]
pub struct Complaint {
    line: u64,
    reason: Reason,
}

impl Complaint {
    /// The line number `line`, from 1, could not be used for this `reason`.
    pub fn new(line: u64, reason: Reason) -> Self {
        Self { line, reason }
    }

    /// The number of the line, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What is wrong with it.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// What is wrong with a line. A column counts bytes, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// More than a reader holds of one line.
    #[error("longer than the {limit} bytes that a line may have")]
    TooLong {
        /// The most bytes that are taken, without the line's end.
        limit: usize,
    },
    /// Bytes that are no text.
    #[error("unknown bytes, expected UTF-8")]
    NotUtf8 {
        /// Where the first such byte stands.
        column: usize,
    },
    /// Not the JSON of an event.
    #[error("{found}")]
    Json {
        /// How far the reading came; `None` if it came to the end.
        column: Option<usize>,
        /// What was found there, and what was expected.
        found: String,
    },
    /// Something else stands where a part of the line should.
    #[error("{found}")]
    Unreadable {
        /// Where it stands.
        column: usize,
        /// What was found there, and what was expected.
        found: ParseError,
    },
}

impl Reason {
    /// Where in the line it is, in bytes from 1; `None` if it is the line as a whole.
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::TooLong { .. } => None,
            Self::Json { column, .. } => *column,
            Self::NotUtf8 { column } | Self::Unreadable { column, .. } => Some(*column),
        }
    }
}

/// `, column 12`, or nothing.
struct Column(Option<usize>);

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |column| write!(f, ", column {column}"))
    }
}

/// What a reader can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [JSON Lines](jsonl).
    Jsonl,
    /// [Postfix's mail log](postfix).
    Postfix,
}

impl Format {
    /// Every format, by name.
    pub const ALL: [Self; 2] = [Self::Jsonl, Self::Postfix];

    /// The name on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Postfix => "postfix",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| ParseError::not_one_of("format", text, Self::ALL.map(Self::name)))
    }
}

/// What an input seems to hold, judged by how it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// A format that can be read.
    Known(Format),
    /// Packed by the program of this name; unpack it first.
    Packed(&'static str),
    /// No text.
    Binary,
    /// Nothing, or a text of no known format.
    Unknown,
}

/// The first bytes by which packed files are known.
const PACKERS: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")];

/// Tells what an input holds from its first bytes; some thousand are enough.
///
/// Text whose first visible character is `{` is JSON Lines. Text with a line that has a log's time and a Postfix
/// program is a Postfix log, whatever other programs' lines precede it.
///
/// ```
/// use mailtally::source::{Content, Format, detect};
///
/// let log = b"Nov 21 00:09:39 mx1 postfix/qmgr[2456]: 4225AF60B5: removed\n";
/// assert_eq!(detect(log), Content::Known(Format::Postfix));
/// assert_eq!(detect(b"\x1f\x8b\x08\0"), Content::Packed("gzip"));
/// ```
pub fn detect(start: &[u8]) -> Content {
    if let Some((_, packer)) = PACKERS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Content::Packed(packer);
    }
    if start.contains(&0) {
        return Content::Binary;
    }
    let text = start.strip_prefix(lines::BYTE_ORDER_MARK).unwrap_or(start).trim_ascii_start();
    if text.starts_with(b"{") {
        return Content::Known(Format::Jsonl);
    }
    if text.split(|&byte| byte == b'\n').any(postfix::is_entry) {
        return Content::Known(Format::Postfix);
    }
    Content::Unknown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_start_of_an_input_tells_what_it_holds() {
        let cases: [(&[u8], Content); 14] = [
            (b"", Content::Unknown),
            (b" \n\n", Content::Unknown),
            (b"hello {\n", Content::Unknown),
            (b"\n {\"account\"", Content::Known(Format::Jsonl)),
            (b"\xef\xbb\xbf{\"account\"", Content::Known(Format::Jsonl)),
            (b"Nov  1 00:09:39 mx1 postfix/smtp[24]: x", Content::Known(Format::Postfix)),
            (b"<22>Nov  1 00:09:39 mx1 postfix/smtp[24]: x", Content::Known(Format::Postfix)),
            (b"2026-11-21T00:09:39.12+01:00 mx1 postfix-out/smtp[24]: x", Content::Known(Format::Postfix)),
            (
                b"Nov 21 00:09:39 mx1 kernel: x\r\nNov 21 00:09:39 mx1 postfix/smtp: x",
                Content::Known(Format::Postfix),
            ),
            (b"Nov 21 00:09:39 mx1 kernel: postfix/smtp[1]: x\n", Content::Unknown),
            (b"\x1f\x8b\x08\x00\x00", Content::Packed("gzip")),
            (b"\x28\xb5\x2f\xfd\x00", Content::Packed("zstd")),
            (b"BZh91AY", Content::Packed("bzip2")),
            (b"\x7fELF\0\0", Content::Binary),
        ];
        for (start, content) in cases {
            assert_eq!(detect(start), content, "{}", start.escape_ascii());
        }
    }

    #[test]
    fn a_format_is_known_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "maildir".parse::<Format>().unwrap_err();
        assert_eq!(error.to_string(), "unknown format `maildir`, expected `jsonl` or `postfix`");
    }

    #[test]
    fn a_complaint_says_where_it_is() {
        let whole = Complaint::new(3, Reason::TooLong { limit: 10 });
        assert_eq!(whole.to_string(), "line 3: longer than the 10 bytes that a line may have");
        let part = Complaint::new(4, Reason::NotUtf8 { column: 7 });
        assert_eq!(part.to_string(), "line 4, column 7: unknown bytes, expected UTF-8");
        assert_eq!(SourceError::from(part.clone()).to_string(), part.to_string());
    }

    proptest! {
        #[test]
        fn any_bytes_have_some_content(start in proptest::collection::vec(any::<u8>(), 0..200)) {
            detect(&start);
        }
    }
}
