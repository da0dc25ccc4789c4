//! Tests with whole logs.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::source::Summary;
use crate::source::stalwart;

/// The life of some messages, and the same in the bodies of webhooks.
const LOG: &str = "\
2026-06-01T07:46:45Z INFO Queued message submission for delivery (queue.authenticated-message-queued) queueId = 7001, from = \"hello@north.example\", to = [\"kim@gmail.com\", \"lee@gmx.de\"], size = 2310
2026-06-01T07:46:46Z INFO Delivery attempt started (delivery.attempt-start) queueId = 7001, from = \"hello@north.example\", to = [\"kim@gmail.com\", \"lee@gmx.de\"], total = 2
2026-06-01T07:46:47Z INFO SMTP RCPT TO rejected (delivery.rcpt-to-rejected) queueId = 7001, from = \"hello@north.example\", to = [\"kim@gmail.com\", \"lee@gmx.de\"], hostname = \"mx\", to = \"lee@gmx.de\", code = 450, details = \"4.2.1 \"lee\", later\", elapsed = 41ms
2026-06-01T07:46:47Z INFO Temporary delivery failure (delivery.dsn-temp-fail) queueId = 7001, from = \"hello@north.example\", to = \"lee@gmx.de\", hostname = \"mx\", details = \"4.2.1 later\", total = 1
2026-06-01T07:46:48Z INFO Message delivered (delivery.delivered) queueId = 7001, from = \"hello@north.example\", to = [\"kim@gmail.com\"], hostname = \"mx\", to = \"kim@gmail.com\", code = 250, details = \"2.0.0 OK\", elapsed = 230ms
2026-06-01T08:46:48Z INFO Permanent delivery failure (delivery.dsn-perm-fail) queueId = 7001, from = \"hello@north.example\", to = \"lee@gmx.de\", hostname = \"mx\", details = \"550 5.1.1 no\", total = 2
2026-06-06T07:46:48Z WARN Delivery failed (delivery.failed) queueId = 7002, from = \"hello@north.example\", to = \"dan@d.example\", reason = \"timeout\", expires = 2026-06-06T07:46:40Z
2026-06-06T07:46:48Z INFO Permanent delivery failure (delivery.dsn-perm-fail) queueId = 7002, from = \"hello@north.example\", to = \"dan@d.example\", hostname = \"mx\", details = \"timeout\", total = 9
2026-06-06T07:46:49Z INFO Delivery completed (delivery.completed) queueId = 7002, elapsed = 2000ms
";

const WEBHOOKS: &str = r#"{"events":[
{"id":"1","createdAt":"2026-06-01T07:46:45Z","type":"queue.authenticated-message-queued","data":{"spanId":500,"queueId":7001,"from":"hello@north.example","to":["kim@gmail.com","lee@gmx.de"],"size":2310}},
{"id":"1","createdAt":"2026-06-01T07:46:47Z","type":"delivery.rcpt-to-rejected","data":{"spanId":501,"queueId":7001,"from":"hello@north.example","to":"lee@gmx.de","hostname":"mx","code":450,"details":"4.2.1 \"lee\", later","elapsed":41}},
{"id":"1","createdAt":"2026-06-01T07:46:47Z","type":"delivery.dsn-temp-fail","data":{"spanId":501,"queueId":7001,"from":"hello@north.example","to":"lee@gmx.de","hostname":"mx","details":"4.2.1 later","total":1}},
{"id":"1","createdAt":"2026-06-01T07:46:48Z","type":"delivery.delivered","data":{"spanId":501,"queueId":7001,"from":"hello@north.example","to":"kim@gmail.com","hostname":"mx","code":250,"details":"2.0.0 OK","elapsed":230}},
{"id":"1","createdAt":"2026-06-01T08:46:48Z","type":"delivery.dsn-perm-fail","data":{"spanId":502,"queueId":7001,"from":"hello@north.example","to":"lee@gmx.de","hostname":"mx","details":"550 5.1.1 no","total":2}},
{"id":"1","createdAt":"2026-06-06T07:46:48Z","type":"delivery.failed","data":{"spanId":503,"queueId":7002,"from":"hello@north.example","to":"dan@d.example","reason":"timeout","expires":"2026-06-06T07:46:40Z"}},
{"id":"1","createdAt":"2026-06-06T07:46:48Z","type":"delivery.dsn-perm-fail","data":{"spanId":503,"queueId":7002,"from":"hello@north.example","to":"dan@d.example","hostname":"mx","details":"timeout","total":9}}]}"#;

fn options() -> Options {
    Options::new("2026-12-01T00:00:00Z".parse().unwrap()).account("acme").with_replies(true)
}

fn read(log: &[u8]) -> (Vec<Event>, Vec<String>, Summary) {
    let mut reader = Reader::new(log, options());
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    for item in &mut reader {
        match item {
            Ok(event) => events.push(event),
            Err(error) => errors.push(error.to_string()),
        }
    }
    (events, errors, reader.summary())
}

