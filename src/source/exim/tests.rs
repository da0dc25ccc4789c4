//! Tests with whole logs.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::event::Event;
use crate::source::log::Parse;
use crate::source::{LineKind, Summary};

/// The log of a small mail system, in the zone of Berlin: old and new ids, several recipients, aliases, pipes and files, a
/// deferral that is retried, waiting that is no attempt, an expiry, a bounce and its notification, refusals, a message that an
/// administrator removes, and lines without an event.
const LOG: &str = "\
2026-03-02 08:59:58 exim 4.98 daemon started: pid=1, -q30m, listening for SMTP on port 25 (IPv4)
2026-03-02 09:00:00 1vwyC8-00016Q-0b <= News@Shop.example H=app.shop.example [192.0.2.50] P=esmtpsa A=login:acme S=2310 id=1@shop T=\"Hi => you\\\" for x@y\" for ann@gmail.com bob@b.example no@b.example
2026-03-02 09:00:02 1vwyC8-00016Q-0b => ann@gmail.com F=<News@Shop.example> R=dnslookup T=remote_smtp H=mx.a.example [198.51.100.20]:25 I=[192.0.2.9]:4711 X=TLS1.3:A:256 CV=yes K C=\"250 2.0.0 OK queued as \\\"7F\\\"\" QT=2s DT=1s
2026-03-02 09:00:02 1vwyC8-00016Q-0b -> bob@b.example R=dnslookup T=remote_smtp H=x.protection.outlook.com [198.51.100.21] C=\"250 OK\"
2026-03-02 09:00:03 1vwyC8-00016Q-0b ** no@b.example R=dnslookup T=remote_smtp H=mx.b.example [198.51.100.21]: SMTP error from remote mail server after RCPT TO:<no@b.example>: 550-5.1.1 no\\n550 5.1.1 sorry
2026-03-02 09:00:04 1vwyCC-00000001mMk-0005 <= <> R=1vwyC8-00016Q-0b U=exim P=local S=3456
2026-03-02 09:00:04 1vwyC8-00016Q-0b Completed
2026-03-02 09:00:05 1vwyCC-00000001mMk-0005 => news <News@Shop.example> R=localuser T=local_delivery
2026-03-02 09:00:05 1vwyCC-00000001mMk-0005 Completed
2026-03-02 09:01:00 1vwyD6-00000001mMc-132G <= news@shop.example U=acme P=local S=900
2026-03-02 09:01:01 1vwyD6-00000001mMc-132G == dan@d.example R=dnslookup T=remote_smtp defer (-44) H=mx.d.example [198.51.100.40]: SMTP error from remote mail server after RCPT TO:<dan@d.example>: 451 4.7.1 greylisted
2026-03-02 09:01:02 1vwyD6-00000001mMc-132G mx.d.example [198.51.100.41] Connection refused
2026-03-02 09:01:02 1vwyD6-00000001mMc-132G == eve@d.example R=dnslookup T=remote_smtp defer (111): Connection refused
2026-03-02 09:16:00 1vwyD6-00000001mMc-132G == dan@d.example R=dnslookup T=remote_smtp defer (-54): retry time not reached for any host for 'd.example'
2026-03-02 09:31:01 1vwyD6-00000001mMc-132G => eve@d.example R=dnslookup T=remote_smtp H=mx.d.example [198.51.100.40] C=\"250 OK\"
2026-03-02 09:40:00 1vwyoq-00000001mMd-0001 <= news@shop.example U=acme P=local S=900
2026-03-02 09:40:01 1vwyoq-00000001mMd-0001 => |/opt/filter -x (archive@shop.example) <list@shop.example> R=aliases T=address_pipe
2026-03-02 09:40:01 1vwyoq-00000001mMd-0001 => /var/mail/list <list@shop.example> R=aliases T=address_file
2026-03-02 09:40:01 1vwyoq-00000001mMd-0001 => :blackhole: <noreply@shop.example> R=blackhole
2026-03-02 09:40:01 1vwyoq-00000001mMd-0001 => /dev/null <null@shop.example> R=aliases T=**bypassed**
2026-03-02 09:40:01 1vwyoq-00000001mMd-0001 *> x@x.example R=dnslookup T=remote_smtp H=mx [192.0.2.1] C=\"delivery bypassed by -N option\"
2026-03-02 09:40:02 1vwyoq-00000001mMd-0001 == fay@f.example R=dnslookup T=remote_smtp defer (-1): not yet
2026-03-02 09:40:02 1vwyoq-00000001mMd-0001 == gil@f.example R=dnslookup T=remote_smtp defer (-1): not yet
2026-03-02 09:50:00 1vwyoq-00000001mMd-0001 => fay@f.example R=dnslookup T=lmtp_out H=lmtp.f.example [198.51.100.60]:24 C=\"250 2.1.5 OK\"
2026-03-02 09:51:00 1vwyoq-00000001mMd-0001 removed by root
2026-03-02 09:51:00 1vwyoq-00000001mMd-0001 Completed
2026-03-02 10:00:00 H=spam.example [203.0.113.9] F=<spam@evil.example> rejected RCPT <ann@shop.example>: relay not permitted
2026-03-02 10:00:00 H=spam.example [203.0.113.9] F=<spam@evil.example> rejected RCPT <ann@shop.example>: relay not permitted
2026-03-02 10:00:01 H=spam.example [203.0.113.9] F=<spam@evil.example> temporarily rejected RCPT <bob@shop.example>: greylisted
2026-03-02 10:00:02 1vwz8E-00000001mMe-00WG H=spam.example [203.0.113.9] F=<spam@evil.example> rejected after DATA: virus found
2026-03-02 10:00:03 no host name found for IP address 203.0.113.9
 a second line
