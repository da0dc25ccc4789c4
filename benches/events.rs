//! Events: making, recording and reading them.

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use mailtally::message::EventRef;
use mailtally::{Event, MemoryStore};

use crate::mail::mail;

mod common;
#[path = "common/mail.rs"]
mod mail;

const MESSAGES: u64 = 30_000;

/// About 100,000 events.
static MAIL: LazyLock<Vec<Event>> = LazyLock::new(|| mail(MESSAGES));

static LINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    MAIL.iter().map(|event| serde_json::to_string(event).expect("an event has a JSON form")).collect()
});

fn main() {
    divan::main();
}

/// Makes events with the setters, texts and ids included.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn make(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(MAIL.len())).bench(|| mail(MESSAGES));
}

/// Records events in an empty store.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn record(bencher: Bencher<'_, '_>) {
    let bencher = bencher.counter(ItemsCount::new(MAIL.len()));
    let bencher = bencher.with_inputs(|| (MemoryStore::new(), MAIL.clone()));
    bencher.bench_values(|(store, events)| {
        store.extend(events).expect("valid events");
        store
    });
}

/// Parses JSON lines into events.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn parse(bencher: Bencher<'_, '_>) {
    let parse = |line: &String| serde_json::from_str::<Event>(line).is_ok();
    bencher.counter(ItemsCount::new(LINES.len())).bench(|| LINES.iter().filter(|line| parse(line)).count());
}

/// Parses JSON lines into borrowed events.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn parse_borrowed(bencher: Bencher<'_, '_>) {
    let parse = |line: &str| serde_json::from_str::<EventRef<'_>>(line).is_ok();
    bencher.counter(ItemsCount::new(LINES.len())).bench(|| LINES.iter().filter(|line| parse(line)).count());
}
