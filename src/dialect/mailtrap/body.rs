//! The bodies of responses.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::route::Endpoint;
use super::{Mailtrap, Request, provider};
use crate::counts::Counts;
use crate::dialect::nearest_f64;
use crate::kind::Kind;
use crate::rate::{Rate, Rounding};
use crate::report::{Report, ReportRow};

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Body<'a> {
    Total(Stats),
    Rows(Vec<Row<'a>>),
}

/// A row: an object of two keys.
pub(super) struct Row<'a> {
    key: &'static str,
    value: Value<'a>,
    stats: Stats,
}

/// What a row is about.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
enum Value<'a> {
    /// The id of a domain.
    Id(i64),
    /// A name or a date.
    Text(Cow<'a, str>),
}

/// The ten numbers, in their published order. A rate over zero is `None`, and `0.0` in JSON.
#[derive(Serialize)]
pub(super) struct Stats {
    delivery_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    delivery_rate: Option<Decimal>,
    bounce_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    bounce_rate: Option<Decimal>,
    open_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    open_rate: Option<Decimal>,
    click_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    click_rate: Option<Decimal>,
    spam_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    spam_rate: Option<Decimal>,
}

/// The five counts.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Counters {
    delivered: u64,
    bounced: u64,
    opened: u64,
    clicked: u64,
    complained: u64,
}

impl<'a> Body<'a> {
    pub(super) fn new(request: &Request, report: &'a Report, mailtrap: &Mailtrap) -> Self {
        let rows =
            |key, value: &dyn Fn(ReportRow<'a>) -> Value<'a>| rows(key, value, report, mailtrap.decimals);
        let category = |row| Value::Text(Cow::Borrowed(name(row).unwrap_or_default()));
        let provider = |row| Value::Text(Cow::Borrowed(provider::published_name(name(row))));
        match request.endpoint {
            Endpoint::Total => Self::Total(Stats::new(Counters::new(report.total()), mailtrap.decimals)),
            Endpoint::Domains => {
                let id = |row| Value::Id(mailtrap.domains.id(name(row)));
                Self::Rows(rows(request.form.domain_key(), &id))
            }
            Endpoint::Categories => Self::Rows(most_delivered_first(rows("category", &category))),
            Endpoint::Providers => {
                Self::Rows(most_delivered_first(rows("email_service_provider", &provider)))
            }
            Endpoint::Date => Self::Rows(rows("date", &|row| Value::Text(Cow::Owned(report.date(row))))),
        }
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry(self.key, &self.value)?;
        object.serialize_entry("stats", &self.stats)?;
        object.end()
    }
}

/// Returns the value of the only dimension of a report by domain, category or provider.
fn name<'a>(row: ReportRow<'a>) -> Option<&'a str> {
    row.group.first().and_then(|value| value.as_deref())
}

/// Returns the rows with at least one count that is not zero, ascending. Rows of the report with the same value are added.
fn rows<'a>(
    key: &'static str,
    value: &dyn Fn(ReportRow<'a>) -> Value<'a>,
    report: &'a Report,
    decimals: u32,
) -> Vec<Row<'a>> {
    let mut groups: BTreeMap<Value<'a>, Counters> = BTreeMap::new();
    for row in report.rows() {
        let counters = Counters::new(row.counts);
        if counters != Counters::default() {
            groups.entry(value(row)).or_default().add(counters);
        }
    }
    let row = |(value, counters)| Row { key, value, stats: Stats::new(counters, decimals) };
    groups.into_iter().map(row).collect()
}

/// Sorts rows by deliveries, descending. The sort is stable.
fn most_delivered_first(mut rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    rows.sort_by_key(|row| Reverse(row.stats.delivery_count));
    rows
}

impl Counters {
    fn new(counts: &Counts) -> Self {
        Self {
            delivered: counts.total(Kind::Delivered),
            bounced: counts.total(Kind::HardBounced),
            opened: counts.daily_unique(Kind::Opened),
            clicked: counts.daily_unique(Kind::Clicked),
            complained: counts.total(Kind::Complained),
        }
    }

