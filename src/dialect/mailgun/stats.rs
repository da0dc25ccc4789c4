//! Stats v3: events by hour, day or month. This page is documentation only; [`Mailgun`](super::Mailgun) answers the
//! requests.
//!
//! # Endpoints
//!
//! | endpoint | rows | source |
//! |---|---|---|
//! | `GET /v3/stats/total` | of the account | O M |
//! | `GET /v3/{domain}/stats/total` | of a domain | O M |
//! | `GET /v3/stats/total/domains` | of each domain, in one hour, day or month | O |
//! | `GET /v3/stats/filter` | of filtered or grouped mail | O M |
//! | `GET /v3/{domain}/tags/{tag}/stats` | of a tag | M C |
//! | `GET /v3/{domain}/tag/stats?tag=…` | the same | O C |
//!
//! # Parameters
//!
//! | endpoint | parameter | meaning | source |
//! |---|---|---|---|
//! | all | `event` | required; `accepted`, `delivered`, `failed`, `opened`, `clicked`, `unsubscribed`, `complained`, `stored` | O |
//! | | | repeated for several, also as `event[]`, `event[0]` | O L C |
//! | all but `…/domains` | `start`, `end` | dates; the defaults are seven days ago and now | O |
//! | | | with an `end` before that and no `start`: seven days before the end | *ours* |
//! | | `duration` | `24h`, `7d`, `1m` (a month): the hours, days or months until the end; it takes precedence over `start` | O M |
//! | | | its unit takes precedence over `resolution` | R M; over another `resolution` *ours* |
//! | all | `resolution` | `hour`, `day` (default), `month`, in UTC | O M |
//! | `…/domains` | `timestamp` | required; a date in the requested hour, day or month | O |
//! | | `limit` | the number of domains that are **skipped**, despite its name | O |
//! | `…/filter` | `filter` | `key:value`; keys `domain`, `subaccount`, `ip_pool` | O M |
//! | | | keys `ip`, `provider`, `tag`, `country`, `device` as well; a second filter is refused | *ours* |
//! | | `group` | `total`, `time` (default), `day`, `month`, `domain`, `ip`, `provider`, `tag`, `country`, `subaccount`, `ip_pool` | O M |
//! | | | `device` as well | *ours* |
//! | of a tag | `tag` | required if the path has none; case-insensitive | O M |
//! | | `provider`, `device`, `country` | only mail of, or events on, that one | O |
//! | | | at most one of them; for both paths | *ours* |
//! | all | any, with an empty value | the same as a missing parameter | C; for others than dates *ours* |
//! | all but `event`, `filter` | any, repeated | the first value that is not blank is used | *ours* |
//! | all | any other | ignored | *ours* |
//!
//! A date is as in mail, `Mon, 17 Feb 2025 00:00:00 +0000`, or seconds since 1970 (O). The zone is an offset, `GMT` or
//! `UTC` (M), an offset with a name in parentheses, or another name, which is read as UTC (L), unless RFC 2822 defines it,
//! as `EST` *(ours)*. Weekday and seconds may be missing, the weekday may be wrong, the month may be a full name or precede
//! the day (R L). Seconds may have a fraction, and years are 1 to 9999 *(ours)*.
//!
//! # Time
//!
//! | rule | source |
//! |---|---|
//! | every bucket has a row, also without events, in ascending order | R |
//! | both ends are included: by default there are eight days | R |
//! | the last bucket is whole, even if `end` is in its middle | read from R |
//! | the response's `start` and `end` are the starts of the first and the last bucket | R |
//! | a `duration` of N units is N rows, and the last one contains the end | read from R |
//! | a start after the end is refused | *ours* |
//! | `group=day`, `group=month` divide the same time into these units; `group=total` is one row with the time of the start | *ours* |
//!
//! # Rows
//!
//! A row has the blocks of exactly the requested events, each with all its counts, in the order below (R). Events count in
//! the hour, day or month in which they happened.
//!
//! | count | meaning | source |
//! |---|---|---|
//! | `accepted`.`outgoing`, `incoming` | `accepted.outgoing`, `accepted.incoming`; without a qualifier outgoing | M; without one *ours* |
//! | `delivered`.`smtp`, `http` | `delivered.smtp`, `delivered.http`; without a qualifier smtp | M; without one *ours* |
//! | `delivered`.`optimized` | [optimized](crate::Dimension::Optimized) deliveries, which are included in the others | M |
//! | `failed`.`temporary`.`total` | deferred, soft bounced | M; soft bounced *ours* |
//! | …`espblock` | `deferred.provider_block` | M |
//! | `failed`.`permanent`.`total` | hard bounced and failed, but not `failed.rejected`, which counts nowhere | M |
//! | …`suppress-bounce`, `suppress-unsubscribe`, `suppress-complaint` | `failed.suppressed_bounce`, `…_unsubscribe`, `…_complaint` | M |
//! | …`bounce` | `hard_bounced.immediate`, and without a qualifier | M; without one *ours* |
//! | …`delayed-bounce`, `webhook` | `hard_bounced.delayed`, `hard_bounced.callback` | M |
//! | …`optimized` | the optimized events of `bounce` | M |
//! | `stored`, `opened`, `clicked`, `unsubscribed`, `complained`: `total` | events of that kind | M |
//! | `opened`, `clicked`: `unique` | each message once for each of `person`, `machine`, `unknown` and no qualifier, in the bucket of the first one; missing if zero | R O; once for ever *ours*: the original counts each bot separately, and a message again after seven days, which does not add up |
//!
//! The permanent total may exceed the sum of its parts (M): expired mail, for example, is in none of them.
//!
//! # Groups
//!
//! No source shows grouped rows, so their form is *ours*: each row has a key with the name of the group after `time`. Every
//! value with a requested event has a row for every bucket; rows are ordered by time, then by value.
//!
//! | group | values | of mail without one |
//! |---|---|---|
//! | `domain`, `ip`, `subaccount`, `ip_pool` | as in the events | `""` |
//! | `tag` | in lower case; a message counts under each of its tags (twice, if it has one in two spellings) | `""` |
//! | `provider` | the 26 domains of [`PROVIDERS`](super::PROVIDERS); all other recipient domains are `other` | `other` |
//! | `country` | in lower case | `unknown` |
//! | `device` | `desktop`, `mobile`, `tablet`; all others are `unknown` | `unknown` |
//!
//! These are the values of `filter` as well, so that a filter keeps the mail of the row with its value; `provider` also
//! accepts any other domain. A filter on an unknown domain is refused. Country and device belong to an event: deliveries,
//! which have none, are in `unknown`.
//!
//! `…/domains` has a row for each domain of [`Mailgun::new`](super::Mailgun::new), also without mail, and for others with
//! mail, ordered by name, and at most 100 (*ours*).
//!
//! `description` is always present and empty (R). The response for a tag has `tag`, as requested, and if it is narrowed
//! `type`, such as `{"type":"device","key":"mobile"}` (O). The original keeps hours for two months and days for a year (M);
//! here everything counts that the host keeps.
//!
//! Sources are [those of all endpoints](super#sources).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::key::Key;
use super::{Error, Settings, params};
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
use body::Body;
use group::Group;
use window::Window;

