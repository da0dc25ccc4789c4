//! Remarks on the numbers of a report that a reader could misunderstand.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::SerializeStruct;

use super::Report;
use crate::counts::Counts;
use crate::dimension::Dimension;
use crate::query::{Against, Timing};
use crate::rate::Definition;

/// A remark on numbers of a report that are right, but could be misunderstood.
///
/// As JSON: a `code` for programs and a `message` for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A rate is above 1, because some of the events or messages of its part are not among those of its whole.
    RateAboveOne {
        /// The rate's name, such as `open_rate`.
        rate: String,
        /// The number of rows with such a rate.
        rows: usize,
        /// Whether the total has such a rate.
        in_total: bool,
        /// The time at which events are counted.
        timing: Timing,
    },
    /// Only the largest groups have rows; the others are counted together, in the rest.
    GroupsCut {
        /// The number of groups that have rows.
        shown: usize,
        /// The number of groups in the rest.
        cut: usize,
    },
    /// Rows by tag add up to more than the total, because a message counts under each of its tags.
    TagsOverlap,
    /// The period ends after the query's `now`, so its numbers can still grow.
    NotOver {
        /// The query's `now`.
        asked: DateTime<Utc>,
    },
    /// The store is known to have all events only until an instant in the period, so later numbers can still grow.
    Incomplete {
        /// The instant up to which it is known to have them.
        until: DateTime<Utc>,
    },
    /// There are no statuses, because rows are grouped or filtered by a dimension of events, and a status is one of
    /// messages.
    NoStatuses {
        /// That dimension.
        dimension: Dimension,
    },
    /// A comparison was requested, but the period has no start or no end, so there is no period to compare with.
    NothingBefore {
        /// The period that was to be compared with.
        against: Against,
    },
}

impl Warning {
    /// The code for programs, such as `rate_above_one`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RateAboveOne { .. } => "rate_above_one",
            Self::GroupsCut { .. } => "groups_cut",
            Self::TagsOverlap => "tags_overlap",
            Self::NotOver { .. } => "not_over",
            Self::Incomplete { .. } => "incomplete",
            Self::NoStatuses { .. } => "no_statuses",
            Self::NothingBefore { .. } => "nothing_before",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateAboveOne { rate, rows, in_total, timing } => {
                let rate_in_words = rate.replace('_', " ");
                let found = found_in(*rows, *in_total);
                write!(f, "the {rate_in_words} is above 100 %{found}: {}", cause(rate, *timing))
            }
            Self::GroupsCut { shown: 1, cut } => {
                write!(f, "only the largest group has rows of its own; the rest holds {}", more(*cut))
            }
            Self::GroupsCut { shown, cut } => {
                write!(f, "only the {shown} largest groups have rows of their own; the rest holds {}", more(*cut))
            }
            Self::TagsOverlap => f.write_str(
                "a message counts under each of its tags, but once in the total, so the rows can add up to more",
            ),
            Self::NotOver { asked } => {
                let asked = asked.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(f, "the period was not over at {asked}, so its numbers can still grow")
            }
            Self::Incomplete { until } => {
                let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(f, "the data is complete until {until} only, so the numbers of later times can still grow")
            }
            Self::NoStatuses { dimension } => {
                write!(
                    f,
                    "no statuses are counted where rows are grouped or filtered by `{dimension}`, because it \
                     describes an event, and a status describes a message"
                )
            }
            Self::NothingBefore { against } => {
                write!(f, "no comparison (`{against}`): a period without a start or an end has none to compare with")
            }
        }
    }
}

/// Says where a rate was found, with a leading space; nothing if neither in rows nor in the total.
fn found_in(rows: usize, in_total: bool) -> String {
    let rows = match rows {
        0 => None,
        1 => Some("1 row".to_owned()),
        rows => Some(format!("{rows} rows")),
    };
    match (rows, in_total) {
        (None, false) => String::new(),
        (None, true) => " in the total".to_owned(),
        (Some(rows), false) => format!(" in {rows}"),
        (Some(rows), true) => format!(" in {rows} and in the total"),
    }
}

