//! Random plans, made of plain numbers so that they shrink well.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, TimeDelta, Utc};
use mailtally::store::Plan;
use mailtally::{Dimension, Filter, Kind, Limits, Period, Query, Resolution, Scope, Timing};
use proptest::prelude::*;

use super::instants::{ANY, DAYS, NEAR, When, when};
use super::mail::{ACCOUNTS, text};

const ZONES: [chrono_tz::Tz; 6] = [
    chrono_tz::UTC,
    chrono_tz::Asia::Kolkata,
    chrono_tz::America::St_Johns,
    chrono_tz::Europe::Berlin,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Pacific::Apia,
];

/// How far the ends of periods are from whole milliseconds, in nanoseconds.
const NANOS: [i64; 6] = [0, 0, 0, 1, -1, 500_000];

/// A plan as plain numbers.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    scope: u8,
    period: u8,
    ends: [(When, u8); 2],
    resolution: u8,
    zone: u8,
    by_count: u8,
    by: [u8; 3],
    filter_count: u8,
    filters: [FilterDraft; 3],
    send: bool,
    kinds: Option<u16>,
    rows: u8,
}

#[derive(Clone, Copy, Debug)]
struct FilterDraft {
    dimension: u8,
    form: u8,
    values: [u8; 3],
}

/// What plans are mostly about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Focus {
    /// Periods, buckets and kinds, mostly without dimensions.
    Time,
    /// Dimensions and filters, mostly in periods that contain all mail.
    Values,
    /// Both.
    All,
}

/// Generates plans.
pub(crate) fn draft(focus: Focus) -> impl Strategy<Value = Draft> {
    let (periods, by_counts, filter_counts) = match focus {
        Focus::Time => (3..10_u8, 0..4_u8, 0..4_u8),
        Focus::Values => (0..6_u8, 2..10_u8, 2..10_u8),
        Focus::All => (0..10_u8, 0..8_u8, 0..8_u8),
    };
    let end = || {
        (when(NEAR.start..ANY.end), 0..NANOS.len())
            .prop_map(|(when, nanos)| (when, u8::try_from(nanos).unwrap_or(0)))
    };
    let filter = (0..32_u8, 0..10_u8, [0..8_u8, 0..8_u8, 0..8_u8])
        .prop_map(|(dimension, form, values)| FilterDraft { dimension, form, values });
    let filters = (filter_counts, [filter.clone(), filter.clone(), filter]);
    let by = (by_counts, [0..32_u8, 0..32_u8, 0..32_u8]);
    let time = (periods, [end(), end()], 0..16_u8, 0..6_u8);
    let kinds = prop::option::weighted(0.4, any::<u16>());
    (0..10_u8, time, by, filters, (any::<bool>(), kinds, 0..40_u8)).prop_map(
        |(scope, (period, ends, resolution, zone), (by_count, by), filters, (send, kinds, rows))| {
            let (filter_count, filters) = filters;
            Draft {
                scope,
                period,
                ends,
                resolution,
                zone,
                by_count,
                by,
                filter_count,
                filters,
                send,
                kinds,
                rows,
            }
        },
    )
}

impl Draft {
    /// Makes the plan.
    pub(crate) fn plan(&self, origin: DateTime<Utc>) -> Plan {
        let now = origin + Duration::days(DAYS) + Duration::hours(11);
        let (start, end) = self.ends(origin);
        let (resolution, period) = (self.resolution(start, end, now), period(start, end));
        let query = Query::new(self.scope(), period).zone(ZONES[usize::from(self.zone)]);
        let query = query.timing(if self.send { Timing::Send } else { Timing::Event });
        let query = query.resolution(resolution);
        let count = [0, 0, 0, 1, 1, 1, 2, 3, 1, 2][usize::from(self.by_count)];
        let dimensions: Vec<Dimension> = self.by[..count].iter().copied().map(dimension).collect();
        let mut seen = BTreeSet::new();
        let dimensions = dimensions.into_iter().filter(|dimension| seen.insert(*dimension));
        let query = dimensions.fold(query, Query::by);
        let count = [0, 0, 0, 0, 1, 1, 2, 3, 1, 2][usize::from(self.filter_count)];
        let query = self.filters[..count].iter().fold(query, |query, draft| query.filter(draft.filter()));
        let query = match self.kinds {
            Some(chosen) => {
                let of_bits = Kind::ALL.into_iter().filter(|kind| chosen >> (*kind as u8) & 1 == 1);
                query.kinds(of_bits)
            }
            None => query,
        };
        let rows = if self.rows == 39 { 2 } else { Limits::default().rows };
        query.limits(Limits { rows, ..Limits::default() }).plan(now).unwrap()
    }

