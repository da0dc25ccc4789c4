//! The statement that lists the messages behind a figure.

use super::counted::{group_columns, number_of_status};
use super::expression::{BITS_OF_TYPE, Expressions, number_of};
use super::statement::{Statement, With};
use super::{Names, SqlError};
use crate::dimension::Dimension;
use crate::event::{AccountId, MessageId};
use crate::figure::Figure;
use crate::kind::Kind;
use crate::metric::Metric;

/// Returns the statement that lists the messages of `figure` after the message `after`, or from the start: at most `limit`,
/// ascending by account, then by id, byte by byte. It is what [`Messages`](crate::store::Messages) asks for.
///
/// It has the columns `account` and `message`, texts, and `count`, an integer: how often the message is counted.
///
/// # Errors
///
/// As [`statement`](super::statement()).
pub fn messages(
    figure: &Figure,
    names: &Names,
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
) -> Result<Statement, SqlError> {
    let plan = figure.plan();
    let edges = plan.edges_in_millis();
    let range = match edges.get(figure.bucket()..=figure.bucket() + 1) {
        Some([first, end]) => (*first, *end),
        // A figure has a bucket of its plan.
        Some(_) | None => (0, 0),
    };
    let mut with = With::default();
    let mut expressions = Expressions::new(names);
    let after = after.map(|after| expressions.is_after(after)).transpose()?;
    expressions.add_counted(&mut with, plan, range, Some(after.into_iter().collect()))?;
    let [first, end] = [range.0, range.1].map(|bound| expressions.writer.integer(bound));
    let mut conditions =
        vec![format!("instant >= {first}"), format!("instant < {end}"), is_of(figure.metric())];
    for ((column, dimension), value) in
        group_columns(plan.dimensions()).into_iter().zip(plan.dimensions()).zip(figure.group().iter())
    {
        conditions.push(expressions.has_value(*dimension, &column, value.as_deref())?);
    }
    let limit = expressions.writer.integer(i64::try_from(limit).unwrap_or(i64::MAX));
    let select = format!(
        "SELECT account, message, count(*) AS count\nFROM mailtally_counted WHERE {}\nGROUP BY account, message ORDER BY account, message \
         LIMIT {limit}",
        conditions.join(" AND ")
    );
    Ok(expressions.writer.finish(with.select(&select)))
}

impl Expressions<'_> {
    /// Returns the condition on `e` and `m` that a message comes after another.
    fn is_after(&mut self, after: &(AccountId, MessageId)) -> Result<String, SqlError> {
        let (account, message) = (self.account()?, self.text_of(&self.names.message)?);
        let of_account = self.writer.text(after.0.as_str(), "account")?;
        let of_message = self.writer.text(after.1.as_str(), "message")?;
        Ok(format!("({account} > {of_account} OR ({account} = {of_account} AND {message} > {of_message}))"))
    }

    /// Returns the condition on `counted` that a dimension has a value; `None` is the absent one.
    fn has_value(
        &mut self,
        dimension: Dimension,
        column: &str,
        value: Option<&str>,
    ) -> Result<String, SqlError> {
        let value = value.map(|value| self.writer.text(value, dimension.name())).transpose()?;
        let tags = self.tags_of("mailtally_counted");
        Ok(match (dimension == Dimension::Tag, value) {
            (true, Some(tag)) => format!("EXISTS (SELECT 1 FROM ({tags}) tags WHERE tags.tag = {tag})"),
            (true, None) => format!("NOT EXISTS ({tags})"),
            (false, Some(value)) => format!("{column} = {value}"),
            (false, None) => format!("{column} IS NULL"),
        })
    }
}

/// Returns the condition on `counted` that a row is counted by a metric.
fn is_of(metric: Metric) -> String {
    let of_kind = |kind: Kind| format!("what >> {BITS_OF_TYPE} = {}", kind as usize);
    match metric {
        Metric::Total(kind) => of_kind(kind),
        Metric::Unique(kind) => format!("{} AND first_of_kind = 1", of_kind(kind)),
        Metric::DailyUnique(kind) => format!("{} AND first_of_day = 1", of_kind(kind)),
        Metric::TotalOf(event_type) => format!("what = {}", number_of(event_type)),
        Metric::UniqueOf(event_type) => format!("what = {} AND first_of_type = 1", number_of(event_type)),
        Metric::Status(status) => format!("what = {}", number_of_status(status)),
    }
}
