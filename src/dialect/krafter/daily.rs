//! `GET /mail/stats/daily`: messages by day and status.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::body::{Body, Counters, Day};
use crate::dialect::Params;
use crate::dimension::By;
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::Period;

const DEFAULT_DAYS: u16 = 30;
const MAX_DAYS: u16 = 365;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Daily {
    first: NaiveDate,
    last: NaiveDate,
}

impl Daily {
    /// Parses the parameters at the instant `now`. No value is invalid.
    pub(super) fn parse(params: &Params, now: DateTime<Utc>) -> Self {
        let requested = params.first("days").map(str::trim).unwrap_or_default();
        let is_number = !requested.is_empty() && requested.bytes().all(|byte| byte.is_ascii_digit());
        // A number that does not fit is above the maximum.
        let days = if is_number { requested.parse().unwrap_or(MAX_DAYS) } else { DEFAULT_DAYS };
        let days = if days == 0 { DEFAULT_DAYS } else { days.min(MAX_DAYS) };
        let last = now.date_naive();
        let first = last.checked_sub_signed(Duration::days(i64::from(days) - 1));
        Self { first: first.unwrap_or(NaiveDate::MIN), last }
    }

    /// Asks for the messages that were created on these days in UTC.
    pub(super) fn query(&self, scope: impl Into<Scope>) -> Query {
        Query::new(scope, Period::dates(self.first, self.last)).by(By::Date).kinds([])
    }

    pub(super) fn body(&self, report: &Report) -> Body<Vec<Day>> {
        let day = |row| Day { date: report.date(row), counters: Counters::new(row.counts) };
        Body { data: report.rows().map(day).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_is_thirty_days_and_the_maximum_a_year() {
        let now = at("2026-02-15T23:59:59.999Z");
        let huge = format!("days={}", "9".repeat(1_000_000));
        for (query, days) in [
            ("", 30),
            ("days=", 30),
            ("days=1", 1),
            ("days=007", 7),
            ("days=+7+", 7),
            ("days=365", 365),
            ("days=366", 365),
            ("days=65536", 365),
            (&huge, 365),
            ("days=0", 30),
            ("days=-7", 30),
            ("days=%2B7", 30),
            ("days=7.0", 30),
            ("days=7d", 30),
            ("days=%D9%A7", 30),
            ("from_date=2026-01-01&to_date=2026-01-02", 30),
            ("days=2&from_date=2026-01-01", 2),
        ] {
            let Daily { first, last } = Daily::parse(&Params::parse(query), now);
            assert_eq!(last, at("2026-02-15T00:00:00Z").date_naive());
            assert_eq!((last - first).num_days() + 1, days, "{}", &query[..query.len().min(80)]);
        }
    }

    #[test]
    fn instants_at_the_limits_of_the_calendar_do_not_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let plan = Daily::parse(&Params::parse("days=365"), now).query("acme").plan(now);
            assert!(plan.is_ok() || plan.is_err_and(|error| error.parameter() == "period"));
        }
    }
}
