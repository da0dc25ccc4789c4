//! What holds for the readers of all sources.

use std::collections::BTreeMap;

use mailtally::source::records::{Batch, Reader, RecordSummary};
use mailtally::source::{self, Source};
use mailtally::{By, Dimension, Event, Limits, MemoryStore, Period, Query, Timing};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::{cases, options};

/// Returns the bodies in the table of a source.
fn bodies(source: Source) -> Vec<Vec<u8>> {
    cases(source).into_iter().map(|case| case.body).collect()
}

/// The sources whose bodies are JSON and can be written in one line.
fn json_source() -> impl Strategy<Value = Source> {
    select(
        Source::ALL
            .into_iter()
            .filter(|source| !matches!(source, Source::Dsn | Source::Arf))
            .collect::<Vec<_>>(),
    )
}

/// Returns everything that a store counts of events, by kind.
pub(crate) fn counts(events: impl IntoIterator<Item = Event>) -> String {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    let query =
        Query::new("acme", Period::all()).by(Dimension::RecipientDomain).by(By::from(Dimension::Reason));
    let query = query.limits(Limits::default());
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let reports =
        [Timing::Event, Timing::Send].map(|timing| store.report(&query.clone().timing(timing), now).unwrap());
    serde_json::to_string(&reports).unwrap()
}

fn read(source: Source, body: &[u8]) -> Batch {
    let batch = source::events(source, body, &options());
    check(&batch);
    batch
}

fn check(batch: &Batch) {
    let RecordSummary { records, with_events, quiet, unnamed, errors, events, .. } = batch.summary;
    assert_eq!(records, with_events + quiet + unnamed + errors);
    assert_eq!(events, batch.events.len() as u64);
    assert_eq!(batch.errors.len() as u64, errors.min(100));
    for event in &batch.events {
        assert_eq!(event.check(), Ok(()));
        let json = serde_json::to_string(event).unwrap();
        assert_eq!(&serde_json::from_str::<Event>(&json).unwrap(), event, "{json}");
    }
    assert!(batch.errors.iter().all(|error| error.to_string().len() < 1000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_records_twice_and_in_any_order_give_the_same_counts(source in select(Source::ALL.to_vec()), order in any::<u64>()) {
        let once: Vec<Event> = bodies(source).iter().flat_map(|body| read(source, body).events).collect();
        let mut twice: Vec<Event> = bodies(source).iter().flat_map(|body| read(source, body).events).chain(once.clone()).collect();
        // A shuffle that does not depend on the events.
        let length = twice.len();
        let mut state = order | 1;
        for at in (1..length).rev() {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            twice.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        prop_assert_eq!(counts(twice), counts(once));
    }

    #[test]
    fn bodies_one_after_another_are_one_body_divided_at_any_place(source in json_source(), at in any::<Index>()) {
        // A body that is cut off, or that is a form, hides where the next one begins.
        let is_whole = |body: &Vec<u8>| serde_json::from_slice::<Value>(body).is_ok();
        let bodies: Vec<Vec<u8>> = bodies(source).into_iter().filter(is_whole).collect();
        let (first, second) = bodies.split_at(at.index(bodies.len() + 1));
        let joined = read(source, &bodies.join(&b"\n"[..]));
        let mut summary = RecordSummary::default();
        let mut events = Vec::new();
        for part in [first, second] {
            let batch = read(source, &part.join(&b"\n"[..]));
            summary += batch.summary;
            events.extend(batch.events);
        }
        if source != Source::Stalwart {
            // What Stalwart tells twice is recognized within one body only.
            prop_assert_eq!(joined.summary, summary);
        }
        prop_assert_eq!(joined.events.len() as u64, joined.summary.events);
        let file = bodies.join(&b"\n"[..]);
        let reader = Reader::new(source, &file[..], options());
        prop_assert_eq!(counts(reader.filter_map(Result::ok)), counts(joined.events));
        if source != Source::Stalwart {
            prop_assert_eq!(counts(events), counts(read(source, &bodies.join(&b"\n"[..])).events));
        }
    }

    #[test]
    fn a_broken_record_hides_no_neighbour(source in json_source(), broken in "[a-z0-9.]{1,9}|\\{\"[a-z]{0,4}\":?\\}|\"[a-z]{0,4}\"|\\[[0-9,]{0,5}\\]|\\{\"event\":[0-9]{1,3}\\}") {
        let good = bodies(source).into_iter().find(|body| body.starts_with(b"{") && !body.contains(&b'\n') && read(source, body).events.len() == 1);
        let Some(good) = good else { return Ok(()) };
        let body = [&b"["[..], &good, b",", broken.as_bytes(), b",", &good, b"]"].concat();
        prop_assert_eq!(read(source, &body).events.len(), 2, "{}", broken);
    }

    #[test]
    fn a_body_that_is_cut_off_loses_only_its_last_record(source in json_source(), which in any::<Index>(), at in any::<Index>()) {
        let bodies = bodies(source);
        let body = which.get::<Vec<u8>>(&bodies);
        let cut = &body[..at.index(body.len() + 1)];
        let (whole, part) = (read(source, body), read(source, cut));
        prop_assert!(part.events.len() <= whole.events.len());
        let ids = |batch: &Batch| batch.events.iter().map(|event| (event.message().clone(), event.id().clone())).fold(BTreeMap::new(), |mut ids, id| { *ids.entry(id).or_insert(0) += 1; ids });
        let whole = ids(&whole);
        for (id, count) in ids(&part) {
            prop_assert!(whole.get(&id).is_some_and(|known| *known >= count), "{id:?}");
        }
    }

    #[test]
    fn mutated_and_random_bodies_do_not_panic(source in select(Source::ALL.to_vec()), which in any::<Index>(), edits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8), random in prop::collection::vec(any::<u8>(), 0..200)) {
        let bodies = bodies(source);
        let mut body = which.get::<Vec<u8>>(&bodies).clone();
        for (at, byte) in edits {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        for body in [&body, &random] {
            read(source, body);
            let _ = Source::detect(body);
        }
    }

    #[test]
    fn values_of_wrong_types_do_not_panic(source in json_source(), which in any::<Index>(), place in any::<Index>(), wrong in select(vec!["null", "true", "[]", "{}", "\"\"", "-1", "1e308", "18446744073709551616", "\"\\u0000\"", "\"0000-00-00\"", "[[[[]]]]", "253402300800000"])) {
        let bodies = bodies(source);
        let Ok(value) = serde_json::from_slice::<Value>(which.get::<Vec<u8>>(&bodies)) else { return Ok(()) };
        let mut count = 0;
        let nowhere = usize::MAX;
        walk(&value, &mut count, nowhere, &value);
        let wrong = serde_json::from_str(wrong).unwrap_or_default();
        let replaced = walk(&value, &mut 0, place.index(count), &wrong);
        read(source, replaced.to_string().as_bytes());
    }
}

/// Returns a copy of a value in which the value at one place is `with`, and counts the places.
fn walk(value: &Value, count: &mut usize, place: usize, with: &Value) -> Value {
    let own = *count;
    *count += 1;
    if own == place {
        return with.clone();
    }
    match value {
        Value::Array(values) => values.iter().map(|value| walk(value, count, place, with)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), walk(value, count, place, with))).collect()
        }
        other => other.clone(),
    }
}
