//! Sums of all time by mailbox provider, device or country. This page is documentation only;
//! [`Mailgun`](super::Mailgun) answers the requests.
//!
//! # Endpoints and parameters
//!
//! | endpoint | of | key | source |
//! |---|---|---|---|
//! | `GET /v3/{domain}/aggregates/{providers\|devices\|countries}` | a domain | `providers`, `devices`, `countries` | O |
//! | `GET /v3/{domain}/tags/{tag}/stats/aggregates/{providers\|devices\|countries}` | a tag | `provider`, `device`, `country`, then `tag` | M C |
//! | `GET /v3/{domain}/tag/stats/aggregates?tag=…&type=…` | a tag; `type` is `provider`, `device` or `country`; both are required | the same | O |
//! | `GET /v3/domains/{domain}/tag/{providers\|devices\|countries}` | | `items`: the values only | O |
//!
//! There are no others (O): other parameters are ignored, and all events in the store are counted *(ours)*. Tags are
//! case-insensitive (M), and shown as requested *(ours)*.
//!
//! # Values
//!
//! | key | values | source |
//! |---|---|---|
//! | providers | the recipient domains in [`PROVIDERS`](super::PROVIDERS) | O |
//! | | all other domains, and none, together as `other` | *ours* |
//! | devices | [`DEVICES`](super::DEVICES): `desktop`, `mobile`, `tablet`, `unknown` | O |
//! | | other devices, and none, are `unknown` | *ours* |
//! | countries | [`COUNTRIES`](super::COUNTRIES): two letters of ISO 3166-1 in lower case | O M |
//! | | no country is `unknown`; other texts are shown in lower case | *ours* |
//!
//! Values are ordered by name (C). Those of the three lists always have sums (C shows some zeros; that it is so for all is
//! *ours*). All others, which are `other`, unknown countries and `unknown` as a country, have sums only if one of them is
//! not zero, so that no event is lost.
//!
//! # Sums
//!
//! | sum | meaning | source |
//! |---|---|---|
//! | `accepted`, `delivered` | events of that kind; only for providers | M C |
//! | `opened`, `clicked`, `unsubscribed`, `complained` | events of that kind | M C |
//! | `unique_opened`, `unique_clicked` | as [`unique`](super::stats#rows) | M C; once for ever *ours* |
//!
//! Providers have all eight, devices and countries the other six, as for tags (M C). The examples of O for domains have
//! five, the same for all three, with an `accepted` of 0 for devices and countries as well; that one is not sent *(ours)*.
//! Sources are [those of all endpoints](super#sources).

use serde::Serialize;

use super::key::Key;
use super::{Error, Settings, params};
use crate::dialect::{Answers, Failure, Params};
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::names::named_enum;
use crate::query::{Query, Scope};
use crate::report::Report;
use crate::time::Period;

mod body;

use body::{Body, KINDS};

named_enum! {
    /// The key of the sums. The name is that in the parameter `type` and in the response for a tag.
    pub(super) enum Breakdown("type") {
        /// The recipient's domain if it is one of those of large mailbox providers.
        Provider = "provider",
        /// The device on which the message was read.
        Device = "device",
        /// The country in which the message was read.
        Country = "country",
    }
}

impl Breakdown {
    /// Returns the name in paths and in the response for a domain.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Provider => "providers",
            Self::Device => "devices",
            Self::Country => "countries",
        }
    }

    pub(super) fn from_plural(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breakdown| breakdown.plural() == name)
    }

    /// Returns the body with the values that always have sums.
    pub(super) fn supported_body(self) -> Supported {
        Supported { items: self.key().values() }
    }

    const fn key(self) -> Key {
        match self {
            Self::Provider => Key::Provider,
            Self::Device => Key::Device,
            Self::Country => Key::Country,
        }
    }
}

/// The body of `GET /v3/domains/{domain}/tag/{providers|devices|countries}`.
#[derive(Serialize)]
pub(super) struct Supported {
    items: &'static [&'static str],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `GET /v3/{domain}/aggregates/{providers|devices|countries}`.
    Domain { domain: String, breakdown: Breakdown },
    /// `GET /v3/{domain}/tags/{tag}/stats/aggregates/{providers|devices|countries}`.
    Tag { domain: String, tag: String, breakdown: Breakdown },
    /// `GET /v3/{domain}/tag/stats/aggregates?tag=…&type=…`.
    TagByParameters { domain: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    breakdown: Breakdown,
    filters: Vec<Filter>,
    tag: Option<String>,
}

