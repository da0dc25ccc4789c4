//! The checks, one function each.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::compare::{agree, compare};
use super::mail::at;
use super::{Harness, RandomMail, values};
use crate::dimension::{By, Dimension};
use crate::event::{Event, Stream};
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Limits, Query, Scope, Timing};
use crate::store::{Recorded, Sink, Store, Timeline};
use crate::time::{Period, Resolution};

const HOUR: i64 = 3600;

/// Checks that an empty store returns no counts.
pub async fn an_empty_store_has_no_rows(harness: &impl Harness) {
    let everyone = Query::new(Scope::All, Period::all());
    agree(harness, "an empty store", &[], [daily(3), everyone.by(Dimension::Domain)]).await;
}

/// Checks that an event at the start of a bucket is in it, and that an event at its end is in the next bucket or, after the
/// last one, in none.
pub async fn buckets_are_half_open(harness: &impl Harness) {
    let day = 24 * HOUR;
    let mut events = Vec::new();
    for (index, edge) in [0, day, 2 * day].into_iter().enumerate() {
        for (name, millis) in [("before", -1), ("on", 0), ("after", 1)] {
            let instant = at(edge) + Duration::milliseconds(millis);
            events.push(Event::new("acme", format!("m-{index}-{name}"), "1", Kind::Delivered, instant));
        }
    }
    agree(harness, "half-open buckets", &events, [daily(2), daily(2).timing(Timing::Send)]).await;
}

/// Checks that events of one message at one instant are ordered by their ids, which decides what is first and whose value
/// of a message field counts.
pub async fn events_at_one_instant_are_ordered_by_id(harness: &impl Harness) {
    let events = [
        event("m-1", "b", EventType::OpenedPerson, 60).country("DE").category("b"),
        event("m-1", "a", EventType::OpenedMachine, 60).country("US").category("a"),
        event("m-1", "C", EventType::OpenedPerson, 60).country("FR"),
    ];
    let by = [Dimension::Country, Dimension::Category].map(|dimension| daily(1).by(dimension));
    agree(harness, "events at one instant", &events, by).await;
}

/// Checks that events without a value and events with an empty value are in the same group, and that filters find them.
pub async fn absent_and_empty_values_are_one_group(harness: &impl Harness) {
    let events = [
        event("m-1", "1", Kind::Delivered, 1),
        event("m-2", "1", Kind::Delivered, 2).category("").tags([""]).domain(".").country(""),
        event("m-3", "1", Kind::Delivered, 3).category("c").tags(["t"]).domain("d.example").country("DE"),
    ];
    let dimensions = [Dimension::Category, Dimension::Tag, Dimension::Domain, Dimension::Country];
    let queries = dimensions.into_iter().flat_map(|dimension| {
        let filters = [Filter::is_absent(dimension), Filter::is_present(dimension)];
        filters.map(|filter| daily(1).filter(filter)).into_iter().chain([daily(1).by(dimension)])
    });
    agree(harness, "absent values", &events, queries).await;
}

/// Checks that values are neither changed nor merged: quotes, case, scripts, white space at the ends, control characters,
/// 2000 characters, words with a meaning in SQL or JSON.
pub async fn values_are_stored_unchanged(harness: &impl Harness) {
    let long = "x".repeat(2000);
    let odd = [
        "plain",
        "Plain",
        "it's",
        "say \"hi\"",
        "50% _off_",
        "a\\b",
        "line\nbreak",
        "tab\t",
        " blank ",
        "blank",
        "ünïcödé",
        "u\u{308}",
        "ü",
        "日本語",
        "😀",
        "null",
        "NULL",
        "0",
        "false",
        "'; DROP TABLE events; --",
        "{a,b}",
        "[1]",
        &long,
    ];
    let message = |(index, value): (usize, &&str)| {
        event(&format!("m-{index}"), "1", Kind::Opened, 60).category(*value).tags([*value]).client(*value)
    };
    let events: Vec<Event> = odd.iter().enumerate().map(message).collect();
    let dimensions = [Dimension::Category, Dimension::Tag, Dimension::Client];
    let by = dimensions.into_iter().map(|dimension| daily(1).by(dimension));
    let filtered = odd.iter().map(|value| daily(1).filter(Filter::is(Dimension::Category, [*value])));
    agree(harness, "unchanged values", &events, by.chain(filtered)).await;
}

