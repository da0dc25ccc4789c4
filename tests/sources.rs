//! The readers of mail systems' records: tables of cases, and what holds for all of them.

use std::fmt::Write;

use mailtally::Event;
use mailtally::source::records::{Batch, Options};
use mailtally::source::{self, Source};
use serde_json::Value;

mod laws;
mod logs;

/// A body, and what it is in the table of its source.
pub(crate) struct Case {
    pub(crate) note: String,
    pub(crate) body: Vec<u8>,
    text: String,
}

/// Returns the path of the table of a source: a note, a body in which `␤` is a line end, and what is read from it, for each
/// case.
fn path(source: Source) -> String {
    format!("{}/tests/fixtures/sources/{source}.txt", env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn cases(source: Source) -> Vec<Case> {
    let table = std::fs::read_to_string(path(source)).unwrap();
    let blocks = table.split("\n\n").filter_map(|block| block.trim().strip_prefix("# "));
    let case = |block: &str| {
        let (note, rest) = block.split_once('\n').unwrap_or((block, ""));
        let text = rest.lines().next().filter(|line| !line.starts_with("  ")).unwrap_or_default();
        let body = text.replace('␤', "\n").into_bytes();
        Case { note: note.to_owned(), body, text: text.to_owned() }
    };
    blocks.map(case).collect()
}

pub(crate) fn options() -> Options {
    Options::new("acme").with_orphans(true).with_rejections(true).with_replies(true)
}

/// Returns an event as a line of the table: its type, its instant, its id, its message, and its other fields.
fn line(event: &Event) -> String {
    let json = serde_json::to_value(event).unwrap();
    let named = ["account", "kind", "qualifier", "at", "id", "message"];
    let rest = json.as_object().unwrap().iter().filter(|(name, _)| !named.contains(&name.as_str()));
    let mut line = format!(
        "{} {} {} of {}",
        event.event_type(),
        json["at"].as_str().unwrap(),
        event.id(),
        event.message()
    );
    for (name, value) in rest {
        match value {
            Value::String(text) => write!(line, " {name}={text:?}").unwrap(),
            other => write!(line, " {name}={other}").unwrap(),
        }
    }
    line
}

/// Returns what is read from a body, as lines of the table.
fn lines(source: Source, body: &[u8]) -> String {
    let Batch { events, errors, summary, .. } = source::events(source, body, &options());
    let mut lines = String::new();
    for event in &events {
        writeln!(lines, "  {}", line(event)).unwrap();
    }
    for error in errors {
        writeln!(lines, "  ! {error}").unwrap();
    }
    let unnamed = source::events(source, body, &Options::new("acme")).summary.unnamed;
    for (name, number) in [("quiet", summary.quiet), ("unnamed", unnamed)] {
        if number > 0 {
            writeln!(lines, "  {name}: {number}").unwrap();
        }
    }
    lines
}

/// With `MAILTALLY_REWRITE` set, writes the tables instead, so that version control shows what changed.
#[test]
fn every_case_is_read_as_its_table_says() {
    for source in Source::ALL {
        let mut table = String::new();
        for Case { note, body, text } in cases(source) {
            write!(table, "# {note}\n{text}\n{}\n", lines(source, &body)).unwrap();
        }
        let path = path(source);
        if std::env::var_os("MAILTALLY_REWRITE").is_some() {
            std::fs::write(&path, &table).unwrap();
        }
        assert_eq!(table, std::fs::read_to_string(&path).unwrap(), "{source}");
    }
}

#[test]
fn the_source_of_a_body_is_recognized() {
    for source in Source::ALL {
        let cases = cases(source);
        let first = &cases[0];
        assert_eq!(Source::detect(&first.body), Some(source), "{source}: {}", first.note);
        assert_eq!(source.to_string().parse(), Ok(source));
    }
    for body in [&b""[..], b"[]", b"{}", b"[{\"a\":1}]", b"hello", b"{\"event\":", b"\xff\xfe", b"7"] {
        assert_eq!(Source::detect(body), None, "{}", body.escape_ascii());
    }
}

#[test]
fn a_body_of_another_source_is_an_error_or_quiet_but_no_event() {
    for source in Source::ALL {
        for other in Source::ALL.into_iter().filter(|other| *other != source) {
            for case in cases(other) {
                let batch = source::events(source, &case.body, &options());
                assert!(batch.events.is_empty(), "{source} reads {other}, {}: {:?}", case.note, batch.events);
            }
        }
    }
}

#[test]
fn the_same_fact_by_log_and_by_webhook_is_one_event() {
    let log = br#"{"type":"Delivery","id":"7c1d40a25a5b11f1b2c40a0b0c0d0001","recipient":"kim@gmail.com","event_time":"2026-06-01T07:46:45Z","meta":{"a":1}}"#;
    let hook = br#"[{"type":"Delivery","id":"7c1d40a25a5b11f1b2c40a0b0c0d0001","recipient":"Kim@Gmail.com","event_time":"2026-06-01T07:46:45Z","headers":{}}]"#;
    let ids = |body: &[u8]| {
        let event = source::kumomta::events(body, &options()).events.remove(0);
        (event.message().clone(), event.id().clone())
    };
    assert_eq!(ids(log), ids(hook));
}

#[test]
fn a_message_that_is_transferred_to_another_node_remains_one_message() {
    let record = |kind: &str, node: &str| {
        let body = format!(
            r#"{{"type":"{kind}","id":"7c1d40a25a5b11f1b2c4{node}","recipient":"kim@gmail.com","timestamp":1780300000}}"#
        );
        source::kumomta::events(body.as_bytes(), &options()).events.remove(0).message().clone()
    };
    assert_eq!(record("Reception", "0a0b0c0d0e01"), record("Delivery", "0a0b0c0d0e02"));
}

#[test]
fn the_account_is_fixed_or_that_of_the_record() {
    let body = br#"{"type":"Delivery","id":"7c1d","recipient":"kim@gmail.com","timestamp":1780300000,"meta":{"tenant":"south"}}"#;
    let read = |options: Options| source::kumomta::events(body, &options).events.remove(0);
    let fixed = read(options());
    assert_eq!(
        (fixed.account().as_str(), fixed.message_fields().subaccount.as_deref()),
        ("acme", Some("south"))
    );
    let own = read(options().account_from_record(true));
    assert_eq!((own.account().as_str(), own.message_fields().subaccount.as_deref()), ("south", None));
    let body = br#"{"type":"Delivery","id":"7c1d","recipient":"kim@gmail.com","timestamp":1780300000}"#;
    let event = source::kumomta::events(body, &options().account_from_record(true)).events.remove(0);
    assert_eq!(event.account().as_str(), "acme");
}

#[test]
fn the_table_of_providers_is_the_hosts() {
    let body = br#"{"type":"Delivery","id":"7c1d","recipient":"kim@gmail.com","timestamp":1780300000}"#;
    let provider = |options: Options| {
        let event = source::kumomta::events(body, &options).events.remove(0);
        event.message_fields().provider.as_deref().map(str::to_owned)
    };
    assert_eq!(provider(options()).as_deref(), Some("Google"));
    assert_eq!(provider(options().providers(mailtally::provider::Providers::empty())), None);
}

#[test]
fn a_recipient_that_is_wrong_does_not_hide_the_others_of_its_record() {
    let long = "x".repeat(1001);
    let log = format!(
        r#"{{"type":"Delivery","id":"7c1d","recipient":["a@{long}","b@gmx.de"],"timestamp":1780300000}}"#
    );
    let ses = r#"{"eventType":"Bounce","mail":{"timestamp":1780300000,"messageId":"m","destination":["a@gmx.de","b@gmx.de"]},
        "bounce":{"bounceType":"Permanent","timestamp":1780300000,"feedbackId":"f","bouncedRecipients":[{},7,{"emailAddress":"b@gmx.de"}]}}"#;
    for (source, body, expected) in [
        (Source::Kumomta, &*log, "record 0: field `recipient_domain` has 1001 bytes, expected at most 1000"),
        (Source::Ses, ses, "record 0: missing field `emailAddress`: expected an address"),
    ] {
        let batch = source::events(source, body.as_bytes(), &options());
        let domains: Vec<_> =
            batch.events.iter().map(|event| event.message_fields().recipient_domain.as_deref()).collect();
        assert_eq!(domains, [Some("gmx.de")], "{source}");
        assert_eq!(batch.errors[0].to_string(), expected);
    }
}

#[test]
fn a_record_with_too_many_recipients_is_an_error() {
    let recipients = |count: usize| serde_json::to_string(&vec!["a@gmx.de"; count]).unwrap();
    for count in [1000, 1001] {
        let body = format!(
            r#"{{"type":"Delivery","id":"7c1d","recipient":{},"timestamp":1780300000}}"#,
            recipients(count)
        );
        let batch = source::kumomta::events(body.as_bytes(), &options());
        assert_eq!(batch.events.len(), if count == 1000 { 1000 } else { 0 });
        assert_eq!(batch.summary.errors, u64::from(count > 1000));
    }
    let body = format!("[{}]", vec!["1"; 5000].join(","));
    let batch = source::sendgrid::events(body.as_bytes(), &options());
    assert_eq!((batch.errors.len(), batch.summary.errors), (100, 5000));
}

#[test]
fn a_field_of_the_host_names_the_message() {
    let dsn = "Date: Mon, 01 Jun 2026 10:00:05 +0200\nContent-Type: multipart/report; boundary=b\n\n--b\n\
        Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@gmx.de\nAction: failed\n\n\
        --b\nContent-Type: text/rfc822-headers\n\nX-Job: job-7\n\n--b--";
    let arf = dsn
        .replace("message/delivery-status", "message/feedback-report")
        .replace("Reporting-MTA: dns; x", "Feedback-Type: abuse");
    let ses = r#"{"eventType":"Reject","mail":{"timestamp":1780300000,"messageId":"m","destination":["a@gmx.de"],"tags":{TAGS},"headers":[HEADERS]},"reject":{}}"#;
    let by_tag = ses.replace("TAGS", r#""X-Job":["job-7"]"#).replace("HEADERS", "");
    let by_header = ses.replace("TAGS", "").replace("HEADERS", r#"{"name":"x-job","value":"job-7"}"#);
    let bodies = [
        (
            Source::Kumomta,
            r#"{"type":"Delivery","id":"1","recipient":"a@gmx.de","timestamp":1780300000,"meta":{"n":{},"X-Job":"job-7"}}"#,
        ),
        (
            Source::Kumomta,
            r#"[{"type":"Delivery","id":"1","recipient":"a@gmx.de","timestamp":1780300000,"meta":null,"headers":{"X-Job":"job-7"}}]"#,
        ),
        (Source::Ses, &by_tag),
        (Source::Ses, &by_header),
        (
            Source::Sendgrid,
            r#"{"event":"open","email":"a@gmx.de","timestamp":1780300000,"sg_message_id":"m","X-Job":"job-7"}"#,
        ),
        (
            Source::Postmark,
            r#"{"RecordType":"Open","MessageID":"m","Recipient":"a@gmx.de","ReceivedAt":1780300000,"Metadata":{"X-Job":"job-7"}}"#,
        ),
        (
            Source::Sparkpost,
            r#"{"msys":{"message_event":{"type":"delivery","event_id":"1","message_id":"m","timestamp":1780300000,"rcpt_to":"a@gmx.de","rcpt_meta":{"X-Job":"job-7"}}}}"#,
        ),
        (
            Source::Mailgun,
            r#"{"event":"delivered","id":"1","timestamp":1780300000,"recipient":"a@gmx.de","message":{"headers":{"message-id":"m"}},"user-variables":{"X-Job":"job-7"}}"#,
        ),
        (
            Source::Mailtrap,
            r#"{"event":"delivery","event_id":"1","message_id":"m","timestamp":1780300000,"email":"a@gmx.de","custom_variables":{"X-Job":"job-7"}}"#,
        ),
        (
            Source::Brevo,
            r#"{"event":"delivered","message-id":"m","email":"a@gmx.de","ts_epoch":1780300000,"X-Mailin-custom":"{\"X-Job\":\"job-7\"}"}"#,
        ),
        (
            Source::Mailjet,
            r#"{"event":"sent","MessageID":7,"time":1780300000,"email":"a@gmx.de","X-Job":"job-7"}"#,
        ),
        (
            Source::Resend,
            r#"{"type":"email.sent","created_at":1780300000,"data":{"email_id":"m","to":["a@gmx.de"],"tags":{"X-Job":"job-7"}}}"#,
        ),
        (
            Source::Mandrill,
            r#"{"event":"send","_id":"m","ts":1780300000,"msg":{"email":"a@gmx.de","metadata":{"X-Job":"job-7"}}}"#,
        ),
        (Source::Dsn, dsn),
        (Source::Arf, &arf),
    ];
    for (source, body) in bodies {
        let message = |options: Options| {
            let batch = source::events(source, body.as_bytes(), &options);
            assert_eq!((batch.events.len(), &batch.errors[..]), (1, &[][..]), "{source}");
            batch.events[0].message().to_string()
        };
        assert_eq!(message(options().message_field("X-Job")), "job-7", "{source}");
        assert_ne!(message(options().message_field("X-Other")), "job-7", "{source}");
        assert_ne!(message(options()), "job-7", "{source}");
    }
}

#[test]
fn a_resolver_names_what_records_do_not_and_is_given_what_they_tell() {
    let known = |options: Options, source: Source, body: &[u8]| {
        let options = options.resolver(|unnamed| {
            let clues = [
                unnamed.recipient,
                unnamed.return_path,
                unnamed.message_id,
                unnamed.envelope_id,
                unnamed.feedback_id,
            ];
            Some(("other".into(), clues.map(|clue| clue.unwrap_or("-")).join(" ").into()))
        });
        let batch = source::events(source, body, &options);
        assert_eq!((batch.summary.unnamed, batch.summary.orphans), (0, 0), "{source}");
        assert!(batch.events.iter().all(|event| event.account().as_str() == "other"));
        batch.events.into_iter().map(|event| event.message().to_string()).collect::<Vec<_>>()
    };
    let case =
        |source: Source, note: &str| cases(source).into_iter().find(|case| case.note == note).unwrap().body;
    let dsn = case(Source::Dsn, "failed and delayed, for the original recipients");
    let expected = [
        "Kim@gmail.com ret+7@bounce.north.example m-7@north.example env-7 x:7",
        "lee@gmx.de ret+7@bounce.north.example m-7@north.example env-7 x:7",
    ];
    assert_eq!(known(options(), Source::Dsn, &dsn), expected);
    let arf = case(Source::Arf, "type abuse");
    assert_eq!(
        known(options(), Source::Arf, &arf),
        ["x9@yahoo.com ret+7@bounce.north.example m-7@north.example - -"]
    );
    let complaint = case(Source::Kumomta, "complaint");
    assert_eq!(
        known(options(), Source::Kumomta, &complaint),
        ["kim@gmail.com ret+7@bounce.north.example 77@north.example - -"]
    );
    let bounce = case(Source::Kumomta, "bounced by mail");
    assert_eq!(
        known(options(), Source::Kumomta, &bounce),
        ["kim@gmail.com ret+7@bounce.north.example - - -"]
    );
    let at = "2026-06-02T00:00:00Z".parse().unwrap();
    let batch = source::events(Source::Dsn, &dsn, &options().received_at(at));
    assert!(batch.events.iter().all(|event| event.at() == at));
}
