//! Tests with whole lines, as they arrive from many programs.

use chrono::DateTime;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

/// Returns the instant, the host, the program, the process id and the text of a line.
fn read(line: &str) -> String {
    read_all(&[line]).pop().unwrap()
}

/// Returns the parts of each line; the lines are of one file.
fn read_all(lines: &[&str]) -> Vec<String> {
    let mut clock = Clock::new(Tz::UTC, None, "2026-12-01T00:00:00Z".parse().unwrap());
    let mut wrapper = Wrapper::default();
    let read = |line: &&str| match wrapper.unwrap(line.as_bytes(), 100) {
        Ok(Unwrapped::Content(content)) => match Head::parse(&content) {
            Ok(head) => {
                let at = DateTime::from_timestamp_millis(head.instant(&mut clock).unwrap()).unwrap();
                let [host, program, pid] = [&head.host, &head.program, &head.pid].map(|part| text(part));
                let rest = head.text.map_or("(none)", text);
                format!("{} {host} {program} {pid} {rest}", at.format("%F %T%.3f"))
            }
            Err(failure) => failure.reason(line.as_bytes()).to_string(),
        },
        Ok(Unwrapped::Nothing) => "nothing".to_owned(),
        Err(reason) => reason.to_string(),
    };
    lines.iter().map(read).collect()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Lines of whole seconds that all say the same.
const SAME: [&str; 27] = [
    "Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "<22>Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "Nov 21 00:09:40 mx1 mail.info postfix/smtp[377]: A1: x",
    "Nov 21 00:09:40 <mail.info> mx1 postfix/smtp[377]: A1: x",
    "Nov 21 00:09:40 <2.6> mx1 postfix/smtp[377]: A1: x",
    "Nov 21 2026 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "Nov 21 00:09:40 mx1 postfix/smtp[377]: [ID 197553 mail.info] A1: x",
    "2026-11-21T00:09:40+00:00 mx1 postfix/smtp[377]: A1: x",
    "2026-11-21T01:09:40+0100 mx1 postfix/smtp[377]: A1: x",
    "Sat 2026-11-21 00:09:40 UTC mx1 postfix/smtp[377]: A1: x",
    "1795219780.000000 mx1 postfix/smtp[377]: A1: x",
    "<22>1 2026-11-21T00:09:40Z mx1 postfix/smtp 377 - - A1: x",
    "<22>1 2026-11-21T00:09:40Z mx1 postfix/smtp 377 - [a b=\"] \\\" [\"][c] A1: x",
    "78 <22>1 2026-11-21T00:09:40Z mx1 postfix/smtp 377 - - A1: x",
    "Nov 20 23:09:40 host docker[9]: Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "Nov 21 00:09:40 host docker/mail[9]: mx1 postfix/smtp[377]: A1: x",
    "<30>1 2026-11-21T01:09:40Z host 8f9d 9 8f9d - Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "mail-1  | Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "\u{1b}[36mmail_1  |\u{1b}[0m Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "mail.1.x9@node1    | 2026-11-21T00:09:41.5Z Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "2026-11-21T00:09:41.123456789Z Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "2026-11-21T00:09:41.123456789Z stdout F Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    "2026-11-21T00:09:40.000Z stderr F:x mx1 postfix/smtp[377]: A1: x",
    "[pod/mail-0/postfix] Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x",
    r#"{"log":"Nov 21 00:09:40 mx1 postfix/smtp[377]: A1: x\n","stream":"stdout","time":"2026-11-21T00:09:41.5Z"}"#,
    r#"{"__REALTIME_TIMESTAMP":"1795219780000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","SYSLOG_PID":"377","MESSAGE":"A1: x"}"#,
    r#"{"__REALTIME_TIMESTAMP":"1795219780000000","_HOSTNAME":"host","SYSLOG_IDENTIFIER":"mail","CONTAINER_ID":"8f9d","MESSAGE":"mx1 postfix/smtp[377]: A1: x"}"#,
];

#[test]
fn a_line_says_the_same_in_whatever_form_it_arrives() {
    let expected = "2026-11-21 00:09:40.000 mx1 postfix/smtp 377 A1: x";
    for line in SAME {
        assert_eq!(read(line), expected, "{line}");
    }
    assert_eq!(read_all(&SAME), [expected; SAME.len()], "mixed in one file");
    let without_host = expected.replace("mx1", "");
    for line in [
        "Nov 21 00:09:40 postfix/smtp[377]: A1: x",
        "Sat Nov 21 00:09:40 2026 mail.info postfix/smtp[377]: A1: x",
        "<22>1 2026-11-21T00:09:40Z - postfix/smtp 377 - - A1: x",
        r#"{"log":"postfix/smtp[377]: A1: x\n","stream":"stdout","time":"2026-11-21T00:09:40Z"}"#,
    ] {
        assert_eq!(read(line), without_host, "{line}");
    }
}

#[test]
fn a_line_is_named_by_the_same_text_in_whatever_form_it_arrives() {
    for line in SAME.iter().filter(|line| !line.contains("[ID ")) {
        let content = unwrap_one(line.as_bytes()).unwrap();
        let name = text(&Head::parse(&content).unwrap().line()).to_owned();
        assert_eq!(name, "mx1 postfix/smtp[377]: A1: x", "{line}");
    }
}

#[test]
fn a_text_of_another_program_that_quotes_a_line_is_no_line() {
    for line in [
        "Nov 21 00:09:40 mx1 kernel: postfix/smtp[377]: A1: x",
        "Nov 21 00:09:40 mx1 dovecot: postfix/smtp[377]: A1: x",
    ] {
        assert!(!read(line).contains(" postfix/smtp 377"), "{line}");
    }
}

#[test]
fn lines_that_no_program_wrote_are_nothing() {
    for line in [
        "-- Boot 2f9b0c3a --",
        "-- Logs begin at Sat 2026-11-21 00:09:40 UTC, end at Sun 2026-11-22 00:09:40 UTC. --",
        "-- Reboot --\r",
        "==> /var/log/mail.log <==",
    ] {
        assert_eq!(read(line), "nothing", "{line}");
    }
}

#[test]
fn the_parts_of_a_line_are_joined_by_stream() {
    let found = read_all(&[
        "2026-11-21T00:09:40.5Z stdout P Nov 21 00:09:40 mx1 postfix/smtp[377]: A1:",
        "2026-11-21T00:09:40.6Z stderr F mx1 postfix/qmgr[2]: B",
        "2026-11-21T00:09:40.7Z stdout P  x",
        "2026-11-21T00:09:40.8Z stdout F y",
        "2026-11-21T00:09:41Z stdout F mx1 postfix/qmgr[2]: C",
    ]);
    let expected = [
        "nothing",
        "2026-11-21 00:09:40.600 mx1 postfix/qmgr 2 B",
        "nothing",
        "2026-11-21 00:09:40.000 mx1 postfix/smtp 377 A1: xy",
        "2026-11-21 00:09:41.000 mx1 postfix/qmgr 2 C",
    ];
    assert_eq!(found, expected);
    let long = format!("2026-11-21T00:09:40Z stdout P {}", "x".repeat(60));
    let found =
        read_all(&[&long, &long, &long.replace(" P ", " F "), "2026-11-21T00:09:40Z stdout F m p: x"]);
    let too_long = "longer than the 100 bytes that a line may have";
    assert_eq!(found, ["nothing", "nothing", too_long, "2026-11-21 00:09:40.000 m p  x"]);
}

#[test]
fn a_line_without_a_time_is_an_error() {
    for line in
        ["", "x", "Nov 21", "<22>1 - mx1 postfix/smtp 377 - - x", "{}", "mx1 postfix/smtp[377]: x", "| x"]
    {
        assert!(read(line).contains("time"), "{line}: {}", read(line));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), text in "[NovSatT0-9:. +{}\"<>|/a-]{0,60}") {
        let mut clock = Clock::new(Tz::UTC, None, DateTime::UNIX_EPOCH);
        let mut wrapper = Wrapper::default();
        let known = SAME[at.index(SAME.len())].as_bytes();
        let cut = cut.index(known.len());
        let damaged = [&known[..cut], &bytes, &known[cut..]].concat();
        for line in [&bytes, text.as_bytes(), &known[..cut], &known[cut..], &damaged] {
            if let Ok(Unwrapped::Content(content)) = wrapper.unwrap(line, 100)
                && let Ok(head) = Head::parse(&content)
            {
                let _ = (head.instant(&mut clock).is_ok(), head.line());
            }
        }
    }
}
