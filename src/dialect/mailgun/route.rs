//! The paths of the API, and what each asks for.

use form_urlencoded::parse;

use super::aggregates::{self, Breakdown};
use super::{Error, metrics, stats};

/// What a request asks for, by its method and its path.
///
/// ```
/// use mailtally::dialect::mailgun::{Error, Route, metrics, stats};
///
/// let domain = "mail.acme.example".to_owned();
/// assert_eq!(
///     Route::of("GET", "/v3/mail.acme.example/tags/new+year/stats"),
///     Ok(Route::Stats(stats::Endpoint::Tag { domain, tag: Some("new year".to_owned()) })),
/// );
/// assert_eq!(Route::of("POST", "/v1/analytics/metrics"), Ok(Route::Metrics(metrics::Endpoint::Mail)));
/// assert_eq!(Route::of("GET", "/v3/mail.acme.example/stats"), Err(Error::Deprecated));
/// assert_eq!(Route::of("GET", "/v2/stats/total"), Err(Error::NotFound));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// Statistics over time.
    Stats(stats::Endpoint),
    /// Sums of all time, by mailbox provider, device or country.
    Aggregates(aggregates::Endpoint),
    /// `GET /v3/domains/{domain}/tag/{providers|devices|countries}`: what sums are told apart by. See
    /// [`Supported`](aggregates::Supported).
    Supported {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// By what.
        breakdown: Breakdown,
    },
    /// Counts and rates by whatever is asked.
    Metrics(metrics::Endpoint),
}

impl Route {
    /// The route of a method and a path, as it stands in the request line, without its query.
    ///
    /// Domains and tags in it are decoded like parameters: `+` and `%20` are a blank. A `/` that stands in a tag as it
    /// is belongs to the tag (ours, because a client sends it so). `/v3/stats/…` is the account's, never that of a
    /// domain called `stats`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such path with this method, [`Error::Deprecated`] for `/v3/{domain}/stats`.
    pub fn of(method: &str, path: &str) -> Result<Self, Error> {
        match (method, path) {
            ("POST", "/v1/analytics/metrics") => return Ok(Self::Metrics(metrics::Endpoint::Mail)),
            ("POST", "/v1/analytics/usage/metrics") => return Ok(Self::Metrics(metrics::Endpoint::Usage)),
            _ => {}
        }
        let path = path.strip_prefix("/v3/").filter(|_| method == "GET").ok_or(Error::NotFound)?;
        let (domain, rest) = path.split_once('/').ok_or(Error::NotFound)?;
        match domain {
            "" => Err(Error::NotFound),
            "stats" => of_account(rest).ok_or(Error::NotFound),
            // A domain may be called `domains`, too.
            "domains" => supported(rest).map_or_else(|| of_domain(domain, rest), Ok),
            _ => of_domain(domain, rest),
        }
    }
}

/// What follows `/v3/stats/`.
fn of_account(rest: &str) -> Option<Route> {
    let endpoint = match rest {
        "total" => stats::Endpoint::Total,
        "total/domains" => stats::Endpoint::TotalByDomain,
        "filter" => stats::Endpoint::Filter,
        _ => return None,
    };
    Some(Route::Stats(endpoint))
}

/// What follows `/v3/domains/`: `{domain}/tag/{breakdown}`.
fn supported(rest: &str) -> Option<Route> {
    let (domain, rest) = rest.split_once('/').filter(|(domain, _)| !domain.is_empty())?;
    let breakdown = Breakdown::of_plural(rest.strip_prefix("tag/")?)?;
    Some(Route::Supported { domain: decoded(domain), breakdown })
}

/// What follows `/v3/{domain}/`.
fn of_domain(domain: &str, rest: &str) -> Result<Route, Error> {
    let domain = decoded(domain);
    match rest {
        "stats" => return Err(Error::Deprecated),
        "stats/total" => return Ok(Route::Stats(stats::Endpoint::DomainTotal { domain })),
        "tag/stats" => return Ok(Route::Stats(stats::Endpoint::Tag { domain, tag: None })),
        "tag/stats/aggregates" => {
            return Ok(Route::Aggregates(aggregates::Endpoint::TagByParameters { domain }));
        }
        _ => {}
    }
    if let Some(breakdown) = rest.strip_prefix("aggregates/") {
        let breakdown = Breakdown::of_plural(breakdown).ok_or(Error::NotFound)?;
        return Ok(Route::Aggregates(aggregates::Endpoint::Domain { domain, breakdown }));
    }
    rest.strip_prefix("tags/").and_then(|rest| of_tag(domain, rest)).ok_or(Error::NotFound)
}

/// What follows `/v3/{domain}/tags/`. The tag is all before the known end of the path.
fn of_tag(domain: String, rest: &str) -> Option<Route> {
    let tag = |tag: &str| Some(decoded(tag)).filter(|tag| !tag.is_empty());
    if let Some(found) = rest.strip_suffix("/stats") {
        return Some(Route::Stats(stats::Endpoint::Tag { domain, tag: Some(tag(found)?) }));
    }
    let (rest, breakdown) = rest.rsplit_once('/')?;
    let (breakdown, tag) = (Breakdown::of_plural(breakdown)?, tag(rest.strip_suffix("/stats/aggregates")?)?);
    Some(Route::Aggregates(aggregates::Endpoint::Tag { domain, tag, breakdown }))
}

