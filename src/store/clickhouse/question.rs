//! The statement that answers a plan.

use super::buckets::Buckets;
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
use crate::store::levels::{END_AT, FIRST_AT};

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

#[cfg(test)]
mod tests {
    use super::super::{forget, sums};
    use super::*;
    use crate::query::Query;
    use crate::store::Thinned;
    use crate::time::{Period, Resolution};

    /// Returns what a statement reads: what follows each table's name and `WHERE`.
    fn selections(sql: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for table in ["FROM events", "FROM sums"] {
            for (index, _) in sql.match_indices(table) {
                let rest = &sql[index + table.len()..];
                found.push(rest.strip_prefix(" WHERE ").unwrap_or_else(|| panic!("all rows: {rest}")));
            }
        }
        assert!(!found.is_empty(), "{sql}");
        found
    }

    fn states() -> Vec<State> {
        let mut with_marks = State { has_marks: true, ..State::default() };
        let before = "2026-02-02T00:00:00Z".parse().unwrap();
        with_marks.levels.add(Thinned { before, resolution: Resolution::Day }).unwrap();
        vec![State::default(), with_marks]
    }

    /// Returns plans of every shape for a scope.
    fn plans(scope: &Scope) -> Vec<Plan> {
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        let periods = [Period::all(), Period::since(start), Period::until(start)];
        let mut plans = Vec::new();
        for (period, timing) in periods.iter().flat_map(|period| Timing::ALL.map(|timing| (period, timing))) {
            let query = || Query::new(scope.clone(), period.clone()).timing(timing);
            let mut queries = vec![query(), query().kinds([]), query().kinds([Kind::Opened])];
            for dimension in Dimension::ALL {
                let other = if dimension == Dimension::Tag { Dimension::Domain } else { Dimension::Tag };
                let filters = [
                    Filter::is_present(dimension),
                    Filter::contains(dimension, ["x"]),
                    Filter::is_absent(dimension).ignoring_case(),
                ];
                queries.extend(filters.map(|filter| query().filter(filter).by(other)));
                queries.push(query().by(dimension).by(other));
            }
            plans.extend(queries.iter().map(|query| query.plan(start).unwrap()));
        }
        plans
    }

    #[test]
    fn every_table_is_read_within_the_scope_in_every_shape_of_a_plan() {
        let several = Scope::Accounts(["a'b".into(), "c".into()].into());
        for (scope, condition) in [
            (Scope::from("a'b"), "account = 'a\\x27b' AND "),
            (several, "account IN ('a\\x27b', 'c') AND "),
            (Scope::Accounts([].into()), "account IN ('') AND "),
        ] {
            for (plan, state) in
                plans(&scope).iter().flat_map(|plan| states().into_iter().map(move |state| (plan, state)))
            {
                let mut statements = Vec::new();
                statements.extend(Question::new(plan, &state).map(|question| question.sql()));
                statements.extend(sums::of(plan, &state).ok().flatten().map(|question| question.sql()));
                statements.push(sums::count_sql(plan.parts().scope, &state, (0, 1)));
                if let Some(metric) = plan.kinds().first().map(|kind| Metric::Total(*kind)) {
                    let group = plan.dimensions().iter().map(|_| None).collect();
                    let figure = Figure::new(plan.clone(), 0, group, metric).unwrap();
                    let question = Question::new(plan, &state).unwrap();
                    statements.push(question.messages_sql(&figure, Some(("d", "e")), 3));
                }
                for selection in statements.iter().flat_map(|sql| selections(sql)) {
                    assert!(selection.starts_with(condition), "{selection}");
                }
            }
        }
    }

    #[test]
    fn a_message_is_read_within_its_account() {
        let sql = forget::message_sql(&State::default(), "a", "m");
        assert!(
            selections(&sql)
                .iter()
                .all(|selection| selection.starts_with("account = 'a' AND message = 'm' AND "))
        );
    }
}