2026-03-06 09:01:00 1vwyD6-00000001mMc-132G ** dan@d.example: retry timeout exceeded
2026-03-06 09:01:00 1vwyD6-00000001mMc-132G Completed
2026-03-06 09:02:00 1vwyD6-00000001mMc-132G => dan@d.exa

no time here
";

fn options() -> Options {
    Options::new("2026-12-01T00:00:00Z".parse().unwrap()).zone(Tz::Europe__Berlin)
}

/// Reads a log: its events, its errors, and the parser after it.
fn read(parser: Option<Parser>, options: &Options, log: &[u8]) -> (Vec<Event>, Vec<String>, Parser) {
    let mut reader = match parser {
        Some(parser) => Reader::continuing(parser, log),
        None => Reader::new(log, options.clone()),
    };
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    for item in &mut reader {
        match item {
            Ok(event) => events.push(event),
            Err(error) => errors.push(error.to_string()),
        }
    }
    (events, errors, reader.into_parser())
}

fn events_of(options: &Options, log: &str) -> Vec<Event> {
    let (events, errors, _) = read(None, options, log.as_bytes());
    assert_eq!(errors, <[String; 0]>::default(), "{log}");
    events
}

/// Shows an event: its time, id, type, and fields.
fn shown(event: &Event) -> String {
    let (of_message, own) = (event.message_fields(), event.event_fields());
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or("-").to_owned();
    let code = own.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
    [
        event.at().format("%d %T").to_string(),
        event.message().as_str().split('-').next().unwrap().to_owned(),
        event.event_type().to_string(),
        text(&of_message.mailbox),
        text(&of_message.recipient_domain),
        text(&of_message.provider),
        text(&own.transport),
        code,
        text(&own.reason),
    ]
    .join(" ")
}

/// Returns the messages with the ids of their events: what a store counts.
fn counted(events: &[Event]) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut found = BTreeMap::<_, BTreeSet<String>>::new();
    for event in events {
        let message = (event.account().to_string(), event.message().to_string());
        found.entry(message).or_default().insert(format!("{} {}", event.id(), event.event_type()));
    }
    found
}

