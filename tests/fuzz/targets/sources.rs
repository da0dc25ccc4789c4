//! The readers of mail systems' records: the first byte chooses the source, the rest is a body, and a file of lines.
//!
//! Whatever is read is counted once, is valid, can be written and reads back; a body read again gives the same.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use mailtally::Event;
use mailtally::source::records::{Batch, MAX_ERRORS, Options, Reader, RecordSummary};
use mailtally::source::{self, Source};
use mailtally_fuzz::input;

fuzz_target!(|data: &[u8]| -> Corpus {
    let [choice, body @ ..] = data else { return Corpus::Reject };
    let source = Source::ALL[usize::from(*choice) % Source::COUNT];
    let options = Options::new("acme").with_orphans(true).with_rejections(true).with_replies(true);
    let batch = source::events(source, body, &options);
    check(&batch);
    assert_eq!(batch, source::events(source, body, &options), "the same body is read in two ways");
    let _ = Source::detect(body);

    let strict = source::events(source, body, &Options::new("acme"));
    check(&strict);
    assert_eq!(strict.summary.records, batch.summary.records);
    assert!(strict.summary.errors <= batch.summary.errors);

    let mut reader = Reader::new(source, input(body, *choice), options);
    let events = reader.by_ref().filter(Result::is_ok).count();
    assert_eq!(reader.summary().events, events as u64);
    assert_eq!(reader.record_summary().events, events as u64);
    Corpus::Keep
});

fn check(batch: &Batch) {
    let RecordSummary { records, with_events, quiet, unnamed, errors, events, orphans, .. } = batch.summary;
    assert_eq!(records, with_events + quiet + unnamed + errors);
    assert_eq!(events, batch.events.len() as u64);
    assert!(orphans <= events + errors);
    assert_eq!(batch.errors.len(), usize::try_from(errors).unwrap_or(usize::MAX).min(MAX_ERRORS));
    assert!(batch.errors.iter().all(|error| error.to_string().len() < 4000));
    for event in &batch.events {
        let line = serde_json::to_string(event).expect("every event can be written");
        assert_eq!(serde_json::from_str::<Event>(&line).as_ref().ok(), Some(event), "{line}");
    }
}
