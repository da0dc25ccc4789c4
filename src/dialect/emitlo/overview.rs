//! All mail, of all time.

use serde::Serialize;

use super::stats::KINDS;
use super::{Body, Stats};
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::Period;

/// A request of `GET /stats/overview`. It has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the API has no parameters for it")]
pub struct Overview;

/// What `GET /stats/overview` answers. The form is ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OverviewBody {
    /// What was counted.
    pub overview: Stats,
}

impl Overview {
    /// The question that it asks: of all messages.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        Query::new(scope, Period::all()).kinds(KINDS)
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report) -> Body<OverviewBody> {
        Body::new(OverviewBody { overview: Stats::new(&report.total) })
    }
}
