//! The dates of the rows, and which of them the table shows.

use std::ops::Range;

use mailtally::By;
use mailtally::report::Report;
use mailtally::store::Plan;

/// The most rows by date that are all shown: a month of days.
const MAX_UNFOLDED: usize = 31;

/// The date of each bucket, local in the query's zone: `2026-11-21 00:00` for an hour, with its offset only where the
/// clock is put back and the hour comes twice; otherwise as JSON spells it.
pub(crate) fn dates(plan: &Plan) -> Vec<String> {
    let labels = labels(plan);
    // The hour and its offset; a longer unit has neither.
    let parts: Vec<(String, &str)> = labels.iter().map(|label| hour_and_offset(label)).collect();
    let hour = |index: usize| parts.get(index).map(|(hour, _)| hour);
    let date = |(index, (name, offset)): (usize, &(String, &str))| {
        let is_twice = [index.wrapping_sub(1), index + 1].into_iter().any(|next| hour(next) == Some(name));
        if is_twice { format!("{name} {offset}") } else { name.clone() }
    };
    parts.iter().enumerate().map(date).collect()
}

/// Returns the date as JSON spells it, from the table's spelling; another text as it is.
pub(crate) fn label(plan: &Plan, text: &str) -> String {
    let bucket = dates(plan).iter().position(|date| date == text);
    bucket.and_then(|bucket| labels(plan).into_iter().nth(bucket)).unwrap_or_else(|| text.to_owned())
}

/// The date of each bucket, as JSON spells it.
fn labels(plan: &Plan) -> Vec<String> {
    let label = |start| plan.resolution().label(start, plan.zone());
    plan.buckets().iter().map(|bucket| label(bucket.start)).collect()
}

/// `2026-11-21T00:00+01:00` as `2026-11-21 00:00` and `+01:00`.
fn hour_and_offset(label: &str) -> (String, &str) {
    let parts = label.split_once('T').and_then(|(date, time)| Some((date, time.split_at_checked(5)?)));
    parts.map_or_else(|| (label.to_owned(), ""), |(date, (hour, offset))| (format!("{date} {hour}"), offset))
}

/// The buckets that have rows of their own: where rows are by date first and there are many, the empty ones before the
/// first event and after the last one are left to [`fold`].
pub(crate) fn unfolded(report: &Report) -> Range<usize> {
    let count = report.plan().buckets().len();
    if report.plan().by().first() != Some(&By::Date) || report.rows().len() <= MAX_UNFOLDED {
        return 0..count;
    }
    let mut has_events: Vec<bool> = report.totals().iter().map(|counts| !counts.is_zero()).collect();
    if let Some(comparison) = report.comparison() {
        for row in report.rows() {
            has_events[row.bucket] |= comparison.counts(row).is_some_and(|before| !before.is_zero());
        }
    }
    let first = has_events.iter().position(|has_events| *has_events).unwrap_or(0);
    let end = has_events.iter().rposition(|has_events| *has_events).map_or(count, |last| last + 1);
    // One empty date takes no more room than its fold.
    (if first > 1 { first } else { 0 })..(if count - end > 1 { end } else { count })
}

/// The line that replaces these dates; `None` if there are none.
pub(crate) fn fold(dates: &[String]) -> Option<String> {
    Some(format!("{} … {}   no events", dates.first()?, dates.last()?))
}