/// Checks that filters match text literally: no character is a wildcard, only `contains` matches a part of a value, and
/// ignoring case ignores that of ASCII letters only.
pub async fn filters_match_text_literally(harness: &impl Harness) {
    let values = [
        "plain",
        "PLAIN",
        "plainly",
        "50% _off_",
        "50 XoffX",
        "a\\b",
        "ab",
        "it's",
        "[a]",
        "a*b",
        "a.b",
        "axb",
        "über",
        "ÜBER",
        "Über",
        "日本語",
    ];
    let message = |(index, value): (usize, &&str)| {
        event(&format!("m-{index}"), "1", Kind::Opened, 60).category(*value).tags([*value]).client(*value)
    };
    let mut events: Vec<Event> = values.iter().enumerate().map(message).collect();
    events.push(event("m-none", "1", Kind::Opened, 60));
    let texts =
        values.into_iter().chain(["%", "_", "\\", "*", ".", "?", "[", "^a", "b$", "'", "Ü", "ü", "IN", " "]);
    let queries = texts.flat_map(|text| {
        let filters = [
            Filter::is(Dimension::Category, [text]).ignoring_case(),
            Filter::is_not(Dimension::Client, [text]).ignoring_case(),
            Filter::contains(Dimension::Tag, [text]),
            Filter::contains_none(Dimension::Category, [text]),
        ];
        filters.map(|filter| daily(1).by(Dimension::Category).filter(filter))
    });
    agree(harness, "literal filters", &events, queries).await;
}

/// Checks every dimension: groups with either timing, and filters that include and exclude, by value and by part of a
/// value, with and without case.
pub async fn every_dimension_groups_and_filters(harness: &impl Harness) {
    let events = RandomMail::new(11).events(120);
    let queries = Dimension::ALL.into_iter().flat_map(|dimension| {
        let values = values::values(dimension);
        let upper = values[0].to_ascii_uppercase();
        let queries = [
            daily(9).by(dimension),
            daily(9).by(dimension).timing(Timing::Send),
            daily(9).filter(Filter::is(dimension, values.iter().take(2).copied())),
            daily(9).filter(Filter::is_not(dimension, values.iter().take(1).copied())),
            daily(9).filter(Filter::is(dimension, ["", &*upper]).ignoring_case()),
            daily(9).filter(Filter::is_not(dimension, [&*upper]).ignoring_case()),
            daily(9).filter(Filter::contains(dimension, [&upper[1..]])),
            daily(9).filter(Filter::contains_none(dimension, ["", &upper[1..]])),
        ];
        queries.into_iter()
    });
    agree(harness, "every dimension", &events, queries).await;
}

/// Checks groups by two and three dimensions at once, including tags, of which a message can have several.
pub async fn several_dimensions_group_together(harness: &impl Harness) {
    let events = RandomMail::new(12).events(120);
    let queries = [
        daily(9).by(Dimension::Domain).by(Dimension::Provider),
        daily(9).by(Dimension::Tag).by(Dimension::Stream).by(Dimension::Country),
        Query::new(Scope::All, Period::all()).by(Dimension::Tag).by(Dimension::Device),
    ];
    agree(harness, "several dimensions", &events, queries).await;
}

/// Checks filters with one, several, no and unknown values, and several filters at once, also on one dimension.
pub async fn filters_include_and_exclude(harness: &impl Harness) {
    let events = RandomMail::new(13).events(120);
    let none: [&str; 0] = [];
    let filters = [
        vec![Filter::is(Dimension::Domain, none)],
        vec![Filter::is_not(Dimension::Domain, none)],
        vec![Filter::is(Dimension::Domain, ["nowhere.example"])],
        vec![Filter::is_not(Dimension::Domain, ["nowhere.example", ""])],
        vec![Filter::is(Dimension::Tag, ["new", "eu"]), Filter::is_not(Dimension::Tag, ["vip"])],
        vec![Filter::is(Dimension::Provider, ["Google", ""]), Filter::is(Dimension::Stream, ["bulk"])],
        vec![
            Filter::is(Dimension::Country, ["DE"]),
            Filter::is(Dimension::Domain, ["a.example", "b.example"]),
        ],
    ];
    let queries = filters.map(|filters| filters.into_iter().fold(daily(9), Query::filter));
    agree(harness, "filters", &events, queries).await;
}

