//! `GET /stats/daily`: messages by day.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::body::{Day, Stats};
use super::error::FieldError;
use super::event_type::KINDS;
use super::{DomainNames, MAX_DAYS};
use crate::dialect::Params;
use crate::dimension::{By, Dimension};
use crate::filter::Filter;
use crate::query::{Query, Scope, Timing};
use crate::report::Report;
use crate::time::{Period, parse_date};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Daily {
    from: NaiveDate,
    to: NaiveDate,
    /// The names of the requested domains; all domains if empty.
    domains: Vec<Arc<str>>,
}

impl Daily {
    /// Parses the parameters. The error has everything that is wrong.
    pub(super) fn parse(params: &Params, domains: &DomainNames) -> Result<Self, Vec<FieldError>> {
        let from = date(params, "from");
        let to = match (&from, date(params, "to")) {
            (Ok(from), Ok(to)) => check_range(*from, to),
            (_, to) => to,
        };
        match (from, to, requested_domains(params, domains)) {
            (Ok(from), Ok(to), Ok(domains)) => Ok(Self { from, to, domains }),
            (from, to, domains) => Err([from.err(), to.err(), domains.err()].into_iter().flatten().collect()),
        }
    }

    /// Asks for the messages that were created on these days in UTC.
    pub(super) fn query(&self, scope: impl Into<Scope>) -> Query {
        let period = Period::dates(self.from, self.to);
        let query = Query::new(scope, period).by(By::Date).kinds(KINDS).timing(Timing::Send);
        if self.domains.is_empty() {
            return query;
        }
        query.filter(Filter::is(Dimension::Domain, self.domains.iter().cloned()))
    }

    pub(super) fn rows(report: &Report) -> Vec<Day> {
        let day = |row| Day { date: report.date(row), stats: Stats::new(row.counts) };
        report.rows().map(day).collect()
    }
}

/// Returns the values of a parameter that are not empty.
fn values<'a>(params: &'a Params, name: &str) -> impl Iterator<Item = &'a str> {
    params.all(name).map(str::trim).filter(|text| !text.is_empty())
}

fn date(params: &Params, name: &'static str) -> Result<NaiveDate, FieldError> {
    let missing = || FieldError::new(name, format!("The {name} field is required."));
    let invalid = || FieldError::new(name, format!("The {name} is not a valid date, as YYYY-MM-DD."));
    if params.misspelled_list(&[name]).is_some() {
        return Err(invalid());
    }
    let text = params.first(name).map(str::trim).ok_or_else(missing)?;
    parse_date(text).map_err(|_| invalid())
}

/// Returns the last day, unless it is before the first one or too long after it.
fn check_range(from: NaiveDate, to: NaiveDate) -> Result<NaiveDate, FieldError> {
    if to < from {
        return Err(FieldError::new("to", "The to must be a date after or equal to from."));
    }
    match from.checked_add_days(Days::new(MAX_DAYS - 1)) {
        Some(last) if to > last => {
            Err(FieldError::new("to", format!("The to must be a date before or equal to {last}.")))
        }
        _ => Ok(to),
    }
}

