//! Exim's main log, as Exim itself writes it or through syslog.
//!
//! ```
//! use mailtally::source::exim::{Options, Reader};
//! use mailtally::{Event, EventType};
//!
//! let log = "\
//! 2026-02-01 10:30:00 1vmTmK-00016Q-0b <= news@shop.example U=acme P=local S=2310
//! 2026-02-01 10:30:02 1vmTmK-00016Q-0b == ann@gmail.com R=dnslookup T=remote_smtp defer (111): Connection refused
//! 2026-02-01 11:00:01 1vmTmK-00016Q-0b == ann@gmail.com R=dnslookup T=remote_smtp defer (-54): retry time not reached
//! 2026-02-01 11:30:01 1vmTmK-00016Q-0b => ann@gmail.com R=dnslookup T=remote_smtp H=mx.example [192.0.2.1] C=\"250 2.0.0 OK\"
//! 2026-02-01 11:30:01 1vmTmK-00016Q-0b Completed
//! ";
//! let options = Options::new("2026-12-01T00:00:00Z".parse()?).account("acme");
//! let events: Vec<Event> = Reader::new(log.as_bytes(), options).collect::<Result<_, _>>()?;
//! assert_eq!(events.iter().map(Event::event_type).collect::<Vec<_>>(), [EventType::Deferred, EventType::DeliveredSmtp]);
//! assert_eq!(events[0].message(), events[1].message());
//! assert_eq!(events[1].message_fields().mailbox.as_deref(), Some("news@shop.example"));
//! assert_eq!(events[1].message_fields().provider.as_deref(), Some("Google"));
//! // The log is in local time, which the id of the message tells to be an hour ahead of UTC.
//! assert_eq!(events[1].at().to_string(), "2026-02-01 10:30:01 UTC");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Lines
//!
//! A line is `2026-02-01 10:30:00`, perhaps with milliseconds, with an offset (` +0100`) and with a process id (`[4711]`), then
//! the id of a message, in the form before or since Exim 4.97, and what is said of it. In syslog, such a line follows the
//! syslog's own time and `exim[4711]:`, with or without Exim's time; the parts of a long line (`[1/3]`) are joined. The lines may
//! also come in any form in which those [of Postfix](super::postfix#lines) may. Lines of programs whose name does not begin with
//! `exim` count as lines of another program.
//!
//! # Events
//!
//! A message is one message of Exim for one final recipient.
//!
//! | line | event | id |
//! |---|---|---|
//! | `=> address …`, `-> …`, `>> …` with `H=name [address]`, or by LMTP | `delivered`, `smtp` | `delivered` |
//! | the same by any other transport: a mailbox, a file, a pipe, an automatic reply | `delivered` | `delivered` |
//! | `=> :blackhole: <address>`, `=> discarded …`, `T=**bypassed**`, `*> …` | none: nothing was delivered | |
//! | `== address … defer (…)` | `deferred` | `deferred-`, hash(time, line) |
//! | the same where Exim's own text says that it did not try: `retry time not reached`, `Retry time not yet reached`, `SMTP delivery explicitly queued`, `domain is held`, `domain is in queue_domains`, `first-pass only routing`, `concurrency limit reached`, `connection limit reached`; or that has no text and a number from −51 to −57 | none | |
//! | `** address …: text` | `hard_bounced`, `immediate` | `bounced` |
//! | the same with `retry timeout exceeded`, `have been failing for a long time`, `after a long failure period` or `delivery cancelled; message timed out` | `failed`, `expired` | `expired` |
//! | the same with `delivery cancelled by administrator` | `failed`, `other` | `cancelled` |
//! | `Completed` after `removed by …` or `cancelled by …` | `failed`, `other`, for each recipient that was deferred and is not finished; after `cancelled by timeout_frozen_after`, `failed`, `expired` | `cancelled`, `expired` |
//! | `<= sender … for address address`, `(= …` | `accepted` for each address, [if wanted](Options::with_accepted) | `accepted` |
//! | `… rejected RCPT <…>`, `MAIL`, `EHLO or HELO`, `connection`, `DATA`, `after DATA`, `during MIME ACL checks`, `DKIM`, `by local_scan()`, `by non-SMTP ACL`, `rejected from <…>`; the same with `temporarily` | `failed`, `rejected`: on a message of its own | `rejected` where the line has an id, else the hash of the line |
//!
//! All other lines give no event: queue runs, connections, hosts that did not answer, warnings, `Frozen`, `error ignored`.
//! Bounce notifications (`<= <>`) are mail like any other. Refusals count as in the Postfix reader, those for now too.
//!
//! A busy host writes a line for each address in each run of the queue, though most are not tried: those lines are not
//! deferrals. `eximstats`, Exim's own summary, counts deliveries as they are counted here, but a message that failed or was
//! delayed once, whatever the number of its recipients.
//!
//! Of the lines `message repeated N times` that a syslog may write, none gives an event. In syslog, the reject log repeats
//! each refusal of the main log: a line without an id that is equal to the one before it is taken for that copy. Without
//! `syslog_duplication`, two equal refusals in a row are thus one.
//!
//! # Fields
//!
//! The sender is that of the `<=` line; if that is in an earlier log only, the one of `F=` or `P=`, which are not in every log.
//! Of an address that varies from message to message, the mailbox is the constant part, as [for Postfix](super::postfix#fields).
//! The recipient's address gives the recipient domain: that of the final address, and for a pipe, a file or a local part
//! alone that of the address before it. The provider is that of this domain; if no rule covers it, that of the MX host that
//! answered (`H=`).
//!
//! An attempt has its transport, as far as the line and the name of Exim's transport (`T=`) tell: `smtp`, `lmtp`, `pipe`,
//! `file`, `autoreply`, else `local`; its sending address, if that is logged (`I=`); and the code of the answer: the enhanced
//! status code or, for want of one, the class of a reply code that refuses. A deferral or a bounce has a reason of the same
//! vocabulary as [those of Postfix](super::postfix#fields). With [`Options::with_replies`] an event of an attempt has the
//! attributes `relay`, `dsn` and `reply`.
//!
//! Under cPanel, the line `Sender identification U=acme D=shop.example` names the sending domain of a message, and its account
//! if [wanted](Options::with_accounts); other mail is of the account of the options.
//!
//! # Ids
//!
//! Ids are made of `hash(seed, bytes)` as in the [Postfix reader](super::postfix#ids). What happens once to a message has a
//! constant id, so that the same fact told twice is one event.
//!
//! | id | definition |
//! |---|---|
//! | of a deferral | `deferred-`, `hash(time, text)`, where `time` is the instant in milliseconds since 1970 and `text` the line from the id on; an equal line within two minutes is the same event |
//! | of a refusal on a line without an id | as in the Postfix reader, where the text is the line after its time and process id |
//! | of a message | Exim's id, `-`, and `hash(hash(0, host), address)`, with the final address in lower case; a local part alone has the domain of the address before it |
//! | of a message to a pipe, a file or the like | the same with `hash(that hash, original address in lower case)` |
//! | of a message that was rejected | that of an empty address where the line has an id; else as in the Postfix reader |
//!
//! Exim's ids are unique on one host only, whose name is not in its log: set [`Options::host`] where several hosts are
//! counted together. A host that syslog names wins.
//!
//! # Time
//!
//! A time with an offset needs no zone. Without one, it is local time in [`Options::zone`], if that is set. Where clocks were
//! set back, the id of a message, which begins with the second of its reception, tells which of two readings is meant.
//!
//! If no zone is set, the offset from UTC is what the ids tell: a `<=` line up to a minute after the start of the message's
//! reception has an offset that is the difference in whole quarters of an hour. A greater offset than the one known has to
//! be told by two such lines in a row, as a slow reception looks like one. A [`Reader`] looks for the first such line in the first 256 KiB; before it, a [`Parser`] by
//! itself takes UTC. After a change of the clocks, the lines up to the next such lines have the offset before it: set the zone
//! where an hour matters. Ids in base 36, as on macOS and Cygwin, are read as well.
//!
//! # Memory
//!
//! The parser holds one line (a line longer than [`MAX_LINE_BYTES`] is an error), the open messages with their deferred
//! recipients, the hashes of the lines of two minutes, and up to 64 lines of which only the first parts have come. A message
//! is open until its `Completed` line. Where that is missing, a message without a line for 30 days is forgotten once there
//! are more than 65,536.
//!
//! # What to switch on
//!
//! The default log selectors are enough. `+outgoing_interface` tells the sending address, `+sender_on_delivery` the sender in
//! logs that begin after the reception, and `log_timezone = true` the offset from UTC.

use super::head::unwrap_one;
use super::log;

mod answer;
mod entry;
mod fields;
mod id;
mod line;
mod mail;
mod offset;
mod open_mail;
mod parser;
mod parts;
mod recipient;
mod refusal;

pub use super::log::{MAX_LINE_BYTES, Options};
pub use parser::Parser;

/// Iterates over the events of an Exim log, in the order of its lines; the events of a delivery while the message came in, and
/// of an acceptance whose account is wanted, come after the next line about the message.
pub type Reader<R> = log::Reader<R, Parser>;

/// Returns whether `line` is one of Exim about a message, or through syslog, in any form in which log lines arrive.
pub(super) fn is_entry(line: &[u8]) -> bool {
    let Some(content) = unwrap_one(line) else { return false };
    line::Line::parse(&content)
        .is_ok_and(|line| line.is_some_and(|line| line.is_of_syslog || id::Id::parse(0, line.text).is_some()))
}

#[cfg(test)]
mod tests;
