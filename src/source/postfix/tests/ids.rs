//! Tests of which events and messages are the same, and of their ids.

use super::*;

#[test]
fn a_log_read_again_gives_the_same_events() {
    let (first, _, parser) = read(Parser::new(options()), LOG);
    assert_eq!(read(Parser::new(options()), LOG).0, first);
    let again = read(Reader::continuing(parser, &b""[..]).into_parser(), LOG).0;
    assert_eq!(ids(&again), ids(&first));
    assert_eq!(again, first);
}

#[test]
fn a_log_cut_in_two_files_gives_the_same_events() {
    let whole = read(Parser::new(options()), LOG).0;
    let lines: Vec<&str> = LOG.split_inclusive('\n').collect();
    for cut in 0..lines.len() {
        let (older, newer) = (lines[..cut].concat(), lines[cut..].concat());
        let (mut found, _, mut parser) = read(Parser::new(options()), &older);
        parser.begin_file();
        found.extend(read(parser, &newer).0);
        // Equal lines are numbered by file.
        if cut != 10 {
            assert_eq!(found, whole, "cut before line {}", cut + 1);
        }
    }
}

#[test]
fn a_log_that_is_twice_in_one_file_counts_once_but_for_its_refusals() {
    let short: String =
        LOG.lines().filter(|line| line.starts_with("Nov 21 00:14")).map(|line| format!("{line}\n")).collect();
    for (log, refusals) in [(LOG.to_owned(), 3), (short, 0)] {
        let once = read(Parser::new(options()), &log).0;
        let twice = read(Parser::new(options()), &log.repeat(2)).0;
        assert_eq!(&twice[..once.len()], &once[..]);
        let distinct: BTreeSet<String> = ids(&twice).into_iter().collect();
        assert_eq!(distinct.len(), once.len() + refusals);
    }
}

#[test]
fn equal_lines_about_a_queue_file_are_one_event() {
    let found = events(&entry("Nov 21 00:00:00", SENT).repeat(3));
    assert_eq!(found.len(), 1);
    let removed = entry("Nov 21 00:00:00", "qmgr[1]: AAAAA60B01: removed");
    let begin = entry("Nov 20 23:59:50", "qmgr[1]: AAAAA60B01: from=<a@x>, size=1, nrcpt=1 (queue active)");
    let sent = entry("Nov 21 00:00:00", SENT);
    let log = [&begin, &begin, &sent, &removed, &sent, &removed, &sent].map(String::as_str).concat();
    assert_eq!(events(&log).len(), 1);
}

#[test]
fn equal_refusals_without_a_queue_file_are_different_events() {
    let refused = "smtpd[1]: NOQUEUE: reject: RCPT from h[1]: 550 x; from=<a@x> to=<b@y> proto=SMTP";
    let found = events(&entry("Nov 21 00:00:00", refused).repeat(3));
    assert_eq!(ids(&found).into_iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn a_queue_id_used_again_is_another_message() {
    let begins = [
        "qmgr[1]: AAAAA60B01: removed",
        "smtpd[1]: AAAAA60B01: client=unknown[127.0.0.1]",
        "pickup[1]: AAAAA60B01: uid=0 from=<root>",
        "cleanup[1]: AAAAA60B01: message-id=<2@vm>",
    ];
    for begin in begins {
        let log =
            [entry("Nov 21 00:00:00", SENT), entry("Nov 21 00:00:01", begin), entry("Nov 21 00:00:02", SENT)];
        assert_eq!(messages(&events(&log.concat())).len(), 2, "{begin}");
    }
    let rejected = "cleanup[1]: AAAAA60B01: milter-reject: END-OF-MESSAGE from h[1]: 5.7.1 no";
    let log =
        [entry("Nov 21 00:00:00", SENT), entry("Nov 21 00:00:01", rejected), entry("Nov 21 00:00:02", SENT)];
    assert_eq!(messages(&events(&log.concat())).len(), 3, "two and the rejected one");
    for other in ["qmgr[1]: AAAAA60B01: skipped", "qmgr[1]: AAAAA60B02: removed"] {
        let log =
            [entry("Nov 21 00:00:00", SENT), entry("Nov 21 00:00:01", other), entry("Nov 21 00:00:02", SENT)];
        assert_eq!(messages(&events(&log.concat())).len(), 1, "{other}");
    }
}

#[test]
fn a_log_that_ends_within_a_use_of_an_id_gives_the_same_messages_again() {
    let log = [
        entry("Nov 21 00:00:00", SENT),
        entry("Nov 21 00:00:01", "qmgr[1]: AAAAA60B01: removed"),
        entry("Nov 21 00:05:00", DEFERRED),
    ]
    .concat();
    let (once, _, mut parser) = read(Parser::new(options()), &log);
    assert_eq!(messages(&once).len(), 2);
    let in_order = |events: &[Event]| -> Vec<String> {
        events.iter().map(|event| event.message().to_string()).collect()
    };
    assert_eq!(
        in_order(&read(Parser::new(options()), &log.repeat(3)).0),
        [in_order(&once), in_order(&once), in_order(&once)].concat()
    );
    parser.begin_file();
    assert_eq!(read(parser, &log).0, once);
}

#[test]
fn hosts_have_queues_of_their_own() {
    let log = [entry("Nov 21 00:00:00", SENT), entry("Nov 21 00:00:00", SENT).replace("mx1", "mx2")].concat();
    assert_eq!(messages(&events(&log)).len(), 2);
}

#[test]
fn a_repeated_hour_has_two_of_each_event() {
    let log = [entry("Oct 25 02:30:00", SENT), entry("Oct 25 02:30:00", SENT)];
    let between = entry("Oct 25 02:45:00", "smtpd[1]: connect from x");
    let (found, _, _) = read(Parser::new(options().zone(Tz::Europe__Berlin)), &log.join(&between));
    assert_eq!(found[1].at() - found[0].at(), chrono::TimeDelta::hours(1));
    assert_ne!(found[0].id(), found[1].id());
}

#[test]
fn no_id_contains_the_recipient() {
    for event in read(Parser::new(options()), LOG).0 {
        let line = serde_json::to_string(&event).unwrap();
        assert!(!["ann@", "bob@", "x@gone", "a@slow"].iter().any(|address| line.contains(address)), "{line}");
    }
}

#[test]
fn ids_never_change_between_releases() {
    let refused = entry(
        "Nov 21 00:00:00",
        "smtpd[1]: NOQUEUE: reject: RCPT from h[1]: 550 x; from=<a@x> to=<b@y> proto=SMTP",
    );
    let found = events(&[entry("Nov 21 00:00:00", SENT), refused.repeat(2)].concat());
    assert_eq!(
        ids(&found),
        [
            "AAAAA60B01-07zqg1z2q5cj1 d5xmcapxbgzmp",
            "reject-25f82hexh3dkvdqg2ncd0h63e0 25f82hexh3dkv",
            "reject-1ents9hrkaa7w07m34vre4gacs 1ents9hrkaa7w",
        ]
    );
}

#[test]
fn two_addresses_that_are_rewritten_to_one_are_two_messages() {
    let sent = |original: &str| {
        let to =
            format!("local[1]: AAAAA60B01: to=<a@x.example>, orig_to=<{original}@x.example>, relay=local");
        entry("Nov 21 00:00:00", &format!("{to}, delay=1, dsn=2.0.0, status=sent (delivered to mailbox)"))
    };
    let log = [sent("info"), sent("sales"), sent("info")].concat();
    assert_eq!(messages(&events(&log)).len(), 2);
}
