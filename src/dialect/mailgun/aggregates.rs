//! Sums of all time, by mailbox provider, device or country.
//!
//! # Endpoints and parameters
//!
//! | endpoint | of | key | source |
//! |---|---|---|---|
//! | `GET /v3/{domain}/aggregates/{providers\|devices\|countries}` | a domain | `providers`, `devices`, `countries` | O |
//! | `GET /v3/{domain}/tags/{tag}/stats/aggregates/{providers\|devices\|countries}` | a tag | `provider`, `device`, `country`, then `tag` | M C |
//! | `GET /v3/{domain}/tag/stats/aggregates?tag=…&type=…` | a tag; `type` is `provider`, `device` or `country`; both are required | the same | O |
//! | `GET /v3/domains/{domain}/tag/{providers\|devices\|countries}` | | `items`: the values alone | O |
//!
//! There are no others (O): other parameters are ignored, and all events that the store has are counted *(ours)*. Tags are
//! compared without case (M), and shown as they were asked *(ours)*.
//!
//! # Values
//!
//! | key | values | source |
//! |---|---|---|
//! | providers | the recipients' domains that are [`PROVIDERS`](super::PROVIDERS) | O |
//! | | all other domains, and none, together as `other` | *ours* |
//! | devices | `desktop`, `mobile`, `tablet`, `unknown` | O |
//! | | other devices, and none, are `unknown` | *ours* |
//! | countries | two letters of ISO 3166-1 in lower case | O M |
//! | | no country is `unknown`; other texts are shown in lower case | *ours* |
//!
//! Values are in the order of their names (C). Those that are known beforehand have sums also where all are zero (C shows
//! some; that it is so for all is *ours*). `other`, and countries that are not known beforehand, among them `unknown`, have
//! sums only where one of them is not zero, so that no event is lost.
//!
//! # Sums
//!
//! | sum | is | source |
//! |---|---|---|
//! | `accepted`, `delivered` | events of that kind; of providers alone | M C |
//! | `opened`, `clicked`, `unsubscribed`, `complained` | events of that kind | M C |
//! | `unique_opened`, `unique_clicked` | as [`unique`](super::stats#rows) | M C; once for ever *ours* |
//!
//! All eight are sent of providers, and the other six of devices and countries, as tags have them (M C). The examples of O for
//! domains have five, the same for all three, with an `accepted` of 0 for devices and countries, too; that one is not sent
//! *(ours)*. Sources are [those of all](super#sources).

use std::sync::Arc;

use serde::Serialize;

use super::key::Key;
use super::{Error, Settings, on_behalf_of};
use crate::dialect::Params;
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::query::{Limits, Query, Scope};
use crate::report::Report;
use crate::time::Period;

mod body;

use body::KINDS;

pub use body::{Body, Sums};

/// The most different values, of which most are shown together, that mail can have: so many domains of recipients.
const MOST_VALUES: usize = 1_000_000;

/// What sums are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has three breakdowns")]
pub enum Breakdown {
    /// The domain of the recipient, among those of large mailbox providers.
    Provider,
    /// The device on which the message was read.
    Device,
    /// The country in which the message was read.
    Country,
}

impl Breakdown {
    /// Every breakdown.
    pub const ALL: [Self; 3] = [Self::Provider, Self::Device, Self::Country];

