//! The report for people: a head line, a table with a picture in every row, what explains it, and notes.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use comfy_table::Table;
use mailtally::report::Report;
use mailtally::report::Warning;
use mailtally::store::Plan;
use mailtally::time::Range;
use mailtally::{Counts, Status};

use crate::grid::Grid;
use crate::text::{several, wrapped};
use crate::{changes, provenance, spark};

/// Writes it. `series` is the same report over time, for sparklines; `width` is that of the table in characters, by
/// default the terminal's, and without limit where the output is not a terminal.
pub(crate) fn write(
    out: &mut impl Write,
    report: &Report,
    series: Option<&Report>,
    width: Option<u16>,
) -> io::Result<()> {
    let width = width.or_else(|| Table::new().width());
    let paragraphs = |lines: Vec<String>| {
        let lines: Vec<String> = lines.iter().map(|line| wrapped(line, width)).collect();
        lines.join("\n")
    };
    let grid = (!report.total().is_zero()).then(|| Grid::new(report, series, width));
    let mut sections = vec![paragraphs(head(report, series))];
    match &grid {
        Some(grid) => sections.extend([grid.render(), paragraphs(grid.legend())]),
        None => sections.push("nothing was counted".to_owned()),
    }
    if let Some(comparison) = report.comparison() {
        let heading = format!("compared with {}:", period(report.plan(), comparison.range()));
        sections
            .push([vec![wrapped(&heading, width)], changes::lines(report, comparison)].concat().join("\n"));
    }
    sections.push(paragraphs(notes(report, grid.as_ref())));
    sections.extend(grid.and_then(|grid| grid.left_out_note()).map(|note| wrapped(&note, width)));
    sections.retain(|section| !section.is_empty());
    writeln!(out, "{}", sections.join("\n\n"))
}

/// When, how much, and how it was counted; then the events over time.
fn head(report: &Report, series: Option<&Report>) -> Vec<String> {
    let mut parts = vec![period(report.plan(), report.plan().range())];
    if report.plan().has_statuses() {
        let messages = Status::ALL.into_iter().map(|status| report.total().status(status)).sum::<u64>();
        parts.push(several(messages, "message"));
    }
    parts.push(several(report.total().events(), "event"));
    parts.push(format!("counted by {} time", report.plan().timing().name()));
    let line = |series: &Report| {
        let values: Vec<u64> = series.totals().iter().map(Counts::events).collect();
        format!("{}  events by {}", spark::line(&values), series.plan().resolution())
    };
    [parts.join(" · ")].into_iter().chain(series.map(line)).collect()
}

/// The period in the query's zone, which the rows do not name again.
pub(crate) fn period(plan: &Plan, range: &Range) -> String {
    let zone = plan.zone();
    let is_whole_minute = |at: DateTime<Utc>| at.timestamp() % 60 == 0;
    let edges = || [range.start(), range.end()].into_iter().flatten();
    let form = if edges().all(is_whole_minute) { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).format(form);
    match (range.start(), range.end()) {
        (Some(start), Some(end)) => format!("{} – {} {zone}", local(start), local(end)),
        (Some(start), None) => format!("since {} {zone}", local(start)),
        (None, Some(end)) => format!("until {} {zone}", local(end)),
        (None, None) => format!("all time, {zone}"),
    }
}

/// The report's warnings, and what is known about its data, as far as a reader of the table needs them.
fn notes(report: &Report, grid: Option<&Grid<'_>>) -> Vec<String> {
    let note = |warning: &Warning| match warning {
        // A row says it, such as `7 more`.
        Warning::GroupsCut { .. } => None,
        // The table shows no statuses.
        Warning::NoStatuses { .. } => None,
        // The head line says it: a period without an end is never over.
        Warning::NotOver { .. } if report.plan().range().end().is_none() => None,
        Warning::RateAboveOne { rate, rows, in_total, timing } => {
            let is_shown = report.comparison().is_some() || grid.is_some_and(|grid| grid.shows_rate(rate));
            let (rows, in_total) =
                if grid.is_some_and(Grid::has_total) { (*rows, *in_total) } else { (0, false) };
            let shown = Warning::RateAboveOne { rate: rate.clone(), rows, in_total, timing: *timing };
            is_shown.then(|| shown.to_string())
        }
        warning => Some(warning.to_string()),
    };
    let warnings = report.warnings();
    let is_incomplete = warnings.iter().any(|warning| matches!(warning, Warning::Incomplete { .. }));
    let provenance = provenance::notes(report.provenance(), is_incomplete);
    warnings.iter().filter_map(note).chain(provenance).map(|note| format!("note: {note}")).collect()
}