#[test]
fn a_log_gives_its_events_with_their_fields() {
    let (events, errors, _) = read(None, &options(), LOG.as_bytes());
    assert_eq!(
        events.iter().map(shown).collect::<Vec<_>>(),
        [
            "02 08:00:02 1vwyC8 delivered.smtp News@Shop.example gmail.com Google smtp 2.0.0 -",
            "02 08:00:02 1vwyC8 delivered.smtp News@Shop.example b.example Microsoft 365 smtp - -",
            "02 08:00:03 1vwyC8 hard_bounced.immediate News@Shop.example b.example - smtp 5.1.1 bad mailbox address",
            "02 08:00:05 1vwyCC delivered - shop.example - local - -",
            "02 08:01:01 1vwyD6 deferred news@shop.example d.example - smtp 4.7.1 delivery not authorized",
            "02 08:01:02 1vwyD6 deferred news@shop.example d.example - smtp - connection refused",
            "02 08:31:01 1vwyD6 delivered.smtp news@shop.example d.example - smtp - -",
            "02 08:40:01 1vwyoq delivered news@shop.example shop.example - pipe - -",
            "02 08:40:01 1vwyoq delivered news@shop.example shop.example - file - -",
            "02 08:40:02 1vwyoq deferred news@shop.example f.example - smtp - undefined",
            "02 08:40:02 1vwyoq deferred news@shop.example f.example - smtp - undefined",
            "02 08:50:00 1vwyoq delivered.smtp news@shop.example f.example - lmtp 2.1.5 -",
            "02 08:51:00 1vwyoq failed.other news@shop.example f.example - - - removed by administrator",
            "02 09:00:00 reject failed.rejected spam@evil.example shop.example - - 5.0.0 relay access denied",
            "02 09:00:00 reject failed.rejected spam@evil.example shop.example - - 5.0.0 relay access denied",
            "02 09:00:01 reject failed.rejected spam@evil.example shop.example - - 4.0.0 greylisted",
            "02 09:00:02 1vwz8E failed.rejected spam@evil.example - - - 5.0.0 message content rejected",
            "06 08:01:00 1vwyD6 failed.expired news@shop.example d.example - - - delivery time expired",
        ]
    );
    assert_eq!(
        errors,
        [
            "line 35, column 57: missing transport: expected ` T=` after the recipient",
            "line 37, column 1: invalid time `no time here`: expected one such as `Nov 21 00:09:39` or `2026-11-21T00:09:39.123+01:00`",
        ]
    );
    assert_eq!(events[0].event_fields().attempt_ip.as_deref(), Some("192.0.2.9"));
    assert!(events.iter().all(|event| event.attributes().is_empty()));
}

#[test]
fn every_line_is_counted_once() {
    let mut reader = Reader::new(LOG.as_bytes(), options());
    assert_eq!(reader.by_ref().count(), 20);
    let expected = Summary {
        lines: 37,
        blank: 1,
        other_program: 0,
        ignored: 16,
        with_events: 18,
        errors: 2,
        events: 18,
    };
    assert_eq!(reader.summary(), expected);
}

#[test]
fn a_retry_is_on_the_same_message_and_a_local_recipient_has_one_address() {
    let of = |kinds: [&str; 2]| {
        let log: String = kinds.map(|text| format!("2026-03-02 09:00:00 1vwyC8-00016Q-0b {text}\n")).concat();
        let events = events_of(&options(), &log);
        assert_eq!(events.len(), 2, "{log}");
        events[0].message() == events[1].message()
    };
    assert!(of(["== Ann@a.example R=r T=t defer (-1): no", "=> ann@A.example R=r T=t H=x [192.0.2.1]"]));
    assert!(of(["== ann@a.example R=r T=local defer (-1): no", "=> ann <ann@a.example> R=r T=local"]));
    assert!(!of(["=> ann@a.example R=r T=t", "=> ann@b.example R=r T=t"]));
    assert!(!of(["=> |cmd <a@a.example> R=r T=t", "=> |cmd <b@a.example> R=r T=t"]));
}

#[test]
fn the_zone_is_told_by_the_ids_if_it_is_not_set() {
    let told = Options::new("2026-12-01T00:00:00Z".parse().unwrap());
    let expected =
        events_of(&options(), &LOG.lines().take(34).map(|line| format!("{line}\n")).collect::<String>());
    let log = LOG.lines().take(34).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(events_of(&told, &log), expected);
    // A line before the first reception is in the same zone, as a reader looks ahead.
    let log = "2026-03-02 08:00:00 1vwxG4-00016Q-0b => a@x R=r T=t\n2026-03-02 09:00:00 1vwyC8-00016Q-0b <= b@y U=u P=local\n";
    assert_eq!(events_of(&told, log)[0].at().to_string(), "2026-03-02 07:00:00 UTC");
    // A line with an offset needs none.
    let log = log.replace(":00 1", ":00 -0500 1");
    assert_eq!(events_of(&told, &log)[0].at().to_string(), "2026-03-02 13:00:00 UTC");
    let utc = "2026-03-02 08:00:00 1vwxG4-00016Q-0b => a@x R=r T=t\n";
    assert_eq!(events_of(&told, utc)[0].at().to_string(), "2026-03-02 08:00:00 UTC");
}

