//! The readers of mail systems' records: tables of cases, and what holds for all of them.

use std::fmt::Write;

use mailtally::Event;
use mailtally::source::records::{Batch, Options};
use mailtally::source::{self, Source};
use serde_json::Value;

mod laws;

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
