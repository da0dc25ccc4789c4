//! What is asked, in the asker's terms.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::compare::Against;
use crate::counts::Metric;
use crate::dimension::{By, Dimension};
use crate::error::QueryError;
use crate::event::AccountId;
use crate::event_type::Kind;
use crate::filter::Filter;
use crate::parse_error::ParseError;
use crate::plan::Plan;
use crate::questions::Questions;
use crate::time::{Period, Resolution};

/// Whose mail is counted. A part of every question: there is no way to forget it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "every store must decide on every scope")]
pub enum Scope {
    /// One account's.
    Account(AccountId),
    /// That of several accounts together.
    Accounts(BTreeSet<AccountId>),
    /// Everyone's: for the platform itself.
    All,
}

impl Scope {
    /// Whether the mail of `account` is counted.
    pub fn contains(&self, account: &AccountId) -> bool {
        match self {
            Self::Account(one) => one == account,
            Self::Accounts(several) => several.contains(account),
            Self::All => true,
        }
    }
}

impl<T: Into<AccountId>> From<T> for Scope {
    fn from(account: T) -> Self {
        Self::Account(account.into())
    }
}

/// Into which bucket an event counts. Statuses are always counted where their message was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "an event counts where it happened or where its message began")]
pub enum Timing {
    /// Where the event itself happened. An open of today on a message of yesterday is today's, so a rate of today's
    /// opens over today's deliveries can be above 1.
    #[default]
    Event,
    /// Where the message was created: a bucket holds all that ever became of the messages of that time. A unique count is
    /// never more than its messages, and an open rate never above 1 where what was opened was also delivered.
    Send,
}

impl Timing {
    /// Every timing.
    pub const ALL: [Self; 2] = [Self::Event, Self::Send];

    /// The name in JSON and in queries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Send => "send",
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Timing {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|timing| timing.name() == text)
            .ok_or_else(|| ParseError::not_one_of("timing", text, Self::ALL.map(Self::name)))
    }
}

/// The most that one answer may hold. What is more is refused with an error before it costs memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Buckets of time. At most 65,000 unless set: seven years of hours.
    pub buckets: usize,
    /// Rows: buckets times groups, with those that only fill a gap. At most 200,000 unless set.
    pub rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { buckets: 65_000, rows: 200_000 }
    }
}

/// A question about mail, still relative to the moment at which it will be asked: [`Query::plan`] settles the rest.
///
/// ```
/// use mailtally::{By, Dimension, Filter, Period, Query, Resolution, Timing};
///
/// let query = Query::new("acme", Period::last_days(7))
///     .zone(chrono_tz::Europe::Berlin)
///     .by(Dimension::Domain)
///     .by(By::Date)
///     .filter(Filter::is(Dimension::Provider, ["Google", "Yahoo"]))
///     .timing(Timing::Send);
/// let plan = query.plan("2026-02-10T12:00:00Z".parse()?)?;
/// assert_eq!(plan.buckets().len(), 8); // seven times 24 hours touch eight days
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As JSON, everything but `scope` and `period` may be left out; a field that does not exist is refused. A server that
/// takes a question from a stranger says itself whose mail is counted and how much: it reads a
/// [`Request`](crate::native::Request), which has neither.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub(crate) scope: Scope,
    pub(crate) period: Period,
    #[serde(default = "utc", with = "zone_name")]
    pub(crate) zone: Tz,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<Resolution>,
    #[serde(default)]
    pub(crate) by: Vec<By>,
    #[serde(default)]
    pub(crate) filters: Vec<Filter>,
    #[serde(default)]
    pub(crate) timing: Timing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kinds: Option<BTreeSet<Kind>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "metric_name")]
    pub(crate) rank: Option<Metric>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) top: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compare: Option<Against>,
    #[serde(default)]
    pub(crate) limits: Limits,
}

impl Query {
    /// Asks for the mail of `scope` in `period`: everything, in one row, days and months in UTC.
    pub fn new(scope: impl Into<Scope>, period: Period) -> Self {
        Self {
            scope: scope.into(),
            period,
            zone: utc(),
            resolution: None,
            by: Vec::new(),
            filters: Vec::new(),
            timing: Timing::default(),
            kinds: None,
            rank: None,
            top: None,
            compare: None,
            limits: Limits::default(),
        }
    }

