//! Much mail, always the same: more than fits in one part of a store.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chrono::{DateTime, Duration, TimeDelta, Utc};
use mailtally::store::{Contribution, Figure, Group, Plan, Row, StoreLimits, bucket_index};
use mailtally::{
    By, Counts, Dimension, Event, EventType, Filter, Kind, Limits, Metric, Period, Query, Resolution, Scope,
    Timing,
};

use super::checks::{check_pages, check_sizes, check_timeline, sum};
use super::steps::{Engine, Reference, Step};

const MESSAGES: u64 = 20_000;
const DAYS: u64 = 40;
const DAY: u64 = 86_400_000;

/// The kinds of event that follow a delivery, some of them often.
const LATER: [EventType; 8] = [
    EventType::OpenedMachine,
    EventType::OpenedPerson,
    EventType::OpenedPerson,
    EventType::ClickedPerson,
    EventType::OpenedUnknown,
    EventType::Unsubscribed,
    EventType::Complained,
    EventType::HardBouncedDelayed,
];

/// A generator of random numbers (xorshift) with a fixed seed.
struct Random(u64);

impl Random {
    /// Returns a number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// Returns whether something happens that happens once in `times`.
    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in 1..items.len() {
            items.swap(index, usize::try_from(self.below(index as u64 + 1)).unwrap());
        }
    }
}

fn origin() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn millis(count: u64) -> TimeDelta {
    Duration::milliseconds(i64::try_from(count).unwrap())
}

/// Returns the events of a message: few have more than three.
fn message(random: &mut Random, number: u64) -> Vec<Event> {
    let account = random.one_of(&["acme", "acme", "globex", "initech"]);
    let name = format!("m-{number}");
    let mut at = origin() + millis(random.below(DAYS * DAY));
    if random.once_in(4) {
        at = origin() + millis(random.below(DAYS * 96) * 900_000);
    }
    let mut events = Vec::new();
    let add = |events: &mut Vec<Event>, event_type, at| {
        let id = format!("e-{}", events.len());
        events.push(Event::new(account, name.clone(), id, event_type, at));
    };
    let first = random.one_of(&[EventType::AcceptedOutgoing, EventType::Queued, EventType::Sent]);
    add(&mut events, first, at);
    while random.once_in(6) {
        at += millis(random.below(7_200_000));
        add(&mut events, EventType::DeferredProviderBlock, at);
    }
    at += millis(random.below(60_000));
    let last = random.one_of(&[
        EventType::DeliveredSmtp,
        EventType::DeliveredSmtp,
        EventType::DeliveredHttp,
        EventType::HardBouncedImmediate,
        EventType::FailedExpired,
    ]);
    if !random.once_in(5) {
        add(&mut events, last, at);
    }
    let mut opened = at;
    while random.once_in(3) {
        let within = if random.once_in(9) { 90 * DAY } else { DAY };
        opened += millis(random.below(within));
        add(&mut events, random.one_of(&LATER), opened);
    }
    // Few messages have very many events.
    if random.once_in(2000) {
        for _ in 0..300 {
            add(&mut events, EventType::ClickedMachine, at + millis(random.below(3 * DAY)));
        }
    }
    with_fields(random, number, events)
}

/// Adds the facts of the message to most of its events, and to each event fields of its own.
fn with_fields(random: &mut Random, number: u64, events: Vec<Event>) -> Vec<Event> {
    let facts = |random: &mut Random, event: Event| {
        let campaign = format!("campaign {}", random.below(400));
        let event = event.domain(random.one_of(&["a.example", "b.example", "c.example", ""]));
        let event = event.campaign(campaign).category(random.one_of(&["welcome", "Receipt", ""]));
        let recipient = random.one_of(&["gmail.com", "yahoo.com", "corp.example", "outlook.com"]);
        let event = event.recipient_domain(recipient).ip(random.one_of(&["192.0.2.1", "192.0.2.2", ""]));
        let tags = ["new", "eu", "vip", "x", "y"].into_iter().filter(|_| random.once_in(3));
        event
            .tags(tags.collect::<Vec<_>>())
            .open_tracking(number.is_multiple_of(3))
            .mailbox(format!("box {number}"))
    };
    let pattern = random.below(5);
    let same = Random(random.0);
    let event = |(index, event): (usize, Event)| {
        let event = match (pattern, index) {
            // All events have the same facts, only the first or a later one has any, or each has others.
            (0 | 1, _) => facts(&mut Random(same.0), event),
            (2, 0) | (3, 1) | (4, _) => facts(random, event),
            _ => event,
        };
        let event = match event.event_type().kind() {
            Kind::Opened | Kind::Clicked => event
                .country(random.one_of(&["DE", "US", "IN", ""]))
                .client(random.one_of(&["Apple Mail", "Thunderbird", ""]))
                .device(random.one_of(&["mobile", "desktop"])),
            Kind::Delivered | Kind::Deferred | Kind::HardBounced => {
                let attempt = NonZeroU32::MIN.saturating_add(u32::try_from(index).unwrap());
                let event = event.attempt(attempt).attempt_ip(random.one_of(&["192.0.2.2", "192.0.2.3", ""]));
                event.code(random.one_of(&["2.0.0", "4.2.2", "5.1.1", "5.10.1"]).parse().unwrap())
            }
            _ => event,
        };
        if random.once_in(20) { event.attribute("n", number) } else { event }
    };
    let mut events: Vec<Event> = events.into_iter().enumerate().map(event).collect();
    if random.once_in(10) {
        let told = events[0].at() - millis(random.below(3 * DAY));
        let last = events.pop().unwrap();
        events.push(last.created(told));
    }
    events
}

