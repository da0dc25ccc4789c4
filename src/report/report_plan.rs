//! All plans that one report needs.

use chrono::{DateTime, Utc};

use super::{Report, ReportError};
use crate::plan::{Plan, Row};
use crate::query::{Against, Query, QueryError};

/// The plans that must be counted for the report of a query: its own, one for totals if rows by tag do not add up to them,
/// and the same for the period to compare with.
///
/// For hosts that count themselves: count each of [`ReportPlan::plans`] and pass the answers, in the same order, to
/// [`ReportPlan::report`].
///
/// ```
/// use mailtally::{Against, Dimension, Event, Kind, Period, Query};
///
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?).tags(["new", "eu"]);
/// let query = Query::new("acme", "2026-02".parse::<Period>()?).by(Dimension::Tag).compare(Against::Previous);
/// let report_plan = query.report_plan("2026-02-10T12:00:00Z".parse()?)?;
/// let answers = report_plan.plans().map(|plan| plan.tally([event.clone()]));
/// let report = report_plan.report(answers.collect::<Result<_, _>>()?)?;
/// assert_eq!((report.rows().len(), report.total().total(Kind::Delivered)), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReportPlan {
    main: PlanPair,
    before: Option<(Against, PlanPair)>,
}

/// A plan, and the plan of its totals if it needs one.
#[derive(Clone, Debug)]
struct PlanPair {
    plan: Plan,
    totals: Option<Plan>,
}

impl Query {
    /// Resolves the query at the instant `now` into all plans that its report needs.
    ///
    /// # Errors
    ///
    /// As [`Query::plan`].
    pub fn report_plan(&self, now: DateTime<Utc>) -> Result<ReportPlan, QueryError> {
        let before = self.comparison_plan(now)?.map(PlanPair::new);
        Ok(ReportPlan { main: PlanPair::new(self.plan(now)?), before: self.compare.zip(before) })
    }
}

impl ReportPlan {
    /// Returns the plans to count, one to four, in the order in which [`ReportPlan::report`] takes their answers.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.main.plans().chain(self.before.iter().flat_map(|(_, before)| before.plans()))
    }

    /// Makes the report of the `answers`, one for each of the plans in their order.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if there are more or fewer answers than plans, if a row does not fit its plan, if there are more rows
    /// than the query allows, or if a sum exceeds 64 bits.
    pub fn report(&self, answers: Vec<Vec<Row>>) -> Result<Report, ReportError> {
        let (found, expected) = (answers.len(), self.plans().count());
        if found != expected {
            return Err(ReportError::WrongAnswers { found, expected });
        }
        let mut answers = answers.into_iter();
        let mut next = |pair: &PlanPair| {
            let rows = answers.next().unwrap_or_default();
            let totals = pair.totals.as_ref().and_then(|_| answers.next());
            (rows, totals)
        };
        let (rows, totals) = next(&self.main);
        let report = Report::build(&self.main.plan, rows, totals)?;
        match &self.before {
            None => Ok(report),
            Some((against, before)) => {
                let (rows, totals) = next(before);
                report.with_comparison(*against, &before.plan, rows, totals)
            }
        }
    }
}

impl PlanPair {
    fn new(plan: Plan) -> Self {
        Self { totals: plan.totals_plan(), plan }
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        [&self.plan].into_iter().chain(&self.totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;
    use crate::time::Period;

    #[test]
    fn a_report_needs_one_answer_for_each_plan_no_fewer_and_no_more() {
        let query = Query::new("a", "2026-02".parse::<Period>().unwrap());
        let by_tag = query.clone().by(Dimension::Tag).compare(Against::Previous);
        for (query, expected) in [(query, 1), (by_tag, 4)] {
            let report_plan = query.report_plan(DateTime::UNIX_EPOCH).unwrap();
            assert!(report_plan.report(vec![Vec::new(); expected]).is_ok());
            for found in [0, expected - 1, expected + 1] {
                let error = report_plan.report(vec![Vec::new(); found]).unwrap_err();
                assert_eq!(error, ReportError::WrongAnswers { found, expected });
                assert!(!error.is_client_error(), "the host counted the wrong plans");
            }
        }
    }
}
