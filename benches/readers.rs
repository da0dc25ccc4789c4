//! One writer beside four readers: how fast the writer is, and how long readers wait.
//!
//! ```text
//! cargo bench --bench readers -- [MESSAGES]
//! ```
//!
//! The store has 90 days of mail of 50 accounts. The writer records batches of 1,000 events without pause: half of them repeats,
//! half late opens, over all accounts, and either over all days or in the last week. Each reader asks for 30 days of its
//! account by domain, waits a millisecond, and asks again. `wait` is how long a reader waits for the state that it counts,
//! `answer` how long it takes from the query to the rows.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use mailtally::message::{AccountId, EventRef};
use mailtally::store::Sink;
use mailtally::{Dimension, Event, EventType, MemoryStore, Period, Query};

/// How long each case runs.
const SECONDS: u64 = 5;

const ACCOUNTS: usize = 50;

const DAYS: usize = 90;

const READERS: usize = 4;

/// The number of events that the writer records at a time.
const BATCH: usize = 1000;

fn main() {
    // `cargo test --benches` runs this with `--test`, and `cargo bench` with `--bench`.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let messages = std::env::args().filter_map(|argument| argument.parse().ok()).next();
    let messages = messages.unwrap_or(if is_test { 2_000 } else { 1_000_000 });
    let duration = if is_test { Duration::from_millis(50) } else { Duration::from_secs(SECONDS) };
    let store = MemoryStore::new();
    load(&store, messages);
    println!("{messages} messages; times in µs");
    println!(
        "{:12} {:>7} {:>9} | {:>26} | {:>26} | {:>26}",
        "late events", "readers", "events/s", "batch", "wait", "answer"
    );
    println!(
        "{:30} | {:>8} {:>8} {:>8} | {:>8} {:>8} {:>8} | {:>8} {:>8} {:>8}",
        "", "p50", "p99", "max", "p99", "p99.9", "max", "p50", "p99", "p99.9"
    );
    for (name, days) in [("of all days", DAYS), ("of a week", 7)] {
        for readers in [0, READERS] {
            run(&store, name, days, messages, readers, duration);
        }
    }
}

/// Loads five events for each message.
fn load(store: &MemoryStore, messages: usize) {
    let loader = store.loader();
    thread::scope(|scope| {
        for lane in 0..2 {
            let mut lane = (lane, loader.lane());
            scope.spawn(move || {
                for number in (lane.0..messages).step_by(2) {
                    for event in 0..4 {
                        lane.1.push(&EventRef::from(&mail(number, event, 0))).expect("it is valid");
                    }
                }
            });
        }
    });
    loader.finish(|refused| panic!("{refused}"));
}

/// Returns an event of a message. `late` is 0, or tells apart further events.
fn mail(number: usize, event: usize, late: usize) -> Event {
    let types = [EventType::AcceptedOutgoing, EventType::Sent, EventType::Delivered, EventType::OpenedPerson];
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let day = random % DAYS;
    let at = start() + TimeDelta::days(day as i64) + TimeDelta::seconds((random / DAYS % 80_000) as i64);
    let at = at + TimeDelta::seconds(97 * event as i64 + late as i64);
    let id = format!("e-{number}-{event}-{late}");
    let account = format!("account-{}", number % ACCOUNTS);
    let event = Event::new(account, format!("m-{number}"), id, types[event], at);
    let event =
        event.domain(format!("d{}.example", random % 10)).category(format!("category {}", random % 200));
    event
        .provider(["Google", "Microsoft", "Yahoo", "Apple"][random % 4])
        .mailbox(format!("box{}", random % 40))
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default()
}

/// Runs one case, and prints what was measured.
fn run(store: &MemoryStore, name: &str, days: usize, messages: usize, readers: usize, duration: Duration) {
    let has_ended = AtomicBool::new(false);
    let (batches, reads) = thread::scope(|scope| {
        let threads: Vec<_> = (0..readers)
            .map(|reader| {
                let has_ended = &has_ended;
                scope.spawn(move || read(store, reader, has_ended))
            })
            .collect();
        let batches = write(store, days, messages, duration);
        has_ended.store(true, Ordering::Relaxed);
        let reads: Vec<_> =
            threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic")).collect();
        (batches, reads)
    });
    let seconds: f64 = batches.iter().map(Duration::as_secs_f64).sum();
    let rate = (batches.len() * BATCH) as f64 / seconds;
    let [batch, wait, answer] =
        [batches, reads.iter().map(|read| read.0).collect(), reads.iter().map(|read| read.1).collect()]
            .map(sorted);
    print!("{name:12} {readers:7} {rate:9.0} | {} {} {}", at(&batch, 0.5), at(&batch, 0.99), at(&batch, 1.0));
    print!(" | {} {} {}", at(&wait, 0.99), at(&wait, 0.999), at(&wait, 1.0));
    println!(" | {} {} {}", at(&answer, 0.5), at(&answer, 0.99), at(&answer, 0.999));
}

/// Records batches for a time, and returns how long each took.
fn write(store: &MemoryStore, days: usize, messages: usize, duration: Duration) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut number = 0_usize;
    let end = Instant::now() + duration;
    while Instant::now() < end {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            number += 1;
            let message = number.wrapping_mul(7919) % messages;
            let random = message.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            if random % DAYS < DAYS - days {
                continue;
            }
            let late = if number.is_multiple_of(2) { 0 } else { number + duration.subsec_nanos() as usize };
            batch.push(mail(message, 3, late));
        }
        let start = Instant::now();
        ready(store.record(&batch)).expect("it is recorded");
        times.push(start.elapsed());
    }
    times
}

/// Returns what a future of the store, which waits for nothing, is ready with.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("recording does not wait"),
    }
}

/// Asks until the writer has ended, and returns how long each question waited and took.
fn read(store: &MemoryStore, reader: usize, has_ended: &AtomicBool) -> Vec<(Duration, Duration)> {
    let account = AccountId::from(format!("account-{reader}"));
    let period = Period::between(start() + TimeDelta::days(31), start() + TimeDelta::days(61));
    let query = Query::new(account.clone(), period).by(Dimension::Domain);
    let mut times = Vec::new();
    while !has_ended.load(Ordering::Relaxed) {
        let before = Instant::now();
        // It takes the same pointer as a question.
        let _ = store.event_count(&account);
        let wait = before.elapsed();
        let before = Instant::now();
        let plan = query.plan(start()).expect("it has a plan");
        let counted = store.tally(&[plan]).expect("it is counted");
        times.push((wait, before.elapsed()));
        drop(counted);
        thread::sleep(Duration::from_millis(1));
    }
    times
}

fn sorted(mut times: Vec<Duration>) -> Vec<Duration> {
    times.sort_unstable();
    times
}

/// Returns the time at a share of all times, in microseconds.
fn at(times: &[Duration], share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    let index = (times.len() as f64 * share) as usize;
    let time = times.get(index.min(times.len().saturating_sub(1)));
    time.map_or_else(|| format!("{:>8}", "-"), |time| format!("{:8.1}", time.as_secs_f64() * 1e6))
}
