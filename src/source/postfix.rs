//! Postfix's mail log, as syslog, journald or Postfix itself writes it.
//!
//! ```
//! use mailtally::source::postfix::{Options, Reader};
//! use mailtally::{Event, EventType};
//!
//! let log = "\
//! Nov 21 00:09:39 mx1 postfix/qmgr[24]: 4225AF60B5: from=<news@Shop.example>, size=1796, nrcpt=1 (queue active)
//! Nov 21 00:09:40 mx1 postfix/smtp[26]: 4225AF60B5: to=<ann@gmail.com>, relay=none, delay=1, dsn=4.4.1, status=deferred (timed out)
//! Nov 21 00:14:41 mx1 postfix/smtp[26]: 4225AF60B5: to=<ann@gmail.com>, relay=mx[192.0.2.1]:25, delay=302, dsn=2.0.0, status=sent (250 Ok)
//! Nov 21 00:14:41 mx1 postfix/qmgr[24]: 4225AF60B5: removed
//! ";
//! let options = Options::new("2026-12-01T00:00:00Z".parse()?).account("acme").zone("Europe/Berlin".parse()?);
//! let events: Vec<Event> = Reader::new(log.as_bytes(), options).collect::<Result<_, _>>()?;
//! assert_eq!(events.iter().map(Event::event_type).collect::<Vec<_>>(), [EventType::Deferred, EventType::DeliveredSmtp]);
//! assert_eq!(events[0].message(), events[1].message());
//! assert_eq!(events[1].at().to_string(), "2026-11-20 23:14:41 UTC");
//! assert_eq!(events[1].message_fields().domain.as_deref(), Some("shop.example"));
//! assert_eq!(events[1].message_fields().recipient_domain.as_deref(), Some("gmail.com"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What becomes an event
//!
//! A message is one queue file for one recipient. Two addresses that lead to the same mailbox (`orig_to=`) are two
//! recipients.
//!
//! | line | event |
//! |---|---|
//! | `to=<...>, ... status=sent`, of `smtp` or `lmtp` | `delivered`, `smtp` |
//! | the same, of any other program (`local`, `virtual`, `pipe`, `discard` ...) | `delivered` |
//! | `to=<...>, ... status=deferred` | `deferred` |
//! | `to=<...>, ... status=bounced` | `hard_bounced`, `immediate` |
//! | `to=<...>, ... status=expired` | `failed`, `expired` |
//! | `from=<...>, status=expired, returned to sender` | `failed`, `expired`: for each recipient that was deferred and is not done with; if none is known, one on a message without a recipient |
//! | `reject: ...` of `smtpd` or `postscreen`, for good or for now | `failed`, `rejected`: on a message of its own, as no queue file holds it |
//! | `reject: ...` or `milter-reject: ...` of `cleanup`, about a header, the body or the whole message | the same |
//!
//! No event: mail sent on to another address (`sent (forwarded as ...)`: the message goes on under another queue id and
//! is counted there), tried addresses (`deliverable`, `undeliverable`), what was only warned of, held, discarded or
//! redirected by a rule, `milter-reject` of `smtpd`, and the acceptance of a message, which the log tells of no single
//! recipient. So a message is created when its delivery is first tried.
//!
//! These are the numbers of `pflogsumm`, a log summary that many know: delivered, deferrals, bounced, rejected. As
//! there, bounce notifications (from `<>`) are mail like any other, and mail that passes through a content filter and
//! comes back is delivered twice.
//!
//! # What an event tells
//!
//! The sender's address is the mailbox and its domain the sending domain; mail from `<>`, and mail whose sender stands in
//! an earlier log, has neither. The recipient gives its domain and, by [`Options::providers`], its provider; an address
//! without a domain gives neither. Recipients are not kept: a message's id has the queue id and a hash of host, time and recipient. With
//! [`Options::with_replies`] an event has the attributes `relay`, `dsn` and `reply`.
//!
//! # What is the same event
//!
//! An event's id is a hash of the line and its instant. A log that is read twice gives the same events again, and so
//! does one that overlaps another, unless the queue file of a short queue id is cut in two: its first line tells it from
//! other uses of the id. Read a rotated log through one [`Parser`], the oldest file first ([`Reader::continuing`]).
//!
//! Equal lines within one file are numbered, and so are different events. A line that is more than a minute earlier than
//! one before it begins the log anew: a file that holds the same log twice counts twice.
//!
//! # Time
//!
//! `Nov 21 00:09:39` and RFC 3339 are read, also mixed, with or without fractions of a second, and behind a syslog
//! priority. What has no offset is local time in [`Options::zone`]. Where clocks were set back, the reading is taken that
//! is nearest to the line before and not (by more than ten seconds) before it. A time that the clocks skipped is read by the
//! offset before the change.
//!
//! The first line without a year is in [`Options::year`], or else in the latest year that makes it no later than a day
//! after [`Options::new`]'s `now`. Every further line is in the year that brings it nearest to the line before it, which
//! makes a turn of the year what it is. The first line of a further file is in the year nearest to the file before, if a
//! year was given, and else found by `now` again.
//!
//! # Memory
//!
//! What is held: one line (a longer one than [`LONGEST_LINE`] is a complaint), the queue files that are open with their
//! deferred recipients, the lines of two minutes as numbers, and some thousand names. A queue file is open until its
//! `removed` line. Where those are missing, files of which nothing was heard for 30 days are forgotten, once there are
//! more than 65,536.

