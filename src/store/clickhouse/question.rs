//! The statement that answers a plan.

use super::buckets::Buckets;
use super::levels::{END_AT, FIRST_AT};
use super::literal::{list, literal};
use super::mail::Mail;
use super::state::State;
use super::values::{Needs, condition, own, value};
use crate::dimension::Dimension;
use crate::event_type::EventType;
use crate::figure::Figure;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::plan::{Plan, PlanParts};
use crate::query::{Scope, Timing};
use crate::status::Status;

/// What a plan counts of the rows of events.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    state: &'a State,
    scope: &'a Scope,
    filters: &'a [Filter],
    dimensions: &'a [Dimension],
    timing: Timing,
    /// The event types that are counted; `None` if all are.
    types: Option<Vec<String>>,
    has_statuses: bool,
    buckets: Buckets,
    range: (i64, i64),
}

impl<'a> Question<'a> {
    /// Makes the question of a plan; `None` if no mail can be counted.
    pub(super) fn new(plan: &'a Plan, state: &'a State) -> Option<Self> {
        let buckets = Buckets::new(plan.edges_in_millis());
        let range = buckets.range()?;
        let PlanParts { scope, buckets: _, filters, dimensions, timing, kinds, statuses, max_rows: _ } =
            plan.parts();
        let is_nothing = kinds.is_empty() && !statuses;
        let names = kinds.iter().flat_map(|kind| kind.event_types()).map(|event_type| event_type.to_string());
        let types = (kinds != Kind::ALL).then(|| names.collect());
        let question =
            Self { state, scope, filters, dimensions, timing, types, has_statuses: statuses, buckets, range };
        (!is_nothing).then_some(question)
    }

    /// Returns the statement that counts: the index of the bucket, the values of the group, the event type or the number of the
    /// status, and four sums: all, and the firsts of an event type, of a kind and of a kind's day.
    pub(super) fn sql(&self) -> String {
        let groups = (0..self.dimensions.len()).map(|index| format!(", g{index}")).collect::<String>();
        let named = self.dimensions.iter().enumerate();
        let named = list(named.map(|(index, dimension)| format!("{} AS g{index}", value(*dimension))));
        let array = named.map_or_else(|| "emptyArrayString()".to_owned(), |named| format!("[{named}]"));
        format!(
            "SELECT {} AS bucket, {array} AS groups, what, toUInt64(count()) AS total, toUInt64(sum(first = 1)) AS of_type, \
             toUInt64(sum(kind_first = 1)) AS of_kind, toUInt64(sum(day_first = 1)) AS of_day FROM {} \
             GROUP BY bucket, what{groups}",
            self.buckets.index("at"),
            self.rows(None)
        )
    }

    /// Returns the statement that lists the messages of a figure: account, message, and how often each is counted.
    pub(super) fn messages_sql(&self, figure: &Figure, after: Option<(&str, &str)>, limit: usize) -> String {
        let groups = self.dimensions.iter().zip(figure.group().iter());
        let is_group = |(dimension, text): (&Dimension, &Option<std::sync::Arc<str>>)| {
            format!(" AND {} = {}", value(*dimension), literal(text.as_deref().unwrap_or_default()))
        };
        let (bucket, groups) = (figure.bucket(), groups.map(is_group).collect::<String>());
        format!(
            "SELECT account, message, toUInt64(count()) AS counted FROM {} AND {} = {bucket}{groups} AND {} \
             GROUP BY account, message ORDER BY account, message LIMIT {limit}",
            self.rows(after),
            self.buckets.index("at"),
            counted(figure.metric())
        )
    }

    /// Returns what is counted, a row for each event and status in each of its groups: the part of the statement from its
    /// source to its conditions.
    fn rows(&self, after: Option<(&str, &str)>) -> String {
        let needs = self.needs();
        let ats = match self.timing {
            Timing::Event => "ats",
            Timing::Send => "arrayMap(a -> since, ats)",
        };
        // A status is one more row of its message. It has no values of events: it is not counted then.
        let with = |array: &str, item: &str| match self.has_statuses {
            true => format!("arrayConcat({array}, [{item}])"),
            false => array.to_owned(),
        };
        let mut joined = vec![
            format!("{} AS what", with("types", "last_status")),
            format!("{} AS at", with(ats, "since")),
            format!("{} AS first", with("firsts", "toUInt32(0)")),
            format!("{} AS kind_first", with("kind_firsts", "toUInt32(0)")),
            format!("{} AS day_first", with("day_firsts", "toUInt32(0)")),
        ];
        joined.extend(needs.own.iter().map(|dimension| format!("{0}s AS {0}", own(*dimension))));
        let (start, end) = self.range;
        let mut conditions = vec![format!("at >= {start} AND at < {end}"), "what != '0'".to_owned()];
        if let Some(types) = &self.types {
            let of_statuses = Status::ALL.into_iter().filter(|_| self.has_statuses).map(Mail::status_of);
            let all = types.iter().cloned().chain(of_statuses).map(|what| literal(&what));
            conditions.push(format!("what IN ({})", list(all).unwrap_or_else(|| "''".to_owned())));
        }
        conditions.extend(self.filters.iter().map(condition));
        let mail = self.mail(after);
        let sql = mail.sql();
        let source = match self.dimensions.contains(&Dimension::Tag) {
            true => format!(
                "(SELECT {}, tag FROM ({sql}) ARRAY JOIN if(empty(f_tags), [''], f_tags) AS tag)",
                mail.columns().join(", ")
            ),
            false => format!("({sql})"),
        };
        format!("{source} ARRAY JOIN {} WHERE {}", joined.join(", "), conditions.join(" AND "))
    }

    fn mail<'b>(&'b self, after: Option<(&'b str, &'b str)>) -> Mail<'b> {
        let whole = self.has_statuses || self.timing == Timing::Send;
        let (start, end) = self.range;
        let range = (start > FIRST_AT || end < END_AT).then_some(self.range);
        Mail { range, after, needs: self.needs(), whole, ..Mail::new(self.state, self.scope) }
    }

    fn needs(&self) -> Needs {
        let filtered = self.filters.iter().map(Filter::dimension);
        Needs::of(self.dimensions.iter().copied().chain(filtered))
    }
}

/// Returns the condition that a row counts in a figure.
fn counted(metric: Metric) -> String {
    let of_type = |event_type: EventType| literal(&event_type.to_string());
    let of_kind =
        |kind: Kind| format!("what IN ({})", list(kind.event_types().map(of_type)).unwrap_or_default());
    match metric {
        Metric::Total(kind) => of_kind(kind),
        Metric::Unique(kind) => format!("{} AND kind_first = 1", of_kind(kind)),
        Metric::DailyUnique(kind) => format!("{} AND day_first = 1", of_kind(kind)),
        Metric::TotalOf(event_type) => format!("what = {}", of_type(event_type)),
        Metric::UniqueOf(event_type) => format!("what = {} AND first = 1", of_type(event_type)),
        Metric::Status(status) => format!("what = '{}'", Mail::status_of(status)),
    }
}
