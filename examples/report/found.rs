//! What was found in a file: how many lines, records and events, and what became of them.

use mailtally::source::Summary;
use mailtally::source::records::RecordSummary;

use crate::kind::Kind;
use crate::text::{grouped, several};

/// A file could not be read to its end; the reason was written already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unreadable;

/// What reading a file to its end found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) counts: Counts,
    /// The lines whose event the reader refused: a part of the faults.
    pub(crate) refused_lines: u64,
    /// The year of the first line, if it is another than the one that was taken.
    pub(crate) proven_year: Option<i32>,
    pub(crate) whole: Result<(), Unreadable>,
}

/// How much a file contains.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counts {
    Lines(Summary),
    /// A line that is too long is a record that could not be read.
    Records(RecordSummary),
}

impl Found {
    pub(crate) fn new(counts: Counts, whole: Result<(), Unreadable>) -> Self {
        Self { counts, refused_lines: 0, proven_year: None, whole }
    }
}

impl Counts {
    pub(crate) fn events(&self) -> u64 {
        match self {
            Self::Lines(summary) => summary.events,
            Self::Records(summary) => summary.events,
        }
    }

    /// How many records name no message.
    pub(crate) fn without_message(&self) -> u64 {
        match self {
            Self::Lines(_) => 0,
            Self::Records(summary) => summary.unnamed + summary.orphans,
        }
    }

    /// Says how much cannot be read, or was refused by the store; `None` if there is nothing.
    pub(crate) fn skipped(&self, refused: u64) -> Option<String> {
        let (errors, all, unit) = match self {
            Self::Lines(summary) => (summary.errors, summary.lines, "lines"),
            Self::Records(summary) => (summary.errors, summary.records, "records"),
        };
        let events = self.events();
        let bad = (errors > 0).then(|| format!("{errors} of {all} {unit} could not be read"));
        let bad_events = (refused > 0).then(|| format!("{refused} of {events} events were refused"));
        let parts: Vec<String> = bad.into_iter().chain(bad_events).collect();
        (!parts.is_empty()).then(|| format!("{}; they were skipped", parts.join(" and ")))
    }

    /// Says why the file, although it was read to its end, is of no use; `None` if it is of use.
    pub(crate) fn why_useless(&self, is_told_by_content: bool) -> Option<&'static str> {
        match self {
            Self::Lines(Summary { ignored, events, .. }) if ignored + events > 0 => None,
            Self::Lines(Summary { other_program, .. }) if *other_program > 0 && is_told_by_content => {
                Some("has no line of a mail system whose log can be read; name its format with --input")
            }
            Self::Lines(Summary { lines, blank, errors, .. }) => {
                (*errors > 0 && errors + blank == *lines).then_some("none of its lines could be read")
            }
            Self::Records(RecordSummary { records, errors, .. }) => {
                (*errors > 0 && errors == records).then_some("none of its records could be read")
            }
        }
    }

    /// Says what a file is, and how much it contains: `KumoMTA, 1,234 records, 12 quiet, 1 without a message`.
    pub(crate) fn of(&self, kind: Kind) -> String {
        let mut parts = vec![kind.title().to_owned()];
        match self {
            Self::Lines(summary) => parts.push(several(summary.lines, "line")),
            Self::Records(summary) => {
                parts.push(several(summary.records, "record"));
                let others = [(summary.quiet, "quiet"), (self.without_message(), "without a message")];
                let others = others.into_iter().filter(|(count, _)| *count > 0);
                parts.extend(others.map(|(count, what)| format!("{} {what}", grouped(count))));
            }
        }
        parts.join(", ")
    }
}
