//! Queries: what is asked, in the caller's terms.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use crate::dimension::By;
use crate::event::AccountId;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::names::named_enum;
use crate::time::{Period, Resolution};

mod against;
mod error;
mod json;

pub use against::Against;
pub use error::QueryError;
pub(crate) use json::{metric_name, zone_name};

/// The accounts whose mail is counted. It is part of every query, so that it cannot be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "every store must handle every scope")]
pub enum Scope {
    /// One account.
    Account(AccountId),
    /// Several accounts, counted together.
    Accounts(BTreeSet<AccountId>),
    /// All accounts: for the platform itself.
    All,
}

impl Scope {
    /// Returns whether the mail of `account` is counted.
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

named_enum! {
    /// Which instant decides the bucket that an event counts in. Statuses always count in the bucket of their message's
    /// creation.
    #[derive(Default)]
    #[expect(clippy::exhaustive_enums, reason = "an event counts by its own instant or by its message's")]
    pub enum Timing("timing") {
        /// The instant of the event. An open today of a message of yesterday counts today, so that a rate of today's opens
        /// over today's deliveries can exceed 1.
        #[default]
        Event = "event",
        /// The instant of the message's creation: a bucket contains all events of the messages that were created in it. A
        /// unique count never exceeds the number of messages, and an open rate exceeds 1 only if messages were opened
        /// that have no delivery.
        Send = "send",
    }
}

/// The maximum size of a query and of its answer. A query that exceeds one is an error.
///
/// The defaults are generous for honest use. A server that answers strangers sets those that its memory allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The maximum number of buckets. The default is 65,000: seven years of hours.
    pub buckets: usize,
    /// The maximum number of rows of the report: buckets times groups, including rows without events unless
    /// [`Query::fill_gaps`] is off. With [`Query::top`], only the groups that have rows of their own. The default is
    /// 200,000.
    pub rows: usize,
    /// The maximum number of rows that are counted before [`Query::top`] combines groups, if it is more than `rows`. Without
    /// `top`, they are limited by `rows`. The default is 500,000.
    pub rows_before_top: usize,
    /// The maximum number of dimensions that rows are grouped by, without the date. The default is 8.
    pub dimensions: usize,
    /// The maximum number of filters. The default is 32.
    pub filters: usize,
    /// The maximum number of values of all filters together. The default is 10,000.
    pub values: usize,
    /// The maximum number of bytes of the values of groups in all rows of the report: a long name in many rows is a large
    /// report. The default is 64 MiB.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            buckets: 65_000,
            rows: 200_000,
            rows_before_top: 500_000,
            dimensions: 8,
            filters: 32,
            values: 10_000,
            names: 64 << 20,
        }
    }
}

/// Which mail is counted, over which period, and how the counts are grouped. A period may be relative to the present:
/// [`Query::plan`] resolves it at an instant.
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
/// In JSON, all fields but `scope` and `period` are optional, and an unknown field is an error. A server that takes a
/// query from a client decides the scope and the limits itself: it reads a [`Request`](crate::native::Request), which has
/// neither.
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
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub(crate) fill_gaps: bool,
    #[serde(default)]
    pub(crate) limits: Limits,
}

impl Query {
    /// Makes a query for all mail of `scope` in `period`: one row, in UTC.
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
            fill_gaps: true,
            limits: Limits::default(),
        }
    }

    /// Sets the accounts whose mail is counted.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Scope>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Sets the time zone of hours, days, weeks, months and so on. The default is UTC. The crate of the type is
    /// [`time::chrono_tz`](crate::time::chrono_tz).
    #[must_use]
    pub fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// Sets the length of the buckets. Any length but [`Resolution::All`] implies rows [by date](By::Date). The default
    /// is a day with rows by date, and otherwise all.
    #[must_use]
    pub fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = Some(resolution);
        self
    }

    /// Adds a dimension, or the date, that the report has separate rows for. The first one orders the rows first.
    #[must_use]
    pub fn by(mut self, by: impl Into<By>) -> Self {
        self.by.push(by.into());
        self
    }

    /// Adds a filter. All filters must hold.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Sets which instant decides the bucket that an event counts in. The default is [`Timing::Event`].
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Sets the kinds of event that are counted. The default is all. A report has only the rates whose kinds are all
    /// counted. It does not affect statuses, which are counted unless rows are grouped or filtered by a dimension of
    /// events.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.kinds = Some(kinds.into_iter().collect());
        self
    }

    /// Sets the metric that orders groups, largest first, then by name. Its kind must be one that is
    /// [counted](Query::kinds). The default is the number of events.
    #[must_use]
    pub fn rank(mut self, metric: Metric) -> Self {
        self.rank = Some(metric);
        self
    }

    /// Sets how many groups have rows of their own, the largest ones first; all others are combined into [one
    /// sum](crate::report::Report::rest). Zero is an error. The default is all groups.
    #[must_use]
    pub fn top(mut self, count: usize) -> Self {
        self.top = Some(count);
        self
    }

    /// Sets the period to compare with. The default is none.
    #[must_use]
    pub fn compare(mut self, against: Against) -> Self {
        self.compare = Some(against);
        self
    }

    /// Sets whether the report has rows for buckets without events, so that each group has a row for every bucket. The
    /// default is `true`. If `false`, the report has only rows with events or statuses, however many buckets there are.
    #[must_use]
    pub fn fill_gaps(mut self, fill: bool) -> Self {
        self.fill_gaps = fill;
        self
    }

    /// Sets the maximum size of the query and of its answer.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the kinds that are counted, ascending.
    pub(crate) fn counted_kinds(&self) -> Vec<Kind> {
        match &self.kinds {
            None => Kind::ALL.to_vec(),
            Some(kinds) => kinds.iter().copied().collect(),
        }
    }
}

pub(crate) fn utc() -> Tz {
    Tz::UTC
}

pub(crate) fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_timing_prints_and_parses_as_its_name_in_json() {
        for timing in Timing::ALL {
            assert_eq!(serde_json::to_value(timing).unwrap(), timing.name());
            assert_eq!(timing.to_string(), timing.name());
            assert_eq!(timing.name().parse(), Ok(timing));
        }
        assert_eq!(format!("{:>6}|", Timing::Send), "  send|");
    }

    #[test]
    fn the_error_of_an_unknown_timing_lists_the_known_ones() {
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
