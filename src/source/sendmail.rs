//! The log of sendmail 8, as syslog, journald or a container writes it.
//!
//! ```
//! use mailtally::source::sendmail::{Options, Reader};
//! use mailtally::{Event, EventType};
//!
//! let log = "\
//! Nov 21 00:09:39 mx1 sendmail[24]: 6AL09dXk000024: from=<news@Shop.example>, size=1796, class=0, nrcpts=2, relay=app [192.0.2.9]
//! Nov 21 00:09:40 mx1 sendmail[26]: 6AL09dXk000024: to=<ann@gmail.com>,<bob@gmail.com>, delay=00:00:01, xdelay=00:00:01, \
//! mailer=esmtp, pri=121796, relay=mx.example. [198.51.100.7], dsn=2.0.0, stat=Sent (2.0.0 OK)
//! ";
//! let options = Options::new("2026-12-01T00:00:00Z".parse()?).account("acme");
//! let events: Vec<Event> = Reader::new(log.as_bytes(), options).collect::<Result<_, _>>()?;
//! assert_eq!(events.iter().map(Event::event_type).collect::<Vec<_>>(), [EventType::DeliveredSmtp; 2]);
//! assert_ne!(events[0].message(), events[1].message());
//! assert_eq!(events[1].message_fields().domain.as_deref(), Some("shop.example"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Events
//!
//! A message is one queue file for one recipient. Lines are those of the programs `sendmail`, `sm-mta`, `sm-msp-queue` and the
//! like, in any of the forms of the [Postfix reader](super::postfix#lines), about a queue file or `NOQUEUE`.
//!
//! | line | event, for each recipient of the list | id of the event |
//! |---|---|---|
//! | `to=..., stat=Sent` of a mailer `esmtp`, `smtp`, `relay` or another with `smtp` in its name | `delivered`, `smtp` | `delivered` |
//! | the same of any other mailer (`local`, `prog`, `*file*` ...) | `delivered` | `delivered` |
//! | `to=..., stat=Deferred`, or another status with a `dsn` of class 4 | `deferred` | `hash(time, line)` |
//! | `to=..., stat=` with anything else (`User unknown`, `Service unavailable`, `Host unknown` ...) | `hard_bounced`, `immediate` | `bounced` |
//! | the same without a `mailer`: a filter refused the mail | `failed`, `rejected` | `rejected` |
//! | `QUEUEID: return to sender: Cannot send message for 5 days` | `failed`, `expired`: one for each recipient that was deferred and not finished since; if none is known, one on a message without a recipient | `expired` |
//! | `ruleset=..., reject=550 ...`, permanent or temporary; `Milter: to=..., reject=550 ...`; `<...>... User unknown` | `failed`, `rejected`, on a message of its own | as with [Postfix](super::postfix#ids) |
//! | `message repeated N times: [ ... ]`, `last message repeated N times` | N more of the refusal that was repeated | |
//!
//! Quiet are the senders of mail (`from=`), the other lines about bounces (`DSN:`, `sender notify:`, `return to sender:` with
//! another text), as the recipients' own lines tell of them, `stat=queued`, quarantined mail, TLS, and refusals by filters that
//! name no recipient, as the recipients' own lines follow. A long list of recipients is written in several lines, of which each
//! counts. Bounces (from `<>`) are mail like any other. The log shows the acceptance of mail without its recipients, so a message is
//! created at the first attempt to deliver it.
//!
//! **Two queues.** A program hands mail to sendmail's submission queue, which passes it to the server of the same host: the same
//! mail has two queue ids. `stat=Sent (QUEUEID Message accepted for delivery)` by a relay with a loopback address is no delivery;
//! the mail is counted under the id that the server gave it. If it was deferred in the first queue, and the server's first attempt
//! comes after this line, it remains the message of the first id.
//!
//! # Fields
//!
//! As with [Postfix](super::postfix#fields): `from=` gives the mailbox and the sending domain, `to=` the recipient domain and the
//! provider; if no rule covers the domain, the MX host in `relay=` gives the provider. A local recipient has no domain, as sendmail
//! writes the name alone. An attempt has its mailer as the transport, and the code in `dsn=`. The reason is a phrase for what
//! sendmail says itself, and the meaning of the code for an answer. With [`Options::with_replies`] an event of an attempt has the
//! attributes `relay`, `dsn` and `reply`.
//!
//! # Ids and time
//!
//! The id of a message is the queue id, `-`, and `hash(hash(0, host), recipient)` with the recipient in lower case and the
//! [hash of the Postfix reader](super::postfix#ids); of mail from the first queue, the queue id is that of the first queue. Queue
//! ids are used again after 60 years only, so logs that overlap or are read twice give the same events, except refusals, which are
//! counted as with Postfix. What a line means may depend on lines before it (the sender, the recipients that expire, the first of
//! two queues): read the files of a rotated log through one [`Parser`], the oldest first ([`Reader::continuing`]). The
//! [time](super::postfix#time) is read as that of Postfix.
//!
//! # Memory
//!
//! The parser holds one line (a line longer than [`MAX_LINE_BYTES`] is an error), the queue files with their senders and deferred
//! recipients, the hashes of the refusals of two minutes, and up to 8192 senders, domains, hosts and mailers. Sendmail says only
//! with a high `LogLevel` that a queue file is done. Else a file without a line for a day, or for 30 days if it has deferred
//! recipients, is forgotten once there are more than 65,536.

use super::log;

mod line;
mod parser;
mod queue;

pub use super::log::{MAX_LINE_BYTES, Options};
pub use parser::Parser;

/// Iterates over the events of a sendmail log, in the order of its lines.
pub type Reader<R> = log::Reader<R, Parser>;

/// Returns whether `line` is one of sendmail about a queue file, in any form in which log lines arrive.
pub(super) fn is_entry(line: &[u8]) -> bool {
    log::entries::is_entry::<parser::Mail>(line)
}
