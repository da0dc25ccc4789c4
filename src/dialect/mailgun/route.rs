//! The paths of the API.

use http::Method;

use super::aggregates::{self, Breakdown};
use super::{Error, GET, POST, check_method, decode_segment, metrics, stats};

/// What a path requests. Domains and tags are decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Stats(stats::Endpoint),
    Aggregates(aggregates::Endpoint),
    /// `GET /v3/domains/{domain}/tag/{providers|devices|countries}`: the values of a breakdown.
    Supported {
        domain: String,
        breakdown: Breakdown,
    },
    Metrics(metrics::Endpoint),
}

impl Route {
    /// Parses the method and the path of a request.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the path is unknown, [`Refusal::MethodNotAllowed`] if it is known with another method, and
    /// [`Error::Deprecated`] for `GET /v3/{domain}/stats`.
    pub(super) fn parse(method: &Method, path: &str) -> Result<Self, Error> {
        let (allow, route) = match path {
            "/v1/analytics/metrics" => (POST, Ok(Self::Metrics(metrics::Endpoint::Mail))),
            "/v1/analytics/usage/metrics" => (POST, Ok(Self::Metrics(metrics::Endpoint::Usage))),
            _ => (GET, parse_v3(path)),
        };
        if !matches!(route, Err(Error::NotFound)) {
            check_method(method, allow)?;
        }
        route
    }
}

fn parse_v3(path: &str) -> Result<Route, Error> {
    let (domain, rest) =
        path.strip_prefix("/v3/").and_then(|path| path.split_once('/')).ok_or(Error::NotFound)?;
    match domain {
        "" => Err(Error::NotFound),
        "stats" => of_account(rest).ok_or(Error::NotFound),
        // A domain may be called `domains` as well.
        "domains" => supported(rest).map_or_else(|| of_domain(domain, rest), Ok),
        _ => of_domain(domain, rest),
    }
}

/// Parses what follows `/v3/stats/`.
fn of_account(rest: &str) -> Option<Route> {
    let endpoint = match rest {
        "total" => stats::Endpoint::Total,
        "total/domains" => stats::Endpoint::TotalByDomain,
        "filter" => stats::Endpoint::Filter,
        _ => return None,
    };
    Some(Route::Stats(endpoint))
}

/// Parses what follows `/v3/domains/`: `{domain}/tag/{breakdown}`.
fn supported(rest: &str) -> Option<Route> {
    let (domain, rest) = rest.split_once('/').filter(|(domain, _)| !domain.is_empty())?;
    let breakdown = Breakdown::from_plural(rest.strip_prefix("tag/")?)?;
    Some(Route::Supported { domain: decode(domain), breakdown })
}

/// Parses what follows `/v3/{domain}/`.
fn of_domain(domain: &str, rest: &str) -> Result<Route, Error> {
    let domain = decode(domain);
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
        let breakdown = Breakdown::from_plural(breakdown).ok_or(Error::NotFound)?;
        return Ok(Route::Aggregates(aggregates::Endpoint::Domain { domain, breakdown }));
    }
    rest.strip_prefix("tags/").and_then(|rest| of_tag(domain, rest)).ok_or(Error::NotFound)
}

/// Parses what follows `/v3/{domain}/tags/`. The tag is everything before a known end of the path.
fn of_tag(domain: String, rest: &str) -> Option<Route> {
    let tag = |tag: &str| Some(decode(tag)).filter(|tag| !tag.is_empty());
    if let Some(found) = rest.strip_suffix("/stats") {
        return Some(Route::Stats(stats::Endpoint::Tag { domain, tag: Some(tag(found)?) }));
    }
    let (rest, breakdown) = rest.rsplit_once('/')?;
    let (breakdown, tag) =
        (Breakdown::from_plural(breakdown)?, tag(rest.strip_suffix("/stats/aggregates")?)?);
    Some(Route::Aggregates(aggregates::Endpoint::Tag { domain, tag, breakdown }))
}

