//! The table itself: rows, columns, and what gives way where there is little room.

use std::collections::HashMap;
use std::ops::Range;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, Width,
    presets,
};
use mailtally::report::Report;
use mailtally::report::ReportRow;
use mailtally::store::Group;
use mailtally::{By, Counts};

use crate::changes::growth;
use crate::columns::{self, COLUMNS, Column, LEAST_TELLING_FIRST};
use crate::dates::{dates, fold, unfolded};
use crate::spark;
use crate::text::{grouped, printable};

/// The characters of a name that stay on one line, however narrow the table.
const MAX_UNBROKEN: usize = 20;

/// The characters of a bar.
const BAR: usize = 12;

/// A table of a report: the columns that name a row, a picture, the figures, and the change if there is a comparison.
pub(crate) struct Grid<'a> {
    report: &'a Report,
    /// The date of each bucket.
    dates: Vec<String>,
    /// The buckets that have rows of their own.
    unfolded: Range<usize>,
    /// The events of each group over time, if there is a series.
    lines: HashMap<&'a Group, Vec<u64>>,
    /// The events of the largest row.
    max_events: u64,
    columns: Vec<&'static Column>,
    /// The titles of the columns after the names; those of a `%` with the name of its count, unlike in the head.
    titles: Vec<String>,
    table: Table,
    /// The widths of its columns where nothing gives way.
    widths: Vec<usize>,
    width: Option<u16>,
    /// The columns that do not fit, by index.
    left_out: Vec<usize>,
}

impl<'a> Grid<'a> {
    pub(crate) fn new(report: &'a Report, series: Option<&'a Report>, width: Option<u16>) -> Self {
        let columns: Vec<_> = COLUMNS.iter().filter(|column| column.is_needed(report.total())).collect();
        let mut lines: HashMap<&Group, Vec<u64>> = HashMap::new();
        for row in series.iter().flat_map(|series| series.rows()) {
            lines.entry(row.group).or_default().push(row.counts.events());
        }
        let mut grid = Self {
            report,
            dates: dates(report.plan()),
            unfolded: unfolded(report),
            lines,
            max_events: report.rows().map(|row| row.counts.events()).max().unwrap_or(0),
            titles: titles(report, series, &columns),
            columns,
            table: Table::new(),
            widths: Vec::new(),
            width,
            left_out: Vec::new(),
        };
        grid.fill();
        grid.left_out = grid.surplus();
        grid.arrange();
        grid
    }

    /// Whether there is a line for all rows together.
    pub(crate) fn has_total(&self) -> bool {
        self.report.rows().len() != 1 || self.report.rest().is_some()
    }

    /// Whether the `%` of this rate is shown.
    pub(crate) fn shows_rate(&self, name: &str) -> bool {
        let of_rate = |column: &&&Column| column.share.as_ref().is_some_and(|share| share.rate == name);
        let column = self.columns.iter().find(of_rate);
        column.and_then(|column| column.share_title()).is_some_and(|title| self.shows(&title))
    }

    fn shows(&self, title: &str) -> bool {
        self.position(title).is_some_and(|index| !self.left_out.contains(&index))
    }

    /// The index of the column of that title.
    fn position(&self, title: &str) -> Option<usize> {
        self.titles.iter().position(|known| known == title).map(|index| self.names() + index)
    }

    /// How many columns name a row. The picture is the one after them.
    fn names(&self) -> usize {
        self.report.plan().by().len()
    }

    /// The table as text, with the lines of folded dates.
    pub(crate) fn render(&self) -> String {
        let text = self.table.trim_fmt();
        let mut lines: Vec<&str> = text.lines().collect();
        let before = fold(&self.dates[..self.unfolded.start]);
        let after = fold(&self.dates[self.unfolded.end..]);
        // The rest and the total are the last lines, the head and its rule the first ones.
        let summaries = usize::from(self.has_total()) + usize::from(self.report.rest().is_some());
        if let Some(after) = &after {
            lines.insert(lines.len() - summaries, after);
        }
        if let Some(before) = &before {
            lines.insert(2, before);
        }
        lines.join("\n")
    }

    /// What the titles do not say.
    pub(crate) fn legend(&self) -> Vec<String> {
        let change = self
            .report
            .comparison()
            .map(|comparison| format!("vs {}: change in the number of events", comparison.against()));
        columns::legend(&self.columns, |title| self.shows(title)).into_iter().chain(change).collect()
    }

    /// Names what does not fit, and says how to see it.
    pub(crate) fn left_out_note(&self) -> Option<String> {
        let title = |index: &usize| match index - self.names() {
            0 => "the bars",
            index => self.titles[index].as_str(),
        };
        let titles: Vec<&str> = self.left_out.iter().map(title).collect();
        let (width, all) = (self.width?, self.needed(&[], usize::MAX));
        let note = || {
            format!(
                "left out to fit a width of {width}: {}; to see all: --format csv, or --width {all}",
                titles.join(", ")
            )
        };
        (!titles.is_empty()).then(note)
    }

