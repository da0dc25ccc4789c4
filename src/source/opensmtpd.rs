//! OpenSMTPD's log, as syslog, journald or a container writes it, of the releases from 5.4 to 7.
//!
//! ```
//! use mailtally::source::opensmtpd::{Options, Reader};
//! use mailtally::{Event, EventType};
//!
//! let log = "\
//! Nov 21 00:09:39 mx1 smtpd[24]: 5b00a1c200000001 smtp envelope evpid=7f3c21aa00000001 from=<news@Shop.example> to=<ann@gmail.com>
//! Nov 21 00:09:40 mx1 smtpd[24]: 5b00a1c200000002 mta delivery evpid=7f3c21aa00000001 from=<news@Shop.example> to=<ann@gmail.com> \
//! rcpt=<-> source=\"192.0.2.1\" relay=\"198.51.100.7 (mx.example)\" delay=1s result=\"TempFail\" stat=\"450 4.2.1 later\"
//! Nov 21 00:14:41 mx1 smtpd[24]: 5b00a1c200000003 mta delivery evpid=7f3c21aa00000001 from=<news@Shop.example> to=<ann@gmail.com> \
//! rcpt=<-> source=\"192.0.2.1\" relay=\"198.51.100.7 (mx.example)\" delay=5m2s result=\"Ok\" stat=\"250 2.0.0 OK\"
//! ";
//! let options = Options::new("2026-12-01T00:00:00Z".parse()?).account("acme");
//! let events: Vec<Event> = Reader::new(log.as_bytes(), options).collect::<Result<_, _>>()?;
//! let types = [EventType::Accepted, EventType::Deferred, EventType::DeliveredSmtp];
//! assert_eq!(events.iter().map(Event::event_type).collect::<Vec<_>>(), types);
//! assert_eq!(events[0].message(), events[2].message());
//! assert_eq!(events[1].event_fields().attempt_ip.as_deref(), Some("192.0.2.1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Events
//!
//! A message is an *envelope*: one mail for one recipient. Lines are those of a program `smtpd`, in any of the forms of the
//! [Postfix reader](super::postfix#lines).
//!
//! | line | event | id of the event |
//! |---|---|---|
//! | `SESSION smtp envelope evpid=... from=<...> to=<...>` | `accepted` | `accepted` |
//! | `SESSION mta delivery evpid=... result="Ok"` | `delivered`, `smtp` | `delivered` |
//! | `SESSION mda delivery evpid=... result=Ok` | `delivered` | `delivered` |
//! | the same with `TempFail` | `deferred` | `hash(time, line)` |
//! | the same with `PermFail` or `Loop` | `hard_bounced`, `immediate` | `bounced` |
//! | `relay: Expire for EVPID: ...`, `delivery: Expire for ...` | `failed`, `expired` | `expired` |
//! | `relay: Remove for EVPID: ...`, `delivery: Remove for ...` | the same, with the reason `removed by administrator` | `expired` |
//! | `SESSION smtp failed-command command="RCPT TO:<...>" result="550 ..."`, permanent or temporary | `failed`, `rejected`, on a message of its own | as with [Postfix](super::postfix#ids) |
//! | `message repeated N times: [ ... ]`, `last message repeated N times` | N more of the refusal that was repeated | |
//!
//! Releases up to 6.0 write some of these lines in other words, which count in the same way: `mta event=delivery`,
//! `smtp event=failed-command`, `smtp-out: session SESSION: evpid=..., status=Ok`, `relay: Ok for EVPID: ...`,
//! `delivery: Ok for EVPID: ...`, `smtp-in: Failed command on session SESSION: "..." => 550 ...`. Lines about accepted mail
//! name envelopes only since release 6.6; those of older releases give no event, and a message begins with its first attempt.
//!
//! Quiet are connections, sessions and their errors, `smtp message`, commands other than `RCPT` that failed, as they name no
//! recipient, and what the queue and the scheduler say of themselves. Bounces (from `<>`) are mail like any other.
//!
//! # Fields
//!
//! As with [Postfix](super::postfix#fields): `from=` gives the mailbox and the sending domain, `to=` the recipient domain and the
//! provider. If no rule covers the domain, the name of the host in `relay=` gives the provider; OpenSMTPD writes the name of the
//! address there (PTR), which tells only some providers. An attempt has the transport `smtp`, or for `mda` that which older
//! releases name (`mbox`, `maildir`, `lmtp`, `file`), else `mda`; the address that it was made from (`source=`); and the code of
//! the answer. The reason is a phrase for what OpenSMTPD says itself, and the meaning of the code for an answer. With
//! [`Options::with_replies`] an event of an attempt has the attributes `relay` and `reply`.
//!
//! # Ids and time
//!
//! The id of a message is the envelope's id as OpenSMTPD writes it, `-`, and the hash of the host's name, with the
//! [hash of the Postfix reader](super::postfix#ids). Lines without a host, as those of a container, are of [`Options::host`]. So
//! the ids do not depend on where a log begins, and logs that overlap or are read twice, in any order, give the same events,
//! except refusals, which are counted as with Postfix. The [time](super::postfix#time) is read as that of Postfix as well.
//!
//! # Memory
//!
//! Each line tells all of its event, so the parser holds no messages: one line (a line longer than [`MAX_LINE_BYTES`] is an
//! error), the hashes of the refusals of two minutes, and up to 8192 senders, domains, hosts and addresses.

use super::log;

mod line;
mod parser;

pub use super::log::{MAX_LINE_BYTES, Options};
pub use parser::Parser;

/// Iterates over the events of an OpenSMTPD log, in the order of its lines.
pub type Reader<R> = log::Reader<R, Parser>;

/// Returns whether `line` is one of OpenSMTPD, in any form in which log lines arrive.
pub(super) fn is_entry(line: &[u8]) -> bool {
    log::entries::is_entry::<parser::Mail>(line)
}