/// The maximum number of domains in a response of [`Endpoint::TotalByDomain`]; ours, as no source describes it.
const MAX_DOMAINS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `GET /v3/stats/total`.
    Total,
    /// `GET /v3/{domain}/stats/total`.
    DomainTotal { domain: String },
    /// `GET /v3/stats/total/domains`.
    TotalByDomain,
    /// `GET /v3/stats/filter`.
    Filter,
    /// `GET /v3/{domain}/tags/{tag}/stats`, and `GET /v3/{domain}/tag/stats?tag=…` without a tag here.
    Tag { domain: String, tag: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    window: Window,
    /// Whether the whole window is one row.
    is_total: bool,
    blocks: BTreeSet<Block>,
    filters: Vec<Filter>,
    key: Option<Key>,
    page: Option<Page>,
    tag: Option<String>,
    narrowed: Option<(Key, String)>,
}

/// The domains that have rows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    skip: usize,
    /// The domains of the account, which have rows even without mail.
    domains: Vec<Arc<str>>,
}

impl Request {
    /// Parses the parameters at the instant `now`.
    pub(super) fn parse(
        endpoint: Endpoint,
        params: &Params,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        match endpoint {
            Endpoint::Total => Self::total(params, now),
            Endpoint::DomainTotal { domain } => {
                let domain = settings.domain(&domain)?;
                Ok(Self::total(params, now)?.filters([Filter::is(Dimension::Domain, [domain])]))
            }
            Endpoint::TotalByDomain => Self::total_by_domain(params, settings),
            Endpoint::Filter => Self::filtered(params, settings, now),
            Endpoint::Tag { domain, tag } => {
                let domain = settings.domain(&domain)?;
                let tag = match tag {
                    Some(tag) => tag,
                    None => params::value(params, "tag")?.ok_or(Error::Missing("tag"))?.to_owned(),
                };
                let request = Self::total(params, now)?.filters([Filter::is(Dimension::Domain, [domain])]);
                request.of_tag(tag, params)
            }
        }
    }

