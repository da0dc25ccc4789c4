//! Mail by day.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::stats::KINDS;
use super::{Body, Domains, Error, FieldError, Stats};
use crate::dialect::Params;
use crate::dimension::{By, Dimension};
use crate::filter::Filter;
use crate::query::{Query, Scope, Timing};
use crate::report::Report;
use crate::time::{Period, parse_date};

/// The most days that are answered at once: a leap year. Ours; a longer range is refused before it costs memory.
pub const MOST_DAYS: u64 = 366;

/// A request of `GET /stats/daily`.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::emitlo::{Daily, Domains, Error};
///
/// let domains = Domains::new([(7, "mail.acme.example")]);
/// let parse = |query| Daily::parse(&Params::parse(query), &domains);
/// assert!(parse("from=2026-02-01&to=2026-02-28&domain_id=7").is_ok());
/// let Err(Error::Invalid(fields)) = parse("from=2026-02-01&domain_id=8") else { panic!() };
/// assert_eq!(fields[0].message, "The to field is required.");
/// assert_eq!(fields[1].message, "The selected domain_id is invalid.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    from: NaiveDate,
    to: NaiveDate,
    domain: Option<Arc<str>>,
}

/// What `GET /stats/daily` answers. The form is ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DailyBody {
    /// A row for each day, ascending.
    pub daily: Vec<Day>,
}

/// A row: the messages that were created on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// The day, in UTC.
    pub date: String,
    /// What was counted.
    #[serde(flatten)]
    pub stats: Stats,
}

impl Daily {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], which tells all that is wrong at once.
    pub fn parse(params: &Params, domains: &Domains) -> Result<Self, Error> {
        let from = date(params, "from");
        let to = match (&from, date(params, "to")) {
            (Ok(from), Ok(to)) => in_reach(*from, to),
            (_, to) => to,
        };
        match (from, to, domain(params, domains)) {
            (Ok(from), Ok(to), Ok(domain)) => Ok(Self { from, to, domain }),
            (from, to, domain) => {
                let wrong = [from.err(), to.err(), domain.err()];
                Err(Error::Invalid(wrong.into_iter().flatten().collect()))
            }
        }
    }

    /// The question that it asks: of the messages that were created on these days, which are whole days of UTC.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        let period = Period::dates(self.from, self.to);
        let query = Query::new(scope, period).by(By::Date).kinds(KINDS).timing(Timing::Send);
        match &self.domain {
            None => query,
            Some(domain) => query.filter(Filter::is(Dimension::Domain, [domain.clone()])),
        }
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report) -> Body<DailyBody> {
        let day = |row| Day { date: report.date(row), stats: Stats::new(row.counts) };
        Body::new(DailyBody { daily: report.rows().map(day).collect() })
    }
}

/// What a parameter says, if it says anything.
fn given<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.first(name).map(str::trim).filter(|text| !text.is_empty())
}

fn date(params: &Params, name: &'static str) -> Result<NaiveDate, FieldError> {
    let text =
        given(params, name).ok_or_else(|| FieldError::new(name, format!("The {name} field is required.")))?;
    parse_date(text)
        .map_err(|_| FieldError::new(name, format!("The {name} is not a valid date, as YYYY-MM-DD.")))
}

/// The last day, unless it is before the first or too long after it.
fn in_reach(from: NaiveDate, to: NaiveDate) -> Result<NaiveDate, FieldError> {
    if to < from {
        return Err(FieldError::new("to", "The to must be a date after or equal to from."));
    }
    match from.checked_add_days(Days::new(MOST_DAYS - 1)) {
        Some(last) if to > last => {
            Err(FieldError::new("to", format!("The to must be a date before or equal to {last}.")))
        }
        _ => Ok(to),
    }
}

fn domain(params: &Params, domains: &Domains) -> Result<Option<Arc<str>>, FieldError> {
    let name = "domain_id";
    let Some(text) = given(params, name) else { return Ok(None) };
    let id = text.parse().map_err(|_| FieldError::new(name, "The domain_id must be an integer."))?;
    let known =
        domains.name(id).ok_or_else(|| FieldError::new(name, "The selected domain_id is invalid."))?;
    Ok(Some(known.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Daily, Error> {
        Daily::parse(
            &Params::parse(query),
            &Domains::new([(7, "mail.acme.example"), (-1, "old.acme.example")]),
        )
    }

    #[test]
    fn days_and_domain_are_read() {
        let days = |domain: Option<&str>| Daily {
            from: NaiveDate::from_ymd_opt(2026, 2, 1).unwrap(),
            to: NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(),
            domain: domain.map(Arc::from),
        };
        for (query, domain) in [
            ("from=2026-02-01&to=2026-02-28", None),
            ("to=+2026-02-28+&from=2026-02-01&from=x", None),
            ("from=2026-02-01&to=2026-02-28&domain_id=", None),
            ("from=2026-02-01&to=2026-02-28&domain_id[]=8&domain=8&page=2", None),
            ("from=2026-02-01&to=2026-02-28&domain_id=7", Some("mail.acme.example")),
            ("from=2026-02-01&to=2026-02-28&domain_id=+007", Some("mail.acme.example")),
            ("from=2026-02-01&to=2026-02-28&domain_id=-1", Some("old.acme.example")),
        ] {
            assert_eq!(parse(query), Ok(days(domain)), "{query}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let no_day = ["from", "to"].map(|name| format!("The {name} is not a valid date, as YYYY-MM-DD."));
        let required = ["from", "to"].map(|name| format!("The {name} field is required."));
        let reversed = "The to must be a date after or equal to from.";
        let no_integer = "The domain_id must be an integer.";
        let cases: [(&str, &[(&str, &str)]); 12] = [
            ("", &[("from", &required[0]), ("to", &required[1])]),
            ("from=&to=+", &[("from", &required[0]), ("to", &required[1])]),
            ("from[]=2026-02-01&to=2026-02-01", &[("from", &required[0])]),
            ("from=2026-02-01", &[("to", &required[1])]),
            ("from=2026-02-30&to=2026-2-1", &[("from", &no_day[0]), ("to", &no_day[1])]),
            ("from=2026-02-01T00:00:00Z&to=today", &[("from", &no_day[0]), ("to", &no_day[1])]),
            ("from=2026-02-02&to=2026-02-01", &[("to", reversed)]),
            (
                "from=2026-01-01&to=2027-01-02",
                &[("to", "The to must be a date before or equal to 2027-01-01.")],
            ),
            (
                "from=2026-02-01&to=2026-02-01&domain_id=8",
                &[("domain_id", "The selected domain_id is invalid.")],
            ),
            ("from=2026-02-01&to=2026-02-01&domain_id=7.0", &[("domain_id", no_integer)]),
            ("from=2026-02-01&to=2026-02-01&domain_id=99999999999999999999", &[("domain_id", no_integer)]),
            ("from=2026-02-02&to=2026-02-01&domain_id=x", &[("to", reversed), ("domain_id", no_integer)]),
        ];
        for (query, wrong) in cases {
            let wrong = wrong.iter().map(|(field, message)| FieldError::new(field, *message)).collect();
            assert_eq!(parse(query), Err(Error::Invalid(wrong)), "{query}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_trap() {
        for query in ["from=9999-12-31&to=9999-12-31", "from=0000-01-01&to=0000-12-31"] {
            let plan = parse(query).unwrap().query("acme").plan(chrono::DateTime::UNIX_EPOCH).unwrap();
            assert!(!plan.buckets().is_empty());
        }
    }
}
