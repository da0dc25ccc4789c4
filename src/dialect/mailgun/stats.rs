//! Stats v3: events by hour, day or month.
//!
//! # Endpoints
//!
//! | endpoint | rows | source |
//! |---|---|---|
//! | `GET /v3/stats/total` | of the account | O M |
//! | `GET /v3/{domain}/stats/total` | of a domain | O M |
//! | `GET /v3/stats/total/domains` | of each domain, in one hour, day or month | O |
//! | `GET /v3/stats/filter` | of a part of the mail, or by its parts | O M |
//! | `GET /v3/{domain}/tags/{tag}/stats` | of a tag | M C |
//! | `GET /v3/{domain}/tag/stats?tag=…` | the same | O C |
//!
//! # Parameters
//!
//! | endpoint | parameter | meaning | source |
//! |---|---|---|---|
//! | all | `event` | required; `accepted`, `delivered`, `failed`, `opened`, `clicked`, `unsubscribed`, `complained`, `stored` | O |
//! | | | repeated for several, also as `event[]`, `event[0]` | O L C |
//! | all but `…/domains` | `start`, `end` | dates; seven days ago and now unless given | O |
//! | | | with an `end` before that and no `start`: seven days before the end | *ours* |
//! | | `duration` | `24h`, `7d`, `1m` (a month): so many hours, days, months until the end, whatever `start` says | O M |
//! | | | its unit is the resolution, whatever `resolution` says | R M; against another `resolution` *ours* |
//! | all | `resolution` | `hour`, `day` (unless given), `month`, in UTC | O M |
//! | `…/domains` | `timestamp` | required; a date in the hour, day or month that is asked | O |
//! | | `limit` | so many domains are **skipped**, whatever the name says | O |
//! | `…/filter` | `filter` | `key:value`; keys `domain`, `subaccount`, `ip_pool` | O M |
//! | | | keys `ip`, `provider`, `tag`, `country`, `device` as well; a second filter is refused | *ours* |
//! | | `group` | `total`, `time` (unless given), `day`, `month`, `domain`, `ip`, `provider`, `tag`, `country`, `subaccount`, `ip_pool` | O M |
//! | | | `device` as well | *ours* |
//! | of a tag | `tag` | required where the path has none; compared without case | O M |
//! | | `provider`, `device`, `country` | only mail of, or events on, that one | O |
//! | | | at most one of them, by both paths | *ours* |
//! | all | an empty value | is not given | C; for others than dates *ours* |
//! | all but `event`, `filter` | the same again | ignored: the first counts | *ours* |
//! | all | whatever else | ignored | *ours* |
//!
//! A date is as in mail, `Mon, 17 Feb 2025 00:00:00 +0000`, or seconds since 1970 (O). The zone may be an offset, `GMT` or
//! `UTC` (M), an offset with a name in brackets, or another name, which is read as UTC (L), unless RFC 2822 gives it a
//! meaning, as to `EST` *(ours)*. Weekday and seconds may be missing, the weekday may be wrong, the month long or before the
//! day (R L). Seconds may have a fraction, and years are 1 to 9999 *(ours)*.
//!
//! # The time
//!
//! | rule | source |
//! |---|---|
//! | every bucket has a row, also where nothing happened, the earliest first | R |
//! | both ends are in: unless others are asked, there are eight days | R |
//! | the last bucket is whole, also where `end` is in its middle | read from R |
//! | the answer's `start` and `end` are the starts of the first and the last bucket | R |
//! | a `duration` of N units is N rows, the last of them with the end | read from R |
//! | a start after the end is refused | *ours* |
//! | `group=day`, `group=month` cut the same time by this unit; `group=total` is one row with the time of the start | *ours* |
//!
//! # Rows
//!
//! A row has the blocks of the events that were asked for and no others, each with all its counts, in the order below (R).
//! Events count in the hour, day or month in which they happened.
//!
//! | count | is | source |
//! |---|---|---|
//! | `accepted`.`outgoing`, `incoming` | `accepted.outgoing`, `accepted.incoming`; without a qualifier outgoing | M; without one *ours* |
//! | `delivered`.`smtp`, `http` | `delivered.smtp`, `delivered.http`; without a qualifier smtp | M; without one *ours* |
//! | `delivered`.`optimized` | deliveries that are [optimized](crate::Dimension::Optimized), counted among the others | M |
//! | `failed`.`temporary`.`total` | deferred, soft bounced | M; soft bounced *ours* |
//! | …`espblock` | `deferred.provider_block` | M |
//! | `failed`.`permanent`.`total` | hard bounced and failed, but not `failed.rejected`, which counts nowhere | M |
//! | …`suppress-bounce`, `suppress-unsubscribe`, `suppress-complaint` | `failed.suppressed_bounce`, `…_unsubscribe`, `…_complaint` | M |
//! | …`bounce` | `hard_bounced.immediate`, and without a qualifier | M; without one *ours* |
//! | …`delayed-bounce`, `webhook` | `hard_bounced.delayed`, `hard_bounced.callback` | M |
//! | …`optimized` | those of `bounce` that are optimized | M |
//! | `stored`, `opened`, `clicked`, `unsubscribed`, `complained`: `total` | events of that kind | M |
//! | `opened`, `clicked`: `unique` | each message once for each of `person`, `machine`, `unknown` and no qualifier, where its first one lies; absent where there is none | R O; once for ever *ours*: the original counts each bot for itself, and a message again after seven days, which does not add up |
//!
//! The permanent total may be more than its parts (M): what expired, say, is in none.
//!
//! # Rows by parts
//!
//! No source shows them, so their shape is *ours*: in each row a key with the name of the group follows `time`. Every value
//! to which anything happened that was asked for has a row for every bucket; rows are ordered by time, then by value.
//!
//! | group | values | of mail without one |
//! |---|---|---|
//! | `domain`, `ip`, `subaccount`, `ip_pool` | as they are spelled | `""` |
//! | `tag` | in lower case; a message counts under each of its tags (twice, if it has one in two spellings) | `""` |
//! | `provider` | the 26 domains of [`PROVIDERS`](super::PROVIDERS); all other domains of recipients are `other` | `other` |
//! | `country` | in lower case | `unknown` |
//! | `device` | `desktop`, `mobile`, `tablet`; all others are `unknown` | `unknown` |
//!
//! These are the values of `filter`, too, so that a filter keeps what its row shows; `provider` also takes any other
//! domain. A filter on a domain that is not the account's is refused. Country and device are those of an event: deliveries,
//! which have none, are in `unknown`.
//!
//! `…/domains` has a row for each domain of [`Settings`], also without mail, and for others with mail, by name;
//! [`DOMAINS_A_PAGE`] are the most (*ours*).
//!
//! `description` is always there and empty (R). The answer of a tag has `tag`, as it was asked, and where it was narrowed
//! `type`, such as `{"type":"device","key":"mobile"}` (O). What events a host has deleted, it cannot count: the original's
//! hours are kept for two months, its days for a year (M).
//!
//! Sources are [those of all](super#sources).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::key::Key;
use super::{Error, Settings, on_behalf_of};
use crate::dialect::Params;
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::kind::Kind;
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
/// use mailtally::dialect::Params;
/// use mailtally::dialect::mailgun::Settings;
/// use mailtally::dialect::mailgun::stats::{Endpoint, Request};
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
                let tag = tag.as_deref().or_else(|| present(params, "tag")).ok_or(Error::Missing("tag"))?;
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
