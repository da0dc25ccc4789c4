//! All plans that one report needs.

use chrono::{DateTime, Utc};

use super::{Report, ReportError};
use crate::counted::Counted;
use crate::plan::Plan;
use crate::query::{Against, Query, QueryError};

/// The plans that must be counted for the report of a query: its own, one for totals if rows by tag do not add up to them,
/// and the same for the period to compare with.
///
/// For hosts that count themselves: count all of [`ReportPlan::plans`], over one state of the data, and pass the answers, in
/// the same order, to [`ReportPlan::report`].
///
/// ```
/// use mailtally::{Against, Dimension, Event, Kind, Period, Query};
///
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?).tags(["new", "eu"]);
/// let query = Query::new("acme", "2026-02".parse::<Period>()?).by(Dimension::Tag).compare(Against::Previous);
/// let report_plan = query.report_plan("2026-02-10T12:00:00Z".parse()?)?;
/// let answers = report_plan.plans().iter().map(|plan| plan.tally([event.clone()]));
/// let report = report_plan.report(answers.collect::<Result<Vec<_>, _>>()?)?;
/// assert_eq!((report.rows().len(), report.total().total(Kind::Delivered)), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReportPlan {
    /// The plan of the query and, if it needs one, the plan of its totals; then the same for the period to compare with.
    plans: Vec<Plan>,
    /// The index of the plan of the period to compare with.
    before: Option<(Against, usize)>,
}

impl Query {
    /// Resolves the query at the instant `now` into all plans that its report needs.
    ///
    /// # Errors
    ///
    /// As [`Query::plan`].
    pub fn report_plan(&self, now: DateTime<Utc>) -> Result<ReportPlan, QueryError> {
        let mut plans = with_totals(self.plan(now)?);
        let mut before = None;
        if let Some((against, plan)) = self.compare.zip(self.comparison_plan(now)?) {
            before = Some((against, plans.len()));
            plans.extend(with_totals(plan));
        }
        Ok(ReportPlan { plans, before })
    }
}

impl ReportPlan {
    /// Returns the plans to count, one to four, in the order in which [`ReportPlan::report`] takes their answers.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// Makes the report of the answers, one for each of the plans in their order: what a store returned or, of a host that
    /// counts itself, a list of rows for each plan.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if there are more or fewer answers than plans, if a row does not fit its plan, if there are more rows
    /// than the query allows, or if a sum exceeds 64 bits.
    pub fn report(&self, counted: impl Into<Counted>) -> Result<Report, ReportError> {
        let Counted { rows, provenance } = counted.into();
        let (found, expected) = (rows.len(), self.plans.len());
        if found != expected {
            return Err(ReportError::WrongAnswers { found, expected });
        }
        let mut rows = rows.into_iter();
        let mut next = |index: usize| {
            let plan = &self.plans[index];
            let totals = plan.totals_plan().is_some();
            (plan, rows.next().unwrap_or_default(), totals.then(|| rows.next().unwrap_or_default()))
        };
        let (plan, main, totals) = next(0);
        let mut report = Report::build(plan, main, totals)?;
        if let Some((against, index)) = self.before {
            let (plan, before, totals) = next(index);
            report = report.with_comparison(against, plan, before, totals)?;
        }
        Ok(report.with_provenance(provenance))
    }
}

/// Returns a plan, followed by the plan of its totals if it needs one.
fn with_totals(plan: Plan) -> Vec<Plan> {
    let totals = plan.totals_plan();
    [plan].into_iter().chain(totals).collect()
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