/// Says why a rate can be above 1: because of its definition (`deferral_rate` and the click-to-open rates), or because
/// of the timing.
fn cause(rate: &str, timing: Timing) -> &'static str {
    match (rate, timing) {
        ("deferral_rate", _) => {
            "messages that still wait count as deferred, but not among those that it is a share of"
        }
        ("click_to_open_rate" | "tracked_click_to_open_rate", _) => {
            "messages count as clicked even if no open of theirs is counted"
        }
        (_, Timing::Event) => {
            "events count when they happen, and some of these may belong to messages of another row or of an \
             earlier time; timing `send` counts events with their messages"
        }
        (_, Timing::Send) => "some of the messages that it counts are not among those that it is a share of",
    }
}

/// `1 more group`, `2 more groups`.
fn more(groups: usize) -> String {
    format!("{groups} more group{}", if groups == 1 { "" } else { "s" })
}

impl serde::Serialize for Warning {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Warning", 2)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("message", &self.to_string())?;
        object.end()
    }
}

/// Finds the warnings of a report.
pub(super) fn find(report: &Report) -> Vec<Warning> {
    let plan = &report.plan;
    let mut warnings: Vec<Warning> =
        report.rates.iter().filter_map(|definition| rate_above_one(report, definition)).collect();
    if let Some(rest) = &report.rest {
        warnings.push(Warning::GroupsCut { shown: plan.query().top.unwrap_or(0), cut: rest.groups });
    }
    if plan.dimensions().contains(&Dimension::Tag) {
        warnings.push(Warning::TagsOverlap);
    }
    let asked = plan.now();
    if plan.buckets().last().is_some_and(|last| last.end > asked) {
        warnings.push(Warning::NotOver { asked });
    }
    let end = plan.buckets().last().map(|last| last.end.min(asked));
    if let (Some(until), Some(end)) = (report.provenance.complete_until, end)
        && until < end
    {
        warnings.push(Warning::Incomplete { until });
    }
    if let Some(dimension) = plan.event_dimension() {
        warnings.push(Warning::NoStatuses { dimension });
    }
    if let Some(against) = plan.query().compare
        && (plan.range().start().is_none() || plan.range().end().is_none())
    {
        warnings.push(Warning::NothingBefore { against });
    }
    warnings
}

fn rate_above_one(report: &Report, definition: &Definition) -> Option<Warning> {
    let is_above = |counts: &&Counts| definition.compute(counts).is_ok_and(|rate| rate.exceeds_one());
    let rows = report.counted().filter(is_above).count();
    let in_total = is_above(&&report.total);
    (rows > 0 || in_total).then(|| Warning::RateAboveOne {
        rate: definition.name().to_owned(),
        rows,
        in_total,
        timing: report.plan.timing(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_names_the_rate_above_one_and_its_rows() {
        let found = |rows, in_total| {
            let rate = "person_open_rate".to_owned();
            let text = Warning::RateAboveOne { rate, rows, in_total, timing: Timing::Send }.to_string();
            text.split_once(':').map(|(found, _)| found.to_owned()).unwrap()
        };
        assert_eq!(found(0, true), "the person open rate is above 100 % in the total");
        assert_eq!(found(1, false), "the person open rate is above 100 % in 1 row");
        assert_eq!(found(3, false), "the person open rate is above 100 % in 3 rows");
        assert_eq!(found(3, true), "the person open rate is above 100 % in 3 rows and in the total");
        assert_eq!(found(0, false), "the person open rate is above 100 %");
    }

    #[test]
    fn the_warning_gives_the_cause_of_a_rate_above_one() {
        let cause = |rate, timing| {
            let warning =
                Warning::RateAboveOne { rate: String::from(rate), rows: 1, in_total: false, timing };
            warning.to_string().split_once(": ").map(|(_, cause)| cause.to_owned()).unwrap()
        };
        assert!(cause("open_rate", Timing::Event).contains("timing `send`"));
        assert!(!cause("open_rate", Timing::Send).contains("timing"));
        for timing in Timing::ALL {
            assert!(cause("deferral_rate", timing).starts_with("messages that still wait"));
            for rate in ["click_to_open_rate", "tracked_click_to_open_rate"] {
                assert!(cause(rate, timing).starts_with("messages count as clicked even if no open"));
            }
        }
    }

    #[test]
    fn one_group_is_singular_and_several_are_plural() {
        let text = |shown, cut| Warning::GroupsCut { shown, cut }.to_string();
        assert_eq!(text(1, 1), "only the largest group has rows of its own; the rest holds 1 more group");
        assert_eq!(
            text(10, 2),
            "only the 10 largest groups have rows of their own; the rest holds 2 more groups"
        );
    }
}
