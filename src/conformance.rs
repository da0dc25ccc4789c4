//! The checks that every store must pass, for hosts that write their own (feature `conformance`).
//!
//! A host says how to open a store that holds given events, with its own pipeline and its own `INSERT` if it likes, and
//! calls [`run`] in a test, or each check in a test of its own to see all that fail. A store that takes events in
//! itself is run through [`run_sink`] as well, one that shows messages through [`run_timeline`].
//!
//! A check that fails panics with its name, the plan, what the reference counts and what the store answered. The suite
//! may gain checks in minor releases.
//!
//! ```
//! use mailtally::conformance::{self, Harness};
//! use mailtally::{Event, MemoryStore};
//!
//! struct InMemory;
//!
//! impl Harness for InMemory {
//!     type Store = MemoryStore;
//!     type Guard = (); // a temporary folder or a database to drop, for stores that need one
//!
//!     async fn open(&self, events: &[Event]) -> (MemoryStore, ()) {
//!         let store = MemoryStore::new();
//!         store.extend(events.iter().cloned());
//!         (store, ())
//!     }
//! }
//!
//! # let ready = |future: std::pin::Pin<Box<dyn Future<Output = ()>>>| {
//! #     let mut future = future;
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     assert!(future.as_mut().poll(&mut context).is_ready());
//! # };
//! # ready(Box::pin(async {
//! conformance::run(&InMemory).await;
//! # }));
//! ```

#![expect(clippy::missing_panics_doc, reason = "a check that fails panics: the module says so once")]

use std::collections::BTreeMap;
use std::future::Future;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::counts::Counts;
use crate::dimension::{By, Dimension};
use crate::event::{Event, Stream};
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::group::Group;
use crate::kind::Kind;
use crate::plan::{Plan, Row};
use crate::query::{Query, Scope, Timing};
use crate::store::{Recorded, Sink, Store, Timeline};
use crate::time::{Period, Resolution};

mod mail;

pub use mail::Mail;

/// Opens stores to check.
pub trait Harness: Sync {
    /// The store under test.
    type Store: Store;
    /// Cleans up when it is dropped; `()` if there is nothing to clean.
    type Guard: Send;

    /// Opens a fresh store that holds exactly `events`: in any order, some of them more than once, some as copies that
    /// differ.
    fn open(&self, events: &[Event]) -> impl Future<Output = (Self::Store, Self::Guard)> + Send;
}

/// Runs every check of reading.
pub async fn run(harness: &impl Harness) {
    an_empty_store_has_no_rows(harness).await;
    starts_are_in_and_ends_are_out(harness).await;
    events_of_one_instant_are_told_apart_by_id(harness).await;
    absent_and_empty_values_are_one_group(harness).await;
    values_are_kept_as_they_came(harness).await;
    texts_are_looked_for_as_they_are(harness).await;
    every_dimension_groups_and_filters(harness).await;
    several_dimensions_group_together(harness).await;
    filters_include_and_exclude(harness).await;
    buckets_follow_the_plan_across_a_change_of_clocks(harness).await;
    the_first_of_a_day_is_that_of_a_day_of_utc(harness).await;
    centuries_are_not_too_long(harness).await;
    accounts_never_mix(harness).await;
    repeats_and_copies_count_once(harness).await;
    late_firsts_and_late_facts_move_counts(harness).await;
    statuses_follow_the_creation_of_the_message(harness).await;
    too_many_rows_are_refused(harness).await;
    parts_add_up_to_the_whole(harness).await;
    any_question_over_any_mail_equals_the_reference(harness).await;
}

/// Runs every check of recording.
pub async fn run_sink<H: Harness<Store: Sink>>(harness: &H) {
    recording_is_idempotent_and_blind_to_order(harness).await;
    recording_tells_what_became_of_each_event(harness).await;
}

/// Runs every check of reading one message.
pub async fn run_timeline<H: Harness<Store: Timeline>>(harness: &H) {
    a_timeline_is_in_order_and_has_each_event_once(harness).await;
}

const HOUR: i64 = 3600;

/// The instant `seconds` after the start of 2026 in UTC.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600 + seconds)
}

/// An event of the account `acme`.
fn event(message: &str, id: &str, event_type: impl Into<EventType>, seconds: i64) -> Event {
    Event::new("acme", message, id, event_type, at(seconds))
}

