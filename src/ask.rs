//! One call from a query to its report.

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::query::Query;
use crate::report::Report;
use crate::store::Store;
use crate::store::memory::MemoryStore;

impl Query {
    /// Resolves the query at the instant `now`, counts it in `store`, and makes the report.
    ///
    /// # Errors
    ///
    /// [`Error`] if the query has no plan, the store fails, or the report is too large.
    pub async fn report<S: Store + ?Sized>(&self, store: &S, now: DateTime<Utc>) -> Result<Report, Error> {
        let report_plan = self.report_plan(now)?;
        Ok(report_plan.report(store.count(report_plan.plans()).await?)?)
    }
}

impl MemoryStore {
    /// Answers `query` at the instant `now`, as [`Query::report`] does, without a future.
    ///
    /// # Errors
    ///
    /// As [`Query::report`].
    pub fn report(&self, query: &Query, now: DateTime<Utc>) -> Result<Report, Error> {
        let report_plan = query.report_plan(now)?;
        let counted = self.tally(report_plan.plans())?;
        Ok(report_plan.report(counted)?)
    }
}
