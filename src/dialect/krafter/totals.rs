//! `GET /mail/stats`: messages by status.

use chrono::{DateTime, Duration, SecondsFormat, SubsecRound, Utc};

use super::body::{Body, Counters, NonZero, TotalsBody};
use crate::dialect::Params;
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::Period;

/// The allowed periods, with their numbers of days.
const PERIODS: [(&str, i64); 4] = [DEFAULT_PERIOD, ("1d", 1), ("30d", 30), ("90d", 90)];

const DEFAULT_PERIOD: (&str, i64) = ("7d", 7);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    period: &'static str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Totals {
    /// Parses the parameters at the instant `now`. No value is invalid.
    pub(super) fn parse(params: &Params, now: DateTime<Utc>) -> Self {
        let requested = params.first("period").unwrap_or_default();
        let allowed = PERIODS.into_iter().find(|(period, _)| *period == requested);
        let (period, days) = allowed.unwrap_or(DEFAULT_PERIOD);
        let since = now.trunc_subsecs(0).checked_sub_signed(Duration::days(days));
        Self { period, since: since.unwrap_or(DateTime::<Utc>::MIN_UTC), now }
    }

    /// Asks for the messages that were created from `since` until now.
    pub(super) fn query(&self, scope: impl Into<Scope>) -> Query {
        Query::new(scope, Period::between(self.since, self.now)).kinds([])
    }

    pub(super) fn body(&self, report: &Report) -> Body<TotalsBody> {
        let by_status = Counters::new(report.total());
        let since = self.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let total = by_status.total();
        Body { data: TotalsBody { period: self.period, since, total, by_status: NonZero(by_status) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_one_of_four_and_the_default_is_seven_days() {
        let now = at("2026-03-01T00:00:07.999Z");
        for (query, period, since) in [
            ("period=1d", "1d", "2026-02-28T00:00:07Z"),
            ("period=7d", "7d", "2026-02-22T00:00:07Z"),
            ("period=30d", "30d", "2026-01-30T00:00:07Z"),
            ("period=90d", "90d", "2025-12-01T00:00:07Z"),
            ("", "7d", "2026-02-22T00:00:07Z"),
            ("period=", "7d", "2026-02-22T00:00:07Z"),
            ("period=30D", "7d", "2026-02-22T00:00:07Z"),
            ("period=+30d", "7d", "2026-02-22T00:00:07Z"),
            ("period=365d", "7d", "2026-02-22T00:00:07Z"),
            ("period[]=30d", "30d", "2026-01-30T00:00:07Z"),
            ("period=90d&period=1d", "90d", "2025-12-01T00:00:07Z"),
        ] {
            let request = Totals::parse(&Params::parse(query), now);
            assert_eq!((request.period, request.since), (period, at(since)), "{query}");
        }
    }

    #[test]
    fn instants_at_the_limits_of_the_calendar_do_not_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let plan = Totals::parse(&Params::parse("period=90d"), now).query("acme").plan(now);
            assert!(plan.is_ok() || plan.is_err_and(|error| error.parameter() == "period"));
        }
    }
}