    /// Asks the same of other accounts.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Scope>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Asks for days, weeks and months of this zone; UTC unless set.
    #[must_use]
    pub fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// Asks for buckets of this length, and so for rows [by date](By::Date) if it is finer than [`Resolution::All`].
    /// Unless set, it is a day where rows are asked by date, and else all.
    #[must_use]
    pub fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = Some(resolution);
        self
    }

    /// Asks for a row for each value, in addition to what was asked before. The first of several orders the rows first.
    #[must_use]
    pub fn by(mut self, by: impl Into<By>) -> Self {
        self.by.push(by.into());
        self
    }

    /// Asks only for mail that the filter keeps, in addition to those asked before.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Asks for events where they happened (unless set), or where their messages were created.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Asks only for these kinds of event; for all unless set. Statuses come with every answer that can have them.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.kinds = Some(kinds.into_iter().collect());
        self
    }

    /// Orders groups by this figure, the largest first, then by name; by the number of events unless set.
    #[must_use]
    pub fn rank(mut self, metric: Metric) -> Self {
        self.rank = Some(metric);
        self
    }

    /// Asks for the `count` largest groups, and for all others together as the rest.
    #[must_use]
    pub fn top(mut self, count: usize) -> Self {
        self.top = Some(count);
        self
    }

    /// Asks for the same of another period as well.
    #[must_use]
    pub fn compare(mut self, against: Against) -> Self {
        self.compare = Some(against);
        self
    }

    /// Sets the most that the answer may hold.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Settles the question at the instant `now`: nothing is left to decide.
    ///
    /// # Errors
    ///
    /// [`QueryError`] if the period cannot be resolved, if there would be too many buckets, if a dimension is asked
    /// twice, if rows by date are asked at resolution `all`, or if the largest 0 groups are asked.
    pub fn plan(&self, now: DateTime<Utc>) -> Result<Plan, QueryError> {
        Plan::new(self.clone(), self.period.resolve(now, self.zone)?, now)
    }

    /// Settles all that must be counted for the whole report: see [`Questions`].
    ///
    /// # Errors
    ///
    /// As [`Query::plan`].
    pub fn questions(&self, now: DateTime<Utc>) -> Result<Questions, QueryError> {
        Questions::new(self, now)
    }

    /// The same question of the period to compare with; `None` if no comparison was asked, or if the period has no
    /// start or no end and so none before it.
    ///
    /// # Errors
    ///
    /// As [`Query::plan`].
    pub fn comparison_plan(&self, now: DateTime<Utc>) -> Result<Option<Plan>, QueryError> {
        let range = match self.compare {
            None => None,
            Some(Against::Previous) => self.period.previous(now, self.zone)?,
            Some(Against::Year) => self.period.year_before(now, self.zone)?,
        };
        // Every group, because those that are largest now may have been small then.
        let every_group = Self { top: None, compare: None, ..self.clone() };
        range.map(|range| Plan::new(every_group, range, now)).transpose()
    }
}

impl Query {
    /// The kinds that are counted, ascending.
    pub(crate) fn kinds_counted(&self) -> Vec<Kind> {
        match &self.kinds {
            None => Kind::ALL.to_vec(),
            Some(kinds) => kinds.iter().copied().collect(),
        }
    }
}

/// What the buckets of a query are: its resolution, and whether rows are told apart by them.
pub(crate) fn bucket_length(query: &Query) -> Result<Resolution, QueryError> {
    match (query.resolution, query.by.contains(&By::Date)) {
        (None, true) => Ok(Resolution::Day),
        (None, false) => Ok(Resolution::All),
        (Some(Resolution::All), true) => Err(QueryError::DateWithoutResolution),
        (Some(resolution), _) => Ok(resolution),
    }
}

pub(crate) fn utc() -> Tz {
    Tz::UTC
}

/// The dimensions of a query, in their order, without the date.
pub(crate) fn dimensions(by: &[By]) -> Vec<Dimension> {
    let dimension = |by: &By| match *by {
        By::Date => None,
        By::Dimension(dimension) => Some(dimension),
    };
    by.iter().filter_map(dimension).collect()
}

/// A zone as its IANA name.
pub(crate) mod zone_name {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        crate::time::parse_zone(&name).map_err(de::Error::custom)
    }
}

/// A metric as its name.
pub(crate) mod metric_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::counts::Metric;

    pub(crate) fn serialize<S: Serializer>(
        metric: &Option<Metric>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match metric {
            None => serializer.serialize_none(),
            Some(metric) => serializer.collect_str(metric),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Metric>, D::Error> {
        let name = Option::<std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_timing_is_printed_and_read_by_its_name_in_json() {
        for timing in Timing::ALL {
            assert_eq!(serde_json::to_value(timing).unwrap(), timing.name());
            assert_eq!(timing.to_string(), timing.name());
            assert_eq!(timing.name().parse(), Ok(timing));
        }
        assert_eq!(format!("{:>6}|", Timing::Send), "  send|");
    }

    #[test]
    fn an_unknown_timing_is_told_the_known_ones() {
        for text in ["Send", "", " send", "sent"] {
            assert_eq!(
                text.parse::<Timing>().unwrap_err().to_string(),
                format!("unknown timing `{text}`, expected `event` or `send`")
            );
        }
    }

    proptest! {
        #[test]
        fn only_a_name_is_a_timing(text in any::<String>()) {
            prop_assert_eq!(text.parse().map(Timing::name).ok(), ["event", "send"].into_iter().find(|name| *name == text));
        }
    }
}
