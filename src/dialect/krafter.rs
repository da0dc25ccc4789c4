//! Krafter's Mail statistics.
//!
//! # Endpoints and parameters
//!
//! | endpoint | parameter | meaning | rows | source |
//! |---|---|---|---|---|
//! | `GET /api/v1/mail/stats` | `period` | `1d`, `7d`, `30d`, `90d`; anything else is `7d` | one object: `total`, and the statuses that are not zero | S |
//! | `GET /api/v1/mail/stats/daily` | `days` | 30 unless given, at most 365 | a row for each UTC day, oldest first, with all six event types | S |
//! | | | what is no positive whole number is 30 | days without mail as well; today is the last of the days | *ours* |
//!
//! All other parameters are ignored (*ours*; S only says that they are not accepted). The data is that of one team:
//! nothing filters it.
//!
//! # Numbers
//!
//! A message counts once: at the time it was created, at the status it has now. So a row is a cohort, and its numbers
//! move while its messages do. The original keeps past days as they were at their last nightly run (S); here they are
//! always current (*ours*). Opens and clicks are not shown, and a message of which nothing else is known has no status.
//!
//! | status | this crate's | source |
//! |---|---|---|
//! | `queued` | accepted, queued | S |
//! | `sent` | sent, deferred | S; deferred is *ours* |
//! | `delivered` | delivered | S |
//! | `bounced` | hard bounced, soft bounced | S W |
//! | `complained` | complained | S |
//! | `failed` | failed | S |
//!
//! The window of `/mail/stats` rolls: the last N times 24 hours until now, `since` in whole seconds (read from S's
//! example).
//!
//! # Refusals
//!
//! | when | status | body | source |
//! |---|---|---|---|
//! | no key, or a wrong one | 401 | `{"error":"Invalid or missing API key"}` | E |
//! | a key without the scope `mail:read` | 403 | `{"error":"Insufficient scope"}` | E |
//! | another path | 404 | `{"error":"Not found"}` | *ours* |
//! | too many requests | 429 | `{"error":"Rate limit exceeded","retry_after":23}` | R |
//! | the host fails | 500 | `{"error":"Internal server error"}` | *ours* |
//!
//! # Sources
//!
//! Pages of docs.krafter.dev, as of February 2026: **S** statistics, **E** errors and authentication, **R** rate limits,
//! **W** webhooks.
//!
//! # A request from start to end
//!
//! ```
//! use mailtally::dialect::{Params, krafter};
//! use mailtally::report::Report;
//! use mailtally::{Event, Kind, MemoryStore, Query};
//!
//! let store = MemoryStore::new();
//! let at = "2026-02-14T09:30:00Z".parse()?;
//! store.extend([
//!     Event::new("acme", "m-1", "e-1", Kind::Queued, at),
//!     Event::new("acme", "m-1", "e-2", Kind::Delivered, at),
//!     Event::new("acme", "m-2", "e-1", Kind::Queued, at),
//! ]);
//!
//! let now = "2026-02-15T12:00:37Z".parse()?;
//! let report = |query: Query| -> Result<Report, mailtally::Error> { store.report(&query, now) };
//! let answer = |path: &str, query: &str| -> Result<String, krafter::Error> {
//!     let params = Params::parse(query);
//!     let json = match krafter::Endpoint::of(path).ok_or(krafter::Error::NotFound)? {
//!         krafter::Endpoint::Totals => {
//!             let request = krafter::Totals::parse(&params, now);
//!             serde_json::to_string(&request.body(&report(request.query("acme"))?))
//!         }
//!         krafter::Endpoint::Daily => {
//!             let request = krafter::Daily::parse(&params, now);
//!             serde_json::to_string(&request.body(&report(request.query("acme"))?))
//!         }
//!     };
//!     Ok(json.unwrap())
//! };
//!
//! assert_eq!(
//!     answer("/api/v1/mail/stats", "period=1y")?,
//!     r#"{"data":{"period":"7d","since":"2026-02-08T12:00:37Z","total":2,"by_status":{"queued":1,"delivered":1}}}"#
//! );
//! assert_eq!(
//!     answer("/api/v1/mail/stats/daily", "days=1")?,
//!     r#"{"data":[{"date":"2026-02-15","queued":0,"sent":0,"delivered":0,"bounced":0,"complained":0,"failed":0}]}"#
//! );
//! let refusal = answer("/api/v1/mail/stats/weekly", "").unwrap_err().refusal();
//! assert_eq!((refusal.status, &*refusal.body), (404, r#"{"error":"Not found"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a store behind a future, [`report`](crate::report()) does the middle in one call.

