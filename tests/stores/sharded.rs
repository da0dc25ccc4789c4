//! Stores made of several with different messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mailtally::conformance::{self, Harness};
use mailtally::store::{
    BoxFuture, Counted, NoShards, Plan, Provenance, RecordError, Recorded, Row, Sharded, Sink, Store,
    StoreError, TallyError,
};
use mailtally::{Against, Counts, Dimension, Event, Kind, Limits, MemoryStore, Metric, Period, Query};

use super::InMemory;
use crate::common::{at, ready, run};

/// Opens stores of `N` shards that are filled by the hash of their messages.
struct ByHash<const N: usize>;

impl<const N: usize> Harness for ByHash<N> {
    type Store = Sharded<MemoryStore>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Sharded<MemoryStore>, ()) {
        let store = memory_shards(N);
        store.record(events).await.unwrap();
        (store, ())
    }
}

/// Opens stores of one shard, which writers and readers use on threads of their own.
struct OneShard;

impl Harness for OneShard {
    type Store = Sharded<MemoryStore>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Sharded<MemoryStore>, ()) {
        ByHash::<1>.open(events).await
    }

    async fn at_once(&self, one: impl Future<Output = ()> + Send, other: impl Future<Output = ()> + Send) {
        InMemory.at_once(one, other).await;
    }
}

/// Opens stores whose shards are filled by another rule, one of them made of shards itself.
struct ByLength;

impl Harness for ByLength {
    type Store = Sharded<Arc<dyn Store>>;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (Sharded<Arc<dyn Store>>, ()) {
        let (longer, others): (Vec<Event>, Vec<Event>) =
            events.iter().cloned().partition(|event| event.message().as_str().len() > 3);
        let shards: [Arc<dyn Store>; 2] =
            [Arc::new(InMemory.open(&longer).await.0), Arc::new(ByHash::<2>.open(&others).await.0)];
        (Sharded::new(shards).unwrap(), ())
    }
}

fn memory_shards(count: usize) -> Sharded<MemoryStore> {
    Sharded::new(std::iter::repeat_with(MemoryStore::new).take(count)).unwrap()
}

fn sent(message: impl Into<mailtally::message::MessageId>) -> Event {
    Event::new("acme", message, "e-1", Kind::Sent, at(60))
}

#[test]
fn a_store_of_shards_conforms() {
    run(conformance::run(&ByHash::<3>));
    run(conformance::run_sink(&ByHash::<3>));
    run(conformance::run_timeline(&ByHash::<3>));
    run(conformance::run_messages(&ByHash::<3>));
    run(conformance::run_retention(&ByHash::<3>));
}

#[test]
fn a_store_of_one_shard_conforms_also_beside_threads() {
    run(conformance::run(&OneShard));
    run(conformance::run_sink(&OneShard));
    run(conformance::run_retention(&OneShard));
}

#[test]
fn a_store_of_shards_that_the_host_fills_conforms() {
    run(conformance::run(&ByLength));
}

/// Events are in people's databases by them. The values are those of another implementation of XXH3.
#[test]
fn the_shard_of_a_message_never_changes() {
    let [three, many] = [3, 1 << 16].map(|count| Sharded::new(0..count).unwrap());
    let long = "m".repeat(300);
    for (account, message, of_three, of_many) in [
        ("acme", "m-1", 1, 45_017),
        ("acme", "m-2", 1, 11_987),
        ("acm", "em-1", 2, 56_147),
        ("é", "", 1, 45_874),
        ("", "é", 0, 54_709),
        ("acme", &long, 1, 24_709),
    ] {
        let shards = [
            three.shard_of(&account.into(), &message.into()),
            many.shard_of(&account.into(), &message.into()),
        ];
        assert_eq!(shards, [of_three, of_many], "{account} {message}");
    }
}

#[test]
fn messages_are_spread_over_all_shards_and_each_is_where_its_hash_says() {
    let store = memory_shards(4);
    let events: Vec<Event> = (0..4000).map(|number| sent(format!("m-{number}"))).collect();
    let recorded = ready(store.record(&events)).unwrap();
    assert_eq!(recorded.new, 4000);
    for shard in store.shards() {
        assert!((900..1100).contains(&shard.message_count()), "{}", shard.message_count());
    }
    for event in &events {
        let shard = &store.shards()[store.shard_of(event.account(), event.message())];
        assert_eq!(shard.timeline(event.account(), event.message()), std::slice::from_ref(event));
    }
}

#[test]
fn a_store_without_shards_cannot_be_made() {
    let error = Sharded::<MemoryStore>::new([]).map(|_| ()).unwrap_err();
    assert_eq!((error, &*error.to_string()), (NoShards, "no shards, expected at least one"));
}

/// A shard that can refuse everything.
#[derive(Default)]
struct Failing {
    store: MemoryStore,
    fails: AtomicBool,
}

impl Store for Failing {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        self.store.count(plans)
    }
}

impl Sink for Failing {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(async { Err(StoreError::backend("failing", "connection lost")) });
        }
        self.store.record(events)
    }
}

