//! Tests with logs as they are found in the world: refusals before the queue, repetitions, years.

use super::filters::FILTERS;
use super::*;

const REFUSED: &str = "NOQUEUE: reject: RCPT from h[1]: 554 5.7.1 <u@a.example>: Relay access denied; from=<s@b.example> to=<u@a.example> proto=ESMTP helo=<x>";

#[test]
fn a_line_that_stands_for_several_refusals_counts_as_often() {
    let repeated = |count: &str| format!("smtpd[1]: message repeated {count} times: [ {REFUSED}]");
    let last = "Nov 21 00:00:04 mx1 last message repeated 4 times\n";
    let refused = entry("Nov 21 00:00:00", &format!("smtpd[1]: {REFUSED}"));
    let other = entry("Nov 21 00:00:03", "smtpd[1]: connect from x");
    for (log, expected) in [
        (refused.clone() + &entry("Nov 21 00:00:04", &repeated("3")), 4),
        (entry("Nov 21 00:00:04", &repeated("3").replace("helo=<x>]", "he")), 3),
        (entry("Nov 21 00:00:04", &repeated("2")) + &entry("Nov 21 00:00:05", &repeated("2")), 4),
        (refused.clone() + last, 5),
        (refused.clone() + last + last, 9),
        (refused.clone() + &last.replace("mx1 last", "mx1 syslogd: last"), 5),
        (refused.clone() + &last.replace("mx1 last", "mx1 postfix/smtpd[1]: last"), 5),
        (refused.clone() + &last.replace("mx1", "mx2"), 1),
        (refused.clone() + &other + last, 1),
        (refused + "Nov 21 00:00:03 mx1 kernel: x\n" + last, 1),
        (entry("Nov 21 00:00:00", SENT) + last, 0),
        (entry("Nov 21 00:00:00", &format!("smtp[1]: message repeated 2 times: [ {}]", &SENT[9..])), 0),
    ] {
        let (found, messages) = counts(&log);
        assert_eq!(found.get(&EventType::FailedRejected).copied().unwrap_or(0), expected, "{log}");
        assert_eq!(messages, expected + usize::from(log.contains("status=sent (ok)\n")), "{log}");
    }
    let too_many = entry("Nov 21 00:00:04", &repeated("4000000000"));
    let (events, errors, _) = read(Parser::new(options()), &too_many);
    assert!(events.is_empty() && errors[0].contains("repetition"), "{errors:?}");
}

#[test]
fn mail_that_a_proxy_or_a_milter_refuses_is_refused_once() {
    let tail = "; from=<s@b.example> to=<u@a.example> proto=ESMTP helo=<x>";
    let proxy = format!("smtpd[1]: proxy-reject: END-OF-MESSAGE: 554 5.7.0 no{tail}");
    let cleanup = format!("cleanup[2]: AAAAA60B01: milter-reject: END-OF-MESSAGE from h[1]: 5.7.1 no{tail}");
    let mut cases = vec![
        (proxy.clone(), 1),
        (format!("{proxy}\n{proxy}"), 2),
        (proxy.replace("proxy", "NOQUEUE: proxy"), 1),
        (proxy.replace("proxy-reject", "proxy-accept"), 0),
        (format!("{cleanup}\n{proxy}"), 1),
        (format!("{proxy}\n{cleanup}"), 1),
        (format!("{}\n{cleanup}", cleanup.replace("cleanup[2]", "smtpd[1]")), 1),
        (format!("{cleanup}\n{cleanup}\n{proxy}\n{proxy}"), 2),
        (format!("{cleanup}\n{}", proxy.replace("u@a", "v@a")), 2),
    ];
    for stage in ["CONNECT", "EHLO", "HELO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE"] {
        cases
            .push((format!("smtpd[1]: NOQUEUE: milter-reject: {stage} from h[1]: 451 4.7.1 later{tail}"), 1));
    }
    for (lines, expected) in cases {
        let log: String = lines.lines().map(|line| entry("Nov 21 00:00:00", line)).collect();
        let found = read_events(&log);
        assert_eq!(found.len(), expected, "{log}");
        for event in found {
            assert_eq!(event.event_type(), EventType::FailedRejected);
            assert!(event.event_fields().code.is_some() && event.event_fields().reason.is_some(), "{log}");
        }
    }
}

