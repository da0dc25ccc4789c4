//! One figure of an answer, and the messages that it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::contribution::{Contribution, Known, KnownEvent};
use crate::dimension::By;
use crate::event::{AccountId, Event, MessageId};
use crate::group::Group;
use crate::message::Message;
use crate::metric::Metric;
use crate::plan::{Plan, bucket_index};
use crate::query::{Query, QueryError};

/// One figure of the answer to a plan: that of one metric in one bucket and group.
///
/// ```
/// use mailtally::store::Figure;
/// use mailtally::{Dimension, Event, Kind, Metric, Period, Query};
///
/// let deferred = |message, id, provider: &str| {
///     Event::new("acme", message, id, Kind::Deferred, "2026-02-01T09:30:00Z".parse().unwrap()).provider(provider)
/// };
/// let events = [deferred("m-1", "e-1", "Yahoo"), deferred("m-1", "e-2", "Yahoo"), deferred("m-2", "e-1", "Google")];
///
/// let plan = Query::new("acme", Period::last_days(7)).by(Dimension::Provider).plan("2026-02-02T00:00:00Z".parse()?)?;
/// let yahoo = [Some("Yahoo".into())].into_iter().collect();
/// let figure = Figure::new(plan, 0, yahoo, Metric::Total(Kind::Deferred))?;
/// let messages = figure.messages(events);
/// assert_eq!((messages[0].message.as_str(), messages[0].count, messages.len()), ("m-1", 2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    plan: Plan,
    bucket: usize,
    group: Group,
    metric: Metric,
}

/// A message that is counted in a figure.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[expect(clippy::exhaustive_structs, reason = "stores make them")]
pub struct CountedMessage {
    /// The account of the message.
    pub account: AccountId,
    /// The id of the message.
    pub message: MessageId,
    /// How often the message is counted: 1 for uniques and statuses, the number of events for totals, the number of days
    /// for daily uniques.
    pub count: u64,
}

/// Why there is no such figure. The caller can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// The query has no plan.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The group does not have exactly the dimensions of the query.
    #[error("a group by {}, expected {}", names(found), names(expected))]
    WrongDimensions {
        /// The dimensions, or the date, that the group has.
        found: Vec<By>,
        /// Those that the query has rows by.
        expected: Vec<By>,
    },
    /// No bucket has the date.
    #[error("date `{found}`, expected that of a row, such as `{first}`")]
    NoSuchDate {
        /// The date.
        found: String,
        /// The date of the first bucket.
        first: String,
    },
    /// The plan does not have the bucket.
    #[error("bucket {found}, expected an index below {buckets}, the number of buckets")]
    NoSuchBucket {
        /// The index of the bucket.
        found: usize,
        /// The number of buckets.
        buckets: usize,
    },
    /// The group has more or fewer values than the plan has dimensions.
    #[error("a group of {found} values, expected {expected}, one for each dimension")]
    WrongGroup {
        /// The number of values.
        found: usize,
        /// The number of dimensions.
        expected: usize,
    },
    /// The plan does not count the metric.
    #[error("`{metric}` is not counted by this query")]
    NotCounted {
        /// The metric.
        metric: Metric,
    },
}

