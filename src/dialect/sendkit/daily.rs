//! `GET /v1/analytics/daily`: campaign mail by day.

use serde::Serialize;

use super::stats::Stats;
use crate::report::Report;

/// A row: the campaign mail that was created on a day.
#[derive(Serialize)]
pub(super) struct Day {
    /// The date in UTC.
    #[serde(rename = "_id")]
    id: String,
    #[serde(flatten)]
    stats: Stats,
}

/// Returns a row for each day on which one of the counts is not zero, oldest first.
pub(super) fn rows(report: &Report) -> Vec<Day> {
    let days = report.rows().map(|row| (row, Stats::new(row.counts)));
    let busy = days.filter(|(_, stats)| *stats != Stats::default());
    busy.map(|(row, stats)| Day { id: report.date(row), stats }).collect()
}
