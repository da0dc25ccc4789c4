//! Laws of counting: answers do not depend on how events arrive, and they add up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use mailtally::message::{AccountId, Fields, Message, MessageId};
use mailtally::report::Report;
use mailtally::store::{Contribution, Figure, Row, bucket_index};
use mailtally::{
    By, Counts, Dimension, Event, Filter, Kind, MemoryStore, Period, Query, Resolution, Scope, Status, Timing,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::common::{at, events, values, with_value};

const DAYS: i64 = 3;

fn period() -> Period {
    Period::between(at(0), at(DAYS * 24 * 3600))
}

fn tally(query: &Query, events: &[Event]) -> Vec<Row> {
    query.plan(at(0)).unwrap().tally(events.iter().cloned()).unwrap()
}

fn sum<'a>(parts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::ZERO;
    parts.into_iter().for_each(|part| sum.add(part).unwrap());
    sum
}

fn total(query: &Query, events: &[Event]) -> Counts {
    sum(tally(query, events).iter().map(|row| &row.counts))
}

/// Returns the messages of the events.
fn messages(events: &[Event]) -> BTreeMap<(AccountId, MessageId), Message> {
    let mut messages: BTreeMap<_, Message> = BTreeMap::new();
    for event in events.iter().cloned() {
        let key = (event.account().clone(), event.message().clone());
        match messages.get_mut(&key) {
            Some(message) => drop(message.insert(event)),
            None => drop(messages.insert(key, Message::new(event))),
        }
    }
    messages
}

/// Returns the messages of two parts of a stream, merged.
fn merged(first: &[Event], second: &[Event]) -> BTreeMap<(AccountId, MessageId), Message> {
    let mut all = messages(first);
    for (key, message) in messages(second) {
        match all.get_mut(&key) {
            Some(known) => known.merge(message),
            None => drop(all.insert(key, message)),
        }
    }
    all
}

fn query() -> impl Strategy<Value = Query> {
    let by = prop::collection::btree_set(select(&Dimension::ALL[..]), 0..3);
    let filter = prop::option::of((select(&Dimension::ALL[..]), filter_form()));
    let resolution = select(&[Resolution::Hour, Resolution::Day, Resolution::Week, Resolution::All][..]);
    let zone = select(&[chrono_tz::UTC, chrono_tz::Asia::Kolkata, chrono_tz::America::St_Johns][..]);
    (by, filter, resolution, zone, any::<bool>(), any::<bool>()).prop_map(
        |(by, filter, resolution, zone, send, all)| {
            let scope = if all { Scope::All } else { "acme".into() };
            let query = Query::new(scope, period()).resolution(resolution).zone(zone);
            let query = query.timing(if send { Timing::Send } else { Timing::Event });
            let query = by.into_iter().fold(query, Query::by);
            filter.into_iter().fold(query, |query, (dimension, form)| query.filter(form(dimension)))
        },
    )
}