    /// Adds other counts. All of them are parts of the report's total, so no sum saturates.
    fn add(&mut self, other: Self) {
        self.delivered = self.delivered.saturating_add(other.delivered);
        self.bounced = self.bounced.saturating_add(other.bounced);
        self.opened = self.opened.saturating_add(other.opened);
        self.clicked = self.clicked.saturating_add(other.clicked);
        self.complained = self.complained.saturating_add(other.complained);
    }
}

impl Stats {
    fn new(counters: Counters, decimals: u32) -> Self {
        let Counters { delivered, bounced, opened, clicked, complained } = counters;
        let attempted = delivered.saturating_add(bounced);
        let rate = |part, whole| Rate::new(part, whole).fraction(decimals, Rounding::HalfAwayFromZero);
        Self {
            delivery_count: delivered,
            delivery_rate: rate(delivered, attempted),
            bounce_count: bounced,
            bounce_rate: rate(bounced, attempted),
            open_count: opened,
            open_rate: rate(opened, delivered),
            click_count: clicked,
            click_rate: rate(clicked, delivered),
            spam_count: complained,
            spam_rate: rate(complained, delivered),
        }
    }
}

/// Writes a rate as a JSON number without trailing zeros; `0.0` if there is none.
fn number_or_zero<S: Serializer>(rate: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(rate.map_or(0.0, nearest_f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(counts: [u64; 5], decimals: u32) -> String {
        let [delivered, bounced, opened, clicked, complained] = counts;
        let counters = Counters { delivered, bounced, opened, clicked, complained };
        let mailtrap = Mailtrap::new([(1, "a.example")]).decimals(decimals);
        serde_json::to_string(&Stats::new(counters, mailtrap.decimals)).unwrap()
    }

    #[test]
    fn the_published_example_is_reproduced_byte_for_byte() {
        let published = concat!(
            r#"{"delivery_count":190,"delivery_rate":0.95,"bounce_count":10,"bounce_rate":0.05,"open_count":171,"#,
            r#""open_rate":0.9,"click_count":133,"click_rate":0.7,"spam_count":3,"spam_rate":0.02}"#
        );
        assert_eq!(stats([190, 10, 171, 133, 3], 2), published);
        let finer = published.replace("0.02", "0.015789473684");
        assert_eq!(stats([190, 10, 171, 133, 3], 99), finer);
    }

    #[test]
    fn zero_over_zero_is_zero_and_never_null() {
        assert_eq!(
            stats([0, 0, 5, 0, 1], 2),
            concat!(
                r#"{"delivery_count":0,"delivery_rate":0.0,"bounce_count":0,"bounce_rate":0.0,"open_count":5,"#,
                r#""open_rate":0.0,"click_count":0,"click_rate":0.0,"spam_count":1,"spam_rate":0.0}"#
            )
        );
    }

    #[test]
    fn rates_of_any_size_are_numbers() {
        for counts in [[2, 0, 63, 6, 0], [1, u64::MAX, u64::MAX, 0, 1], [u64::MAX, u64::MAX, 1, 1, u64::MAX]]
        {
            for decimals in [0, 2, 12] {
                let json: serde_json::Value = serde_json::from_str(&stats(counts, decimals)).unwrap();
                let rate = json["open_rate"].as_f64().unwrap();
                let exact = counts[2] as f64 / counts[0] as f64;
                let half_a_unit = 0.5 / 10_f64.powi(decimals.try_into().unwrap());
                assert!((rate - exact).abs() <= half_a_unit + exact * 1e-15, "{counts:?} {decimals}: {rate}");
            }
        }
        assert!(stats([2, 0, 63, 6, 0], 2).contains(r#""open_rate":31.5,"click_count":6,"click_rate":3.0"#));
    }
}
