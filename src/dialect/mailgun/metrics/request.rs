//! Parses a request, and makes its queries.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::attribute::{Attribute, GroupBy};
use super::bucket_range::BucketRange;
use super::fields::{self, Fields, find_by_name};
use super::metric::Metric;
use super::page::Page;
use super::predicate;
use crate::dialect::mailgun::{Error, Resolution};
use crate::dimension::{By, Dimension};
use crate::event::AccountId;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::Query;

/// The maximum number of dimensions of a request.
const MAX_DIMENSIONS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::mailgun) enum Endpoint {
    /// `POST /v1/analytics/metrics`
    Mail,
    /// `POST /v1/analytics/usage/metrics`: what is billed.
    Usage,
}

impl Endpoint {
    fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Mail => &Attribute::ALL,
            Self::Usage => &[Attribute::Subaccount],
        }
    }

    fn dimensions(self) -> impl Iterator<Item = GroupBy> + Clone {
        self.attributes().iter().copied().map(GroupBy::Attribute).chain([GroupBy::Time])
    }

    fn metrics(self) -> &'static [Metric] {
        match self {
            Self::Mail => Metric::MAIL,
            Self::Usage => Metric::USAGE,
        }
    }

    /// Returns the minimum length of the buckets that are counted.
    fn min_resolution(self) -> Resolution {
        match self {
            Self::Mail => Resolution::Hour,
            Self::Usage => Resolution::Day,
        }
    }
}

/// A request of either endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mailgun) struct Request {
    endpoint: Endpoint,
    pub(super) range: BucketRange,
    pub(super) dimensions: Vec<GroupBy>,
    pub(super) metrics: Vec<&'static Metric>,
    /// The dimensions that separate the slices of the metrics: the last ones of each query.
    pub(super) slicing: BTreeSet<Dimension>,
    pub(super) has_aggregates: bool,
    pub(super) page: Page,
    filters: Vec<Filter>,
    /// The filter that `include_subaccounts` or the header adds; `None` if all mail counts.
    subaccount: Option<Filter>,
}

impl Request {
    /// Parses the body of a request that came at the instant `now`. It may be empty.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::Resolution`], [`Error::Reversed`].
    pub(in crate::dialect::mailgun) fn parse(
        endpoint: Endpoint,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let object = fields::parse_object(body)?;
        let fields = Fields::new(&object);
        let range = BucketRange::parse(&fields, now)?;
        let dimensions = parse_dimensions(&fields, endpoint)?;
        let metrics = parse_metrics(&fields, endpoint)?;
        let filters = predicate::parse(&fields, endpoint.attributes())?;
        let has_aggregates = fields.flag("include_aggregates")?;
        let names_subaccounts = dimensions.contains(&GroupBy::Attribute(Attribute::Subaccount))
            || filters.iter().any(|filter| filter.dimension() == Dimension::Subaccount);
        let includes_subaccounts = fields.flag("include_subaccounts")? || names_subaccounts;
        Ok(Self {
            endpoint,
            range,
            page: Page::parse(&fields, &dimensions, &metrics)?,
            dimensions,
            slicing: metrics.iter().flat_map(|metric| metric.slicing()).collect(),
            metrics,
            has_aggregates,
            filters,
            subaccount: (!includes_subaccounts).then(|| Filter::is_absent(Dimension::Subaccount)),
        })
    }

    /// Limits the request to the mail of the subaccount that the header `X-Mailgun-On-Behalf-Of` names; an empty name
    /// changes nothing.
    #[must_use]
    pub(in crate::dialect::mailgun) fn on_behalf_of(self, subaccount: Arc<str>) -> Self {
        if subaccount.is_empty() {
            return self;
        }
        Self { subaccount: Some(Filter::is(Dimension::Subaccount, [subaccount])), ..self }
    }

    /// Returns the query of the rows, and that of the aggregates if the first report does not have them.
    pub(in crate::dialect::mailgun) fn queries(&self, account: &AccountId) -> Vec<Query> {
        let aggregates = self.needs_aggregates_query().then(|| self.query(account, &[]));
        [self.query(account, &self.dimensions)].into_iter().chain(aggregates).collect()
    }

    /// Returns whether the aggregates need a query of their own: rows by tag do not add up to them, because a message
    /// counts under each of its tags, and the total of a report is not separated into slices.
    pub(super) fn needs_aggregates_query(&self) -> bool {
        let is_by_tag = self.dimensions.contains(&GroupBy::Attribute(Attribute::Tag));
        self.has_aggregates && is_by_tag && !self.slicing.is_empty()
    }

