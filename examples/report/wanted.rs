//! Which number's messages are listed: the value of `--messages`.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use mailtally::store::{Figure, FigureError};
use mailtally::{By, Dimension, Filter, Metric, ParseError, Query};

use crate::dates;

/// `KEY=VALUE,KEY=VALUE…`: a number of the report, given by the values of its row and by what is counted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The row's value of each dimension: filters of one value.
    values: Vec<Filter>,
    /// The row's date, as JSON or as the table spells it.
    date: Option<String>,
    metric: Metric,
}

/// The keys that are not dimensions.
const DATE: &str = "date";
const KIND: &str = "kind";
const STATUS: &str = "status";
const METRIC: &str = "metric";

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut values, mut date, mut metric) = (BTreeMap::new(), None, None);
        for (key, value) in conditions(text)? {
            let number = number(&key, &value)?;
            let is_repeated = match key.as_str() {
                _ if number.is_some() => false,
                DATE => date.replace(value).is_some(),
                key => {
                    let dimension = dimension(key)?;
                    values.insert(dimension, Filter::is(dimension, [value])).is_some()
                }
            };
            if is_repeated {
                return Err(format!("`{key}` is given twice, but a row has one value of it"));
            }
            if number.is_some() && metric.replace(number).is_some() {
                return Err(not_one_number());
            }
        }
        let metric = metric.flatten().ok_or_else(not_one_number)?;
        Ok(Self { values: values.into_values().collect(), date, metric })
    }
}

/// Splits the text at its commas into keys and values. A backslash makes a comma, or a backslash, a part of the value.
fn conditions(text: &str) -> Result<Vec<(String, String)>, String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ',' => parts.push(std::mem::take(&mut part)),
            '\\' => part.push(characters.next_if(|next| matches!(next, ',' | '\\')).unwrap_or('\\')),
            character => part.push(character),
        }
    }
    parts.push(part);
    let condition = |part: String| match part.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.to_owned())),
        None => Err(format!(
            "expected KEY=VALUE in place of `{part}`, such as `provider=Yahoo`; a comma in a value is written `\\,`"
        )),
    };
    parts.into_iter().map(condition).collect()
}

/// Returns what a condition says is counted; `None` if it is about the row.
fn number(key: &str, value: &str) -> Result<Option<Metric>, String> {
    Ok(Some(match key {
        KIND => Metric::Total(parse(value)?),
        STATUS => Metric::Status(parse(value)?),
        METRIC => parse(value)?,
        _ => return Ok(None),
    }))
}

fn parse<T: FromStr<Err = ParseError>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: ParseError| error.to_string())
}

fn dimension(key: &str) -> Result<Dimension, String> {
    let names = Dimension::ALL.map(Dimension::name).into_iter().chain([DATE, KIND, STATUS, METRIC]);
    key.parse().map_err(|_: ParseError| ParseError::not_one_of("key", key, names).to_string())
}

fn not_one_number() -> String {
    "expected exactly one of `kind=KIND`, `status=STATUS` and `metric=METRIC`, such as `kind=deferred`, \
     `status=delivered` and `metric=opened.unique`"
        .to_owned()
}

impl Wanted {
    /// What the query must have rows by.
    pub(crate) fn by(&self) -> impl Iterator<Item = By> {
        let dimensions = self.values.iter().map(|filter| By::Dimension(filter.dimension()));
        dimensions.chain(self.date.iter().map(|_| By::Date))
    }

    /// Keeps the mail of the row. It excludes nothing that is in the row, but the library checks its values.
    pub(crate) fn filters(&self) -> &[Filter] {
        &self.values
    }

    pub(crate) fn has_date(&self) -> bool {
        self.date.is_some()
    }

    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    /// Whether all its messages are of one account.
    pub(crate) fn is_of_one_account(&self) -> bool {
        self.values.iter().any(|filter| filter.dimension() == Dimension::Account)
    }

    /// Finds the number in the report that answers `query`, which has rows [by](Self::by) the same.
    pub(crate) fn figure(&self, query: &Query, now: DateTime<Utc>) -> Result<Figure, FigureError> {
        let value = |filter: &Filter| (By::Dimension(filter.dimension()), value(filter));
        let mut row: BTreeMap<By, Option<Arc<str>>> = self.values.iter().map(value).collect();
        if let Some(date) = &self.date {
            row.insert(By::Date, Some(dates::label(&query.plan(now)?, date).into()));
        }
        query.figure(now, &row, self.metric)
    }

    /// Names the number: `deferred.total where provider is Yahoo`.
    pub(crate) fn words(&self) -> String {
        let value = |filter: &Filter| {
            format!("{} is {}", filter.dimension(), value(filter).as_deref().unwrap_or("(none)"))
        };
        let date = self.date.iter().map(|date| format!("date is {date}"));
        let conditions: Vec<String> = self.values.iter().map(value).chain(date).collect();
        let place =
            if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(", ")) };
        format!("{}{place}", self.metric)
    }
}

/// Returns the value that a filter keeps, as the library compares it; `None` if it keeps mail without one.
fn value(filter: &Filter) -> Option<Arc<str>> {
    filter.parts().texts.first().cloned()
}
