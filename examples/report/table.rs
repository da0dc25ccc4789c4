//! The report as a person wants to see it: aligned, rates beside counts, a picture in every row.

use std::collections::HashMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row, Table,
    Width, presets,
};
use mailtally::rate::{Change, Rounding};
use mailtally::report::Comparison;
use mailtally::report::{Report, ReportRow};
use mailtally::store::Group;
use mailtally::time::Range;
use mailtally::{By, Counts, EventType, Kind, Metric, Status};

use crate::spark;

/// A column of counts, with the rate that stands beside it. Shown where anything was counted.
struct Column {
    title: &'static str,
    metric: Metric,
    rate: Option<&'static str>,
    /// Whether much of it is bad news.
    is_loss: bool,
}

const fn column(title: &'static str, metric: Metric, rate: Option<&'static str>, is_loss: bool) -> Column {
    Column { title, metric, rate, is_loss }
}

const COLUMNS: [Column; 14] = [
    column("accepted", Metric::Unique(Kind::Accepted), None, false),
    column("delivered", Metric::Unique(Kind::Delivered), Some("delivery_rate"), false),
    column("deferred", Metric::Unique(Kind::Deferred), None, false),
    column("deferrals", Metric::Total(Kind::Deferred), None, false),
    column("soft bounced", Metric::Unique(Kind::SoftBounced), None, false),
    column("bounced", Metric::Unique(Kind::HardBounced), Some("bounce_rate"), true),
    column("expired", Metric::UniqueOf(EventType::FailedExpired), None, true),
    column("rejected", Metric::UniqueOf(EventType::FailedRejected), None, true),
    column("failed", Metric::Unique(Kind::Failed), None, true),
    column("opened", Metric::Unique(Kind::Opened), Some("open_rate"), false),
    column("clicked", Metric::Unique(Kind::Clicked), Some("click_rate"), false),
    column("unsubscribed", Metric::Unique(Kind::Unsubscribed), Some("unsubscribe_rate"), false),
    column("complained", Metric::Unique(Kind::Complained), Some("complaint_rate"), true),
    column("replied", Metric::Unique(Kind::Replied), Some("reply_rate"), false),
];

/// The columns of a terminal below which there is no room for pictures.
const NARROW: u16 = 110;

/// The letters of a name that are kept on one line, however narrow the terminal.
const READABLE: u16 = 20;

/// The letters of a bar.
const BAR: usize = 12;

/// Writes it; `series` is the same over time, for sparklines.
pub(crate) fn write(out: &mut impl Write, report: &Report, series: Option<&Report>) -> io::Result<()> {
    writeln!(out, "{}", headline(report))?;
    if let Some(series) = series {
        let values: Vec<u64> = series.totals.iter().map(Counts::events).collect();
        writeln!(out, "{}  events by {}", spark::line(&values), series.plan.resolution())?;
    }
    writeln!(out)?;
    if report.total == Counts::default() {
        writeln!(out, "nothing was counted")?;
    } else {
        writeln!(out, "{}", View::new(report, series).table().trim_fmt())?;
    }
    if let Some(comparison) = &report.comparison {
        writeln!(out)?;
        write_changes(out, report, comparison)?;
    }
    if !report.warnings.is_empty() {
        writeln!(out)?;
    }
    report.warnings.iter().try_for_each(|warning| writeln!(out, "note: {warning}"))
}

/// When, how much, and how it was counted.
fn headline(report: &Report) -> String {
    let mut parts = vec![period(report, report.plan.range())];
    if report.plan.has_statuses() {
        let messages = Status::ALL.into_iter().map(|status| report.total.status(status)).sum::<u64>();
        parts.push(several(messages, "message"));
    }
    parts.push(several(report.total.events(), "event"));
    parts.push(format!("counted by {} time", report.plan.timing().name()));
    parts.join(" · ")
}

