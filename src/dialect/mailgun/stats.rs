//! Stats v3: statistics over time.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::key::Key;
use super::{Error, Settings, on_behalf_of};
use crate::counter::Kind;
use crate::dialect::Params;
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::Resolution as Bucketing;

mod block;
mod body;
mod group;
mod window;

use block::Block;
use group::Group;
use window::{Window, present};

pub use body::{Accepted, Body, Delivered, Engagement, Failed, Item, Narrowed, Permanent, Temporary, Total};

/// The most domains in one answer of [`Endpoint::TotalByDomain`]; ours, as no source tells it.
pub const DOMAINS_A_PAGE: usize = 100;

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /v3/stats/total`: of the account.
    Total,
    /// `GET /v3/{domain}/stats/total`: of a domain.
    DomainTotal {
        /// The domain, as it stands in the path, decoded.
        domain: String,
    },
    /// `GET /v3/stats/total/domains`: of each of the account's domains, in one hour, day or month.
    TotalByDomain,
    /// `GET /v3/stats/filter`: of a part of the account's mail, or by its parts.
    Filter,
    /// `GET /v3/{domain}/tags/{tag}/stats`, `GET /v3/{domain}/tag/stats?tag=…`: of a tag.
    Tag {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// The tag, as it stands in the path, decoded; `None` if it is a parameter.
        tag: Option<String>,
    },
}

/// A request of Stats.
///
/// ```
/// use mailtally::dialect::{Params, mailgun::{Settings, stats::{Endpoint, Request}}};
///
/// let settings = Settings::new(["mail.acme.example"]);
/// let now = "2026-02-15T12:00:00Z".parse()?;
/// let request = Request::parse(&Endpoint::Total, &Params::parse("event=delivered"), &settings, now)?;
/// assert_eq!(request.query("acme").plan(now)?.buckets().len(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    window: Window,
    /// Whether all of the window is one row.
    is_total: bool,
    blocks: BTreeSet<Block>,
    filters: Vec<Filter>,
    key: Option<Key>,
    page: Option<Page>,
    tag: Option<String>,
    narrowed: Option<(Key, String)>,
}

/// Which domains are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    skip: usize,
    /// Those of the account, also without mail.
    domains: Vec<Arc<str>>,
}

impl Request {
    /// Reads the parameters at the instant `now`.
    ///
    /// # Errors
    ///
    /// [`Error`] in the API's words, if a required parameter is absent, one says what it cannot say, or the domain is
    /// not the account's.
    pub fn parse(
        endpoint: &Endpoint,
        params: &Params,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        match endpoint {
            Endpoint::Total => Self::total(params, now),
            Endpoint::DomainTotal { domain } => {
                let domain = settings.domain(domain)?;
                Ok(Self::total(params, now)?.filter(Filter::is(Dimension::Domain, [domain])))
            }
            Endpoint::TotalByDomain => Self::total_by_domain(params, settings),
            Endpoint::Filter => Self::parts(params, settings, now),
            Endpoint::Tag { domain, tag } => {
                let domain = settings.domain(domain)?;
                let tag = tag.as_deref().or(present(params, "tag")).ok_or(Error::Missing("tag"))?;
                let request = Self::total(params, now)?.filter(Filter::is(Dimension::Domain, [domain]));
                request.of_tag(tag, params)
            }
        }
    }

    /// Asks only for the mail of a subaccount, in addition to what was asked before: what the request header
    /// `X-Mailgun-On-Behalf-Of` says. An empty one asks for all.
    #[must_use]
    pub fn on_behalf_of(mut self, subaccount: impl Into<Arc<str>>) -> Self {
        self.filters.extend(on_behalf_of(subaccount.into()));
        self
    }

    /// The question that it asks.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        let kinds: BTreeSet<Kind> = self.blocks.iter().flat_map(|block| block.kinds()).copied().collect();
        let resolution = if self.is_total { Bucketing::All } else { self.window.resolution().into() };
        let query = Query::new(scope, self.window.period()).resolution(resolution).kinds(kinds);
        let query = self.key.into_iter().map(Key::dimension).fold(query, Query::by);
        // The optimized events come as rows of their own, the last to be told apart.
        let is_optimized = self.blocks.iter().any(|block| block.has_optimized());
        let query = if is_optimized { query.by(Dimension::Optimized) } else { query };
        self.filters.iter().cloned().fold(query, Query::filter)
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report) -> Body {
        Body::new(self, report)
    }

    fn new(window: Window, params: &Params) -> Result<Self, Error> {
        Ok(Self {
            window,
            is_total: false,
            blocks: Block::asked(params)?,
            filters: Vec::new(),
            key: None,
            page: None,
            tag: None,
            narrowed: None,
        })
    }

    fn total(params: &Params, now: DateTime<Utc>) -> Result<Self, Error> {
        Self::new(Window::parse(params, now, None)?, params)
    }

    fn total_by_domain(params: &Params, settings: &Settings) -> Result<Self, Error> {
        let page = Page { skip: skip(params)?, domains: settings.domains().cloned().collect() };
        let request = Self::new(Window::at_timestamp(params)?, params)?;
        Ok(Self { key: Some(Key::Domain), page: Some(page), ..request })
    }

    fn parts(params: &Params, settings: &Settings, now: DateTime<Utc>) -> Result<Self, Error> {
        let group = Group::parse(params)?;
        let request = Self::new(Window::parse(params, now, group.resolution())?, params)?;
        let request = Self { is_total: group == Group::Total, key: group.key(), ..request };
        Ok(match group::part(params)? {
            None => request,
            Some((Key::Domain, domain)) => {
                request.filter(Filter::is(Dimension::Domain, [settings.domain(domain)?]))
            }
            Some((key, value)) => request.filter(key.filter(value).map_err(|expected| {
                Error::invalid("filter", &format!("{}:{value}", key.name()), expected)
            })?),
        })
    }

    fn of_tag(self, tag: &str, params: &Params) -> Result<Self, Error> {
        let request = self.filter(Filter::is(Dimension::Tag, [tag]).ignoring_case());
        let mut narrowed = None;
        for key in [Key::Provider, Key::Device, Key::Country] {
            let Some(value) = present(params, key.name()) else { continue };
            if narrowed.replace((key, value.to_owned())).is_some() {
                return Err(Error::invalid(key.name(), value, "one of provider, device and country"));
            }
        }
        let request = match &narrowed {
            None => request,
            Some((key, value)) => {
                let filter = key.filter(value);
                request.filter(filter.map_err(|expected| Error::invalid(key.name(), value, expected))?)
            }
        };
        Ok(Self { tag: Some(tag.to_owned()), narrowed, ..request })
    }

    fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }
}

/// How many domains are left out at the start, which is what `limit` says.
fn skip(params: &Params) -> Result<usize, Error> {
    let asked = present(params, "limit");
    let number =
        |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    let read = |text| number(text).ok_or_else(|| Error::invalid("limit", text, "a whole number"));
    asked.map_or(Ok(0), read)
}