    /// Adds filters.
    pub(super) fn filters(mut self, filters: impl IntoIterator<Item = Filter>) -> Self {
        self.filters.extend(filters);
        self
    }

    pub(super) fn query(&self, scope: impl Into<Scope>) -> Query {
        let kinds: BTreeSet<Kind> = self.blocks.iter().flat_map(|block| block.kinds()).copied().collect();
        let resolution = if self.is_total { Bucketing::All } else { self.window.resolution().into() };
        let query = Query::new(scope, self.window.period()).resolution(resolution).kinds(kinds);
        // The body fills the gaps of its own rows, which combine most recipient domains.
        let query = query.fill_gaps(self.key.is_none());
        let query = self.key.into_iter().map(Key::dimension).fold(query, Query::by);
        // Optimized events are separate rows: this dimension is the last one.
        let has_optimized = self.blocks.iter().any(|block| block.has_optimized());
        let query = if has_optimized { query.by(Dimension::Optimized) } else { query };
        self.filters.iter().cloned().fold(query, Query::filter)
    }

    pub(super) fn body<'a>(&'a self, report: &Report) -> Body<'a> {
        Body::new(self, report)
    }

    fn new(window: Window, params: &Params) -> Result<Self, Error> {
        Ok(Self {
            window,
            is_total: false,
            blocks: Block::parse_all(params)?,
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
        let page = Page { skip: parse_skip(params)?, domains: settings.domains().cloned().collect() };
        let request = Self::new(Window::at_timestamp(params)?, params)?;
        Ok(Self { key: Some(Key::Domain), page: Some(page), ..request })
    }

    fn filtered(params: &Params, settings: &Settings, now: DateTime<Utc>) -> Result<Self, Error> {
        let group = Group::parse(params)?;
        let request = Self::new(Window::parse(params, now, group.resolution())?, params)?;
        let request = Self { is_total: group == Group::Total, key: group.key(), ..request };
        let Some((key, value)) = group::parse_filter(params)? else { return Ok(request) };
        let value = if key == Key::Domain { &*settings.domain(value)? } else { value };
        let filter = key.filter(value);
        Ok(request.filters([filter.ok_or_else(|| Error::invalid("filter", &format!("{key}:{value}")))?]))
    }

    fn of_tag(self, tag: String, params: &Params) -> Result<Self, Error> {
        let mut request = self.filters([Filter::is(Dimension::Tag, [&*tag]).ignoring_case()]);
        request.tag = Some(tag);
        for key in [Key::Provider, Key::Device, Key::Country] {
            let Some(value) = params::value(params, key.name())? else { continue };
            if request.narrowed.replace((key, value.to_owned())).is_some() {
                return Err(Error::invalid(key.name(), value));
            }
        }
        if let Some((key, value)) = &request.narrowed {
            request.filters.push(key.filter(value).ok_or_else(|| Error::invalid(key.name(), value))?);
        }
        Ok(request)
    }
}

/// Parses the number of domains that are skipped, the parameter `limit`.
fn parse_skip(params: &Params) -> Result<usize, Error> {
    let Some(text) = params::value(params, "limit")? else { return Ok(0) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(|| Error::invalid("limit", text))
}