#[test]
fn a_batch_of_which_a_shard_failed_is_recorded_again_and_the_state_is_as_if_nothing_had_failed() {
    let store = Sharded::new(std::iter::repeat_with(Failing::default).take(3)).unwrap();
    let events: Vec<Event> = (0..90).map(|number| sent(format!("m-{number}"))).collect();
    let counts = || store.shards().iter().map(|shard| shard.store.message_count()).collect::<Vec<_>>();
    store.shards()[1].fails.store(true, Ordering::Relaxed);
    let error = ready(store.record(&events)).unwrap_err();
    assert!(matches!(error, StoreError::Backend { store: "failing", .. }), "{error:?}");
    let before = counts();
    assert!(before[0] > 0 && before[1] == 0 && before[2] > 0, "{before:?}");
    store.shards()[1].fails.store(false, Ordering::Relaxed);
    let recorded = ready(store.record(&events)).unwrap();
    assert_eq!(recorded.new + recorded.repeats, 90);
    assert_eq!(recorded.repeats, (before[0] + before[2]) as u64);
    assert_eq!(counts().iter().sum::<usize>(), 90);
}

#[test]
fn an_invalid_event_keeps_every_shard_from_its_part() {
    let store = memory_shards(3);
    let mut events: Vec<Event> = (0..30).map(|number| sent(format!("m-{number}"))).collect();
    events.push(Event::new("acme", "m-30", "", Kind::Sent, at(60)));
    let error = ready(store.record(&events)).unwrap_err();
    assert!(matches!(error, StoreError::Record { source: RecordError::Invalid(_), .. }), "{error:?}");
    assert!(store.shards().iter().all(|shard| shard.message_count() == 0));
}

/// A part of a batch can be seen before the rest. But a message is in one state in all plans, so rows add up to their totals.
#[test]
fn rows_add_up_to_their_totals_while_threads_write_to_several_shards() {
    let store = memory_shards(3);
    let query =
        Query::new("acme", Period::between(at(0), at(3600))).by(Dimension::Tag).compare(Against::Previous);
    let plan = query.report_plan(at(0)).unwrap();
    let write = || {
        for number in 0..1500 {
            let events: Vec<Event> =
                (0..4).map(|part| sent(format!("m-{number}-{part}")).tags(["x", "y"])).collect();
            ready(store.record(&events)).unwrap();
        }
    };
    std::thread::scope(|scope| {
        let writer = scope.spawn(write);
        let mut reads = 0;
        while reads < 20 || !writer.is_finished() {
            let rows = run(store.count(plan.plans())).unwrap().rows;
            let sent = |rows: &Vec<Row>| rows.iter().map(|row| row.counts.total(Kind::Sent)).sum::<u64>();
            let sums: Vec<u64> = rows.iter().map(sent).collect();
            assert_eq!(sums, [2 * sums[1], sums[1], 0, 0]);
            reads += 1;
        }
    });
}

/// A shard that always gives one answer.
struct Answers(Counted);

impl Store for Answers {
    fn count<'a>(&'a self, _: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

fn answer(counts: &[(usize, u64)]) -> Counted {
    let row = |(bucket, count): &(usize, u64)| {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::Total(Kind::Sent), *count).unwrap();
        Row { bucket: *bucket, group: [None].into_iter().collect(), counts }
    };
    Counted::new(vec![counts.iter().map(row).collect()])
}

#[test]
fn rows_and_what_is_known_of_them_are_merged_and_errors_are_typed() {
    let query = Query::new("acme", Period::between(at(0), at(7200))).by(Dimension::Domain);
    let count = |answers: Vec<Counted>, rows: usize| {
        let hourly = query.clone().resolution(mailtally::Resolution::Hour);
        let limits = Limits { rows, ..Limits::default() };
        let plans = [hourly.limits(limits).plan(at(0)).unwrap()];
        ready(Sharded::new(answers.into_iter().map(Answers)).unwrap().count(&plans))
    };
    let provenance = |second, path: &'static str| Provenance::default().complete_until(at(second)).path(path);
    let parts = vec![
        answer(&[(1, 5), (0, 1), (1, 2)]).provenance(provenance(90, "scan")),
        answer(&[(1, 10)]).provenance(provenance(70, "rollup")),
    ];
    let merged = answer(&[(0, 1), (1, 17)]).provenance(provenance(70, "rollup").path("scan"));
    assert_eq!(count(parts, 2).unwrap(), merged);
    let refused = |answers, rows| count(answers, rows).unwrap_err();
    let error = refused(vec![answer(&[(0, 1)]), answer(&[(1, 1)])], 1);
    assert!(matches!(error, StoreError::Tally(TallyError::TooManyRows { limit: 1 })), "{error:?}");
    let error = refused(vec![answer(&[(0, 1)]), answer(&[(0, u64::MAX)])], 9);
    assert!(matches!(error, StoreError::Tally(TallyError::Overflow(_))), "{error:?}");
    let error = refused(vec![answer(&[]), Counted::new(vec![])], 9);
    assert!(matches!(error, StoreError::Backend { store: "sharded", .. }) && !error.is_client_error());
}
