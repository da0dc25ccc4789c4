//! The statement that answers a plan.

use super::buckets::Buckets;
use super::literal::{list, literal, literals};
use super::mail::{First, Mail};
use super::state::State;
use super::values::{Needs, condition, own, value};
use crate::dimension::Dimension;
use crate::figure::Figure;
use crate::filter::Filter;
use crate::group::Group;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::plan::{Plan, PlanParts};
use crate::query::Timing;
use crate::status::Status;
use crate::store::levels::{END_AT, FIRST_AT};

/// What a plan or a figure counts of the rows of events.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    state: &'a State,
    plan: PlanParts<'a>,
    counted: Counted,
    buckets: Buckets,
    range: (i64, i64),
}

/// Which rows count.
#[derive(Clone, Debug)]
struct Counted {
    has_events: bool,
    has_statuses: bool,
    /// The event types and the numbers of statuses; `None` for all.
    whats: Option<Vec<String>>,
    /// Of what it is asked whether an event is the first.
    firsts: &'static [First],
}

impl<'a> Question<'a> {
    /// Makes the question of a plan; `None` if no mail can be counted.
    pub(super) fn new(plan: &'a Plan, state: &'a State) -> Option<Self> {
        let buckets = Buckets::new(plan.edges_in_millis());
        let (range, plan) = (buckets.range()?, plan.parts());
        let counted = Counted::of_plan(&plan);
        let is_anything = counted.has_events || counted.has_statuses;
        is_anything.then_some(Self { state, plan, counted, buckets, range })
    }

    /// Makes the question of the messages of a figure; `None` if no mail can be in it.
    pub(super) fn of_figure(figure: &'a Figure, state: &'a State) -> Option<Self> {
        let edges = figure.plan().edges_in_millis();
        let edges = edges.get(figure.bucket()..figure.bucket() + 2)?;
        let buckets = Buckets::new(edges.to_vec());
        let (range, counted) = (buckets.range()?, Counted::of_metric(figure.metric()));
        Some(Self { state, plan: figure.plan().parts(), counted, buckets, range })
    }

    /// Returns the statement that counts: the index of the bucket, the values of the group, the event type or the number of the
    /// status, and four sums: all, and the firsts of an event type, of a kind and of a kind's day.
    pub(super) fn sql(&self) -> String {
        let dimensions = self.plan.dimensions;
        let groups = (0..dimensions.len()).map(|index| format!(", g{index}")).collect::<String>();
        let named = dimensions.iter().enumerate();
        let named = list(named.map(|(index, dimension)| format!("{} AS g{index}", value(*dimension))));
        let array = named.map_or_else(|| "emptyArrayString()".to_owned(), |named| format!("[{named}]"));
        let sum = |first: First| match self.counted.firsts.contains(&first) {
            true => format!("sum({} = 1)", first.name()),
            false => "toUInt64(0)".to_owned(),
        };
        format!(
            "SELECT {} AS bucket, {array} AS groups, what, count() AS total, {} AS of_type, {} AS of_kind, {} AS of_day FROM {} \
             GROUP BY bucket, what{groups}",
            self.buckets.index("at"),
            sum(First::Type),
            sum(First::Kind),
            sum(First::Day),
            self.rows(None)
        )
    }

    /// Returns the statement that lists the messages of a figure's group: account, message, and how often each is counted.
    pub(super) fn messages_sql(&self, group: &Group, after: Option<(&str, &str)>, limit: usize) -> String {
        let values = self.plan.dimensions.iter().zip(group.iter());
        let is_value = |(dimension, text): (&Dimension, &Option<std::sync::Arc<str>>)| {
            format!(" AND {} = {}", value(*dimension), literal(text.as_deref().unwrap_or_default()))
        };
        let groups = values.map(is_value).collect::<String>();
        let firsts = self.counted.firsts.iter().map(|first| format!(" AND {} = 1", first.name()));
        format!(
            "SELECT account, message, count() AS counted FROM {}{groups}{} GROUP BY account, message \
             ORDER BY account, message LIMIT {limit}",
            self.rows(after),
            firsts.collect::<String>()
        )
    }