use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, SubsecRound, Utc};

use super::{Params, bearer};
use crate::dimension::By;
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::Period;

mod body;
mod error;
mod window;

pub use body::{Body, ClientRates, Counters, Day, NonZero, TotalsBody};
pub use error::Error;
pub use window::Window;

/// The content type of every body.
pub const CONTENT_TYPE: &str = "application/json";

/// The periods of [`Totals`], and their days.
const PERIODS: [(&str, i64); 4] = [USUAL_PERIOD, ("1d", 1), ("30d", 30), ("90d", 90)];

/// The period that is taken when none of them is asked for.
const USUAL_PERIOD: (&str, i64) = ("7d", 7);

/// The days of [`Daily`] unless they are given, and the most that are.
const USUAL_DAYS: u16 = 30;
const MOST_DAYS: u16 = 365;

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has two endpoints")]
pub enum Endpoint {
    /// `/api/v1/mail/stats`: [`Totals`].
    Totals,
    /// `/api/v1/mail/stats/daily`: [`Daily`].
    Daily,
}

impl Endpoint {
    /// The endpoint of a path; `None` if it is none of this API.
    ///
    /// ```
    /// use mailtally::dialect::krafter::Endpoint;
    ///
    /// assert_eq!(Endpoint::of("/api/v1/mail/stats/daily"), Some(Endpoint::Daily));
    /// assert_eq!(Endpoint::of("/api/v1/mail/emails"), None);
    /// ```
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/api/v1/mail/stats" => Some(Self::Totals),
            "/api/v1/mail/stats/daily" => Some(Self::Daily),
            _ => None,
        }
    }
}

/// A request of `GET /mail/stats`.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::krafter::Totals;
///
/// let now = "2026-02-15T12:00:00Z".parse()?;
/// let request = Totals::parse(&Params::parse("period=30d"), now);
/// assert_eq!(request.since().to_rfc3339(), "2026-01-16T12:00:00+00:00");
/// assert_eq!(Totals::parse(&Params::parse("period=31d"), now), Totals::parse(&Params::default(), now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    period: &'static str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Totals {
    /// Reads the parameters at the instant `now`. There are no wrong ones.
    pub fn parse(params: &Params, now: DateTime<Utc>) -> Self {
        let asked = params.first("period").unwrap_or_default();
        let known = PERIODS.into_iter().find(|(period, _)| *period == asked);
        let (period, days) = known.unwrap_or(USUAL_PERIOD);
        let since = now.trunc_subsecs(0).checked_sub_signed(Duration::days(days));
        Self { period, since: since.unwrap_or(DateTime::<Utc>::MIN_UTC), now }
    }

    /// From when messages count: `now` less the period, in whole seconds.
    pub fn since(&self) -> DateTime<Utc> {
        self.since
    }

    /// The question that it asks: of the messages that were created from [`Totals::since`] on and before now.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        Query::new(scope, Period::between(self.since, self.now)).kinds([])
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report) -> Body<TotalsBody> {
        let by_status = Counters::new(&report.total);
        let since = self.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let data = TotalsBody {
            period: self.period,
            since,
            total: by_status.total(),
            by_status: NonZero(by_status),
        };
        Body { data }
    }
}

