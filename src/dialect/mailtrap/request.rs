//! What is asked, read from parameters.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};

use super::{Body, Endpoint, Error, Form, Settings, provider};
use crate::dialect::{Params, shown};
use crate::dimension::{By, Dimension};
use crate::event::Stream;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::{Period, parse_date};

/// The most days that `…/stats/date` answers at once: 27 years. Ours; a longer range is refused before it costs memory.
pub const MOST_DAYS: i64 = 10_000;

/// The kinds of event behind the five counts.
const KINDS: [Kind; 5] = [Kind::Delivered, Kind::HardBounced, Kind::Opened, Kind::Clicked, Kind::Complained];

/// A request of any endpoint.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::mailtrap::{Endpoint, Error, Form, Request, Settings};
///
/// let settings = Settings::new([(3938, "mail.acme.example")]);
/// let parse = |query| Request::parse(Form::Account, Endpoint::Total, &Params::parse(query), &settings);
/// assert!(parse("start_date=2026-01-01&end_date=2026-01-31&sending_domain_ids[]=3938").is_ok());
/// assert_eq!(parse("start_date=2026-01-01").unwrap_err(), Error::Missing("end_date"));
/// assert_eq!(
///     parse("start_date=2026-01-01&end_date=2026-01-31&sending_domain_ids[]=1").unwrap_err(),
///     Error::UnknownDomain
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    form: Form,
    endpoint: Endpoint,
    start: NaiveDate,
    end: NaiveDate,
    filters: Vec<Filter>,
}