    /// Returns what is counted, a row for each event and status in each of its groups: the part of the statement from its
    /// source to its conditions.
    fn rows(&self, after: Option<(&str, &str)>) -> String {
        let Counted { has_events, has_statuses, whats, firsts } = &self.counted;
        let needs = self.needs();
        let ats = match self.plan.timing {
            Timing::Event => "ats",
            Timing::Send => "arrayMap(a -> since, ats)",
        };
        // A status is one more row of its message. It has no values of events: it is not counted then.
        let with = |array: &str, item: &str| match (has_events, has_statuses) {
            (true, true) => format!("arrayPushBack({array}, {item})"),
            (true, false) => array.to_owned(),
            (false, _) => format!("[{item}]"),
        };
        let mut joined = vec![
            format!("{} AS what", with("types", "last_status")),
            format!("{} AS at", with(ats, "since")),
        ];
        let first = |first: &First| (format!("{}s", first.name()), first.name());
        joined.extend(
            firsts.iter().map(first).map(|(all, one)| format!("{} AS {one}", with(&all, "toUInt32(0)"))),
        );
        joined.extend(needs.own.iter().map(|dimension| format!("{0}s AS {0}", own(*dimension))));
        let (start, end) = self.range;
        let mut conditions = vec![format!("at >= {start} AND at < {end}")];
        conditions.push(match whats {
            Some(whats) => format!("what IN ({})", literals(whats.iter().map(String::as_str))),
            None => "what != '0'".to_owned(),
        });
        conditions.extend(self.plan.filters.iter().map(condition));
        let mail = self.mail(after).sql();
        format!("({mail}) ARRAY JOIN {} WHERE {}", joined.join(", "), conditions.join(" AND "))
    }

    fn mail<'b>(&'b self, after: Option<(&'b str, &'b str)>) -> Mail<'b> {
        let (start, end) = self.range;
        let has_status = self.counted.has_statuses;
        Mail {
            range: (start > FIRST_AT || end < END_AT).then_some(self.range),
            after,
            needs: self.needs(),
            firsts: self.counted.firsts,
            has_since: has_status || self.plan.timing == Timing::Send,
            has_status,
            is_by_tag: self.plan.dimensions.contains(&Dimension::Tag),
            ..Mail::new(self.state, self.plan.scope)
        }
    }

    fn needs(&self) -> Needs {
        let filtered = self.plan.filters.iter().map(Filter::dimension);
        Needs::of(self.plan.dimensions.iter().copied().chain(filtered))
    }
}

impl Counted {
    fn of_plan(plan: &PlanParts<'_>) -> Self {
        let (has_events, has_statuses) = (!plan.kinds.is_empty(), plan.statuses);
        let types = plan.kinds.iter().flat_map(|kind| of_kind(*kind));
        let statuses = Status::ALL.into_iter().filter(|_| has_statuses).map(Mail::status_of);
        let whats = (plan.kinds != Kind::ALL).then(|| types.chain(statuses).collect());
        let firsts: &[First] = if has_events { &First::ALL } else { &[] };
        Self { has_events, has_statuses, whats, firsts }
    }

    fn of_metric(metric: Metric) -> Self {
        let (whats, firsts): (Vec<String>, &[First]) = match metric {
            Metric::Total(kind) => (of_kind(kind), &[]),
            Metric::Unique(kind) => (of_kind(kind), &[First::Kind]),
            Metric::DailyUnique(kind) => (of_kind(kind), &[First::Day]),
            Metric::TotalOf(event_type) => (vec![event_type.to_string()], &[]),
            Metric::UniqueOf(event_type) => (vec![event_type.to_string()], &[First::Type]),
            Metric::Status(status) => (vec![Mail::status_of(status)], &[]),
        };
        let has_statuses = metric.kind().is_none();
        Self { has_events: !has_statuses, has_statuses, whats: Some(whats), firsts }
    }
}

/// Returns the event types of a kind.
fn of_kind(kind: Kind) -> Vec<String> {
    kind.event_types().map(|event_type| event_type.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{forget, sums};
    use super::*;
    use crate::query::{Query, Scope};
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
                    let question = Question::of_figure(&figure, &state).unwrap();
                    statements.push(question.messages_sql(figure.group(), Some(("d", "e")), 3));
                }
                for selection in statements.iter().flat_map(|sql| selections(sql)) {
                    assert!(selection.starts_with(condition), "{selection}");
                }
            }
        }
    }

    #[test]
    fn the_messages_of_a_figure_are_those_of_its_bucket_and_nothing_else_is_read_of_them() {
        let [start, end] = ["2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z"].map(|at| at.parse().unwrap());
        let query = Query::new("acme", Period::between(start, end)).resolution(Resolution::Month);
        let plan = query.plan(end).unwrap();
        let state = State::default();
        let sql = |metric| {
            let figure = Figure::new(plan.clone(), 1, [].into_iter().collect(), metric).unwrap();
            Question::of_figure(&figure, &state).unwrap().messages_sql(figure.group(), None, 3)
        };
        let february = ["at >= 1769904000000", "at < 1772323200000"];
        let (opened, status) = (sql(Metric::Unique(Kind::Opened)), sql(Metric::Status(Status::Delivered)));
        assert!(february.iter().all(|edge| opened.matches(edge).count() == 2), "{opened}");
        assert!(february.iter().all(|edge| status.matches(edge).count() == 2), "{status}");
        for unread in ["created", "since", "last_status", "day_first"] {
            assert!(!opened.contains(unread) && opened.contains("kind_first = 1"), "{unread}: {opened}");
        }
        assert!(!status.contains("first") && status.contains("last_status"), "{status}");
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
