//! Cases about time: buckets, days, zones.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::super::mail::at;
use super::{Case, DAY, HOUR, daily, event};
use crate::dimension::{By, Dimension};
use crate::event::Event;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::query::{Query, Scope, Timing};
use crate::time::{Period, Resolution};

pub(super) fn cases() -> Vec<Case> {
    vec![
        an_empty_store_has_no_rows(),
        buckets_are_half_open(),
        the_edges_of_buckets_are_exact(),
        buckets_follow_daylight_saving_time(),
        first_events_of_a_day_use_days_in_utc(),
        long_periods_are_counted(),
    ]
}

fn an_empty_store_has_no_rows() -> Case {
    let everyone = Query::new(Scope::All, Period::all());
    Case::new("an empty store has no rows", [], [daily(3), everyone.by(Dimension::Domain)])
}

/// An event at the start of a bucket is in it, and one at its end is in the next bucket or, after the last one, in none.
fn buckets_are_half_open() -> Case {
    let mut events = Vec::new();
    for (index, edge) in [0, DAY, 2 * DAY].into_iter().enumerate() {
        for (name, millis) in [("before", -1), ("on", 0), ("after", 1)] {
            let instant = at(edge) + Duration::milliseconds(millis);
            events.push(Event::new("acme", format!("m-{index}-{name}"), "1", Kind::Delivered, instant));
        }
    }
    Case::new(
        "buckets include their start and not their end",
        events,
        [daily(2), daily(2).timing(Timing::Send)],
    )
}

/// Events have whole milliseconds, and the edges of buckets nanoseconds. A message with an event inside of the range has others at
/// its edges.
fn the_edges_of_buckets_are_exact() -> Case {
    let mut events = vec![event("m-all", "inside", Kind::Opened, 60)];
    for millis in [-1, 0, 1, 3_599_999, 3_600_000, 3_600_001] {
        let instant = at(0) + Duration::milliseconds(millis);
        events.push(Event::new("acme", "m-all", millis.to_string(), Kind::Opened, instant));
        events.push(Event::new("acme", format!("m-{millis}"), "1", Kind::Opened, instant));
    }
    let between = |start: i64, end: i64| {
        let end = at(HOUR) + Duration::nanoseconds(end);
        Query::new("acme", Period::between(at(0) + Duration::nanoseconds(start), end))
    };
    let queries = [(0, 0), (1, 1), (-1, -1), (999_999, 999_999), (-999_999, 1)];
    let queries = queries.into_iter().flat_map(|(start, end)| {
        [
            between(start, end),
            between(start, end).timing(Timing::Send),
            between(start, end).resolution(Resolution::Hour),
        ]
    });
    Case::new("the edges of buckets are exact, to the nanosecond", events, queries)
}

/// Days of 23, 23.5, 24.5 and 25 hours, and zones whose offset is not a whole number of hours.
fn buckets_follow_daylight_saving_time() -> Case {
    let hours = 24 * 330;
    let message = |hour: i64| event(&format!("m-{hour}"), "1", Kind::Delivered, hour * HOUR + 1800);
    let zones = [
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Australia__Lord_Howe,
        Tz::Africa__Cairo,
    ];
    let days = zones
        .map(|zone| Query::new("acme", Period::between(at(0), at(hours * HOUR))).by(By::Date).zone(zone));
    Case::new("buckets have the boundaries of the plan", (0..hours).step_by(5).map(message), days)
}

/// With every zone, resolution and timing.
fn first_events_of_a_day_use_days_in_utc() -> Case {
    let midnights = ["2000-02-29", "2025-12-31", "2026-01-01", "2026-01-02"];
    let around = midnights.into_iter().flat_map(|day| {
        let midnight = day.parse::<NaiveDate>().unwrap_or_default().and_time(NaiveTime::MIN).and_utc();
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
        let days = Query::new("acme", Period::between(at(0), at(3 * DAY))).zone(zone).by(By::Date);
        let hours = days.clone().resolution(Resolution::Hour);
        [all.clone().by(Dimension::Country), days.clone().timing(Timing::Send), days, hours]
    });
    Case::new("the first event of a kind on a day is that of a day in UTC", events, queries)
}

/// Periods of more than 2³² seconds, and periods without a start or an end.
fn long_periods_are_counted() -> Case {
    let years = ["2000-01-01", "2026-01-01", "2400-02-29"];
    let message = |day: &str| {
        let noon = day.parse::<NaiveDate>().unwrap_or_default().and_time(NaiveTime::MIN).and_utc();
        Event::new("acme", day, "1", Kind::Delivered, noon + Duration::milliseconds(1))
    };
    let events = years.map(message);
    let queries = [
        Query::new("acme", Period::all()),
        Query::new("acme", Period::since(at(0))),
        Query::new("acme", Period::until(at(0))),
        Query::new("acme", Period::between(events[0].at(), events[2].at())).resolution(Resolution::Year),
    ];
    Case::new("long periods and periods without an end are counted", events, queries)
}