/// Checks that buckets have the boundaries of the plan: days of 23, 23.5, 24.5 and 25 hours, and zones whose offset is not
/// a whole number of hours.
pub async fn buckets_follow_daylight_saving_time(harness: &impl Harness) {
    let hours = 24 * 330;
    let message = |hour: i64| event(&format!("m-{hour}"), "1", Kind::Delivered, hour * HOUR + 1800);
    let events: Vec<Event> = (0..hours).step_by(5).map(message).collect();
    let zones = [
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Australia__Lord_Howe,
        Tz::Africa__Cairo,
    ];
    let days = zones
        .map(|zone| Query::new("acme", Period::between(at(0), at(hours * HOUR))).by(By::Date).zone(zone));
    agree(harness, "daylight saving time", &events, days).await;
}

/// Checks that the first event of a kind on a day is the first of a day in UTC, with every zone, resolution and timing, and
/// also before 1970.
pub async fn first_events_of_a_day_use_days_in_utc(harness: &impl Harness) {
    let midnights = ["1969-12-31", "1970-01-01", "1970-01-02", "2026-01-02"];
    let around = midnights.into_iter().flat_map(|day| {
        let midnight = day.parse::<NaiveDate>().expect("a day").and_time(NaiveTime::MIN).and_utc();
        [-7200, -1, 0, 7200].map(|seconds| midnight + Duration::seconds(seconds))
    });
    let event_types = [EventType::OpenedPerson, EventType::OpenedMachine, EventType::Clicked];
    let message = |(index, at): (usize, DateTime<Utc>)| {
        let event_type = event_types[index % event_types.len()];
        let of_all = Event::new("acme", "m-all", format!("e-{index}"), event_type, at).country("DE");
        let opened = Event::new("acme", format!("m-{}", index / 4), format!("o-{index}"), Kind::Opened, at);
        [of_all, opened]
    };
    let events: Vec<Event> = around.enumerate().flat_map(message).collect();
    let all = Query::new("acme", Period::all());
    let queries = [Tz::UTC, Tz::Asia__Kolkata, Tz::America__New_York].into_iter().flat_map(|zone| {
        let days = Query::new("acme", Period::between(at(0), at(3 * 24 * HOUR))).zone(zone).by(By::Date);
        let hours = days.clone().resolution(Resolution::Hour);
        [all.clone().by(Dimension::Country), days.clone().timing(Timing::Send), days, hours]
    });
    agree(harness, "first events of a day", &events, queries).await;
}

/// Checks periods of more than 2³² seconds and periods without a start or an end.
pub async fn long_periods_are_counted(harness: &impl Harness) {
    let years = ["1700-02-28", "1969-12-31", "2026-01-01", "2400-02-29"];
    let message = |day: &str| {
        let at = format!("{day}T12:00:00.001Z").parse().expect("an instant");
        Event::new("acme", day, "1", Kind::Delivered, at)
    };
    let events: Vec<Event> = years.into_iter().map(message).collect();
    let queries = [
        Query::new("acme", Period::all()),
        Query::new("acme", Period::since(at(0))),
        Query::new("acme", Period::until(at(0))),
        Query::new("acme", Period::between(events[0].at(), events[3].at())).resolution(Resolution::Year),
    ];
    agree(harness, "long periods", &events, queries).await;
}

/// Checks that equal message ids in different accounts are different messages, and every kind of scope.
pub async fn accounts_never_mix(harness: &impl Harness) {
    let mut events = RandomMail::new(14).events(60);
    events.extend(["acme", "Acme", "acme ", "globex"].map(|account| {
        Event::new(account, "m-shared", "1", Kind::Delivered, at(60))
            .domain(format!("{}.example", account.trim()))
    }));
    let period = || Period::between(at(0), at(9 * 24 * HOUR));
    let scopes = [
        Scope::from("acme"),
        Scope::from("Acme"),
        Scope::from("nobody"),
        Scope::Accounts(["acme", "globex", "nobody"].into_iter().map(Into::into).collect()),
        Scope::Accounts([].into()),
        Scope::All,
    ];
    agree(
        harness,
        "accounts",
        &events,
        scopes.map(|scope| Query::new(scope, period()).by(Dimension::Domain)),
    )
    .await;
}