#[test]
fn an_id_tells_which_of_two_equal_local_times_is_meant() {
    // 02:30 in summer is 00:30 in UTC, and in winter 01:30.
    let log = |id: &str| {
        format!(
            "2026-10-25 02:30:00 {id}-00016Q-0b <= b@y U=u P=local\n2026-10-25 02:30:01 {id}-00016Q-0b => a@x R=r T=t\n"
        )
    };
    for (id, expected) in [("1xKm7c", "2026-10-25 00:30:01 UTC"), ("1xKn3g", "2026-10-25 01:30:01 UTC")] {
        assert_eq!(events_of(&options(), &log(id))[0].at().to_string(), expected);
    }
    // Also where a later line, after which the log begins again, says otherwise.
    let again =
        [&log("1xKm7c"), "2026-10-25 12:00:00 1xKm7c-00016Q-0b => b@x R=r T=t\n", &log("1xKm7c")].concat();
    let events = events_of(&options(), &again);
    assert_eq!((events.len(), events[0].at()), (3, events[2].at()));
}

#[test]
fn a_line_in_syslog_is_the_same_event_and_its_copy_in_the_reject_log_is_none() {
    let own = options().host("mx1");
    let log: String = LOG
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("no"))
        .map(|line| format!("{line}\n"))
        .collect();
    let expected = read(None, &own, log.as_bytes()).0;
    let prefixed =
        |prefix: &str, log: &str| -> String { log.lines().map(|line| format!("{prefix}{line}\n")).collect() };
    for prefix in ["Mar  2 09:00:00 mx1 exim[12]: ", "<22>1 2026-03-02T09:00:00Z mx1 exim 12 - - "] {
        let found = read(None, &options().year(2026), prefixed(prefix, &log).as_bytes()).0;
        // One of the two equal refusals is taken for the line of the reject log.
        assert_eq!(counted(&found).len() + 1, counted(&expected).len(), "{prefix}");
    }
    // Without a time of its own, the line has that of the syslog.
    let bare = "Mar  2 09:00:02 mx1 exim[12]: 1vwyC8-00016Q-0b => ann@gmail.com R=r T=t\n";
    assert_eq!(events_of(&options(), bare)[0].at().to_string(), "2026-03-02 08:00:02 UTC");
}

#[test]
fn the_parts_of_a_long_line_are_one() {
    let log = "\
Mar  2 09:00:02 mx1 exim[12]: [1/2] 2026-03-02 09:00:02 1vwyC8-00016Q-0b => ann@gmail.com R=r T=remote_smtp H=mx.a.example
Mar  2 09:00:02 mx1 exim[12]: [2/2]  [198.51.100.20] C=\"250 2.0.0 OK\"
Mar  2 09:00:03 mx1 exim[12]: [2/2] of a line that began elsewhere
";
    let events = events_of(&options(), log);
    assert_eq!(
        events.iter().map(shown).collect::<Vec<_>>(),
        ["02 08:00:02 1vwyC8 delivered.smtp - gmail.com Google smtp 2.0.0 -"]
    );
}

/// A log as cPanel writes it, with offsets.
const CPANEL: &str = "\
2026-03-02 09:00:00.100 +0100 [1] cwd=/var/spool/exim 4 args: sendmail -t -f news@shop.example
2026-03-02 09:00:00.130 +0100 [1] 1vwyC8-00016Q-0b <= news@host.example U=acme P=local S=2310 T=\"a for b => c\" from <news@host.example> for cleo@c.example list@shop.example
2026-03-02 09:00:00.140 +0100 [2] 1vwyC8-00016Q-0b Sender identification U=acme D=shop.example S=news@host.example
2026-03-02 09:00:00.200 +0100 [2] 1vwyC8-00016Q-0b SMTP connection outbound 1 1vwyC8-00016Q-0b shop.example cleo@c.example
2026-03-02 09:00:01.900 +0100 [3] 1vwyC8-00016Q-0b => cleo@c.example F=<news@host.example> P=<news@host.example> R=lookup T=dkim_remote_smtp S=1 H=mx.c.example [198.51.100.20]:25* C=\"250-a\\\\n250 2.0.0 OK\"
2026-03-02 09:00:02.000 +0100 [3] 1vwyC8-00016Q-0b Completed QT=1.9s
";

