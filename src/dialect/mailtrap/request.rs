//! Requests, parsed from a path and its parameters.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};

use super::domains::Domains;
use super::route::{Endpoint, Form, Route};
use super::{Error, provider};
use crate::dialect::Params;
use crate::dimension::{By, Dimension};
use crate::event::Stream;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Scope};
use crate::time::{Period, parse_date};

/// The maximum number of days with rows by date, 27 years. A longer range is refused when the request is parsed.
const MAX_DAYS: i64 = 10_000;

/// The kinds of event behind the five counts.
const KINDS: [Kind; 5] = [Kind::Delivered, Kind::HardBounced, Kind::Opened, Kind::Clicked, Kind::Complained];

const STREAM_LIST: &str = "sending_streams";

const CATEGORY_LIST: &str = "categories";

/// A request of Mailtrap's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) form: Form,
    pub(super) endpoint: Endpoint,
    start: NaiveDate,
    end: NaiveDate,
    filters: Vec<Filter>,
}

impl Request {
    pub(super) fn parse(route: Route<'_>, params: &Params, domains: &Domains) -> Result<Self, Error> {
        let (form, endpoint) = (route.form(), route.endpoint);
        let (start, end) = dates(endpoint, params)?;
        check_spelling(form, params)?;
        let filters = [
            domain_filter(form, params, domains)?,
            stream_filter(params)?,
            is_one_of(Dimension::Category, params.all(CATEGORY_LIST).collect()),
            provider::filter(params)?,
        ];
        Ok(Self { form, endpoint, start, end, filters: filters.into_iter().flatten().collect() })
    }

    pub(super) fn query(&self, scope: impl Into<Scope>) -> Query {
        // Days without mail have no row.
        let query = Query::new(scope, Period::dates(self.start, self.end)).kinds(KINDS).fill_gaps(false);
        let query = match self.endpoint {
            Endpoint::Total => query,
            Endpoint::Domains => query.by(Dimension::Domain),
            Endpoint::Categories => query.by(Dimension::Category),
            Endpoint::Providers => query.by(Dimension::Provider),
            Endpoint::Date => query.by(By::Date),
        };
        self.filters.iter().cloned().fold(query, Query::filter)
    }
}

/// Parses the first and the last day, both included.
fn dates(endpoint: Endpoint, params: &Params) -> Result<(NaiveDate, NaiveDate), Error> {
    let (start, end) = (date(params, "start_date")?, date(params, "end_date")?);
    let invalid = |expected| Err(Error::invalid("end_date", &end.to_string(), expected));
    if end < start {
        return invalid(format!("start_date {start} or a later date"));
    }
    if endpoint == Endpoint::Date && (end - start).num_days() >= MAX_DAYS {
        return invalid(format!("at most {MAX_DAYS} days from start_date {start} on"));
    }
    Ok((start, end))
}

fn date(params: &Params, name: &'static str) -> Result<NaiveDate, Error> {
    let text = params.first(name).map(str::trim).ok_or(Error::Missing(name))?;
    // The Node client sends a `Date` as `2026-02-01T00:00:00.000Z`.
    let date_of_instant = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.date_naive());
    let date = parse_date(text).ok().or_else(date_of_instant);
    date.ok_or_else(|| Error::invalid(name, text, "a day that exists, as YYYY-MM-DD"))
}

/// Refuses a list that is spelled in an unknown way: without its filter, the answer would be about all mail.
fn check_spelling(form: Form, params: &Params) -> Result<(), Error> {
    for list in [form.domain_list(), STREAM_LIST, CATEGORY_LIST, provider::LIST] {
        if let Some(found) = params.misspelled_list(&[list]) {
            return Err(Error::invalid(format!("{list}[]"), found, format!("{list}[] for each value")));
        }
    }
    Ok(())
}

fn domain_filter(form: Form, params: &Params, domains: &Domains) -> Result<Option<Filter>, Error> {
    let known = |id: &str| domains.name(id.trim().parse().ok()?).cloned();
    let names = params.all(form.domain_list()).map(|id| known(id).ok_or(Error::UnknownDomain));
    Ok(is_one_of(Dimension::Domain, names.collect::<Result<_, _>>()?))
}

fn stream_filter(params: &Params) -> Result<Option<Filter>, Error> {
    let parse = |found: &str| {
        let expected = || Stream::ALL.map(Stream::name).join(" or ");
        let stream = found.parse().map(Stream::name);
        stream.map_err(|_| Error::invalid(format!("{STREAM_LIST}[]"), found, expected()))
    };
    Ok(is_one_of(Dimension::Stream, params.all(STREAM_LIST).map(parse).collect::<Result<_, _>>()?))
}