/// Decodes a part of a path as if it were a parameter: `+` and `%20` are a space.
fn decode(part: &str) -> String {
    decode_segment(&part.replace('+', " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn get(path: &str) -> Route {
        Route::parse(&Method::GET, path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn is_unknown(path: &str) -> bool {
        matches!(Route::parse(&Method::GET, path), Err(Error::NotFound))
    }

    #[test]
    fn only_the_published_paths_are_known() {
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
            assert_eq!(get(path), Route::Stats(endpoint), "{path}");
        }
        let deprecated = Route::parse(&Method::GET, "/v3/a.example/stats");
        assert!(matches!(deprecated, Err(Error::Deprecated)));
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
            "/v1/analytics/tags",
            "/v1/analytics/metrics/",
            "/v1/analytics/Metrics",
            "/v1/analytics/usage",
            "/v4/domains",
        ] {
            assert!(is_unknown(path), "{path}");
        }
    }

    #[test]
    fn a_known_path_has_one_method() {
        for (path, endpoint) in [
            ("/v1/analytics/metrics", metrics::Endpoint::Mail),
            ("/v1/analytics/usage/metrics", metrics::Endpoint::Usage),
        ] {
            assert_eq!(Route::parse(&Method::POST, path).unwrap(), Route::Metrics(endpoint));
            for method in [Method::GET, Method::HEAD, Method::PUT] {
                let refused = Route::parse(&method, path).unwrap_err().response();
                assert_eq!(refused.status().as_u16(), 405, "{method} {path}");
                assert_eq!(refused.headers()["allow"], "POST");
            }
        }
        assert!(Route::parse(&Method::HEAD, "/v3/stats/total").is_ok());
        for path in ["/v3/stats/total", "/v3/a.example/stats"] {
            for method in [Method::POST, Method::DELETE, Method::from_bytes(b"get").unwrap()] {
                let refused = Route::parse(&method, path).unwrap_err().response();
                assert_eq!(refused.status().as_u16(), 405, "{method} {path}");
                assert_eq!(refused.headers()["allow"], "GET, HEAD");
            }
        }
        assert!(matches!(Route::parse(&Method::POST, "/v3/stats"), Err(Error::NotFound)));
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
                assert_eq!(get(&path), Route::Aggregates(endpoint), "{path}");
            }
            let supported = Route::Supported { domain: domain(), breakdown };
            assert_eq!(get(&format!("/v3/domains/a.example/tag/{plural}")), supported);
            for path in [
                format!("/v3/a.example/aggregates/{}", breakdown.name()),
                format!("/v3/a.example/aggregates/{plural}/"),
                format!("/v3/a.example/tags/x/aggregates/{plural}"),
                format!("/v3/a.example/tags//stats/aggregates/{plural}"),
                format!("/v3/domains/a.example/aggregates/{plural}"),
                format!("/v3/domains//tag/{plural}"),
            ] {
                assert!(is_unknown(&path), "{path}");
            }
        }
        let by_parameters = Route::Aggregates(TagByParameters { domain: domain() });
        assert_eq!(get("/v3/a.example/tag/stats/aggregates"), by_parameters);
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
            ("/v3/a.example/tags/%2/stats", "%2"),
            ("/v3/a.example/tags/%zz+%2b%2B/stats", "%zz ++"),
            ("/v3/a.example/tags/caf%C3%A9/stats", "café"),
            ("/v3/a.example/tags/a%26b%3d=c/stats", "a&b==c"),
            ("/v3/a.example/tags/%FF/stats", "\u{fffd}"),
            ("/v3/a.example/tags/stats/stats", "stats"),
        ] {
            let (domain, tag) = ("a.example".to_owned(), Some(tag.to_owned()));
            assert_eq!(get(path), Route::Stats(stats::Endpoint::Tag { domain, tag }), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_a_route_or_not_found(path in any::<String>(), near in "(/v3/)?(stats|domains|a|tag|tags|total|aggregates|devices|/|%|\\+|&|=){0,8}") {
            for path in [path, near] {
                if let Err(error) = Route::parse(&Method::GET, &path) {
                    prop_assert!(matches!(error, Error::NotFound | Error::Deprecated));
                }
            }
        }
    }
}
