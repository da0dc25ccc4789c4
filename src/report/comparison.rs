//! The comparison of a report with another period.

use std::collections::HashMap;

use super::cells::{self, Cells};
use super::{NOTHING, ReportError, ReportRow};
use crate::counts::Counts;
use crate::plan::{Plan, Row};
use crate::query::Against;
use crate::time::{Bucket, Range, Resolution};

/// The answer to the same query for another period.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    against: Against,
    range: Range,
    total: Counts,
    cells: Cells,
    /// For each bucket of the report the index of the corresponding bucket of the other period, if there is one.
    buckets: Vec<Option<usize>>,
}

impl Comparison {
    /// Collects the `rows` and `totals` that answer `before`, the plan for the other period.
    pub(super) fn new(
        against: Against,
        plan: &Plan,
        before: &Plan,
        rows: Vec<Row>,
        totals: Option<Vec<Row>>,
    ) -> Result<Self, ReportError> {
        let cells = Cells::new(before, rows)?;
        let total = cells::sum(&cells.totals(before, totals)?)?;
        let buckets = corresponding_buckets(plan, before, against);
        Ok(Self { against, range: *before.range(), total, cells, buckets })
    }

    /// Returns which other period it is.
    pub fn against(&self) -> Against {
        self.against
    }

    /// Returns the other period: a half-open range.
    pub fn range(&self) -> &Range {
        &self.range
    }

    /// Returns the counts of all mail of the other period.
    pub fn total(&self) -> &Counts {
        &self.total
    }

    /// Returns the counts that the group of a report's row has in the corresponding bucket of the other period: that of the
    /// same date one year before if dates are compared, and otherwise that at the same index. `None` if the other period has
    /// no such bucket.
    pub fn counts(&self, row: ReportRow<'_>) -> Option<&Counts> {
        let bucket = (*self.buckets.get(row.bucket)?)?;
        let counts = self.cells.group(row.group).and_then(|cells| cells.counts(bucket));
        Some(counts.unwrap_or(&NOTHING))
    }
}

/// Returns for each bucket of `plan` the index of the corresponding bucket of `before`.
///
/// If the same dates one year before are compared, it is the bucket of the same date (29 February has none); otherwise the
/// one at the same index.
fn corresponding_buckets(plan: &Plan, before: &Plan, against: Against) -> Vec<Option<usize>> {
    let indexes = 0..plan.buckets().len();
    let name_before = |index: usize| name_in_year(before, &before.buckets()[index], 0);
    let is_by_date = against == Against::Year
        && plan.resolution() != Resolution::All
        && !plan.buckets().is_empty()
        && !before.buckets().is_empty()
        && name_in_year(plan, &plan.buckets()[0], -1) == name_before(0);
    if !is_by_date {
        return indexes.map(|index| Some(index).filter(|index| *index < before.buckets().len())).collect();
    }
    // In reverse, so that of an hour that occurs twice the first one stays.
    let known: HashMap<_, _> =
        (0..before.buckets().len()).rev().map(|index| (name_before(index), index)).collect();
    indexes.map(|index| known.get(&name_in_year(plan, &plan.buckets()[index], -1)).copied()).collect()
}

/// Returns the label of a bucket, with `years` added to its year and without the UTC offset of an hour.
fn name_in_year(plan: &Plan, bucket: &Bucket, years: i64) -> Option<(i64, String)> {
    let label = plan.resolution().label(bucket.start, plan.zone());
    let year_len = label.bytes().skip(1).position(|byte| byte == b'-').map_or(label.len(), |index| index + 1);
    let (year, rest) = label.split_at(year_len);
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

    /// Returns the label of each bucket, with that of the corresponding bucket one year before.
    fn pairs(period: &str, resolution: Resolution, zone: chrono_tz::Tz) -> Vec<(String, Option<String>)> {
        let now: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
        let query =
            Query::new("a", period.parse::<Period>().unwrap()).by(By::Date).resolution(resolution).zone(zone);
        let query = query.compare(Against::Year);
        let (plan, before) = (query.plan(now).unwrap(), query.comparison_plan(now).unwrap().unwrap());
        let label = |plan: &Plan, place: usize| resolution.label(plan.buckets()[place].start, zone);
        let indexes = corresponding_buckets(&plan, &before, Against::Year);
        indexes
            .into_iter()
            .enumerate()
            .map(|(at, other)| (label(&plan, at), other.map(|other| label(&before, other))))
            .collect()
    }

    #[test]
    fn days_correspond_to_the_same_date_also_after_a_leap_day() {
        let pairs = pairs("2028-02-28..=2028-03-01", Resolution::Day, chrono_tz::UTC);
        let beside: Vec<_> = pairs.iter().map(|(_, other)| other.as_deref()).collect();
        assert_eq!(beside, [Some("2027-02-28"), None, Some("2027-03-01")]);
    }

    #[test]
    fn hours_correspond_to_the_same_hour_across_daylight_saving_time() {
        let pairs = pairs("2026-03-29", Resolution::Hour, chrono_tz::Europe::Berlin);
        assert_eq!(pairs.len(), 23);
        for (hour, other) in pairs {
            assert_eq!(hour[11..16], other.unwrap()[11..16]);
        }
    }

    #[test]
    fn months_correspond_to_months_and_weeks_to_weeks_of_the_same_number() {
        for (period, resolution) in [("2026", Resolution::Month), ("2026-W10..2026-W20", Resolution::Week)] {
            for (name, other) in pairs(period, resolution, chrono_tz::UTC) {
                assert_eq!(name[4..], other.unwrap()[4..]);
            }
        }
    }

    #[test]
    fn days_of_a_week_correspond_to_the_same_days_of_the_week() {
        let pairs = pairs("2026-W47", Resolution::Day, chrono_tz::UTC);
        let first = (pairs[0].0.as_str(), pairs[0].1.as_deref());
        assert_eq!(first, ("2026-11-16", Some("2025-11-17")), "both are Mondays");
    }
}