/// Checks that events with the same message and id count once: of copies that differ, the earliest one, and of those
/// at one instant the least one by the other fields.
pub async fn copies_of_an_event_count_once(harness: &impl Harness) {
    let day = 24 * HOUR;
    let events = [
        event("m-1", "1", Kind::Delivered, 60).domain("a.example"),
        event("m-1", "1", Kind::Delivered, 60).domain("a.example"),
        event("m-1", "2", EventType::OpenedPerson, 2 * day).tags(["late"]).country("DE"),
        event("m-1", "2", EventType::OpenedMachine, day).country("US"),
        event("m-1", "3", Kind::Clicked, day).client("b"),
        event("m-1", "3", Kind::Clicked, day).client("a"),
        event("m-1", "3", Kind::Clicked, day),
    ];
    let dimensions = [Dimension::Domain, Dimension::Tag, Dimension::Country, Dimension::Client];
    let reversed: Vec<Event> = events.iter().rev().cloned().collect();
    for events in [&events[..], &reversed] {
        agree(harness, "copies of an event", events, dimensions.map(|dimension| daily(3).by(dimension)))
            .await;
    }
}

/// Checks that an event that arrives last but happened first changes what is unique, when the message was created, and the
/// fields of the message.
pub async fn events_that_arrive_late_move_counts(harness: &impl Harness) {
    let day = 24 * HOUR;
    let events = [
        event("m-1", "5", EventType::OpenedPerson, 2 * day).domain("late.example").stream(Stream::Bulk),
        event("m-1", "4", EventType::OpenedPerson, day + 1),
        event("m-1", "3", EventType::OpenedMachine, day),
        event("m-1", "2", Kind::Delivered, 120).domain("early.example"),
        event("m-1", "1", Kind::Sent, 60),
    ];
    let queries = [Timing::Event, Timing::Send]
        .into_iter()
        .flat_map(|timing| [Dimension::Domain, Dimension::Stream].map(|by| daily(3).by(by).timing(timing)));
    let queries: Vec<Query> = queries.collect();
    for known in 1..=events.len() {
        agree(harness, "events that arrive late", &events[..known], queries.iter().cloned()).await;
    }
}

/// Checks that a status counts in the bucket in which its message was created, with either timing, and that it has no value
/// of the dimensions that belong to an event.
pub async fn statuses_count_where_the_message_was_created(harness: &impl Harness) {
    let day = 24 * HOUR;
    let mut events = Vec::new();
    for (index, last) in Kind::ALL.into_iter().enumerate() {
        let message = format!("m-{index}");
        events.push(event(&message, "1", Kind::Accepted, 60));
        events.push(event(&message, "2", last, day + 60).country("DE"));
        events.push(event(&format!("only-{index}"), "1", last, 60));
    }
    let queries = [
        daily(2),
        daily(2).timing(Timing::Send),
        daily(2).by(Dimension::Domain),
        daily(2).by(Dimension::Country),
        daily(2).filter(Filter::is(Dimension::Country, ["DE"])),
        daily(2).kinds([Kind::Opened]),
        daily(2).kinds([]),
        Query::new("acme", Period::between(at(day), at(2 * day))),
    ];
    agree(harness, "statuses", &events, queries).await;
}

/// Checks that a store returns an error if there are more rows than the limit of the query, and none if there are as many.
pub async fn too_many_rows_are_refused(harness: &impl Harness) {
    let message =
        |index: usize| event(&format!("m-{index}"), "1", Kind::Sent, 60).category(format!("c-{index}"));
    let events: Vec<Event> = (0..10).map(message).collect();
    let limited = |rows| {
        let limits = Limits { rows, ..Default::default() };
        Query::new("acme", Period::all()).by(Dimension::Category).limits(limits)
    };
    agree(harness, "as many rows as allowed", &events, [limited(10)]).await;
    let (store, _guard) = harness.open(&events).await;
    let plan = limited(9).plan(at(0)).expect("a valid query");
    let answer = store.count(&plan).await;
    assert!(
        answer.as_ref().is_err_and(|error| error.is_client_error()),
        "too many rows: expected a client error, the store returned {answer:#?}"
    );
}

