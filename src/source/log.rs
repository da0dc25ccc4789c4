//! What the readers of mail logs share: their settings, the reader over a parser, and the parts that all parsers need.
//!
//! Each mail system that writes its log as text has a module with a parser of its lines: [`postfix`](super::postfix). A
//! [`Reader`] puts an input before any of them; the names `Reader` in the modules of the systems are this one with their
//! parser.
//!
//! ```
//! use mailtally::source::log::{Options, Parse, Reader};
//! use mailtally::source::{SourceError, postfix};
//!
//! fn count<P: Parse>(log: &[u8], options: Options) -> Result<usize, SourceError> {
//!     Reader::<_, P>::new(log, options).try_fold(0, |count, event| event.map(|_| count + 1))
//! }
//!
//! let log = b"Nov 21 00:09:40 mx1 postfix/smtp[26]: 4225AF60B5: to=<ann@gmail.com>, relay=none, status=sent (Ok)\n";
//! assert_eq!(count::<postfix::Parser>(log, Options::new("2026-12-01T00:00:00Z".parse()?))?, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use super::head::Clock;
use super::{LineKind, Reason};
use crate::event::Event;

pub(super) mod address;
pub(super) mod answers;
pub(super) mod codes;
pub(super) mod entries;
pub(super) mod event_ids;
pub(super) mod host;
pub(super) mod maker;
pub(super) mod name_cache;
mod options;
pub(super) mod phrases;
mod reader;
pub(super) mod reason;
pub(super) mod repeats;
mod sender;
pub(super) mod sweep;

pub use options::Options;
pub use reader::Reader;

/// The maximum length of a line in bytes: 64 KiB. A longer line is an error.
pub const MAX_LINE_BYTES: usize = 1 << 16;

/// A parser of the lines of a mail system's log. Only the parsers of this crate implement it.
///
/// Each has the same methods itself, so that the trait is needed only where one of several parsers is meant.
#[expect(private_bounds, reason = "nobody else can implement it")]
pub trait Parse: Hooks {
    /// Returns a parser that is at the start of the first file.
    #[must_use]
    fn new(options: Options) -> Self;

    /// Begins another file with the next line: the file that follows in time, or any other.
    fn begin_file(&mut self);

    /// Parses one line without its end, appends its events to `out` and returns the kind of the line.
    ///
    /// # Errors
    ///
    /// The line has no time, or is one with an event that is cut off or unknown. It gives no event then, and the next line can
    /// be parsed.
    fn parse_line(&mut self, line: &[u8], out: &mut impl Extend<Event>) -> Result<LineKind, Reason>;
}

/// Implements [`Parse`] for a parser by its own methods of the same names.
macro_rules! parse_by_methods {
    ($parser:ty) => {
        impl $crate::source::log::Parse for $parser {
            fn new(options: $crate::source::log::Options) -> Self {
                Self::new(options)
            }

            fn begin_file(&mut self) {
                Self::begin_file(self);
            }

            fn parse_line(
                &mut self,
                line: &[u8],
                out: &mut impl Extend<$crate::event::Event>,
            ) -> Result<$crate::source::LineKind, $crate::source::Reason> {
                Self::parse_line(self, line, out)
            }
        }
    };
}

pub(super) use parse_by_methods;

/// What a [`Reader`] needs of a parser besides.
pub(super) trait Hooks: Clone + fmt::Debug {
    /// Returns the clock of a log whose lines may have no year, for which a reader looks in the lines ahead.
    fn clock(&self) -> Option<&Clock> {
        None
    }

    /// Returns the same clock, to be set.
    fn clock_mut(&mut self) -> Option<&mut Clock> {
        None
    }

    /// Returns whether the start of a file can tell what its first lines lack.
    fn needs_look(&self) -> bool {
        false
    }

    /// Looks at the start of a file, of which the last line may be cut off.
    fn look(&mut self, start: &[u8]) {
        let _ = start;
    }

    /// Lets events wait for further lines that show whether they are meant, or no longer.
    fn wait(&mut self, waits: bool) {
        let _ = waits;
    }

    /// Appends the events that still wait to `out`.
    fn finish(&mut self, out: &mut impl Extend<Event>) {
        let _ = out;
    }
}

/// Moves the events of a line to `out`, if they are valid.
#[inline]
pub(super) fn take_checked(events: &mut Vec<Event>, out: &mut impl Extend<Event>) -> Result<(), Reason> {
    // Most lines have no event, and the others mostly one.
    if let [event] = &events[..] {
        event.check().map_err(|error| Reason::Refused { error })?;
        out.extend(events.pop());
    } else if !events.is_empty() {
        events.iter().try_for_each(Event::check).map_err(|error| Reason::Refused { error })?;
        out.extend(events.drain(..));
    }
    Ok(())
}
