//! The comparison with another period.

use mailtally::Counts;
use mailtally::rate::Rate;
use mailtally::rate::{Change, Definition, Rounding};
use mailtally::report::Comparison;
use mailtally::report::Report;

/// How each rate of the total changed, and whether that is more than chance: a line for each.
pub(crate) fn lines(report: &Report, comparison: &Comparison) -> Vec<String> {
    let width = report.rates().iter().map(|definition| definition.name().len()).max().unwrap_or(0);
    let line = |definition: &Definition| {
        let (now, before) =
            (definition.compute(report.total()).ok()?, definition.compute(comparison.total()).ok()?);
        if now.part() == 0 && before.part() == 0 {
            return None;
        }
        let name = definition.name().replace('_', " ");
        let verdict = match (Change { now, before }).is_significant() {
            Some(true) => "more than chance",
            Some(false) if now.total_cmp(before).is_eq() => "unchanged",
            Some(false) => "may be chance",
            None => "",
        };
        let line = format!("  {name:<width$} {:>9} → {:>9}  {verdict}", percent(before), percent(now));
        Some(line.trim_end().to_owned())
    };
    let lines: Vec<String> = report.rates().iter().filter_map(line).collect();
    if lines.is_empty() { vec!["  no rate has mail in either period".to_owned()] } else { lines }
}

fn percent(rate: Rate) -> String {
    let percent = rate.percent(2, Rounding::HalfAwayFromZero);
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

/// By how much the number of events changed: `+12.5 %`, or `new` where there were none before.
pub(crate) fn growth(now: &Counts, before: &Counts) -> String {
    let (now, before) = (now.events(), before.events());
    if before == 0 {
        return if now == 0 { String::new() } else { "new".to_owned() };
    }
    let tenths = (i128::from(now) - i128::from(before)) * 1000 / i128::from(before);
    let sign = if tenths < 0 { '-' } else { '+' };
    format!("{sign}{}.{} %", tenths.abs() / 10, tenths.abs() % 10)
}