/// Returns all events in batches of 500, shuffled, with repeats and with copies that differ.
fn batches() -> Vec<Vec<Event>> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut events: Vec<Event> = (0..MESSAGES).flat_map(|number| message(&mut random, number)).collect();
    let again: Vec<Event> = (0..events.len() / 20).map(|index| events[index * 20].clone()).collect();
    for event in again {
        let other = Event::new(
            event.account().clone(),
            event.message().clone(),
            event.id().clone(),
            event.event_type(),
            event.at() + millis(random.below(2)),
        );
        events.push(if random.once_in(3) { other.category("copy") } else { event });
    }
    random.shuffle(&mut events);
    events.chunks(500).map(<[Event]>::to_vec).collect()
}

/// Returns a period from one day, hour and nanosecond to another.
fn between(start: (i64, i64, i64), end: (i64, i64, i64)) -> Period {
    let at = |(day, hour, nanos)| {
        origin() + Duration::days(day) + Duration::hours(hour) + Duration::nanoseconds(nanos)
    };
    Period::between(at(start), at(end))
}

/// Returns plans of all sorts.
fn plans() -> Vec<Plan> {
    let days = |start, end| between((start, 0, 0), (end, 0, 0));
    let (whole, week, day) = (days(0, 40), days(20, 27), days(30, 31));
    let odd = between((11, 5, 1), (12, 17, 900_000_500_001));
    let of = |period: &Period| Query::new("acme", period.clone());
    let several = Scope::Accounts(["globex", "initech", "unknown"].map(Into::into).into());
    let mut queries = vec![
        Query::new(Scope::All, whole.clone()).by(Dimension::Account).by(By::Date),
        Query::new(several, whole.clone()).by(Dimension::Domain),
        of(&whole).by(By::Date).zone(chrono_tz::Europe::Berlin),
        of(&whole).by(Dimension::Tag).by(Dimension::Domain),
        of(&whole).by(Dimension::Campaign).kinds([Kind::Delivered, Kind::Opened]),
        of(&odd).timing(Timing::Send).by(Dimension::Category),
        of(&days(2, 39)).resolution(Resolution::Week).by(Dimension::Domain),
        of(&whole).by(Dimension::Ip).by(Dimension::CodeSubject).kinds([Kind::Deferred, Kind::HardBounced]),
        of(&whole).timing(Timing::Send).resolution(Resolution::Week).zone(chrono_tz::Asia::Kolkata),
        of(&whole).resolution(Resolution::Month).zone(chrono_tz::Pacific::Apia).by(Dimension::Provider),
        Query::new("globex", Period::all()).by(Dimension::Country),
        Query::new("globex", Period::since(origin() + Duration::days(38))).resolution(Resolution::Hour),
        Query::new("initech", Period::until(origin() + Duration::hours(30))).by(Dimension::Category),
        Query::new("initech", whole.clone()).by(Dimension::Mailbox).kinds([Kind::Complained]),
        Query::new("unknown", whole).by(By::Date),
        of(&odd).resolution(Resolution::Hour).zone(chrono_tz::America::St_Johns),
    ];
    for (index, period) in [&week, &day, &odd].into_iter().enumerate() {
        let timing = [Timing::Event, Timing::Send][index % 2];
        let of = || of(period).timing(timing);
        queries.extend([
            of().resolution(Resolution::Hour).zone(chrono_tz::Australia::Lord_Howe),
            of().by(Dimension::Tag).filter(Filter::is_not(Dimension::Tag, ["vip"])),
            of().by(Dimension::Country)
                .by(Dimension::Client)
                .filter(Filter::is(Dimension::Device, ["mobile"])),
            of().filter(Filter::contains(Dimension::Campaign, ["7", "AIGN 2"])).by(By::Date),
            of().filter(Filter::contains_none(Dimension::Client, ["mail", ""])).by(Dimension::Bot),
            of().filter(Filter::is(Dimension::Category, ["RECEIPT"]).ignoring_case()).by(Dimension::Attempt),
            of().filter(Filter::is_absent(Dimension::Domain)).filter(Filter::is_present(Dimension::Ip)),
            of().filter(Filter::is(Dimension::Code, ["5.1.1", ""])).by(Dimension::CodeClass),
            of().by(Dimension::OpenTracking).by(Dimension::RecipientDomain).by(Dimension::Category),
        ]);
    }
    let limits = Limits { rows: 1_000_000, ..Limits::default() };
    queries
        .into_iter()
        .map(|query| query.limits(limits).plan(origin() + Duration::days(41)).unwrap())
        .collect()
}