/// A question about the first days of 2026, day by day.
fn daily(days: i64) -> Query {
    Query::new("acme", Period::between(at(0), at(days * 24 * HOUR))).by(By::Date)
}

/// Opens a store with `events` and holds its answers against the reference.
async fn agree(
    harness: &impl Harness,
    check: &str,
    events: &[Event],
    queries: impl IntoIterator<Item = Query>,
) {
    let (store, _guard) = harness.open(events).await;
    for query in queries {
        let plan =
            query.plan(at(0)).unwrap_or_else(|error| panic!("{check}: {query:?} is no question: {error}"));
        let expected = plan.tally(events.iter().cloned());
        let expected =
            expected.unwrap_or_else(|error| panic!("{check}: the reference refuses {query:?}: {error}"));
        let found = store.count(&plan).await;
        let found = found.unwrap_or_else(|error| panic!("{check}: the store refuses {query:?}: {error:?}"));
        compare(check, &plan, expected, found);
    }
}

fn compare(check: &str, plan: &Plan, expected: Vec<Row>, found: Vec<Row>) {
    let (expected, found) = (added(check, expected), added(check, found));
    assert!(
        expected == found,
        "{check}: the store's rows are not those of the reference\nplan: {plan:#?}\nreference: {expected:#?}\nstore: {found:#?}"
    );
}

/// Rows by bucket and group, those of the same added, those without counts left out.
fn added(check: &str, rows: Vec<Row>) -> BTreeMap<(usize, Group), Counts> {
    let mut sums: BTreeMap<(usize, Group), Counts> = BTreeMap::new();
    for Row { bucket, group, counts } in rows {
        let sum = sums.entry((bucket, group)).or_default();
        sum.add(&counts).unwrap_or_else(|error| panic!("{check}: {error}"));
    }
    sums.retain(|_, counts| !counts.is_zero());
    sums
}

/// An empty store answers every question with no rows.
pub async fn an_empty_store_has_no_rows(harness: &impl Harness) {
    let everyone = Query::new(Scope::All, Period::all());
    agree(harness, "an empty store", &[], [daily(3), everyone.by(Dimension::Domain)]).await;
}

/// An event at the start of a bucket is in it, one at its end is in the next or in none.
pub async fn starts_are_in_and_ends_are_out(harness: &impl Harness) {
    let day = 24 * HOUR;
    let mut events = Vec::new();
    for (place, edge) in [0, day, 2 * day].into_iter().enumerate() {
        for (name, millis) in [("before", -1), ("on", 0), ("after", 1)] {
            let instant = at(edge) + Duration::milliseconds(millis);
            events.push(Event::new("acme", format!("m-{place}-{name}"), "1", Kind::Delivered, instant));
        }
    }
    agree(harness, "edges of buckets", &events, [daily(2), daily(2).timing(Timing::Send)]).await;
}

/// Two events of one message in one instant are ordered by their ids.
pub async fn events_of_one_instant_are_told_apart_by_id(harness: &impl Harness) {
    let events = [
        event("m-1", "b", EventType::OpenedPerson, 60).country("DE").category("b"),
        event("m-1", "a", EventType::OpenedMachine, 60).country("US").category("a"),
        event("m-1", "C", EventType::OpenedPerson, 60).country("FR"),
    ];
    let by = [Dimension::Country, Dimension::Category].map(|dimension| daily(1).by(dimension));
    agree(harness, "one instant", &events, by).await;
}

/// A value that was never given and one that was given empty are the same group, and it can be filtered by.
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

/// Values with quotes, of any case and script, with blanks at their ends, long or odd, stay apart as they are.
pub async fn values_are_kept_as_they_came(harness: &impl Harness) {
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
    let message = |(place, value): (usize, &&str)| {
        event(&format!("m-{place}"), "1", Kind::Opened, 60).category(*value).tags([*value]).client(*value)
    };
    let events: Vec<Event> = odd.iter().enumerate().map(message).collect();
    let dimensions = [Dimension::Category, Dimension::Tag, Dimension::Client];
    let by = dimensions.into_iter().map(|dimension| daily(1).by(dimension));
    let filtered = odd.iter().map(|value| daily(1).filter(Filter::is(Dimension::Category, [*value])));
    agree(harness, "odd values", &events, by.chain(filtered)).await;
}