#[test]
fn each_attempt_has_its_transport_its_code_and_its_reason() {
    let to = |program: &str, rest: &str| format!("{program}[1]: AAAAA60B01: to=<a@x.example>, {rest}");
    for (text, expected) in [
        (to("smtp", "relay=mx[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)"), "delivered.smtp smtp 2.0.0 -"),
        (to("relay/smtp", "relay=mx[192.0.2.1]:25, dsn=2.6.0, status=sent (250 ok)"), "delivered.smtp relay 2.6.0 -"),
        (to("lmtp", "relay=x[private/lmtp], dsn=2.0.0, status=sent (250 ok)"), "delivered.smtp lmtp 2.0.0 -"),
        (to("local", "relay=local, dsn=2.0.0, status=sent (delivered to mailbox)"), "delivered local 2.0.0 -"),
        (to("virtual", "relay=virtual, dsn=2.0.0, status=sent (delivered to maildir)"), "delivered virtual 2.0.0 -"),
        (to("pipe", "relay=x, dsn=2.0.0, status=sent (delivered via x service)"), "delivered pipe 2.0.0 -"),
        (to("own", "relay=x, dsn=2.0.0, status=sent (x)"), "delivered - 2.0.0 -"),
        (to("smtp", "relay=none, dsn=4.4.1, status=deferred (connect to x[1]:25: Connection timed out)"), "deferred smtp 4.4.1 connection timed out"),
        (to("error", "relay=none, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to x[1]:25: Connection timed out)"), "deferred.local error 4.4.1 connection timed out"),
        (to("smtp", "relay=mx[1]:25, dsn=4.7.1, status=SOFTBOUNCE (host mx[1] said: 501 5.7.1 no)"), "deferred smtp 4.7.1 delivery not authorized"),
        (to("smtp", "relay=mx[1]:25, dsn=5.2.2, status=bounced (host mx[1] said: 552 5.2.2 full)"), "hard_bounced.immediate smtp 5.2.2 mailbox full"),
        (to("smtp", "relay=mx[1]:25, status=bounced (host mx[1] said: 552 full)"), "hard_bounced.immediate smtp - undefined"),
        ("smtpd[1]: NOQUEUE: reject: RCPT from h[1]: 554 5.7.1 <u@a>: Relay access denied; from=<> to=<u@a> proto=SMTP".to_owned(), "failed.rejected - 5.7.1 relay access denied"),
        ("qmgr[1]: AAAAA60B01: from=<a@x>, status=expired, returned to sender".to_owned(), "failed.expired - - delivery time expired"),
    ] {
        let found = read_events(&entry("Nov 21 00:00:00", &text));
        let fields = found[0].event_fields();
        let code = fields.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let text_of = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or("-").to_owned();
        let event_type = found[0].event_type().to_string();
        assert_eq!([event_type, text_of(&fields.transport), code, text_of(&fields.reason)].join(" "), expected, "{text}");
    }
}

#[test]
fn the_host_that_took_mail_tells_the_provider_of_a_hosted_domain() {
    for (domain, relay, provider) in [
        ("firm.example", "aspmx.l.google.com[192.0.2.26]:25", Some("Google Workspace")),
        ("firm.example", "firm-example.mail.protection.outlook.com[192.0.2.36]:25", Some("Microsoft 365")),
        ("firm.example", "eu-smtp-inbound-1.mimecast.com[192.0.2.46]:25", Some("Mimecast")),
        ("firm.example", "mx0a-1.pphosted.com[192.0.2.46]:25", Some("Proofpoint")),
        ("firm.example", "mx1.firm.example[192.0.2.56]:25", None),
        ("firm.example", "none", None),
        // The port of a server that passes mail on, whoever the recipient is.
        ("firm.example", "aspmx.l.google.com[192.0.2.26]:587", None),
        ("gmail.com", "mx.yandex.ru[192.0.2.26]:25", Some("Google")),
    ] {
        let text =
            format!("smtp[1]: AAAAA60B01: to=<a@{domain}>, relay={relay}, dsn=2.0.0, status=sent (ok)");
        let found = read_events(&entry("Nov 21 00:00:00", &text));
        assert_eq!(found[0].message_fields().provider.as_deref(), provider, "{text}");
    }
}

#[test]
fn later_lines_of_a_log_prove_the_years_of_earlier_ones() {
    let at = |time: &str, id: &str| entry(time, &SENT.replace("AAAAA60B01", id));
    let years = |log: &str| -> Vec<String> {
        let options = Options::new("2026-06-10T00:00:00Z".parse().unwrap());
        let events = Reader::new(log.as_bytes(), options).map(Result::unwrap);
        events.map(|event| event.at().format("%Y").to_string()).collect()
    };
    let log = at("Jun  5 10:00:00", "AAAAA60B01")
        + &at("Jun 20 10:00:00", "AAAAA60B02")
        + &at("2024-06-21T10:00:00.000000+00:00", "AAAAA60B03")
        + &at("2026-06-05T10:00:00.000000+00:00", "AAAAA60B04");
    assert_eq!(years(&log), ["2024", "2024", "2024", "2026"]);
    let log = at("Jan 10 10:00:00", "AAAAA60B01") + &at("Feb 29 10:00:00", "AAAAA60B02");
    assert_eq!(years(&log), ["2024", "2024"]);
    let log = at("Jun  5 10:00:00", "AAAAA60B01") + &at("Jun 20 10:00:00", "AAAAA60B02");
    assert_eq!(years(&log), ["2025", "2025"]);
    // A proof after the part that is looked at is told.
    let far = log.replacen(
        '\n',
        &format!("\n{}", entry("Jun  6 10:00:00", "smtpd[1]: connect from x").repeat(6000)),
        1,
    );
    let options = || Options::new("2026-06-10T00:00:00Z".parse().unwrap());
    let mut reader = Reader::new(far.as_bytes(), options());
    assert_eq!(reader.by_ref().count(), 2);
    assert_eq!(reader.proven_year(), Some(2025));
    let mut again = Reader::new(far.as_bytes(), options()).first_year(2025);
    let found: Vec<String> =
        again.by_ref().map(|event| event.unwrap().at().format("%Y").to_string()).collect();
    assert_eq!((found, again.proven_year()), (vec!["2025".to_owned(); 2], None));
}

