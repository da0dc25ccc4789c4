//! Reading the records and reports of every source, from the bodies in the tables of its tests.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mailtally::source::records::Options;
use mailtally::source::{self, Source};

/// The minimum length of all bodies together, in bytes.
const BYTES: usize = 4_000_000;

fn main() {
    divan::main();
}

/// Reads each body and drops its events.
#[divan::bench(args = Source::ALL, sample_count = 10, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>, source: Source) {
    let once = bodies(source);
    let bytes: usize = once.iter().map(Vec::len).sum();
    let times = BYTES.div_ceil(bytes.max(1));
    let options = Options::new("acme").with_orphans(true);
    let count = |bodies: &[Vec<u8>]| -> usize {
        bodies.iter().map(|body| source::events(source, body, &options).events.len()).sum()
    };
    let events = count(&once);
    assert!(events > 0, "{source}");
    let bencher = bencher.counter(BytesCount::new(bytes * times)).counter(ItemsCount::new(events * times));
    bencher.bench_local(|| (0..times).map(|_| count(&once)).sum::<usize>());
}

/// Returns the bodies of a table: the line after each note.
fn bodies(source: Source) -> Vec<Vec<u8>> {
    let path = format!("{}/tests/fixtures/sources/{source}.txt", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(path).expect("every source has a table");
    let lines = table.lines().zip(table.lines().skip(1));
    let after_notes = lines.filter(|(note, body)| note.starts_with("# ") && !body.starts_with("  "));
    after_notes.map(|(_, body)| body.replace('␤', "\n").into_bytes()).collect()
}
