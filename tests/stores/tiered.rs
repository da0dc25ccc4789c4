//! Stores made of two that are split at an instant.

use chrono::{DateTime, TimeDelta, Utc};
use mailtally::conformance::{self, Harness, RandomMail};
use mailtally::message::Message;
use mailtally::store::{BoxFuture, Counted, Plan, Provenance, Row, Store, StoreError, Tiered};
use mailtally::{
    Counts, Dimension, Event, EventType, Kind, MemoryStore, Metric, Period, Query, Resolution, Status, Timing,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::common::{at, event, ready, run};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Opens stores split at an instant, of which each has what it must have, and parts of other messages.
struct SplitAt(DateTime<Utc>);

impl Harness for SplitAt {
    type Store = Tiered<MemoryStore, MemoryStore>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Tiered<MemoryStore, MemoryStore>, ()) {
        (filled(events, self.0), ())
    }
}

fn filled(events: &[Event], split: DateTime<Utc>) -> Tiered<MemoryStore, MemoryStore> {
    let store = Tiered::new(MemoryStore::new(), MemoryStore::new(), split);
    for ((account, id), message) in Message::collect(events.iter().cloned()) {
        let of_it = |event: &&Event| *event.account() == account && *event.message() == id;
        let whole = || events.iter().filter(of_it).cloned().collect::<Vec<_>>();
        let part = || message.events().iter().step_by(2).cloned().collect::<Vec<_>>();
        let sides = [
            (store.earlier(), store.is_in_earlier(&message)),
            (store.recent(), store.is_in_recent(&message)),
        ];
        for (side, is_whole) in sides {
            side.extend(if is_whole { whole() } else { part() }).unwrap();
        }
    }
    store
}

#[test]
fn a_store_of_two_split_at_an_instant_conforms() {
    // After the first events of the checks, on an edge of buckets, and within buckets and a millisecond.
    let within = at(4 * DAY + 7 * HOUR + 1234) + TimeDelta::nanoseconds(1);
    for split in [at(61), at(DAY), within] {
        run(conformance::run(&SplitAt(split)));
    }
    run(conformance::run_timeline(&SplitAt(at(61))));
    run(conformance::run_messages(&SplitAt(within)));
}

/// Returns the rows of the reference and of a store, in one order.
fn both(store: &impl Store, plans: &[Plan], events: &[Event]) -> (Vec<Vec<Row>>, Vec<Vec<Row>>) {
    let expected = plans.iter().map(|plan| plan.tally(events.iter().cloned()).unwrap());
    (expected.collect(), run(store.count(plans)).unwrap().rows)
}

/// Chooses an instant at, just after, or between the instants at which something counts.
fn split_of(events: &[Event], choice: Index, offset: u8) -> DateTime<Utc> {
    let told = events.iter().filter_map(|event| event.message_fields().created);
    let mut instants: Vec<_> = events.iter().map(Event::at).chain(told).collect();
    instants.push(at(2 * DAY));
    let split = instants[choice.index(instants.len())];
    match offset % 4 {
        0 => split,
        1 => split + TimeDelta::nanoseconds(1),
        2 => split + TimeDelta::milliseconds(1),
        _ => split + TimeDelta::seconds(i64::from(offset) * 60),
    }
}

proptest! {
    /// Random queries have all dimensions, zones, resolutions, open ends and both timings.
    #[test]
    fn answers_equal_those_of_one_store_with_all_events(
        events in prop::collection::vec(event(), 0..40),
        seed in any::<u64>(),
        choice in any::<Index>(),
        offset in any::<u8>(),
    ) {
        let mut mail = RandomMail::new(seed);
        let events = if offset % 3 == 0 { mail.events(60) } else { events };
        let store = filled(&events, split_of(&events, choice, offset));
        let plans: Vec<Plan> = (0..12).map(|_| mail.query().plan(at(0)).unwrap()).collect();
        let (expected, found) = both(&store, &plans, &events);
        prop_assert_eq!(found, expected);
    }
}

/// A host that does what the documentation says.
struct Host {
    earlier: MemoryStore,
    recent: MemoryStore,
    /// The split, and the next one if its job runs.
    splits: Vec<DateTime<Utc>>,
}

impl Host {
    fn tiered(&self) -> Tiered<&MemoryStore, &MemoryStore> {
        Tiered::new(&self.earlier, &self.recent, self.splits[0])
    }

    /// Step 1.
    fn record(&self, event: &Event) {
        let known = self.earlier.timeline(event.account(), event.message());
        self.recent.extend(known).unwrap();
        self.recent.extend([event.clone()]).unwrap();
        self.copy(event);
    }

    /// Records the message of an event in the earlier store if that has it or must have it.
    fn copy(&self, event: &Event) {
        let timeline = self.recent.timeline(event.account(), event.message());
        let Some(message) = Message::collect(timeline.iter().cloned()).into_values().next() else { return };
        let is_known = !self.earlier.timeline(event.account(), event.message()).is_empty();
        if is_known || self.splits.iter().any(|split| message.created() < *split) {
            self.earlier.extend(timeline).unwrap();
        }
    }