    fn fill(&mut self) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.style_mut().header_separator = LineStyle::none().fill('─').junction('─');
        table.set_header(self.head());
        let comparison = self.report.comparison();
        for row in self.report.rows() {
            if self.unfolded.contains(&row.bucket) {
                let before = comparison.map(|comparison| comparison.counts(row));
                table.add_row(self.row(self.row_names(row), self.picture(row), row.counts, before));
            }
        }
        if let Some(rest) = self.report.rest() {
            let names = self.summary(&format!("{} more", grouped(rest.groups as u64)));
            table.add_row(self.row(names, String::new(), &rest.total, None));
        }
        if self.has_total() {
            let before = comparison.map(|comparison| Some(comparison.total()));
            let total = self.row(self.summary("total"), String::new(), self.report.total(), before);
            table.add_row(total.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)));
        }
        self.widths = table.column_max_content_widths().into_iter().map(usize::from).collect();
        self.table = table;
    }

    /// The columns to leave out: the picture if names would break, and then figures if names break and it is still too
    /// wide. Names, changes and the last figure stay.
    fn surplus(&self) -> Vec<usize> {
        let width = self.width.map_or(usize::MAX, usize::from);
        let mut surplus = Vec::new();
        if self.needed(&surplus, usize::MAX) > width {
            surplus.push(self.names());
        }
        let figures = self.titles.len() - 1 - usize::from(self.report.comparison().is_some());
        let least_telling = LEAST_TELLING_FIRST.into_iter().filter_map(|title| self.position(title));
        for index in least_telling.take(figures.saturating_sub(1)) {
            if self.needed(&surplus, MAX_UNBROKEN) > width {
                surplus.push(index);
            }
        }
        surplus
    }

    /// The width of the table without the columns `left_out`, where names are broken after `max_name` characters.
    fn needed(&self, left_out: &[usize], max_name: usize) -> usize {
        let shown = self.widths.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
        let max = |index| if index < self.names() { max_name } else { usize::MAX };
        let width = shown.map(|(index, width)| width.min(&max(index)) + 2).sum::<usize>();
        width.saturating_sub(1)
    }

    /// Figures keep their width, names give way.
    fn arrange(&mut self) {
        let names = self.names();
        if let Some(width) = self.width {
            self.table.set_width(width);
        }
        for (index, column) in self.table.column_iter_mut().enumerate() {
            column.set_padding((0, 1));
            let name = u16::try_from(self.widths[index].min(MAX_UNBROKEN) + 1).unwrap_or(u16::MAX);
            column.set_constraint(match index {
                _ if self.left_out.contains(&index) => ColumnConstraint::Hidden,
                _ if index < names => ColumnConstraint::LowerBoundary(Width::Fixed(name)),
                _ => ColumnConstraint::ContentWidth,
            });
            if index > names {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }

    fn head(&self) -> Vec<Cell> {
        let by = self.report.plan().by().iter().map(|by| by.name().replace('_', " "));
        let short = |title: &String| if title.ends_with(" %") { "%".to_owned() } else { title.clone() };
        let titles = by.chain(self.titles.iter().map(short));
        titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)).collect()
    }

    fn row_names(&self, row: ReportRow<'_>) -> Vec<Cell> {
        let mut values = row.group.iter();
        let value = |by: &By| match by {
            By::Date => Cell::new(&self.dates[row.bucket]),
            By::Dimension(_) => match values.next().and_then(Option::as_deref) {
                Some(value) => Cell::new(printable(value)),
                None => Cell::new("(none)").add_attribute(Attribute::Dim),
            },
        };
        self.report.plan().by().iter().map(value).collect()
    }

    /// The cells that name a row which is of no group.
    fn summary(&self, name: &str) -> Vec<Cell> {
        let mut cells = vec![Cell::new(""); self.names()];
        if let Some(first) = cells.first_mut() {
            *first = Cell::new(name);
        }
        cells
    }

    /// The group's events over time, or the row's as a bar.
    fn picture(&self, row: ReportRow<'_>) -> String {
        match self.lines.get(row.group) {
            Some(values) => spark::line(values),
            None => spark::bar(row.counts.events(), self.max_events, BAR),
        }
    }

    fn row(
        &self,
        names: Vec<Cell>,
        picture: String,
        counts: &Counts,
        before: Option<Option<&Counts>>,
    ) -> Vec<Cell> {
        let figures = self.columns.iter().flat_map(|column| {
            let count = column.count(counts);
            let cell = Cell::new(if count == 0 { "·".to_owned() } else { grouped(count) });
            let cell = if column.is_loss && count > 0 { cell.fg(Color::Red) } else { cell };
            let percent = column.share.as_ref().map(|share| share.percent(self.report, counts));
            [Some(cell), percent.map(|percent| Cell::new(percent).add_attribute(Attribute::Dim))]
        });
        let change = before.map(|before| before.map_or_else(String::new, |before| growth(counts, before)));
        let picture = Cell::new(picture).fg(Color::Cyan);
        names.into_iter().chain([picture]).chain(figures.flatten()).chain(change.map(Cell::new)).collect()
    }
}

/// The titles of the columns after the names.
fn titles(report: &Report, series: Option<&Report>, columns: &[&Column]) -> Vec<String> {
    let picture = match series {
        Some(series) => format!("by {}", series.plan().resolution()),
        None => "events".to_owned(),
    };
    let figures = columns.iter().flat_map(|column| [Some(column.title.to_owned()), column.share_title()]);
    let change = report.comparison().map(|comparison| format!("vs {}", comparison.against()));
    [picture].into_iter().chain(figures.flatten()).chain(change).collect()
}
