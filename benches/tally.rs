//! Counting, by grouping: the reference and the store in memory.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Duration, Utc};
use divan::Bencher;
use divan::counter::ItemsCount;
use mailtally::message::AccountId;
use mailtally::store::Plan;
use mailtally::{By, Dimension, Event, EventType, MemoryStore, Period, Query, Resolution, Timing};

use crate::common::Random;
use crate::mail::{ACCOUNT, mail, start};

mod common;
#[path = "common/mail.rs"]
mod mail;

/// 30,000 messages with about 100,000 events: most are opened.
static MAIL: LazyLock<Vec<Event>> = LazyLock::new(|| mail(30_000));

/// 350,000 messages with about 516,000 events: most are only delivered, as in the log of a mail server.
static LOG: LazyLock<Vec<Event>> = LazyLock::new(|| log(350_000));

fn main() {
    divan::main();
}

/// What a query groups by.
#[derive(Clone, Copy, Debug)]
enum Grouping {
    None,
    Domain,
    Provider,
    Tag,
    Country,
    Day,
    Hour,
    DomainAndDay,
}

impl Grouping {
    const ALL: [Self; 8] = [
        Self::None,
        Self::Domain,
        Self::Provider,
        Self::Tag,
        Self::Country,
        Self::Day,
        Self::Hour,
        Self::DomainAndDay,
    ];

    /// Returns the plan for the whole month.
    fn plan(self, timing: Timing) -> Plan {
        self.plan_days(timing, 31)
    }

    /// Returns the plan for the first `days` days of the month.
    fn plan_days(self, timing: Timing, days: i64) -> Plan {
        let period = Period::between(start(), start() + Duration::days(days));
        let query = Query::new(ACCOUNT, period).timing(timing);
        let query = match self {
            Self::None => query,
            Self::Domain => query.by(Dimension::Domain),
            Self::Provider => query.by(Dimension::Provider),
            Self::Tag => query.by(Dimension::Tag),
            Self::Country => query.by(Dimension::Country),
            Self::Day => query.by(By::Date),
            Self::Hour => query.by(By::Date).resolution(Resolution::Hour),
            Self::DomainAndDay => query.by(Dimension::Domain).by(By::Date),
        };
        query.plan(start()).expect("a valid query")
    }
}

fn store(events: &[Event]) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events.iter().cloned()).expect("valid events");
    store
}

#[divan::bench_group(name = "1_reference", sample_count = 10, sample_size = 1)]
mod reference {
    use super::{Bencher, Grouping, ItemsCount, MAIL, Timing};

    #[divan::bench(args = Grouping::ALL)]
    fn event_timing(bencher: Bencher<'_, '_>, grouping: Grouping) {
        tally(bencher, &grouping.plan(Timing::Event));
    }

    #[divan::bench(args = Grouping::ALL)]
    fn send_timing(bencher: Bencher<'_, '_>, grouping: Grouping) {
        tally(bencher, &grouping.plan(Timing::Send));
    }

    fn tally(bencher: Bencher<'_, '_>, plan: &super::Plan) {
        let bencher = bencher.counter(ItemsCount::new(MAIL.len())).with_inputs(|| MAIL.clone());
        bencher.bench_values(|events| plan.tally(events));
    }
}

#[divan::bench_group(name = "2_memory_store", sample_count = 40, sample_size = 1)]
mod memory_store {
    use super::{Bencher, Grouping, ItemsCount, MAIL, MemoryStore, Timing, store};

    #[divan::bench]
    fn extend(bencher: Bencher<'_, '_>) {
        let bencher = bencher.counter(ItemsCount::new(MAIL.len()));
        let bencher = bencher.with_inputs(|| (MemoryStore::new(), MAIL.clone()));
        bencher.bench_values(|(store, events)| {
            store.extend(events).expect("valid events");
            store
        });
    }

    #[divan::bench(args = Grouping::ALL)]
    fn event_timing(bencher: Bencher<'_, '_>, grouping: Grouping) {
        tally(bencher, &grouping.plan(Timing::Event));
    }

    #[divan::bench(args = Grouping::ALL)]
    fn send_timing(bencher: Bencher<'_, '_>, grouping: Grouping) {
        tally(bencher, &grouping.plan(Timing::Send));
    }

    #[divan::bench(args = [1, 7, 31])]
    fn days_by_domain(bencher: Bencher<'_, '_>, days: i64) {
        tally(bencher, &Grouping::Domain.plan_days(Timing::Event, days));
    }

    fn tally(bencher: Bencher<'_, '_>, plan: &super::Plan) {
        let store = store(&MAIL);
        bencher.counter(ItemsCount::new(MAIL.len())).bench_local(|| store.tally(std::slice::from_ref(plan)));
    }
}

#[divan::bench_group(name = "3_memory_store_of_a_log", sample_count = 8, sample_size = 1)]
mod memory_store_of_a_log {
    use super::{Bencher, Grouping, ItemsCount, LOG, MemoryStore, Timing, store};

    #[divan::bench]
    fn extend(bencher: Bencher<'_, '_>) {
        let bencher = bencher.counter(ItemsCount::new(LOG.len()));
        let bencher = bencher.with_inputs(|| (MemoryStore::new(), LOG.clone()));
        bencher.bench_values(|(store, events)| {
            store.extend(events).expect("valid events");
            store
        });
    }

    #[divan::bench(args = [Grouping::None, Grouping::Domain, Grouping::Provider, Grouping::Hour])]
    fn event_timing(bencher: Bencher<'_, '_>, grouping: Grouping) {
        let (store, plan) = (store(&LOG), grouping.plan(Timing::Event));
        bencher.counter(ItemsCount::new(LOG.len())).bench_local(|| store.tally(std::slice::from_ref(&plan)));
    }
}

/// Returns the events of `count` messages, about 1.47 each, ordered by instant. Names share their text in memory, as those
/// from a reader of logs do; ids do not.
fn log(count: u64) -> Vec<Event> {
    let mut random = Random::new(2);
    let names = |prefix: &str, count: u64| -> Vec<Arc<str>> {
        (0..count).map(|number| format!("{prefix}{number}.example").into()).collect()
    };
    let (domains, recipients, providers) = (names("sender", 60), names("recipient", 4_000), names("", 15));
    let one_of = |names: &[Arc<str>], random: &mut Random| Arc::clone(random.one_of(names));
    let mut attempts = Vec::new();
    for number in 0..count {
        let mut at = start() + Duration::milliseconds(random.below(30 * 24 * 3_600_000).cast_signed());
        let delays = if random.chance(20) { 1 + random.below(4) } else { 0 };
        for _ in 0..delays {
            attempts.push((at, number, EventType::Deferred));
            at += Duration::minutes(15);
        }
        let end = if random.chance(4) { EventType::HardBouncedImmediate } else { EventType::DeliveredSmtp };
        attempts.push((at, number, end));
    }
    attempts.sort_unstable();
    let account = AccountId::from(ACCOUNT);
    let event = |(at, number, event_type): (DateTime<Utc>, u64, EventType)| {
        let mut random = Random::new(number);
        let id = format!("{:016x}", at.timestamp_millis().cast_unsigned().wrapping_mul(number | 1));
        let event = Event::new(account.clone(), format!("4Zk{number:09X}-{number:08x}"), id, event_type, at);
        let [domain, provider, recipient] =
            [&domains, &providers, &recipients].map(|names| one_of(names, &mut random));
        event.mailbox(Arc::clone(&domain)).domain(domain).provider(provider).recipient_domain(recipient)
    };
    attempts.into_iter().map(event).collect()
}
