//! All that must be counted to answer a query.

use chrono::{DateTime, Utc};

use crate::compare::Against;
use crate::error::QueryError;
use crate::plan::{Plan, Row};
use crate::query::Query;
use crate::report::{Report, ReportError};

/// The plans that a query needs answered before its report is whole: its own, one for totals where rows by tag do not add
/// up to them, and the same for the period that it is compared with.
///
/// For hosts that count by themselves: count each of [`Questions::plans`], and give the answers back in their order.
///
/// ```
/// use mailtally::{Against, Dimension, Event, Kind, Period, Query};
///
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?).tags(["new", "eu"]);
/// let query = Query::new("acme", "2026-02".parse::<Period>()?).by(Dimension::Tag).compare(Against::Previous);
/// let questions = query.questions("2026-02-10T12:00:00Z".parse()?)?;
/// let answers = questions.plans().map(|plan| plan.tally([event.clone()]));
/// let report = questions.report(answers.collect::<Result<_, _>>()?)?;
/// assert_eq!((report.rows.len(), report.total.total(Kind::Delivered)), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Questions {
    asked: Asked,
    before: Option<(Against, Asked)>,
}

/// A plan, with the one for its totals where it needs one.
#[derive(Clone, Debug)]
struct Asked {
    plan: Plan,
    totals: Option<Plan>,
}

impl Asked {
    fn new(plan: Plan) -> Self {
        Self { totals: plan.totals(), plan }
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        [&self.plan].into_iter().chain(&self.totals)
    }
}

impl Questions {
    pub(crate) fn new(query: &Query, now: DateTime<Utc>) -> Result<Self, QueryError> {
        let before = query.comparison_plan(now)?.map(Asked::new);
        Ok(Self { asked: Asked::new(query.plan(now)?), before: query.compare.zip(before) })
    }

    /// What must be counted: one to four plans.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        let before = self.before.iter().flat_map(|(_, asked)| asked.plans());
        self.asked.plans().chain(before)
    }

    /// The report that the `answers` make, one for each of the plans in their order; one that is missing is an answer
    /// without rows.
    ///
    /// # Errors
    ///
    /// [`ReportError`].
    pub fn report(&self, answers: Vec<Vec<Row>>) -> Result<Report, ReportError> {
        let mut answers = answers.into_iter();
        let mut next = |asked: &Asked| {
            let rows = answers.next().unwrap_or_default();
            let totals = asked.totals.as_ref().map(|_| answers.next().unwrap_or_default());
            (rows, totals)
        };
        let (rows, totals) = next(&self.asked);
        let report = Report::complete(&self.asked.plan, rows, totals)?;
        match &self.before {
            None => Ok(report),
            Some((against, before)) => {
                let (rows, totals) = next(before);
                report.compared(*against, &before.plan, rows, totals)
            }
        }
    }
}
