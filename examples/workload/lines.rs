//! The answer to a question as lines.

use mailtally::store::{Plan, Row};
use mailtally::{By, EventType, Kind, Metric, Status};

use crate::questions::Question;

/// Returns the lines of an answer, sorted: `GROUP<tab>COUNTER<tab>COUNT`. The values of a group, and the start of its bucket
/// in milliseconds if there are rows by date, are separated by `|`.
pub(crate) fn lines(question: Question, plan: &Plan, rows: &[Row]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let values = row.group.iter().map(|value| value.as_deref().unwrap_or_default().to_owned());
        let start = plan.buckets()[row.bucket].start.timestamp_millis().to_string();
        let start = plan.by().contains(&By::Date).then_some(start);
        let group = values.chain(start).collect::<Vec<_>>().join("|");
        lines.extend(
            counters(question, row).into_iter().map(|(name, count)| format!("{group}\t{name}\t{count}")),
        );
    }
    lines.sort_unstable();
    lines
}

/// Returns the counters that a question asks for, with their counts.
fn counters(question: Question, row: &Row) -> Vec<(String, u64)> {
    let unique = |kind: Kind| (kind.to_string(), row.counts.unique(kind));
    match question {
        Question::Unique90 => {
            [Kind::Opened, Kind::Clicked].map(unique).into_iter().filter(|(_, count)| *count > 0).collect()
        }
        Question::Cohort30 => [Kind::Delivered, Kind::Opened, Kind::Clicked].map(unique).into(),
        Question::Status90 => {
            let statuses = Status::ALL.into_iter().enumerate();
            let counts = statuses.map(|(place, status)| (place.to_string(), row.counts.status(status)));
            counts.filter(|(_, count)| *count > 0).collect()
        }
        Question::Totals30
        | Question::Domain30
        | Question::Category30
        | Question::Provider30
        | Question::Mailbox30
        | Question::Day90
        | Question::Hour30
        | Question::Kolkata90
        | Question::DomainDay30
        | Question::Country30
        | Question::Filter30
        | Question::Everyone90 => {
            let total = |(metric, count)| match metric {
                Metric::TotalOf(event_type) => Some((name(event_type), count)),
                _ => None,
            };
            row.counts.figures().filter_map(total).collect()
        }
    }
}

/// Returns the name of an event type in the file: with a dot also if it has no qualifier, and with `human` for `person`.
fn name(event_type: EventType) -> String {
    let qualifier = event_type.qualifier().unwrap_or_default();
    format!("{}.{}", event_type.kind(), if qualifier == "person" { "human" } else { qualifier })
}