impl Request {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::Invalid`], [`Error::UnknownDomain`].
    pub fn parse(
        form: Form,
        endpoint: Endpoint,
        params: &Params,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let (start, end) = dates(endpoint, params)?;
        let filters = [
            domain_filter(form, params, settings)?,
            stream_filter(params)?,
            category_filter(params),
            provider::filter(params)?,
        ];
        Ok(Self { form, endpoint, start, end, filters: filters.into_iter().flatten().collect() })
    }

    /// The question that it asks.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        let query = Query::new(scope, Period::dates(self.start, self.end)).kinds(KINDS);
        let query = match self.endpoint {
            Endpoint::Total => query,
            Endpoint::Domains => query.by(Dimension::Domain),
            Endpoint::Categories => query.by(Dimension::Category),
            Endpoint::Providers => query.by(Dimension::Provider),
            Endpoint::Date => query.by(By::Date),
        };
        self.filters.iter().cloned().fold(query, Query::filter)
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report, settings: &Settings) -> Body {
        Body::new(self.form, self.endpoint, report, settings)
    }
}

/// The first and the last day, both in.
fn dates(endpoint: Endpoint, params: &Params) -> Result<(NaiveDate, NaiveDate), Error> {
    let (start, end) = (date(params, "start_date")?, date(params, "end_date")?);
    let invalid = |expected| Err(Error::Invalid { name: "end_date", found: end.to_string(), expected });
    if end < start {
        return invalid(format!("start_date {start} or a later date"));
    }
    if endpoint == Endpoint::Date && (end - start).num_days() >= MOST_DAYS {
        return invalid(format!("at most {MOST_DAYS} days from start_date {start} on"));
    }
    Ok((start, end))
}

fn date(params: &Params, name: &'static str) -> Result<NaiveDate, Error> {
    let text =
        params.first(name).map(str::trim).filter(|text| !text.is_empty()).ok_or(Error::Missing(name))?;
    // The Node client sends `2026-02-01T00:00:00.000Z` for a `Date`.
    let of_instant = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.date_naive());
    parse_date(text).ok().or_else(of_instant).ok_or_else(|| {
        let expected = "a day that exists, as YYYY-MM-DD".to_owned();
        Error::Invalid { name, found: shown(text), expected }
    })
}

fn domain_filter(form: Form, params: &Params, settings: &Settings) -> Result<Option<Filter>, Error> {
    let known = |id: &str| settings.domain(id.trim().parse().ok()?).cloned();
    let domains = params.all(form.domain_parameter()).map(|id| known(id).ok_or(Error::UnknownDomain));
    let domains: BTreeSet<_> = domains.collect::<Result<_, _>>()?;
    Ok((!domains.is_empty()).then(|| Filter::is(Dimension::Domain, domains)))
}

fn stream_filter(params: &Params) -> Result<Option<Filter>, Error> {
    let name = "sending_streams[]";
    let known = [Stream::Transactional, Stream::Bulk].map(Stream::name);
    let invalid = |found| Error::Invalid { name, found: shown(found), expected: known.join(" or ") };
    let checked =
        params.all(name).map(|found| if known.contains(&found) { Ok(found) } else { Err(invalid(found)) });
    let streams: BTreeSet<&str> = checked.collect::<Result<_, _>>()?;
    Ok((!streams.is_empty()).then(|| Filter::is(Dimension::Stream, streams)))
}

fn category_filter(params: &Params) -> Option<Filter> {
    let mut categories = params.all("categories[]").peekable();
    categories.peek()?;
    Some(Filter::is(Dimension::Category, categories))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new([(3938, "mail.acme.example"), (12, "news.acme.example")])
    }

    fn parse(endpoint: Endpoint, query: &str) -> Result<Request, Error> {
        Request::parse(Form::Account, endpoint, &Params::parse(query), &settings())
    }

    #[test]
    fn both_dates_are_required_and_must_be_days_in_order() {
        let invalid = |name, found: &str, expected: &str| Error::Invalid {
            name,
            found: found.to_owned(),
            expected: expected.to_owned(),
        };
        let day = "a day that exists, as YYYY-MM-DD";
        for (query, error) in [
            ("", Error::Missing("start_date")),
            ("end_date=2026-01-31", Error::Missing("start_date")),
            ("start_date=&end_date=2026-01-31", Error::Missing("start_date")),
            ("start_date=2026-01-01&end_date=+", Error::Missing("end_date")),
            ("start_date=2026-02-30&end_date=2026-03-01", invalid("start_date", "2026-02-30", day)),
            ("start_date=2026-1-1&end_date=2026-03-01", invalid("start_date", "2026-1-1", day)),
            ("start_date=%2B12026-01-01&end_date=x", invalid("start_date", "+12026-01-01", day)),
            ("start_date=2026-01-01&end_date=2026-01-01Tx", invalid("end_date", "2026-01-01Tx", day)),
            (
                "start_date=2026-01-02&end_date=2026-01-01",
                invalid("end_date", "2026-01-01", "start_date 2026-01-02 or a later date"),
            ),
        ] {
            assert_eq!(parse(Endpoint::Total, query), Err(error), "{query}");
        }
        let long = format!("start_date={}&end_date=2026-01-01", "9".repeat(1_000_000));
        assert_eq!(parse(Endpoint::Total, &long), Err(invalid("start_date", &"9".repeat(80), day)));
    }

    #[test]
    fn a_date_time_is_the_date_that_it_shows() {
        let days = "start_date=2026-01-01&end_date=2026-01-31";
        for same in [
            "start_date=2026-01-01T00:00:00.000Z&end_date=2026-01-31T00:00:00.000Z",
            "start_date=2026-01-01T23:59:59-11:00&end_date=+2026-01-31+",
        ] {
            assert_eq!(parse(Endpoint::Total, same), parse(Endpoint::Total, days), "{same}");
        }
    }

    #[test]
    fn only_rows_by_date_limit_the_range() {
        let range = |days: i64| {
            let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
            format!("start_date={start}&end_date={}", start + chrono::Duration::days(days - 1))
        };
        assert!(parse(Endpoint::Date, &range(MOST_DAYS)).is_ok());
        let error = parse(Endpoint::Date, &range(MOST_DAYS + 1)).unwrap_err().to_string();
        let expected = "expected at most 10000 days from start_date 2000-01-01 on";
        assert_eq!(error, format!("Invalid parameter end_date: found `2027-05-19`, {expected}"));
        for endpoint in [Endpoint::Total, Endpoint::Domains, Endpoint::Categories, Endpoint::Providers] {
            let all_years = parse(endpoint, "start_date=0000-01-01&end_date=9999-12-31").unwrap();
            assert!(all_years.query("acme").plan(DateTime::UNIX_EPOCH).is_ok());
        }
    }

    #[test]
    fn what_is_no_parameter_of_this_form_filters_nothing() {
        let days = "start_date=2026-01-01&end_date=2026-01-31";
        for ignored in [
            "sending_domain_ids=3938",
            "domain_ids[]=3938",
            "domain_ids[]=no+such+id",
            "sending_streams=bulk",
            "streams[]=bulk",
            "categories=x",
            "Categories[]=x",
            "email_service_providers=Gmail",
            "page=2",
        ] {
            let same = parse(Endpoint::Total, &format!("{days}&{ignored}"));
            assert_eq!(same, parse(Endpoint::Total, days), "{ignored}");
        }
        assert_eq!(parse(Endpoint::Total, days).unwrap().filters, []);
    }

    #[test]
    fn an_id_that_is_not_the_accounts_is_refused() {
        for id in ["3939", "", "x", "3938.0", "99999999999999999999", "3938&sending_domain_ids[]=1"] {
            let query = format!("start_date=2026-01-01&end_date=2026-01-31&sending_domain_ids[]={id}");
            assert_eq!(parse(Endpoint::Domains, &query), Err(Error::UnknownDomain), "{id}");
        }
    }

    #[test]
    fn repeated_values_in_any_order_and_number_are_one_filter() {
        let once = "start_date=2026-01-01&end_date=2026-01-31&categories[]=a+b&categories[]=c";
        let often = format!(
            "{}end_date=2026-01-31&categories%5b%5d=a%20b&start_date=2026-01-01",
            "categories%5B%5D=c&".repeat(10_000)
        );
        assert_eq!(parse(Endpoint::Date, &often), parse(Endpoint::Date, once));
        let ids = "&sending_domain_ids[]=3938".repeat(10_000);
        let filtered = parse(Endpoint::Date, &format!("{once}{ids}")).unwrap();
        assert_eq!(filtered.filters[0], Filter::is(Dimension::Domain, ["mail.acme.example"]));
    }
}