/// Makes the filter of a list; `None` if the list is absent.
fn is_one_of<T: Into<Arc<str>>>(dimension: Dimension, values: BTreeSet<T>) -> Option<Filter> {
    (!values.is_empty()).then(|| Filter::is(dimension, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: &str = "start_date=2026-01-01&end_date=2026-01-31";

    fn try_parse(path: &str, query: &str) -> Result<Request, Error> {
        let domains = Domains::new([(3938, "mail.acme.example"), (12, "news.acme.example")]);
        Request::parse(Route::parse(path).unwrap(), &Params::parse(query), &domains)
    }

    fn parse(query: &str) -> Request {
        try_parse("/api/accounts/42/stats", query).unwrap()
    }

    fn error(path: &str, query: &str) -> String {
        try_parse(path, query).unwrap_err().to_string()
    }

    #[test]
    fn both_dates_are_required_and_must_be_days_in_order() {
        let missing = |name: &str| format!("Missing required parameter: {name}");
        let invalid = |name: &str, found: &str, expected: &str| {
            format!("Invalid parameter {name}: found `{found}`, expected {expected}")
        };
        let day = "a day that exists, as YYYY-MM-DD";
        for (query, expected) in [
            ("", missing("start_date")),
            ("end_date=2026-01-31", missing("start_date")),
            ("start_date=&end_date=2026-01-31", missing("start_date")),
            ("start_date=2026-01-01&end_date=+", missing("end_date")),
            ("start_date=2026-02-30&end_date=2026-03-01", invalid("start_date", "2026-02-30", day)),
            ("start_date=2026-1-1&end_date=2026-03-01", invalid("start_date", "2026-1-1", day)),
            ("start_date=%2B12026-01-01&end_date=x", invalid("start_date", "+12026-01-01", day)),
            ("start_date=2026-01-01&end_date=2026-01-01Tx", invalid("end_date", "2026-01-01Tx", day)),
            (
                "start_date=2026-01-02&end_date=2026-01-01",
                invalid("end_date", "2026-01-01", "start_date 2026-01-02 or a later date"),
            ),
        ] {
            assert_eq!(error("/api/stats", query), expected, "{query}");
        }
        let long = format!("start_date={}&end_date=2026-01-01", "9".repeat(1_000_000));
        assert_eq!(error("/api/stats", &long), invalid("start_date", &"9".repeat(80), day));
    }

    #[test]
    fn the_date_of_a_date_time_is_its_local_date() {
        for same in [
            "start_date=2026-01-01T00:00:00.000Z&end_date=2026-01-31T00:00:00.000Z",
            "start_date=2026-01-01T23:59:59-11:00&end_date=+2026-01-31+",
        ] {
            assert_eq!(parse(same), parse(DAYS), "{same}");
        }
    }

    #[test]
    fn only_rows_by_date_limit_the_range() {
        let range = |days: i64| {
            let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
            format!("start_date={start}&end_date={}", start + chrono::Duration::days(days - 1))
        };
        assert!(try_parse("/api/stats/date", &range(MAX_DAYS)).is_ok());
        let expected = "expected at most 10000 days from start_date 2000-01-01 on";
        assert_eq!(
            error("/api/stats/date", &range(MAX_DAYS + 1)),
            format!("Invalid parameter end_date: found `2027-05-19`, {expected}")
        );
        for endpoint in [Endpoint::Total, Endpoint::Domains, Endpoint::Categories, Endpoint::Providers] {
            let all_years = "start_date=0000-01-01&end_date=9999-12-31";
            let all_years = try_parse(&format!("/api/{endpoint}"), all_years).unwrap();
            assert!(all_years.query("acme").plan(DateTime::UNIX_EPOCH).is_ok());
        }
    }

    #[test]
    fn an_unknown_parameter_filters_nothing() {
        for ignored in [
            "domain_ids[]=3938",
            "domain_ids[]=no+such+id",
            "domain_ids[a]=3938",
            "streams[]=bulk",
            "Categories[]=x",
            "page=2",
        ] {
            assert_eq!(parse(&format!("{DAYS}&{ignored}")), parse(DAYS), "{ignored}");
        }
        assert_eq!(parse(DAYS).filters, []);
    }

    #[test]
    fn a_list_is_the_same_in_every_known_spelling_and_refused_in_every_other() {
        for (list, value) in [
            ("sending_domain_ids", "3938"),
            ("sending_streams", "bulk"),
            ("categories", "x"),
            ("email_service_providers", "Google"),
        ] {
            let once = parse(&format!("{DAYS}&{list}[]={value}"));
            assert_eq!(once.filters.len(), 1);
            for spelling in ["", "[0]", "[7]", "[][]", "[0][]", "%5B%5D", "%5b0%5d"] {
                assert_eq!(parse(&format!("{DAYS}&{list}{spelling}={value}")), once, "{list}{spelling}");
            }
            for spelling in ["[a]", "[", "[0", "[-1]", "[][a]", "[0][id]"] {
                assert_eq!(
                    error("/api/accounts/42/stats", &format!("{DAYS}&{list}{spelling}={value}")),
                    format!(
                        "Invalid parameter {list}[]: found `{list}{spelling}`, expected {list}[] for each value"
                    )
                );
            }
        }
    }

    #[test]
    fn an_id_that_is_not_of_an_own_domain_is_refused() {
        for id in
            ["3939", "", "x", "3938.0", "3938,12", "99999999999999999999", "3938&sending_domain_ids[]=1"]
        {
            for list in ["sending_domain_ids[]", "sending_domain_ids[0]", "sending_domain_ids"] {
                let refused = try_parse("/api/accounts/42/stats/domains", &format!("{DAYS}&{list}={id}"));
                assert!(matches!(refused, Err(Error::UnknownDomain)), "{list}={id}");
            }
        }
    }

    #[test]
    fn repeated_values_in_any_order_and_number_are_one_filter() {
        let once = format!("{DAYS}&categories[]=a+b&categories[]=c");
        let often = format!(
            "{}end_date=2026-01-31&categories%5b%5d=a%20b&start_date=2026-01-01",
            "categories%5B%5D=c&".repeat(10_000)
        );
        assert_eq!(parse(&often), parse(&once));
        let ids = "&sending_domain_ids[]=3938".repeat(10_000);
        let filtered = parse(&format!("{once}{ids}"));
        assert_eq!(filtered.filters[0], Filter::is(Dimension::Domain, ["mail.acme.example"]));
    }
}