/// Checks that the rows of two stores with disjoint messages add up to those of the reference over all messages.
pub async fn rows_of_disjoint_stores_add_up(harness: &impl Harness) {
    let events = RandomMail::new(15).events(150);
    let in_first = |event: &Event| event.message().as_str().bytes().map(usize::from).sum::<usize>() % 2 == 0;
    let (first, second): (Vec<Event>, Vec<Event>) = events.iter().cloned().partition(in_first);
    let (first, _first_guard) = harness.open(&first).await;
    let (second, _second_guard) = harness.open(&second).await;
    for query in [daily(9), daily(9).by(Dimension::Tag), daily(9).by(Dimension::Country).timing(Timing::Send)]
    {
        let plan = query.plan(at(0)).expect("a valid query");
        let mut rows = first.count(&plan).await.expect("rows of the first part");
        rows.extend(second.count(&plan).await.expect("rows of the second part"));
        compare("disjoint stores", &plan, plan.tally(events.iter().cloned()).expect("the reference"), rows);
    }
}

/// Checks 300 random queries, 25 over each of 12 sets of random events.
pub async fn random_queries_equal_the_reference(harness: &impl Harness) {
    for seed in 1..=12 {
        let mut mail = RandomMail::new(seed);
        let events = mail.events(80);
        let queries: Vec<Query> = (0..25).map(|_| mail.query()).collect();
        agree(harness, &format!("random events {seed}"), &events, queries).await;
    }
}

/// Checks that events which are recorded in other batches, in another order and repeatedly give the same counts.
pub async fn recording_is_idempotent_and_ignores_order<H: Harness<Store: Sink>>(harness: &H) {
    let mut mail = RandomMail::new(21);
    let events = mail.events(80);
    let queries: Vec<Query> = (0..10).map(|_| mail.query()).collect();
    let mut shuffled = events.clone();
    shuffled.extend(events.iter().step_by(3).cloned());
    mail.shuffle(&mut shuffled);
    for size in [1, 7, shuffled.len()] {
        let (store, _guard) = harness.open(&[]).await;
        for batch in shuffled.chunks(size) {
            store.record(batch).await.expect("a recorded batch");
        }
        store.record(&[]).await.expect("an empty batch");
        for query in &queries {
            let plan = query.plan(at(0)).expect("a valid query");
            let found = store.count(&plan).await.expect("rows");
            compare("recording", &plan, plan.tally(events.iter().cloned()).expect("the reference"), found);
        }
    }
}

/// Checks the numbers of new events, repeats and corrections that recording a batch returns.
pub async fn recording_returns_how_many_events_were_new<H: Harness<Store: Sink>>(harness: &H) {
    let (store, _guard) = harness.open(&[event("m-1", "1", Kind::Sent, 60)]).await;
    let batch = [
        event("m-1", "1", Kind::Sent, 60),
        event("m-1", "2", Kind::Delivered, 61),
        event("m-1", "2", Kind::Delivered, 61),
        event("m-1", "2", Kind::Delivered, 60),
        event("m-2", "1", Kind::Sent, 60),
    ];
    let found = store.record(&batch).await.expect("a recorded batch");
    let expected = Recorded { new: 2, repeats: 2, corrections: 1 };
    assert_eq!(found, expected, "what became of each event");
}

/// Checks that a timeline has each event of its message once, ordered by instant and then id, and no events of other
/// messages or accounts; that of an unknown message is empty.
pub async fn a_timeline_is_ordered_and_deduplicated<H: Harness<Store: Timeline>>(harness: &H) {
    let known = event("m-1", "b", Kind::Sent, 60).attribute("tls", true).tags(["x", "y"]);
    let first = event("m-1", "a", Kind::Queued, 60);
    let last = event("m-1", "0", Kind::Delivered, 61);
    let other = event("m-2", "a", Kind::Sent, 1);
    let foreign = Event::new("globex", "m-1", "z", Kind::Sent, at(1));
    let (store, _guard) =
        harness.open(&[last.clone(), known.clone(), known.clone(), other, first.clone(), foreign]).await;
    let of = async |message: &str| store.events(&"acme".into(), &message.into()).await.expect("a timeline");
    assert_eq!(of("m-1").await, [first, known, last], "a timeline");
    assert_eq!(of("m-9").await, [], "the timeline of an unknown message");
}

/// Returns an event of the account `acme`.
fn event(message: &str, id: &str, event_type: impl Into<EventType>, seconds: i64) -> Event {
    Event::new("acme", message, id, event_type, at(seconds))
}

/// Returns a query over the first `days` days of 2026 in UTC, with a bucket for each day.
fn daily(days: i64) -> Query {
    Query::new("acme", Period::between(at(0), at(days * 24 * HOUR))).by(By::Date)
}