    fn query(&self, account: &AccountId, dimensions: &[GroupBy]) -> Query {
        let kinds: BTreeSet<Kind> = self.metrics.iter().flat_map(|metric| metric.kinds()).collect();
        let min = self.endpoint.min_resolution();
        let query = Query::new(account.clone(), self.range.period(min)).kinds(kinds).fill_gaps(false);
        let query = dimensions.iter().fold(query, |query, dimension| match dimension {
            GroupBy::Attribute(attribute) => query.by(attribute.dimension()),
            GroupBy::Time => query.by(By::Date).resolution(self.range.bucket_length(min).into()),
        });
        let query = self.slicing.iter().copied().fold(query, Query::by);
        self.filters.iter().chain(&self.subaccount).cloned().fold(query, Query::filter)
    }
}

/// Returns the requested dimensions, deduplicated, in the requested order. The default is the time.
fn parse_dimensions(fields: &Fields<'_>, endpoint: Endpoint) -> Result<Vec<GroupBy>, Error> {
    let mut dimensions = Vec::new();
    for (path, text) in fields.texts("dimensions")? {
        let dimension = find_by_name(path, text, endpoint.dimensions(), GroupBy::name)?;
        if !dimensions.contains(&dimension) {
            dimensions.push(dimension);
        }
    }
    if dimensions.len() > MAX_DIMENSIONS {
        let expected = format!("at most {MAX_DIMENSIONS}");
        return Err(Error::malformed("dimensions", &format!("{} dimensions", dimensions.len()), expected));
    }
    Ok(if dimensions.is_empty() { vec![GroupBy::Time] } else { dimensions })
}

