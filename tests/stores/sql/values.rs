//! Values of every kind, read back from groups, filters, pages and timelines: what both databases are tested with.

use mailtally::conformance::RandomMail;
use mailtally::store::{Figure, Messages, Plan, Row, Store, Timeline};
use mailtally::{Dimension, Event, Filter, Kind, Period, Query, Scope};
use proptest::prelude::*;
use proptest::sample::select;

use crate::common::at;

/// Returns a strategy of texts that are taken for something else easily.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let known = [
        "'",
        "''",
        "\"",
        "\\",
        "\\'",
        "%",
        "_",
        "%%",
        "a%b",
        "*",
        "?",
        "?1",
        "$1",
        "$1::text",
        ":a",
        "@a",
        "[a]",
        "{a,b}",
        "{}",
        "[]",
        "[\"a\"]",
        "null",
        "NULL",
        "true",
        "0",
        "1",
        "\n",
        "\r\n",
        "\t",
        " ",
        "a ",
        " a",
        "😀",
        "👩‍👩‍👧",
        "ÄÖÜ",
        "äöü",
        "ß",
        "İ",
        "u\u{308}",
        "\u{feff}",
        "\u{202e}x",
        "'; DROP TABLE events; --",
        "' OR '1'='1",
        "/*",
        "--",
        "E'\\''",
        "$$",
        "\u{1}",
        "\u{7f}",
        "\u{10ffff}",
        "x.",
        ".",
        "Straße.EXAMPLE.",
    ];
    let long = "\\PC{0,3}".prop_map(|text| text.repeat(100));
    prop_oneof![4 => select(known.map(str::to_owned).to_vec()), 2 => "\\PC{0,12}", 1 => "[\\x00-\\x7f]{1,8}", 1 => long]
}

/// Returns events with these texts in every field that can have them, also as ids.
pub(crate) fn events(texts: &[String]) -> Vec<Event> {
    let event = |(index, text): (usize, &String)| {
        let other = &texts[(index + 1) % texts.len()];
        let id = |text: &str| format!("{text}-{}", index % 3);
        let of = |kind, hour: i64| {
            let event = Event::new(text.as_str(), id(text), id(other), kind, at(hour * 3600 + 7));
            let event = event.subaccount(text.as_str()).domain(text.as_str()).category(text.as_str());
            let event = event.tags([text.as_str(), other]).mailbox(text.as_str()).campaign(other.as_str());
            let event = event.ip(text.as_str()).ip_pool(other.as_str()).recipient_domain(other.as_str());
            event.provider(text.as_str()).country(text.as_str()).device(other.as_str()).client(text.as_str())
        };
        let own = of(Kind::Opened, 30).bot(text.as_str()).transport(other.as_str()).attempt_ip(text.as_str());
        let own = own.attempt_ip_pool(text.as_str()).reason(text.as_str());
        [of(Kind::Delivered, 3), own.attribute(text.as_str(), other.as_str())]
    };
    let events = texts.iter().enumerate().flat_map(event);
    events.filter(|event| event.check().is_ok()).collect()
}

/// Returns queries that group by each dimension, and filter on the texts in each way.
pub(crate) fn queries(texts: &[String]) -> Vec<Query> {
    let days = || Query::new(Scope::All, Period::between(at(0), at(3 * 86_400))).by(mailtally::By::Date);
    let free = |dimension: &Dimension| dimension.possible_values().is_none();
    let dimensions: Vec<Dimension> = Dimension::ALL.into_iter().filter(free).collect();
    let mut queries: Vec<Query> = dimensions.iter().map(|dimension| days().by(*dimension)).collect();
    for (index, text) in texts.iter().enumerate() {
        let dimension = dimensions[index % dimensions.len()];
        let text = || [text.as_str()];
        queries.push(days().filter(Filter::is(dimension, text())).by(Dimension::Tag));
        queries.push(days().filter(Filter::is_not(dimension, text()).ignoring_case()));
        queries.push(days().filter(Filter::contains(dimension, text())).by(dimension));
        queries.push(days().filter(Filter::contains_none(Dimension::Tag, text())));
        queries.push(Query::new(texts[0].as_str(), Period::all()).filter(Filter::is(Dimension::Tag, text())));
    }
    queries
}

/// Checks the answers of a store to these queries, the messages behind a figure of each, and a timeline.
pub(crate) async fn check<S: Store + Messages + Timeline>(store: &S, events: &[Event], queries: &[Query]) {
    let plans: Vec<Plan> = queries.iter().filter_map(|query| query.plan(at(0)).ok()).collect();
    let counted = store.count(&plans).await.unwrap().rows;
    for (plan, rows) in plans.iter().zip(counted) {
        let expected = plan.tally(events.iter().cloned()).unwrap();
        assert_eq!(rows, expected, "{:?}", plan.query());
        if let Some(row) = expected.last() {
            check_figure(store, events, plan, row).await;
        }
    }
    check_timelines(store, events).await;
}

async fn check_figure(store: &impl Messages, events: &[Event], plan: &Plan, row: &Row) {
    let Some((metric, _)) = row.counts.figures().last() else { return };
    let figure = Figure::new(plan.clone(), row.bucket, row.group.clone(), metric).unwrap();
    let expected = figure.messages(events.iter().cloned());
    let page = store.messages(&figure, None, 2).await.unwrap();
    assert_eq!(page, expected[..expected.len().min(2)], "{:?}", plan.query());
    let after = page.first().map(|first| (first.account.clone(), first.message.clone()));
    let page = store.messages(&figure, after.as_ref(), 100).await.unwrap();
    assert_eq!(page, expected[expected.len().min(1)..], "{:?}", plan.query());
}

async fn check_timelines(store: &impl Timeline, events: &[Event]) {
    let messages = mailtally::message::Message::collect(events.iter().cloned());
    for ((account, id), message) in messages.iter().take(3) {
        let found = store.events(account, id).await.unwrap();
        let expected: Vec<Event> = message.history().iter().map(|entry| entry.event.clone()).collect();
        assert_eq!(found, expected);
    }
}

/// Returns random events, and queries about them.
pub(crate) fn random(seed: u64) -> (Vec<Event>, Vec<Query>) {
    let mut mail = RandomMail::new(seed);
    (mail.events(90), (0..12).map(|_| mail.query()).collect())
}
