//! The other forms of events and reports: borrowed events, and reports without gaps.

use mailtally::message::EventRef;
use mailtally::report::Report;
use mailtally::{By, Dimension, Event, Limits, MemoryStore, Period, Query};
use proptest::prelude::*;
use proptest::sample::select;

use crate::common::{at, event, events};

fn report(query: &Query, events: &[Event]) -> Report {
    let store = MemoryStore::new();
    store.extend(events.iter().cloned()).unwrap();
    store.report(query, at(0)).unwrap()
}

fn by() -> impl Strategy<Value = Vec<By>> {
    let by = [By::Date, Dimension::Domain.into(), Dimension::Tag.into(), Dimension::Country.into()];
    prop::sample::subsequence(by.to_vec(), 0..=4).prop_shuffle()
}

proptest! {
    #[test]
    fn a_borrowed_event_is_the_same_event(event in event()) {
        let event = event.attribute("subject", "a \"quoted\" text").attribute("tls", true);
        prop_assert_eq!(&Event::from(&EventRef::from(&event)), &event);

        let json = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(&serde_json::to_string(&EventRef::from(&event)).unwrap(), &json);
        let row: EventRef<'_> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&Event::from(&row), &event);
        prop_assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }

    #[test]
    fn a_report_without_gaps_has_the_counted_rows_in_the_same_order(events in events(), by in by(), top in select(vec![1, 2, 99])) {
        let period = Period::between(at(0), at(3 * 86_400));
        let query = by.into_iter().fold(Query::new("acme", period), Query::by).top(top);
        let dense = report(&query, &events);
        let sparse = report(&query.fill_gaps(false), &events);
        let counted: Vec<_> = dense.rows().filter(|row| !row.counts.is_zero()).collect();
        prop_assert_eq!(sparse.rows().collect::<Vec<_>>(), counted);
        prop_assert_eq!(
            (sparse.totals(), sparse.total(), sparse.rest()),
            (dense.totals(), dense.total(), dense.rest())
        );
    }
}

#[test]
fn gaps_do_not_count_against_the_limit_if_they_are_not_filled() {
    let events = [Event::new("acme", "m-1", "1", mailtally::Kind::Sent, at(0)).domain("a.example")];
    let limits = Limits { rows: 10, ..Limits::default() };
    let days = Query::new("acme", Period::between(at(0), at(90 * 86_400))).by(By::Date).by(Dimension::Domain);
    let days = days.limits(limits);
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    assert!(store.report(&days, at(0)).unwrap_err().is_client_error());
    assert_eq!(store.report(&days.fill_gaps(false), at(0)).unwrap().rows().len(), 1);
}

#[test]
fn a_borrowed_event_borrows_each_text_without_escapes() {
    let json = r#"{"account":"acme","message":"m","id":"e","kind":"sent","at":1770000000,"domain":"a.example","tags":["x","y\n"]}"#;
    let row: EventRef<'_> = serde_json::from_str(json).unwrap();
    let is_borrowed = |text: &std::borrow::Cow<'_, str>| matches!(text, std::borrow::Cow::Borrowed(_));
    assert!([&row.account, &row.message, &row.id].into_iter().all(is_borrowed));
    assert!(row.domain.as_ref().is_some_and(is_borrowed));
    assert_eq!(row.tags.iter().map(is_borrowed).collect::<Vec<_>>(), [true, false]);
}
