//! What is asked, read from JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::dimension::{Attribute, Dimension};
use super::fields::{self, Fields};
use super::metric::Metric;
use super::page::Page;
use super::predicate::{self, Predicate, named, names};
use super::questions::Questions;
use super::window::Window;
use crate::counter::Kind;
use crate::dialect::mailgun::{Error, Resolution};
use crate::dimension;
use crate::filter::Filter;
use crate::query::{Query, Scope};

/// The most dimensions of a request.
pub const MOST_DIMENSIONS: usize = 3;

/// The most metrics of a request of [`Endpoint::Mail`], counts and rates together. Those of [`Endpoint::Usage`] can all
/// be asked at once.
pub const MOST_METRICS: usize = 10;

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has two endpoints")]
pub enum Endpoint {
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

/// A request of either endpoint.
///
/// ```
/// use mailtally::dialect::mailgun::metrics::{Endpoint, Request};
///
/// let now = "2026-02-15T12:00:00Z".parse()?;
/// let parse = |body: &str| Request::parse(Endpoint::Mail, body.as_bytes(), now);
/// assert!(parse(r#"{"duration":"7d","metrics":["opened_rate"],"dimensions":["domain","time"]}"#).is_ok());
/// assert_eq!(parse(r#"{"filter":{},"end":""}"#)?, parse("")?);
/// assert_eq!(
///     parse(r#"{"metrics":["openrate"]}"#).unwrap_err().to_string().get(..56),
///     Some("Invalid format for parameter metrics[0]: openrate, expec"),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
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
    /// That of one subaccount.
    One(Arc<str>),
}

impl Request {
    /// Reads the body of a request that came at the instant `now`. There may be none.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::Resolution`], [`Error::Reversed`].
    pub fn parse(endpoint: Endpoint, body: &[u8], now: DateTime<Utc>) -> Result<Self, Error> {
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

    /// The same of the mail of one subaccount alone, whatever else was asked: what the header
    /// [`X-Mailgun-On-Behalf-Of`](super::super) says. Whether it is the account's, the host knows.
    #[must_use]
    pub fn on_behalf_of(mut self, subaccount: impl Into<Arc<str>>) -> Self {
        self.subaccounts = Subaccounts::One(subaccount.into());
        self
    }

    /// All that must be counted, and how the answers make a body.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if there are too many hours, days or months.
    pub fn questions(&self, scope: impl Into<Scope>, now: DateTime<Utc>) -> Result<Questions<'_>, Error> {
        Ok(Questions::new(self, scope.into(), now).map_err(crate::Error::from)?)
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
        let query = Query::new(scope, self.window.period(shortest)).kinds(kinds);
        let query = dimensions.iter().fold(query, |query, dimension| match dimension {
            Dimension::Of(_) => query.by(dimension.by()),
            Dimension::Time => query.by(dimension.by()).resolution(self.window.bucket(shortest).into()),
        });
        let query = self.slicing().into_iter().fold(query, Query::by);
        self.filters().fold(query, Query::filter)
    }

    fn filters(&self) -> impl Iterator<Item = Filter> {
        let subaccount = dimension::Dimension::Subaccount;
        let of_subaccounts = match &self.subaccounts {
            Subaccounts::All => None,
            Subaccounts::None => Some(Filter::is_absent(subaccount)),
            Subaccounts::One(one) => Some(Filter::is(subaccount, [one.clone()])),
        };
        self.predicates.iter().map(Predicate::filter).chain(of_subaccounts)
    }
}

/// The dimensions that are asked, each once; the time if none is.
fn dimensions(fields: &Fields<'_>, endpoint: Endpoint) -> Result<Vec<Dimension>, Error> {
    let known = endpoint.dimensions();
    let mut dimensions = Vec::new();
    for (path, text) in fields.texts("dimensions")? {
        let asked = named(text, known.iter().copied(), Dimension::name)
            .ok_or_else(|| Error::malformed(path, text, names(known.iter().copied(), Dimension::name)))?;
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
        let place = known.iter().position(|metric| metric.name() == text);
        asked
            .insert(place.ok_or_else(|| Error::malformed(path, text, names(known, |metric| metric.name())))?);
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