    fn scope(&self) -> Scope {
        let accounts = |names: &[&str]| Scope::Accounts(names.iter().map(|name| (*name).into()).collect());
        match self.scope {
            0..3 => Scope::All,
            3..6 => ACCOUNTS[0].into(),
            6 => ACCOUNTS[1].into(),
            7 => accounts(&[ACCOUNTS[0], "unknown", ACCOUNTS[2]]),
            8 => accounts(&ACCOUNTS[..2]),
            _ => "unknown".into(),
        }
    }

    /// Returns the ends of the period, of which each can be open.
    fn ends(&self, origin: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let day = |day| Some(origin + Duration::days(day));
        let [start, end] = self
            .ends
            .map(|(when, nanos)| Some(when.at(origin) + TimeDelta::nanoseconds(NANOS[usize::from(nanos)])));
        match self.period {
            0..3 => (day(-1), day(DAYS + 1)),
            3 => (None, None),
            4 => (start, None),
            5 => (None, end),
            _ => (start.min(end), start.max(end)),
        }
    }

    /// Returns the resolution: a coarser one if there would be very many buckets.
    fn resolution(
        &self,
        start: Option<DateTime<Utc>>,
        end: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Resolution {
        let Some(start) = start else { return Resolution::All };
        let days = (end.unwrap_or_else(|| now.max(start)) - start).num_days();
        let chosen = match self.resolution {
            0..5 => Resolution::All,
            5..8 => Resolution::Hour,
            8..12 => Resolution::Day,
            12 => Resolution::Week,
            13 => Resolution::Month,
            14 => Resolution::Quarter,
            _ => Resolution::Year,
        };
        match (chosen, days) {
            (_, 1000..) => Resolution::All,
            (Resolution::Hour | Resolution::Day, 30..) => Resolution::Week,
            (chosen, _) => chosen,
        }
    }
}

fn period(start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Period {
    match (start, end) {
        (None, None) => Period::all(),
        (Some(start), None) => Period::since(start),
        (None, Some(end)) => Period::until(end),
        (Some(start), Some(end)) => Period::between(start, end),
    }
}

/// Returns a dimension; tags, accounts and addresses are the most frequent ones.
fn dimension(choice: u8) -> Dimension {
    match Dimension::ALL.get(usize::from(choice)) {
        Some(dimension) => *dimension,
        None => match choice % 4 {
            0 | 1 => Dimension::Tag,
            2 => Dimension::Account,
            _ => Dimension::Ip,
        },
    }
}

impl FilterDraft {
    /// Makes the filter.
    fn filter(self) -> Filter {
        let dimension = dimension(self.dimension);
        let [first, second, third] = self.values.map(|choice| text(dimension, choice));
        let part = |text: &str| text.chars().take(2).collect::<String>();
        match self.form {
            0 => Filter::is(dimension, [first]),
            1 => Filter::is(dimension, [first, second, String::new()]),
            2 => Filter::is_not(dimension, [first]),
            3 => Filter::is_not(dimension, [first, second, third]),
            4 => Filter::contains(dimension, [part(&first).to_uppercase()]),
            5 => Filter::contains(dimension, [part(&first), part(&second), String::new()]),
            6 => Filter::contains_none(dimension, [part(&first), part(&second)]),
            7 => Filter::is_absent(dimension),
            8 => Filter::is(dimension, [first, second].map(|text| text.to_ascii_uppercase())).ignoring_case(),
            _ => Filter::is_not(dimension, [first.to_ascii_uppercase(), String::new()]).ignoring_case(),
        }
    }
}
