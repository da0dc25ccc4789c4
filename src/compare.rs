//! The same question, asked of another period.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crate::counts::Counts;
use crate::parse_error::ParseError;
use crate::plan::{Plan, Row};
use crate::report::{Cells, Report, ReportError, ReportRow, sum};
use crate::time::{Bucket, Range, Resolution};

/// The period to compare with. Both shift the calendar, not a number of hours: the month before a month, the same dates
/// a year before, in the query's zone (see [`Period::previous`](crate::Period::previous) and
/// [`Period::year_before`](crate::Period::year_before)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Against {
    /// The period of the same shape just before.
    Previous,
    /// The same period one calendar year before.
    Year,
}

impl Against {
    /// Every period to compare with.
    pub const ALL: [Self; 2] = [Self::Previous, Self::Year];

    /// The name in JSON and in queries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
        }
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Against {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let found = Self::ALL.into_iter().find(|against| against.name() == text);
        found.ok_or_else(|| ParseError::not_one_of("comparison", text, Self::ALL.map(Self::name)))
    }
}

/// The answer of another period, laid beside a report.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Which other period.
    pub against: Against,
    /// That period, start in, end out.
    pub range: Range,
    /// For each row of the report, what the same group had in the bucket beside it: of the same date a year before where
    /// dates are compared, else at the same place; `None` where that period has no such bucket.
    pub rows: Vec<Option<Counts>>,
    /// All mail of that period.
    pub total: Counts,
}

impl Comparison {
    /// Lays the `rows` and `totals` that answer `before`, the plan of the other period, beside those of `report`.
    pub(crate) fn new(
        against: Against,
        report: &Report,
        before: &Plan,
        rows: Vec<Row>,
        totals: Option<Vec<Row>>,
    ) -> Result<Self, ReportError> {
        let cells = Cells::new(before, rows)?;
        let total = sum(&cells.totals(before, totals)?)?;
        let buckets = beside(&report.plan, before, against);
        let counts = |row: &ReportRow| {
            let bucket = buckets[row.bucket]?;
            Some(cells.at(&row.group, bucket).cloned().unwrap_or_default())
        };
        let rows = report.rows.iter().map(counts).collect();
        Ok(Self { against, range: *before.range(), rows, total })
    }
}

/// For each bucket of `plan` the place of the one beside it among those of `before`.
///
/// Where the same dates a year before are compared, that is the bucket of the same date (the 29th of February has none);
/// otherwise the one at the same place.
fn beside(plan: &Plan, before: &Plan, against: Against) -> Vec<Option<usize>> {
    let places = 0..plan.buckets().len();
    let by_date = |place: usize| name_in_year(before, &before.buckets()[place], 0);
    let is_by_date = against == Against::Year
        && plan.resolution() != Resolution::All
        && !plan.buckets().is_empty()
        && !before.buckets().is_empty()
        && name_in_year(plan, &plan.buckets()[0], -1) == by_date(0);
    if !is_by_date {
        return places.map(|place| Some(place).filter(|place| *place < before.buckets().len())).collect();
    }
    // Of an hour that comes twice, the first.
    let known: HashMap<_, _> =
        (0..before.buckets().len()).rev().map(|place| (by_date(place), place)).collect();
    places.map(|place| known.get(&name_in_year(plan, &plan.buckets()[place], -1)).copied()).collect()
}

/// The label of a bucket, its year moved by `years`, and an hour without its offset.
fn name_in_year(plan: &Plan, bucket: &Bucket, years: i64) -> Option<(i64, String)> {
    let label = plan.resolution().label(bucket.start, plan.zone());
    let digits = label.bytes().skip(1).position(|byte| byte == b'-').map_or(label.len(), |place| place + 1);
    let (year, rest) = label.split_at(digits);
    let rest = rest.split_once('T').map_or(rest, |(date, time)| &rest[..date.len() + 1 + time.len().min(5)]);
    Some((year.parse::<i64>().ok()? + years, rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::dimension::By;
    use crate::query::Query;
    use crate::time::Period;

    /// The label of each bucket with that of the one beside it, a year before.
    fn pairs(period: &str, resolution: Resolution, zone: chrono_tz::Tz) -> Vec<(String, Option<String>)> {
        let now: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
        let query =
            Query::new("a", period.parse::<Period>().unwrap()).by(By::Date).resolution(resolution).zone(zone);
        let query = query.compare(Against::Year);
        let (plan, before) = (query.plan(now).unwrap(), query.comparison_plan(now).unwrap().unwrap());
        let label = |plan: &Plan, place: usize| resolution.label(plan.buckets()[place].start, zone);
        let beside = beside(&plan, &before, Against::Year);
        beside
            .into_iter()
            .enumerate()
            .map(|(at, other)| (label(&plan, at), other.map(|other| label(&before, other))))
            .collect()
    }

    #[test]
    fn days_lie_beside_the_same_date_also_after_a_leap_day() {
        let pairs = pairs("2028-02-28..=2028-03-01", Resolution::Day, chrono_tz::UTC);
        let beside: Vec<_> = pairs.iter().map(|(_, other)| other.as_deref()).collect();
        assert_eq!(beside, [Some("2027-02-28"), None, Some("2027-03-01")]);
    }

    #[test]
    fn hours_lie_beside_the_same_hour_also_across_a_change_of_clocks() {
        let pairs = pairs("2026-03-29", Resolution::Hour, chrono_tz::Europe::Berlin);
        assert_eq!(pairs.len(), 23);
        for (hour, other) in pairs {
            assert_eq!(hour[11..16], other.unwrap()[11..16]);
        }
    }

    #[test]
    fn months_lie_beside_months_and_weeks_beside_weeks_of_the_same_number() {
        for (period, resolution) in [("2026", Resolution::Month), ("2026-W10..2026-W20", Resolution::Week)] {
            for (name, other) in pairs(period, resolution, chrono_tz::UTC) {
                assert_eq!(name[4..], other.unwrap()[4..]);
            }
        }
    }

    #[test]
    fn days_of_a_week_lie_beside_the_same_days_of_the_week() {
        let pairs = pairs("2026-W47", Resolution::Day, chrono_tz::UTC);
        let first = (pairs[0].0.as_str(), pairs[0].1.as_deref());
        assert_eq!(first, ("2026-11-16", Some("2025-11-17")), "both are Mondays");
    }
}
