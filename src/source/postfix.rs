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
//! # Lines
//!
//! Lines may arrive in any of these forms, also mixed in one file: syslog as Linux, the BSDs (with `<mail.info>`), Solaris and
//! busybox (with `mail.info`) write it, with or without a host; RFC 5424, with or without structured data; `journalctl`'s
//! `short` forms and its `json`; docker's `json-file`, `docker logs -t`, the prefixes of docker compose, of `kubectl` and of the
//! container runtimes of Kubernetes, whose lines may come in parts; and lines of a container within a line of the host's
//! syslog. Of a line within a line, the inner time counts if there is one, else the outer. Banners such as `-- Boot ... --`
//! count as lines of another program.
//!
//! # Events
//!
//! A message is one queue file for one recipient. Two addresses that lead to the same mailbox (`orig_to=`) are two
//! recipients.
//!
//! | line | event |
//! |---|---|
//! | `to=<...>, ... status=sent`, of `smtp` or `lmtp` | `delivered`, `smtp` |
//! | the same, of any other program (`local`, `virtual`, `pipe`, `discard` ...) | `delivered` |
//! | `to=<...>, ... status=deferred` or `SOFTBOUNCE` | `deferred`; with `local` where the text says `delivery temporarily suspended`, as nobody was asked then |
//! | `to=<...>, ... status=bounced` | `hard_bounced`, `immediate` |
//! | `to=<...>, ... status=expired` | `failed`, `expired` |
//! | `from=<...>, status=expired, returned to sender` | `failed`, `expired`: one for each recipient that was deferred and not delivered since; if none is known, one on a message without a recipient |
//! | `reject: ...` or `milter-reject: ...` of `smtpd` or `postscreen` at any stage, permanent or temporary; `proxy-reject: ...` | `failed`, `rejected`: on a message of its own, as no queue file holds it |
//! | `reject: ...` of `cleanup` about a header, the body or the whole message; `milter-reject: ...` of `cleanup` | the same; not where `smtpd` tells of the same refusal within a minute |
//! | `message repeated N times: [ ... ]`, `last message repeated N times` | N more of the refusal that was repeated, up to 100,000; lines about a queue file cannot be repeated |
//!
//! These lines give no event: mail forwarded to another address (`sent (forwarded as ...)`; the message continues under
//! another queue id and is counted there), verified addresses (`deliverable`, `undeliverable`), mail that a rule only
//! warned of, held, discarded or redirected. The log shows the acceptance of a message without its recipients, so a message
//! is created at the first attempt to deliver it.
//!
//! **Content filters.** Mail that is delivered to a filter and comes back under another queue id is one message, that of the
//! first queue file, and its hand-over is no delivery. What shows it: the answer names a queue file of this log (`queued as`),
//! of the same host or another; the second queue file names the first (`orig_queue_id=`); or the second has the same message id,
//! comes from the address that took the mail (or, after `pipe`, from a local program), and is for the same recipient. A filter
//! may make several queue files of one, and there may be several filters. A [`Reader`] waits two seconds of the log's time for
//! such a line, a minute after `pipe`; a [`Parser`] by itself does not wait.
//!
//! The counts are those of `pflogsumm`, a well-known log summary: delivered, deferrals, bounced, rejected. As in
//! `pflogsumm`, bounce notifications (from `<>`) are counted like other mail. There are these differences: `pflogsumm` counts
//! mail that passes through a content filter once for each queue file, equal lines that were written twice each time, and no
//! refusals of proxies.
//!
//! # Fields
//!
//! The sender's address is the mailbox and its domain the sending domain; mail from `<>`, and mail whose sender is in an
//! earlier log only, has neither. Of an address that varies from message to message (VERP, SRS, BATV), the mailbox is the
//! part that all messages of a list or person have in common, unless [`Options::with_raw_senders`] says otherwise; the sending
//! domain is that of the address as it is. The recipient's address gives the recipient domain and, through
//! [`Options::providers`], the mailbox provider; if no rule covers the domain, the MX host that answered (`relay=`, on port 25)
//! gives the provider. An address without a domain gives neither. Recipients' addresses are not stored.
//!
//! An attempt has its transport (`smtp`, `relay`, `lmtp`, `local`, `virtual`, `pipe`, `discard`, `error`, `retry`) and its
//! enhanced status code (`dsn=`). A deferral or a bounce has a reason: a phrase for what Postfix says itself, such as
//! `connection timed out`, or the meaning of the code for the answer of another server, such as `mailbox full`. A refusal has a
//! code and a reason as well; for want of an enhanced code, it is the class of the reply code. With [`Options::with_replies`]
//! an event of an attempt has the attributes `relay`, `dsn` and `reply`.
//!
//! # Ids
//!
//! Ids are made of `hash(seed, bytes)`, the 64-bit XXH3 hash of the bytes with a 64-bit seed, which is published and the
//! same on every machine. A number is hashed as its eight bytes, the lowest first. A hash is written as 13 digits in base 32
//! (`0123456789abcdefghjkmnpqrstvwxyz`), the most significant first.
//!
//! | id | definition |
//! |---|---|
//! | of an event | `line = hash(time, text)`, where `time` is the instant in milliseconds since 1970 and `text` the line from the host on, without its end; a line in another form than `host program[pid]: text` is brought into this form |
//! | of a refusal on an equal line | `hash(hash(line, pass), repeat)`, where `repeat` is the number of equal lines (same time and text) before it and `pass` how often the log has begun again, as below; used where either is not 0 |
//! | of the other refusals on a line that stands for several | `hash(id of the first, number)`, with the number from 1 |
//! | of a message | the queue id, `-`, and `hash(hash(hash(0, host), start), recipient)`, where `start` is the second of the queue file's first line since 1970, or 0 for a long queue id; of mail that came back from a filter, all of these are of the first queue file |
//! | of a message to an address that was rewritten | the same with `hash(that hash, orig_to)` |
//! | of a message that was rejected | `reject-`, the id of the event, and `hash(id of the event, text)` |
//!
//! So a log that is read twice gives the same events again, and so does one that overlaps another, unless it begins within
//! the lines of a queue file with a short queue id: Postfix uses short ids again, and only the time of the first line
//! distinguishes their uses. Read the files of a rotated log through one [`Parser`], the oldest first
//! ([`Reader::continuing`]).
//!
//! What happens to a queue file cannot happen twice at once, so equal lines about one are the same event: within two minutes
//! the second gives no event, later the same event again. Equal refusals within one file are different events. A line more
//! than a minute earlier than a line before it starts a second pass over the log, whose refusals are new: one file that
//! contains the same log twice counts those twice, and all else once.
//!
//! # Time
//!
//! `Nov 21 00:09:39` and RFC 3339 are parsed, with or without fractions of a second, and after a syslog priority; also the
//! forms that `journalctl` and `logread` write. A timestamp without an offset is local time in [`Options::zone`]; the
//! abbreviation of a zone, if it has one, is respected. Where clocks were set back, a local time is
//! ambiguous: it is the earlier instant, unless the line before is more than ten seconds later than that. A time that the
//! clocks skipped is read with the offset before the change.
//!
//! The first line without a year is in [`Options::year`] or, if that is not set, in the latest year that makes it no later
//! than a day after the `now` of [`Options::new`]. Each further line is in the year that brings it nearest to the line
//! before, or in the one after if it would be more than 90 days earlier and that is not in the future. So a log may pass from
//! one year to the next. Later lines may prove another year: one that names its year, a 29 February, and one that would lie
//! more than a day after `now`. A [`Reader`] finds such a proof in the first 256 KiB and tells of a later one
//! ([`Reader::proven_year`]); a [`Parser`] by itself applies it to the lines that follow. The first line of a further file is in
//! the year nearest to the file before if a year was set; if not, its year is found by `now` again.
//!
//! # Memory
//!
//! The parser holds one line (a line longer than [`MAX_LINE_BYTES`] is an error), the open queue files with their deferred
//! recipients, the 512 that were removed last, the hashes of the lines of two minutes, the message ids of ten minutes, and up
//! to 8192 senders and as many recipient domains, hosts, and pairs of a sender and a recipient domain. A queue file is open until its `removed` line. Where that is
//! missing, a file without a line for 30 days is forgotten once there are more than 65,536. Up to 65,536 events wait for the
//! lines that show whether they were deliveries.

use super::head::{Head, unwrap_one};
use super::log;

mod answers;
mod entry;
mod handover;
mod mail;
mod parser;
mod queue;
mod queue_file;
mod queue_key;
mod refusal;
mod text;

pub use super::log::{MAX_LINE_BYTES, Options};
pub use parser::Parser;

/// Iterates over the events of a Postfix log, in the order of its lines; where a delivery may have been to a content filter,
/// its event comes up to a minute of the log's time later.
pub type Reader<R> = log::Reader<R, Parser>;

/// Returns whether `line` is one of a Postfix program, in any form in which log lines arrive.
pub(super) fn is_entry(line: &[u8]) -> bool {
    let Some(content) = unwrap_one(line) else { return false };
    Head::parse(&content).is_ok_and(|head| matches!(entry::parse(&head), Ok(Some(_))))
}

#[cfg(test)]
mod tests;
