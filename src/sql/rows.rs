//! The rows of the host's tables that a statement needs: every event of the messages that are in the range.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::column::{Column, Holds, InstantColumn, Origin, Owner, Unit};
use super::expression::Expressions;
use super::statement::With;
use super::{Database, Field, SqlError};

/// What is needed of each event.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    pub(super) fields: BTreeSet<Field>,
    pub(super) tags: bool,
    /// The creation of the message: it can be in the range without an event there.
    pub(super) created: bool,
    /// The ids of the account and of the message, as texts.
    pub(super) account: bool,
    pub(super) message: bool,
    pub(super) attributes: bool,
}

/// The messages whose events are needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Which {
    /// A condition on `e` and `m` that the account is in scope.
    pub(super) scope: Option<String>,
    /// Whether the scope is one account.
    pub(super) is_one_account: bool,
    /// More conditions on `e` and `m`.
    pub(super) conditions: Vec<String>,
    /// The half-open range in milliseconds since 1970.
    pub(super) range: (i64, i64),
}

/// The instants that are bounds in every form: the years from 1 to 9999. Others are left out, as no event is beyond them.
const BOUNDS: std::ops::Range<i64> = -62_135_596_800_000..253_402_300_800_000;

/// A column that identifies a message, in the table of events, and in that of messages.
#[derive(Clone, Debug)]
struct Key {
    of_event: String,
    of_message: Option<String>,
    /// The value as it is grouped by.
    value: String,
}