fn period(report: &Report, range: &Range) -> String {
    let zone = report.plan.zone();
    let is_by_the_minute = |at: DateTime<Utc>| at.timestamp() % 60 == 0;
    let edges = || [range.start(), range.end()].into_iter().flatten();
    let form = if edges().all(is_by_the_minute) { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    let shown = |at: DateTime<Utc>| at.with_timezone(&zone).format(form).to_string();
    let start = range.start().map_or_else(|| "the beginning".to_owned(), shown);
    let end = range.end().map_or_else(|| "the end".to_owned(), shown);
    format!("{start} – {end} {}", zone.name())
}

/// A table in the making.
struct View<'a> {
    report: &'a Report,
    series: Option<&'a Report>,
    /// What each group had over time, if there is a series.
    lines: HashMap<&'a Group, Vec<u64>>,
    columns: Vec<&'static Column>,
    most: u64,
}

impl<'a> View<'a> {
    fn new(report: &'a Report, series: Option<&'a Report>) -> Self {
        let counted = |column: &&Column| match column.metric {
            // Deferrals and failures say more in their finer columns, where those say it all.
            Metric::Total(kind) => report.total.total(kind) > report.total.unique(kind),
            Metric::Unique(Kind::Failed) => other_failures(&report.total) > 0,
            metric => report.total.value(metric) > 0,
        };
        let columns = COLUMNS.iter().filter(counted).collect();
        let most = report.rows().map(|row| row.counts.events()).max().unwrap_or(0);
        let mut lines: HashMap<&Group, Vec<u64>> = HashMap::new();
        for row in series.iter().flat_map(|series| &series.rows) {
            lines.entry(&row.group).or_default().push(row.counts.events());
        }
        Self { report, series, lines, columns, most }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.style_mut().header_separator = LineStyle::none().fill('─').junction('─');
        table.set_header(self.heading());
        for (place, row) in self.report.rows().enumerate() {
            let before = self.report.comparison.as_ref().map(|comparison| comparison.rows[place].as_ref());
            table.add_row(self.row(self.names(row), self.picture(row), &row.counts, before));
        }
        if let Some(rest) = &self.report.rest {
            let names = self.summary(&format!("{} more", grouped(rest.groups as u64)));
            table.add_row(self.row(names, String::new(), &rest.total, None));
        }
        if self.report.rows().len() != 1 || self.report.rest.is_some() {
            let before = self.report.comparison.as_ref().map(|comparison| Some(&comparison.total));
            let mut total = self.row(self.summary("total"), String::new(), &self.report.total, before);
            total = Row::from(
                total
                    .cell_iter()
                    .cloned()
                    .map(|cell| cell.add_attribute(Attribute::Bold))
                    .collect::<Vec<_>>(),
            );
            table.add_row(total);
        }
        self.arrange(&mut table);
        table
    }

