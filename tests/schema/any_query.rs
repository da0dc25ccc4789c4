//! Random queries, and random requests for messages.

use mailtally::message::AccountId;
use mailtally::native::Request;
use mailtally::{
    Against, By, Dimension, EventType, Filter, Kind, Limits, Metric, Period, Query, Resolution, Scope,
    Status, Timing,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::common::values;

/// Periods of every form, in years that RFC 3339 has; many contain the days of the generated events.
const PERIODS: [&str; 24] = [
    "2026-01-01..=2026-01-03",
    "2026-01-01..2026-01-04",
    "2026-W01",
    "2026-01-01",
    "2026-01",
    "2026-Q1",
    "2026",
    "24h",
    "7d",
    "2mo",
    "P1M2DT3H",
    "today",
    "yesterday",
    "this week",
    "last 3 months",
    "2026-01-01T09:00..2026-01-01T17:30:00.5",
    "2026-01-01T00:00:00Z..2026-01-02T00:00:00Z",
    "2026-01-01/P2D",
    "P2D/2026-01-03",
    "2026-01-01..",
    "..2026-01-03",
    "..=2026-01-02",
    "2026-01-01..2026-01-01",
    "all",
];

/// Returns every metric.
pub(super) fn metrics() -> Vec<Metric> {
    let of_kind = |kind| [Metric::Total(kind), Metric::Unique(kind), Metric::DailyUnique(kind)];
    let kinds = Kind::ALL.into_iter().flat_map(of_kind);
    let event_types = EventType::ALL.into_iter().flat_map(|of| [Metric::TotalOf(of), Metric::UniqueOf(of)]);
    kinds.chain(event_types).chain(Status::ALL.map(Metric::Status)).collect()
}

/// Returns every value of `By`.
pub(super) fn every_by() -> Vec<By> {
    Dimension::ALL.into_iter().map(By::from).chain([By::Date]).collect()
}

/// Generates queries without repeated values.
pub(super) fn query() -> impl Strategy<Value = Query> {
    let zones =
        [chrono_tz::UTC, chrono_tz::Asia::Kolkata, chrono_tz::America::St_Johns, chrono_tz::Europe::Berlin];
    let time = (select(&PERIODS[..]), select(zones.to_vec()), prop::option::of(select(&Resolution::ALL[..])));
    let by = subsequence(every_by(), 0..4).prop_shuffle();
    let filters = prop::collection::vec(filter(), 0..3);
    let kinds = prop::option::of(subsequence(&Kind::ALL[..], 0..=Kind::COUNT));
    let shown =
        (prop::option::of(select(metrics())), prop::option::of(prop_oneof![1..5_usize, 1..usize::MAX]));
    let compare = prop::option::of(select(&Against::ALL[..]));
    let limits = any::<[usize; 7]>().prop_map(
        |[buckets, rows, rows_before_top, dimensions, filters, values, names]| Limits {
            buckets,
            rows,
            rows_before_top,
            dimensions,
            filters,
            values,
            names,
        },
    );
    (scope(), time, by, filters, select(&Timing::ALL[..]), kinds, shown, compare, limits).prop_map(
        |(scope, (period, zone, resolution), by, filters, timing, kinds, (rank, top), compare, limits)| {
            let query =
                Query::new(scope, period.parse::<Period>().unwrap()).zone(zone).timing(timing).limits(limits);
            let query = by.into_iter().fold(query, Query::by);
            let query = filters.into_iter().fold(query, Query::filter);
            let query = resolution.into_iter().fold(query, Query::resolution);
            let query = kinds.into_iter().fold(query, Query::kinds);
            let query = rank.into_iter().fold(query, Query::rank);
            let query = top.into_iter().fold(query, Query::top);
            compare.into_iter().fold(query, Query::compare)
        },
    )
}

/// Generates the JSON of requests for messages. Their groups can have other dimensions than their queries.
pub(super) fn messages_request() -> impl Strategy<Value = Value> {
    let group = subsequence(every_by(), 0..4).prop_flat_map(|by| {
        by.into_iter().map(|by| (Just(by.to_string()), prop::option::of(any_value(by)))).collect::<Vec<_>>()
    });
    let page = (prop::option::of(any::<String>()), prop::option::of(1..=usize::MAX));
    (query(), prop::option::of(group), select(metrics()), page).prop_map(
        |(query, group, metric, (after, limit))| {
            let mut request = json!({ "query": Request::from(query), "metric": metric.to_string() });
            if let Some(group) = group {
                request["group"] =
                    group.into_iter().map(|(by, value)| (by, json!(value))).collect::<Map<_, _>>().into();
            }
            after.into_iter().for_each(|after| request["after"] = json!(after));
            limit.into_iter().for_each(|limit| request["limit"] = json!(limit));
            request
        },
    )
}

fn any_value(by: By) -> impl Strategy<Value = &'static str> {
    select(match by {
        By::Date => &["2026-01-01", "2026-W01", "2026", ""],
        By::Dimension(dimension) => values(dimension),
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    let account = || prop_oneof![Just("acme".to_owned()), any::<String>()].prop_map(AccountId::from);
    prop_oneof![
        account().prop_map(Scope::Account),
        prop::collection::btree_set(account(), 0..3).prop_map(Scope::Accounts),
        Just(Scope::All),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let dimension = select(&Dimension::ALL[..]);
    dimension.prop_flat_map(|dimension| {
        let value = prop_oneof![select(values(dimension)).prop_map(str::to_owned), Just(String::new())];
        (prop::collection::vec(value, 0..3), 0..6).prop_map(move |(values, form)| match form {
            0 => Filter::is(dimension, values),
            1 => Filter::is_not(dimension, values),
            2 => Filter::contains(dimension, values),
            3 => Filter::contains_none(dimension, values),
            4 => Filter::is(dimension, values).ignoring_case(),
            _ => Filter::is_absent(dimension),
        })
    })
}