    /// The name of one, which is the key of a tag's sums.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Device => "device",
            Self::Country => "country",
        }
    }

    /// The name of several, which stands in paths, and is the key of a domain's sums.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Provider => "providers",
            Self::Device => "devices",
            Self::Country => "countries",
        }
    }

    /// The values that sums are always shown of: [`PROVIDERS`](super::PROVIDERS), [`DEVICES`](super::DEVICES) or
    /// [`COUNTRIES`](super::COUNTRIES).
    pub fn supported(self) -> &'static [&'static str] {
        self.key().values()
    }

    pub(super) fn of_plural(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breakdown| breakdown.plural() == name)
    }

    fn of_singular(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|breakdown| breakdown.singular() == name);
        found.ok_or_else(|| Error::invalid("type", name, "one of provider, device, country"))
    }

    const fn key(self) -> Key {
        match self {
            Self::Provider => Key::Provider,
            Self::Device => Key::Device,
            Self::Country => Key::Country,
        }
    }
}

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /v3/{domain}/aggregates/{providers|devices|countries}`: of a domain.
    Domain {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// By what.
        breakdown: Breakdown,
    },
    /// `GET /v3/{domain}/tags/{tag}/stats/aggregates/{providers|devices|countries}`: of a tag.
    Tag {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// The tag, as it stands in the path, decoded; not empty.
        tag: String,
        /// By what.
        breakdown: Breakdown,
    },
    /// `GET /v3/{domain}/tag/stats/aggregates?tag=…&type=…`: of a tag, which is a parameter.
    TagByParameters {
        /// The domain, as it stands in the path, decoded.
        domain: String,
    },
}

/// A request of aggregates.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::mailgun::Settings;
/// use mailtally::dialect::mailgun::aggregates::{Endpoint, Request};
///
/// let settings = Settings::new(["mail.acme.example"]);
/// let endpoint = Endpoint::TagByParameters { domain: "mail.acme.example".to_owned() };
/// let request = Request::parse(&endpoint, &Params::parse("tag=welcome&type=device"), &settings)?;
/// assert!(request.query("acme").plan("2026-02-15T12:00:00Z".parse()?)?.buckets()[0].is_open_start());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    breakdown: Breakdown,
    filters: Vec<Filter>,
    tag: Option<String>,
}

impl Request {
    /// Reads the parameters, of which only [`Endpoint::TagByParameters`] has some.
    ///
    /// # Errors
    ///
    /// [`Error`] in the API's words, if a required parameter is absent, one says what it cannot say, or the domain is
    /// not the account's.
    pub fn parse(endpoint: &Endpoint, params: &Params, settings: &Settings) -> Result<Self, Error> {
        let present = |name| params.first(name).filter(|value| !value.is_empty()).ok_or(Error::Missing(name));
        let (domain, tag, breakdown) = match endpoint {
            Endpoint::Domain { domain, breakdown } => (settings.domain(domain)?, None, *breakdown),
            Endpoint::Tag { domain, tag, breakdown } => (settings.domain(domain)?, Some(&**tag), *breakdown),
            Endpoint::TagByParameters { domain } => {
                let domain = settings.domain(domain)?;
                (domain, Some(present("tag")?), Breakdown::of_singular(present("type")?)?)
            }
        };
        let of_tag = tag.map(|tag| Filter::is(Dimension::Tag, [tag]).ignoring_case());
        let filters = [Filter::is(Dimension::Domain, [domain])].into_iter().chain(of_tag).collect();
        Ok(Self { breakdown, filters, tag: tag.map(str::to_owned) })
    }

    /// Asks only for the mail of a subaccount: what the request header `X-Mailgun-On-Behalf-Of` says. An empty one asks
    /// for all.
    #[must_use]
    pub fn on_behalf_of(mut self, subaccount: impl Into<Arc<str>>) -> Self {
        self.filters.extend(on_behalf_of(subaccount.into()));
        self
    }

    /// The question that it asks: of all events that the store has.
    pub fn query(&self, scope: impl Into<Scope>) -> Query {
        let limits = Limits { rows: MOST_VALUES, ..Limits::default() };
        let query =
            Query::new(scope, Period::all()).by(self.breakdown.key().dimension()).kinds(KINDS).limits(limits);
        self.filters.iter().cloned().fold(query, Query::filter)
    }

    /// The body that answers it with `report`, the answer to its query.
    pub fn body(&self, report: &Report) -> Body {
        Body::new(self.breakdown, self.tag.clone(), report)
    }
}

/// What `GET /v3/domains/{domain}/tag/{providers|devices|countries}` answers: the values that tags are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Supported {
    /// The values: see [`Breakdown::supported`].
    pub items: &'static [&'static str],
}

impl Supported {
    /// The values of a domain, which are those of every domain.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownDomain`] if the domain is not the account's.
    pub fn new(domain: &str, breakdown: Breakdown, settings: &Settings) -> Result<Self, Error> {
        settings.domain(domain)?;
        Ok(Self { items: breakdown.supported() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(endpoint: &Endpoint, query: &str) -> Result<Request, Error> {
        Request::parse(endpoint, &Params::parse(query), &Settings::new(["a.example"]))
    }

    #[test]
    fn a_tag_is_asked_for_in_two_ways() {
        for breakdown in Breakdown::ALL {
            let by_path = Endpoint::Tag { domain: "A.example".to_owned(), tag: "X y".to_owned(), breakdown };
            let by_parameters = Endpoint::TagByParameters { domain: "a.example".to_owned() };
            let query = format!("tag=X+y&type={}", breakdown.singular());
            assert_eq!(parse(&by_path, "tag=z&type=z"), parse(&by_parameters, &query));
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_refused() {
        let endpoint = |domain: &str| Endpoint::TagByParameters { domain: domain.to_owned() };
        for (query, error) in [
            ("", "Missing mandatory parameter: tag"),
            ("tag=&type=device", "Missing mandatory parameter: tag"),
            ("tag=x", "Missing mandatory parameter: type"),
            ("tag=x&type=devices", "Invalid format for parameter type: devices"),
        ] {
            assert_eq!(parse(&endpoint("a.example"), query).unwrap_err().to_string(), error, "{query}");
        }
        let unknown = Error::UnknownDomain("b.example".to_owned());
        assert_eq!(parse(&endpoint("b.example"), ""), Err(unknown.clone()));
        let settings = Settings::new(["a.example"]);
        for breakdown in Breakdown::ALL {
            let domain = "b.example".to_owned();
            assert_eq!(parse(&Endpoint::Domain { domain, breakdown }, ""), Err(unknown.clone()));
            assert_eq!(Supported::new("b.example", breakdown, &settings), Err(unknown.clone()));
            assert_eq!(
                Supported::new("a.example", breakdown, &settings).unwrap().items,
                breakdown.supported()
            );
        }
    }
}
