//! Values of dimensions, and the conditions of filters on them, over the columns of `known`.

use super::expression::{BITS_OF_TYPE, Expressions, number_of};
use super::{Database, Field, SqlError};
use crate::dimension::Dimension;
use crate::event_type::EventType;
use crate::filter::{Filter, FilterParts, Matching};
use crate::kind::Kind;

impl Expressions<'_> {
    /// Returns the value of a dimension, `NULL` if it is absent. That of tags is in a selection of its own.
    pub(super) fn value(&self, dimension: Dimension) -> String {
        let find = if self.is_postgres() { "strpos" } else { "instr" };
        let is_code = "v_code LIKE '_._%._%'";
        match dimension {
            Dimension::Account => "nullif(account, '')".to_owned(),
            Dimension::Bot => format!("coalesce(v_bot, {})", unnamed_bot()),
            Dimension::Attempt => {
                "CASE WHEN v_attempt = 1 THEN 'first' WHEN v_attempt > 1 THEN 'later' END".to_owned()
            }
            Dimension::CodeSubject => {
                format!("CASE WHEN {is_code} THEN substr(v_code, 1, 1 + {find}(substr(v_code, 3), '.')) END")
            }
            Dimension::CodeClass => format!("CASE WHEN {is_code} THEN substr(v_code, 1, 1) END"),
            Dimension::Subaccount
            | Dimension::Domain
            | Dimension::Category
            | Dimension::Tag
            | Dimension::Stream
            | Dimension::Mailbox
            | Dimension::Campaign
            | Dimension::Ip
            | Dimension::IpPool
            | Dimension::RecipientDomain
            | Dimension::Provider
            | Dimension::OpenTracking
            | Dimension::ClickTracking
            | Dimension::Country
            | Dimension::Device
            | Dimension::Client
            | Dimension::Optimized
            | Dimension::Transport
            | Dimension::Reason
            | Dimension::Code => self.first_present(dimension),
        }
    }

    /// Returns the first present one of the fields of a dimension that have a column.
    fn first_present(&self, dimension: Dimension) -> String {
        let fields = Field::of(dimension).iter().filter(|field| self.names.fields.contains_key(field));
        let columns: Vec<String> = fields.map(|field| format!("v_{field}")).collect();
        match &columns[..] {
            [] => "NULL".to_owned(),
            [column] => column.clone(),
            _ => format!("coalesce({})", columns.join(", ")),
        }
    }

    /// Returns the selection of the tags, each in the column `tag`, of a row with the column `all_tags`. A tag can come twice.
    pub(super) fn tags_of(&self, row: &str) -> String {
        match self.names.database {
            Database::Postgres => format!(
                "SELECT one.tag COLLATE \"C\" AS tag FROM jsonb_array_elements({row}.all_tags) lists(list), \
                 jsonb_array_elements_text(lists.list) one(tag) WHERE one.tag <> ''"
            ),
            Database::Sqlite => {
                format!(
                    "SELECT CAST(one.value AS TEXT) AS tag FROM json_each({row}.all_tags) one WHERE one.value <> ''"
                )
            }
        }
    }

    /// Returns the condition of a filter on rows of `known`.
    pub(super) fn condition(&mut self, filter: &Filter) -> Result<String, SqlError> {
        let FilterParts { dimension, includes, matching, absent, texts } = filter.parts();
        let list = self.writer.texts(texts.iter().map(|text| &**text), dimension.name())?;
        let elements = self.writer.elements(&list);
        let absent = if absent { "TRUE" } else { "FALSE" };
        let matches = if dimension == Dimension::Tag {
            let (tags, matched) =
                (self.tags_of("mailtally_known"), self.matched("tags.tag", matching, &elements));
            format!(
                "CASE WHEN EXISTS ({tags}) THEN EXISTS (SELECT 1 FROM ({tags}) tags WHERE {matched}) ELSE {absent} END"
            )
        } else {
            let value = self.value(dimension);
            let matched = self.matched(&format!("({value})"), matching, &elements);
            format!("CASE WHEN ({value}) IS NULL THEN {absent} ELSE {matched} END")
        };
        Ok(if includes { matches } else { format!("NOT ({matches})") })
    }

    /// Returns the condition that a present value is, or contains, one of the elements.
    fn matched(&self, value: &str, matching: Matching, elements: &str) -> String {
        let lower = match self.names.database {
            Database::Postgres => format!("lower({value} COLLATE \"C\")"),
            Database::Sqlite => format!("lower({value})"),
        };
        match (matching, self.names.database) {
            (Matching::Exact, _) => format!("{value} IN ({elements})"),
            (Matching::IgnoringCase, _) => format!("{lower} IN ({elements})"),
            (Matching::Substring, Database::Postgres) => {
                format!(
                    "EXISTS (SELECT 1 FROM ({elements}) parts(part) WHERE strpos({lower}, parts.part) > 0)"
                )
            }
            (Matching::Substring, Database::Sqlite) => {
                format!("EXISTS (SELECT 1 FROM ({elements}) parts WHERE instr({lower}, parts.value) > 0)")
            }
        }
    }
}

/// Returns the name of the machine of an event that has none of its own.
fn unnamed_bot() -> String {
    let types = [EventType::OpenedMachine, EventType::ClickedMachine].map(|of| number_of(of).to_string());
    format!("CASE WHEN type IN ({}) THEN 'generic' END", types.join(", "))
}

/// Returns the condition that an event is of one of these kinds.
pub(super) fn is_of_kinds(kinds: &[Kind]) -> String {
    if kinds.is_empty() {
        return "FALSE".to_owned();
    }
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind as usize).to_string()).collect();
    format!("type >> {BITS_OF_TYPE} IN ({})", kinds.join(", "))
}
