//! Answers: the rows of a statement, added up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SqlError;
use crate::counts::{CountOverflow, Counts};
use crate::event_type::EventType;
use crate::group::Group;
use crate::metric::Metric;
use crate::plan::{Plan, Row};
use crate::status::Status;
use crate::tally::TallyError;

/// The rows of the [statement](super::statement()) of a plan, added up to those of its answer.
///
/// ```
/// use mailtally::sql::{Answer, AnswerRow};
/// use mailtally::{Kind, Period, Query};
///
/// let plan = Query::new("acme", Period::all()).plan("2026-02-02T00:00:00Z".parse()?)?;
/// let mut answer = Answer::new(&plan);
/// let (total, first_of_type, first_of_kind, first_of_day) = (3, 2, 1, 2);
/// let what = "opened.person".to_owned();
/// answer.add(AnswerRow { bucket: 0, group: vec![], what, total, first_of_type, first_of_kind, first_of_day })?;
/// let rows = answer.into_rows();
/// assert_eq!((rows[0].counts.total(Kind::Opened), rows[0].counts.unique(Kind::Opened)), (3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    plan: &'a Plan,
    rows: BTreeMap<(usize, Group), Counts>,
}

/// One row of the statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "hosts make them")]
pub struct AnswerRow {
    /// The first column: the index of the bucket.
    pub bucket: i64,
    /// The columns of the dimensions, in the order of the plan.
    pub group: Vec<Option<String>>,
    /// The column `what`: an event type, or `status.` and a status.
    pub what: String,
    /// The column `total`.
    pub total: i64,
    /// The column `first_of_type`.
    pub first_of_type: i64,
    /// The column `first_of_kind`.
    pub first_of_kind: i64,
    /// The column `first_of_day`.
    pub first_of_day: i64,
}

impl<'a> Answer<'a> {
    /// Makes the answer to a plan, without rows.
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, rows: BTreeMap::new() }
    }

    /// Adds a row of the statement.
    ///
    /// # Errors
    ///
    /// [`SqlError::Tally`] if the answer has more rows than the plan allows, or a count exceeds 64 bits; [`SqlError::Row`] if it
    /// is no row of the statement of the plan.
    pub fn add(&mut self, row: AnswerRow) -> Result<(), SqlError> {
        let AnswerRow { bucket, group, what, total, first_of_type, first_of_kind, first_of_day } = row;
        let bucket = self.bucket(bucket)?;
        let dimensions = self.plan.dimensions().len();
        if group.len() != dimensions {
            return Err(SqlError::row("group", group.len(), format!("{dimensions} values")));
        }
        let figures: Vec<(Metric, i64)> = match what.strip_prefix("status.") {
            Some(status) => vec![(Metric::Status(self.status(status)?), total)],
            None => {
                let event_type = self.event_type(&what)?;
                let kind = event_type.kind();
                vec![
                    (Metric::TotalOf(event_type), total),
                    (Metric::UniqueOf(event_type), first_of_type),
                    (Metric::Unique(kind), first_of_kind),
                    (Metric::DailyUnique(kind), first_of_day),
                ]
            }
        };
        let group: Group = group.into_iter().map(|value| value.map(Arc::from)).collect();
        let counts = self.rows.entry((bucket, group)).or_default();
        for (metric, count) in figures {
            let count = u64::try_from(count).map_err(|_| SqlError::row("total", count, "a number from 0"))?;
            counts.add_to(metric, count).map_err(overflow)?;
        }
        let limit = self.plan.parts().max_rows;
        if self.rows.len() > limit { Err(TallyError::TooManyRows { limit }.into()) } else { Ok(()) }
    }

    /// Returns the rows of the answer, ascending by bucket, then by group.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows.into_iter().map(|((bucket, group), counts)| Row { bucket, group, counts }).collect()
    }

    fn bucket(&self, found: i64) -> Result<usize, SqlError> {
        let buckets = self.plan.buckets().len();
        let bucket = usize::try_from(found).ok().filter(|bucket| *bucket < buckets);
        bucket.ok_or_else(|| SqlError::row("bucket", found, format!("an index from 0, below {buckets}")))
    }

    fn status(&self, found: &str) -> Result<Status, SqlError> {
        let status = found.parse().map_err(|error| SqlError::row("what", found, format!("{error}")))?;
        if self.plan.has_statuses() {
            return Ok(status);
        }
        Err(SqlError::row("what", found, "no status, as the plan counts none"))
    }

    fn event_type(&self, found: &str) -> Result<EventType, SqlError> {
        let event_type: EventType =
            found.parse().map_err(|error| SqlError::row("what", found, format!("{error}")))?;
        if self.plan.kinds().contains(&event_type.kind()) {
            return Ok(event_type);
        }
        Err(SqlError::row("what", found, "an event of a kind that the plan counts"))
    }
}

