//! Reading JSON Lines.

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mailtally::source::jsonl::Reader;

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
