//! What follows from all events of a message: its fields, its creation, its status, and which events are firsts.

use super::column::{Origin, Owner, Source, TagForm};
use super::expression::{BITS_OF_TYPE, Expressions};
use super::rows::Needs;
use super::statement::With;
use super::{Database, Field};
use crate::kind::Kind;
use crate::message::MILLIS_PER_DAY;
use crate::status::Status;

/// Which columns of [`add_known`](Expressions::add_known) are needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Derived {
    /// `first_of_type`, `first_of_kind` and `first_of_day`.
    pub(super) firsts: bool,
    /// `rank`, the greatest of the message, and `place`, which is 1 for its first event.
    pub(super) status: bool,
}

/// The factor of the phase in a rank, and what is added to its instant so that it is positive.
const PHASE: i64 = 1 << 54;
const EPOCH: i64 = 1 << 49;
/// The factor of the instant in a rank: kinds are below it.
const INSTANT: usize = 16;

// A rank has room for every instant until the year 10,000, and for every kind.
const _: () =
    assert!(253_402_300_800_000 < EPOCH && 2 * EPOCH * INSTANT as i64 <= PHASE && Kind::COUNT < INSTANT);

impl Expressions<'_> {
    /// Adds the selection `known`: the events with what follows from all events of their messages. It reads `events`, of which
    /// `keys` identify a message, once: no selection is joined with another, whose size a planner would guess.
    pub(super) fn add_known(&self, with: &mut With, keys: &[String], needs: &Needs, derived: Derived) {
        let keys = keys.join(", ");
        let is_joined = needs.tags && !self.is_postgres() && self.tags_differ_between_events();
        if is_joined {
            with.add_materialized("mailtally_tagged", &tagged(&keys));
        }
        let mut columns = vec!["at".to_owned(), "type".to_owned()];
        columns.extend(needs.account.then(|| "account".to_owned()));
        columns.extend(needs.message.then(|| "message".to_owned()));
        columns.extend(needs.fields.iter().filter_map(|field| self.field_of_message(*field, &keys)));
        columns.extend(needs.tags.then(|| self.tags_of_message(is_joined)));
        columns.extend(needs.created.then(|| self.created()));
        if derived.status {
            columns.push(format!("max({}) OVER whole AS rank", rank()));
            columns.push("row_number() OVER history AS place".to_owned());
        }
        let mut windows = vec![
            format!("history AS (PARTITION BY {keys} ORDER BY at, id)"),
            "whole AS (history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)".to_owned(),
        ];
        if derived.firsts {
            let (firsts, window) = self.firsts(&keys);
            columns.extend(firsts);
            windows.extend(window);
        }
        let joined =
            if is_joined { format!(" LEFT JOIN mailtally_tagged USING ({keys})") } else { String::new() };
        let (columns, windows) = (columns.join(",\n  "), windows.join(",\n  "));
        with.add_materialized(
            "mailtally_known",
            &format!("SELECT {columns}\nFROM mailtally_events{joined}\nWINDOW {windows}"),
        );
    }

    /// Returns the column of a field: that of the earliest event that has one, if the table of events has it and it belongs to
    /// the message. `None` if there is no such column.
    fn field_of_message(&self, field: Field, keys: &str) -> Option<String> {
        let Source(origin) = self.names.fields.get(&field)?;
        let differs = match origin {
            Origin::Column(column) => column.of == Owner::Event,
            Origin::Constant(_) => false,
        };
        if !differs || !field.is_of_message() {
            return Some(format!("v_{field}"));
        }
        Some(match self.names.database {
            Database::Postgres => {
                format!(
                    "(array_agg(v_{field}) FILTER (WHERE v_{field} IS NOT NULL) OVER whole)[1] AS v_{field}"
                )
            }
            Database::Sqlite => format!(
                "first_value(v_{field}) OVER (PARTITION BY {keys} ORDER BY v_{field} IS NULL, at, id) AS v_{field}"
            ),
        })
    }

    fn tags_differ_between_events(&self) -> bool {
        match self.names.tags.as_ref().map(|tags| &tags.0) {
            Some(TagForm::Json(column) | TagForm::Array(column)) => column.of == Owner::Event,
            Some(TagForm::Table { .. }) | None => false,
        }
    }

    /// Returns the column of the tags: in SQLite an array in JSON, in PostgreSQL an array of such arrays.
    fn tags_of_message(&self, is_joined: bool) -> String {
        let column = match (self.names.database, self.tags_differ_between_events()) {
            (Database::Postgres, true) => "jsonb_agg(tags) FILTER (WHERE tags IS NOT NULL) OVER whole",
            (Database::Postgres, false) => "CASE WHEN tags IS NOT NULL THEN jsonb_build_array(tags) END",
            (Database::Sqlite, _) if is_joined => "mailtally_tagged.all_tags",
            (Database::Sqlite, _) => "tags",
        };
        format!("{column} AS all_tags")
    }

    /// Returns the column of the creation: the earliest instant at which an event happened or which is told.
    fn created(&self) -> String {
        let least = if self.is_postgres() { "least" } else { "min" };
        match &self.names.created {
            None => "first_value(at) OVER history AS created".to_owned(),
            Some(_) => {
                let first = "first_value(at) OVER history";
                format!("{least}({first}, coalesce(min(created) OVER whole, {first})) AS created")
            }
        }
    }

    /// Returns the columns of the firsts, and the windows that they need.
    fn firsts(&self, keys: &str) -> ([String; 3], Vec<String>) {
        let kind = format!("type >> {BITS_OF_TYPE}");
        let day = format!("at / {MILLIS_PER_DAY}");
        let mut windows = vec![format!("of_kind AS (PARTITION BY {keys}, {kind} ORDER BY at, id)")];
        let of_type = match self.names.database {
            // The types of a kind that came before are bits, so that the events need not be sorted by type.
            Database::Postgres => {
                windows
                    .push("before AS (of_kind ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)".to_owned());
                let place = (1 << BITS_OF_TYPE) - 1;
                format!(
                    "CASE WHEN coalesce(bit_or(1 << (type & {place})) OVER before, 0) & (1 << (type & {place})) = 0 THEN 1 ELSE 0 END"
                )
            }
            Database::Sqlite => {
                windows.push(format!("of_type AS (PARTITION BY {keys}, type ORDER BY at, id)"));
                "row_number() OVER of_type = 1".to_owned()
            }
        };
        let of_kind = "CASE WHEN row_number() OVER of_kind = 1 THEN 1 ELSE 0 END";
        // An event without one before it of its kind has no day to compare with.
        let of_day = format!("CASE WHEN lag({day}) OVER of_kind = {day} THEN 0 ELSE 1 END");
        let columns = [
            format!("{of_type} AS first_of_type"),
            format!("{of_kind} AS first_of_kind"),
            format!("{of_day} AS first_of_day"),
        ];
        (columns, windows)
    }
}

/// Returns the selection of the tags of each message, each tag once.
fn tagged(keys: &str) -> String {
    format!(
        "SELECT {keys}, json_group_array(DISTINCT t.value) AS all_tags\n\
         FROM mailtally_events, json_each(mailtally_events.tags) t WHERE t.value <> '' GROUP BY {keys}"
    )
}

/// Returns the number by which the greatest event decides the status: the phase, then the instant, then the kind. `NULL` for an
/// event that leads to no status.
fn rank() -> String {
    let phase =
        |kind: Kind| Some(format!(" WHEN {} THEN {}", kind as usize, Status::from_kind(kind)?.phase()));
    let phases: String = Kind::ALL.into_iter().filter_map(phase).collect();
    let kind = format!("(type >> {BITS_OF_TYPE})");
    format!("(CASE {kind}{phases} END) * {PHASE} + (at + {EPOCH}) * {INSTANT} + {kind}")
}

/// Returns the kind, as a number, that a rank is of.
pub(super) fn kind_of_rank() -> String {
    format!("rank & {}", INSTANT - 1)
}