use std::collections::VecDeque;
use std::io::BufRead;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::lines::{Items, Parse};
use super::{LineKind, Reason, SourceError, Summary};
use crate::event::{AccountId, Event};
use crate::provider::Providers;

mod clock;
mod entry;
mod failure;
mod hash;
mod names;
mod parser;
mod queue;
mod repeats;
mod stamp;
mod text;

pub use parser::Parser;

/// The most bytes that a line may have: 64 KiB. A longer one is a complaint.
pub const LONGEST_LINE: usize = 1 << 16;

/// What a log does not say of itself.
#[derive(Clone, Debug)]
pub struct Options {
    account: AccountId,
    zone: Tz,
    year: Option<i32>,
    now: DateTime<Utc>,
    with_replies: bool,
    providers: Providers,
}

impl Options {
    /// Account `default`, times in UTC, the year found from `now`, no replies, the built-in table of providers.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            account: AccountId::from("default"),
            zone: Tz::UTC,
            year: None,
            now,
            with_replies: false,
            providers: Providers::builtin(),
        }
    }

    /// Sets whose mail it is.
    #[must_use]
    pub fn account(mut self, account: impl Into<AccountId>) -> Self {
        self.account = account.into();
        self
    }

    /// Sets the zone of times that have no offset.
    #[must_use]
    pub fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// Sets the year of the first line, from 1 to 9999.
    #[must_use]
    pub fn year(mut self, year: i32) -> Self {
        self.year = Some(year);
        self
    }

    /// Sets whether events carry what the other side said, as the attributes `relay`, `dsn` and `reply`. A reply may
    /// repeat the recipient's address.
    #[must_use]
    pub fn with_replies(mut self, with_replies: bool) -> Self {
        self.with_replies = with_replies;
        self
    }

    /// Sets the table in which the provider of a recipient's domain is looked up. Mail to a domain that it does not know
    /// has no provider, also where the built-in table knows one.
    ///
    /// ```
    /// use mailtally::source::postfix::{Options, Reader};
    /// use mailtally::provider::{Provider, ProviderKind, Providers};
    ///
    /// let acme = Provider::new("Acme Mail", ProviderKind::Hosted);
    /// let providers = Providers::builtin().with_domain("acme.example", acme)?;
    /// let options = Options::new("2026-12-01T00:00:00Z".parse()?).providers(providers);
    /// let log = &b"Nov 21 00:09:40 mx1 postfix/smtp[26]: 4225AF60B5: to=<ann@acme.example>, relay=none, status=sent (Ok)\n"[..];
    /// let event = Reader::new(log, options).next().expect("the log has one event")?;
    /// assert_eq!(event.message_fields().provider.as_deref(), Some("Acme Mail"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn providers(mut self, providers: Providers) -> Self {
        self.providers = providers;
        self
    }
}

/// The events of a Postfix log, in the order of its lines.
///
/// A line that cannot be read is a [`SourceError::Line`], and the next call goes on behind it. An input that cannot be
/// read is a [`SourceError::Input`], and the last item. Give it an input with a large buffer, 64 KiB or more.
#[derive(Debug)]
pub struct Reader<R> {
    items: Items<R, Parser>,
}

impl<R: BufRead> Reader<R> {
    /// Reads `input`, from where it stands, as the first file.
    pub fn new(input: R, options: Options) -> Self {
        Self { items: Items::new(input, Parser::new(options)) }
    }

    /// Reads `input` as a further file, with the parser of [`Reader::into_parser`].
    ///
    /// ```
    /// use mailtally::source::postfix::{Options, Reader};
    ///
    /// let older = &b"Nov 21 23:59:59 mx1 postfix/qmgr[1]: 4225AF60B5: from=<news@shop.example>, size=1, nrcpt=1 (queue active)\n"[..];
    /// let newer = &b"Nov 22 00:00:01 mx1 postfix/smtp[2]: 4225AF60B5: to=<a@x.example>, relay=none, status=bounced (no)\n"[..];
    /// let mut reader = Reader::new(older, Options::new("2026-12-01T00:00:00Z".parse()?));
    /// assert_eq!(reader.by_ref().count(), 0);
    /// let mut reader = Reader::continuing(reader.into_parser(), newer);
    /// let event = reader.next().expect("the second file has one event")?;
    /// assert_eq!(event.message_fields().mailbox.as_deref(), Some("news@shop.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn continuing(mut parser: Parser, input: R) -> Self {
        parser.begin_file();
        Self { items: Items::new(input, parser) }
    }

    /// The parser with all that it remembers, for the next file.
    pub fn into_parser(self) -> Parser {
        self.items.into_parser()
    }

    /// What became of the lines read so far; the events are those that were handed out.
    pub fn summary(&self) -> Summary {
        self.items.summary()
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Event, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items.next()
    }
}

impl Parse for Parser {
    const LONGEST_LINE: usize = LONGEST_LINE;

    fn parse(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason> {
        self.line(line, out)
    }
}

/// Whether `line` has a log's time and one of Postfix's programs.
pub(super) fn is_entry(line: &[u8]) -> bool {
    let split = stamp::Stamp::split(stamp::without_priority(line));
    split.is_some_and(|(_, rest)| matches!(entry::Entry::read(rest, b""), Ok(Some(_))))
}

#[cfg(test)]
mod tests;
