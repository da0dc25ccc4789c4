//! The events and the statuses that a plan counts, each with its instant and its values.

use super::condition::is_of_kinds;
use super::expression::Expressions;
use super::known::{Derived, kind_of_rank};
use super::rows::{Needs, Which};
use super::statement::With;
use super::{Field, Names, SqlError};
use crate::dimension::Dimension;
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::plan::{Plan, PlanParts};
use crate::query::{Scope, Timing};
use crate::status::Status;

/// The number of the first status; those of event types are below.
const FIRST_STATUS: usize = 1000;

/// Returns the number of what a row counts: an event type.
fn number_of_type(event_type: EventType) -> usize {
    super::expression::number_of(event_type)
}

/// Returns the number of what a row counts: a status.
pub(super) fn number_of_status(status: Status) -> usize {
    let kind = Kind::ALL.into_iter().find(|kind| Status::from_kind(*kind) == Some(status));
    FIRST_STATUS + kind.map_or(0, |kind| kind as usize)
}

/// Returns all that a plan counts, by the number of it in a statement: the names of event types, and of statuses as metrics.
pub(super) fn counted_names(plan: &Plan) -> Vec<(usize, String)> {
    let PlanParts { kinds, statuses, .. } = plan.parts();
    let types = kinds.iter().flat_map(|kind| kind.event_types());
    let types = types.map(|event_type| (number_of_type(event_type), event_type.to_string()));
    let all_statuses = if statuses { &Status::ALL[..] } else { &[] };
    let statuses = all_statuses.iter().map(|status| (number_of_status(*status), format!("status.{status}")));
    types.chain(statuses).collect()
}

/// Returns the columns of the values of the dimensions in `counted`: `all_tags` for tags.
pub(super) fn group_columns(dimensions: &[Dimension]) -> Vec<String> {
    let column = |(index, dimension): (usize, &Dimension)| {
        if *dimension == Dimension::Tag { "all_tags".to_owned() } else { format!("g{index}") }
    };
    dimensions.iter().enumerate().map(column).collect()
}

impl<'a> Expressions<'a> {
    /// Adds the selection `counted` with the columns `instant`, `g0`, `g1` and so on, `all_tags`, `what`, `first_of_type`,
    /// `first_of_kind` and `first_of_day`. The range is in milliseconds since 1970. If `with_ids`, it has the columns `account`
    /// and `message` as well, and only messages of the `conditions` on `e` and `m`.
    pub(super) fn add_counted(
        &mut self,
        with: &mut With,
        plan: &Plan,
        range: (i64, i64),
        ids: Option<Vec<String>>,
    ) -> Result<(), SqlError> {
        // Without `..`, so that a new part of a plan does not compile until statements use it.
        let PlanParts { scope, buckets: _, filters, dimensions, timing, kinds, statuses, max_rows: _ } =
            plan.parts();
        let is_send = timing == Timing::Send;
        let needs = needs(self.names, dimensions, filters, statuses || is_send, ids.is_some())?;
        let which = Which {
            scope: self.scope(scope)?,
            is_one_account: matches!(scope, Scope::Account(_)),
            conditions: ids.clone().unwrap_or_default(),
            range,
        };
        let keys = self.add_events(with, &needs, &which)?;
        let derived = Derived { firsts: !kinds.is_empty(), status: statuses };
        self.add_known(with, &keys, &needs, derived);
        let conditions: Result<Vec<String>, _> =
            filters.iter().map(|filter| self.condition(filter)).collect();
        let conditions: String = conditions?.iter().map(|condition| format!("\n  AND {condition}")).collect();
        let mut values: Vec<String> = Vec::new();
        for (column, dimension) in group_columns(dimensions).into_iter().zip(dimensions) {
            values.push(if *dimension == Dimension::Tag {
                column
            } else {
                format!("{} AS {column}", self.value(*dimension))
            });
        }
        if ids.is_some() {
            values.extend(["account".to_owned(), "message".to_owned()]);
        }
        let values: String = values.iter().map(|value| format!("{value}, ")).collect();
        let mut selections = Vec::new();
        if !kinds.is_empty() {
            let instant = if is_send { "created" } else { "at" };
            let is_counted = is_of_kinds(kinds);
            selections.push(format!(
                "SELECT {instant} AS instant, {values}type AS what, first_of_type, first_of_kind, first_of_day\n\
                 FROM mailtally_known WHERE {is_counted}{conditions}"
            ));
        }
        if statuses {
            let kind = kind_of_rank();
            selections.push(format!(
                "SELECT created AS instant, {values}{FIRST_STATUS} + ({kind}) AS what, 0 AS first_of_type, 0 AS first_of_kind, \
                 0 AS first_of_day\nFROM mailtally_known WHERE place = 1 AND rank IS NOT NULL{conditions}"
            ));
        }
        if selections.is_empty() {
            selections.push(format!(
                "SELECT at AS instant, {values}type AS what, 0 AS first_of_type, 0 AS first_of_kind, 0 AS first_of_day\n\
                 FROM mailtally_known WHERE FALSE"
            ));
        }
        with.add("mailtally_counted", &selections.join("\nUNION ALL\n"));
        Ok(())
    }
}

/// Returns what a plan needs of each event. Checks that there are columns for its dimensions.
fn needs(
    names: &Names,
    dimensions: &[Dimension],
    filters: &[Filter],
    created: bool,
    ids: bool,
) -> Result<Needs, SqlError> {
    let mut needs = Needs { created, account: ids, message: ids, ..Needs::default() };
    for dimension in dimensions.iter().copied().chain(filters.iter().map(Filter::dimension)) {
        names.check(dimension)?;
        needs.fields.extend(Field::of(dimension));
        needs.tags |= dimension == Dimension::Tag;
        needs.account |= dimension == Dimension::Account;
    }
    Ok(needs)
}