/// Returns the requested metrics, deduplicated, in the published order. The default is all counts.
fn parse_metrics(fields: &Fields<'_>, endpoint: Endpoint) -> Result<Vec<&'static Metric>, Error> {
    let known = endpoint.metrics();
    let texts = fields.texts("metrics")?.into_iter();
    let indexes: BTreeSet<usize> = texts
        .map(|(path, text)| find_by_name(path, text, 0..known.len(), |index| known[index].name()))
        .collect::<Result<_, _>>()?;
    if indexes.is_empty() {
        return Ok(known.iter().filter(|metric| metric.is_count()).collect());
    }
    Ok(indexes.into_iter().map(|index| &known[index]).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(endpoint: Endpoint, body: &Value) -> Result<Request, Error> {
        Request::parse(endpoint, body.to_string().as_bytes(), "2026-02-15T12:00:00Z".parse().unwrap())
    }

    fn mail(body: Value) -> Request {
        parse(Endpoint::Mail, &body).unwrap()
    }

    fn names_of(request: &Request) -> Vec<&'static str> {
        request.metrics.iter().map(|metric| metric.name()).collect()
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let request = json!({"duration": "24h", "metrics": ["opened_count"]});
        let mut same = request.clone();
        for (name, value) in [("timezone", json!("Europe/Berlin")), ("Metrics", json!(7)), ("", json!({}))] {
            same[name] = value;
        }
        assert_eq!(mail(same), mail(request));
    }

    #[test]
    fn any_metrics_and_at_most_three_dimensions_may_be_requested() {
        for (endpoint, metrics) in [(Endpoint::Mail, Metric::MAIL), (Endpoint::Usage, Metric::USAGE)] {
            let names: Vec<_> = metrics.iter().map(Metric::name).collect();
            let twice = [&names[..], &names].concat();
            assert_eq!(names_of(&parse(endpoint, &json!({ "metrics": twice })).unwrap()), names);
        }
        let dimensions = |dimensions: &[&str]| parse(Endpoint::Mail, &json!({ "dimensions": dimensions }));
        assert!(dimensions(&["ip", "tag", "time", "ip"]).is_ok());
        assert!(dimensions(&["ip", "tag", "time", "bot"]).is_err());
        assert_eq!(dimensions(&[]).unwrap().dimensions, [GroupBy::Time]);
    }

    #[test]
    fn every_dimension_has_its_published_name() {
        let names =
            |endpoint: Endpoint| endpoint.dimensions().map(GroupBy::name).collect::<Vec<_>>().join(" ");
        assert_eq!(
            names(Endpoint::Mail),
            "bot country ip_pool recipient_domain recipient_provider ip domain tag device subaccount time"
        );
        assert_eq!(names(Endpoint::Usage), "subaccount time");
    }

    #[test]
    fn the_default_is_all_counts_in_the_published_order() {
        for body in [json!({}), json!({"metrics": []}), json!({"metrics": null})] {
            let names = names_of(&mail(body));
            assert_eq!(names.len(), 36);
            assert!(names.iter().all(|name| name.ends_with("_count")));
        }
        assert_eq!(
            names_of(&mail(
                json!({"metrics": ["clicked_rate", "opened_rate", "delivered_count", "accepted_count"]})
            )),
            ["accepted_count", "delivered_count", "opened_rate", "clicked_rate"]
        );
    }

    #[test]
    fn usage_has_fewer_dimensions_and_metrics() {
        for body in [
            json!({"dimensions": ["domain"]}),
            json!({"metrics": ["sent_count"]}),
            json!({"filter": {"AND": [{"attribute": "tag", "comparator": "=", "values": [{"value": "a"}]}]}}),
        ] {
            assert!(parse(Endpoint::Usage, &body).is_err(), "{body}");
            assert!(parse(Endpoint::Mail, &body).is_ok(), "{body}");
        }
        assert!(parse(Endpoint::Mail, &json!({"metrics": ["seed_test_count"]})).is_err());
    }

    #[test]
    fn only_what_metrics_need_is_counted() {
        let query = |metrics: &[&str], dimensions: &[&str]| {
            let request = mail(json!({ "metrics": metrics, "dimensions": dimensions }));
            request.queries(&"acme".into())[0].plan(DateTime::UNIX_EPOCH).unwrap()
        };
        let plan = query(&["opened_rate"], &["tag", "time"]);
        assert_eq!(plan.kinds(), [Kind::Delivered, Kind::Opened]);
        assert_eq!(plan.by(), [By::Dimension(Dimension::Tag), By::Date]);
        let plan = query(&["delayed_rate", "delivered_optimized_count"], &["ip"]);
        assert_eq!(plan.dimensions(), [Dimension::Ip, Dimension::Attempt, Dimension::Optimized]);
        assert!(!plan.by().contains(&By::Date));
    }

    #[test]
    fn only_the_aggregates_of_attempts_by_tag_need_a_query_of_their_own() {
        for (metric, dimensions, has_aggregates, queries) in [
            ("delayed_rate", ["tag", "time"], true, 2),
            ("delayed_rate", ["tag", "time"], false, 1),
            ("delayed_rate", ["ip", "time"], true, 1),
            ("opened_rate", ["tag", "time"], true, 1),
        ] {
            let request = mail(json!({
                "metrics": [metric],
                "dimensions": dimensions,
                "include_aggregates": has_aggregates,
            }));
            let found = request.queries(&"acme".into()).len();
            assert_eq!(found, queries, "{metric} {dimensions:?} {has_aggregates}");
        }
    }

    #[test]
    fn a_missing_report_is_an_error() {
        let request = mail(json!({
            "metrics": ["delayed_rate"],
            "dimensions": ["tag"],
            "include_aggregates": true,
        }));
        let store = crate::MemoryStore::new();
        let queries = request.queries(&"acme".into());
        let reports: Vec<_> =
            queries.iter().map(|query| store.report(query, DateTime::UNIX_EPOCH).unwrap()).collect();
        assert!(request.body(&reports).is_ok());
        assert!(request.body(&reports[..1]).is_err());
        assert!(request.body(&[]).is_err());
    }

    #[test]
    fn subaccounts_are_excluded_unless_they_are_requested() {
        let filters = |request: Request| {
            let plan = request.queries(&"acme".into())[0].plan(DateTime::UNIX_EPOCH).unwrap();
            plan.parts().filters.to_vec()
        };
        let absent = vec![Filter::is_absent(Dimension::Subaccount)];
        assert_eq!(filters(mail(json!({}))), absent);
        assert_eq!(filters(mail(json!({"include_subaccounts": false}))), absent);
        assert_eq!(filters(mail(json!({"include_subaccounts": true}))), []);
        assert_eq!(filters(mail(json!({"dimensions": ["subaccount"]}))), []);
        let one = vec![Filter::is(Dimension::Subaccount, ["s-1"])];
        let predicate = json!({"attribute": "subaccount", "comparator": "=", "values": [{"value": "s-1"}]});
        assert_eq!(filters(mail(json!({"filter": {"AND": [predicate]}}))), one);
        for body in [json!({}), json!({"include_subaccounts": true})] {
            assert_eq!(filters(mail(body.clone()).on_behalf_of("s-1".into())), one);
            assert_eq!(mail(body.clone()).on_behalf_of("".into()), mail(body));
        }
    }
}