fn overflow(error: CountOverflow) -> SqlError {
    TallyError::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;
    use crate::kind::Kind;
    use crate::query::{Limits, Query};
    use crate::time::Period;

    fn plan(query: impl FnOnce(Query) -> Query) -> Plan {
        let now = "2026-02-03T00:00:00Z".parse().unwrap();
        query(Query::new("a", Period::all())).plan(now).unwrap()
    }

    fn row(what: &str, group: &[Option<&str>]) -> AnswerRow {
        let group = group.iter().map(|value| value.map(str::to_owned)).collect();
        let (total, first_of_type, first_of_kind, first_of_day) = (4, 3, 1, 2);
        AnswerRow {
            bucket: 0,
            group,
            what: what.to_owned(),
            total,
            first_of_type,
            first_of_kind,
            first_of_day,
        }
    }

    #[test]
    fn rows_of_one_group_are_added() {
        let plan = plan(|query| query.by(Dimension::Domain));
        let mut answer = Answer::new(&plan);
        for what in ["opened", "opened.person", "status.delivered", "opened"] {
            answer.add(row(what, &[None])).unwrap();
        }
        answer.add(row("opened", &[Some("x")])).unwrap();
        let rows = answer.into_rows();
        assert_eq!(rows.len(), 2);
        let counts = &rows[1].counts;
        assert_eq!((counts.total(Kind::Opened), counts.unique(Kind::Opened)), (12, 3));
        assert_eq!(counts.daily_unique(Kind::Opened), 6);
        assert_eq!(counts.value(Metric::UniqueOf(EventType::Opened)), 6);
        assert_eq!(counts.status(Status::Delivered), 4);
    }

    #[test]
    fn a_row_of_another_statement_is_refused() {
        let plan = plan(|query| query.by(Dimension::Country).kinds([Kind::Opened]));
        let mut answer = Answer::new(&plan);
        let wrong = [
            row("opened", &[]),
            row("sent", &[None]),
            row("status.sent", &[None]),
            row("robbed", &[None]),
            AnswerRow { bucket: 1, ..row("opened", &[None]) },
            AnswerRow { bucket: -1, ..row("opened", &[None]) },
            AnswerRow { total: -1, ..row("opened", &[None]) },
        ];
        for row in wrong {
            assert!(matches!(answer.add(row.clone()), Err(SqlError::Row { .. })), "{row:?}");
        }
    }

    #[test]
    fn more_rows_than_the_plan_allows_are_refused() {
        let limits = Limits { rows: 2, ..Limits::default() };
        let plan = plan(|query| query.by(Dimension::Domain).limits(limits));
        let mut answer = Answer::new(&plan);
        for domain in ["x", "y", "x"] {
            answer.add(row("opened", &[Some(domain)])).unwrap();
        }
        let error = answer.add(row("opened", &[Some("z")])).unwrap_err();
        assert_eq!(error, TallyError::TooManyRows { limit: 2 }.into());
        assert!(error.is_client_error());
    }
}