impl Expressions<'_> {
    /// Adds the selection `events`: each event once, with the columns `k0`, `k1` and so on (what identifies its message), `id`,
    /// `at`, `type`, and those that are needed. Returns the names of the columns that identify a message.
    pub(super) fn add_events(
        &mut self,
        with: &mut With,
        needs: &Needs,
        which: &Which,
    ) -> Result<Vec<String>, SqlError> {
        let keys = self.keys(which)?;
        let columns = self.event_columns(needs, &keys)?;
        let names: Vec<String> = (0..keys.len()).map(|index| format!("k{index}")).collect();
        let conditions = which.scope.iter().chain(&which.conditions).cloned().collect::<Vec<_>>();
        let found = match self.picked(needs, which, &keys)? {
            Some(picked) => {
                with.add_materialized("mailtally_picked", &picked);
                self.events_of_picked(&columns, &conditions, &keys)?
            }
            None => format!("SELECT {columns}\nFROM {}{}", self.tables("JOIN")?, filtered(&conditions)),
        };
        if self.names.copy_key.is_none() {
            with.add_materialized(
                "mailtally_events",
                &format!("SELECT * FROM (\n{found}\n) found WHERE type IS NOT NULL"),
            );
            return Ok(names);
        }
        let copies = format!("PARTITION BY {}, id ORDER BY copy_key", names.join(", "));
        with.add_materialized(
            "mailtally_events",
            &format!(
                "SELECT * FROM (\nSELECT *, row_number() OVER ({copies}) AS copy FROM (\n{found}\n) found WHERE type IS NOT NULL\n) \
                 copies WHERE copy = 1"
            ),
        );
        Ok(names)
    }

    /// Returns the columns that identify a message: those of the join or, without a table of messages, its id and, unless there
    /// is one account in scope, its account.
    fn keys(&self, which: &Which) -> Result<Vec<Key>, SqlError> {
        if let Some(messages) = &self.names.messages {
            let mut keys = Vec::new();
            for (of_message, of_event) in &messages.joined {
                let of_event = self.column(&Column::of_event(of_event.clone()))?;
                let of_message = self.column(&Column::of_message(of_message.clone()))?;
                keys.push(Key { value: of_message.clone(), of_event, of_message: Some(of_message) });
            }
            return Ok(keys);
        }
        let account = match &self.names.account.0 {
            Origin::Column(column) if !which.is_one_account => Some(column),
            Origin::Column(_) | Origin::Constant(_) => None,
        };
        let key = |column: &Column| {
            let of_event = self.column(column)?;
            let value = match column.holds {
                Holds::Texts => self.as_text(&of_event),
                Holds::Integers | Holds::Uuids => of_event.clone(),
            };
            Ok(Key { of_event, of_message: None, value })
        };
        account.into_iter().chain([&self.names.message]).map(key).collect()
    }

    fn event_columns(&mut self, needs: &Needs, keys: &[Key]) -> Result<String, SqlError> {
        let names = self.names;
        let mut columns: Vec<String> =
            keys.iter().enumerate().map(|(index, key)| format!("{} AS k{index}", key.value)).collect();
        columns.push(format!("{} AS id", self.text_of(&names.id)?));
        columns.push(format!("{} AS at", self.millis(&names.at)?));
        columns.push(format!("{} AS type", self.event_type()?));
        if needs.account {
            columns.push(format!("{} AS account", self.account()?));
        }
        if needs.message {
            columns.push(format!("{} AS message", self.text_of(&names.message)?));
        }
        for (field, source) in names.fields.iter().filter(|(field, _)| needs.fields.contains(field)) {
            columns.push(format!("{} AS v_{field}", self.field(*field, source)?));
        }
        if let Some(tags) = names.tags.as_ref().filter(|_| needs.tags) {
            columns.push(format!("{} AS tags", self.tags(&tags.0)?));
        }
        if let Some(created) = names.created.as_ref().filter(|_| needs.created) {
            columns.push(format!("{} AS created", self.millis(created)?));
        }
        if let Some(attributes) = names.attributes.as_ref().filter(|_| needs.attributes) {
            columns.push(format!("{} AS attributes", self.text_of(attributes)?));
        }
        if let Some(key) = &names.copy_key {
            columns.push(format!("{} AS copy_key", self.column(key)?));
        }
        Ok(columns.join(",\n  "))
    }

    /// Returns the selection of the events of the messages that were picked: a look-up in an index for each message. Neither
    /// database can choose another way, so the time does not depend on what it expects.
    fn events_of_picked(
        &self,
        columns: &str,
        conditions: &[String],
        keys: &[Key],
    ) -> Result<String, SqlError> {
        let mut conditions = conditions.to_vec();
        for (index, key) in keys.iter().enumerate() {
            conditions.push(format!(
                "{} = mailtally_picked.k{index}",
                key.of_message.as_ref().unwrap_or(&key.of_event)
            ));
        }
        match self.names.database {
            Database::Postgres => Ok(format!(
                "SELECT x.* FROM mailtally_picked CROSS JOIN LATERAL (\nSELECT {columns}\nFROM {}{}\nOFFSET 0\n) x",
                self.tables("JOIN")?,
                filtered(&conditions)
            )),
            Database::Sqlite => Ok(format!(
                "SELECT {columns}\nFROM mailtally_picked CROSS JOIN {}{}",
                self.tables("CROSS JOIN")?,
                filtered(&conditions)
            )),
        }
    }

    /// Returns the tables, joined with each other.
    pub(super) fn tables(&self, join: &str) -> Result<String, SqlError> {
        let events = self.table(&self.names.events)?;
        let Some(messages) = &self.names.messages else { return Ok(format!("{events} e")) };
        let mut conditions = Vec::new();
        for (of_message, of_event) in &messages.joined {
            let of_event = self.column(&Column::of_event(of_event.clone()))?;
            conditions
                .push(format!("{of_event} = {}", self.column(&Column::of_message(of_message.clone()))?));
        }
        let conditions = conditions.join(" AND ");
        Ok(format!("{} m {join} {events} e ON {conditions}", self.table(&messages.table)?))
    }

    /// Returns the selection of the messages in the range; `None` if the range has no bounds, so that all messages are in it.
    fn picked(&mut self, needs: &Needs, which: &Which, keys: &[Key]) -> Result<Option<String>, SqlError> {
        let (first, end) = which.range;
        if !BOUNDS.contains(&first) && !BOUNDS.contains(&end) && first < end {
            return Ok(None);
        }
        let mut selections = vec![self.picked_by(&self.names.at, which, keys)?];
        if let Some(created) = self.names.created.as_ref().filter(|_| needs.created) {
            selections.push(self.picked_by(created, which, keys)?);
        }
        Ok(Some(selections.join("\nUNION\n")))
    }

    fn picked_by(
        &mut self,
        instant: &InstantColumn,
        which: &Which,
        keys: &[Key],
    ) -> Result<String, SqlError> {
        let account = match &self.names.account.0 {
            Origin::Column(column) => column.of,
            Origin::Constant(_) => instant.column.of,
        };
        let (table, is_of_messages) = match (account, instant.column.of, which.conditions.is_empty()) {
            (Owner::Event, Owner::Event, true) => (format!("{} e", self.table(&self.names.events)?), false),
            (Owner::Message, Owner::Message, true) => match &self.names.messages {
                Some(messages) => (format!("{} m", self.table(&messages.table)?), true),
                None => (self.tables("JOIN")?, false),
            },
            (Owner::Event | Owner::Message, _, _) => (self.tables("JOIN")?, false),
        };
        let key = |(index, key): (usize, &Key)| match &key.of_message {
            Some(of_message) if is_of_messages => format!("{of_message} AS k{index}"),
            Some(_) | None => format!("{} AS k{index}", key.of_event),
        };
        let columns: Vec<String> = keys.iter().enumerate().map(key).collect();
        let mut conditions: Vec<String> = which.scope.iter().chain(&which.conditions).cloned().collect();
        conditions.extend(self.bounds(instant, which.range)?);
        Ok(format!("SELECT DISTINCT {} FROM {table}{}", columns.join(", "), filtered(&conditions)))
    }

    /// Returns the conditions that the column itself, so that an index helps, is in a half-open range. Texts can be a little
    /// outside of it.
    fn bounds(&mut self, instant: &InstantColumn, range: (i64, i64)) -> Result<Vec<String>, SqlError> {
        let column = self.column(&instant.column)?;
        let (first, end) = range;
        let mut conditions = Vec::new();
        for (operator, bound, days) in [(">=", first, -1), ("<", end, 2)] {
            if !BOUNDS.contains(&bound) {
                continue;
            }
            let at = DateTime::from_timestamp_millis(bound).unwrap_or_default();
            let bound = match instant.unit {
                Unit::Millis => self.writer.integer(bound),
                // The first whole second that is not before the bound.
                Unit::Seconds => self.writer.integer(-(-bound).div_euclid(1000)),
                Unit::Timestamptz => format!("{}::timestamptz", self.writer.text(&at.to_rfc3339(), "at")?),
                Unit::Iso => self.writer.text(&day(at, days), "at")?,
            };
            conditions.push(format!("{column} {operator} {bound}"));
        }
        Ok(conditions)
    }
}

/// Returns the date that is `days` days after that of an instant: offsets from UTC move a date by at most one day.
fn day(at: DateTime<Utc>, days: i64) -> String {
    let moved = at.checked_add_signed(Duration::days(days)).unwrap_or(at);
    moved.format("%Y-%m-%d").to_string()
}

/// Returns a `WHERE` clause; nothing without conditions.
pub(super) fn filtered(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!("\nWHERE {}", conditions.join("\n  AND ")) }
}