/// Returns the names of the requested domains. An unknown spelling of the parameter is invalid: ignored, it would mean all
/// domains.
fn requested_domains(params: &Params, domains: &DomainNames) -> Result<Vec<Arc<str>>, FieldError> {
    let invalid = |message| FieldError::new("domain_id", message);
    let no_integer = || invalid("The domain_id must be an integer.");
    if params.misspelled_list(&["domain_id"]).is_some() {
        return Err(no_integer());
    }
    let name = |text: &str| {
        let id: i64 = text.parse().map_err(|_| no_integer())?;
        domains.get(&id).cloned().ok_or_else(|| invalid("The selected domain_id is invalid."))
    };
    values(params, "domain_id").map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Daily, Vec<FieldError>> {
        let domains = [(7, "mail.acme.example"), (-1, "old.acme.example")];
        let domains = domains.into_iter().map(|(id, name)| (id, name.into())).collect();
        Daily::parse(&Params::parse(query), &domains)
    }

    #[test]
    fn days_and_domains_are_read() {
        let days = |domains: &[&str]| Daily {
            from: NaiveDate::from_ymd_opt(2026, 2, 1).unwrap(),
            to: NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(),
            domains: domains.iter().copied().map(Arc::from).collect(),
        };
        let (mail, old) = ("mail.acme.example", "old.acme.example");
        for (query, domains) in [
            ("from=2026-02-01&to=2026-02-28", vec![]),
            ("to=+2026-02-28+&from=2026-02-01&from=x", vec![]),
            ("from[]=2026-02-01&to[0]=2026-02-28", vec![]),
            ("from=2026-02-01&to=2026-02-28&domain_id=&domain_id[]=", vec![]),
            ("from=2026-02-01&to=2026-02-28&domain=8&page=2&domain_ids[x]=7", vec![]),
            ("from=2026-02-01&to=2026-02-28&domain_id=7", vec![mail]),
            ("from=2026-02-01&to=2026-02-28&domain_id=+007", vec![mail]),
            ("from=2026-02-01&to=2026-02-28&domain_id=-1", vec![old]),
            ("from=2026-02-01&to=2026-02-28&domain_id=&domain_id=7", vec![mail]),
            ("from=2026-02-01&to=2026-02-28&domain_id[]=7", vec![mail]),
            ("from=2026-02-01&to=2026-02-28&domain_id%5B0%5D=7", vec![mail]),
            ("from=2026-02-01&to=2026-02-28&domain_id[][]=7", vec![mail]),
            ("from=2026-02-01&to=2026-02-28&domain_id=-1&domain_id[]=7", vec![old, mail]),
        ] {
            assert_eq!(parse(query), Ok(days(&domains)), "{query}");
        }
    }

    #[test]
    fn the_error_has_everything_that_is_wrong() {
        let no_day = ["from", "to"].map(|name| format!("The {name} is not a valid date, as YYYY-MM-DD."));
        let required = ["from", "to"].map(|name| format!("The {name} field is required."));
        let reversed = "The to must be a date after or equal to from.";
        let no_integer = "The domain_id must be an integer.";
        let cases: [(&str, &[(&str, &str)]); 16] = [
            ("", &[("from", &required[0]), ("to", &required[1])]),
            ("from=&to=+", &[("from", &required[0]), ("to", &required[1])]),
            ("from[]=&to=2026-02-01", &[("from", &required[0])]),
            ("from[a]=2026-02-01&to=2026-02-01&to[a]=x", &[("from", &no_day[0]), ("to", &no_day[1])]),
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
            ("from=2026-02-01&to=2026-02-01&domain_id=7&domain_id=x", &[("domain_id", no_integer)]),
            ("from=2026-02-01&to=2026-02-01&domain_id[a]=7", &[("domain_id", no_integer)]),
            (
                "from=2026-02-01&to=2026-02-01&domain_id[]=7&domain_id[]=8",
                &[("domain_id", "The selected domain_id is invalid.")],
            ),
            ("from=2026-02-02&to=2026-02-01&domain_id=x", &[("to", reversed), ("domain_id", no_integer)]),
        ];
        for (query, wrong) in cases {
            let wrong = wrong.iter().map(|(field, message)| FieldError::new(field, *message)).collect();
            assert_eq!(parse(query), Err(wrong), "{query}");
        }
    }

    #[test]
    fn the_limits_of_the_calendar_are_no_panic() {
        for query in ["from=9999-12-31&to=9999-12-31", "from=0000-01-01&to=0000-12-31"] {
            let plan = parse(query).unwrap().query("acme").plan(chrono::DateTime::UNIX_EPOCH).unwrap();
            assert!(!plan.buckets().is_empty());
        }
    }
}