    /// Numbers keep their width; what names a row gives way, and the picture goes, where the terminal is narrow.
    fn arrange(&self, table: &mut Table) {
        let names = self.names_width();
        let widest = table.column_max_content_widths();
        let is_narrow = table.width().is_some_and(|width| width < NARROW);
        for (place, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 1));
            let name = Width::Fixed(widest.get(place).map_or(0, |width| width + 1).min(READABLE));
            column.set_constraint(match place < names {
                true => ColumnConstraint::LowerBoundary(name),
                false => ColumnConstraint::ContentWidth,
            });
            if place > names {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if place == names && is_narrow && names > 0 {
                column.set_constraint(ColumnConstraint::Hidden);
            }
        }
    }

    /// How many columns name a row, before the picture.
    fn names_width(&self) -> usize {
        self.report.plan.by().len()
    }

    fn heading(&self) -> Vec<Cell> {
        let by = self.report.plan.by().iter().map(|by| by.name().replace('_', " "));
        let picture = match self.series {
            Some(series) => format!("by {}", series.plan.resolution()),
            None => "events".to_owned(),
        };
        let figures =
            self.columns.iter().flat_map(|column| [Some(column.title), column.rate.map(|_| "%")]).flatten();
        let change = self.report.comparison.as_ref().map(|comparison| format!("vs {}", comparison.against));
        let titles = by.chain([picture]).chain(figures.map(str::to_owned)).chain(change);
        titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)).collect()
    }

    fn names(&self, row: &ReportRow) -> Vec<Cell> {
        let mut values = row.group.iter();
        let value = |by: &By| match by {
            By::Date => Cell::new(self.report.date(row)),
            By::Dimension(_) => match values.next().and_then(Option::as_deref) {
                Some(value) => Cell::new(printable(value)),
                None => Cell::new("(none)").add_attribute(Attribute::Dim),
            },
        };
        self.report.plan.by().iter().map(value).collect()
    }

    /// The cells that name a row which is of no group.
    fn summary(&self, name: &str) -> Vec<Cell> {
        let mut cells = vec![Cell::new(""); self.names_width()];
        if let Some(first) = cells.first_mut() {
            *first = Cell::new(name);
        }
        cells
    }

    fn picture(&self, row: &ReportRow) -> String {
        match self.lines.get(&row.group) {
            Some(values) => spark::line(values),
            None => spark::bar(row.counts.events(), self.most, BAR),
        }
    }

    fn row(
        &self,
        names: Vec<Cell>,
        picture: String,
        counts: &Counts,
        before: Option<Option<&Counts>>,
    ) -> Row {
        let figures = self.columns.iter().flat_map(|column| {
            let value = match column.metric {
                Metric::Unique(Kind::Failed) => other_failures(counts),
                metric => counts.value(metric),
            };
            let count = Cell::new(if value == 0 { "·".to_owned() } else { grouped(value) });
            let color = if column.is_loss && value > 0 { Some(Color::Red) } else { None };
            let rate =
                column.rate.map(|name| Cell::new(self.percent(name, counts)).add_attribute(Attribute::Dim));
            [Some(color.into_iter().fold(count, Cell::fg)), rate].into_iter().flatten()
        });
        let change =
            before.map(|before| Cell::new(before.map_or_else(String::new, |before| growth(counts, before))));
        Row::from(
            names
                .into_iter()
                .chain([Cell::new(picture).fg(Color::Cyan)])
                .chain(figures)
                .chain(change)
                .collect::<Vec<_>>(),
        )
    }

    fn percent(&self, name: &str, counts: &Counts) -> String {
        let definition = self.report.rates.iter().find(|definition| definition.name() == name);
        let rate = definition.and_then(|definition| definition.compute(counts).ok());
        let percent = rate.and_then(|rate| rate.percent(1, Rounding::HalfAwayFromZero));
        percent.map_or_else(|| "–".to_owned(), |percent| percent.to_string())
    }
}

/// How each rate of the total changed, and whether that is more than chance.
fn write_changes(out: &mut impl Write, report: &Report, comparison: &Comparison) -> io::Result<()> {
    writeln!(out, "compared with {}:", period(report, &comparison.range))?;
    for definition in &report.rates {
        let (now, before) =
            (definition.compute(&report.total).ok(), definition.compute(&comparison.total).ok());
        let Some(change) = now.zip(before).map(|(now, before)| Change { now, before }) else { continue };
        if change.now.part() == 0 && change.before.part() == 0 {
            continue;
        }
        let percent = |rate: mailtally::rate::Rate| match rate.percent(2, Rounding::HalfAwayFromZero) {
            Some(percent) => format!("{percent} %"),
            None => "–".to_owned(),
        };
        let (now, before) = (percent(change.now), percent(change.before));
        let verdict = match change.is_significant() {
            Some(true) => "more than chance",
            Some(false) => "may be chance",
            None => "",
        };
        let line = format!("  {:<20} {before:>9} → {now:>9}  {verdict}", definition.name());
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn growth(now: &Counts, before: &Counts) -> String {
    let (now, before) = (now.events(), before.events());
    if before == 0 {
        return if now == 0 { String::new() } else { "new".to_owned() };
    }
    let tenths = (i128::from(now) - i128::from(before)) * 1000 / i128::from(before);
    let sign = if tenths < 0 { '-' } else { '+' };
    format!("{sign}{}.{} %", tenths.abs() / 10, tenths.abs() % 10)
}

fn other_failures(counts: &Counts) -> u64 {
    let known = [EventType::FailedExpired, EventType::FailedRejected]
        .map(|event_type| counts.value(Metric::UniqueOf(event_type)));
    counts.unique(Kind::Failed).saturating_sub(known.iter().sum())
}

/// `1 event`, `2,000 events`.
fn several(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A value as a terminal may see it: what would move its cursor or change its colours is shown as a mark.
pub(crate) fn printable(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
