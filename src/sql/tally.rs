//! The statement that answers a whole plan.

use super::counted::{counted_names, group_columns};
use super::expression::Expressions;
use super::statement::{Statement, With};
use super::{Database, Names, SqlError};
use crate::dimension::Dimension;
use crate::plan::Plan;

/// What is counted in each row of `grouped`.
const SUMS: [&str; 4] = ["total", "first_of_type", "first_of_kind", "first_of_day"];

/// Returns the statement that counts what a plan selects, in a host's tables. Its rows are an [`Answer`](super::Answer).
///
/// It has a row for each bucket, group and event type or status that has a count, in any order, and these columns:
///
/// | column | type | what it has |
/// |---|---|---|
/// | `bucket` | integer | the index of the bucket in the plan's buckets |
/// | one for each dimension of the plan, in its order | text | the value; `NULL` if it is absent |
/// | `what` | text | an event type as [`EventType`](crate::EventType) prints, or `status.` and a [status](crate::Status) |
/// | `total` | integer | the number of these events, or of the messages with the status |
/// | `first_of_type`, `first_of_kind`, `first_of_day` | integer | how many of the events are a [first](crate::store::FirstOf); 0 for a status |
///
/// If there are more rows than the plan allows, the statement returns only enough of them that the answer tells it.
///
/// # Errors
///
/// [`SqlError`] if the tables have no column for a dimension of the plan, or a name or a text cannot be sent.
pub fn statement(plan: &Plan, names: &Names) -> Result<Statement, SqlError> {
    let edges = plan.edges_in_millis();
    let range = match edges[..] {
        [first, .., end] => (first, end),
        // Without a bucket, nothing is counted.
        [] | [_] => (0, 0),
    };
    let mut with = With::default();
    let mut expressions = Expressions::new(names);
    expressions.add_counted(&mut with, plan, range, None)?;
    let columns = group_columns(plan.dimensions());
    expressions.add_grouped(&mut with, &columns, range, &edges);
    let (source, columns) = match plan.dimensions().contains(&Dimension::Tag) {
        true => ("mailtally_by_tag", expressions.add_by_tag(&mut with, &columns)),
        false => ("mailtally_grouped", columns),
    };
    let counted = counted_names(plan);
    let limit = plan.parts().max_rows.saturating_mul(counted.len().max(1)).saturating_add(1);
    let limit = expressions.writer.integer(i64::try_from(limit).unwrap_or(i64::MAX));
    let names: String =
        counted.iter().map(|(number, name)| format!(" WHEN {number} THEN '{name}'")).collect();
    let what = format!("CASE what WHEN -1 THEN ''{names} END AS what");
    let columns: String = columns.iter().map(|column| format!("{column}, ")).collect();
    let select = format!("SELECT bucket, {columns}{what}, {}\nFROM {source} LIMIT {limit}", SUMS.join(", "));
    Ok(expressions.writer.finish(with.select(&select)))
}

