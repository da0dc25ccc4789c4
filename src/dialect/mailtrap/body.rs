//! The answer, in the published shape.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Endpoint, Form, Settings, provider};
use crate::counts::Counts;
use crate::dialect::number_or_zero;
use crate::kind::Kind;
use crate::rate::{Rate, Rounding};
use crate::report::{Report, ReportRow};

/// The body of an answer. Serialises to the published JSON.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// One object: of [`Endpoint::Total`].
    Total(Stats),
    /// A list of rows: of all others.
    Rows(Vec<GroupStats>),
}

/// The ten figures, in their published order. A rate over nothing is `None`, and `0.0` in JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Stats {
    pub delivery_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    pub delivery_rate: Option<Decimal>,
    pub bounce_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    pub bounce_rate: Option<Decimal>,
    pub open_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    pub open_rate: Option<Decimal>,
    pub click_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    pub click_rate: Option<Decimal>,
    pub spam_count: u64,
    #[serde(serialize_with = "number_or_zero")]
    pub spam_rate: Option<Decimal>,
}

/// A row: what it is of, and its figures. Two keys in JSON, never more.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupStats {
    /// The key that names what the row is of.
    pub key: &'static str,
    /// What the row is of.
    pub value: Value,
    /// Its figures.
    pub stats: Stats,
}

/// What a row is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Value {
    /// A domain's id.
    Id(i64),
    /// A name, or a date.
    Text(String),
}

impl Body {
    pub(super) fn new(form: Form, endpoint: Endpoint, report: &Report, settings: &Settings) -> Self {
        let rows = |key, value: &dyn Fn(ReportRow<'_>) -> Value| rows(key, value, report, settings);
        match endpoint {
            Endpoint::Total => Self::Total(Stats::new(Sums::of(&report.total), settings)),
            Endpoint::Domains => {
                Self::Rows(rows(form.domain_key(), &|row| Value::Id(settings.id_of(name(row)))))
            }
            Endpoint::Categories => Self::Rows(most_delivered_first(rows("category", &|row| {
                Value::Text(name(row).unwrap_or_default().to_owned())
            }))),
            Endpoint::Providers => Self::Rows(most_delivered_first(rows("email_service_provider", &|row| {
                Value::Text(provider::published(name(row)).to_owned())
            }))),
            Endpoint::Date => Self::Rows(rows("date", &|row| Value::Text(report.date(row)))),
        }
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Total(stats) => stats.serialize(serializer),
            Self::Rows(rows) => rows.serialize(serializer),
        }
    }
}

impl Serialize for GroupStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry(self.key, &self.value)?;
        object.serialize_entry("stats", &self.stats)?;
        object.end()
    }
}

/// The value of the one dimension that rows are told apart by.
fn name<'a>(row: ReportRow<'a>) -> Option<&'a str> {
    row.group.first().and_then(|value| value.as_deref())
}

/// The rows that have anything to show, ascending; those with the same value together.
fn rows(
    key: &'static str,
    value: &dyn Fn(ReportRow<'_>) -> Value,
    report: &Report,
    settings: &Settings,
) -> Vec<GroupStats> {
    let mut groups: BTreeMap<Value, Sums> = BTreeMap::new();
    for row in report.rows() {
        let sums = Sums::of(row.counts);
        if sums != Sums::default() {
            groups.entry(value(row)).or_default().add(sums);
        }
    }
    let row = |(value, sums)| GroupStats { key, value, stats: Stats::new(sums, settings) };
    groups.into_iter().map(row).collect()
}

/// The rows by falling deliveries; equals stay as they are.
fn most_delivered_first(mut rows: Vec<GroupStats>) -> Vec<GroupStats> {
    rows.sort_by_key(|row| Reverse(row.stats.delivery_count));
    rows
}

/// The five counts.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    delivered: u64,
    bounced: u64,
    opened: u64,
    clicked: u64,
    complained: u64,
}

impl Sums {
    fn of(counts: &Counts) -> Self {
        Self {
            delivered: counts.total(Kind::Delivered),
            bounced: counts.total(Kind::HardBounced),
            opened: counts.daily_unique(Kind::Opened),
            clicked: counts.daily_unique(Kind::Clicked),
            complained: counts.total(Kind::Complained),
        }
    }

    fn add(&mut self, other: Self) {
        // They are parts of a report's total, which fits.
        self.delivered = self.delivered.saturating_add(other.delivered);
        self.bounced = self.bounced.saturating_add(other.bounced);
        self.opened = self.opened.saturating_add(other.opened);
        self.clicked = self.clicked.saturating_add(other.clicked);
        self.complained = self.complained.saturating_add(other.complained);
    }
}

impl Stats {
    fn new(sums: Sums, settings: &Settings) -> Self {
        let Sums { delivered, bounced, opened, clicked, complained } = sums;
        let tried = delivered.saturating_add(bounced);
        let rate = |part, whole| {
            Rate::new(part, whole).fraction(settings.shown_places(), Rounding::HalfAwayFromZero)
        };
        Self {
            delivery_count: delivered,
            delivery_rate: rate(delivered, tried),
            bounce_count: bounced,
            bounce_rate: rate(bounced, tried),
            open_count: opened,
            open_rate: rate(opened, delivered),
            click_count: clicked,
            click_rate: rate(clicked, delivered),
            spam_count: complained,
            spam_rate: rate(complained, delivered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(counts: [u64; 5], places: u32) -> String {
        let [delivered, bounced, opened, clicked, complained] = counts;
        let sums = Sums { delivered, bounced, opened, clicked, complained };
        let settings = Settings::new([(1, "a.example")]).places(places);
        serde_json::to_string(&Stats::new(sums, &settings)).unwrap()
    }

    #[test]
    fn the_published_example_comes_out_byte_for_byte() {
        let published = concat!(
            r#"{"delivery_count":190,"delivery_rate":0.95,"bounce_count":10,"bounce_rate":0.05,"open_count":171,"#,
            r#""open_rate":0.9,"click_count":133,"click_rate":0.7,"spam_count":3,"spam_rate":0.02}"#
        );
        assert_eq!(stats([190, 10, 171, 133, 3], 2), published);
        let finer = published.replace("0.02", "0.015789473684");
        assert_eq!(stats([190, 10, 171, 133, 3], 99), finer);
    }

    #[test]
    fn nothing_over_nothing_is_zero_and_never_null() {
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
            for places in [0, 2, 12] {
                let json: serde_json::Value = serde_json::from_str(&stats(counts, places)).unwrap();
                let rate = json["open_rate"].as_f64().unwrap();
                let exact = counts[2] as f64 / counts[0] as f64;
                let half_a_unit = 0.5 / 10_f64.powi(places.try_into().unwrap());
                assert!((rate - exact).abs() <= half_a_unit + exact * 1e-15, "{counts:?} {places}: {rate}");
            }
        }
        assert!(stats([2, 0, 63, 6, 0], 2).contains(r#""open_rate":31.5,"click_count":6,"click_rate":3.0"#));
    }
}
