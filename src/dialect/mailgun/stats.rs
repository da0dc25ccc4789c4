//! Stats v3: statistics over time.

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
