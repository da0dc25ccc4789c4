//! What a reader must know to read a report rightly.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::SerializeStruct;

use super::Report;
use crate::counts::Counts;
use crate::dimension::Dimension;
use crate::query::{Against, Timing};
use crate::rate::Definition;

/// A remark on the numbers of a report; none of them is wrong, each may be misread.
///
/// As JSON: a `code` for programs and a `message` for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A rate is above 1, because its parts happened to mail of another bucket or was counted otherwise.
    RateAboveOne {
        /// The rate's name.
        rate: String,
        /// In how many rows.
        rows: usize,
        /// Whether in the total as well.
        in_total: bool,
        /// Where events are counted.
        timing: Timing,
    },
    /// Only the largest groups have rows; the others are in the rest.
    GroupsCut {
        /// How many have rows.
        shown: usize,
        /// How many are in the rest.
        cut: usize,
    },
    /// Rows by tag add up to more than the total, because a message counts under each of its tags.
    TagsOverlap,
    /// The period was not over when the question was asked: its numbers will grow.
    NotOver {
        /// When it was asked.
        asked: DateTime<Utc>,
    },
    /// There are no statuses, because rows are told apart or filtered by something that an event has, not a message.
    NoStatuses {
        /// By what.
        dimension: Dimension,
    },
    /// A comparison was asked, but the period has no start or no end, and so none before it.
    NothingBefore {
        /// What was to be compared with.
        against: Against,
    },
}

impl Warning {
    /// The code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RateAboveOne { .. } => "rate_above_one",
            Self::GroupsCut { .. } => "groups_cut",
            Self::TagsOverlap => "tags_overlap",
            Self::NotOver { .. } => "not_over",
            Self::NoStatuses { .. } => "no_statuses",
            Self::NothingBefore { .. } => "nothing_before",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateAboveOne { rate, rows, in_total, timing } => {
                let total = if *in_total { " and in the total" } else { "" };
                let why = match timing {
                    Timing::Event => {
                        "events count when they happen, and these belong to mail of another time; ask with timing \
                         `send` to count them with their mail"
                    }
                    Timing::Send => "its part is not all among its whole",
                };
                write!(
                    f,
                    "{rate} is above 1 in {rows} row{}{total}: {why}",
                    if *rows == 1 { "" } else { "s" }
                )
            }
            Self::GroupsCut { shown, cut } => {
                write!(f, "only the {shown} largest groups have rows, {cut} more are in the rest")
            }
            Self::TagsOverlap => f.write_str(
                "a message counts under each of its tags and once in the total: rows can add up to more",
            ),
            Self::NotOver { asked } => {
                let asked = asked.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(f, "the period was not over at {asked}: its numbers will grow")
            }
            Self::NoStatuses { dimension } => {
                write!(
                    f,
                    "there are no statuses by `{dimension}`: it belongs to an event, a status to a message"
                )
            }
            Self::NothingBefore { against } => {
                write!(f, "nothing is compared ({against}): the period is open, so there is none before it")
            }
        }
    }
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
