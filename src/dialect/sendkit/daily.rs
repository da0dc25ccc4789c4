//! Campaign e-mail by day.

use std::slice;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::range::Range;
use super::{Body, Error, Mailbox, Stats, campaign_mail, of_mailboxes};
use crate::dialect::Params;
use crate::dimension::{By, Dimension};
use crate::filter::Filter;
use crate::query::{Query, Scope};
use crate::report::Report;

/// The days that are shown unless a range is given.
const USUAL_DAYS: u64 = 30;

/// A request of `GET /v1/analytics/daily`, or of one mailbox or campaign, `…/daily/mailboxes/{id}` and
/// `…/daily/campaigns/{id}`.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::sendkit::Daily;
///
/// let now = "2026-02-15T12:00:00Z".parse()?;
/// let days = |query| -> Result<usize, Box<dyn std::error::Error>> {
///     Ok(Daily::parse(&Params::parse(query), now)?.query("acme").plan(now)?.buckets().len())
/// };
/// assert_eq!(days("")?, 30);
/// assert_eq!(days("from=2026-02-14")?, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Daily {
    range: Range,
}

/// A row: the campaign e-mail that was created on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// The day, in UTC.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its messages.
    #[serde(flatten)]
    pub stats: Stats,
}

impl Daily {
    /// Reads the parameters at the instant `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`].
    pub fn parse(params: &Params, now: DateTime<Utc>) -> Result<Self, Error> {
        Ok(Self { range: Range::parse(params)?.at_most(USUAL_DAYS, now) })
    }

    /// The question that it asks: of all campaign e-mail that was created in the range.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        campaign_mail(scope, self.range.period()).by(By::Date)
    }

    /// The same question of one mailbox.
    pub fn query_of_mailbox(&self, scope: impl Into<Scope>, mailbox: &Mailbox) -> Query {
        self.query(scope).filter(of_mailboxes(slice::from_ref(mailbox)))
    }

    /// The same question of one campaign.
    pub fn query_of_campaign(&self, scope: impl Into<Scope>, campaign: &str) -> Query {
        self.query(scope).filter(Filter::is(Dimension::Campaign, [campaign]))
    }

    /// The body that answers any of the three with `report`, the answer to its query: the days that have any of the
    /// counts, ascending.
    pub fn body(&self, report: &Report) -> Body<Vec<Day>> {
        let days = report.rows().map(|row| (row, Stats::new(row.counts)));
        let shown = days.filter(|(_, stats)| !stats.is_zero());
        Body::new(shown.map(|(row, stats)| Day { id: report.date(row), stats }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thirty_days_are_shown_unless_a_bound_is_given() {
        let now = "2026-02-15T12:00:00Z".parse().unwrap();
        let days = |query| {
            let plan = Daily::parse(&Params::parse(query), now).unwrap().query("acme").plan(now).unwrap();
            let edges = (plan.buckets().first(), plan.buckets().last());
            (plan.buckets().len(), edges.0.unwrap().start.to_string(), edges.1.unwrap().end.to_string())
        };
        for (query, count, start, end) in [
            ("", 30, "2026-01-17 00:00:00 UTC", "2026-02-16 00:00:00 UTC"),
            ("to=2026-01-31", 30, "2026-01-02 00:00:00 UTC", "2026-02-01 00:00:00 UTC"),
            ("to=2026-01-31T00:00:00Z", 30, "2026-01-02 00:00:00 UTC", "2026-01-31 00:00:00.001 UTC"),
            ("from=2026-02-14T18:00:00Z", 2, "2026-02-14 18:00:00 UTC", "2026-02-16 00:00:00 UTC"),
            ("from=2026-03-01", 1, "2026-03-01 00:00:00 UTC", "2026-03-02 00:00:00 UTC"),
            ("from=2024-01-01&to=2024-12-31", 366, "2024-01-01 00:00:00 UTC", "2025-01-01 00:00:00 UTC"),
        ] {
            assert_eq!(days(query), (count, start.to_owned(), end.to_owned()), "{query}");
        }
    }

    #[test]
    fn no_range_and_no_clock_is_a_trap() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
            for query in ["", "from=0000-01-01", "to=0000-01-01", "from=9999-12-31", "to=9999-12-31"] {
                let plan = Daily::parse(&Params::parse(query), now).unwrap().query("acme").plan(now);
                let at_fault =
                    |error: crate::query::QueryError| ["period", "resolution"].contains(&error.parameter());
                assert!(plan.is_ok() || plan.is_err_and(at_fault), "{query} {now}");
            }
        }
    }
}