#[test]
fn the_log_gives_the_events_of_the_webhooks() {
    let (events, errors, summary) = read(LOG.as_bytes());
    let batch = stalwart::events(WEBHOOKS.as_bytes(), &records::Options::new("acme").with_replies(true));
    assert_eq!((errors.len(), batch.errors.len()), (0, 0));
    assert_eq!(events, batch.events);
    let types: Vec<_> = events.iter().map(|event| event.event_type().to_string()).collect();
    assert_eq!(
        types,
        [
            "accepted.outgoing",
            "accepted.outgoing",
            "deferred",
            "delivered.smtp",
            "hard_bounced.immediate",
            "failed.expired"
        ]
    );
    let expected = Summary { lines: 9, ignored: 4, with_events: 5, events: 6, ..Summary::default() };
    assert_eq!(summary, expected);
}

#[test]
fn the_lines_may_have_colours_and_other_heads() {
    let expected = read(LOG.as_bytes()).0;
    let coloured = LOG
        .replace("INFO ", "\x1b[32;1mINFO\x1b[0m ")
        .replace("to = ", "\x1b[36mto\x1b[0m = ")
        .replace("2026-06-01T07:46:45Z", "\x1b[37m2026-06-01T07:46:45Z\x1b[0m");
    let prefixed = |prefix: &str| LOG.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
    for log in [
        coloured,
        prefixed("mail-1  | "),
        prefixed("Jun  1 07:46:45 mx1 stalwart[12]: "),
        prefixed("2026-06-01T07:46:45.123Z stdout F "),
        LOG.replace('\n', "\r\n"),
    ] {
        let (events, errors, _) = read(log.as_bytes());
        assert_eq!((events, errors.len()), (expected.clone(), 0), "{log}");
    }
}

#[test]
fn the_form_of_many_lines_and_other_programs_are_quiet() {
    let log = "\
2026-06-01T07:46:48Z INFO Message delivered (delivery.delivered)
\tqueueId = 7001
\tto = \"kim@gmail.com\"
Jun  1 07:46:45 mx1 kernel: x
Jun  1 07:46:45 mx1 stalwart[12]: Starting
2026-06-01T07:46:48Z INFO Abuse report (incoming-report.abuse-report) domain = [\"north.example\"], total = 1
2026-06-01T07:46:48Z INFO Message delivered (delivery.delivered) queueId = 7001
no time
";
    let (events, errors, summary) = read(log.as_bytes());
    assert_eq!(events, []);
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0], "line 7: record 0: missing field `data.to`: expected an address");
    assert!(errors[1].starts_with("line 8, column 1: invalid time"), "{}", errors[1]);
    let expected = Summary { lines: 8, other_program: 1, ignored: 5, errors: 2, ..Summary::default() };
    assert_eq!(summary, expected);
}

#[test]
fn a_line_that_is_cut_off_anywhere_is_the_same_event_or_none() {
    let local = "2026-06-06T07:47:00Z INFO Success (delivery.dsn-success) queueId = 7003, to = \"box@north.example\", hostname = \"localhost\", code = 250";
    for line in LOG.lines().chain([local]) {
        let ids = |text: &str| -> Vec<String> {
            let events = read(text.as_bytes()).0;
            events.iter().map(|event| format!("{} {}", event.message(), event.event_type())).collect()
        };
        let whole = ids(line);
        for cut in 0..line.len() {
            let found = ids(&line[..cut]);
            assert!(found.is_empty() || found == whole, "{}: {found:?}", &line[..cut]);
        }
    }
}

proptest! {
    #[test]
    fn a_log_read_twice_or_divided_anywhere_gives_the_same_events(cut in 0_usize..10) {
        let ids = |events: &[Event]| -> BTreeSet<String> {
            events.iter().map(|event| format!("{} {} {}", event.message(), event.id(), event.event_type())).collect()
        };
        let expected = ids(&read(LOG.as_bytes()).0);
        prop_assert_eq!(&ids(&read(LOG.repeat(2).as_bytes()).0), &expected);
        let lines: Vec<&str> = LOG.split_inclusive('\n').collect();
        let (one, other) = lines.split_at(cut.min(lines.len()));
        let (one, other) = (one.concat(), other.concat());
        let mut first = Reader::new(one.as_bytes(), options());
        let mut events: Vec<Event> = first.by_ref().map(Result::unwrap).collect();
        events.extend(Reader::continuing(first.into_parser(), other.as_bytes()).map(Result::unwrap));
        prop_assert_eq!(ids(&events), expected);
    }

    #[test]
    fn any_bytes_are_read_and_errors_are_short(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
        line in 0_usize..9,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut damaged = LOG.lines().nth(line).unwrap().as_bytes().to_vec();
        let at = at.index(damaged.len());
        damaged[at] = byte;
        let mut parser = Parser::new(options());
        for line in [&bytes[..], &damaged, &damaged[..at], &[b"2026-06-01T07:46:48Z INFO x (delivery.failed) ", &bytes[..]].concat()] {
            if let Err(error) = parser.parse_line(line, &mut Vec::new()) {
                prop_assert!(error.to_string().len() < 1000, "{}", error);
            }
        }
    }
}