/// Lists dimensions as `` `domain`, `date` ``.
fn names(by: &[By]) -> String {
    let names: Vec<String> = by.iter().map(|by| format!("`{by}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

impl Query {
    /// Returns the figure `metric` of one row of the report that is made at the instant `now`: the row with the values
    /// `group`, as the [JSON of the row](crate::report::Report#impl-Serialize-for-Report) has them, with the date if there
    /// are rows by date.
    ///
    /// # Errors
    ///
    /// [`FigureError`] if the query has no plan, or no such row or metric.
    pub fn figure(
        &self,
        now: DateTime<Utc>,
        group: &BTreeMap<By, Option<Arc<str>>>,
        metric: Metric,
    ) -> Result<Figure, FigureError> {
        let plan = self.plan(now)?;
        let is_known = |by: &By| group.contains_key(by);
        if group.len() != plan.by().len() || !plan.by().iter().all(is_known) {
            let (found, expected) = (group.keys().copied().collect(), plan.by().to_vec());
            return Err(FigureError::WrongDimensions { found, expected });
        }
        let bucket = match group.get(&By::Date) {
            Some(date) => bucket_of(&plan, date.as_deref().unwrap_or_default())?,
            None => 0,
        };
        let value = |dimension| group.get(&By::Dimension(dimension)).cloned().flatten();
        let values =
            plan.dimensions().iter().map(|dimension| value(*dimension).filter(|value| !value.is_empty()));
        let group = values.collect();
        Figure::new(plan, bucket, group, metric)
    }
}

/// Returns the index of the bucket with a date.
fn bucket_of(plan: &Plan, date: &str) -> Result<usize, FigureError> {
    let label = |index: usize| plan.resolution().label(plan.buckets()[index].start, plan.zone());
    let mut indexes = 0..plan.buckets().len();
    indexes.find(|index| label(*index) == date).ok_or_else(|| {
        let first = if plan.buckets().is_empty() { String::new() } else { label(0) };
        FigureError::NoSuchDate { found: date.chars().take(80).collect(), first }
    })
}

impl Figure {
    /// Makes the figure `metric` of the bucket with the index `bucket` and of `group`, in the answer to `plan`.
    ///
    /// # Errors
    ///
    /// [`FigureError`] if the plan has no such bucket, group or metric.
    pub fn new(plan: Plan, bucket: usize, group: Group, metric: Metric) -> Result<Self, FigureError> {
        let (buckets, dimensions) = (plan.buckets().len(), plan.dimensions().len());
        if bucket >= buckets {
            return Err(FigureError::NoSuchBucket { found: bucket, buckets });
        }
        if group.len() != dimensions {
            return Err(FigureError::WrongGroup { found: group.len(), expected: dimensions });
        }
        let is_counted = match metric.kind() {
            Some(kind) => plan.kinds().contains(&kind),
            None => plan.has_statuses(),
        };
        if !is_counted {
            return Err(FigureError::NotCounted { metric });
        }
        Ok(Self { plan, bucket, group, metric })
    }

    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the index of the bucket in the plan's buckets.
    pub fn bucket(&self) -> usize {
        self.bucket
    }

    /// Returns the values of the plan's dimensions, in their order.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Returns the metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Returns how often a message is counted in the figure; 0 if it is not counted, or not in scope.
    pub fn count(&self, message: &Message) -> u64 {
        let history = message.history();
        self.count_known(&Known::of(message), history.iter().map(KnownEvent::of))
    }

    /// Returns how often a message is counted of which the history is known.
    pub(crate) fn count_known<'a>(
        &self,
        message: &Known<'_>,
        events: impl Iterator<Item = KnownEvent<'a>>,
    ) -> u64 {
        if !self.plan.query().scope.contains(message.account) {
            return 0;
        }
        let bucket = |at| (bucket_index(self.plan.buckets(), at) == Some(self.bucket)).then_some(());
        let contribution = Contribution::of(message, events, &self.plan.selection(), bucket);
        let counts = contribution.as_ref().ok().and_then(|contribution| contribution.cell((), &self.group));
        counts.map_or(0, |counts| counts.value(self.metric))
    }

    /// Returns the messages that the figure is made of, ascending by account, then by id: the reference for
    /// [`Messages`](crate::store::Messages), and what a host with few events can use as it is.
    ///
    /// The counts add up to the figure.
    pub fn messages(&self, events: impl IntoIterator<Item = Event>) -> Vec<CountedMessage> {
        let messages = Message::collect(events).into_iter();
        let counted = messages.map(|((account, message), events)| {
            let count = self.count(&events);
            CountedMessage { account, message, count }
        });
        counted.filter(|message| message.count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::{By, Dimension};
    use crate::kind::Kind;
    use crate::query::Query;
    use crate::status::Status;
    use crate::time::Period;

    fn plan(query: Query) -> Plan {
        query.plan("2026-02-03T00:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn only_figures_of_the_answer_can_be_asked_for() {
        let query =
            Query::new("a", "2026-02-01..=2026-02-02".parse::<Period>().unwrap()).by(Dimension::Country);
        let plan = plan(query.by(By::Date).kinds([Kind::Sent]));
        let new = |bucket, group: &[Option<&str>], metric| {
            let group = group.iter().map(|value| value.map(Into::into)).collect();
            Figure::new(plan.clone(), bucket, group, metric).map(|_| ())
        };
        let sent = Metric::Total(Kind::Sent);
        assert_eq!(new(1, &[None], sent), Ok(()));
        assert_eq!(new(2, &[None], sent), Err(FigureError::NoSuchBucket { found: 2, buckets: 2 }));
        assert_eq!(new(0, &[], sent), Err(FigureError::WrongGroup { found: 0, expected: 1 }));
        for metric in [Metric::Total(Kind::Opened), Metric::Status(Status::Sent)] {
            assert_eq!(new(0, &[None], metric), Err(FigureError::NotCounted { metric }));
        }
    }

    #[test]
    fn a_row_is_found_by_the_values_and_the_date_that_its_json_has() {
        let query =
            Query::new("a", "2026-02-01..=2026-02-02".parse::<Period>().unwrap()).by(Dimension::Domain);
        let figure = |query: &Query, group: &[(By, Option<&str>)]| {
            let group = group.iter().map(|(by, value)| (*by, value.map(Into::into))).collect();
            query.figure("2026-02-03T00:00:00Z".parse().unwrap(), &group, Metric::Total(Kind::Sent))
        };
        let domain = By::Dimension(Dimension::Domain);
        let all = figure(&query, &[(domain, Some("x.example"))]).unwrap();
        assert_eq!((all.bucket(), all.group()[0].as_deref()), (0, Some("x.example")));
        let daily = query.by(By::Date);
        let second = figure(&daily, &[(By::Date, Some("2026-02-02")), (domain, None)]).unwrap();
        assert_eq!((second.bucket(), second.group()[0].as_deref()), (1, None));
        assert_eq!(
            figure(&daily, &[(domain, None)]).unwrap_err().to_string(),
            "a group by `domain`, expected `domain`, `date`"
        );
        assert_eq!(
            figure(&daily, &[(domain, None), (By::Date, Some("2026-02-03"))]).unwrap_err().to_string(),
            "date `2026-02-03`, expected that of a row, such as `2026-02-01`"
        );
    }

    #[test]
    fn a_message_of_another_account_is_never_counted() {
        let plan = plan(Query::new("a", Period::all()));
        let figure = Figure::new(plan, 0, Group::default(), Metric::Total(Kind::Sent)).unwrap();
        let sent =
            |account| Event::new(account, "m", "1", Kind::Sent, "2026-02-01T00:00:00Z".parse().unwrap());
        let messages = figure.messages([sent("a"), sent("b")]);
        assert_eq!(messages.iter().map(|message| message.account.as_str()).collect::<Vec<_>>(), ["a"]);
    }
}
