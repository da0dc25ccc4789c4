//! Tests with whole logs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::event::Event;
use crate::event_type::EventType;
use crate::source::{LineKind, Summary};

mod filters;
mod ids;
mod world;

/// The log of a small mail system: deferral and retry, two recipients, a bounce and its notification, an expiry, rejections,
/// forwarded mail, a verified address, other programs, lines without an event, a queue id that is used again.
const LOG: &str = "\
Nov 21 00:09:18 mx1 postfix/postfix-script[2452]: starting the Postfix mail system
Nov 21 00:09:39 mx1 postfix/smtpd[2478]: connect from unknown[127.0.0.1]
Nov 21 00:09:39 mx1 postfix/smtpd[2478]: AAAAA60B01: client=unknown[127.0.0.1]
Nov 21 00:09:39 mx1 postfix/cleanup[2482]: AAAAA60B01: message-id=<1@vm>
Nov 21 00:09:39 mx1 postfix/qmgr[2456]: AAAAA60B01: from=<News@Shop.example>, size=1796, nrcpt=2 (queue active)
Nov 21 00:09:40 mx1 postfix/smtp[2484]: AAAAA60B01: to=<ann@GMail.com>, relay=mx[192.0.2.1]:25, delay=0.03, delays=0.01/0.02/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Nov 21 00:09:40 mx1 postfix/smtp[2485]: AAAAA60B01: host mx[192.0.2.2] said: 450 4.2.0 later (in reply to RCPT TO command)
Nov 21 00:09:40 mx1 postfix/smtp[2485]: AAAAA60B01: to=<bob@yahoo.com>, relay=mx[192.0.2.2]:25, conn_use=2, delay=0.4, delays=0.01/0.02/0/0, dsn=4.2.0, status=deferred (host mx[192.0.2.2] said: 450 4.2.0 later, status=bounced)
Nov 21 00:09:41 mx1 dovecot: imap-login: Login: user=<ann>
Nov 21 00:10:12 mx1 postfix/smtpd[2478]: NOQUEUE: reject: RCPT from unknown[127.0.0.1]: 550 5.1.2 <x@gone.example>: Recipient address rejected: no; from=<news@shop.example> to=<x@gone.example> proto=SMTP helo=<vm>
Nov 21 00:10:12 mx1 postfix/smtpd[2478]: NOQUEUE: reject: RCPT from unknown[127.0.0.1]: 550 5.1.2 <x@gone.example>: Recipient address rejected: no; from=<news@shop.example> to=<x@gone.example> proto=SMTP helo=<vm>
Nov 21 00:10:13 mx1 postfix/smtpd[2478]: NOQUEUE: reject_warning: RCPT from unknown[127.0.0.1]: 550 x; from=<a@b> to=<c@d> proto=SMTP helo=<vm>
Nov 21 00:10:14 mx1 postfix/postscreen[2479]: NOQUEUE: reject: RCPT from [192.0.2.9]:4711: 450 4.3.2 Service unavailable; from=<spam@evil.example>, to=<ann@shop.example>, proto=ESMTP, helo=<evil>
Nov 21 00:14:41 mx1 postfix/qmgr[2456]: AAAAA60B01: from=<News@Shop.example>, size=1796, nrcpt=2 (queue active)
Nov 21 00:14:42 mx1 postfix/smtp[2485]: AAAAA60B01: to=<bob@yahoo.com>, relay=mx[192.0.2.2]:25, delay=303, delays=302/0/0/0, dsn=2.0.0, status=sent (250 Ok)
Nov 21 00:14:42 mx1 postfix/qmgr[2456]: AAAAA60B01: removed
Nov 21 00:14:42 mx1 postfix/pickup[2460]: AAAAA60B01: uid=0 from=<root>
Nov 21 00:14:42 mx1 postfix/cleanup[2482]: AAAAA60B01: message-id=<2@vm>
Nov 21 00:14:42 mx1 postfix/qmgr[2456]: AAAAA60B01: from=<root@shop.example>, size=300, nrcpt=1 (queue active)
Nov 21 00:14:43 mx1 postfix/smtp[2485]: AAAAA60B01: to=<ann@GMail.com>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/0, dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 5.1.1 unknown)
Nov 21 00:14:43 mx1 postfix/bounce[2490]: AAAAA60B01: sender non-delivery notification: AAAAA60B02
Nov 21 00:14:43 mx1 postfix/cleanup[2482]: AAAAA60B02: message-id=<3@mx1>
Nov 21 00:14:43 mx1 postfix/qmgr[2456]: AAAAA60B02: from=<>, size=3000, nrcpt=1 (queue active)
Nov 21 00:14:43 mx1 postfix/qmgr[2456]: AAAAA60B01: removed
Nov 21 00:14:43 mx1 postfix/local[2491]: AAAAA60B02: to=<root@shop.example>, orig_to=<root>, relay=local, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)
Nov 21 00:14:43 mx1 postfix/local[2491]: AAAAA60B02: to=<ops@shop.example>, relay=local, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (forwarded as AAAAA60B03)
Nov 21 00:14:43 mx1 postfix/qmgr[2456]: AAAAA60B02: removed
Nov 21 00:15:00 mx1 postfix/qmgr[2456]: AAAAA60B04: from=<news@shop.example>, size=1, nrcpt=2 (queue active)
Nov 21 00:15:00 mx1 postfix/smtp[2485]: AAAAA60B04: to=<a@slow.example>, relay=none, delay=1, delays=0/0/0/0, dsn=4.4.1, status=deferred (timed out)
Nov 21 00:15:00 mx1 postfix/error[2485]: AAAAA60B04: to=<b@slow.example>, relay=none, delay=1, delays=0/0/0/0, dsn=4.4.1, status=deferred (timed out)
Nov 21 00:15:00 mx1 postfix/smtp[2485]: AAAAA60B04: to=<b@slow.example>, relay=none, delay=1, delays=0/0/0/0, dsn=2.0.0, status=deliverable (delivers to x)
Nov 21 00:15:00 mx1 postfix/smtp[2485]: AAAAA60B05: to=<
Nov 26 00:15:00 mx1 postfix/qmgr[2456]: AAAAA60B04: from=<news@shop.example>, status=expired, returned to sender
Nov 26 00:15:00 mx1 postfix/qmgr[2456]: AAAAA60B04: removed