#[test]
fn extreme_times_are_refused_or_counted_but_break_nothing() {
    for time in [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:60-23:59",
        "9999-12-31 23:59:59",
        "9999999999.999999",
        "Jan  1 9999 00:00:00",
    ] {
        let log = entry("Jun  5 10:00:00", SENT)
            + &entry(time, SENT)
            + &entry("Feb 29 10:00:00", SENT)
            + &entry("Jan  1 00:00:00", SENT);
        let _ = read(Parser::new(options()), &log);
    }
    for micros in [i64::MIN, -1, 0, i64::MAX] {
        let line = format!(
            r#"{{"__REALTIME_TIMESTAMP":"{micros}","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":"{}"}}"#,
            &SENT[9..]
        );
        let (events, errors, _) = read(Parser::new(options()), &line);
        assert_eq!(events.len() + errors.len(), 1, "{micros}");
    }
}

/// A log of every kind of mail; no two uses of a queue id.
fn mixed() -> String {
    let filtered = FILTERS.iter().enumerate().map(|(number, filter)| {
        let (a, b) = (format!("A{number}AAA60B01"), format!("B{number}BBB60B02"));
        filter
            .log()
            .replace("AAAAA60B01", &a)
            .replace("BBBBB60B02", &b)
            .replace("1@shop", &format!("{number}@shop"))
    });
    let repeated = entry("Nov 20 20:00:09", &format!("smtpd[1]: message repeated 3 times: [ {REFUSED}]"));
    let refused = entry("Nov 20 20:00:05", &format!("smtpd[1]: {REFUSED}"));
    let retry = entry("Nov 20 20:00:02", &DEFERRED.replace("AAAAA60B01", "DDDDD60B01"))
        + &entry("Nov 20 20:00:06", &SENT.replace("AAAAA60B01", "DDDDD60B01"))
        + &entry("Nov 20 20:00:06", "qmgr[1]: DDDDD60B01: removed");
    let all = filtered.collect::<String>() + &refused + &repeated + &retry;
    let mut lines: Vec<&str> = all.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line[..15].to_owned());
    lines.concat()
}

/// The counts of files that are read one after the other.
fn counts_of_files(files: &[String]) -> (BTreeMap<EventType, usize>, usize) {
    let (mut parser, mut found) = (None, Vec::new());
    for file in files {
        let mut reader = match parser.take() {
            Some(parser) => Reader::continuing(parser, file.as_bytes()),
            None => Reader::new(file.as_bytes(), options()),
        };
        found.extend(reader.by_ref().map(Result::unwrap));
        parser = Some(reader.into_parser());
    }
    let mut seen = BTreeSet::new();
    found.retain(|event| seen.insert((event.message().clone(), event.id().clone())));
    counts_of(&found)
}

#[test]
fn a_log_gives_the_same_counts_again_and_in_two_parts() {
    let log = mixed();
    let expected = counts(&log);
    assert_eq!(expected.0[&EventType::DeliveredSmtp], FILTERS.len() + 1);
    assert_eq!(expected.1, FILTERS.len() + 1 + 4);
    assert_eq!(counts_of_files(&[log.clone(), log.clone()]), expected);
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    for cut in 0..=lines.len() {
        let files = [lines[..cut].concat(), lines[cut..].concat()];
        assert_eq!(
            counts_of_files(&files),
            expected,
            "cut before line {cut}: {}",
            lines.get(cut).unwrap_or(&"")
        );
    }
}

proptest! {
    #[test]
    fn lines_of_one_second_may_come_in_any_order(keys in proptest::collection::vec(any::<u16>(), 100)) {
        let log = mixed();
        let mut lines: Vec<(&str, u16)> = log.split_inclusive('\n').zip(keys).collect();
        lines.sort_by_key(|(line, key)| (line[..15].to_owned(), *key));
        let shuffled: String = lines.iter().map(|(line, _)| *line).collect();
        prop_assert_eq!(counts(&shuffled), counts(&log), "{}", shuffled);
    }

    #[test]
    fn lines_may_be_written_twice(copies in proptest::collection::vec(1_usize..4, 100)) {
        let log = mixed();
        let doubled: String = log
            .split_inclusive('\n')
            .zip(copies)
            .map(|(line, copies)| if line.contains("smtpd[1]") { line.to_owned() } else { line.repeat(copies) })
            .collect();
        prop_assert_eq!(counts(&doubled), counts(&log), "{}", doubled);
    }
}
