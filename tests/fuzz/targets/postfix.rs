//! Postfix's log: the first three bytes are the size of the input's buffer and the options, the rest is the log.
//!
//! The events are the same in whatever pieces the input arrives, and no more than two for each line, but for lines that stand
//! for several. Each refusal has an id of its own, and each event is read back equal from JSON. The log can follow itself as a
//! second file.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::{Corpus, fuzz_target};
use mailtally::Event;
use mailtally::source::detect;
use mailtally::source::postfix::{Options, Reader};
use mailtally::time::parse_zone;
use mailtally_fuzz::{NOW, input, read_log};

const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Monrovia"];

const YEARS: [Option<i32>; 7] = [None, Some(1), Some(1970), Some(2024), Some(2026), Some(9999), None];

fuzz_target!(|data: &[u8]| -> Corpus {
    let [capacity, zone, year, log @ ..] = data else { return Corpus::Reject };
    let zone = parse_zone(ZONES[usize::from(*zone) % ZONES.len()]).expect("the zone exists");
    let options = Options::new(NOW).zone(zone).with_replies(true);
    let options = match YEARS[usize::from(*year) % YEARS.len()] {
        Some(year) => options.year(year),
        None => options,
    };
    let _ = detect(log);
    let mut reader = Reader::new(input(log, *capacity), options.clone());
    let events = read_log(&mut reader);
    check_refusals(&events);
    assert_eq!(events, read_log(&mut Reader::new(log, options)), "the events depend on the pieces");

    let more = read_log(&mut Reader::continuing(reader.into_parser(), log));
    check_refusals(&more);
    let repeats = log.windows(b"repeated ".len()).filter(|text| *text == b"repeated ").count() * 100_000;
    let lines = log.split(|&byte| byte == b'\n').count();
    assert!(events.len() + more.len() <= 2 * (2 * lines + repeats), "too many events");
    Corpus::Keep
});

fn check_refusals(events: &[Event]) {
    let refusals = || events.iter().filter(|event| event.message().as_str().starts_with("reject-"));
    let ids: BTreeSet<_> = refusals().map(|event| (event.message(), event.id())).collect();
    assert_eq!(ids.len(), refusals().count(), "two refusals have the same id");
}