no time here
";

fn options() -> Options {
    Options::new("2026-12-01T00:00:00Z".parse().unwrap())
}

/// Reads a log: its events, its errors, and the parser after it.
fn read(parser: Parser, log: &str) -> (Vec<Event>, Vec<String>, Parser) {
    let mut reader = Reader::with_parser(log.as_bytes(), parser);
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    for item in &mut reader {
        match item {
            Ok(event) => events.push(event),
            Err(error) => errors.push(error.to_string()),
        }
    }
    (events, errors, reader.into_parser())
}

fn events(log: &str) -> Vec<Event> {
    let (events, errors, _) = read(Parser::new(options()), log);
    assert_eq!(errors, <[String; 0]>::default());
    events
}

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event.message(), event.id())).collect()
}

fn event_types(events: &[Event]) -> Vec<EventType> {
    events.iter().map(Event::event_type).collect()
}

fn messages(events: &[Event]) -> BTreeSet<&str> {
    events.iter().map(|event| event.message().as_str()).collect()
}

/// One line of a log.
fn entry(time: &str, text: &str) -> String {
    format!("{time} mx1 postfix/{text}\n")
}

const SENT: &str = "smtp[1]: AAAAA60B01: to=<a@x.example>, relay=none, delay=1, dsn=2.0.0, status=sent (ok)";
const DEFERRED: &str =
    "smtp[1]: AAAAA60B01: to=<a@x.example>, relay=none, delay=1, dsn=4.0.0, status=deferred (no)";

/// Reads a log as a reader does, which waits for later lines; returns its events, without those that come twice.
fn read_events(log: &str) -> Vec<Event> {
    let mut reader = Reader::new(log.as_bytes(), options());
    let events: Vec<Event> = reader.by_ref().map(Result::unwrap).collect();
    let mut seen = BTreeSet::new();
    events.into_iter().filter(|event| seen.insert((event.message().clone(), event.id().clone()))).collect()
}

/// Counts the events by type, and the messages.
fn counts(log: &str) -> (BTreeMap<EventType, usize>, usize) {
    counts_of(&read_events(log))
}

fn counts_of(events: &[Event]) -> (BTreeMap<EventType, usize>, usize) {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.event_type()).or_default() += 1;
    }
    (counts, messages(events).len())
}