/// A request of `GET /mail/stats/daily`.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::krafter::Daily;
///
/// let now = "2026-02-15T12:00:00Z".parse()?;
/// let parse = |query| Daily::parse(&Params::parse(query), now);
/// assert_eq!(parse("days=2").query("acme").plan(now)?.buckets().len(), 2);
/// assert_eq!(parse("days=1000"), parse("days=365"));
/// assert_eq!(parse("days=many"), parse(""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Daily {
    first: NaiveDate,
    last: NaiveDate,
}

impl Daily {
    /// Reads the parameters at the instant `now`. There are no wrong ones.
    pub fn parse(params: &Params, now: DateTime<Utc>) -> Self {
        let asked = params.first("days").map(str::trim).unwrap_or_default();
        let is_number = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit());
        // A number that does not even fit is more than the most.
        let days = if is_number { asked.parse().unwrap_or(MOST_DAYS) } else { USUAL_DAYS };
        let days = if days == 0 { USUAL_DAYS } else { days.min(MOST_DAYS) };
        let last = now.date_naive();
        let first = last.checked_sub_signed(Duration::days(i64::from(days) - 1));
        Self { first: first.unwrap_or(NaiveDate::MIN), last }
    }

    /// The question that it asks: of the messages that were created on these days, which are whole days of UTC.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        Query::new(scope, Period::dates(self.first, self.last)).by(By::Date).kinds([])
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report) -> Body<Vec<Day>> {
        let day = |row| Day { date: report.date(row), counters: Counters::new(row.counts) };
        Body { data: report.rows().map(day).collect() }
    }
}

/// The key of a request, from the value of its header `Authorization: Bearer …`; `None` if it holds none.
pub fn token(authorization: Option<&str>) -> Option<&str> {
    authorization.and_then(bearer)
}

/// Whether a key with these scopes may read statistics: `mail:read`, or `*`.
pub fn allows<'a>(scopes: impl IntoIterator<Item = &'a str>) -> bool {
    scopes.into_iter().any(|scope| matches!(scope, "mail:read" | "*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_one_of_four_or_seven_days() {
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
            ("period[]=30d", "7d", "2026-02-22T00:00:07Z"),
            ("period=90d&period=1d", "90d", "2025-12-01T00:00:07Z"),
        ] {
            let request = Totals::parse(&Params::parse(query), now);
            assert_eq!((request.period, request.since), (period, at(since)), "{query}");
        }
    }

    #[test]
    fn days_are_thirty_unless_given_and_at_most_a_year() {
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
    fn statistics_are_for_keys_that_may_read() {
        assert_eq!(token(Some("Bearer kr_live_1")), Some("kr_live_1"));
        assert_eq!(token(Some("kr_live_1")), None);
        assert_eq!(token(None), None);
        assert!(allows(["mail:send", "mail:read"]));
        assert!(allows(["*"]));
        assert!(!allows(["mail:send", "mail:webhooks", "mail:reader", "mail:*"]));
        assert!(!allows([]));
    }

    #[test]
    fn only_the_published_paths_are_known() {
        assert_eq!(Endpoint::of("/api/v1/mail/stats"), Some(Endpoint::Totals));
        assert_eq!(Endpoint::of("/api/v1/mail/stats/daily"), Some(Endpoint::Daily));
        for path in
            ["", "/mail/stats", "/api/v1/mail/stats/", "/api/v1/mail/stats/Daily", "/api/v2/mail/stats"]
        {
            assert_eq!(Endpoint::of(path), None, "{path}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_trap() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let plan = Totals::parse(&Params::parse("period=90d"), now).query("acme").plan(now);
            assert!(plan.is_ok() || plan.is_err_and(|error| error.parameter() == "period"));
            let plan = Daily::parse(&Params::parse("days=365"), now).query("acme").plan(now);
            assert!(plan.is_ok() || plan.is_err_and(|error| error.parameter() == "period"));
        }
    }
}
