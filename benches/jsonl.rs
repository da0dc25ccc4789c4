//! Reading JSON Lines: the crate's own, and KumoMTA's log.

use std::fmt::Write;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mailtally::source::jsonl::Reader;
use mailtally::source::{Source, records};

use crate::common::Random;
use crate::mail::mail;

mod common;
#[path = "common/mail.rs"]
mod mail;

/// About 100,000 lines.
static LINES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut lines = Vec::new();
    for event in mail(30_000) {
        serde_json::to_writer(&mut lines, &event).expect("an event has a JSON form");
        lines.push(b'\n');
    }
    lines
});

fn main() {
    divan::main();
}

/// Reads every line as an event and drops it.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>) {
    let events = Reader::new(&LINES[..]).filter(Result::is_ok).count();
    assert_eq!(events, LINES.iter().filter(|byte| **byte == b'\n').count());
    let bencher = bencher.counter(BytesCount::new(LINES.len())).counter(ItemsCount::new(events));
    bencher.bench(|| Reader::new(&LINES[..]).filter(Result::is_ok).count());
}

/// About 100,000 records of KumoMTA: for each message, its reception, a deferral of some, and its end.
static RECORDS: LazyLock<String> = LazyLock::new(|| {
    let (mut log, mut random) = (String::new(), Random::new(7));
    for message in 0..45_000_u64 {
        let domain = *random.one_of(&["gmail.com", "outlook.com", "yahoo.com", "gmx.de", "corp.example"]);
        let recipient = format!("user{}@{domain}", random.below(50_000));
        let record = Record { message, recipient: &recipient, domain };
        record.write(&mut log, "Reception", "Uncategorized", "250", "");
        if random.chance(20) {
            let reply = "too many messages from your address, \\\"slow down\\\"";
            record.write(&mut log, "TransientFailure", "SpamBlock", "421", reply);
        }
        match random.below(100) {
            0..4 => record.write(&mut log, "Bounce", "InvalidRecipient", "550", "5.1.1 no such user"),
            _ => record.write(&mut log, "Delivery", "Uncategorized", "250", "OK queued as 7F3A51D0"),
        }
    }
    log
});

/// What the records of a message have in common.
struct Record<'a> {
    message: u64,
    recipient: &'a str,
    domain: &'a str,
}

impl Record<'_> {
    fn write(&self, log: &mut String, kind: &str, class: &str, code: &str, content: &str) {
        let Self { message, recipient, domain } = self;
        let seconds = 1_770_000_000 + message / 50;
        let (minute, second) = (message / 3000 % 60, message / 50 % 60);
        writeln!(
            log,
            r#"{{"type":"{kind}","id":"{message:08x}ff5011f08a3f020000000001","sender":"bounce+{message}@mail.shop.example","recipient":"{recipient}","queue":"spring:acme@{domain}","site":"source1->mx.{domain}@smtp_client","size":20480,"response":{{"code":{code},"enhanced_code":{{"class":{},"subject":0,"detail":0}},"content":"{content}","command":"."}},"peer_address":{{"name":"mx.{domain}.","addr":"198.51.100.20"}},"timestamp":{seconds},"created":{seconds},"num_attempts":0,"bounce_classification":"{class}","egress_pool":"pool0","egress_source":"source1","source_address":{{"address":"192.0.2.10:50412"}},"feedback_report":null,"meta":{{"tenant":"acme","campaign":"spring"}},"headers":{{}},"delivery_protocol":"ESMTP","reception_protocol":"HTTP","nodeid":"0b7d1c52-4e1f-4c0a-9a63-5f0f3f6a7c11","event_time":"2026-02-02T02:{minute:02}:{second:02}.250123Z","created_time":"2026-02-02T02:{minute:02}:{second:02}.000123Z","session_id":"6f0a2f1e-7a39-4a6c-8a57-2b9f4f6f2d01","tls_cipher":"TLS_AES_256_GCM_SHA384","tls_protocol_version":"TLSv1.3"}}"#,
            &code[..1],
        )
        .expect("writing to a string does not fail");
    }
}

/// Reads every record of KumoMTA as an event and drops it.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn kumomta(bencher: Bencher<'_, '_>) {
    let read = || {
        let reader = records::Reader::new(Source::Kumomta, RECORDS.as_bytes(), records::Options::new("acme"));
        reader.filter(Result::is_ok).count()
    };
    let events = read();
    assert_eq!(events, RECORDS.lines().count());
    let bencher = bencher.counter(BytesCount::new(RECORDS.len())).counter(ItemsCount::new(events));
    bencher.bench(read);
}