/// A part of a path, decoded like a parameter.
fn decoded(part: &str) -> String {
    // As the name of one parameter, which has neither of the two signs that end it.
    let name = part.replace('&', "%26").replace('=', "%3D");
    parse(name.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn get(path: &str) -> Result<Route, Error> {
        Route::of("GET", path)
    }

    fn tag_stats(tag: &str) -> Result<Route, Error> {
        let (domain, tag) = ("a.example".to_owned(), Some(tag.to_owned()));
        Ok(Route::Stats(stats::Endpoint::Tag { domain, tag }))
    }

    #[test]
    fn every_path_is_known_and_no_other() {
        use stats::Endpoint::{DomainTotal, Filter, Tag, Total, TotalByDomain};

        let domain = || "a.example".to_owned();
        for (path, endpoint) in [
            ("/v3/stats/total", Total),
            ("/v3/stats/total/domains", TotalByDomain),
            ("/v3/stats/filter", Filter),
            ("/v3/a.example/stats/total", DomainTotal { domain: domain() }),
            ("/v3/total/stats/total", DomainTotal { domain: "total".to_owned() }),
            ("/v3/domains/stats/total", DomainTotal { domain: "domains".to_owned() }),
            ("/v3/a%2Eexample/stats/total", DomainTotal { domain: domain() }),
            ("/v3/a.example/tag/stats", Tag { domain: domain(), tag: None }),
        ] {
            assert_eq!(get(path), Ok(Route::Stats(endpoint)), "{path}");
        }
        assert_eq!(get("/v3/a.example/stats"), Err(Error::Deprecated));
        for path in [
            "",
            "/",
            "/v3",
            "/v3/",
            "/v3//stats/total",
            "/v3/stats",
            "/v3/stats/",
            "/v3/stats/stats",
            "/v3/stats/stats/total",
            "/v3/stats/total/",
            "/v3/stats/tags/x/stats",
            "/v3/stats/aggregates/devices",
            "/v3/Stats/filter",
            "/v3/a.example",
            "/v3/a.example/stats/filter",
            "/v3/a.example/stats/total/domains",
            "/v3/a.example/tags/x",
            "/v3/a.example/tags//stats",
            "/v3/a.example/tags/stats",
            "/v3/a.example/tags/x/Stats",
            "/v4/stats/total",
            "v3/stats/total",
            "/v1/analytics/metrics",
        ] {
            assert_eq!(get(path), Err(Error::NotFound), "{path}");
        }
        for (method, path) in
            [("POST", "/v3/stats/total"), ("get", "/v3/stats/total"), ("HEAD", "/v3/stats/total")]
        {
            assert_eq!(Route::of(method, path), Err(Error::NotFound), "{method} {path}");
        }
        for (path, endpoint) in [
            ("/v1/analytics/metrics", metrics::Endpoint::Mail),
            ("/v1/analytics/usage/metrics", metrics::Endpoint::Usage),
        ] {
            assert_eq!(Route::of("POST", path), Ok(Route::Metrics(endpoint)));
        }
    }

    #[test]
    fn aggregates_are_known_by_domain_and_by_tag() {
        use aggregates::Endpoint::{Domain, Tag, TagByParameters};

        let domain = || "a.example".to_owned();
        for breakdown in Breakdown::ALL {
            let plural = breakdown.plural();
            for (path, endpoint) in [
                (format!("/v3/a.example/aggregates/{plural}"), Domain { domain: domain(), breakdown }),
                (
                    format!("/v3/a.example/tags/x/stats/aggregates/{plural}"),
                    Tag { domain: domain(), tag: "x".to_owned(), breakdown },
                ),
            ] {
                assert_eq!(get(&path), Ok(Route::Aggregates(endpoint)), "{path}");
            }
            let supported = Route::Supported { domain: domain(), breakdown };
            assert_eq!(get(&format!("/v3/domains/a.example/tag/{plural}")), Ok(supported));
            for path in [
                format!("/v3/a.example/aggregates/{}", breakdown.singular()),
                format!("/v3/a.example/aggregates/{plural}/"),
                format!("/v3/a.example/tags/x/aggregates/{plural}"),
                format!("/v3/a.example/tags//stats/aggregates/{plural}"),
                format!("/v3/domains/a.example/aggregates/{plural}"),
                format!("/v3/domains//tag/{plural}"),
            ] {
                assert_eq!(get(&path), Err(Error::NotFound), "{path}");
            }
        }
        let by_parameters = Route::Aggregates(TagByParameters { domain: domain() });
        assert_eq!(get("/v3/a.example/tag/stats/aggregates"), Ok(by_parameters));
    }

    #[test]
    fn a_tag_in_a_path_is_decoded_and_may_have_slashes() {
        for (path, tag) in [
            ("/v3/a.example/tags/new+year/stats", "new year"),
            ("/v3/a.example/tags/new%20year/stats", "new year"),
            ("/v3/a.example/tags/1%2B1%3D2/stats", "1+1=2"),
            ("/v3/a.example/tags/a&b=c;d/stats", "a&b=c;d"),
            ("/v3/a.example/tags/a/b/stats", "a/b"),
            ("/v3/a.example/tags/a%2Fb/stats", "a/b"),
            ("/v3/a.example/tags/x/stats/stats", "x/stats"),
            ("/v3/a.example/tags/x/stats/aggregates/devices/stats", "x/stats/aggregates/devices"),
            ("/v3/a.example/tags/%/stats", "%"),
            ("/v3/a.example/tags/%FF/stats", "\u{fffd}"),
            ("/v3/a.example/tags/stats/stats", "stats"),
        ] {
            assert_eq!(get(path), tag_stats(tag), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_a_route_or_not_found(path in any::<String>(), near in "(/v3/)?(stats|domains|a|tag|tags|total|aggregates|devices|/|%|\\+|&|=){0,8}") {
            for path in [path, near] {
                if let Err(error) = get(&path) {
                    prop_assert!(matches!(error, Error::NotFound | Error::Deprecated));
                }
            }
        }
    }
}