    /// Step 4.
    fn drop_quiet(&self, events: &[Event]) {
        for (account, id) in Message::collect(events.iter().cloned()).into_keys() {
            let message = Message::collect(self.recent.timeline(&account, &id)).into_values().next();
            if message.is_some_and(|message| !self.tiered().is_in_recent(&message)) {
                assert!(
                    run(mailtally::store::Retention::forget_message(&self.recent, &account, &id)).unwrap()
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn answers_are_exact_at_any_time_while_a_host_moves_the_split(seed in any::<u64>()) {
        let mut mail = RandomMail::new(seed);
        let events = mail.events(30);
        let mut host =
            Host { earlier: MemoryStore::new(), recent: MemoryStore::new(), splits: vec![at(DAY)] };
        let plans: Vec<Plan> = (0..6).map(|_| mail.query().plan(at(0)).unwrap()).collect();
        for (index, event) in events.iter().enumerate() {
            host.record(event);
            let known = &events[..=index];
            match index % 8 {
                2 => host.splits.push(host.splits[0] + TimeDelta::hours(31)),
                4 => known.iter().for_each(|event| host.copy(event)),
                6 => {
                    host.splits.remove(0);
                }
                7 => host.drop_quiet(known),
                _ => {}
            }
            let (expected, found) = both(&host.tiered(), &plans, known);
            prop_assert_eq!(found, expected, "after event {}", index);
        }
    }
}

/// Returns a message that goes on after the split at the end of the first day.
fn straddling() -> [Event; 5] {
    let event = |id, event_type: EventType, seconds| Event::new("acme", "m-1", id, event_type, at(seconds));
    [
        event("1", Kind::Sent.into(), 60),
        event("2", Kind::Opened.into(), 70),
        event("3", Kind::Delivered.into(), DAY + 10),
        event("4", Kind::Opened.into(), DAY + 20).tags(["late"]),
        event("5", Kind::Clicked.into(), DAY + 30),
    ]
}

#[test]
fn a_store_that_lacks_an_event_which_it_must_have_gives_another_number() {
    let events = straddling();
    let query = Query::new("acme", Period::between(at(0), at(2 * DAY)));
    let opened = Metric::Unique(Kind::Opened);
    for (side, missing, query, metric, expected, found) in [
        ("earlier", "3", query.clone(), Metric::Status(Status::Delivered), 1, 0),
        ("earlier", "5", query.clone().timing(Timing::Send), Metric::Total(Kind::Clicked), 1, 0),
        ("earlier", "4", query.clone().by(Dimension::Tag), Metric::Total(Kind::Sent), 1, 0),
        ("recent", "2", query.clone(), opened, 1, 2),
        ("recent", "12", query.timing(Timing::Send), Metric::Total(Kind::Clicked), 1, 2),
    ] {
        let plans = [query.plan(at(0)).unwrap()];
        let late = [Some("late".into())].into_iter().collect();
        let count = |store: &dyn Store| {
            let rows = ready(store.count(&plans)).unwrap().rows.into_iter().flatten();
            let rows = rows.filter(|row| row.group.is_empty() || row.group == late);
            rows.map(|row| row.counts.value(metric)).sum::<u64>()
        };
        assert_eq!(count(&filled(&events, at(DAY))), expected, "{metric}");
        let all_but = |name| {
            let kept = events.iter().filter(|event| name != side || !missing.contains(event.id().as_str()));
            let store = MemoryStore::new();
            store.extend(kept.cloned()).unwrap();
            store
        };
        let broken = Tiered::new(all_but("earlier"), all_but("recent"), at(DAY));
        assert_eq!(count(&broken), found, "{metric} without {missing} in the {side} store");
    }
}

/// Answers each plan with a row for its first bucket, or fails.
struct Stub(Option<Provenance>);

impl Store for Stub {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let provenance = self.0.clone().ok_or_else(|| StoreError::backend("stub", "it is asked"))?;
            let mut counts = Counts::ZERO;
            counts.add_to(Metric::Total(Kind::Sent), 1).unwrap();
            let row = Row { bucket: 0, group: std::iter::empty().collect(), counts };
            Ok(Counted::new(vec![vec![row]; plans.len()]).provenance(provenance))
        })
    }
}

#[test]
fn only_the_stores_that_the_question_is_about_are_asked() {
    let known =
        |path: &'static str, second| Some(Provenance::default().complete_until(at(second)).path(path));
    let daily = |from: i64, until: i64| {
        let query = Query::new("acme", Period::between(at(from), at(until))).resolution(Resolution::Day);
        query.plan(at(0)).unwrap()
    };
    let split = at(2 * DAY + HOUR);
    let count = |earlier: Option<Provenance>, recent: Option<Provenance>, plans: &[Plan]| {
        ready(Tiered::new(Stub(earlier), Stub(recent), split).count(plans))
    };
    let buckets = |counted: &Counted| {
        let of = |rows: &Vec<Row>| rows.iter().map(|row| row.bucket).collect::<Vec<_>>();
        counted.rows.iter().map(of).collect::<Vec<_>>()
    };
    let past = count(known("table", 1), None, &[daily(0, DAY), daily(0, 0)]).unwrap();
    assert_eq!(buckets(&past), [vec![0], vec![]]);
    let today = count(None, known("live", 9), &[daily(2 * DAY + HOUR, 3 * DAY)]).unwrap();
    assert_eq!((buckets(&today), today.provenance), (vec![vec![0]], known("live", 9).unwrap()));
    let plans = [daily(3 * DAY, 4 * DAY), daily(0, 4 * DAY), daily(0, DAY)];
    let both = count(known("table", 1), known("live", 9), &plans).unwrap();
    assert_eq!(buckets(&both), [vec![0], vec![0, 2], vec![0]]);
    assert_eq!(both.provenance, known("table", 1).unwrap().path("live"));
    assert!(count(known("table", 1), None, &plans).is_err());
    let nothing = count(None, None, &[daily(0, 0)]).unwrap();
    assert_eq!((buckets(&nothing), nothing.provenance), (vec![vec![]], Provenance::default()));
}