impl Expressions<'_> {
    /// Adds the selection `grouped`: the counts of each bucket, group and number of what is counted.
    fn add_grouped(&mut self, with: &mut With, columns: &[String], range: (i64, i64), edges: &[i64]) {
        let columns: String = columns.iter().map(|column| format!("{column}, ")).collect();
        let [first, end] = [range.0, range.1].map(|bound| self.writer.integer(bound));
        let in_range = format!("instant >= {first} AND instant < {end}");
        let (bucket, source, condition) = match (self.names.database, Steps::of(edges)) {
            (Database::Postgres, _) => {
                let edges = self.writer.integers(edges);
                (
                    format!("CAST(width_bucket(instant, {edges}) - 1 AS bigint) AS bucket"),
                    "mailtally_counted",
                    in_range,
                )
            }
            (Database::Sqlite, Some(Steps { second, step })) => {
                let [second, step] = [second, step].map(|number| self.writer.integer(number));
                let bucket =
                    format!("CASE WHEN instant < {second} THEN 0 ELSE (instant - {second}) / {step} + 1 END");
                (format!("{bucket} AS bucket"), "mailtally_counted", in_range)
            }
            (Database::Sqlite, None) => {
                let edges = self.writer.integers(edges);
                with.add("mailtally_placed", &placed(&columns, &in_range, &edges));
                ("bucket".to_owned(), "mailtally_placed", "is_edge = 0".to_owned())
            }
        };
        let sums = SUMS[1..].iter().map(|sum| format!(", sum({sum}) AS {sum}")).collect::<String>();
        with.add(
            "mailtally_grouped",
            &format!(
                "SELECT {bucket}, {columns}what, count(*) AS total{sums}\nFROM {source} WHERE {condition}\n\
                 GROUP BY bucket, {columns}what"
            ),
        );
    }

    /// Adds the selection `by_tag`: the counts with a row for each tag, after the events were counted by the list of their tags,
    /// of which there are far fewer. Returns the columns of the groups.
    fn add_by_tag(&self, with: &mut With, columns: &[String]) -> Vec<String> {
        let sums = SUMS.join(", ");
        let listed: String = columns.iter().map(|column| format!("{column}, ")).collect();
        let each = match self.names.database {
            Database::Postgres => format!(
                "SELECT bucket, {listed}what, {sums}, tags.tag\nFROM mailtally_grouped LEFT JOIN LATERAL (\n\
                 SELECT DISTINCT tag FROM ({}) every\n) tags ON TRUE",
                self.tags_of("mailtally_grouped")
            ),
            // Each row of `grouped` differs from the others, so only repeated tags are dropped.
            Database::Sqlite => format!(
                "SELECT DISTINCT bucket, {listed}what, {sums}, CAST(one.value AS TEXT) AS tag\n\
                 FROM mailtally_grouped LEFT JOIN json_each(mailtally_grouped.all_tags) one ON one.value <> ''"
            ),
        };
        with.add("mailtally_each_tag", &each);
        let columns: Vec<String> = columns
            .iter()
            .map(|column| if column == "all_tags" { "tag" } else { column }.to_owned())
            .collect();
        let listed: String = columns.iter().map(|column| format!("{column}, ")).collect();
        let sums: String = SUMS.iter().map(|sum| format!(", CAST(sum({sum}) AS bigint) AS {sum}")).collect();
        let group = format!("bucket, {listed}what");
        with.add(
            "mailtally_by_tag",
            &format!("SELECT {group}{sums}\nFROM mailtally_each_tag GROUP BY {group}"),
        );
        columns
    }
}

/// Buckets of one length, of which the first can have any, and the last be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Steps {
    /// The end of the first bucket.
    second: i64,
    /// The length of the others.
    step: i64,
}

impl Steps {
    /// Returns the steps of the edges of buckets; `None` if their lengths differ.
    fn of(edges: &[i64]) -> Option<Self> {
        let inner = edges.get(1..)?;
        let second = *inner.first()?;
        let step = inner.get(1).map_or(1, |third| third - second);
        let lengths = || inner.windows(2).map(|edge| edge[1] - edge[0]);
        let count = lengths().count();
        let is_step = |(index, length)| length == step || (index + 1 == count && length < step);
        (step > 0 && lengths().enumerate().all(is_step)).then_some(Self { second, step })
    }
}

/// Returns the selection of what is counted with its bucket: sorted together with the edges, of which each row counts those
/// before it. That takes the time of a sort, however many edges there are.
fn placed(columns: &str, in_range: &str, edges: &str) -> String {
    let nothing: String = columns.matches(", ").map(|_| "NULL, ").collect();
    format!(
        "SELECT is_edge, {columns}what, first_of_type, first_of_kind, first_of_day,\n\
         sum(is_edge) OVER (ORDER BY instant, is_edge DESC ROWS UNBOUNDED PRECEDING) - 1 AS bucket\nFROM (\n\
         SELECT 0 AS is_edge, instant, {columns}what, first_of_type, first_of_kind, first_of_day FROM mailtally_counted WHERE {in_range}\n\
         UNION ALL SELECT 1, value, {nothing}NULL, NULL, NULL, NULL FROM json_each({edges})\n)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_buckets_of_one_length_have_steps() {
        let steps = |second, step| Some(Steps { second, step });
        assert_eq!(Steps::of(&[]), None);
        for (edges, expected) in [
            (&[5, 5][..], steps(5, 1)),
            (&[5, 8], steps(8, 1)),
            (&[5, 8, 11, 14], steps(8, 3)),
            (&[7, 8, 11, 14], steps(8, 3)),
            (&[1, 8, 11, 12], steps(8, 3)),
            (&[5, 8, 11, 15], None),
            (&[5, 8, 10, 13], None),
            (&[5, 8, 8, 8], None),
        ] {
            assert_eq!(Steps::of(edges), expected, "{edges:?}");
        }
    }
}