#[test]
fn a_log_gives_its_events_with_their_fields() {
    let (events, errors, _) = read(Parser::new(options().account("acme")), LOG);
    let found: Vec<String> = events
        .iter()
        .map(|event| {
            let fields = event.message_fields();
            let texts = [&fields.mailbox, &fields.domain, &fields.recipient_domain]
                .map(|text| text.as_deref().unwrap_or("-"));
            let at = event.at().format("%d %T");
            let event_type = event.event_type();
            let id = event.message().as_str().split('-').next().unwrap();
            format!(
                "{at} {id} {} {} {}",
                event_type.kind(),
                event_type.qualifier().unwrap_or("-"),
                texts.join(" ")
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "21 00:09:40 AAAAA60B01 delivered smtp News@Shop.example shop.example gmail.com",
            "21 00:09:40 AAAAA60B01 deferred - News@Shop.example shop.example yahoo.com",
            "21 00:10:12 reject failed rejected news@shop.example shop.example gone.example",
            "21 00:10:12 reject failed rejected news@shop.example shop.example gone.example",
            "21 00:10:14 reject failed rejected spam@evil.example evil.example shop.example",
            "21 00:14:42 AAAAA60B01 delivered smtp News@Shop.example shop.example yahoo.com",
            "21 00:14:43 AAAAA60B01 hard_bounced immediate root@shop.example shop.example gmail.com",
            "21 00:14:43 AAAAA60B02 delivered - - - shop.example",
            "21 00:15:00 AAAAA60B04 deferred - news@shop.example shop.example slow.example",
            "21 00:15:00 AAAAA60B04 deferred - news@shop.example shop.example slow.example",
            "26 00:15:00 AAAAA60B04 failed expired news@shop.example shop.example slow.example",
            "26 00:15:00 AAAAA60B04 failed expired news@shop.example shop.example slow.example",
        ]
    );
    assert!(events.iter().all(|event| event.account().as_str() == "acme" && event.attributes().is_empty()));
    assert_eq!(messages(&events).len(), 9);
    assert_eq!(
        errors,
        [
            "line 32, column 57: missing recipient: expected an address and `>`",
            "line 36, column 1: invalid time `no time here`: expected one such as `Nov 21 00:09:39` or `2026-11-21T00:09:39.123+01:00`",
        ]
    );
}

#[test]
fn every_line_is_counted_once() {
    let mut reader = Reader::new(LOG.as_bytes(), options());
    assert_eq!(reader.by_ref().count(), 14);
    let expected = Summary {
        lines: 36,
        blank: 1,
        other_program: 1,
        ignored: 21,
        with_events: 11,
        errors: 2,
        events: 12,
    };
    assert_eq!(reader.summary(), expected);
}

#[test]
fn an_event_of_a_retry_is_on_the_same_message() {
    let events = events(&[entry("Nov 21 00:00:00", DEFERRED), entry("Nov 21 00:05:00", SENT)].concat());
    assert_eq!(event_types(&events), [EventType::Deferred, EventType::DeliveredSmtp]);
    assert_eq!(messages(&events).len(), 1);
    assert_ne!(events[0].id(), events[1].id());
}

#[test]
fn each_line_of_smtpd_or_of_cleanup_gives_its_own_events() {
    let rejected = [EventType::FailedRejected];
    let tail = "from h[1]: 550 x; from=<a@x> to=<u@gone> proto=SMTP helo=<vm>";
    for (text, expected) in [
        (format!("smtpd[1]: NOQUEUE: reject: RCPT {tail}"), &rejected[..]),
        (format!("smtpd[1]: AAAAA60B01: reject: RCPT {tail}"), &rejected),
        (format!("submission/smtpd[1]: reject: RCPT {tail}"), &rejected),
        ("smtpd[1]: NOQUEUE: reject: CONNECT from h[1]: 554 5.7.1 x; proto=SMTP".to_owned(), &rejected),
        ("smtpd[1]: NOQUEUE: reject: RC".to_owned(), &rejected),
        ("cleanup[1]: AAAAA60B01: milter-reject: END-OF-MESSAGE from h[1]: 5.7.1 x; from=<a@x> to=<u@gone> proto=ESMTP".to_owned(), &rejected),
        ("cleanup[1]: AAAAA60B01: reject: header Subject: x from h[1]; from=<a@x> to=<u@gone> proto=ESMTP helo=<vm>: no".to_owned(), &rejected),
        ("cleanup[1]: AAAAA60B01: reject: body x from h[1]; from=<a@x> to=<u@gone> proto=ESMTP helo=<vm>: no".to_owned(), &rejected),
        ("cleanup[1]: AAAAA60B01: warning: header Subject: x reject: header".to_owned(), &[]),
        ("cleanup[1]: AAAAA60B01: reject: CONNECT x".to_owned(), &[]),
        ("cleanup[1]: AAAAA60B01: milter-reject: CONNECT from localhost[127.0.0.1]: 4.7.1 x; proto=ESMTP".to_owned(), &rejected),
        (format!("smtpd[1]: NOQUEUE: milter-reject: RCPT {tail}"), &rejected),
        (format!("smtpd[1]: NOQUEUE: discard: RCPT {tail}"), &[]),
        (format!("smtpd[1]: NOQUEUE: hold: RCPT {tail}"), &[]),
        (format!("smtpd[1]: NOQUEUE: filter: RCPT {tail}"), &[]),
        ("smtpd[1]: warning: x: reject: y".to_owned(), &[]),
        ("smtpd[1]: two words: reject: y".to_owned(), &[]),
        ("smtpd[1]: disconnect from h[1] reject: y".to_owned(), &[]),
        ("anvil[1]: statistics: max x".to_owned(), &[]),
        ("smtp[1]: connect to x[1]:25: Connection timed out".to_owned(), &[]),
        ("smtp[1]: NOQUEUE: to=<a@x>, relay=none, dsn=2.0.0, status=sent".to_owned(), &[]),
        ("discard[1]: 4XyZ123abcz0Dkf: to=<a@x>, relay=none, dsn=2.0.0, status=sent (x)".to_owned(), &[EventType::Delivered]),
        ("lmtp[1]: AAAAA60B01: to=<root>, relay=x[private/lmtp], dsn=2.0.0, status=sent (x)".to_owned(), &[EventType::DeliveredSmtp]),
        ("retry[1]: AAAAA60B01: to=<a@x>, relay=none, dsn=4.0.0, status=expired (x)".to_owned(), &[EventType::FailedExpired]),
        ("qmgr[1]: AAAAA60B01: from=<a@x>, status=force-expired, returned to sender".to_owned(), &[EventType::FailedExpired]),
        ("qmgr[1]: AAAAA60B01: skipped, still being delivered".to_owned(), &[]),
    ] {
        assert_eq!(event_types(&events(&entry("Nov 21 00:00:00", &text))), expected, "{text}");
    }
}

#[test]
fn every_form_of_timestamp_and_tag_gives_the_same_events() {
    let expected = read(Parser::new(options()), LOG).0;
    let full = LOG.replace("Nov 21 ", "2026-11-21T").replace("Nov 26 ", "2026-11-26T");
    for mark in ["Z", "+00:00", ""] {
        let with_offset = |line: &str| match line.split_once(" mx1 ") {
            Some((time, rest)) => format!("<22>{time}{mark} mx1 {rest}\r\n"),
            None => format!("{line}\n"),
        };
        let log: String = full.lines().map(with_offset).collect();
        let (found, _, _) = read(Parser::new(options()), &log);
        assert_eq!(found, expected);
    }
    let fractions = LOG.replace(" mx1 ", ".000123 mx1 ");
    assert_eq!(event_types(&read(Parser::new(options()), &fractions).0), event_types(&expected));
    for tag in ["postfix-out/", "mta/", "postfix/relay/"] {
        let found = read(Parser::new(options()), &LOG.replace("postfix/", tag)).0;
        assert_eq!(event_types(&found), event_types(&expected), "{tag}");
    }
    // The time zone shifts the instants, and nothing else.
    let berlin = read(Parser::new(options().zone(Tz::Europe__Berlin)), LOG).0;
    assert_eq!(event_types(&berlin), event_types(&expected));
    assert!(berlin.iter().zip(&expected).all(|(a, b)| b.at() - a.at() == chrono::TimeDelta::hours(1)));
}

#[test]
fn only_what_is_still_deferred_expires_and_only_once() {
    let expired = "qmgr[1]: AAAAA60B01: from=<n@s.example>, status=expired, returned to sender";
    let log = [
        entry("Nov 21 00:00:00", DEFERRED),
        entry("Nov 21 00:00:00", &DEFERRED.replace("a@x", "b@y")),
        entry("Nov 21 00:00:01", SENT),
        entry("Nov 21 00:00:02", expired),
        entry("Nov 21 00:00:03", expired),
    ];
    let found = events(&log.concat());
    let domains: Vec<_> =
        found.iter().map(|event| event.message_fields().recipient_domain.as_deref()).collect();
    assert_eq!(domains, [Some("x.example"), Some("y.example"), Some("x.example"), Some("y.example"), None]);
}

#[test]
fn an_expiry_without_known_recipients_is_one_event() {
    let expired = "qmgr[1]: AAAAA60B01: from=<n@s.example>, status=expired, returned to sender";
    let found = events(&entry("Nov 21 00:00:00", expired));
    assert_eq!(event_types(&found), [EventType::FailedExpired]);
    assert_eq!(found[0].message_fields().recipient_domain, None);
    assert_eq!(found[0].message_fields().domain.as_deref(), Some("s.example"));
    let log = [entry("Nov 21 00:00:00", DEFERRED), entry("Nov 21 00:00:01", expired)].concat();
    let found = events(&log);
    assert_eq!((found.len(), messages(&found).len()), (2, 1));
}

#[test]
fn a_log_may_pass_from_one_year_to_the_next() {
    let log = [entry("Dec 31 23:59:59", DEFERRED), entry("Jan  1 00:00:01", SENT)].concat();
    let found = events(&log);
    let times: Vec<_> = found.iter().map(|event| event.at().to_string()).collect();
    assert_eq!(times, ["2025-12-31 23:59:59 UTC", "2026-01-01 00:00:01 UTC"]);
    let (found, _, _) = read(Parser::new(options().year(2020)), &log);
    assert_eq!(found[1].at().to_string(), "2021-01-01 00:00:01 UTC");
}

#[test]
fn replies_are_attributes_if_requested() {
    let (found, _, _) = read(Parser::new(options().with_replies(true)), LOG);
    let texts: BTreeMap<_, _> =
        found[1].attributes().iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let expected = [
        ("dsn", "4.2.0"),
        ("relay", "mx[192.0.2.2]:25"),
        ("reply", "host mx[192.0.2.2] said: 450 4.2.0 later, status=bounced"),
    ];
    assert_eq!(texts, expected.map(|(name, text)| (name, text.into())).into());
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced_in_fields() {
    let line = b"Nov 21 00:00:00 mx1 postfix/smtp[1]: AAAAA60B01: to=<\xff@\xfe.example>, relay=none, dsn=2.0.0, status=sent (\xff)";
    let mut events = Vec::new();
    assert_eq!(Parser::new(options()).parse_line(line, &mut events), Ok(LineKind::WithEvents));
    assert_eq!(events[0].message_fields().recipient_domain.as_deref(), Some("\u{fffd}.example"));
}

#[test]
fn a_line_cut_anywhere_has_events_or_an_error_or_is_ignored() {
    for line in LOG.lines() {
        for cut in 0..=line.len() {
            let mut events = Vec::new();
            let kind = Parser::new(options()).parse_line(&line.as_bytes()[..cut], &mut events);
            assert_eq!(kind == Ok(LineKind::WithEvents), !events.is_empty());
            // A delivery counts once its status is whole.
            let is_whole = line[..cut].contains("status=sent")
                || line[..cut].contains("status=bounced")
                || line[..cut].contains("status=deferred")
                || line[..cut].contains("status=expired")
                || line[..cut].contains(": reject: ");
            assert!(is_whole || events.is_empty(), "{}", &line[..cut]);
            let is_delivery = line[..cut].contains(": to=<") && !line.contains("status=deliverable");
            let is_reported = !events.is_empty() || kind.is_err() || line.contains("(forwarded");
            assert!(!is_delivery || is_reported, "{}", &line[..cut]);
        }
    }
}

#[test]
fn a_queue_id_may_be_any_letters_and_digits() {
    for id in ["cB1XyZ", "dead12beef", "Q1W2E3R4", "4XyZ123bcdz0Dkf"] {
        let rejected =
            format!("smtpd[1]: {id}: reject: RCPT from h[1]: 550 x; from=<a@x> to=<b@y> proto=SMTP");
        let log =
            [entry("Nov 21 00:00:00", &rejected), entry("Nov 21 00:00:01", &SENT.replace("AAAAA60B01", id))];
        assert_eq!(
            event_types(&events(&log.concat())),
            [EventType::FailedRejected, EventType::DeliveredSmtp],
            "{id}"
        );
    }
}

proptest! {
    #[test]
    fn any_log_is_read(lines in proptest::collection::vec((0_usize..36, any::<(u16, u8)>(), any::<bool>()), 1..40)) {
        let all: Vec<&str> = LOG.lines().collect();
        let mut log = Vec::new();
        for (line, (index, byte), is_damaged) in lines {
            let mut line = all[line].as_bytes().to_vec();
            let length = line.len().max(1);
            if let (true, Some(damaged)) = (is_damaged, line.get_mut(usize::from(index) % length)) {
                *damaged = byte;
            }
            log.extend(line);
            log.push(b'\n');
        }
        let mut reader = Reader::new(&log[..], options());
        let mut items = 0;
        for item in &mut reader {
            items += 1;
            if let Ok(event) = item {
                let line = serde_json::to_string(&event).unwrap();
                prop_assert_eq!(serde_json::from_str::<Event>(&line).ok(), Some(event), "{}", line);
            }
        }
        let Summary { lines, blank, other_program, ignored, with_events, errors, events } = reader.summary();
        prop_assert_eq!(lines, blank + other_program + ignored + with_events + errors);
        prop_assert_eq!(items, events + errors);
        prop_assert!(events >= with_events);
    }

    #[test]
    fn a_line_of_any_bytes_is_read(line in proptest::collection::vec(any::<u8>(), 0..120), tail in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut parser = Parser::new(options());
        let mut events = Vec::new();
        let _ = parser.parse_line(&line, &mut events);
        for head in ["Nov 21 00:00:00 mx1 postfix/smtp[1]: AAAAA60B01: ", "Nov 21 00:00:00 mx1 postfix/smtpd[1]: NOQUEUE: reject: ", "Nov 21 00:00:00 mx1 "] {
            let _ = parser.parse_line(&[head.as_bytes(), &tail].concat(), &mut events);
        }
    }
}

#[test]
fn an_event_that_waited_is_not_lost_where_a_later_line_is_an_error() {
    let log = &b"\
Nov 21 00:09:39 mx1 postfix/cleanup[1]: AAAAA60B01: message-id=<1@x>
Nov 21 00:09:39 mx1 postfix/smtp[1]: AAAAA60B01: to=<a@x>, relay=127.0.0.1[127.0.0.1]:10025, status=sent (ok)
Nov 21 00:09:49 mx1 postfix/smtp[1]: AAAAA60B02: to=<b
"[..];
    let reader = Reader::new(log, Options::new(DateTime::from_timestamp(1_796_083_200, 0).unwrap()));
    assert_eq!(reader.map(|result| result.is_ok()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn several_deliveries_that_wait_for_the_same_mail_are_none_where_it_comes_back() {
    let attempt = |id: &str, recipient: &str, relay: &str| {
        entry(
            "Nov 21 00:09:39",
            &format!("smtp[1]: {id}: to=<{recipient}@x>, relay={relay}, status=sent (ok)"),
        )
    };
    let id = |id: &str| entry("Nov 21 00:09:39", &format!("cleanup[1]: {id}: message-id=<1@x>"));
    let filter = "127.0.0.1[127.0.0.1]:10025";
    let log = [
        id("AAAAA60B01"),
        attempt("AAAAA60B01", "a", filter),
        attempt("AAAAA60B01", "b", filter),
        entry("Nov 21 00:09:39", "smtpd[1]: AAAAA60B02: client=localhost[127.0.0.1]"),
        id("AAAAA60B02"),
        attempt("AAAAA60B02", "a", "mx[192.0.2.1]:25"),
        attempt("AAAAA60B02", "b", "mx[192.0.2.1]:25"),
        entry("Nov 21 00:10:39", "qmgr[1]: AAAAA60B02: removed"),
    ];
    let read =
        |log: &str| -> Vec<Event> { Reader::new(log.as_bytes(), options()).map(Result::unwrap).collect() };
    let events = read(&log.concat());
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.message().as_str().starts_with("AAAAA60B01-")));
    // Without the mail that came back, they are deliveries.
    assert_eq!(read(&log[..3].concat()).len(), 2);
}
