//! The report as CSV for spreadsheets: a header, a line for each row, `(rest)` if there is one, and `(total)`.

use std::io::{self, Write};

use chrono::SecondsFormat;
use mailtally::report::{Report, ReportRow};
use mailtally::{By, Counts, Metric, Status};

/// Writes the report as CSV.
pub(crate) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut sheet = csv::Writer::from_writer(out);
    sheet.write_record(heading(report))?;
    for row in report.rows() {
        let [start, end] = edges(report, row);
        let group = [values(report, row), vec![start, end]].concat();
        sheet.write_record(group.into_iter().chain(figures(report, row.counts)))?;
    }
    if let Some(rest) = report.rest() {
        sheet.write_record(summary(report, "(rest)").chain(figures(report, &rest.total)))?;
    }
    sheet.write_record(summary(report, "(total)").chain(figures(report, report.total())))?;
    sheet.flush()
}

fn heading(report: &Report) -> Vec<String> {
    let by = report.plan().by().iter().map(ToString::to_string);
    let edges = ["start", "end"].map(str::to_owned);
    let rates = report.rates().iter().map(|definition| definition.name().to_owned());
    by.chain(edges).chain(metrics(report).iter().map(ToString::to_string)).chain(rates).collect()
}

/// The leading cells of a line that is not a row: `name`, and nothing in the others.
fn summary(report: &Report, name: &str) -> impl Iterator<Item = String> {
    let columns = report.plan().by().len() + 2;
    std::iter::once(name.to_owned()).chain(std::iter::repeat_n(String::new(), columns - 1))
}

fn values(report: &Report, row: ReportRow<'_>) -> Vec<String> {
    let mut values = row.group.iter();
    let value = |by: &By| match by {
        By::Date => report.date(row),
        By::Dimension(_) => without_formula(values.next().and_then(Option::as_deref).unwrap_or_default()),
    };
    report.plan().by().iter().map(value).collect()
}

/// Quotes a value that a spreadsheet would compute as a formula: values come from strangers' mail.
pub(crate) fn without_formula(value: &str) -> String {
    let is_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{value}") } else { value.to_owned() }
}

fn edges(report: &Report, row: ReportRow<'_>) -> [String; 2] {
    let zone = report.plan().zone();
    let local = |at: chrono::DateTime<chrono::Utc>| {
        at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false)
    };
    let start = if row.time.is_open_start() { String::new() } else { local(row.time.start) };
    let end = if row.time.is_open_end() { String::new() } else { local(row.time.end) };
    [start, end]
}

fn metrics(report: &Report) -> Vec<Metric> {
    let kinds = report.plan().kinds().iter().copied();
    let statuses = Status::ALL.into_iter().filter(|_| report.plan().has_statuses()).map(Metric::Status);
    let of_kind = |kind: mailtally::Kind| {
        let qualified =
            kind.event_types().filter(|event_type| event_type.qualifier().is_some()).map(Metric::TotalOf);
        [Metric::Total(kind), Metric::Unique(kind)].into_iter().chain(qualified)
    };
    kinds.flat_map(of_kind).chain(statuses).collect()
}

/// Counts as whole numbers, rates as fractions; a rate of nothing is empty.
fn figures(report: &Report, counts: &Counts) -> impl Iterator<Item = String> {
    let counted: Vec<String> =
        metrics(report).into_iter().map(|metric| counts.value(metric).to_string()).collect();
    let rate = |definition: &mailtally::rate::Definition| {
        let rate = definition.compute(counts).ok().and_then(|rate| rate.fraction_text());
        rate.unwrap_or_default()
    };
    let rates: Vec<String> = report.rates().iter().map(rate).collect();
    counted.into_iter().chain(rates)
}