impl Request {
    /// Parses the parameters, which only [`Endpoint::TagByParameters`] has.
    pub(super) fn parse(endpoint: Endpoint, params: &Params, settings: &Settings) -> Result<Self, Error> {
        let required = |name| params::value(params, name)?.ok_or(Error::Missing(name));
        let (domain, tag, breakdown) = match endpoint {
            Endpoint::Domain { domain, breakdown } => (settings.domain(&domain)?, None, breakdown),
            Endpoint::Tag { domain, tag, breakdown } => (settings.domain(&domain)?, Some(tag), breakdown),
            Endpoint::TagByParameters { domain } => {
                let domain = settings.domain(&domain)?;
                let (tag, name) = (required("tag")?, required("type")?);
                let breakdown = name.parse().map_err(|_| Error::invalid("type", name))?;
                (domain, Some(tag.to_owned()), breakdown)
            }
        };
        let of_domain = Filter::is(Dimension::Domain, [domain]);
        let of_tag = tag.as_deref().map(|tag| Filter::is(Dimension::Tag, [tag]).ignoring_case());
        Ok(Self { breakdown, filters: [of_domain].into_iter().chain(of_tag).collect(), tag })
    }

    /// Adds filters.
    pub(super) fn filters(mut self, filters: impl IntoIterator<Item = Filter>) -> Self {
        self.filters.extend(filters);
        self
    }

    /// Asks for all events in the store. If only some values have sums of their own, there is one query for these, and one
    /// for all others together, so that the rows are few however many values there are.
    pub(super) fn queries(&self, scope: impl Into<Scope>) -> Vec<Query> {
        let key = self.breakdown.key();
        let (dimension, values) = (key.dimension(), key.values().iter().copied());
        let query = Query::new(scope, Period::all()).kinds(KINDS);
        let query = self.filters.iter().cloned().fold(query, Query::filter);
        match self.breakdown {
            Breakdown::Provider | Breakdown::Device => {
                let own = Filter::is(dimension, values.clone()).ignoring_case();
                let others = Filter::is_not(dimension, values).ignoring_case();
                vec![query.clone().filter(own).by(dimension), query.filter(others)]
            }
            Breakdown::Country => vec![query.by(dimension)],
        }
    }

    /// Takes the answers to the queries.
    pub(super) fn reports(&self, answers: &mut Answers) -> Result<Vec<Report>, Failure> {
        let count = match self.breakdown {
            Breakdown::Provider | Breakdown::Device => 2,
            Breakdown::Country => 1,
        };
        (0..count).map(|_| answers.report()).collect()
    }

    pub(super) fn body<'a>(&'a self, reports: &[Report]) -> Body<'a> {
        Body::new(self.breakdown, self.tag.as_deref(), reports)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(endpoint: Endpoint, query: &str) -> Result<Request, String> {
        let request = Request::parse(endpoint, &Params::parse(query), &Settings::new(["a.example"]));
        request.map_err(|error| error.to_string())
    }

    #[test]
    fn a_tag_is_requested_in_two_ways() {
        for breakdown in Breakdown::ALL {
            let by_path = Endpoint::Tag { domain: "A.example".to_owned(), tag: "X y".to_owned(), breakdown };
            let expected = parse(by_path, "tag=z&type=z").unwrap();
            for query in [format!("tag=X+y&type={breakdown}"), format!("tag[]=X+y&type[0]={breakdown}")] {
                let by_parameters = Endpoint::TagByParameters { domain: "a.example".to_owned() };
                assert_eq!(parse(by_parameters, &query).as_ref(), Ok(&expected), "{query}");
            }
        }
    }

    #[test]
    fn missing_and_unknown_values_are_refused() {
        let endpoint = |domain: &str| Endpoint::TagByParameters { domain: domain.to_owned() };
        for (query, error) in [
            ("", "Missing mandatory parameter: tag"),
            ("tag=&type=device", "Missing mandatory parameter: tag"),
            ("tag=x", "Missing mandatory parameter: type"),
            ("tag=x&type=devices", "Invalid format for parameter type: devices"),
            ("tag=x&type=device&tag[a]=y", "Invalid format for parameter tag[a]: y"),
        ] {
            assert_eq!(parse(endpoint("a.example"), query).unwrap_err(), error, "{query}");
        }
        let unknown = Err("Domain not found: b.example".to_owned());
        assert_eq!(parse(endpoint("b.example"), ""), unknown);
        for breakdown in Breakdown::ALL {
            assert_eq!(parse(Endpoint::Domain { domain: "b.example".to_owned(), breakdown }, ""), unknown);
        }
    }
}