/// Where case is ignored, it is that of ASCII letters alone; a value that is looked for is the whole value; and no
/// character stands for others.
pub async fn texts_are_looked_for_as_they_are(harness: &impl Harness) {
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
    let message = |(place, value): (usize, &&str)| {
        event(&format!("m-{place}"), "1", Kind::Opened, 60).category(*value).tags([*value]).client(*value)
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
    agree(harness, "texts that are looked for", &events, queries).await;
}

/// Each dimension groups, includes and excludes, with either timing, by value or by part, in its case or in any.
pub async fn every_dimension_groups_and_filters(harness: &impl Harness) {
    let events = Mail::new(11).events(120);
    let queries = Dimension::ALL.into_iter().flat_map(|dimension| {
        let values = mail::values(dimension);
        let shouted = values[0].to_ascii_uppercase();
        let queries = [
            daily(9).by(dimension),
            daily(9).by(dimension).timing(Timing::Send),
            daily(9).filter(Filter::is(dimension, values.iter().take(2).copied())),
            daily(9).filter(Filter::is_not(dimension, values.iter().take(1).copied())),
            daily(9).filter(Filter::is(dimension, ["", &*shouted]).ignoring_case()),
            daily(9).filter(Filter::is_not(dimension, [&*shouted]).ignoring_case()),
            daily(9).filter(Filter::contains(dimension, [&shouted[1..]])),
            daily(9).filter(Filter::contains_none(dimension, ["", &shouted[1..]])),
        ];
        queries.into_iter()
    });
    agree(harness, "every dimension", &events, queries).await;
}

/// Two and three dimensions at once, tags among them.
pub async fn several_dimensions_group_together(harness: &impl Harness) {
    let events = Mail::new(12).events(120);
    let queries = [
        daily(9).by(Dimension::Domain).by(Dimension::Provider),
        daily(9).by(Dimension::Tag).by(Dimension::Stream).by(Dimension::Country),
        Query::new(Scope::All, Period::all()).by(Dimension::Tag).by(Dimension::Device),
    ];
    agree(harness, "several dimensions", &events, queries).await;
}

/// Filters with one value, several, none and unknown ones; several filters at once, also on one dimension.
pub async fn filters_include_and_exclude(harness: &impl Harness) {
    let events = Mail::new(13).events(120);
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

/// Days of 23 and 25 hours and zones with odd offsets are nothing but edges.
pub async fn buckets_follow_the_plan_across_a_change_of_clocks(harness: &impl Harness) {
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
    agree(harness, "a change of clocks", &events, days).await;
}

/// Each kind has a first event on each day of UTC, whatever the zone, the buckets and the timing; also before 1970.
pub async fn the_first_of_a_day_is_that_of_a_day_of_utc(harness: &impl Harness) {
    let midnights = ["1969-12-31", "1970-01-01", "1970-01-02", "2026-01-02"];
    let around = midnights.into_iter().flat_map(|day| {
        let midnight = day.parse::<NaiveDate>().expect("a day").and_time(NaiveTime::MIN).and_utc();
        [-7200, -1, 0, 7200].map(|seconds| midnight + Duration::seconds(seconds))
    });
    let event_types = [EventType::OpenedPerson, EventType::OpenedMachine, EventType::Clicked];
    let message = |(place, at): (usize, DateTime<Utc>)| {
        let event_type = event_types[place % event_types.len()];
        let of_all = Event::new("acme", "m-all", format!("e-{place}"), event_type, at).country("DE");
        let opened = Event::new("acme", format!("m-{}", place / 4), format!("o-{place}"), Kind::Opened, at);
        [of_all, opened]
    };
    let events: Vec<Event> = around.enumerate().flat_map(message).collect();
    let all = Query::new("acme", Period::all());
    let queries = [Tz::UTC, Tz::Asia__Kolkata, Tz::America__New_York].into_iter().flat_map(|zone| {
        let days = Query::new("acme", Period::between(at(0), at(3 * 24 * HOUR))).zone(zone).by(By::Date);
        let hours = days.clone().resolution(Resolution::Hour);
        [all.clone().by(Dimension::Country), days.clone().timing(Timing::Send), days, hours]
    });
    agree(harness, "firsts of days", &events, queries).await;
}

/// Instants further apart than 2³² seconds, and open-ended periods.
pub async fn centuries_are_not_too_long(harness: &impl Harness) {
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
    agree(harness, "centuries", &events, queries).await;
}

/// The same message and event ids in another account are another message.
pub async fn accounts_never_mix(harness: &impl Harness) {
    let mut events = Mail::new(14).events(60);
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

/// The same event twice is one; of copies that differ, the least counts.
pub async fn repeats_and_copies_count_once(harness: &impl Harness) {
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
        agree(harness, "repeats and copies", events, dimensions.map(|dimension| daily(3).by(dimension)))
            .await;
    }
}

/// What arrives last may have happened first: uniques, creation and fields follow.
pub async fn late_firsts_and_late_facts_move_counts(harness: &impl Harness) {
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
        agree(harness, "late firsts", &events[..known], queries.iter().cloned()).await;
    }
}

/// A status counts where its message was created, with either timing, and not by an event's own dimension.
pub async fn statuses_follow_the_creation_of_the_message(harness: &impl Harness) {
    let day = 24 * HOUR;
    let mut events = Vec::new();
    for (place, last) in Kind::ALL.into_iter().enumerate() {
        let message = format!("m-{place}");
        events.push(event(&message, "1", Kind::Accepted, 60));
        events.push(event(&message, "2", last, day + 60).country("DE"));
        events.push(event(&format!("only-{place}"), "1", last, 60));
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

/// An answer of more rows than the query allows is an error, one of as many is not.
pub async fn too_many_rows_are_refused(harness: &impl Harness) {
    let message =
        |place: usize| event(&format!("m-{place}"), "1", Kind::Sent, 60).category(format!("c-{place}"));
    let events: Vec<Event> = (0..10).map(message).collect();
    let limited = |rows| {
        let limits = crate::query::Limits { rows, ..Default::default() };
        Query::new("acme", Period::all()).by(Dimension::Category).limits(limits)
    };
    agree(harness, "as many rows as allowed", &events, [limited(10)]).await;
    let (store, _guard) = harness.open(&events).await;
    let plan = limited(9).plan(at(0)).expect("a question");
    let answer = store.count(&plan).await;
    assert!(
        answer.as_ref().is_err_and(|error| error.is_client_error()),
        "too many rows: expected an error that the asker can mend, the store answered {answer:#?}"
    );
}

/// The rows of two stores with disjoint messages add up to those of one store with both.
pub async fn parts_add_up_to_the_whole(harness: &impl Harness) {
    let events = Mail::new(15).events(150);
    let in_first = |event: &Event| event.message().as_str().bytes().map(usize::from).sum::<usize>() % 2 == 0;
    let (first, second): (Vec<Event>, Vec<Event>) = events.iter().cloned().partition(in_first);
    let (first, _first_guard) = harness.open(&first).await;
    let (second, _second_guard) = harness.open(&second).await;
    for query in [daily(9), daily(9).by(Dimension::Tag), daily(9).by(Dimension::Country).timing(Timing::Send)]
    {
        let plan = query.plan(at(0)).expect("a question");
        let mut rows = first.count(&plan).await.expect("rows of the first part");
        rows.extend(second.count(&plan).await.expect("rows of the second part"));
        compare("parts and whole", &plan, plan.tally(events.iter().cloned()).expect("the reference"), rows);
    }
}

/// Some hundred questions over made-up mail.
pub async fn any_question_over_any_mail_equals_the_reference(harness: &impl Harness) {
    for seed in 1..=12 {
        let mut mail = Mail::new(seed);
        let events = mail.events(80);
        let queries: Vec<Query> = (0..25).map(|_| mail.query()).collect();
        agree(harness, &format!("made-up mail {seed}"), &events, queries).await;
    }
}

/// The same events in other batches, another order and several times leave the same store.
pub async fn recording_is_idempotent_and_blind_to_order<H: Harness<Store: Sink>>(harness: &H) {
    let mut mail = Mail::new(21);
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
            let plan = query.plan(at(0)).expect("a question");
            let found = store.count(&plan).await.expect("rows");
            compare("recording", &plan, plan.tally(events.iter().cloned()).expect("the reference"), found);
        }
    }
}

/// Every event of a batch is new, a repeat, or a correction.
pub async fn recording_tells_what_became_of_each_event<H: Harness<Store: Sink>>(harness: &H) {
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

/// A message's events come by instant and id, each once; other messages' never; an unknown message has none.
pub async fn a_timeline_is_in_order_and_has_each_event_once<H: Harness<Store: Timeline>>(harness: &H) {
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
