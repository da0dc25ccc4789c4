//! The message tracking log of Exchange Server, 2007 and later.
//!
//! ```
//! use mailtally::source::exchange::{Options, Reader};
//! use mailtally::{Event, EventType};
//!
//! let log = "\
//! #Software: Microsoft Exchange Server
//! #Log-type: Message Tracking Log
//! #Fields: date-time,client-ip,server-hostname,source,event-id,network-message-id,recipient-address,recipient-status,return-path
//! 2026-02-01T09:30:00.250Z,192.0.2.50,EX1,SMTP,RECEIVE,5f0c1a52-0000-4000-8000-000000000001,ann@gmail.com;bob@corp.example,,news@Shop.example
//! 2026-02-01T09:30:02.000Z,192.0.2.10,gmail-smtp-in.l.google.com,SMTP,SENDEXTERNAL,5f0c1a52-0000-4000-8000-000000000001,ann@gmail.com,250 2.1.5 OK,news@Shop.example
//! ";
//! let options = Options::new("2026-12-01T00:00:00Z".parse()?).account("acme");
//! let events: Vec<Event> = Reader::new(log.as_bytes(), options).collect::<Result<_, _>>()?;
//! let types: Vec<EventType> = events.iter().map(Event::event_type).collect();
//! assert_eq!(types, [EventType::Accepted, EventType::Accepted, EventType::DeliveredSmtp]);
//! assert_eq!(events[0].message(), events[2].message());
//! assert_eq!(events[2].message_fields().provider.as_deref(), Some("Google"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Lines
//!
//! A line is a record of comma-separated values (RFC 4180), whose columns the line `#Fields:` names: they differ from release
//! to release. The other lines that start with `#` are ignored. The columns stay as they were in a further file that does not
//! name its own. Times are in UTC.
//!
//! # Events
//!
//! A message is one mail for one recipient, also if several servers of the organisation handle it.
//!
//! | `event-id` | event, for each recipient | id of the event |
//! |---|---|---|
//! | `RECEIVE` | `accepted`; `outgoing` or `incoming` where `directionality` says `Originating` or `Incoming` | `accepted` |
//! | `SENDEXTERNAL` | `delivered`, `smtp` | `delivered` |
//! | `SEND` of a log without `network-message-id` (Exchange 2007 and 2010), not by the connector within the organisation | the same | `delivered` |
//! | `DELIVER` | `delivered` | `delivered` |
//! | `DEFER` | `deferred` | `hash(time, line)` |
//! | `FAIL` with the code 4.4.7, or with `expired` in its status | `failed`, `expired` | `expired` |
//! | `FAIL` of the source `AGENT`: a rule or filter of the server | `failed`, `rejected` | `rejected` |
//! | any other `FAIL` | `hard_bounced`, `immediate` | `bounced` |
//!
//! All others are quiet: `SEND` within the organisation, as the next server tells what became of the mail; `DSN`, as `FAIL`
//! tells it; `EXPAND`, `REDIRECT` and `RESOLVE`, whose new recipients have records of their own; and what the server does for itself
//! (`TRANSFER`, `SUBMIT`, `HARECEIVE`, `HADISCARD`, `AGENTINFO`, `DROP` ...).
//!
//! # Fields
//!
//! As with [Postfix](super::postfix#fields): `return-path` (`<>` for a bounce) or, for want of it, `sender-address` gives the
//! mailbox and the sending domain, `recipient-address` the recipient domain and the provider; if no rule covers the domain, the
//! host in `server-hostname` gives the provider of mail that was sent outside. An attempt has `source` as its transport in lower
//! case, `client-ip` as its address if it was by SMTP, and the code and the reason in its part of `recipient-status`. With
//! [`Options::with_replies`] an event of an attempt has the attributes `relay` and `reply`.
//!
//! # Ids
//!
//! The id of a message is `network-message-id` or, for want of it, `hash(0, message-id)`, then `-` and
//! `hash(hash(0, that text), recipient)` with the recipient in lower case and the [hash of the Postfix reader](super::postfix#ids).
//! Neither depends on the server, so the logs of all servers of an organisation count each mail once.
//!
//! # Memory
//!
//! The parser holds one line (a line longer than [`MAX_LINE_BYTES`] is an error), the positions of the columns, and up to 8192
//! senders, domains and hosts.

use super::log;

mod parser;
mod record;

pub use super::log::{MAX_LINE_BYTES, Options};
pub use parser::Parser;

/// Iterates over the events of a message tracking log, in the order of its lines.
pub type Reader<R> = log::Reader<R, Parser>;

/// Returns whether `line` is one of those at the start of a message tracking log.
pub(super) fn is_entry(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line == b"#Log-type: Message Tracking Log"
        || record::header(line).is_some_and(|names| record::Columns::parse(names).is_ok())
}