/// Counts as [`Plan::tally`] does, but collects the messages once for all plans.
fn tally(reference: &Reference, plan: &Plan) -> BTreeMap<(usize, Group), Counts> {
    let Some((first, last)) = plan.buckets().first().zip(plan.buckets().last()) else {
        return BTreeMap::new();
    };
    let mut sums: BTreeMap<_, Counts> = BTreeMap::new();
    for ((account, _), message) in &reference.messages {
        if !plan.parts().scope.contains(account) || !message.touches(&(first.start..last.end)) {
            continue;
        }
        let bucket = |at| bucket_index(plan.buckets(), at);
        let contribution = Contribution::new(message, &plan.selection(), bucket).unwrap();
        for (bucket, group, counts) in contribution.cells() {
            sums.entry((*bucket, group.clone())).or_default().add(counts).unwrap();
        }
    }
    sums
}

/// Checks all plans in one call.
fn check_plans(engine: &Engine, reference: &Reference, plans: &[Plan]) {
    let found = engine.memory().unwrap().tally(plans).unwrap().rows;
    assert_eq!(found.len(), plans.len());
    for (plan, rows) in plans.iter().zip(found) {
        assert_eq!(sum(rows).unwrap(), tally(reference, plan), "{:?}", plan.query());
    }
}

#[test]
fn much_mail_that_arrives_in_any_order_is_counted_as_the_reference_counts_it() {
    let (mut engine, mut reference) =
        (Engine::new(StoreLimits::default()), Reference::new(StoreLimits::default()));
    let (batches, plans) = (batches(), plans());
    for (index, batch) in batches.iter().enumerate() {
        let step = match index % 3 {
            0 => Step::Extend(batch.clone()),
            _ => Step::Record(batch.clone()),
        };
        assert_eq!(engine.apply(&step), reference.apply(&step));
        if index == batches.len() / 3 {
            check_plans(&engine, &reference, &plans[..3]);
        }
    }
    check_sizes(&engine, &reference).unwrap();
    check_plans(&engine, &reference, &plans);
    // The faster reference is the reference.
    let rows = plans[1].tally(reference.events.iter().cloned()).unwrap();
    assert_eq!(sum(rows).unwrap(), tally(&reference, &plans[1]));
    for (account, message) in reference.messages.keys().step_by(97) {
        check_timeline(&engine, &reference, account, message).unwrap();
    }
    check_figures(&engine, &reference, &plans);
}

/// Checks the messages of a figure of each of some plans.
fn check_figures(engine: &Engine, reference: &Reference, plans: &[Plan]) {
    for plan in plans.iter().skip(14).step_by(4) {
        let rows: Vec<Row> =
            engine.memory().unwrap().tally(std::slice::from_ref(plan)).unwrap().rows.remove(0);
        let Some(row) = rows.get(rows.len() / 2) else { continue };
        let metrics: Vec<Metric> = row.counts.figures().map(|(metric, _)| metric).collect();
        let metric = metrics[metrics.len() / 2];
        let figure = Figure::new(plan.clone(), row.bucket, row.group.clone(), metric).unwrap();
        check_pages(engine, reference, &figure, None, 100).unwrap();
    }
}
