//! The messages behind a number: their ids, and how often each counts.

use std::io::{self, Write};

use mailtally::Metric;
use mailtally::store::{CountedMessage, Figure, Messages, StoreError};

use crate::args::{Args, Format};
use crate::csv::without_formula;
use crate::kept::Kept;
use crate::table::period;
use crate::text::{grouped, printable, several, wrapped};
use crate::wait::Wait;
use crate::wanted::Wanted;

/// The messages that the store is asked for at a time. It looks at all of its messages each time, so these are many.
const PAGE: usize = 32_768;

/// The messages of a figure.
pub(crate) struct Listing<'a> {
    wanted: &'a Wanted,
    figure: &'a Figure,
    messages: Vec<CountedMessage>,
    /// How many of them are shown, the first ones.
    shown: usize,
    has_accounts: bool,
}

impl<'a> Listing<'a> {
    /// Finds the messages of the figure; the table has a column of accounts if `has_several_accounts`.
    pub(crate) fn new(
        kept: &Kept,
        wanted: &'a Wanted,
        figure: &'a Figure,
        args: &Args,
        has_several_accounts: bool,
    ) -> Result<Self, StoreError> {
        let messages = kept.messages(figure)?;
        let shown = args.top.map_or(usize::MAX, |top| top as usize).min(messages.len());
        let is_of_one = args.account.is_some() || wanted.is_of_one_account();
        Ok(Self { wanted, figure, messages, shown, has_accounts: has_several_accounts && !is_of_one })
    }

    /// Writes it. `width` is that of the table's head in characters.
    pub(crate) fn write(&self, out: &mut impl Write, format: Format, width: Option<u16>) -> io::Result<()> {
        match format {
            Format::Table => self.write_table(out, width),
            Format::Csv => self.write_csv(out),
            Format::Json => self.write_json(out),
        }
    }

    fn shown(&self) -> &[CountedMessage] {
        &self.messages[..self.shown]
    }

    /// How many messages are not shown, and how often they count; `None` if all are shown.
    fn rest(&self) -> Option<(usize, u64)> {
        let rest = &self.messages[self.shown..];
        (!rest.is_empty()).then(|| (rest.len(), sum(rest)))
    }

    fn total(&self) -> u64 {
        sum(&self.messages)
    }

    /// Ids are never broken, so that they can be copied.
    fn write_table(&self, out: &mut impl Write, width: Option<u16>) -> io::Result<()> {
        for line in self.head() {
            writeln!(out, "{}", wrapped(&line, width))?;
        }
        if self.messages.is_empty() {
            return writeln!(out, "\nnothing was counted");
        }
        let rest = self.rest().map(|(messages, count)| {
            let name = format!("{} more", grouped(messages as u64));
            let (first, second) =
                if self.has_accounts { (name, String::new()) } else { (String::new(), name) };
            [first, second, grouped(count)]
        });
        let shown = self.shown().iter().map(|CountedMessage { account, message, count }| {
            [printable(account.as_str()), printable(message.as_str()), grouped(*count)]
        });
        let head = ["account", "message", "count"].map(str::to_owned);
        write_rows(out, &[head].into_iter().chain(shown).chain(rest).collect::<Vec<_>>(), self.has_accounts)
    }

    /// What is listed and how much it is; then when, and how it was counted.
    fn head(&self) -> [String; 2] {
        let mut parts = vec![several(self.messages.len() as u64, "message")];
        parts.extend(unit(self.wanted.metric()).map(|unit| several(self.total(), unit)));
        let plan = self.figure.plan();
        [
            format!("{}: {}", parts.join(" · "), printable(&self.wanted.words())),
            format!("{} · counted by {} time", period(plan, plan.range()), plan.timing().name()),
        ]
    }

    /// Ends as the report does: `(rest)` if there is one, and `(total)`.
    fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let mut sheet = csv::Writer::from_writer(out);
        sheet.write_record(["account", "message", "count"])?;
        for CountedMessage { account, message, count } in self.shown() {
            let [account, message] = [account.as_str(), message.as_str()].map(without_formula);
            sheet.write_record([account, message, count.to_string()])?;
        }
        if let Some((messages, count)) = self.rest() {
            sheet.write_record(["(rest)".to_owned(), format!("{messages} more"), count.to_string()])?;
        }
        sheet.write_record(["(total)", "", &self.total().to_string()])?;
        sheet.flush()
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let more = self.rest().map(|(messages, _)| messages);
        let json = Json { messages: self.shown(), more, total: self.total() };
        serde_json::to_writer_pretty(&mut *out, &json)?;
        writeln!(out)
    }
}

#[derive(serde::Serialize)]
struct Json<'a> {
    messages: &'a [CountedMessage],
    /// How many messages are not among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<usize>,
    total: u64,
}

/// What a metric counts, in words; `None` if it counts each message once.
fn unit(metric: Metric) -> Option<&'static str> {
    match metric {
        Metric::Total(_) | Metric::TotalOf(_) => Some("event"),
        Metric::DailyUnique(_) => Some("message-day"),
        _ => None,
    }
}

fn sum(messages: &[CountedMessage]) -> u64 {
    messages.iter().map(|message| message.count).sum()
}

/// Writes an empty line, a head, a rule and rows, in columns as wide as they need.
fn write_rows(out: &mut impl Write, rows: &[[String; 3]], has_accounts: bool) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [account, message, count] = [0, 1, 2].map(width);
    let account = if has_accounts { account + 2 } else { 0 };
    writeln!(out)?;
    for (index, row) in rows.iter().enumerate() {
        let name = if has_accounts { row[0].as_str() } else { "" };
        writeln!(out, "{name:<account$}{:<message$}  {:>count$}", row[1], row[2])?;
        if index == 0 {
            writeln!(out, "{}", "─".repeat(account + message + 2 + count))?;
        }
    }
    Ok(())
}

/// Asks for all messages of a figure, page by page.
pub(crate) fn all(
    store: &(impl Messages + ?Sized),
    wait: &Wait,
    figure: &Figure,
) -> Result<Vec<CountedMessage>, StoreError> {
    let mut all: Vec<CountedMessage> = Vec::new();
    loop {
        let after = all.last().map(|last| (last.account.clone(), last.message.clone()));
        let page = wait.until(store.messages(figure, after.as_ref(), PAGE))?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}
