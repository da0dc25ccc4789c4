//! JSON Lines: the first byte is the size of the input's buffer, the rest are the lines.
//!
//! An event that is read is written in one line and read back equal, in whatever pieces the input arrives. Any events can be
//! recorded, reported and shown as a timeline.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use mailtally::source::{LineSplitter, SourceError, detect, jsonl};
use mailtally::{By, Dimension, Event, MemoryStore, Period, Query, Resolution, Timing};
use mailtally_fuzz::{NOW, input};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((&capacity, lines)) = data.split_first() else { return Corpus::Reject };
    let _ = detect(lines);
    let mut reader = jsonl::Reader::new(input(lines, capacity));
    let mut events = Vec::new();
    for item in &mut reader {
        match item {
            Ok(event) => events.push(event),
            Err(SourceError::Line(error)) => assert!(error.to_string().len() < 4000, "{error}"),
            Err(error) => panic!("{error}"),
        }
    }
    let found = reader.summary();
    assert_eq!(found.lines, found.blank + found.with_events + found.errors);
    assert_eq!(found.events, events.len() as u64);
    assert_eq!(events, split(lines), "the events depend on the pieces");
    for event in &events {
        let line = serde_json::to_string(event).expect("every event can be written");
        assert!(!line.contains('\n'));
        assert_eq!(jsonl::parse(line.as_bytes()).as_ref(), Ok(&Some(event.clone())), "{line}");
    }
    report(events);
    Corpus::Keep
});

/// Returns the events of lines that arrive in one piece.
fn split(mut lines: &[u8]) -> Vec<Event> {
    let mut splitter = LineSplitter::new(jsonl::MAX_LINE_BYTES);
    let mut events = Vec::new();
    while let Some(line) = splitter.next_line(&mut lines) {
        events.extend(line.ok().and_then(|line| jsonl::parse(line).ok().flatten()));
    }
    events.extend(splitter.finish().and_then(|line| jsonl::parse(line.ok()?).ok().flatten()));
    events
}

/// Records the events and asks for them.
fn report(events: Vec<Event>) {
    let Some(event) = events.first().cloned() else { return };
    let store = MemoryStore::new();
    // A message with too many tags is refused; its first event never is.
    let _ = store.extend(events);
    assert!(!store.timeline(event.account(), event.message()).is_empty());
    let all = || Query::new(event.account().clone(), Period::all()).timing(Timing::Send);
    let by_year = all().by(By::Date).resolution(Resolution::Year).fill_gaps(false);
    for query in [all().by(Dimension::Provider).by(Dimension::Bot), by_year] {
        match store.report(&query, NOW) {
            Ok(report) => drop(serde_json::to_string(&report).expect("every report can be written")),
            Err(error) => assert!(error.is_client_error(), "{error}"),
        }
    }
}