#[test]
fn cpanel_names_the_account_and_the_domain() {
    let show = |options: Options| -> Vec<String> {
        let show = |event: &Event| {
            let fields = event.message_fields();
            format!("{} {} {}", event.account(), event.event_type(), fields.domain.as_deref().unwrap_or("-"))
        };
        events_of(&options, CPANEL).iter().map(show).collect()
    };
    assert_eq!(show(options().account("a")), ["a delivered.smtp shop.example"]);
    assert_eq!(show(options().with_accounts(true)), ["acme delivered.smtp shop.example"]);
    assert_eq!(
        show(options().with_accounts(true).with_accepted(true)),
        ["acme accepted shop.example", "acme accepted shop.example", "acme delivered.smtp shop.example"]
    );
    assert_eq!(show(options().with_accepted(true)).len(), 3);
    let events = events_of(&options().with_accepted(true), CPANEL);
    assert_eq!(events[0].message(), events[2].message());
    assert_eq!(events[2].event_fields().code.map(|code| code.to_string()).as_deref(), Some("2.0.0"));
    // What waits for the line with the account is not lost at the end of the log.
    let cut: String = CPANEL.lines().take(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(events_of(&options().with_accepted(true).with_accounts(true), &cut).len(), 2);
}

#[test]
fn mail_that_is_delivered_while_it_comes_in_has_the_sender_of_the_next_line() {
    let log = "\
2026-03-02 09:00:00 1vwyC8-00016Q-0b >> ann@a.example R=r T=smtp H=mx.a.example [198.51.100.20] C=\"250 OK\"
2026-03-02 09:00:00 1vwyC8-00016Q-0b <= news@shop.example H=x [192.0.2.1] P=esmtp S=1
2026-03-02 09:00:00 1vwyC8-00016Q-0b Completed
";
    let events = events_of(&options(), log);
    assert_eq!(
        events.iter().map(shown).collect::<Vec<_>>(),
        ["02 08:00:00 1vwyC8 delivered.smtp news@shop.example a.example - smtp - -"]
    );
}

#[test]
fn who_gives_up_fails_only_what_is_left() {
    let head = "2026-03-02 09:00:00 1vwyC8-00016Q-0b ";
    let deferred = format!(
        "{head}== a@x R=r defer (-1): no\n{head}== b@y <l@z> R=r T=t defer (-1): no\n{head}== l@z R=r defer (-1): no\n"
    );
    for (tail, expected) in [
        (
            &[
                "cancelled by root",
                "** a@x : delivery cancelled by administrator",
                "** b@y <l@z> : delivery cancelled by administrator",
                "Completed",
            ][..],
            &["failed.other cancelled"; 2][..],
        ),
        (&["cancelled by timeout_frozen_after", "Completed"], &["failed.expired expired"; 3]),
        (&["removed by root", "Completed"], &["failed.other cancelled"; 3]),
        (
            &["=> b@y <l@z> R=r T=t", "removed by root", "Completed"],
            &["delivered delivered", "failed.other cancelled"],
        ),
        (
            &[
                "=> :blackhole: <a@x> R=r",
                "=> /dev/null <l@z> R=r T=**bypassed**",
                "removed by root",
                "Completed",
            ],
            &["failed.other cancelled"],
        ),
        (&["Completed", "removed by root"], &[]),
    ] {
        let tail: String = tail.iter().map(|text| format!("{head}{text}\n")).collect();
        let events = events_of(&options(), &format!("{deferred}{tail}"));
        let found: Vec<String> =
            events[3..].iter().map(|event| format!("{} {}", event.event_type(), event.id())).collect();
        assert_eq!(found, expected, "{tail}");
    }
}

#[test]
fn replies_are_attributes_if_requested() {
    let events = read(None, &options().with_replies(true), LOG.as_bytes()).0;
    let text = |at: usize, name: &str| events[at].attributes()[name].as_str().unwrap().to_owned();
    assert_eq!(text(2, "relay"), "mx.b.example [198.51.100.21]");
    assert_eq!(
        (text(2, "dsn"), text(2, "reply")),
        ("5.1.1".to_owned(), "550-5.1.1 no\\n550 5.1.1 sorry".to_owned())
    );
    assert_eq!(text(5, "reply"), "Connection refused");
}

#[test]
fn a_line_cut_anywhere_has_events_or_an_error_or_is_ignored() {
    for line in LOG.lines().chain(CPANEL.lines()) {
        for cut in 0..=line.len() {
            let mut events = Vec::new();
            let kind = Parser::new(options()).parse_line(&line.as_bytes()[..cut], &mut events);
            assert_eq!(kind == Ok(LineKind::WithEvents), !events.is_empty(), "{}", &line[..cut]);
        }
    }
}

/// The lines of both logs, of which some are damaged.
fn any_log() -> impl Strategy<Value = Vec<u8>> {
    let line = (any::<prop::sample::Index>(), any::<(u16, u8)>(), prop::bool::weighted(0.2));
    prop::collection::vec(line, 1..40).prop_map(|lines| {
        let all: Vec<&str> = LOG.lines().chain(CPANEL.lines()).collect();
        let mut log = Vec::new();
        for (line, (at, byte), is_damaged) in lines {
            let mut line = line.get(&all).as_bytes().to_vec();
            let length = line.len().max(1);
            if let (true, Some(damaged)) = (is_damaged, line.get_mut(usize::from(at) % length)) {
                *damaged = byte;
            }
            log.extend(line);
            log.push(b'\n');
        }
        log
    })
}

proptest! {
    #[test]
    fn any_log_is_read_and_errors_are_short(log in any_log(), is_of_cpanel in any::<bool>()) {
        let options = options().with_accepted(is_of_cpanel).with_accounts(is_of_cpanel);
        let mut reader = Reader::new(&log[..], options);
        for item in &mut reader {
            match item {
                Ok(event) => {
                    let line = serde_json::to_string(&event).unwrap();
                    prop_assert_eq!(serde_json::from_str::<Event>(&line).ok(), Some(event), "{}", line);
                }
                Err(error) => prop_assert!(error.to_string().len() < 600, "{}", error),
            }
        }
        let Summary { lines, blank, other_program, ignored, with_events, errors, .. } = reader.summary();
        prop_assert_eq!(lines, blank + other_program + ignored + with_events + errors);
    }

    #[test]
    fn a_log_read_twice_or_divided_anywhere_counts_the_same(log in any_log(), cut in any::<prop::sample::Index>()) {
        let options = options().with_accepted(true);
        let lines: Vec<&[u8]> = log.split_inclusive(|&byte| byte == b'\n').collect();
        let (once, _, parser) = read(None, &options, &log);
        let again = read(Some(parser), &options, &log).0;
        // What was open at the end is open again at the start, so that more may end; nothing else is new.
        let both = counted(&[once.clone(), again].concat());
        prop_assert!(counted(&once).iter().all(|(message, events)| both[message].is_superset(events)));
        let fresh = read(None, &options, &log).0;
        prop_assert_eq!(&fresh, &once);

        let (one, other) = lines.split_at(cut.index(lines.len() + 1));
        let (first, _, parser) = read(None, &options, &one.concat());
        let second = read(Some(parser), &options, &other.concat()).0;
        let without_refusals = |events: &[Event]| {
            let mut counted = counted(events);
            counted.retain(|(_, message), _| !message.starts_with("reject-"));
            counted
        };
        prop_assert_eq!(without_refusals(&[first, second].concat()), without_refusals(&once));
    }

    #[test]
    fn a_line_of_any_bytes_is_read(line in prop::collection::vec(any::<u8>(), 0..120), near in r#"([ :"<>\\\[\]=()a@4.]|=> |== |\*\* |<= | H=| F=<| T=| defer \(|: 550 | for |rejected RCPT ){0,24}"#) {
        let mut parser = <Parser as Parse>::new(options().with_accepted(true));
        let mut events = Vec::new();
        let _ = parser.parse_line(&line, &mut events);
        for head in ["2026-03-02 09:00:00 1vwyC8-00016Q-0b ", "2026-03-02 09:00:00 ", "Mar  2 09:00:00 mx1 exim[1]: ", "Mar  2 09:00:00 mx1 exim[1]: [1/2] ", "2026-03-02 09:00:00 1vwyC8-00016Q-0b => "] {
            for tail in [&line[..], near.as_bytes()] {
                if let Err(error) = parser.parse_line(&[head.as_bytes(), tail].concat(), &mut events) {
                    prop_assert!(error.to_string().len() < 600);
                }
            }
        }
    }
}