/// Generates filters of every form, on a value of a dimension and on the absent value.
fn filter_form() -> impl Strategy<Value = fn(Dimension) -> Filter> {
    let forms: [fn(Dimension) -> Filter; 6] = [
        |dimension| Filter::is(dimension, [values(dimension)[0], ""]),
        |dimension| Filter::is_not(dimension, [values(dimension)[0], ""]),
        |dimension| Filter::is(dimension, [values(dimension)[0].to_ascii_uppercase()]).ignoring_case(),
        |dimension| Filter::is_not(dimension, [values(dimension)[0].to_ascii_uppercase()]).ignoring_case(),
        |dimension| Filter::contains(dimension, [&values(dimension)[0][..1].to_ascii_uppercase(), ""]),
        |dimension| Filter::contains_none(dimension, [&values(dimension)[0][..1]]),
    ];
    select(forms.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn order_and_repetition_do_not_change_messages_or_counts(
        (stream, shuffled) in events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        again in prop::collection::vec(any::<Index>(), 0..20),
        query in query(),
    ) {
        let mut other = shuffled;
        for index in again {
            if !stream.is_empty() {
                let position = index.index(other.len() + 1);
                other.insert(position, index.get(&stream).clone());
            }
        }
        prop_assert_eq!(messages(&stream), messages(&other));
        prop_assert_eq!(tally(&query, &stream), tally(&query, &other));
    }

    #[test]
    fn the_store_in_memory_equals_the_reference(stream in events(), query in query()) {
        let store = MemoryStore::new();
        store.extend(stream.iter().cloned()).unwrap();
        let counted = store.tally(&[query.plan(at(0)).unwrap()]).unwrap();
        prop_assert_eq!(counted.rows, [tally(&query, &stream)]);
    }

    #[test]
    fn merging_messages_is_commutative_associative_and_idempotent(a in events(), b in events(), c in events()) {
        let whole = messages(&[&a[..], &b, &c].concat());
        prop_assert_eq!(&merged(&[&a[..], &b].concat(), &c), &whole);
        prop_assert_eq!(&merged(&a, &[&b[..], &c].concat()), &whole);
        prop_assert_eq!(&merged(&[&c[..], &b].concat(), &a), &whole);
        prop_assert_eq!(&merged(&[&a[..], &b, &c].concat(), &b), &whole);
    }

    #[test]
    fn what_is_derived_from_a_message_does_not_depend_on_the_order_of_its_events(
        (stream, shuffled) in events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let (one, other) = (messages(&stream), messages(&shuffled));
        for (key, message) in &one {
            let same = &other[key];
            prop_assert_eq!(message.created(), same.created());
            prop_assert_eq!(message.status(), same.status());
            prop_assert_eq!(message.fields(), same.fields());
            let firsts = |message: &Message| -> Vec<_> {
                let history = message.history().into_iter();
                history.map(|o| (o.event.clone(), o.first_of)).collect()
            };
            prop_assert_eq!(firsts(message), firsts(same));
        }
    }

    /// Checks the rules in the documentation of [`Message`], one by one.
    #[test]
    fn the_four_rules_hold_for_every_message(stream in events()) {
        for message in messages(&stream).values() {
            let known = message.events();
            let is_of_message = |event: &&Event| {
                (event.account(), event.message()) == (known[0].account(), known[0].message())
            };
            // 1: the copy that counts is not later than any other.
            for event in known {
                let copies = stream.iter().filter(is_of_message).filter(|copy| copy.id() == event.id());
                prop_assert!(copies.clone().all(|copy| event.at() <= copy.at()));
                prop_assert!(copies.clone().any(|copy| copy == event));
            }
            // 2: an event is the first of its event type, kind or day if no earlier event has the same.
            let history = message.history();
            prop_assert_eq!(history.len(), known.len());
            prop_assert!(history.is_sorted_by_key(|o| (o.event.at(), o.event.id())));
            for (index, occurrence) in history.iter().enumerate() {
                let before = || history[..index].iter().map(|o| o.event.event_type());
                let event_type = occurrence.event.event_type();
                prop_assert_eq!(occurrence.first_of.event_type, before().all(|other| other != event_type));
                prop_assert_eq!(occurrence.first_of.kind, before().all(|other| other.kind() != event_type.kind()));
                let of_day = history[..index].iter().filter(|o| o.event.at().date_naive() == occurrence.event.at().date_naive());
                let mut of_day = of_day.map(|o| o.event.event_type().kind());
                prop_assert_eq!(occurrence.first_of.day, of_day.all(|other| other != event_type.kind()));
            }
            // 3: created at the earliest instant that an event has or tells, each field from the earliest event that has it, the tags of all events.
            let told = known.iter().filter_map(|event| event.message_fields().created);
            prop_assert_eq!(Some(message.created()), known.iter().map(Event::at).chain(told).min());
            let first = |dimension: Dimension| {
                let values = history.iter().map(|o| dimension.values(o.event.fields())[0]);
                values.flatten().next()
            };
            let fields = message.fields();
            for dimension in Dimension::ALL {
                if !dimension.belongs_to_event() && dimension != Dimension::Tag {
                    let none = mailtally::message::EventFields::default();
                    let found = dimension.values(Fields { account: message.account(), message: &fields, event: &none })[0];
                    prop_assert_eq!(found, first(dimension), "{}", dimension);
                }
            }
            for event in known {
                prop_assert!(event.message_fields().tags.is_subset(&fields.tags));
            }
            // 4: the status is that of the greatest (phase, instant, status).
            let rank = |event: &Event| Status::from_kind(event.event_type().kind()).map(|s| (s.phase(), event.at(), s));
            let highest = known.iter().filter_map(rank).max();
            prop_assert_eq!(message.status(), highest.map(|(_, _, status)| status));
        }
    }

    #[test]
    fn parts_of_a_stream_with_disjoint_messages_add_up(stream in events(), query in query()) {
        let (some, others): (Vec<Event>, Vec<Event>) =
            stream.iter().cloned().partition(|event| event.message().as_str().ends_with(['0', '2']));
        let mut cells: BTreeMap<_, Counts> = BTreeMap::new();
        for row in tally(&query, &some).into_iter().chain(tally(&query, &others)) {
            cells.entry((row.bucket, row.group)).or_default().add(&row.counts).unwrap();
        }
        let whole = tally(&query, &stream).into_iter().map(|row| ((row.bucket, row.group), row.counts)).collect();
        prop_assert_eq!(cells, whole);
    }

    #[test]
    fn every_answer_is_the_sum_of_what_its_messages_contribute(stream in events(), query in query()) {
        let plan = query.plan(at(0)).unwrap();
        let mut cells: BTreeMap<_, Counts> = BTreeMap::new();
        for message in messages(&stream).values().filter(|message| plan.parts().scope.contains(message.account())) {
            let bucket = |at| bucket_index(plan.buckets(), at);
            let contribution = Contribution::new(message, &plan.selection(), bucket).unwrap();
            for (bucket, group, counts) in contribution.cells() {
                cells.entry((*bucket, group.clone())).or_default().add(counts).unwrap();
            }
            let range = plan.buckets()[0].start..plan.buckets()[plan.buckets().len() - 1].end;
            prop_assert!(message.touches(&range) || contribution.cells().len() == 0);
        }
        let rows = tally(&query, &stream).into_iter().map(|row| ((row.bucket, row.group), row.counts)).collect();
        prop_assert_eq!(cells, rows);
    }

    #[test]
    fn the_messages_of_a_figure_add_up_to_it(stream in events(), query in query(), choice in any::<Index>()) {
        let plan = query.plan(at(0)).unwrap();
        let rows = tally(&query, &stream);
        let figures = rows.iter().flat_map(|row| row.counts.figures().map(move |figure| (row, figure)));
        let figures: Vec<_> = figures.collect();
        if !figures.is_empty() {
            let (row, (metric, value)) = *choice.get(&figures);
            let figure = Figure::new(plan, row.bucket, row.group.clone(), metric).unwrap();
            let messages = figure.messages(stream.iter().cloned());
            prop_assert_eq!(messages.iter().map(|message| message.count).sum::<u64>(), value);
            prop_assert!(messages.is_sorted_by_key(|message| (message.account.clone(), message.message.clone())));
        }
    }

    #[test]
    fn each_account_of_a_platform_counts_as_it_does_alone(stream in events()) {
        let query = Query::new("acme", period());
        let platform = query.clone().scope(Scope::All).by(Dimension::Account);
        for account in ["acme", "globex", "initech"] {
            let alone = total(&query.clone().scope(account), &stream);
            let rows = tally(&platform, &stream).into_iter();
            let of_account = rows.filter(|row| row.group[0].as_deref() == Some(account));
            let found = of_account.fold(Counts::ZERO, |mut sum, row| {
                sum.add(&row.counts).unwrap();
                sum
            });
            prop_assert_eq!(&found, &alone);
            // A question about one account has no other group.
            let only = tally(&query.clone().scope(account).by(Dimension::Account), &stream);
            prop_assert!(only.iter().all(|row| row.group[0].as_deref() == Some(account)));
        }
    }

    #[test]
    fn hours_add_up_to_days_and_days_to_the_total(stream in events(), send in any::<bool>()) {
        let timing = if send { Timing::Send } else { Timing::Event };
        let query = |resolution| Query::new("acme", period()).timing(timing).resolution(resolution);
        let all = total(&query(Resolution::All), &stream);
        for resolution in [Resolution::Hour, Resolution::Day, Resolution::Week, Resolution::Month] {
            prop_assert_eq!(&total(&query(resolution), &stream), &all);
        }
        for (day, row) in tally(&query(Resolution::Day), &stream).iter().map(|row| (row.bucket, row)) {
            let hours = tally(&query(Resolution::Hour), &stream);
            let hours = hours.iter().filter(|hour| hour.bucket / 24 == day).map(|hour| &hour.counts);
            prop_assert_eq!(&sum(hours), &row.counts);
        }
    }

    #[test]
    fn adjacent_periods_add_up(stream in events(), hour in 0..=DAYS * 24, send in any::<bool>()) {
        let timing = if send { Timing::Send } else { Timing::Event };
        let between = |start, end| {
            Query::new(Scope::All, Period::between(at(start * 3600), at(end * 3600))).timing(timing)
        };
        let parts = [total(&between(0, hour), &stream), total(&between(hour, DAYS * 24), &stream)];
        prop_assert_eq!(sum(&parts), total(&between(0, DAYS * 24), &stream));
    }

    #[test]
    fn groups_with_the_absent_value_add_up_to_the_total(stream in events(), dimension in select(&Dimension::ALL[..])) {
        let query = Query::new(Scope::All, period());
        let grouped = total(&query.clone().by(dimension), &stream);
        let whole = total(&query, &stream);
        for kind in Kind::ALL {
            match dimension {
                Dimension::Tag => prop_assert!(grouped.total(kind) >= whole.total(kind)),
                _ => prop_assert_eq!((grouped.total(kind), grouped.unique(kind)), (whole.total(kind), whole.unique(kind))),
            }
        }
        if !dimension.belongs_to_event() && dimension != Dimension::Tag {
            prop_assert_eq!(grouped, whole);
        }
    }

    #[test]
    fn accounts_add_up_to_all_accounts(stream in events(), query in query()) {
        let of = |scope: Scope| total(&query.clone().scope(scope), &stream);
        let parts = [of("acme".into()), of("globex".into())];
        prop_assert_eq!(sum(&parts), of(Scope::All));
    }

    #[test]
    fn a_filter_and_its_opposite_add_up_to_the_total(stream in events(), dimension in select(&Dimension::ALL[..])) {
        let query = Query::new(Scope::All, period());
        let (value, whole) = (values(dimension)[0], total(&query, &stream));
        for (include, exclude) in [
            (Filter::is(dimension, [value]), Filter::is_not(dimension, [value])),
            (Filter::is(dimension, [value]).ignoring_case(), Filter::is_not(dimension, [value]).ignoring_case()),
            (Filter::contains(dimension, [&value[..1]]), Filter::contains_none(dimension, [&value[..1]])),
        ] {
            let parts = sum(&[include, exclude].map(|filter| total(&query.clone().filter(filter), &stream)));
            for kind in Kind::ALL {
                prop_assert_eq!(parts.total(kind), whole.total(kind));
                prop_assert_eq!(parts.unique(kind), whole.unique(kind));
                prop_assert_eq!(parts.daily_unique(kind), whole.daily_unique(kind));
            }
            if !dimension.belongs_to_event() {
                prop_assert_eq!(parts, whole.clone());
            }
        }
    }

    #[test]
    fn with_send_timing_no_unique_count_exceeds_the_messages_created_in_the_bucket(stream in events()) {
        let query = Query::new("acme", period()).timing(Timing::Send).resolution(Resolution::Hour);
        let created = messages(&stream);
        for row in tally(&query, &stream) {
            let plan = query.plan(at(0)).unwrap();
            let bucket = plan.buckets()[row.bucket];
            let here = created.iter().filter(|((account, _), message)| {
                account.as_str() == "acme" && bucket.contains(message.created())
            });
            let here = here.count() as u64;
            for kind in Kind::ALL {
                prop_assert!(row.counts.unique(kind) <= here);
            }
        }
    }

    #[test]
    fn the_rows_and_the_rest_of_a_report_add_up_to_its_totals(stream in events(), query in query(), top in prop::option::of(1..3_usize)) {
        let query = top.into_iter().fold(query, Query::top);
        let plan = query.plan(at(0)).unwrap();
        let rows = plan.tally(stream.iter().cloned()).unwrap();
        let report = match plan.totals_plan() {
            Some(totals) => Report::with_totals(&plan, rows, totals.tally(stream.iter().cloned()).unwrap()),
            None => Report::new(&plan, rows),
        };
        let report = report.unwrap();
        prop_assert_eq!(&sum(report.totals()), report.total());
        prop_assert_eq!(report.rows().len() % plan.buckets().len(), 0);
        if plan.totals_plan().is_none() {
            let shown = report.rows().map(|row| row.counts);
            let rest = report.rest().map(|rest| &rest.total);
            prop_assert_eq!(&sum(shown.chain(rest)), report.total());
        }
        let without = Query::new(query.plan(at(0)).unwrap().parts().scope.clone(), period());
        if query.plan(at(0)).unwrap().parts().filters.is_empty() && plan.timing() == Timing::Event && plan.has_statuses() {
            prop_assert_eq!(&total(&without, &stream), report.total());
        }
    }

    #[test]
    fn a_daily_unique_is_once_per_day_in_utc_in_any_zone_and_timing(stream in events(), query in query()) {
        // All mail: no filter, no end within the mail, and no tags, which would count a message several times.
        let all = Query::new(Scope::All, Period::between(at(-3 * 86400), at(30 * 86400))).zone(query.plan(at(0)).unwrap().zone());
        let all = all.timing(query.plan(at(0)).unwrap().timing()).by(By::Date).by(Dimension::Country);
        let messages = messages(&stream);
        for kind in Kind::ALL {
            let of_kind = |message: &Message| {
                let events: Vec<_> = message.events().iter().filter(|event| event.event_type().kind() == kind).collect();
                events.into_iter().map(|event| event.at().date_naive()).collect::<BTreeSet<_>>().len() as u64
            };
            let days: u64 = messages.values().map(of_kind).sum();
            prop_assert_eq!(total(&all, &stream).daily_unique(kind), days, "{}", kind);
        }
    }

    #[test]
    fn a_unique_count_is_at_most_the_messages_the_total_and_the_sum_of_its_event_types(stream in events(), hours in 1..DAYS * 24) {
        let hours = Duration::hours(hours);
        let query = Query::new(Scope::All, Period::between(at(0), at(0) + hours)).by(By::Date);
        let known = messages(&stream).len() as u64;
        let counts = total(&query, &stream);
        for kind in Kind::ALL {
            prop_assert!(counts.unique(kind) <= known.min(counts.total(kind)));
            let by_event_type: u64 = kind.event_types().map(|of| counts.value(mailtally::Metric::UniqueOf(of))).sum();
            prop_assert!(counts.unique(kind) <= by_event_type, "the first of a kind is the first of its event type");
        }
    }
}

/// Each dimension alone, so that the reference and the store cannot confuse two.
#[test]
fn a_value_counts_under_its_own_dimension_only() {
    let plain = || Event::new("acme", "m-1", "e-1", Kind::Opened, at(1));
    // Every event has an account, and a code has the values of three dimensions.
    let alone = Dimension::ALL.into_iter().filter(|dimension| {
        !matches!(dimension, Dimension::Account | Dimension::CodeSubject | Dimension::CodeClass)
    });
    for dimension in alone.clone() {
        let value = values(dimension)[1];
        let event = with_value(plain(), dimension, value);
        let store = MemoryStore::new();
        store.extend([event.clone()]).unwrap();
        for other in alone.clone() {
            let plan = Query::new("acme", period()).by(other).plan(at(0)).unwrap();
            let group = |rows: Vec<Row>| rows[0].group[0].as_deref().map(str::to_owned);
            let expected = (other == dimension).then(|| value.to_owned());
            assert_eq!(group(plan.tally([event.clone()]).unwrap()), expected, "{dimension} by {other}");
            let stored = store.tally(std::slice::from_ref(&plan)).unwrap().rows.remove(0);
            assert_eq!(group(stored), expected, "{dimension} by {other}, in the store");
            let is = Query::new("acme", period()).filter(Filter::is(other, [value]));
            let is_possible = match other {
                Dimension::Code => dimension == Dimension::Code,
                _ => other.possible_values().is_none_or(|possible| possible.contains(&value)),
            };
            if is_possible {
                let found = total(&is, std::slice::from_ref(&event)).total(Kind::Opened);
                assert_eq!(found, u64::from(other == dimension), "{dimension} where {other}");
            }
        }
    }
}
